/* sta_observed.c: a page of observations: of a Datastream, of all of them, about a feature.
 *
 * Orders. Without $orderby: by series, in each by time. By phenomenonTime, up or down: as they lie,
 * several series merged. By id: series by series. All others look at the whole set and keep the
 * page. The time of an observation in an order is that of its reading: of an interval, its end. */
#include <stdlib.h>

#include "server/sta/sta_read_internal.h"
#include "service/records.h"

enum order { BY_SERIES, BY_TIME, BY_ID, BY_OTHER };

enum { READ_COUNT = 256, SKIP_MAX = 1000000 };

int64_t xh__sta_observed_at(const struct xh_observation *o)
{
    return o->to_us != 0 ? o->to_us : o->from_us;
}

/* ---- where ---- */

static int collect_id(void *arg, struct xh_record *record, struct xh_err *err)
{
    int64_t **next = arg;
    (void)err;
    *(*next)++ = record->id;
    return 0;
}

int xh__sta_series_after(struct xh_ctx *ctx, int64_t after_id, int64_t *ret_ids, size_t capacity,
                         size_t *ret_count, struct xh_err *err)
{
    const struct xh_filter beyond = {
        .field = "id",
        .op = XH_FILTER_GE,
        .value = {.type = XH_T_INT, .integer = after_id + 1},
    };
    const struct xh_list list = {.filters = &beyond, .filter_count = 1, .limit = capacity};
    int64_t *next = ret_ids;
    struct xh_str rest;
    int code = xh_record_list(ctx, "core.series", &list, collect_id, &next, &rest, err);
    *ret_count = (size_t)(next - ret_ids);
    return code;
}

