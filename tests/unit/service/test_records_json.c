/* Records as JSON. */
#include "records_fixture.h"

static void a_record_is_written_with_titles_of_what_it_refers_to(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record parent = fixture_put_thing(f, "big", 1);
    struct xh_record record = fixture_thing(&ctx, "one", 7);
    xh_doc_set_int(record.doc, "holder", f->mill);
    xh_doc_set_int(record.doc, "parent", parent.id);
    size_t at = xh_doc_add(record.doc, "lines");
    xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
    xh_value_set_dec(xh_doc_put(record.doc, "lines", at, "amount"), (struct xh_dec){50, 1});
    xh_value_set_int(xh_doc_put(record.doc, "lines", at, "other"), parent.id);
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_string_equal(
        fixture_json(&ctx, &record),
        "{\"id\":2,\"version\":1,\"state\":\"draft\",\"owner\":1,\"owner_label\":\"The Mill\","
        "\"created\":\"2025-12-01T00:00:00Z\",\"updated\":\"2025-12-01T00:00:00Z\","
        "\"code\":\"one\",\"name\":\"one\",\"is_on\":true,\"count\":7,\"weight_kg\":0.1,"
        "\"price\":2350.00,\"cost\":1500000,\"kind\":\"pump\",\"made\":\"2025-06-15\","
        "\"seen\":\"2025-06-15T15:06:40.123456Z\",\"holder\":1,\"parent\":1,"
        "\"secret\":\"under the mat\",\"stamp\":null,\"twice\":14,"
        "\"from\":\"hàng \\\"một\\\"\\nhàng hai\",\"holder_label\":\"The Mill\","
        "\"parent_label\":\"big\",\"lines\":[{\"label\":\"line\",\"amount\":5.0,\"other\":1,"
        "\"other_label\":\"big\"}],\"marks\":[],\"may\":[\"edit\",\"issue\",\"close\"]}");
}

static void may_names_what_who_can_do_in_this_state(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1);
    struct xh_ctx mill = fixture_ctx(f, &f->mill_who), auditor = fixture_ctx(f, &f->auditor);
    assert_non_null(strstr(fixture_json(&mill, &record), "\"may\":[\"edit\",\"issue\"]"));
    assert_non_null(strstr(fixture_json(&auditor, &record), "\"may\":[]"));
    assert_ok(xh_record_verb(&ctx, "lab.thing", record.id, "issue", NULL, &record, &err));
    assert_non_null(strstr(fixture_json(&ctx, &record), "\"may\":[\"close\"]"));
    assert_non_null(strstr(fixture_json(&mill, &record), "\"may\":[]"));
}

static void personal_fields_are_for_owner_and_staff(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->resident);
    struct xh_record record;
    assert_ok(xh_record_new(&ctx, "lab.note", &record, &err));
    xh_doc_set_string(record.doc, "text", "open");
    xh_doc_set_string(record.doc, "hidden", "closed");
    xh_doc_set_int(record.doc, "about", f->mill);
    assert_ok(xh_record_put(&ctx, &record, &err));
    const struct {
        const struct xh_who *who;
        bool sees_hidden, sees_name;
    } cases[] = {{&f->resident, true, false}, {&f->operator, true, true},
                 {&f->auditor, true, true},   {&f->public, false, false},
                 {&f->mill_who, false, true}, {&f->bakery_who, true, false}};
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        ctx.who = cases[i].who;
        const char *json = fixture_json(&ctx, &record);
        assert_non_null(strstr(json, "\"text\":\"open\""));
        assert_int_equal(strstr(json, "\"hidden\":\"closed\"") != NULL, cases[i].sees_hidden);
        /* Who may not see a party learns its number only. */
        assert_int_equal(strstr(json, "\"about_label\":\"The Mill\"") != NULL, cases[i].sees_name);
        assert_int_equal(strstr(json, "\"about_label\":null") != NULL, !cases[i].sees_name);
    }
}

static void a_title_follows_its_change(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_put_thing(f, "one", 1), party;
    assert_non_null(strstr(fixture_json(&ctx, &record), "\"holder_label\":\"The Mill\""));
    assert_ok(xh_record_get(&ctx, "core.party", f->mill, &party, &err));
    xh_doc_set_string(party.doc, "name", "The New Mill");
    assert_ok(xh_record_put(&ctx, &party, &err));
    /* Told on the writer's thread just after the commit: the next write has seen it through. */
    (void)fixture_put_thing(f, "two", 1);
    assert_non_null(strstr(fixture_json(&ctx, &record), "\"holder_label\":\"The New Mill\""));
    xh_doc_set_null(party.doc, "name");
    assert_ok(xh_record_put(&ctx, &party, &err));
    (void)fixture_put_thing(f, "three", 1);
    assert_non_null(strstr(fixture_json(&ctx, &record), "\"holder_label\":null"));
}

static void what_is_not_stored_can_be_shown(void **state)
{
    struct fixture *f = *state;
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    const char *json = fixture_json(&ctx, &record);
    assert_non_null(strstr(json, "\"id\":0,\"version\":0,\"state\":\"draft\",\"owner\":null,"));
    assert_non_null(strstr(json, "\"created\":null,\"updated\":null,"));
    assert_null(strstr(json, "\"may\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_is_written_with_titles_of_what_it_refers_to),
        TEST(may_names_what_who_can_do_in_this_state),
        TEST(personal_fields_are_for_owner_and_staff),
        TEST(a_title_follows_its_change),
        TEST(what_is_not_stored_can_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
