/* lines_batch.c: a body of lines to the rows of a bulk. The usual line costs one hash of its head,
 * one of each field's name and a look-up; no lock is taken but once for the body. */
#include <stdlib.h>
#include <string.h>

#include "server/lines_internal.h"

enum { ROWS_FIRST = 16384 };

struct reading {
    struct xh__line_batch *batch;
    struct xh__lines lines;
    struct xh__line line;
    uint64_t head_hash;
    size_t matched, unmatched; /* fields of the line */
};

void xh__line_batch_refuse(struct xh__line_batch *batch, uint64_t line, const struct xh_err *why)
{
    batch->refused++;
    if (batch->refusal_count < batch->refusals_max) {
        batch->refusals = xh_arena_grow(batch->ctx->arena, batch->refusals,
                                        &batch->refusal_capacity, batch->refusal_count + 1,
                                        sizeof *batch->refusals);
        batch->refusals[batch->refusal_count++] = (struct xh__line_refusal){line, *why};
    }
}

/* ---- rows ---- */

static int rows_grow(struct xh__line_scratch *scratch, struct xh_err *err)
{
    size_t capacity = scratch->row_capacity > 0 ? scratch->row_capacity * 2 : ROWS_FIRST;
    if (scratch->row_count == XH_TSDB_BATCH_ROWS_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "body", XH_STR("more"), "1048576", "readings",
                            "one request holds at most %d readings", XH_TSDB_BATCH_ROWS_MAX);
    }
    scratch->rows = xh_realloc(scratch->rows, capacity * sizeof *scratch->rows);
    scratch->line_of = xh_realloc(scratch->line_of, capacity * sizeof *scratch->line_of);
    scratch->row_capacity = capacity;
    return XH_E_OK;
}

static void parts_grow(struct xh__line_scratch *scratch, size_t need)
{
    size_t capacity = scratch->part_capacity > 0 ? scratch->part_capacity : 256;
    while (capacity < need) {
        capacity *= 2;
    }
    size_t more = capacity - scratch->part_capacity;
    scratch->parts = xh_realloc(scratch->parts, capacity * sizeof *scratch->parts);
    memset(scratch->parts + scratch->part_capacity, 0, more * sizeof *scratch->parts);
    scratch->part_capacity = capacity;
}

/* The series' place among those of the batch, when it is met for the first time. */
static uint32_t part_add(struct xh__line_batch *batch, uint32_t target)
{
    struct xh__line_scratch *s = batch->scratch;
    const struct xh_series *series = batch->cache->series[target];
    uint32_t part = XH__LINE_PART_NONE;
    if (target >= s->part_capacity) {
        parts_grow(s, (size_t)target + 1);
    }
    if (xh_series_may_write(batch->ctx, series)) {
        if (s->series_count == s->series_capacity) {
            s->series_capacity = s->series_capacity > 0 ? s->series_capacity * 2 : 256;
            s->series = xh_realloc(s->series, s->series_capacity * sizeof *s->series);
        }
        part = (uint32_t)s->series_count;
        s->series[s->series_count++] = series;
    }
    s->parts[target] = (struct xh__line_part){s->stamp, part};
    return part;
}

uint32_t xh__line_batch_part(struct xh__line_batch *batch, uint32_t target)
{
    const struct xh__line_scratch *s = batch->scratch;
    if (target < s->part_capacity && s->parts[target].stamp == s->stamp) {
        return s->parts[target].part;
    }
    return part_add(batch, target);
}

int xh__line_batch_add(struct xh__line_batch *batch, uint64_t line, const struct xh_tsdb_row *row,
                       struct xh_err *err)
{
    struct xh__line_scratch *s = batch->scratch;
    if (s->row_count == s->row_capacity) {
        int code = rows_grow(s, err);
        if (code < 0) {
            return code;
        }
    }
    s->line_of[s->row_count] = (uint32_t)line;
    s->rows[s->row_count++] = *row;
    return XH_E_OK;
}

int xh__line_batch_begin(struct xh__line_batch *batch, struct xh_err *err)
{
    int code = xh__line_cache_get(batch->finder, &batch->cache, err);
    if (code >= 0) {
        batch->scratch = xh__line_scratch_get(batch->finder, batch->cache);
        (void)pthread_rwlock_rdlock(&batch->cache->lock);
    }
    return code;
}

void xh__line_batch_fill(struct xh__line_batch *batch)
{
    (void)pthread_rwlock_unlock(&batch->cache->lock);
    batch->bulk.series = batch->scratch->series;
    batch->bulk.series_count = batch->scratch->series_count;
    batch->bulk.rows = batch->scratch->rows;
    batch->bulk.count = batch->scratch->row_count;
    batch->bulk.refusals_max = batch->refusals_max;
}

/* ---- lines ---- */

static void refuse_text(struct reading *r, const struct xh__line_field *field)
{
    struct xh_err why;
    (void)xh_err_field(&why, XH_E_INVALID, "value", xh__line_shown(field->text), "a number", NULL,
                       "line %llu: the field \"%.*s\" is a text, its series takes numbers",
                       (unsigned long long)r->line.number, XH_STR_ARG(xh__line_shown(field->name)));
    xh__line_batch_refuse(r->batch, r->line.number, &why);
}

static int take_field(struct reading *r, const struct xh__line_field *field, uint32_t target,
                      struct xh_err *err)
{
    uint32_t part = XH__LINE_PART_NONE;
    if (target < XH__LINE_UNMATCHED) {
        part = xh__line_batch_part(r->batch, target);
    }
    if (target == XH__LINE_LEFT_OUT) {
        r->matched++;
        r->batch->left_out++;
        return XH_E_OK;
    }
    if (part == XH__LINE_PART_NONE) {
        r->unmatched++;
        return XH_E_OK;
    }
    r->matched++;
    if (field->kind == XH__LINE_TEXT) {
        refuse_text(r, field);
        return XH_E_OK;
    }
    const struct xh_tsdb_row row = {
        .key_index = part,
        .decimals = field->decimals,
        .at_us = r->line.at_us,
        .value = field->value,
    };
    return xh__line_batch_add(r->batch, r->line.number, &row, err);
}

