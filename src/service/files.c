/* files.c: bytes beside records, named by what they are. */
#include "service/files.h"

#include <stdio.h>
#include <string.h>

#include "base/disk.h"
#include "base/sha256.h"
#include "service/files_internal.h"
#include "service/records_internal.h"

enum { HASH_LEN = XH_SHA256_TEXT_BYTES - 1, SENTENCE_BYTES = 200 };

static const struct {
    const char *media_type, *magic;
    size_t len;
} kinds[] = {
    {"image/jpeg", "\xff\xd8\xff", 3},                      /* ISO/IEC 10918-1, B.1.1.3: SOI */
    {"image/png", "\x89PNG\r\n\x1a\n", 8},                  /* ISO/IEC 15948, 5.2 */
    {"application/pdf", "%PDF-", 5},                        /* ISO 32000-1, 7.5.2 */
};

const char *xh_file_media_type(struct xh_str content)
{
    for (size_t i = 0; i < XH_COUNT(kinds); i++) {
        if (content.len >= kinds[i].len && memcmp(content.ptr, kinds[i].magic, kinds[i].len) == 0) {
            return kinds[i].media_type;
        }
    }
    return NULL;
}

static const char *path_of(struct xh_arena *arena, const char *dir, struct xh_str hash)
{
    return xh_arena_format(arena, "%s/files/%.*s", dir, XH_STR_ARG(hash)).ptr;
}

static struct xh_str hash_of(struct xh_arena *arena, struct xh_str content)
{
    char text[XH_SHA256_TEXT_BYTES];
    struct xh_sha256 sha;
    xh_sha256_init(&sha);
    xh_sha256_add(&sha, content.ptr, content.len);
    xh_sha256_end(&sha, text);
    return xh_arena_str(arena, (struct xh_str){text, HASH_LEN});
}

/* ---- kept ---- */

static int check_content(struct xh_str name, struct xh_str content, struct xh_err *err)
{
    if (content.len > XH_FILE_BYTES_MAX) {
        return xh_err_field(err, XH_E_TOO_LARGE, "content", XH_STR(""), "5242880", "B",
                            "a file may have at most %d bytes", XH_FILE_BYTES_MAX);
    }
    if (xh_file_media_type(content) == NULL) {
        return xh_err_field(err, XH_E_INVALID, "content", XH_STR(""), "JPEG, PNG or PDF", NULL,
                            content.len == 0 ? "the file is empty"
                                             : "the file is neither JPEG nor PNG nor PDF");
    }
    if (name.len == 0 || name.len > XH_FILE_NAME_BYTES_MAX) {
        return xh_err_field(err, XH_E_INVALID, "name", xh_str_sub(name, 0, 60), "1 to 200", "B",
                            "a file needs a name of at most %d bytes", XH_FILE_NAME_BYTES_MAX);
    }
    return XH_E_OK;
}

/* Staff, and people who act for a party. */
static int may_keep(const struct xh_ctx *ctx, struct xh_err *err)
{
    unsigned outside = XH_ROLE_RESIDENT | XH_ROLE_BUSINESS;
    bool is_staff = (ctx->who->roles & XH_ROLE_STAFF) != 0;
    if (is_staff || ((ctx->who->roles & outside) != 0 && ctx->who->party_id != 0)) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_FORBIDDEN, "%s may not hand in files", ctx->who->name);
}

struct search {
    struct xh_ctx *ctx;
    int64_t owner;
    struct xh_record found;
};

static int same_owner(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct search *search = arg;
    (void)err;
    if (search->found.id == 0 && record->owner == search->owner) {
        search->found = *record;
    }
    return XH_E_OK;
}

static int find_kept(struct xh_ctx *own, int64_t owner, struct xh_str hash, struct search *search,
                     struct xh_err *err)
{
    struct xh_filter filter = {"sha256", XH_FILTER_EQ, {.type = XH_T_TEXT, .text = hash}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1000};
    struct xh_str next;
    *search = (struct search){.ctx = own, .owner = owner};
    return xh_record_list(own, "core.file", &list, same_owner, search, &next, err);
}

struct keep {
    struct xh_str name, hash, content;
    int64_t owner;
    struct search search;
    bool is_new;
};

