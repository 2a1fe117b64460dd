/* rel_schema.c: brings the tables that are there to those that are declared.
 *
 * Order on open, each transaction whole or not at all:
 *   1. the table of steps, and the mark that says whose file this is;
 *   2. numbered steps not yet done, one transaction each; in a new file they are only noted as
 *      done, because the tables are made in their newest shape;
 *   3. everything additive, in one transaction: new tables, columns, indexes;
 *   4. if 2 or 3 did something, every reference is checked before it is committed.
 * References are not enforced meanwhile, so that a step may take a table apart.
 *
 * What is compared: names, types, NOT NULL, defaults, references and the unique key of each column;
 * indexes by name, which is made of their columns. Tables that nobody declares are left alone: they
 * belong to a room that this program was built without.
 */
#include "store/rel/rel_internal.h"

#include <stdlib.h>
#include <string.h>

/* "Xanh" in ASCII, where SQLite keeps a number for the program that owns the file. */
enum { APPLICATION_ID = 0x58616e68 };

/* ---- small queries ---- */

/* First column of the first row; `fallback` when there is none. */
static int get_int(struct xh_rel_conn *conn, const char *sql, int64_t fallback, int64_t *ret,
                   struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, sql, &rows, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh_rel_next(rows, err);
    if (rc >= 0) {
        *ret = rc > 0 ? xh_rel_int(rows, 0) : fallback;
    }
    xh_rel_done(rows);
    return rc < 0 ? rc : 0;
}

/* Is there an object of this type ("table", "index") and name? */
static int is_there(struct xh_rel_conn *conn, const char *type, const char *name,
                    struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "SELECT 1 FROM sqlite_schema WHERE type = :type AND name = :name",
                            &rows, err);
    if (rc < 0) {
        return rc;
    }
    xh_rel_bind_text(rows, "type", xh_str_from(type));
    xh_rel_bind_text(rows, "name", xh_str_from(name));
    rc = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return rc;
}

static int end_transaction(struct xh_rel_conn *conn, int rc, struct xh_err *err)
{
    if (rc >= 0) {
        rc = xh_rel_exec(conn, "COMMIT", err);
    }
    xh__rel_conn_tidy(conn);
    if (rc < 0 && !sqlite3_get_autocommit(conn->db)) {
        (void)xh_rel_exec(conn, "ROLLBACK", NULL);
    }
    return rc < 0 ? rc : 0;
}

static int check_references(struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "SELECT \"table\", rowid, parent FROM pragma_foreign_key_check",
                            &rows, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh_rel_next(rows, err);
    if (rc > 0) {
        struct xh_str table = xh_rel_text(rows, 0);
        struct xh_str parent = xh_rel_text(rows, 2);
        rc = xh_err_set(err, XH_E_SCHEMA,
                        "after the migration row %lld of table '%.*s' refers to a row of '%.*s'"
                        " that does not exist",
                        (long long)xh_rel_int(rows, 1), XH_STR_ARG(table), XH_STR_ARG(parent));
    }
    xh_rel_done(rows);
    return rc;
}

/* ---- whose file ---- */

static int mark_new(struct xh_rel_conn *conn, struct xh_err *err)
{
    int rc = xh_rel_exec(conn, "BEGIN IMMEDIATE", err);
    if (rc < 0) {
        return rc;
    }
    rc = xh_rel_exec(conn, "PRAGMA application_id = 1482780264", err); /* APPLICATION_ID */
    if (rc >= 0) {
        rc = xh_rel_exec(conn,
                         "CREATE TABLE xh_rel_step (number INTEGER PRIMARY KEY, what TEXT NOT NULL,"
                         " done_us INTEGER NOT NULL) STRICT",
                         err);
    }
    return end_transaction(conn, rc, err);
}

/* The file is ours, or empty and then made ours. *ret_is_new: no declared table was ever made. */
static int claim(struct xh_rel_conn *conn, bool *ret_is_new, struct xh_err *err)
{
    int64_t id = 0;
    int64_t objects = 0;
    int rc = get_int(conn, "PRAGMA application_id", 0, &id, err);
    if (rc >= 0) {
        rc = get_int(conn, "SELECT count(*) FROM sqlite_schema", 0, &objects, err);
    }
    if (rc < 0) {
        return rc;
    }
    if (id != APPLICATION_ID && (id != 0 || objects > 0)) {
        return xh_err_set(err, XH_E_SCHEMA, "'%s' is a database of another program",
                          conn->rel->path);
    }
    if (objects == 0) {
        rc = mark_new(conn, err);
    }
    /* Only the table of steps: also when the program ended right after it was made. */
    *ret_is_new = objects <= 1;
    return rc;
}

