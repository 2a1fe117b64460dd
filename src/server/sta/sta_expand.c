/* sta_expand.c: $expand (18-088, 9.3.2.1) for all entities of a page at once: the ids that a link
 * leads to for all of them in one read, each target once, and then the same one level below. Of the
 * latest observation of many Datastreams, the question of dashboards, the store is asked once. */
#include <stdlib.h>
#include <string.h>

#include "server/sta/sta_read_internal.h"

/* ---- what is shown ---- */

static int no_such(enum xh__sta_type type, const char *option, struct xh_str name,
                   struct xh_err *err)
{
    name = xh_str_sub(name, 0, 60);
    return xh_err_field(err, XH_E_INVALID, option, name, "a property or a link", NULL,
                        "%s: a %s has no \"%.*s\"", option, xh__sta_types[type].name,
                        XH_STR_ARG(name));
}

static int shape_add(const struct xh__sta_entity_type *type, struct xh_str name,
                     struct xh__sta_shape *shape, struct xh_err *err)
{
    struct xh_str tail = XH_STR("@iot.navigationLink");
    if (xh_str_is(name, "id") || xh_str_is(name, "@iot.id")) {
        shape->has_id = true;
        return XH_E_OK;
    }
    if (xh_str_is(name, "selfLink") || xh_str_is(name, "@iot.selfLink")) {
        shape->has_self = true;
        return XH_E_OK;
    }
    for (size_t i = 0; i < type->property_count; i++) {
        if (xh_str_is(name, type->properties[i].name)) {
            shape->properties |= UINT64_C(1) << i;
            return XH_E_OK;
        }
    }
    struct xh_str link = xh_str_ends(name, tail) ? xh_str_sub(name, 0, name.len - tail.len) : name;
    for (size_t i = 0; i < type->link_count; i++) {
        if (xh_str_is(link, type->links[i].name)) {
            shape->links |= UINT64_C(1) << i;
            return XH_E_OK;
        }
    }
    return no_such(type->type, "$select", name, err);
}

int xh__sta_shape_of(enum xh__sta_type type_of, const struct xh__odata_query *query,
                     struct xh__sta_shape *ret, struct xh_err *err)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[type_of];
    struct xh__sta_shape shape = {0};
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < query->select_count; i++) {
        code = shape_add(type, query->select[i], &shape, err);
    }
    if (query->select_count == 0) {
        shape = (struct xh__sta_shape){UINT64_MAX, UINT64_MAX, true, true};
    }
    if (code >= 0) {
        *ret = shape;
    }
    return code;
}

/* ---- a query as text ---- */

static void option_add(struct xh_buf *out, const char *name, struct xh_str text)
{
    if (text.len > 0) {
        xh_buf_add_text(out, out->len > 0 ? "&$" : "$");
        xh_buf_add_text(out, name);
        xh_buf_add_char(out, '=');
        xh__sta_url_add(out, text);
    }
}

