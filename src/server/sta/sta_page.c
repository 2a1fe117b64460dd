/* sta_page.c: a page of records: Things, Datastreams and the others. In order of id it is read as
 * it lies; with $filter or $orderby the set is looked at in batches, and what belongs to the page
 * is read again for the answer. */
#include <string.h>

#include "server/sta/sta_read_internal.h"

enum { SKIP_MAX = 1000000 };

size_t xh__sta_top(const struct xh__odata_query *query, enum xh__sta_type type)
{
    bool is_table = xh_str_is(query->result_format, "dataArray") ||
                    xh_str_is(query->result_format, "CSV");
    size_t max = type != XH__STA_OBSERVATION ? XH__STA_TOP_MAX
                 : is_table                  ? XH__STA_TOP_MAX_ARRAY
                                             : XH__STA_TOP_MAX_OBSERVATIONS;
    if (query->top < 0) {
        return XH__STA_TOP;
    }
    return (size_t)query->top < max ? (size_t)query->top : max;
}

static size_t skip_of(const struct xh__odata_query *query)
{
    return query->skip > 0 && query->after.len == 0 ? (size_t)query->skip : 0;
}

static int check_skip(const struct xh__odata_query *query, struct xh_err *err)
{
    return query->skip > SKIP_MAX && (query->order_count > 0 || query->filter != NULL)
               ? xh_err_field(err, XH_E_TOO_LARGE, "$skip", XH_STR("more"), "1000000", "entities",
                              "at most %d entities are skipped: follow the next links", SKIP_MAX)
               : XH_E_OK;
}

static void after_print(struct xh__sta_reader *r, const struct xh__odata_value *values,
                        size_t count, int64_t id, struct xh_str *ret)
{
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh__sta_cursor_print(&text, values, count, id);
    *ret = xh_arena_str(r->ctx->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
}

/* ---- in order of id ---- */

static int skip_read(struct xh__sta_reader *r, const struct xh__sta_set *set, size_t skip,
                     int64_t *after_id, struct xh_err *err)
{
    struct xh__sta_entity *batch = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_entity,
                                                XH__STA_BATCH);
    int code = XH_E_OK;
    while (code >= 0 && skip > 0) {
        size_t count = 0, wanted = skip < XH__STA_BATCH ? skip : XH__STA_BATCH;
        code = xh__sta_reader_spend(r, wanted, err);
        code = code < 0 ? code
                        : xh__sta_set_read(&r->scan, set, *after_id, batch, wanted, &count, err);
        if (code >= 0 && count > 0) {
            *after_id = batch[count - 1].id;
        }
        skip = code >= 0 && count == wanted ? skip - wanted : 0;
        xh__sta_reader_forget(r);
    }
    return code;
}

static int plain_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                      const struct xh__odata_query *query, size_t top, struct xh__sta_page *ret,
                      struct xh_err *err)
{
    int64_t after_id = 0;
    size_t count = 0, more = 1;
    int code = query->after.len > 0
                   ? xh__sta_cursor_parse(r->ctx->arena, query->after, 0, NULL, &after_id, err)
                   : XH_E_OK;
    code = code < 0 ? code : skip_read(r, set, skip_of(query), &after_id, err);
    struct xh__sta_entity *items = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_entity, top + 1);
    while (code >= 0 && count < top + 1 && more > 0 && top > 0) {
        size_t wanted = top + 1 - count < XH__STA_BATCH ? top + 1 - count : XH__STA_BATCH;
        code = xh__sta_set_read(r->ctx, set, after_id, items + count, wanted, &more, err);
        count += code >= 0 ? more : 0;
        after_id = code >= 0 && more > 0 ? items[count - 1].id : after_id;
        more = more == wanted;
    }
    if (code >= 0 && query->count) {
        code = xh__sta_set_count(r->ctx, set, &ret->total, err);
    }
    if (code < 0) {
        return code;
    }
    ret->items = items;
    ret->count = count < top ? count : top;
    if (count > top && top > 0) {
        after_print(r, NULL, 0, items[top - 1].id, &ret->after);
    }
    return XH_E_OK;
}

/* ---- looked at one by one ---- */

struct look {
    struct xh__sta_reader *r;
    const struct xh__odata_query *query;
    struct xh__sta_sorter sorter;
    struct xh__odata_value *values;
    int64_t matched;
};

static int look_at(struct look *l, const struct xh__sta_entity *entity, struct xh_err *err)
{
    int holds = xh__sta_reader_holds(l->r, l->query, entity, err);
    if (holds <= 0) {
        return holds;
    }
    int code = xh__sta_reader_order(l->r, l->query, entity, l->values, err);
    if (code >= 0) {
        l->matched++;
        xh__sta_sorter_add(&l->sorter, l->values, entity->id, NULL);
    }
    return code;
}

/* In order of id, with enough found, and nobody who wants to know how many there are. */
static bool is_enough(const struct look *l)
{
    return l->query->order_count == 0 && !l->query->count && l->sorter.count == l->sorter.capacity;
}

