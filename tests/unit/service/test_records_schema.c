/* The tables that record types become. */
#include "records_fixture.h"

#include <stdio.h>

static const char *ddl(struct fixture *f, const struct xh_rel_schema *schema,
                       enum xh_rel_dialect dialect)
{
    struct xh_buf out = {0};
    xh_rel_ddl(schema, dialect, &out);
    const char *text = xh_arena_text(f->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static void a_record_type_is_one_table_and_a_part_another(void **state)
{
    struct fixture *f = *state;
    const char *sql = ddl(f, f->engine.schema, XH_REL_SQLITE);
    assert_non_null(strstr(sql, "CREATE TABLE \"lab_notes\" (\n"
                                "    \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                                "    \"version\" INTEGER NOT NULL,\n"
                                "    \"owner\" INTEGER REFERENCES \"core_parties\"(\"id\"),\n"
                                "    \"state\" TEXT,\n"
                                "    \"created_us\" INTEGER NOT NULL,\n"
                                "    \"updated_us\" INTEGER NOT NULL,\n"
                                "    \"text\" TEXT,\n"
                                "    \"hidden\" TEXT,\n"
                                "    \"about\" INTEGER REFERENCES \"core_parties\"(\"id\")\n"
                                ") STRICT;\n"));
    assert_non_null(strstr(sql, "CREATE TABLE \"lab_things_lines\" (\n"
                                "    \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                                "    \"record_id\" INTEGER NOT NULL REFERENCES"
                                " \"lab_things\"(\"id\"),\n"
                                "    \"row_index\" INTEGER NOT NULL,\n"));
    assert_non_null(strstr(sql, "CREATE TABLE \"xh_change\""));
    assert_non_null(strstr(sql, "CREATE TABLE \"xh_job\""));
    assert_null(strstr(sql, "\"twice\"")); /* computed */
}

static void indexes_follow_what_is_asked_for(void **state)
{
    struct fixture *f = *state;
    const char *sql = ddl(f, f->engine.schema, XH_REL_SQLITE);
    const char *const indexes[] = {
        "CREATE UNIQUE INDEX \"xh_uq_lab_things__code\" ON \"lab_things\" (\"code\");",
        "UNIQUE INDEX \"xh_uq_lab_things__name_made\" ON \"lab_things\" (\"name\", \"made\");",
        "INDEX \"xh_ix_lab_things__count\" ON \"lab_things\" (\"count\");",
        "INDEX \"xh_ix_lab_things__state\" ON \"lab_things\" (\"state\");",
        "INDEX \"xh_ix_lab_things__owner\" ON \"lab_things\" (\"owner\");",
        "INDEX \"xh_ix_lab_things_lines__other\" ON \"lab_things_lines\" (\"other\");",
    };
    for (size_t i = 0; i < XH_COUNT(indexes); i++) {
        if (strstr(sql, indexes[i]) == NULL) {
            fail_msg("missing: %s", indexes[i]);
        }
    }
    assert_null(strstr(sql, "(\"price\")"));
    assert_null(strstr(sql, "ON \"lab_notes\" (\"state\")"));
}

static void a_list_finds_its_place_by_an_index(void **state)
{
    struct fixture *f = *state;
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    struct xh_err err = {0};
    assert_ok(xh_rel_read_begin(f->engine.rel, &conn, &err));
    assert_ok(xh_rel_prepare(conn,
                             "EXPLAIN QUERY PLAN SELECT \"id\" FROM \"lab_things\" WHERE"
                             " \"count\" >= :after AND (\"count\" > :after OR \"id\" > :after_id)"
                             " ORDER BY \"count\" NULLS FIRST, \"id\" LIMIT :limit",
                             &rows, &err));
    assert_int_equal(xh_rel_next(rows, &err), 1);
    assert_true(xh_str_starts(xh_rel_text(rows, 3), XH_STR("SEARCH lab_things USING")));
    assert_int_equal(xh_rel_next(rows, &err), 0); /* no sorting of its own */
    xh_rel_done(rows);
    xh_rel_read_end(f->engine.rel, conn);
}

static void the_core_of_the_program_becomes_tables(void **state)
{
    struct fixture *f = *state;
    struct xh_err err = {0};
    char path[96];
    const struct xh_domain *const domains[] = {&xh_core_domain};
    const struct xh_rel_schema *schema = xh_records_schema(f->arena, domains, 1);
    (void)snprintf(path, sizeof path, "%s/core.db", f->folder);
    for (int i = 0; i < 2; i++) { /* and are found as they were made */
        struct xh_rel *rel = NULL;
        assert_ok(xh_rel_open(xh_env_real(), path, schema, &rel, &err));
        xh_rel_close(rel);
    }
    const char *sql = ddl(f, schema, XH_REL_POSTGRES);
    assert_non_null(strstr(sql, "CREATE TABLE \"core_bills_lines\""));
    assert_non_null(strstr(sql, "ALTER TABLE \"core_series\" ADD FOREIGN KEY (\"device\")"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_type_is_one_table_and_a_part_another),
        TEST(indexes_follow_what_is_asked_for),
        TEST(a_list_finds_its_place_by_an_index),
        TEST(the_core_of_the_program_becomes_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
