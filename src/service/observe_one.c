/* observe_one.c: one observation: found by its id, corrected, deleted. Corrections and deletions go
 * one after the other (change_lock): two of the same observation cannot both leave a reading. */
#include "service/observe_internal.h"

#include <stdlib.h>
#include <string.h>

#include "service/records_internal.h"
#include "service/use.h"

static int not_found(int64_t id, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_int_print(id, text)};
    return xh_err_field(err, XH_E_NOT_FOUND, "id", value, "a known observation", NULL,
                        "there is no observation %s", text);
}

/* ---- out of force ---- */

/* Flights end when readers may know of it, as for readings that come in. */
static int retract_run(struct xh_engine *engine, const struct xh_series *series, uint64_t from,
                       uint64_t to, struct xh_err *err)
{
    struct xh__flight flight;
    uint64_t count = 0;
    xh__flight_begin(engine, &flight);
    int code = xh_tsdb_retract(engine->tsdb, &series->key, from, to, flight.arrival_us, &count,
                               err);
    xh__flight_end(engine, &flight);
    return code;
}

static int compare_seqs(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int xh__observe_retract(struct xh_engine *engine, const struct xh_series *series,
                        const uint64_t *seqs, size_t count, struct xh_err *err)
{
    if (count == 0) {
        return XH_E_OK;
    }
    uint64_t *sorted = xh_alloc(count * sizeof *sorted);
    memcpy(sorted, seqs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_seqs);
    int code = xh_use_write_begin(engine, series, XH_TIME_MIN, XH_TIME_MAX, err);
    if (code >= 0) {
        for (size_t i = 0, next; code >= 0 && i < count; i = next) {
            next = i + 1;
            while (next < count && sorted[next] <= sorted[next - 1] + 1) {
                next++;
            }
            code = retract_run(engine, series, sorted[i], sorted[next - 1], err);
        }
        xh_use_write_end(engine, series);
    }
    free(sorted);
    return code < 0 ? code : XH_E_OK;
}

/* ---- get ---- */

/* Which reading is meant: from its side record, else from the id itself. */
static int place_of(struct xh_ctx *ctx, int64_t id, int64_t *ret_series_id, uint64_t *ret_seq,
                    struct xh_err *err)
{
    struct xh_rel_conn *conn;
    int code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh__side_find(conn, id, ret_series_id, ret_seq, err);
    xh__read_end(ctx, conn);
    if (code == 0) {
        *ret_series_id = id >> XH_OBSERVE_SEQ_BITS;
        *ret_seq = (uint64_t)id & XH_OBSERVE_SEQ_MAX;
    }
    return code;
}

/* The series is held on success. */
static int find(struct xh_ctx *ctx, int64_t id, const struct xh_series **ret_series,
                struct xh_reading *ret_reading, struct xh_err *err)
{
    struct xh_err why = {0};
    int64_t series_id = 0;
    uint64_t seq = 0;
    int has_side = id > 0 ? place_of(ctx, id, &series_id, &seq, err) : 0;
    if (has_side < 0) {
        return has_side;
    }
    if (seq == 0 || series_id == 0) {
        return not_found(id, err);
    }
    int code = xh_series_get_id(ctx, series_id, ret_series, &why);
    if (code < 0) {
        if (code != XH_E_NOT_FOUND && err != NULL) {
            *err = why;
        }
        return code == XH_E_NOT_FOUND ? not_found(id, err) : code;
    }
    code = xh_tsdb_get(xh_ctx_engine(ctx)->tsdb, &(*ret_series)->key, seq, ret_reading, &why);
    bool is_side = code >= 0 && (ret_reading->quality & XH_QUALITY_SIDE) != 0;
    if (code == XH_E_NOT_FOUND ||
        (code >= 0 && (!ret_reading->is_in_force || is_side != (has_side == 1)))) {
        code = not_found(id, err);
    } else if (code < 0 && err != NULL) {
        *err = why;
    }
    if (code < 0) {
        xh_series_put(*ret_series);
    }
    return code;
}

static int fill(struct xh_ctx *ctx, const struct xh_series *series,
                const struct xh_reading *reading, struct xh_observation *ret, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    int code = XH_E_OK;
    if (!xh__observation_from_reading(series, reading, ret)) {
        code = xh__read_begin(ctx, &conn, err);
        if (code >= 0) {
            code = xh__side_read(conn, ctx->arena, ret, err);
            xh__read_end(ctx, conn);
        }
        if (code == 0) {
            return not_found(xh_observation_id(series->id, reading->seq), err);
        }
    }
    if (code >= 0 && ret->feature_id == 0) {
        ret->feature_id = xh__feature_at(xh_ctx_engine(ctx), series->id, reading->arrival_us);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_observation_get(struct xh_ctx *ctx, int64_t id, struct xh_observation *ret,
                       struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_reading reading;
    struct xh_observation observation = {0};
    int code = find(ctx, id, &series, &reading, err);
    if (code < 0) {
        return code;
    }
    code = fill(ctx, series, &reading, &observation, err);
    xh_series_put(series);
    if (code >= 0) {
        *ret = observation;
    }
    return code;
}

/* ---- correct ---- */

static int check_may(const struct xh_ctx *ctx, const struct xh_series *series, struct xh_err *err)
{
    if (xh_series_may_write(ctx, series)) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not change observations of series \"%.*s\"",
                      ctx->who->name, XH_STR_ARG(series->code));
}

struct state_change {
    const int64_t *ids;
    size_t count;
    enum xh__side_state from, to;
};

static int change_states(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct state_change *change = arg;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < change->count; i++) {
        code = xh__side_set_state(conn, change->ids[i], change->from, change->to, err);
    }
    return code;
}

/* The new reading is there and told; the old one goes. Broken off here, an open does it. */
static int put_settle(struct xh_engine *engine, const struct xh_series *series, int64_t id,
                      uint64_t old_seq, struct xh_err *err)
{
    struct state_change change = {&id, 1, XH__SIDE_MOVING, XH__SIDE_IN_FORCE};
    int code = xh__observe_retract(engine, series, &old_seq, 1, err);
    return code < 0 ? code : xh_rel_write(engine->rel, change_states, &change, err);
}

static int put_locked(struct xh_ctx *ctx, const struct xh_observation *given, struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_reading reading;
    struct xh_observation row = *given;
    struct xh_observe_result result = {0};
    struct xh_observe_batch batch = {.arena = ctx->arena, .rows = &row, .count = 1,
                                     .results = &result, .is_all_or_nothing = true};
    int code = find(ctx, given->id, &series, &reading, err);
    if (code < 0) {
        return code;
    }
    code = check_may(ctx, series, err);
    if (code >= 0) {
        struct xh_observation old = {0};
        code = fill(ctx, series, &reading, &old, err);
        row.series_id = row.series_id != 0 ? row.series_id : series->id;
        row.feature_id = row.feature_id != 0 ? row.feature_id : old.feature_id;
    }
    if (code >= 0) {
        struct xh__observe_job *job = xh__observe_job_make(ctx, &batch);
        job->public_id = given->id;
        job->replaces_series = series->id;
        job->replaces_seq = reading.seq;
        code = xh__observe_job_run(job, err);
        bool is_elsewhere = code >= 0 &&
                            (row.series_id != series->id || job->bulk.seqs[0] != reading.seq);
        if (is_elsewhere) {
            code = put_settle(xh_ctx_engine(ctx), series, given->id, reading.seq, err);
        }
    }
    xh_series_put(series);
    return code;
}

int xh_observation_put(struct xh_ctx *ctx, const struct xh_observation *observation,
                       struct xh_err *err)
{
    struct xh__observe *observe = xh_ctx_engine(ctx)->observe;
    xh_assert(ctx->txn == NULL);
    (void)pthread_mutex_lock(&observe->change_lock);
    int code = put_locked(ctx, observation, err);
    (void)pthread_mutex_unlock(&observe->change_lock);
    return code;
}

/* ---- delete ---- */

struct victim {
    int64_t id;
    const struct xh_series *series;
    uint64_t seq;
    bool has_side;
};

static int compare_victims(const void *a, const void *b)
{
    const struct victim *x = a, *y = b;
    if (x->series->id != y->series->id) {
        return x->series->id < y->series->id ? -1 : 1;
    }
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int victims_find(struct xh_ctx *ctx, const int64_t *ids, size_t count,
                        struct victim *victims, size_t *ret_count, struct xh_err *err)
{
    struct xh_err why = {0};
    struct xh_reading reading;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        struct victim *victim = &victims[*ret_count];
        code = find(ctx, ids[i], &victim->series, &reading, &why);
        if (code == XH_E_NOT_FOUND) {
            code = XH_E_OK;
            continue;
        }
        if (code >= 0) {
            victim->id = ids[i];
            victim->seq = reading.seq;
            victim->has_side = (reading.quality & XH_QUALITY_SIDE) != 0;
            ++*ret_count;
            code = check_may(ctx, victim->series, &why);
        }
    }
    if (code < 0 && err != NULL) {
        *err = why;
    }
    return code;
}

static int victims_retract(struct xh_engine *engine, const struct victim *victims, size_t count,
                           struct xh_err *err)
{
    uint64_t *seqs = xh_alloc((count + 1) * sizeof *seqs);
    int code = XH_E_OK;
    for (size_t i = 0, next; code >= 0 && i < count; i = next) {
        for (next = i; next < count && victims[next].series->id == victims[i].series->id; next++) {
            seqs[next - i] = victims[next].seq;
        }
        code = xh__observe_retract(engine, victims[i].series, seqs, next - i, err);
    }
    free(seqs);
    return code;
}

static int delete_locked(struct xh_ctx *ctx, struct victim *victims, size_t count,
                         struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    int64_t *ids = xh_alloc((count + 1) * sizeof *ids);
    struct state_change change = {.ids = ids, .from = XH__SIDE_IN_FORCE, .to = XH__SIDE_LEAVING};
    int code = XH_E_OK;
    for (size_t i = 0; i < count; i++) {
        if (victims[i].has_side) {
            ids[change.count++] = victims[i].id;
        }
    }
    qsort(victims, count, sizeof *victims, compare_victims);
    if (change.count > 0) {
        code = xh_rel_write(engine->rel, change_states, &change, err);
    }
    code = code < 0 ? code : victims_retract(engine, victims, count, err);
    if (code >= 0 && change.count > 0) {
        change.from = XH__SIDE_LEAVING;
        change.to = XH__SIDE_OVER;
        code = xh_rel_write(engine->rel, change_states, &change, err);
    }
    free(ids);
    return code;
}

int xh_observations_delete(struct xh_ctx *ctx, const int64_t *ids, size_t count,
                           uint64_t *ret_count, struct xh_err *err)
{
    struct xh__observe *observe = xh_ctx_engine(ctx)->observe;
    struct victim *victims = xh_alloc((count + 1) * sizeof *victims);
    size_t found = 0;
    xh_assert(ctx->txn == NULL);
    (void)pthread_mutex_lock(&observe->change_lock);
    int code = victims_find(ctx, ids, count, victims, &found, err);
    code = code < 0 ? code : delete_locked(ctx, victims, found, err);
    (void)pthread_mutex_unlock(&observe->change_lock);
    for (size_t i = 0; i < found; i++) {
        xh_series_put(victims[i].series);
    }
    free(victims);
    if (code >= 0 && ret_count != NULL) {
        *ret_count = found;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_observation_delete(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    uint64_t count = 0;
    int code = xh_observations_delete(ctx, &id, 1, &count, err);
    return code >= 0 && count == 0 ? not_found(id, err) : code;
}
