/* test_device_state.c: what is known of a device from what it sends. */
#include "service/device_state.h"
#include "service/device_tail.h"
#include "service/ingest_help.h"

#define NOW (INT64_C(1767225600) * XH_US_PER_S) /* 2026-01-01T00:00:00Z */

static struct engine_fixture *enter(void)
{
    struct engine_options options = {.without_rows = true, .now_us = NOW};
    return engine_enter(&options);
}

static int64_t device_of(struct engine_fixture *f, const char *code)
{
    struct xh_record device;
    struct xh_err err = {0};
    must(xh_record_find(&f->ctx, "core.device", "code", xh_str_from(code), &device, &err), &err);
    return device.id;
}

/* Of home 7's meter, or of another; now. */
static struct xh_device_state state_of(struct engine_fixture *f, const char *code)
{
    struct xh_device_state state;
    f->ctx.now_us = xh_env_now_us(f->env);
    xh_device_state_get(&f->ctx, device_of(f, code), &state);
    return state;
}

static void meter_make(struct engine_fixture *f, const char *series, const char *quantity,
                       const char *unit)
{
    struct xh_meter_spec spec = engine_meter_spec("home-7", series);
    struct xh_err err = {0};
    int64_t id;
    spec.device = XH_STR("home-7/electricity");
    spec.quantity = xh_str_from(quantity);
    spec.unit = xh_str_from(unit);
    spec.kind = XH_STR("gauge");
    spec.tariff = XH_STR("");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
}

static void a_device_is_never_seen_then_fine_then_silent(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    assert_int_equal(state_of(f, "home-7/electricity").flags, XH_DEVICE_NEVER_SEEN);
    (void)put(f, "home-7/electricity", NOW, 5);
    struct xh_device_state known = state_of(f, "home-7/electricity");
    assert_int_equal(known.flags, 0);
    assert_int_equal(known.readings, 1);
    assert_int_equal(known.reading_us, NOW);
    assert_int_equal(known.period_us, 1800 * XH_US_PER_S);
    assert_int_equal(known.offset_us, known.reading_us - known.seen_us);
    xh_env_fault_advance(f->fault, 90 * 60 * XH_US_PER_S - XH_US_PER_S);
    assert_int_equal(state_of(f, "home-7/electricity").flags, 0);
    xh_env_fault_advance(f->fault, 2 * XH_US_PER_S);
    assert_int_equal(state_of(f, "home-7/electricity").flags, XH_DEVICE_SILENT);
    xh_device_seen(f->engine, device_of(f, "home-7/electricity"), NULL);
    assert_int_equal(state_of(f, "home-7/electricity").flags, 0);
    engine_leave(f);
}

static void a_device_that_sends_far_more_than_its_period_says_is_noisy(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    for (int i = 0; i < 61; i++) {
        (void)put(f, "home-7/electricity", NOW + i * XH_US_PER_S, 5 + i);
        xh_env_fault_advance(f->fault, XH_US_PER_S);
    }
    assert_int_equal(state_of(f, "home-7/electricity").flags, 0); /* the hour is not full */
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    struct xh_device_state known = state_of(f, "home-7/electricity");
    assert_int_equal(known.flags, XH_DEVICE_NOISY);
    assert_int_equal(known.hour_readings, 61);
    assert_true(known.expected_per_hour == 2);
    engine_leave(f);
}

static void a_clock_that_is_off_is_noticed_by_what_is_taken_and_by_what_is_refused(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    (void)put(f, "home-7/electricity", NOW + 600 * XH_US_PER_S, 5);
    assert_int_equal(state_of(f, "home-7/electricity").flags, XH_DEVICE_CLOCK_OFF);
    (void)put(f, "home-7/electricity", NOW + XH_US_PER_S, 5);
    assert_int_equal(state_of(f, "home-7/electricity").flags, 0);
    assert_int_equal(
        try_put(&f->ctx, "home-7/electricity", NOW + 3 * XH_US_PER_DAY, 5, 0, &err).status,
        XH_INGEST_REFUSED);
    struct xh_device_state known = state_of(f, "home-7/electricity");
    assert_int_equal(known.flags, XH_DEVICE_CLOCK_OFF);
    assert_int_equal(known.refused, 1);
    assert_string_equal(known.refusal, err.text);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR + XH_US_PER_S);
    assert_int_equal(state_of(f, "home-7/electricity").flags, 0);
    engine_leave(f);
}

