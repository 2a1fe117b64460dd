/* Random operations on the readings store and on the oracle, compared answer by answer.
 *
 * XH_OPERATIONS says how many in all (default 200000, fewer under a sanitizer; with threads
 * a tenth of it), XH_SEED the first seed. They come in episodes of a few thousand; each begins with
 * an empty store, with limits drawn from its seed so small that memories are flushed, segments
 * merged and log files dropped all the time. Episode n has the seed XH_SEED + n. A failure prints
 * the episode's seed and how many operations lead to it; without threads the same two numbers give
 * the same again.
 *
 * XH_TRACE=1 prints every operation before it is done. */
#include "base/rand.h"
#include "base/str.h"
#include "pair.h"

#include <math.h>
#include <unistd.h>

enum {
    SERIES = 24,
    CURSORS = 3,
    ROWS_MAX = 400,
    EPISODE_MIN = 400,
    EPISODE_SPREAD = 6000
};

#define SECOND_US INT64_C(1000000)
#define HOUR_US (3600 * SECOND_US)
#define DAY_US (24 * HOUR_US)
#define START_US (INT64_C(1735689600) * SECOND_US) /* 2025-01-01T00:00Z */

/* What a series is like. */
struct habit {
    int64_t step_us;   /* between readings that come in order */
    int64_t spread_us; /* a random part of each step */
    int64_t from_us;   /* the first */
    int64_t until_us;  /* behind it, it starts over: all its times were there before */
    enum { COUNTER, WAVE, RARELY_NEW, NOISE, WILD } values;
    int8_t decimals;
};

static const struct habit habits[] = {
    {900 * SECOND_US, 0, START_US, INT64_MAX, COUNTER, 3},
    {1800 * SECOND_US, 0, START_US, INT64_MAX, COUNTER, 2},
    {SECOND_US, 0, START_US, INT64_MAX, WAVE, 1},
    {SECOND_US, 30000, START_US, INT64_MAX, WAVE, 1},
    {7, 0, START_US - 50, START_US + 300, WILD, 2},          /* few times, hit again and again */
    {1, 0, START_US, START_US + 40, RARELY_NEW, 0},
    {3 * DAY_US, 9 * DAY_US, START_US - 9000 * DAY_US, INT64_MAX, NOISE, XH_NUM_DECIMALS_SHORTEST},
    {40 * DAY_US, 0, XH_TIME_MIN, INT64_MAX, RARELY_NEW, 1},
    {HOUR_US, HOUR_US, START_US, INT64_MAX, WILD, 17},
    {60 * SECOND_US, 0, START_US, INT64_MAX, RARELY_NEW, 0},
    {HOUR_US, 0, START_US - 400 * DAY_US, START_US - 300 * DAY_US, NOISE, 4},
    {600 * SECOND_US, 0, XH_TIME_MAX - 40 * DAY_US, INT64_MAX, COUNTER, 0},
};
enum { HABITS = sizeof(habits) / sizeof(habits[0]) };

struct series {
    struct xh_series_key key;
    const struct habit *habit;
    bool is_declared;
    enum xh_series_policy policy;
    int64_t next_us;
    uint64_t appended; /* rows sent: an upper bound of its numbers */
};

struct play {
    struct pair *pair;
    struct xh_rand rand;
    struct series series[SERIES];
    struct pair_cursor cursors[CURSORS];
    int64_t now_us;
    bool is_traced;
};

static uint64_t below(struct play *y, uint64_t bound)
{
    return xh_rand_below(&y->rand, bound);
}

static bool one_of(struct play *y, uint64_t bound)
{
    return below(y, bound) == 0;
}

static int64_t between(struct play *y, int64_t least, int64_t most)
{
    return least + (int64_t)below(y, (uint64_t)most - (uint64_t)least + 1);
}

static int64_t to_range(int64_t at_us)
{
    return at_us < XH_TIME_MIN ? XH_TIME_MIN : at_us > XH_TIME_MAX ? XH_TIME_MAX : at_us;
}

static struct series *any_series(struct play *y)
{
    return &y->series[below(y, SERIES)];
}

/* ---- what is appended ---- */

