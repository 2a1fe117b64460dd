/* Sums of days over many series, kept in memory: what is computed anew, whatever was written. */
#include "base/rand.h"
#include "service/ingest_help.h"
#include "service/use_cache_internal.h"

#include <pthread.h>
#include <stdio.h>

enum { FEW = 12, MANY = 140, ALL = 680, SIX_HOURS_S = 6 * 3600 };

/* 2025-07-15T09Z */
static const struct engine_options july = {.now_us = INT64_C(1752570000000000)};

struct town {
    struct engine_fixture *f;
    size_t count;
    int64_t ids[ALL];
    char codes[ALL][32];
};

/* Meters at home 7; all but the first have readings each six hours of June 1 to 20. */
static struct town *town_enter(size_t count)
{
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    struct town *t = xh_alloc(sizeof *t);
    *t = (struct town){.f = f, .count = count};
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(t->codes[i], sizeof t->codes[i], "town/%zu", i);
        struct xh_meter_spec spec = engine_meter_spec("home-7", t->codes[i]);
        spec.period_s = SIX_HOURS_S;
        must(xh_registry_meter(&f->ctx, &spec, &t->ids[i], &err), &err);
        if (i > 0) {
            put_growth(f, t->codes[i], at("2025-06-01T00:00:00+07:00"),
                       at("2025-06-20T00:00:00+07:00"), SIX_HOURS_S * XH_US_PER_S, 1000,
                       0.1 * (double)i);
        }
    }
    return t;
}

static void town_leave(struct town *t)
{
    engine_leave(t->f);
    free(t);
}

static struct xh_use place_of(struct town *t, enum xh_period period, const char *from,
                              const char *to)
{
    struct xh_err err = {0};
    struct xh_use_ask ask = {
        .place_id = t->f->home_place, .quantity = "energy.electricity", .period = period,
        .day_from = day_of(from), .day_to = day_of(to),
    };
    struct xh_use use = {0};
    must(xh_use(&t->f->ctx, &ask, &use, &err), &err);
    return use;
}

struct sums {
    struct xh_sum sum;
    uint64_t reading_count;
    int64_t covered_us;
    unsigned flags;
};

/* The place's windows from the readings themselves, by days of each series. */
static void add_series(struct town *t, int64_t id, const struct xh_use *use, struct sums *sums)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get_id(&t->f->ctx, id, &series, &err), &err);
    for (size_t i = 0; i < use->count; i++) {
        struct xh_amount days[32];
        int64_t edges_us[33];
        size_t count = 0;
        int32_t day = xh_zone_day(series->zone, use->edges_us[i]);
        for (; xh_zone_day_start_us(series->zone, day) < use->edges_us[i + 1]; day++) {
            edges_us[count++] = xh_zone_day_start_us(series->zone, day);
        }
        edges_us[count] = use->edges_us[i + 1];
        must(xh_use_edges(&t->f->ctx, series, edges_us, count, 0, days, &err), &err);
        for (size_t k = 0; k < count; k++) {
            xh_sum_add(&sums[i].sum, days[k].amount);
            sums[i].reading_count += days[k].reading_count;
            sums[i].covered_us += days[k].covered_us;
            sums[i].flags |= days[k].flags;
        }
    }
    xh_series_put(series);
}

static void assert_place_is_right(struct town *t, enum xh_period period, const char *from,
                                  const char *to)
{
    struct xh_use use = place_of(t, period, from, to);
    struct sums *sums = xh_alloc(use.count * sizeof *sums);
    memset(sums, 0, use.count * sizeof *sums);
    assert_int_equal(use.series_count, t->count + 1); /* home 7's own, which is silent */
    add_series(t, t->f->home_series, &use, sums);
    for (size_t i = 0; i < t->count; i++) {
        add_series(t, t->ids[i], &use, sums);
    }
    for (size_t i = 0; i < use.count; i++) {
        const struct xh_amount *a = &use.amounts[i];
        double off = a->amount - xh_sum_value(&sums[i].sum);
        if (off > 1e-6 || off < -1e-6 || a->reading_count != sums[i].reading_count ||
            a->flags != sums[i].flags ||
            a->covered_us != sums[i].covered_us / (int64_t)use.series_count) {
            fail_msg("window %zu: %.17g of %llu readings, flags %u; computed %.17g of %llu, %u", i,
                     a->amount, (unsigned long long)a->reading_count, a->flags,
                     xh_sum_value(&sums[i].sum), (unsigned long long)sums[i].reading_count,
                     sums[i].flags);
        }
    }
    free(sums);
}

