/* test_registry.c: series in memory: right after every change, hidden from who may not see them;
 * what counts for a place; meters made in one call. */
#include "service/engine_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static int64_t meter(struct engine_fixture *f, const char *place, const char *series,
                     const char *owner, const char *direction)
{
    struct xh_meter_spec spec = engine_meter_spec(place, series);
    struct xh_err err = {0};
    int64_t id = 0;
    spec.owner = xh_str_from(owner);
    spec.direction = xh_str_from(direction);
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    return id;
}

static struct xh_record find(struct engine_fixture *f, const char *type, const char *code)
{
    struct xh_err err = {0};
    struct xh_record record;
    must(xh_record_find(&f->ctx, type, "code", xh_str_from(code), &record, &err), &err);
    return record;
}

static void put(struct engine_fixture *f, struct xh_record *record)
{
    struct xh_err err = {0};
    must(xh_record_put(&f->ctx, record, &err), &err);
}

static int enter(void **state)
{
    struct engine_options options = {.without_rows = true};
    *state = engine_enter(&options);
    return 0;
}

static int leave(void **state)
{
    engine_leave(*state);
    return 0;
}

/* ---- one series ---- */

static void a_series_is_found_by_code_and_by_id(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series, *same;
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    must(xh_series_get_id(&f->ctx, f->home_series, &same, &err), &err);
    assert_ptr_equal(series, same);
    assert_int_equal(series->id, f->home_series);
    assert_int_equal(series->owner_id, f->home_party);
    assert_int_equal(series->place_id, f->home_place);
    assert_int_equal(series->meter.kind, XH_METER_REGISTER);
    assert_int_equal(series->meter.period_us, 1800 * XH_US_PER_S);
    assert_true(series->meter.factor == 1);
    assert_string_equal(series->unit->symbol, "kWh");
    assert_true(xh_str_is(series->quantity_name, "energy.electricity"));
    assert_true(xh_str_is(xh_zone_name(series->zone), "Asia/Ho_Chi_Minh"));
    assert_true(xh_str_is(series->tariff, "evn-residential"));
    assert_int_equal(xh_registry_count(f->engine), 1);
    xh_series_put(series);
    xh_series_put(same);
}

/* Offices number their meters: a code may be the id of another series. */
static void a_number_is_a_code_before_it_is_an_id(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *by_id, *by_code, *first;
    char number[32];
    struct xh_str code = {number, (size_t)snprintf(number, sizeof number, "%lld",
                                                   (long long)f->home_series)};
    must(xh_series_get(&f->ctx, code, &first, &err), &err);
    assert_int_equal(first->id, f->home_series); /* nothing has that code yet */
    xh_series_put(first);
    int64_t id = meter(f, "home-7", number, "home-7", "");
    assert_int_not_equal(id, f->home_series);
    for (int i = 0; i < 2; i++) { /* from the store, then from memory */
        must(xh_series_get_id(&f->ctx, f->home_series, &by_id, &err), &err);
        must(xh_series_get(&f->ctx, code, &by_code, &err), &err);
        assert_int_equal(by_id->id, f->home_series);
        assert_int_equal(by_code->id, id);
        xh_series_put(by_id);
        xh_series_put(by_code);
    }
    by_code = xh_series_peek(&f->ctx, code);
    assert_int_equal(by_code->id, id);
    xh_series_put(by_code);
}

static void a_change_is_seen_by_the_next_question(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *before, *after;
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &before, &err), &err);
    for (int i = 1; i <= 50; i++) {
        struct xh_record record = find(f, "core.series", "home-7/electricity");
        xh_doc_set_int(record.doc, "period_s", 60 * i);
        put(f, &record);
        must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &after, &err), &err);
        assert_int_equal(after->meter.period_us, 60 * i * XH_US_PER_S);
        xh_series_put(after);
    }
    /* what is held does not change */
    assert_int_equal(before->meter.period_us, 1800 * XH_US_PER_S);
    xh_series_put(before);
}

