/* Putting, reading and finding records. */
#include "records_fixture.h"

static void every_type_of_field_reads_back_as_it_was_put(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record other = fixture_put_thing(f, "other", 1);
    struct xh_record record = fixture_thing(&ctx, "one", 7);
    xh_doc_set_int(record.doc, "holder", f->mill);
    xh_doc_set_int(record.doc, "parent", other.id);
    xh_doc_set_int(record.doc, "made", xh_day_from_civil(2024, 2, 29));
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.version, 1);
    assert_int_equal(record.owner, f->mill);
    assert_true(xh_str_is(record.state, "draft"));
    assert_int_equal(record.created_us, xh_env_now_us(f->engine.env));

    struct xh_record back;
    assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &back, &err));
    assert_int_equal(back.version, 1);
    assert_int_equal(back.owner, f->mill);
    assert_true(xh_str_is(back.state, "draft"));
    for (size_t i = 0; i < back.doc->shape->field_count; i++) {
        assert_true(xh_value_equal(&back.doc->row.values[i], &record.doc->row.values[i]));
    }
    assert_int_equal(xh_doc_value(back.doc, "price")->dec.scale, 2);
    assert_true(xh_doc_real(back.doc, "weight_kg") == 0.1);
    assert_int_equal(xh_doc_int(back.doc, "seen"), 1750000000123456);
    assert_int_equal(xh_doc_int(back.doc, "twice"), 14);
    assert_true(xh_doc_is_null(back.doc, "stamp"));
}

static void a_change_replaces_the_fields_and_counts_the_version(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 7);
    int64_t created_us = record.created_us;
    xh_env_fault_advance(f->env, 5 * XH_US_PER_S);
    xh_doc_set_int(record.doc, "count", 8);
    xh_doc_set_null(record.doc, "kind");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.version, 2);
    assert_int_equal(record.created_us, created_us);
    assert_int_equal(record.updated_us, created_us + 5 * XH_US_PER_S);
    assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &record, &err));
    assert_int_equal(xh_doc_int(record.doc, "count"), 8);
    assert_true(xh_doc_is_null(record.doc, "kind"));
    assert_int_equal(record.version, 2);
}

static void a_change_that_changes_nothing_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 7);
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.version, 1);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);
    /* 2350.0 is another text than 2350.00. */
    xh_doc_set_dec(record.doc, "price", (struct xh_dec){23500, 1});
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.version, 2);
}

static void parts_are_replaced_as_a_whole(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    xh_doc_set_int(record.doc, "holder", f->mill);
    for (int i = 0; i < 3; i++) {
        size_t at = xh_doc_add(record.doc, "lines");
        xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
        xh_value_set_dec(xh_doc_put(record.doc, "lines", at, "amount"), (struct xh_dec){i, 1});
    }
    (void)xh_doc_add(record.doc, "marks");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &record, &err));
    assert_int_equal(xh_doc_count(record.doc, "lines"), 3);
    assert_int_equal(xh_doc_count(record.doc, "marks"), 1);
    assert_int_equal(xh_doc_at(record.doc, "lines", 2, "amount")->dec.mantissa, 2);

    record.doc->parts[0].count = 1;
    xh_value_set_text(xh_doc_put(record.doc, "lines", 0, "label"), XH_STR("only"));
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_ok(xh_record_get(&ctx, "lab.thing", record.id, &record, &err));
    assert_int_equal(xh_doc_count(record.doc, "lines"), 1);
    assert_int_equal(xh_doc_count(record.doc, "marks"), 1);
    assert_true(xh_str_is(xh_doc_at(record.doc, "lines", 0, "label")->text, "only"));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things_lines"), 1);
}

static void too_many_rows_of_a_part_are_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    for (int i = 0; i < 6; i++) {
        size_t at = xh_doc_add(record.doc, "lines");
        xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
    }
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_TOO_LARGE);
    assert_string_equal(err.field, "lines");
    assert_int_equal(record.id, 0);
}

static void a_version_must_be_named_and_be_the_last(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 7);
    xh_doc_set_int(record.doc, "count", 8);
    record.version = 0;
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_PRECONDITION_NEEDED);
    assert_string_equal(err.field, "version");
    record.version = 1;
    assert_ok(xh_record_put(&ctx, &record, &err));
    record.version = 1;
    xh_doc_set_int(record.doc, "count", 9);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_PRECONDITION);
    assert_string_equal(err.value, "1");
    assert_string_equal(err.limit, "2");
    assert_int_equal(xh_doc_int(record.doc, "count"), 9);
    assert_int_equal(fixture_int(f, "SELECT count FROM lab_things"), 8);
}

