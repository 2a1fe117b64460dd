/* vee_edit.c: readings that somebody, or a rule, puts in: the record first, then the readings, then
 * their numbers into the record. */
#include <string.h>

#include "service/ingest_internal.h"
#include "service/records.h"
#include "service/records_internal.h"
#include "service/use.h"
#include "service/vee_internal.h"

enum { READ_COUNT = 256, PAGE_COUNT = 100 };

/* ---- what is there ---- */

/* Values in force at the times of the edit, into its part. */
static int note_before(struct xh_ctx *ctx, const struct xh__vee_edit *edit, struct xh_doc *doc,
                       struct xh_err *err)
{
    struct xh_tsdb_range range = {
        .key = edit->series->key, .from_us = edit->values[0].at_us,
        .to_us = edit->values[edit->count - 1].at_us + 1,
    };
    struct xh_reading page[READ_COUNT];
    struct xh_tsdb_cursor *cursor;
    ptrdiff_t count;
    size_t at = 0;
    int code = xh_tsdb_read(xh_ctx_engine(ctx)->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while ((count = xh_tsdb_next(cursor, page, READ_COUNT, err)) > 0) {
        for (ptrdiff_t i = 0; i < count; i++) {
            while (at < edit->count && edit->values[at].at_us < page[i].at_us) {
                at++;
            }
            if (at < edit->count && edit->values[at].at_us == page[i].at_us) {
                xh_value_set_real(xh_doc_put(doc, "values", at, "before"), page[i].value);
                xh_value_set_int(xh_doc_put(doc, "values", at, "before_quality"), page[i].quality);
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return count < 0 ? (int)count : XH_E_OK;
}

static void fill(struct xh_ctx *ctx, const struct xh__vee_edit *edit, struct xh_doc *doc)
{
    xh_doc_set_int(doc, "series", edit->series->id);
    if (edit->series->owner_id != 0) {
        xh_doc_set_int(doc, "owner", edit->series->owner_id);
    }
    xh_doc_set_string(doc, "kind", edit->kind);
    xh_doc_set_string(doc, "method", edit->method);
    xh_doc_set_int(doc, "time_from", edit->from_us);
    xh_doc_set_int(doc, "time_to", edit->to_us);
    if (edit->has_value) {
        xh_doc_set_real(doc, "value", edit->value);
    }
    xh_doc_set_text(doc, "reason", edit->reason);
    xh_doc_set_string(doc, "asked_by", edit->asked_by);
    xh_doc_set_int(doc, "begun_us", xh_env_now_us(xh_ctx_engine(ctx)->env));
    if (edit->finding_id != 0) {
        xh_doc_set_int(doc, "finding", edit->finding_id);
    }
    for (size_t i = 0; i < edit->count; i++) {
        size_t row = xh_doc_add(doc, "values");
        xh_value_set_int(xh_doc_put(doc, "values", row, "time"), edit->values[i].at_us);
        xh_value_set_real(xh_doc_put(doc, "values", row, "after"), edit->values[i].value);
    }
}

/* ---- taking back ---- */

static int take_back(struct xh_ctx *ctx, const struct xh_series *series, uint64_t seq_from,
                     uint64_t seq_to, uint64_t *count, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh__flight flight;
    uint64_t retracted = 0;
    xh__flight_begin(engine, &flight);
    int code = xh_tsdb_retract(engine->tsdb, &series->key, seq_from, seq_to, flight.arrival_us,
                               &retracted, err);
    xh__flight_end(engine, &flight);
    *count += retracted;
    return code;
}

/* All spans of an edit, its days dropped before and checked again later. */
static int take_back_spans(struct xh_ctx *ctx, const struct xh_series *series,
                           const struct xh_doc *doc, uint64_t *ret_count, struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    int64_t from_us = xh_doc_int(doc, "time_from"), to_us = xh_doc_int(doc, "time_to");
    uint64_t count = 0;
    int code = xh_use_write_begin(engine, series, from_us, to_us, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < xh_doc_count(doc, "spans"); i++) {
        code = take_back(ctx, series,
                         (uint64_t)xh_value_int(xh_doc_at(doc, "spans", i, "seq_from")),
                         (uint64_t)xh_value_int(xh_doc_at(doc, "spans", i, "seq_to")), &count, err);
    }
    xh_use_write_end(engine, series);
    xh__vee_note(engine, series->id, from_us, to_us);
    *ret_count = count;
    return code < 0 ? code : XH_E_OK;
}

/* ---- writing ---- */

static void span_add(struct xh_doc *doc, uint64_t seq)
{
    size_t count = xh_doc_count(doc, "spans");
    if (count > 0 &&
        (uint64_t)xh_value_int(xh_doc_at(doc, "spans", count - 1, "seq_to")) + 1 == seq) {
        xh_value_set_int(xh_doc_put(doc, "spans", count - 1, "seq_to"), (int64_t)seq);
        return;
    }
    size_t row = xh_doc_add(doc, "spans");
    xh_value_set_int(xh_doc_put(doc, "spans", row, "seq_from"), (int64_t)seq);
    xh_value_set_int(xh_doc_put(doc, "spans", row, "seq_to"), (int64_t)seq);
}

/* The numbers that the readings got. An estimate that stands before a real reading, which came in
 * since the gap was looked at, goes at once. */
static int note_numbers(struct xh_ctx *ctx, const struct xh__vee_edit *edit,
                        const struct xh_ingest_batch *batch, struct xh_doc *doc, uint64_t *count,
                        struct xh_err *err)
{
    bool is_estimate = (edit->quality & XH_QUALITY_ESTIMATED) != 0;
    uint64_t gone = 0;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < batch->count; i++) {
        const struct xh_ingest_result *result = &batch->results[i];
        if (result->status == XH_INGEST_REFUSED) {
            if (err != NULL && result->err != NULL) {
                *err = *result->err;
            }
            code = result->err != NULL ? result->err->code : XH_E_INVALID;
        } else if (result->status == XH_INGEST_CORRECTED && is_estimate) {
            code = take_back(ctx, edit->series, result->seq, result->seq, &gone, err);
        } else if (result->status != XH_INGEST_DUPLICATE) {
            span_add(doc, result->seq);
            ++*count;
        }
    }
    return code < 0 ? code : XH_E_OK;
}

static int write_readings(struct xh_ctx *ctx, const struct xh__vee_edit *edit, struct xh_doc *doc,
                          uint64_t *count, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("batch");
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, edit->count);
    struct xh_ingest_batch batch = {
        .arena = arena, .rows = rows, .count = edit->count, .is_history = true,
        .results = XH_NEW_ARRAY(arena, struct xh_ingest_result, edit->count),
    };
    for (size_t i = 0; i < edit->count; i++) {
        rows[i] = (struct xh_ingest_row){
            .series = edit->series->code, .at_us = edit->values[i].at_us,
            .value = edit->values[i].value, .decimals = XH_NUM_DECIMALS_SHORTEST,
            .quality = edit->quality,
        };
    }
    int code = xh_ingest(ctx, &batch, err);
    code = code < 0 ? code : note_numbers(ctx, edit, &batch, doc, count, err);
    xh_arena_destroy(arena);
    return code;
}

/* ---- the record ---- */

struct ending {
    const struct xh_record *edit;   /* its spans filled */
    const char *verb;
    int64_t finding_id;
    const char *finding_verb;
};

static int finding_move(struct xh_ctx *ctx, const struct ending *e, struct xh_err *err)
{
    struct xh_record finding;
    int code = xh_record_get(ctx, "core.vee_finding", e->finding_id, &finding, err);
    if (code < 0) {
        return code;
    }
    bool is_replace = strcmp(e->finding_verb, "replace") == 0;
    if (!xh_str_is(finding.state, is_replace ? "open" : "estimated")) {
        return XH_E_OK; /* somebody closed it, or the check says it no more */
    }
    for (size_t i = 0; i < finding.type->transition_count; i++) {
        const struct xh_transition *t = &finding.type->transitions[i];
        if (strcmp(t->verb, e->finding_verb) == 0) {
            struct xh_doc *in = xh_doc_create(ctx->arena, t->in);
            if (is_replace) {
                xh_doc_set_int(in, "edit", e->edit->id);
            }
            return xh_record_verb(ctx, "core.vee_finding", e->finding_id, t->verb, in, NULL, err);
        }
    }
    return XH_E_OK;
}

static int end_write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct ending *e = arg;
    struct xh_record copy = *e->edit;
    int code = XH_E_OK;
    if (strcmp(e->verb, "finish") == 0) {
        code = xh_record_put(ctx, &copy, err);
    }
    code = code < 0
               ? code
               : xh_record_verb(ctx, "core.reading_edit", e->edit->id, e->verb, NULL, NULL, err);
    return code < 0 || e->finding_id == 0 ? code : finding_move(ctx, e, err);
}

static int end(struct xh_ctx *ctx, const struct ending *e, struct xh_err *err)
{
    struct ending copy = *e;
    return xh_records_write(ctx, end_write, &copy, err);
}

static int check_series(struct xh_ctx *ctx, const struct xh_series *series, struct xh_err *err)
{
    if (!xh_series_may_write(ctx, series)) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not edit readings of series \"%.*s\"",
                          ctx->who->name, XH_STR_ARG(series->code));
    }
    if (series->policy != XH_POLICY_REPLACE) {
        return xh_err_field(err, XH_E_CONFLICT, "policy", XH_STR("keep_all"), "replace", NULL,
                            "series \"%.*s\" keeps all its values: an edit would stand beside them",
                            XH_STR_ARG(series->code));
    }
    return XH_E_OK;
}