static void a_place_that_gets_a_zone_gives_it_to_its_series(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series;
    struct xh_record place = find(f, "core.place", "home-7");
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    xh_series_put(series);
    xh_doc_set_string(place.doc, "zone", "Australia/Sydney");
    put(f, &place);
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    assert_true(xh_str_is(xh_zone_name(series->zone), "Australia/Sydney"));
    assert_true(xh_str_is(xh_zone_name(series->source_zone), "Australia/Sydney"));
    xh_series_put(series);
}

static void a_change_of_something_else_leaves_the_cache(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *before, *after;
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &before, &err), &err);
    engine_party(f, "home-9", "household");
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &after, &err), &err);
    assert_ptr_equal(before, after);
    xh_series_put(before);
    xh_series_put(after);
}

static void who_may_not_see_a_series_does_not_find_it(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series = NULL;
    meter(f, "home-8", "home-8/electricity", NULL, NULL);
    struct xh_ctx resident = engine_as(f, "resident-7");
    struct xh_ctx public = engine_as(f, "public");
    must(xh_series_get(&resident, XH_STR("home-7/electricity"), &series, &err), &err);
    assert_true(xh_series_may_write(&resident, series));
    assert_false(xh_series_may_write(&public, series));
    assert_true(xh_series_may_write(&f->ctx, series));
    xh_series_put(series);
    series = NULL;
    assert_int_equal(xh_series_get(&resident, XH_STR("home-8/electricity"), &series, &err),
                     XH_E_NOT_FOUND);
    char hidden[sizeof err.text], missing[sizeof err.text];
    memcpy(hidden, err.text, sizeof hidden);
    assert_int_equal(xh_series_get(&resident, XH_STR("home-0/electricity"), &series, &err),
                     XH_E_NOT_FOUND);
    memcpy(missing, err.text, sizeof missing);
    /* The answers differ in the code only: nothing tells that one of them is there. */
    missing[strcspn(missing, "0")] = '8';
    assert_string_equal(hidden, missing);
    assert_int_equal(xh_series_get(&public, XH_STR("home-7/electricity"), &series, &err),
                     XH_E_NOT_FOUND);
    assert_null(series);
}

/* The fixture's electricity grows by at most 10,000 kWh an hour; this one counts half MWh. */
static void a_series_without_a_limit_has_that_of_its_quantity(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series;
    struct xh_record record = find(f, "core.series", "home-7/electricity");
    xh_doc_set_string(record.doc, "unit", "MWh");
    xh_doc_set_real(record.doc, "factor", 0.5);
    put(f, &record);
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    assert_true(series->meter.max_per_hour == 20);
    assert_true(series->meter.is_max_rough);
    xh_series_put(series);
    record = find(f, "core.series", "home-7/electricity");
    xh_doc_set_real(record.doc, "max_per_hour", 3);
    put(f, &record);
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    assert_true(series->meter.max_per_hour == 3);
    assert_false(series->meter.is_max_rough);
    xh_series_put(series);
}

static void an_unknown_unit_is_refused_where_the_meter_is_made(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_meter_spec spec = engine_meter_spec("home-6", "home-6/electricity");
    struct xh_err err = {0};
    struct xh_record place;
    int64_t id = 0;
    spec.unit = XH_STR("kwh");
    assert_int_equal(xh_registry_meter(&f->ctx, &spec, &id, &err), XH_E_INVALID);
    assert_string_equal(err.field, "unit");
    spec.unit = XH_STR("kWh");
    spec.quantity = XH_STR("energy.elektricity");
    assert_int_equal(xh_registry_meter(&f->ctx, &spec, &id, &err), XH_E_INVALID);
    assert_string_equal(err.field, "quantity");
    spec.quantity = XH_STR("energy.electricity");
    spec.source_zone = XH_STR("Asia/Nowhere");
    assert_true(xh_registry_meter(&f->ctx, &spec, &id, &err) < 0);
    spec.source_zone = XH_STR("+07:00");
    spec.owner = XH_STR("nobody");
    assert_int_equal(xh_registry_meter(&f->ctx, &spec, &id, &err), XH_E_NOT_FOUND);
    /* nothing half done */
    assert_int_equal(xh_record_find(&f->ctx, "core.place", "code", XH_STR("home-6"), &place, &err),
                     XH_E_NOT_FOUND);
}

