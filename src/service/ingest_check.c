/* ingest_check.c: what makes a reading acceptable, suspect or late. */
#include <math.h>

#include "base/num.h"
#include "service/ingest_internal.h"

/* ---- series of a batch ---- */

static struct xh_err *err_make(struct xh__ingest_work *work)
{
    return XH_NEW(work->arena, struct xh_err);
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
    work->parts = xh_arena_grow(work->arena, work->parts, &work->part_capacity,
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

int xh__ingest_may_write(struct xh__ingest_work *work, const struct xh_series *series,
                         struct xh_str code, struct xh_err *ret_why)
{
    if (xh_series_may_write(&work->ctx, series)) {
        return XH_E_OK;
    }
    return xh_err_field(ret_why, XH_E_FORBIDDEN, "series", code, "a series of your own", NULL,
                        "\"%s\" may not write readings into series \"%.*s\"", work->ctx.who->name,
                        XH_STR_ARG(code));
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
    if (part->series != NULL && xh__ingest_may_write(work, part->series, part->code, &why) < 0) {
        part_refuse(work, part, &why);
    }
    return 1;
}

/* ---- rows ---- */

int xh__ingest_check_time(const struct xh_series *series, int64_t at_us, int64_t arrival_us,
                          struct xh_err *err)
{
    char text[XH_TIME_TEXT_BYTES], now[XH_TIME_TEXT_BYTES], limit[XH_TIME_TEXT_BYTES];
    if (at_us >= 0 && at_us <= xh__ingest_latest_us(series, arrival_us)) {
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

int xh__ingest_check_value(const struct xh_tsdb_row *row, const struct xh_series *series,
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
static void part_limits(struct xh_engine *engine, struct xh__ingest_part *part, int64_t arrival_us)
{
    const struct xh_series *s = part->series;
    const struct xh_quantity *q = s->quantity;
    int64_t late_us = 3 * s->meter.period_us;
    late_us = late_us > XH_US_PER_HOUR ? late_us : XH_US_PER_HOUR;
    part->late_before_us = arrival_us - late_us;
    part->latest_us = xh__ingest_latest_us(s, arrival_us);
    part->door_most = xh__vee_door_most(engine, s->id);
    part->least = -INFINITY;
    part->most = INFINITY;
    if (s->min != 0 || s->max != 0) {
        part->least = s->min;
        part->most = s->max;
    } else if (s->meter.kind == XH_METER_REGISTER && !s->is_gauge && !s->is_state) {
        part->least = 0;
    } else if (q != NULL && (q->min != 0 || q->max != 0) &&
               s->unit->dimension == s->shown_unit->dimension) {
        part->least = q->min;
        part->most = q->max;
        part->converts = s->unit != s->shown_unit;
    }
}

static bool is_plausible(const struct xh__ingest_part *part, double value)
{
    if (part->converts &&
        xh_unit_convert(value, part->series->unit, part->series->shown_unit, &value, NULL) < 0) {
        return true;
    }
    return value >= part->least && value <= part->most;
}

/* What a rule estimated or a person gave is no spike. */
enum { PUT_IN = XH_QUALITY_ESTIMATED | XH_QUALITY_MANUAL };

/* What is wrong with the row is told in the batch's result, or by the bulk's list. */
static void refuse_row(struct xh__ingest_work *work, size_t index, struct xh_err *why)
{
    struct xh_ingest_bulk *bulk = work->bulk;
    work->counts.refused++;
    if (bulk == NULL) {
        struct xh_ingest_result *result = &work->batch->results[index];
        result->status = XH_INGEST_REFUSED;
        result->err = why;
    } else if (bulk->refusal_count < bulk->refusals_max) {
        bulk->refusals = xh_arena_grow(work->arena, bulk->refusals, &work->refusal_capacity,
                                       bulk->refusal_count + 1, sizeof *bulk->refusals);
        bulk->refusals[bulk->refusal_count++] = (struct xh_ingest_refusal){index, *why};
    }
}

/* For those who look after the device. */
static void note_refusal(struct xh__ingest_work *work, struct xh__ingest_part *part,
                         const struct xh_err *why)
{
    if (part->refused_count++ == 0) {
        struct xh_err *copy = err_make(work);
        *copy = *why;
        part->refusal = copy;
    }
    part->is_clock_refused = part->is_clock_refused || xh_str_is(XH_STR("time"), why->field);
}

__attribute__((cold)) static void find_fault(struct xh__ingest_work *work, size_t index,
                                             struct xh__ingest_part *part)
{
    const struct xh_tsdb_row *row = &work->rows[index];
    struct xh_err why = {0};
    if (part->series == NULL) {
        note_refusal(work, part, part->err);
        refuse_row(work, index, part->err);
        return;
    }
    int code = xh__ingest_check_value(row, part->series, &why);
    code = code < 0
               ? code
               : xh__ingest_check_time(part->series, row->at_us, work->flight.arrival_us, &why);
    xh_assert(code < 0);
    note_refusal(work, part, &why);
    refuse_row(work, index, work->bulk != NULL ? &why : row_err(work, &why));
}

static void part_begin(struct xh__ingest_work *work, struct xh__ingest_part *part, int64_t at_us)
{
    part->key_index = (uint32_t)work->tsdb.key_count++;
    work->keys[part->key_index] = part->series->key;
    work->series[part->key_index] = part->series;
    part->from_us = part->to_us = at_us;
    part->has_rows = true;
}

static void keep_row(struct xh__ingest_work *work, size_t index, struct xh__ingest_part *part)
{
    struct xh_tsdb_row row = work->rows[index];
    size_t at = work->tsdb.row_count++;
    if (!part->has_rows) {
        part_begin(work, part, row.at_us);
    }
    unsigned quality = row.quality & ~work->unsayable;
    quality |= is_plausible(part, row.value) ? 0U : XH_QUALITY_SUSPECT;
    if (row.value > part->door_most && (quality & PUT_IN) == 0) {
        quality |= XH_QUALITY_SUSPECT;
    }
    bool may_be_late = !work->is_history || (row.quality & XH_QUALITY_LATE) != 0;
    if (row.at_us < part->late_before_us && may_be_late) {
        quality |= XH_QUALITY_LATE;
    }
    part->from_us = row.at_us < part->from_us ? row.at_us : part->from_us;
    part->to_us = row.at_us > part->to_us ? row.at_us : part->to_us;
    part->row_count++;
    row.key_index = part->key_index;
    row.quality = (uint8_t)quality;
    work->rows[at] = row;
    if (work->row_of != NULL) {
        work->row_of[at] = index;
    }
}

void xh__ingest_check_rows(struct xh__ingest_work *work)
{
    work->keys = XH_NEW_ARRAY(work->arena, struct xh_series_key, work->part_count + 1);
    work->series = XH_NEW_ARRAY(work->arena, const struct xh_series *, work->part_count + 1);
    bool is_observed = work->bulk != NULL && work->bulk->is_observed;
    work->unsayable = XH_QUALITY_LATE |
                      (is_observed ? 0U : (unsigned)XH_QUALITY_SIDE | XH_QUALITY_RESULT_TIME);
    for (size_t i = 0; i < work->part_count; i++) {
        if (work->parts[i].series != NULL) {
            part_limits(work->engine, &work->parts[i], work->flight.arrival_us);
        }
    }
    for (size_t i = 0; i < work->given_count; i++) {
        const struct xh_tsdb_row *row = &work->rows[i];
        struct xh__ingest_part *part = &work->parts[row->key_index];
        if (part->series != NULL && isfinite(row->value) &&
            row->decimals >= XH_NUM_DECIMALS_SHORTEST && row->decimals <= XH_NUM_DECIMALS_MAX &&
            row->at_us >= 0 && row->at_us <= part->latest_us) {
            keep_row(work, i, part);
        } else {
            find_fault(work, i, part);
        }
    }
}

/* ---- the batch ---- */

void xh__ingest_release(struct xh__ingest_work *work)
{
    for (size_t i = 0; work->bulk == NULL && i < work->part_count; i++) {
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

static void take_rows(struct xh__ingest_work *work, const uint32_t *part_of)
{
    for (size_t i = 0; i < work->given_count; i++) {
        const struct xh_ingest_row *row = &work->batch->rows[i];
        const struct xh_series *series = work->parts[part_of[i]].series;
        work->batch->results[i] = (struct xh_ingest_result){
            .series_id = series != NULL ? series->id : 0,
        };
        work->rows[i] = (struct xh_tsdb_row){
            .key_index = part_of[i],
            .decimals = row->decimals,
            .quality = row->quality,
            .at_us = row->at_us,
            .value = row->value,
        };
    }
}

int xh__ingest_resolve(struct xh__ingest_work *work, bool may_wait, struct xh_err *err)
{
    struct xh_arena *arena = work->arena;
    size_t count = work->batch->count;
    uint32_t *part_of = XH_NEW_ARRAY(arena, uint32_t, count + 1);
    int status = find_parts(work, may_wait, part_of, err);
    if (status <= 0) {
        return status;
    }
    work->rows = XH_NEW_ARRAY(arena, struct xh_tsdb_row, count + 1);
    work->row_of = XH_NEW_ARRAY(arena, size_t, count + 1);
    work->given_count = count;
    take_rows(work, part_of);
    xh__ingest_check_rows(work);
    work->is_resolved = true;
    return 1;
}
