/* people.c: the stub identities and their keys. */
#include "service/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/device_keys.h"
#include "service/engine_internal.h"
#include "service/records.h"

enum { KEY_BYTES = 24, KEY_CHARS = 2 * KEY_BYTES };

struct identity {
    const char *name;
    unsigned roles;
    const char *party_code; /* looked for when asked, for it may be made later; NULL: none */
    const char *label_vi, *label_en;
};
static const struct identity identities[] = {
    {"operator", XH_ROLE_OPERATOR | XH_ROLE_OFFICER | XH_ROLE_AUDITOR | XH_ROLE_ADMIN, NULL,
     "Người vận hành", "Operator"},
    {"officer", XH_ROLE_OFFICER, NULL, "Cán bộ quản lý", "Officer"},
    {"auditor", XH_ROLE_AUDITOR, NULL, "Kiểm toán viên", "Auditor"},
    {"business", XH_ROLE_BUSINESS, "brewery", "Doanh nghiệp · nhà máy bia", "Business · brewery"},
    {"resident-7", XH_ROLE_RESIDENT, "home-7", "Cư dân · nhà 7", "Resident · home 7"},
    {"public", XH_ROLE_PUBLIC, NULL, "Công chúng", "Public"},
};
enum { IDENTITY_COUNT = sizeof identities / sizeof identities[0] };

struct xh__people {
    pthread_mutex_t lock;
    struct xh_who who[IDENTITY_COUNT];   /* as long as the party is not known; never change */
    struct xh_who party[IDENTITY_COUNT]; /* with the party; written once, before it is handed out */
    const struct xh_who *all[IDENTITY_COUNT];
    char keys[IDENTITY_COUNT][KEY_CHARS + 1]; /* "": has none */
};

static void key_make(const struct xh_env *env, char key[KEY_CHARS + 1])
{
    unsigned char bytes[KEY_BYTES];
    xh_env_random(env, bytes, sizeof bytes);
    for (size_t i = 0; i < KEY_BYTES; i++) {
        (void)snprintf(key + 2 * i, 3, "%02x", bytes[i]);
    }
}

static int keys_write(struct xh_engine *engine, const char *path, struct xh_err *err)
{
    struct xh_buf out;
    struct xh_json_writer w;
    xh_buf_init(&out, 4096);
    xh_json_writer_init(&w, &out, true);
    xh_json_object(&w);
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (engine->people->keys[i][0] != '\0') {
            xh_json_name(&w, identities[i].name);
            xh_json_string(&w, engine->people->keys[i]);
        }
    }
    xh_json_object_end(&w);
    int code = xh_file_replace_secret(engine->env, path, xh_buf_str(&out), err);
    xh_buf_finish(&out);
    return code;
}

static int keys_parse(struct xh__people *people, struct xh_arena *arena, struct xh_str text,
                      const char *path, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, text);
    size_t at = IDENTITY_COUNT;
    for (;;) {
        switch (xh_json_next(r)) {
        case XH_JSON_ERROR:
            return xh_json_error(r, err);
        case XH_JSON_END:
            return XH_E_OK;
        case XH_JSON_NAME:
            for (at = 0; at < IDENTITY_COUNT; at++) {
                if (xh_str_is(xh_json_text(r), identities[at].name)) {
                    break;
                }
            }
            break;
        case XH_JSON_STRING:
            if (at < IDENTITY_COUNT && xh_json_text(r).len == KEY_CHARS) {
                memcpy(people->keys[at], xh_json_text(r).ptr, KEY_CHARS);
                break;
            }
            return xh_err_set(err, XH_E_CORRUPT, "\"%s\" holds a key that is not ours", path);
        default:
            break;
        }
    }
}

/* Makes the keys that are missing: all of a new folder, those of an identity that a newer program
 * brought. */
static bool keys_complete(struct xh_engine *engine)
{
    struct xh__people *people = engine->people;
    bool has_made = false;
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (identities[i].roles != XH_ROLE_PUBLIC && people->keys[i][0] == '\0') {
            key_make(engine->env, people->keys[i]);
            has_made = true;
        }
    }
    return has_made;
}

int xh__people_create(struct xh_engine *engine, struct xh_err *err)
{
    struct xh__people *people = xh_alloc(sizeof *people);
    engine->people = people;
    (void)pthread_mutex_init(&people->lock, NULL);
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        people->who[i] = (struct xh_who){.name = identities[i].name, .roles = identities[i].roles};
        people->all[i] = &people->who[i];
    }
    struct xh_str path = xh_arena_format(engine->arena, "%s/keys.json", engine->dir);
    struct xh_buf text;
    xh_buf_init(&text, 65536);
    int code = xh_file_read(engine->env, path.ptr, 65536, &text, err);
    if (code >= 0) {
        code = keys_parse(people, engine->arena, xh_buf_str(&text), path.ptr, err);
    }
    xh_buf_finish(&text);
    if (code < 0 && code != XH_E_NOT_FOUND) {
        return code;
    }
    return keys_complete(engine) ? keys_write(engine, path.ptr, err) : XH_E_OK;
}