int xh__sta_series_all(struct xh__sta_reader *r, struct xh__sta_source *source, struct xh_err *err)
{
    size_t count = XH__STA_BATCH, room = 0;
    int code = XH_E_OK;
    while (code >= 0 && source->is_all && count == XH__STA_BATCH) {
        struct xh_ctx own = *r->ctx;
        int64_t after = source->series_count > 0 ? source->series_ids[source->series_count - 1] : 0;
        source->series_ids = xh_arena_grow(r->ctx->arena, source->series_ids, &room,
                                           source->series_count + XH__STA_BATCH,
                                           sizeof *source->series_ids);
        own.arena = xh_arena_create("series");
        code = xh__sta_series_after(&own, after, source->series_ids + source->series_count,
                                    XH__STA_BATCH, &count, err);
        xh_arena_destroy(own.arena);
        source->series_count += code >= 0 ? count : 0;
    }
    source->is_all = source->is_all && code < 0;
    return code;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static int source_of_feature(struct xh__sta_reader *r, int64_t feature_id,
                             struct xh__sta_source *source, struct xh_err *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    int code = xh_observe_series_of_feature(r->ctx, feature_id, &ids, &count, err);
    if (code < 0) {
        return code;
    }
    qsort(ids, count, sizeof *ids, compare_ids);
    source->is_all = false;
    source->feature_id = feature_id;
    source->series_ids = ids;
    source->series_count = count;
    return XH_E_OK;
}

static void narrow_to(struct xh__sta_reader *r, int64_t series_id, struct xh__sta_source *source)
{
    bool is_in = source->is_all;
    for (size_t i = 0; i < source->series_count && !is_in; i++) {
        is_in = source->series_ids[i] == series_id;
    }
    source->is_all = false;
    source->series_ids = XH_NEW(r->ctx->arena, int64_t);
    source->series_ids[0] = series_id;
    source->series_count = is_in ? 1 : 0;
}

int xh__sta_source_of(struct xh__sta_reader *r, const struct xh__sta_set *set,
                      const struct xh__odata_query *query, struct xh__sta_source *ret,
                      struct xh_err *err)
{
    struct xh__sta_hints hints;
    struct xh__sta_source source = {.is_all = true};
    int code = XH_E_OK;
    xh__sta_hints_find(query->filter, XH__STA_OBSERVATION, &hints);
    source.from_us = hints.from_us;
    source.to_us = hints.to_us;
    if (set->of != NULL && set->of->type == XH__STA_FEATURE) {
        code = source_of_feature(r, set->of->id, &source, err);
    } else if (set->of != NULL) {
        narrow_to(r, set->of->id, &source);
    } else if (hints.has_feature) {
        code = source_of_feature(r, hints.feature_id, &source, err);
    }
    if (code >= 0 && hints.has_series) {
        narrow_to(r, hints.series_id, &source);
    }
    if (code >= 0 && hints.has_id) {
        struct xh_observation one; /* its series: of a deleted or unknown one, none */
        int found = xh_observation_get(&r->scan, hints.id, &one, err);
        if (found == XH_E_NOT_FOUND) {
            source.is_all = false;
            source.series_count = 0;
        } else if (found < 0) {
            code = found;
        } else {
            narrow_to(r, one.series_id, &source);
            source.from_us = xh__sta_observed_at(&one);
            source.to_us = source.from_us + 1;
        }
    }
    if (code >= 0) {
        *ret = source;
    }
    return code;
}

/* ---- one series ---- */

struct xh_observe_range xh__sta_range_of(const struct xh__sta_source *source, int64_t series_id,
                                         bool is_backwards, const struct xh__sta_mark *mark)
{
    struct xh_observe_range range = {.series_id = series_id,
                                     .from_us = source->from_us,
                                     .to_us = source->to_us,
                                     .is_backwards = is_backwards};
    if (mark == NULL || !mark->is_set) {
        return range;
    }
    if (series_id == mark->series_id) {
        range.after_us = mark->at_us;
        range.after_seq = mark->seq;
    }
    int64_t kept = series_id >= mark->series_id ? 0 : 1; /* of the mark's time: done already */
    if (!is_backwards && mark->at_us + kept > range.from_us) {
        range.from_us = mark->at_us + kept;
    }
    if (is_backwards && mark->at_us + 1 - kept < range.to_us) {
        range.to_us = mark->at_us + 1 - kept;
    }
    return range;
}

static int scan(struct xh__sta_reader *r, const struct xh__sta_source *source,
                struct xh_observe_cursor *cursor, xh__sta_observed_fn *each, void *arg,
                struct xh_err *err)
{
    struct xh_arena *own = xh_arena_create("observations");
    struct xh_observation *read = XH_NEW_ARRAY(own, struct xh_observation, READ_COUNT);
    ptrdiff_t count = 1;
    int code = 0;
    while (code == 0 && count > 0) {
        count = xh_observe_next(cursor, read, READ_COUNT, err);
        code = count < 0 ? (int)count : xh__sta_reader_spend(r, (uint64_t)count, err);
        for (ptrdiff_t i = 0; code == 0 && i < count; i++) {
            if (source->feature_id == 0 || read[i].feature_id == source->feature_id) {
                code = each(arg, &read[i], err);
            }
        }
    }
    xh_arena_destroy(own);
    return code;
}

int xh__sta_series_scan(struct xh__sta_reader *r, const struct xh__sta_source *source,
                        int64_t series_id, bool is_backwards, const struct xh__sta_mark *mark,
                        xh__sta_observed_fn *each, void *arg, struct xh_err *err)
{
    const struct xh_observe_range range = xh__sta_range_of(source, series_id, is_backwards, mark);
    struct xh_observe_cursor *cursor = NULL;
    if (range.from_us >= range.to_us) {
        return 0;
    }
    int code = xh_observe_read(r->ctx, &range, &cursor, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err); /* deleted meanwhile, or not for who */
        return 0;
    }
    if (code < 0) {
        return code;
    }
    code = scan(r, source, cursor, each, arg, err);
    xh_observe_close(cursor);
    return code;
}

/* ---- the page ---- */

struct gathering {
    struct xh__sta_reader *r;
    const struct xh__odata_query *query;
    enum order order;
    size_t skip, top;
    struct xh__sta_entity entity;       /* that is asked about */
    uint64_t looked;
    /* as they come */
    struct xh__sta_page *page;
    size_t room;
    bool has_more;
    /* sorted */
    struct xh__sta_sorter sorter;
    struct xh__odata_value *values;
    int64_t matched;
};

