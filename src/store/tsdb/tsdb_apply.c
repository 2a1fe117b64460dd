/* What the committer does to the database, job by job, inside its transaction.
 *
 * Every series is kept in memory: its number, policy, next seq and count, and the latest time it
 * has a reading for, so that readings that come in order are added without looking anything up.
 * What is in force at a time is always asked of the database.
 *
 * Only the committer's thread comes here.
 */
#include "base/arena.h"
#include "base/map.h"
#include "store/tsdb/tsdb_internal.h"

#include <stdlib.h>
#include <string.h>

struct tsdb_applier {
    struct tsdb_conn *conn;
    struct xh_arena *arena;         /* lives as long as the store: the series */
    struct xh_map *series;          /* key -> struct tsdb_series */
    struct tsdb_series *dirty;
    struct tsdb_series **batch;     /* the series of a batch's keys */
    size_t batch_capacity;
};

/* ---- series ---- */

static struct xh_str key_str(const struct xh_series_key *key)
{
    return (struct xh_str){(const char *)key->bytes, sizeof(key->bytes)};
}

static struct tsdb_series *find_series(struct tsdb_applier *applier,
                                       const struct xh_series_key *key)
{
    return xh_map_get(applier->series, key_str(key));
}

static struct tsdb_series *add_series(struct tsdb_applier *applier, const struct xh_series_key *key)
{
    struct tsdb_series *series = XH_NEW(applier->arena, struct tsdb_series);
    series->key = *key;
    xh_map_put(applier->series, key_str(&series->key), series);
    return series;
}

static int load_series(struct tsdb_applier *applier, struct xh_err *err)
{
    struct tsdb_conn *conn = applier->conn;
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(conn, TSDB_ALL_SERIES, &statement, err);
    if (rc < 0) {
        return rc;
    }
    while ((rc = xh__tsdb_step(conn, statement, err)) > 0) {
        struct xh_series_key key;
        const void *bytes = sqlite3_column_blob(statement, 1);
        if (bytes == NULL || sqlite3_column_bytes(statement, 1) != (int)sizeof(key.bytes)) {
            long long id = sqlite3_column_int64(statement, 0);
            sqlite3_reset(statement);
            return xh_err_set(err, XH_E_CORRUPT, "'%s': series number %lld has a damaged key",
                              conn->path, id);
        }
        memcpy(key.bytes, bytes, sizeof(key.bytes));
        struct tsdb_series *series = add_series(applier, &key);
        series->id = sqlite3_column_int64(statement, 0);
        series->policy = sqlite3_column_int(statement, 2) == 0 ? XH_POLICY_REPLACE
                                                               : XH_POLICY_KEEP_ALL;
        series->next_seq = (uint64_t)sqlite3_column_int64(statement, 3);
        series->reading_count = (uint64_t)sqlite3_column_int64(statement, 4);
    }
    return rc;
}

int xh__tsdb_applier_open(struct tsdb_conn *conn, const struct xh_env *env,
                          struct tsdb_applier **ret, struct xh_err *err)
{
    struct tsdb_applier *applier = xh_alloc(sizeof(*applier));
    uint64_t hash_key = 0;
    xh_env_random(env, &hash_key, sizeof(hash_key));
    applier->conn = conn;
    applier->arena = xh_arena_create("readings store");
    applier->series = xh_map_create(hash_key);
    int rc = load_series(applier, err);
    if (rc < 0) {
        xh__tsdb_applier_close(applier);
        return rc;
    }
    *ret = applier;
    return 0;
}

void xh__tsdb_applier_close(struct tsdb_applier *applier)
{
    size_t cursor = 0;
    struct xh_str key;
    void *series = NULL;
    while (xh_map_next(applier->series, &cursor, &key, &series)) {
        xh__tsdb_retracted_finish(&((struct tsdb_series *)series)->retracted);
    }
    xh_map_destroy(applier->series);
    xh_arena_destroy(applier->arena);
    free(applier->batch);
    free(applier);
}

static void mark_dirty(struct tsdb_applier *applier, struct tsdb_series *series)
{
    if (!series->is_dirty) {
        series->is_dirty = true;
        series->next_dirty = applier->dirty;
        applier->dirty = series;
    }
}

static int update_series(struct tsdb_applier *applier, const struct tsdb_series *series,
                         struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(applier->conn, TSDB_SERIES_UPDATE, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, (int64_t)series->next_seq);
    sqlite3_bind_int64(statement, 3, (int64_t)series->reading_count);
    return xh__tsdb_step(applier->conn, statement, err);
}

