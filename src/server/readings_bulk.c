/* readings_bulk.c: tables and NDJSON at full speed: POST /api/v1/readings?rows=refused. The usual
 * row is read by readings_quick.c and its series found by one look-up of its code (lines_find.c);
 * no result is kept for what was taken, only counters, refused rows, and the numbers by series. */
#include "server/lines_internal.h"
#include "server/readings_internal.h"

struct job {
    struct xh__line_batch batch; /* its lines are rows of the body, from 1 */
    uint64_t row_count;
    int status;                  /* of the bulk */
    struct xh_err err;
};

/* ---- rows ---- */

/* In the words that the caller may hear: there is none, or it is not his. */
static void refuse_series(struct job *job, struct xh_str code)
{
    struct xh__line_batch *batch = &job->batch;
    const struct xh_series *series = NULL;
    struct xh_err why = {0};
    if (batch->refusal_count < batch->refusals_max &&
        xh_series_get(batch->ctx, code, &series, &why) >= 0) {
        xh_series_put(series);
        (void)xh_err_field(&why, XH_E_FORBIDDEN, "series", code, "a series of your own", NULL,
                           "\"%s\" may not write readings into series \"%.*s\"",
                           batch->ctx->who->name, XH_STR_ARG(code));
    }
    xh__line_batch_refuse(batch, job->row_count, &why);
}

static int find(struct xh__line_batch *batch, struct xh_str code, uint32_t *ret_target,
                struct xh_err *err)
{
    struct xh_str nothing = {"", 0};
    uint64_t hash = xh__line_hash(batch->cache->seed, code);
    *ret_target = xh__line_find(batch->cache, hash, code, nothing);
    if (*ret_target != XH__LINE_UNKNOWN) {
        return XH_E_OK;
    }
    (void)pthread_rwlock_unlock(&batch->cache->lock);
    int status = xh__line_resolve_code(batch->finder, batch->cache, hash, code, ret_target, err);
    (void)pthread_rwlock_rdlock(&batch->cache->lock);
    return status;
}

static int take_reading(struct job *job, const struct xh__quick_reading *reading,
                        struct xh_err *err)
{
    struct xh__line_batch *batch = &job->batch;
    uint32_t target, part = XH__LINE_PART_NONE;
    int code = find(batch, reading->series, &target, err);
    if (code < 0) {
        return code;
    }
    part = target < XH__LINE_UNMATCHED ? xh__line_batch_part(batch, target) : part;
    if (part == XH__LINE_PART_NONE) {
        refuse_series(job, reading->series);
        return XH_E_OK;
    }
    const struct xh_tsdb_row row = {
        .key_index = part,
        .decimals = reading->decimals,
        .quality = reading->quality,
        .at_us = reading->at_us,
        .value = reading->value,
    };
    return xh__line_batch_add(batch, job->row_count, &row, err);
}

/* Rows as readings_decode.c makes them. */
static int take_rows(struct job *job, const struct xh__reading_rows *rows, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < rows->count; i++) {
        const struct xh__reading_row *row = &rows->items[i];
        job->row_count++;
        if (row->err != NULL) {
            xh__line_batch_refuse(&job->batch, job->row_count, row->err);
            continue;
        }
        const struct xh__quick_reading reading = {
            .series = row->reading.series,
            .at_us = row->reading.at_us,
            .value = row->reading.value,
            .decimals = row->reading.decimals,
            .quality = row->reading.quality,
        };
        code = take_reading(job, &reading, err);
    }
    return code;
}

static int read_quickly(struct job *job, struct xh__quick *quick, struct xh__reading_rows *rows,
                        struct xh_err *err)
{
    struct xh_arena *scratch = xh_arena_create("line");
    struct xh__quick_reading reading;
    int code = XH_E_OK, kind;
    while (code >= 0 && (kind = xh__quick_next(quick, &reading)) > 0) {
        if (kind == 1) {
            job->row_count++;
            code = take_reading(job, &reading, err);
            continue;
        }
        rows->count = 0;
        code = xh__quick_slowly(quick, scratch, rows, err);
        code = code < 0 ? code : take_rows(job, rows, err);
        xh_arena_reset(scratch);
    }
    xh_arena_destroy(scratch);
    return code;
}

