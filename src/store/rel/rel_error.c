/* rel_error.c: result codes of SQLite's as errors of ours. */
#include "store/rel/rel_internal.h"

#include <errno.h>
#include <string.h>

/* What the system said when the database's file or its WAL was written last. SQLite calls a reached
 * file size limit (EFBIG) or quota an I/O error like any other; for people it is a full disk. */
static bool is_full(sqlite3 *db)
{
    enum { MAIN, JOURNAL, ERRNO_COUNT };
    int errnos[ERRNO_COUNT] = {0};
    sqlite3_file *journal = NULL;
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &errnos[MAIN]);
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&journal);
    if (journal && journal->pMethods) {
        (void)journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &errnos[JOURNAL]);
    }
    for (int i = 0; i < ERRNO_COUNT; i++) {
        if (errnos[i] == EFBIG || errnos[i] == EDQUOT || errnos[i] == ENOSPC) {
            return true;
        }
    }
    return false;
}

static int code_of(sqlite3 *db, int sqlite_status)
{
    if (sqlite_status == SQLITE_IOERR_WRITE || sqlite_status == SQLITE_IOERR_FSYNC) {
        return is_full(db) ? XH_E_NO_SPACE : XH_E_IO;
    }
    switch (sqlite_status & 0xff) {
    case SQLITE_FULL:
        return XH_E_NO_SPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return XH_E_BUSY;
    case SQLITE_INTERRUPT:
        return XH_E_CANCELLED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return XH_E_CORRUPT;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return XH_E_IO;
    case SQLITE_TOOBIG:
        return XH_E_TOO_LARGE;
    default:
        return XH_E_INTERNAL;
    }
}

/* The last "table.column" in SQLite's sentence is the column that makes the difference: in a pair
 * such as (owner, name) it is the name that somebody chose twice. */
static struct xh_str last_column(const char *message)
{
    const char *dot = strrchr(message, '.');
    if (!dot) {
        return XH_STR("");
    }
    return xh_str_from(dot + 1);
}

static struct xh_str after_colon(const char *message)
{
    const char *colon = strchr(message, ':');
    return colon ? xh_str_trim(xh_str_from(colon + 1)) : xh_str_from(message);
}

static int constraint_err(sqlite3 *db, int sqlite_status, struct xh_err *err)
{
    const char *message = sqlite3_errmsg(db);
    struct xh_str what = after_colon(message);
    struct xh_str column = last_column(message);
    char field[XH__REL_NAME_BYTES];
    size_t len = column.len < sizeof(field) - 1 ? column.len : sizeof(field) - 1;
    memcpy(field, column.ptr, len);
    field[len] = '\0';
    switch (sqlite_status) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return xh_err_field(err, XH_E_CONFLICT, field, XH_STR(""), NULL, NULL,
                            "there is already a row with the same %.*s", XH_STR_ARG(what));
    case SQLITE_CONSTRAINT_NOTNULL:
        return xh_err_field(err, XH_E_INVALID, field, XH_STR(""), NULL, NULL, "%.*s is required",
                            XH_STR_ARG(what));
    case SQLITE_CONSTRAINT_DATATYPE:
        return xh_err_field(err, XH_E_INVALID, field, XH_STR(""), NULL, NULL, "%s", message);
    default:
        return xh_err_set(err, XH_E_INVALID, "%s", message);
    }
}

int xh__rel_db_err(sqlite3 *db, int sqlite_status, const char *what, struct xh_err *err)
{
    int code = code_of(db, sqlite_status);
    if (code == XH_E_NO_SPACE) {
        return xh_err_set(err, code,
                          "%s failed: no space is left: the disk is full, or a limit of the size of"
                          " files is reached",
                          what);
    }
    /* sqlite3_errmsg adds nothing here and may speak of a later call. */
    return xh_err_set(err, code, "%s failed: %s", what, sqlite3_errstr(sqlite_status));
}

int xh__rel_err(struct xh_rel_conn *conn, int sqlite_status, const char *what, struct xh_err *err)
{
    if ((sqlite_status & 0xff) == SQLITE_CONSTRAINT) {
        return constraint_err(conn->db, sqlite_status, err);
    }
    if (sqlite_status == SQLITE_INTERRUPT && conn->is_timed_out) {
        return xh_err_set(err, XH_E_TIMEOUT, "%s took longer than %d ms", what, conn->timeout_ms);
    }
    return xh__rel_db_err(conn->db, sqlite_status, what, err);
}
