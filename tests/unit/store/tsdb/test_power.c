/* The power fails, again and again, at any operation of the disk: what was acknowledged is there
 * afterwards, nothing else is, and the store opens.
 *
 * A store on the disk's twin lives many lives. In each it does random work (readings in order,
 * late, corrected, sent twice; retractions, erasures, flushes, merges, purges) until the power
 * fails or, in some lives, a sync does. The work that was under way then may have happened or not,
 * but wholly: both are kept as models until the next open shows which it was.
 *
 * XH_POWER_CUTS sets how many lives (default 300), XH_SEED the first seed; a failure prints its
 * seed. */
#include "base/disk_sim.h"
#include "base/rand.h"
#include "tsdb_help.h"

enum { SERIES = 3, READINGS_MAX = 2048, RETRACTIONS_MAX = 512, LIVES_OF_A_STORE = 50,
      ROWS_MAX = 30 };

#define DAY_US (INT64_C(86400) * XH_US_PER_S)
#define BEGIN_US (INT64_C(1767225600) * XH_US_PER_S) /* 2026-01-01 */

struct model_series {
    struct xh_reading readings[READINGS_MAX]; /* by seq, from 1; is_retracted is not used here */
    bool is_erased[READINGS_MAX];
    size_t count;
    struct {
        uint64_t from, to;
    } retractions[RETRACTIONS_MAX];
    size_t retraction_count;
};

struct model {
    struct model_series series[SERIES];
};

struct world {
    struct xh_disk_sim *sim;
    struct xh_env_fault *fault;
    struct xh_env env;
    struct xh_rand rand;
    uint64_t seed;
    struct xh_tsdb *db;
    struct model *before, *after; /* the same, but for work that may have happened or not */
    bool is_unsure;
    bool is_sync_failing; /* in this life it is a sync that fails, not the power */
    uint64_t acknowledged, lost_unacknowledged, kept_unacknowledged, sync_failures;
};

static uint64_t below(struct world *w, uint64_t bound)
{
    return xh_rand_below(&w->rand, bound);
}

static void fail_with(const struct world *w, const char *what, const struct xh_err *err)
{
    fail_msg("XH_SEED=%llu: %s: %s", (unsigned long long)w->seed, what,
             err != NULL ? err->text : "");
}

static bool is_keep_all(uint32_t number)
{
    return number == SERIES - 1;
}

/* ---- what must be there ---- */

static bool is_retracted(const struct model_series *s, uint64_t seq)
{
    for (size_t i = 0; i < s->retraction_count; i++) {
        if (seq >= s->retractions[i].from && seq <= s->retractions[i].to) {
            return true;
        }
    }
    return false;
}

