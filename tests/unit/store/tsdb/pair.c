#include "pair.h"

#include <pthread.h>
#include <unistd.h>

/* ---- opening ---- */

void pair_check_that(const struct pair *p, bool is_so, const char *what)
{
    if (!is_so) {
        fail_msg("operation %llu (%s): %s; again: XH_SEED=%llu XH_OPERATIONS=%llu",
                 (unsigned long long)p->operation, p->doing, what, (unsigned long long)p->seed,
                 (unsigned long long)p->operation);
    }
}

static struct xh_tsdb *open_store(const struct pair *p, const char *dir)
{
    struct xh_err err = {0};
    struct xh_tsdb *db = NULL;
    if (xh_tsdb_open_as(xh_env_fault_env(p->fault), dir, &p->options, &db, &err) != 0) {
        pair_check_that(p, false, err.text);
    }
    return db;
}

struct pair *pair_create(const struct xh_tsdb_options *options, uint64_t seed, int64_t now_us)
{
    struct pair *p = calloc(1, sizeof(*p));
    assert_non_null(p);
    p->options = *options;
    p->seed = seed;
    p->doing = "open";
    p->fault = xh_env_fault_create(seed, now_us);
    bool is_in_memory = access("/dev/shm", W_OK) == 0;
    snprintf(p->base, sizeof(p->base), "%s/xanh-pair-XXXXXX", is_in_memory ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(p->base));
    snprintf(p->dir, sizeof(p->dir), "%s/readings", p->base);
    p->db = open_store(p, p->dir);
    assert_int_equal(xh_oracle_open(&p->oracle, NULL), 0);
    return p;
}

void pair_destroy(struct pair *p)
{
    xh_tsdb_close(p->db);
    xh_oracle_close(p->oracle);
    remove_tree(p->base);
    xh_env_fault_destroy(p->fault);
    free(p);
}

void pair_reopen(struct pair *p)
{
    xh_tsdb_close(p->db);
    p->db = open_store(p, p->dir);
}

/* ---- writing ---- */

static int same_code(const struct pair *p, int store, int oracle, const struct xh_err *err)
{
    if (store != oracle) {
        char text[400];
        snprintf(text, sizeof(text), "the store gave %d (%s), the oracle %d", store,
                 store < 0 ? err->text : "fine", oracle);
        pair_check_that(p, false, text);
    }
    return store;
}

int pair_declare(struct pair *p, const struct xh_series_key *keys, size_t count,
                 enum xh_series_policy policy)
{
    struct xh_err err = {0};
    int rc = xh_tsdb_declare(p->db, keys, count, policy, &err);
    return same_code(p, rc, xh_oracle_declare(p->oracle, keys, count, policy, NULL), &err);
}

struct wait {
    pthread_mutex_t mutex;
    pthread_cond_t is_done;
    bool has_ended;
    int status;
    struct xh_err err;
};

static void note_done(void *arg, int status, const struct xh_err *err)
{
    struct wait *wait = arg;
    pthread_mutex_lock(&wait->mutex);
    wait->status = status;
    if (err != NULL) {
        wait->err = *err;
    }
    wait->has_ended = true;
    pthread_cond_signal(&wait->is_done);
    pthread_mutex_unlock(&wait->mutex);
}

static int submit_and_wait(struct xh_tsdb *db, const struct xh_tsdb_batch *batch,
                           struct xh_err *err)
{
    struct wait wait = {.mutex = PTHREAD_MUTEX_INITIALIZER, .is_done = PTHREAD_COND_INITIALIZER};
    int rc = xh_tsdb_submit(db, batch, note_done, &wait, err);
    if (rc == 0) {
        pthread_mutex_lock(&wait.mutex);
        while (!wait.has_ended) {
            pthread_cond_wait(&wait.is_done, &wait.mutex);
        }
        pthread_mutex_unlock(&wait.mutex);
        rc = wait.status;
        *err = wait.err;
    }
    pthread_cond_destroy(&wait.is_done);
    pthread_mutex_destroy(&wait.mutex);
    return rc;
}