static void refused(struct engine_fixture *f, const char *type, const char *field,
                    const char *value)
{
    struct xh_err err = {0};
    struct xh_record record =
        find(f, type, strcmp(type, "core.place") == 0 ? "home-7" : "home-7/electricity");
    xh_doc_set_string(record.doc, field, value);
    assert_int_equal(xh_record_put(&f->ctx, &record, &err), XH_E_INVALID);
    assert_string_equal(err.field, field);
    assert_string_equal(err.value, value);
}

/* Else the meter's readings would be refused later, and the sums of all places above it. */
static void what_the_registry_could_not_load_is_not_written(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series;
    refused(f, "core.place", "zone", "Asia/Hanoi");
    refused(f, "core.series", "zone", "../../etc/passwd");
    refused(f, "core.series", "unit", "kilowatts");
    refused(f, "core.series", "policy", "keep_all");
    must(xh_series_get(&f->ctx, XH_STR("home-7/electricity"), &series, &err), &err);
    xh_series_put(series);
    struct xh_record record = find(f, "core.series", "home-7/electricity");
    xh_doc_set_string(record.doc, "policy", ""); /* is "replace" */
    xh_doc_set_string(record.doc, "zone", "+07:00");
    put(f, &record);
}

static void a_meter_is_made_once(void **state)
{
    struct engine_fixture *f = *state;
    int64_t first = meter(f, "home-5", "home-5/electricity", NULL, NULL);
    struct xh_err err = {0};
    assert_int_equal(meter(f, "home-5", "home-5/electricity", NULL, NULL), first);
    int64_t solar = meter(f, "home-5", "home-5/solar", NULL, "production");
    assert_true(solar != first);
    assert_int_equal(xh_doc_int(find(f, "core.series", "home-5/solar").doc, "place"),
                     find(f, "core.place", "home-5").id);
    struct xh_ctx resident = engine_as(f, "resident-7");
    struct xh_meter_spec spec = engine_meter_spec("home-4", "home-4/electricity");
    int64_t id = 0;
    assert_int_equal(xh_registry_meter(&resident, &spec, &id, &err), XH_E_FORBIDDEN);
}

/* ---- units ---- */

static void a_factor_brings_every_unit_into_the_one_shown(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series;
    struct xh_meter_spec spec = engine_meter_spec("home-3", "home-3/electricity");
    int64_t id = 0;
    spec.unit = XH_STR("Wh");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    struct xh_record record = find(f, "core.series", "home-3/electricity");
    xh_doc_set_real(record.doc, "factor", 40);
    put(f, &record);
    must(xh_series_get_id(&f->ctx, id, &series, &err), &err);
    assert_string_equal(series->unit->symbol, "Wh");
    assert_string_equal(series->shown_unit->symbol, "kWh");
    assert_true(series->meter.factor == 0.04);
    xh_series_put(series);
}

static void a_power_that_is_to_be_added_up_must_give_an_energy(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    const struct xh_series *series = NULL;
    struct xh_meter_spec spec = engine_meter_spec("roof", "roof/w");
    int64_t id = 0;
    spec.kind = XH_STR("power");
    spec.unit = XH_STR("W");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    must(xh_series_get_id(&f->ctx, id, &series, &err), &err);
    assert_true(series->meter.factor == 0.001); /* W x h = 0.001 kWh */
    xh_series_put(series);
    series = NULL;
    spec.series = XH_STR("roof/kw");
    spec.quantity = XH_STR("energy.power");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    assert_int_equal(xh_series_get_id(&f->ctx, id, &series, &err), XH_E_INVALID);
    assert_string_equal(err.field, "unit");
    assert_null(series);
}

/* ---- places ---- */

static size_t count_at(struct xh_ctx *ctx, const char *place, const char *quantity,
                       const char *expected)
{
    struct xh_err err = {0};
    const struct xh_series **all;
    struct xh_record record = {.id = 0};
    size_t count = 0;
    if (place != NULL) {
        must(xh_record_find(ctx, "core.place", "code", xh_str_from(place), &record, &err), &err);
    }
    must(xh_series_of_place(ctx, record.id, quantity, &all, &count, &err), &err);
    struct xh_buf codes = {0};
    for (size_t i = 0; i < count; i++) {
        xh_buf_add_format(&codes, "%s%.*s", i > 0 ? " " : "", XH_STR_ARG(all[i]->code));
        xh_series_put(all[i]);
    }
    assert_string_equal(codes.len > 0 ? xh_buf_text(&codes) : "", expected);
    xh_buf_finish(&codes);
    return count;
}

