/* test_query.c: reports: typed parameters and columns, limits, and a filter by owner that nothing
 * gets around. */
#include "service/engine_fixture.h"

#include "service/query.h"

#define FIELD(name, type) {name, type, 0, "x", "x", NULL, 0, 0, 0, NULL, NULL, NULL, NULL}
#define OWN {XH_ROLE_STAFF, XH_ROLE_RESIDENT, 0, 0}

static const struct xh_field code_columns[] = {FIELD("code", XH_T_TEXT)};
static const struct xh_field typed_columns[] = {
    FIELD("truth", XH_T_BOOL), FIELD("whole", XH_T_INT), FIELD("real", XH_T_REAL),
    FIELD("price", XH_T_DEC),
    {"total", XH_T_MONEY, 0, "x", "x", "VND", 0, 0, 0, NULL, NULL, NULL, NULL},
    FIELD("name", XH_T_TEXT),  FIELD("day", XH_T_DAY),   FIELD("none_given", XH_T_TEXT),
};
static const struct xh_field typed_params[] = {
    FIELD("whole", XH_T_INT), FIELD("real", XH_T_REAL), FIELD("price", XH_T_DEC),
    FIELD("name", XH_T_TEXT), FIELD("day", XH_T_DAY),
};
static const struct xh_field count_params[] = {
    {"count", XH_T_INT, XH_F_REQUIRED, "x", "x", NULL, 0, 1e6, 0, NULL, NULL, NULL, NULL},
};
static const struct xh_field number_columns[] = {FIELD("n", XH_T_INT)};

#define QUERY(name_, sql_)                                                                         \
    {.name = name_, .label_vi = "x", .label_en = "x", .sql = sql_,                                 \
     .columns = XH_SHAPE(code_columns), .access = OWN, .owner_column = "owner"}

static const struct xh_query queries[] = {
    QUERY("plain", "SELECT code, owner FROM core_series ORDER BY code"),
    QUERY("or", "SELECT code, owner FROM core_series WHERE code = 'x' OR 1 = 1"),
    QUERY("union", "SELECT code, owner FROM core_series UNION ALL SELECT code, owner FROM "
                   "core_devices"),
    QUERY("comment", "SELECT code, owner FROM core_series -- ) AS q"),
    QUERY("limit", "SELECT code, owner FROM core_series ORDER BY code LIMIT 1"),
    QUERY("no_owner", "SELECT code, NULL AS owner FROM core_series"),
    {.name = "typed", .label_vi = "x", .label_en = "x",
     .sql = "SELECT 1 AS truth, :whole AS whole, :real AS \"real\", :price AS price, 7 AS total,"
            " :name AS name, :day AS day, NULL AS none_given",
     .params = XH_SHAPE(typed_params), .columns = XH_SHAPE(typed_columns),
     .access = {XH_ROLE_ANY, 0, 0, 0}},
    {.name = "numbers", .label_vi = "x", .label_en = "x",
     .sql = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :count)"
            " SELECT n FROM c",
     .params = XH_SHAPE(count_params), .columns = XH_SHAPE(number_columns),
     .access = {XH_ROLE_ANY, 0, 0, 0}},
    {.name = "wrong_column", .label_vi = "x", .label_en = "x", .sql = "SELECT id FROM core_series",
     .columns = XH_SHAPE(code_columns), .access = {XH_ROLE_ANY, 0, 0, 0}},
    {.name = "writes", .label_vi = "x", .label_en = "x",
     .sql = "WITH c AS (SELECT 1) DELETE FROM core_series RETURNING id AS n",
     .columns = XH_SHAPE(number_columns), .access = {XH_ROLE_ANY, 0, 0, 0}},
};
static const struct xh_domain lab = {
    .name = "lab",
    .label_vi = "Thử",
    .label_en = "Lab",
    .queries = queries,
    .query_count = XH_COUNT(queries),
};

/* ---- a folder with a meter of home 7 and one of home 8 ---- */

static int enter(void **state)
{
    struct engine_options options = {.without_rows = true, .rooms = {&lab}};
    struct engine_fixture *f = engine_enter(&options);
    struct xh_meter_spec spec = engine_meter_spec("home-8", "home-8/electricity");
    struct xh_err err = {0};
    int64_t id;
    engine_party(f, "home-8", "household");
    spec.owner = XH_STR("home-8");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    *state = f;
    return 0;
}

static int leave(void **state)
{
    engine_leave(*state);
    return 0;
}

struct seen {
    size_t count, foreign;
    int stop;
};

static int see(void *arg, const struct xh_row *row, struct xh_err *err)
{
    struct seen *seen = arg;
    seen->count++;
    if (row->values[0].type == XH_T_TEXT) {
        seen->foreign += !xh_str_starts(xh_value_text(&row->values[0]), XH_STR("home-7"));
    }
    return seen->stop < 0 ? xh_err_set(err, seen->stop, "stopped") : XH_E_OK;
}

static int run(struct engine_fixture *f, const char *who, const char *name, struct seen *seen,
               struct xh_err *err)
{
    struct xh_ctx ctx = engine_as(f, who);
    *seen = (struct seen){0, 0, 0};
    return xh_query_run(&ctx, xh_str_from(name), NULL, see, seen, err);
}

static void who_may_read_its_own_gets_its_own_whatever_the_sql(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen;
    const char *const names[] = {"lab.plain", "lab.or", "lab.union", "lab.comment"};
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        must(run(f, "operator", names[i], &seen, &err), &err);
        assert_int_equal(seen.count, i == 2 ? 4 : 2);
        must(run(f, "resident-7", names[i], &seen, &err), &err);
        assert_int_equal(seen.count, i == 2 ? 2 : 1);
        assert_int_equal(seen.foreign, 0);
    }
    must(run(f, "resident-7", "lab.no_owner", &seen, &err), &err);
    assert_int_equal(seen.count, 0);
    must(run(f, "resident-7", "lab.limit", &seen, &err), &err);
    assert_int_equal(seen.foreign, 0);
}

