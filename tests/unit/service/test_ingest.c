/* Readings on their way in. */
#include "service/ingest_help.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

#define HOME "home-7/electricity"

/* 2025-06-15T09Z */
static const struct engine_options june = {.now_us = INT64_C(1749978000000000)};

static struct xh_reading read_one(struct engine_fixture *f, int64_t series_id, int64_t at_us)
{
    struct xh_err err = {0};
    const struct xh_series *series;
    struct xh_reading reading = {0};
    must(xh_series_get_id(&f->ctx, series_id, &series, &err), &err);
    must(xh_tsdb_before(xh_engine_tsdb(f->engine), &series->key, at_us, 0, &reading, &err), &err);
    xh_series_put(series);
    return reading;
}

static void a_reading_is_kept_with_its_digits(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_ingest_row row = {XH_STR(HOME), at("2025-06-15T08:30:00Z"), 12.50, 2,
                                XH_QUALITY_MANUAL};
    struct xh_ingest_result result;
    struct xh_ingest_batch batch = {.arena = f->arena, .rows = &row, .count = 1,
                                    .results = &result};
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(result.status, XH_INGEST_TAKEN);
    assert_int_equal(result.seq, 1);
    assert_int_equal(result.series_id, f->home_series);
    assert_int_equal(batch.taken, 1);
    struct xh_reading reading = read_one(f, f->home_series, row.at_us);
    assert_true(reading.value == 12.5);
    assert_int_equal(reading.decimals, 2);
    assert_int_equal(reading.quality, XH_QUALITY_MANUAL);
    engine_leave(f);
}

static void the_same_again_is_a_duplicate_and_another_value_a_correction(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    int64_t at_us = at("2025-06-15T08:30:00Z");
    assert_int_equal(put(f, HOME, at_us, 10).status, XH_INGEST_TAKEN);
    assert_int_equal(put(f, HOME, at_us, 10).status, XH_INGEST_DUPLICATE);
    struct xh_ingest_result corrected = put(f, HOME, at_us, 11);
    assert_int_equal(corrected.status, XH_INGEST_CORRECTED);
    assert_int_equal(corrected.seq, 2);
    assert_true(read_one(f, f->home_series, at_us).value == 11);
    engine_leave(f);
}

static void a_series_may_be_named_by_its_id(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    char id[32];
    snprintf(id, sizeof id, "%lld", (long long)f->home_series);
    assert_int_equal(put(f, id, at("2025-06-15T08:30:00Z"), 10).series_id, f->home_series);
    engine_leave(f);
}

static void a_clock_that_is_ahead_is_told_so(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_ingest_result r =
        try_put(&f->ctx, HOME, june.now_us + XH_US_PER_DAY, 1, 0, &err);
    assert_int_equal(r.status, XH_INGEST_TAKEN);
    r = try_put(&f->ctx, HOME, june.now_us + XH_US_PER_DAY + 60 * XH_US_PER_S, 1, 0, &err);
    assert_int_equal(r.status, XH_INGEST_REFUSED);
    assert_int_equal(err.code, XH_E_INVALID);
    assert_string_equal(err.field, "time");
    assert_string_equal(err.value, "2025-06-16T09:01:00Z");
    assert_string_equal(err.limit, "2025-06-16T09:00:00Z");
    r = try_put(&f->ctx, HOME, -1, 1, 0, &err);
    assert_int_equal(r.status, XH_INGEST_REFUSED);
    assert_string_equal(err.value, "1969-12-31T23:59:59.999999Z");
    engine_leave(f);
}

static void a_value_that_is_no_number_names_its_unit(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_ingest_result r = try_put(&f->ctx, HOME, june.now_us, NAN, 0, &err);
    assert_int_equal(r.status, XH_INGEST_REFUSED);
    assert_string_equal(err.field, "value");
    assert_string_equal(err.value, "not a number");
    assert_string_equal(err.unit, "kWh");
    engine_leave(f);
}