int pair_append(struct pair *p, const struct xh_tsdb_batch *batch, bool is_submitted)
{
    size_t count = batch->row_count;
    uint64_t *seqs = calloc(2 * count + 1, sizeof(*seqs));
    uint8_t *fates = calloc(2 * count + 1, sizeof(*fates));
    assert_non_null(seqs);
    assert_non_null(fates);
    struct xh_tsdb_batch store = *batch, oracle = *batch;
    store.ret_seq = seqs;
    store.ret_fate = fates;
    oracle.ret_seq = seqs + count;
    oracle.ret_fate = fates + count;
    struct xh_err err = {0};
    int rc = is_submitted ? submit_and_wait(p->db, &store, &err)
                          : xh_tsdb_append(p->db, &store, &err);
    same_code(p, rc, xh_oracle_append(p->oracle, &oracle, NULL), &err);
    for (size_t i = 0; i < count && rc == 0; i++) {
        pair_check_that(p, fates[i] == fates[count + i], "the fate of a reading");
        pair_check_that(p, seqs[i] == seqs[count + i], "the number of a reading");
    }
    free(seqs);
    free(fates);
    return rc;
}

static void same_count(const struct pair *p, uint64_t store, uint64_t oracle)
{
    if (store != oracle) {
        char text[100];
        snprintf(text, sizeof(text), "the store counts %llu readings, the oracle %llu",
                 (unsigned long long)store, (unsigned long long)oracle);
        pair_check_that(p, false, text);
    }
}

int pair_retract(struct pair *p, const struct xh_series_key *key, uint64_t seq_from,
                 uint64_t seq_to, int64_t at_us)
{
    struct xh_err err = {0};
    uint64_t store = 0, oracle = 0;
    int rc = xh_tsdb_retract(p->db, key, seq_from, seq_to, at_us, &store, &err);
    same_code(p, rc, xh_oracle_retract(p->oracle, key, seq_from, seq_to, at_us, &oracle, NULL),
              &err);
    same_count(p, store, oracle);
    return rc;
}

int pair_erase(struct pair *p, const struct xh_series_key *key, int64_t from_us, int64_t to_us)
{
    struct xh_err err = {0};
    uint64_t store = 0, oracle = 0;
    int rc = xh_tsdb_erase(p->db, key, from_us, to_us, &store, &err);
    same_code(p, rc, xh_oracle_erase(p->oracle, key, from_us, to_us, &oracle, NULL), &err);
    pair_check_that(p, store == oracle, "the count of an erasure");
    return rc;
}

int pair_retain(struct pair *p, const struct xh_tsdb_retention *retention)
{
    struct xh_err err = {0};
    uint64_t store = 0, oracle = 0;
    int rc = xh_tsdb_retain(p->db, retention, &store, &err);
    same_code(p, rc, xh_oracle_retain(p->oracle, retention, &oracle, NULL), &err);
    same_count(p, store, oracle);
    return rc;
}

void pair_tend(struct pair *p, unsigned tending)
{
    struct xh_err err = {0};
    int rc = xh_tsdb_tend(p->db, tending, &err);
    same_code(p, rc, 0, &err);
}

/* ---- reading ---- */

bool pair_is_equal(const struct xh_reading *a, const struct xh_reading *b)
{
    return a->at_us == b->at_us && memcmp(&a->value, &b->value, sizeof(a->value)) == 0 &&
           a->arrival_us == b->arrival_us && a->seq == b->seq && a->quality == b->quality &&
           a->decimals == b->decimals && a->is_in_force == b->is_in_force &&
           a->is_retracted == b->is_retracted;
}

static void print_reading(char *text, size_t size, const char *who, const struct xh_reading *r)
{
    snprintf(text, size, "%s: at %lld value %.17g arrival %lld seq %llu quality %u decimals %d%s%s",
             who, (long long)r->at_us, r->value, (long long)r->arrival_us,
             (unsigned long long)r->seq, r->quality, r->decimals,
             r->is_in_force ? " in force" : "", r->is_retracted ? " retracted" : "");
}

static void same_reading(const struct pair *p, const struct xh_reading *store,
                         const struct xh_reading *oracle)
{
    if (!pair_is_equal(store, oracle)) {
        char a[240], b[240], text[600];
        print_reading(a, sizeof(a), "store", store);
        print_reading(b, sizeof(b), "oracle", oracle);
        snprintf(text, sizeof(text), "another reading\n  %s\n  %s\n", a, b);
        pair_check_that(p, false, text);
    }
}

