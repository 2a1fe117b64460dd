/* test_device_provision.c: many devices from a table, and one meter in place of another. */
#include "service/device_keys.h"
#include "service/device_provision.h"
#include "service/device_replace.h"
#include "service/ingest_help.h"

static struct engine_fixture *enter(void)
{
    struct engine_options options = {.without_rows = true};
    return engine_enter(&options);
}

static struct xh_provision_report provision(struct engine_fixture *f, const char *csv, bool is_dry)
{
    struct xh_provision_ask ask = {.csv = xh_str_from(csv), .is_dry_run = is_dry};
    struct xh_provision_report report;
    struct xh_err err = {0};
    must(xh_devices_provision(&f->ctx, &ask, &report, &err), &err);
    return report;
}

static bool is_there(struct engine_fixture *f, const char *type, const char *code)
{
    struct xh_record record;
    return xh_record_find(&f->ctx, type, "code", xh_str_from(code), &record, NULL) >= 0;
}

static const char three[] =
    "code,name,place,kind,quantity,unit,period_s\n"
    "m1,Công tơ 1,home-7,electricity_meter,energy.electricity,kWh,900\n"
    "m1,,,,battery_pct,%,3600\n"
    "m2,,home-7,,energy.electricity,Wh,\n";

static void a_table_makes_devices_series_and_keys_that_work(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    const struct xh_who *who;
    struct xh_err err = {0};
    struct xh_provision_report dry = provision(f, three, true);
    assert_int_equal(dry.devices_made, 2);
    assert_int_equal(dry.series_made, 3);
    assert_int_equal(dry.device_count, 0);
    assert_false(is_there(f, "core.device", "m1"));
    struct xh_provision_report report = provision(f, three, false);
    assert_int_equal(report.lines, 3);
    assert_int_equal(report.refused, 0);
    assert_int_equal(report.device_count, 2);
    assert_true(is_there(f, "core.series", "m1/electricity"));
    assert_true(is_there(f, "core.series", "m1/battery_pct"));
    must(xh_people_by_key(f->engine, report.devices[1].key, &who, &err), &err);
    assert_string_equal(who->name, "device-m2");
    struct xh_ctx device = f->ctx;
    device.who = who;
    assert_int_equal(try_put(&device, "m2/electricity", xh_env_now_us(f->env), 5, 0, &err).status,
                     XH_INGEST_TAKEN);
    engine_leave(f);
}

static void the_same_table_once_more_changes_nothing(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    (void)provision(f, three, false);
    struct xh_provision_report again = provision(f, three, false);
    assert_int_equal(again.devices_made, 0);
    assert_int_equal(again.devices_there, 2);
    assert_int_equal(again.series_made, 0);
    assert_int_equal(again.series_there, 3);
    assert_int_equal(again.devices[0].key.len, 0);
    engine_leave(f);
}

static void one_wrong_line_keeps_all_out_and_each_is_told_with_its_number(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_provision_report report = provision(f,
                                                  "code,place,quantity,unit,kind\n"
                                                  "good,home-7,energy.electricity,kWh,\n"
                                                  "p,nowhere,,,\n"
                                                  "q,home-7,energy.electricity,furlong,\n"
                                                  "r,,,,\n"
                                                  "s,home-7,,,spaceship\n"
                                                  "t,home-7,energy.electrcity,kWh,\n"
                                                  "u,home-7,energy.electricity,,\n"
                                                  ",home-7,,,\n",
                                                  false);
    static const char *const fields[] = {"place", "unit", "place", "kind", "quantity", "unit",
                                         "code"};
    assert_int_equal(report.refused, XH_COUNT(fields));
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        assert_int_equal(report.faults[i].line, i + 3);
        assert_string_equal(report.faults[i].err.field, fields[i]);
    }
    assert_int_equal(report.device_count, 0);
    assert_false(is_there(f, "core.device", "good"));
    engine_leave(f);
}

static void a_table_that_means_nothing_is_refused_as_a_whole(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    static const char *const bad[] = {"", "code\n", "name,place\na,b\n", "code,plaice\na,b\n",
                                      "code,code\na,b\n", "code\na,b\n", "code\n\"a\n"};
    struct xh_provision_report report;
    for (size_t i = 0; i < XH_COUNT(bad); i++) {
        struct xh_provision_ask ask = {.csv = xh_str_from(bad[i])};
        struct xh_err err = {0};
        assert_int_equal(xh_devices_provision(&f->ctx, &ask, &report, &err), XH_E_INVALID);
        assert_true(err.text[0] != '\0');
    }
    struct xh_ctx resident = engine_as(f, "resident-7");
    struct xh_provision_ask ask = {.csv = xh_str_from(three)};
    assert_int_equal(xh_devices_provision(&resident, &ask, &report, NULL), XH_E_FORBIDDEN);
    engine_leave(f);
}

