/* device_keys.c: keys of devices: made, found, revoked.
 *
 * Invariants
 *   - A key in memory was read from the table, or made, after its last change: who loads one
 *     remembers the epoch, and what was revoked meanwhile raised it.
 *   - Writes first, memory after: a revoked key that is found in memory is marked there before the
 *     revoking returns.
 *   - A who is made once a device and never changes.
 */
#include "service/device_keys.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_member.h"
#include "base/num.h"
#include "base/sha256.h"
#include "service/change.h"
#include "service/device_internal.h"
#include "service/records_internal.h"

enum {
    SECRET_BYTES = 24,
    SECRET_CHARS = 2 * SECRET_BYTES,
    LISTENERS_MAX = 4,
    LABEL_BYTES_MAX = 120
};

/* ---- table ---- */

static const struct xh_rel_column columns[] = {
    {"device", XH_REL_INTEGER, true, NULL, NULL}, /* no reference: gone with the device */
    {"hash", XH_REL_TEXT, true, NULL, NULL},      /* SHA-256 of the secret, hexadecimal */
    {"label", XH_REL_TEXT, false, NULL, NULL},
    {"made_by", XH_REL_TEXT, true, NULL, NULL},
    {"made_us", XH_REL_INTEGER, true, NULL, NULL},
    {"revoked_us", XH_REL_INTEGER, false, NULL, NULL},
};
static const struct xh_rel_index indexes[] = {{"\"device\"", false}};
const struct xh_rel_table xh__device_key_table = {
    .name = "xh_device_key",
    .columns = columns,
    .column_count = XH_COUNT(columns),
    .indexes = indexes,
    .index_count = XH_COUNT(indexes),
};

/* ---- memory ---- */

struct key {
    int64_t id; /* its bytes are the key in the map */
    char hash[XH_SHA256_TEXT_BYTES];
    const struct xh_who *who;
    bool is_revoked;
    _Atomic int64_t used_us;
};

struct listener {
    xh_device_revoked_fn *revoked;
    void *arg;
};

struct xh__device_keys {
    pthread_rwlock_t lock;
    struct xh_map *keys;    /* id -> struct key */
    struct xh_map *whos;    /* device id -> struct person */
    struct xh_arena *arena; /* of both; lives as the engine */
    uint64_t epoch;         /* grows with each revoking */
    int64_t change_seen;    /* by on_commit only */
    pthread_mutex_t telling; /* held while listeners run; guards them */
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
};

struct person {
    int64_t device_id;
    struct xh_who who;
};

static struct xh_str id_key(const int64_t *id)
{
    return (struct xh_str){(const char *)id, sizeof *id};
}

/* Call with the lock held for writing. */
static const struct xh_who *who_of(struct xh__device_keys *all, int64_t device_id,
                                   struct xh_str code)
{
    struct person *person = xh_map_get(all->whos, id_key(&device_id));
    if (person == NULL) {
        person = XH_NEW(all->arena, struct person);
        person->device_id = device_id;
        person->who = (struct xh_who){
            .name = xh_arena_format(all->arena, "device-%.*s", XH_STR_ARG(code)).ptr,
            .roles = XH_ROLE_DEVICE,
            .device_id = device_id,
        };
        (void)xh_map_put(all->whos, id_key(&person->device_id), person);
    }
    return &person->who;
}

/* ---- the text of a key ---- */

static void hash_of(struct xh_str secret, char ret_hash[XH_SHA256_TEXT_BYTES])
{
    struct xh_sha256 sha;
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, secret.ptr, secret.len);
    xh_sha256_end(&sha, ret_hash);
}

/* Takes the same time wherever the first difference is. */
static bool is_same(const char *a, const char *b)
{
    unsigned difference = 0;
    for (size_t i = 0; i + 1 < XH_SHA256_TEXT_BYTES; i++) {
        difference |= (unsigned char)a[i] ^ (unsigned char)b[i];
    }
    return difference == 0;
}

bool xh_device_key_is(struct xh_str key)
{
    return xh_str_starts(key, XH_STR("xd_"));
}