struct xh_reading *pair_oracle_range(struct pair *p, const struct xh_tsdb_range *range,
                                     size_t *ret_count)
{
    enum { STEP = 4096 };
    struct xh_oracle_cursor *cursor = NULL;
    assert_int_equal(xh_oracle_read(p->oracle, range, &cursor, NULL), 0);
    struct xh_reading *readings = NULL;
    size_t count = 0;
    ptrdiff_t got = 0;
    do {
        readings = realloc(readings, (count + STEP) * sizeof(*readings));
        assert_non_null(readings);
        got = xh_oracle_next(cursor, readings + count, STEP, NULL);
        assert_true(got >= 0);
        count += (size_t)got;
    } while (got > 0);
    xh_oracle_cursor_close(cursor);
    *ret_count = count;
    return readings;
}

void pair_cursor_open(struct pair *p, const struct xh_tsdb_range *range, struct pair_cursor *ret)
{
    struct xh_err err = {0};
    int rc = xh_tsdb_read(p->db, range, &ret->store, &err);
    same_code(p, rc, xh_oracle_read(p->oracle, range, &ret->oracle, NULL), &err);
}

bool pair_cursor_next(struct pair *p, struct pair_cursor *cursor, size_t capacity)
{
    struct xh_err err = {0};
    struct xh_reading *readings = calloc(2 * capacity, sizeof(*readings));
    assert_non_null(readings);
    struct xh_reading *wanted = readings + capacity;
    ptrdiff_t got = xh_tsdb_next(cursor->store, readings, capacity, &err);
    pair_check_that(p, got >= 0, err.text);
    size_t limit = got > 0 ? (size_t)got : 1;
    ptrdiff_t want = xh_oracle_next(cursor->oracle, wanted, limit, NULL);
    for (ptrdiff_t i = 0; i < got && i < want; i++) {
        same_reading(p, &readings[i], &wanted[i]);
    }
    pair_check_that(p, got >= want, "a reading is missing at the end");
    pair_check_that(p, got <= want, "there are readings past the end");
    free(readings);
    return got > 0;
}

void pair_cursor_close(struct pair_cursor *cursor)
{
    xh_tsdb_cursor_close(cursor->store);
    xh_oracle_cursor_close(cursor->oracle);
    *cursor = (struct pair_cursor){0};
}

void pair_range(struct pair *p, const struct xh_tsdb_range *range, size_t capacity)
{
    struct pair_cursor cursor = {0};
    pair_cursor_open(p, range, &cursor);
    while (cursor.store != NULL && pair_cursor_next(p, &cursor, capacity)) {
    }
    pair_cursor_close(&cursor);
}

static void same_answer(const struct pair *p, int store_rc, int oracle_rc,
                        const struct xh_reading *store, const struct xh_reading *oracle,
                        const struct xh_err *err)
{
    if (same_code(p, store_rc, oracle_rc, err) == 0) {
        same_reading(p, store, oracle);
    }
}

void pair_nearest(struct pair *p, const struct xh_series_key *key, int64_t at_us,
                  int64_t as_known_us)
{
    struct xh_err err = {0};
    struct xh_reading store, oracle;
    int rc = xh_tsdb_last(p->db, key, &store, &err);
    same_answer(p, rc, xh_oracle_last(p->oracle, key, &oracle, NULL), &store, &oracle, &err);
    rc = xh_tsdb_before(p->db, key, at_us, as_known_us, &store, &err);
    same_answer(p, rc, xh_oracle_before(p->oracle, key, at_us, as_known_us, &oracle, NULL), &store,
                &oracle, &err);
    rc = xh_tsdb_after(p->db, key, at_us, as_known_us, &store, &err);
    same_answer(p, rc, xh_oracle_after(p->oracle, key, at_us, as_known_us, &oracle, NULL), &store,
                &oracle, &err);
}

void pair_get(struct pair *p, const struct xh_series_key *key, uint64_t seq)
{
    struct xh_err err = {0};
    struct xh_reading store, oracle;
    int rc = xh_tsdb_get(p->db, key, seq, &store, &err);
    same_answer(p, rc, xh_oracle_get(p->oracle, key, seq, &oracle, NULL), &store, &oracle, &err);
}

