/* observe_sum.c: sums over windows in which numbers alone count. The store answers from what its
 * files say; a window with side records is read one by one instead, for the reading of a result
 * that is no number holds a 0 that nobody sent. */
#include <stdlib.h>
#include <string.h>

#include "service/observe_internal.h"

enum { PIECE = 256, VALUES_MAX = 1 << 24 };

/* One cell: a window of a group. */
struct cell {
    const struct xh_tsdb_question *question;
    int64_t from_us, to_us;
    struct xh_tsdb_answer answer;
    struct xh_sum sum, increase, integral;
    double *values; /* for the quantile */
    size_t value_count, value_capacity;
    bool has_previous; /* of the series at hand */
    int64_t previous_us;
    double previous;
};

static bool is_number(const struct xh_observation *o)
{
    return o->kind == XH_RESULT_NUMBER;
}

/* A reading of an interval lies at its end. */
static int64_t time_of(const struct xh_observation *o)
{
    return o->to_us != 0 ? o->to_us : o->from_us;
}

/* The straight line from the previous number to this one, cut at the edges. */
static void line_add(struct cell *cell, int64_t at_us, double value)
{
    int64_t from = cell->previous_us > cell->from_us ? cell->previous_us : cell->from_us;
    int64_t to = at_us < cell->to_us ? at_us : cell->to_us;
    int64_t gap_us = cell->question->gap_us;
    if (!cell->has_previous || to <= from || (gap_us > 0 && at_us - cell->previous_us > gap_us)) {
        return;
    }
    double slope = (value - cell->previous) / (double)(at_us - cell->previous_us);
    double left = cell->previous + slope * (double)(from - cell->previous_us);
    double right = cell->previous + slope * (double)(to - cell->previous_us);
    xh_sum_add(&cell->integral, (left + right) / 2 * ((double)(to - from) / 1e6));
    cell->answer.covered_us += to - from;
}

static void previous_set(struct cell *cell, const struct xh_observation *o)
{
    cell->has_previous = true;
    cell->previous_us = time_of(o);
    cell->previous = o->value;
}

static int value_keep(struct cell *cell, double value, struct xh_err *err)
{
    if ((cell->question->measures & XH_TSDB_QUANTILE) == 0) {
        return XH_E_OK;
    }
    if (cell->value_count == VALUES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "quantile", XH_STR("more"), "16777216", "readings",
                            "a quantile is of at most %d readings", VALUES_MAX);
    }
    if (cell->value_count == cell->value_capacity) {
        cell->value_capacity = cell->value_capacity * 2 + PIECE;
        cell->values = xh_realloc(cell->values, cell->value_capacity * sizeof *cell->values);
    }
    cell->values[cell->value_count++] = value;
    return XH_E_OK;
}

static int number_add(struct cell *cell, const struct xh_observation *o, struct xh_err *err)
{
    struct xh_tsdb_answer *a = &cell->answer;
    const struct xh_reading reading = {
        .at_us = time_of(o),
        .value = o->value,
        .decimals = o->decimals,
        .quality = o->quality,
        .seq = o->seq,
        .arrival_us = o->arrival_us,
        .is_in_force = true,
    };
    bool is_first = a->count++ == 0;
    xh_sum_add(&cell->sum, o->value);
    a->min = is_first || o->value < a->min ? o->value : a->min;
    a->max = is_first || o->value > a->max ? o->value : a->max;
    if (is_first || reading.at_us < a->first.at_us) {
        a->first = reading;
    }
    if (is_first || reading.at_us >= a->last.at_us) {
        a->last = reading;
    }
    if (cell->has_previous) {
        bool is_anew = o->value < cell->previous || (o->quality & XH_QUALITY_REPLACED_METER) != 0;
        xh_sum_add(&cell->increase, is_anew ? o->value : o->value - cell->previous);
    }
    line_add(cell, reading.at_us, o->value);
    previous_set(cell, o);
    return value_keep(cell, o->value, err);
}