/* A pure function of series, time and salt, so that the same can be sent again. */
static double value_of(const struct series *s, int64_t at_us, uint64_t salt)
{
    static const double wild[] = {0.0, -0.0, 1e280, -1e280, 5e-324, 0.1, 1e15, -123456789.125};
    struct xh_rand rand;
    xh_rand_init(&rand, (uint64_t)at_us * 31 + salt);
    double scale = s->habit->decimals > 0 ? pow(10, s->habit->decimals) : 1;
    switch (s->habit->values) {
    case COUNTER:
        return (double)((at_us - s->habit->from_us) / (s->habit->step_us / 4) +
                        (int64_t)xh_rand_below(&rand, 3) + (int64_t)salt) / scale;
    case WAVE:
        return (2300 + (double)(llabs(at_us / SECOND_US % 40 - 20)) +
                (double)xh_rand_below(&rand, 3) + (double)salt) / scale;
    case RARELY_NEW:
        return (double)(at_us / (s->habit->step_us * 50) % 7 + (int64_t)salt) / scale;
    case NOISE:
        return xh_rand_normal(&rand) * 1e3;
    case WILD:
        return wild[xh_rand_below(&rand, sizeof(wild) / sizeof(wild[0]))];
    }
    return 0;
}

static int64_t time_in_order(struct play *y, struct series *s)
{
    const struct habit *h = s->habit;
    int64_t at_us = s->next_us;
    int64_t skip = one_of(y, 60) ? 1 + (int64_t)below(y, 500) : 1;
    if (at_us > XH_TIME_MAX - 1000 * (h->step_us + h->spread_us)) {
        s->next_us = h->from_us;
    } else {
        s->next_us += skip * h->step_us + (int64_t)below(y, (uint64_t)h->spread_us + 1);
    }
    if (s->next_us > h->until_us) {
        s->next_us = h->from_us;
    }
    return to_range(at_us);
}

/* On the series' grid where it has one, so that it often hits a time that has a reading. */
static int64_t earlier_time(struct play *y, struct series *s)
{
    int64_t step_us = s->habit->step_us;
    int64_t steps = (s->next_us - s->habit->from_us) / step_us;
    int64_t near = steps < 40 || one_of(y, 3) ? steps : 40;
    return to_range(s->next_us - (1 + (int64_t)below(y, (uint64_t)near + 1)) * step_us);
}

static int64_t any_time(struct play *y, struct series *s)
{
    switch (below(y, 12)) {
    case 0:
        return to_range(s->habit->from_us + between(y, -100, 100));
    case 1:
        return one_of(y, 2) ? XH_TIME_MIN : XH_TIME_MAX;
    case 2:
        return to_range(s->next_us + between(y, -400, 400) * DAY_US);
    case 3:
        return to_range(earlier_time(y, s) + between(y, -2, 2));
    default:
        return earlier_time(y, s);
    }
}

static struct xh_tsdb_row next_row(struct play *y, uint32_t key_index, struct series *s)
{
    struct xh_tsdb_row row = {.key_index = key_index, .decimals = s->habit->decimals};
    uint64_t salt = 0;
    uint64_t dice = below(y, 100);
    if (dice < 75) {
        row.at_us = time_in_order(y, s);
    } else {
        row.at_us = dice < 98 ? earlier_time(y, s) : any_time(y, s);
        salt = one_of(y, 2) ? 0 : 1 + below(y, 3);
        row.decimals = one_of(y, 20) ? (int8_t)(between(y, -1, 17)) : row.decimals;
    }
    row.value = value_of(s, row.at_us, salt);
    row.quality = one_of(y, 30) ? (uint8_t)below(y, 64) : one_of(y, 20) ? XH_QUALITY_LATE : 0;
    s->appended++;
    return row;
}

/* Sometimes a batch that must be refused. */
static void spoil(struct play *y, struct xh_tsdb_row *row)
{
    switch (below(y, 5)) {
    case 0:
        row->value = NAN;
        break;
    case 1:
        row->value = INFINITY;
        break;
    case 2:
        row->at_us = one_of(y, 2) ? XH_TIME_MAX + 1 : XH_TIME_MIN - 1;
        break;
    case 3:
        row->decimals = one_of(y, 2) ? -2 : 18;
        break;
    default:
        row->key_index = SERIES;
    }
}