/* ---- numbered steps ---- */

static int note_step(struct xh_rel_conn *conn, const struct xh_rel_step *step, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn,
                            "INSERT INTO xh_rel_step (number, what, done_us)"
                            " VALUES (:number, :what, :done_us)",
                            &rows, err);
    if (rc < 0) {
        return rc;
    }
    xh_rel_bind_int(rows, "number", step->number);
    xh_rel_bind_text(rows, "what", xh_str_from(step->what));
    xh_rel_bind_int(rows, "done_us", xh_env_now_us(conn->rel->env));
    rc = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return rc;
}

static int do_step(struct xh_rel_conn *conn, const struct xh_rel_step *step, bool is_new,
                   struct xh_err *err)
{
    int rc = xh_rel_exec(conn, "BEGIN IMMEDIATE", err);
    if (rc < 0) {
        return rc;
    }
    conn->is_writing = true;
    if (!is_new) {
        rc = step->run(conn, err);
        xh__rel_conn_tidy(conn);
    }
    if (rc >= 0) {
        rc = note_step(conn, step, err);
    }
    if (rc >= 0 && !is_new) {
        rc = check_references(conn, err);
    }
    conn->is_writing = false;
    return end_transaction(conn, rc, err);
}

static int do_steps(struct xh_rel_conn *conn, const struct xh_rel_schema *schema, bool is_new,
                    struct xh_err *err)
{
    int64_t done = 0;
    int rc = get_int(conn, "SELECT coalesce(max(number), 0) FROM xh_rel_step", 0, &done, err);
    if (rc < 0) {
        return rc;
    }
    int last = 0;
    for (size_t i = 0; i < schema->step_count; i++) {
        const struct xh_rel_step *step = &schema->steps[i];
        xh_assert(step->number > last);
        last = step->number;
        rc = step->number > done ? do_step(conn, step, is_new, err) : 0;
        if (rc < 0) {
            return rc;
        }
    }
    if (done > last) {
        return xh_err_set(err, XH_E_SCHEMA,
                          "'%s' was written by a newer version: its step %lld is unknown to this"
                          " one, whose last is %d",
                          conn->rel->path, (long long)done, last);
    }
    return 0;
}

/* ---- comparison ---- */

/* A column as it stands in the file. */
struct present {
    struct xh_str name, type, default_sql, references;
    bool is_required;
};

static int table_err(struct xh_err *err, const struct xh_rel_table *table, struct xh_str column,
                     const char *what, struct xh_str was, struct xh_str is)
{
    char field[2 * XH__REL_NAME_BYTES];
    size_t len = 0;
    struct xh_buf name = {0};
    xh_buf_add_format(&name, "%s.%.*s", table->name, XH_STR_ARG(column));
    len = name.len < sizeof(field) - 1 ? name.len : sizeof(field) - 1;
    memcpy(field, name.ptr, len);
    field[len] = '\0';
    xh_buf_finish(&name);
    return xh_err_field(err, XH_E_SCHEMA, field, was, NULL, NULL,
                        "%s of column '%s' was '%.*s' and is now '%.*s', which needs a numbered"
                        " step",
                        what, field, XH_STR_ARG(was), XH_STR_ARG(is));
}

static int compare_column(const struct xh_rel_table *table, const struct xh_rel_column *want,
                          const struct present *have, struct xh_err *err)
{
    struct xh_str type = xh_str_from(xh__rel_type_name(want->type, XH_REL_SQLITE));
    struct xh_str default_sql = xh_str_from(want->default_sql);
    struct xh_str references = xh_str_from(want->references);
    if (!xh_str_equal_nocase(have->type, type)) {
        return table_err(err, table, have->name, "the type", have->type, type);
    }
    if (have->is_required != want->is_required) {
        return table_err(err, table, have->name, "the need of a value",
                         have->is_required ? XH_STR("required") : XH_STR("optional"),
                         want->is_required ? XH_STR("required") : XH_STR("optional"));
    }
    if (!xh_str_equal(have->default_sql, default_sql)) {
        return table_err(err, table, have->name, "the default", have->default_sql, default_sql);
    }
    if (!xh_str_equal(have->references, references)) {
        return table_err(err, table, have->name, "the table referred to", have->references,
                         references);
    }
    return 0;
}

