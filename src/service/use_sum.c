/* use_sum.c: sums of days over many series, kept in memory.
 *
 * A town's year is days of thousands of series, read and added up again for each chart. Here
 * series are taken in blocks, in the order given, and of each block and year the sums of its days
 * are kept. A block is known by its series, in order, with all that their days depend on but
 * readings; so a meter that changed makes another block. One late reading touches one block: its
 * days are added up again, from those of derived.db; the other blocks stand.
 *
 * Never stale, by two counts a series (use_cache_internal.h), both raised before anything is
 * written:
 *   final    a day that is kept for each of the block's series. Nothing but a write that reaches
 *            back to watched_us changes it: late_count. watched_us is raised when the sum is kept,
 *            unless such a write was under way or begun since the first of its days was read.
 *   fresh    any other day, say today. Each write to one of the series may change it: write_count.
 *            It is kept only when there was none since its days were read.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "service/use_cache_internal.h"

enum {
    BLOCK_COUNT = 128, /* series */
    KEPT_MAX = 1024,   /* blocks, of 30 KB each */
    DAYS = XH__USE_YEAR_DAYS,
    SEEN_BYTES = (DAYS + 7) / 8
};

enum state { NONE, FRESH, FINAL };

/* Days of one block and year. */
struct sums {
    uint8_t states[DAYS]; /* enum state */
    struct xh__use_day_sum totals[DAYS];
    uint8_t seen[BLOCK_COUNT][SEEN_BYTES]; /* bits: on which days a series is not silent */
};

struct part {
    int64_t id, fingerprint;
};
struct name {
    struct part parts[BLOCK_COUNT];
    int64_t year;
};

struct kept {
    struct name name; /* the key in the map */
    struct xh__use_note *notes[BLOCK_COUNT];
    uint64_t write_counts[BLOCK_COUNT], late_counts[BLOCK_COUNT];
    uint64_t all_count; /* of all writes, when the counts above were last compared */
    uint64_t used_tick;
    size_t count;
    struct sums sums;
};

/* One block of one year on its way. */
struct block {
    const struct xh__use_plan *plan;
    struct xh_engine *engine;
    struct xh_rel_conn *conn; /* while days are added up */
    const struct xh_series *const *series;
    size_t count;
    const struct xh__use_year *year;
    const int64_t *edges_us;  /* of the days asked for in this year */
    int end;                  /* of those that may have readings */
    struct name name;
    struct sums sums;
    /* While days are added up: */
    int from, to;
    struct xh__use_note *notes[BLOCK_COUNT];
    uint64_t write_counts[BLOCK_COUNT];
    int64_t depends_us[BLOCK_COUNT];
    bool is_quiet;            /* nothing was being written at the beginning */
    bool is_final[DAYS];
    struct xh_amount amounts[DAYS];
    bool finals[DAYS];
};

/* ---- what is kept ---- */

static struct xh_str name_key(const struct name *name)
{
    return (struct xh_str){(const char *)name, sizeof *name};
}

/* Call with the lock held: lets go of what was overtaken by writes. */
static void kept_check(const struct xh__use *use, struct kept *k)
{
    bool is_late = false, is_written = false;
    if (k->all_count == use->write_count) {
        return;
    }
    for (size_t i = 0; i < k->count; i++) {
        is_late = is_late || k->notes[i]->late_count != k->late_counts[i];
        is_written = is_written || k->notes[i]->write_count != k->write_counts[i];
        k->late_counts[i] = k->notes[i]->late_count;
        k->write_counts[i] = k->notes[i]->write_count;
    }
    for (size_t day = 0; (is_late || is_written) && day < DAYS; day++) {
        if (is_late || k->sums.states[day] == FRESH) {
            k->sums.states[day] = NONE;
        }
    }
    k->all_count = use->write_count;
}

static void kept_find(struct block *b)
{
    struct xh__use *use = b->engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct kept *k = xh_map_get(use->sums, name_key(&b->name));
    if (k != NULL) {
        kept_check(use, k);
        k->used_tick = ++use->sum_tick;
        b->sums = k->sums;
    }
    (void)pthread_mutex_unlock(&use->lock);
    if (k == NULL) {
        memset(b->sums.states, NONE, sizeof b->sums.states);
    }
}

