/* sta_env.c: what $filter and $orderby ask of an entity: its properties, members of its JSON, and
 * both across links. What a link leads to is read for all entities of a batch at once and kept
 * until the batch is over; so a filter over Datastreams that looks at their Things costs two reads
 * for a thousand of them. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "server/sta/sta_read_internal.h"

enum { VALUES_MAX = 100000 }; /* of one path across links to many */

/* A link of the entities of a batch, followed. */
struct followed {
    const struct xh__sta_entity *batch;     /* NULL: of an observation, by its series or feature */
    int64_t key;
    const struct xh__sta_link *link;
    struct xh__sta_ids *ids;                /* by the batch's index */
    struct xh__sta_entity *targets;         /* ascending by id */
    size_t target_count;
    struct followed *next;
};
struct batch {
    const struct xh__sta_entity *entities;
    size_t count;
    struct batch *next;
};
struct xh__sta_known {
    struct batch *batches;
    struct followed *followed;
};

static int member(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                  size_t name_count, struct xh__odata_value *ret, struct xh_err *err);
static int related(struct xh__odata_env *env, const void *entity, const struct xh_str *names,
                   size_t name_count,
                   int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                   struct xh_err *err);

static int64_t monotonic_us(const struct xh__sta_reader *r)
{
    return xh_env_monotonic_us(xh_engine_env(xh_ctx_engine(r->ctx)));
}

void xh__sta_reader_init(struct xh__sta_reader *r, struct xh__sta_call *call)
{
    *r = (struct xh__sta_reader){.call = call, .ctx = call->ctx, .scan = *call->ctx};
    r->scan.arena = xh_arena_create("scan");
    r->rows_left = XH__STA_ROWS_MAX;
    r->expanded_left = XH__STA_EXPANDED_MAX;
    r->deadline_us = monotonic_us(r) + XH__STA_SECONDS_MAX * XH_US_PER_S;
    r->known = XH_NEW(r->scan.arena, struct xh__sta_known);
    r->env = (struct xh__odata_env){.arena = r->scan.arena,
                                    .now_us = call->ctx->now_us,
                                    .budget = XH__STA_NODES_MAX,
                                    .member = member,
                                    .related = related,
                                    .self = r};
}

void xh__sta_reader_finish(struct xh__sta_reader *r)
{
    xh_arena_destroy(r->scan.arena);
    r->scan.arena = NULL;
}

void xh__sta_reader_forget(struct xh__sta_reader *r)
{
    xh_arena_reset(r->scan.arena);
    r->known = XH_NEW(r->scan.arena, struct xh__sta_known);
}

void xh__sta_reader_batch(struct xh__sta_reader *r, const struct xh__sta_entity *entities,
                          size_t count)
{
    struct batch *batch = XH_NEW(r->scan.arena, struct batch);
    *batch = (struct batch){entities, count, r->known->batches};
    r->known->batches = batch;
}

int xh__sta_reader_spend(struct xh__sta_reader *r, uint64_t rows, struct xh_err *err)
{
    if (rows > r->rows_left) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$filter", XH_STR("more"), "2000000", "entities",
                            "more than %d entities would be looked at: ask for less, by "
                            "phenomenonTime or by Datastream",
                            XH__STA_ROWS_MAX);
    }
    r->rows_left -= rows;
    if (monotonic_us(r) > r->deadline_us) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$filter", XH_STR("longer"), "10", "s",
                            "the question takes longer than %d s: ask for less",
                            XH__STA_SECONDS_MAX);
    }
    return XH_E_OK;
}

