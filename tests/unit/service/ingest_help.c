#include "service/ingest_help.h"

#include "service/engine_internal.h"

int64_t at(const char *rfc3339)
{
    struct xh_err err = {0};
    int64_t at_us = 0;
    must(xh_time_parse(xh_str_from(rfc3339), &at_us, &err), &err);
    return at_us;
}

int32_t day_of(const char *date)
{
    struct xh_err err = {0};
    int32_t day = 0;
    must(xh_day_parse(xh_str_from(date), &day, &err), &err);
    return day;
}

struct xh_ingest_result try_put(struct xh_ctx *ctx, const char *series, int64_t at_us, double value,
                                unsigned quality, struct xh_err *ret_err)
{
    struct xh_arena *arena = xh_arena_create("batch");
    struct xh_ingest_row row = {
        .series = xh_str_from(series),
        .at_us = at_us,
        .value = value,
        .decimals = XH_NUM_DECIMALS_SHORTEST,
        .quality = (uint8_t)quality,
    };
    struct xh_ingest_result result = {0};
    struct xh_ingest_batch batch = {.arena = arena, .rows = &row, .count = 1, .results = &result};
    must(xh_ingest(ctx, &batch, ret_err), ret_err);
    if (result.err != NULL) {
        *ret_err = *result.err;
        result.err = ret_err;
    }
    xh_arena_destroy(arena);
    return result;
}

struct xh_ingest_result put(struct engine_fixture *f, const char *series, int64_t at_us,
                            double value)
{
    struct xh_err err = {0};
    struct xh_ingest_result result = try_put(&f->ctx, series, at_us, value, 0, &err);
    if (result.status == XH_INGEST_REFUSED) {
        fail_msg("%s", err.text);
    }
    return result;
}

void put_growth(struct engine_fixture *f, const char *series, int64_t from_us, int64_t to_us,
                int64_t step_us, double first, double growth)
{
    struct xh_err err = {0};
    struct xh_arena *arena = xh_arena_create("batch");
    size_t count = (size_t)((to_us - from_us) / step_us) + 1;
    struct xh_ingest_row *rows = XH_NEW_ARRAY(arena, struct xh_ingest_row, count);
    struct xh_ingest_batch batch = {
        .arena = arena, .rows = rows, .count = count,
        .results = XH_NEW_ARRAY(arena, struct xh_ingest_result, count),
    };
    for (size_t i = 0; i < count; i++) {
        rows[i] = (struct xh_ingest_row){
            .series = xh_str_from(series),
            .at_us = from_us + (int64_t)i * step_us,
            .value = first + growth * (double)i,
            .decimals = XH_NUM_DECIMALS_SHORTEST,
        };
    }
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(batch.refused, 0);
    xh_arena_destroy(arena);
}

struct xh_use use_of(struct engine_fixture *f, int64_t series_id, enum xh_period period,
                     const char *day_from, const char *day_to)
{
    struct xh_err err = {0};
    struct xh_use use = {0};
    struct xh_use_ask ask = {
        .series_id = series_id, .period = period,
        .day_from = day_of(day_from), .day_to = day_of(day_to),
    };
    must(xh_use(&f->ctx, &ask, &use, &err), &err);
    return use;
}

double use_total(const struct xh_use *use)
{
    struct xh_sum sum = {0};
    for (size_t i = 0; i < use->count; i++) {
        xh_sum_add(&sum, use->amounts[i].amount);
    }
    return xh_sum_value(&sum);
}

static int write_nothing(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    (void)conn;
    (void)arg;
    (void)err;
    return XH_E_OK;
}

void days_settle(struct engine_fixture *f)
{
    struct xh_err err = {0};
    must(xh_rel_write(f->engine->derived, write_nothing, NULL, &err), &err);
}

void assert_days_are_right(struct engine_fixture *f, int64_t series_id, const char *day_from,
                           const char *day_to)
{
    struct xh_err err = {0};
    days_settle(f);
    struct xh_use kept = use_of(f, series_id, XH_PERIOD_DAY, day_from, day_to);
    must(xh_use_forget(f->engine, &err), &err);
    struct xh_use anew = use_of(f, series_id, XH_PERIOD_DAY, day_from, day_to);
    assert_int_equal(kept.count, anew.count);
    for (size_t i = 0; i < kept.count; i++) {
        const struct xh_amount *a = &kept.amounts[i], *b = &anew.amounts[i];
        if (memcmp(&a->amount, &b->amount, sizeof a->amount) != 0 || a->flags != b->flags ||
            a->covered_us != b->covered_us || a->reading_count != b->reading_count) {
            fail_msg("day %zu: kept %.17g (flags %u, %llu readings), computed %.17g (%u, %llu)", i,
                     a->amount, a->flags, (unsigned long long)a->reading_count, b->amount, b->flags,
                     (unsigned long long)b->reading_count);
        }
    }
}