struct xh_str xh__sta_query_text(struct xh_arena *arena, const struct xh__odata_query *query)
{
    struct xh_buf out;
    xh_buf_init(&out, 0);
    option_add(&out, "select", query->select_text);
    option_add(&out, "expand", query->expand_text);
    option_add(&out, "filter", query->filter_text);
    option_add(&out, "orderby", query->orderby_text);
    option_add(&out, "resultFormat", query->result_format);
    option_add(&out, "count", query->count ? XH_STR("true") : XH_STR(""));
    if (query->top >= 0) {
        xh_buf_add_format(&out, "%s$top=%lld", out.len > 0 ? "&" : "", (long long)query->top);
    }
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

/* ---- records ---- */

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static int too_many(struct xh_err *err)
{
    return xh_err_field(err, XH_E_TOO_LARGE, "$expand", XH_STR("more"), "200000", "entities",
                        "the answer would hold more than %d entities: ask for less with $top",
                        XH__STA_EXPANDED_MAX);
}

static int spend(struct xh__sta_reader *r, size_t count, struct xh_err *err)
{
    if (count > r->expanded_left) {
        return too_many(err);
    }
    r->expanded_left -= count;
    return XH_E_OK;
}

/* Each id once, ascending; how many. */
static size_t unique_ids(struct xh_arena *arena, const struct xh__sta_ids *lists, size_t count,
                         int64_t **ret)
{
    size_t all = 0, unique = 0;
    for (size_t i = 0; i < count; i++) {
        all += lists[i].count;
    }
    int64_t *ids = XH_NEW_ARRAY(arena, int64_t, all + 1);
    for (size_t i = 0, at = 0; i < count; i++) {
        for (size_t k = 0; k < lists[i].count; k++) {
            ids[at++] = lists[i].ids[k];
        }
    }
    qsort(ids, all, sizeof *ids, compare_ids);
    for (size_t i = 0; i < all; i++) {
        if (unique == 0 || ids[unique - 1] != ids[i]) {
            ids[unique++] = ids[i];
        }
    }
    *ret = ids;
    return unique;
}

static size_t index_of(const struct xh__sta_entity *items, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && items[low].id == id ? low : count;
}

/* Lists cut to what the query shows of each; only where nothing must be looked at first. */
static void cut(struct xh__sta_ids *lists, size_t count, const struct xh__odata_query *query,
                struct xh__sta_slice *slices, struct xh_arena *arena, size_t top)
{
    size_t skip = query->skip > 0 ? (size_t)query->skip : 0;
    for (size_t i = 0; i < count; i++) {
        size_t from = skip < lists[i].count ? skip : lists[i].count;
        slices[i].total = query->count ? (int64_t)lists[i].count : -1;
        lists[i].ids += from;
        lists[i].count -= from;
        if (lists[i].count > top) {
            lists[i].count = top;
            if (top > 0) {
                slices[i].after = xh_arena_format(arena, "[%lld]",
                                                  (long long)lists[i].ids[top - 1]);
            }
        }
    }
}

static void slice_fill(struct xh_arena *arena, const struct xh__sta_ids *list,
                       const struct xh__sta_entity *items, size_t count,
                       struct xh__sta_slice *slice)
{
    slice->indexes = XH_NEW_ARRAY(arena, size_t, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        size_t index = index_of(items, count, list->ids[i]);
        if (index < count) {
            slice->indexes[slice->count++] = index;
        }
    }
}

/* With $filter or $orderby: all that is linked is read, then each list is looked at. */
static int look_at_list(struct xh__sta_reader *r, const struct xh__odata_query *query,
                        const struct xh__sta_entity *items, size_t top, struct xh__sta_slice *slice,
                        struct xh_err *err)
{
    struct xh__sta_sorter sorter;
    struct xh__odata_value values[XH__STA_CURSOR_VALUES_MAX];
    size_t skip = query->skip > 0 ? (size_t)query->skip : 0, matched = 0;
    int code = xh__sta_sorter_init(&sorter, r->ctx->arena, query, slice->count + 1, err);
    for (size_t i = 0; code >= 0 && i < slice->count; i++) {
        const struct xh__sta_entity *item = &items[slice->indexes[i]];
        int holds = xh__sta_reader_holds(r, query, item, err);
        code = holds <= 0 ? holds : xh__sta_reader_order(r, query, item, values, err);
        if (holds > 0 && code >= 0) {
            matched++;
            xh__sta_sorter_add(&sorter, values, (int64_t)slice->indexes[i], NULL);
        }
    }
    if (code < 0) {
        return code;
    }
    xh__sta_sorter_finish(&sorter);
    slice->count = 0;
    for (size_t i = skip; i < sorter.count && slice->count < top; i++) {
        slice->indexes[slice->count++] = (size_t)sorter.places[i].id;
    }
    slice->total = query->count ? (int64_t)matched : -1;
    if (matched > skip + top && top > 0) {
        const struct xh__sta_place *last = &sorter.places[skip + top - 1];
        struct xh_buf text;
        xh_buf_init(&text, 0);
        xh__sta_cursor_print(&text, last->values, query->order_count, items[last->id].id);
        slice->after = xh_arena_str(r->ctx->arena, xh_buf_str(&text));
        xh_buf_finish(&text);
    }
    return XH_E_OK;
}

static int records_expand(struct xh__sta_reader *r, const struct xh__sta_nodes *parents,
                          struct xh__sta_branch *branch, struct xh__sta_entity **ret_items,
                          size_t *ret_count, struct xh_err *err)
{
    struct xh_arena *arena = r->ctx->arena;
    const struct xh__odata_query *query = branch->query;
    bool is_plain = query->filter == NULL && query->order_count == 0;
    size_t top = branch->link->is_many ? xh__sta_top(query, branch->link->target) : 1;
    struct xh__sta_ids *lists = XH_NEW_ARRAY(arena, struct xh__sta_ids, parents->count + 1);
    int64_t *ids = NULL;
    int code = parents->count == 0 ? XH_E_OK
                                   : xh__sta_linked_of(r->ctx, parents->items, parents->count,
                                                       branch->link, lists, err);
    if (code < 0) {
        return code;
    }
    if (is_plain) {
        cut(lists, parents->count, query, branch->of, arena, top);
    }
    size_t count = unique_ids(arena, lists, parents->count, &ids), found = 0;
    struct xh__sta_entity *items = XH_NEW_ARRAY(arena, struct xh__sta_entity, count + 1);
    code = spend(r, count, err);
    code = code < 0 || count == 0
               ? code
               : xh__sta_entities_get(r->ctx, branch->link->target, ids, count, items, &found, err);
    if (code >= 0 && !is_plain) {
        xh__sta_reader_batch(r, items, found);
        code = xh__sta_reader_spend(r, found, err);
    }
    for (size_t i = 0; code >= 0 && i < parents->count; i++) {
        slice_fill(arena, &lists[i], items, found, &branch->of[i]);
        if (!is_plain) {
            code = look_at_list(r, query, items, top, &branch->of[i], err);
        }
    }
    xh__sta_reader_forget(r);
    *ret_items = items;
    *ret_count = found;
    return code;
}

/* ---- observations ---- */

static bool is_latest(const struct xh__odata_query *query)
{
    const struct xh__odata_order *o = query->orders;
    return query->top == 1 && query->skip <= 0 && query->filter == NULL && !query->count &&
           query->order_count == 1 && o->is_descending && o->expr->op == XH__ODATA_MEMBER &&
           o->expr->variable.len == 0 && o->expr->name_count == 1 &&
           xh_str_is(o->expr->names[0], "phenomenonTime");
}

/* The latest of each; of a series that has had more than one there may be a page behind it. */
static int latest_expand(struct xh__sta_reader *r, const struct xh__sta_nodes *parents,
                         struct xh__sta_branch *branch, struct xh__sta_entity **ret_items,
                         size_t *ret_count, struct xh_err *err)
{
    struct xh_arena *arena = r->ctx->arena;
    size_t count = 0, n = parents->count;
    int64_t *ids = XH_NEW_ARRAY(arena, int64_t, n + 1);
    struct xh_observation *last = XH_NEW_ARRAY(arena, struct xh_observation, n + 1);
    struct xh__sta_entity *items = XH_NEW_ARRAY(arena, struct xh__sta_entity, n + 1);
    size_t *indexes = XH_NEW_ARRAY(arena, size_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        ids[i] = parents->items[i].id;
    }
    int code = n == 0 ? XH_E_OK : xh_observe_last_of(r->ctx, ids, n, last, err);
    for (size_t i = 0; code >= 0 && i < n; i++) {
        if (last[i].id == 0) {
            continue;
        }
        items[count].type = XH__STA_OBSERVATION;
        items[count].id = last[i].id;
        items[count].observation = last[i];
        indexes[i] = count++;
        branch->of[i].indexes = &indexes[i];
        branch->of[i].count = 1;
        if (last[i].seq > 1) {
            branch->of[i].after = xh_arena_format(arena, "[\"t%lld\",\"i%lld\",%lld]",
                                                  (long long)xh__sta_observed_at(&last[i]),
                                                  (long long)last[i].series_id,
                                                  (long long)last[i].seq);
        }
    }
    *ret_items = items;
    *ret_count = count;
    return code;
}

static int observations_expand(struct xh__sta_reader *r, const struct xh__sta_nodes *parents,
                               struct xh__sta_branch *branch, struct xh__sta_entity **ret_items,
                               size_t *ret_count, struct xh_err *err)
{
    struct xh_arena *arena = r->ctx->arena;
    struct xh__sta_entity *items = NULL;
    size_t count = 0, room = 0, top = xh__sta_top(branch->query, XH__STA_OBSERVATION);
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < parents->count; i++) {
        const struct xh__sta_set set = {XH__STA_OBSERVATION, &parents->items[i], branch->link};
        struct xh__sta_page page;
        struct xh__sta_slice *slice = &branch->of[i];
        code = xh__sta_observed_read(r, &set, branch->query, top, &page, err);
        code = code < 0 ? code : spend(r, page.count, err);
        if (code < 0) {
            break;
        }
        items = xh_arena_grow(arena, items, &room, count + page.count + 1, sizeof *items);
        slice->indexes = XH_NEW_ARRAY(arena, size_t, page.count + 1);
        for (size_t k = 0; k < page.count; k++) {
            slice->indexes[k] = count;
            items[count++] = page.items[k];
        }
        slice->count = page.count;
        slice->total = page.total;
        slice->after = page.after;
    }
    *ret_items = items;
    *ret_count = count;
    return code;
}