/* False when it has not the form of a key. */
static bool key_split(struct xh_str key, int64_t *ret_id, struct xh_str *ret_secret)
{
    struct xh_str rest = xh_str_sub(key, 3, key.len);
    ptrdiff_t end = xh_str_find_char(rest, '_');
    if (!xh_device_key_is(key) || end < 1 || rest.ptr[0] < '0' || rest.ptr[0] > '9' ||
        xh_int_parse(xh_str_sub(rest, 0, (size_t)end), ret_id) < 0) {
        return false;
    }
    *ret_secret = xh_str_sub(rest, (size_t)end + 1, rest.len);
    return ret_secret->len == SECRET_CHARS;
}

/* ---- finding ---- */

static const char load_sql[] =
    "SELECT k.\"hash\", k.\"device\", d.\"code\" FROM \"xh_device_key\" k"
    " JOIN \"core_devices\" d ON d.\"id\" = k.\"device\""
    " WHERE k.\"id\" = :id AND k.\"revoked_us\" IS NULL";

struct loaded {
    char hash[XH_SHA256_TEXT_BYTES];
    int64_t device_id;
    struct xh_str code;
};

/* 1: found. */
static int row_load(struct xh_engine *engine, struct xh_arena *arena, int64_t id,
                    struct loaded *ret, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int status = xh_rel_read_begin(engine->rel, &conn, err);
    if (status < 0) {
        return status;
    }
    status = xh_rel_prepare(conn, load_sql, &rows, err);
    if (status >= 0) {
        xh_rel_bind_int(rows, "id", id);
        status = xh_rel_next(rows, err);
        if (status == 1) {
            struct xh_str hash = xh_rel_text(rows, 0);
            memset(ret->hash, 0, sizeof ret->hash);
            memcpy(ret->hash, hash.ptr,
                   hash.len < sizeof ret->hash ? hash.len : sizeof ret->hash - 1);
            ret->device_id = xh_rel_int(rows, 1);
            ret->code = xh_arena_str(arena, xh_rel_text(rows, 2));
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
    return status;
}

static uint64_t epoch_get(struct xh__device_keys *all)
{
    (void)pthread_rwlock_rdlock(&all->lock);
    uint64_t epoch = all->epoch;
    (void)pthread_rwlock_unlock(&all->lock);
    return epoch;
}

/* False: something was revoked while it was read; read it again. */
static bool memory_add(struct xh__device_keys *all, int64_t id, const struct loaded *row,
                       uint64_t epoch)
{
    (void)pthread_rwlock_wrlock(&all->lock);
    bool is_fresh = all->epoch == epoch;
    struct key *key = is_fresh ? xh_map_get(all->keys, id_key(&id)) : NULL;
    if (is_fresh && key == NULL) {
        key = XH_NEW(all->arena, struct key);
        key->id = id;
        memcpy(key->hash, row->hash, sizeof key->hash);
        key->who = who_of(all, row->device_id, row->code);
        (void)xh_map_put(all->keys, id_key(&key->id), key);
    }
    (void)pthread_rwlock_unlock(&all->lock);
    return is_fresh;
}

/* 1: it is in memory now. */
static int key_load(struct xh_engine *engine, int64_t id, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct loaded row;
    uint64_t epoch;
    int status;
    do {
        epoch = epoch_get(engine->device_keys);
        status = row_load(engine, arena, id, &row, err);
    } while (status == 1 && !memory_add(engine->device_keys, id, &row, epoch));
    xh_arena_destroy(arena);
    return status;
}

static int refuse(struct xh_err *err)
{
    return xh_err_set(err, XH_E_UNAUTHENTICATED, "the key is not known");
}

/* 1: found in memory, and *ret_who says whose it is (NULL: it opens nothing); 0: not in memory. */
static int memory_find(struct xh_engine *engine, int64_t id, const char *hash,
                       const struct xh_who **ret_who)
{
    struct xh__device_keys *all = engine->device_keys;
    (void)pthread_rwlock_rdlock(&all->lock);
    struct key *key = xh_map_get(all->keys, id_key(&id));
    if (key != NULL) {
        *ret_who = is_same(key->hash, hash) && !key->is_revoked ? key->who : NULL;
        if (*ret_who != NULL) {
            atomic_store_explicit(&key->used_us, xh_env_now_us(engine->env), memory_order_relaxed);
        }
    }
    (void)pthread_rwlock_unlock(&all->lock);
    return key != NULL;
}

bool xh_device_key_is_loaded(struct xh_engine *engine, struct xh_str key)
{
    struct xh__device_keys *all = engine->device_keys;
    struct xh_str secret;
    int64_t id = 0;
    if (!key_split(key, &id, &secret)) {
        return false;
    }
    (void)pthread_rwlock_rdlock(&all->lock);
    bool is_there = xh_map_get(all->keys, id_key(&id)) != NULL;
    (void)pthread_rwlock_unlock(&all->lock);
    return is_there;
}

int xh_device_key_who(struct xh_engine *engine, struct xh_str key, const struct xh_who **ret,
                      struct xh_err *err)
{
    char hash[XH_SHA256_TEXT_BYTES];
    const struct xh_who *who = NULL;
    struct xh_str secret;
    int64_t id = 0;
    if (!key_split(key, &id, &secret)) {
        return refuse(err);
    }
    hash_of(secret, hash);
    if (!memory_find(engine, id, hash, &who)) {
        int status = key_load(engine, id, err);
        if (status < 0) {
            return status;
        }
        (void)memory_find(engine, id, hash, &who);
    }
    if (who == NULL) {
        return refuse(err);
    }
    *ret = who;
    return XH_E_OK;
}

/* ---- who may ---- */

/* The device, when who may change it. */
static int device_get(struct xh_ctx *ctx, int64_t device_id, bool is_change,
                      struct xh_str *ret_code, struct xh_err *err)
{
    struct xh_record device;
    int status = xh_record_get(ctx, "core.device", device_id, &device, err);
    if (status < 0) {
        return status;
    }
    if (is_change && !xh__may_change(&device.type->access, ctx->who, device.owner)) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not change keys of devices",
                          ctx->who->name);
    }
    if (ret_code != NULL) {
        *ret_code = xh_doc_text(device.doc, "code");
    }
    return XH_E_OK;
}

