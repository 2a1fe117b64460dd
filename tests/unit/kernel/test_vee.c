/* Checks and estimates. The golden cases are tests/golden/vee/checks.txt and estimates.txt; what
 * must hold for all readings whatever is tried with random ones. */
#include "kernel/vee.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rand.h"

enum { READINGS_MAX = 4096, EXPECTED_MAX = 64, TEXT_BYTES = 64 };

struct golden {
    char name[TEXT_BYTES];
    bool has_source;
    struct xh_zone *zone;
    struct xh_vee_series series;
    struct xh_vee_rule rule;
    struct xh_vee_reading readings[READINGS_MAX];
    size_t count;
    int64_t from_us, to_us;
    struct xh_vee_finding expected[EXPECTED_MAX];
    size_t expected_count;
    struct xh_vee_gap gap;
    bool has_gap;
    struct xh_vee_value values[EXPECTED_MAX];
    size_t value_count;
    char method[TEXT_BYTES];
};

static struct xh_str next_word(struct xh_str *line)
{
    struct xh_str word = {NULL, 0};
    while (word.len == 0 && xh_str_split(line, ' ', &word)) {
    }
    return word;
}

/* A local time of the zone: 2025-06-15T08:00. */
static int64_t time_of(const struct golden *g, struct xh_str text)
{
    struct xh_civil civil;
    if (xh_civil_parse(text, &civil, NULL) != XH_E_OK) {
        fail_msg("%s: no time: %.*s", g->name, XH_STR_ARG(text));
    }
    return xh_zone_to_us(g->zone, &civil, false, NULL);
}

static double number_of(const struct golden *g, struct xh_str text)
{
    double value = 0;
    if (xh_num_parse(text, &value, NULL) != XH_E_OK) {
        fail_msg("%s: no number: %.*s", g->name, XH_STR_ARG(text));
    }
    return value;
}

static enum xh_vee_check check_of(const struct golden *g, struct xh_str name)
{
    for (size_t i = 0; i < XH_VEE_CHECK_COUNT; i++) {
        if (xh_str_is(name, xh_vee_checks[i].name)) {
            return (enum xh_vee_check)i;
        }
    }
    fail_msg("%s: no such check: %.*s", g->name, XH_STR_ARG(name));
    return XH_VEE_RANGE;
}

static void read_meter(struct golden *g, struct xh_str line)
{
    struct xh_str kind = next_word(&line), word;
    g->series.is_gauge = xh_str_is(kind, "gauge");
    g->series.meter.kind = xh_str_is(kind, "register")   ? XH_METER_REGISTER
                           : xh_str_is(kind, "interval") ? XH_METER_INTERVAL
                                                         : XH_METER_POWER;
    while ((word = next_word(&line)).len > 0) {
        struct xh_str key = {NULL, 0};
        assert_true(xh_str_split(&word, '=', &key));
        double value = number_of(g, word);
        if (xh_str_is(key, "period")) {
            g->series.meter.period_us = (int64_t)(value * XH_US_PER_S);
        } else if (xh_str_is(key, "modulus")) {
            g->series.meter.modulus = value;
        } else if (xh_str_is(key, "max")) {
            g->series.meter.max_per_hour = value;
        } else if (xh_str_is(key, "start")) {
            g->series.meter.is_stamped_at_start = value != 0;
        } else {
            fail_msg("%s: no such key: %.*s", g->name, XH_STR_ARG(key));
        }
    }
}

static void read_rule(struct golden *g, struct xh_str line)
{
    struct xh_str word;
    while ((word = next_word(&line)).len > 0) {
        struct xh_str key = {NULL, 0};
        assert_true(xh_str_split(&word, '=', &key));
        if (xh_str_is(key, "min")) {
            g->rule.range_min = number_of(g, word);
        } else if (xh_str_is(key, "max")) {
            g->rule.range_max = number_of(g, word);
        } else if (xh_str_is(key, "omits_zeros")) {
            g->rule.omits_zeros = true;
        } else {
            g->rule.limits[check_of(g, key)] = number_of(g, word);
        }
    }
}

static void add(struct golden *g, int64_t at_us, double value)
{
    assert_true(g->count < READINGS_MAX);
    g->readings[g->count++] = (struct xh_vee_reading){at_us, at_us, value, 0};
}