static void a_wrong_row_does_not_hinder_its_neighbours(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    int64_t at_us = at("2025-06-15T08:00:00Z");
    struct xh_ingest_row rows[] = {
        {XH_STR(HOME), at_us, 1, 0, 0},
        {XH_STR("nobody/knows"), at_us, 1, 0, 0},
        {XH_STR(HOME), at_us + 1, INFINITY, 0, 0},
        {XH_STR("nobody/knows"), at_us + 2, 1, 0, 0},
        {XH_STR(HOME), at_us + 3, 2, 18, 0},
        {XH_STR(HOME), at_us + 4, 2, 0, 0},
    };
    struct xh_ingest_result results[XH_COUNT(rows)];
    struct xh_ingest_batch batch = {
        .arena = f->arena, .rows = rows, .count = XH_COUNT(rows), .results = results};
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(batch.taken, 2);
    assert_int_equal(batch.refused, 4);
    assert_int_equal(results[0].seq, 1);
    assert_int_equal(results[5].seq, 2);
    assert_int_equal(results[1].err->code, XH_E_NOT_FOUND);
    assert_string_equal(results[1].err->field, "series");
    assert_string_equal(results[3].err->value, "nobody/knows");
    assert_string_equal(results[4].err->unit, "decimals");
    engine_leave(f);
}

/* What comes from outside does not decide how much memory its refusal takes. */
static void very_many_unknown_series_are_not_told_one_by_one(void **state)
{
    (void)state;
    enum { ROWS = 10200, TOLD = 10000 };
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_ingest_row *rows = XH_NEW_ARRAY(f->arena, struct xh_ingest_row, ROWS);
    struct xh_ingest_batch batch = {
        .arena = f->arena,
        .rows = rows,
        .count = ROWS,
        .results = XH_NEW_ARRAY(f->arena, struct xh_ingest_result, ROWS),
    };
    for (int i = 0; i < ROWS; i++) {
        rows[i] = (struct xh_ingest_row){
            xh_arena_format(f->arena, "nobody-%d", i), june.now_us, 1, 0, 0};
    }
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(batch.refused, ROWS);
    assert_string_equal(batch.results[TOLD - 2].err->value, "nobody-9998");
    assert_ptr_equal(batch.results[TOLD - 1].err, batch.results[ROWS - 1].err);
    assert_non_null(strstr(batch.results[ROWS - 1].err->text, "one by one"));
    engine_leave(f);
}

static void a_batch_of_many_series_keeps_each_in_its_own(void **state)
{
    (void)state;
    enum { SERIES_COUNT = 20, ROWS = 100 };
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_ingest_row rows[ROWS];
    struct xh_ingest_result results[ROWS];
    int64_t ids[SERIES_COUNT];
    for (int i = 0; i < SERIES_COUNT; i++) {
        struct xh_str code = xh_arena_format(f->arena, "flat-%d/electricity", i);
        struct xh_meter_spec spec = engine_meter_spec("home-7", code.ptr);
        must(xh_registry_meter(&f->ctx, &spec, &ids[i], &err), &err);
    }
    for (int i = 0; i < ROWS; i++) {
        rows[i] = (struct xh_ingest_row){
            xh_arena_format(f->arena, "flat-%d/electricity", i * 7 % SERIES_COUNT),
            june.now_us - XH_US_PER_HOUR + i, i, 0, 0};
    }
    struct xh_ingest_batch batch = {
        .arena = f->arena, .rows = rows, .count = ROWS, .results = results};
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(batch.taken, ROWS);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(results[i].series_id, ids[i * 7 % SERIES_COUNT]);
        assert_int_equal(results[i].seq, i / SERIES_COUNT + 1);
    }
    engine_leave(f);
}

static void what_is_late_or_not_plausible_is_taken_and_marked(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    int64_t late_us = june.now_us - 3 * 1800 * XH_US_PER_S; /* three periods */
    assert_int_equal(put(f, HOME, late_us, 5).quality, XH_QUALITY_GOOD);
    assert_int_equal(put(f, HOME, late_us - 1, 5).quality, XH_QUALITY_LATE);
    assert_int_equal(put(f, HOME, june.now_us, -5).quality, XH_QUALITY_SUSPECT);
    struct xh_ingest_stats stats;
    xh_ingest_get_stats(f->engine, &stats);
    assert_int_equal(stats.taken, 3);
    assert_int_equal(stats.late, 1);
    assert_int_equal(stats.suspect, 1);
    assert_int_equal(stats.batches, 3);
    engine_leave(f);
}

static uint8_t put_history(struct engine_fixture *f, int64_t at_us, uint8_t quality)
{
    struct xh_err err = {0};
    const struct xh_ingest_row row = {XH_STR(HOME), at_us, 5, 0, quality};
    struct xh_ingest_result result;
    struct xh_arena *arena = xh_arena_create("batch");
    struct xh_ingest_batch batch = {
        .arena = arena, .rows = &row, .count = 1, .results = &result, .is_history = true};
    must(xh_ingest(&f->ctx, &batch, &err), &err);
    assert_int_equal(batch.late, (result.quality & XH_QUALITY_LATE) != 0);
    xh_arena_destroy(arena);
    return result.quality;
}