/* ---- making ---- */

struct making {
    int64_t device_id;
    struct xh_str label;
    char secret[SECRET_CHARS + 1];
    struct xh_device_key made;
};

static void secret_make(const struct xh_env *env, char secret[SECRET_CHARS + 1])
{
    unsigned char bytes[SECRET_BYTES];
    xh_env_random(env, bytes, sizeof bytes);
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        (void)snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    }
}

static struct xh_str detail_of(struct xh_arena *arena, int64_t device_id, struct xh_str label)
{
    struct xh_json_writer w;
    struct xh_buf out;
    xh_buf_init(&out, 0);
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_json_member_int(&w, "device", device_id);
    xh_json_member_str(&w, "label", label);
    xh_json_object_end(&w);
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static int count_keys(struct xh_rel_conn *conn, int64_t device_id, int64_t *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn,
                                "SELECT COUNT(*) FROM \"xh_device_key\" WHERE \"device\" = :device"
                                " AND \"revoked_us\" IS NULL",
                                &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_int(rows, "device", device_id);
    status = xh_rel_next(rows, err);
    *ret = status == 1 ? xh_rel_int(rows, 0) : 0;
    xh_rel_done(rows);
    return status;
}

static int key_insert(struct xh_ctx *ctx, struct xh_rel_conn *conn, struct making *m,
                      struct xh_err *err)
{
    static const char sql[] =
        "INSERT INTO \"xh_device_key\" (\"device\", \"hash\", \"label\", \"made_by\", \"made_us\")"
        " VALUES (:device, :hash, :label, :made_by, :made_us)";
    char hash[XH_SHA256_TEXT_BYTES];
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn, sql, &rows, err);
    if (status < 0) {
        return status;
    }
    hash_of((struct xh_str){m->secret, SECRET_CHARS}, hash);
    xh_rel_bind_int(rows, "device", m->device_id);
    xh_rel_bind_text(rows, "hash", xh_str_from(hash));
    xh_rel_bind_text(rows, "label", m->label);
    xh_rel_bind_text(rows, "made_by", xh_str_from(ctx->who->name));
    xh_rel_bind_int(rows, "made_us", m->made.made_us);
    status = xh_rel_next(rows, err);
    xh_rel_done(rows);
    m->made.id = status >= 0 ? xh_rel_last_id(conn) : 0;
    return status;
}

