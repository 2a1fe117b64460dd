/* rel_stmt.c: statements, kept prepared by their text.
 *
 * A connection keeps at most XH__REL_STATEMENTS_MAX statements; the one unused for longest makes
 * room. They are found by walking the list: lengths differ, so a walk costs less than the hash of
 * the text would.
 *
 * When a text is prepared while it is in use already (a walk through a tree calls itself), the
 * second one is loose: it belongs to nobody and is freed when done.
 */
#include "store/rel/rel_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list ---- */

static void list_remove(struct xh_rel_conn *conn, struct xh_rel_rows *rows)
{
    *(rows->newer ? &rows->newer->older : &conn->newest) = rows->older;
    *(rows->older ? &rows->older->newer : &conn->oldest) = rows->newer;
    rows->newer = rows->older = NULL;
    conn->statement_count--;
}

static void list_push(struct xh_rel_conn *conn, struct xh_rel_rows *rows)
{
    rows->newer = NULL;
    rows->older = conn->newest;
    *(conn->newest ? &conn->newest->newer : &conn->oldest) = rows;
    conn->newest = rows;
    conn->statement_count++;
}

static void rows_free(struct xh_rel_rows *rows)
{
    list_remove(rows->conn, rows);
    sqlite3_finalize(rows->stmt);
    free(rows->sql);
    free(rows);
}

static void make_room(struct xh_rel_conn *conn)
{
    struct xh_rel_rows *rows = conn->oldest;
    while (rows && conn->statement_count >= XH__REL_STATEMENTS_MAX) {
        struct xh_rel_rows *newer = rows->newer;
        if (!rows->is_in_use) {
            rows_free(rows);
        }
        rows = newer;
    }
}

static struct xh_rel_rows *find(struct xh_rel_conn *conn, const char *sql, size_t len)
{
    for (struct xh_rel_rows *rows = conn->newest; rows; rows = rows->older) {
        if (rows->sql_len == len && !rows->is_loose && memcmp(rows->sql, sql, len) == 0) {
            return rows;
        }
    }
    return NULL;
}

void xh__rel_conn_tidy(struct xh_rel_conn *conn)
{
    struct xh_rel_rows *rows = conn->newest;
    while (rows) {
        struct xh_rel_rows *older = rows->older;
        if (rows->is_in_use) {
            xh_rel_done(rows);
        }
        rows = older;
    }
}

void xh__rel_conn_forget(struct xh_rel_conn *conn)
{
    while (conn->newest) {
        rows_free(conn->newest);
    }
}

/* ---- preparing ---- */

static int compile(struct xh_rel_conn *conn, const char *sql, size_t len, sqlite3_stmt **ret,
                   struct xh_err *err)
{
    sqlite3_stmt *stmt = NULL;
    const char *tail = NULL;
    if (len > INT32_MAX - 1) {
        return xh_err_set(err, XH_E_TOO_LARGE, "a statement of %zu bytes is too long", len);
    }
    int rc = sqlite3_prepare_v3(conn->db, sql, (int)len + 1, SQLITE_PREPARE_PERSISTENT, &stmt,
                                &tail);
    if (rc == SQLITE_ERROR) {
        /* Its own text says which name or word is wrong. */
        return xh_err_set(err, XH_E_INTERNAL, "statement \"%.80s\" failed: %s", sql,
                          sqlite3_errmsg(conn->db));
    }
    if (rc != SQLITE_OK) {
        return xh__rel_err(conn, rc, "preparing a statement", err);
    }
    if (!stmt || xh_str_trim(xh_str_from(tail)).len > 0) {
        sqlite3_finalize(stmt);
        return xh_err_set(err, XH_E_INTERNAL, "\"%.80s\" is not one statement", sql);
    }
    *ret = stmt;
    return 0;
}

int xh_rel_prepare(struct xh_rel_conn *conn, const char *sql, struct xh_rel_rows **ret,
                   struct xh_err *err)
{
    size_t len = strlen(sql);
    struct xh_rel_rows *rows = find(conn, sql, len);
    bool is_loose = rows && rows->is_in_use;
    if (!rows || is_loose) {
        sqlite3_stmt *stmt = NULL;
        int rc = compile(conn, sql, len, &stmt, err);
        if (rc < 0) {
            return rc;
        }
        make_room(conn);
        rows = xh_alloc(sizeof(*rows));
        rows->conn = conn;
        rows->stmt = stmt;
        rows->is_loose = is_loose;
        rows->sql = xh_alloc(len + 1);
        memcpy(rows->sql, sql, len);
        rows->sql_len = len;
    } else {
        list_remove(conn, rows);
    }
    list_push(conn, rows);
    rows->is_in_use = true;
    rows->bind_status = SQLITE_OK;
    rows->deadline_us = 0;
    *ret = rows;
    return 0;
}

void xh_rel_done(struct xh_rel_rows *rows)
{
    if (!rows) {
        return;
    }
    rows->is_in_use = false;
    if (rows->is_loose) {
        rows_free(rows);
        return;
    }
    /* Its status repeats that of the last step, which the caller has seen. */
    (void)sqlite3_reset(rows->stmt);
    (void)sqlite3_clear_bindings(rows->stmt);
}

/* ---- parameters ---- */

static int param_index(const struct xh_rel_rows *rows, const char *name)
{
    char with_colon[XH__REL_NAME_BYTES + 2];
    int len = snprintf(with_colon, sizeof(with_colon), ":%s", name);
    if (len < 0 || (size_t)len >= sizeof(with_colon)) {
        return 0;
    }
    return sqlite3_bind_parameter_index(rows->stmt, with_colon);
}

bool xh_rel_has_param(const struct xh_rel_rows *rows, const char *name)
{
    return param_index(rows, name) > 0;
}

