/* Windows over many series: each measure against a plain computation over the stock's list. */
#include "stock.h"

#include "base/time.h"
#include "store/tsdb/aggregate_internal.h"

#include <math.h>

#define T0 INT64_C(1740787200000000) /* 2025-03-01T00:00Z */
#define MINUTE (60 * XH_US_PER_S)
#define ALL_MEASURES                                                                               \
    (XH_TSDB_BASICS | XH_TSDB_ENDS | XH_TSDB_INCREASE | XH_TSDB_INTEGRAL | XH_TSDB_QUANTILE)

enum { KEYS = 12, GROUPS = 4, WINDOWS_MAX = 400 };

static uint64_t seeds(void)
{
    const char *text = getenv("XH_SEEDS");
    return text != NULL ? strtoull(text, NULL, 10) : 300;
}

static int64_t below(struct stock *s, int64_t bound)
{
    return (int64_t)xh_rand_below(&s->rand, (uint64_t)bound);
}

/* ---- the plain computation ---- */

struct plain {
    uint64_t count;
    double sum, absolute; /* the sum of absolute values: what errors are measured by */
    double min, max;
    struct xh_reading first, last;
    size_t first_place, last_place;
    uint8_t quality;
    double increase, increase_absolute, integral, integral_absolute;
    int64_t covered_us;
    double *values;
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void plain_add(struct plain *p, const struct xh_reading *r, size_t place)
{
    p->min = p->count == 0 || r->value < p->min ? r->value : p->min;
    p->max = p->count == 0 || r->value > p->max ? r->value : p->max;
    p->sum += r->value;
    p->absolute += fabs(r->value);
    p->quality |= r->quality;
    if (p->count == 0 || r->at_us < p->first.at_us ||
        (r->at_us == p->first.at_us && place < p->first_place)) {
        p->first = *r;
        p->first_place = place;
    }
    if (p->count == 0 || r->at_us > p->last.at_us ||
        (r->at_us == p->last.at_us && place >= p->last_place)) {
        p->last = *r;
        p->last_place = place;
    }
    p->values = xh_realloc(p->values, (p->count + 1) * sizeof(*p->values));
    p->values[p->count++] = r->value;
}

static void plain_step(struct plain *p, const struct xh_reading *before, const struct xh_reading *r)
{
    double step = r->value - before->value;
    if (step < 0 || (r->quality & XH_QUALITY_REPLACED_METER) != 0) {
        step = r->value;
    }
    p->increase += step;
    p->increase_absolute += fabs(r->value) + fabs(before->value);
}

static void plain_line(struct plain *p, const struct xh_reading *a, const struct xh_reading *b,
                       int64_t from_us, int64_t to_us, int64_t gap_us)
{
    int64_t begin = a->at_us > from_us ? a->at_us : from_us;
    int64_t end = b->at_us < to_us ? b->at_us : to_us;
    if (begin >= end || (gap_us > 0 && b->at_us - a->at_us > gap_us)) {
        return;
    }
    double slope = (b->value - a->value) / (double)(b->at_us - a->at_us);
    double at_begin = a->value + slope * (double)(begin - a->at_us);
    double at_end = a->value + slope * (double)(end - a->at_us);
    p->integral += (at_begin + at_end) / 2 * (double)(end - begin) / 1e6;
    p->integral_absolute += (fabs(a->value) + fabs(b->value)) * (double)(end - begin) / 1e6;
    p->covered_us += end - begin;
}

static void plain_series(struct plain *windows, const struct xh_tsdb_question *q,
                         const struct xh_reading *readings, size_t count, size_t place)
{
    for (size_t w = 0; w < q->window_count; w++) {
        int64_t from_us = q->edges_us[w], to_us = q->edges_us[w + 1];
        for (size_t i = 0; i < count; i++) {
            if (readings[i].at_us >= from_us && readings[i].at_us < to_us) {
                plain_add(&windows[w], &readings[i], place);
                if (i > 0) {
                    plain_step(&windows[w], &readings[i - 1], &readings[i]);
                }
            }
            if (i > 0) {
                plain_line(&windows[w], &readings[i - 1], &readings[i], from_us, to_us, q->gap_us);
            }
        }
    }
}

static struct plain *plain_answer(struct stock *s, const struct xh_tsdb_question *q)
{
    size_t groups = q->group_count > 0 ? q->group_count : 1;
    struct plain *cells = xh_alloc((groups * q->window_count + 1) * sizeof(*cells));
    for (size_t i = 0; i < q->key_count; i++) {
        uint32_t id = (uint32_t)q->keys[i].bytes[15] | (uint32_t)q->keys[i].bytes[14] << 8;
        struct xh_tsdb_range range = {
            .from_us = XH_TIME_MIN, .to_us = XH_TIME_MAX + 1, .as_known_us = q->as_known_us};
        size_t count, group = q->group_of != NULL ? q->group_of[i] : 0;
        struct xh_reading *readings = stock_expect(s, id, &range, &count);
        plain_series(cells + group * q->window_count, q, readings, count, i);
        free(readings);
    }
    return cells;
}

static double plain_quantile(struct plain *p, double quantile)
{
    qsort(p->values, p->count, sizeof(*p->values), by_value);
    double place = (double)(p->count - 1) * quantile;
    size_t low = (size_t)place;
    double part = place - (double)low;
    return low + 1 < p->count ? p->values[low] + part * (p->values[low + 1] - p->values[low])
                              : p->values[low];
}

/* ---- comparison ---- */

static void check_close(double got, double expected, double scale)
{
    if (!(fabs(got - expected) <= 1e-13 * scale + 1e-300)) {
        print_error("%.17g is not %.17g (scale %g)\n", got, expected, scale);
        fail();
    }
}

static void check_cell(const struct xh_tsdb_question *q, const struct xh_tsdb_answer *a,
                       struct plain *p)
{
    assert_int_equal(a->count, p->count);
    assert_int_equal(a->quality, p->quality);
    check_close(a->sum, p->sum, p->absolute);
    assert_true(p->count == 0 || (a->min == p->min && a->max == p->max));
    if ((q->measures & XH_TSDB_ENDS) != 0 && p->count > 0) {
        stock_check_reading(&a->first, &p->first);
        stock_check_reading(&a->last, &p->last);
    }
    if ((q->measures & XH_TSDB_INCREASE) != 0) {
        check_close(a->increase, p->increase, p->increase_absolute);
    }
    if ((q->measures & XH_TSDB_INTEGRAL) != 0) {
        assert_int_equal(a->covered_us, p->covered_us);
        check_close(a->integral, p->integral, 10 * p->integral_absolute);
    }
    if ((q->measures & XH_TSDB_QUANTILE) != 0 && p->count > 0) {
        check_close(a->quantile, plain_quantile(p, q->quantile), fabs(p->min) + fabs(p->max));
    }
}

static void check_question(struct stock *s, const struct xh_tsdb_question *q)
{
    size_t cells = (q->group_count > 0 ? q->group_count : 1) * q->window_count;
    struct xh_tsdb_answer *answers = xh_alloc(cells * sizeof(*answers));
    struct xh_err err;
    int rc = xh_tsdb_aggregate(&s->db, q, answers, &err);
    if (rc != 0) {
        print_error("%s\n", err.text);
    }
    assert_int_equal(rc, 0);
    struct plain *plain = plain_answer(s, q);
    for (size_t i = 0; i < cells; i++) {
        check_cell(q, &answers[i], &plain[i]);
        free(plain[i].values);
    }
    free(plain);
    free(answers);
}

/* Edges by chance: dense or wide, some equal, some far outside. */
static size_t any_edges(struct stock *s, int64_t *edges_us)
{
    size_t windows = 1 + (size_t)below(s, below(s, 4) == 0 ? WINDOWS_MAX : 12);
    int64_t at_us = stock_time(s),
            step_us = 1 + below(s, below(s, 2) == 0 ? MINUTE : XH_US_PER_DAY);
    if (below(s, 8) == 0) {
        at_us = XH_TIME_MIN;
    }
    for (size_t i = 0; i <= windows; i++) {
        edges_us[i] = at_us;
        at_us += below(s, 6) == 0 ? 0 : step_us;
    }
    if (below(s, 8) == 0) {
        edges_us[windows] = XH_TIME_MAX + 1;
    }
    return windows;
}

static void all_measures_are_those_of_the_list(void **state)
{
    (void)state;
    int64_t edges_us[WINDOWS_MAX + 1];
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        for (int i = 0; i < 12; i++) {
            struct xh_series_key keys[KEYS];
            uint32_t group_of[KEYS];
            struct xh_tsdb_question q = {.keys = keys,
                                         .key_count = 1 + (size_t)below(s, KEYS),
                                         .edges_us = edges_us,
                                         .measures = (unsigned)below(s, ALL_MEASURES + 1),
                                         .quantile = (double)below(s, 5) / 4};
            for (size_t k = 0; k < q.key_count; k++) {
                keys[k] = stock_key((uint32_t)below(s, s->series_count));
                group_of[k] = (uint32_t)below(s, GROUPS);
            }
            if (below(s, 2) == 0) {
                q.group_of = group_of;
                q.group_count = GROUPS;
            }
            q.window_count = any_edges(s, edges_us);
            q.gap_us = below(s, 2) == 0 ? 0 : below(s, 3 * MINUTE);
            q.as_known_us = below(s, 2) == 0 || s->count == 0
                                ? 0
                                : s->rows[below(s, (int64_t)s->count)].reading.arrival_us;
            check_question(s, &q);
        }
        stock_destroy(s);
    }
}