static int make_in(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct making *m = arg;
    int64_t count = 0;
    int status = device_get(ctx, m->device_id, true, NULL, err);
    status = status < 0 ? status : count_keys(conn, m->device_id, &count, err);
    if (status >= 0 && count >= XH_DEVICE_KEYS_MAX) {
        return xh_err_set(err, XH_E_CONFLICT, "the device has %d keys: revoke one first",
                          XH_DEVICE_KEYS_MAX);
    }
    int64_t now_us = status < 0 ? 0 : xh__write_now_us(ctx, conn, err);
    if (status < 0 || now_us < 0) {
        return status < 0 ? status : (int)now_us;
    }
    secret_make(xh_ctx_engine(ctx)->env, m->secret);
    m->made = (struct xh_device_key){
        .device_id = m->device_id,
        .label = m->label,
        .made_by = xh_arena_str(ctx->arena, xh_str_from(ctx->who->name)),
        .made_us = now_us,
    };
    status = key_insert(ctx, conn, m, err);
    return status < 0
               ? status
               : xh__change_append(ctx, conn, now_us, "core.device_key", m->made.id, 0, 0, "make",
                                   XH_STR(""), detail_of(ctx->arena, m->device_id, m->label), err);
}

int xh_device_key_make(struct xh_ctx *ctx, int64_t device_id, struct xh_str label,
                       struct xh_device_key *ret, struct xh_str *ret_key, struct xh_err *err)
{
    struct making m = {.device_id = device_id, .label = label};
    if (label.len > LABEL_BYTES_MAX) {
        return xh_err_field(err, XH_E_INVALID, "label", xh_str_sub(label, 0, 40), "120", "bytes",
                            "the label of a key has at most %d bytes", LABEL_BYTES_MAX);
    }
    int status = xh__change(ctx, make_in, &m, err);
    if (status < 0) {
        return status;
    }
    *ret = m.made;
    *ret_key = xh_arena_format(ctx->arena, "xd_%lld_%s", (long long)m.made.id, m.secret);
    return XH_E_OK;
}

/* ---- revoking ---- */

static void tell(struct xh__device_keys *all, const struct xh_who *who)
{
    (void)pthread_mutex_lock(&all->telling);
    for (size_t i = 0; i < all->listener_count; i++) {
        all->listeners[i].revoked(all->listeners[i].arg, who);
    }
    (void)pthread_mutex_unlock(&all->telling);
}

/* In memory: one key of a device, or all (key_id 0). Whoever was handed out is told of. */
static void memory_revoke(struct xh_engine *engine, int64_t device_id, int64_t key_id)
{
    struct xh__device_keys *all = engine->device_keys;
    struct xh_str name;
    size_t cursor = 0;
    void *value;
    (void)pthread_rwlock_wrlock(&all->lock);
    all->epoch++;
    struct person *person = xh_map_get(all->whos, id_key(&device_id));
    if (key_id != 0) {
        struct key *key = xh_map_get(all->keys, id_key(&key_id));
        if (key != NULL) {
            key->is_revoked = true;
        }
    }
    while (key_id == 0 && person != NULL && xh_map_next(all->keys, &cursor, &name, &value)) {
        struct key *key = value;
        key->is_revoked = key->is_revoked || key->who == &person->who;
    }
    (void)pthread_rwlock_unlock(&all->lock);
    if (person != NULL) {
        tell(all, &person->who);
    }
}

struct revoking {
    int64_t device_id, key_id; /* key 0: all of the device */
    size_t count;
};

static int is_there(struct xh_rel_conn *conn, const struct revoking *r, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn,
                                "SELECT 1 FROM \"xh_device_key\" WHERE \"id\" = :id"
                                " AND \"device\" = :device",
                                &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_int(rows, "id", r->key_id);
    xh_rel_bind_int(rows, "device", r->device_id);
    status = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return status == 0
               ? xh_err_set(err, XH_E_NOT_FOUND, "the device has no key %lld", (long long)r->key_id)
               : status;
}

