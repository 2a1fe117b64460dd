/* ingest_check.c: what makes a reading acceptable, suspect or late. */
#include <math.h>

#include "base/num.h"
#include "service/ingest_internal.h"

/* ---- series of a batch ---- */

static struct xh_err *err_make(struct xh__ingest_work *work)
{
    return XH_NEW(work->batch->arena, struct xh_err);
}

static struct xh__ingest_part *part_find(struct xh__ingest_work *work, struct xh_str code)
{
    if (work->part_by_code != NULL) {
        size_t index = (size_t)(uintptr_t)xh_map_get(work->part_by_code, code);
        return index > 0 ? &work->parts[index - 1] : NULL;
    }
    for (size_t i = work->part_count; i > 0; i--) {
        if (xh_str_equal(work->parts[i - 1].code, code)) {
            return &work->parts[i - 1];
        }
    }
    return NULL;
}

static void map_put(struct xh__ingest_work *work, size_t index)
{
    (void)xh_map_put(work->part_by_code, work->parts[index].code, (void *)(uintptr_t)(index + 1));
}

static struct xh__ingest_part *part_add(struct xh__ingest_work *work, struct xh_str code)
{
    work->parts = xh_arena_grow(work->batch->arena, work->parts, &work->part_capacity,
                                work->part_count + 1, sizeof *work->parts);
    struct xh__ingest_part *part = &work->parts[work->part_count++];
    *part = (struct xh__ingest_part){.code = code};
    if (work->part_by_code != NULL) {
        map_put(work, work->part_count - 1);
    } else if (work->part_count > XH__INGEST_PARTS_LINEAR) {
        uint64_t hash_key = 0;
        xh_env_random(work->engine->env, &hash_key, sizeof hash_key);
        work->part_by_code = xh_map_create(hash_key);
        for (size_t i = 0; i < work->part_count; i++) {
            map_put(work, i);
        }
    }
    return part;
}

/* A batch of a million bad rows must not cost a million sentences. */
static struct xh_err *row_err(struct xh__ingest_work *work, const struct xh_err *why)
{
    if (work->error_count == XH__INGEST_ERRORS_MAX) {
        return work->last_err;
    }
    work->last_err = err_make(work);
    *work->last_err = *why;
    if (++work->error_count == XH__INGEST_ERRORS_MAX) {
        (void)xh_err_set(work->last_err, why->code,
                         "this row and others behind it are wrong too, but only %d are told one by"
                         " one",
                         XH__INGEST_ERRORS_MAX - 1);
    }
    return work->last_err;
}

static void part_refuse(struct xh__ingest_work *work, struct xh__ingest_part *part,
                        const struct xh_err *why)
{
    xh_series_put(part->series);
    part->series = NULL;
    part->err = row_err(work, why);
}

static void check_may_write(struct xh__ingest_work *work, struct xh__ingest_part *part)
{
    struct xh_err why = {0};
    if (part->series != NULL && !xh_series_may_write(&work->ctx, part->series)) {
        (void)xh_err_field(&why, XH_E_FORBIDDEN, "series", part->code, "a series of your own", NULL,
                           "\"%s\" may not write readings into series \"%.*s\"",
                           work->ctx.who->name, XH_STR_ARG(part->code));
        part_refuse(work, part, &why);
    }
}

/* 1; 0: it would have to wait; < 0: a fault of ours, not of the row's. */
static int part_load(struct xh__ingest_work *work, struct xh__ingest_part *part, bool may_wait,
                     struct xh_err *err)
{
    struct xh_err why = {0};
    part->series = xh_series_peek(&work->ctx, part->code);
    if (part->series == NULL && !may_wait) {
        return 0;
    }
    if (part->series == NULL) {
        int code = xh_series_get(&work->ctx, part->code, &part->series, &why);
        if (code == XH_E_NOT_FOUND || code == XH_E_INVALID || code == XH_E_FORBIDDEN ||
            code == XH_E_CONFLICT) { /* a policy that its readings do not have: of no other's */
            part->series = NULL;
            part_refuse(work, part, &why);
        } else if (code < 0) {
            if (err != NULL) {
                *err = why;
            }
            return code;
        }
    }
    check_may_write(work, part);
    return 1;
}

