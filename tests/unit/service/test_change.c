/* The change table: who did what, what it was before, and how it was known then. */
#include "records_fixture.h"

#include <stdatomic.h>
#include <stdio.h>

#include "service/change.h"

struct log {
    struct xh_buf text; /* "type verb version who;" a change */
    struct xh_str before, after;
    int64_t last_id, last_us;
};

static int note(void *arg, const struct xh_change *change, struct xh_err *err)
{
    struct log *log = arg;
    (void)err;
    assert_true(change->id > log->last_id);
    assert_true(change->at_us >= log->last_us);
    log->last_id = change->id;
    log->last_us = change->at_us;
    xh_buf_add_format(&log->text, "%.*s %.*s %d %.*s;", XH_STR_ARG(change->type),
                      XH_STR_ARG(change->verb), (int)change->version, XH_STR_ARG(change->who));
    log->before = change->before;
    log->after = change->after;
    return XH_E_OK;
}

static struct log read_log(struct fixture *f, const struct xh_who *who, const char *type,
                           int64_t record_id)
{
    struct log log = {.last_id = 0};
    struct xh_ctx ctx = fixture_ctx(f, who);
    struct xh_err err = {0};
    assert_ok(xh_change_read(&ctx, 0, type, record_id, 1000, note, &log, &err));
    struct xh_buf text = log.text;
    xh_buf_add_char(&text, '\0');
    log.text.ptr = xh_arena_text(f->arena, (struct xh_str){text.ptr, text.len});
    xh_buf_finish(&text);
    return log;
}

static void every_write_leaves_one_change_with_before_and_after(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    xh_doc_set_int(record.doc, "count", 2);
    assert_ok(xh_record_put(&ctx, &record, &err));
    int64_t id = record.id;
    struct log log = read_log(f, &f->operator, "lab.thing", id);
    assert_string_equal(log.text.ptr, "lab.thing create 1 operator;lab.thing edit 2 operator;");
    assert_true(xh_str_find(log.before, XH_STR("\"count\":1,")) > 0);
    assert_true(xh_str_find(log.after, XH_STR("\"count\":2,")) > 0);
    assert_true(xh_str_find(log.after, XH_STR("\"twice\":null")) > 0); /* not of what is stored */
    assert_true(xh_str_find(log.after, XH_STR("\"price\":2350.00")) > 0);

    ctx.who = &f->mill_who;
    assert_ok(xh_record_verb(&ctx, "lab.thing", id, "issue", NULL, NULL, &err));
    log = read_log(f, &f->operator, "lab.thing", id);
    assert_string_equal(log.text.ptr, "lab.thing create 1 operator;lab.thing edit 2 operator;"
                                      "lab.thing issue" " 3 mill;");

    struct xh_record gone = fixture_put_thing(f, "two", 1);
    ctx.who = &f->operator;
    assert_ok(xh_record_delete(&ctx, "lab.thing", gone.id, 1, &err));
    log = read_log(f, &f->operator, "lab.thing", gone.id);
    assert_string_equal(log.text.ptr, "lab.thing create 1 operator;lab.thing delete 2 operator;");
    assert_int_equal(log.after.len, 0);
}

static void who_may_not_see_a_record_sees_no_change_of_it(void **state)
{
    struct fixture *f = *state;
    struct xh_record record = fixture_put_thing(f, "one", 1);
    const char *const line = "lab.thing create 1 operator;";
    assert_string_equal(read_log(f, &f->auditor, "lab.thing", 0).text.ptr, line);
    assert_string_equal(read_log(f, &f->mill_who, "lab.thing", 0).text.ptr, line);
    assert_string_equal(read_log(f, &f->mill_who, "lab.thing", record.id).text.ptr, line);
    assert_string_equal(read_log(f, &f->bakery_who, "lab.thing", 0).text.ptr, "");
    assert_string_equal(read_log(f, &f->public, "lab.thing", record.id).text.ptr, "");
    /* Of all types: its own party and nothing else. */
    assert_string_equal(read_log(f, &f->bakery_who, NULL, 0).text.ptr,
                        "core.party create 1 operator;");
    assert_string_equal(read_log(f, &f->public, NULL, 0).text.ptr, "");
}