/* Looked for and written as one: two that come at once are one record. */
static int keep_write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct keep *keep = arg;
    struct xh_record record;
    keep->is_new = false;
    int code = find_kept(ctx, keep->owner, keep->hash, &keep->search, err);
    if (code < 0 || keep->search.found.id != 0) {
        return code;
    }
    code = xh_record_new(ctx, "core.file", &record, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(record.doc, "name", keep->name);
    xh_doc_set_string(record.doc, "media_type", xh_file_media_type(keep->content));
    xh_doc_set_int(record.doc, "size_bytes", (int64_t)keep->content.len);
    xh_doc_set_text(record.doc, "sha256", keep->hash);
    if (keep->owner != 0) {
        xh_doc_set_int(record.doc, "owner", keep->owner);
    }
    code = xh_record_put(ctx, &record, err);
    if (code >= 0) {
        keep->search.found = record;
        keep->is_new = true;
    }
    return code;
}

static int write_bytes(struct xh_ctx *ctx, struct xh_str hash, struct xh_str content,
                       struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    const struct xh_env *env = xh_engine_env(engine);
    struct xh_str dir = xh_arena_format(ctx->arena, "%s/files", xh_engine_dir(engine));
    int code = xh_dir_create(env, dir.ptr, err);
    return code < 0 ? code
                    : xh_file_replace_secret(env, path_of(ctx->arena, xh_engine_dir(engine), hash),
                                             content, err);
}

