/* Consumption from readings. The golden file is tests/golden/register.txt; what must hold for all
 * readings whatever is tried with random ones. */
#include "kernel/register.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/rand.h"

enum { READINGS_MAX = 64, EDGES_MAX = 16, TEXT_BYTES = 64 };

/* ---- the golden file ---- */

struct expected {
    double amount;
    uint64_t reading_count;
    int64_t covered_us;
    unsigned flags;
};

struct golden {
    char name[TEXT_BYTES];
    bool has_source;
    struct xh_zone *zone; /* NULL: UTC */
    struct xh_meter meter;
    struct xh_meter_reading readings[READINGS_MAX];
    size_t reading_count;
    int64_t edges_us[EDGES_MAX];
    size_t edge_count;
    struct expected expected[EDGES_MAX];
    size_t expected_count;
};

static struct xh_str next_word(struct xh_str *line)
{
    struct xh_str word = {NULL, 0};
    while (word.len == 0 && xh_str_split(line, ' ', &word)) {
    }
    return word;
}

/* RFC 3339 with an offset, seconds left out; or a local time of the zone. */
static int64_t time_of(const struct golden *g, struct xh_str text)
{
    int64_t at_us = 0;
    struct xh_buf full = {0};
    char last = text.ptr[text.len - 1];
    bool is_utc = last == 'Z';
    struct xh_str clock = xh_str_sub(text, 0, is_utc ? text.len - 1 : text.len);
    xh_buf_add_str(&full, clock);
    xh_buf_add_text(&full, clock.len == 16 ? ":00Z" : "Z");
    if (xh_time_parse(xh_buf_str(&full), &at_us, NULL) != XH_E_OK) {
        fail_msg("%s: no time: %.*s", g->name, XH_STR_ARG(text));
    }
    xh_buf_finish(&full);
    if (!is_utc) {
        struct xh_civil civil;
        struct xh_zone *utc = xh_zone_fixed(XH_STR("UTC"), 0);
        assert_non_null(g->zone);
        xh_zone_to_civil(utc, at_us, &civil);
        at_us = xh_zone_to_us(g->zone, &civil, false, NULL);
        xh_zone_destroy(utc);
    }
    return at_us;
}

static double number_of(const struct golden *g, struct xh_str text)
{
    double value = 0;
    if (xh_num_parse(text, &value, NULL) != XH_E_OK) {
        fail_msg("%s: no number: %.*s", g->name, XH_STR_ARG(text));
    }
    return value;
}

static void read_meter(struct golden *g, struct xh_str line)
{
    struct xh_str kind = next_word(&line), word;
    g->meter = (struct xh_meter){.factor = 1};
    g->meter.kind = xh_str_is(kind, "register")   ? XH_METER_REGISTER
                    : xh_str_is(kind, "interval") ? XH_METER_INTERVAL
                                                  : XH_METER_POWER;
    assert_true(g->meter.kind != XH_METER_POWER || xh_str_is(kind, "power"));
    while ((word = next_word(&line)).len > 0) {
        struct xh_str key = {NULL, 0};
        assert_true(xh_str_split(&word, '=', &key));
        if (xh_str_is(key, "stamp")) {
            assert_true(xh_str_is(word, "start"));
            g->meter.is_stamped_at_start = true;
            continue;
        }
        double value = number_of(g, word);
        if (xh_str_is(key, "period")) {
            g->meter.period_us = (int64_t)(value * XH_US_PER_S);
        } else if (xh_str_is(key, "gap")) {
            g->meter.gap_us = (int64_t)(value * XH_US_PER_S);
        } else if (xh_str_is(key, "snap")) {
            g->meter.snap_us = (int64_t)(value * XH_US_PER_S);
        } else if (xh_str_is(key, "modulus")) {
            g->meter.modulus = value;
        } else if (xh_str_is(key, "max")) {
            g->meter.max_per_hour = value;
        } else if (xh_str_is(key, "rough")) {
            g->meter.is_max_rough = value != 0;
        } else if (xh_str_is(key, "factor")) {
            g->meter.factor = value;
        } else {
            fail_msg("%s: no such key: %.*s", g->name, XH_STR_ARG(key));
        }
    }
}

static void read_reading(struct golden *g, struct xh_str line)
{
    assert_true(g->reading_count < READINGS_MAX);
    struct xh_meter_reading *r = &g->readings[g->reading_count++];
    struct xh_str word = next_word(&line);
    *r = (struct xh_meter_reading){.at_us = time_of(g, word)};
    r->value = number_of(g, next_word(&line));
    while ((word = next_word(&line)).len > 0) {
        if (xh_str_is(word, "corrected")) {
            r->is_corrected = true;
        } else if (xh_str_is(word, "suspect")) {
            r->quality |= 1;
        } else if (xh_str_is(word, "estimated")) {
            r->quality |= 2;
        } else if (xh_str_is(word, "simulated")) {
            r->quality |= 16;
        } else if (xh_str_is(word, "replaced")) {
            r->quality |= 32;
        } else {
            fail_msg("%s: no such word: %.*s", g->name, XH_STR_ARG(word));
        }
    }
}