static const struct xh_rel_column *declared(const struct xh_rel_table *table, struct xh_str name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (xh_str_is(name, table->columns[i].name)) {
            return &table->columns[i];
        }
    }
    return NULL;
}

static int compare_present(const struct xh_rel_table *table, const struct present *have,
                           bool is_seen[], struct xh_err *err)
{
    if (xh_str_is(have->name, "id")) {
        return 0;
    }
    const struct xh_rel_column *want = declared(table, have->name);
    if (!want) {
        return xh_err_field(err, XH_E_SCHEMA, table->name, have->name, NULL, NULL,
                            "column '%s.%.*s' is in the file but no longer declared, which needs a"
                            " numbered step",
                            table->name, XH_STR_ARG(have->name));
    }
    is_seen[want - table->columns] = true;
    return compare_column(table, want, have, err);
}

/* Compares all that is there and marks which declared columns were seen. */
static int compare_table(struct xh_rel_conn *conn, const struct xh_rel_table *table, bool is_seen[],
                         struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn,
                            "SELECT c.name, c.type, c.dflt_value, c.\"notnull\", f.\"table\""
                            " FROM pragma_table_info(:table) c"
                            " LEFT JOIN pragma_foreign_key_list(:table) f ON f.\"from\" = c.name",
                            &rows, err);
    if (rc < 0) {
        return rc;
    }
    xh_rel_bind_text(rows, "table", xh_str_from(table->name));
    while ((rc = xh_rel_next(rows, err)) > 0) {
        struct present have = {
            .name = xh_rel_text(rows, 0),
            .type = xh_rel_text(rows, 1),
            .default_sql = xh_rel_text(rows, 2),
            .is_required = xh_rel_int(rows, 3) != 0,
            .references = xh_rel_text(rows, 4),
        };
        rc = compare_present(table, &have, is_seen, err);
        if (rc < 0) {
            break;
        }
    }
    xh_rel_done(rows);
    return rc;
}

static bool is_declared_index(const struct xh_rel_table *table, struct xh_str name)
{
    char want[XH__REL_NAME_BYTES];
    for (size_t i = 0; i < table->index_count; i++) {
        xh__rel_index_name(table, &table->indexes[i], want);
        if (xh_str_is(name, want)) {
            return true;
        }
    }
    return false;
}

/* Indexes that an operator made by hand do not carry our prefix and are nobody's business. */
static int compare_indexes(struct xh_rel_conn *conn, const struct xh_rel_table *table,
                           struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "SELECT name FROM pragma_index_list(:table)", &rows, err);
    if (rc < 0) {
        return rc;
    }
    xh_rel_bind_text(rows, "table", xh_str_from(table->name));
    while ((rc = xh_rel_next(rows, err)) > 0) {
        struct xh_str name = xh_rel_text(rows, 0);
        if (xh_str_starts(name, XH_STR("xh_")) && !is_declared_index(table, name)) {
            rc = xh_err_field(err, XH_E_SCHEMA, table->name, name, NULL, NULL,
                              "index '%.*s' of table '%s' is in the file but no longer declared,"
                              " which needs a numbered step",
                              XH_STR_ARG(name), table->name);
            break;
        }
    }
    xh_rel_done(rows);
    return rc;
}

/* ---- additions ---- */

static int run_ddl(struct xh_rel_conn *conn, struct xh_buf *ddl, struct xh_err *err)
{
    int rc = xh_rel_exec(conn, xh_buf_text(ddl), err);
    xh_buf_finish(ddl);
    return rc;
}

static int add_table(struct xh_rel_conn *conn, const struct xh_rel_table *table, struct xh_err *err)
{
    struct xh_buf ddl = {0};
    xh__rel_ddl_table(table, XH_REL_SQLITE, &ddl);
    return run_ddl(conn, &ddl, err);
}