/* Call with the lock held: the one that was used longest ago goes. */
static void make_room(struct xh__use *use)
{
    struct kept *oldest = NULL;
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    if (xh_map_count(use->sums) < KEPT_MAX) {
        return;
    }
    while (xh_map_next(use->sums, &cursor, &key, &value)) {
        struct kept *k = value;
        oldest = oldest == NULL || k->used_tick < oldest->used_tick ? k : oldest;
    }
    (void)xh_map_remove(use->sums, name_key(&oldest->name));
    free(oldest);
}

/* Call with the lock held. */
static struct kept *kept_get(struct xh__use *use, const struct block *b)
{
    struct kept *k = xh_map_get(use->sums, name_key(&b->name));
    if (k == NULL) {
        make_room(use);
        k = xh_alloc(sizeof *k);
        memset(k, 0, sizeof *k);
        k->name = b->name;
        k->count = b->count;
        memcpy(k->notes, b->notes, sizeof k->notes);
        k->all_count = use->write_count - 1; /* so that the counts are taken */
        (void)xh_map_put(use->sums, name_key(&k->name), k);
    }
    kept_check(use, k);
    k->used_tick = ++use->sum_tick;
    return k;
}

void xh__use_sums_forget(struct xh__use *use)
{
    (void)pthread_mutex_lock(&use->lock);
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(use->sums, &cursor, &key, &value)) {
        memset(((struct kept *)value)->sums.states, NONE, DAYS);
    }
    (void)pthread_mutex_unlock(&use->lock);
}

void xh__use_sums_free(struct xh__use *use)
{
    size_t cursor = 0;
    struct xh_str key;
    void *value;
    while (xh_map_next(use->sums, &cursor, &key, &value)) {
        free(value);
    }
    xh_map_destroy(use->sums);
}

/* ---- adding up ---- */

static void begin(struct block *b)
{
    struct xh__use *use = b->engine->use;
    for (size_t i = 0; i < b->count; i++) {
        xh__use_compute_begin(b->engine, b->series[i]->id);
        b->depends_us[i] = INT64_MIN;
    }
    b->is_quiet = true;
    (void)pthread_mutex_lock(&use->lock);
    for (size_t i = 0; i < b->count; i++) {
        b->notes[i] = xh__use_note_get(use, b->series[i]->id);
        b->write_counts[i] = b->notes[i]->write_count;
        b->is_quiet = b->is_quiet && b->notes[i]->writing == 0;
    }
    (void)pthread_mutex_unlock(&use->lock);
    for (int day = b->from; day < b->to; day++) {
        b->sums.totals[day] = (struct xh__use_day_sum){0};
        b->is_final[day] = true;
    }
}

static void end(struct block *b)
{
    for (size_t i = 0; i < b->count; i++) {
        xh__use_compute_end(b->engine, b->series[i]->id);
    }
}

static void add_series(struct block *b, size_t at)
{
    uint8_t *seen = b->sums.seen[at];
    for (int day = b->from; day < b->to; day++) {
        const struct xh_amount *a = &b->amounts[day - b->from];
        struct xh__use_day_sum *total = &b->sums.totals[day];
        uint8_t bit = (uint8_t)(1U << (day % 8));
        xh_sum_add(&total->sum, a->amount);
        total->reading_count += a->reading_count;
        total->covered_us += a->covered_us;
        total->flags |= a->flags;
        seen[day / 8] = (uint8_t)(seen[day / 8] & ~bit);
        seen[day / 8] |= xh__use_is_silent(a, 1) ? 0 : bit;
        b->is_final[day] = b->is_final[day] && b->finals[day - b->from];
    }
}

static int add_all(struct block *b, struct xh_err *err)
{
    struct xh__use_year year = *b->year;
    year.from = b->from;
    year.to = b->to;
    struct xh__use_days days = {
        .zone = b->plan->zone,
        .day_from = year.first_day + year.from,
        .day_to = year.first_day + year.to,
        .edges_us = b->edges_us + (year.from - b->year->from),
        .years = &year,
        .year_count = 1,
    };
    for (size_t i = 0; i < b->count; i++) {
        struct xh__use_final final = {.days = b->finals};
        int code = xh__use_days_get(b->engine, b->conn, b->series[i], &days, 0, b->amounts, &final,
                                    err);
        if (code < 0) {
            return code;
        }
        b->depends_us[i] = final.depends_us;
        add_series(b, i);
    }
    return XH_E_OK;
}

