/* tsdb_help.h: what the tests of the readings store share. */
#ifndef XH_TEST_TSDB_HELP_H
#define XH_TEST_TSDB_HELP_H

#include "base/env_fault.h"
#include "store/tsdb/tsdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A store in a new folder, on the environment's twin. */
struct fixture {
    struct xh_env_fault *fault;
    const struct xh_env *env;
    char base[64]; /* the folder that is removed in the end */
    char dir[80];  /* the store's */
    struct xh_tsdb_options options;
    struct xh_tsdb *db;
};

struct fixture *fixture_create(void); /* opened */
struct fixture *fixture_create_as(const struct xh_tsdb_options *options);
void fixture_destroy(struct fixture *f);
void fixture_reopen(struct fixture *f);
int setup(void **state);
int teardown(void **state);

void remove_tree(const char *path);
struct xh_series_key key_of(uint32_t number);

struct answer {
    int status;
    uint64_t seq;
    enum xh_tsdb_fate fate;
};
/* One reading, with two decimals. */
struct answer put(struct xh_tsdb *db, uint32_t key, int64_t at_us, double value,
                  int64_t arrival_us);
struct answer put_quality(struct xh_tsdb *db, uint32_t key, int64_t at_us, double value,
                          int64_t arrival_us, uint8_t quality);
void declare(struct xh_tsdb *db, uint32_t key, enum xh_series_policy policy);

/* Everything a range gives, read `step` at a time; the caller frees. */
struct xh_reading *read_range(struct xh_tsdb *db, const struct xh_tsdb_range *range, size_t step,
                              size_t *ret_count);
/* The whole series, in force now. */
struct xh_reading *read_series(struct xh_tsdb *db, uint32_t key, size_t *ret_count);
size_t count_series(struct xh_tsdb *db, uint32_t key);
/* Memory to segments. */
void flush(struct fixture *f);
/* The path of the store's only file whose name begins so. */
void path_of_file(const struct fixture *f, const char *beginning, char path[128]);
/* Writes over a part of a file behind the store's back. */
void overwrite(const char *path, int64_t offset, const void *bytes, size_t len);
/* Prints each fault and returns their number. */
int64_t check_store(struct xh_tsdb *db);

#endif
