/* The schema: what grows by itself, what is refused, steps by hand, DDL. */
#include "rel_fixture.h"

#include <stdio.h>

/* A schema of one table "t", put together by each test. */
struct plan {
    struct xh_rel_column columns[4];
    struct xh_rel_index indexes[2];
    struct xh_rel_table table;
    const struct xh_rel_table *tables[2];
    struct xh_rel_schema schema;
};

static const struct xh_rel_table other = {.name = "other"};

static void plan_start(struct plan *plan)
{
    memset(plan, 0, sizeof(*plan));
    plan->columns[0] = (struct xh_rel_column){.name = "a", .type = XH_REL_TEXT};
    plan->table = (struct xh_rel_table){
        .name = "t",
        .columns = plan->columns,
        .column_count = 1,
        .indexes = plan->indexes,
    };
    plan->tables[0] = &plan->table;
    plan->tables[1] = &other;
    plan->schema = (struct xh_rel_schema){.tables = plan->tables, .table_count = 2};
}

static void add_column(struct plan *plan, struct xh_rel_column column)
{
    plan->columns[plan->table.column_count++] = column;
}

static void add_index(struct plan *plan, const char *columns, bool is_unique)
{
    plan->indexes[plan->table.index_count++] = (struct xh_rel_index){columns, is_unique};
}

static void run(struct xh_rel *rel, const char *sql)
{
    char copy[256];
    struct xh_err err = {0};
    snprintf(copy, sizeof(copy), "%s", sql);
    if (xh_rel_write(rel, sql_write, copy, &err) < 0) {
        fail_msg("%s: %s", sql, err.text);
    }
}

/* Makes the file with the plan's schema and three rows in t. */
static void make(const struct fixture *f, const struct plan *plan)
{
    struct xh_rel *rel = fixture_open(f, &plan->schema);
    run(rel, "INSERT INTO t (a) VALUES ('x'), ('y'), ('y')");
    xh_rel_close(rel);
}

static void refuse(const struct fixture *f, const struct plan *plan, const char *sentence)
{
    struct xh_rel *rel = NULL;
    struct xh_err err = {0};
    assert_int_equal(xh_rel_open(xh_env_real(), f->path, &plan->schema, &rel, &err), XH_E_SCHEMA);
    assert_null(rel);
    assert_string_equal(err.text, sentence);
}

/* ---- additions ---- */

static void new_columns_indexes_and_tables_come_and_rows_stay(void **state)
{
    struct plan plan;
    plan_start(&plan);
    plan.schema.table_count = 1;
    make(*state, &plan);
    plan.schema.table_count = 2;
    add_column(&plan, (struct xh_rel_column){.name = "b", .type = XH_REL_REAL});
    add_column(&plan, (struct xh_rel_column){.name = "c",
                                             .type = XH_REL_INTEGER,
                                             .is_required = true,
                                             .default_sql = "7"});
    add_column(&plan,
               (struct xh_rel_column){.name = "d", .type = XH_REL_INTEGER, .references = "other"});
    add_index(&plan, "c, a", false);
    for (int i = 0; i < 2; i++) { /* the second time there is nothing to do */
        struct xh_rel *rel = fixture_open(*state, &plan.schema);
        assert_int_equal(read_int(rel, "SELECT count(*) FROM t WHERE c = 7 AND b IS NULL"), 3);
        assert_int_equal(read_int(rel, "SELECT count(*) FROM other"), 0);
        assert_int_equal(read_int(rel, "SELECT count(*) FROM sqlite_schema"
                                       " WHERE name = 'xh_ix_t_c_a' AND type = 'index'"),
                         1);
        xh_rel_close(rel);
    }
    struct xh_rel *rel = fixture_open(*state, &plan.schema);
    struct xh_err err = {0};
    char sql[] = "UPDATE t SET d = 1 WHERE id = 1";
    assert_int_equal(xh_rel_write(rel, sql_write, sql, &err), XH_E_INVALID);
    assert_string_equal(err.field, "d");
    xh_rel_close(rel);
}

static void a_table_of_a_room_left_out_stays(void **state)
{
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    plan.tables[0] = &other;
    plan.schema.table_count = 1;
    struct xh_rel *rel = fixture_open(*state, &plan.schema);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM t"), 3);
    xh_rel_close(rel);
}

