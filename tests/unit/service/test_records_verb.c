/* Transitions from state to state. */
#include "records_fixture.h"

static struct xh_doc *reason(struct fixture *f, const struct xh_record *record, const char *text)
{
    struct xh_doc *in = xh_doc_create(f->arena, record->type->transitions[1].in);
    xh_doc_set_string(in, "reason", text);
    return in;
}

static void a_verb_changes_the_state_and_runs_its_effect(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1), moved;
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &moved, &err));
    assert_true(xh_str_is(moved.state, "issued"));
    assert_int_equal(moved.version, 2);
    assert_true(xh_str_is(xh_doc_text(moved.doc, "stamp"), "issued by effect"));
    assert_int_equal(xh_doc_int(moved.doc, "twice"), 2);
    assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &record, &err));
    assert_true(xh_str_is(record.state, "issued"));
    assert_true(xh_str_is(xh_doc_text(record.doc, "stamp"), "issued by effect"));
}

static void a_guard_can_refuse(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 0);
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err),
                     XH_E_INVALID);
    assert_string_equal(err.text, "nothing cannot be issued");
    assert_true(xh_str_is(record.state, "draft"));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things WHERE state = 'draft'"), 1);
}

static void a_verb_from_the_wrong_state_says_which_would_be_right(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err));
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err),
                     XH_E_CONFLICT);
    assert_string_equal(err.field, "state");
    assert_string_equal(err.value, "issued");
    assert_string_equal(err.limit, "draft");
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "fly", NULL, &record, &err),
                     XH_E_INVALID);
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", 4711, "issue", NULL, &record, &err),
                     XH_E_NOT_FOUND);
}

static void a_verb_is_for_those_whom_its_line_names(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_record record = fixture_put_thing(f, "one", 1);
    const struct {
        const struct xh_who *who;
        int code;
    } cases[] = {
        {&f->public, XH_E_NOT_FOUND},    {&f->resident, XH_E_NOT_FOUND},
        {&f->bakery_who, XH_E_NOT_FOUND}, {&f->auditor, XH_E_FORBIDDEN},
        {&f->mill_who, XH_E_OK},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_ctx ctx = fixture_ctx(f, cases[i].who);
        assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, NULL, &err),
                         cases[i].code);
    }
    /* Closing is for the operator only. */
    struct xh_ctx ctx = fixture_ctx(f, &f->mill_who);
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "close",
                                    reason(f, &record, "old"), NULL, &err),
                     XH_E_FORBIDDEN);
}

static void a_verb_checks_its_input(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "close", NULL, NULL, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "reason");
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "close", reason(f, &record, "old"),
                             &record, &err));
    assert_true(xh_str_is(record.state, "closed"));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_logs"), 0); /* from draft: none */
}

static void an_effect_writes_what_its_caller_may_not(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err));
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "close", reason(f, &record, "old"),
                             &record, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_logs WHERE text = 'old'"), 1);
    /* Under the name of who called. */
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change WHERE type = 'lab.log' AND"
                                    " who = 'operator'"),
                     1);
}

static void an_effect_that_fails_takes_all_it_wrote_back(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err));
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_int_equal(xh_record_verb(&ctx, "lab.thing", record.id, "close",
                                    reason(f, &record, "fail"), &record, &err),
                     XH_E_INVALID);
    assert_string_equal(err.text, "the effect failed");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_logs"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);
    assert_int_equal(fixture_int(f, "SELECT version FROM lab_things"), 2);
}

static void fields_of_a_frozen_state_do_not_change(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err));
    xh_doc_set_int(record.doc, "count", 2);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "state");
    struct xh_ctx engine = fixture_ctx(f, &xh_who_engine);
    assert_int_equal(xh_record_put(&engine, &record, &err), XH_E_CONFLICT);
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", record.id, 2, &err), XH_E_CONFLICT);
    assert_int_equal(fixture_int(f, "SELECT count FROM lab_things"), 1);
}

static void a_put_never_changes_the_state(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    record.state = XH_STR("closed");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "state");
    struct xh_record born = fixture_thing(&ctx, "two", 1);
    born.state = XH_STR("issued");
    assert_int_equal(xh_record_put(&ctx, &born, &err), XH_E_INVALID);
    born.state = XH_STR("");
    assert_ok(xh_record_put(&ctx, &born, &err));
    assert_true(xh_str_is(born.state, "draft"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_verb_changes_the_state_and_runs_its_effect),
        TEST(a_guard_can_refuse),
        TEST(a_verb_from_the_wrong_state_says_which_would_be_right),
        TEST(a_verb_is_for_those_whom_its_line_names),
        TEST(a_verb_checks_its_input),
        TEST(an_effect_writes_what_its_caller_may_not),
        TEST(an_effect_that_fails_takes_all_it_wrote_back),
        TEST(fields_of_a_frozen_state_do_not_change),
        TEST(a_put_never_changes_the_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
