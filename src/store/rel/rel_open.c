/* rel_open.c: connections, and the life of the store. */
#include "store/rel/rel_internal.h"

#include "store/sqlite_vfs/sqlite_vfs.h"

#include <stdlib.h>
#include <string.h>

/* Called by SQLite every few thousand of its instructions; 1 stops the statement. */
static int on_progress(void *arg)
{
    struct xh_rel_conn *conn = arg;
    if (conn->deadline_us == 0 || xh_env_monotonic_us(conn->rel->env) < conn->deadline_us) {
        return 0;
    }
    conn->is_timed_out = true;
    return 1;
}

static int run_all(struct xh_rel_conn *conn, const char *const *sql, struct xh_err *err)
{
    int rc = 0;
    for (size_t i = 0; rc >= 0 && sql[i]; i++) {
        rc = xh_rel_exec(conn, sql[i], err);
    }
    return rc;
}

/* WAL with synchronous = FULL: a commit is one write and one sync of the WAL. The automatic
 * checkpoint is off because the writer makes it after it has told its callers. */
static int set_up_writer(struct xh_rel_conn *conn, struct xh_err *err)
{
    static const char *const settings[] = {
        "PRAGMA synchronous = FULL",
        "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA journal_size_limit = 67108864",
        "PRAGMA cache_size = -2000",
        NULL,
    };
    struct xh_rel_rows *rows;
    int rc = xh_rel_prepare(conn, "PRAGMA journal_mode = WAL", &rows, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh_rel_next(rows, err);
    if (rc > 0 && !xh_str_is(xh_rel_text(rows, 0), "wal")) {
        rc = xh_err_set(err, XH_E_IO, "'%s' lies on a file system that cannot share memory",
                        conn->rel->path);
    }
    xh_rel_done(rows);
    return rc < 0 ? rc : run_all(conn, settings, err);
}

static int set_up_reader(struct xh_rel_conn *conn, struct xh_err *err)
{
    static const char *const settings[] = {
        "PRAGMA query_only = ON",
        "PRAGMA cache_size = -512",
        NULL,
    };
    sqlite3_progress_handler(conn->db, 4000, on_progress, conn);
    return run_all(conn, settings, err);
}

/* What PostgreSQL would refuse is refused here too: "text" in double quotes. */
static int set_up(struct xh_rel_conn *conn, enum xh__rel_mode mode, struct xh_err *err)
{
    sqlite3 *db = conn->db;
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, XH__REL_BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    return mode == XH__REL_WRITER ? set_up_writer(conn, err) : set_up_reader(conn, err);
}

int xh__rel_conn_open(struct xh_rel *rel, enum xh__rel_mode mode, struct xh_rel_conn **ret,
                      struct xh_err *err)
{
    struct xh_rel_conn *conn = xh_alloc(sizeof(*conn));
    int flags = mode == XH__REL_WRITER ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                       : SQLITE_OPEN_READONLY;
    conn->rel = rel;
    int rc = sqlite3_open_v2(rel->path, &conn->db, flags | SQLITE_OPEN_NOMUTEX, rel->vfs_name);
    if (rc != SQLITE_OK) {
        rc = xh__rel_db_err(conn->db, rc, "opening the records", err);
    } else {
        rc = set_up(conn, mode, err);
    }
    if (rc < 0) {
        xh__rel_conn_close(conn);
        return rc;
    }
    *ret = conn;
    return 0;
}

void xh__rel_conn_close(struct xh_rel_conn *conn)
{
    if (!conn) {
        return;
    }
    xh__rel_conn_forget(conn);
    sqlite3_close(conn->db);
    free(conn);
}

static void free_store(struct xh_rel *rel)
{
    xh__rel_writer_stop(rel);
    xh__rel_readers_close(rel);
    xh__rel_conn_close(rel->writer);
    if (rel->has_vfs) {
        xh_sqlite_vfs_unregister(rel->env);
    }
    pthread_cond_destroy(&rel->has_room);
    pthread_cond_destroy(&rel->has_work);
    pthread_mutex_destroy(&rel->lock);
    free(rel->path);
    free(rel);
}

/* Nobody asks how much memory SQLite has, and to count it costs a lock at each piece of memory: a
 * tenth of a page that is made of queries. Once SQLite is in use it refuses, which does no harm. */
static void count_no_memory(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int start(struct xh_rel *rel, struct xh_err *err)
{
    count_no_memory();
    int rc = xh_sqlite_vfs_register(rel->env, &rel->vfs_name, err);
    if (rc < 0) {
        return rc;
    }
    rel->has_vfs = true;
    rc = xh__rel_conn_open(rel, XH__REL_WRITER, &rel->writer, err);
    if (rc >= 0) {
        rc = xh__rel_migrate(rel->writer, rel->schema, err);
    }
    return rc < 0 ? rc : xh__rel_writer_start(rel, err);
}

int xh_rel_open(const struct xh_env *env, const char *path, const struct xh_rel_schema *schema,
                struct xh_rel **ret, struct xh_err *err)
{
    struct xh_rel *rel = xh_alloc(sizeof(*rel));
    rel->env = env;
    rel->schema = schema;
    rel->path = xh_alloc(strlen(path) + 1);
    memcpy(rel->path, path, strlen(path));
    pthread_mutex_init(&rel->lock, NULL);
    pthread_cond_init(&rel->has_work, NULL);
    pthread_cond_init(&rel->has_room, NULL);
    int rc = start(rel, err);
    if (rc < 0) {
        free_store(rel);
        return rc;
    }
    *ret = rel;
    return 0;
}

void xh_rel_close(struct xh_rel *rel)
{
    if (rel) {
        free_store(rel);
    }
}