static void a_long_index_name_is_cut_and_stays_its_own(void **state)
{
    struct plan plan;
    plan_start(&plan);
    plan.columns[0].name = "a_column_with_a_name_that_is_as_long_as_it_can_be";
    add_column(&plan,
               (struct xh_rel_column){.name = "a_column_with_a_name_that_is_as_long_as_it_can_bf",
                                      .type = XH_REL_TEXT});
    add_index(&plan, plan.columns[0].name, false);
    add_index(&plan, plan.columns[1].name, false);
    plan.table.name = "a_table_with_a_long_name";
    for (int i = 0; i < 2; i++) {
        struct xh_rel *rel = fixture_open(*state, &plan.schema);
        assert_int_equal(read_int(rel, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
                                       " AND name LIKE 'xh_ix_%' AND length(name) = 63"),
                         2);
        xh_rel_close(rel);
    }
}

/* ---- refusals ---- */

static void a_changed_type_is_refused_and_named(void **state)
{
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    plan.columns[0].type = XH_REL_INTEGER;
    refuse(*state, &plan,
           "the type of column 't.a' was 'TEXT' and is now 'INTEGER', which needs a"
           " numbered step");
    plan.columns[0].type = XH_REL_TEXT; /* and nothing was changed */
    struct xh_rel *rel = fixture_open(*state, &plan.schema);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM t"), 3);
    xh_rel_close(rel);
}

static void other_changes_of_a_column_are_refused_and_named(void **state)
{
    struct plan plan;
    plan_start(&plan);
    add_column(&plan, (struct xh_rel_column){.name = "b", .type = XH_REL_INTEGER});
    make(*state, &plan);
    plan.columns[1].is_required = true;
    refuse(*state, &plan,
           "the need of a value of column 't.b' was 'optional' and is now"
           " 'required', which needs a numbered step");
    plan.columns[1].is_required = false;
    plan.columns[1].default_sql = "1";
    refuse(*state, &plan,
           "the default of column 't.b' was '' and is now '1', which needs a"
           " numbered step");
    plan.columns[1].default_sql = NULL;
    plan.columns[1].references = "other";
    refuse(*state, &plan,
           "the table referred to of column 't.b' was '' and is now 'other', which"
           " needs a numbered step");
    plan.columns[1].references = NULL;
    plan.table.column_count = 1;
    refuse(*state, &plan,
           "column 't.b' is in the file but no longer declared, which needs a"
           " numbered step");
}

static void a_required_column_without_default_is_refused(void **state)
{
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    add_column(&plan,
               (struct xh_rel_column){.name = "b", .type = XH_REL_TEXT, .is_required = true});
    refuse(*state, &plan,
           "new column 't.b' is required but has no default for the rows that are"
           " there, which needs a numbered step");
}

static void an_index_that_cannot_be_is_refused(void **state)
{
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    add_index(&plan, "a", true);
    refuse(*state, &plan,
           "rows of table 't' are equal in (a), which is to be unique: make them"
           " differ in a numbered step");
    plan.indexes[0].is_unique = false;
    xh_rel_close(fixture_open(*state, &plan.schema));
    plan.table.index_count = 0;
    refuse(*state, &plan,
           "index 'xh_ix_t_a' of table 't' is in the file but no longer declared,"
           " which needs a numbered step");
}

static void half_a_migration_leaves_nothing(void **state)
{
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    struct plan next = plan;
    plan_start(&next);
    add_column(&next, (struct xh_rel_column){.name = "good", .type = XH_REL_TEXT});
    add_index(&next, "a", true); /* rows are equal */
    struct xh_rel *rel = NULL;
    assert_int_equal(xh_rel_open(xh_env_real(), ((struct fixture *)*state)->path, &next.schema,
                                 &rel, NULL),
                     XH_E_SCHEMA);
    rel = fixture_open(*state, &plan.schema); /* would refuse column "good" */
    xh_rel_close(rel);
}

