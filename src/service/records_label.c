/* records_label.c: titles of records that others refer to, kept until the next commit.
 *
 * A page of a hundred records names a few parties and places over and over. What was read is kept
 * for all requests and dropped whole after every commit; what was read before a commit is not put
 * in after it (`generation`), so an old title never outlives its change.
 */
#include "service/records_internal.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 10000 };

struct label_key {
    const struct xh__rtype *rtype;
    int64_t id;
};

struct label {
    struct label_key key;
    struct label *next;
    int64_t owner;
    size_t title_len, code_len;
    char text[]; /* title, then code */
};

struct xh__labels {
    pthread_mutex_t lock;
    uint64_t generation, hash_key;
    struct xh_map *map;
    struct label *all;
};

static struct xh_str key_str(const struct label_key *key)
{
    return (struct xh_str){(const char *)key, sizeof *key};
}

struct xh__labels *xh__labels_create(struct xh_engine *engine)
{
    struct xh__labels *labels = xh_alloc(sizeof *labels);
    (void)pthread_mutex_init(&labels->lock, NULL);
    xh_env_random(engine->env, &labels->hash_key, sizeof labels->hash_key);
    labels->map = xh_map_create(labels->hash_key);
    return labels;
}

static void clear(struct xh__labels *labels)
{
    while (labels->all != NULL) {
        struct label *next = labels->all->next;
        free(labels->all);
        labels->all = next;
    }
    xh_map_destroy(labels->map);
    labels->map = xh_map_create(labels->hash_key);
}

void xh__labels_destroy(struct xh__labels *labels)
{
    clear(labels);
    xh_map_destroy(labels->map);
    (void)pthread_mutex_destroy(&labels->lock);
    free(labels);
}

void xh__labels_forget(struct xh__labels *labels)
{
    (void)pthread_mutex_lock(&labels->lock);
    labels->generation++;
    if (labels->all != NULL) {
        clear(labels);
    }
    (void)pthread_mutex_unlock(&labels->lock);
}

/* What a label says, in somebody's arena. */
struct said {
    struct xh_str title, code;
    int64_t owner;
    bool is_there;
};

static bool kept_get(struct xh__labels *labels, struct xh_arena *arena, const struct label_key *key,
                     struct said *ret, uint64_t *ret_generation)
{
    (void)pthread_mutex_lock(&labels->lock);
    const struct label *label = xh_map_get(labels->map, key_str(key));
    if (label != NULL) {
        *ret = (struct said){
            .title = xh_arena_str(arena, (struct xh_str){label->text, label->title_len}),
            .code = xh_arena_str(arena,
                                 (struct xh_str){label->text + label->title_len, label->code_len}),
            .owner = label->owner,
            .is_there = true,
        };
    }
    *ret_generation = labels->generation;
    (void)pthread_mutex_unlock(&labels->lock);
    return label != NULL;
}

static void keep(struct xh__labels *labels, const struct label_key *key, const struct said *said,
                 uint64_t generation)
{
    struct label *label = xh_alloc(sizeof *label + said->title.len + said->code.len + 1);
    label->key = *key;
    label->owner = said->owner;
    label->title_len = said->title.len;
    label->code_len = said->code.len;
    memcpy(label->text, said->title.len > 0 ? said->title.ptr : "", said->title.len);
    memcpy(label->text + said->title.len, said->code.len > 0 ? said->code.ptr : "", said->code.len);
    (void)pthread_mutex_lock(&labels->lock);
    bool is_new = labels->generation == generation &&
                  xh_map_get(labels->map, key_str(&label->key)) == NULL;
    if (is_new && xh_map_count(labels->map) >= KEPT_MAX) {
        clear(labels);
    }
    if (is_new) {
        (void)xh_map_put(labels->map, key_str(&label->key), label);
        label->next = labels->all;
        labels->all = label;
    }
    (void)pthread_mutex_unlock(&labels->lock);
    if (!is_new) {
        free(label);
    }
}

static int stored_get(struct xh_ctx *ctx, const struct label_key *key, struct said *ret,
                      struct xh_err *err)
{
    struct xh_rel_conn *conn = NULL;
    struct xh_rel_rows *rows = NULL;
    int code = xh__read_begin(ctx, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, key->rtype->label, &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "id", key->id);
        code = xh_rel_next(rows, err);
        if (code > 0) {
            *ret = (struct said){
                .title = xh_arena_str(ctx->arena, xh_rel_text(rows, 0)),
                .code = xh_arena_str(ctx->arena, xh_rel_text(rows, 1)),
                .owner = xh_rel_int(rows, 2),
                .is_there = true,
            };
        }
        xh_rel_done(rows);
    }
    xh__read_end(ctx, conn);
    return code < 0 ? code : XH_E_OK;
}

static int said_get(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t id, struct said *ret,
                    struct xh_err *err)
{
    struct xh__labels *labels = xh_ctx_engine(ctx)->records->labels;
    struct label_key key;
    uint64_t generation = 0;
    memset(&key, 0, sizeof key);
    key.rtype = rtype;
    key.id = id;
    *ret = (struct said){.is_there = false};
    if (rtype->label == NULL || id == 0) {
        return XH_E_OK;
    }
    /* A transaction sees what nobody else does yet. */
    if (ctx->txn != NULL) {
        return stored_get(ctx, &key, ret, err);
    }
    if (kept_get(labels, ctx->arena, &key, ret, &generation)) {
        return XH_E_OK;
    }
    int code = stored_get(ctx, &key, ret, err);
    if (code >= 0 && ret->is_there) {
        keep(labels, &key, ret, generation);
    }
    return code;
}

int xh__label_get(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t id, struct xh_str *ret,
                  struct xh_err *err)
{
    struct said said;
    *ret = (struct xh_str){NULL, 0};
    if (xh_record_type_may_read(rtype->type, ctx->who) == XH_MAY_NOT) {
        return XH_E_OK;
    }
    int code = said_get(ctx, rtype, id, &said, err);
    if (code < 0 || !said.is_there || !xh__may_see(rtype, ctx->who, said.owner)) {
        return code;
    }
    bool is_personal = rtype->title_field != XH__NO_FIELD &&
                       (rtype->type->shape.fields[rtype->title_field].flags & XH_F_PERSONAL) != 0;
    bool is_masked = is_personal && xh__is_masked(rtype, ctx->who, said.owner);
    *ret = is_masked ? (rtype->key_field != XH__NO_FIELD ? said.code : *ret) : said.title;
    return XH_E_OK;
}

int xh__key_get(struct xh_ctx *ctx, const struct xh__rtype *rtype, int64_t id, struct xh_str *ret,
                struct xh_err *err)
{
    struct said said;
    *ret = (struct xh_str){NULL, 0};
    if (rtype->key_field == XH__NO_FIELD ||
        xh_record_type_may_read(rtype->type, ctx->who) == XH_MAY_NOT) {
        return XH_E_OK;
    }
    int code = said_get(ctx, rtype, id, &said, err);
    if (code >= 0 && said.is_there && xh__may_see(rtype, ctx->who, said.owner)) {
        *ret = said.code;
    }
    return code;
}