static void read_reading(struct golden *g, struct xh_str line)
{
    int64_t at_us = time_of(g, next_word(&line));
    struct xh_str word;
    add(g, at_us, number_of(g, next_word(&line)));
    struct xh_vee_reading *r = &g->readings[g->count - 1];
    while ((word = next_word(&line)).len > 0) {
        if (xh_str_is(word, "suspect")) {
            r->quality |= 1;
        } else if (xh_str_is(word, "replaced")) {
            r->quality |= 32;
        } else if (xh_str_starts(word, XH_STR("ahead="))) {
            double s = number_of(g, xh_str_sub(word, 6, word.len));
            r->arrival_us = at_us - (int64_t)(s * XH_US_PER_S);
        } else {
            fail_msg("%s: no such word: %.*s", g->name, XH_STR_ARG(word));
        }
    }
}

/* every FROM STEP_SECONDS COUNT VALUE VALUE...: values in turn; grow: each added to the last. */
static void read_many(struct golden *g, struct xh_str line, bool grows)
{
    double values[32], last = 0;
    size_t value_count = 0;
    int64_t at_us = time_of(g, next_word(&line));
    int64_t step_us = (int64_t)(number_of(g, next_word(&line)) * XH_US_PER_S);
    size_t count = (size_t)number_of(g, next_word(&line));
    struct xh_str word;
    if (grows) {
        last = number_of(g, next_word(&line));
    }
    while ((word = next_word(&line)).len > 0) {
        assert_true(value_count < 32);
        values[value_count++] = number_of(g, word);
    }
    assert_true(value_count > 0);
    for (size_t i = 0; i < count; i++) {
        add(g, at_us + (int64_t)i * step_us, grows ? last : values[i % value_count]);
        last += values[i % value_count];
    }
}

static void read_finding(struct golden *g, struct xh_str line)
{
    assert_true(g->expected_count < EXPECTED_MAX);
    struct xh_vee_finding *f = &g->expected[g->expected_count++];
    f->check = check_of(g, next_word(&line));
    f->from_us = time_of(g, next_word(&line));
    f->to_us = time_of(g, next_word(&line));
    f->measure = number_of(g, next_word(&line));
    f->limit = number_of(g, next_word(&line));
    f->count = (uint64_t)number_of(g, next_word(&line));
}

static void read_gap(struct golden *g, struct xh_str line)
{
    struct xh_str word;
    g->has_gap = true;
    g->gap.from_us = time_of(g, next_word(&line));
    g->gap.to_us = time_of(g, next_word(&line));
    g->gap.from_value = number_of(g, next_word(&line));
    g->gap.to_value = number_of(g, next_word(&line));
    g->gap.step_us = (int64_t)(number_of(g, next_word(&line)) * XH_US_PER_S);
    while ((word = next_word(&line)).len > 0) {
        if (xh_str_starts(word, XH_STR("amount="))) {
            g->gap.has_amount = g->gap.with_last = true;
            g->gap.amount = number_of(g, xh_str_sub(word, 7, word.len));
        } else {
            fail_msg("%s: no such word: %.*s", g->name, XH_STR_ARG(word));
        }
    }
}

static void read_line(struct golden *g, struct xh_str line)
{
    struct xh_str word = next_word(&line);
    if (xh_str_is(word, "source")) {
        g->has_source = line.len > 0;
    } else if (xh_str_is(word, "zone")) {
        xh_zone_destroy(g->zone);
        assert_int_equal(xh_zone_load(xh_env_real(), next_word(&line), &g->zone, NULL), XH_E_OK);
    } else if (xh_str_is(word, "meter")) {
        read_meter(g, line);
    } else if (xh_str_is(word, "rule")) {
        read_rule(g, line);
    } else if (xh_str_is(word, "reading")) {
        read_reading(g, line);
    } else if (xh_str_is(word, "every") || xh_str_is(word, "grow")) {
        read_many(g, line, xh_str_is(word, "grow"));
    } else if (xh_str_is(word, "window")) {
        g->from_us = time_of(g, next_word(&line));
        g->to_us = time_of(g, next_word(&line));
    } else if (xh_str_is(word, "finding")) {
        read_finding(g, line);
    } else if (xh_str_is(word, "gap")) {
        read_gap(g, line);
    } else if (xh_str_is(word, "value")) {
        assert_true(g->value_count < EXPECTED_MAX);
        struct xh_vee_value *v = &g->values[g->value_count++];
        v->at_us = time_of(g, next_word(&line));
        v->value = number_of(g, next_word(&line));
    } else if (xh_str_is(word, "method")) {
        struct xh_str method = next_word(&line);
        assert_true(method.len < TEXT_BYTES);
        memcpy(g->method, method.ptr, method.len);
    } else {
        fail_msg("%s: no such line: %.*s", g->name, XH_STR_ARG(word));
    }
}