int xh__vee_edit_write(struct xh_ctx *ctx, const struct xh__vee_edit *edit, int64_t *ret_id,
                       uint64_t *ret_count, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    struct xh_record record;
    uint64_t count = 0;
    xh_assert(edit->count > 0 && edit->count <= XH_VEE_EDIT_VALUES_MAX);
    int code = check_series(ctx, edit->series, err);
    code = code < 0 ? code : xh_record_new(own, "core.reading_edit", &record, err);
    if (code < 0) {
        return code;
    }
    fill(ctx, edit, record.doc);
    code = note_before(ctx, edit, record.doc, err);
    code = code < 0 ? code : xh_record_put(own, &record, err);
    if (code < 0) {
        return code;
    }
    struct ending e = {&record, "finish", edit->finding_id, "replace"};
    code = write_readings(own, edit, record.doc, &count, err);
    code = code < 0 ? code : end(own, &e, err);
    if (code < 0) { /* not told as done: what of it is there goes with the next run */
        xh__vee_note(xh_ctx_engine(ctx), edit->series->id, edit->from_us, edit->to_us);
        return code;
    }
    *ret_id = record.id;
    *ret_count = count;
    return XH_E_OK;
}

int xh__vee_edit_undo(struct xh_ctx *ctx, int64_t id, uint64_t *ret_count, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_record record;
    const struct xh_series *series;
    int code = xh_record_get(ctx, "core.reading_edit", id, &record, err);
    if (code < 0) {
        return code;
    }
    if (!xh_str_is(record.state, "done")) {
        return xh_err_field(err, XH_E_CONFLICT, "state", record.state, "done", NULL,
                            "edit %lld is \"%.*s\": it can be undone when it is done",
                            (long long)id, XH_STR_ARG(record.state));
    }
    code = xh_series_get_id(ctx, xh_doc_int(record.doc, "series"), &series, err);
    if (code < 0) {
        return code;
    }
    code = check_series(ctx, series, err);
    code = code < 0 ? code : take_back_spans(ctx, series, record.doc, ret_count, err);
    xh_series_put(series);
    struct ending e = {&record, "undo", xh_doc_int(record.doc, "finding"), "restore"};
    return code < 0 ? code : end(xh__elevate(&elevated, ctx, NULL), &e, err);
}