static int add_column(struct xh_rel_conn *conn, const struct xh_rel_table *table,
                      const struct xh_rel_column *column, struct xh_err *err)
{
    if (column->is_required && !column->default_sql) {
        return xh_err_field(err, XH_E_SCHEMA, table->name, xh_str_from(column->name), NULL, NULL,
                            "new column '%s.%s' is required but has no default for the rows that"
                            " are there, which needs a numbered step",
                            table->name, column->name);
    }
    struct xh_buf ddl = {0};
    xh_buf_add_format(&ddl, "ALTER TABLE \"%s\" ADD COLUMN ", table->name);
    xh__rel_ddl_column(column, XH_REL_SQLITE, &ddl);
    return run_ddl(conn, &ddl, err);
}

static int add_index(struct xh_rel_conn *conn, const struct xh_rel_table *table,
                     const struct xh_rel_index *index, struct xh_err *err)
{
    char name[XH__REL_NAME_BYTES];
    struct xh_buf ddl = {0};
    struct xh_err own = {0};
    xh__rel_index_name(table, index, name);
    int rc = is_there(conn, "index", name, err);
    if (rc != 0) {
        return rc < 0 ? rc : 0;
    }
    xh__rel_ddl_index(table, index, &ddl);
    rc = run_ddl(conn, &ddl, &own);
    if (rc == XH_E_CONFLICT) {
        return xh_err_field(err, XH_E_SCHEMA, table->name, xh_str_from(index->columns), NULL, NULL,
                            "rows of table '%s' are equal in (%s), which is to be unique: make"
                            " them differ in a numbered step",
                            table->name, index->columns);
    }
    if (rc < 0 && err) {
        *err = own;
    }
    return rc < 0 ? rc : 1;
}

static int add_columns(struct xh_rel_conn *conn, const struct xh_rel_table *table,
                       struct xh_err *err)
{
    bool *is_seen = xh_alloc((table->column_count + 1) * sizeof(*is_seen));
    int added = 0;
    int rc = compare_table(conn, table, is_seen, err);
    for (size_t i = 0; rc >= 0 && i < table->column_count; i++) {
        if (!is_seen[i]) {
            rc = add_column(conn, table, &table->columns[i], err);
            added = 1;
        }
    }
    free(is_seen);
    return rc < 0 ? rc : added;
}

/* 1 when something was added. */
static int bring_table(struct xh_rel_conn *conn, const struct xh_rel_table *table,
                       struct xh_err *err)
{
    int rc = is_there(conn, "table", table->name, err);
    int added = 0;
    if (rc > 0) {
        rc = added = add_columns(conn, table, err);
        rc = rc < 0 ? rc : compare_indexes(conn, table, err);
    } else if (rc == 0) {
        rc = add_table(conn, table, err);
        added = 1;
    }
    for (size_t i = 0; rc >= 0 && i < table->index_count; i++) {
        rc = add_index(conn, table, &table->indexes[i], err);
        added |= rc > 0;
    }
    return rc < 0 ? rc : added;
}

static int bring_tables(struct xh_rel_conn *conn, const struct xh_rel_schema *schema,
                        struct xh_err *err)
{
    bool has_added = false;
    int rc = xh_rel_exec(conn, "BEGIN IMMEDIATE", err);
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; rc >= 0 && i < schema->table_count; i++) {
        rc = bring_table(conn, schema->tables[i], err);
        has_added = has_added || rc > 0;
    }
    if (rc >= 0 && has_added) {
        rc = check_references(conn, err);
    }
    return end_transaction(conn, rc, err);
}

int xh__rel_migrate(struct xh_rel_conn *conn, const struct xh_rel_schema *schema,
                    struct xh_err *err)
{
    bool is_new = false;
    int rc = xh_rel_exec(conn, "PRAGMA foreign_keys = OFF", err);
    if (rc >= 0) {
        rc = claim(conn, &is_new, err);
    }
    if (rc >= 0) {
        rc = do_steps(conn, schema, is_new, err);
    }
    if (rc >= 0) {
        rc = bring_tables(conn, schema, err);
    }
    if (rc >= 0) {
        rc = xh_rel_exec(conn, "PRAGMA foreign_keys = ON", err);
    }
    /* What was compiled for the migration will not be run again. */
    xh__rel_conn_forget(conn);
    return rc;
}