/* ---- a case ---- */

static bool is_near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fmax(fabs(a), fabs(b)));
}

static void print_found(const struct golden *g, const struct xh_vee_finding *found, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char from[XH_TIME_TEXT_BYTES], to[XH_TIME_TEXT_BYTES];
        (void)xh_time_print_zoned(found[i].from_us, g->zone, from);
        (void)xh_time_print_zoned(found[i].to_us, g->zone, to);
        print_message("%s: found %s %s %s %.12g %.12g %d\n", g->name,
                      xh_vee_checks[found[i].check].name, from, to, found[i].measure,
                      found[i].limit, (int)found[i].count);
    }
}

static void run_checks(struct golden *g)
{
    struct xh_arena *arena = xh_arena_create("case");
    struct xh_vee_finding *found;
    struct xh_vee_ask ask = {.series = &g->series, .rule = &g->rule, .readings = g->readings,
                             .count = g->count, .max = 100, .from_us = g->from_us,
                             .to_us = g->to_us};
    size_t count = xh_vee_check(&ask, arena, &found);
    bool is_same = count == g->expected_count;
    for (size_t i = 0; is_same && i < count; i++) {
        const struct xh_vee_finding *a = &found[i], *b = &g->expected[i];
        is_same = a->check == b->check && a->from_us == b->from_us && a->to_us == b->to_us &&
                  is_near(a->measure, b->measure) && is_near(a->limit, b->limit) &&
                  a->count == b->count;
    }
    if (!is_same) {
        print_found(g, found, count);
        fail_msg("%s: other findings than those expected", g->name);
    }
    xh_arena_destroy(arena);
}

static void run_gap(struct golden *g)
{
    struct xh_arena *arena = xh_arena_create("case");
    struct xh_vee_value *values;
    enum xh_vee_method method;
    g->gap.series = &g->series;
    g->gap.readings = g->readings;
    g->gap.count = g->count;
    size_t count = xh_vee_estimate(&g->gap, arena, &values, &method);
    assert_int_equal(count, xh_vee_estimate_count(&g->gap));
    for (size_t i = 0; i < count; i++) {
        if (i >= g->value_count || values[i].at_us != g->values[i].at_us ||
            !is_near(values[i].value, g->values[i].value)) {
            char at[XH_TIME_TEXT_BYTES];
            (void)xh_time_print_zoned(values[i].at_us, g->zone, at);
            fail_msg("%s: value %zu is %s %.12g", g->name, i, at, values[i].value);
        }
    }
    assert_int_equal(count, g->value_count);
    assert_string_equal(xh_vee_method_name(method), g->method);
    xh_arena_destroy(arena);
}

static void run_case(struct golden *g)
{
    if (!g->has_source || g->count == 0) {
        fail_msg("%s: source or readings are missing", g->name);
    }
    g->series.zone = g->zone;
    if (g->has_gap) {
        run_gap(g);
    } else {
        run_checks(g);
    }
    xh_zone_destroy(g->zone);
}

static void begin_case(struct golden *g, struct xh_str name)
{
    memset(g, 0, sizeof *g);
    assert_true(name.len > 0 && name.len < TEXT_BYTES);
    memcpy(g->name, name.ptr, name.len);
    g->zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    g->series.meter.factor = 1;
}