static int holds(struct gathering *g, const struct xh_observation *o, struct xh_err *err)
{
    if (g->looked++ % READ_COUNT == 0) {
        xh__sta_reader_forget(g->r);
    }
    g->entity = (struct xh__sta_entity){.type = XH__STA_OBSERVATION, .id = o->id};
    g->entity.observation = *o;
    return xh__sta_reader_holds(g->r, g->query, &g->entity, err);
}

static int take_next(void *arg, const struct xh_observation *o, struct xh_err *err)
{
    struct gathering *g = arg;
    struct xh__sta_page *page = g->page;
    int is_it = holds(g, o, err);
    if (is_it <= 0) {
        return is_it;
    }
    if (g->skip > 0) {
        g->skip--;
        return 0;
    }
    if (page->count == g->top) {
        g->has_more = true;
        return 1;
    }
    page->items = xh_arena_grow(g->r->ctx->arena, page->items, &g->room, page->count + 1,
                                sizeof *page->items);
    struct xh__sta_entity *item = &page->items[page->count++];
    *item = (struct xh__sta_entity){.type = XH__STA_OBSERVATION, .id = o->id};
    item->observation = xh__sta_observation_copy(g->r->ctx->arena, o);
    return 0;
}

static int take_sorted(void *arg, const struct xh_observation *o, struct xh_err *err)
{
    struct gathering *g = arg;
    int is_it = holds(g, o, err);
    if (is_it <= 0) {
        return is_it;
    }
    int code = xh__sta_reader_order(g->r, g->query, &g->entity, g->values, err);
    if (code >= 0) {
        g->matched++;
        xh__sta_sorter_add(&g->sorter, g->values, o->id, o);
    }
    return code;
}

static int take_count(void *arg, const struct xh_observation *o, struct xh_err *err)
{
    struct gathering *g = arg;
    int is_it = holds(g, o, err);
    g->matched += is_it > 0;
    return is_it < 0 ? is_it : 0;
}

static bool is_member(const struct xh__odata_expr *e, const char *name)
{
    return e->op == XH__ODATA_MEMBER && e->variable.len == 0 && e->name_count == 1 &&
           xh_str_is(e->names[0], name);
}

static bool is_id(const struct xh__odata_order *o)
{
    return is_member(o->expr, "id") || is_member(o->expr, "@iot.id");
}

static enum order order_of(const struct xh__odata_query *query)
{
    if (query->order_count == 0) {
        return BY_SERIES;
    }
    if (is_id(&query->orders[0])) {
        return BY_ID;
    }
    bool is_time = is_member(query->orders[0].expr, "phenomenonTime");
    bool is_alone = query->order_count == 1 ||
                    (query->order_count == 2 && is_id(&query->orders[1]));
    return is_time && is_alone ? BY_TIME : BY_OTHER;
}

/* The place behind which a page begins, of the first two orders: time, series, seq. */
static int mark_read(struct xh__sta_reader *r, const struct xh__odata_query *query,
                     struct xh__sta_mark *ret, struct xh_err *err)
{
    struct xh__odata_value values[2];
    int64_t seq = 0;
    if (query->after.len == 0) {
        *ret = (struct xh__sta_mark){.is_set = false};
        return XH_E_OK;
    }
    int code = xh__sta_cursor_parse(r->ctx->arena, query->after, 2, values, &seq, err);
    if (code >= 0 && (values[0].type != XH__ODATA_TIME || values[1].type != XH__ODATA_INT ||
                      values[0].from_us < XH_TIME_MIN || values[0].from_us > XH_TIME_MAX)) {
        return xh_err_field(err, XH_E_INVALID, "$after", query->after, "as a next link has it",
                            NULL, "$after is not the cursor of a next link of this query");
    }
    if (code >= 0) {
        *ret = (struct xh__sta_mark){true, values[0].from_us, values[1].integer, (uint64_t)seq};
    }
    return code;
}

