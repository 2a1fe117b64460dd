/* dated_cache.c: all dated rows as one sorted set, kept until core.dated changes.
 *
 * Invariants
 *   - A set is named by the id of the last change of core.dated that it knows, so it never becomes
 *     wrong; "now" and "as known on a day" differ only in which change that is. Asking for the
 *     newest id is one step in an index, so nothing has to be told of a change.
 *   - Ids and rows come from one read transaction of committed state, also when the caller writes:
 *     a set of changes that are rolled back later could bear the name of others.
 *   - A set is counted. The cache holds the last few used; each lending holds one until the
 *     borrower's arena dies.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "kernel/dated_csv.h"
#include "service/records_internal.h"

enum { SETS_MAX = 8 };

struct set {
    atomic_int holders;
    struct xh_arena *arena;
    int64_t last_change; /* its name */
    uint64_t used_at;
    struct xh_dated_set rows;
};

struct xh__dated {
    pthread_mutex_t lock;
    struct set *sets[SETS_MAX]; /* NULL: free */
    uint64_t clock;             /* counts questions */
};

static void set_release(void *arg)
{
    struct set *set = arg;
    if (atomic_fetch_sub(&set->holders, 1) == 1) {
        xh_arena_destroy(set->arena);
    }
}

int xh__dated_create(struct xh_engine *engine, struct xh_err *err)
{
    (void)err;
    engine->dated = xh_alloc(sizeof *engine->dated);
    (void)pthread_mutex_init(&engine->dated->lock, NULL);
    return XH_E_OK;
}

void xh__dated_destroy(struct xh_engine *engine)
{
    if (engine->dated == NULL) {
        return;
    }
    for (size_t i = 0; i < SETS_MAX; i++) {
        if (engine->dated->sets[i] != NULL) {
            set_release(engine->dated->sets[i]);
        }
    }
    (void)pthread_mutex_destroy(&engine->dated->lock);
    free(engine->dated);
    engine->dated = NULL;
}

/* ---- the cache ---- */

static struct set *cache_find(struct xh__dated *cache, int64_t last_change)
{
    struct set *found = NULL;
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < SETS_MAX && found == NULL; i++) {
        struct set *set = cache->sets[i];
        if (set != NULL && set->last_change == last_change) {
            set->used_at = ++cache->clock;
            atomic_fetch_add(&set->holders, 1);
            found = set;
        }
    }
    (void)pthread_mutex_unlock(&cache->lock);
    return found;
}

/* In place of the one that was not asked for for longest. Two threads may have built the same set:
 * both are right. */
static void cache_add(struct xh__dated *cache, struct set *set)
{
    size_t at = 0;
    (void)pthread_mutex_lock(&cache->lock);
    for (size_t i = 0; i < SETS_MAX && cache->sets[at] != NULL; i++) {
        if (cache->sets[i] == NULL || cache->sets[i]->used_at < cache->sets[at]->used_at) {
            at = i;
        }
    }
    struct set *old = cache->sets[at];
    set->used_at = ++cache->clock;
    atomic_fetch_add(&set->holders, 1);
    cache->sets[at] = set;
    (void)pthread_mutex_unlock(&cache->lock);
    if (old != NULL) {
        set_release(old);
    }
}

/* ---- a row ---- */

static struct xh_str text_of(const struct xh_doc *doc, const char *field, struct xh_arena *arena)
{
    return xh_arena_str(arena, xh_doc_text(doc, field));
}

static enum xh_verified verified_of(struct xh_str text)
{
    return xh_str_is(text, "yes")       ? XH_VERIFIED_YES
           : xh_str_is(text, "partial") ? XH_VERIFIED_PARTIAL
                                        : XH_VERIFIED_NO;
}

static int row_fill(const struct xh_record *record, struct xh_arena *arena, struct xh_dated *ret,
                    struct xh_err *err)
{
    const struct xh_doc *doc = record->doc;
    *ret = (struct xh_dated){
        .id = record->id,
        .code = text_of(doc, "code", arena),
        .table = text_of(doc, "table_name", arena),
        .key = text_of(doc, "key", arena),
        .item = text_of(doc, "item", arena),
        .variant = text_of(doc, "variant", arena),
        .value = xh_doc_dec(doc, "value"),
        .unit = text_of(doc, "unit", arena),
        .has_quantity_to = !xh_doc_is_null(doc, "quantity_to"),
        .quantity_from = xh_doc_dec(doc, "quantity_from"),
        .quantity_to = xh_doc_dec(doc, "quantity_to"),
        .minute_from = (int16_t)xh_doc_int(doc, "minute_from"),
        .minute_to = (int16_t)xh_doc_int(doc, "minute_to"),
        .valid_from = (int32_t)xh_doc_int(doc, "valid_from"),
        .valid_to = xh_doc_is_null(doc, "valid_to") ? XH_DAY_OPEN_END
                                                    : (int32_t)xh_doc_int(doc, "valid_to"),
        .document = text_of(doc, "document", arena),
        .source = text_of(doc, "source", arena),
        .verified = verified_of(xh_doc_text(doc, "verified")),
        .is_disputed = xh_doc_int(doc, "is_disputed") != 0,
        .note = text_of(doc, "note", arena),
    };
    return xh_weekdays_parse(xh_doc_text(doc, "weekdays"), &ret->weekdays) >= 0
               ? XH_E_OK
               : xh_err_set(err, XH_E_CORRUPT, "dated row \"%.*s\" has weekdays \"%.*s\"",
                            XH_STR_ARG(ret->code), XH_STR_ARG(xh_doc_text(doc, "weekdays")));
}