static void place_under(struct engine_fixture *f, const char *code, const char *parent)
{
    struct xh_record place = find(f, "core.place", code);
    xh_doc_set_int(place.doc, "parent", find(f, "core.place", parent).id);
    put(f, &place);
}

/* park (main) -> hall -> line; park -> office (two meters, one of them main) */
static void park_make(struct engine_fixture *f)
{
    meter(f, "park", "park/all", NULL, NULL);
    meter(f, "hall", "hall/e", NULL, "use");
    meter(f, "line", "line/e", "home-7", NULL);
    meter(f, "office", "office/e", NULL, NULL);
    meter(f, "office", "office/sub", NULL, NULL);
    place_under(f, "hall", "park");
    place_under(f, "line", "hall");
    place_under(f, "office", "park");
}

static void main_set(struct engine_fixture *f, const char *series, bool is_main)
{
    struct xh_record record = find(f, "core.series", series);
    xh_doc_set_int(record.doc, "is_main", is_main);
    put(f, &record);
}

static void a_place_counts_what_is_at_it_and_below(void **state)
{
    struct engine_fixture *f = *state;
    park_make(f);
    count_at(&f->ctx, "park", "energy.electricity", "park/all hall/e line/e office/e office/sub");
    count_at(&f->ctx, "hall", "energy.electricity", "hall/e line/e");
    count_at(&f->ctx, "line", "energy.electricity", "line/e");
    count_at(&f->ctx, "line", "energy.gas", "");
    assert_int_equal(count_at(&f->ctx, NULL, "energy.electricity",
                              "home-7/electricity park/all hall/e line/e office/e office/sub"),
                     6);
}

static void a_main_meter_hides_what_lies_behind_it(void **state)
{
    struct engine_fixture *f = *state;
    park_make(f);
    main_set(f, "office/e", true);
    count_at(&f->ctx, "park", "energy.electricity", "park/all hall/e line/e office/e");
    main_set(f, "hall/e", true);
    count_at(&f->ctx, "park", "energy.electricity", "park/all hall/e office/e");
    main_set(f, "park/all", true);
    count_at(&f->ctx, "park", "energy.electricity", "park/all");
    count_at(&f->ctx, "hall", "energy.electricity", "hall/e"); /* asked below, it counts */
    count_at(&f->ctx, "line", "energy.electricity", "line/e");
    count_at(&f->ctx, "park", NULL, "park/all hall/e line/e office/e office/sub");
}

static void who_sees_only_its_own_gets_its_own_of_a_place(void **state)
{
    struct engine_fixture *f = *state;
    park_make(f);
    main_set(f, "park/all", true);
    struct xh_ctx resident = engine_as(f, "resident-7");
    struct xh_ctx public = engine_as(f, "public");
    count_at(&resident, "park", "energy.electricity", "line/e");
    count_at(&public, "park", "energy.electricity", "");
}

static void what_a_place_makes_is_not_what_it_uses(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_meter_spec spec = engine_meter_spec("roof", "roof/solar");
    struct xh_err err = {0};
    int64_t id;
    meter(f, "roof", "roof/e", NULL, NULL);
    meter(f, "roof", "roof/made", NULL, "production");
    meter(f, "roof", "roof/out", NULL, "export");
    spec.quantity = XH_STR("energy.solar");
    spec.direction = XH_STR("production");
    spec.tariff = XH_STR("");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    count_at(&f->ctx, "roof", "energy.electricity", "roof/e");
    count_at(&f->ctx, "roof", "energy.solar", "roof/solar"); /* a quantity that no tariff charges */
    count_at(&f->ctx, "roof", NULL, "roof/e roof/made roof/out roof/solar");
}