static void read_edges(struct golden *g, struct xh_str line, bool is_days)
{
    struct xh_str word;
    while ((word = next_word(&line)).len > 0) {
        int32_t day = 0;
        assert_true(g->edge_count < EDGES_MAX);
        if (is_days) {
            assert_int_equal(xh_day_parse(word, &day, NULL), XH_E_OK);
        }
        g->edges_us[g->edge_count++] = is_days ? xh_zone_day_start_us(g->zone, day)
                                               : time_of(g, word);
    }
}

static const char *const flag_names[] = {"estimated", "incomplete", "reset",   "rollover",
                                         "replaced",  "negative",   "corrected", "suspect",
                                         "simulated"};

static unsigned flags_of(const struct golden *g, struct xh_str words)
{
    unsigned flags = 0;
    struct xh_str word;
    if (xh_str_is(words, "-")) {
        return 0;
    }
    while (xh_str_split(&words, ',', &word)) {
        size_t i = 0;
        while (i < sizeof flag_names / sizeof flag_names[0] && !xh_str_is(word, flag_names[i])) {
            i++;
        }
        if (i == sizeof flag_names / sizeof flag_names[0]) {
            fail_msg("%s: no such flag: %.*s", g->name, XH_STR_ARG(word));
        }
        flags |= 1U << i;
    }
    return flags;
}

static void read_use(struct golden *g, struct xh_str line)
{
    assert_true(g->expected_count < EDGES_MAX);
    struct expected *e = &g->expected[g->expected_count++];
    e->amount = number_of(g, next_word(&line));
    e->reading_count = (uint64_t)number_of(g, next_word(&line));
    e->covered_us = (int64_t)number_of(g, next_word(&line)) * XH_US_PER_S;
    e->flags = flags_of(g, next_word(&line));
}

static void walk_all(const struct xh_meter *meter, const struct xh_meter_reading *readings,
                     size_t count, const int64_t *edges_us, size_t windows,
                     struct xh_amount *amounts, size_t batch)
{
    struct xh_register_walk walk;
    struct xh_sum sums[512];
    assert_true(windows <= 512);
    xh_register_walk_init(&walk, meter, edges_us, windows, amounts, sums);
    for (size_t i = 0; i < count; i += batch) {
        xh_register_walk_feed(&walk, readings + i, i + batch < count ? batch : count - i);
    }
    xh_register_walk_end(&walk);
}

static void check_windows(const struct golden *g, const struct xh_amount *amounts)
{
    double largest = 1;
    for (size_t i = 0; i < g->expected_count; i++) {
        largest = fmax(largest, fabs(g->expected[i].amount));
    }
    for (size_t i = 0; i < g->expected_count; i++) {
        const struct expected *e = &g->expected[i];
        if (!(fabs(amounts[i].amount - e->amount) <= 1e-9 * largest)) {
            fail_msg("%s, window %zu: %.12g, expected %.12g", g->name, i, amounts[i].amount,
                     e->amount);
        }
        if (amounts[i].reading_count != e->reading_count ||
            amounts[i].covered_us != e->covered_us || amounts[i].flags != e->flags) {
            fail_msg("%s, window %zu: %d readings, %d s, flags %x; expected %d, %d, %x", g->name, i,
                     (int)amounts[i].reading_count, (int)(amounts[i].covered_us / XH_US_PER_S),
                     amounts[i].flags, (int)e->reading_count, (int)(e->covered_us / XH_US_PER_S),
                     e->flags);
        }
    }
}

static void run_case(struct golden *g)
{
    struct xh_amount amounts[EDGES_MAX];
    if (!g->has_source || g->edge_count < 2 || g->expected_count != g->edge_count - 1) {
        fail_msg("%s: source, edges or windows are missing", g->name);
    }
    walk_all(&g->meter, g->readings, g->reading_count, g->edges_us, g->expected_count, amounts,
             READINGS_MAX);
    check_windows(g, amounts);
    walk_all(&g->meter, g->readings, g->reading_count, g->edges_us, g->expected_count, amounts, 1);
    check_windows(g, amounts);
    xh_zone_destroy(g->zone);
}

static void begin_case(struct golden *g, struct xh_str name)
{
    *g = (struct golden){.meter = {.factor = 1}};
    assert_true(name.len > 0 && name.len < TEXT_BYTES);
    memcpy(g->name, name.ptr, name.len);
}

