/* Observations: what is plain and what is not, ids, corrections, deletions, features, reading. */
#include "service/care.h"
#include "service/erase.h"
#include "service/observe_help.h"

#define GAUGE "home-7/air"

static int64_t gauge(struct engine_fixture *f)
{
    return series_add(f, GAUGE, "gauge", "keep_all", NULL);
}

static void a_number_at_an_instant_is_a_reading_and_nothing_more(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    int64_t series = gauge(f);
    struct xh_observation o = number(series, "2025-12-01T04:00:00Z", 21.5);
    int64_t id = observe_one(f, &o);
    assert_int_equal(id, (series << 30) | 1);
    struct xh_observation got = observe_get(f, id);
    assert_int_equal(got.from_us, o.from_us);
    assert_true(got.value == 21.5);
    assert_int_equal(got.decimals, 2);
    assert_false(got.has_result_time);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 0);
    engine_leave(f);
}

static void a_result_time_that_is_the_time_itself_costs_no_side_record(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_observation o = number(gauge(f), "2025-12-01T04:00:00Z", 21.5);
    o.has_result_time = true;
    o.result_us = o.from_us;
    struct xh_observation got = observe_get(f, observe_one(f, &o));
    assert_true(got.has_result_time);
    assert_int_equal(got.result_us, o.from_us);
    assert_int_equal(got.quality, XH_QUALITY_GOOD);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 0);
    engine_leave(f);
}

static void all_that_is_said_is_kept(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    int64_t series = gauge(f);
    struct xh_observation o = number(series, "2025-12-01T03:00:00Z", 7);
    o.to_us = at("2025-12-01T04:00:00Z");
    o.has_result_time = true;
    o.result_us = at("2025-12-01T04:30:00Z");
    o.has_valid = true;
    o.valid_from_us = at("2025-12-01T00:00:00Z");
    o.valid_to_us = at("2025-12-02T00:00:00Z");
    o.parameters = XH_STR("{\"a\":1}");
    o.result_quality = XH_STR("[\"good\"]");
    int64_t id = observe_one(f, &o);
    engine_reopen(f);
    struct xh_observation got = observe_get(f, id);
    assert_int_equal(got.id, id);
    assert_int_equal(got.series_id, series);
    assert_int_equal(got.from_us, o.from_us);
    assert_int_equal(got.to_us, o.to_us);
    assert_int_equal(got.result_us, o.result_us);
    assert_int_equal(got.valid_from_us, o.valid_from_us);
    assert_int_equal(got.valid_to_us, o.valid_to_us);
    assert_true(xh_str_is(got.parameters, "{\"a\":1}"));
    assert_true(xh_str_is(got.result_quality, "[\"good\"]"));
    assert_true(got.value == 7);
    engine_leave(f);
}

static void results_of_every_kind_come_back_as_they_were(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    int64_t series = gauge(f);
    struct xh_observation rows[] = {
        text_result(series, "2025-12-01T01:00:00Z", "fine"),
        text_result(series, "2025-12-01T02:00:00Z", ""),
        number(series, "2025-12-01T03:00:00Z", 1),
        text_result(series, "2025-12-01T04:00:00Z", "{\"x\":[1,2]}"),
        number(series, "2025-12-01T04:30:00Z", 0),
    };
    rows[2].kind = XH_RESULT_BOOL;
    rows[3].kind = XH_RESULT_JSON;
    rows[4].kind = XH_RESULT_NULL;
    for (size_t i = 0; i < XH_COUNT(rows); i++) {
        struct xh_observation got = observe_get(f, observe_one(f, &rows[i]));
        assert_int_equal(got.kind, rows[i].kind);
        assert_true(xh_str_equal(got.text, rows[i].text));
        assert_true(got.value == rows[i].value);
    }
    engine_leave(f);
}

static void a_series_that_is_added_up_takes_numbers_only(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation o = text_result(f->home_series, "2025-12-01T04:00:00Z", "broken");
    assert_int_equal(observe_try(f, &o, &err).status, XH_E_INVALID);
    assert_string_equal(err.field, "result");
    assert_non_null(strstr(err.text, "observationType"));
    int64_t measured = series_add(f, "m", "gauge", "keep_all",
                                  "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
                                  "OM_Measurement");
    o = text_result(measured, "2025-12-01T04:00:00Z", "12.5");
    (void)observe_one(f, &o); /* a gauge is not */
    engine_leave(f);
}