static int known_index(const struct xh_rel_rows *rows, const char *name)
{
    int index = param_index(rows, name);
    xh_assert(index > 0);
    return index;
}

static void bound(struct xh_rel_rows *rows, int sqlite_status)
{
    if (sqlite_status != SQLITE_OK && rows->bind_status == SQLITE_OK) {
        rows->bind_status = sqlite_status;
    }
}

void xh_rel_bind_int(struct xh_rel_rows *rows, const char *name, int64_t value)
{
    bound(rows, sqlite3_bind_int64(rows->stmt, known_index(rows, name), value));
}

void xh_rel_bind_real(struct xh_rel_rows *rows, const char *name, double value)
{
    bound(rows, sqlite3_bind_double(rows->stmt, known_index(rows, name), value));
}

void xh_rel_bind_text(struct xh_rel_rows *rows, const char *name, struct xh_str value)
{
    /* A NULL pointer would bind NULL; an empty slice is an empty text. */
    bound(rows, sqlite3_bind_text64(rows->stmt, known_index(rows, name), value.ptr ? value.ptr : "",
                                    value.len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void xh_rel_bind_blob(struct xh_rel_rows *rows, const char *name, const void *bytes, size_t len)
{
    bound(rows, sqlite3_bind_blob64(rows->stmt, known_index(rows, name), bytes ? bytes : "", len,
                                    SQLITE_TRANSIENT));
}

void xh_rel_bind_null(struct xh_rel_rows *rows, const char *name)
{
    bound(rows, sqlite3_bind_null(rows->stmt, known_index(rows, name)));
}

/* ---- rows ---- */

/* The connection's progress handler looks at the deadline of the statement that runs. */
static void start_clock(struct xh_rel_rows *rows)
{
    struct xh_rel_conn *conn = rows->conn;
    if (conn->timeout_ms > 0 && rows->deadline_us == 0) {
        rows->deadline_us = xh_env_monotonic_us(conn->rel->env) + (int64_t)conn->timeout_ms * 1000;
    }
    conn->deadline_us = rows->deadline_us;
    conn->is_timed_out = false;
}

static int step_err(struct xh_rel_rows *rows, int sqlite_status, struct xh_err *err)
{
    if (sqlite_status == SQLITE_CONSTRAINT_FOREIGNKEY) {
        return xh__rel_reference_err(rows, err);
    }
    if ((sqlite_status & 0xff) == SQLITE_ERROR) {
        return xh_err_set(err, XH_E_INTERNAL, "statement \"%.80s\" failed: %s", rows->sql,
                          sqlite3_errmsg(rows->conn->db));
    }
    bool is_reading = sqlite3_stmt_readonly(rows->stmt);
    return xh__rel_err(rows->conn, sqlite_status,
                       is_reading ? "reading records" : "writing records", err);
}

int xh_rel_next(struct xh_rel_rows *rows, struct xh_err *err)
{
    struct xh_rel_conn *conn = rows->conn;
    if (rows->bind_status != SQLITE_OK) {
        return xh__rel_err(conn, rows->bind_status, "a statement's parameter", err);
    }
    if (conn->is_writing && sqlite3_get_autocommit(conn->db)) {
        /* SQLite ended the transaction after a failure that the closure did not heed. Going on
         * would write outside of it. */
        return xh_err_set(err, XH_E_IO, "the transaction was rolled back by an earlier failure");
    }
    start_clock(rows);
    int rc = sqlite3_step(rows->stmt);
    conn->deadline_us = 0;
    if (rc == SQLITE_ROW) {
        return 1;
    }
    if (rc != SQLITE_DONE) {
        rc = step_err(rows, rc, err);
    } else {
        rc = 0;
    }
    /* So that it can be bound and run again at once. */
    (void)sqlite3_reset(rows->stmt);
    rows->deadline_us = 0;
    return rc;
}

int xh_rel_column_count(const struct xh_rel_rows *rows)
{
    return sqlite3_column_count(rows->stmt);
}

const char *xh_rel_column_name(const struct xh_rel_rows *rows, int column)
{
    return sqlite3_column_name(rows->stmt, column);
}

bool xh_rel_is_null(const struct xh_rel_rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL;
}

int64_t xh_rel_int(const struct xh_rel_rows *rows, int column)
{
    return sqlite3_column_int64(rows->stmt, column);
}

double xh_rel_real(const struct xh_rel_rows *rows, int column)
{
    return sqlite3_column_double(rows->stmt, column);
}

struct xh_str xh_rel_text(const struct xh_rel_rows *rows, int column)
{
    const char *ptr = (const char *)sqlite3_column_text(rows->stmt, column);
    if (!ptr) {
        return (struct xh_str){NULL, 0};
    }
    return (struct xh_str){ptr, (size_t)sqlite3_column_bytes(rows->stmt, column)};
}

struct xh_str xh_rel_blob(const struct xh_rel_rows *rows, int column)
{
    const char *ptr = sqlite3_column_blob(rows->stmt, column);
    if (!ptr) {
        return (struct xh_str){NULL, 0};
    }
    return (struct xh_str){ptr, (size_t)sqlite3_column_bytes(rows->stmt, column)};
}

int64_t xh_rel_last_id(const struct xh_rel_conn *conn)
{
    return sqlite3_last_insert_rowid(conn->db);
}

int64_t xh_rel_changes(const struct xh_rel_conn *conn)
{
    return sqlite3_changes64(conn->db);
}

int xh_rel_exec(struct xh_rel_conn *conn, const char *sql, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, sql, &rows, err);
    if (rc < 0) {
        return rc;
    }
    do {
        rc = xh_rel_next(rows, err);
    } while (rc > 0);
    xh_rel_done(rows);
    return rc;
}
