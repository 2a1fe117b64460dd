/* engine_names.c: what an open data folder is asked by all: what the rooms brought, by name; its
 * stores; a context to call with; an action, run. Below all other parts: it knows none of them. */
#include "service/engine_internal.h"

#include <stdio.h>

/* ---- names ---- */

static void name_put(struct xh_engine *engine, const char *kind, const char *room, const char *name,
                     const void *row)
{
    struct xh_str key = xh_arena_format(engine->arena, "%s %s.%s", kind, room, name);
    (void)xh_map_put(engine->names, key, (void *)(uintptr_t)row);
}

void xh__names_of(struct xh_engine *engine, const struct xh_domain *d)
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

/* ---- what it holds ---- */

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