static void windows_of_one_series_are_those_of_the_list(void **state)
{
    (void)state;
    int64_t edges_us[WINDOWS_MAX + 1];
    struct xh_tsdb_window *windows = xh_alloc(WINDOWS_MAX * sizeof(*windows));
    for (uint64_t seed = 1; seed <= seeds(); seed++) {
        struct stock *s = stock_by_chance(seed);
        struct xh_series_key key = stock_key((uint32_t)below(s, s->series_count));
        struct xh_tsdb_question q = {.keys = &key, .key_count = 1, .edges_us = edges_us};
        q.window_count = any_edges(s, edges_us);
        assert_int_equal(xh_tsdb_windows(&s->db, &key, edges_us, q.window_count, 0, windows, NULL),
                         0);
        struct plain *plain = plain_answer(s, &q);
        for (size_t i = 0; i < q.window_count; i++) {
            assert_int_equal(windows[i].count, plain[i].count);
            assert_int_equal(windows[i].sum.count, plain[i].count);
            assert_int_equal(windows[i].quality, plain[i].quality);
            check_close(xh_sum_value(&windows[i].sum), plain[i].sum, plain[i].absolute);
            if (plain[i].count > 0) {
                assert_true(windows[i].min == plain[i].min && windows[i].max == plain[i].max);
                stock_check_reading(&windows[i].first, &plain[i].first);
                stock_check_reading(&windows[i].last, &plain[i].last);
            }
            free(plain[i].values);
        }
        free(plain);
        stock_destroy(s);
    }
    free(windows);
}

