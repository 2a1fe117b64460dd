/* Consumption over local time, kept and computed. */
#include "service/ingest_help.h"
#include "service/use_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOME "home-7/electricity"
#define HALF_HOUR_US (1800 * XH_US_PER_S)

/* 2025-07-15T09Z */
static const struct engine_options july = {.now_us = INT64_C(1752570000000000)};

static int64_t meter_make(struct engine_fixture *f, struct xh_meter_spec spec)
{
    struct xh_err err = {0};
    int64_t id = 0;
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    return id;
}

/* Half-hourly, 0.25 kWh each, from June 1 to July 1 of the zone of home 7. */
static void june_put(struct engine_fixture *f)
{
    put_growth(f, HOME, at("2025-06-01T00:00:00+07:00"), at("2025-07-01T01:00:00+07:00"),
               HALF_HOUR_US, 1000, 0.25);
}

static void hours_make_up_their_day_and_days_their_month(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    struct xh_use hours = use_of(f, f->home_series, XH_PERIOD_HOUR, "2025-06-15", "2025-06-16");
    struct xh_use days = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    struct xh_use month = use_of(f, f->home_series, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01");
    assert_int_equal(hours.count, 24);
    assert_int_equal(days.count, 30);
    assert_int_equal(month.count, 1);
    assert_true(hours.amounts[7].amount == 0.5);
    assert_true(use_total(&hours) == 12);
    assert_true(days.amounts[14].amount == 12);
    assert_true(month.amounts[0].amount == 360);
    assert_int_equal(month.amounts[0].reading_count, 30 * 48);
    assert_int_equal(month.amounts[0].flags, 0);
    assert_int_equal(month.amounts[0].covered_us, 30 * XH_US_PER_DAY);
    assert_string_equal(month.unit, "kWh");
    assert_true(xh_str_is(month.zone, "Asia/Ho_Chi_Minh"));
    assert_int_equal(month.series_count, 1);
    assert_int_equal(month.silent_count, 0);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

static void what_was_asked_first_changes_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    struct xh_use part = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-10", "2025-06-12");
    struct xh_use whole = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    assert_true(whole.amounts[9].amount == part.amounts[0].amount);
    assert_days_are_right(f, f->home_series, "2025-05-01", "2025-07-20");
    engine_leave(f);
}

static void a_year_without_readings_is_empty_and_says_so(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_MONTH, "2024-01-01", "2025-01-01");
    assert_int_equal(use.count, 12);
    assert_int_equal(use.silent_count, 1);
    assert_true(use_total(&use) == 0);
    assert_int_equal(use.amounts[3].flags, XH_AMOUNT_INCOMPLETE);
    use = use_of(f, f->home_series, XH_PERIOD_MONTH, "2025-01-01", "2026-01-01");
    assert_int_equal(use.silent_count, 0);
    assert_true(use.amounts[5].amount == 360);
    assert_int_equal(use.amounts[11].flags, XH_AMOUNT_INCOMPLETE);
    engine_leave(f);
}

/* Hours of 60 minutes, one reading an hour, 1 kWh each. */
static void days_of_23_and_25_hours_have_as_many(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_meter_spec spec = engine_meter_spec("berlin", "berlin/electricity");
    spec.zone = XH_STR("Europe/Berlin");
    int64_t id = meter_make(f, spec);
    put_growth(f, "berlin/electricity", at("2025-03-29T00:00:00+01:00"),
               at("2025-04-01T00:00:00+02:00"), XH_US_PER_HOUR, 0, 1);
    put_growth(f, "berlin/electricity", at("2024-10-26T00:00:00+02:00"),
               at("2024-10-29T00:00:00+01:00"), XH_US_PER_HOUR, 0, 1);
    struct xh_use spring = use_of(f, id, XH_PERIOD_DAY, "2025-03-29", "2025-03-31");
    assert_true(spring.amounts[0].amount == 24);
    assert_true(spring.amounts[1].amount == 23);
    struct xh_use autumn = use_of(f, id, XH_PERIOD_DAY, "2024-10-26", "2024-10-28");
    assert_true(autumn.amounts[0].amount == 24);
    assert_true(autumn.amounts[1].amount == 25);
    struct xh_use hours = use_of(f, id, XH_PERIOD_HOUR, "2024-10-27", "2024-10-28");
    assert_int_equal(hours.count, 25);
    assert_true(use_total(&hours) == 25);
    engine_leave(f);
}

