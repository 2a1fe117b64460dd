/* readings_in.c: POST /api/v1/readings. Decoded on a worker, handed to ingest, answered when the
 * committer says that it is on disk: no thread waits meanwhile. */
#include <string.h>

#include "base/map.h"
#include "server/readings_internal.h"
#include "server/server_internal.h"

enum {
    /* a small answer is made on the socket's thread, a large one by a worker */
    ANSWER_HERE_ROWS = 64,
};

struct job {
    struct xh__reading_rows rows;
    struct xh_ingest_batch batch;
    size_t *row_of;         /* row of the body that a row of the batch came from */
    struct xh_ingest_result *results; /* by row of the body */
    bool only_refused;      /* leave out the rows that were taken */
    int status;             /* of the batch */
    struct xh_err err;
};

static int format_find(const struct xh__request *req, enum xh__readings_format *ret,
                       struct xh_err *err)
{
    static const struct {
        const char *type;
        enum xh__readings_format format;
    } types[] = {
        {"application/json", XH__READINGS_JSON},       {"", XH__READINGS_JSON},
        {"application/x-ndjson", XH__READINGS_NDJSON}, {"application/ndjson", XH__READINGS_NDJSON},
        {"application/jsonl", XH__READINGS_NDJSON},    {"text/csv", XH__READINGS_CSV},
    };
    for (size_t i = 0; i < XH_COUNT(types); i++) {
        if (xh__request_is_type(req, types[i].type)) {
            *ret = types[i].format;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_UNSUPPORTED, "Content-Type",
                        xh__request_header(req, "Content-Type"),
                        "application/json, application/x-ndjson, text/csv", NULL,
                        "readings come as application/json, application/x-ndjson or text/csv");
}

/* The rows that have nothing wrong so far make the batch. */
static void batch_fill(struct job *job, struct xh_arena *arena)
{
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, job->rows.count);
    job->row_of = XH_NEW_ARRAY(arena, size_t, job->rows.count);
    job->results = XH_NEW_ARRAY(arena, struct xh_ingest_result, job->rows.count);
    job->batch.arena = arena;
    job->batch.rows = rows;
    for (size_t i = 0; i < job->rows.count; i++) {
        job->results[i].status = XH_INGEST_REFUSED;
        job->results[i].err = job->rows.items[i].err;
        if (job->rows.items[i].err == NULL) {
            job->row_of[job->batch.count] = i;
            rows[job->batch.count++] = job->rows.items[i].reading;
        } else {
            job->batch.refused++;
        }
    }
    job->batch.results = XH_NEW_ARRAY(arena, struct xh_ingest_result, job->batch.count);
}

/* ---- the answer ---- */

static void write_row(struct xh_json_writer *w, size_t at, const struct xh_ingest_result *result)
{
    static const char *const names[] = {
        [XH_INGEST_TAKEN] = "taken",
        [XH_INGEST_CORRECTED] = "corrected",
        [XH_INGEST_DUPLICATE] = "duplicate",
        [XH_INGEST_REFUSED] = "refused",
    };
    xh_json_object(w);
    xh_json_member_int(w, "row", (int64_t)at + 1);
    xh_json_member_string(w, "status", names[result->status]);
    if (result->status != XH_INGEST_REFUSED) {
        xh_json_member_int(w, "seq", (int64_t)result->seq);
        xh_json_name(w, "quality");
        xh__quality_write(w, result->quality);
    } else if (result->err != NULL) {
        xh_json_name(w, "error");
        xh_json_object(w);
        xh__problem_write(w, result->err);
        xh_json_object_end(w);
    }
    xh_json_object_end(w);
}

static void write_counts(struct xh_json_writer *w, const struct xh_ingest_batch *b,
                         uint64_t refused)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"taken", b->taken}, {"corrected", b->corrected}, {"duplicate", b->duplicate},
        {"late", b->late},   {"suspect", b->suspect},     {"refused", refused},
    };
    for (size_t i = 0; i < XH_COUNT(counts); i++) {
        xh_json_name(w, counts[i].name);
        xh_json_int(w, (int64_t)counts[i].count);
    }
}

/* Of an answer that leaves out what was taken: which numbers those readings got, by series, so that
 * they can be taken back. A batch is numbered as one. */
struct span {
    int64_t series_id;
    uint64_t seq_from, seq_to;
    struct span *next;
};

