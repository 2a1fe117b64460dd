/* The oracle (tests/oracle) says what its header promises. Random operations are compared with a
 * model in memory that knows no index and no page: it keeps every reading in a list and answers
 * each question by looking at all of them.
 *
 * XH_SEEDS sets how many seeds are run (default 12), XH_SEED the first one; a failure prints
 * its seed. */
#include "base/rand.h"
#include "oracle/oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SERIES = 4, TIMES = 25, STEPS = 250, READINGS_MAX = 16384, RETRACTIONS_MAX = 2048 };

struct model_reading {
    struct xh_reading r;
    bool is_erased;
};

struct model_series {
    bool is_declared;
    enum xh_series_policy policy;
    struct model_reading readings[READINGS_MAX]; /* by seq, from 1 */
    size_t count;
    struct {
        uint64_t from, to;
        int64_t at_us;
    } retractions[RETRACTIONS_MAX];
    size_t retraction_count;
};

struct model {
    struct xh_oracle *db;
    struct xh_rand rand;
    uint64_t seed;
    int64_t now_us;
    struct model_series series[SERIES];
};

static struct xh_series_key key_of(uint32_t number)
{
    struct xh_series_key key = {{0}};
    memcpy(key.bytes + 3, &number, sizeof(number));
    return key;
}

static uint64_t below(struct model *m, uint64_t bound)
{
    return xh_rand_below(&m->rand, bound);
}

static void check_that(const struct model *m, bool is_so, const char *what)
{
    if (!is_so) {
        fail_msg("seed %llu: %s", (unsigned long long)m->seed, what);
    }
}

/* ---- what the model knows ---- */

static bool is_known(const struct model_series *s, size_t i, int64_t as_known_us)
{
    const struct model_reading *m = &s->readings[i];
    return !m->is_erased && (as_known_us == 0 || m->r.arrival_us <= as_known_us);
}

static bool is_retracted(const struct model_series *s, uint64_t seq, int64_t as_known_us)
{
    for (size_t i = 0; i < s->retraction_count; i++) {
        if (seq >= s->retractions[i].from && seq <= s->retractions[i].to &&
            (as_known_us == 0 || s->retractions[i].at_us <= as_known_us)) {
            return true;
        }
    }
    return false;
}

static bool is_in_force(const struct model_series *s, size_t i, int64_t as_known_us)
{
    if (!is_known(s, i, as_known_us) || is_retracted(s, i + 1, as_known_us)) {
        return false;
    }
    if (s->policy == XH_POLICY_KEEP_ALL) {
        return true;
    }
    for (size_t j = i + 1; j < s->count; j++) {
        if (s->readings[j].r.at_us == s->readings[i].r.at_us && is_known(s, j, as_known_us) &&
            !is_retracted(s, j + 1, as_known_us)) {
            return false;
        }
    }
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct xh_reading *x = a, *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return x->seq < y->seq ? -1 : 1;
}

/* What a range must give, in order. */
static size_t expected(const struct model_series *s, const struct xh_tsdb_range *range,
                       struct xh_reading *out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct xh_reading r = s->readings[i].r;
        r.is_in_force = is_in_force(s, i, range->as_known_us);
        if (r.at_us >= range->from_us && r.at_us < range->to_us &&
            (r.is_in_force || (range->with_corrected && is_known(s, i, range->as_known_us)))) {
            out[count++] = r;
        }
    }
    qsort(out, count, sizeof(*out), by_time);
    for (size_t i = 0; range->is_backwards && i < count / 2; i++) {
        struct xh_reading swap = out[i];
        out[i] = out[count - 1 - i];
        out[count - 1 - i] = swap;
    }
    return range->limit != 0 && range->limit < count ? (size_t)range->limit : count;
}

static bool is_equal(const struct xh_reading *a, const struct xh_reading *b)
{
    return a->at_us == b->at_us && memcmp(&a->value, &b->value, sizeof(a->value)) == 0 &&
           a->arrival_us == b->arrival_us && a->seq == b->seq && a->quality == b->quality &&
           a->decimals == b->decimals && a->is_in_force == b->is_in_force;
}