static bool is_in_force(const struct model_series *s, uint32_t number, size_t i)
{
    if (s->is_erased[i] || is_retracted(s, i + 1)) {
        return false;
    }
    for (size_t j = i + 1; j < s->count && !is_keep_all(number); j++) {
        if (s->readings[j].at_us == s->readings[i].at_us && !s->is_erased[j] &&
            !is_retracted(s, j + 1)) {
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

static size_t expected(const struct model_series *s, uint32_t number, struct xh_reading *out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (!s->is_erased[i]) {
            out[count] = s->readings[i];
            out[count++].is_in_force = is_in_force(s, number, i);
        }
    }
    qsort(out, count, sizeof(*out), by_time);
    return count;
}

static bool is_series_as(struct world *w, const struct model *model, uint32_t number)
{
    static struct xh_reading want[READINGS_MAX];
    size_t count = 0, want_count = expected(&model->series[number], number, want);
    struct xh_tsdb_range range = {.key = key_of(number),
                                  .from_us = XH_TIME_MIN,
                                  .to_us = XH_TIME_MAX,
                                  .with_corrected = true};
    struct xh_reading *got = read_range(w->db, &range, 500, &count);
    bool is_so = count == want_count;
    for (size_t i = 0; i < count && is_so; i++) {
        is_so = got[i].at_us == want[i].at_us && got[i].seq == want[i].seq &&
                got[i].value == want[i].value && got[i].arrival_us == want[i].arrival_us &&
                got[i].decimals == want[i].decimals && got[i].quality == want[i].quality &&
                got[i].is_in_force == want[i].is_in_force;
    }
    free(got);
    return is_so;
}

static bool is_store_as(struct world *w, const struct model *model)
{
    for (uint32_t i = 0; i < SERIES; i++) {
        if (!is_series_as(w, model, i)) {
            return false;
        }
    }
    return true;
}

/* ---- work ---- */

static enum xh_tsdb_fate model_append(struct model_series *s, uint32_t number,
                                      const struct xh_tsdb_row *row, int64_t arrival_us,
                                      uint64_t *ret_seq)
{
    enum xh_tsdb_fate fate = XH_FATE_NEW;
    for (size_t i = 0; i < s->count && !is_keep_all(number); i++) {
        const struct xh_reading *r = &s->readings[i];
        if (r->at_us == row->at_us && is_in_force(s, number, i)) {
            bool is_same = r->value == row->value && r->quality == row->quality;
            fate = is_same ? XH_FATE_DUPLICATE : XH_FATE_CORRECTION;
            *ret_seq = r->seq;
        }
    }
    if (fate != XH_FATE_DUPLICATE) {
        assert_true(s->count < READINGS_MAX);
        *ret_seq = s->count + 1;
        s->is_erased[s->count] = false;
        s->readings[s->count++] = (struct xh_reading){.at_us = row->at_us,
                                                      .value = row->value,
                                                      .arrival_us = arrival_us,
                                                      .seq = *ret_seq,
                                                      .quality = row->quality,
                                                      .decimals = row->decimals};
    }
    return fate;
}

static int64_t random_time(struct world *w)
{
    static const int64_t days[] = {0, 20, 45, 80}; /* over several months */
    return BEGIN_US + days[below(w, 4)] * DAY_US + (int64_t)below(w, 60) * 900 * XH_US_PER_S;
}

/* Applies what a call did to `after`; a call that failed leaves both possible. */
static bool settle(struct world *w, int rc)
{
    if (rc == 0) {
        *w->before = *w->after;
        w->acknowledged++;
    } else {
        w->is_unsure = true;
    }
    return rc == 0;
}

static bool do_append(struct world *w)
{
    struct xh_series_key keys[SERIES];
    struct xh_tsdb_row rows[ROWS_MAX];
    uint64_t seqs[ROWS_MAX], want_seqs[ROWS_MAX];
    uint8_t fates[ROWS_MAX], want_fates[ROWS_MAX];
    size_t count = 1 + below(w, ROWS_MAX);
    int64_t arrival_us = xh_env_now_us(&w->env);
    for (uint32_t i = 0; i < SERIES; i++) {
        keys[i] = key_of(i);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t number = (uint32_t)below(w, SERIES);
        rows[i] = (struct xh_tsdb_row){.key_index = number,
                                       .decimals = 1,
                                       .quality = below(w, 8) == 0 ? XH_QUALITY_SUSPECT : 0,
                                       .at_us = random_time(w),
                                       .value = (double)below(w, 5) / 2};
        want_fates[i] = (uint8_t)model_append(&w->after->series[number], number, &rows[i],
                                              arrival_us, &want_seqs[i]);
    }
    struct xh_tsdb_batch batch = {.keys = keys,
                                  .key_count = SERIES,
                                  .rows = rows,
                                  .row_count = count,
                                  .arrival_us = arrival_us,
                                  .ret_seq = seqs,
                                  .ret_fate = fates};
    int rc = xh_tsdb_append(w->db, &batch, NULL);
    for (size_t i = 0; i < count && rc == 0; i++) {
        if (seqs[i] != want_seqs[i] || fates[i] != want_fates[i]) {
            fail_with(w, "another number or fate than the model's", NULL);
        }
    }
    return settle(w, rc);
}

static bool do_retract(struct world *w)
{
    uint32_t number = (uint32_t)below(w, SERIES);
    struct xh_series_key key = key_of(number);
    struct model_series *s = &w->after->series[number];
    uint64_t from = 1 + below(w, s->count + 1), to = from + below(w, 4);
    if (from <= s->count) {
        assert_true(s->retraction_count < RETRACTIONS_MAX);
        s->retractions[s->retraction_count].from = from;
        s->retractions[s->retraction_count++].to = to < s->count ? to : s->count;
    }
    return settle(w, xh_tsdb_retract(w->db, &key, from, to, xh_env_now_us(&w->env), NULL, NULL));
}

static bool do_erase(struct world *w)
{
    uint32_t number = (uint32_t)below(w, SERIES);
    struct xh_series_key key = key_of(number);
    struct model_series *s = &w->after->series[number];
    int64_t from_us = random_time(w), to_us = from_us + 5400 * XH_US_PER_S;
    for (size_t i = 0; i < s->count; i++) {
        s->is_erased[i] = s->is_erased[i] ||
                          (s->readings[i].at_us >= from_us && s->readings[i].at_us < to_us);
    }
    return settle(w, xh_tsdb_erase(w->db, &key, from_us, to_us, NULL, NULL));
}

static bool do_tend(struct world *w)
{
    static const unsigned tendings[] = {XH_TSDB_FLUSH, XH_TSDB_MERGE, XH_TSDB_MERGE_ALL,
                                        XH_TSDB_FLUSH | XH_TSDB_PURGE};
    return xh_tsdb_tend(w->db, tendings[below(w, 4)], NULL) == 0;
}

static bool work_once(struct world *w)
{
    xh_env_fault_advance(w->fault, (int64_t)below(w, 3) * XH_US_PER_S);
    uint64_t dice = below(w, 20);
    if (dice < 12) {
        return do_append(w);
    }
    if (dice < 14) {
        return do_retract(w);
    }
    return dice < 16 ? do_erase(w) : do_tend(w);
}

/* ---- lives ---- */

/* False: the power, or a sync, failed meanwhile. */
static bool open_store(struct world *w)
{
    struct xh_tsdb_options options = {.has_no_threads = true,
                                      .memory_rows = 64,
                                      .chunk_rows = 16,
                                      .log_file_bytes = 4096,
                                      .merge_count = 2};
    struct xh_err err = {0};
    w->db = NULL;
    if (xh_tsdb_open_as(&w->env, "store", &options, &w->db, &err) != 0) {
        if (!xh_disk_sim_is_off(w->sim) && !w->is_sync_failing) {
            fail_with(w, "it does not open", &err);
        }
        return false;
    }
    for (uint32_t i = 0; i < SERIES; i++) {
        struct xh_series_key key = key_of(i);
        enum xh_series_policy policy = is_keep_all(i) ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE;
        if (xh_tsdb_declare(w->db, &key, 1, policy, NULL) != 0) {
            return false;
        }
    }
    return true;
}

static void print_fault(void *arg, const char *sentence)
{
    (void)arg;
    print_message("fault: %s\n", sentence);
}

/* Which of the two is it? From here on both are that one. */
static void check_models(struct world *w)
{
    bool is_after = is_store_as(w, w->after);
    if (!is_after && !(w->is_unsure && is_store_as(w, w->before))) {
        fail_with(w, "something acknowledged is lost, or something is there that never was", NULL);
    }
    if (is_after) {
        w->kept_unacknowledged += w->is_unsure;
        *w->before = *w->after;
    } else {
        w->lost_unacknowledged++;
        *w->after = *w->before;
    }
    w->is_unsure = false;
    struct xh_err err = {0};
    int64_t faults = xh_tsdb_check(w->db, print_fault, NULL, &err); /* it reads from the disk */
    if (faults > 0 || (faults < 0 && !xh_disk_sim_is_off(w->sim))) {
        fail_with(w, "the check finds faults", &err);
    }
}

static bool is_full(const struct world *w)
{
    for (uint32_t i = 0; i < SERIES; i++) {
        if (w->after->series[i].count + ROWS_MAX > READINGS_MAX ||
            w->after->series[i].retraction_count == RETRACTIONS_MAX) {
            return true;
        }
    }
    return false;
}

static void live(struct world *w)
{
    w->is_sync_failing = below(w, 5) == 0;
    if (w->is_sync_failing) {
        xh_disk_sim_fail_sync(w->sim, 1 + below(w, 60));
    } else {
        xh_disk_sim_power_cut_at(w->sim, 1 + below(w, 1 + below(w, 600)));
    }
    bool is_working = open_store(w);
    if (is_working) {
        check_models(w);
    }
    while (is_working && !is_full(w)) {
        is_working = work_once(w);
    }
    w->sync_failures += w->is_sync_failing;
    xh_tsdb_close(w->db);
    w->is_sync_failing = false;
    xh_disk_sim_fail_sync(w->sim, 0);
    xh_disk_sim_power_cut_at(w->sim, 0);
    if (xh_disk_sim_is_off(w->sim)) {
        xh_disk_sim_power_on(w->sim);
    }
}

static void live_on(struct world *w, uint64_t seed, int lives)
{
    w->seed = seed;
    xh_rand_init(&w->rand, seed);
    w->sim = xh_disk_sim_create(seed);
    w->fault = xh_env_fault_create(seed, BEGIN_US + 100 * DAY_US);
    w->env = *xh_env_fault_env(w->fault);
    w->env.disk = xh_disk_sim_disk(w->sim);
    memset(w->before, 0, sizeof(*w->before));
    memset(w->after, 0, sizeof(*w->after));
    w->is_unsure = false;
    for (int i = 0; i < lives && !is_full(w); i++) {
        live(w);
    }
    if (open_store(w)) {
        check_models(w);
    }
    xh_tsdb_close(w->db);
    xh_disk_sim_destroy(w->sim);
    xh_env_fault_destroy(w->fault);
}

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : standard;
}

static void nothing_acknowledged_is_lost_when_the_power_fails(void **state)
{
    (void)state;
    uint64_t cuts = from_environment("XH_POWER_CUTS", 300);
    uint64_t first = from_environment("XH_SEED", 1), seed = first;
    struct world w = {.before = calloc(1, sizeof(struct model)),
                      .after = calloc(1, sizeof(struct model))};
    for (uint64_t done = 0; done < cuts; done += LIVES_OF_A_STORE) {
        live_on(&w, seed++, LIVES_OF_A_STORE);
    }
    print_message("seeds %llu to %llu: %llu failures (%llu of a sync), %llu calls acknowledged;"
                  " of calls under way %llu had happened, %llu had not\n",
                  (unsigned long long)first, (unsigned long long)seed - 1, (unsigned long long)cuts,
                  (unsigned long long)w.sync_failures, (unsigned long long)w.acknowledged,
                  (unsigned long long)w.kept_unacknowledged,
                  (unsigned long long)w.lost_unacknowledged);
    assert_true(w.acknowledged > 0);
    assert_true(cuts < 100 || (w.kept_unacknowledged > 0 && w.lost_unacknowledged > 0));
    free(w.before);
    free(w.after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_when_the_power_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