/* ---- rows ---- */

static int check_time(int64_t at_us, int64_t arrival_us, struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES], now[XH_TIME_TEXT_BYTES], limit[XH_TIME_TEXT_BYTES];
    if (at_us >= 0 && at_us <= arrival_us + XH_US_PER_DAY) {
        return XH_E_OK;
    }
    struct xh_str value = {text, xh_time_print(at_us, text)};
    (void)xh_time_print(arrival_us, now);
    (void)xh_time_print(arrival_us + XH_US_PER_DAY, limit);
    if (at_us < 0) {
        return xh_err_field(err, XH_E_INVALID, "time", value, "1970-01-01T00:00:00Z or later", NULL,
                            "the time %s lies before 1970", text);
    }
    return xh_err_field(err, XH_E_INVALID, "time", value, limit, NULL,
                        "the time %s is more than a day ahead of now, %s: check the clock", text,
                        now);
}

static int check_value(const struct xh_ingest_row *row, const struct xh_series *series,
                       struct xh_err *err)
{
    if (!isfinite(row->value)) {
        struct xh_str value = isnan(row->value) ? XH_STR("not a number") : XH_STR("infinite");
        return xh_err_field(err, XH_E_INVALID, "value", value, "a finite number",
                            series->unit->symbol, "the value is %.*s, it must be a finite number",
                            XH_STR_ARG(value));
    }
    if (row->decimals < XH_NUM_DECIMALS_SHORTEST || row->decimals > XH_NUM_DECIMALS_MAX) {
        char text[XH_NUM_TEXT_BYTES];
        struct xh_str value = {text, xh_int_print(row->decimals, text)};
        return xh_err_field(err, XH_E_INVALID, "value", value, "0 to 17", "decimals",
                            "the value has %s decimals, at most 17 can be kept", text);
    }
    return XH_E_OK;
}

/* The plausible range: the series' own in its unit, else that of the quantity in the unit shown.
 * What is plausible growth of a register only its neighbours tell: kernel/register.h. */
static bool is_plausible(const struct xh_series *s, double value)
{
    if (s->min != 0 || s->max != 0) {
        return value >= s->min && value <= s->max;
    }
    if (s->meter.kind == XH_METER_REGISTER && !s->is_gauge && !s->is_state) {
        return value >= 0;
    }
    const struct xh_quantity *q = s->quantity;
    double shown = value;
    if (q == NULL || (q->min == 0 && q->max == 0) ||
        s->unit->dimension != s->shown_unit->dimension ||
        xh_unit_convert(value, s->unit, s->shown_unit, &shown, NULL) < 0) {
        return true;
    }
    return shown >= q->min && shown <= q->max;
}

static bool is_late(const struct xh_series *s, int64_t at_us, int64_t arrival_us)
{
    int64_t limit_us = 3 * s->meter.period_us;
    limit_us = limit_us > XH_US_PER_HOUR ? limit_us : XH_US_PER_HOUR;
    return at_us < arrival_us - limit_us;
}

static void refuse_row(struct xh__ingest_work *work, struct xh_ingest_result *result,
                       struct xh_err *why)
{
    result->status = XH_INGEST_REFUSED;
    result->err = why;
    work->batch->refused++;
}