/* ---- links ---- */

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static const struct xh__sta_entity *by_id(const struct followed *f, int64_t id)
{
    size_t low = 0, high = f->target_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->targets[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < f->target_count && f->targets[low].id == id ? &f->targets[low] : NULL;
}

static int targets_read(struct xh__sta_reader *r, struct followed *f, size_t count,
                        struct xh_err *err)
{
    size_t all = 0, unique = 0;
    for (size_t i = 0; i < count; i++) {
        all += f->ids[i].count;
    }
    int64_t *ids = XH_NEW_ARRAY(r->scan.arena, int64_t, all + 1);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < f->ids[i].count; j++) {
            ids[unique++] = f->ids[i].ids[j];
        }
    }
    qsort(ids, all, sizeof *ids, compare_ids);
    unique = 0;
    for (size_t i = 0; i < all; i++) {
        if (unique == 0 || ids[unique - 1] != ids[i]) {
            ids[unique++] = ids[i];
        }
    }
    int code = xh__sta_reader_spend(r, unique, err);
    f->targets = XH_NEW_ARRAY(r->scan.arena, struct xh__sta_entity, unique + 1);
    code = code < 0 || unique == 0 ? code
                                   : xh__sta_entities_get(&r->scan, f->link->target, ids, unique,
                                                          f->targets, &f->target_count, err);
    if (code >= 0) {
        xh__sta_reader_batch(r, f->targets, f->target_count);
    }
    return code;
}

/* Observations come and go, at one place in memory; but they share their series. */
static int64_t key_of(const struct xh__sta_entity *entity, const struct xh__sta_link *link)
{
    if (entity->type != XH__STA_OBSERVATION) {
        return 0;
    }
    return link->target == XH__STA_FEATURE ? entity->observation.feature_id
                                           : entity->observation.series_id;
}

/* What the link of an entity leads to: ids of what `*ret` holds. */
static int follow(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                  const struct xh__sta_link *link, const struct followed **ret, size_t *ret_index,
                  struct xh_err *err)
{
    const struct batch *b = r->known->batches;
    while (b != NULL && (entity < b->entities || entity >= b->entities + b->count)) {
        b = b->next;
    }
    const struct xh__sta_entity *first = b != NULL ? b->entities : entity;
    size_t count = b != NULL ? b->count : 1;
    const struct xh__sta_entity *batch = entity->type == XH__STA_OBSERVATION ? NULL : first;
    int64_t key = key_of(entity, link);
    *ret_index = (size_t)(entity - first);
    for (const struct followed *f = r->known->followed; f != NULL; f = f->next) {
        if (f->batch == batch && f->key == key && f->link == link) {
            *ret = f;
            return XH_E_OK;
        }
    }
    struct followed *f = XH_NEW(r->scan.arena, struct followed);
    *f = (struct followed){.batch = batch, .key = key, .link = link, .next = r->known->followed};
    f->ids = XH_NEW_ARRAY(r->scan.arena, struct xh__sta_ids, count + 1);
    int code = xh__sta_linked_of(&r->scan, first, count, link, f->ids, err);
    code = code < 0 ? code : targets_read(r, f, count, err);
    if (code >= 0) {
        r->known->followed = f;
        *ret = f;
    }
    return code;
}

/* Calls `each` for the observations of a Datastream or a feature. */
struct of_observations {
    int (*each)(void *arg, const void *entity, struct xh_err *err);
    void *arg;
    struct xh__sta_entity entity;
};
static int each_observation(void *arg, const struct xh_observation *observation, struct xh_err *err)
{
    struct of_observations *to = arg;
    to->entity = (struct xh__sta_entity){.type = XH__STA_OBSERVATION, .id = observation->id};
    to->entity.observation = *observation;
    return to->each(to->arg, &to->entity, err);
}

static int observations_of(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                           const struct xh__sta_link *link,
                           int (*each)(void *arg, const void *entity, struct xh_err *err),
                           void *arg, struct xh_err *err)
{
    static const struct xh__odata_query none = {.top = -1, .skip = -1};
    struct xh__sta_source source;
    const struct xh__sta_set set = {XH__STA_OBSERVATION, entity, link};
    struct of_observations to = {.each = each, .arg = arg};
    int code = xh__sta_source_of(r, &set, &none, &source, err);
    for (size_t i = 0; code == 0 && i < source.series_count; i++) {
        code = xh__sta_series_scan(r, &source, source.series_ids[i], false, NULL, each_observation,
                                   &to, err);
    }
    return code;
}

