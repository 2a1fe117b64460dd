/* segment_help.h: what the tests of segments share: a disk in memory, rows of many kinds, and a
 * model: series whose rows are known, to be compared with what a segment says. */
#ifndef XH_TEST_SEGMENT_HELP_H
#define XH_TEST_SEGMENT_HELP_H

#include "base/arena.h"
#include "base/crc32c.h"
#include "base/disk_sim.h"
#include "base/rand.h"
#include "base/time.h"
#include "store/tsdb/segment_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A disk in memory with the folder "d". */
struct world {
    struct xh_disk_sim *sim;
    struct xh_env env;
    struct xh_buf bytes; /* for the test; finished with the world */
};
int world_setup(void **state);
int world_teardown(void **state);
void world_reset(struct world *w, uint64_t seed); /* an empty disk */
size_t count_files(struct world *w);
struct xh_buf read_file(struct world *w, const char *path);
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* Creation and finish that go well. */
struct xh__segment_writer *writer_of(struct world *w, const struct xh__segment_options *options,
                                     const int64_t *arrivals_us, size_t arrival_count);
struct xh__segment *seal(struct world *w, struct xh__segment_writer *writer, uint64_t number);
int64_t verify(const struct xh__segment *segment);

/* ---- rows; each replaces what rows held ---- */

void fill_register(struct xh__columns *rows, size_t count, uint64_t seed); /* every 15 minutes */
void fill_irregular(struct xh__columns *rows, size_t count, uint64_t seed); /* in every column */
void fill_example(struct xh__columns *rows, uint32_t id); /* of docs/formats/segment.md */
struct xh__columns part_of(const struct xh__columns *rows, size_t from, size_t count);
void check_same(const struct xh__columns *a, const struct xh__columns *b);

/* ---- models ---- */

struct model; /* series with ascending numbers, chosen by the seed; and a table of arrivals */
struct model *model_create(uint64_t seed);
void model_destroy(struct model *m);
/* Under that number, with chunks and squeezing by the seed; opened. */
struct xh__segment *model_write(const struct model *m, struct world *w, uint64_t number);
/* All rows, in order, and what the index says of them. */
void model_check(const struct model *m, const struct xh__segment *segment);

struct chunks {
    struct xh__chunk *items;
    size_t count;
};
struct chunks *chunks_of(const struct xh__segment *segment);
void chunks_destroy(struct chunks *chunks);
void check_same_chunk(const struct xh__chunk *a, const struct xh__chunk *b);
/* Parts by chance, seeks and folds, against the chunk's whole. */
void check_parts(const struct xh__segment *segment, const struct xh__chunk *chunk,
                 struct xh_rand *rand);

/* ---- hexadecimal ---- */

/* The bytes of the first block fenced as ```hex; what follows a '|' in a line is for people. */
void read_hex(struct xh_str text, struct xh_buf *ret);
void print_hex(struct xh_str bytes);

#endif