/* Everything a range gives, read `step` at a time; the caller frees. */
static struct xh_reading *read_range(struct xh_oracle *db, const struct xh_tsdb_range *range,
                                     size_t step, size_t *ret_count)
{
    struct xh_oracle_cursor *cursor = NULL;
    assert_int_equal(xh_oracle_read(db, range, &cursor, NULL), 0);
    size_t count = 0;
    struct xh_reading *readings = NULL;
    ptrdiff_t got = 0;
    do {
        readings = realloc(readings, (count + step) * sizeof(*readings));
        assert_non_null(readings);
        got = xh_oracle_next(cursor, readings + count, step, NULL);
        assert_true(got >= 0);
        count += (size_t)got;
    } while (got > 0);
    xh_oracle_cursor_close(cursor);
    *ret_count = count;
    return readings;
}

/* ---- operations ---- */

static void do_declare(struct model *m)
{
    uint32_t number = (uint32_t)below(m, SERIES);
    struct model_series *s = &m->series[number];
    enum xh_series_policy policy = below(m, 4) == 0 ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE;
    struct xh_series_key key = key_of(number);
    int rc = xh_oracle_declare(m->db, &key, 1, policy, NULL);
    if (s->is_declared) {
        check_that(m, rc == (s->policy == policy ? 0 : XH_E_CONFLICT), "declared again");
    } else {
        check_that(m, rc == 0, "declared");
        s->is_declared = true;
        s->policy = policy;
    }
}

/* What the store must say of a row, which is added to the model. */
static enum xh_tsdb_fate model_append(struct model_series *s, const struct xh_tsdb_row *row,
                                      int64_t arrival_us, uint64_t *ret_seq)
{
    enum xh_tsdb_fate fate = XH_FATE_NEW;
    for (size_t i = 0; s->policy == XH_POLICY_REPLACE && i < s->count; i++) {
        const struct xh_reading *r = &s->readings[i].r;
        if (r->at_us == row->at_us && is_in_force(s, i, 0)) {
            bool is_same = memcmp(&r->value, &row->value, sizeof(r->value)) == 0 &&
                           (r->quality | XH_QUALITY_LATE) == (row->quality | XH_QUALITY_LATE);
            fate = is_same ? XH_FATE_DUPLICATE : XH_FATE_CORRECTION;
            *ret_seq = r->seq;
        }
    }
    if (fate != XH_FATE_DUPLICATE) {
        assert_true(s->count < READINGS_MAX);
        *ret_seq = s->count + 1;
        s->readings[s->count++] = (struct model_reading){
            .r = {.at_us = row->at_us,
                  .value = row->value,
                  .arrival_us = arrival_us,
                  .seq = *ret_seq,
                  .quality = row->quality,
                  .decimals = row->decimals}};
    }
    return fate;
}

static struct xh_tsdb_row random_row(struct model *m)
{
    static const double values[] = {0.0, -0.0, 1, 2.5, 1e300, 0.1};
    return (struct xh_tsdb_row){.key_index = (uint32_t)below(m, SERIES),
                                .decimals = (int8_t)below(m, 4) - 1,
                                .quality = below(m, 3) == 0 ? (uint8_t)below(m, 64) : 0,
                                .at_us = (int64_t)below(m, TIMES) * 7 - 50,
                                .value = values[below(m, 6)]};
}

static void do_append(struct model *m)
{
    enum { ROWS_MAX = 40 };
    struct xh_series_key keys[SERIES];
    struct xh_tsdb_row rows[ROWS_MAX];
    uint64_t seqs[ROWS_MAX];
    uint8_t fates[ROWS_MAX];
    bool is_all_declared = true;
    for (uint32_t i = 0; i < SERIES; i++) {
        keys[i] = key_of(i);
        is_all_declared = is_all_declared && m->series[i].is_declared;
    }
    size_t count = below(m, ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        rows[i] = random_row(m);
    }
    int64_t arrival_us = m->now_us - (int64_t)below(m, 3); /* clocks are not perfect */
    struct xh_tsdb_batch batch = {.keys = keys,
                                  .key_count = SERIES,
                                  .rows = rows,
                                  .row_count = count,
                                  .arrival_us = arrival_us,
                                  .ret_seq = seqs,
                                  .ret_fate = fates};
    int rc = xh_oracle_append(m->db, &batch, NULL);
    if (!is_all_declared) {
        check_that(m, rc == XH_E_NOT_FOUND, "a batch of an undeclared series");
        return;
    }
    check_that(m, rc == 0, "a batch");
    for (size_t i = 0; i < count; i++) {
        uint64_t seq = 0;
        enum xh_tsdb_fate fate = model_append(&m->series[rows[i].key_index], &rows[i], arrival_us,
                                              &seq);
        check_that(m, fates[i] == fate, "the fate of a reading");
        check_that(m, seqs[i] == seq, "the number of a reading");
    }
}