static void history_is_late_only_when_its_source_and_its_time_say_so(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    int64_t old_us = june.now_us - 30 * XH_US_PER_DAY;
    assert_int_equal(put_history(f, old_us, XH_QUALITY_GOOD), XH_QUALITY_GOOD);
    assert_int_equal(put_history(f, old_us - 1, XH_QUALITY_LATE), XH_QUALITY_LATE);
    assert_int_equal(put_history(f, june.now_us, XH_QUALITY_LATE), XH_QUALITY_GOOD);
    assert_int_equal(put(f, HOME, old_us + 1, 5).quality, XH_QUALITY_LATE);
    engine_leave(f);
}

static void a_gauge_outside_the_range_of_its_quantity_is_suspect(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("home-7", "home-7/power");
    int64_t id = 0;
    spec.quantity = XH_STR("energy.power");
    spec.kind = XH_STR("gauge");
    spec.unit = XH_STR("W"); /* the range is in kW */
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    assert_int_equal(put(f, "home-7/power", june.now_us, 999e6).quality, XH_QUALITY_GOOD);
    assert_int_equal(put(f, "home-7/power", june.now_us - 1, 1001e6).quality, XH_QUALITY_SUSPECT);
    engine_leave(f);
}

static void a_resident_writes_its_own_and_sees_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    int64_t id = 0;
    struct xh_meter_spec spec = engine_meter_spec("home-8", "home-8/electricity");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    struct xh_ctx resident = engine_as(f, "resident-7");
    assert_int_equal(try_put(&resident, HOME, june.now_us, 1, 0, &err).status, XH_INGEST_TAKEN);
    struct xh_ingest_result r =
        try_put(&resident, "home-8/electricity", june.now_us, 1, 0, &err);
    assert_int_equal(r.status, XH_INGEST_REFUSED);
    assert_int_equal(err.code, XH_E_NOT_FOUND);
    struct xh_ctx public = engine_as(f, "public");
    assert_int_equal(try_put(&public, HOME, june.now_us, 1, 0, &err).status, XH_INGEST_REFUSED);
    engine_leave(f);
}

/* ---- submit ---- */

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int done, status;
};

static void note_done(void *arg, int status, const struct xh_err *err)
{
    struct waiting *w = arg;
    (void)err;
    pthread_mutex_lock(&w->lock);
    w->done++;
    w->status = status;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void wait_for(struct waiting *w, int count)
{
    pthread_mutex_lock(&w->lock);
    while (w->done < count) {
        pthread_cond_wait(&w->changed, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
}

/* The first of a series goes through the lane, later ones straight to the store. */
static void what_is_submitted_is_answered_once_and_in_order(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    struct engine_fixture *f = engine_enter(&june);
    struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    struct xh_ingest_row rows[COUNT];
    struct xh_ingest_result results[COUNT];
    struct xh_ingest_batch batches[COUNT];
    struct xh_err err = {0};
    for (int i = 0; i < COUNT; i++) {
        rows[i] = (struct xh_ingest_row){XH_STR(HOME), june.now_us - COUNT + i, i, 0, 0};
        batches[i] = (struct xh_ingest_batch){
            .arena = xh_arena_create("batch"), .rows = &rows[i], .count = 1,
            .results = &results[i]};
        must(xh_ingest_submit(&f->ctx, &batches[i], note_done, &w, &err), &err);
    }
    wait_for(&w, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(results[i].status, XH_INGEST_TAKEN);
        assert_int_equal(results[i].seq, i + 1);
        xh_arena_destroy(batches[i].arena);
    }
    assert_int_equal(w.done, COUNT);
    engine_leave(f);
}

static void a_submitted_batch_in_which_all_is_wrong_is_answered_too(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct waiting w = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, -1};
    struct xh_ingest_row row = {XH_STR("nobody/knows"), june.now_us, 1, 0, 0};
    struct xh_ingest_result result;
    struct xh_ingest_batch batch = {.arena = f->arena, .rows = &row, .count = 1,
                                    .results = &result};
    struct xh_err err = {0};
    must(xh_ingest_submit(&f->ctx, &batch, note_done, &w, &err), &err);
    wait_for(&w, 1);
    assert_int_equal(w.status, 0);
    assert_int_equal(result.status, XH_INGEST_REFUSED);
    batch.count = 0;
    must(xh_ingest_submit(&f->ctx, &batch, note_done, &w, &err), &err);
    wait_for(&w, 2);
    assert_int_equal(w.status, 0);
    engine_leave(f);
}

struct heard {
    pthread_mutex_t lock;
    size_t count;
    struct xh_live last;
};

static void hear(void *arg, const struct xh_live *rows, size_t count)
{
    struct heard *heard = arg;
    pthread_mutex_lock(&heard->lock);
    heard->count += count;
    heard->last = rows[count - 1];
    pthread_mutex_unlock(&heard->lock);
}

static void listeners_hear_of_news_but_not_of_duplicates(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER};
    xh_ingest_listen(f->engine, hear, &heard);
    put(f, HOME, june.now_us - 2, 1);
    put(f, HOME, june.now_us - 2, 1);
    put(f, HOME, june.now_us - 2, 2);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.last.series_id, f->home_series);
    assert_int_equal(heard.last.owner_id, f->home_party);
    assert_int_equal(heard.last.seq, 2);
    assert_true(heard.last.value == 2);
    engine_leave(f);
}

