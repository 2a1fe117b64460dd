/* sta_set.c: many entities: by their ids, all of a type, what a link leads to; page by page. */
#include "server/sta/sta_entity_internal.h"

#include "service/records.h"

enum {
    LIST_MAX = 1000, /* records in one page of the records engine */
    DENSE_COUNT_MIN = 16
};

/* ---- ids ---- */

static enum xh_may may_read(const struct xh_ctx *ctx, enum xh__sta_type target)
{
    const struct xh_record_type *type =
        xh_engine_record_type(xh_ctx_engine(ctx), xh_str_from(xh__sta_types[target].record));
    return xh_record_type_may_read(type, ctx->who);
}

/* A device's links are few and from what is its own: what they lead to is looked at one by one. */
static int own_keep(struct xh_ctx *ctx, enum xh__sta_type target, struct xh__sta_ids *ids,
                    struct xh_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < ids->count; i++) {
        struct xh_record record;
        int code = xh_record_get(ctx, xh__sta_types[target].record, ids->ids[i], &record, NULL);
        if (code < 0 && code != XH_E_NOT_FOUND) {
            return xh_err_set(err, code, "a link of the device cannot be read");
        }
        ids->ids[count] = ids->ids[i];
        count += code >= 0;
    }
    ids->count = count;
    return XH_E_OK;
}