static void do_append(struct play *y)
{
    struct xh_series_key keys[SERIES];
    struct series *chosen[SERIES];
    struct xh_tsdb_row rows[ROWS_MAX];
    size_t key_count = one_of(y, 4) ? 1 + below(y, SERIES) : 1 + below(y, 3);
    for (size_t i = 0; i < key_count; i++) {
        chosen[i] = any_series(y); /* the same twice now and then */
        for (int tries = 0; !chosen[i]->is_declared && tries < 20 && !one_of(y, 200); tries++) {
            chosen[i] = any_series(y);
        }
        keys[i] = chosen[i]->key;
    }
    size_t row_count = one_of(y, 40) ? below(y, ROWS_MAX) : below(y, 1 + 6 * key_count);
    for (size_t i = 0; i < row_count; i++) {
        uint32_t key_index = (uint32_t)below(y, key_count);
        rows[i] = next_row(y, key_index, chosen[key_index]);
    }
    if (row_count > 0 && one_of(y, 100)) {
        spoil(y, &rows[below(y, row_count)]);
    }
    struct xh_tsdb_batch batch = {.keys = keys,
                                  .key_count = key_count,
                                  .rows = rows,
                                  .row_count = row_count,
                                  .arrival_us = y->now_us - (one_of(y, 8) ? between(y, 0, 9) : 0)};
    pair_append(y->pair, &batch, one_of(y, 5));
}

/* ---- what else changes ---- */

static void do_declare(struct play *y)
{
    struct series *s = any_series(y);
    enum xh_series_policy policy = one_of(y, 4) ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE;
    if (s->is_declared && !one_of(y, 10)) {
        policy = s->policy;
    }
    struct xh_series_key keys[2] = {s->key, any_series(y)->key};
    size_t count = one_of(y, 3) ? 2 : 1;
    if (pair_declare(y->pair, keys, count, policy) != 0) {
        return;
    }
    for (size_t i = 0; i < SERIES; i++) {
        for (size_t j = 0; j < count; j++) {
            if (memcmp(&y->series[i].key, &keys[j], sizeof(keys[j])) == 0) {
                y->series[i].is_declared = true;
                y->series[i].policy = policy;
            }
        }
    }
}

static void do_retract(struct play *y)
{
    struct series *s = any_series(y);
    uint64_t from = below(y, s->appended + 4);
    if (one_of(y, 2) && s->appended > 20) {
        from = s->appended - below(y, 20);
    }
    uint64_t length = one_of(y, 10) ? below(y, 2 * s->appended + 1) : below(y, 8);
    int64_t at_us = y->now_us - (one_of(y, 3) ? between(y, -5, 3000) : 0);
    pair_retract(y->pair, &s->key, from, one_of(y, 50) ? UINT64_MAX : from + length, at_us);
}

static void do_erase(struct play *y)
{
    struct series *s = any_series(y);
    int64_t from_us = any_time(y, s);
    int64_t length_us = (int64_t)below(y, 20) * s->habit->step_us;
    if (one_of(y, 20)) {
        from_us = INT64_MIN;
        length_us = 0;
        pair_erase(y->pair, &s->key, from_us, one_of(y, 2) ? INT64_MAX : any_time(y, s));
        return;
    }
    pair_erase(y->pair, &s->key, from_us, from_us + (one_of(y, 50) ? -1 : length_us));
}

static void close_cursors(struct play *y)
{
    for (size_t i = 0; i < CURSORS; i++) {
        pair_cursor_close(&y->cursors[i]);
    }
}