static void keep_row(struct xh__ingest_work *work, size_t index, struct xh__ingest_part *part)
{
    const struct xh_ingest_row *row = &work->batch->rows[index];
    const struct xh_series *s = part->series;
    size_t at = work->tsdb.row_count++;
    if (!part->has_rows) {
        part->key_index = (uint32_t)work->tsdb.key_count++;
        work->keys[part->key_index] = s->key;
        work->series[part->key_index] = s;
    }
    unsigned quality = row->quality & ~(unsigned)XH_QUALITY_LATE;
    quality |= is_plausible(s, row->value) ? 0U : XH_QUALITY_SUSPECT;
    bool may_be_late = !work->batch->is_history || (row->quality & XH_QUALITY_LATE) != 0;
    if (may_be_late && is_late(s, row->at_us, work->flight.arrival_us)) {
        quality |= XH_QUALITY_LATE;
    }
    work->row_of[at] = index;
    work->rows[at] = (struct xh_tsdb_row){
        .key_index = part->key_index,
        .decimals = row->decimals,
        .quality = (uint8_t)quality,
        .at_us = row->at_us,
        .value = row->value,
    };
    part->from_us = !part->has_rows || row->at_us < part->from_us ? row->at_us : part->from_us;
    part->to_us = !part->has_rows || row->at_us > part->to_us ? row->at_us : part->to_us;
    part->has_rows = true;
}

static void check_row(struct xh__ingest_work *work, size_t index, struct xh__ingest_part *part)
{
    const struct xh_ingest_row *row = &work->batch->rows[index];
    struct xh_ingest_result *result = &work->batch->results[index];
    struct xh_err why = {0};
    *result = (struct xh_ingest_result){0};
    if (part->series == NULL) {
        refuse_row(work, result, part->err);
        return;
    }
    result->series_id = part->series->id;
    int code = check_value(row, part->series, &why);
    code = code < 0 ? code : check_time(row->at_us, work->flight.arrival_us, &why);
    if (code == XH_E_OK) {
        keep_row(work, index, part);
        return;
    }
    refuse_row(work, result, row_err(work, &why));
}

/* ---- the batch ---- */

void xh__ingest_release(struct xh__ingest_work *work)
{
    for (size_t i = 0; i < work->part_count; i++) {
        xh_series_put(work->parts[i].series);
        work->parts[i].series = NULL;
    }
    work->part_count = 0;
    work->error_count = 0;
    if (work->part_by_code != NULL) {
        xh_map_destroy(work->part_by_code);
        work->part_by_code = NULL;
    }
}

static int find_parts(struct xh__ingest_work *work, bool may_wait, uint32_t *part_of,
                      struct xh_err *err)
{
    struct xh__ingest_part *part = NULL;
    for (size_t i = 0; i < work->batch->count; i++) {
        struct xh_str code = work->batch->rows[i].series;
        if (part == NULL || !xh_str_equal(part->code, code)) {
            part = part_find(work, code);
        }
        if (part == NULL) {
            part = part_add(work, code);
            int status = part_load(work, part, may_wait, err);
            if (status <= 0) {
                xh__ingest_release(work);
                return status;
            }
        }
        part_of[i] = (uint32_t)(part - work->parts);
    }
    return 1;
}

int xh__ingest_resolve(struct xh__ingest_work *work, bool may_wait, struct xh_err *err)
{
    struct xh_arena *arena = work->batch->arena;
    size_t count = work->batch->count;
    uint32_t *part_of = XH_NEW_ARRAY(arena, uint32_t, count + 1);
    int status = find_parts(work, may_wait, part_of, err);
    if (status <= 0) {
        return status;
    }
    work->rows = XH_NEW_ARRAY(arena, struct xh_tsdb_row, count + 1);
    work->row_of = XH_NEW_ARRAY(arena, size_t, count + 1);
    work->keys = XH_NEW_ARRAY(arena, struct xh_series_key, work->part_count + 1);
    work->series = XH_NEW_ARRAY(arena, const struct xh_series *, work->part_count + 1);
    for (size_t i = 0; i < count; i++) {
        check_row(work, i, &work->parts[part_of[i]]);
    }
    work->is_resolved = true;
    return 1;
}
