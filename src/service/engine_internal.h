/* engine_internal.h: what the files of `service` share of an open data folder.
 *
 * The parts stand one upon the other; each calls those below it and none above:
 *
 *     engine.c                                       makes them, from below, and the seeds
 *     host.c                                         hands them to the rooms as one table
 *     billing                                        bills
 *     observe                                        observations: readings with side records
 *     ingest                jobs
 *     use                   indicator, query         consumption; numbers and reports
 *     registry              people, dated, seed      series in memory
 *     records, change                                two halves of one: a record and its trace
 *     engine_names.c                                 names, stores, contexts
 *
 * What a part below must tell one above goes by a function that the upper one hands down: listeners
 * of commits (change.h), the guard of records (records_internal.h), and xh_host for the rooms.
 *
 * Each part has its own struct, made by xh__<part>_create in the order below. Closing stops who
 * starts work (jobs, then readings on their way), then the stores, whose last listeners still use
 * the parts, then the parts in the reverse order.
 */
#ifndef XH_SERVICE_ENGINE_INTERNAL_H
#define XH_SERVICE_ENGINE_INTERNAL_H

#include <pthread.h>

#include "base/map.h"
#include "service/engine.h"

struct xh__records;  /* records_types.c: the types with their SQL */
struct xh__people;   /* people.c */
struct xh__changes;  /* change.c: listeners */
struct xh__registry; /* registry.c */
struct xh__dated;    /* dated_cache.c: the rows as a set, kept until core.dated changes */
struct xh__use;      /* use_cache.c, on derived.db */
struct xh__ingest;   /* ingest.c: listeners, counters */
struct xh__observe;  /* observe.c: batches on their way, features of series */
struct xh__vee;      /* vee_note.c: what is to be checked */
struct xh__jobs;     /* jobs.c: what is due, and its threads */
struct xh__device_keys;   /* device_keys.c */
struct xh__device_states; /* device_state.c: how each is */
struct xh__device_tail;   /* device_tail.c: those who watch one */

struct xh_engine {
    const struct xh_env *env;
    struct xh_log *log;
    struct xh_arena *arena; /* lifetime: dataset */
    const char *dir;
    int lock_fd;
    const struct xh_embed *files;
    size_t file_count;

    const struct xh_domain **domains; /* core first */
    size_t domain_count;
    struct xh_map *names;             /* "record room.name", "action room.name" ... -> table row */
    const struct xh_rel_schema *schema;

    struct xh_rel *rel, *derived;
    struct xh_tsdb *tsdb;
    struct xh_host host;

    struct xh__records *records;
    struct xh__people *people;
    struct xh__changes *changes;
    struct xh__registry *registry;
    struct xh__dated *dated;
    struct xh__use *use;
    struct xh__ingest *ingest;
    struct xh__observe *observe;
    struct xh__vee *vee;
    struct xh__jobs *jobs;
    struct xh__device_keys *device_keys;
    struct xh__device_states *device_states;
    struct xh__device_tail *device_tail;
    pthread_mutex_t erase_lock; /* erase.c: one erasure at a time, and its record with it */
};

int xh__records_create(struct xh_engine *engine, struct xh_err *err);
void xh__records_destroy(struct xh_engine *engine);
int xh__changes_create(struct xh_engine *engine, struct xh_err *err);
void xh__changes_destroy(struct xh_engine *engine);
int xh__people_create(struct xh_engine *engine, struct xh_err *err);
void xh__people_destroy(struct xh_engine *engine);
int xh__dated_create(struct xh_engine *engine, struct xh_err *err);
void xh__dated_destroy(struct xh_engine *engine);
int xh__registry_create(struct xh_engine *engine, struct xh_err *err);
void xh__registry_destroy(struct xh_engine *engine);
void xh__registry_guard(struct xh_engine *engine); /* registry_check.c */
int xh__use_create(struct xh_engine *engine, struct xh_err *err); /* opens derived.db */
void xh__use_destroy(struct xh_engine *engine);
int xh__ingest_create(struct xh_engine *engine, struct xh_err *err);
void xh__ingest_destroy(struct xh_engine *engine); /* waits; stops what computes days, too */

/* Settles what broke off. Stop waits, before ingest ends; destroy comes after the stores. */
int xh__observe_create(struct xh_engine *engine, struct xh_err *err);
void xh__observe_stop(struct xh_engine *engine);
void xh__observe_destroy(struct xh_engine *engine);

int xh__vee_create(struct xh_engine *engine, struct xh_err *err);
void xh__vee_destroy(struct xh_engine *engine);
/* vee_note.c: a larger value of the series is suspect; infinite: no rule says so. It does not
 * block. */
double xh__vee_door_most(struct xh_engine *engine, int64_t series_id);

/* host.c: the table of functions that rooms call. */
void xh__host_fill(struct xh_engine *engine, struct xh_host *ret);
/* seed.c: dated rows and administrative units of the embedded files. */
int xh__seed(struct xh_engine *engine, struct xh_err *err);
/* seed_sensors.c: series without a sensor get that of their device's kind. */
int xh__seed_sensors(struct xh_engine *engine, struct xh_err *err);
/* registry_place.c. What kind of instrument it is says nobody who names a meter: one generic sensor
 * for each kind of device stands for all of them, so that every series has one (18-088 8.2.4).
 * Found, or made; inside a transaction. */
int xh__sensor_make(struct xh_ctx *ctx, struct xh_str device_kind, int64_t *ret_id,
                    struct xh_err *err);
/* dated_cache.c: rows as known at ctx->as_known_us; borrowed until ctx->arena dies. */
int xh__dated_get(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err);

/* The table's extra tables (change, job cursor, ...), added to those of the rooms. */
extern const struct xh_rel_table xh__change_table, xh__job_table, xh__observation_table,
    xh__series_feature_table;

/* engine_names.c: makes what a room brought known by name. */
void xh__names_of(struct xh_engine *engine, const struct xh_domain *d);
/* A thing of a kind by full name; NULL when there is none. */
void *xh__name_get(const struct xh_engine *engine, const char *kind, struct xh_str name);

#endif