static void a_new_owner_does_not_see_what_the_record_was_before(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    xh_doc_set_int(record.doc, "holder", f->bakery);
    xh_doc_set_int(record.doc, "count", 2);
    assert_ok(xh_record_put(&ctx, &record, &err));
    struct log log = read_log(f, &f->bakery_who, "lab.thing", record.id);
    assert_string_equal(log.text.ptr, "lab.thing edit 2 operator;");
    assert_int_equal(log.before.len, 0);
    assert_true(xh_str_find(log.after, XH_STR("\"count\":2,")) > 0);
    assert_true(read_log(f, &f->operator, "lab.thing", record.id).before.len > 0);
    xh_doc_set_int(record.doc, "count", 3);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_true(read_log(f, &f->bakery_who, "lab.thing", record.id).before.len > 0);
}

/* A reader of few among many: what it may not see must not be kept on the way. */
static void changes_of_others_take_no_memory_of_who_reads(void **state)
{
    struct fixture *f = *state;
    char code[16];
    for (int i = 0; i < 600; i++) {
        (void)snprintf(code, sizeof code, "t%d", i);
        (void)fixture_put_thing(f, code, i);
        xh_arena_reset(f->arena);
    }
    struct xh_ctx ctx = fixture_ctx(f, &f->bakery_who);
    struct xh_err err = {0};
    struct log log = {.last_id = 0};
    ctx.arena = xh_arena_create("test");
    assert_ok(xh_change_read(&ctx, 0, NULL, 0, 1000, note, &log, &err));
    assert_string_equal(xh_buf_text(&log.text), "core.party create 1 operator;");
    assert_in_range(xh_arena_size_bytes(ctx.arena), 1, 100000);
    xh_arena_destroy(ctx.arena);
    xh_buf_finish(&log.text);
}

static void personal_fields_of_a_change_are_for_owner_and_staff(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->resident);
    struct xh_record record;
    assert_ok(xh_record_new(&ctx, "lab.note", &record, &err));
    xh_doc_set_string(record.doc, "text", "open");
    xh_doc_set_string(record.doc, "hidden", "closed");
    assert_ok(xh_record_put(&ctx, &record, &err));
    const struct {
        const struct xh_who *who;
        bool sees;
    } cases[] = {{&f->resident, true}, {&f->operator, true}, {&f->auditor, true},
                 {&f->public, false}, {&f->mill_who, false}};
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct log log = read_log(f, cases[i].who, "lab.note", record.id);
        assert_true(xh_str_find(log.after, XH_STR("\"text\":\"open\"")) > 0);
        assert_int_equal(xh_str_find(log.after, XH_STR("closed")) > 0, cases[i].sees);
    }
}

static void changes_are_read_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    char code[16];
    for (int i = 0; i < 300; i++) {
        (void)snprintf(code, sizeof code, "t%d", i);
        (void)fixture_put_thing(f, code, i);
    }
    struct log log = {.last_id = 0};
    int64_t last_id = xh_change_last_id(&ctx, &err);
    assert_int_equal(last_id, 302);
    assert_ok(xh_change_read(&ctx, 0, "lab.thing", 0, 10, note, &log, &err));
    assert_int_equal(log.last_id, 12);
    assert_ok(xh_change_read(&ctx, log.last_id, "lab.thing", 0, 1000, note, &log, &err));
    assert_int_equal(log.last_id, last_id);
    xh_buf_finish(&log.text);
}

static int emit(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_ctx ctx = *(struct xh_ctx *)arg;
    ctx.txn = conn;
    return xh_change_append(&ctx, conn, "lab.thing", 1, 0, "noticed", XH_STR(""),
                            XH_STR("{\"what\":\"a noise\"}"), err);
}

static void a_change_of_its_own_tells_what_happened(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1), known;
    assert_int_equal(record.id, 1);
    assert_ok(xh_rel_write(f->engine.rel, emit, &ctx, &err));
    struct log log = read_log(f, &f->mill_who, "lab.thing", 1);
    assert_string_equal(log.text.ptr, "lab.thing create 1 operator;lab.thing noticed 0 operator;");
    assert_true(xh_str_is(log.after, "{\"what\":\"a noise\"}"));
    assert_ok(xh_record_as_known(&ctx, "lab.thing", 1, INT64_MAX, &known, &err));
    assert_int_equal(known.version, 1);
}