/* ---- by name ---- */

static struct xh_tsdb_answer ask(struct stock *s, uint32_t id, unsigned measures, int64_t from_us,
                                 int64_t to_us, int64_t gap_us)
{
    struct xh_series_key key = stock_key(id);
    int64_t edges_us[2] = {from_us, to_us};
    struct xh_tsdb_question q = {.keys = &key,
                                 .key_count = 1,
                                 .edges_us = edges_us,
                                 .window_count = 1,
                                 .measures = measures,
                                 .quantile = 0.5,
                                 .gap_us = gap_us};
    struct xh_tsdb_answer answer;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, &answer, NULL), 0);
    return answer;
}

static void days_of_a_zone_have_23_and_25_hours(void **state)
{
    (void)state;
    struct xh_zone *zone = NULL;
    assert_int_equal(xh_zone_load(xh_env_real(), xh_str_from("Europe/Berlin"), &zone, NULL), 0);
    const int days[][2] = {{xh_day_from_civil(2025, 3, 30), 92},
                           {xh_day_from_civil(2025, 10, 26), 100},
                           {xh_day_from_civil(2025, 6, 1), 96}};
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 4 * 24 * 300; i++) {
        stock_put(s, 0, T0 + i * 15 * MINUTE, 0.25);
    }
    stock_flush(s, 4096);
    stock_open(s, 1);
    for (size_t i = 0; i < 3; i++) {
        int64_t edges_us[2] = {xh_zone_day_start_us(zone, days[i][0]),
                               xh_zone_day_start_us(zone, days[i][0] + 1)};
        struct xh_tsdb_answer day = ask(s, 0, XH_TSDB_BASICS | XH_TSDB_INTEGRAL, edges_us[0],
                                        edges_us[1], 0);
        assert_int_equal(day.count, days[i][1]);
        assert_true(day.sum == 0.25 * days[i][1]);
        assert_int_equal(day.covered_us, edges_us[1] - edges_us[0]);
    }
    xh_zone_destroy(zone);
    stock_destroy(s);
}