int xh_file_keep(struct xh_ctx *ctx, struct xh_str name, struct xh_str content,
                 struct xh_record *ret, bool *ret_is_new, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct keep keep = {.name = xh_str_trim(name), .content = content,
                        .owner = ctx->who->party_id};
    int code = may_keep(ctx, err);
    code = code < 0 ? code : check_content(keep.name, content, err);
    if (code < 0) {
        return code;
    }
    keep.hash = hash_of(ctx->arena, content);
    code = write_bytes(ctx, keep.hash, content, err);
    code = code < 0 ? code
                    : xh_records_write(xh__elevate(&elevated, ctx, NULL), keep_write, &keep, err);
    code = code < 0 ? code : xh_record_get(ctx, "core.file", keep.search.found.id, ret, err);
    if (code >= 0 && ret_is_new != NULL) {
        *ret_is_new = keep.is_new;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh_file_drop(struct xh_ctx *ctx, int64_t id, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_record record;
    int code = may_keep(ctx, err);
    code = code < 0 ? code : xh_record_get(ctx, "core.file", id, &record, err);
    return code < 0 ? code
                    : xh_record_delete(xh__elevate(&elevated, ctx, NULL), "core.file", id,
                                       record.version, err);
}

int xh_file_load(struct xh_ctx *ctx, int64_t id, struct xh_record *ret, struct xh_buf *ret_content,
                 struct xh_err *err)
{
    struct xh_engine *engine = xh_ctx_engine(ctx);
    struct xh_record record;
    int code = xh_record_get(ctx, "core.file", id, &record, err);
    if (code < 0) {
        return code;
    }
    struct xh_str hash = xh_doc_text(record.doc, "sha256");
    code = xh_file_read(xh_engine_env(engine), path_of(ctx->arena, xh_engine_dir(engine), hash),
                        XH_FILE_BYTES_MAX, ret_content, err);
    if (code >= 0 && !xh_str_equal(hash_of(ctx->arena, xh_buf_str(ret_content)), hash)) {
        code = xh_err_set(err, XH_E_CORRUPT, "the content of file %lld is not what was handed in",
                          (long long)id);
    }
    if (code >= 0) {
        *ret = record;
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- the folder ---- */

struct sweep {
    struct xh_engine *engine;
    struct xh_arena *arena;
    struct xh_rel_conn *conn;
    struct xh_err *err;
    const char *to;             /* copied there; NULL: those without a record are removed */
};

/* 1: a record names it. */
static int is_named(struct sweep *sweep, struct xh_str hash)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(sweep->conn, "SELECT id FROM core_files WHERE sha256 = :hash", &rows,
                              sweep->err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_text(rows, "hash", hash);
    code = xh_rel_next(rows, sweep->err);
    xh_rel_done(rows);
    return code;
}

static int sweep_one(void *arg, const char *name, uint64_t size_bytes)
{
    struct sweep *sweep = arg;
    (void)size_bytes;
    int code = is_named(sweep, xh_str_from(name));
    if (code == 0) {
        code = xh_file_remove(xh_engine_env(sweep->engine),
                              path_of(sweep->arena, xh_engine_dir(sweep->engine),
                                      xh_str_from(name)),
                              sweep->err);
    }
    return code < 0 ? code : 0;
}

static int copy_one(void *arg, const char *name, uint64_t size_bytes)
{
    struct sweep *sweep = arg;
    const struct xh_env *env = xh_engine_env(sweep->engine);
    struct xh_str hash = xh_str_from(name);
    struct xh_buf content = {0};
    (void)size_bytes;
    if (hash.len != HASH_LEN) {
        return 0; /* one that is just being written */
    }
    int code = xh_file_read(env, path_of(sweep->arena, xh_engine_dir(sweep->engine), hash),
                            XH_FILE_BYTES_MAX, &content, sweep->err);
    code = code < 0 ? code
                    : xh_file_replace_secret(env, path_of(sweep->arena, sweep->to, hash),
                                             xh_buf_str(&content), sweep->err);
    xh_buf_finish(&content);
    return code < 0 ? code : 0;
}

/* Each file in the folder; 0 when there is no such folder. */
static int each_file(struct sweep *sweep, xh_disk_name_fn *one, struct xh_err *err)
{
    struct xh_err own = {0};
    struct xh_str dir = xh_arena_format(sweep->arena, "%s/files", xh_engine_dir(sweep->engine));
    sweep->err = &own;
    int code = xh_disk_list(xh_engine_env(sweep->engine), dir.ptr, one, sweep, &own);
    if (code == XH_E_NOT_FOUND) {
        return XH_E_OK;
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__files_sweep(struct xh_engine *engine, struct xh_err *err)
{
    struct sweep sweep = {.engine = engine, .arena = xh_arena_create("files")};
    int code = xh_rel_read_begin(xh_engine_rel(engine), &sweep.conn, err);
    if (code >= 0) {
        code = each_file(&sweep, sweep_one, err);
        xh_rel_read_end(xh_engine_rel(engine), sweep.conn);
    }
    xh_arena_destroy(sweep.arena);
    return code < 0 ? code : XH_E_OK;
}

static int note_one(void *arg, const char *name, uint64_t size_bytes)
{
    (void)arg;
    (void)name;
    (void)size_bytes;
    return 1;
}

int xh__files_copy(struct xh_engine *engine, const char *to, struct xh_err *err)
{
    struct sweep sweep = {.engine = engine, .arena = xh_arena_create("files"), .to = to};
    struct xh_str from = xh_arena_format(sweep.arena, "%s/files", xh_engine_dir(engine));
    struct xh_str dir = xh_arena_format(sweep.arena, "%s/files", to);
    int code = XH_E_OK;
    if (xh_disk_list(xh_engine_env(engine), from.ptr, note_one, NULL, NULL) == 1) {
        code = xh_dir_create(xh_engine_env(engine), dir.ptr, err);
        code = code < 0 ? code : each_file(&sweep, copy_one, err);
        code = code < 0 ? code : xh_dir_sync(xh_engine_env(engine), dir.ptr, err);
    }
    xh_arena_destroy(sweep.arena);
    return code < 0 ? code : XH_E_OK;
}

/* True when the bytes are those of the hash. */
static bool is_whole(struct xh_engine *engine, struct xh_arena *arena, struct xh_str hash)
{
    struct xh_buf content = {0};
    bool is_right = xh_file_read(xh_engine_env(engine), path_of(arena, xh_engine_dir(engine), hash),
                                 XH_FILE_BYTES_MAX, &content, NULL) >= 0 &&
                    xh_str_equal(hash_of(arena, xh_buf_str(&content)), hash);
    xh_buf_finish(&content);
    return is_right;
}

int64_t xh__files_check(struct xh_engine *engine, void (*fault)(void *arg, const char *sentence),
                        void *arg, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("files");
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows = NULL;
    int64_t faults = 0;
    int code = xh_rel_read_begin(xh_engine_rel(engine), &conn, err);
    if (code >= 0) {
        code = xh_rel_prepare(conn, "SELECT id, sha256 FROM core_files ORDER BY id", &rows, err);
        while (code >= 0 && (code = xh_rel_next(rows, err)) == 1) {
            if (!is_whole(engine, arena, xh_rel_text(rows, 1))) {
                char sentence[SENTENCE_BYTES];
                (void)snprintf(sentence, sizeof sentence,
                               "file %lld has no content, or another than was handed in",
                               (long long)xh_rel_int(rows, 0));
                fault(arg, sentence);
                faults++;
            }
        }
        if (rows != NULL) {
            xh_rel_done(rows);
        }
        xh_rel_read_end(xh_engine_rel(engine), conn);
    }
    xh_arena_destroy(arena);
    return code < 0 ? code : faults;
}
