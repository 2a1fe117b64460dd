/* Opening and closing, and the pool of readers.
 *
 * The file's format is named by SQLite's user_version; a newer one is refused. Everything durable
 * is in readings.db and, between checkpoints, in readings.db-wal beside it.
 */
#include "base/arena.h"
#include "store/sqlite_vfs/sqlite_vfs.h"
#include "store/tsdb/tsdb_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    APPLICATION_ID = 0x58487264, /* "XHrd": tells a readings store from any other SQLite file */
    FORMAT_VERSION = 1,
    READERS_MAX = 16
};

/* The write-ahead log is moved into the file by the committer, which must see when that fails; so
 * SQLite does not do it by itself. Erased content is overwritten, not only unlinked. */
static const char writer_pragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
    "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16384; PRAGMA secure_delete=ON;";

static const char reader_pragmas[] =
    "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-8192;";

/* A reading's value is kept as the 64 bits of its double: SQLite's REAL would turn -0 into 0. */
static const char schema[] =
    "CREATE TABLE series("
    " id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, policy INTEGER NOT NULL,"
    " next_seq INTEGER NOT NULL, reading_count INTEGER NOT NULL);"
    "CREATE TABLE reading("
    " series INTEGER NOT NULL, at_us INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " value_bits INTEGER NOT NULL, arrival_us INTEGER NOT NULL, quality INTEGER NOT NULL,"
    " decimals INTEGER NOT NULL, digest INTEGER NOT NULL,"
    " PRIMARY KEY(series, at_us, seq)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX reading_by_seq ON reading(series, seq);"
    "CREATE TABLE retraction("
    " id INTEGER PRIMARY KEY, series INTEGER NOT NULL, seq_from INTEGER NOT NULL,"
    " seq_to INTEGER NOT NULL, at_us INTEGER NOT NULL);"
    "CREATE INDEX retraction_by_series ON retraction(series);";