static void a_counter_that_falls_counts_from_zero(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    const double values[] = {100, 110, 3, 8, 50, 51};
    for (int i = 0; i < 6; i++) {
        struct xh_reading r = {.at_us = T0 + i, .value = values[i], .arrival_us = T0};
        r.quality = i == 4 ? XH_QUALITY_REPLACED_METER : 0;
        stock_accept(s, 0, &r);
    }
    stock_flush(s, 16);
    stock_open(s, 1);
    /* the first ever adds nothing; 10 + 3 + 5 + 50 + 1 */
    assert_true(ask(s, 0, XH_TSDB_INCREASE, T0, T0 + 6, 0).increase == 69);
    assert_true(ask(s, 0, XH_TSDB_INCREASE, T0, T0 + 1, 0).increase == 0);
    /* the previous one lies before the window */
    assert_true(ask(s, 0, XH_TSDB_INCREASE, T0 + 1, T0 + 2, 0).increase == 10);
    assert_true(ask(s, 0, XH_TSDB_INCREASE, T0 + 4, T0 + 5, 0).increase == 50);
    stock_destroy(s);
}

static void no_line_is_drawn_over_a_gap(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    stock_put(s, 0, T0, 10);
    stock_put(s, 0, T0 + 10 * XH_US_PER_S, 20);
    stock_put(s, 0, T0 + 100 * XH_US_PER_S, 0);
    stock_open(s, 1);
    int64_t s_us = XH_US_PER_S;
    struct xh_tsdb_answer a = ask(s, 0, XH_TSDB_INTEGRAL, T0, T0 + 200 * s_us, 10 * s_us);
    assert_true(a.integral == 150 && a.covered_us == 10 * s_us);
    a = ask(s, 0, XH_TSDB_INTEGRAL, T0, T0 + 200 * s_us, 0);
    assert_true(a.integral == 150 + 900 && a.covered_us == 100 * s_us);
    /* a window without a reading lies under a line, too */
    a = ask(s, 0, XH_TSDB_INTEGRAL, T0 + 10 * s_us, T0 + 55 * s_us, 90 * s_us);
    assert_int_equal(a.count, 1);
    a = ask(s, 0, XH_TSDB_INTEGRAL, T0 + 55 * s_us, T0 + 100 * s_us, 90 * s_us);
    assert_int_equal(a.count, 0);
    assert_true(fabs(a.integral - 225) < 1e-9 && a.covered_us == 45 * s_us);
    stock_destroy(s);
}

/* A chunk that is cut by edges: each part knows its own. */
static void windows_of_one_chunk_have_their_own_quality_and_extremes(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 1000; i++) {
        struct xh_reading r = {.at_us = T0 + i * MINUTE, .value = i % 10, .arrival_us = T0};
        r.quality = i == 333 ? XH_QUALITY_SUSPECT : i == 700 ? XH_QUALITY_MANUAL : 0;
        r.value = i == 555 ? 99 : r.value;
        stock_accept(s, 0, &r);
    }
    stock_flush(s, 4096);
    stock_open(s, 1);
    int64_t edges_us[11];
    for (int i = 0; i <= 10; i++) {
        edges_us[i] = T0 + i * 100 * MINUTE;
    }
    struct xh_series_key key = stock_key(0);
    struct xh_tsdb_window windows[10];
    assert_int_equal(xh_tsdb_windows(&s->db, &key, edges_us, 10, 0, windows, NULL), 0);
    for (int i = 0; i < 10; i++) {
        int expected = i == 3 ? XH_QUALITY_SUSPECT : i == 7 ? XH_QUALITY_MANUAL : 0;
        assert_int_equal(windows[i].quality, expected);
        assert_int_equal(windows[i].count, 100);
        assert_true(windows[i].min == 0 && windows[i].max == (i == 5 ? 99 : 9));
        assert_true(xh_sum_value(&windows[i].sum) == (i == 5 ? 450 + 94 : 450));
    }
    stock_destroy(s);
}

