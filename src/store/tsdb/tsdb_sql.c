/* Connections, statements, rows: what every other file of the folder asks of SQLite. */
#include "base/arena.h"
#include "store/tsdb/tsdb_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_TIMEOUT_MS = 5000 };

static const char *const statement_sql[TSDB_STATEMENT_COUNT] = {
#define X(name, sql) sql,
    TSDB_STATEMENTS(X)
#undef X
};

/* ---- errors ---- */

/* What the system said when the database or its log was written last. A failed COMMIT does not
 * bring it along, and SQLite calls a reached limit of the size of files an I/O error like any
 * other. */
static bool is_full(struct tsdb_conn *conn)
{
    enum { OF_CALL, OF_FILE, OF_LOG, ERRNO_COUNT };
    int errnos[ERRNO_COUNT] = {[OF_CALL] = sqlite3_system_errno(conn->db)};
    sqlite3_file *log = NULL;
    (void)sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_LAST_ERRNO, &errnos[OF_FILE]);
    (void)sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
    if (log != NULL && log->pMethods != NULL) {
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &errnos[OF_LOG]);
    }
    for (int i = 0; i < ERRNO_COUNT; i++) {
        if (errnos[i] == ENOSPC || errnos[i] == EDQUOT || errnos[i] == EFBIG) {
            return true;
        }
    }
    return false;
}

static int code_of(struct tsdb_conn *conn, int sqlite_rc)
{
    switch (sqlite_rc & 0xff) {
    case SQLITE_FULL:
        return XH_E_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return XH_E_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return XH_E_BUSY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (sqlite_rc == SQLITE_IOERR_CORRUPTFS) {
            return XH_E_CORRUPT;
        }
        return conn->db != NULL && is_full(conn) ? XH_E_NO_SPACE : XH_E_IO;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return XH_E_IO;
    default:
        return XH_E_INTERNAL;
    }
}

int xh__tsdb_sql_err(struct tsdb_conn *conn, int sqlite_rc, const char *what, struct xh_err *err)
{
    int code = code_of(conn, sqlite_rc);
    if (code == XH_E_NO_SPACE) {
        return xh_err_set(err, code,
                          "no space is left for '%s': the disk is full, or a limit of the size of"
                          " files is reached",
                          conn->path);
    }
    return xh_err_set(err, code, "cannot %s '%s': %s", what, conn->path,
                      conn->db != NULL ? sqlite3_errmsg(conn->db) : sqlite3_errstr(sqlite_rc));
}

/* ---- connections ---- */

int xh__tsdb_conn_open(const char *path, const char *vfs_name, const char *pragmas,
                       struct tsdb_conn **ret, struct xh_err *err)
{
    struct tsdb_conn *conn = xh_alloc(sizeof(*conn));
    conn->path = path;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2(path, &conn->db, flags, vfs_name);
    if (rc != SQLITE_OK) {
        rc = xh__tsdb_sql_err(conn, rc, "open", err);
    } else {
        sqlite3_extended_result_codes(conn->db, 1);
        sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS);
        rc = xh__tsdb_exec(conn, pragmas, err);
    }
    if (rc < 0) {
        xh__tsdb_conn_close(conn);
        return rc;
    }
    *ret = conn;
    return 0;
}

void xh__tsdb_conn_close(struct tsdb_conn *conn)
{
    if (conn == NULL) {
        return;
    }
    for (size_t i = 0; i < TSDB_STATEMENT_COUNT; i++) {
        sqlite3_finalize(conn->statements[i]);
    }
    int rc = sqlite3_close(conn->db);
    xh_assert(rc == SQLITE_OK); /* else a statement or backup was left open */
    free(conn);
}

int xh__tsdb_statement(struct tsdb_conn *conn, enum tsdb_statement which, sqlite3_stmt **ret,
                       struct xh_err *err)
{
    sqlite3_stmt **slot = &conn->statements[which];
    if (*slot == NULL) {
        int rc = sqlite3_prepare_v3(conn->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                                    slot, NULL);
        if (rc != SQLITE_OK) {
            return xh__tsdb_sql_err(conn, rc, "use", err);
        }
    }
    *ret = *slot;
    return 0;
}

int xh__tsdb_step(struct tsdb_conn *conn, sqlite3_stmt *statement, struct xh_err *err)
{
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    int result = rc == SQLITE_DONE
                     ? 0
                     : xh__tsdb_sql_err(conn, rc,
                                        sqlite3_stmt_readonly(statement) ? "read" : "write", err);
    sqlite3_reset(statement);
    return result;
}