/* Call with the lock held: from here on writers that reach back to a final day are noticed. False
 * when one already has. */
static bool watch(struct block *b)
{
    bool may = true;
    for (size_t i = 0; i < b->count; i++) {
        struct xh__use_note *note = b->notes[i];
        int64_t depends_us = b->depends_us[i] > note->depends_us ? b->depends_us[i]
                                                                 : note->depends_us;
        may = may && note->write_min_us > depends_us;
        note->watched_us = depends_us > note->watched_us ? depends_us : note->watched_us;
    }
    return may;
}

static bool is_fresh(const struct block *b)
{
    bool is = b->is_quiet;
    for (size_t i = 0; is && i < b->count; i++) {
        is = b->notes[i]->write_count == b->write_counts[i];
    }
    return is;
}

static void keep(const struct block *b, struct kept *k, bool may_final, bool may_fresh)
{
    for (int day = b->from; day < b->to; day++) {
        enum state state = may_final && b->is_final[day] ? FINAL : may_fresh ? FRESH : NONE;
        uint8_t bit = (uint8_t)(1U << (day % 8));
        k->sums.states[day] = (uint8_t)state;
        k->sums.totals[day] = b->sums.totals[day];
        for (size_t i = 0; i < b->count; i++) {
            uint8_t *seen = &k->sums.seen[i][day / 8];
            *seen = (uint8_t)((*seen & ~bit) | (b->sums.seen[i][day / 8] & bit));
        }
    }
}

static void publish(struct block *b)
{
    struct xh__use *use = b->engine->use;
    (void)pthread_mutex_lock(&use->lock);
    bool may_final = watch(b), may_fresh = is_fresh(b);
    if (may_final || may_fresh) {
        keep(b, kept_get(use, b), may_final, may_fresh);
    }
    (void)pthread_mutex_unlock(&use->lock);
}

/* ---- a block ---- */

/* Days that are not known, from the first to the last of them. */
static bool find_missing(struct block *b)
{
    b->from = b->to = b->end;
    for (int day = b->end - 1; day >= b->year->from; day--) {
        if (b->sums.states[day] == NONE) {
            b->to = b->from == b->to ? day + 1 : b->to;
            b->from = day;
        }
    }
    return b->from < b->to;
}

/* What derived.db says is read from a state that is newer than the counts taken by begin: one from
 * before it might lack a drop that begin no longer sees. */
static int add_now(struct block *b, struct xh_err *err)
{
    int code = xh_rel_read_begin(b->engine->derived, &b->conn, err);
    if (code >= 0) {
        code = add_all(b, err);
        xh_rel_read_end(b->engine->derived, b->conn);
    }
    return code;
}

/* 1: something had to be added up; 0: all was kept. */
static int fill(struct block *b, struct xh_err *err)
{
    kept_find(b);
    if (!find_missing(b)) {
        return 0;
    }
    begin(b);
    int code = add_now(b, err);
    if (code >= 0) {
        publish(b);
    }
    end(b);
    return code < 0 ? code : 1;
}

static void set_block(struct block *b, const struct xh_series *const *series, size_t count)
{
    int64_t never_us = xh__use_never_us(b->engine);
    b->series = series;
    b->count = count;
    memset(&b->name, 0, sizeof b->name);
    b->name.year = b->year->year;
    for (size_t i = 0; i < count; i++) {
        b->name.parts[i] = (struct part){series[i]->id,
                                         xh__use_fingerprint(series[i], b->year)};
    }
    b->end = b->year->to;
    while (b->end > b->year->from && b->edges_us[b->end - 1 - b->year->from] >= never_us) {
        b->end--;
    }
}