static void two_at_one_time_are_two_where_all_are_kept(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_observation all[100], o = number(gauge(f), "2025-12-01T04:00:00Z", 5);
    int64_t first = observe_one(f, &o), second = observe_one(f, &o);
    assert_int_equal(second, first + 1);
    assert_int_equal(observe_all(f, o.series_id, 0, all), 2);
    assert_int_equal(all[0].id, first);
    assert_int_equal(all[1].id, second);
    engine_leave(f);
}

static void the_same_again_is_a_duplicate_where_the_later_replaces(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100];
    int64_t series = series_add(f, "r", "gauge", "replace", NULL);
    struct xh_observation o = number(series, "2025-12-01T04:00:00Z", 5);
    int64_t plain = observe_one(f, &o);
    struct xh_observe_result again = observe_try(f, &o, &err);
    assert_int_equal(again.fate, XH_INGEST_DUPLICATE);
    assert_int_equal(again.id, plain);
    o = text_result(series, "2025-12-01T04:10:00Z", "open");
    int64_t side = observe_one(f, &o);
    again = observe_try(f, &o, &err);
    assert_int_equal(again.fate, XH_INGEST_DUPLICATE);
    assert_int_equal(again.id, side);
    o.text = XH_STR("shut"); /* the same value to the store, another side record */
    again = observe_try(f, &o, &err);
    assert_int_equal(again.status, XH_E_OK);
    assert_int_equal(again.id, side);
    assert_true(xh_str_is(observe_get(f, side).text, "shut"));
    assert_int_equal(observe_all(f, series, 0, all), 2);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 1);
    engine_leave(f);
}

static void a_correction_keeps_the_id_and_the_past_stays_readable(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100];
    struct xh_observation o = number(gauge(f), "2025-12-01T04:00:00Z", 5);
    int64_t id = observe_one(f, &o);
    for (int i = 0; i < 3; i++) {
        xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
        struct xh_observation better = observe_get(f, id);
        better.value = 6 + i;
        better.from_us += XH_US_PER_S;
        must(xh_observation_put(&f->ctx, &better, &err), &err);
        assert_int_equal(observe_all(f, o.series_id, 0, all), 1);
        assert_int_equal(all[0].id, id);
        assert_true(all[0].value == 6 + i);
        assert_int_equal(all[0].from_us, o.from_us + (i + 1) * XH_US_PER_S);
    }
    assert_int_equal(observe_all(f, o.series_id, observe_december.now_us + XH_US_PER_HOUR / 2, all),
                     1);
    assert_true(all[0].value == 5);
    assert_int_equal(observe_all(f, o.series_id, observe_december.now_us + 3 * XH_US_PER_HOUR / 2,
                                 all),
                     1);
    assert_true(all[0].value == 6);
    engine_leave(f);
}

static void what_was_corrected_and_deleted_does_not_come_back(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100];
    int64_t series = series_add(f, "r", "gauge", "replace", NULL);
    struct xh_observation o = number(series, "2025-12-01T04:00:00Z", 5);
    int64_t id = observe_one(f, &o);
    struct xh_observation better = observe_get(f, id);
    better.value = 6;
    must(xh_observation_put(&f->ctx, &better, &err), &err);
    assert_true(observe_get(f, id).value == 6);
    better.parameters = XH_STR("{\"why\":\"a clerk\"}"); /* in place: the value is the same */
    must(xh_observation_put(&f->ctx, &better, &err), &err);
    assert_true(xh_str_is(observe_get(f, id).parameters, "{\"why\":\"a clerk\"}"));
    must(xh_observation_delete(&f->ctx, id, &err), &err);
    assert_false(observe_has(f, id));
    assert_int_equal(observe_all(f, series, 0, all), 0);
    assert_int_equal(xh_observation_delete(&f->ctx, id, &err), XH_E_NOT_FOUND);
    engine_reopen(f);
    assert_int_equal(observe_all(f, series, 0, all), 0);
    engine_leave(f);
}