static void read_line(struct golden *g, struct xh_str line)
{
    struct xh_str word = next_word(&line);
    if (xh_str_is(word, "source")) {
        g->has_source = line.len > 0;
    } else if (xh_str_is(word, "zone")) {
        assert_int_equal(xh_zone_load(xh_env_real(), next_word(&line), &g->zone, NULL), XH_E_OK);
    } else if (xh_str_is(word, "meter")) {
        read_meter(g, line);
    } else if (xh_str_is(word, "reading")) {
        read_reading(g, line);
    } else if (xh_str_is(word, "edges") || xh_str_is(word, "days")) {
        read_edges(g, line, xh_str_is(word, "days"));
    } else if (xh_str_is(word, "use")) {
        read_use(g, line);
    } else {
        fail_msg("%s: no such line: %.*s", g->name, XH_STR_ARG(word));
    }
}

static void the_golden_file_is_answered_case_by_case(void **state)
{
    (void)state;
    struct xh_buf bytes = {0};
    struct xh_str rest, line;
    struct golden golden;
    size_t count = 0;
    assert_int_equal(xh_file_read(xh_env_real(), XH_TEST_ROOT "/tests/golden/register.txt", 1 << 20,
                                  &bytes, NULL),
                     XH_E_OK);
    rest = xh_buf_str(&bytes);
    while (xh_str_split(&rest, '\n', &line)) {
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (xh_str_starts(line, XH_STR("case "))) {
            if (count > 0) {
                run_case(&golden);
            }
            begin_case(&golden, xh_str_sub(line, 5, line.len));
            count++;
        } else {
            read_line(&golden, line);
        }
    }
    run_case(&golden);
    assert_true(count >= 50);
    xh_buf_finish(&bytes);
}

/* ---- what holds for all readings ---- */

enum { STEPS = 300, PIECES_MAX = 40 };

static void random_meter(struct xh_rand *rand, struct xh_meter *meter)
{
    static const int64_t periods_s[] = {0, 60, 420, 900, 1800, 3600, 86400};
    *meter = (struct xh_meter){
        .kind = (enum xh_meter_kind)xh_rand_below(rand, 3),
        .modulus = xh_rand_below(rand, 2) == 0 ? 0 : 1000,
        .max_per_hour = xh_rand_below(rand, 2) == 0 ? 0 : 20,
        .period_us = periods_s[xh_rand_below(rand, 7)] * XH_US_PER_S,
        .snap_us = (int64_t)xh_rand_below(rand, 90) * XH_US_PER_S,
        .is_stamped_at_start = xh_rand_below(rand, 2) == 0,
        .factor = xh_rand_below(rand, 2) == 0 ? 1 : -2.5,
    };
}

/* Growth, spikes, resets, steps back, gaps, two at one time, all qualities. */
static void random_readings(struct xh_rand *rand, const struct xh_meter *meter,
                            struct xh_meter_reading *readings)
{
    static const uint8_t qualities[] = {0, 0, 0, 0, 0, 0, 1, 2, 16, 32};
    int64_t step_us = meter->period_us > 0 ? meter->period_us : XH_US_PER_HOUR;
    int64_t at_us = 1750000000 * XH_US_PER_S + (int64_t)xh_rand_below(rand, 1000000);
    double value = 990;
    for (size_t i = 0; i < STEPS; i++) {
        uint64_t what = xh_rand_below(rand, 20);
        at_us += what == 0 ? 0 : what == 1 ? 7 * step_us : step_us;
        at_us += (int64_t)xh_rand_below(rand, 30) * XH_US_PER_S;
        value = what == 2   ? xh_rand_unit(rand)
                : what == 3 ? value * (0.85 + 0.14 * xh_rand_unit(rand))
                            : value + 5 * xh_rand_unit(rand);
        if (meter->modulus > 0 && value >= meter->modulus) {
            value -= meter->modulus;
        }
        readings[i] = (struct xh_meter_reading){
            .at_us = at_us,
            .value = what == 4 ? value + 5000 : what == 5 ? 0 : value,
            .quality = qualities[xh_rand_below(rand, 10)],
            .is_corrected = xh_rand_below(rand, 10) == 0,
        };
    }
}

/* Edges from `from` to `to`, the same outer ones whatever the count; some windows are empty. */
static size_t random_edges(struct xh_rand *rand, int64_t from_us, int64_t to_us, int64_t *edges_us)
{
    size_t pieces = 1 + xh_rand_below(rand, PIECES_MAX);
    int64_t left_us = to_us - from_us;
    edges_us[0] = from_us;
    for (size_t i = 1; i < pieces; i++) {
        int64_t step_us = (int64_t)xh_rand_below(rand, (uint64_t)(left_us / 4 + 1));
        edges_us[i] = edges_us[i - 1] + step_us;
        left_us -= step_us;
    }
    edges_us[pieces] = to_us;
    return pieces;
}

