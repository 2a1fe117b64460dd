/* What callers of the writing functions do themselves: rows are checked, keys resolved, a job
 * made. */
#include "base/arena.h"
#include "store/tsdb/commit_internal.h"
#include "store/tsdb/scan_internal.h"

#include <math.h>
#include <stdlib.h>

/* ---- what is refused before it is queued ---- */

static int check_time(int64_t at_us, const char *field, struct xh_err *err)
{
    if (at_us >= XH_TIME_MIN && at_us <= XH_TIME_MAX) {
        return 0;
    }
    char text[XH_NUM_TEXT_BYTES];
    size_t len = xh_int_print(at_us, text);
    return xh_err_field(err, XH_E_INVALID, field, (struct xh_str){text, len},
                        "the years 0001 to 9999", "us", "'%s' is outside the years 0001 to 9999",
                        field);
}

static int refuse_number(const char *field, int64_t value, const char *limit, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    size_t len = xh_int_print(value, text);
    return xh_err_field(err, XH_E_INVALID, field, (struct xh_str){text, len}, limit, NULL,
                        "a reading's %s is '%s', allowed is %s", field, text, limit);
}

static int check_row(const struct xh_tsdb_row *row, size_t key_count, struct xh_err *err)
{
    if (row->key_index >= key_count) {
        return refuse_number("key_index", row->key_index, "less than the count of keys", err);
    }
    if (!isfinite(row->value)) {
        struct xh_str value = isnan(row->value) ? XH_STR("not a number") : XH_STR("infinite");
        return xh_err_field(err, XH_E_INVALID, "value", value, "finite", NULL,
                            "a reading's value is not finite");
    }
    if (row->decimals < XH_NUM_DECIMALS_SHORTEST || row->decimals > XH_NUM_DECIMALS_MAX) {
        return refuse_number("decimals", row->decimals, "-1 to 17", err);
    }
    return check_time(row->at_us, "at_us", err);
}

static int check_batch(const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    if (batch->row_count > XH_TSDB_BATCH_ROWS_MAX) {
        return xh_err_set(err, XH_E_INVALID, "a batch of %zu readings is too large, %d are allowed",
                          batch->row_count, XH_TSDB_BATCH_ROWS_MAX);
    }
    int rc = check_time(batch->arrival_us, "arrival_us", err);
    for (size_t i = 0; i < batch->row_count && rc == 0; i++) {
        rc = check_row(&batch->rows[i], batch->key_count, err);
        if (rc < 0) {
            xh_err_prefix(err, "rows[%zu].", i);
        }
    }
    return rc;
}

/* ---- keys ---- */

static int not_found(const struct xh_series_key *key, struct xh_err *err)
{
    char text[33];
    xh__series_key_text(key, text);
    return xh_err_set(err, XH_E_NOT_FOUND, "series '%s' was not declared", text);
}

/* An unknown key is told in the job's turn, like everything that depends on what came before. */
static void resolve(struct xh_tsdb *db, struct xh__commit_job *job)
{
    size_t unknown = xh__dict_find(db->dict, job->keys, job->key_count, job->ids);
    for (size_t i = 0; unknown > 0 && i < job->key_count; i++) {
        if (job->ids[i] == XH__ID_NONE) {
            job->status = not_found(&job->keys[i], &job->err);
            return;
        }
    }
}

static void prepare_append(struct xh_tsdb *db, const struct xh_tsdb_batch *batch,
                           struct xh__commit_job *job)
{
    job->kind = XH__COMMIT_JOB_APPEND;
    job->batch = batch;
    job->keys = batch->keys;
    job->key_count = batch->key_count;
    job->ids = xh_alloc((batch->key_count + 1) * sizeof(*job->ids));
    resolve(db, job);
}

/* ---- public ---- */

int xh_tsdb_append(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, struct xh_err *err)
{
    int rc = check_batch(batch, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__commit_job job = {0};
    prepare_append(db, batch, &job);
    rc = xh__commit_job_run(db, &job, err);
    free(job.ids);
    return rc;
}

int xh_tsdb_submit(struct xh_tsdb *db, const struct xh_tsdb_batch *batch, xh_tsdb_done_fn *done,
                   void *arg, struct xh_err *err)
{
    xh_assert(done != NULL);
    int rc = check_batch(batch, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__commit_job *job = xh_alloc(sizeof(*job));
    prepare_append(db, batch, job);
    job->done = done;
    job->done_arg = arg;
    rc = xh__commit_job_submit(db, job, err);
    if (rc < 0) {
        free(job->ids);
        free(job);
    }
    return rc;
}

int xh_tsdb_declare(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    enum xh_series_policy policy, struct xh_err *err)
{
    xh_assert(policy == XH_POLICY_REPLACE || policy == XH_POLICY_KEEP_ALL);
    struct xh__commit_job job = {
        .kind = XH__COMMIT_JOB_DECLARE, .keys = keys, .key_count = count, .policy = policy};
    return xh__commit_job_run(db, &job, err);
}

/* A job about one series that answers with a count. */
static int run_counting_job(struct xh_tsdb *db, struct xh__commit_job *job, uint64_t *ret_count,
                            struct xh_err *err)
{
    uint32_t id = XH__ID_NONE;
    job->key_count = 1;
    job->ids = &id;
    resolve(db, job);
    int rc = xh__commit_job_run(db, job, err);
    if (rc == 0 && ret_count != NULL) {
        *ret_count = job->count;
    }
    return rc;
}

int xh_tsdb_retract(struct xh_tsdb *db, const struct xh_series_key *key, uint64_t seq_from,
                    uint64_t seq_to, int64_t at_us, uint64_t *ret_count, struct xh_err *err)
{
    if (seq_from == 0 || seq_from > seq_to) {
        return xh_err_set(err, XH_E_INVALID,
                          "readings %llu to %llu are no range: numbers start at 1 and ascend",
                          (unsigned long long)seq_from, (unsigned long long)seq_to);
    }
    int rc = check_time(at_us, "at_us", err);
    if (rc < 0) {
        return rc;
    }
    struct xh__commit_job job = {.kind = XH__COMMIT_JOB_RETRACT,
                          .keys = key,
                          .seq_from = seq_from,
                          .seq_to = seq_to,
                          .at_us = at_us};
    return run_counting_job(db, &job, ret_count, err);
}

int xh_tsdb_erase(struct xh_tsdb *db, const struct xh_series_key *key, int64_t from_us,
                  int64_t to_us, uint64_t *ret_count, struct xh_err *err)
{
    if (from_us > to_us) {
        return xh_err_set(err, XH_E_INVALID, "the range to erase ends before it begins");
    }
    struct xh__commit_job job = {
        .kind = XH__COMMIT_JOB_ERASE, .keys = key, .from_us = from_us, .to_us = to_us};
    return run_counting_job(db, &job, ret_count, err);
}
