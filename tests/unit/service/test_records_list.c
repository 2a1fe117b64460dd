/* Lists: filters, sorting, pages. */
#include "records_fixture.h"

#include <stdio.h>

/* The codes of a list, one after the other. */
struct seen {
    struct xh_buf codes;
    int count;
};

static int see(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct seen *seen = arg;
    (void)err;
    xh_buf_add_format(&seen->codes, "%s%.*s", seen->codes.len > 0 ? " " : "",
                      XH_STR_ARG(xh_doc_text(record->doc, "code")));
    seen->count++;
    return XH_E_OK;
}

static const char *listed(struct fixture *f, const struct xh_list *list)
{
    struct seen seen = {{0}, 0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_err err = {0};
    struct xh_str next;
    assert_ok(xh_record_list(&ctx, "lab.thing", list, see, &seen, &next, &err));
    assert_int_equal(next.len, 0);
    const char *text = xh_arena_text(f->arena, xh_buf_str(&seen.codes));
    xh_buf_finish(&seen.codes);
    return text;
}

static void put(struct fixture *f, const char *code, int64_t count, const char *name, int32_t made,
                double weight)
{
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, code, count);
    xh_doc_set_string(record.doc, "name", name);
    if (made != 0) {
        xh_doc_set_int(record.doc, "made", made);
    } else {
        xh_doc_set_null(record.doc, "made");
    }
    xh_doc_set_real(record.doc, "weight_kg", weight);
    assert_ok(xh_record_put(&ctx, &record, &err));
}

static void put_five(struct fixture *f)
{
    put(f, "a", 3, "Đá", 100, 0.5);
    put(f, "b", 1, NULL, 0, 2.25);
    put(f, "c", 2, "x", 300, 0.1);
    put(f, "d", 2, NULL, 0, 0.3);
    put(f, "e", 3, "y", 200, 1e300);
}

static struct xh_value int_value(int64_t value)
{
    return (struct xh_value){.type = XH_T_INT, .integer = value};
}

static void a_list_sorts_by_any_indexed_field_both_ways(void **state)
{
    struct fixture *f = *state;
    put_five(f);
    const struct {
        const char *sort, *codes;
    } cases[] = {
        {NULL, "a b c d e"},        {"id", "a b c d e"},         {"-id", "e d c b a"},
        {"count", "b c d a e"},     {"-count", "e a d c b"},     {"code", "a b c d e"},
        {"made", "b d a e c"},      {"-made", "c e a d b"},      {"name", "b d c e a"},
        {"weight_kg", "c d a b e"}, {"-weight_kg", "e b a d c"}, {"state", "a b c d e"},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_list list = {.sort = cases[i].sort};
        assert_string_equal(listed(f, &list), cases[i].codes);
        /* Page by page it is the same. */
        for (size_t limit = 1; limit <= 5; limit++) {
            struct seen seen = {{0}, 0};
            struct xh_ctx ctx = fixture_ctx(f, &f->operator);
            struct xh_err err = {0};
            int pages = 0;
            list.limit = limit;
            list.after = XH_STR("");
            do {
                assert_ok(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &list.after, &err));
                pages++;
            } while (list.after.len > 0);
            xh_buf_add_char(&seen.codes, '\0');
            assert_string_equal(seen.codes.ptr, cases[i].codes);
            assert_int_equal(pages, (5 + (int)limit - 1) / (int)limit);
            xh_buf_finish(&seen.codes);
        }
    }
}

static void a_list_filters_by_indexed_fields(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    put_five(f);
    struct xh_filter ge = {"count", XH_FILTER_GE, int_value(2)};
    struct xh_list list = {.filters = &ge, .filter_count = 1};
    assert_string_equal(listed(f, &list), "a c d e");
    struct xh_filter range[] = {{"count", XH_FILTER_GE, int_value(2)},
                                {"count", XH_FILTER_LT, int_value(3)}};
    list = (struct xh_list){.filters = range, .filter_count = 2, .sort = "-made"};
    assert_string_equal(listed(f, &list), "c d");
    struct xh_filter none = {"made", XH_FILTER_EQ, {.type = XH_T_DAY, .is_null = true}};
    list = (struct xh_list){.filters = &none, .filter_count = 1};
    assert_string_equal(listed(f, &list), "b d");
    struct xh_filter text = {"name", XH_FILTER_EQ, {.type = XH_T_TEXT}};
    text.value.text = XH_STR("Đá");
    list = (struct xh_list){.filters = &text, .filter_count = 1};
    assert_string_equal(listed(f, &list), "a");
    struct xh_filter choice = {"kind", XH_FILTER_EQ, {.type = XH_T_CHOICE}};
    choice.value.text = XH_STR("lamp");
    list.filters = &choice;
    assert_string_equal(listed(f, &list), "");
    struct xh_filter state_is = {"state", XH_FILTER_EQ, {.type = XH_T_TEXT}};
    state_is.value.text = XH_STR("draft");
    list.filters = &state_is;
    assert_string_equal(listed(f, &list), "a b c d e");
    struct xh_filter id = {"id", XH_FILTER_LT, int_value(3)};
    list.filters = &id;
    assert_string_equal(listed(f, &list), "a b");
    int64_t count = 0;
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    assert_ok(xh_record_count(&ctx, "lab.thing", &list, &count, &err));
    assert_int_equal(count, 2);
}