static int look_at_all(struct look *l, const struct xh__sta_set *set, int64_t after_id,
                       struct xh_err *err)
{
    struct xh__sta_reader *r = l->r;
    struct xh__sta_entity *batch = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_entity,
                                                XH__STA_BATCH);
    size_t count = XH__STA_BATCH;
    int code = XH_E_OK;
    while (code >= 0 && count == XH__STA_BATCH && !is_enough(l)) {
        code = xh__sta_reader_spend(r, XH__STA_BATCH, err);
        code = code < 0
                   ? code
                   : xh__sta_set_read(&r->scan, set, after_id, batch, XH__STA_BATCH, &count, err);
        if (code >= 0) {
            xh__sta_reader_batch(r, batch, count);
        }
        for (size_t i = 0; code >= 0 && i < count; i++) {
            code = look_at(l, &batch[i], err);
        }
        after_id = code >= 0 && count > 0 ? batch[count - 1].id : after_id;
        xh__sta_reader_forget(r);
    }
    return code;
}

static int look_at_one(struct look *l, const struct xh__sta_set *set, int64_t id,
                       struct xh_err *err)
{
    struct xh__sta_entity *entity = XH_NEW(l->r->scan.arena, struct xh__sta_entity);
    size_t count = 0;
    bool is_in = set->of == NULL;
    int code = XH_E_OK;
    if (!is_in) {
        struct xh__sta_ids linked = {NULL, 0};
        code = xh__sta_linked_of(&l->r->scan, set->of, 1, set->link, &linked, err);
        for (size_t i = 0; code >= 0 && i < linked.count && !is_in; i++) {
            is_in = linked.ids[i] == id;
        }
    }
    if (code >= 0 && is_in) {
        code = xh__sta_entities_get(&l->r->scan, set->type, &id, 1, entity, &count, err);
    }
    code = code < 0 || count == 0 ? code : look_at(l, entity, err);
    xh__sta_reader_forget(l->r);
    return code;
}

/* The entities of the places behind the skipped ones, in their order. */
static int places_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                       const struct xh__sta_sorter *s, size_t skip, size_t top,
                       struct xh__sta_page *ret, struct xh_err *err)
{
    size_t found = s->count > skip ? s->count - skip : 0;
    size_t wanted = found < top ? found : top;
    int64_t *ids = XH_NEW_ARRAY(r->ctx->arena, int64_t, wanted + 1);
    for (size_t i = 0; i < wanted; i++) {
        ids[i] = s->places[skip + i].id;
    }
    ret->items = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_entity, wanted + 1);
    int code = wanted == 0 ? XH_E_OK
                           : xh__sta_entities_get(r->ctx, set->type, ids, wanted, ret->items,
                                                  &ret->count, err);
    if (code >= 0 && found > top && top > 0) {
        const struct xh__sta_place *last = &s->places[skip + wanted - 1];
        after_print(r, last->values, s->query->order_count, last->id, &ret->after);
    }
    return code;
}

static int sorted_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                       const struct xh__odata_query *query, size_t top, struct xh__sta_page *ret,
                       struct xh_err *err)
{
    struct xh__sta_hints hints;
    struct look look = {.r = r, .query = query};
    size_t skip = skip_of(query);
    int code = check_skip(query, err);
    code = code < 0 ? code
                    : xh__sta_sorter_init(&look.sorter, r->ctx->arena, query, top + skip + 1, err);
    if (code < 0) {
        return code;
    }
    xh__sta_hints_find(query->filter, set->type, &hints);
    look.values = XH_NEW_ARRAY(r->ctx->arena, struct xh__odata_value, query->order_count + 1);
    bool is_by_id = query->order_count == 0 && look.sorter.has_after && !query->count;
    if (is_by_id && look.sorter.after.id > hints.after_id) {
        hints.after_id = look.sorter.after.id;
    }
    bool is_in_own_order = set->link != NULL && set->of->type == XH__STA_MULTI_DATASTREAM;
    code = hints.has_id ? look_at_one(&look, set, hints.id, err)
                        : look_at_all(&look, set, is_in_own_order ? 0 : hints.after_id, err);
    if (code < 0) {
        return code;
    }
    xh__sta_sorter_finish(&look.sorter);
    ret->total = query->count ? look.matched : -1;
    return places_read(r, set, &look.sorter, skip, top, ret, err);
}

int xh__sta_page_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                      const struct xh__odata_query *query, size_t top, struct xh__sta_page *ret,
                      struct xh_err *err)
{
    struct xh__sta_page page = {.total = -1};
    int code;
    if (set->type == XH__STA_OBSERVATION) {
        code = xh__sta_observed_read(r, set, query, top, &page, err);
    } else if (query->filter == NULL && query->order_count == 0) {
        code = plain_read(r, set, query, top, &page, err);
    } else {
        code = sorted_read(r, set, query, top, &page, err);
    }
    if (code >= 0) {
        *ret = page;
    }
    return code;
}
