/* pair.h: a readings store and the oracle beside it. Each call is made on both, and all that they
 * answer is compared: codes, numbers, fates, readings bit by bit, sums within 4 ulp of the sum of
 * the absolute values. A difference fails the test and says how to come back to it.
 */
#ifndef XH_TEST_PAIR_H
#define XH_TEST_PAIR_H

#include "tsdb_help.h"

#include "oracle/oracle.h"

struct pair {
    struct xh_env_fault *fault; /* its clock is the store's */
    char base[64];              /* in memory where the machine can; removed in the end */
    char dir[80];
    struct xh_tsdb_options options;
    struct xh_tsdb *db;
    struct xh_oracle *oracle;
    uint64_t seed, operation;   /* for what is printed */
    const char *doing;
};

/* A new, empty pair; `options` are kept for each opening. */
struct pair *pair_create(const struct xh_tsdb_options *options, uint64_t seed, int64_t now_us);
void pair_destroy(struct pair *p);
void pair_reopen(struct pair *p);
/* Does not return when it is not so. */
void pair_check_that(const struct pair *p, bool is_so, const char *what);

/* ---- writing; all return the code that both gave ---- */

int pair_declare(struct pair *p, const struct xh_series_key *keys, size_t count,
                 enum xh_series_policy policy);
/* is_submitted: by xh_tsdb_submit. The batch's ret_... are NULL. */
int pair_append(struct pair *p, const struct xh_tsdb_batch *batch, bool is_submitted);
int pair_retract(struct pair *p, const struct xh_series_key *key, uint64_t seq_from,
                 uint64_t seq_to, int64_t at_us);
int pair_erase(struct pair *p, const struct xh_series_key *key, int64_t from_us, int64_t to_us);
int pair_retain(struct pair *p, const struct xh_tsdb_retention *retention);
void pair_tend(struct pair *p, unsigned tending);

/* ---- reading ---- */

/* A range read at once, `capacity` readings a call. */
void pair_range(struct pair *p, const struct xh_tsdb_range *range, size_t capacity);

struct pair_cursor {
    struct xh_tsdb_cursor *store;
    struct xh_oracle_cursor *oracle;
};
void pair_cursor_open(struct pair *p, const struct xh_tsdb_range *range, struct pair_cursor *ret);
/* Up to `capacity` more; false at the end. */
bool pair_cursor_next(struct pair *p, struct pair_cursor *cursor, size_t capacity);
void pair_cursor_close(struct pair_cursor *cursor); /* zeroed is fine */

/* last, before, after */
void pair_nearest(struct pair *p, const struct xh_series_key *key, int64_t at_us,
                  int64_t as_known_us);
void pair_get(struct pair *p, const struct xh_series_key *key, uint64_t seq);
void pair_last_of(struct pair *p, const struct xh_series_key *keys, size_t count);
void pair_windows(struct pair *p, const struct xh_series_key *key, const int64_t *edges_us,
                  size_t window_count, int64_t as_known_us);
/* What the oracle does not know is computed from its readings, each by its definition in tsdb.h. */
void pair_aggregate(struct pair *p, const struct xh_tsdb_question *question);

/* ---- all of it ---- */

/* Every series with all its readings, the lists, the counts. */
void pair_whole(struct pair *p);
/* xh_tsdb_check finds nothing. */
void pair_check(struct pair *p);
/* A backup is opened as a store of its own and is what the oracle says. */
void pair_backup(struct pair *p);

/* ---- for the files of the pair ---- */

bool pair_is_equal(const struct xh_reading *a, const struct xh_reading *b);
/* What the oracle has of a range; the caller frees. */
struct xh_reading *pair_oracle_range(struct pair *p, const struct xh_tsdb_range *range,
                                     size_t *ret_count);

#endif