static size_t run_file(const char *path)
{
    struct xh_buf bytes = {0};
    struct xh_str rest, line;
    struct golden *g = malloc(sizeof *g);
    size_t count = 0;
    assert_int_equal(xh_file_read(xh_env_real(), path, 1 << 20, &bytes, NULL), XH_E_OK);
    rest = xh_buf_str(&bytes);
    while (xh_str_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (xh_str_starts(line, XH_STR("case "))) {
            if (count++ > 0) {
                run_case(g);
            }
            begin_case(g, xh_str_sub(line, 5, line.len));
        } else {
            read_line(g, line);
        }
    }
    run_case(g);
    free(g);
    xh_buf_finish(&bytes);
    return count;
}

static void each_check_finds_what_its_golden_cases_say(void **state)
{
    (void)state;
    assert_true(run_file(XH_TEST_ROOT "/tests/golden/vee/checks.txt") >= 20);
}

static void each_estimate_is_that_of_its_golden_case(void **state)
{
    (void)state;
    assert_true(run_file(XH_TEST_ROOT "/tests/golden/vee/estimates.txt") >= 8);
}

/* ---- what holds for all readings ---- */

enum { ROUNDS = 200, STEPS = 700 };

static void random_series(struct xh_rand *rand, struct xh_vee_series *series, struct xh_zone *zone)
{
    *series = (struct xh_vee_series){
        .meter = {.kind = (enum xh_meter_kind)xh_rand_below(rand, 3), .factor = 1,
                  .period_us = xh_rand_below(rand, 2) == 0 ? 0 : XH_US_PER_HOUR,
                  .modulus = xh_rand_below(rand, 2) == 0 ? 0 : 1000},
        .is_gauge = xh_rand_below(rand, 5) == 0,
        .zone = zone,
    };
}

static void random_readings(struct xh_rand *rand, bool grows, struct xh_vee_reading *readings)
{
    int64_t at_us = 1750000000 * XH_US_PER_S;
    double value = 900;
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t what = xh_rand_below(rand, 60);
        double more = what == 0 ? 0 : what == 1 ? 400 : what == 2 ? -300 : 5 * xh_rand_unit(rand);
        at_us += what == 3 ? 0 : what == 4 ? 9 * XH_US_PER_HOUR : XH_US_PER_HOUR;
        value = grows ? value + more : more;
        readings[i] = (struct xh_vee_reading){at_us, at_us, value, what == 5 ? 1 : 0};
    }
}

static void findings_lie_in_the_window_and_beyond_their_limits(void **state)
{
    (void)state;
    static struct xh_vee_reading readings[STEPS];
    struct xh_rand rand;
    struct xh_zone *zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    struct xh_vee_rule rule = {.limits = {1, 5, 4, 4, 1, 1, 1.5, 300, 0}, .range_min = -100,
                               .range_max = 300};
    size_t total = 0;
    xh_rand_init(&rand, 7);
    for (int round = 0; round < ROUNDS; round++) {
        struct xh_arena *arena = xh_arena_create("round");
        struct xh_vee_series series;
        struct xh_vee_finding *found;
        random_series(&rand, &series, zone);
        random_readings(&rand, series.meter.kind == XH_METER_REGISTER, readings);
        struct xh_vee_ask ask = {.series = &series, .rule = &rule, .readings = readings,
                                 .count = STEPS, .max = 50, .from_us = readings[300].at_us,
                                 .to_us = readings[650].at_us};
        size_t count = xh_vee_check(&ask, arena, &found);
        assert_true(count <= ask.max);
        for (size_t i = 0; i < count; i++) {
            assert_true(found[i].to_us > ask.from_us && found[i].to_us <= ask.to_us);
            if (found[i].from_us > found[i].to_us || found[i].count == 0) {
                fail_msg("%s %lld %lld %d", xh_vee_checks[found[i].check].name,
                         (long long)found[i].from_us, (long long)found[i].to_us,
                         (int)found[i].count);
            }
            assert_true(isfinite(found[i].measure) && isfinite(found[i].limit));
        }
        total += count;
        xh_arena_destroy(arena);
    }
    assert_true(total > 1000);
    xh_zone_destroy(zone);
}

