/* Statistics, the list of series, backup and check. */
#include "base/arena.h"
#include "store/tsdb/tsdb_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- statistics ---- */

static uint64_t file_bytes(const char *path, const char *ending)
{
    size_t size_bytes = strlen(path) + strlen(ending) + 1;
    char *name = xh_alloc(size_bytes);
    snprintf(name, size_bytes, "%s%s", path, ending);
    struct stat about;
    uint64_t bytes = stat(name, &about) == 0 ? (uint64_t)about.st_size : 0;
    free(name);
    return bytes;
}

static int read_totals(struct tsdb_conn *conn, struct xh_tsdb_stats *stats, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(conn, TSDB_TOTALS, &statement, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__tsdb_step(conn, statement, err);
    if (rc < 0) {
        return rc;
    }
    stats->series_count = (uint64_t)sqlite3_column_int64(statement, 0);
    stats->reading_count = (uint64_t)sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return 0;
}

int xh_tsdb_get_stats(struct xh_tsdb *db, struct xh_tsdb_stats *ret, struct xh_err *err)
{
    struct xh_tsdb_stats stats = {0};
    struct tsdb_conn *conn = NULL;
    int rc = xh__tsdb_reader_take(db, &conn, err);
    if (rc < 0) {
        return rc;
    }
    rc = read_totals(conn, &stats, err);
    xh__tsdb_reader_give(db, conn);
    if (rc < 0) {
        return rc;
    }
    xh__tsdb_committer_stats(db->committer, &stats);
    stats.size_bytes = file_bytes(db->path, "") + file_bytes(db->path, "-wal");
    *ret = stats;
    return 0;
}

/* ---- series ---- */

enum { SERIES_PAGE_COUNT = 256 };

struct series_row {
    struct xh_series_key key;
    int64_t id;
    enum xh_series_policy policy;
    uint64_t reading_count;
};

/* Returns how many series with an id above after_id were read, at most SERIES_PAGE_COUNT. */
static int read_series(struct xh_tsdb *db, int64_t after_id, struct series_row *rows,
                       struct xh_err *err)
{
    struct tsdb_conn *conn = NULL;
    int rc = xh__tsdb_reader_take(db, &conn, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_stmt *statement = NULL;
    int count = 0;
    rc = xh__tsdb_statement(conn, TSDB_SERIES_PAGE, &statement, err);
    if (rc == 0) {
        sqlite3_bind_int64(statement, 1, after_id);
        sqlite3_bind_int(statement, 2, SERIES_PAGE_COUNT);
        while ((rc = xh__tsdb_step(conn, statement, err)) > 0) {
            struct series_row *row = &rows[count++];
            memset(row, 0, sizeof(*row));
            row->id = sqlite3_column_int64(statement, 0);
            const void *key = sqlite3_column_blob(statement, 1);
            if (key != NULL && sqlite3_column_bytes(statement, 1) == (int)sizeof(row->key)) {
                memcpy(&row->key, key, sizeof(row->key));
            }
            row->policy = sqlite3_column_int(statement, 2) == 0 ? XH_POLICY_REPLACE
                                                                : XH_POLICY_KEEP_ALL;
            row->reading_count = (uint64_t)sqlite3_column_int64(statement, 3);
        }
    }
    xh__tsdb_reader_give(db, conn);
    return rc < 0 ? rc : count;
}

/* The callback runs without a connection held, so it may use the store. */
int xh_tsdb_each_series(struct xh_tsdb *db, xh_tsdb_series_fn *series, void *arg,
                        struct xh_err *err)
{
    struct series_row rows[SERIES_PAGE_COUNT];
    int64_t after_id = 0;
    int count = 0;
    while ((count = read_series(db, after_id, rows, err)) > 0) {
        for (int i = 0; i < count; i++) {
            int rc = series(arg, &rows[i].key, rows[i].policy, rows[i].reading_count);
            if (rc != 0) {
                return rc;
            }
        }
        after_id = rows[count - 1].id;
    }
    return count;
}

/* ---- backup ---- */

static char *join(const char *a, const char *b)
{
    size_t size_bytes = strlen(a) + strlen(b) + 1;
    char *text = xh_alloc(size_bytes);
    snprintf(text, size_bytes, "%s%s", a, b);
    return text;
}

/* Copies all pages in one read transaction: writing goes on in the log meanwhile. The copy's own
 * transaction is synced when it ends. */
static int copy_pages(struct tsdb_conn *from, struct tsdb_conn *to, struct xh_err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->db, "main", from->db, "main");
    if (backup == NULL) {
        return xh__tsdb_sql_err(to, sqlite3_errcode(to->db), "write", err);
    }
    int step = sqlite3_backup_step(backup, -1);
    int rc = sqlite3_backup_finish(backup);
    if (step != SQLITE_DONE || rc != SQLITE_OK) {
        return xh__tsdb_sql_err(to, rc != SQLITE_OK ? rc : step, "write", err);
    }
    return 0;
}

static int copy_file(struct xh_tsdb *db, const char *to_path, struct xh_err *err)
{
    struct tsdb_conn *from = NULL, *to = NULL;
    int rc = xh__tsdb_reader_open(db, &from, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__tsdb_conn_open(to_path, db->vfs_name, "PRAGMA synchronous=FULL", &to, err);
    if (rc == 0) {
        rc = copy_pages(from, to, err);
    }
    xh__tsdb_conn_close(to);
    xh__tsdb_conn_close(from);
    return rc;
}

/* What an earlier or failed backup left. */
static void remove_part(const struct xh_env *env, const char *part_dir, const char *part_path)
{
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        char *name = join(part_path, endings[i]);
        xh_file_remove(env, name, NULL);
        free(name);
    }
    rmdir(part_dir);
}

static int copy_dir(struct xh_tsdb *db, const char *part_dir, const char *part_path,
                    const char *to_dir, struct xh_err *err)
{
    int rc = xh_dir_create(db->env, part_dir, err);
    if (rc == 0) {
        rc = copy_file(db, part_path, err);
    }
    if (rc == 0) {
        rc = xh_dir_sync(db->env, part_dir, err);
    }
    if (rc == 0) {
        rc = xh_file_rename(db->env, part_dir, to_dir, err);
    }
    return rc;
}

/* The copy is made beside its name and renamed when it is whole. */
static int backup_to(struct xh_tsdb *db, const char *to_dir, struct xh_err *err)
{
    char *part_dir = join(to_dir, ".part");
    char *part_path = join(part_dir, "/" TSDB_FILE_NAME);
    char *parent = join(to_dir, "/..");
    remove_part(db->env, part_dir, part_path);
    int rc = copy_dir(db, part_dir, part_path, to_dir, err);
    if (rc == 0) {
        rc = xh_dir_sync(db->env, parent, err);
    } else {
        remove_part(db->env, part_dir, part_path);
    }
    free(parent);
    free(part_path);
    free(part_dir);
    return rc;
}

int xh_tsdb_backup(struct xh_tsdb *db, const char *to_dir, struct xh_err *err)
{
    if (access(to_dir, F_OK) == 0) {
        return xh_err_set(err, XH_E_CONFLICT, "cannot back up to '%s': it exists", to_dir);
    }
    char *name = join(to_dir, "");
    for (size_t len = strlen(name); len > 1 && name[len - 1] == '/'; len--) {
        name[len - 1] = '\0';
    }
    int rc = backup_to(db, name, err);
    free(name);
    return rc;
}

/* ---- check ---- */

/* What must never be: each query gives a row with a text for each fault. */
static const char *const faults_sql[] = {
    "SELECT 'SQLite: ' || integrity_check FROM pragma_integrity_check"
    " WHERE integrity_check <> 'ok'",
    "SELECT 'series number ' || id || ' has a damaged key' FROM series"
    " WHERE typeof(key) <> 'blob' OR length(key) <> 16",
    "SELECT 'series number ' || id || ' has an unknown policy' FROM series"
    " WHERE policy NOT IN (0, 1)",
    "SELECT 'series number ' || s.id || ' counts ' || s.reading_count || ' readings and has '"
    " || coalesce(r.n, 0) FROM series AS s LEFT JOIN"
    " (SELECT series, count(*) AS n FROM reading GROUP BY series) AS r ON r.series = s.id"
    " WHERE s.reading_count <> coalesce(r.n, 0)",
    "SELECT 'series number ' || r.series || ' has a reading ' || r.m || ' past its last number'"
    " FROM (SELECT series, max(seq) AS m FROM reading GROUP BY series) AS r"
    " JOIN series AS s ON s.id = r.series WHERE r.m >= s.next_seq",
    "SELECT DISTINCT 'readings of an unknown series number ' || series FROM reading"
    " WHERE series NOT IN (SELECT id FROM series)",
    "SELECT 'retraction ' || id || ' is of an unknown series number ' || series FROM retraction"
    " WHERE series NOT IN (SELECT id FROM series)",
    "SELECT 'retraction ' || r.id || ' of series number ' || r.series || ' names no readings'"
    " FROM retraction AS r JOIN series AS s ON s.id = r.series"
    " WHERE r.seq_from < 1 OR r.seq_from > r.seq_to OR r.seq_to >= s.next_seq",
};

struct checker {
    struct tsdb_conn *conn;
    xh_tsdb_fault_fn *fault;
    void *arg;
    int64_t count;
};

static void tell(struct checker *checker, const char *sentence)
{
    checker->count++;
    if (checker->fault != NULL) {
        checker->fault(checker->arg, sentence);
    }
}

/* Damage that keeps a query from running is a fault, not an error. */
static int tell_damage(struct checker *checker, int rc, struct xh_err *err)
{
    if (rc != XH_E_CORRUPT) {
        return rc;
    }
    tell(checker, err->text);
    return 0;
}

static int check_sql(struct checker *checker, const char *sql, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(checker->conn->db, sql, -1, &statement, NULL);
    if (rc != SQLITE_OK) {
        return tell_damage(checker, xh__tsdb_sql_err(checker->conn, rc, "check", err), err);
    }
    while ((rc = xh__tsdb_step(checker->conn, statement, err)) > 0) {
        tell(checker, (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return tell_damage(checker, rc, err);
}

/* Each reading fits its digest and holds what can be read. */
static int check_readings(struct checker *checker, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(checker->conn, TSDB_ALL_READINGS, &statement, err);
    if (rc < 0) {
        return tell_damage(checker, rc, err);
    }
    while ((rc = xh__tsdb_step(checker->conn, statement, err)) > 0) {
        struct xh_reading reading;
        rc = xh__tsdb_column_reading(checker->conn, statement, sqlite3_column_int64(statement, 7),
                                     &reading, err);
        if (rc < 0) {
            tell(checker, err->text);
        }
    }
    return tell_damage(checker, rc, err);
}

int64_t xh_tsdb_check(struct xh_tsdb *db, xh_tsdb_fault_fn *fault, void *arg, struct xh_err *err)
{
    struct checker checker = {.fault = fault, .arg = arg};
    struct xh_err own_err = {0};
    int rc = xh__tsdb_reader_open(db, &checker.conn, &own_err); /* nothing of it in memory yet */
    if (rc < 0) {
        rc = tell_damage(&checker, rc, &own_err);
    } else {
        for (size_t i = 0; i < sizeof(faults_sql) / sizeof(faults_sql[0]) && rc == 0; i++) {
            rc = check_sql(&checker, faults_sql[i], &own_err);
        }
        if (rc == 0) {
            rc = check_readings(&checker, &own_err);
        }
    }
    xh__tsdb_conn_close(checker.conn);
    if (rc < 0 && err != NULL) {
        *err = own_err;
    }
    return rc < 0 ? rc : checker.count;
}