/* ---- undo ---- */

static int64_t import_make(struct engine_fixture *f, uint64_t seq_from, uint64_t seq_to)
{
    struct xh_err err = {0};
    struct xh_record import;
    struct xh_ctx engine;
    xh_engine_ctx(f->engine, &xh_who_engine, f->arena, &engine);
    must(xh_record_new(&engine, "core.import", &import, &err), &err);
    xh_doc_set_string(import.doc, "file", "readings.csv");
    size_t row = xh_doc_add(import.doc, "spans");
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "series"), f->home_series);
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "seq_from"), (int64_t)seq_from);
    xh_value_set_int(xh_doc_put(import.doc, "spans", row, "seq_to"), (int64_t)seq_to);
    must(xh_record_put(&engine, &import, &err), &err);
    must(xh_record_verb(&engine, "core.import", import.id, "finish", NULL, NULL, &err), &err);
    return import.id;
}

static void undoing_an_import_restores_what_was_before(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    int64_t from_us = at("2025-06-01T00:00:00+07:00"), to_us = at("2025-06-12T00:00:00+07:00");
    put_growth(f, HOME, from_us, to_us, 2 * XH_US_PER_HOUR, 100, 1);
    struct xh_use before = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-10");
    uint64_t kept = 11 * 12 + 1;
    /* Corrects three days and adds readings between the old ones. */
    put_growth(f, HOME, at("2025-06-03T00:00:00+07:00"), at("2025-06-05T23:00:00+07:00"),
               XH_US_PER_HOUR, 124.25, 0.625);
    int64_t import = import_make(f, kept + 1, kept + 72);
    struct xh_use wrong = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-10");
    assert_true(wrong.amounts[2].amount != before.amounts[2].amount);

    uint64_t count = 0;
    struct xh_ctx resident = engine_as(f, "resident-7");
    assert_true(xh_ingest_undo(&resident, import, &count, &err) < 0);
    must(xh_ingest_undo(&f->ctx, import, &count, &err), &err);
    assert_int_equal(count, 72);
    struct xh_use after = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-10");
    for (size_t i = 0; i < before.count; i++) {
        assert_true(after.amounts[i].amount == before.amounts[i].amount);
        assert_int_equal(after.amounts[i].reading_count, before.amounts[i].reading_count);
    }
    struct xh_record record;
    must(xh_record_get(&f->ctx, "core.import", import, &record, &err), &err);
    assert_true(xh_str_is(record.state, "undone"));
    assert_int_equal(xh_ingest_undo(&f->ctx, import, &count, &err), XH_E_CONFLICT);
    engine_leave(f);
}

static void what_was_taken_back_and_comes_again_corrects_nothing(void **state)
{
    (void)state;
    enum { HOURS = 48 };
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    int64_t from_us = at("2025-06-01T00:00:00+07:00"), to_us = from_us + HOURS * XH_US_PER_HOUR;
    uint64_t count = 0;
    put_growth(f, HOME, from_us, to_us, XH_US_PER_HOUR, 100, 1);
    must(xh_ingest_undo(&f->ctx, import_make(f, 1, HOURS + 1), &count, &err), &err);
    assert_int_equal(count, HOURS + 1);
    put_growth(f, HOME, from_us, to_us, XH_US_PER_HOUR, 100, 1);
    struct xh_use again = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-03");
    assert_true(again.amounts[0].amount == 24);
    assert_int_equal(again.amounts[0].flags & XH_AMOUNT_CORRECTED, 0);
    assert_int_equal(again.amounts[1].flags & XH_AMOUNT_CORRECTED, 0);

    /* another value for a time that has one is a correction, before and after */
    (void)put(f, HOME, from_us + 30 * XH_US_PER_HOUR, 130.5);
    again = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-03");
    assert_int_equal(again.amounts[0].flags & XH_AMOUNT_CORRECTED, 0);
    assert_true((again.amounts[1].flags & XH_AMOUNT_CORRECTED) != 0);
    engine_leave(f);
}