static void write_spans(struct xh_json_writer *w, struct job *job)
{
    struct xh_map *map = xh_map_create(0);
    struct span *first = NULL;
    for (size_t i = 0; i < job->batch.count; i++) {
        const struct xh_ingest_result *r = &job->batch.results[i];
        struct xh_str key = {(const char *)&r->series_id, sizeof r->series_id};
        if (r->status != XH_INGEST_TAKEN && r->status != XH_INGEST_CORRECTED) {
            continue;
        }
        struct span *span = xh_map_get(map, key);
        if (span == NULL) {
            span = XH_NEW(job->batch.arena, struct span);
            *span = (struct span){r->series_id, r->seq, r->seq, first};
            first = span;
            (void)xh_map_put(map, key, span);
        }
        span->seq_from = r->seq < span->seq_from ? r->seq : span->seq_from;
        span->seq_to = r->seq > span->seq_to ? r->seq : span->seq_to;
    }
    xh_map_destroy(map);
    xh_json_name(w, "spans");
    xh_json_array(w);
    for (const struct span *span = first; span != NULL; span = span->next) {
        xh_json_object(w);
        xh_json_member_int(w, "series_id", span->series_id);
        xh_json_member_int(w, "seq_from", (int64_t)span->seq_from);
        xh_json_member_int(w, "seq_to", (int64_t)span->seq_to);
        xh_json_object_end(w);
    }
    xh_json_array_end(w);
}

static uint64_t count_refused(const struct job *job)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < job->rows.count; i++) {
        refused += job->results[i].status == XH_INGEST_REFUSED;
    }
    return refused;
}

static int answer(struct xh__request *req, struct xh_err *err)
{
    struct job *job = req->job;
    struct xh_json_writer w;
    if (job->status < 0) {
        *err = job->err;
        return job->status;
    }
    for (size_t i = 0; i < job->batch.count; i++) {
        job->results[job->row_of[i]] = job->batch.results[i];
    }
    uint64_t refused = count_refused(job);
    if (refused == 1 && job->rows.count == 1 && job->results[0].err != NULL) {
        *err = *job->results[0].err;
        return err->code;
    }
    xh__respond_begin(req, &w);
    xh_json_object(&w);
    write_counts(&w, &job->batch, refused);
    xh_json_name(&w, "rows");
    xh_json_array(&w);
    for (size_t i = 0; i < job->rows.count; i++) {
        if (!job->only_refused || job->results[i].status == XH_INGEST_REFUSED) {
            write_row(&w, i, &job->results[i]);
        }
    }
    xh_json_array_end(&w);
    if (job->only_refused) {
        write_spans(&w, job);
    }
    xh_json_object_end(&w);
    return xh__respond_json(req, refused == job->rows.count ? 400 : 200);
}

/* On the committer's thread: hands on and is gone. */
static void done(void *arg, int status, const struct xh_err *err)
{
    struct xh__request *req = arg;
    struct job *job = req->job;
    job->status = xh__request_told(status, err, &job->err);
    req->then = answer;
    if (job->rows.count <= ANSWER_HERE_ROWS || !xh__workers_push(req->server, req)) {
        xh__request_resume(req);
    }
}

/* ---- the request ---- */

static int take_rows_option(struct xh__request *req, struct job *job, struct xh_err *err)
{
    struct xh_str text = xh__request_param(req, "rows");
    job->only_refused = xh_str_is(text, "refused");
    if (text.len == 0 || job->only_refused || xh_str_is(text, "all")) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "rows", text, "all, refused", NULL,
                        "rows \"%.*s\" is neither all nor refused", XH_STR_ARG(text));
}

/* An import says of its rows which are late (service/ingest.h): nobody from outside may. */
static int take_history_option(struct xh__request *req, struct job *job, struct xh_err *err)
{
    int code = xh__request_bool(req, "history", &job->batch.is_history, err);
    if (code >= 0 && job->batch.is_history && !req->is_local) {
        return xh_err_set(err, XH_E_FORBIDDEN,
                          "history is taken in through the socket in the data folder only");
    }
    return code;
}

int xh__readings_post(struct xh__request *req, struct xh_err *err)
{
    struct job *job = XH_NEW(req->arena, struct job);
    enum xh__readings_format format = XH__READINGS_JSON;
    job->rows.arena = req->arena;
    req->job = job;
    int code = format_find(req, &format, err);
    code = code < 0 ? code : take_rows_option(req, job, err);
    code = code < 0 ? code : take_history_option(req, job, err);
    if (code >= 0 && job->only_refused && format != XH__READINGS_JSON) {
        return xh__readings_bulk_post(req, format, job->batch.is_history, err);
    }
    code = code < 0 ? code
                    : xh__readings_decode(format, xh_buf_str(&req->body), req->ctx.now_us,
                                          &job->rows, err);
    if (code < 0) {
        return code;
    }
    batch_fill(job, req->arena);
    if (job->batch.count == 0) {
        return answer(req, err);
    }
    code = xh_ingest_submit(&req->ctx, &job->batch, done, req, err);
    return code < 0 ? code : XH__LATER;
}