static void the_database_of_another_program_is_refused(void **state)
{
    const struct fixture *f = *state;
    struct plan plan;
    char command[256];
    plan_start(&plan);
    struct xh_rel *rel = fixture_open(f, &plan.schema);
    run(rel, "PRAGMA application_id = 7");
    xh_rel_close(rel);
    char sentence[256];
    snprintf(sentence, sizeof(sentence), "'%s' is a database of another program", f->path);
    refuse(f, &plan, sentence);
    snprintf(command, sizeof(command), "echo no database at all, but a text >%s", f->path);
    assert_int_equal(system(command), 0);
    struct xh_err err = {0};
    assert_int_equal(xh_rel_open(xh_env_real(), f->path, &plan.schema, &rel, &err), XH_E_CORRUPT);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    struct xh_rel *rel = NULL;
    struct xh_err err = {0};
    (void)state;
    assert_int_equal(xh_rel_open(xh_env_real(), "/nonexistent/records.db", &fixture_schema, &rel,
                                 &err),
                     XH_E_IO);
    assert_string_equal(err.text, "opening the records failed: unable to open database file");
}

/* ---- steps ---- */

static int rename_a(struct xh_rel_conn *conn, struct xh_err *err)
{
    return xh_rel_exec(conn, "ALTER TABLE t RENAME COLUMN a TO z", err);
}

static int add_row(struct xh_rel_conn *conn, struct xh_err *err)
{
    return xh_rel_exec(conn, "INSERT INTO t (z) VALUES ('step')", err);
}

static int add_row_then_fail(struct xh_rel_conn *conn, struct xh_err *err)
{
    int rc = add_row(conn, err);
    return rc < 0 ? rc : xh_err_set(err, XH_E_INVALID, "no good");
}

static int break_reference(struct xh_rel_conn *conn, struct xh_err *err)
{
    return xh_rel_exec(conn, "INSERT INTO device (owner, serial) VALUES (99, 's')", err);
}

static void numbered_steps_run_once_and_in_order(void **state)
{
    static const struct xh_rel_step steps[] = {
        {1, "rename t.a to z", rename_a},
        {2, "add a row", add_row},
    };
    struct plan plan;
    plan_start(&plan);
    make(*state, &plan);
    plan.columns[0].name = "z";
    refuse(*state, &plan,
           "column 't.a' is in the file but no longer declared, which needs a"
           " numbered step");
    plan.schema.steps = steps;
    for (size_t count = 1; count <= 2; count++) {
        plan.schema.step_count = count;
        for (int again = 0; again < 2; again++) {
            struct xh_rel *rel = fixture_open(*state, &plan.schema);
            assert_int_equal(read_int(rel, "SELECT count(*) FROM t"), count == 1 ? 3 : 4);
            assert_int_equal(read_int(rel, "SELECT count(*) FROM xh_rel_step"), (int64_t)count);
            xh_rel_close(rel);
        }
    }
}

static void a_new_file_needs_no_steps(void **state)
{
    static const struct xh_rel_step steps[] = {{3, "fail", add_row_then_fail}};
    struct plan plan;
    plan_start(&plan);
    plan.schema.steps = steps;
    plan.schema.step_count = 1;
    struct xh_rel *rel = fixture_open(*state, &plan.schema);
    assert_int_equal(read_int(rel, "SELECT number FROM xh_rel_step"), 3);
    xh_rel_close(rel);
}

static void a_step_that_fails_leaves_nothing(void **state)
{
    static const struct xh_rel_step steps[] = {{1, "fail", add_row_then_fail}};
    struct plan plan;
    plan_start(&plan);
    plan.columns[0].name = "z";
    struct xh_rel *rel = fixture_open(*state, &plan.schema);
    xh_rel_close(rel);
    plan.schema.steps = steps;
    plan.schema.step_count = 1;
    struct xh_err err = {0};
    assert_int_equal(xh_rel_open(xh_env_real(), ((struct fixture *)*state)->path, &plan.schema,
                                 &rel, &err),
                     XH_E_INVALID);
    assert_string_equal(err.text, "no good");
    plan.schema.step_count = 0;
    rel = fixture_open(*state, &plan.schema);
    assert_int_equal(read_int(rel, "SELECT count(*) FROM t"), 0);
    xh_rel_close(rel);
}

static void a_step_that_breaks_a_reference_is_refused(void **state)
{
    static const struct xh_rel_step steps[] = {{1, "break", break_reference}};
    struct plan plan = {.schema = fixture_schema};
    xh_rel_close(fixture_open(*state, &plan.schema));
    plan.schema.steps = steps;
    plan.schema.step_count = 1;
    refuse(*state, &plan,
           "after the migration row 1 of table 'device' refers to a row of 'party'"
           " that does not exist");
}