static int each_linked(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                       const struct xh__sta_link *link,
                       int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                       struct xh_err *err)
{
    const struct followed *f;
    size_t index;
    if (link->target == XH__STA_OBSERVATION) {
        return observations_of(r, entity, link, each, arg, err);
    }
    int code = follow(r, entity, link, &f, &index, err);
    for (size_t i = 0; code == 0 && i < f->ids[index].count; i++) {
        const struct xh__sta_entity *target = by_id(f, f->ids[index].ids[i]);
        code = target != NULL ? each(arg, target, err) : 0;
    }
    return code;
}

/* ---- properties ---- */

static int no_such(const struct xh__sta_entity *entity, struct xh_str name, struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, "$filter", xh_str_sub(name, 0, 90),
                        "a property or a link", NULL, "a %s has no property \"%.*s\"",
                        xh__sta_types[entity->type].name, XH_STR_ARG(xh_str_sub(name, 0, 60)));
}

bool xh__sta_json_member(struct xh_arena *arena, struct xh_str json, struct xh_str name,
                         struct xh_str *ret)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, json);
    enum xh_json_type type = xh_json_next(r);
    int64_t index = 0;
    if (type == XH_JSON_ARRAY && xh_int_parse(name, &index) >= 0 && index >= 0) {
        bool has = true;
        for (int64_t i = 0; has && i <= index; i++) {
            has = xh_json_raw(r, ret);
        }
        return has;
    }
    while (type == XH_JSON_OBJECT && xh_json_next(r) == XH_JSON_NAME) {
        bool is_it = xh_str_equal(xh_json_text(r), name);
        if (!xh_json_raw(r, ret)) {
            return false;
        }
        if (is_it) {
            return true;
        }
    }
    return false;
}

static int json_path(struct xh_arena *arena, struct xh__odata_value *value,
                     const struct xh_str *names, size_t name_count, struct xh_err *err)
{
    struct xh_str json = value->text;
    bool has = value->type == XH__ODATA_JSON ||
               (value->type == XH__ODATA_GEOMETRY && !value->is_wkt);
    for (size_t i = 0; has && i < name_count; i++) {
        has = xh__sta_json_member(arena, json, names[i], &json);
    }
    if (!has) {
        *value = (struct xh__odata_value){.type = XH__ODATA_NULL};
        return XH_E_OK;
    }
    return xh__odata_from_json(arena, json, value, err);
}

struct gather {
    struct xh__odata_env *env;
    const struct xh_str *names;
    size_t name_count;
    struct xh__odata_value *items;
    size_t count, capacity;
};

static int gather_add(struct gather *g, const struct xh__odata_value *value, struct xh_err *err)
{
    if (g->count == VALUES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "$filter", XH_STR("more"), "100000", "values",
                            "a path of the filter leads to more than %d values", VALUES_MAX);
    }
    g->items = xh_arena_grow(g->env->arena, g->items, &g->capacity, g->count + 1, sizeof *g->items);
    g->items[g->count++] = *value;
    return XH_E_OK;
}

static int gather_entity(void *arg, const void *entity, struct xh_err *err)
{
    struct gather *g = arg;
    struct xh__odata_value value;
    const struct xh__sta_entity *target = entity;
    if (g->name_count == 0) {
        value = (struct xh__odata_value){.type = XH__ODATA_INT, .integer = target->id};
        return gather_add(g, &value, err);
    }
    int code = member(g->env, entity, g->names, g->name_count, &value, err);
    if (code >= 0 && value.type == XH__ODATA_LIST) {
        for (size_t i = 0; code >= 0 && i < value.item_count; i++) {
            code = gather_add(g, &value.items[i], err);
        }
    } else if (code >= 0) {
        if (value.text.len > 0 && target->type == XH__STA_OBSERVATION) {
            value.text = xh_arena_str(g->env->arena, value.text); /* the cursor's own */
        }
        code = gather_add(g, &value, err);
    }
    return code < 0 ? code : 0;
}