static void battery_and_signal_come_from_series_and_from_messages_and_the_latest_counts(
    void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    meter_make(f, "home-7/battery", "battery_pct", "%");
    meter_make(f, "home-7/signal", "rssi", "dBm");
    meter_make(f, "home-7/volts", "battery", "V");
    (void)put(f, "home-7/volts", NOW, 3.3); /* no share of anything */
    (void)put(f, "home-7/battery", NOW, 19);
    (void)put(f, "home-7/signal", NOW, -101);
    struct xh_device_state known = state_of(f, "home-7/electricity");
    assert_int_equal(known.flags, XH_DEVICE_LOW_BATTERY);
    assert_true(known.signs.has_battery && known.signs.battery_pct == 19);
    assert_true(known.signs.has_rssi && known.signs.rssi_dbm == -101);
    assert_false(known.signs.has_snr);
    const struct xh_device_signs later = {
        .at_us = NOW + XH_US_PER_S,
        .has_battery = true,
        .battery_pct = 80,
        .firmware = XH_STR("1.4.2"),
    };
    xh_device_seen(f->engine, device_of(f, "home-7/electricity"), &later);
    (void)put(f, "home-7/battery", NOW - XH_US_PER_S, 7); /* older: says nothing new */
    known = state_of(f, "home-7/electricity");
    assert_int_equal(known.flags, 0);
    assert_true(known.signs.battery_pct == 80 && known.signs.rssi_dbm == -101);
    assert_true(xh_str_is(known.signs.firmware, "1.4.2"));
    engine_leave(f);
}

static void what_is_known_is_there_after_the_folder_was_opened_again(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_err err = {0};
    const struct xh_device_signs signs = {
        .has_snr = true, .snr_db = -7.5, .firmware = XH_STR("phiên bản 2")};
    (void)put(f, "home-7/electricity", NOW, 5);
    (void)try_put(&f->ctx, "home-7/electricity", NOW + 3 * XH_US_PER_DAY, 5, 0, &err);
    xh_device_seen(f->engine, device_of(f, "home-7/electricity"), &signs);
    struct xh_device_state before = state_of(f, "home-7/electricity");
    engine_reopen(f);
    struct xh_device_state after = state_of(f, "home-7/electricity");
    assert_int_equal(after.seen_us, before.seen_us);
    assert_int_equal(after.first_us, before.first_us);
    assert_int_equal(after.reading_us, before.reading_us);
    assert_int_equal(after.readings, 1);
    assert_int_equal(after.refused, 1);
    assert_string_equal(after.refusal, before.refusal);
    assert_true(after.signs.has_snr && after.signs.snr_db == -7.5 && !after.signs.has_battery);
    assert_true(xh_str_is(after.signs.firmware, "phiên bản 2"));
    assert_int_equal(after.flags, before.flags);
    engine_leave(f);
}

struct heard {
    size_t messages, readings, refusals;
    double value;
    char why[256];
};

static void hear(void *arg, const struct xh_device_event *event)
{
    struct heard *heard = arg;
    heard->messages += event->kind == XH_DEVICE_MESSAGE;
    heard->readings += event->kind == XH_DEVICE_READING;
    heard->refusals += event->kind == XH_DEVICE_REFUSAL;
    heard->value = event->kind == XH_DEVICE_READING ? event->value : heard->value;
    if (event->why != NULL) {
        memcpy(heard->why, event->why->text, sizeof heard->why);
    }
}

static void who_watches_a_device_hears_of_it_and_of_no_other(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_meter_spec spec = engine_meter_spec("home-7", "other");
    struct heard heard = {0};
    struct xh_err err = {0};
    int64_t id, device = device_of(f, "home-7/electricity");
    must(xh_registry_meter(&f->ctx, &spec, &id, &err), &err);
    assert_false(xh_device_is_watched(f->engine, device));
    must(xh_device_watch(f->engine, device, hear, &heard, &err), &err);
    assert_true(xh_device_is_watched(f->engine, device));
    const struct xh_device_event message = {
        .kind = XH_DEVICE_MESSAGE, .device_id = device, .payload = XH_STR("5")};
    xh_device_tell(f->engine, &message);
    (void)put(f, "home-7/electricity", NOW, 5.5);
    (void)put(f, "other", NOW, 6);
    (void)try_put(&f->ctx, "home-7/electricity", NOW + 3 * XH_US_PER_DAY, 5, 0, &err);
    assert_int_equal(heard.messages, 1);
    assert_int_equal(heard.readings, 1);
    assert_true(heard.value == 5.5);
    assert_int_equal(heard.refusals, 1);
    assert_string_equal(heard.why, err.text);
    xh_device_unwatch(f->engine, device, hear, &heard);
    (void)put(f, "home-7/electricity", NOW + 1, 7);
    assert_int_equal(heard.readings, 1);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_never_seen_then_fine_then_silent),
        cmocka_unit_test(a_device_that_sends_far_more_than_its_period_says_is_noisy),
        cmocka_unit_test(a_clock_that_is_off_is_noticed_by_what_is_taken_and_by_what_is_refused),
        cmocka_unit_test(
            battery_and_signal_come_from_series_and_from_messages_and_the_latest_counts),
        cmocka_unit_test(what_is_known_is_there_after_the_folder_was_opened_again),
        cmocka_unit_test(who_watches_a_device_hears_of_it_and_of_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