static void a_file_of_a_newer_version_is_refused(void **state)
{
    const struct fixture *f = *state;
    static const struct xh_rel_step steps[] = {{1, "one", add_row}, {2, "two", add_row}};
    struct plan plan;
    char sentence[256];
    plan_start(&plan);
    plan.schema.steps = steps;
    plan.schema.step_count = 2;
    xh_rel_close(fixture_open(f, &plan.schema));
    plan.schema.step_count = 1;
    snprintf(sentence, sizeof(sentence),
             "'%s' was written by a newer version: its step 2 is unknown to this one, whose last"
             " is 1",
             f->path);
    refuse(f, &plan, sentence);
}

/* ---- DDL ---- */

static void the_ddl_speaks_both_dialects(void **state)
{
    struct xh_buf out = {0};
    (void)state;
    xh_rel_ddl(&fixture_schema, XH_REL_SQLITE, &out);
    assert_string_equal(xh_buf_text(&out),
                        "CREATE TABLE \"device\" (\n"
                        "    \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                        "    \"owner\" INTEGER NOT NULL REFERENCES \"party\"(\"id\"),\n"
                        "    \"serial\" TEXT NOT NULL,\n"
                        "    \"watt\" REAL NOT NULL DEFAULT 0.5,\n"
                        "    \"parent\" INTEGER REFERENCES \"device\"(\"id\")\n"
                        ") STRICT;\n"
                        "CREATE UNIQUE INDEX \"xh_uq_device_owner_serial\" ON \"device\""
                        " (owner, serial);\n"
                        "CREATE INDEX \"xh_ix_device_parent\" ON \"device\" (parent);\n"
                        "CREATE TABLE \"party\" (\n"
                        "    \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n"
                        "    \"code\" TEXT NOT NULL,\n"
                        "    \"name\" TEXT\n"
                        ") STRICT;\n"
                        "CREATE UNIQUE INDEX \"xh_uq_party_code\" ON \"party\" (code);\n");
    xh_buf_clear(&out);
    xh_rel_ddl(&fixture_schema, XH_REL_POSTGRES, &out);
    assert_string_equal(xh_buf_text(&out),
                        "CREATE TABLE \"device\" (\n"
                        "    \"id\" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n"
                        "    \"owner\" BIGINT NOT NULL,\n"
                        "    \"serial\" TEXT NOT NULL,\n"
                        "    \"watt\" DOUBLE PRECISION NOT NULL DEFAULT 0.5,\n"
                        "    \"parent\" BIGINT\n"
                        ");\n"
                        "CREATE UNIQUE INDEX \"xh_uq_device_owner_serial\" ON \"device\""
                        " (owner, serial);\n"
                        "CREATE INDEX \"xh_ix_device_parent\" ON \"device\" (parent);\n"
                        "CREATE TABLE \"party\" (\n"
                        "    \"id\" BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n"
                        "    \"code\" TEXT NOT NULL,\n"
                        "    \"name\" TEXT\n"
                        ");\n"
                        "CREATE UNIQUE INDEX \"xh_uq_party_code\" ON \"party\" (code);\n"
                        "ALTER TABLE \"device\" ADD FOREIGN KEY (\"owner\") REFERENCES \"party\";\n"
                        "ALTER TABLE \"device\" ADD FOREIGN KEY (\"parent\") REFERENCES"
                        " \"device\";\n");
    xh_buf_finish(&out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_enter, fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_columns_indexes_and_tables_come_and_rows_stay),
        TEST(a_table_of_a_room_left_out_stays),
        TEST(a_long_index_name_is_cut_and_stays_its_own),
        TEST(a_changed_type_is_refused_and_named),
        TEST(other_changes_of_a_column_are_refused_and_named),
        TEST(a_required_column_without_default_is_refused),
        TEST(an_index_that_cannot_be_is_refused),
        TEST(half_a_migration_leaves_nothing),
        TEST(the_database_of_another_program_is_refused),
        TEST(a_folder_that_is_not_there_is_an_error),
        TEST(numbered_steps_run_once_and_in_order),
        TEST(a_new_file_needs_no_steps),
        TEST(a_step_that_fails_leaves_nothing),
        TEST(a_step_that_breaks_a_reference_is_refused),
        TEST(a_file_of_a_newer_version_is_refused),
        TEST(the_ddl_speaks_both_dialects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