void pair_last_of(struct pair *p, const struct xh_series_key *keys, size_t count)
{
    struct xh_err err = {0};
    struct xh_reading *store = calloc(count + 1, sizeof(*store));
    assert_non_null(store);
    int rc = xh_tsdb_last_of(p->db, keys, count, store, &err);
    struct pair_cursor cursor = {0};
    for (size_t i = 0; i < count; i++) {
        struct xh_reading oracle;
        struct xh_tsdb_range nothing = {.key = keys[i]};
        int known = xh_oracle_read(p->oracle, &nothing, &cursor.oracle, NULL);
        pair_cursor_close(&cursor);
        if (known < 0) {
            pair_check_that(p, rc == known, "a series that was not declared is among the last");
            break;
        }
        int want = xh_oracle_last(p->oracle, &keys[i], &oracle, NULL);
        pair_check_that(p, rc < 0 || (want == 0) == (store[i].seq != 0), "whether there is a last");
        if (rc == 0 && want == 0) {
            same_reading(p, &store[i], &oracle);
        }
    }
    free(store);
}

/* ---- all of it ---- */

struct listed {
    struct pair *p;
    struct xh_series_key *keys;
    uint64_t *counts;
    enum xh_series_policy *policies;
    size_t count, capacity;
    uint64_t reading_count;
};

static int note_series(void *arg, const struct xh_series_key *key, enum xh_series_policy policy,
                       uint64_t reading_count)
{
    struct listed *listed = arg;
    if (listed->count < listed->capacity) {
        listed->keys[listed->count] = *key;
        listed->counts[listed->count] = reading_count;
        listed->policies[listed->count] = policy;
    }
    listed->count++;
    listed->reading_count += reading_count;
    return 0;
}

enum { LISTED_MAX = 512 };

static void same_list(struct pair *p, struct xh_tsdb *db, struct listed *oracle)
{
    struct xh_series_key keys[LISTED_MAX];
    uint64_t counts[LISTED_MAX];
    enum xh_series_policy policies[LISTED_MAX];
    struct listed store = {p, keys, counts, policies, 0, LISTED_MAX, 0};
    struct xh_err err = {0};
    same_code(p, xh_tsdb_each_series(db, note_series, &store, &err), 0, &err);
    pair_check_that(p, store.count == oracle->count, "how many series are listed");
    for (size_t i = 0; i < store.count; i++) {
        size_t at = 0;
        while (at < oracle->count && memcmp(&keys[i], &oracle->keys[at], sizeof(keys[i])) != 0) {
            at++;
        }
        pair_check_that(p, at < oracle->count, "a series is listed that was not declared");
        pair_check_that(p, policies[i] == oracle->policies[at], "the policy of a listed series");
        pair_check_that(p, counts[i] == oracle->counts[at], "the count of a listed series");
    }
    struct xh_tsdb_stats stats;
    same_code(p, xh_tsdb_get_stats(db, &stats, &err), 0, &err);
    pair_check_that(p, stats.series_count == oracle->count, "the count of all series");
    pair_check_that(p, stats.reading_count == oracle->reading_count, "the count of all readings");
}

static void same_whole(struct pair *p, struct xh_tsdb *db)
{
    struct xh_series_key keys[LISTED_MAX];
    uint64_t counts[LISTED_MAX];
    enum xh_series_policy policies[LISTED_MAX];
    struct listed oracle = {p, keys, counts, policies, 0, LISTED_MAX, 0};
    assert_int_equal(xh_oracle_each_series(p->oracle, note_series, &oracle, NULL), 0);
    assert_true(oracle.count <= LISTED_MAX);
    same_list(p, db, &oracle);
    struct xh_tsdb *own = p->db;
    p->db = db;
    for (size_t i = 0; i < oracle.count; i++) {
        struct xh_tsdb_range range = {.key = keys[i],
                                      .from_us = XH_TIME_MIN,
                                      .to_us = XH_TIME_MAX + 1,
                                      .with_corrected = true};
        pair_range(p, &range, 700);
    }
    p->db = own;
}

void pair_whole(struct pair *p)
{
    same_whole(p, p->db);
}

static void check_db(struct pair *p, struct xh_tsdb *db)
{
    pair_check_that(p, check_store(db) == 0, "the check finds faults");
}

void pair_check(struct pair *p)
{
    check_db(p, p->db);
}

void pair_backup(struct pair *p)
{
    char dir[96];
    struct xh_err err = {0};
    snprintf(dir, sizeof(dir), "%s/backup", p->base);
    same_code(p, xh_tsdb_backup(p->db, dir, &err), 0, &err);
    pair_check_that(p, xh_tsdb_backup(p->db, dir, NULL) == XH_E_CONFLICT, "a second backup there");
    struct xh_tsdb *copy = open_store(p, dir);
    same_whole(p, copy);
    check_db(p, copy);
    xh_tsdb_close(copy);
    remove_tree(dir);
}