/* ---- what broke off ---- */

struct page {
    struct xh_record items[PAGE_COUNT];
    size_t count;
};

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct page *page = arg;
    (void)err;
    page->items[page->count++] = *record;
    return XH_E_OK;
}

/* The readings of an edit whose numbers nobody wrote down: same time, same value, the mark of an
 * edit, and arrived since it was begun. */
static int find_written(struct xh_ctx *ctx, const struct xh_series *series, struct xh_doc *doc,
                        struct xh_err *err)
{
    const unsigned marks = XH_QUALITY_ESTIMATED | XH_QUALITY_MANUAL;
    struct xh_tsdb_range range = {
        .key = series->key, .from_us = xh_doc_int(doc, "time_from"),
        .to_us = xh_doc_int(doc, "time_to") + 1, .with_corrected = true,
    };
    struct xh_reading page[READ_COUNT];
    struct xh_tsdb_cursor *cursor;
    ptrdiff_t count;
    size_t at = 0, value_count = xh_doc_count(doc, "values");
    int code = xh_tsdb_read(xh_ctx_engine(ctx)->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while ((count = xh_tsdb_next(cursor, page, READ_COUNT, err)) > 0) {
        for (ptrdiff_t i = 0; i < count; i++) {
            while (at < value_count &&
                   xh_value_int(xh_doc_at(doc, "values", at, "time")) < page[i].at_us) {
                at++;
            }
            bool is_own = at < value_count &&
                          xh_value_int(xh_doc_at(doc, "values", at, "time")) == page[i].at_us &&
                          xh_value_real(xh_doc_at(doc, "values", at, "after")) == page[i].value;
            if (is_own && !page[i].is_retracted && (page[i].quality & marks) != 0 &&
                page[i].arrival_us >= xh_doc_int(doc, "begun_us")) {
                span_add(doc, page[i].seq);
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return count < 0 ? (int)count : XH_E_OK;
}

static int settle(struct xh_ctx *ctx, struct xh_record *record, struct xh_err *err)
{
    const struct xh_series *series;
    uint64_t count = 0;
    struct ending e = {record, "fail", 0, NULL};
    int code = xh_series_get_id(ctx, xh_doc_int(record->doc, "series"), &series, err);
    if (code == XH_E_NOT_FOUND) {
        return end(ctx, &e, err);
    }
    if (code < 0) {
        return code;
    }
    code = find_written(ctx, series, record->doc, err);
    code = code < 0 ? code : take_back_spans(ctx, series, record->doc, &count, err);
    xh_series_put(series);
    return code < 0 ? code : end(ctx, &e, err);
}

int xh__vee_edits_settle(struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh__vee *vee = xh_ctx_engine(ctx)->vee;
    struct page *page = XH_NEW(ctx->arena, struct page);
    struct xh_filter filter = {.field = "state", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = PAGE_COUNT,
                           .with_parts = true};
    struct xh_str next;
    filter.value.type = XH_T_TEXT;
    xh_value_set_text(&filter.value, XH_STR("begun"));
    (void)pthread_mutex_lock(&vee->work_lock);
    int code = xh_record_list(ctx, "core.reading_edit", &list, keep, page, &next, err);
    for (size_t i = 0; code >= 0 && i < page->count; i++) {
        code = settle(ctx, &page->items[i], err);
    }
    (void)pthread_mutex_unlock(&vee->work_lock);
    return code < 0 ? code : XH_E_OK;
}