int xh__tsdb_run(struct tsdb_conn *conn, enum tsdb_statement which, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(conn, which, &statement, err);
    return rc < 0 ? rc : xh__tsdb_step(conn, statement, err);
}

int xh__tsdb_exec(struct tsdb_conn *conn, const char *sql, struct xh_err *err)
{
    int rc = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : xh__tsdb_sql_err(conn, rc, "set up", err);
}

/* ---- readings ---- */

uint64_t xh__tsdb_bits(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

/* The finaliser of splitmix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014): one to one, so that two
 * rows that differ in one word never have the same 64 bits. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int32_t xh__tsdb_digest(int64_t series_id, const struct xh_reading *reading)
{
    uint64_t small = (uint64_t)reading->quality << 8 | (uint8_t)reading->decimals;
    uint64_t h = mix((uint64_t)series_id + UINT64_C(0x9e3779b97f4a7c15));
    h = mix(h ^ (uint64_t)reading->at_us);
    h = mix(h ^ reading->seq);
    h = mix(h ^ xh__tsdb_bits(reading->value));
    h = mix(h ^ (uint64_t)reading->arrival_us);
    h = mix(h ^ small);
    return (int32_t)(uint32_t)(h >> 32);
}

int xh__tsdb_column_reading(struct tsdb_conn *conn, sqlite3_stmt *statement, int64_t series_id,
                            struct xh_reading *ret, struct xh_err *err)
{
    struct xh_reading r = {
        .at_us = sqlite3_column_int64(statement, 0),
        .seq = (uint64_t)sqlite3_column_int64(statement, 1),
        .arrival_us = sqlite3_column_int64(statement, 3),
        .quality = (uint8_t)sqlite3_column_int(statement, 4),
        .decimals = (int8_t)sqlite3_column_int(statement, 5),
    };
    int64_t bits = sqlite3_column_int64(statement, 2);
    memcpy(&r.value, &bits, sizeof(bits));
    if (sqlite3_column_int64(statement, 6) != xh__tsdb_digest(series_id, &r)) {
        return xh_err_set(err, XH_E_CORRUPT,
                          "'%s': reading %llu of series number %lld is damaged: its digest does"
                          " not fit",
                          conn->path, (unsigned long long)r.seq, (long long)series_id);
    }
    *ret = r;
    return 0;
}

/* ---- retractions ---- */

/* Spans come in ascending order of their start; those that touch become one. */
static void add_span(struct tsdb_retracted *retracted, struct tsdb_span span)
{
    if (retracted->count > 0) {
        struct tsdb_span *last = &retracted->spans[retracted->count - 1];
        if (span.seq_from <= last->seq_to + 1) {
            last->seq_to = span.seq_to > last->seq_to ? span.seq_to : last->seq_to;
            return;
        }
    }
    if (retracted->count == retracted->capacity) {
        retracted->capacity = retracted->capacity > 0 ? 2 * retracted->capacity : 8;
        retracted->spans = xh_realloc(retracted->spans,
                                      retracted->capacity * sizeof(*retracted->spans));
    }
    retracted->spans[retracted->count++] = span;
}

int xh__tsdb_retracted_load(struct tsdb_conn *conn, int64_t series_id, int64_t last_id,
                            int64_t as_known_us, struct tsdb_retracted *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(conn, TSDB_RETRACTIONS, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, last_id);
    sqlite3_bind_int64(statement, 3, as_known_us);
    struct tsdb_retracted retracted = {0};
    while ((rc = xh__tsdb_step(conn, statement, err)) > 0) {
        struct tsdb_span span = {(uint64_t)sqlite3_column_int64(statement, 0),
                                 (uint64_t)sqlite3_column_int64(statement, 1)};
        add_span(&retracted, span);
    }
    if (rc < 0) {
        xh__tsdb_retracted_finish(&retracted);
        return rc;
    }
    *ret = retracted;
    return 0;
}

bool xh__tsdb_is_retracted(const struct tsdb_retracted *retracted, uint64_t seq)
{
    size_t from = 0, to = retracted->count; /* the first span that ends at seq or later is there */
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (retracted->spans[middle].seq_to < seq) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from < retracted->count && retracted->spans[from].seq_from <= seq;
}

void xh__tsdb_retracted_finish(struct tsdb_retracted *retracted)
{
    free(retracted->spans);
    *retracted = (struct tsdb_retracted){0};
}

void xh__tsdb_key_text(const struct xh_series_key *key, char text[33])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof(key->bytes); i++) {
        text[2 * i] = digits[key->bytes[i] >> 4];
        text[2 * i + 1] = digits[key->bytes[i] & 15];
    }
    text[32] = '\0';
}