static void a_late_reading_changes_its_own_days_and_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    struct xh_use before = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    days_settle(f);
    /* Between 12:00 and 12:30 of June 10, where 0.25 kWh were used: no day's sum changes. */
    put(f, HOME, at("2025-06-10T12:10:00+07:00"), 1000 + 9 * 12 + 6.2);
    /* At the midnight between June 19 and 20, corrected by 0.1 kWh: two days change. */
    put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
    struct xh_use after = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    for (size_t i = 0; i < before.count; i++) {
        double growth = after.amounts[i].amount - before.amounts[i].amount;
        double expected = i == 18 ? 0.1 : i == 19 ? -0.1 : 0;
        assert_true(growth - expected < 1e-9 && expected - growth < 1e-9);
        assert_int_equal(after.amounts[i].reading_count - before.amounts[i].reading_count, i == 9);
    }
    assert_true((after.amounts[18].flags & XH_AMOUNT_CORRECTED) != 0);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

static void a_spike_is_left_out_when_its_neighbour_comes(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    days_settle(f);
    put(f, HOME, at("2025-06-10T23:50:00+07:00"), 3);  /* a dropout */
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    put(f, HOME, at("2025-06-11T00:10:00+07:00"), 4);  /* and another: a reset now */
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    put(f, HOME, at("2025-06-10T23:50:00+07:00"), -1); /* suspect: as if not there */
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

static void the_past_can_be_asked_as_it_was_known(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    june_put(f);
    struct xh_use before = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    int64_t known_us = xh_env_now_us(f->env);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
    struct xh_use_ask ask = {
        .series_id = f->home_series, .period = XH_PERIOD_DAY, .as_known_us = known_us,
        .day_from = day_of("2025-06-01"), .day_to = day_of("2025-07-01"),
    };
    struct xh_use then;
    must(xh_use(&f->ctx, &ask, &then, &err), &err);
    for (size_t i = 0; i < then.count; i++) {
        assert_true(then.amounts[i].amount == before.amounts[i].amount);
    }
    struct xh_use now = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    assert_true(now.amounts[19].amount != before.amounts[19].amount);
    engine_leave(f);
}

static void a_gauge_has_no_consumption(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("home-7", "home-7/power");
    spec.quantity = XH_STR("energy.power");
    spec.kind = XH_STR("gauge");
    spec.unit = XH_STR("W");
    struct xh_use_ask ask = {
        .series_id = meter_make(f, spec), .period = XH_PERIOD_DAY,
        .day_from = day_of("2025-06-01"), .day_to = day_of("2025-07-01"),
    };
    struct xh_use use;
    assert_int_equal(xh_use(&f->ctx, &ask, &use, &err), XH_E_INVALID);
    assert_string_equal(err.field, "series");
    engine_leave(f);
}

/* 2 kW for a day is 48 kWh, whatever the unit it is declared in. */
static void power_is_integrated_over_time(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_meter_spec spec = engine_meter_spec("home-7", "home-7/load");
    spec.kind = XH_STR("power");
    spec.unit = XH_STR("W");
    int64_t id = meter_make(f, spec);
    put_growth(f, "home-7/load", at("2025-06-01T00:30:00+07:00"), at("2025-06-05T00:30:00+07:00"),
               HALF_HOUR_US, 2000, 0);
    struct xh_use use = use_of(f, id, XH_PERIOD_DAY, "2025-06-02", "2025-06-03");
    assert_string_equal(use.unit, "kWh");
    assert_true(use.amounts[0].amount - 48 < 1e-9 && 48 - use.amounts[0].amount < 1e-9);
    engine_leave(f);
}

static void a_place_is_the_sum_of_its_series(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    june_put(f);
    struct xh_meter_spec spec = engine_meter_spec("home-7", "home-7/second");
    int64_t second = meter_make(f, spec);
    put_growth(f, "home-7/second", at("2025-06-01T00:00:00+07:00"), at("2025-06-11T00:00:00+07:00"),
               XH_US_PER_HOUR, 0, 1);
    spec = engine_meter_spec("home-7", "home-7/silent");
    (void)meter_make(f, spec);
    struct xh_use_ask ask = {
        .place_id = f->home_place, .quantity = "energy.electricity", .period = XH_PERIOD_MONTH,
        .day_from = day_of("2025-06-01"), .day_to = day_of("2025-07-01"),
    };
    struct xh_use use;
    must(xh_use(&f->ctx, &ask, &use, &err), &err);
    assert_int_equal(use.series_count, 3);
    assert_int_equal(use.silent_count, 1);
    assert_true(use.amounts[0].amount == 360 + 240);
    assert_true(use_of(f, second, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01").amounts[0].amount ==
                240);
    engine_leave(f);
}

static void what_is_asked_must_have_an_end_and_not_too_many_windows(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    struct xh_use use;
    struct xh_use_ask ask = {
        .series_id = f->home_series, .period = XH_PERIOD_HOUR,
        .day_from = day_of("2025-06-02"), .day_to = day_of("2025-06-01"),
    };
    assert_int_equal(xh_use(&f->ctx, &ask, &use, &err), XH_E_INVALID);
    assert_string_equal(err.field, "to");
    ask.day_from = day_of("2020-01-01");
    assert_int_equal(xh_use(&f->ctx, &ask, &use, &err), XH_E_TOO_LARGE);
    ask.day_from = day_of("0002-01-01");
    ask.period = XH_PERIOD_YEAR;
    assert_int_equal(xh_use(&f->ctx, &ask, &use, &err), XH_E_TOO_LARGE);
    engine_leave(f);
}

/* ---- what is kept survives only what it may survive ---- */

static void a_folder_that_was_closed_keeps_its_days(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    engine_reopen(f);
    put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    assert_true(use.amounts[18].amount > 12.09 && use.amounts[18].amount < 12.11);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

/* The child works on the folder and dies without closing it. */
static void a_process_that_dies_leaves_no_stale_day(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    xh_engine_close(f->engine);
    f->engine = NULL;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct xh_err err = {0};
        if (engine_try_open(f, &f->engine, &err) < 0) {
            _exit(1);
        }
        f->ctx = engine_as(f, "operator");
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
        put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-25");
        put(f, HOME, at("2025-06-22T00:00:00+07:00"), 1000 + 21 * 12 + 0.1);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    engine_reopen(f);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

static void readings_put_back_from_elsewhere_are_noticed(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    june_put(f);
    struct xh_str copy = xh_arena_format(f->arena, "%s/copy", f->dir);
    must(xh_tsdb_backup(xh_engine_tsdb(f->engine), copy.ptr, &err), &err);
    put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    xh_engine_close(f->engine);
    f->engine = NULL;
    struct xh_str command =
        xh_arena_format(f->arena, "rm -r '%s/readings' && mv '%s' '%s/readings'", f->dir, copy.ptr,
                        f->dir);
    assert_int_equal(system(command.ptr), 0);
    engine_reopen(f);
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    assert_true(use.amounts[18].amount == 12);
    engine_leave(f);
}

static void a_damaged_cache_is_thrown_away(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    xh_engine_close(f->engine);
    f->engine = NULL;
    struct xh_str path = xh_arena_format(f->arena, "%s/derived.db", f->dir);
    FILE *file = fopen(path.ptr, "wb");
    assert_non_null(file);
    for (int i = 0; i < 5000; i++) {
        assert_true(fputs("not a database ", file) >= 0);
    }
    fclose(file);
    engine_reopen(f);
    assert_true(use_of(f, f->home_series, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01")
                    .amounts[0].amount == 360);
    engine_leave(f);
}

/* How many days are kept, in all series. */
static int64_t kept_count(struct engine_fixture *f)
{
    struct xh_err err = {0};
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int64_t count = 0;
    must(xh_rel_read_begin(f->engine->derived, &conn, &err), &err);
    must(xh_rel_prepare(conn, "SELECT cells FROM use_year", &rows, &err), &err);
    while (xh_rel_next(rows, &err) == 1) {
        struct xh_str blob = xh_rel_blob(rows, 0);
        const struct xh__use_cell *cells = (const struct xh__use_cell *)(const void *)blob.ptr;
        for (size_t i = 0; i < blob.len / sizeof *cells; i++) {
            count += cells[i].is_there;
        }
    }
    xh_rel_done(rows);
    xh_rel_read_end(f->engine->derived, conn);
    return count;
}

/* Nobody asked, but somebody will. */
static void history_that_came_in_is_computed_without_being_asked_for(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    engine_reopen(f);
    assert_int_equal(kept_count(f), 31); /* with May 31, which is empty */
    put(f, HOME, july.now_us, 5000); /* live */
    engine_reopen(f);
    assert_int_equal(kept_count(f), 31);
    put(f, HOME, at("2025-06-20T00:00:00+07:00"), 1000 + 19 * 12 + 0.1);
    assert_int_equal(kept_count(f), 28); /* without June 19 to 21 */
    engine_reopen(f);
    assert_int_equal(kept_count(f), 31);
    assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    engine_leave(f);
}

static void another_factor_of_the_meter_changes_its_days(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    struct xh_record series;
    june_put(f);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    xh_doc_set_real(series.doc, "factor", 40);
    must(xh_record_put(&f->ctx, &series, &err), &err);
    assert_true(use_of(f, f->home_series, XH_PERIOD_MONTH, "2025-06-01", "2025-07-01")
                    .amounts[0].amount == 360 * 40);
    engine_leave(f);
}

/* ---- all at once ---- */

static void append(struct engine_fixture *f, const struct xh_series *series, int64_t at_us,
                   double value)
{
    struct xh_err err = {0};
    struct xh_tsdb_row row = {.decimals = -1, .at_us = at_us, .value = value};
    struct xh_tsdb_batch batch = {
        .keys = &series->key, .key_count = 1, .rows = &row, .row_count = 1,
        .arrival_us = xh_env_now_us(f->env),
    };
    must(xh_tsdb_append(xh_engine_tsdb(f->engine), &batch, &err), &err);
}

/* The order of events by hand: asked between a write's beginning and its reading, and between the
 * reading and its end. */
static void what_is_computed_while_a_write_is_under_way_is_not_kept(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    const struct xh_series *series;
    int64_t at_us = at("2025-06-20T00:00:00+07:00");
    june_put(f);
    must(xh_series_get_id(&f->ctx, f->home_series, &series, &err), &err);
    for (int round = 0; round < 3; round++) {
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
        days_settle(f);
        must(xh_use_write_begin(f->engine, series, at_us, at_us, &err), &err);
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
        days_settle(f);
        append(f, series, at_us, 1000 + 19 * 12 + 0.1 * (round + 1));
        if (round == 1) {
            (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-01");
            days_settle(f);
        }
        xh_use_write_end(f->engine, series);
        assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    }
    xh_series_put(series);
    engine_leave(f);
}

/* Newer than all that days depend on: nothing is dropped and what is computed is kept. */
static void a_live_reading_drops_no_day(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&july);
    struct xh_err err = {0};
    const struct xh_series *series;
    june_put(f);
    must(xh_series_get_id(&f->ctx, f->home_series, &series, &err), &err);
    (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-07-03");
    days_settle(f);
    struct xh__use_mark marks[2] = {
        {.series = series, .from_us = at("2025-07-01T01:30:00+07:00")}, {.series = NULL},
    };
    assert_false(xh__use_write_mark(f->engine, marks, 2));
    xh__use_write_unmark(f->engine, marks, 2);
    marks[0].from_us = at("2025-07-01T00:30:00+07:00");
    assert_true(xh__use_write_mark(f->engine, marks, 2));
    assert_true(marks[0].is_touching);
    xh__use_write_unmark(f->engine, marks, 2);
    xh_series_put(series);
    engine_leave(f);
}

struct race {
    struct engine_fixture *f;
    unsigned seed;
    int rounds;
};

/* Late readings and corrections, in batches of one to five. */
static void *race_write(void *arg)
{
    struct race *race = arg;
    unsigned seed = race->seed;
    for (int round = 0; round < race->rounds; round++) {
        struct xh_arena *arena = xh_arena_create("batch");
        struct xh_err err = {0};
        struct xh_ingest_row rows[5];
        struct xh_ingest_result results[5];
        size_t count = 1 + (size_t)(rand_r(&seed) % 5);
        for (size_t i = 0; i < count; i++) {
            int slot = rand_r(&seed) % (30 * 96);
            rows[i] = (struct xh_ingest_row){
                XH_STR(HOME), at("2025-06-01T00:00:00+07:00") + slot * (HALF_HOUR_US / 2),
                1000 + 0.125 * slot + (rand_r(&seed) % 100) / 1000.0, -1, 0};
        }
        struct xh_ctx ctx;
        xh_engine_ctx(race->f->engine, &xh_who_engine, arena, &ctx);
        struct xh_ingest_batch batch = {
            .arena = arena, .rows = rows, .count = count, .results = results};
        if (xh_ingest(&ctx, &batch, &err) < 0 || batch.refused > 0) {
            abort();
        }
        xh_arena_destroy(arena);
    }
    return NULL;
}

static void *race_read(void *arg)
{
    struct race *race = arg;
    unsigned seed = race->seed;
    for (int round = 0; round < race->rounds; round++) {
        struct xh_arena *arena = xh_arena_create("request");
        struct xh_err err = {0};
        struct xh_ctx ctx;
        struct xh_use use;
        int32_t first = day_of("2025-06-01") + rand_r(&seed) % 25;
        struct xh_use_ask ask = {
            .series_id = race->f->home_series, .period = XH_PERIOD_DAY,
            .day_from = first, .day_to = first + 1 + rand_r(&seed) % 6,
        };
        xh_engine_ctx(race->f->engine, &xh_who_engine, arena, &ctx);
        if (xh_use(&ctx, &ask, &use, &err) < 0) {
            abort();
        }
        xh_arena_destroy(arena);
    }
    return NULL;
}

static void days_are_right_after_late_writes_and_questions_at_once(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    struct engine_fixture *f = engine_enter(&july);
    june_put(f);
    for (unsigned turn = 0; turn < 30; turn++) {
        pthread_t threads[THREADS];
        struct race races[THREADS];
        for (unsigned i = 0; i < THREADS; i++) {
            races[i] = (struct race){f, turn * THREADS + i + 1, i % 2 == 0 ? 8 : 24};
            assert_int_equal(pthread_create(&threads[i], NULL, i % 2 == 0 ? race_write : race_read,
                                            &races[i]), 0);
        }
        for (unsigned i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        assert_days_are_right(f, f->home_series, "2025-06-01", "2025-07-01");
    }
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_make_up_their_day_and_days_their_month),
        cmocka_unit_test(what_was_asked_first_changes_nothing),
        cmocka_unit_test(a_year_without_readings_is_empty_and_says_so),
        cmocka_unit_test(days_of_23_and_25_hours_have_as_many),
        cmocka_unit_test(a_late_reading_changes_its_own_days_and_no_other),
        cmocka_unit_test(a_spike_is_left_out_when_its_neighbour_comes),
        cmocka_unit_test(the_past_can_be_asked_as_it_was_known),
        cmocka_unit_test(a_gauge_has_no_consumption),
        cmocka_unit_test(power_is_integrated_over_time),
        cmocka_unit_test(a_place_is_the_sum_of_its_series),
        cmocka_unit_test(what_is_asked_must_have_an_end_and_not_too_many_windows),
        cmocka_unit_test(a_folder_that_was_closed_keeps_its_days),
        cmocka_unit_test(a_process_that_dies_leaves_no_stale_day),
        cmocka_unit_test(readings_put_back_from_elsewhere_are_noticed),
        cmocka_unit_test(a_damaged_cache_is_thrown_away),
        cmocka_unit_test(history_that_came_in_is_computed_without_being_asked_for),
        cmocka_unit_test(another_factor_of_the_meter_changes_its_days),
        cmocka_unit_test(what_is_computed_while_a_write_is_under_way_is_not_kept),
        cmocka_unit_test(a_live_reading_drops_no_day),
        cmocka_unit_test(days_are_right_after_late_writes_and_questions_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
