/* Which column of a file is what. Files are written as their first lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/import.h"
#include "base/csv.h"

struct guessed {
    struct xh_arena *arena;
    struct xh_import_sample sample;
    struct xh_import_map map;
    struct xh_err err;
};

static int setup(void **state)
{
    struct guessed *g = xh_alloc(sizeof *g);
    g->arena = xh_arena_create("test");
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    struct guessed *g = *state;
    xh_arena_destroy(g->arena);
    free(g);
    return 0;
}

static int guess_as(struct guessed *g, const char *csv, const struct xh_import_wish *wish)
{
    struct xh_csv_reader *reader = xh_csv_reader_create(0);
    const struct xh_str *fields = NULL;
    size_t count = 0;
    g->sample.row_count = 0;
    xh_csv_feed(reader, csv, strlen(csv), true);
    while (xh_csv_next(reader, &fields, &count, NULL) == 1) {
        struct xh_str *copy = XH_NEW_ARRAY(g->arena, struct xh_str, count);
        for (size_t i = 0; i < count; i++) {
            copy[i] = xh_arena_str(g->arena, fields[i]);
        }
        g->sample.rows[g->sample.row_count] = copy;
        g->sample.counts[g->sample.row_count++] = count;
    }
    xh_csv_reader_destroy(reader);
    return xh_import_guess(&g->sample, wish, XH_STR("My File"), g->arena, &g->map, &g->err);
}

static void guess(struct guessed *g, const char *csv)
{
    const struct xh_import_wish none = {0};
    assert_int_equal(guess_as(g, csv, &none), 0);
}

static void assert_value(const struct guessed *g, size_t column, const char *series,
                         const char *quantity, const char *unit, const char *kind)
{
    const struct xh_import_column *col = &g->map.columns[column];
    assert_int_equal(col->role, XH_IMPORT_VALUE);
    assert_true(xh_str_is(col->series, series));
    assert_true(xh_str_is(col->quantity, quantity));
    assert_true(xh_str_is(col->unit, unit));
    assert_true(xh_str_is(col->kind, kind));
}

static void homes_side_by_side_become_places_of_their_own(void **state)
{
    struct guessed *g = *state;
    guess(g, "hour_ending,load_kwh_1,pv_w_per_kw_1,load_kwh_10,temp_c\n"
             "2016-08-01T00:00,2.2758,0.0,0.5457,20.0\n"
             "2016-08-01T01:00,0.85117,0.0,0.55068,20.1\n");
    assert_true(g->map.has_header);
    assert_int_equal(g->map.time, 0);
    assert_int_equal(g->map.clock, XH_CLOCK_LOCAL);
    assert_true(xh_str_is(g->map.stamp, "end"));
    assert_value(g, 1, "my-file-1/electricity", "energy.electricity", "kWh", "interval");
    assert_value(g, 2, "my-file-1/pv_w_per_kw", "pv_w_per_kw", "permille", "gauge");
    assert_value(g, 3, "my-file-10/electricity", "energy.electricity", "kWh", "interval");
    assert_value(g, 4, "my-file/temperature", "temperature", "degC", "gauge");
}

static void a_time_without_a_name_is_found_by_its_form(void **state)
{
    struct guessed *g = *state;
    guess(g, ",GC,GG\n2011-07-01 00:00:00,0.392,0.0\n2011-07-01 00:30:00,0.578,0.0\n");
    assert_true(g->map.has_header);
    assert_int_equal(g->map.time, 0);
    assert_value(g, 1, "my-file/electricity", "energy.electricity", "kW", "power");
    assert_value(g, 2, "my-file/solar", "energy.solar", "kW", "power");
    assert_true(xh_str_is(g->map.columns[2].direction, "production"));
}

static void a_file_without_a_header_is_understood(void **state)
{
    struct guessed *g = *state;
    guess(g, "2025-06-15T08:00:00+07:00,1.5\n2025-06-15T09:00:00+07:00,1.7\n");
    assert_false(g->map.has_header);
    assert_int_equal(g->map.clock, XH_CLOCK_INSTANT);
    assert_value(g, 1, "my-file/value", "value", "1", "gauge");
}

static void an_instant_may_lack_its_seconds(void **state)
{
    int64_t with = 0, without = 0;
    (void)state;
    assert_int_equal(xh_import_instant(XH_STR("2025-06-15T08:00:00+07:00"), &with), 0);
    assert_int_equal(xh_import_instant(XH_STR("2025-06-15T08:00+07:00"), &without), 0);
    assert_int_equal(with, without);
    assert_int_equal(xh_import_instant(XH_STR("2025-06-15 01:00Z"), &without), 0);
    assert_int_equal(with, without);
    assert_int_equal(xh_import_instant(XH_STR("2025-06-15T08:00"), &without), XH_E_INVALID);
}

static void one_broken_time_in_many_does_not_hide_the_column(void **state)
{
    struct guessed *g = *state;
    guess(g, "t,x\n2025-06-01,1\n2025-06-02,1\n2025-06-03,1\n2025-06-04,1\n2025-06-05,1\n"
             "2025-06-06,1\n2025-06-07,1\n2025-06-08,1\n2025-06-09,1\n2025-06-10,1\nlater,1\n");
    assert_int_equal(g->map.time, 0);
}

static void a_counter_that_only_grows_is_a_register(void **state)
{
    struct guessed *g = *state;
    guess(g, "time,kwh\n2025-06-01 00:00,100.1\n2025-06-01 01:00,100.9\n2025-06-01 02:00,101.4\n"
             "2025-06-01 03:00,102.0\n2025-06-01 04:00,103.3\n2025-06-01 05:00,104.8\n");
    assert_value(g, 1, "my-file/electricity", "energy.electricity", "kWh", "register");
    guess(g, "time,kwh\n2025-06-01 00:00,1.1\n2025-06-01 01:00,0.9\n2025-06-01 02:00,1.4\n"
             "2025-06-01 03:00,2.0\n2025-06-01 04:00,0.3\n2025-06-01 05:00,4.8\n");
    assert_value(g, 1, "my-file/electricity", "energy.electricity", "kWh", "interval");
}

static void a_column_of_meters_makes_a_long_file(void **state)
{
    struct guessed *g = *state;
    guess(g, "meter,time,kwh,quality\nm1,1718409600,1.5,\nm2,1718409600,1.7,late\n");
    assert_int_equal(g->map.series, 0);
    assert_int_equal(g->map.time, 1);
    assert_int_equal(g->map.clock, XH_CLOCK_UNIX_S);
    assert_int_equal(g->map.quality, 3);
    assert_int_equal(g->map.columns[2].role, XH_IMPORT_VALUE);
}

static void what_export_writes_is_a_long_file(void **state)
{
    struct guessed *g = *state;
    guess(
        g,
        "series,time,value,unit,seq,arrival,quality,in_force\n"
        "home-7/electricity,2025-06-15T08:00:00+07:00,1234.5,kWh,1,2025-06-15T08:00:01+07:00,,1\n");
    assert_int_equal(g->map.series, 0);
    assert_int_equal(g->map.time, 1);
    assert_int_equal(g->map.columns[2].role, XH_IMPORT_VALUE);
    for (size_t c = 3; c < 8; c++) {
        assert_int_not_equal(g->map.columns[c].role, XH_IMPORT_VALUE);
    }
}

static void a_date_and_a_time_of_day_are_one_time(void **state)
{
    struct guessed *g = *state;
    char text[XH_IMPORT_WHEN_BYTES];
    guess(g, "meter;date;hour;kwh\nA;01/07/2025;23;1,5\nA;01/07/2025;24;2\n");
    assert_int_equal(g->map.time, 1);
    assert_int_equal(g->map.time_of_day, 2);
    assert_int_equal(g->map.series, 0);
    assert_true(g->map.columns[3].is_decimal_comma);
    struct xh_str *row = g->sample.rows[1];
    assert_true(xh_str_is(xh_import_when(&g->map, row, 4, text), "2025-07-01 23:00:00"));
    row = g->sample.rows[2];
    assert_true(xh_str_is(xh_import_when(&g->map, row, 4, text), "2025-07-02 00:00:00"));
    row[2] = XH_STR("24:30");
    assert_true(xh_str_is(xh_import_when(&g->map, row, 4, text), "01/07/2025 24:30"));
    assert_true(xh_import_is_time_of_day(XH_STR("0:05:09"), false));
    assert_false(xh_import_is_time_of_day(XH_STR("12"), false));
    assert_false(xh_import_is_time_of_day(XH_STR("12:60"), false));
    assert_false(xh_import_is_time_of_day(XH_STR(""), true));

    guess(g, "time,hour,kwh\n2025-07-01 00:00,1,1\n2025-07-01 01:00,2,1\n");
    assert_true(g->map.time_of_day == SIZE_MAX);
}

static void decimal_commas_are_seen(void **state)
{
    struct guessed *g = *state;
    guess(g, "time;kwh\n01/07/2025 00:30;1,5\n01/07/2025 01:00;1,75\n");
    assert_true(g->map.columns[1].is_decimal_comma);
    assert_true(xh_import_is_number(XH_STR("1,75"), true));
    assert_false(xh_import_is_number(XH_STR("1,75"), false));
}

static void vietnamese_names_are_read(void **state)
{
    struct guessed *g = *state;
    guess(g,
          "Thời gian,Điện (kWh),Nước (m3)\n2025-06-01 00:00,1.5,0.2\n2025-06-01 01:00,1.2,0.1\n");
    assert_value(g, 1, "my-file/electricity", "energy.electricity", "kWh", "interval");
    assert_value(g, 2, "my-file/water", "water.consumption", "m3", "interval");
}

static void two_columns_never_become_one_series(void **state)
{
    struct guessed *g = *state;
    guess(g, "time,kwh a,kwh b\n2025-06-01 00:00,1.5,0.2\n2025-06-01 01:00,1.2,0.1\n");
    assert_false(xh_str_equal(g->map.columns[1].series, g->map.columns[2].series));
    guess(g, "time,kwh,kwh\n2025-06-01 00:00,1.5,0.2\n2025-06-01 01:00,1.2,0.1\n");
    assert_false(xh_str_equal(g->map.columns[1].series, g->map.columns[2].series));
}

static void wishes_and_maps_win_over_guesses(void **state)
{
    struct guessed *g = *state;
    const struct xh_import_wish wish = {.place = XH_STR("home"),
                                        .zone = XH_STR("-08:00"),
                                        .unit = XH_STR("Wh"),
                                        .stamp = XH_STR("start")};
    assert_int_equal(guess_as(g, "t,load_kwh_1,x\n2016-08-01T00:00,1,2\n", &wish), 0);
    assert_value(g, 1, "home-1/electricity", "energy.electricity", "Wh", "interval");
    assert_true(xh_str_is(g->map.stamp, "start"));
    assert_int_equal(xh_import_map_apply(&g->map,
                                         XH_STR("zone=+10:00,x=-,load_kwh_1=a/b:water.consumption:"
                                                "m3:register:end"),
                                         g->arena, &g->err),
                     0);
    assert_value(g, 1, "a/b", "water.consumption", "m3", "register");
    assert_true(xh_str_is(g->map.columns[1].place, "a"));
    assert_int_equal(g->map.columns[2].role, XH_IMPORT_SKIP);
    assert_true(xh_str_is(g->map.zone, "+10:00"));
    assert_true(xh_str_is(g->map.stamp, "end"));
    assert_int_equal(xh_import_map_check(&g->map, &g->err), 0);
}

static void a_map_that_names_nothing_is_refused(void **state)
{
    struct guessed *g = *state;
    guess(g, "t,x\n2016-08-01T00:00,1\n");
    assert_int_equal(xh_import_map_apply(&g->map, XH_STR("y=-"), g->arena, &g->err), XH_E_INVALID);
    assert_string_equal(g->err.value, "y");
    assert_int_equal(xh_import_map_apply(&g->map, XH_STR("x"), g->arena, &g->err), XH_E_INVALID);
    assert_int_equal(xh_import_map_apply(&g->map, XH_STR("x=a:b:c:d:e:f"), g->arena, &g->err),
                     XH_E_INVALID);
    assert_int_equal(xh_import_map_apply(&g->map, XH_STR("x=a/b:::speed"), g->arena, &g->err), 0);
    assert_int_equal(xh_import_map_check(&g->map, &g->err), XH_E_INVALID);
    assert_string_equal(g->err.value, "speed");
    assert_int_equal(xh_import_map_apply(&g->map, XH_STR("#2=-"), g->arena, &g->err), 0);
    assert_int_equal(xh_import_map_check(&g->map, &g->err), XH_E_INVALID);
}

static void a_file_without_times_or_numbers_is_refused(void **state)
{
    struct guessed *g = *state;
    guess(g, "a,b\nx,1\ny,2\n");
    assert_int_equal(xh_import_map_check(&g->map, &g->err), XH_E_INVALID);
    assert_string_equal(g->err.field, "time");
    guess(g, "a,b\n2025-06-01,x\n2025-06-02,y\n");
    assert_int_equal(xh_import_map_check(&g->map, &g->err), XH_E_INVALID);
    assert_string_equal(g->err.field, "value");
}

static void the_hour_that_a_clock_shows_twice_is_two_hours(void **state)
{
    struct guessed *g = *state;
    struct xh_zone *zone = NULL;
    enum xh_civil_kind kind;
    int64_t first, second;
    guess(g, "t,x\n2025-10-26 02:30,1\n");
    assert_int_equal(xh_import_zone(xh_env_real(), XH_STR("Europe/Berlin"), &zone, &g->err), 0);
    assert_int_equal(xh_import_time(&g->map, zone, XH_STR("2025-10-26 02:30"), INT64_MIN, &first,
                                    &kind),
                     0);
    assert_int_equal(kind, XH_CIVIL_TWICE);
    assert_int_equal(xh_import_time(&g->map, zone, XH_STR("2025-10-26 02:30"), first, &second,
                                    &kind),
                     0);
    assert_int_equal(second - first, XH_US_PER_HOUR);
    xh_zone_destroy(zone);
    assert_int_equal(xh_import_zone(xh_env_real(), XH_STR("-08:00"), &zone, &g->err), 0);
    assert_int_equal(xh_zone_offset_s(zone, 0), -8 * 3600);
    xh_zone_destroy(zone);
    assert_int_equal(xh_import_zone(xh_env_real(), XH_STR("+15:00"), &zone, &g->err), XH_E_INVALID);
    assert_true(xh_import_zone(xh_env_real(), XH_STR("No/Where"), &zone, &g->err) < 0);
}

static void a_digest_is_that_of_the_standard(void **state)
{
    /* FIPS 180-4 examples: "abc", the empty text, and a million times 'a' in odd pieces. */
    struct xh_sha256 sha;
    char hex[XH_SHA256_TEXT_BYTES], many[997];
    (void)state;
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, "abc", 3);
    xh_sha256_end(&sha, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    xh_sha256_init(&sha);
    xh_sha256_end(&sha, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    memset(many, 'a', sizeof many);
    xh_sha256_init(&sha);
    for (size_t left = 1000000; left > 0;) {
        size_t piece = left < sizeof many ? left : sizeof many;
        xh_sha256_add(&sha, many, piece);
        left -= piece;
    }
    xh_sha256_end(&sha, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void spans_that_follow_each_other_are_one(void **state)
{
    struct guessed *g = *state;
    struct xh_import_report report = {.arena = g->arena};
    xh_import_span_add(&report, (struct xh_import_span){1, 1, 10});
    xh_import_span_add(&report, (struct xh_import_span){2, 1, 10});
    xh_import_span_add(&report, (struct xh_import_span){1, 11, 20});
    xh_import_span_add(&report, (struct xh_import_span){2, 12, 20});
    assert_int_equal(report.span_count, 3);
    assert_int_equal(report.spans[0].seq_to, 20);
    assert_int_equal(report.spans[1].seq_to, 10);
    assert_int_equal(report.spans[2].seq_from, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(homes_side_by_side_become_places_of_their_own),
        TEST(a_time_without_a_name_is_found_by_its_form),
        TEST(a_file_without_a_header_is_understood),
        TEST(an_instant_may_lack_its_seconds),
        TEST(one_broken_time_in_many_does_not_hide_the_column),
        TEST(a_counter_that_only_grows_is_a_register),
        TEST(a_column_of_meters_makes_a_long_file),
        TEST(what_export_writes_is_a_long_file),
        TEST(a_date_and_a_time_of_day_are_one_time),
        TEST(decimal_commas_are_seen),
        TEST(vietnamese_names_are_read),
        TEST(two_columns_never_become_one_series),
        TEST(wishes_and_maps_win_over_guesses),
        TEST(a_map_that_names_nothing_is_refused),
        TEST(a_file_without_times_or_numbers_is_refused),
        TEST(the_hour_that_a_clock_shows_twice_is_two_hours),
        TEST(a_digest_is_that_of_the_standard),
        TEST(spans_that_follow_each_other_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