static void do_retract(struct model *m, uint32_t number)
{
    struct model_series *s = &m->series[number];
    uint64_t from = 1 + below(m, s->count + 2);
    uint64_t to = from + below(m, 6);
    int64_t at_us = m->now_us - (int64_t)below(m, 5);
    uint64_t count = 0, want = 0;
    struct xh_series_key key = key_of(number);
    check_that(m, xh_oracle_retract(m->db, &key, from, to, at_us, &count, NULL) == 0, "retract");
    for (uint64_t seq = from; seq <= to && seq <= s->count; seq++) {
        want += is_in_force(s, seq - 1, 0);
    }
    check_that(m, count == want, "the count of a retraction");
    if (from <= s->count) {
        assert_true(s->retraction_count < RETRACTIONS_MAX);
        size_t i = s->retraction_count++;
        s->retractions[i].from = from;
        s->retractions[i].to = to < s->count ? to : s->count;
        s->retractions[i].at_us = at_us;
    }
}

static void do_erase(struct model *m, uint32_t number)
{
    struct model_series *s = &m->series[number];
    int64_t from_us = (int64_t)below(m, TIMES) * 7 - 50;
    int64_t to_us = from_us + (int64_t)below(m, 10);
    uint64_t count = 0, want = 0;
    struct xh_series_key key = key_of(number);
    check_that(m, xh_oracle_erase(m->db, &key, from_us, to_us, &count, NULL) == 0, "erase");
    for (size_t i = 0; i < s->count; i++) {
        struct model_reading *r = &s->readings[i];
        if (!r->is_erased && r->r.at_us >= from_us && r->r.at_us < to_us) {
            r->is_erased = true;
            want++;
        }
    }
    check_that(m, count == want, "the count of an erasure");
}

/* ---- questions ---- */

static int64_t random_known(struct model *m)
{
    return below(m, 2) == 0 ? 0 : 1 + (int64_t)below(m, (uint64_t)m->now_us + 5);
}

static void ask_range(struct model *m, uint32_t number, struct xh_reading *scratch)
{
    struct xh_tsdb_range range = {.key = key_of(number),
                                  .from_us = (int64_t)below(m, 200) - 60,
                                  .as_known_us = random_known(m),
                                  .with_corrected = below(m, 2) == 0,
                                  .is_backwards = below(m, 2) == 0,
                                  .limit = below(m, 2) == 0 ? 0 : 1 + below(m, 30)};
    range.to_us = range.from_us + (int64_t)below(m, 200);
    size_t want = expected(&m->series[number], &range, scratch), count = 0;
    struct xh_reading *readings = read_range(m->db, &range, 1 + below(m, 50), &count);
    check_that(m, count == want, "how many readings a range has");
    for (size_t i = 0; i < count; i++) {
        check_that(m, is_equal(&readings[i], &scratch[i]), "a reading of a range");
    }
    free(readings);
}