static void many_are_deleted_at_once(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100], o = number(gauge(f), "2025-12-01T04:00:00Z", 5);
    int64_t ids[12], other = series_add(f, "b", "gauge", "keep_all", NULL);
    uint64_t count = 0;
    for (size_t i = 0; i < 10; i++) {
        o.from_us += XH_US_PER_S;
        o.parameters = i % 3 == 0 ? XH_STR("{}") : XH_STR("");
        o.series_id = i < 7 ? o.series_id : other;
        ids[i] = observe_one(f, &o);
    }
    int64_t kept = ids[4];
    ids[4] = ids[3]; /* twice is once; what is not there is passed over */
    ids[10] = INT64_C(1) << 52;
    ids[11] = -1;
    must(xh_observations_delete(&f->ctx, ids, 12, &count, &err), &err);
    for (size_t i = 0; i < 10; i++) {
        assert_false(observe_has(f, ids[i]));
    }
    assert_true(observe_has(f, kept));
    assert_int_equal(observe_all(f, other, 0, all), 0);
    engine_leave(f);
}

static void one_refused_row_refuses_all_when_that_is_asked(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100];
    int64_t series = gauge(f);
    struct xh_observation rows[] = {
        number(series, "2025-12-01T04:00:00Z", 5),
        number(series, "1969-12-01T04:00:00Z", 5), /* before all times */
        text_result(series, "2025-12-01T04:00:00Z", "x"),
        number(999, "2025-12-01T04:00:00Z", 5),
    };
    struct xh_observe_result results[4];
    struct xh_observe_batch batch = {.arena = f->arena, .rows = rows, .count = 4,
                                     .results = results, .is_all_or_nothing = true};
    assert_int_equal(xh_observe(&f->ctx, &batch, &err), XH_E_INVALID);
    assert_string_equal(err.field, "time");
    assert_int_equal(observe_all(f, series, 0, all), 0);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 0);
    batch.is_all_or_nothing = false;
    must(xh_observe(&f->ctx, &batch, &err), &err);
    assert_int_equal(results[0].status, XH_E_OK);
    assert_int_equal(results[1].status, XH_E_INVALID);
    assert_int_equal(results[2].status, XH_E_OK);
    assert_int_equal(results[3].status, XH_E_NOT_FOUND);
    assert_int_equal(observe_all(f, series, 0, all), 2);
    engine_leave(f);
}

static void pages_go_on_behind_a_place_in_both_directions(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    int64_t series = gauge(f), ids[8];
    for (size_t i = 0; i < 8; i++) { /* four times, two at each */
        struct xh_observation o = number(series, "2025-12-01T01:00:00Z", (double)i);
        o.from_us += (int64_t)(i / 2) * XH_US_PER_S;
        o.parameters = i % 4 == 1 ? XH_STR("{}") : XH_STR("");
        ids[i] = observe_one(f, &o);
    }
    for (int back = 0; back < 2; back++) {
        struct xh_observe_range range = {.series_id = series, .from_us = XH_TIME_MIN,
                                         .to_us = XH_TIME_MAX, .is_backwards = back == 1,
                                         .limit = 1};
        for (size_t i = 0; i < 8; i++) {
            struct xh_observe_cursor *cursor;
            struct xh_observation o[2];
            must(xh_observe_read(&f->ctx, &range, &cursor, &err), &err);
            assert_int_equal(xh_observe_next(cursor, o, 2, &err), 1);
            assert_int_equal(o[0].id, ids[back == 1 ? 7 - i : i]);
            assert_int_equal(xh_observe_next(cursor, o, 2, &err), 0);
            xh_observe_close(cursor);
            range.after_us = o[0].from_us;
            range.after_seq = o[0].seq;
        }
    }
    engine_leave(f);
}

