/* engine.c: opening and closing a data folder. Above all other files of the folder: it makes each
 * part, in the order of engine_internal.h. What all of them ask of the engine is in
 * engine_names.c. */
#include "service/engine_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "service/device_internal.h"
#include "service/files_internal.h"
#include "service/jobs_internal.h"
#include "service/records.h"

/* ---- the folder ---- */

/* One process owns a folder: its number stands in `lock`, for whoever comes second. */
static int lock_folder(struct xh_engine *engine, struct xh_err *err)
{
    struct xh_str path = xh_arena_format(engine->arena, "%s/lock", engine->dir);
    engine->lock_fd = open(path.ptr, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (engine->lock_fd < 0) {
        return xh_err_errno(err, errno, "open", path.ptr);
    }
    if (flock(engine->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        char owner[32] = "";
        ssize_t len = pread(engine->lock_fd, owner, sizeof owner - 1, 0);
        owner[len > 0 ? len : 0] = '\0';
        owner[strcspn(owner, "\n")] = '\0';
        return xh_err_set(err, XH_E_BUSY, "the data folder \"%s\" is in use by process %s",
                          engine->dir, owner);
    }
    char mine[32];
    int len = snprintf(mine, sizeof mine, "%ld\n", (long)getpid());
    if (ftruncate(engine->lock_fd, 0) != 0 ||
        pwrite(engine->lock_fd, mine, (size_t)len, 0) != len) {
        return xh_err_errno(err, errno, "write", path.ptr);
    }
    return XH_E_OK;
}

static int check_rooms(struct xh_engine *engine, const struct xh_engine_options *options,
                       struct xh_err *err)
{
    engine->domain_count = options->room_count + 1;
    engine->domains = XH_NEW_ARRAY(engine->arena, const struct xh_domain *, engine->domain_count);
    engine->domains[0] = &xh_core_domain;
    for (size_t i = 0; i < options->room_count; i++) {
        engine->domains[i + 1] = options->rooms[i];
    }
    for (size_t i = 0; i < engine->domain_count; i++) {
        int code = xh_domain_check(engine->domains[i], err);
        if (code < 0) {
            return code;
        }
        xh__names_of(engine, engine->domains[i]);
    }
    engine->schema = xh_records_schema(engine->arena, engine->domains, engine->domain_count);
    return XH_E_OK;
}

/* The readings come first: a series whose record is there must find its store. */
static int open_stores(struct xh_engine *engine, struct xh_err *err)
{
    struct xh_str readings = xh_arena_format(engine->arena, "%s/readings", engine->dir);
    struct xh_str records = xh_arena_format(engine->arena, "%s/records.db", engine->dir);
    int code = xh_tsdb_open(engine->env, readings.ptr, &engine->tsdb, err);
    return code < 0 ? code
                    : xh_rel_open(engine->env, records.ptr, engine->schema, &engine->rel, err);
}

static int open_parts(struct xh_engine *engine, struct xh_err *err)
{
    int (*const parts[])(struct xh_engine *, struct xh_err *) = {
        xh__records_create,  xh__changes_create, xh__people_create, xh__dated_create,
        xh__registry_create, xh__use_create,     xh__device_states_create,
        xh__device_tail_create, xh__ingest_create, xh__observe_create,
        xh__vee_create, xh__seed,  xh__seed_sensors,
        xh__jobs_create,     xh__device_keys_create, xh__files_sweep,
    };
    int code = XH_E_OK;
    xh__host_fill(engine, &engine->host);
    for (size_t i = 0; code == XH_E_OK && i < XH_COUNT(parts); i++) {
        code = parts[i](engine, err);
    }
    return code;
}

int xh_engine_open(const struct xh_engine_options *options, struct xh_engine **ret,
                   struct xh_err *err)
{
    struct xh_engine *engine = xh_alloc(sizeof *engine);
    uint64_t hash_key = 0;
    xh_env_random(options->env, &hash_key, sizeof hash_key);
    engine->env = options->env;
    engine->log = options->log;
    engine->arena = xh_arena_create("dataset");
    engine->dir = xh_arena_text(engine->arena, xh_str_from(options->dir));
    engine->files = options->files;
    engine->file_count = options->file_count;
    engine->names = xh_map_create(hash_key);
    engine->lock_fd = -1;
    (void)pthread_mutex_init(&engine->erase_lock, NULL);

    int code = xh_dir_create(engine->env, engine->dir, err);
    code = code < 0 ? code : lock_folder(engine, err);
    code = code < 0 ? code : check_rooms(engine, options, err);
    code = code < 0 ? code : open_stores(engine, err);
    code = code < 0 ? code : open_parts(engine, err);
    if (code < 0) {
        xh_engine_close(engine);
        return code;
    }
    *ret = engine;
    return XH_E_OK;
}

void xh_engine_close(struct xh_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    xh_jobs_stop(engine);
    xh__observe_stop(engine);
    xh__ingest_destroy(engine); /* waits for the readings that are on their way */
    xh_tsdb_close(engine->tsdb);
    xh_rel_close(engine->rel); /* its last listeners still use what follows */
    xh__device_keys_destroy(engine);
    xh__jobs_destroy(engine);
    xh__vee_destroy(engine);
    xh__observe_destroy(engine);
    xh__device_tail_destroy(engine);
    xh__device_states_destroy(engine);
    xh__use_destroy(engine);
    xh__registry_destroy(engine);
    xh__dated_destroy(engine);
    xh__changes_destroy(engine);
    xh__people_destroy(engine);
    xh__records_destroy(engine);
    if (engine->lock_fd >= 0) {
        (void)close(engine->lock_fd);
    }
    (void)pthread_mutex_destroy(&engine->erase_lock);
    xh_map_destroy(engine->names);
    xh_arena_destroy(engine->arena);
    free(engine);
}