static void append(struct town *t, size_t meter, int64_t at_us, double value)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get_id(&t->f->ctx, t->ids[meter], &series, &err), &err);
    struct xh_tsdb_row row = {.decimals = -1, .at_us = at_us, .value = value};
    struct xh_tsdb_batch batch = {
        .keys = &series->key, .key_count = 1, .rows = &row, .row_count = 1,
        .arrival_us = xh_env_now_us(t->f->env),
    };
    must(xh_tsdb_append(xh_engine_tsdb(t->f->engine), &batch, &err), &err);
    xh_series_put(series);
}

static bool is_same(const struct xh_use *a, const struct xh_use *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (memcmp(&a->amounts[i].amount, &b->amounts[i].amount, sizeof(double)) != 0 ||
            a->amounts[i].reading_count != b->amounts[i].reading_count) {
            return false;
        }
    }
    return a->count == b->count;
}

/* ---- right ---- */

static void a_place_of_many_is_the_sum_of_its_series(void **state)
{
    (void)state;
    struct town *t = town_enter(MANY);
    for (int round = 0; round < 2; round++) {
        assert_place_is_right(t, XH_PERIOD_DAY, "2025-05-28", "2025-06-25");
        assert_place_is_right(t, XH_PERIOD_MONTH, "2025-05-01", "2025-07-01");
    }
    struct xh_use use = place_of(t, XH_PERIOD_MONTH, "2024-11-01", "2025-07-01");
    assert_int_equal(use.silent_count, 2);
    use = place_of(t, XH_PERIOD_DAY, "2025-05-01", "2025-05-20");
    assert_int_equal(use.silent_count, t->count + 1);
    town_leave(t);
}

/* Written behind the back of those who keep: what is answered is what was kept, until forgotten. */
static void what_was_asked_is_not_read_again(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct xh_err err = {0};
    struct xh_use first = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    days_settle(t->f);
    append(t, 3, at("2025-06-10T03:00:00+07:00"), 1000);
    struct xh_use again = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    assert_true(is_same(&first, &again));
    must(xh_use_forget(t->f->engine, &err), &err);
    again = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    assert_false(is_same(&first, &again));
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    town_leave(t);
}

