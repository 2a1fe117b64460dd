/* change.c: the change table, and those who want to know of it. */
#include "service/change.h"

#include <stdlib.h>
#include <string.h>

#include "service/records_internal.h"

enum { LISTENERS_MAX = 16 };

struct xh__changes {
    pthread_mutex_t lock;
    struct {
        void (*wake)(void *arg);
        void *arg;
    } listeners[LISTENERS_MAX];
    size_t count;
    pthread_cond_t quiet;
    bool is_calling; /* the writer's thread is among the listeners */
};

/* ---- listeners ---- */

/* On the writer's thread. The list is copied, so that no lock is held while others run. */
static void on_commit(void *arg)
{
    struct xh_engine *engine = arg;
    struct xh__changes *changes = engine->changes;
    struct xh__changes copy;
    if (engine->records != NULL) {
        xh__labels_forget(engine->records->labels);
    }
    (void)pthread_mutex_lock(&changes->lock);
    copy = *changes;
    changes->is_calling = true;
    (void)pthread_mutex_unlock(&changes->lock);
    for (size_t i = 0; i < copy.count; i++) {
        copy.listeners[i].wake(copy.listeners[i].arg);
    }
    (void)pthread_mutex_lock(&changes->lock);
    changes->is_calling = false;
    (void)pthread_cond_broadcast(&changes->quiet);
    (void)pthread_mutex_unlock(&changes->lock);
}

int xh__changes_create(struct xh_engine *engine, struct xh_err *err)
{
    (void)err;
    engine->changes = xh_alloc(sizeof *engine->changes);
    (void)pthread_mutex_init(&engine->changes->lock, NULL);
    (void)pthread_cond_init(&engine->changes->quiet, NULL);
    xh_rel_on_commit(engine->rel, on_commit, engine);
    return XH_E_OK;
}

void xh__changes_destroy(struct xh_engine *engine)
{
    if (engine->changes != NULL) {
        (void)pthread_cond_destroy(&engine->changes->quiet);
        (void)pthread_mutex_destroy(&engine->changes->lock);
        free(engine->changes);
        engine->changes = NULL;
    }
}

void xh_change_listen(struct xh_engine *engine, void (*wake)(void *arg), void *arg)
{
    struct xh__changes *changes = engine->changes;
    (void)pthread_mutex_lock(&changes->lock);
    xh_assert(changes->count < LISTENERS_MAX);
    changes->listeners[changes->count].wake = wake;
    changes->listeners[changes->count].arg = arg;
    changes->count++;
    (void)pthread_mutex_unlock(&changes->lock);
}

void xh_change_unlisten(struct xh_engine *engine, void (*wake)(void *arg), void *arg)
{
    struct xh__changes *changes = engine->changes;
    size_t kept = 0;
    (void)pthread_mutex_lock(&changes->lock);
    for (size_t i = 0; i < changes->count; i++) {
        if (changes->listeners[i].wake != wake || changes->listeners[i].arg != arg) {
            changes->listeners[kept++] = changes->listeners[i];
        }
    }
    changes->count = kept;
    while (changes->is_calling) {
        (void)pthread_cond_wait(&changes->quiet, &changes->lock);
    }
    (void)pthread_mutex_unlock(&changes->lock);
}

/* ---- appending ---- */

static void bind_text(struct xh_rel_rows *rows, const char *name, struct xh_str text)
{
    if (text.len > 0) {
        xh_rel_bind_text(rows, name, text);
    } else {
        xh_rel_bind_null(rows, name);
    }
}

int xh__change_append(struct xh_ctx *ctx, struct xh_rel_conn *conn, int64_t at_us, const char *type,
                      int64_t record_id, int64_t owner, int64_t version, const char *verb,
                      struct xh_str before, struct xh_str after, struct xh_err *err)
{
    static const char sql[] =
        "INSERT INTO \"xh_change\" (\"at_us\", \"who\", \"type\", \"record_id\", \"owner\","
        " \"version\", \"verb\", \"before\", \"after\") VALUES (:at_us, :who, :type, :record_id,"
        " :owner, :version, :verb, :before, :after)";
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "at_us", at_us);
    xh_rel_bind_text(rows, "who", xh_str_from(ctx->who->name));
    xh_rel_bind_text(rows, "type", xh_str_from(type));
    xh_rel_bind_int(rows, "record_id", record_id);
    if (owner != 0) {
        xh_rel_bind_int(rows, "owner", owner);
    } else {
        xh_rel_bind_null(rows, "owner");
    }
    xh_rel_bind_int(rows, "version", version);
    xh_rel_bind_text(rows, "verb", xh_str_from(verb));
    bind_text(rows, "before", before);
    bind_text(rows, "after", after);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* Who may see a change is who may see its record. */