static void mark_print(struct gathering *g)
{
    const struct xh_observation *last = &g->page->items[g->page->count - 1].observation;
    const struct xh__odata_value values[] = {
        {.type = XH__ODATA_TIME, .from_us = xh__sta_observed_at(last)},
        {.type = XH__ODATA_INT, .integer = last->series_id},
    };
    struct xh_buf text;
    xh_buf_init(&text, 0);
    xh__sta_cursor_print(&text, values, 2, (int64_t)last->seq);
    g->page->after = xh_arena_str(g->r->ctx->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
}

/* Series after series; those of a whole set are found as they are needed. */
static int by_series(struct gathering *g, struct xh__sta_source *source,
                     const struct xh__sta_mark *mark, xh__sta_observed_fn *each, struct xh_err *err)
{
    int64_t after = mark->is_set ? mark->series_id - 1 : 0;
    int64_t ids[READ_COUNT];
    size_t count = READ_COUNT;
    int code = 0;
    for (size_t i = 0; code == 0 && !source->is_all && i < source->series_count; i++) {
        int64_t id = source->series_ids[i];
        const struct xh__sta_mark *own = mark->is_set && id == mark->series_id ? mark : NULL;
        code = id > after ? xh__sta_series_scan(g->r, source, id, false, own, each, g, err) : 0;
        xh__sta_reader_forget(g->r);
    }
    while (code == 0 && source->is_all && count == READ_COUNT) {
        code = xh__sta_series_after(&g->r->scan, after, ids, READ_COUNT, &count, err);
        for (size_t i = 0; code == 0 && i < count; i++) {
            const struct xh__sta_mark *own = mark->is_set && ids[i] == mark->series_id ? mark
                                                                                       : NULL;
            code = xh__sta_series_scan(g->r, source, ids[i], false, own, each, g, err);
            xh__sta_reader_forget(g->r);
        }
        after = code == 0 && count > 0 ? ids[count - 1] : after;
    }
    return code;
}

static int streamed(struct gathering *g, struct xh__sta_source *source, struct xh_err *err)
{
    struct xh__sta_mark mark;
    int code = mark_read(g->r, g->query, &mark, err);
    if (code < 0 || g->top == 0) {
        return code;
    }
    if (g->order == BY_SERIES) {
        code = by_series(g, source, &mark, take_next, err);
    } else {
        code = xh__sta_series_all(g->r, source, err);
        code = code < 0 ? code
                        : xh__sta_merge_scan(g->r, source, g->query->orders[0].is_descending, &mark,
                                             take_next, g, err);
    }
    if (code >= 0 && g->has_more) {
        mark_print(g);
    }
    return code;
}

/* Ids of one series lie together, and those of a later one behind them: when enough was found, no
 * further series has any before them. */
static int sorted(struct gathering *g, struct xh__sta_source *source, struct xh_err *err)
{
    const struct xh__sta_mark none = {.is_set = false};
    if (g->order == BY_OTHER) {
        return by_series(g, source, &none, take_sorted, err);
    }
    bool is_down = g->query->orders[0].is_descending;
    int code = xh__sta_series_all(g->r, source, err);
    for (size_t i = 0; code == 0 && i < source->series_count; i++) {
        size_t at = is_down ? source->series_count - 1 - i : i;
        if (g->sorter.count == g->sorter.capacity) {
            break;
        }
        code = xh__sta_series_scan(g->r, source, source->series_ids[at], false, NULL, take_sorted,
                                   g, err);
        xh__sta_reader_forget(g->r);
    }
    return code;
}

static int sorted_read(struct gathering *g, struct xh__sta_source *source, struct xh_err *err)
{
    struct xh__sta_page *page = g->page;
    struct xh__sta_sorter *s = &g->sorter;
    int code = xh__sta_sorter_init(s, g->r->ctx->arena, g->query, g->top + g->skip + 1, err);
    if (code < 0) {
        return code;
    }
    g->values = XH_NEW_ARRAY(g->r->ctx->arena, struct xh__odata_value, g->query->order_count + 1);
    code = sorted(g, source, err);
    if (code < 0) {
        return code;
    }
    xh__sta_sorter_finish(s);
    size_t found = s->count > g->skip ? s->count - g->skip : 0;
    page->count = found < g->top ? found : g->top;
    page->items = XH_NEW_ARRAY(g->r->ctx->arena, struct xh__sta_entity, page->count + 1);
    for (size_t i = 0; i < page->count; i++) {
        const struct xh__sta_place *place = &s->places[g->skip + i];
        page->items[i] = (struct xh__sta_entity){.type = XH__STA_OBSERVATION, .id = place->id};
        page->items[i].observation = *place->observation;
    }
    if (found > g->top && g->top > 0) {
        const struct xh__sta_place *last = &s->places[g->skip + g->top - 1];
        struct xh_buf text;
        xh_buf_init(&text, 0);
        xh__sta_cursor_print(&text, last->values, g->query->order_count, last->id);
        page->after = xh_arena_str(g->r->ctx->arena, xh_buf_str(&text));
        xh_buf_finish(&text);
    }
    return XH_E_OK;
}

static int check_skip(const struct xh__odata_query *query, struct xh_err *err)
{
    return query->skip > SKIP_MAX
               ? xh_err_field(err, XH_E_TOO_LARGE, "$skip", XH_STR("more"), "1000000",
                              "observations",
                              "at most %d observations are skipped: follow the next links",
                              SKIP_MAX)
               : XH_E_OK;
}

int xh__sta_observed_read(struct xh__sta_reader *r, const struct xh__sta_set *set,
                          const struct xh__odata_query *query, size_t top, struct xh__sta_page *ret,
                          struct xh_err *err)
{
    struct xh__sta_page page = {.total = -1};
    struct xh__sta_source source;
    struct gathering g = {.r = r, .query = query, .top = top, .page = &page};
    int code = check_skip(query, err);
    code = code < 0 ? code : xh__sta_source_of(r, set, query, &source, err);
    if (code < 0) {
        return code;
    }
    g.order = order_of(query);
    g.skip = query->skip > 0 && query->after.len == 0 ? (size_t)query->skip : 0;
    code = g.order == BY_SERIES || g.order == BY_TIME ? streamed(&g, &source, err)
                                                      : sorted_read(&g, &source, err);
    if (code >= 0 && query->count) {
        code = xh__sta_observed_count(r, set, query, &page.total, err);
    }
    if (code >= 0) {
        *ret = page;
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- how many ---- */

static int spans_sum(struct xh__sta_reader *r, const struct xh__sta_source *source, int64_t *ret,
                     struct xh_err *err)
{
    struct xh_observe_span *spans = XH_NEW_ARRAY(r->scan.arena, struct xh_observe_span,
                                                 source->series_count + 1);
    int64_t sum = 0;
    int code = source->series_count == 0 ? XH_E_OK
                                         : xh_observe_spans(&r->scan, source->series_ids,
                                                            source->series_count, spans, err);
    for (size_t i = 0; code >= 0 && i < source->series_count; i++) {
        sum += (int64_t)spans[i].count;
    }
    if (code >= 0) {
        *ret = sum;
    }
    return code;
}

int xh__sta_observed_count(struct xh__sta_reader *r, const struct xh__sta_set *set,
                           const struct xh__odata_query *query, int64_t *ret, struct xh_err *err)
{
    const struct xh__sta_mark none = {.is_set = false};
    struct xh__sta_source source;
    struct gathering g = {.r = r, .query = query};
    int code = xh__sta_source_of(r, set, query, &source, err);
    if (code >= 0 && query->filter == NULL && source.feature_id == 0) {
        code = xh__sta_series_all(r, &source, err);
        return code < 0 ? code : spans_sum(r, &source, ret, err);
    }
    code = code < 0 ? code : by_series(&g, &source, &none, take_count, err);
    if (code >= 0) {
        *ret = g.matched;
    }
    return code < 0 ? code : XH_E_OK;
}