static void a_record_is_given_back_as_it_was_known(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1), known;
    xh_doc_set_int(record.doc, "holder", f->mill);
    size_t at = xh_doc_add(record.doc, "lines");
    xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("điện"));
    xh_value_set_dec(xh_doc_put(record.doc, "lines", at, "amount"), (struct xh_dec){1250, 3});
    assert_ok(xh_record_put(&ctx, &record, &err));
    struct xh_record first = record;
    first.doc = xh_doc_copy(f->arena, record.doc);
    int64_t first_us = record.updated_us;
    xh_env_fault_advance(f->env, XH_US_PER_HOUR);
    xh_doc_set_int(record.doc, "count", 2);
    record.doc->parts[0].count = 0;
    assert_ok(xh_record_put(&ctx, &record, &err));
    xh_env_fault_advance(f->env, XH_US_PER_HOUR);
    assert_ok(xh_record_delete(&ctx, "lab.thing", record.id, 2, &err));

    assert_int_equal(xh_record_as_known(&ctx, "lab.thing", record.id, first_us - 1, &known, &err),
                     XH_E_NOT_FOUND);
    assert_ok(xh_record_as_known(&ctx, "lab.thing", record.id, first_us, &known, &err));
    assert_int_equal(known.id, record.id);
    assert_int_equal(known.version, 1);
    assert_int_equal(known.owner, f->mill);
    assert_int_equal(known.created_us, first_us);
    assert_int_equal(known.updated_us, first_us);
    assert_true(xh_str_is(known.state, "draft"));
    for (size_t i = 0; i < known.doc->shape->field_count; i++) {
        assert_true(xh_value_equal(&known.doc->row.values[i], &first.doc->row.values[i]));
    }
    assert_int_equal(xh_doc_value(known.doc, "price")->dec.scale, 2);
    assert_int_equal(xh_doc_count(known.doc, "lines"), 1);
    assert_true(xh_str_is(xh_doc_at(known.doc, "lines", 0, "label")->text, "điện"));
    assert_int_equal(xh_doc_at(known.doc, "lines", 0, "amount")->dec.scale, 3);
    assert_ok(xh_record_as_known(&ctx, "lab.thing", record.id, first_us + 2 * XH_US_PER_HOUR - 1,
                                 &known, &err));
    assert_int_equal(known.version, 2);
    assert_int_equal(xh_doc_count(known.doc, "lines"), 0);
    assert_int_equal(xh_record_as_known(&ctx, "lab.thing", record.id, INT64_MAX, &known, &err),
                     XH_E_NOT_FOUND);
    ctx.who = &f->bakery_who;
    assert_int_equal(xh_record_as_known(&ctx, "lab.thing", record.id, first_us, &known, &err),
                     XH_E_NOT_FOUND);
}

static void time_of_changes_never_goes_back(void **state)
{
    struct fixture *f = *state;
    struct xh_record one = fixture_put_thing(f, "one", 1);
    xh_env_fault_set_now(f->env, one.updated_us - XH_US_PER_DAY);
    struct xh_record two = fixture_put_thing(f, "two", 1);
    assert_int_equal(two.updated_us, one.updated_us);
}

static void wake(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void listeners_are_woken_after_each_commit(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    atomic_int first = 0, second = 0;
    xh_change_listen(&f->engine, wake, &first);
    xh_change_listen(&f->engine, wake, &second);
    (void)fixture_put_thing(f, "one", 1);
    struct xh_record refused = fixture_thing(&ctx, "one", 1);
    assert_int_equal(xh_record_put(&ctx, &refused, &err), XH_E_CONFLICT);
    fixture_close(f); /* waits for the writer's thread */
    assert_int_equal(first, 1);
    assert_int_equal(second, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_write_leaves_one_change_with_before_and_after),
        TEST(who_may_not_see_a_record_sees_no_change_of_it),
        TEST(a_new_owner_does_not_see_what_the_record_was_before),
        TEST(changes_of_others_take_no_memory_of_who_reads),
        TEST(personal_fields_of_a_change_are_for_owner_and_staff),
        TEST(changes_are_read_in_pieces),
        TEST(a_change_of_its_own_tells_what_happened),
        TEST(a_record_is_given_back_as_it_was_known),
        TEST(time_of_changes_never_goes_back),
        TEST(listeners_are_woken_after_each_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