static void the_last_and_the_spans_of_many_are_told_at_once(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    int64_t a = gauge(f), b = series_add(f, "b", "gauge", "keep_all", NULL);
    int64_t ids[] = {b, 12345, a, f->home_series};
    struct xh_observation last[4], o = number(a, "2025-12-01T03:00:00Z", 1);
    struct xh_observe_span spans[4];
    (void)observe_one(f, &o);
    o = number(a, "2025-12-01T01:00:00Z", 2);
    o.to_us = at("2025-12-01T02:00:00Z");
    o.has_result_time = true;
    o.result_us = at("2025-12-01T04:00:00Z");
    (void)observe_one(f, &o);
    o = text_result(b, "2025-12-01T04:00:00Z", "on");
    int64_t on = observe_one(f, &o);
    o = number(b, "2025-12-01T02:00:00Z", 2);
    o.has_result_time = true;
    o.result_us = o.from_us;
    (void)observe_one(f, &o);
    must(xh_observe_last_of(&f->ctx, ids, 4, last, &err), &err);
    assert_int_equal(last[0].id, on);
    assert_true(xh_str_is(last[0].text, "on"));
    assert_int_equal(last[1].id, 0);
    assert_true(last[2].value == 1);
    assert_int_equal(last[3].id, 0);
    must(xh_observe_spans(&f->ctx, ids, 4, spans, &err), &err);
    assert_int_equal(spans[0].count, 2);
    assert_int_equal(spans[0].first_us, at("2025-12-01T02:00:00Z"));
    assert_int_equal(spans[0].last_us, at("2025-12-01T04:00:00Z"));
    assert_true(spans[0].has_result_time);
    assert_int_equal(spans[0].result_first_us, at("2025-12-01T02:00:00Z"));
    assert_int_equal(spans[0].result_last_us, at("2025-12-01T02:00:00Z"));
    assert_int_equal(spans[1].count, 0);
    assert_int_equal(spans[2].count, 2);
    assert_int_equal(spans[2].first_us, at("2025-12-01T01:00:00Z"));
    assert_int_equal(spans[2].last_us, at("2025-12-01T03:00:00Z"));
    assert_int_equal(spans[2].result_last_us, at("2025-12-01T04:00:00Z"));
    assert_int_equal(spans[3].count, 0);
    engine_leave(f);
}

static void who_may_not_see_a_series_finds_no_observation(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation o = number(gauge(f), "2025-12-01T03:00:00Z", 1), got;
    int64_t id = observe_one(f, &o);
    struct xh_ctx public = engine_as(f, "public");
    assert_int_equal(xh_observation_get(&public, id, &got, &err), XH_E_NOT_FOUND);
    assert_int_equal(xh_observation_delete(&public, id, &err), XH_E_NOT_FOUND);
    assert_true(observe_has(f, id));
    engine_leave(f);
}

static void nobody_else_can_say_that_a_reading_has_a_side_record(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation all[100];
    int64_t series = gauge(f);
    (void)try_put(&f->ctx, GAUGE, at("2025-12-01T03:00:00Z"), 4,
                  XH_QUALITY_SIDE | XH_QUALITY_RESULT_TIME, &err);
    assert_int_equal(observe_all(f, series, 0, all), 1);
    assert_false(all[0].has_result_time);
    assert_true(all[0].value == 4);
    engine_leave(f);
}

/* ---- features ---- */

static void the_feature_is_that_of_the_place_and_used_again(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    int64_t a = gauge(f), b = series_add(f, "b", "gauge", "keep_all", NULL), feature = 0;
    struct xh_observation o = number(a, "2025-12-01T03:00:00Z", 1);
    int64_t first = observe_get(f, observe_one(f, &o)).feature_id;
    o.series_id = b;
    assert_true(first > 0);
    assert_int_equal(observe_get(f, observe_one(f, &o)).feature_id, first);
    must(xh_observe_feature(&f->ctx, b, &feature, &err), &err);
    assert_int_equal(feature, first);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM core_features"), 1);
    engine_reopen(f);
    assert_int_equal(xh_observe_feature_now(f->engine, a), first);
    engine_leave(f);
}

static int move(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct xh_record *device = arg;
    struct xh_record copy = *device;
    int code = xh_record_put(ctx, &copy, err);
    return code < 0 ? code : xh_observe_moved(ctx, device->id, err);
}