static void do_retain(struct play *y)
{
    struct xh_series_key keys[SERIES];
    size_t count = 0;
    struct series *s = any_series(y);
    for (size_t i = 0; i < SERIES; i++) {
        if (y->series[i].is_declared && (&y->series[i] == s || one_of(y, 8))) {
            keys[count++] = y->series[i].key;
        }
    }
    static const int64_t steps_us[] = {0, HOUR_US, DAY_US, 30 * DAY_US, 10};
    struct xh_tsdb_retention retention = {
        .keys = keys, .key_count = count, .step_us = steps_us[below(y, 5)]};
    retention.before_us = to_range(earlier_time(y, s) - between(y, 0, 100) * s->habit->step_us);
    if (retention.step_us > 0) {
        retention.offset_us = one_of(y, 2) ? 0 : between(y, 0, retention.step_us - 1);
        retention.before_us += one_of(y, 2) ? 0 : between(y, 0, 40 * DAY_US);
    }
    retention.before_us = to_range(retention.before_us);
    close_cursors(y);
    pair_retain(y->pair, &retention);
}

static void do_tend(struct play *y)
{
    unsigned tending = XH_TSDB_FLUSH;
    if (one_of(y, 2)) {
        tending |= XH_TSDB_MERGE;
    }
    if (one_of(y, 10)) {
        tending |= XH_TSDB_MERGE_ALL;
    }
    if (one_of(y, 8)) {
        tending |= XH_TSDB_PURGE;
    }
    if (one_of(y, 10)) {
        tending &= ~(unsigned)XH_TSDB_FLUSH;
    }
    pair_tend(y->pair, tending);
}

static void do_wait(struct play *y)
{
    static const int64_t spans_us[] = {SECOND_US, 60 * SECOND_US, HOUR_US, 3 * DAY_US};
    int64_t span_us = spans_us[below(y, 4)];
    y->now_us += span_us;
    xh_env_fault_advance(y->pair->fault, span_us);
}

/* ---- questions ---- */

static int64_t any_known(struct play *y)
{
    return one_of(y, 2) ? 0 : y->now_us - between(y, -2, one_of(y, 2) ? 200 : 20000000);
}

static struct xh_tsdb_range any_range(struct play *y)
{
    struct series *s = any_series(y);
    struct xh_tsdb_range range = {.key = s->key,
                                  .from_us = any_time(y, s),
                                  .as_known_us = any_known(y),
                                  .with_corrected = one_of(y, 2),
                                  .is_backwards = one_of(y, 2),
                                  .limit = one_of(y, 2) ? 0 : 1 + below(y, 30)};
    range.to_us = range.from_us + (int64_t)below(y, 100) * s->habit->step_us;
    if (one_of(y, 12)) {
        range.from_us = one_of(y, 2) ? INT64_MIN : XH_TIME_MIN;
        range.to_us = one_of(y, 2) ? INT64_MAX : any_time(y, s);
    }
    return range;
}

static void ask_range(struct play *y)
{
    struct xh_tsdb_range range = any_range(y);
    pair_range(y->pair, &range, one_of(y, 2) ? 512 : 1 + below(y, 40));
}

static void ask_cursor(struct play *y)
{
    struct pair_cursor *cursor = &y->cursors[below(y, CURSORS)];
    if (cursor->store == NULL) {
        struct xh_tsdb_range range = any_range(y);
        pair_cursor_open(y->pair, &range, cursor);
    } else if (!pair_cursor_next(y->pair, cursor, 1 + below(y, 12)) || one_of(y, 10)) {
        pair_cursor_close(cursor);
    }
}

static void ask_one(struct play *y)
{
    struct series *s = any_series(y);
    pair_get(y->pair, &s->key, below(y, s->appended + 3));
}

static void ask_nearest(struct play *y)
{
    struct series *s = any_series(y);
    int64_t at_us = one_of(y, 20) ? (one_of(y, 2) ? INT64_MIN : INT64_MAX) : any_time(y, s);
    pair_nearest(y->pair, &s->key, at_us, any_known(y));
}

static void ask_last_of(struct play *y)
{
    struct xh_series_key keys[SERIES];
    size_t count = below(y, SERIES);
    for (size_t i = 0; i < count; i++) {
        struct series *s = any_series(y);
        keys[i] = s->is_declared || one_of(y, 50) ? s->key : keys[i > 0 ? i - 1 : 0];
        if (i == 0) {
            keys[0] = s->key;
        }
    }
    pair_last_of(y->pair, keys, count);
}

