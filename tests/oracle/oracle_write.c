/* Appending, retracting, erasing. What can be refused is refused before anything is changed. */
#include "base/arena.h"
#include "oracle_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- what is refused ---- */

static bool is_time(int64_t at_us)
{
    return at_us >= XH_TIME_MIN && at_us <= XH_TIME_MAX;
}

static bool is_row(const struct xh_tsdb_row *row, size_t key_count)
{
    return row->key_index < key_count && isfinite(row->value) &&
           row->decimals >= XH_NUM_DECIMALS_SHORTEST && row->decimals <= XH_NUM_DECIMALS_MAX &&
           is_time(row->at_us);
}

static int check_batch(struct xh_oracle *db, const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    if (batch->row_count > XH_TSDB_BATCH_ROWS_MAX || !is_time(batch->arrival_us)) {
        return xh_err_set(err, XH_E_INVALID, "a batch too large or with an impossible arrival");
    }
    for (size_t i = 0; i < batch->row_count; i++) {
        if (!is_row(&batch->rows[i], batch->key_count)) {
            return xh_err_set(err, XH_E_INVALID, "row %zu cannot be", i);
        }
    }
    for (size_t i = 0; i < batch->key_count; i++) {
        const struct oracle_series *series = xh__oracle_series_find(db, &batch->keys[i]);
        if (series == NULL) {
            return xh__oracle_series_err(&batch->keys[i], XH_E_NOT_FOUND, "was not declared", err);
        }
        if (series->next_seq + batch->row_count > ORACLE_SEQ_END) {
            return xh__oracle_series_err(&series->key, XH_E_INVALID, "has no more numbers", err);
        }
    }
    return 0;
}

/* ---- append ---- */

static int insert_reading(struct xh_oracle *db, int64_t series_id,
                          const struct xh_reading *reading, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_READING_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series_id);
    sqlite3_bind_int64(statement, 2, reading->at_us);
    sqlite3_bind_int64(statement, 3, (int64_t)reading->seq);
    sqlite3_bind_int64(statement, 4, (int64_t)xh__oracle_bits(reading->value));
    sqlite3_bind_int64(statement, 5, reading->arrival_us);
    sqlite3_bind_int(statement, 6, reading->quality);
    sqlite3_bind_int(statement, 7, reading->decimals);
    return xh__oracle_step(db, statement, err);
}

static bool is_same(const struct xh_reading *a, const struct xh_reading *b)
{
    return xh__oracle_bits(a->value) == xh__oracle_bits(b->value) &&
           ((a->quality ^ b->quality) & ~XH_QUALITY_LATE) == 0;
}

static int append_row(struct xh_oracle *db, const struct xh_tsdb_batch *batch, size_t index,
                      struct xh_err *err)
{
    const struct xh_tsdb_row *row = &batch->rows[index];
    struct oracle_series *series = xh__oracle_series_find(db, &batch->keys[row->key_index]);
    struct xh_reading in_force, reading = {.at_us = row->at_us,
                                           .value = row->value,
                                           .arrival_us = batch->arrival_us,
                                           .seq = series->next_seq,
                                           .quality = row->quality,
                                           .decimals = row->decimals};
    enum xh_tsdb_fate fate = XH_FATE_NEW;
    if (series->policy == XH_POLICY_REPLACE) {
        int found = xh__oracle_in_force(db, series, row->at_us, &in_force, err);
        if (found < 0) {
            return found;
        }
        if (found == 1) {
            fate = is_same(&reading, &in_force) ? XH_FATE_DUPLICATE : XH_FATE_CORRECTION;
        }
    }
    if (batch->ret_seq != NULL) {
        batch->ret_seq[index] = fate == XH_FATE_DUPLICATE ? in_force.seq : reading.seq;
    }
    if (batch->ret_fate != NULL) {
        batch->ret_fate[index] = (uint8_t)fate;
    }
    if (fate == XH_FATE_DUPLICATE) {
        return 0;
    }
    series->next_seq++;
    series->reading_count++;
    return insert_reading(db, series->id, &reading, err);
}