/* ---- all of it ---- */

static int branch_fill(struct xh__sta_reader *r, struct xh__sta_nodes *parents,
                       const struct xh__odata_expand *expand, struct xh__sta_branch *branch,
                       struct xh_err *err)
{
    struct xh__sta_entity *items = NULL;
    size_t count = 0;
    branch->link = xh__sta_link_find(parents->type, expand->name);
    branch->query = expand->query;
    if (branch->link == NULL) {
        return no_such(parents->type, "$expand", expand->name, err);
    }
    branch->of = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_slice, parents->count + 1);
    for (size_t i = 0; i < parents->count; i++) {
        branch->of[i].total = -1;
    }
    branch->next_query = xh__sta_query_text(r->ctx->arena, branch->query);
    bool is_observed = branch->link->target == XH__STA_OBSERVATION;
    int code = !is_observed ? records_expand(r, parents, branch, &items, &count, err)
               : is_latest(branch->query) && parents->type != XH__STA_FEATURE
                   ? latest_expand(r, parents, branch, &items, &count, err)
                   : observations_expand(r, parents, branch, &items, &count, err);
    code = code < 0 ? code
                    : xh__sta_nodes_fill(r, branch->link->target, items, count, branch->query,
                                         &branch->nodes, err);
    if (branch->query->select_count == 0) { /* as in the example of 18-088 9.3.2.1 */
        branch->nodes.shape.links = 0;
    }
    return code;
}