/* ---- building ---- */

struct builder {
    struct xh_ctx ctx; /* its arena dies with the building */
    const struct xh__rtype *rtype;
    struct set *set;
    struct xh_dated *rows;
    size_t count, capacity;
};

static int builder_add(struct builder *b, const struct xh_record *record, struct xh_err *err)
{
    b->rows = xh_arena_grow(b->set->arena, b->rows, &b->capacity, b->count + 1, sizeof *b->rows);
    int code = row_fill(record, b->set->arena, &b->rows[b->count], err);
    b->count += code >= 0;
    return code;
}

/* Each record as its last change up to :last left it. Version 0 is an event, not a record. */
static const char known_sql[] =
    "SELECT c.record_id, c.\"after\" FROM xh_change c JOIN ("
    " SELECT MAX(id) AS id FROM xh_change WHERE \"type\" = 'core.dated' AND id <= :last"
    " AND version > 0 GROUP BY record_id) m ON m.id = c.id ORDER BY c.record_id";

static int build_row(struct builder *b, struct xh_rel_rows *rows, struct xh_err *err)
{
    struct xh_record record;
    struct xh_str after = xh_rel_text(rows, 1);
    if (after.len == 0) {
        return XH_E_OK; /* deleted */
    }
    int code = xh__record_from_json(&b->ctx, b->rtype, after, &record, err);
    record.id = code >= 0 ? xh_rel_int(rows, 0) : 0;
    return code < 0 ? code : builder_add(b, &record, err);
}

static int build_rows(struct builder *b, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, known_sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "last", b->set->last_change);
    while ((code = xh_rel_next(rows, err)) == 1 && (code = build_row(b, rows, err)) >= 0) {
    }
    xh_rel_done(rows);
    return code;
}

static int set_build(struct xh_ctx *ctx, struct xh_rel_conn *conn, int64_t last_change,
                     struct set **ret, struct xh_err *err)
{
    struct builder b = {.ctx = *ctx};
    struct xh_arena *arena = xh_arena_create("dated rows");
    b.set = XH_NEW(arena, struct set);
    atomic_init(&b.set->holders, 1);
    b.set->arena = arena;
    b.set->last_change = last_change;
    b.ctx.arena = xh_arena_create("request");
    int code = xh__rtype_get(ctx, "core.dated", &b.rtype, err);
    code = code < 0 ? code : build_rows(&b, conn, err);
    xh_arena_destroy(b.ctx.arena);
    if (code < 0) {
        xh_arena_destroy(arena);
        return code;
    }
    xh_dated_sort(b.rows, b.count);
    b.set->rows = (struct xh_dated_set){b.rows, b.count};
    *ret = b.set;
    return XH_E_OK;
}

/* ---- asking ---- */

/* The id of the last change of core.dated, or of the last that was made by as_known_us; 0: none. */
static int last_change_get(struct xh_rel_conn *conn, int64_t as_known_us, int64_t *ret,
                           struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn,
                              "SELECT id FROM xh_change WHERE \"type\" = 'core.dated'"
                              " AND at_us <= :at ORDER BY id DESC LIMIT 1",
                              &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "at", as_known_us != 0 ? as_known_us : INT64_MAX);
    code = xh_rel_next(rows, err);
    *ret = code == 1 ? xh_rel_int(rows, 0) : 0;
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int set_get(struct xh_ctx *ctx, struct xh_rel_conn *conn, struct set **ret,
                   struct xh_err *err)
{
    struct xh__dated *cache = xh_ctx_engine(ctx)->dated;
    int64_t last_change = 0;
    int code = last_change_get(conn, ctx->as_known_us, &last_change, err);
    if (code < 0) {
        return code;
    }
    *ret = cache_find(cache, last_change);
    if (*ret != NULL) {
        return XH_E_OK;
    }
    code = set_build(ctx, conn, last_change, ret, err);
    if (code >= 0) {
        cache_add(cache, *ret);
    }
    return code;
}

int xh__dated_get(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    struct xh_rel *rel = xh_ctx_engine(ctx)->rel;
    struct xh_rel_conn *conn;
    struct set *set = NULL;
    int code = xh_rel_read_begin(rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = set_get(ctx, conn, &set, err);
    xh_rel_read_end(rel, conn);
    if (code >= 0) {
        xh_arena_defer(ctx->arena, set_release, set);
        *ret = set->rows;
    }
    return code;
}