int xh_oracle_append(struct xh_oracle *db, const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    int rc = check_batch(db, batch, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__oracle_run(db, ORACLE_BEGIN, err);
    for (size_t i = 0; i < batch->row_count && rc == 0; i++) {
        rc = append_row(db, batch, i, err);
    }
    for (size_t i = 0; i < batch->key_count && rc == 0; i++) {
        rc = xh__oracle_series_update(db, xh__oracle_series_find(db, &batch->keys[i]), err);
    }
    return rc < 0 ? rc : xh__oracle_run(db, ORACLE_COMMIT, err);
}

/* ---- retract ---- */

/* 1 or 0: whether the reading is in force now. */
static int is_in_force(struct xh_oracle *db, const struct oracle_series *series,
                       const struct xh_reading *reading, struct xh_err *err)
{
    if (xh__oracle_is_retracted(&series->retracted, reading->seq)) {
        return 0;
    }
    if (series->policy == XH_POLICY_KEEP_ALL) {
        return 1;
    }
    struct xh_reading in_force;
    int rc = xh__oracle_in_force(db, series, reading->at_us, &in_force, err);
    return rc == 1 ? in_force.seq == reading->seq : rc;
}

static int count_in_force(struct xh_oracle *db, const struct oracle_series *series,
                          uint64_t seq_from, uint64_t seq_to, uint64_t *ret, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_BY_SEQ, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, (int64_t)seq_from);
    sqlite3_bind_int64(statement, 3, (int64_t)seq_to);
    uint64_t count = 0;
    while ((rc = xh__oracle_step(db, statement, err)) > 0) {
        struct xh_reading reading = xh__oracle_column_reading(statement);
        rc = is_in_force(db, series, &reading, err);
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

static int insert_retraction(struct xh_oracle *db, struct oracle_series *series, uint64_t seq_from,
                             uint64_t seq_to, int64_t at_us, struct xh_err *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_RETRACTION_ADD, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, (int64_t)seq_from);
    sqlite3_bind_int64(statement, 3, (int64_t)seq_to);
    sqlite3_bind_int64(statement, 4, at_us);
    rc = xh__oracle_step(db, statement, err);
    if (rc < 0) {
        return rc;
    }
    xh__oracle_retracted_finish(&series->retracted);
    return xh__oracle_retracted_load(db, series->id, INT64_MAX, INT64_MAX, &series->retracted, err);
}

int xh_oracle_retract(struct xh_oracle *db, const struct xh_series_key *key, uint64_t seq_from,
                      uint64_t seq_to, int64_t at_us, uint64_t *ret_count, struct xh_err *err)
{
    if (seq_from == 0 || seq_from > seq_to || !is_time(at_us)) {
        return xh_err_set(err, XH_E_INVALID, "no range of numbers, or an impossible time");
    }
    struct oracle_series *series = xh__oracle_series_find(db, key);
    if (series == NULL) {
        return xh__oracle_series_err(key, XH_E_NOT_FOUND, "was not declared", err);
    }
    /* Numbers not given yet are not meant: what they will name cannot be known. */
    uint64_t last = seq_to < series->next_seq ? seq_to : series->next_seq - 1;
    uint64_t count = 0;
    int rc = 0;
    if (seq_from <= last) {
        rc = count_in_force(db, series, seq_from, last, &count, err);
        if (rc == 0) {
            rc = insert_retraction(db, series, seq_from, last, at_us, err);
        }
    }
    if (rc == 0 && ret_count != NULL) {
        *ret_count = count;
    }
    return rc;
}

/* ---- erase ---- */

int xh_oracle_erase(struct xh_oracle *db, const struct xh_series_key *key, int64_t from_us,
                    int64_t to_us, uint64_t *ret_count, struct xh_err *err)
{
    if (from_us > to_us) {
        return xh_err_set(err, XH_E_INVALID, "the range to erase ends before it begins");
    }
    struct oracle_series *series = xh__oracle_series_find(db, key);
    if (series == NULL) {
        return xh__oracle_series_err(key, XH_E_NOT_FOUND, "was not declared", err);
    }
    sqlite3_stmt *statement = NULL;
    int rc = xh__oracle_statement(db, ORACLE_READING_ERASE, &statement, err);
    if (rc < 0) {
        return rc;
    }
    sqlite3_bind_int64(statement, 1, series->id);
    sqlite3_bind_int64(statement, 2, from_us);
    sqlite3_bind_int64(statement, 3, to_us);
    rc = xh__oracle_step(db, statement, err);
    if (rc < 0) {
        return rc;
    }
    uint64_t count = (uint64_t)sqlite3_changes64(db->sql);
    series->reading_count -= count;
    if (ret_count != NULL) {
        *ret_count = count;
    }
    return xh__oracle_series_update(db, series, err);
}