int xh__tsdb_apply_finish(struct tsdb_applier *applier, struct xh_err *err)
{
    while (applier->dirty != NULL) {
        struct tsdb_series *series = applier->dirty;
        int rc = update_series(applier, series, err);
        if (rc < 0) {
            return rc;
        }
        applier->dirty = series->next_dirty;
        series->is_dirty = false;
    }
    return 0;
}

/* The series of a key, or a job refused. */
static struct tsdb_series *need_series(struct tsdb_applier *applier, struct tsdb_job *job,
                                       const struct xh_series_key *key)
{
    struct tsdb_series *series = find_series(applier, key);
    if (series == NULL) {
        char text[33];
        xh__tsdb_key_text(key, text);
        job->status = xh_err_set(&job->err, XH_E_NOT_FOUND, "series '%s' was not declared", text);
    }
    return series;
}

/* ---- what is in force ---- */

static int load_retracted(struct tsdb_applier *applier, struct tsdb_series *series,
                          struct xh_err *err)
{
    if (series->has_retracted) {
        return 0;
    }
    int rc = xh__tsdb_retracted_load(applier->conn, series->id, INT64_MAX, INT64_MAX,
                                     &series->retracted, err);
    series->has_retracted = rc == 0;
    return rc;
}

/* 1: *ret is the reading in force now at that time in a series that replaces; 0: there is none. */
static int find_in_force(struct tsdb_applier *applier, struct tsdb_series *series, int64_t at_us,
                         struct xh_reading *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = load_retracted(applier, series, err);
    if (rc == 0) {
        rc = xh__tsdb_statement(applier->conn, TSDB_AT_TIME, &statement, err);
    }
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, at_us);
    while ((rc = xh__tsdb_step(applier->conn, statement, err)) > 0) {
        uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 1);
        if (!xh__tsdb_is_retracted(&series->retracted, seq)) {
            rc = xh__tsdb_column_reading(applier->conn, statement, series->id, ret, err);
            sqlite3_reset(statement);
            return rc < 0 ? rc : 1;
        }
    }
    return rc;
}

/* False: the series surely has no reading of that time. */
static int may_have_time(struct tsdb_applier *applier, struct tsdb_series *series, int64_t at_us,
                         bool *ret, struct xh_err *err)
{
    if (!series->has_max_at) {
        sqlite3_stmt *statement = NULL;
        int rc = xh__tsdb_statement(applier->conn, TSDB_SERIES_MAX_AT, &statement, err);
        if (rc < 0) {
            return rc;
        }
        sqlite3_bind_int64(statement, 1, series->id);
        rc = xh__tsdb_step(applier->conn, statement, err);
        if (rc < 0) {
            return rc;
        }
        series->max_at_us = sqlite3_column_type(statement, 0) == SQLITE_NULL
                                ? INT64_MIN
                                : sqlite3_column_int64(statement, 0);
        series->has_max_at = true;
        sqlite3_reset(statement);
    }
    *ret = at_us <= series->max_at_us;
    return 0;
}

/* ---- append ---- */

static int resolve_keys(struct tsdb_applier *applier, struct tsdb_job *job)
{
    const struct xh_tsdb_batch *batch = job->batch;
    if (applier->batch_capacity < batch->key_count) {
        applier->batch = xh_realloc(applier->batch, batch->key_count * sizeof(*applier->batch));
        applier->batch_capacity = batch->key_count;
    }
    for (size_t i = 0; i < batch->key_count; i++) {
        struct tsdb_series *series = need_series(applier, job, &batch->keys[i]);
        if (series == NULL) {
            return job->status;
        }
        if (series->next_seq + batch->row_count > TSDB_SEQ_END) {
            char text[33];
            xh__tsdb_key_text(&series->key, text);
            job->status = xh_err_set(&job->err, XH_E_INVALID,
                                     "series '%s' has no room for %zu more readings: it ends at"
                                     " %llu",
                                     text, batch->row_count, (unsigned long long)TSDB_SEQ_END - 1);
            return job->status;
        }
        applier->batch[i] = series;
    }
    return 0;
}

