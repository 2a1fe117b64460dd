/* model.h: random operations against a model in memory that knows no index, cache or page: it keeps
 * every reading in a list and answers each question by looking at all of them. What is compared
 * with it is a store of readings, or something that says it behaves like one.
 *
 * XH_SEEDS sets how many seeds are run (default 12), XH_SEED the first one; a failure prints its
 * seed.
 */
#ifndef XH_TEST_TSDB_MODEL_H
#define XH_TEST_TSDB_MODEL_H

#include "store/tsdb/tsdb.h"

struct model;

/* What is compared: calls as in tsdb.h, on what `create` made. */
struct model_subject {
    void *(*create)(void);
    void (*destroy)(void *self);
    void (*reopen)(void *self); /* NULL: it lives in memory only */
    /* In the end. It may ask the model. */
    void (*check)(void *self, const struct model *model);
    int (*declare)(void *self, const struct xh_series_key *key, enum xh_series_policy policy);
    int (*append)(void *self, const struct xh_tsdb_batch *batch);
    int (*retract)(void *self, const struct xh_series_key *key, uint64_t from, uint64_t to,
                   int64_t at_us, uint64_t *ret_count);
    int (*erase)(void *self, const struct xh_series_key *key, int64_t from_us, int64_t to_us,
                 uint64_t *ret_count);
    /* Everything a range gives, read `step` at a time; the caller frees. */
    struct xh_reading *(*read)(void *self, const struct xh_tsdb_range *range, size_t step,
                               size_t *ret_count);
    int (*before)(void *self, const struct xh_series_key *key, int64_t at_us, int64_t as_known_us,
                  struct xh_reading *ret);
    int (*after)(void *self, const struct xh_series_key *key, int64_t at_us, int64_t as_known_us,
                 struct xh_reading *ret);
    int (*get)(void *self, const struct xh_series_key *key, uint64_t seq, struct xh_reading *ret);
    int (*windows)(void *self, const struct xh_series_key *key, const int64_t *edges_us,
                   size_t count, int64_t as_known_us, struct xh_tsdb_window *ret);
};

/* Fails the test at the first answer that is another than the model's. */
void model_run(const struct model_subject *subject);

/* ---- for `check` ---- */

void model_check_that(const struct model *m, bool is_so, const char *what);
/* False: it was never declared. The count is of what is not erased. */
bool model_series_is(const struct model *m, const struct xh_series_key *key,
                     enum xh_series_policy policy, uint64_t *ret_count);

#endif