static int read_int(struct tsdb_conn *conn, const char *sql, int64_t *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(conn->db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    int result = 0;
    if (rc == SQLITE_ROW) {
        *ret = sqlite3_column_int64(statement, 0);
    } else {
        result = xh__tsdb_sql_err(conn, rc, "read", err);
    }
    sqlite3_finalize(statement);
    return result;
}

static int create_tables(struct tsdb_conn *conn, struct xh_err *err)
{
    char marks[96];
    snprintf(marks, sizeof(marks), "PRAGMA application_id=%d; PRAGMA user_version=%d",
             APPLICATION_ID, FORMAT_VERSION);
    int rc = xh__tsdb_exec(conn, marks, err);
    return rc < 0 ? rc : xh__tsdb_exec(conn, schema, err);
}

static int check_version(struct tsdb_conn *conn, int64_t application, int64_t version,
                         struct xh_err *err)
{
    if (application != APPLICATION_ID) {
        return xh_err_set(err, XH_E_CORRUPT, "'%s' is not a readings store", conn->path);
    }
    if (version != FORMAT_VERSION) {
        return xh_err_set(err, XH_E_SCHEMA, "'%s' has format %lld, this program knows format %d",
                          conn->path, (long long)version, FORMAT_VERSION);
    }
    return 0;
}

/* Inside a transaction: makes the tables of a new file, refuses a foreign one. */
static int prepare_tables(struct tsdb_conn *conn, struct xh_err *err)
{
    int64_t application = 0, version = 0, objects = 0;
    int rc = read_int(conn, "PRAGMA application_id", &application, err);
    if (rc == 0) {
        rc = read_int(conn, "PRAGMA user_version", &version, err);
    }
    if (rc == 0) {
        rc = read_int(conn, "SELECT count(*) FROM sqlite_master", &objects, err);
    }
    if (rc < 0) {
        return rc;
    }
    if (application == 0 && version == 0 && objects == 0) {
        return create_tables(conn, err);
    }
    return check_version(conn, application, version, err);
}

static int open_tables(struct tsdb_conn *conn, struct xh_err *err)
{
    int rc = xh__tsdb_run(conn, TSDB_BEGIN, err);
    if (rc < 0) {
        return rc;
    }
    rc = prepare_tables(conn, err);
    if (rc == 0) {
        rc = xh__tsdb_run(conn, TSDB_COMMIT, err);
    }
    if (rc < 0) {
        xh__tsdb_run(conn, TSDB_ROLLBACK, NULL);
    }
    return rc;
}

static char *path_in(const char *dir, const char *name)
{
    size_t size_bytes = strlen(dir) + 1 + strlen(name) + 1;
    char *path = xh_alloc(size_bytes);
    snprintf(path, size_bytes, "%s/%s", dir, name);
    return path;
}

/* The names of a new folder and file must survive a power cut as well. */
static int sync_names(const struct xh_env *env, const char *dir, struct xh_err *err)
{
    int rc = xh_dir_sync(env, dir, err);
    if (rc < 0) {
        return rc;
    }
    char *parent = path_in(dir, "..");
    rc = xh_dir_sync(env, parent, err);
    free(parent);
    return rc;
}

static int open_writer(struct xh_tsdb *db, struct xh_err *err)
{
    struct tsdb_conn *writer = NULL;
    int rc = xh__tsdb_conn_open(db->path, db->vfs_name, writer_pragmas, &writer, err);
    if (rc < 0) {
        return rc;
    }
    rc = open_tables(writer, err);
    if (rc == 0) {
        rc = sync_names(db->env, db->dir, err);
    }
    if (rc == 0) {
        rc = xh__tsdb_committer_start(writer, db->env, &db->committer, err);
    }
    if (rc < 0) {
        xh__tsdb_conn_close(writer);
    }
    return rc;
}

int xh_tsdb_open(const struct xh_env *env, const char *dir, struct xh_tsdb **ret,
                 struct xh_err *err)
{
    int rc = xh_dir_create(env, dir, err);
    if (rc < 0) {
        return rc;
    }
    struct xh_tsdb *db = xh_alloc(sizeof(*db));
    rc = xh_sqlite_vfs_register(env, &db->vfs_name, err);
    if (rc < 0) {
        free(db);
        return rc;
    }
    db->env = env;
    db->dir = path_in(dir, "");
    db->path = path_in(dir, TSDB_FILE_NAME);
    pthread_mutex_init(&db->pool_mutex, NULL);
    pthread_cond_init(&db->pool_is_free, NULL);
    rc = open_writer(db, err);
    if (rc < 0) {
        xh_tsdb_close(db);
        return rc;
    }
    *ret = db;
    return 0;
}

void xh_tsdb_close(struct xh_tsdb *db)
{
    if (db == NULL) {
        return;
    }
    size_t free_count = 0;
    while (db->pool != NULL) {
        struct tsdb_conn *conn = db->pool;
        db->pool = conn->next;
        xh__tsdb_conn_close(conn);
        free_count++;
    }
    xh_assert(free_count == db->reader_count); /* else somebody still reads */
    xh__tsdb_committer_stop(db->committer);
    xh_sqlite_vfs_unregister(db->env);
    pthread_cond_destroy(&db->pool_is_free);
    pthread_mutex_destroy(&db->pool_mutex);
    free(db->path);
    free(db->dir);
    free(db);
}

/* ---- the pool ---- */

int xh__tsdb_reader_open(struct xh_tsdb *db, struct tsdb_conn **ret, struct xh_err *err)
{
    return xh__tsdb_conn_open(db->path, db->vfs_name, reader_pragmas, ret, err);
}

static int reader_add(struct xh_tsdb *db, struct tsdb_conn **ret, struct xh_err *err)
{
    int rc = xh__tsdb_reader_open(db, ret, err);
    if (rc < 0) {
        pthread_mutex_lock(&db->pool_mutex);
        db->reader_count--;
        pthread_cond_signal(&db->pool_is_free);
        pthread_mutex_unlock(&db->pool_mutex);
    }
    return rc;
}

int xh__tsdb_reader_take(struct xh_tsdb *db, struct tsdb_conn **ret, struct xh_err *err)
{
    pthread_mutex_lock(&db->pool_mutex);
    while (db->pool == NULL && db->reader_count == READERS_MAX) {
        pthread_cond_wait(&db->pool_is_free, &db->pool_mutex);
    }
    struct tsdb_conn *conn = db->pool;
    if (conn != NULL) {
        db->pool = conn->next;
    } else {
        db->reader_count++;
    }
    pthread_mutex_unlock(&db->pool_mutex);
    if (conn == NULL) {
        return reader_add(db, ret, err);
    }
    *ret = conn;
    return 0;
}

void xh__tsdb_reader_give(struct xh_tsdb *db, struct tsdb_conn *conn)
{
    pthread_mutex_lock(&db->pool_mutex);
    conn->next = db->pool;
    db->pool = conn;
    pthread_cond_signal(&db->pool_is_free);
    pthread_mutex_unlock(&db->pool_mutex);
}
