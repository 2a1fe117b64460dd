/* twin.h: the twins of disk and environment, for the tests of what must survive. */
#ifndef XH_TEST_TWIN_H
#define XH_TEST_TWIN_H

#include "base/disk_sim.h"
#include "base/env_fault.h"
#include "base/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The folder that every test uses. */
#define TWIN_DIR "store"

struct twin {
    struct xh_disk_sim *sim;
    struct xh_env_fault *fault;
    struct xh_env env;
    struct xh_rand rand; /* for the test's own choices */
};

/* With the folder, durable. */
struct twin *twin_create(uint64_t seed);
void twin_destroy(struct twin *twin);
/* The power comes back; no fault is planned any more. */
void twin_calm(struct twin *twin);
/* The power goes, now if it did not yet, and comes back. */
void twin_cut(struct twin *twin);
/* The bytes of a file in the folder; the caller frees. */
uint8_t *twin_bytes(struct twin *twin, const char *name, size_t *ret_len);
/* Changes or makes a file, durably. */
void twin_put(struct twin *twin, const char *name, uint64_t offset, const void *bytes, size_t len);
/* Flips a bit of what is durable. */
void twin_flip(struct twin *twin, const char *name, uint64_t byte, unsigned bit);
/* For seeds 1 to `seeds`: runs with the first fault, the second, ... until one run ends without it;
 * fails when that are fewer than 20 faults. `run` says whether its fault came. */
typedef bool twin_run_fn(uint64_t seed, uint64_t nth);
void twin_every_fault(uint64_t seeds, twin_run_fn *run);
/* How many names in the folder begin so; 0 also when there is no folder. */
size_t twin_count_names(struct twin *twin, const char *prefix);
/* The worked example of a document in docs/formats: the hex digits of its n-th block ```hex, n from
 * 0, as bytes. Text behind a ';' is a remark. */
size_t twin_example(const char *document, size_t nth, uint8_t *ret, size_t capacity);

#endif