static void estimates_of_a_register_never_fall_and_end_at_its_growth(void **state)
{
    (void)state;
    static struct xh_vee_reading readings[STEPS];
    struct xh_rand rand;
    struct xh_zone *zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    xh_rand_init(&rand, 11);
    for (int round = 0; round < ROUNDS; round++) {
        struct xh_arena *arena = xh_arena_create("round");
        struct xh_vee_series series = {.meter = {.kind = XH_METER_REGISTER}, .zone = zone};
        struct xh_vee_value *values;
        enum xh_vee_method method;
        random_readings(&rand, true, readings);
        int64_t from_us = readings[STEPS - 1].at_us;
        double growth = round % 7 == 0 ? 0 : 100 * xh_rand_unit(&rand);
        struct xh_vee_gap gap = {
            .series = &series, .readings = readings, .count = STEPS, .from_us = from_us,
            .to_us = from_us + (int64_t)(1 + xh_rand_below(&rand, 200)) * 1700 * XH_US_PER_S,
            .from_value = 500, .to_value = 500 + growth, .step_us = 1800 * XH_US_PER_S,
        };
        size_t count = xh_vee_estimate(&gap, arena, &values, &method);
        double last = gap.from_value;
        int64_t last_us = gap.from_us;
        for (size_t i = 0; i < count; i++) {
            assert_true(values[i].value >= last && values[i].value <= gap.to_value);
            assert_true(values[i].at_us > last_us && values[i].at_us < gap.to_us);
            last = values[i].value;
            last_us = values[i].at_us;
        }
        xh_arena_destroy(arena);
    }
    xh_zone_destroy(zone);
}

static void amounts_that_are_given_add_up_to_the_last_digit(void **state)
{
    (void)state;
    static struct xh_vee_reading readings[STEPS];
    struct xh_rand rand;
    struct xh_zone *zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600);
    xh_rand_init(&rand, 13);
    for (int round = 0; round < ROUNDS; round++) {
        struct xh_arena *arena = xh_arena_create("round");
        struct xh_vee_series series = {.meter = {.kind = XH_METER_INTERVAL}, .zone = zone};
        struct xh_vee_value *values;
        enum xh_vee_method method;
        random_readings(&rand, false, readings);
        int64_t from_us = readings[STEPS - 1].at_us;
        struct xh_vee_gap gap = {
            .series = &series, .readings = readings, .count = STEPS, .from_us = from_us,
            .to_us = from_us + (int64_t)(1 + xh_rand_below(&rand, 100)) * XH_US_PER_HOUR,
            .step_us = XH_US_PER_HOUR, .has_amount = true, .with_last = true,
            .amount = round * 1.37,
        };
        size_t count = xh_vee_estimate(&gap, arena, &values, &method);
        double sum = 0;
        for (size_t i = 0; i < count; i++) {
            sum += values[i].value;
        }
        assert_true(count > 0 && fabs(sum - gap.amount) < 1e-4);
        assert_int_equal(values[count - 1].at_us, gap.to_us);
        xh_arena_destroy(arena);
    }
    xh_zone_destroy(zone);
}

static void a_main_meter_that_does_not_agree_is_told_by_how_much(void **state)
{
    (void)state;
    double measure = 0;
    assert_false(xh_vee_sum_differs(100, 95, 0, 10, &measure));
    assert_true(is_near(measure, 5));
    assert_true(xh_vee_sum_differs(100, 80, 0, 10, &measure));
    assert_true(is_near(measure, 20));
    assert_false(xh_vee_sum_differs(100, 80, 12, 10, &measure)); /* losses that are known */
    assert_true(is_near(measure, 8));
    assert_true(xh_vee_sum_differs(100, 115, 0, 10, &measure));
    assert_true(is_near(measure, -15));
    assert_false(xh_vee_sum_differs(0, 5, 0, 10, &measure));
    assert_false(xh_vee_sum_differs(100, 5, 0, 0, &measure));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_finds_what_its_golden_cases_say),
        cmocka_unit_test(each_estimate_is_that_of_its_golden_case),
        cmocka_unit_test(findings_lie_in_the_window_and_beyond_their_limits),
        cmocka_unit_test(estimates_of_a_register_never_fall_and_end_at_its_growth),
        cmocka_unit_test(amounts_that_are_given_add_up_to_the_last_digit),
        cmocka_unit_test(a_main_meter_that_does_not_agree_is_told_by_how_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