static int read_body(struct xh__request *req, struct job *job, enum xh__readings_format format,
                     struct xh_err *err)
{
    struct xh__reading_rows rows = {.arena = req->arena};
    struct xh_str body = xh_buf_str(&req->body);
    struct xh__quick quick;
    int code = xh__quick_begin(&quick, format, body, req->ctx.now_us, err);
    if (code > 0) {
        code = read_quickly(job, &quick, &rows, err);
    } else if (code == 0) {
        code = xh__readings_decode(format, body, req->ctx.now_us, &rows, err);
        code = code < 0 ? code : take_rows(job, &rows, err);
    }
    if (code >= 0 && job->row_count == 0) {
        code = xh_err_field(err, XH_E_INVALID, "readings", XH_STR(""), "1 or more", "readings",
                            "there is no reading in the body");
    }
    return code;
}

/* ---- the answer ---- */

static void write_refused(struct xh_json_writer *w, const struct xh__line_batch *batch)
{
    xh_json_name(w, "rows");
    xh_json_array(w);
    for (size_t i = 0; i < batch->refusal_count; i++) {
        xh_json_object(w);
        xh_json_member_int(w, "row", (int64_t)batch->refusals[i].line);
        xh_json_member_string(w, "status", "refused");
        xh_json_name(w, "error");
        xh_json_object(w);
        xh__problem_write(w, &batch->refusals[i].err);
        xh_json_object_end(w);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_spans(struct xh_json_writer *w, const struct xh_ingest_bulk *bulk)
{
    xh_json_name(w, "spans");
    xh_json_array(w);
    for (size_t i = 0; i < bulk->series_count; i++) {
        if (bulk->spans[i].seq_to == 0) {
            continue;
        }
        xh_json_object(w);
        xh_json_member_int(w, "series_id", bulk->series[i]->id);
        xh_json_member_int(w, "seq_from", (int64_t)bulk->spans[i].seq_from);
        xh_json_member_int(w, "seq_to", (int64_t)bulk->spans[i].seq_to);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static void write_counts(struct xh_json_writer *w, const struct job *job)
{
    const struct xh_ingest_bulk *bulk = &job->batch.bulk;
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"taken", bulk->taken}, {"corrected", bulk->corrected}, {"duplicate", bulk->duplicate},
        {"late", bulk->late},   {"suspect", bulk->suspect},     {"refused", job->batch.refused},
    };
    for (size_t i = 0; i < XH_COUNT(counts); i++) {
        xh_json_name(w, counts[i].name);
        xh_json_int(w, (int64_t)counts[i].count);
    }
}

static void take_refusals(struct job *job)
{
    struct xh__line_batch *batch = &job->batch;
    const struct xh_ingest_bulk *bulk = &batch->bulk;
    for (size_t i = 0; i < bulk->refusal_count; i++) {
        xh__line_batch_refuse(batch, batch->scratch->line_of[bulk->refusals[i].row],
                              &bulk->refusals[i].err);
    }
    batch->refused += bulk->refused - bulk->refusal_count;
}

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    struct xh__line_batch *batch = &job->batch;
    struct xh_json_writer w;
    if (job->status < 0) {
        *err = job->err;
        return job->status;
    }
    take_refusals(job);
    if (job->row_count == 1 && batch->refusal_count == 1) {
        *err = batch->refusals[0].err;
        return err->code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_counts(&w, job);
    write_refused(&w, batch);
    write_spans(&w, &batch->bulk);
    xh_json_object_end(&w);
    return xh__respond_json(req, batch->refused == job->row_count ? 400 : 200);
}

/* On the committer's thread: a worker makes the answer, which may be long. */
static void done(void *arg, int status, const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    if (!xh__workers_push(req->server, req)) {
        xh__request_resume(req);
    }
}

static void release(void *batch)
{
    xh__line_batch_end(batch);
}

int xh__readings_bulk_post(struct xh__request *req, enum xh__readings_format format,
                           bool is_history, struct xh_err *err)
{
    struct job *job = XH_NEW(req->arena, struct job);
    struct xh__line_batch *batch = &job->batch;
    req->job = job;
    batch->finder = req->server->lines;
    batch->ctx = &req->ctx;
    batch->refusals_max = XH__READINGS_TOLD_MAX;
    batch->bulk.arena = req->arena;
    batch->bulk.is_history = is_history;
    xh_arena_defer(req->arena, release, batch);
    int code = xh__line_batch_begin(batch, err);
    if (code < 0) {
        return code;
    }
    code = read_body(req, job, format, err);
    xh__line_batch_fill(batch);
    if (code < 0) {
        return code;
    }
    batch->bulk.spans = XH_NEW_ARRAY(req->arena, struct xh_ingest_span,
                                     batch->bulk.series_count + 1);
    if (batch->bulk.count == 0) {
        return answer(req, err);
    }
    code = xh_ingest_bulk(&req->ctx, &batch->bulk, done, req, err);
    return code < 0 ? code : XH__LATER;
}