/* Lets the lock go meanwhile. A malformed head: XH_E_INVALID. */
static int resolve(struct reading *r, const struct xh__line_field *field, uint64_t hash,
                   uint32_t *ret_target, struct xh_err *err)
{
    struct xh__line_batch *batch = r->batch;
    (void)pthread_rwlock_unlock(&batch->cache->lock);
    int code = xh__line_resolve(batch->finder, batch->cache, batch->ctx, hash, r->line.head,
                                field->name, ret_target, err);
    (void)pthread_rwlock_rdlock(&batch->cache->lock);
    return code;
}

static void refuse_unmatched(struct reading *r)
{
    struct xh__line_batch *batch = r->batch;
    const struct xh__line *line = &r->line;
    struct xh_str head = xh__line_shown(line->head), field = xh__line_shown(line->fields[0].name);
    struct xh_err why;
    (void)xh_err_field(&why, XH_E_NOT_FOUND, "measurement", head,
                       "a series, or a rule that names one", NULL,
                       "line %llu: no series of yours answers to \"%.*s\" and its field \"%.*s\"",
                       (unsigned long long)line->number, XH_STR_ARG(head), XH_STR_ARG(field));
    xh__line_batch_refuse(batch, line->number, &why);
    (void)atomic_fetch_add(&batch->finder->unmatched_lines, 1);
    xh__line_note_unmatched(batch->finder, batch->cache, line->head, line->fields[0].name,
                            batch->ctx->now_us);
}

/* A fault of the line is refused here; < 0: of the whole. */
static int take_line(struct reading *r, struct xh_err *err)
{
    struct xh__line_batch *batch = r->batch;
    struct xh__line *line = &r->line;
    uint64_t head_hash = xh__line_hash(batch->cache->seed, line->head);
    r->matched = r->unmatched = 0;
    line->at_us = line->has_time ? line->at_us : batch->ctx->now_us;
    for (size_t i = 0; i < line->field_count; i++) {
        const struct xh__line_field *field = &line->fields[i];
        uint64_t hash = xh__line_hash(head_hash, field->name);
        uint32_t target = xh__line_find(batch->cache, hash, line->head, field->name);
        struct xh_err why = {0};
        int code = target != XH__LINE_UNKNOWN ? XH_E_OK : resolve(r, field, hash, &target, &why);
        if (code == XH_E_INVALID || code == XH_E_TOO_LARGE) {
            struct xh_err told = why;
            (void)xh_err_field(&why, code, told.field, xh_str_from(told.value), told.limit, NULL,
                               "line %llu: %s", (unsigned long long)line->number, told.text);
            xh__line_batch_refuse(batch, line->number, &why);
            return XH_E_OK;
        }
        if (code < 0) {
            *err = why;
            return code;
        }
        code = take_field(r, field, target, err);
        if (code < 0) {
            return code;
        }
    }
    if (r->matched == 0) {
        refuse_unmatched(r);
    } else {
        batch->left_out += r->unmatched;
    }
    return XH_E_OK;
}

static int read_lines(struct reading *r, struct xh_err *err)
{
    struct xh_err why;
    for (;;) {
        int code = xh__lines_next(&r->lines, &r->line, &why);
        if (code == 0) {
            return XH_E_OK;
        }
        r->batch->lines++;
        if (code < 0) {
            xh__line_batch_refuse(r->batch, r->line.number, &why);
            continue;
        }
        code = take_line(r, err);
        if (code < 0) {
            return code;
        }
    }
}

int xh__line_batch_read(struct xh__line_batch *batch, struct xh_str body,
                        struct xh__line_precision precision, struct xh_err *err)
{
    struct reading r;
    batch->refusals_max = XH__LINE_REFUSALS_TOLD;
    int code = xh__line_batch_begin(batch, err);
    if (code < 0) {
        return code;
    }
    r.batch = batch;
    xh__lines_begin(&r.lines, body, precision);
    code = read_lines(&r, err);
    xh__line_batch_fill(batch);
    (void)atomic_fetch_add(&batch->finder->lines, batch->lines);
    (void)atomic_fetch_add(&batch->finder->left_out, batch->left_out);
    return code;
}

void xh__line_batch_take_refusals(struct xh__line_batch *batch)
{
    const struct xh_ingest_bulk *bulk = &batch->bulk;
    for (size_t i = 0; i < bulk->refusal_count; i++) {
        uint64_t line = batch->scratch->line_of[bulk->refusals[i].row];
        struct xh_err told = bulk->refusals[i].err, why;
        (void)xh_err_field(&why, told.code, told.field, xh_str_from(told.value), told.limit,
                           told.unit, "line %llu: %s", (unsigned long long)line, told.text);
        xh__line_batch_refuse(batch, line, &why);
    }
    batch->refused += bulk->refused - bulk->refusal_count;
    (void)atomic_fetch_add(&batch->finder->refused, batch->refused);
    (void)atomic_fetch_add(&batch->finder->readings,
                           bulk->taken + bulk->corrected + bulk->duplicate);
}

void xh__line_batch_end(struct xh__line_batch *batch)
{
    if (batch->scratch != NULL) {
        xh__line_scratch_put(batch->finder, batch->scratch);
        batch->scratch = NULL;
    }
    xh__line_cache_put(batch->cache);
    batch->cache = NULL;
}