static void places_in_a_circle_come_to_an_end(void **state)
{
    struct engine_fixture *f = *state;
    park_make(f);
    struct xh_record park = find(f, "core.place", "park");
    struct xh_err err = {0};
    xh_doc_set_int(park.doc, "parent", find(f, "core.place", "line").id);
    const struct xh_series **all;
    size_t count = 0;
    put(f, &park);
    count_at(&f->ctx, "park", "energy.electricity", "park/all hall/e line/e office/e office/sub");
    main_set(f, "park/all", true);
    must(xh_series_of_place(&f->ctx, park.id, "energy.electricity", &all, &count, &err), &err);
    while (count > 0) {
        xh_series_put(all[--count]);
    }
    assert_non_null(xh_place_zone(&f->ctx, park.id, &err));
}

/* ---- threads ---- */

struct race {
    struct engine_fixture *f;
    atomic_int written;  /* period_s that a put came back from */
    atomic_bool is_over;
};

static void *ask(void *arg)
{
    struct race *race = arg;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_ctx ctx;
    const struct xh_series *series;
    xh_engine_ctx(race->f->engine, &xh_who_engine, arena, &ctx);
    while (!atomic_load(&race->is_over)) {
        int at_least = atomic_load(&race->written);
        assert_true(xh_series_get(&ctx, XH_STR("home-7/electricity"), &series, NULL) >= 0);
        assert_true(series->meter.period_us >= at_least * XH_US_PER_S);
        xh_series_put(series);
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
    return NULL;
}

static void nobody_finds_what_was_before_a_change_that_was_told(void **state)
{
    struct race race = {.f = *state, .written = 1800};
    pthread_t threads[3];
    for (size_t i = 0; i < XH_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &race), 0);
    }
    for (int period_s = 1801; period_s < 2000; period_s++) {
        struct xh_record record = find(race.f, "core.series", "home-7/electricity");
        xh_doc_set_int(record.doc, "period_s", period_s);
        put(race.f, &record);
        atomic_store(&race.written, period_s);
    }
    atomic_store(&race.is_over, true);
    for (size_t i = 0; i < XH_COUNT(threads); i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

/* ---- series of older folders ---- */

static void a_series_without_a_sensor_gets_that_of_its_devices_kind_at_the_next_opening(
    void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct xh_record series, device, sensor;
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    xh_doc_set_null(series.doc, "sensor");
    must(xh_record_put(&f->ctx, &series, &err), &err);
    engine_reopen(f);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    must(xh_record_get(&f->ctx, "core.device", xh_doc_int(series.doc, "device"), &device, &err),
         &err);
    must(xh_record_get(&f->ctx, "core.sensor", xh_doc_int(series.doc, "sensor"), &sensor, &err),
         &err);
    assert_true(xh_str_equal(xh_doc_text(sensor.doc, "code"), xh_doc_text(device.doc, "kind")));
    int64_t version = series.version;
    engine_reopen(f);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    assert_int_equal(series.version, version);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_series_is_found_by_code_and_by_id),
        TEST(a_number_is_a_code_before_it_is_an_id),
        TEST(a_change_is_seen_by_the_next_question),
        TEST(a_place_that_gets_a_zone_gives_it_to_its_series),
        TEST(a_change_of_something_else_leaves_the_cache),
        TEST(who_may_not_see_a_series_does_not_find_it),
        TEST(a_series_without_a_limit_has_that_of_its_quantity),
        TEST(an_unknown_unit_is_refused_where_the_meter_is_made),
        TEST(what_the_registry_could_not_load_is_not_written),
        TEST(a_meter_is_made_once),
        TEST(a_factor_brings_every_unit_into_the_one_shown),
        TEST(a_power_that_is_to_be_added_up_must_give_an_energy),
        TEST(a_place_counts_what_is_at_it_and_below),
        TEST(a_main_meter_hides_what_lies_behind_it),
        TEST(who_sees_only_its_own_gets_its_own_of_a_place),
        TEST(what_a_place_makes_is_not_what_it_uses),
        TEST(places_in_a_circle_come_to_an_end),
        TEST(nobody_finds_what_was_before_a_change_that_was_told),
        TEST(a_series_without_a_sensor_gets_that_of_its_devices_kind_at_the_next_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
