/* use_cache_internal.h: what is known in memory of the series whose days or sums are kept; shared
 * by use_cache.c and use_sum.c. */
#ifndef XH_SERVICE_USE_CACHE_INTERNAL_H
#define XH_SERVICE_USE_CACHE_INTERNAL_H

#include "service/use_internal.h"

/* Lives until the folder is closed. All but series_id is read and written under the lock. */
struct xh__use_note {
    int64_t series_id; /* its bytes are the key in the map */
    uint32_t writing, computing;
    int64_t writing_min_us; /* earliest of the writes under way; INT64_MAX: none */
    int64_t write_min_us;   /* earliest of all writes since computing began, or under way then */
    int64_t depends_us;     /* INT64_MIN: nothing is kept */
    /* For sums in memory: no final day in one depends on readings later than watched_us. */
    int64_t watched_us;
    uint64_t write_count, late_count; /* writes begun; those that reached back to watched_us */
    /* History that came in and was not computed yet: */
    bool has_history;
    struct xh__use_note *next_history;
    int64_t history_from_us, history_to_us;
    uint64_t history_tick;
};

struct xh__use {
    pthread_mutex_t lock;
    struct xh_map *notes;
    struct xh__use_note *first_history;
    uint64_t tick;
    uint64_t write_count; /* of all series */
    struct xh_map *sums;  /* use_sum.c */
    uint64_t sum_tick;
    struct xh__warm *warm;
};

/* Call with the lock held. */
struct xh__use_note *xh__use_note_get(struct xh__use *use, int64_t series_id);

/* use_sum.c: no sum is believed any more; and all memory given back. */
void xh__use_sums_forget(struct xh__use *use);
void xh__use_sums_free(struct xh__use *use);

#endif