static void after_a_move_readings_are_about_the_new_place(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_record series, device, place;
    struct xh_observation all[100], o = number(gauge(f), "2025-12-01T03:00:00Z", 1);
    (void)observe_one(f, &o);
    must(xh_record_get(&f->ctx, "core.series", o.series_id, &series, &err), &err);
    must(xh_record_get(&f->ctx, "core.device", xh_doc_int(series.doc, "device"), &device, &err),
         &err);
    must(xh_record_get(&f->ctx, "core.place", xh_doc_int(device.doc, "place"), &place, &err), &err);
    place.id = place.version = 0;
    xh_doc_set_string(place.doc, "code", "elsewhere");
    must(xh_record_put(&f->ctx, &place, &err), &err);
    xh_doc_set_int(device.doc, "place", place.id);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    must(xh_records_write(&f->ctx, move, &device, &err), &err);
    assert_int_equal(xh_observe_feature_now(f->engine, o.series_id), 0);
    xh_env_fault_advance(f->fault, XH_US_PER_S);
    (void)observe_one(f, &o);
    assert_int_equal(observe_all(f, o.series_id, 0, all), 2);
    assert_true(all[0].feature_id != 0 && all[1].feature_id != 0);
    assert_true(all[0].feature_id != all[1].feature_id);
    struct xh_record feature;
    must(xh_record_get(&f->ctx, "core.feature", all[1].feature_id, &feature, &err), &err);
    assert_int_equal(xh_doc_int(feature.doc, "place"), place.id);
    engine_leave(f);
}

static void with_a_feature_its_observations_go(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_record feature;
    struct xh_observation all[100], o = number(gauge(f), "2025-12-01T03:00:00Z", 1);
    must(xh_record_new(&f->ctx, "core.feature", &feature, &err), &err);
    xh_doc_set_string(feature.doc, "name", "the river");
    must(xh_record_put(&f->ctx, &feature, &err), &err);
    int64_t plain = observe_one(f, &o);
    o.feature_id = feature.id;
    int64_t own = observe_one(f, &o);
    int64_t place_feature = observe_get(f, plain).feature_id, *ids = NULL;
    size_t count = 0;
    assert_int_equal(observe_get(f, own).feature_id, feature.id);
    must(xh_observe_series_of_feature(&f->ctx, feature.id, &ids, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(ids[0], o.series_id);
    must(xh_observe_feature_deleted(&f->ctx, place_feature, &err), &err);
    assert_false(observe_has(f, plain));
    assert_true(observe_has(f, own));
    must(xh_observe_feature_deleted(&f->ctx, feature.id, &err), &err);
    assert_int_equal(observe_all(f, o.series_id, 0, all), 0);
    o.feature_id = 4711;
    assert_int_equal(observe_try(f, &o, &err).status, XH_E_INVALID);
    assert_string_equal(err.field, "FeatureOfInterest");
    engine_leave(f);
}

static void with_a_series_its_observations_go(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation o = number(gauge(f), "2025-12-01T03:00:00Z", 1);
    int64_t plain = observe_one(f, &o);
    o.parameters = XH_STR("{}");
    int64_t side = observe_one(f, &o);
    must(xh_observe_series_deleted(&f->ctx, o.series_id, &err), &err);
    assert_false(observe_has(f, plain));
    assert_false(observe_has(f, side));
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 0);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_series_feature"), 0);
    engine_leave(f);
}

static void what_is_erased_leaves_no_side_record(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_erase_answer answer;
    struct xh_observation all[100], o = text_result(gauge(f), "2025-12-01T03:00:00Z", "a secret");
    (void)observe_one(f, &o);
    o.from_us += XH_US_PER_HOUR;
    int64_t kept = observe_one(f, &o);
    const struct xh_erase_ask ask = {
        .series = XH_STR(GAUGE),
        .from_us = at("2025-12-01T03:00:00Z"),
        .to_us = at("2025-12-01T03:00:01Z"),
        .reason = XH_STR("the family asked for it"),
    };
    must(xh_readings_erase(&f->ctx, &ask, &answer, &err), &err);
    assert_int_equal(answer.count, 1);
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 1);
    assert_int_equal(observe_all(f, o.series_id, 0, all), 1);
    assert_int_equal(all[0].id, kept);
    engine_leave(f);
}