static int insert_reading(struct tsdb_applier *applier, int64_t series_id,
                          const struct xh_reading *reading, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(applier->conn, TSDB_READING_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, reading->at_us);
    sqlite3_bind_int64(statement, 3, (int64_t)reading->seq);
    sqlite3_bind_int64(statement, 4, (int64_t)xh__tsdb_bits(reading->value));
    sqlite3_bind_int64(statement, 5, reading->arrival_us);
    sqlite3_bind_int(statement, 6, reading->quality);
    sqlite3_bind_int(statement, 7, reading->decimals);
    sqlite3_bind_int(statement, 8, xh__tsdb_digest(series_id, reading));
    return xh__tsdb_step(applier->conn, statement, err);
}

static bool is_same(const struct xh_reading *a, const struct xh_reading *b)
{
    return xh__tsdb_bits(a->value) == xh__tsdb_bits(b->value) &&
           ((a->quality ^ b->quality) & ~XH_QUALITY_LATE) == 0;
}

/* The fate of a reading in a series that replaces; for a duplicate its seq too. */
static int find_fate(struct tsdb_applier *applier, struct tsdb_series *series,
                     struct xh_reading *reading, enum xh_tsdb_fate *ret, struct xh_err *err)
{
    bool may_have = false;
    struct xh_reading in_force;
    int rc = may_have_time(applier, series, reading->at_us, &may_have, err);
    if (rc == 0 && may_have) {
        rc = find_in_force(applier, series, reading->at_us, &in_force, err);
    }
    if (rc < 0) {
        return rc;
    }
    *ret = XH_FATE_NEW;
    if (rc == 1) {
        bool is_duplicate = is_same(reading, &in_force);
        *ret = is_duplicate ? XH_FATE_DUPLICATE : XH_FATE_CORRECTION;
        reading->seq = in_force.seq;
    }
    return 0;
}

static int append_row(struct tsdb_applier *applier, struct tsdb_job *job, size_t index,
                      struct xh_err *err)
{
    const struct xh_tsdb_batch *batch = job->batch;
    const struct xh_tsdb_row *row = &batch->rows[index];
    struct tsdb_series *series = applier->batch[row->key_index];
    struct xh_reading reading = {.at_us = row->at_us,
                                 .value = row->value,
                                 .arrival_us = batch->arrival_us,
                                 .quality = row->quality,
                                 .decimals = row->decimals};
    enum xh_tsdb_fate fate = XH_FATE_NEW;
    int rc = 0;
    if (series->policy == XH_POLICY_REPLACE) {
        rc = find_fate(applier, series, &reading, &fate, err);
    }
    if (rc == 0 && fate != XH_FATE_DUPLICATE) {
        reading.seq = series->next_seq;
        rc = insert_reading(applier, series->id, &reading, err);
        series->next_seq++;
        series->reading_count++;
        if (reading.at_us > series->max_at_us) {
            series->max_at_us = reading.at_us; /* of no meaning yet unless has_max_at */
        }
        job->kept++;
        mark_dirty(applier, series);
    }
    if (rc == 0 && batch->ret_seq != NULL) {
        batch->ret_seq[index] = reading.seq;
    }
    if (rc == 0 && batch->ret_fate != NULL) {
        batch->ret_fate[index] = (uint8_t)fate;
    }
    return rc;
}