static void windows_of_any_cut_add_up_to_the_whole(void **state)
{
    (void)state;
    struct xh_rand rand;
    struct xh_meter meter;
    struct xh_meter_reading readings[STEPS];
    struct xh_amount whole, parts[PIECES_MAX];
    int64_t edges_us[PIECES_MAX + 1];
    xh_rand_init(&rand, 20250615);
    for (int round = 0; round < 2000; round++) {
        random_meter(&rand, &meter);
        random_readings(&rand, &meter, readings);
        int64_t from_us = readings[20].at_us + (int64_t)xh_rand_below(&rand, 1000000000);
        int64_t to_us = readings[STEPS - 20].at_us;
        int64_t outer_us[2] = {from_us, to_us};
        walk_all(&meter, readings, STEPS, outer_us, 1, &whole, STEPS);
        size_t pieces = random_edges(&rand, from_us, to_us, edges_us);
        walk_all(&meter, readings, STEPS, edges_us, pieces, parts, 1 + xh_rand_below(&rand, 50));
        double sum = 0;
        uint64_t count = 0;
        int64_t covered_us = 0;
        unsigned flags = 0;
        for (size_t i = 0; i < pieces; i++) {
            sum += parts[i].amount;
            count += parts[i].reading_count;
            covered_us += parts[i].covered_us;
            flags |= parts[i].flags;
        }
        double scale = fmax(1, fabs(whole.amount));
        if (fabs(sum - whole.amount) > 1e-8 * scale || count != whole.reading_count) {
            fail_msg("round %d: %.12g in %zu pieces, %.12g in one", round, sum, pieces,
                     whole.amount);
        }
        assert_true(covered_us == whole.covered_us || meter.kind != XH_METER_REGISTER);
        unsigned cut_only = XH_AMOUNT_ESTIMATED; /* only a cut makes a spread amount uncertain */
        assert_int_equal((whole.flags & ~flags) & ~cut_only, 0);
    }
}

static void a_register_without_faults_uses_last_less_first(void **state)
{
    (void)state;
    struct xh_rand rand;
    struct xh_meter meter = {.kind = XH_METER_REGISTER, .period_us = XH_US_PER_HOUR, .factor = 1};
    struct xh_meter_reading readings[STEPS];
    struct xh_amount amounts[PIECES_MAX];
    int64_t edges_us[PIECES_MAX + 1];
    xh_rand_init(&rand, 7);
    for (int round = 0; round < 200; round++) {
        double value = 1e6;
        for (size_t i = 0; i < STEPS; i++) {
            value += xh_rand_unit(&rand);
            readings[i] = (struct xh_meter_reading){.at_us = (int64_t)i * XH_US_PER_HOUR + 5,
                                                    .value = value};
        }
        size_t pieces = random_edges(&rand, readings[0].at_us, readings[STEPS - 1].at_us, edges_us);
        walk_all(&meter, readings, STEPS, edges_us, pieces, amounts, STEPS);
        double sum = 0;
        for (size_t i = 0; i < pieces; i++) {
            assert_true(amounts[i].amount >= 0);
            assert_int_equal(amounts[i].flags, 0);
            assert_int_equal(amounts[i].covered_us, edges_us[i + 1] - edges_us[i]);
            sum += amounts[i].amount;
        }
        assert_true(fabs(sum - (readings[STEPS - 1].value - readings[0].value)) < 1e-8);
    }
}

static void nothing_is_used_where_no_reading_lies(void **state)
{
    (void)state;
    struct xh_meter meter = {.kind = XH_METER_REGISTER, .factor = 1};
    struct xh_meter_reading readings[] = {{.at_us = 100, .value = 1}, {.at_us = 200, .value = 2}};
    struct xh_amount amounts[3];
    const int64_t before_us[] = {0, 50, 60, 100}, after_us[] = {200, 250, 260, 300};
    walk_all(&meter, readings, 2, before_us, 3, amounts, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_true(amounts[i].amount == 0 && amounts[i].flags == XH_AMOUNT_INCOMPLETE);
    }
    walk_all(&meter, readings, 2, after_us, 3, amounts, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_true(amounts[i].amount == 0 && amounts[i].flags == XH_AMOUNT_INCOMPLETE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_file_is_answered_case_by_case),
        cmocka_unit_test(windows_of_any_cut_add_up_to_the_whole),
        cmocka_unit_test(a_register_without_faults_uses_last_less_first),
        cmocka_unit_test(nothing_is_used_where_no_reading_lies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