int xh__sta_ids_read(struct xh__sta_snapshot *s, enum xh__sta_type target, const char *sql,
                     int64_t from, int64_t after, int64_t limit, struct xh__sta_ids *ret,
                     struct xh_err *err)
{
    struct xh_rel_rows *rows;
    enum xh_may may = may_read(&s->ctx, target);
    size_t capacity = 0;
    *ret = (struct xh__sta_ids){NULL, 0};
    if (may == XH_MAY_NOT) {
        return XH_E_OK;
    }
    int code = xh_rel_prepare(s->conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    if (xh_rel_has_param(rows, "from")) {
        xh_rel_bind_int(rows, "from", from);
    }
    xh_rel_bind_int(rows, "after", after);
    xh_rel_bind_int(rows, "limit", limit);
    xh_rel_bind_int(rows, "is_all", may == XH_MAY_ALL || may == XH_MAY_DEVICE);
    xh_rel_bind_int(rows, "is_open", may == XH_MAY_OPEN);
    xh_rel_bind_int(rows, "party", s->ctx.who->party_id);
    while ((code = xh_rel_next(rows, err)) > 0) {
        ret->ids = xh_arena_grow(s->ctx.arena, ret->ids, &capacity, ret->count + 1,
                                 sizeof *ret->ids);
        ret->ids[ret->count++] = xh_rel_int(rows, 0);
    }
    xh_rel_done(rows);
    return code >= 0 && may == XH_MAY_DEVICE ? own_keep(&s->ctx, target, ret, err)
           : code < 0                        ? code
                                             : XH_E_OK;
}

/* Is the link in an order of its own? Then all of it is read, it is short. */
static bool is_ordered(const struct xh__sta_link *link)
{
    return link != NULL && link->is_many && link->is_required;
}

/* What stands behind an id in the link's own order. */
static void leave_out_to(struct xh__sta_ids *ids, int64_t after_id, size_t limit)
{
    for (size_t i = 0; after_id != 0 && i < ids->count; i++) {
        if (ids->ids[i] == after_id) {
            ids->ids += i + 1;
            ids->count -= i + 1;
            break;
        }
    }
    ids->count = ids->count > limit ? limit : ids->count;
}

static int link_ids(struct xh__sta_snapshot *s, const struct xh__sta_set *set, int64_t after_id,
                    size_t limit, struct xh__sta_ids *ret, struct xh_err *err)
{
    const char *sql = set->of != NULL ? set->link->sql : xh__sta_types[set->type].sql;
    int64_t from = set->of != NULL ? set->of->id : 0;
    int64_t most = limit > INT64_MAX ? INT64_MAX : (int64_t)limit;
    if (!is_ordered(set->link)) {
        return xh__sta_ids_read(s, set->type, sql, from, after_id, most, ret, err);
    }
    int code = xh__sta_ids_read(s, set->type, sql, from, 0, INT64_MAX, ret, err);
    if (code >= 0) {
        leave_out_to(ret, after_id, limit);
    }
    return code;
}

/* ---- a whole table ---- */

struct page {
    enum xh__sta_type type;
    struct xh__sta_entity *items;
    size_t count, seen;
    int64_t last_id;
    const struct xh__sta_ids *wanted; /* ascending; NULL: all */
    size_t at;                        /* the next of them */
};

static bool is_wanted(struct page *page, int64_t id)
{
    if (page->wanted == NULL) {
        return true;
    }
    while (page->at < page->wanted->count && page->wanted->ids[page->at] < id) {
        page->at++;
    }
    return page->at < page->wanted->count && page->wanted->ids[page->at] == id;
}

static int page_take(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct page *page = arg;
    (void)err;
    page->seen++;
    page->last_id = record->id;
    if (is_wanted(page, record->id) && xh__sta_is_entity(page->type, record)) {
        page->items[page->count++] =
            (struct xh__sta_entity){.type = page->type, .id = record->id, .record = *record};
    }
    return XH_E_OK;
}

/* The filters of a set whose entities are records of a table of their own, or of one that they
 * share: those of the other kind are left out by page_take. */
static size_t table_filters(enum xh__sta_type type, int64_t after_id, struct xh_filter filters[2])
{
    size_t count = 0;
    if (after_id > 0) {
        filters[count++] = (struct xh_filter){
            "id", XH_FILTER_GE, {.type = XH_T_INT, .integer = after_id + 1}};
    }
    if (type == XH__STA_MULTI_DATASTREAM) {
        filters[count++] =
            (struct xh_filter){"is_multi", XH_FILTER_EQ, {.type = XH_T_BOOL, .truth = true}};
    }
    return count;
}

static int table_read(struct xh__sta_snapshot *s, enum xh__sta_type type, int64_t after_id,
                      struct xh__sta_entity *ret, size_t capacity, size_t *ret_count,
                      struct xh_err *err)
{
    struct page page = {.type = type, .items = ret, .last_id = after_id};
    size_t limit = 0;
    int code = XH_E_OK;
    do {
        struct xh_filter filters[2];
        limit = capacity - page.count < LIST_MAX ? capacity - page.count : LIST_MAX;
        struct xh_list list = {
            .filters = filters,
            .filter_count = table_filters(type, page.last_id, filters),
            .limit = limit,
            .with_parts = type == XH__STA_MULTI_DATASTREAM,
        };
        page.seen = 0;
        code = xh_record_list(&s->ctx, xh__sta_types[type].record, &list, page_take, &page, NULL,
                              err);
    } while (code >= 0 && page.seen == limit && page.count < capacity);
    if (code >= 0) {
        *ret_count = page.count;
    }
    return code;
}

static int table_count(struct xh__sta_snapshot *s, enum xh__sta_type type, int64_t *ret_count,
                       struct xh_err *err)
{
    const char *name = xh__sta_types[type].record;
    struct xh_filter filters[2];
    struct xh_list multi = {
        .filters = filters,
        .filter_count = table_filters(XH__STA_MULTI_DATASTREAM, 0, filters),
    };
    int64_t all = 0, others = 0;
    bool is_multi = type == XH__STA_MULTI_DATASTREAM, is_one = type == XH__STA_DATASTREAM;
    int code = xh_record_count(&s->ctx, name, is_multi ? &multi : NULL, &all, err);
    if (code >= 0 && is_one) {
        code = xh_record_count(&s->ctx, name, &multi, &others, err);
    }
    if (code >= 0) {
        *ret_count = all - others;
    }
    return code;
}

/* ---- ids that lie close together ---- */

/* One walk over the table is several times faster than asking for each. */
static bool is_dense(const struct xh__sta_ids *ids)
{
    for (size_t i = 1; i < ids->count; i++) {
        if (ids->ids[i - 1] >= ids->ids[i]) {
            return false;
        }
    }
    return ids->count >= DENSE_COUNT_MIN && ids->ids[0] > 0 &&
           ids->ids[ids->count - 1] < INT64_MAX &&
           (uint64_t)(ids->ids[ids->count - 1] - ids->ids[0]) < 3 * (uint64_t)ids->count;
}

static int dense_read(struct xh__sta_snapshot *s, enum xh__sta_type type,
                      const struct xh__sta_ids *ids, struct xh__sta_entity *ret, size_t *ret_count,
                      struct xh_err *err)
{
    struct page page = {.type = type, .items = ret, .wanted = ids, .last_id = ids->ids[0] - 1};
    int64_t end = ids->ids[ids->count - 1] + 1;
    int code = XH_E_OK;
    do {
        struct xh_filter filters[] = {
            {"id", XH_FILTER_GE, {.type = XH_T_INT, .integer = page.last_id + 1}},
            {"id", XH_FILTER_LT, {.type = XH_T_INT, .integer = end}},
        };
        struct xh_list list = {
            .filters = filters,
            .filter_count = XH_COUNT(filters),
            .limit = LIST_MAX,
            .with_parts = type == XH__STA_MULTI_DATASTREAM,
        };
        page.seen = 0;
        code = xh_record_list(&s->ctx, xh__sta_types[type].record, &list, page_take, &page, NULL,
                              err);
    } while (code >= 0 && page.seen == LIST_MAX);
    if (code >= 0) {
        *ret_count = page.count;
    }
    return code;
}

int xh__sta_entities_get(struct xh_ctx *ctx, enum xh__sta_type type, const int64_t *ids,
                         size_t count, struct xh__sta_entity *ret, size_t *ret_count,
                         struct xh_err *err)
{
    struct xh__sta_snapshot s;
    size_t found = 0;
    if (count == 0) {
        *ret_count = 0;
        return XH_E_OK;
    }
    int code = xh__sta_snapshot_begin(ctx, &s, err);
    if (code < 0) {
        return code;
    }
    struct xh__sta_ids all = {(int64_t *)(uintptr_t)ids, count};
    bool is_whole = type != XH__STA_OBSERVATION && is_dense(&all);
    if (is_whole) {
        code = dense_read(&s, type, &all, ret, &found, err);
    }
    /* Observations come by their own way, which begins its own readers. */
    struct xh_ctx *as = type == XH__STA_OBSERVATION ? ctx : &s.ctx;
    for (size_t i = 0; code >= 0 && !is_whole && i < count; i++) {
        code = xh__sta_entity_get(as, type, ids[i], &ret[found], err);
        found += code >= 0;
        if (code == XH_E_NOT_FOUND) {
            xh_err_clear(err);
            code = XH_E_OK;
        }
    }
    xh__sta_snapshot_end(&s);
    if (code >= 0) {
        *ret_count = found;
    }
    return code;
}

/* ---- sets ---- */

static bool is_table(const struct xh__sta_set *set)
{
    return set->of == NULL && xh__sta_types[set->type].sql == NULL;
}

int xh__sta_set_read(struct xh_ctx *ctx, const struct xh__sta_set *set, int64_t after_id,
                     struct xh__sta_entity *ret, size_t capacity, size_t *ret_count,
                     struct xh_err *err)
{
    struct xh__sta_snapshot s;
    struct xh__sta_ids ids = {NULL, 0};
    xh_assert(set->type != XH__STA_OBSERVATION);
    if (capacity == 0) {
        *ret_count = 0;
        return XH_E_OK;
    }
    int code = xh__sta_snapshot_begin(ctx, &s, err);
    if (code < 0) {
        return code;
    }
    if (is_table(set)) {
        code = table_read(&s, set->type, after_id, ret, capacity, ret_count, err);
    } else {
        code = link_ids(&s, set, after_id, capacity, &ids, err);
        code = code < 0 ? code
                        : xh__sta_entities_get(&s.ctx, set->type, ids.ids, ids.count, ret,
                                               ret_count, err);
    }
    xh__sta_snapshot_end(&s);
    return code;
}

int xh__sta_set_count(struct xh_ctx *ctx, const struct xh__sta_set *set, int64_t *ret_count,
                      struct xh_err *err)
{
    struct xh__sta_snapshot s;
    struct xh__sta_ids ids = {NULL, 0};
    int code = xh__sta_snapshot_begin(ctx, &s, err);
    if (code < 0) {
        return code;
    }
    if (is_table(set)) {
        code = table_count(&s, set->type, ret_count, err);
    } else {
        code = link_ids(&s, set, 0, SIZE_MAX, &ids, err);
        *ret_count = code >= 0 ? (int64_t)ids.count : *ret_count;
    }
    xh__sta_snapshot_end(&s);
    return code;
}

static int one_id(struct xh__sta_snapshot *s, const struct xh__sta_entity *entity,
                  const struct xh__sta_link *link, struct xh__sta_kind *known,
                  struct xh__sta_ids *ret, struct xh_err *err)
{
    int64_t id = 0;
    int code = xh__sta_linked_one(s, entity, link, known, &id, err);
    *ret = (struct xh__sta_ids){NULL, 0};
    if (code >= 0 && id != 0) {
        ret->ids = XH_NEW(s->ctx.arena, int64_t);
        ret->ids[0] = id;
        ret->count = 1;
    }
    return code;
}

int xh__sta_linked_of(struct xh_ctx *ctx, const struct xh__sta_entity *entities, size_t count,
                      const struct xh__sta_link *link, struct xh__sta_ids *ret, struct xh_err *err)
{
    struct xh__sta_snapshot s;
    struct xh__sta_kind known = {0};
    int code = xh__sta_snapshot_begin(ctx, &s, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; code >= 0 && i < count; i++) {
        code = link->is_many ? xh__sta_ids_read(&s, link->target, link->sql, entities[i].id, 0,
                                                INT64_MAX, &ret[i], err)
                             : one_id(&s, &entities[i], link, &known, &ret[i], err);
    }
    xh__sta_snapshot_end(&s);
    return code;
}