static size_t any_edges(struct play *y, struct series *s, int64_t edges_us[17])
{
    size_t count = below(y, 17);
    static const int64_t widths_us[] = {1, 10, SECOND_US, HOUR_US, DAY_US, 31 * DAY_US};
    int64_t width_us = one_of(y, 2) ? s->habit->step_us * between(y, 0, 30)
                                    : widths_us[below(y, 6)];
    edges_us[0] = any_time(y, s);
    for (size_t i = 1; i <= count; i++) {
        edges_us[i] = edges_us[i - 1] + (one_of(y, 10) ? between(y, 0, width_us) : width_us);
        edges_us[i] = edges_us[i] > XH_TIME_MAX ? XH_TIME_MAX + 1 : edges_us[i];
    }
    return count;
}

static void ask_windows(struct play *y)
{
    struct series *s = any_series(y);
    int64_t edges_us[17];
    size_t count = any_edges(y, s, edges_us);
    if (count > 0 && one_of(y, 100)) {
        edges_us[count] = edges_us[0] - 1;
    }
    pair_windows(y->pair, &s->key, edges_us, count, any_known(y));
}

static void ask_aggregate(struct play *y)
{
    struct xh_series_key keys[SERIES];
    uint32_t groups[SERIES];
    int64_t edges_us[17];
    struct series *s = any_series(y);
    struct xh_tsdb_question question = {.keys = keys,
                                        .edges_us = edges_us,
                                        .as_known_us = any_known(y),
                                        .measures = 1 + (unsigned)below(y, 31),
                                        .quantile = one_of(y, 3) ? 0.5 : xh_rand_unit(&y->rand)};
    question.window_count = any_edges(y, s, edges_us);
    question.gap_us = one_of(y, 2) ? 0 : s->habit->step_us * between(y, 1, 3);
    size_t wanted = one_of(y, 4) ? SERIES : 1 + below(y, 3);
    size_t groups_wanted = one_of(y, 2) ? 0 : 1 + below(y, 4);
    for (size_t i = 0; i < wanted; i++) {
        struct series *member = i == 0 ? s : any_series(y);
        if (member->is_declared) {
            groups[question.key_count] = (uint32_t)below(y, groups_wanted > 0 ? groups_wanted : 1);
            keys[question.key_count++] = member->key;
        }
    }
    if (groups_wanted > 0) {
        question.group_of = groups;
        question.group_count = groups_wanted;
    }
    pair_aggregate(y->pair, &question);
}

/* ---- the play ---- */

static void do_reopen(struct play *y)
{
    close_cursors(y);
    pair_reopen(y->pair);
}

static void do_backup(struct play *y)
{
    pair_backup(y->pair);
}

static void do_whole(struct play *y)
{
    pair_whole(y->pair);
    pair_check(y->pair);
}

static const struct {
    const char *name;
    void (*act)(struct play *y);
    unsigned weight;
} acts[] = {
    {"append", do_append, 3500},       {"declare", do_declare, 60},
    {"retract", do_retract, 150},      {"erase", do_erase, 100},
    {"retain", do_retain, 12},         {"tend", do_tend, 120},
    {"wait", do_wait, 60},             {"reopen", do_reopen, 40},
    {"back up", do_backup, 4},         {"compare all", do_whole, 4},
    {"a range", ask_range, 1700},      {"a cursor", ask_cursor, 900},
    {"one number", ask_one, 700},      {"the nearest", ask_nearest, 900},
    {"the last of many", ask_last_of, 300}, {"windows", ask_windows, 1000},
    {"an aggregate", ask_aggregate, 450},
};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

static size_t draw(struct play *y)
{
    unsigned all = 0;
    for (size_t i = 0; i < ACTS; i++) {
        all += acts[i].weight;
    }
    uint64_t dice = below(y, all);
    size_t act = 0;
    while (dice >= acts[act].weight) {
        dice -= acts[act++].weight;
    }
    return act;
}