static void collect(const struct block *b, struct xh__use_day_sum *totals, bool *is_seen)
{
    for (int day = b->year->from; day < b->year->to; day++) {
        struct xh__use_day_sum *total = &totals[day - b->year->from];
        if (day >= b->end) {
            total->flags |= XH_AMOUNT_INCOMPLETE;
            continue;
        }
        const struct xh__use_day_sum *own = &b->sums.totals[day];
        xh_sum_merge(&total->sum, &own->sum);
        total->reading_count += own->reading_count;
        total->covered_us += own->covered_us;
        total->flags |= own->flags;
        for (size_t i = 0; i < b->count; i++) {
            is_seen[i] = is_seen[i] || ((unsigned)b->sums.seen[i][day / 8] >> (day % 8) & 1U) != 0;
        }
    }
}

/* ---- all blocks ---- */

/* Where much is missing a second thread goes through the blocks from the last to that at which the
 * first one is. What it adds up it leaves in memory, where the first one finds it; so the order in
 * which blocks are added, and with it the last digit, is always the same. */
struct crew {
    const struct xh__use_plan *plan;
    const struct xh_series *const *series;
    size_t count;
    atomic_size_t at; /* the first one's block */
    bool has_helper;
    pthread_t helper;
};

static struct block *block_create(const struct xh__use_plan *plan)
{
    struct block *b = xh_alloc(sizeof *b);
    *b = (struct block){.plan = plan, .engine = xh_ctx_engine(plan->ctx)};
    return b;
}

static size_t block_count(const struct crew *crew)
{
    return (crew->count + BLOCK_COUNT - 1) / BLOCK_COUNT;
}

/* Moves to a year of a block; at: how many days lie before it in the plan. */
static void block_move(struct block *b, const struct crew *crew, size_t index, size_t year,
                       size_t at)
{
    size_t first = index * BLOCK_COUNT, left = crew->count - first;
    b->year = &crew->plan->days.years[year];
    b->edges_us = crew->plan->days.edges_us + at;
    set_block(b, crew->series + first, left < BLOCK_COUNT ? left : BLOCK_COUNT);
}

static void *help(void *arg)
{
    struct crew *crew = arg;
    struct block *b = block_create(crew->plan);
    bool goes_on = true;
    for (size_t i = block_count(crew); goes_on && i-- > atomic_load(&crew->at) + 1;) {
        size_t at = 0;
        for (size_t y = 0; goes_on && y < crew->plan->days.year_count; y++) {
            block_move(b, crew, i, y, at);
            goes_on = fill(b, NULL) >= 0; /* an error: the first one meets it too, and tells */
            at += (size_t)(b->year->to - b->year->from);
        }
    }
    free(b);
    return NULL;
}

static void call_help(struct crew *crew)
{
    enum { LEFT_MIN = 3 }; /* blocks, below which it is not worth a thread */
    if (!crew->has_helper && block_count(crew) - atomic_load(&crew->at) > LEFT_MIN) {
        crew->has_helper = pthread_create(&crew->helper, NULL, help, crew) == 0;
    }
}

static int add_block(struct crew *crew, struct block *b, struct xh__use_day_sum *totals,
                     size_t *silent_count, struct xh_err *err)
{
    bool is_seen[BLOCK_COUNT] = {false};
    size_t at = 0;
    for (size_t y = 0; y < crew->plan->days.year_count; y++) {
        block_move(b, crew, atomic_load(&crew->at), y, at);
        int code = fill(b, err);
        if (code < 0) {
            return code;
        }
        if (code > 0) {
            call_help(crew);
        }
        collect(b, totals + at, is_seen);
        at += (size_t)(b->year->to - b->year->from);
    }
    for (size_t i = 0; i < b->count; i++) {
        *silent_count += !is_seen[i];
    }
    return XH_E_OK;
}

int xh__use_sum_days(const struct xh__use_plan *plan, const struct xh_series *const *series,
                     size_t count, struct xh__use_day_sum *totals, size_t *silent_count,
                     struct xh_err *err)
{
    struct crew crew = {.plan = plan, .series = series, .count = count};
    struct block *b = block_create(plan);
    int code = XH_E_OK;
    xh_assert(plan->has_days && plan->as_known_us == 0);
    for (size_t i = 0; code >= 0 && i < block_count(&crew); i++) {
        atomic_store(&crew.at, i);
        code = add_block(&crew, b, totals, silent_count, err);
    }
    atomic_store(&crew.at, block_count(&crew));
    if (crew.has_helper) {
        (void)pthread_join(crew.helper, NULL);
    }
    free(b);
    return code;
}