static bool shows(const struct xh__sta_nodes *nodes, const char *name)
{
    const struct xh__sta_entity_type *type = &xh__sta_types[nodes->type];
    bool is_shown = false;
    for (size_t i = 0; i < type->property_count; i++) {
        is_shown = is_shown || ((nodes->shape.properties & UINT64_C(1) << i) != 0 &&
                                strcmp(type->properties[i].name, name) == 0);
    }
    return is_shown;
}

/* What is asked of many Datastreams at once. */
static int series_fill(struct xh__sta_reader *r, const struct xh__sta_nodes *nodes,
                       struct xh_err *err)
{
    bool is_series = nodes->type == XH__STA_DATASTREAM || nodes->type == XH__STA_MULTI_DATASTREAM;
    int code = XH_E_OK;
    if (!is_series || nodes->count == 0) {
        return XH_E_OK;
    }
    if (shows(nodes, "phenomenonTime") || shows(nodes, "resultTime")) {
        code = xh__sta_spans_fill(r->ctx, nodes->items, nodes->count, err);
    }
    return code >= 0 && shows(nodes, "observedArea")
               ? xh__sta_areas_fill(r->ctx, nodes->items, nodes->count, err)
               : code;
}

int xh__sta_nodes_fill(struct xh__sta_reader *r, enum xh__sta_type type,
                       struct xh__sta_entity *items, size_t count,
                       const struct xh__odata_query *query, struct xh__sta_nodes *ret,
                       struct xh_err *err)
{
    struct xh__sta_nodes nodes = {
        .type = type, .items = items, .count = count, .query = query};
    int code = xh__sta_shape_of(type, query, &nodes.shape, err);
    code = code < 0 ? code : series_fill(r, &nodes, err);
    nodes.branches = XH_NEW_ARRAY(r->ctx->arena, struct xh__sta_branch, query->expand_count + 1);
    for (size_t i = 0; code >= 0 && i < query->expand_count; i++) {
        code = branch_fill(r, &nodes, &query->expands[i], &nodes.branches[i], err);
    }
    nodes.branch_count = query->expand_count;
    if (code >= 0) {
        *ret = nodes;
    }
    return code;
}
