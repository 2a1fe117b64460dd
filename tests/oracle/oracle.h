/* oracle.h: a readings store made to be obviously right, to compare the real one with.
 *
 * It gives the answers that store/tsdb/tsdb.h promises, from three tables of SQLite in memory. It
 * keeps nothing: durability, damage and threads are not its subject. Each function does what the
 * one of tsdb.h with the same verb does, with the same errors; where tsdb.h is silent the comment
 * here says what is answered.
 *
 * Threads: one at a time. Memory: about 200 bytes a reading. When SQLite fails (no memory) the
 * answer is XH_E_INTERNAL and the oracle is to be closed.
 */
#ifndef XH_TESTS_ORACLE_H
#define XH_TESTS_ORACLE_H

#include "store/tsdb/tsdb.h"

struct xh_oracle;

int xh_oracle_open(struct xh_oracle **ret, struct xh_err *err); /* empty */
void xh_oracle_close(struct xh_oracle *db);                     /* NULL is fine */

/* ---- writing ---- */

int xh_oracle_declare(struct xh_oracle *db, const struct xh_series_key *keys, size_t count,
                      enum xh_series_policy policy, struct xh_err *err);
int xh_oracle_append(struct xh_oracle *db, const struct xh_tsdb_batch *batch, struct xh_err *err);
int xh_oracle_retract(struct xh_oracle *db, const struct xh_series_key *key, uint64_t seq_from,
                      uint64_t seq_to, int64_t at_us, uint64_t *ret_count, struct xh_err *err);
int xh_oracle_erase(struct xh_oracle *db, const struct xh_series_key *key, int64_t from_us,
                    int64_t to_us, uint64_t *ret_count, struct xh_err *err);

/* A step that is not over at before_us is left alone. */
int xh_oracle_retain(struct xh_oracle *db, const struct xh_tsdb_retention *retention,
                     uint64_t *ret_count, struct xh_err *err);

/* ---- reading ---- */

struct xh_oracle_cursor;
int xh_oracle_read(struct xh_oracle *db, const struct xh_tsdb_range *range,
                   struct xh_oracle_cursor **ret, struct xh_err *err);
ptrdiff_t xh_oracle_next(struct xh_oracle_cursor *cursor, struct xh_reading *readings,
                         size_t capacity, struct xh_err *err);
void xh_oracle_cursor_close(struct xh_oracle_cursor *cursor);

int xh_oracle_last(struct xh_oracle *db, const struct xh_series_key *key, struct xh_reading *ret,
                   struct xh_err *err);
int xh_oracle_before(struct xh_oracle *db, const struct xh_series_key *key, int64_t at_us,
                     int64_t as_known_us, struct xh_reading *ret, struct xh_err *err);
int xh_oracle_after(struct xh_oracle *db, const struct xh_series_key *key, int64_t at_us,
                    int64_t as_known_us, struct xh_reading *ret, struct xh_err *err);
int xh_oracle_get(struct xh_oracle *db, const struct xh_series_key *key, uint64_t seq,
                  struct xh_reading *ret, struct xh_err *err);
/* Sums add the values in order of time. */
int xh_oracle_windows(struct xh_oracle *db, const struct xh_series_key *key,
                      const int64_t *edges_us, size_t window_count, int64_t as_known_us,
                      struct xh_tsdb_window *ret_windows, struct xh_err *err);

/* ---- counting ---- */

/* In the order of declaration. */
int xh_oracle_each_series(struct xh_oracle *db, xh_tsdb_series_fn *series, void *arg,
                          struct xh_err *err);

#endif