static int64_t owner_of(struct xh_ctx *ctx, struct xh_rel_conn *conn, const char *type,
                        int64_t record_id, struct xh_err *err)
{
    const struct xh__rtype *rtype = xh__rtype_find(xh_ctx_engine(ctx), xh_str_from(type));
    struct xh_record record;
    struct xh_err own = {0};
    if (rtype == NULL || record_id == 0) {
        return 0;
    }
    int code = xh__record_load(ctx, rtype, conn, record_id, &record, &own);
    if (code == XH_E_NOT_FOUND) {
        return 0;
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code < 0 ? code : record.owner;
}

int xh_change_append(struct xh_ctx *ctx, struct xh_rel_conn *conn, const char *type,
                     int64_t record_id, int64_t version, const char *verb, struct xh_str before,
                     struct xh_str after, struct xh_err *err)
{
    int64_t owner = owner_of(ctx, conn, type, record_id, err);
    if (owner < 0) {
        return (int)owner;
    }
    int64_t now_us = xh__write_now_us(ctx, conn, err);
    if (now_us < 0) {
        return (int)now_us;
    }
    return xh__change_append(ctx, conn, now_us, type, record_id, owner, version, verb, before,
                             after, err);
}

/* ---- reading ---- */

#define CHANGE_COLUMNS                                                                             \
    "SELECT \"id\", \"at_us\", \"who\", \"type\", \"record_id\", \"version\", \"verb\"," \
    " \"before\", \"after\", \"owner\" FROM \"xh_change\" WHERE \"id\" > :after"

static const char *read_sql(bool has_type, bool has_record)
{
    if (has_record) {
        return CHANGE_COLUMNS " AND \"type\" = :type AND \"record_id\" = :record_id"
                              " ORDER BY \"id\" LIMIT :limit";
    }
    return has_type ? CHANGE_COLUMNS " AND \"type\" = :type ORDER BY \"id\" LIMIT :limit"
                    : CHANGE_COLUMNS " ORDER BY \"id\" LIMIT :limit";
}

struct found {
    struct xh_change change;
    int64_t owner;
};

/* Without the personal fields; nothing when it is no record's JSON (an emitted detail). */
static struct xh_str masked(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_str json)
{
    struct xh_record record;
    if (json.len == 0 || xh__record_from_json(ctx, rtype, json, &record, NULL) < 0) {
        return (struct xh_str){NULL, 0};
    }
    struct xh_buf out = {0};
    for (size_t i = 0; i < rtype->type->shape.field_count; i++) {
        if ((rtype->type->shape.fields[i].flags & XH_F_PERSONAL) != 0) {
            record.doc->row.values[i].is_null = true;
        }
    }
    for (size_t p = 0; p < rtype->type->shape.part_count; p++) {
        const struct xh_part *part = &rtype->type->shape.parts[p];
        for (size_t at = 0; at < part->field_count * record.doc->parts[p].count; at++) {
            size_t field = at % part->field_count;
            if ((part->fields[field].flags & XH_F_PERSONAL) != 0) {
                record.doc->parts[p].rows[at / part->field_count].values[field].is_null = true;
            }
        }
    }
    xh__record_stored_json(&record, &out);
    struct xh_str text = xh_arena_str(ctx->arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

/* A type that is not built in is for staff and auditors. */
static bool may_see(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t owner)
{
    return rtype == NULL ? xh__is_inside(ctx->who) : xh__may_see(rtype, ctx->who, owner);
}

/* What a record was while it was somebody else's is not for who got it. */
static bool was_own(struct xh_ctx *ctx, const struct xh__rtype *rtype, struct xh_str before)
{
    struct xh_record record;
    return xh_record_type_may_read(rtype->type, ctx->who) == XH_MAY_ALL || before.len == 0 ||
           (xh__record_from_json(ctx, rtype, before, &record, NULL) >= 0 &&
            (record.owner == ctx->who->party_id || rtype->type->owns_itself));
}

/* Leaves out what is not for who, of a change that is. */
static void mask(struct xh_ctx *ctx, struct found *found)
{
    const struct xh__rtype *rtype = xh__rtype_find(xh_ctx_engine(ctx), found->change.type);
    if (rtype == NULL) {
        return;
    }
    if (!was_own(ctx, rtype, found->change.before)) {
        found->change.before = (struct xh_str){NULL, 0};
    }
    if (xh__is_masked(rtype, ctx->who, found->owner)) {
        found->change.before = masked(ctx, rtype, found->change.before);
        found->change.after = masked(ctx, rtype, found->change.after);
    }
}

/* Copies what who may see and nothing else, for there may be a million changes of others between
 * two of his. */
static bool from_row(struct xh_ctx *ctx, struct xh_rel_rows *rows, struct found *ret)
{
    struct xh_arena *arena = ctx->arena;
    if (!may_see(ctx, xh__rtype_find(xh_ctx_engine(ctx), xh_rel_text(rows, 3)),
                 xh_rel_int(rows, 9))) {
        return false;
    }
    *ret = (struct found){
        .change = {
            .id = xh_rel_int(rows, 0),
            .at_us = xh_rel_int(rows, 1),
            .who = xh_arena_str(arena, xh_rel_text(rows, 2)),
            .type = xh_arena_str(arena, xh_rel_text(rows, 3)),
            .record_id = xh_rel_int(rows, 4),
            .version = xh_rel_int(rows, 5),
            .verb = xh_arena_str(arena, xh_rel_text(rows, 6)),
            .before = xh_arena_str(arena, xh_rel_text(rows, 7)),
            .after = xh_arena_str(arena, xh_rel_text(rows, 8)),
        },
        .owner = xh_rel_int(rows, 9),
    };
    return true;
}

struct page {
    int64_t after_id;
    const char *type;
    int64_t record_id;
    struct found *items; /* those that who may see */
    size_t count, capacity;
    size_t read_count;   /* of all */
};

static int page_read(struct xh_ctx *ctx, struct page *page, size_t limit, struct xh_err *err)
{
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    bool has_record = page->type != NULL && page->record_id != 0;
    int code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    page->count = page->read_count = 0;
    code = xh_rel_prepare(conn, read_sql(page->type != NULL, has_record), &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "after", page->after_id);
        xh_rel_bind_int(rows, "limit", (int64_t)limit);
        if (page->type != NULL) {
            xh_rel_bind_text(rows, "type", xh_str_from(page->type));
        }
        if (has_record) {
            xh_rel_bind_int(rows, "record_id", page->record_id);
        }
        while ((code = xh_rel_next(rows, err)) > 0) {
            page->items = xh_arena_grow(ctx->arena, page->items, &page->capacity, page->count + 1,
                                        sizeof *page->items);
            page->count += from_row(ctx, rows, &page->items[page->count]);
            page->after_id = xh_rel_int(rows, 0);
            page->read_count++;
        }
        xh_rel_done(rows);
    }
    xh__read_end(ctx, conn);
    return code;
}

int xh_change_read(struct xh_ctx *ctx, int64_t after_id, const char *type, int64_t record_id,
                   size_t limit, xh_change_fn *each, void *arg, struct xh_err *err)
{
    enum { PAGE = 256 };
    struct page page = {.after_id = after_id, .type = type, .record_id = record_id};
    size_t given = 0;
    int code = XH_E_OK;
    bool is_end = false;
    while (code >= 0 && !is_end && given < limit) {
        code = page_read(ctx, &page, PAGE, err);
        is_end = page.read_count < PAGE;
        for (size_t i = 0; code >= 0 && i < page.count && given < limit; i++) {
            if (record_id == 0 || page.items[i].change.record_id == record_id) {
                mask(ctx, &page.items[i]);
                code = each(arg, &page.items[i].change, err);
                given++;
            }
        }
    }
    return code < 0 ? code : XH_E_OK;
}

int64_t xh_change_last_id(struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    int64_t id = xh__read_begin(ctx, &conn, err);
    if (id < 0) {
        return id;
    }
    id = xh_rel_prepare(conn, "SELECT coalesce(max(\"id\"), 0) FROM \"xh_change\"", &rows, err);
    if (id >= 0) {
        int code = xh_rel_next(rows, err);
        id = code > 0 ? xh_rel_int(rows, 0) : code;
        xh_rel_done(rows);
    }
    xh__read_end(ctx, conn);
    return id;
}