static void a_field_without_index_neither_filters_nor_sorts(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct seen seen = {{0}, 0};
    struct xh_str next;
    const char *const fields[] = {"price", "secret", "twice", "from", "nothing", "lines"};
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        struct xh_list list = {.sort = fields[i]};
        assert_int_equal(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &next, &err),
                         XH_E_INVALID);
        assert_string_equal(err.field, fields[i]);
        struct xh_filter filter = {fields[i], XH_FILTER_EQ, int_value(1)};
        list = (struct xh_list){.filters = &filter, .filter_count = 1};
        assert_int_equal(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &next, &err),
                         XH_E_INVALID);
        assert_string_equal(err.field, fields[i]);
    }
    struct xh_filter wrong = {"count", XH_FILTER_EQ, {.type = XH_T_TEXT}};
    struct xh_list list = {.filters = &wrong, .filter_count = 1};
    assert_int_equal(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &next, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "count");
}

static void a_page_is_not_larger_than_a_thousand(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct seen seen = {{0}, 0};
    struct xh_str next;
    struct xh_list list = {.limit = 1001};
    assert_int_equal(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &next, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "limit");
}

static void a_cursor_of_another_list_is_refused(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct seen seen = {{0}, 0};
    struct xh_str next;
    put_five(f);
    struct xh_list list = {.sort = "count", .limit = 2};
    assert_ok(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &next, &err));
    assert_true(next.len > 0);
    const struct xh_str bad[] = {next,
                                 XH_STR("made"),
                                 XH_STR("made.a"),
                                 XH_STR("made.a.x.n"),
                                 XH_STR("made.d.1.n"),
                                 XH_STR("made.a.1.v3"),
                                 XH_STR("made.a.1.vzz"),
                                 XH_STR("made.a.1.v6162"),
                                 XH_STR("made.a.1."),
                                 XH_STR("'; DROP TABLE lab_things; --")};
    for (size_t i = 0; i < XH_COUNT(bad); i++) {
        struct xh_str unused;
        list = (struct xh_list){.sort = "made", .after = bad[i]};
        assert_int_equal(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &unused, &err),
                         XH_E_INVALID);
        assert_string_equal(err.field, "after");
    }
    xh_buf_finish(&seen.codes);
}

static void a_list_stays_whole_while_rows_come_and_go(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct seen seen = {{0}, 0};
    char code[16];
    for (int i = 0; i < 40; i++) {
        (void)snprintf(code, sizeof code, "t%02d", i);
        put(f, code, i % 4, code, 1 + i % 5, i);
    }
    struct xh_list list = {.sort = "-count", .limit = 7};
    int page = 0;
    do {
        assert_ok(xh_record_list(&ctx, "lab.thing", &list, see, &seen, &list.after, &err));
        /* Before the place where the list stands: not seen; it moves nothing. */
        (void)snprintf(code, sizeof code, "new%d", page++);
        put(f, code, 9, code, 1, 0);
        struct xh_record record;
        if (page == 3) { /* the row that the cursor names goes */
            assert_ok(xh_record_find(&ctx, "lab.thing", "code", XH_STR("t30"), &record, &err));
            assert_ok(xh_record_delete(&ctx, "lab.thing", record.id, 1, &err));
        }
    } while (list.after.len > 0);
    xh_buf_add_char(&seen.codes, '\0');
    for (int i = 0; i < 40; i++) { /* each once, but for what went before it was reached */
        (void)snprintf(code, sizeof code, "t%02d", i);
        const char *first = strstr(seen.codes.ptr, code);
        assert_true(i == 30 || first != NULL);
        assert_true(first == NULL || strstr(first + 1, code) == NULL);
    }
    assert_null(strstr(seen.codes.ptr, "new"));
    xh_buf_finish(&seen.codes);
}

static int read_within(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh_ctx *ctx = arg;
    struct xh_record again;
    int code = xh_record_get(ctx, "lab.thing", record->id, &again, err);
    if (code >= 0) {
        xh_doc_set_int(again.doc, "count", xh_doc_int(again.doc, "count") + 1);
        code = xh_record_put(ctx, &again, err);
    }
    return code;
}

static void a_list_may_be_changed_while_it_is_walked(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_str next;
    put_five(f);
    assert_ok(xh_record_list(&ctx, "lab.thing", NULL, read_within, &ctx, &next, &err));
    assert_int_equal(fixture_int(f, "SELECT sum(count) FROM lab_things"), 16);
}

static int count_lines(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)err;
    *(size_t *)arg += xh_doc_count(record->doc, "lines");
    return XH_E_OK;
}

static void parts_come_along_when_asked_for(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    struct xh_ctx ctx = fixture_ctx(f, &f->operator);
    struct xh_record record = fixture_thing(&ctx, "one", 1);
    struct xh_str next;
    size_t lines = 0;
    size_t at = xh_doc_add(record.doc, "lines");
    xh_value_set_text(xh_doc_put(record.doc, "lines", at, "label"), XH_STR("line"));
    assert_ok(xh_record_put(&ctx, &record, &err));
    assert_ok(xh_record_list(&ctx, "lab.thing", NULL, count_lines, &lines, &next, &err));
    assert_int_equal(lines, 0);
    struct xh_list list = {.with_parts = true};
    assert_ok(xh_record_list(&ctx, "lab.thing", &list, count_lines, &lines, &next, &err));
    assert_int_equal(lines, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_list_sorts_by_any_indexed_field_both_ways),
        TEST(a_list_filters_by_indexed_fields),
        TEST(a_field_without_index_neither_filters_nor_sorts),
        TEST(a_page_is_not_larger_than_a_thousand),
        TEST(a_cursor_of_another_list_is_refused),
        TEST(a_list_stays_whole_while_rows_come_and_go),
        TEST(a_list_may_be_changed_while_it_is_walked),
        TEST(parts_come_along_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
