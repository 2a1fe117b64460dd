/* stock.h: a store made by hand for the tests of reading: rows in segments and memories as the test
 * says, and a plain list of the same rows that knows what each answer must be. */
#ifndef XH_TEST_STOCK_H
#define XH_TEST_STOCK_H

#include "base/arena.h"
#include "base/disk_sim.h"
#include "base/rand.h"
#include "store/tsdb/store_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct stock_row {
    uint32_t id;
    struct xh_reading reading;
    bool is_in_order;
};
struct stock_series {
    uint64_t next_seq;
    int64_t max_at_us;
};
struct stock {
    struct xh_disk_sim *sim;
    struct xh_env env;
    struct xh_tsdb db;             /* only what readers look at */
    struct xh_rand rand;
    uint32_t series_count;         /* every third keeps all, from number 2 on */
    struct stock_series *series;
    struct stock_row *rows;        /* in the order of acceptance */
    size_t count, capacity;
    size_t flushed;                /* rows that are in segments */
    struct xh__segment *segments[256];
    size_t segment_count;
    struct xh__manifest_retraction *retractions;
    struct xh__manifest_erasure *erasures;
    size_t retraction_count, erasure_count;
};

struct stock *stock_create(uint64_t seed, uint32_t series_count);
void stock_destroy(struct stock *s);
struct xh_series_key stock_key(uint32_t id);
bool stock_keeps_all(uint32_t id);

/* The next reading of a series; ever->is_in_force and seq are set. */
void stock_accept(struct stock *s, uint32_t id, const struct xh_reading *reading);
void stock_put(struct stock *s, uint32_t id, int64_t at_us, double value); /* good, 3 decimals */
/* What was accepted since the last flush goes to segments, one for each month. */
void stock_flush(struct stock *s, uint32_t chunk_rows);
/* The rest goes to memories, spread evenly, and is seen; no more segments after this. */
void stock_open(struct stock *s, size_t memory_count);
void stock_retract(struct stock *s, uint32_t id, uint64_t seq_from, uint64_t seq_to, int64_t at_us);
void stock_erase(struct stock *s, uint32_t id, int64_t from_us, int64_t to_us);

/* What a range must give; the caller frees. */
struct xh_reading *stock_expect(const struct stock *s, uint32_t id,
                                const struct xh_tsdb_range *range, size_t *ret_count);
/* What it gives, read `step` at a time; the caller frees. */
struct xh_reading *stock_read(struct stock *s, const struct xh_tsdb_range *range, size_t step,
                              size_t *ret_count);
void stock_check_range(struct stock *s, uint32_t id, struct xh_tsdb_range range, size_t step);
void stock_check_reading(const struct xh_reading *a, const struct xh_reading *b);

/* A stock by chance: collisions of times, late rows, corrections, retractions, erasures, rows that
 * arrive out of order, over few months; opened. */
struct stock *stock_by_chance(uint64_t seed);
int64_t stock_time(struct stock *s); /* an instant among those that such a stock has */

#endif