static int revoke_in(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    static const char sql[] =
        "UPDATE \"xh_device_key\" SET \"revoked_us\" = :now WHERE \"device\" = :device"
        " AND (\"id\" = :id OR :id = 0) AND \"revoked_us\" IS NULL";
    struct revoking *r = arg;
    struct xh_rel_rows *rows;
    int status = device_get(ctx, r->device_id, true, NULL, err);
    status = status < 0 || r->key_id == 0 ? status : is_there(conn, r, err);
    int64_t now_us = status < 0 ? 0 : xh__write_now_us(ctx, conn, err);
    status = status < 0 ? status : now_us < 0 ? (int)now_us : xh_rel_prepare(conn, sql, &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_int(rows, "now", now_us);
    xh_rel_bind_int(rows, "device", r->device_id);
    xh_rel_bind_int(rows, "id", r->key_id);
    status = xh_rel_next(rows, err);
    xh_rel_done(rows);
    r->count = status < 0 ? 0 : (size_t)xh_rel_changes(conn);
    if (status < 0 || r->count == 0) {
        return status;
    }
    return xh__change_append(ctx, conn, now_us, "core.device_key", r->key_id, 0, 0, "revoke",
                             XH_STR(""), detail_of(ctx->arena, r->device_id, XH_STR("")), err);
}

static int revoke(struct xh_ctx *ctx, struct revoking *r, struct xh_err *err)
{
    xh_assert(ctx->txn == NULL);
    int status = xh__change(ctx, revoke_in, r, err);
    if (status >= 0) {
        memory_revoke(xh_ctx_engine(ctx), r->device_id, r->key_id);
    }
    return status < 0 ? status : XH_E_OK;
}

int xh_device_key_revoke(struct xh_ctx *ctx, int64_t device_id, int64_t key_id, struct xh_err *err)
{
    struct revoking r = {device_id, key_id, 0};
    if (key_id <= 0) {
        return xh_err_set(err, XH_E_NOT_FOUND, "the device has no key %lld", (long long)key_id);
    }
    return revoke(ctx, &r, err);
}

int xh_device_keys_revoke(struct xh_ctx *ctx, int64_t device_id, size_t *ret_count,
                          struct xh_err *err)
{
    struct revoking r = {device_id, 0, 0};
    int status = revoke(ctx, &r, err);
    if (status >= 0) {
        *ret_count = r.count;
    }
    return status;
}

/* ---- listing ---- */

static int64_t used_us_of(struct xh_engine *engine, int64_t key_id)
{
    struct xh__device_keys *all = engine->device_keys;
    (void)pthread_rwlock_rdlock(&all->lock);
    struct key *key = xh_map_get(all->keys, id_key(&key_id));
    int64_t used_us = key != NULL ? atomic_load_explicit(&key->used_us, memory_order_relaxed) : 0;
    (void)pthread_rwlock_unlock(&all->lock);
    return used_us;
}

static int list_read(struct xh_ctx *ctx, struct xh_rel_conn *conn, int64_t device_id,
                     struct xh_device_key **ret, size_t *ret_count, struct xh_err *err)
{
    static const char sql[] =
        "SELECT \"id\", \"label\", \"made_by\", \"made_us\", \"revoked_us\" FROM \"xh_device_key\""
        " WHERE \"device\" = :device ORDER BY \"id\" DESC LIMIT 200";
    struct xh_device_key *keys = NULL;
    size_t capacity = 0, count = 0;
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn, sql, &rows, err);
    if (status < 0) {
        return status;
    }
    xh_rel_bind_int(rows, "device", device_id);
    while ((status = xh_rel_next(rows, err)) == 1) {
        keys = xh_arena_grow(ctx->arena, keys, &capacity, count + 1, sizeof *keys);
        keys[count++] = (struct xh_device_key){
            .id = xh_rel_int(rows, 0),
            .device_id = device_id,
            .label = xh_arena_str(ctx->arena, xh_rel_text(rows, 1)),
            .made_by = xh_arena_str(ctx->arena, xh_rel_text(rows, 2)),
            .made_us = xh_rel_int(rows, 3),
            .revoked_us = xh_rel_is_null(rows, 4) ? 0 : xh_rel_int(rows, 4),
        };
    }
    xh_rel_done(rows);
    *ret = keys;
    *ret_count = count;
    return status;
}