static void ask_nearest(struct model *m, uint32_t number, struct xh_reading *scratch)
{
    int64_t at_us = (int64_t)below(m, 200) - 60;
    struct xh_tsdb_range range = {.key = key_of(number),
                                  .from_us = XH_TIME_MIN,
                                  .to_us = at_us + 1,
                                  .as_known_us = random_known(m),
                                  .is_backwards = true,
                                  .limit = 1};
    struct xh_reading reading;
    size_t want = expected(&m->series[number], &range, scratch);
    int rc = xh_oracle_before(m->db, &range.key, at_us, range.as_known_us, &reading, NULL);
    check_that(m, rc == (want == 1 ? 0 : XH_E_NOT_FOUND), "whether there is one before");
    check_that(m, rc != 0 || is_equal(&reading, scratch), "the one before");
    range.from_us = at_us;
    range.to_us = XH_TIME_MAX;
    range.is_backwards = false;
    want = expected(&m->series[number], &range, scratch);
    rc = xh_oracle_after(m->db, &range.key, at_us, range.as_known_us, &reading, NULL);
    check_that(m, rc == (want == 1 ? 0 : XH_E_NOT_FOUND), "whether there is one after");
    check_that(m, rc != 0 || is_equal(&reading, scratch), "the one after");
}

static void ask_one(struct model *m, uint32_t number)
{
    const struct model_series *s = &m->series[number];
    uint64_t seq = 1 + below(m, s->count + 1);
    struct xh_series_key key = key_of(number);
    struct xh_reading reading;
    int rc = xh_oracle_get(m->db, &key, seq, &reading, NULL);
    bool is_there = seq <= s->count && !s->readings[seq - 1].is_erased;
    check_that(m, rc == (is_there ? 0 : XH_E_NOT_FOUND), "whether a number has a reading");
    if (is_there) {
        struct xh_reading want = s->readings[seq - 1].r;
        want.is_in_force = is_in_force(s, seq - 1, 0);
        check_that(m, is_equal(&reading, &want), "the reading of a number");
    }
}

static void check_window(struct model *m, const struct xh_tsdb_window *w,
                         const struct xh_reading *readings, size_t count)
{
    struct xh_sum sum = {0};
    double min = 0, max = 0;
    uint8_t quality = 0;
    for (size_t i = 0; i < count; i++) {
        double value = readings[i].value;
        min = i == 0 || value < min ? value : min;
        max = i == 0 || value > max ? value : max;
        quality |= readings[i].quality;
        xh_sum_add(&sum, value);
    }
    check_that(m, w->count == count, "the count of a window");
    check_that(m, w->quality == quality, "the quality of a window");
    check_that(m, xh_sum_value(&w->sum) == xh_sum_value(&sum), "the sum of a window");
    if (count > 0) {
        check_that(m, w->min == min && w->max == max, "the extremes of a window");
        check_that(m, is_equal(&w->first, &readings[0]), "the first of a window");
        check_that(m, is_equal(&w->last, &readings[count - 1]), "the last of a window");
    }
}

static void ask_windows(struct model *m, uint32_t number, struct xh_reading *scratch)
{
    int64_t edges[8] = {(int64_t)below(m, 100) - 60};
    for (int i = 1; i < 8; i++) {
        edges[i] = edges[i - 1] + (int64_t)below(m, 40);
    }
    struct xh_tsdb_window windows[7];
    struct xh_tsdb_range range = {.key = key_of(number), .as_known_us = random_known(m)};
    int rc = xh_oracle_windows(m->db, &range.key, edges, 7, range.as_known_us, windows, NULL);
    check_that(m, rc == 0, "windows");
    for (int i = 0; i < 7; i++) {
        range.from_us = edges[i];
        range.to_us = edges[i + 1];
        size_t count = expected(&m->series[number], &range, scratch);
        check_window(m, &windows[i], scratch, count);
    }
}

static void ask(struct model *m, struct xh_reading *scratch)
{
    uint32_t number = (uint32_t)below(m, SERIES);
    if (!m->series[number].is_declared) {
        return;
    }
    switch (below(m, 4)) {
    case 0:
        ask_nearest(m, number, scratch);
        break;
    case 1:
        ask_one(m, number);
        break;
    case 2:
        ask_windows(m, number, scratch);
        break;
    default:
        ask_range(m, number, scratch);
    }
}

static void change(struct model *m)
{
    m->now_us += (int64_t)below(m, 3);
    uint32_t number = (uint32_t)below(m, SERIES);
    uint64_t dice = below(m, 20);
    if (dice < 2) {
        do_declare(m);
    } else if (dice < 5 && m->series[number].is_declared) {
        do_retract(m, number);
    } else if (dice < 7 && m->series[number].is_declared) {
        do_erase(m, number);
    } else {
        do_append(m);
    }
}

