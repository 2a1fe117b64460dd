/* device_internal.h: what the files of devices share: keys (device_keys.c), what is known of each
 * (device_state.c, device_store.c), and those who watch one (device_tail.c). */
#ifndef XH_SERVICE_DEVICE_INTERNAL_H
#define XH_SERVICE_DEVICE_INTERNAL_H

#include "service/device_state.h"
#include "service/engine_internal.h"

extern const struct xh_rel_table xh__device_key_table;
extern const struct xh_rel_table xh__device_state_table; /* of derived.db */

int xh__device_keys_create(struct xh_engine *engine, struct xh_err *err);
void xh__device_keys_destroy(struct xh_engine *engine);
int xh__device_tail_create(struct xh_engine *engine, struct xh_err *err);
void xh__device_tail_destroy(struct xh_engine *engine);
bool xh__device_tail_is_idle(struct xh_engine *engine);
/* Reads derived.db; before the first reading comes in. */
int xh__device_states_create(struct xh_engine *engine, struct xh_err *err);
void xh__device_states_destroy(struct xh_engine *engine); /* saves; before derived.db is closed */

/* ---- device_note.c: what a batch of readings tells of devices ---- */

struct xh__ingest_work;
/* On the committer's thread, after the rows are on disk. */
void xh__device_note(struct xh__ingest_work *work);

/* ---- device_state.c ---- */

/* What readings of one series tell; a batch is one instant. */
struct xh__device_told {
    int64_t device_id, series_id;
    int64_t arrival_us;          /* when it was heard */
    int64_t at_us;               /* the latest of its readings; 0: none */
    int64_t period_us;
    uint64_t readings, refused;
    bool is_history;             /* old, and said to be: nothing about clock and rate */
    bool is_clock_refused;       /* a row was refused for its time */
    const struct xh_err *why;    /* of a refusal; NULL: none */
    struct xh_device_signs signs;
};
void xh__device_told_add(struct xh_engine *engine, const struct xh__device_told *told,
                         size_t count);

/* As kept on disk: the sums of struct xh_device_state without what is judged. */
struct xh__device_kept {
    int64_t device_id, first_us, seen_us, reading_us, offset_us, refused_us, clock_refused_us;
    uint64_t readings, refused;
    struct xh_device_signs signs;
    char firmware[64];
    char refusal[256];
};

/* ---- device_store.c: derived.db ---- */

int xh__device_states_load(struct xh_engine *engine,
                           void (*each)(void *arg, const struct xh__device_kept *kept), void *arg,
                           struct xh_err *err);
int xh__device_states_write(struct xh_engine *engine, const struct xh__device_kept *kept,
                            size_t count, struct xh_err *err); /* blocks */
/* Does not block; kept is freed when it is done. False: it could not be handed on, and is freed. */
bool xh__device_states_submit(struct xh_engine *engine, struct xh__device_kept *kept,
                              size_t count);

#endif