static void a_late_reading_and_a_retraction_are_in_the_next_answer(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    for (int i = 0; i < 1000; i++) {
        stock_put(s, 0, T0 + i * MINUTE, 1);
    }
    stock_flush(s, 100);
    stock_put(s, 0, T0 + 500 * MINUTE, 11);     /* corrects */
    stock_put(s, 0, T0 + 500 * MINUTE + 1, 20); /* late */
    stock_open(s, 1);
    struct xh_tsdb_answer a = ask(s, 0, XH_TSDB_BASICS, T0, T0 + XH_US_PER_DAY, 0);
    assert_true(a.count == 1001 && a.sum == 1030 && a.max == 20);
    stock_retract(s, 0, 1001, 1002, T0);
    a = ask(s, 0, XH_TSDB_BASICS, T0, T0 + XH_US_PER_DAY, 0);
    assert_true(a.count == 1000 && a.sum == 1000 && a.max == 1);
    stock_erase(s, 0, T0, T0 + 10 * MINUTE);
    a = ask(s, 0, XH_TSDB_BASICS, T0, T0 + XH_US_PER_DAY, 0);
    assert_true(a.count == 990 && a.sum == 990);
    stock_destroy(s);
}

/* Two threads, each with half of the series. */
static void many_series_are_answered_as_few(void **state)
{
    (void)state;
    enum { MANY = 700 };
    struct stock *s = stock_create(3, MANY);
    for (int i = 0; i < 40; i++) {
        for (uint32_t id = 0; id < MANY; id++) {
            stock_put(s, id, T0 + i * MINUTE + (below(s, 9) == 0), (double)below(s, 1000) / 8);
        }
        if (i % 15 == 14) {
            stock_flush(s, 16);
        }
    }
    stock_open(s, 2);
    stock_retract(s, 5, 3, 9, T0);
    stock_erase(s, 600, T0 + 4 * MINUTE, T0 + 30 * MINUTE);
    struct xh_series_key keys[MANY];
    uint32_t group_of[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        keys[i] = stock_key((i * 37) % MANY);
        group_of[i] = (i * 11) % GROUPS;
    }
    int64_t edges_us[4] = {T0 - MINUTE, T0 + 10 * MINUTE, T0 + 11 * MINUTE, T0 + 35 * MINUTE};
    struct xh_tsdb_question q = {.keys = keys,
                                 .key_count = MANY,
                                 .group_of = group_of,
                                 .group_count = GROUPS,
                                 .edges_us = edges_us,
                                 .window_count = 3,
                                 .measures = ALL_MEASURES,
                                 .quantile = 0.9};
    check_question(s, &q);
    s->db.options.has_no_threads = true;
    check_question(s, &q);
    stock_destroy(s);
}

/* ---- refusals ---- */

static bool say_cancelled(void *arg)
{
    int *left = arg;
    return (*left)-- == 0;
}

static void a_question_is_refused_with_its_reason(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 2);
    stock_put(s, 0, T0, 1);
    stock_open(s, 1);
    struct xh_series_key keys[2] = {stock_key(0), stock_key(1)};
    uint32_t group_of[2] = {0, 2};
    int64_t edges_us[3] = {T0, T0 + 5, T0 + 9};
    int left = 1;
    const struct xh_tsdb_question good = {
        .keys = keys, .key_count = 2, .edges_us = edges_us, .window_count = 2, .measures = 1};
    struct xh_tsdb_answer answers[6] = {{.count = 77}};
    struct xh_err err;

    struct xh_tsdb_question q = good;
    q.group_of = group_of;
    q.group_count = 2;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_INVALID);
    assert_string_equal(err.text, "series 1 is of group 2, there are 2");
    q = good;
    q.measures = XH_TSDB_QUANTILE;
    q.quantile = 1.5;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_INVALID);
    q.quantile = NAN;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_INVALID);
    q = good;
    q.gap_us = -1;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_INVALID);
    q = good;
    q.group_count = 1 << 24;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_INVALID);
    q = good;
    q.is_cancelled = say_cancelled;
    q.arg = &left;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, &err), XH_E_CANCELLED);
    edges_us[1] = T0 + 10;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &good, answers, &err), XH_E_INVALID);
    assert_string_equal(err.text, "window 1 ends before it begins");
    edges_us[1] = T0 + 5;
    keys[1] = stock_key(44);
    assert_int_equal(xh_tsdb_aggregate(&s->db, &good, answers, &err), XH_E_NOT_FOUND);
    assert_int_equal(answers[0].count, 77);
    stock_destroy(s);
}