/* ---- faults ---- */

/* The n-th operation on the disk fails, for all n: what was acknowledged is there after a restart,
 * and the days that are kept are right. */
static void no_acknowledged_reading_is_lost_when_the_disk_fails(void **state)
{
    (void)state;
    enum { PUTS = 4, TRIES_MAX = 400 };
    struct engine_fixture *f = engine_enter(&june);
    struct xh_err err = {0};
    int64_t base_us = at("2025-06-01T00:00:00+07:00");
    put_growth(f, HOME, base_us, base_us + 40 * XH_US_PER_HOUR, XH_US_PER_HOUR, 100, 1);
    for (uint64_t nth = 1; nth < TRIES_MAX; nth++) {
        bool is_acknowledged[PUTS];
        (void)use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-01", "2025-06-03");
        xh_env_fault_fail_any(f->fault, nth, nth % 2 ? EIO : ENOSPC, false);
        for (int i = 0; i < PUTS; i++) {
            struct xh_ingest_row row = {XH_STR(HOME), base_us + (int64_t)nth * 100 + i, 100.5, 1,
                                        0};
            struct xh_ingest_result result;
            struct xh_arena *arena = xh_arena_create("batch");
            struct xh_ingest_batch batch = {
                .arena = arena, .rows = &row, .count = 1, .results = &result};
            int code = xh_ingest(&f->ctx, &batch, &err);
            assert_true(code == 0 || err.text[0] != '\0');
            is_acknowledged[i] = code == 0;
            xh_arena_destroy(arena);
        }
        bool has_fired = xh_env_fault_has_fired(f->fault);
        xh_env_fault_fail_any(f->fault, 0, 0, false);
        engine_reopen(f);
        for (int i = 0; i < PUTS; i++) {
            int64_t at_us = base_us + (int64_t)nth * 100 + i;
            bool is_there = read_one(f, f->home_series, at_us).at_us == at_us;
            assert_true(is_there || !is_acknowledged[i]);
            assert_true(has_fired || is_acknowledged[i]);
        }
        assert_days_are_right(f, f->home_series, "2025-06-01", "2025-06-03");
        if (!has_fired) {
            assert_true(nth > 2 * PUTS); /* a write and a sync for each, at least */
            engine_leave(f);
            return;
        }
    }
    fail_msg("the disk never worked");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reading_is_kept_with_its_digits),
        cmocka_unit_test(the_same_again_is_a_duplicate_and_another_value_a_correction),
        cmocka_unit_test(a_series_may_be_named_by_its_id),
        cmocka_unit_test(a_clock_that_is_ahead_is_told_so),
        cmocka_unit_test(a_value_that_is_no_number_names_its_unit),
        cmocka_unit_test(a_wrong_row_does_not_hinder_its_neighbours),
        cmocka_unit_test(very_many_unknown_series_are_not_told_one_by_one),
        cmocka_unit_test(a_batch_of_many_series_keeps_each_in_its_own),
        cmocka_unit_test(what_is_late_or_not_plausible_is_taken_and_marked),
        cmocka_unit_test(history_is_late_only_when_its_source_and_its_time_say_so),
        cmocka_unit_test(a_gauge_outside_the_range_of_its_quantity_is_suspect),
        cmocka_unit_test(a_resident_writes_its_own_and_sees_no_other),
        cmocka_unit_test(what_is_submitted_is_answered_once_and_in_order),
        cmocka_unit_test(a_submitted_batch_in_which_all_is_wrong_is_answered_too),
        cmocka_unit_test(listeners_hear_of_news_but_not_of_duplicates),
        cmocka_unit_test(undoing_an_import_restores_what_was_before),
        cmocka_unit_test(what_was_taken_back_and_comes_again_corrects_nothing),
        cmocka_unit_test(no_acknowledged_reading_is_lost_when_the_disk_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