static void a_unique_text_that_is_taken_is_named(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    (void)fixture_put_thing(f, "one", 7);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    xh_doc_set_string(record.doc, "name", "another");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "code");
    assert_string_equal(err.value, "one");
    assert_string_equal(err.text, "there is already a lab.thing with code \"one\"");
    assert_int_equal(record.id, 0);
    assert_int_equal(record.version, 0);
}

static void a_set_of_fields_can_be_unique_together(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    (void)fixture_put_thing(f, "one", 7);
    struct xh_record record = fixture_thing(&ctx, "two", 1);
    xh_doc_set_string(record.doc, "name", "one");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "made");
    xh_doc_set_int(record.doc, "made", xh_day_from_civil(2025, 6, 16));
    assert_ok(xh_record_put(&ctx, &record, &err));
}

static void a_reference_to_nothing_is_named(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    xh_doc_set_int(record.doc, "parent", 99);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "parent");
    assert_string_equal(err.value, "99");
    assert_string_equal(err.limit, "lab.thing");
    assert_string_equal(err.text, "parent 99 does not exist");

    xh_doc_set_null(record.doc, "parent");
    size_t at = xh_doc_add(record.doc, "lines");
    xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
    xh_value_set_int(xh_doc_put(record.doc, "lines", at, "other"), 77);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "lines[0].other");
    assert_string_equal(err.value, "77");
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 0);
}

static void the_shape_and_the_types_own_check_both_refuse(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1000001);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "count");
    xh_doc_set_int(record.doc, "count", 1);
    xh_doc_set_string(record.doc, "kind", "broom");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "kind");
    xh_doc_set_string(record.doc, "kind", "");
    xh_doc_set_real(record.doc, "weight_kg", -1);
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.text, "nothing weighs less than nothing");
    xh_doc_set_real(record.doc, "weight_kg", 1);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_true(xh_doc_is_null(record.doc, "kind"));
}

static void a_record_is_found_by_its_unique_text(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record one = fixture_put_thing(f, "one", 7), back;
    assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("one"), &back, &err));
    assert_int_equal(back.id, one.id);
    assert_int_equal(xh_doc_int(back.doc, "twice"), 14);
    assert_int_equal(xh_record_find(&ctx, "lab.thing", "code", XH_STR("two"), &back, &err),
                     XH_E_NOT_FOUND);
    assert_string_equal(err.value, "two");
    assert_int_equal(xh_record_find(&ctx, "lab.thing", "name", XH_STR("one"), &back, &err),
                     XH_E_INVALID);
    assert_int_equal(xh_record_get(&ctx, "lab.thing", 4711, &back, &err), XH_E_NOT_FOUND);
    assert_int_equal(xh_record_get(&ctx, "lab.nothing", 1, &back, &err), XH_E_NOT_FOUND);
}

static void a_read_only_field_keeps_what_the_engine_set(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator), engine = fixture_ctx(f, &xh_who_engine);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    xh_doc_set_string(record.doc, "stamp", "mine");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, "stamp");
    assert_ok(xh_record_put(&engine, &record, &err));
    /* As after a form that does not show it: null. */
    xh_doc_set_null(record.doc, "stamp");
    xh_doc_set_int(record.doc, "count", 2);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_true(xh_str_is(xh_doc_text(record.doc, "stamp"), "mine"));
    xh_doc_set_string(record.doc, "stamp", "yours");
    assert_int_equal(xh_record_put(&ctx, &record, &err), XH_E_INVALID);
}