static int across(struct xh__sta_reader *r, const struct xh__sta_entity *entity,
                  const struct xh__sta_link *link, const struct xh_str *names, size_t name_count,
                  struct xh__odata_value *ret, struct xh_err *err)
{
    struct gather g = {.env = &r->env, .names = names, .name_count = name_count};
    int code = each_linked(r, entity, link, gather_entity, &g, err);
    if (code < 0) {
        return code;
    }
    if (link->is_many || g.count > 1) { /* behind a link to one there may be one to many */
        *ret = (struct xh__odata_value){.type = XH__ODATA_LIST, .items = g.items,
                                        .item_count = g.count};
    } else {
        *ret = g.count > 0 ? g.items[0] : (struct xh__odata_value){.type = XH__ODATA_NULL};
    }
    return XH_E_OK;
}

static int member(struct xh__odata_env *env, const void *thing, const struct xh_str *names,
                  size_t name_count, struct xh__odata_value *ret, struct xh_err *err)
{
    struct xh__sta_reader *r = env->self;
    const struct xh__sta_entity *entity = thing;
    struct xh_str name = name_count > 0 ? names[0] : XH_STR("id");
    if (name_count <= 1 && (xh_str_is(name, "id") || xh_str_is(name, "@iot.id"))) {
        *ret = (struct xh__odata_value){.type = XH__ODATA_INT, .integer = entity->id};
        return XH_E_OK;
    }
    if (name_count == 1 && (xh_str_is(name, "selfLink") || xh_str_is(name, "@iot.selfLink"))) {
        struct xh__sta_call call = *r->call;
        call.ctx = &r->scan;
        *ret = (struct xh__odata_value){.type = XH__ODATA_TEXT,
                                        .text = xh__sta_self_link(&call, entity->type,
                                                                  entity->id)};
        return XH_E_OK;
    }
    const struct xh__sta_property *property = xh__sta_property_find(entity->type, name);
    if (property != NULL) {
        int code = xh__sta_entity_property(&r->scan, entity, property, ret, err);
        return code < 0 || name_count == 1
                   ? code
                   : json_path(env->arena, ret, names + 1, name_count - 1, err);
    }
    const struct xh__sta_link *link = xh__sta_link_find(entity->type, name);
    return link != NULL ? across(r, entity, link, names + 1, name_count - 1, ret, err)
                        : no_such(entity, name, err);
}

struct onward {
    struct xh__odata_env *env;
    const struct xh_str *names;
    size_t name_count;
    int (*each)(void *arg, const void *entity, struct xh_err *err);
    void *arg;
};

static int onward(void *arg, const void *entity, struct xh_err *err)
{
    const struct onward *o = arg;
    return related(o->env, entity, o->names, o->name_count, o->each, o->arg, err);
}

static int related(struct xh__odata_env *env, const void *thing, const struct xh_str *names,
                   size_t name_count,
                   int (*each)(void *arg, const void *entity, struct xh_err *err), void *arg,
                   struct xh_err *err)
{
    struct xh__sta_reader *r = env->self;
    const struct xh__sta_entity *entity = thing;
    if (name_count == 0) {
        return each(arg, entity, err);
    }
    const struct xh__sta_link *link = xh__sta_link_find(entity->type, names[0]);
    if (link == NULL) {
        return no_such(entity, names[0], err);
    }
    struct onward next = {env, names + 1, name_count - 1, each, arg};
    return each_linked(r, entity, link, onward, &next, err);
}

int xh__sta_reader_holds(struct xh__sta_reader *r, const struct xh__odata_query *query,
                         const struct xh__sta_entity *entity, struct xh_err *err)
{
    return query->filter == NULL ? 1 : xh__odata_holds(&r->env, query->filter, entity, err);
}

int xh__sta_reader_order(struct xh__sta_reader *r, const struct xh__odata_query *query,
                         const struct xh__sta_entity *entity, struct xh__odata_value *ret,
                         struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < query->order_count; i++) {
        code = xh__odata_eval(&r->env, query->orders[i].expr, entity, &ret[i], err);
        if (code >= 0 && ret[i].type == XH__ODATA_LIST) {
            ret[i] = xh__sta_value_copy(r->env.arena, &ret[i]);
        }
    }
    return code;
}