static void count_up(void *arg, size_t done, size_t total)
{
    size_t *calls = arg;
    assert_true(done <= total);
    (*calls)++;
}

static void many_lines_are_written_in_slices_and_each_device_has_one_key(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_provision_report report;
    struct xh_err err = {0};
    struct xh_buf csv;
    size_t calls = 0;
    xh_buf_init(&csv, 0);
    xh_buf_add_text(&csv, "code;place;quantity;unit\r\n");
    for (int i = 0; i < 450; i++) {
        xh_buf_add_format(&csv, "d%03d;home-7;%s;kWh\r\n", i / 2,
                          i % 2 == 0 ? "energy.electricity" : "other");
    }
    struct xh_provision_ask ask = {.csv = xh_buf_str(&csv), .progress = count_up, .arg = &calls};
    must(xh_devices_provision(&f->ctx, &ask, &report, &err), &err);
    assert_int_equal(calls, 3);
    assert_int_equal(report.device_count, 225);
    assert_int_equal(report.series_made, 450);
    for (size_t i = 0; i < report.device_count; i++) {
        assert_true(xh_device_key_is(report.devices[i].key));
    }
    xh_buf_finish(&csv);
    engine_leave(f);
}

static void a_replaced_meter_leaves_no_jump_in_what_was_used(void **state)
{
    (void)state;
    struct engine_fixture *f = enter();
    struct xh_record old, device, series;
    struct xh_replace_answer answer;
    struct xh_err err = {0};
    put_growth(f, "home-7/electricity", at("2025-06-01T00:00:00+07:00"),
               at("2025-06-15T12:00:00+07:00"), 1800 * XH_US_PER_S, 9000, 1);
    must(xh_record_find(&f->ctx, "core.device", "code", XH_STR("home-7/electricity"), &old, &err),
         &err);
    const struct xh_replace_register displays[] = {
        {XH_STR("home-7/electricity"), true, true, 9697, 3}};
    struct xh_replace_ask ask = {
        .device_id = old.id,
        .at_us = at("2025-06-15T12:15:00+07:00"),
        .code = XH_STR("new-7"),
        .serial = XH_STR("SN-2"),
        .makes_key = true,
    };
    assert_int_equal(xh_device_replace(&f->ctx, &ask, &answer, &err), XH_E_INVALID);
    assert_string_equal(err.field, "first");
    ask.registers = displays;
    ask.register_count = 1;
    must(xh_device_replace(&f->ctx, &ask, &answer, &err), &err);
    assert_int_equal(answer.series_count, 1);
    put_growth(f, "home-7/electricity", at("2025-06-15T12:30:00+07:00"),
               at("2025-06-17T00:00:00+07:00"), 1800 * XH_US_PER_S, 4, 1);
    struct xh_use use = use_of(f, f->home_series, XH_PERIOD_DAY, "2025-06-15", "2025-06-16");
    assert_true(use_total(&use) > 47.9 && use_total(&use) < 49.1);
    must(xh_record_get(&f->ctx, "core.device", old.id, &old, &err), &err);
    assert_int_equal(xh_doc_int(old.doc, "removed"), day_of("2025-06-15"));
    must(xh_record_get(&f->ctx, "core.device", answer.device_id, &device, &err), &err);
    assert_int_equal(xh_doc_int(device.doc, "replaces"), old.id);
    assert_int_equal(xh_doc_int(device.doc, "place"), f->home_place);
    must(xh_record_get(&f->ctx, "core.series", f->home_series, &series, &err), &err);
    assert_int_equal(xh_doc_int(series.doc, "device"), answer.device_id);
    ask.code = XH_STR("another");
    assert_int_equal(xh_device_replace(&f->ctx, &ask, &answer, &err), XH_E_CONFLICT);
    engine_leave(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_makes_devices_series_and_keys_that_work),
        cmocka_unit_test(the_same_table_once_more_changes_nothing),
        cmocka_unit_test(one_wrong_line_keeps_all_out_and_each_is_told_with_its_number),
        cmocka_unit_test(a_table_that_means_nothing_is_refused_as_a_whole),
        cmocka_unit_test(many_lines_are_written_in_slices_and_each_device_has_one_key),
        cmocka_unit_test(a_replaced_meter_leaves_no_jump_in_what_was_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