void xh__people_destroy(struct xh_engine *engine)
{
    if (engine->people != NULL) {
        (void)pthread_mutex_destroy(&engine->people->lock);
        free(engine->people);
        engine->people = NULL;
    }
}

/* 0 when there is no such party: an identity without one owns nothing. */
static int party_find(struct xh_engine *engine, const char *party_code, int64_t *ret_id,
                      struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct xh_ctx ctx;
    struct xh_record party;
    struct xh_err own = {0};
    xh_engine_ctx(engine, &xh_who_engine, arena, &ctx);
    int code = xh_record_find(&ctx, "core.party", "code", xh_str_from(party_code), &party, &own);
    *ret_id = code >= 0 ? party.id : 0;
    xh_arena_destroy(arena);
    if (code < 0 && code != XH_E_NOT_FOUND && err != NULL) {
        *err = own;
    }
    return code == XH_E_NOT_FOUND ? XH_E_OK : code;
}

/* The party is found when somebody calls, since the resident's home may be made after the start. A
 * party that is known stays so. What was handed out is read without a lock, so it never changes. */
static int with_party(struct xh_engine *engine, size_t at, const struct xh_who **ret,
                      struct xh_err *err)
{
    struct xh__people *people = engine->people;
    int code = XH_E_OK;
    const struct xh_who *who = &people->who[at];
    (void)pthread_mutex_lock(&people->lock);
    if (people->party[at].party_id == 0 && identities[at].party_code != NULL) {
        int64_t party_id = 0;
        code = party_find(engine, identities[at].party_code, &party_id, err);
        people->party[at] =
            (struct xh_who){.name = who->name, .roles = who->roles, .party_id = party_id};
    }
    who = people->party[at].party_id != 0 ? &people->party[at] : who;
    (void)pthread_mutex_unlock(&people->lock);
    if (code >= 0) {
        *ret = who;
    }
    return code < 0 ? code : XH_E_OK;
}

/* Takes the same time wherever the first difference is. */
static bool key_is(const char *key, struct xh_str given)
{
    unsigned difference = 0;
    if (key[0] == '\0' || given.len != KEY_CHARS) {
        return false;
    }
    for (size_t i = 0; i < KEY_CHARS; i++) {
        difference |= (unsigned char)key[i] ^ (unsigned char)given.ptr[i];
    }
    return difference == 0;
}

int xh_people_by_key(struct xh_engine *engine, struct xh_str key, const struct xh_who **ret,
                     struct xh_err *err)
{
    struct xh_str bearer = XH_STR("Bearer ");
    if (xh_str_equal_nocase(xh_str_sub(key, 0, bearer.len), bearer)) {
        key = xh_str_trim(xh_str_sub(key, bearer.len, key.len));
    }
    if (xh_device_key_is(key)) {
        return xh_device_key_who(engine, key, ret, err);
    }
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (key_is(engine->people->keys[i], key)) {
            return with_party(engine, i, ret, err);
        }
    }
    return xh_err_set(err, XH_E_UNAUTHENTICATED, "the key is not known");
}

int xh_people_by_name(struct xh_engine *engine, struct xh_str name, const struct xh_who **ret,
                      struct xh_err *err)
{
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (xh_str_is(name, identities[i].name)) {
            return with_party(engine, i, ret, err);
        }
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "as", name, XH_PEOPLE_NAMES, NULL,
                        "there is no identity \"%.*s\"", XH_STR_ARG(name));
}

const struct xh_who *const *xh_people_all(struct xh_engine *engine, size_t *ret_count)
{
    *ret_count = IDENTITY_COUNT;
    return engine->people->all;
}

void xh_people_labels(const struct xh_who *who, const char **ret_vi, const char **ret_en)
{
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (strcmp(identities[i].name, who->name) == 0) {
            *ret_vi = identities[i].label_vi;
            *ret_en = identities[i].label_en;
            return;
        }
    }
    *ret_vi = *ret_en = who->name;
}

struct xh_str xh_people_key(struct xh_engine *engine, const struct xh_who *who)
{
    for (size_t i = 0; i < IDENTITY_COUNT; i++) {
        if (strcmp(engine->people->who[i].name, who->name) == 0) {
            return xh_str_from(engine->people->keys[i]);
        }
    }
    return (struct xh_str){NULL, 0};
}