static void who_owns_nothing_or_may_nothing_is_refused(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen = {0, 0, 0};
    struct xh_who nobody = {.name = "nobody", .roles = XH_ROLE_RESIDENT};
    struct xh_ctx ctx = f->ctx;
    assert_int_equal(run(f, "public", "lab.plain", &seen, &err), XH_E_FORBIDDEN);
    ctx.who = &nobody;
    assert_int_equal(xh_query_run(&ctx, XH_STR("lab.no_owner"), NULL, see, &seen, &err),
                     XH_E_FORBIDDEN);
    assert_int_equal(seen.count, 0);
    assert_int_equal(run(f, "operator", "lab.nothing", &seen, &err), XH_E_NOT_FOUND);
}

static int see_typed(void *arg, const struct xh_row *row, struct xh_err *err)
{
    const struct xh_value *v = row->values;
    (void)err;
    assert_true(v[0].truth);
    assert_int_equal(xh_value_int(&v[1]), INT64_C(9007199254740993));
    assert_true(xh_value_real(&v[2]) == 0.1);
    char text[XH_DEC_TEXT_BYTES];
    struct xh_str printed = {text, xh_dec_print(v[3].dec, text)};
    assert_true(xh_str_is(printed, "2204.0650"));
    assert_int_equal(xh_value_int(&v[4]), 7);
    assert_true(xh_str_is(xh_value_text(&v[5]), "'; DROP TABLE core_series; --"));
    assert_int_equal(v[6].type, XH_T_DAY);
    assert_int_equal(xh_value_int(&v[6]), 20000);
    assert_true(v[7].is_null);
    (*(size_t *)arg)++;
    return XH_E_OK;
}

static void parameters_and_columns_keep_their_types_and_digits(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_query *query = xh_engine_query(f->engine, XH_STR("lab.typed"));
    struct xh_doc *params = xh_doc_create(f->arena, &query->params);
    struct xh_dec price;
    size_t count = 0;
    must(xh_dec_parse(XH_STR("2204.0650"), &price, &err), &err);
    xh_doc_set_int(params, "whole", INT64_C(9007199254740993));
    xh_doc_set_real(params, "real", 0.1);
    xh_doc_set_dec(params, "price", price);
    xh_doc_set_string(params, "name", "'; DROP TABLE core_series; --");
    xh_doc_set_int(params, "day", 20000);
    must(f->ctx.host->query(&f->ctx, "lab.typed", params, see_typed, &count, &err), &err);
    assert_int_equal(count, 1);
}

static int count_numbers(struct engine_fixture *f, int64_t count, struct seen *seen,
                         struct xh_err *err)
{
    const struct xh_query *query = xh_engine_query(f->engine, XH_STR("lab.numbers"));
    struct xh_doc *params = xh_doc_create(f->arena, &query->params);
    xh_doc_set_int(params, "count", count);
    *seen = (struct seen){0, 0, 0};
    return xh_query_run(&f->ctx, XH_STR("lab.numbers"), params, see, seen, err);
}

static void more_rows_than_the_limit_are_too_many(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen;
    must(count_numbers(f, XH_QUERY_ROWS_MAX, &seen, &err), &err);
    assert_int_equal(seen.count, XH_QUERY_ROWS_MAX);
    assert_int_equal(count_numbers(f, XH_QUERY_ROWS_MAX + 1, &seen, &err), XH_E_TOO_LARGE);
    assert_int_equal(seen.count, XH_QUERY_ROWS_MAX);
}

static void parameters_are_checked_before_anything_runs(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen;
    assert_int_equal(count_numbers(f, 2000000, &seen, &err), XH_E_INVALID);
    assert_string_equal(err.field, "count");
    assert_int_equal(xh_query_run(&f->ctx, XH_STR("lab.numbers"), NULL, see, &seen, &err),
                     XH_E_INVALID);
    assert_int_equal(seen.count, 0);
}

static void who_is_told_a_row_may_stop(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen = {0, 0, XH_E_CANCELLED};
    assert_int_equal(xh_query_run(&f->ctx, XH_STR("lab.plain"), NULL, see, &seen, &err),
                     XH_E_CANCELLED);
    assert_int_equal(seen.count, 1);
    /* and the connection is good for the next */
    must(run(f, "operator", "lab.plain", &seen, &err), &err);
    assert_int_equal(seen.count, 2);
}

static void a_report_cannot_write_nor_name_what_it_does_not_select(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct seen seen;
    assert_true(run(f, "operator", "lab.writes", &seen, &err) < 0);
    assert_true(run(f, "operator", "lab.wrong_column", &seen, &err) < 0);
    must(run(f, "operator", "lab.plain", &seen, &err), &err);
    assert_int_equal(seen.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_read_its_own_gets_its_own_whatever_the_sql),
        cmocka_unit_test(who_owns_nothing_or_may_nothing_is_refused),
        cmocka_unit_test(parameters_and_columns_keep_their_types_and_digits),
        cmocka_unit_test(more_rows_than_the_limit_are_too_many),
        cmocka_unit_test(parameters_are_checked_before_anything_runs),
        cmocka_unit_test(who_is_told_a_row_may_stop),
        cmocka_unit_test(a_report_cannot_write_nor_name_what_it_does_not_select),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
