/* rel_reference.c: which column broke a reference.
 *
 * SQLite says only "FOREIGN KEY constraint failed". So the statement, which left nothing behind, is
 * run again in a savepoint with the check put off to the commit, the rows it touches are noted, and
 * each reference from or to them is looked up. Then all is rolled back. This costs a few look-ups
 * on the path of an error and needs no knowledge of the SQL.
 */
#include "store/rel/rel_internal.h"

#include <stdio.h>
#include <string.h>

enum { TOUCHED_MAX = 16 };

struct touched {
    char table[XH__REL_NAME_BYTES];
    int64_t id;
    bool is_deleted;
};

struct touched_rows {
    struct touched items[TOUCHED_MAX];
    size_t count;
};

static void note(void *arg, int op, const char *database, const char *table, sqlite3_int64 id)
{
    struct touched_rows *rows = arg;
    (void)database;
    if (rows->count < TOUCHED_MAX) {
        struct touched *t = &rows->items[rows->count++];
        snprintf(t->table, sizeof(t->table), "%s", table);
        t->id = id;
        t->is_deleted = op == SQLITE_DELETE;
    }
}

/* Runs a query made by sqlite3_mprintf, with `id` as its one parameter, and frees its text. */
static bool has_row(sqlite3 *db, char *sql, int64_t id, int64_t *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    bool is_there = false;
    if (sql && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(stmt, 1, id);
        is_there = sqlite3_step(stmt) == SQLITE_ROW;
        if (is_there) {
            *ret_value = sqlite3_column_int64(stmt, 0);
        }
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return is_there;
}

/* The row points to nothing. */
static bool explain_written(sqlite3 *db, const struct xh_rel_table *table, const struct touched *t,
                            struct xh_err *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct xh_rel_column *column = &table->columns[i];
        int64_t value = 0;
        if (!column->references) {
            continue;
        }
        char *sql = sqlite3_mprintf(
            "SELECT t.\"%w\" FROM \"%w\" t WHERE t.id = ?1 AND t.\"%w\" IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM \"%w\" p WHERE p.id = t.\"%w\")",
            column->name, table->name, column->name, column->references, column->name);
        if (has_row(db, sql, t->id, &value)) {
            char text[24];
            snprintf(text, sizeof(text), "%lld", (long long)value);
            xh_err_field(err, XH_E_INVALID, column->name, xh_str_from(text), NULL, NULL,
                         "%s %lld, which %s.%s names, does not exist", column->references,
                         (long long)value, table->name, column->name);
            return true;
        }
    }
    return false;
}

/* Something still points to the row that is gone. */
static bool explain_deleted(sqlite3 *db, const struct xh_rel_table *table, const struct touched *t,
                            struct xh_err *err)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct xh_rel_column *column = &table->columns[i];
        int64_t child = 0;
        if (!column->references || strcmp(column->references, t->table) != 0) {
            continue;
        }
        char *sql = sqlite3_mprintf("SELECT id FROM \"%w\" WHERE \"%w\" = ?1 LIMIT 1", table->name,
                                    column->name);
        if (has_row(db, sql, t->id, &child)) {
            xh_err_field(err, XH_E_CONFLICT, column->name, XH_STR(""), NULL, NULL,
                         "%s %lld is still named by %s.%s of %s %lld", t->table, (long long)t->id,
                         table->name, column->name, table->name, (long long)child);
            return true;
        }
    }
    return false;
}

static bool explain(struct xh_rel_conn *conn, const struct touched_rows *rows, struct xh_err *err)
{
    const struct xh_rel_schema *schema = conn->rel->schema;
    for (size_t i = 0; i < rows->count; i++) {
        const struct touched *t = &rows->items[i];
        for (size_t k = 0; k < schema->table_count; k++) {
            const struct xh_rel_table *table = schema->tables[k];
            if (t->is_deleted ? explain_deleted(conn->db, table, t, err)
                              : strcmp(table->name, t->table) == 0 &&
                                    explain_written(conn->db, table, t, err)) {
                return true;
            }
        }
    }
    return false;
}

static void run_unchecked(struct xh_rel_rows *rows, struct touched_rows *ret)
{
    sqlite3 *db = rows->conn->db;
    sqlite3_update_hook(db, note, ret);
    sqlite3_reset(rows->stmt);
    while (sqlite3_step(rows->stmt) == SQLITE_ROW) {
    }
    sqlite3_reset(rows->stmt);
    sqlite3_update_hook(db, NULL, NULL);
}

int xh__rel_reference_err(struct xh_rel_rows *rows, struct xh_err *err)
{
    sqlite3 *db = rows->conn->db;
    struct xh_err found = {0};
    struct touched_rows touched = {.count = 0};
    bool is_explained = false;
    /* Outside of a transaction there is nothing to put the check off to. */
    if (!sqlite3_get_autocommit(db) &&
        sqlite3_exec(db, "SAVEPOINT xh_reference; PRAGMA defer_foreign_keys = ON", NULL, NULL,
                     NULL) == SQLITE_OK) {
        run_unchecked(rows, &touched);
        is_explained = explain(rows->conn, &touched, &found);
        sqlite3_exec(db,
                     "ROLLBACK TO xh_reference; RELEASE xh_reference;"
                     " PRAGMA defer_foreign_keys = OFF",
                     NULL, NULL, NULL);
    }
    if (!is_explained) {
        return xh_err_set(err, XH_E_INVALID, "a row that is referred to does not exist");
    }
    if (err) {
        *err = found;
    }
    return found.code;
}