static int apply_append(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err)
{
    if (resolve_keys(applier, job) < 0) {
        return 0;
    }
    for (size_t i = 0; i < job->batch->row_count; i++) {
        int rc = append_row(applier, job, i, err);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

/* ---- declare ---- */

static int insert_series(struct tsdb_applier *applier, const struct xh_series_key *key,
                         enum xh_series_policy policy, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(applier->conn, TSDB_SERIES_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_blob(statement, 1, key->bytes, sizeof(key->bytes), SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, 2, (int)policy);
    rc = xh__tsdb_step(applier->conn, statement, err);
    if (rc < 0) {
        return rc;
    }
    struct tsdb_series *series = add_series(applier, key);
    series->id = sqlite3_last_insert_rowid(applier->conn->db);
    series->policy = policy;
    series->next_seq = 1;
    return 0;
}

static int apply_declare(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err)
{
    for (size_t i = 0; i < job->key_count; i++) {
        struct tsdb_series *series = find_series(applier, &job->keys[i]);
        if (series != NULL && series->policy != job->policy) {
            char text[33];
            xh__tsdb_key_text(&job->keys[i], text);
            job->status = xh_err_set(&job->err, XH_E_CONFLICT,
                                     "series '%s' was declared with the other policy", text);
            return 0;
        }
    }
    for (size_t i = 0; i < job->key_count; i++) {
        if (find_series(applier, &job->keys[i]) == NULL) {
            int rc = insert_series(applier, &job->keys[i], job->policy, err);
            if (rc < 0) {
                return rc;
            }
        }
    }
    return 0;
}

/* ---- retract ---- */

/* 1 or 0: whether the reading is in force now. */
static int is_in_force(struct tsdb_applier *applier, struct tsdb_series *series,
                       const struct xh_reading *reading, struct xh_err *err)
{
    if (xh__tsdb_is_retracted(&series->retracted, reading->seq)) {
        return 0;
    }
    if (series->policy == XH_POLICY_KEEP_ALL) {
        return 1;
    }
    struct xh_reading in_force;
    int rc = find_in_force(applier, series, reading->at_us, &in_force, err);
    return rc == 1 ? in_force.seq == reading->seq : rc;
}

static int count_in_force(struct tsdb_applier *applier, struct tsdb_series *series,
                          uint64_t seq_from, uint64_t seq_to, uint64_t *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = load_retracted(applier, series, err);
    if (rc == 0) {
        rc = xh__tsdb_statement(applier->conn, TSDB_BY_SEQ, &statement, err);
    }
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, (int64_t)seq_from);
    sqlite3_bind_int64(statement, 3, (int64_t)seq_to);
    uint64_t count = 0;
    while ((rc = xh__tsdb_step(applier->conn, statement, err)) > 0) {
        struct xh_reading reading;
        rc = xh__tsdb_column_reading(applier->conn, statement, series->id, &reading, err);
        if (rc == 0) {
            rc = is_in_force(applier, series, &reading, err);
        }
        if (rc < 0) {
            sqlite3_reset(statement);
            return rc;
        }
        count += (uint64_t)rc;
    }
    if (rc == 0) {
        *ret = count;
    }
    return rc;
}

static int insert_retraction(struct tsdb_applier *applier, int64_t series_id, uint64_t seq_from,
                             uint64_t seq_to, int64_t at_us, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(applier->conn, TSDB_RETRACTION_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, (int64_t)seq_from);
    sqlite3_bind_int64(statement, 3, (int64_t)seq_to);
    sqlite3_bind_int64(statement, 4, at_us);
    return xh__tsdb_step(applier->conn, statement, err);
}

static int apply_retract(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err)
{
    struct tsdb_series *series = need_series(applier, job, job->keys);
    if (series == NULL) {
        return 0;
    }
    /* Numbers not given yet are not meant: what they will name cannot be known. */
    uint64_t seq_to = job->seq_to < series->next_seq ? job->seq_to : series->next_seq - 1;
    if (job->seq_from > seq_to) {
        return 0;
    }
    int rc = count_in_force(applier, series, job->seq_from, seq_to, &job->count, err);
    if (rc == 0) {
        rc = insert_retraction(applier, series->id, job->seq_from, seq_to, job->at_us, err);
    }
    xh__tsdb_retracted_finish(&series->retracted);
    series->has_retracted = false;
    return rc;
}

/* ---- erase ---- */

static int apply_erase(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err)
{
    struct tsdb_series *series = need_series(applier, job, job->keys);
    if (series == NULL) {
        return 0;
    }
    sqlite3_stmt *statement = NULL;
    int rc = xh__tsdb_statement(applier->conn, TSDB_READING_ERASE, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, job->from_us);
    sqlite3_bind_int64(statement, 3, job->to_us);
    rc = xh__tsdb_step(applier->conn, statement, err);
    if (rc < 0) {
        return rc;
    }
    job->count = (uint64_t)sqlite3_changes64(applier->conn->db);
    if (job->count > series->reading_count) {
        return xh_err_set(err, XH_E_CORRUPT,
                          "'%s': series number %lld has more readings than"
                          " were counted",
                          applier->conn->path, (long long)series->id);
    }
    series->reading_count -= job->count;
    mark_dirty(applier, series);
    return 0;
}

int xh__tsdb_apply(struct tsdb_applier *applier, struct tsdb_job *job, struct xh_err *err)
{
    switch (job->kind) {
    case TSDB_JOB_APPEND:
        return apply_append(applier, job, err);
    case TSDB_JOB_DECLARE:
        return apply_declare(applier, job, err);
    case TSDB_JOB_RETRACT:
        return apply_retract(applier, job, err);
    case TSDB_JOB_ERASE:
        return apply_erase(applier, job, err);
    }
    return xh_err_set(err, XH_E_INTERNAL, "a job of unknown kind");
}
