/* model.c: the model, what is done to it and its subject, and what both are asked. */
#include "model.h"

#include "base/rand.h"
#include "tsdb_help.h"

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
    const struct model_subject *subject;
    void *self;
    struct xh_rand rand;
    uint64_t seed;
    int64_t now_us;
    struct model_series series[SERIES];
};

static uint64_t below(struct model *m, uint64_t bound)
{
    return xh_rand_below(&m->rand, bound);
}

void model_check_that(const struct model *m, bool is_so, const char *what)
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

/* ---- operations ---- */

static void do_declare(struct model *m)
{
    uint32_t number = (uint32_t)below(m, SERIES);
    struct model_series *s = &m->series[number];
    enum xh_series_policy policy = below(m, 4) == 0 ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE;
    struct xh_series_key key = key_of(number);
    int rc = m->subject->declare(m->self, &key, policy);
    if (s->is_declared) {
        model_check_that(m, rc == (s->policy == policy ? 0 : XH_E_CONFLICT), "declared again");
    } else {
        model_check_that(m, rc == 0, "declared");
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
    int rc = m->subject->append(m->self, &batch);
    if (!is_all_declared) {
        model_check_that(m, rc == XH_E_NOT_FOUND, "a batch of an undeclared series");
        return;
    }
    model_check_that(m, rc == 0, "a batch");
    for (size_t i = 0; i < count; i++) {
        uint64_t seq = 0;
        enum xh_tsdb_fate fate = model_append(&m->series[rows[i].key_index], &rows[i], arrival_us,
                                              &seq);
        model_check_that(m, fates[i] == fate, "the fate of a reading");
        model_check_that(m, seqs[i] == seq, "the number of a reading");
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
    int rc = m->subject->retract(m->self, &key, from, to, at_us, &count);
    model_check_that(m, rc == 0, "retract");
    for (uint64_t seq = from; seq <= to && seq <= s->count; seq++) {
        want += is_in_force(s, seq - 1, 0);
    }
    model_check_that(m, count == want, "the count of a retraction");
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
    int rc = m->subject->erase(m->self, &key, from_us, to_us, &count);
    model_check_that(m, rc == 0, "erase");
    for (size_t i = 0; i < s->count; i++) {
        struct model_reading *r = &s->readings[i];
        if (!r->is_erased && r->r.at_us >= from_us && r->r.at_us < to_us) {
            r->is_erased = true;
            want++;
        }
    }
    model_check_that(m, count == want, "the count of an erasure");
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
    struct xh_reading *readings = m->subject->read(m->self, &range, 1 + below(m, 50), &count);
    model_check_that(m, count == want, "how many readings a range has");
    for (size_t i = 0; i < count; i++) {
        model_check_that(m, is_equal(&readings[i], &scratch[i]), "a reading of a range");
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
    int rc = m->subject->before(m->self, &range.key, at_us, range.as_known_us, &reading);
    model_check_that(m, rc == (want == 1 ? 0 : XH_E_NOT_FOUND), "whether there is one before");
    model_check_that(m, rc != 0 || is_equal(&reading, scratch), "the one before");
    range.from_us = at_us;
    range.to_us = XH_TIME_MAX;
    range.is_backwards = false;
    want = expected(&m->series[number], &range, scratch);
    rc = m->subject->after(m->self, &range.key, at_us, range.as_known_us, &reading);
    model_check_that(m, rc == (want == 1 ? 0 : XH_E_NOT_FOUND), "whether there is one after");
    model_check_that(m, rc != 0 || is_equal(&reading, scratch), "the one after");
}

static void ask_one(struct model *m, uint32_t number)
{
    const struct model_series *s = &m->series[number];
    uint64_t seq = 1 + below(m, s->count + 1);
    struct xh_series_key key = key_of(number);
    struct xh_reading reading;
    int rc = m->subject->get(m->self, &key, seq, &reading);
    bool is_there = seq <= s->count && !s->readings[seq - 1].is_erased;
    model_check_that(m, rc == (is_there ? 0 : XH_E_NOT_FOUND), "whether a number has a reading");
    if (is_there) {
        struct xh_reading want = s->readings[seq - 1].r;
        want.is_in_force = is_in_force(s, seq - 1, 0);
        model_check_that(m, is_equal(&reading, &want), "the reading of a number");
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
    model_check_that(m, w->count == count, "the count of a window");
    model_check_that(m, w->quality == quality, "the quality of a window");
    model_check_that(m, xh_sum_value(&w->sum) == xh_sum_value(&sum), "the sum of a window");
    if (count > 0) {
        model_check_that(m, w->min == min && w->max == max, "the extremes of a window");
        model_check_that(m, is_equal(&w->first, &readings[0]), "the first of a window");
        model_check_that(m, is_equal(&w->last, &readings[count - 1]), "the last of a window");
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
    int rc = m->subject->windows(m->self, &range.key, edges, 7, range.as_known_us, windows);
    model_check_that(m, rc == 0, "windows");
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
    if (dice == 0 && m->subject->reopen != NULL) {
        m->subject->reopen(m->self);
    } else if (dice < 2) {
        do_declare(m);
    } else if (dice < 5 && m->series[number].is_declared) {
        do_retract(m, number);
    } else if (dice < 7 && m->series[number].is_declared) {
        do_erase(m, number);
    } else {
        do_append(m);
    }
}

static void run_seed(const struct model_subject *subject, uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    struct xh_reading *scratch = calloc(READINGS_MAX, sizeof(*scratch));
    assert_non_null(m);
    assert_non_null(scratch);
    m->subject = subject;
    m->self = subject->create();
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
    subject->check(m->self, m);
    subject->destroy(m->self);
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

void model_run(const struct model_subject *subject)
{
    uint64_t first = number_from("XH_SEED", 1), count = number_from("XH_SEEDS", 12);
    print_message("seeds %llu to %llu\n", (unsigned long long)first,
                  (unsigned long long)(first + count - 1));
    for (uint64_t seed = first; seed < first + count; seed++) {
        run_seed(subject, seed);
    }
}

bool model_series_is(const struct model *m, const struct xh_series_key *key,
                     enum xh_series_policy policy, uint64_t *ret_count)
{
    for (uint32_t number = 0; number < SERIES; number++) {
        const struct model_series *s = &m->series[number];
        struct xh_series_key known = key_of(number);
        if (memcmp(&known, key, sizeof known) == 0) {
            *ret_count = 0;
            for (size_t i = 0; i < s->count; i++) {
                *ret_count += !s->readings[i].is_erased;
            }
            return s->is_declared && s->policy == policy;
        }
    }
    return false;
}