static void a_record_that_is_referred_to_is_not_deleted(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record parent = fixture_put_thing(f, "one", 7);
    struct xh_record child = fixture_thing(&ctx, "two", 1);
    xh_doc_set_int(child.doc, "parent", parent.id);
    (void)xh_doc_add(child.doc, "marks");
    assert_ok(xh_record_put(&ctx, &child, &err));
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", parent.id, 1, &err), XH_E_CONFLICT);
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", child.id, 0, &err),
                     XH_E_PRECONDITION_NEEDED);
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", child.id, 9, &err), XH_E_PRECONDITION);
    assert_ok(xh_record_delete(&ctx, "lab.thing", child.id, 1, &err));
    assert_ok(xh_record_delete(&ctx, "lab.thing", parent.id, 1, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things_marks"), 0);
    assert_int_equal(xh_record_delete(&ctx, "lab.thing", child.id, 1, &err), XH_E_NOT_FOUND);
    /* An id is never used again. */
    assert_true(fixture_put_thing(f, "three", 1).id > child.id);
}

static void a_party_owns_itself(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record;
    assert_ok(xh_record_get(&ctx, "core.party", f->mill, &record, &err));
    assert_int_equal(record.owner, f->mill);
    assert_ok(xh_record_new(&ctx, "core.party", &record, &err));
    xh_doc_set_string(record.doc, "code", "lonely");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, record.id);
    assert_ok(xh_record_delete(&ctx, "core.party", record.id, 1, &err));
}

static void without_an_owner_field_the_maker_owns(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->resident), staff = fixture_ctx(f, &f->operator);
    struct xh_record record;
    assert_ok(xh_record_new(&ctx, "lab.note", &record, &err));
    xh_doc_set_string(record.doc, "text", "hello");
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_int_equal(record.owner, f->bakery);
    xh_doc_set_string(record.doc, "text", "changed by staff");
    assert_ok(xh_record_put(&staff, &record, &err));
    assert_int_equal(record.owner, f->bakery);
}

static int write_two(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    bool *fails = arg;
    struct xh_record one = fixture_thing(ctx, "first", 1), two = fixture_thing(ctx, "second", 2);
    int code = xh_record_put(ctx, &one, err);
    if (code >= 0) {
        xh_doc_set_int(two.doc, "parent", one.id);
        code = xh_record_put(ctx, &two, err);
    }
    struct xh_record seen;
    if (code >= 0) {
        code = xh_record_get(ctx, "lab.thing", two.id, &seen, err); /* sees its own writes */
    }
    return code >= 0 && *fails ? xh_err_set(err, XH_E_INVALID, "no") : code;
}

static void several_records_are_written_as_one(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    bool fails = true;
    int64_t changes = fixture_int(f, "SELECT count(*) FROM xh_change");
    assert_int_equal(xh_records_write(&ctx, write_two, &fails, &err), XH_E_INVALID);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes);
    fails = false;
    assert_ok(xh_records_write(&ctx, write_two, &fails, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 2);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM xh_change"), changes + 2);
    assert_null(ctx.txn);
}

static int write_on_after_a_fault(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    (void)arg;
    struct xh_record bad = fixture_thing(ctx, "bad", 1), good = fixture_thing(ctx, "good", 1);
    size_t at = xh_doc_add(bad.doc, "lines");
    xh_value_set_text(xh_doc_put(bad.doc, "lines", at, "label"), XH_STR("line"));
    xh_value_set_int(xh_doc_put(bad.doc, "lines", at, "other"), 77); /* fails after the row */
    assert_int_equal(xh_record_put(ctx, &bad, NULL), XH_E_INVALID);
    return xh_record_put(ctx, &good, err);
}

static void a_put_that_fails_leaves_nothing_in_a_transaction_that_goes_on(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    assert_ok(xh_records_write(&ctx, write_on_after_a_fault, NULL, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things"), 1);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM lab_things WHERE code = 'good'"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_type_of_field_reads_back_as_it_was_put),
        TEST(a_change_replaces_the_fields_and_counts_the_version),
        TEST(a_change_that_changes_nothing_writes_nothing),
        TEST(parts_are_replaced_as_a_whole),
        TEST(too_many_rows_of_a_part_are_refused),
        TEST(a_version_must_be_named_and_be_the_last),
        TEST(a_unique_text_that_is_taken_is_named),
        TEST(a_set_of_fields_can_be_unique_together),
        TEST(a_reference_to_nothing_is_named),
        TEST(the_shape_and_the_types_own_check_both_refuse),
        TEST(a_record_is_found_by_its_unique_text),
        TEST(a_read_only_field_keeps_what_the_engine_set),
        TEST(a_record_that_is_referred_to_is_not_deleted),
        TEST(a_party_owns_itself),
        TEST(without_an_owner_field_the_maker_owns),
        TEST(several_records_are_written_as_one),
        TEST(a_put_that_fails_leaves_nothing_in_a_transaction_that_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
