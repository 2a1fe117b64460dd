/* tsdb_internal.h: what the files of this folder share.
 *
 * Connections. The committer has one, which alone writes; readers take one of a small pool for the
 * time of one call. A connection is used by one thread at a time and keeps its statements prepared.
 *
 * Errors. Functions return 0 (or what their comment says) or a negative XH_E_... code.
 */
#ifndef XH_STORE_TSDB_INTERNAL_H
#define XH_STORE_TSDB_INTERNAL_H

#include "store/tsdb/tsdb.h"

#include <pthread.h>
#include <sqlite3.h>

#define TSDB_FILE_NAME "readings.db"
#define TSDB_SEQ_END (UINT64_C(1) << 40) /* seq stays below */

/* ---- statements ---- */

/* The columns of a reading, in the order that xh__tsdb_column_reading expects. */
#define TSDB_READING "at_us, seq, value_bits, arrival_us, quality, decimals, digest"

#define TSDB_STATEMENTS(X)                                                                         \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(ALL_SERIES, "SELECT id, key, policy, next_seq, reading_count FROM series")                   \
    X(SERIES_PAGE, "SELECT id, key, policy, reading_count FROM series WHERE id > ?1 ORDER BY id"   \
                   " LIMIT ?2")                                                                    \
    X(SERIES_BY_KEY, "SELECT id, policy, next_seq, (SELECT coalesce(max(r.id), 0)"                 \
                     " FROM retraction AS r WHERE r.series = s.id)"                                \
                     " FROM series AS s WHERE s.key = ?1")                                         \
    X(SERIES_ADD, "INSERT INTO series(key, policy, next_seq, reading_count) VALUES(?1, ?2, 1, 0)") \
    X(SERIES_UPDATE, "UPDATE series SET next_seq = ?2, reading_count = ?3 WHERE id = ?1")          \
    X(SERIES_MAX_AT, "SELECT max(at_us) FROM reading WHERE series = ?1")                           \
    X(READING_ADD, "INSERT INTO reading(series, " TSDB_READING ")"                                 \
                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")                                      \
    X(READING_ERASE, "DELETE FROM reading WHERE series = ?1 AND at_us >= ?2 AND at_us < ?3")       \
    X(AT_TIME, "SELECT " TSDB_READING " FROM reading WHERE series = ?1 AND at_us = ?2"             \
               " ORDER BY seq DESC")                                                               \
    X(BY_SEQ, "SELECT " TSDB_READING " FROM reading WHERE series = ?1 AND seq >= ?2"               \
              " AND seq <= ?3 ORDER BY seq")                                                       \
    X(FORWARD, "SELECT " TSDB_READING " FROM reading WHERE series = ?1"                            \
               " AND (at_us, seq) > (?2, ?3) AND at_us < ?4 AND seq < ?5 AND arrival_us <= ?6"     \
               " ORDER BY at_us, seq")                                                             \
    X(BACKWARD, "SELECT " TSDB_READING " FROM reading WHERE series = ?1"                           \
                " AND (at_us, seq) < (?2, ?3) AND at_us >= ?4 AND seq < ?5 AND arrival_us <= ?6"   \
                " ORDER BY at_us DESC, seq DESC")                                                  \
    X(RETRACTION_ADD, "INSERT INTO retraction(series, seq_from, seq_to, at_us)"                    \
                      " VALUES(?1, ?2, ?3, ?4)")                                                   \
    X(RETRACTIONS, "SELECT seq_from, seq_to FROM retraction WHERE series = ?1 AND id <= ?2"        \
                   " AND at_us <= ?3 ORDER BY seq_from, seq_to")                                   \
    X(TOTALS, "SELECT count(*), coalesce(sum(reading_count), 0) FROM series")                      \
    X(ALL_READINGS, "SELECT " TSDB_READING ", series FROM reading")

enum tsdb_statement {
#define X(name, sql) TSDB_##name,
    TSDB_STATEMENTS(X)
#undef X
    TSDB_STATEMENT_COUNT
};

/* ---- connections: tsdb_sql.c ---- */

struct tsdb_conn {
    sqlite3 *db;
    const char *path;                                  /* borrowed, for errors */
    sqlite3_stmt *statements[TSDB_STATEMENT_COUNT];    /* made when first used */
    struct tsdb_conn *next;                            /* in the pool */
};

/* `pragmas` are run first. The connection borrows path. */
int xh__tsdb_conn_open(const char *path, const char *vfs_name, const char *pragmas,
                       struct tsdb_conn **ret, struct xh_err *err);
void xh__tsdb_conn_close(struct tsdb_conn *conn); /* NULL is fine */

/* A statement ready to be bound. On error *ret is untouched. */
int xh__tsdb_statement(struct tsdb_conn *conn, enum tsdb_statement which, sqlite3_stmt **ret,
                       struct xh_err *err);
/* 1: a row; 0: done, the statement is reset; < 0: error, likewise. */
int xh__tsdb_step(struct tsdb_conn *conn, sqlite3_stmt *statement, struct xh_err *err);
/* A statement without parameters and rows. */
int xh__tsdb_run(struct tsdb_conn *conn, enum tsdb_statement which, struct xh_err *err);
int xh__tsdb_exec(struct tsdb_conn *conn, const char *sql, struct xh_err *err);
/* The error for a code of SQLite; `what` failed: "commit". */
int xh__tsdb_sql_err(struct tsdb_conn *conn, int sqlite_rc, const char *what, struct xh_err *err);

/* ---- rows: tsdb_sql.c ---- */

/* The 64 bits of a double: how a value is stored and compared, so that -0 stays -0. */
uint64_t xh__tsdb_bits(double value);
/* Stored with each reading, so that damage which SQLite does not notice shows. */
int32_t xh__tsdb_digest(int64_t series_id, const struct xh_reading *reading);
/* The reading in the current row of a statement that selects TSDB_READING; is_in_force is left
 * false. XH_E_CORRUPT when its digest does not fit. */
int xh__tsdb_column_reading(struct tsdb_conn *conn, sqlite3_stmt *statement, int64_t series_id,
                            struct xh_reading *ret, struct xh_err *err);

/* What is out of force in a series: disjoint spans in ascending order. */
struct tsdb_span {
    uint64_t seq_from, seq_to;
};
struct tsdb_retracted {
    struct tsdb_span *spans;
    size_t count, capacity;
};
/* By the retractions numbered up to last_id and made at as_known_us at the latest. */
int xh__tsdb_retracted_load(struct tsdb_conn *conn, int64_t series_id, int64_t last_id,
                            int64_t as_known_us, struct tsdb_retracted *ret, struct xh_err *err);
bool xh__tsdb_is_retracted(const struct tsdb_retracted *retracted, uint64_t seq);
void xh__tsdb_retracted_finish(struct tsdb_retracted *retracted);

/* ---- the committer's side of the database: tsdb_apply.c ---- */

struct tsdb_series {
    struct xh_series_key key;
    int64_t id;
    enum xh_series_policy policy;
    uint64_t next_seq, reading_count;
    int64_t max_at_us;                 /* no reading is later; when has_max_at */
    bool has_max_at, has_retracted, is_dirty;
    struct tsdb_retracted retracted;   /* now; when has_retracted */
    struct tsdb_series *next_dirty;    /* those whose row is to be updated before the commit */
};

enum tsdb_job_kind { TSDB_JOB_APPEND, TSDB_JOB_DECLARE, TSDB_JOB_RETRACT, TSDB_JOB_ERASE };

struct tsdb_job {
    enum tsdb_job_kind kind;
    const struct xh_tsdb_batch *batch;       /* append */
    const struct xh_series_key *keys;        /* the others; key_count is 1 but for declare */
    size_t key_count;
    enum xh_series_policy policy;            /* declare */
    uint64_t seq_from, seq_to;               /* retract */
    int64_t at_us;
    int64_t from_us, to_us;                  /* erase */
    uint64_t count;                          /* out: retract, erase */
    uint64_t kept;                           /* out: append, readings kept */
    xh_tsdb_done_fn *done;                   /* submitted: called, then the job is freed */
    void *done_arg;
    bool is_finished;                        /* not submitted: somebody waits for this */
    int status;
    struct xh_err err;
    struct tsdb_job *next;
};

struct tsdb_applier;
int xh__tsdb_applier_open(struct tsdb_conn *conn, const struct xh_env *env,
                          struct tsdb_applier **ret, struct xh_err *err);
void xh__tsdb_applier_close(struct tsdb_applier *applier);
/* Carries a job out inside the transaction. A job that is refused has changed nothing, its status
 * says why, and 0 is returned. < 0: the database failed; the transaction must be rolled back and
 * the applier not be used again. */
int xh__tsdb_apply(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err);
/* Writes what belongs to the series before the commit. */
int xh__tsdb_apply_finish(struct tsdb_applier *applier, struct xh_err *err);

/* ---- the store ---- */

struct tsdb_committer;
/* Starts the thread. It takes the connection over. */
int xh__tsdb_committer_start(struct tsdb_conn *conn, const struct xh_env *env,
                             struct tsdb_committer **ret, struct xh_err *err);
void xh__tsdb_committer_stop(struct tsdb_committer *committer); /* after all that is queued */
/* appended, commits, queue_rows, is_poisoned */
void xh__tsdb_committer_stats(struct tsdb_committer *committer, struct xh_tsdb_stats *ret);

struct xh_tsdb {
    const struct xh_env *env;
    char *dir, *path;
    const char *vfs_name;
    struct tsdb_committer *committer;
    pthread_mutex_t pool_mutex;
    pthread_cond_t pool_is_free;
    struct tsdb_conn *pool;         /* free readers */
    size_t reader_count;            /* free or taken */
};

/* Waits while all readers are taken. */
int xh__tsdb_reader_take(struct xh_tsdb *db, struct tsdb_conn **ret, struct xh_err *err);
void xh__tsdb_reader_give(struct xh_tsdb *db, struct tsdb_conn *conn);
/* A connection outside the pool, for one long read. The caller closes it. */
int xh__tsdb_reader_open(struct xh_tsdb *db, struct tsdb_conn **ret, struct xh_err *err);

void xh__tsdb_key_text(const struct xh_series_key *key, char text[33]);

#endif