static void a_question_over_nothing_is_answered_with_nothing(void **state)
{
    (void)state;
    struct stock *s = stock_create(1, 1);
    stock_open(s, 1);
    int64_t edges_us[3] = {T0, T0, T0};
    struct xh_series_key key = stock_key(0);
    struct xh_tsdb_answer answers[2] = {{.count = 77}, {.count = 77}};
    struct xh_tsdb_question q = {
        .edges_us = edges_us, .window_count = 2, .measures = ALL_MEASURES};
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, NULL), 0);
    assert_true(answers[0].count == 0 && answers[1].count == 0);
    q.keys = &key;
    q.key_count = 1;
    answers[1].count = 77;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, NULL), 0);
    assert_true(answers[1].count == 0 && answers[1].sum == 0 && answers[1].quantile == 0);
    q.window_count = 0;
    q.edges_us = NULL;
    assert_int_equal(xh_tsdb_aggregate(&s->db, &q, answers, NULL), 0);
    stock_destroy(s);
}

static void damage_is_told_and_never_answered(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct stock *s = stock_create(seed, 1);
        for (int i = 0; i < 3000; i++) {
            stock_put(s, 0, T0 + i * MINUTE + (int64_t)xh_rand_below(&s->rand, 1000), i);
        }
        stock_flush(s, 512);
        const struct xh__segment_info *info = xh__segment_info(s->segments[0]);
        uint64_t bit = 8 * (64 + xh_rand_below(&s->rand, info->size_bytes / 2));
        char path[64];
        (void)snprintf(path, sizeof(path), "%s", xh__segment_path(s->segments[0]));
        xh__segment_close(s->segments[0]);
        assert_true(xh_disk_sim_flip(s->sim, path, bit));
        struct xh_err err;
        assert_int_equal(xh__segment_open(&s->env, "d", 1, &s->segments[0], &err), 0);
        stock_open(s, 1);
        struct xh_series_key key = stock_key(0);
        int64_t edges_us[2] = {T0, T0 + 10 * XH_US_PER_DAY};
        struct xh_tsdb_question q = {.keys = &key,
                                     .key_count = 1,
                                     .edges_us = edges_us,
                                     .window_count = 1,
                                     .measures = XH_TSDB_INCREASE};
        struct xh_tsdb_answer answer = {.count = 77};
        assert_int_equal(xh_tsdb_aggregate(&s->db, &q, &answer, &err), XH_E_CORRUPT);
        assert_non_null(strstr(err.text, "seg-0000000000000001"));
        assert_int_equal(answer.count, 77);
        struct xh_tsdb_range range = {.key = key, .from_us = T0, .to_us = edges_us[1]};
        struct xh_tsdb_cursor *cursor = NULL;
        struct xh_reading readings[512];
        ptrdiff_t count = xh_tsdb_read(&s->db, &range, &cursor, &err);
        while (count >= 0 && (count = xh_tsdb_next(cursor, readings, 512, &err)) > 0) {
        }
        assert_int_equal(count, XH_E_CORRUPT);
        xh_tsdb_cursor_close(cursor);
        stock_destroy(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_measures_are_those_of_the_list),
        cmocka_unit_test(windows_of_one_series_are_those_of_the_list),
        cmocka_unit_test(days_of_a_zone_have_23_and_25_hours),
        cmocka_unit_test(a_counter_that_falls_counts_from_zero),
        cmocka_unit_test(no_line_is_drawn_over_a_gap),
        cmocka_unit_test(windows_of_one_chunk_have_their_own_quality_and_extremes),
        cmocka_unit_test(a_late_reading_and_a_retraction_are_in_the_next_answer),
        cmocka_unit_test(many_series_are_answered_as_few),
        cmocka_unit_test(a_question_is_refused_with_its_reason),
        cmocka_unit_test(a_question_over_nothing_is_answered_with_nothing),
        cmocka_unit_test(damage_is_told_and_never_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