static void a_meter_of_another_clock_is_added_by_the_places_days(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("berlin", "berlin/electricity");
    int64_t id = 0;
    spec.zone = XH_STR("Europe/Berlin");
    must(xh_registry_meter(&t->f->ctx, &spec, &id, &err), &err);
    put_growth(t->f, "berlin/electricity", at("2025-06-01T00:00:00+02:00"),
               at("2025-06-09T00:00:00+02:00"), XH_US_PER_HOUR, 0, 1);
    struct xh_use_ask ask = {
        .quantity = "energy.electricity", .period = XH_PERIOD_MONTH,
        .day_from = day_of("2025-06-01"), .day_to = day_of("2025-07-01"),
    };
    struct xh_use all, town = place_of(t, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01");
    must(xh_use(&t->f->ctx, &ask, &all, &err), &err);
    assert_int_equal(all.series_count, town.series_count + 1);
    double more = all.amounts[0].amount - town.amounts[0].amount;
    assert_true(more - 192 < 1e-6 && 192 - more < 1e-6);
    town_leave(t);
}

/* ---- never stale ---- */

static void a_late_reading_changes_the_sum(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct xh_use before = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    days_settle(t->f);
    put(t->f, t->codes[5], at("2025-06-10T00:00:00+07:00"), 1000 + 0.5 * 36 + 0.3);
    struct xh_use after = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    double growth = after.amounts[8].amount - before.amounts[8].amount;
    assert_true(growth - 0.3 < 1e-9 && 0.3 - growth < 1e-9);
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    town_leave(t);
}

static void a_live_reading_is_in_the_next_answer(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    for (int hour = 1; hour < 24; hour += 5) {
        struct xh_use before = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
        char stamp[40];
        (void)snprintf(stamp, sizeof stamp, "2025-06-20T%02d:00:00+07:00", hour);
        put(t->f, t->codes[7], at(stamp), 1000 + 0.7 * 76 + 0.1 * hour);
        struct xh_use after = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
        assert_int_equal(after.amounts[19].reading_count, before.amounts[19].reading_count + 1);
        assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    }
    town_leave(t);
}

static void another_factor_of_one_meter_makes_another_sum(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct xh_err err = {0};
    struct xh_record record;
    struct xh_use before = place_of(t, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01");
    must(xh_record_get(&t->f->ctx, "core.series", t->ids[2], &record, &err), &err);
    xh_doc_set_real(record.doc, "factor", 10);
    must(xh_record_put(&t->f->ctx, &record, &err), &err);
    struct xh_use after = place_of(t, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01");
    double growth = after.amounts[0].amount - before.amounts[0].amount;
    assert_true(growth - 9 * 15.2 < 1e-6 && 9 * 15.2 - growth < 1e-6);
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    town_leave(t);
}

/* Asked between a write's beginning and its reading, and between the reading and its end. */
static void what_is_added_while_a_write_is_under_way_is_not_kept(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct xh_err err = {0};
    const struct xh_series *series;
    int64_t at_us = at("2025-06-12T00:00:00+07:00");
    must(xh_series_get_id(&t->f->ctx, t->ids[4], &series, &err), &err);
    for (int round = 0; round < 4; round++) {
        if (round % 2 == 0) {
            (void)place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
            days_settle(t->f);
        }
        must(xh_use_write_begin(t->f->engine, series, at_us, at_us, &err), &err);
        (void)place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
        append(t, 4, at_us, 1000 + 0.4 * 44 + 0.01 * (round + 1));
        if (round > 1) {
            (void)place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
        }
        xh_use_write_end(t->f->engine, series);
        assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    }
    xh_series_put(series);
    town_leave(t);
}

static void a_clock_that_goes_on_brings_its_days(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    (void)place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-08-01");
    xh_env_fault_advance(t->f->fault, 10 * XH_US_PER_DAY);
    put_growth(t->f, t->codes[1], at("2025-07-20T00:00:00+07:00"), at("2025-07-24T00:00:00+07:00"),
               SIX_HOURS_S * XH_US_PER_S, 2000, 1);
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-08-01");
    town_leave(t);
}

/* ---- at random ---- */

static void random_write(struct town *t, struct xh_rand *rand)
{
    struct xh_err err = {0};
    size_t meter = xh_rand_below(rand, t->count);
    int64_t from_us = at("2025-06-01T00:00:00+07:00");
    int64_t at_us = from_us + (int64_t)xh_rand_below(rand, 24 * 24) * XH_US_PER_HOUR;
    double value = 1000 + (double)xh_rand_below(rand, 1000) / 10;
    unsigned quality = xh_rand_below(rand, 8) == 0 ? XH_QUALITY_SUSPECT : 0;
    (void)try_put(&t->f->ctx, t->codes[meter], at_us, value, quality, &err);
}

static void random_writes_and_questions_agree(void **state)
{
    (void)state;
    static const char *const days[] = {"2025-06-01", "2025-06-04", "2025-06-11", "2025-06-18",
                                       "2025-06-21", "2025-06-26"};
    enum { SEED = 20260722, ROUNDS = 60 };
    struct town *t = town_enter(FEW);
    struct xh_rand rand;
    xh_rand_init(&rand, SEED);
    for (int round = 0; round < ROUNDS; round++) {
        size_t from = xh_rand_below(&rand, XH_COUNT(days) - 1);
        size_t to = from + 1 + xh_rand_below(&rand, XH_COUNT(days) - 1 - from);
        for (uint64_t writes = xh_rand_below(&rand, 3); writes > 0; writes--) {
            random_write(t, &rand);
        }
        if (xh_rand_below(&rand, 4) == 0) {
            days_settle(t->f);
        }
        assert_place_is_right(t, XH_PERIOD_DAY, days[from], days[to]);
    }
    town_leave(t);
}

struct race {
    struct town *town;
    int rounds;
};

static void *race_write(void *arg)
{
    struct race *race = arg;
    struct xh_rand rand;
    xh_rand_init(&rand, 7);
    for (int i = 0; i < race->rounds; i++) {
        struct xh_err err = {0};
        size_t meter = xh_rand_below(&rand, race->town->count);
        int64_t at_us = at("2025-06-01T00:00:00+07:00") +
                        (int64_t)xh_rand_below(&rand, 24 * 24) * XH_US_PER_HOUR;
        struct xh_ctx ctx = race->town->f->ctx;
        ctx.arena = xh_arena_create("writer");
        (void)try_put(&ctx, race->town->codes[meter], at_us, 1000 + i, 0, &err);
        xh_arena_destroy(ctx.arena);
    }
    return NULL;
}

static void *race_read(void *arg)
{
    struct race *race = arg;
    struct xh_use_ask ask = {
        .place_id = race->town->f->home_place, .quantity = "energy.electricity",
        .period = XH_PERIOD_DAY, .day_from = day_of("2025-06-01"), .day_to = day_of("2025-06-25"),
    };
    for (int i = 0; i < race->rounds; i++) {
        struct xh_ctx ctx = race->town->f->ctx;
        struct xh_use use;
        struct xh_err err = {0};
        ctx.arena = xh_arena_create("reader");
        must(xh_use(&ctx, &ask, &use, &err), &err);
        xh_arena_destroy(ctx.arena);
    }
    return NULL;
}

static void sums_are_right_after_writes_and_questions_at_once(void **state)
{
    (void)state;
    struct town *t = town_enter(FEW);
    struct race race = {t, 60};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, i < 1 ? race_write : race_read, &race),
                         0);
    }
    for (size_t i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    town_leave(t);
}

/* Six blocks, so that two threads add them up, while somebody writes. */
static void a_town_is_right_whoever_adds_it_up(void **state)
{
    (void)state;
    struct town *t = town_enter(ALL);
    struct race race = {t, 20};
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, i < 1 ? race_write : race_read, &race),
                         0);
    }
    for (size_t i = 0; i < 3; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    struct xh_use kept = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    assert_place_is_right(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    struct xh_err err = {0};
    days_settle(t->f);
    must(xh_use_forget(t->f->engine, &err), &err);
    struct xh_use anew = place_of(t, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
    assert_true(is_same(&kept, &anew));
    town_leave(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_of_many_is_the_sum_of_its_series),
        cmocka_unit_test(what_was_asked_is_not_read_again),
        cmocka_unit_test(a_meter_of_another_clock_is_added_by_the_places_days),
        cmocka_unit_test(a_late_reading_changes_the_sum),
        cmocka_unit_test(a_live_reading_is_in_the_next_answer),
        cmocka_unit_test(another_factor_of_one_meter_makes_another_sum),
        cmocka_unit_test(what_is_added_while_a_write_is_under_way_is_not_kept),
        cmocka_unit_test(a_clock_that_goes_on_brings_its_days),
        cmocka_unit_test(random_writes_and_questions_agree),
        cmocka_unit_test(sums_are_right_after_writes_and_questions_at_once),
        cmocka_unit_test(a_town_is_right_whoever_adds_it_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