/* The nearest number of a series outside the window, on one side; 0: there is none. */
static int neighbour_find(struct xh_ctx *ctx, const struct xh_observe_range *range,
                          struct xh_observation *ret, struct xh_err *err)
{
    struct xh_observe_cursor *cursor;
    struct xh_observation piece[4];
    ptrdiff_t got;
    bool is_found = false;
    int code = xh_observe_read(ctx, range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while (!is_found && (got = xh_observe_next(cursor, piece, XH_COUNT(piece), err)) > 0) {
        for (ptrdiff_t i = 0; !is_found && i < got; i++) {
            is_found = is_number(&piece[i]);
            if (is_found) {
                *ret = piece[i];
            }
        }
    }
    xh_observe_close(cursor);
    return is_found ? 1 : (int)got;
}

static int window_read(struct xh_ctx *ctx, struct cell *cell, int64_t series_id, struct xh_err *err)
{
    const struct xh_tsdb_question *question = cell->question;
    const struct xh_observe_range range = {
        .series_id = series_id,
        .from_us = cell->from_us,
        .to_us = cell->to_us,
        .as_known_us = question->as_known_us,
    };
    struct xh_observe_cursor *cursor;
    struct xh_observation *piece = XH_NEW_ARRAY(ctx->arena, struct xh_observation, PIECE);
    ptrdiff_t got = 0;
    int code = xh_observe_read(ctx, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    while (code >= 0 && (got = xh_observe_next(cursor, piece, PIECE, err)) > 0) {
        for (ptrdiff_t i = 0; code >= 0 && i < got; i++) {
            code = is_number(&piece[i]) ? number_add(cell, &piece[i], err) : XH_E_OK;
        }
        if (question->is_cancelled != NULL && question->is_cancelled(question->arg)) {
            code = xh_err_set(err, XH_E_CANCELLED, "the question was cancelled");
        }
    }
    xh_observe_close(cursor);
    return code < 0 ? code : (int)got;
}

/* One series into the cell: what lies before the window, in it and behind it, as far as the
 * measures look. */
static int series_add(struct xh_ctx *ctx, struct cell *cell, int64_t series_id, struct xh_err *err)
{
    bool has_lines = (cell->question->measures & (XH_TSDB_INCREASE | XH_TSDB_INTEGRAL)) != 0;
    struct xh_observe_range range = {
        .series_id = series_id,
        .from_us = XH_TIME_MIN,
        .to_us = cell->from_us,
        .is_backwards = true,
        .as_known_us = cell->question->as_known_us,
    };
    struct xh_observation near;
    cell->has_previous = false;
    int code = has_lines ? neighbour_find(ctx, &range, &near, err) : 0;
    if (code == 1) {
        previous_set(cell, &near);
    }
    code = code < 0 ? code : window_read(ctx, cell, series_id, err);
    if (code >= 0 && has_lines) {
        range.from_us = cell->to_us;
        range.to_us = XH_TIME_MAX;
        range.is_backwards = false;
        code = neighbour_find(ctx, &range, &near, err);
    }
    if (code == 1) {
        line_add(cell, time_of(&near), near.value);
    }
    return code;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Hyndman and Fan, type 7, as the store's. */
static double quantile_of(struct cell *cell)
{
    double place = cell->question->quantile * (double)(cell->value_count - 1);
    size_t below = (size_t)place;
    qsort(cell->values, cell->value_count, sizeof *cell->values, compare);
    double value = cell->values[below];
    return below + 1 < cell->value_count
               ? value + (place - (double)below) * (cell->values[below + 1] - value)
               : value;
}

static int cell_read(struct xh_ctx *ctx, const struct xh_tsdb_question *question,
                     const int64_t *series_ids, size_t group, size_t window,
                     struct xh_tsdb_answer *answer, struct xh_err *err)
{
    struct cell cell = {
        .question = question,
        .from_us = question->edges_us[window],
        .to_us = question->edges_us[window + 1],
        .answer = {.quality = answer->quality},
    };
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < question->key_count; i++) {
        size_t of = question->group_of != NULL ? question->group_of[i] : 0;
        code = of == group ? series_add(ctx, &cell, series_ids[i], err) : code;
    }
    if (code >= 0) {
        cell.answer.sum = xh_sum_value(&cell.sum);
        cell.answer.increase = xh_sum_value(&cell.increase);
        cell.answer.integral = xh_sum_value(&cell.integral);
        cell.answer.quantile = cell.value_count > 0 ? quantile_of(&cell) : 0;
        *answer = cell.answer;
    }
    free(cell.values);
    return code < 0 ? code : XH_E_OK;
}

/* Lines and increases reach over the edges: one side record anywhere in a group's series, and all
 * its windows are read. */
static int groups_find(struct xh_ctx *ctx, const struct xh_tsdb_question *question,
                       bool **ret_is_mixed, struct xh_err *err)
{
    static const int64_t ever_us[] = {XH_TIME_MIN, XH_TIME_MAX};
    size_t groups = question->group_count > 0 ? question->group_count : 1;
    struct xh_tsdb_question ever = *question;
    struct xh_tsdb_answer *answers = XH_NEW_ARRAY(ctx->arena, struct xh_tsdb_answer, groups);
    ever.edges_us = ever_us;
    ever.window_count = 1;
    ever.measures = XH_TSDB_BASICS;
    int code = xh_tsdb_aggregate(xh_engine_tsdb(xh_ctx_engine(ctx)), &ever, answers, err);
    *ret_is_mixed = XH_NEW_ARRAY(ctx->arena, bool, groups);
    for (size_t i = 0; code >= 0 && i < groups; i++) {
        (*ret_is_mixed)[i] = (answers[i].quality & XH_QUALITY_SIDE) != 0;
    }
    return code;
}

int xh_observe_aggregate(struct xh_ctx *ctx, const struct xh_tsdb_question *question,
                         const int64_t *series_ids, struct xh_tsdb_answer *ret, struct xh_err *err)
{
    size_t groups = question->group_count > 0 ? question->group_count : 1;
    size_t windows = question->window_count;
    bool *is_mixed = NULL;
    int code = xh_tsdb_aggregate(xh_engine_tsdb(xh_ctx_engine(ctx)), question, ret, err);
    if (code >= 0 && (question->measures & (XH_TSDB_INCREASE | XH_TSDB_INTEGRAL)) != 0) {
        code = groups_find(ctx, question, &is_mixed, err);
    }
    for (size_t i = 0; code >= 0 && i < groups * windows; i++) {
        bool is_read = (ret[i].quality & XH_QUALITY_SIDE) != 0 ||
                       (is_mixed != NULL && is_mixed[i / windows]);
        if (is_read) {
            code = cell_read(ctx, question, series_ids, i / windows, i % windows, &ret[i], err);
        }
    }
    return code;
}