static int check_series(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
                        uint64_t reading_count)
{
    struct model *m = arg;
    uint32_t number = 0;
    memcpy(&number, key->bytes + 3, sizeof(number));
    const struct model_series *s = &m->series[number];
    uint64_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        count += !s->readings[i].is_erased;
    }
    check_that(m, s->is_declared && s->policy == policy, "a series of the list");
    check_that(m, reading_count == count, "the count of a series");
    return 0;
}

static void check_counts(struct model *m)
{
    check_that(m, xh_oracle_each_series(m->db, check_series, m, NULL) == 0, "the list of series");
}

static void run_seed(uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    struct xh_reading *scratch = calloc(READINGS_MAX, sizeof(*scratch));
    assert_non_null(m);
    assert_non_null(scratch);
    assert_int_equal(xh_oracle_open(&m->db, NULL), 0);
    m->seed = seed;
    m->now_us = 10;
    xh_rand_init(&m->rand, seed);
    for (int i = 0; i < STEPS; i++) {
        change(m);
        for (int j = 0; j < 6; j++) {
            ask(m, scratch);
        }
        if (i == 20) {
            for (int j = 0; j < 30; j++) {
                do_declare(m);
            }
        }
    }
    check_counts(m);
    xh_oracle_close(m->db);
    free(scratch);
    free(m);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    int64_t number = 0;
    return text != NULL && xh_int_parse(xh_str_from(text), &number) == 0 ? (uint64_t)number
                                                                         : otherwise;
}

static void the_oracle_answers_as_a_model_does_that_looks_at_everything(void **state)
{
    (void)state;
    uint64_t first = number_from("XH_SEED", 1), count = number_from("XH_SEEDS", 12);
    print_message("seeds %llu to %llu\n", (unsigned long long)first,
                  (unsigned long long)(first + count - 1));
    for (uint64_t seed = first; seed < first + count; seed++) {
        run_seed(seed);
    }
}

/* ---- what the model does not do ---- */

static void put(struct xh_oracle *db, uint32_t number, int64_t at_us, double value)
{
    struct xh_series_key key = key_of(number);
    struct xh_tsdb_row row = {.at_us = at_us, .value = value};
    struct xh_tsdb_batch batch = {.keys = &key, .key_count = 1, .rows = &row, .row_count = 1};
    assert_int_equal(xh_oracle_append(db, &batch, NULL), 0);
}

static struct xh_oracle *open_with(uint32_t number, enum xh_series_policy policy)
{
    struct xh_oracle *db = NULL;
    struct xh_series_key key = key_of(number);
    assert_int_equal(xh_oracle_open(&db, NULL), 0);
    assert_int_equal(xh_oracle_declare(db, &key, 1, policy, NULL), 0);
    return db;
}

static void retention_leaves_the_last_in_force_of_each_step(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    static const int64_t times[] = {-12, -11, 1, 3, 8, 12, 19, 20, 25};
    for (size_t i = 0; i < 9; i++) {
        put(db, 1, times[i], (double)i);
    }
    put(db, 1, 8, 100); /* a correction: both of time 8 are looked at, the later one stays */
    uint64_t count = 0;
    assert_int_equal(xh_oracle_retract(db, &key, 7, 7, 5, &count, NULL), 0); /* time 19 */
    struct xh_tsdb_retention retention = {
        .keys = &key, .key_count = 1, .before_us = 20, .step_us = 10, .offset_us = 0};
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 5); /* -12, 1, 3, 8 as it was, 19 */
    struct xh_tsdb_range range = {.key = key, .from_us = -100, .to_us = 100};
    range.with_corrected = true;
    size_t left = 0;
    struct xh_reading *readings = read_range(db, &range, 10, &left);
    static const int64_t want[] = {-11, 8, 12, 20, 25};
    assert_int_equal(left, 5);
    for (size_t i = 0; i < left; i++) {
        assert_true(readings[i].at_us == want[i]);
    }
    assert_int_equal(readings[1].seq, 10);
    free(readings);
    retention.before_us = 29; /* the step from 20 on is not over */
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 0);
    retention.before_us = 20;
    retention.step_us = 0;
    assert_int_equal(xh_oracle_retain(db, &retention, &count, NULL), 0);
    assert_int_equal(count, 3);
    xh_oracle_close(db);
}