static void act_once(struct play *y)
{
    struct pair *p = y->pair;
    int64_t passed_us = between(y, 0, 3);
    y->now_us += passed_us;
    xh_env_fault_advance(p->fault, passed_us);
    size_t act = draw(y);
    p->operation++;
    p->doing = acts[act].name;
    if (y->is_traced) {
        print_message("%llu %s\n", (unsigned long long)p->operation, p->doing);
    }
    acts[act].act(y);
}

static struct xh_tsdb_options small_options(struct play *y, bool has_threads)
{
    static const uint32_t memory_rows[] = {64, 64, 200, 1000}, chunk_rows[] = {16, 16, 50, 4096};
    static const uint32_t log_bytes[] = {4096, 4096, 16384, 1 << 20}, merge[] = {2, 2, 3, 8};
    return (struct xh_tsdb_options){
        .has_no_threads = !has_threads,
        .memory_rows = memory_rows[below(y, 4)],
        .chunk_rows = chunk_rows[below(y, 4)],
        .log_file_bytes = log_bytes[below(y, 4)],
        .merge_count = merge[below(y, 4)],
        .flush_after_us = one_of(y, 2) ? 0 : 30 * SECOND_US,
        .cold_after_us = one_of(y, 2) ? 0 : DAY_US,
        .erase_within_us = one_of(y, 2) ? 0 : 60 * SECOND_US,
    };
}

static void make_series(struct play *y)
{
    bool is_one_habit = one_of(y, 4);
    size_t only = below(y, HABITS);
    for (size_t i = 0; i < SERIES; i++) {
        struct series *s = &y->series[i];
        s->habit = &habits[is_one_habit ? only : i % HABITS];
        s->next_us = s->habit->from_us;
        uint64_t words[2] = {xh_rand_u64(&y->rand), xh_rand_u64(&y->rand)};
        memcpy(s->key.bytes, words, sizeof(words));
        if (!one_of(y, 5)) {
            s->is_declared = true;
            s->policy = one_of(y, 4) ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE;
            assert_int_equal(pair_declare(y->pair, &s->key, 1, s->policy), 0);
        }
    }
}

/* Returns how many operations it had. */
static uint64_t play_episode(uint64_t seed, uint64_t operations_max, bool has_threads)
{
    struct play *y = calloc(1, sizeof(*y));
    assert_non_null(y);
    xh_rand_init(&y->rand, seed);
    y->is_traced = getenv("XH_TRACE") != NULL;
    y->now_us = START_US + 100 * DAY_US;
    struct xh_tsdb_options options = small_options(y, has_threads);
    uint64_t count = EPISODE_MIN + below(y, EPISODE_SPREAD);
    count = count < operations_max ? count : operations_max;
    y->pair = pair_create(&options, seed, y->now_us);
    make_series(y);
    for (uint64_t i = 0; i < count; i++) {
        act_once(y);
    }
    close_cursors(y);
    y->pair->doing = "the end";
    do_whole(y);
    pair_reopen(y->pair);
    do_whole(y);
    pair_destroy(y->pair);
    free(y);
    return count;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    int64_t number = 0;
    return text != NULL && xh_int_parse(xh_str_from(text), &number) == 0 ? (uint64_t)number
                                                                         : otherwise;
}

static void play(uint64_t operations, bool has_threads)
{
    uint64_t seed = number_from("XH_SEED", 1);
    print_message("%llu operations, seeds from %llu\n", (unsigned long long)operations,
                  (unsigned long long)seed);
    while (operations > 0) {
        operations -= play_episode(seed++, operations, has_threads);
    }
}

/* About half a minute of a core each way. */
#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
enum { OPERATIONS = 10000 };
#elif defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { OPERATIONS = 40000 };
#else
enum { OPERATIONS = 200000 };
#endif

static void the_store_answers_as_the_oracle_does(void **state)
{
    (void)state;
    play(number_from("XH_OPERATIONS", OPERATIONS), false);
}

static void so_it_does_when_threads_flush_and_merge_behind_the_questions(void **state)
{
    (void)state;
    uint64_t operations = number_from("XH_OPERATIONS", OPERATIONS);
    play(operations / 10 + 1, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_store_answers_as_the_oracle_does),
        cmocka_unit_test(so_it_does_when_threads_flush_and_merge_behind_the_questions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
