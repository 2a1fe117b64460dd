/* Who may see and change what. */
#include "records_fixture.h"

static struct xh_record mill_thing(struct fixture *f)
{
    return fixture_put_thing(f, "mills", 3);
}

static int get(struct fixture *f, const struct xh_who *who, int64_t id)
{
    struct xh_ctx ctx = fixture_ctx(f, who);
    struct xh_record record;
    return xh_record_get(&ctx, "lab.thing", id, &record, NULL);
}

static void staff_and_auditors_read_all_and_others_their_own(void **state)
{
    struct fixture *f = *state;
    int64_t id = mill_thing(f).id;
    assert_int_equal(get(f, &f->operator, id), XH_E_OK);
    assert_int_equal(get(f, &f->auditor, id), XH_E_OK);
    assert_int_equal(get(f, &xh_who_engine, id), XH_E_OK);
    assert_int_equal(get(f, &f->mill_who, id), XH_E_OK);
    /* What who may not see is not there. */
    assert_int_equal(get(f, &f->bakery_who, id), XH_E_NOT_FOUND);
    assert_int_equal(get(f, &f->resident, id), XH_E_NOT_FOUND);
    assert_int_equal(get(f, &f->public, id), XH_E_NOT_FOUND);
    struct xh_who nobody = {.name = "nobody", .roles = XH_ROLE_BUSINESS};
    assert_int_equal(get(f, &nobody, id), XH_E_NOT_FOUND);
}

static void what_has_no_owner_is_nobodys_own(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "free", 1);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, 0);
    struct xh_who nobody = {.name = "nobody", .roles = XH_ROLE_BUSINESS};
    assert_int_equal(get(f, &nobody, record.id), XH_E_NOT_FOUND);
    assert_int_equal(get(f, &f->mill_who, record.id), XH_E_NOT_FOUND);
}

static int put_changed(struct fixture *f, const struct xh_who *who, int64_t id, struct xh_err *err)
{
    struct xh_ctx staff = fixture_ctx(f, &f->operator), ctx = fixture_ctx(f, who);
    struct xh_record record;
    assert_int_equal(xh_record_get(&staff, "lab.thing", id, &record, NULL), XH_E_OK);
    xh_doc_set_int(record.doc, "count", xh_doc_int(record.doc, "count") + 1);
    return xh_record_put(&ctx, &record, err);
}

static void who_may_not_write_is_told_so_only_about_what_it_sees(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    int64_t id = mill_thing(f).id;
    assert_int_equal(put_changed(f, &f->operator, id, &err), XH_E_OK);
    assert_int_equal(put_changed(f, &f->mill_who, id, &err), XH_E_OK);
    assert_int_equal(put_changed(f, &f->auditor, id, &err), XH_E_FORBIDDEN);
    assert_int_equal(put_changed(f, &f->bakery_who, id, &err), XH_E_NOT_FOUND);
    assert_int_equal(put_changed(f, &f->public, id, &err), XH_E_NOT_FOUND);
    struct xh_ctx ctx = fixture_ctx(f, &f->bakery_who);
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", id, 3, &err), XH_E_NOT_FOUND);
    ctx.who = &f->auditor;
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", id, 3, &err), XH_E_FORBIDDEN);
    ctx.who = &f->mill_who;
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", id, 3, &err), XH_E_OK);
}

static void who_writes_its_own_only_becomes_the_owner_of_what_it_makes(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->mill_who);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, f->mill);
    assert_int_equal(xh_doc_int(record.doc, "holder"), f->mill);

    struct xh_record given = fixture_thing(&ctx, "two", 1);
    xh_doc_set_int(given.doc, "holder", f->bakery);
    assert_int_equal(xh_record_put(&ctx, &given, &err), XH_E_FORBIDDEN);
    assert_string_equal(err.field, "holder");
}

static void who_writes_its_own_only_may_not_give_it_away(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->mill_who);
    struct xh_record record = mill_thing(f);
    xh_doc_set_int(record.doc, "holder", f->bakery);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
    assert_string_equal(err.field, "holder");
    xh_doc_set_null(record.doc, "holder");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
    ctx.who = &f->operator;
    xh_doc_set_int(record.doc, "holder", f->bakery);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, f->bakery);
    assert_int_equal(get(f, &f->mill_who, record.id), XH_E_NOT_FOUND);
    assert_int_equal(get(f, &f->bakery_who, record.id), XH_E_OK);
}

static void a_party_changes_itself_and_makes_no_other(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->mill_who);
    struct xh_record record;
    assert_ok(xh_record_get(&ctx, "core.party", f->mill, &record, &err));
    xh_doc_set_string(record.doc, "contact", "456");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, f->mill);
    assert_int_equal(xh_record_get(&ctx, "core.party", f->bakery, &record, &err), XH_E_NOT_FOUND);
    assert_ok(xh_record_new(&ctx, "core.party", &record, &err));
    xh_doc_set_string(record.doc, "code", "another");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
}

static void who_may_write_nothing_makes_nothing(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->public);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
    ctx.who = &f->resident;
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
    assert_ok(xh_record_new(&ctx, "lab.log", &record, &err));
    ctx.who = &f->operator;
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_FORBIDDEN);
}

static void who_may_not_see_cannot_find_by_code_either(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->bakery_who);
    struct xh_record record;
    (void)mill_thing(f);
    assert_int_equal(xh_record_find(&ctx, "lab.thing", "code", XH_STR("mills"), &record, &err),
                     XH_E_NOT_FOUND);
    ctx.who = &f->mill_who;
    assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("mills"), &record, &err));
}

static int count_one(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)record;
    (void)err;
    ++*(int *)arg;
    return XH_E_OK;
}

static void lists_and_counts_hold_what_who_may_see(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->bakery_who);
    struct xh_record own = fixture_thing(&ctx, "own", 1);
    (void)mill_thing(f);
    assert_ok(xh_record_put(&ctx, &own, &err));
    const struct {
        const struct xh_who *who;
        int count;
    } cases[] = {{&f->operator, 2}, {&f->auditor, 2}, {&f->mill_who, 1},
                 {&f->bakery_who, 1}, {&f->resident, 1}, {&f->public, 0}};
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        int listed = 0;
        int64_t counted = -1;
        struct xh_str next;
        ctx.who = cases[i].who;
        assert_ok(xh_record_list(&ctx, "lab.thing", NULL, count_one, &listed, &next, &err));
        assert_ok(xh_record_count(&ctx, "lab.thing", NULL, &counted, &err));
        assert_int_equal(listed, cases[i].count);
        assert_int_equal(counted, cases[i].count);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(staff_and_auditors_read_all_and_others_their_own),
        TEST(what_has_no_owner_is_nobodys_own),
        TEST(who_may_not_write_is_told_so_only_about_what_it_sees),
        TEST(who_writes_its_own_only_becomes_the_owner_of_what_it_makes),
        TEST(who_writes_its_own_only_may_not_give_it_away),
        TEST(a_party_changes_itself_and_makes_no_other),
        TEST(who_may_write_nothing_makes_nothing),
        TEST(who_may_not_see_cannot_find_by_code_either),
        TEST(lists_and_counts_hold_what_who_may_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