static void a_refused_batch_changes_nothing(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key keys[2] = {key_of(1), key_of(2)};
    struct xh_tsdb_row rows[2] = {{.at_us = 1, .value = 1}, {.at_us = 2, .value = 1}};
    struct xh_tsdb_batch batch = {.keys = keys, .key_count = 2, .rows = rows, .row_count = 2};
    assert_int_equal(xh_oracle_append(db, &batch, NULL), XH_E_NOT_FOUND);
    batch.key_count = 1;
    rows[1].at_us = XH_TIME_MAX + 1;
    assert_int_equal(xh_oracle_append(db, &batch, NULL), XH_E_INVALID);
    struct xh_reading reading;
    assert_int_equal(xh_oracle_last(db, keys, &reading, NULL), XH_E_NOT_FOUND);
    rows[1].at_us = 2;
    assert_int_equal(xh_oracle_append(db, &batch, NULL), 0);
    assert_int_equal(xh_oracle_last(db, keys, &reading, NULL), 0);
    assert_int_equal(reading.seq, 2);
    xh_oracle_close(db);
}

static void a_cursor_sees_nothing_of_what_comes_after_it_but_erasures(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_KEEP_ALL);
    struct xh_series_key key = key_of(1);
    for (int64_t i = 1; i <= 5; i++) {
        put(db, 1, i, 1);
    }
    struct xh_tsdb_range range = {.key = key, .to_us = 100};
    struct xh_oracle_cursor *cursor = NULL;
    uint64_t count = 0;
    assert_int_equal(xh_oracle_read(db, &range, &cursor, NULL), 0);
    put(db, 1, 3, 2);
    assert_int_equal(xh_oracle_retract(db, &key, 1, 2, 9, &count, NULL), 0);
    assert_int_equal(xh_oracle_erase(db, &key, 5, 6, &count, NULL), 0);
    struct xh_reading readings[10];
    assert_int_equal(xh_oracle_next(cursor, readings, 10, NULL), 4);
    assert_int_equal(readings[0].seq, 1);
    assert_int_equal(readings[3].at_us, 4);
    xh_oracle_cursor_close(cursor);
    xh_oracle_close(db);
}

static void what_is_erased_is_gone_from_a_cursor_that_had_begun_its_time(void **state)
{
    (void)state;
    struct xh_oracle *db = open_with(1, XH_POLICY_REPLACE);
    struct xh_series_key key = key_of(1);
    for (int64_t i = 0; i < 6; i++) {
        put(db, 1, i / 3, (double)i);
    }
    for (int backwards = 0; backwards < 2; backwards++) {
        struct xh_tsdb_range range = {
            .key = key, .to_us = 9, .with_corrected = true, .is_backwards = backwards == 1};
        struct xh_oracle_cursor *cursor = NULL;
        struct xh_reading r[9];
        uint64_t count = 0;
        assert_int_equal(xh_oracle_read(db, &range, &cursor, NULL), 0);
        assert_int_equal(xh_oracle_next(cursor, r, 1, NULL), 1);
        assert_int_equal(r[0].seq, backwards ? 6 : 1);
        assert_int_equal(xh_oracle_next(cursor, r, 1, NULL), 1);
        assert_int_equal(r[0].seq, backwards ? 5 : 2);
        if (backwards) {
            assert_int_equal(xh_oracle_erase(db, &key, 1, 2, &count, NULL), 0);
        }
        assert_int_equal(xh_oracle_next(cursor, r, 9, NULL), backwards ? 3 : 4);
        assert_int_equal(r[0].seq, 3);
        xh_oracle_cursor_close(cursor);
    }
    xh_oracle_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oracle_answers_as_a_model_does_that_looks_at_everything),
        cmocka_unit_test(retention_leaves_the_last_in_force_of_each_step),
        cmocka_unit_test(a_refused_batch_changes_nothing),
        cmocka_unit_test(a_cursor_sees_nothing_of_what_comes_after_it_but_erasures),
        cmocka_unit_test(what_is_erased_is_gone_from_a_cursor_that_had_begun_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
