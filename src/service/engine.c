/* engine.c: opening and closing a data folder, and finding what the rooms brought by name. */
#include "service/engine_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "service/jobs_internal.h"
#include "service/records.h"

/* ---- names ---- */

static void name_put(struct xh_engine *engine, const char *kind, const char *room, const char *name,
                     const void *row)
{
    struct xh_str key = xh_arena_format(engine->arena, "%s %s.%s", kind, room, name);
    (void)xh_map_put(engine->names, key, (void *)(uintptr_t)row);
}

static void names_of(struct xh_engine *engine, const struct xh_domain *d)
{
    for (size_t i = 0; i < d->record_count; i++) {
        name_put(engine, "record", d->name, d->records[i]->name, d->records[i]);
        struct xh_str path = xh_arena_format(engine->arena, "path %s/%s", d->name,
                                             d->records[i]->plural);
        (void)xh_map_put(engine->names, path, (void *)(uintptr_t)d->records[i]);
    }
    for (size_t i = 0; i < d->action_count; i++) {
        name_put(engine, "action", d->name, d->actions[i].name, &d->actions[i]);
    }
    for (size_t i = 0; i < d->query_count; i++) {
        name_put(engine, "query", d->name, d->queries[i].name, &d->queries[i]);
    }
    for (size_t i = 0; i < d->indicator_count; i++) {
        name_put(engine, "indicator", d->name, d->indicators[i].name, &d->indicators[i]);
    }
    for (size_t i = 0; i < d->job_count; i++) {
        name_put(engine, "job", d->name, d->jobs[i].name, &d->jobs[i]);
    }
    for (size_t i = 0; i < d->quantity_count; i++) {
        name_put(engine, "quantity", d->name, d->quantities[i].name, &d->quantities[i]);
    }
    for (size_t i = 0; i < d->tariff_count; i++) {
        struct xh_str key = xh_arena_format(engine->arena, "tariff %s", d->tariffs[i]->code);
        (void)xh_map_put(engine->names, key, (void *)(uintptr_t)d->tariffs[i]);
    }
}

void *xh__name_get(const struct xh_engine *engine, const char *kind, struct xh_str name)
{
    char key[256];
    int len = snprintf(key, sizeof key, "%s %.*s", kind, XH_STR_ARG(name));
    if (len < 0 || (size_t)len >= sizeof key) {
        return NULL;
    }
    return xh_map_get(engine->names, (struct xh_str){key, (size_t)len});
}

const struct xh_record_type *xh_engine_record_type(const struct xh_engine *engine,
                                                   struct xh_str name)
{
    bool is_path = xh_str_find_char(name, '/') >= 0;
    return xh__name_get(engine, is_path ? "path" : "record", name);
}

const struct xh_action *xh_engine_action(const struct xh_engine *engine, struct xh_str name)
{
    return xh__name_get(engine, "action", name);
}

const struct xh_query *xh_engine_query(const struct xh_engine *engine, struct xh_str name)
{
    return xh__name_get(engine, "query", name);
}

const struct xh_indicator *xh_engine_indicator(const struct xh_engine *engine, struct xh_str name)
{
    return xh__name_get(engine, "indicator", name);
}

const struct xh_job *xh_engine_job(const struct xh_engine *engine, struct xh_str name)
{
    return xh__name_get(engine, "job", name);
}

const struct xh_quantity *xh_engine_quantity(const struct xh_engine *engine, struct xh_str name)
{
    return xh__name_get(engine, "quantity", name);
}

const struct xh_tariff *xh_engine_tariff(const struct xh_engine *engine, struct xh_str code)
{
    return xh__name_get(engine, "tariff", code);
}

const struct xh_domain *xh_engine_domain(const struct xh_engine *engine, struct xh_str name)
{
    for (size_t i = 0; i < engine->domain_count; i++) {
        if (xh_str_is(name, engine->domains[i]->name)) {
            return engine->domains[i];
        }
    }
    return NULL;
}

const struct xh_domain *const *xh_engine_domains(const struct xh_engine *engine, size_t *ret_count)
{
    *ret_count = engine->domain_count;
    return engine->domains;
}

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
        names_of(engine, engine->domains[i]);
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
        xh__registry_create, xh__use_create,     xh__ingest_create, xh__seed,
        xh__jobs_create,
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
    xh__ingest_destroy(engine); /* waits for the readings that are on their way */
    xh_tsdb_close(engine->tsdb);
    xh_rel_close(engine->rel); /* its last listeners still use what follows */
    xh__jobs_destroy(engine);
    xh__use_destroy(engine);
    xh__registry_destroy(engine);
    xh__dated_destroy(engine);
    xh__changes_destroy(engine);
    xh__people_destroy(engine);
    xh__records_destroy(engine);
    if (engine->lock_fd >= 0) {
        (void)close(engine->lock_fd);
    }
    xh_map_destroy(engine->names);
    xh_arena_destroy(engine->arena);
    free(engine);
}

const struct xh_env *xh_engine_env(const struct xh_engine *engine)
{
    return engine->env;
}

const char *xh_engine_dir(const struct xh_engine *engine)
{
    return engine->dir;
}

struct xh_log *xh_engine_log(const struct xh_engine *engine)
{
    return engine->log;
}

struct xh_rel *xh_engine_rel(struct xh_engine *engine)
{
    return engine->rel;
}

struct xh_tsdb *xh_engine_tsdb(struct xh_engine *engine)
{
    return engine->tsdb;
}

/* ---- running ---- */

void xh_engine_ctx(struct xh_engine *engine, const struct xh_who *who, struct xh_arena *arena,
                   struct xh_ctx *ret)
{
    *ret = (struct xh_ctx){
        .host = &engine->host,
        .who = who,
        .arena = arena,
        .now_us = xh_env_now_us(engine->env),
    };
}

struct xh_engine *xh_ctx_engine(const struct xh_ctx *ctx)
{
    return ctx->host->self;
}

int xh_engine_run_action(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                         struct xh_doc **ret_out, struct xh_err *err)
{
    const struct xh_action *action = xh_engine_action(xh_ctx_engine(ctx), xh_str_from(name));
    if (action == NULL) {
        return xh_err_set(err, XH_E_NOT_FOUND, "there is no action \"%s\"", name);
    }
    enum xh_may may = action->is_read ? xh_may_read(&action->access, ctx->who)
                                      : xh_may_write(&action->access, ctx->who);
    if (may == XH_MAY_NOT) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not do \"%s\"", ctx->who->name, name);
    }
    if (action->in != NULL && in == NULL) {
        in = xh_doc_create(ctx->arena, action->in);
    }
    int code = in != NULL ? xh_doc_check(in, err) : XH_E_OK;
    if (code < 0) {
        return code;
    }
    struct xh_in run_in = {.doc = in};
    struct xh_out out = {.doc = action->out ? xh_doc_create(ctx->arena, action->out) : NULL};
    code = action->run(ctx, &run_in, &out, err);
    if (code >= 0 && ret_out != NULL) {
        *ret_out = out.doc;
    }
    return code < 0 ? code : XH_E_OK;
}