int xh_device_key_list(struct xh_ctx *ctx, int64_t device_id, struct xh_device_key **ret,
                       size_t *ret_count, struct xh_err *err)
{
    struct xh_device_key *keys = NULL;
    struct xh_rel_conn *conn;
    size_t count = 0;
    int status = device_get(ctx, device_id, true, NULL, err);
    status = status < 0 ? status : xh__read_begin(ctx, &conn, err);
    if (status < 0) {
        return status;
    }
    status = list_read(ctx, conn, device_id, &keys, &count, err);
    xh__read_end(ctx, conn);
    if (status < 0) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        keys[i].used_us = used_us_of(xh_ctx_engine(ctx), keys[i].id);
    }
    *ret = keys;
    *ret_count = count;
    return XH_E_OK;
}

/* ---- devices that go ---- */

/* On the writer's thread after a commit: keys of devices that were deleted open nothing. */
static void on_commit(void *arg)
{
    static const char sql[] =
        "SELECT \"id\", \"record_id\", \"verb\" FROM \"xh_change\" WHERE \"type\" = 'core.device'"
        " AND \"id\" > :seen ORDER BY \"id\"";
    struct xh_engine *engine = arg;
    struct xh__device_keys *all = engine->device_keys;
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    if (xh_rel_read_begin(engine->rel, &conn, NULL) < 0) {
        return; /* seen at the next commit */
    }
    if (xh_rel_prepare(conn, sql, &rows, NULL) >= 0) {
        xh_rel_bind_int(rows, "seen", all->change_seen);
        while (xh_rel_next(rows, NULL) == 1) {
            all->change_seen = xh_rel_int(rows, 0);
            if (xh_str_is(xh_rel_text(rows, 2), "delete")) {
                memory_revoke(engine, xh_rel_int(rows, 1), 0);
            }
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->rel, conn);
}

/* ---- those who listen, and life ---- */

void xh_device_keys_listen(struct xh_engine *engine, xh_device_revoked_fn *revoked, void *arg)
{
    struct xh__device_keys *all = engine->device_keys;
    (void)pthread_mutex_lock(&all->telling);
    xh_assert(all->listener_count < LISTENERS_MAX);
    all->listeners[all->listener_count++] = (struct listener){revoked, arg};
    (void)pthread_mutex_unlock(&all->telling);
}

void xh_device_keys_unlisten(struct xh_engine *engine, xh_device_revoked_fn *revoked, void *arg)
{
    struct xh__device_keys *all = engine->device_keys;
    size_t kept = 0;
    (void)pthread_mutex_lock(&all->telling);
    for (size_t i = 0; i < all->listener_count; i++) {
        if (all->listeners[i].revoked != revoked || all->listeners[i].arg != arg) {
            all->listeners[kept++] = all->listeners[i];
        }
    }
    all->listener_count = kept;
    (void)pthread_mutex_unlock(&all->telling);
}

int xh__device_keys_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__device_keys *all = xh_alloc(sizeof *all);
    struct xh_arena *arena = xh_arena_create("request");
    struct xh_ctx ctx;
    engine->device_keys = all;
    (void)pthread_rwlock_init(&all->lock, NULL);
    (void)pthread_mutex_init(&all->telling, NULL);
    all->keys = xh_map_create(0);
    all->whos = xh_map_create(0);
    all->arena = xh_arena_create("dataset");
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    all->change_seen = xh_change_last_id(&ctx, err);
    xh_arena_destroy(arena);
    xh_change_listen(engine, on_commit, engine);
    return all->change_seen < 0 ? (int)all->change_seen : XH_E_OK;
}

void xh__device_keys_destroy(struct xh_engine *engine)
{
    struct xh__device_keys *all = engine->device_keys;
    if (all != NULL) {
        xh_map_destroy(all->keys);
        xh_map_destroy(all->whos);
        xh_arena_destroy(all->arena);
        (void)pthread_mutex_destroy(&all->telling);
        (void)pthread_rwlock_destroy(&all->lock);
        free(all);
        engine->device_keys = NULL;
    }
}