static int sides_of_later_readings(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    (void)arg;
    int code = xh_rel_prepare(conn, "UPDATE xh_observation SET seq = seq + 1", &rows, err);
    if (code >= 0) {
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : 0;
}

/* As in a copy: the record of a reading that came too late for it is there, and its number is that
 * of the next. */
static void a_side_record_of_a_reading_that_a_copy_lacks_gives_way(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    struct xh_observation o = text_result(gauge(f), "2025-11-01T00:00:00Z", "of another");
    (void)observe_one(f, &o);
    must(xh_rel_write(xh_engine_rel(f->engine), sides_of_later_readings, NULL, &err), &err);
    o = text_result(o.series_id, "2025-11-02T00:00:00Z", "its own");
    struct xh_observation seen = observe_get(f, observe_one(f, &o));
    assert_true(xh_str_is(seen.text, "its own"));
    assert_int_equal(observe_count_rows(f, "SELECT COUNT(*) FROM xh_observation"), 1);
    engine_leave(f);
}

static int forget_sides(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    (void)arg;
    int code = xh_rel_prepare(conn, "DELETE FROM xh_observation", &rows, err);
    if (code >= 0) {
        code = xh_rel_next(rows, err);
        xh_rel_done(rows);
    }
    return code < 0 ? code : 0;
}

static void count_fault(void *arg, const char *sentence)
{
    int *count = arg;
    assert_non_null(strstr(sentence, "2 readings of series"));
    (*count)++;
}

static void a_check_finds_readings_that_lost_their_side_records(void **state)
{
    (void)state;
    struct engine_fixture *f = engine_enter(&observe_december);
    struct xh_err err = {0};
    int count = 0;
    int64_t series = gauge(f);
    const char *const times[] = {"2025-11-01T00:00:00Z", "2025-11-02T00:00:00Z"};
    for (size_t i = 0; i < XH_COUNT(times); i++) {
        struct xh_observation o = text_result(series, times[i], "no contact");
        (void)observe_one(f, &o);
    }
    must((int)xh_care_check(f->engine, count_fault, &count, &err), &err);
    assert_int_equal(count, 0);
    must(xh_rel_write(xh_engine_rel(f->engine), forget_sides, NULL, &err), &err);
    must((int)xh_care_check(f->engine, count_fault, &count, &err), &err);
    assert_int_equal(count, 1);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_at_an_instant_is_a_reading_and_nothing_more),
        cmocka_unit_test(a_result_time_that_is_the_time_itself_costs_no_side_record),
        cmocka_unit_test(all_that_is_said_is_kept),
        cmocka_unit_test(results_of_every_kind_come_back_as_they_were),
        cmocka_unit_test(a_series_that_is_added_up_takes_numbers_only),
        cmocka_unit_test(two_at_one_time_are_two_where_all_are_kept),
        cmocka_unit_test(the_same_again_is_a_duplicate_where_the_later_replaces),
        cmocka_unit_test(a_correction_keeps_the_id_and_the_past_stays_readable),
        cmocka_unit_test(what_was_corrected_and_deleted_does_not_come_back),
        cmocka_unit_test(many_are_deleted_at_once),
        cmocka_unit_test(a_check_finds_readings_that_lost_their_side_records),
        cmocka_unit_test(a_side_record_of_a_reading_that_a_copy_lacks_gives_way),
        cmocka_unit_test(one_refused_row_refuses_all_when_that_is_asked),
        cmocka_unit_test(pages_go_on_behind_a_place_in_both_directions),
        cmocka_unit_test(the_last_and_the_spans_of_many_are_told_at_once),
        cmocka_unit_test(who_may_not_see_a_series_finds_no_observation),
        cmocka_unit_test(nobody_else_can_say_that_a_reading_has_a_side_record),
        cmocka_unit_test(the_feature_is_that_of_the_place_and_used_again),
        cmocka_unit_test(after_a_move_readings_are_about_the_new_place),
        cmocka_unit_test(with_a_feature_its_observations_go),
        cmocka_unit_test(with_a_series_its_observations_go),
        cmocka_unit_test(what_is_erased_leaves_no_side_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
