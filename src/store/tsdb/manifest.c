/* manifest.c: the open manifest; see manifest_internal.h.
 *
 * An edit is on disk before the next one is written, so each frame says that the one before it was.
 */
#include "store/tsdb/manifest_parts_internal.h"

#include "base/arena.h"

#include <stdlib.h>

enum {
    REWRITE_BYTES = 1 << 20, /* a file is written anew above this size, when it is */
    REWRITE_RATIO = 4,       /* so many times what is alive */
    WRITE_ITEMS = 8192       /* items of an array in one frame of a file that is written anew */
};

static const char file_name[] = "manifest";
static const struct xh__file_kind file_kind = {
    "manifest", {'X', 'H', 'm', 'a', 'n', 'i', 'f', 'e'}, 1};

struct xh__manifest {
    const struct xh_env *env;
    char *dir, *path;
    struct xh_disk_file *file;
    uint64_t offset, next; /* place and number of the next frame */
    size_t segment_count, retraction_count, erasure_count; /* alive */
    bool is_failed;
    uint8_t *buffer;
    size_t buffer_bytes;
};

/* ---- reading ---- */

/* All frames, and what they come to. ret_frames stands at the end; finish it in every case. */
static int read_all(struct xh__manifest *manifest, struct xh_arena *arena,
                    struct xh__frames *ret_frames, struct xh__manifest_all *ret_all,
                    struct xh_err *err)
{
    int rc = xh__frames_open(ret_frames, manifest->file, manifest->path, &file_kind, 1, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__manifest_sum sum = {0};
    while ((rc = xh__frames_next(ret_frames, err)) > 0) {
        rc = xh__manifest_body_decode(ret_frames, &sum, err);
        if (rc < 0) {
            break;
        }
    }
    if (rc == 0) {
        rc = xh__frames_check_end(ret_frames, err);
    }
    if (rc == 0) {
        rc = xh__manifest_sum_make(&sum, arena, ret_frames, ret_all, err);
    }
    xh__manifest_sum_finish(&sum);
    return rc;
}

static void count_alive(struct xh__manifest *manifest, const struct xh__manifest_all *all)
{
    manifest->segment_count = all->segment_count;
    manifest->retraction_count = all->retraction_count;
    manifest->erasure_count = all->erasure_count;
}

/* ---- a file that says `all` ---- */

struct writing {
    struct xh_disk_file *file;
    uint64_t offset, next;
    uint8_t *buffer;
    size_t buffer_bytes;
};

static int put_frame(struct writing *writing, const struct xh__manifest_edit *edit,
                     uint64_t erasure_next, struct xh_err *err)
{
    size_t need = XH__FRAME_HEAD_BYTES + xh__manifest_body_bound(edit);
    if (need > writing->buffer_bytes) {
        free(writing->buffer);
        writing->buffer = xh_realloc(NULL, need);
        writing->buffer_bytes = need;
    }
    size_t len = xh__manifest_body_encode(edit, erasure_next,
                                          writing->buffer + XH__FRAME_HEAD_BYTES);
    if (len == 0) {
        return 0;
    }
    xh__frame_seal(writing->buffer, len, writing->next, writing->next - 1);
    len += XH__FRAME_HEAD_BYTES;
    int rc = xh_disk_write(writing->file, writing->offset, writing->buffer, len, err);
    if (rc == 0) {
        writing->offset += len;
        writing->next++;
    }
    return rc;
}

static size_t part(size_t count, size_t from)
{
    size_t rest = count > from ? count - from : 0;
    return rest < WRITE_ITEMS ? rest : WRITE_ITEMS;
}

/* In frames of moderate size; the marks are in the last. */
static int put_all(struct writing *writing, const struct xh__manifest_all *all, struct xh_err *err)
{
    struct xh__manifest_edit edit = {0};
    int rc = 0;
    for (size_t from = 0; rc == 0; from += WRITE_ITEMS) {
        edit.added_count = part(all->segment_count, from);
        edit.retraction_count = part(all->retraction_count, from);
        edit.erasure_count = part(all->erasure_count, from);
        if (edit.added_count + edit.retraction_count + edit.erasure_count == 0) {
            break;
        }
        edit.added = edit.added_count > 0 ? all->segments + from : NULL;
        edit.retractions = edit.retraction_count > 0 ? all->retractions + from : NULL;
        edit.erasures = edit.erasure_count > 0 ? all->erasures + from : NULL;
        rc = put_frame(writing, &edit, 0, err);
    }
    const struct xh__manifest_edit marks = {
        .wal_low = all->wal_low,
        .flush_next = all->flush_next,
        .state_number = all->state_number,
        .state_flush = all->state_flush,
        .series_count = all->series_count,
        .file_next = all->file_next,
    };
    return rc < 0 ? rc : put_frame(writing, &marks, all->erasure_next, err);
}

/* Writes it and gives it its name; the file stays open. */
static int write_new(const struct xh_env *env, const char *dir, const struct xh__manifest_all *all,
                     struct writing *ret, struct xh_err *err)
{
    struct writing writing = {.offset = XH__FILE_HEAD_BYTES, .next = 1};
    int rc = xh__frames_begin(env, dir, file_name, &file_kind, 0, &writing.file, err);
    if (rc < 0) {
        return rc;
    }
    rc = all ? put_all(&writing, all, err) : 0;
    if (rc == 0) {
        rc = xh__frames_name(env, dir, file_name, writing.file, err);
    }
    free(writing.buffer);
    if (rc < 0) {
        xh_disk_close(writing.file);
        xh__frames_abandon(env, dir, file_name);
        return rc;
    }
    *ret = writing;
    return 0;
}

int xh__manifest_write(const struct xh_env *env, const char *dir,
                       const struct xh__manifest_all *all, struct xh_err *err)
{
    struct writing writing;
    int rc = write_new(env, dir, all, &writing, err);
    if (rc == 0) {
        xh_disk_close(writing.file);
    }
    return rc;
}

/* ---- opening ---- */

/* Files that are made only once the manifest has its name. */
static int is_later(void *arg, const char *name, uint64_t size_bytes)
{
    static const char *const later[] = {"series", "seg-", "log-", "state-"};
    (void)arg;
    (void)size_bytes;
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
        if (strncmp(name, later[i], strlen(later[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A folder that lost its manifest is not a new store: all in it would be taken for left over. */
static int check_new(const struct xh__manifest *manifest, struct xh_err *err)
{
    int rc = xh_disk_list(manifest->env, manifest->dir, is_later, NULL, err);
    return rc <= 0 ? rc
                   : xh_err_set(err, XH_E_CORRUPT,
                                "'%s' is gone, but there are files that it named", manifest->path);
}

static int open_file(struct xh__manifest *manifest, struct xh_err *err)
{
    int rc = xh_disk_open(manifest->env, manifest->path, XH_DISK_WRITE, &manifest->file, err);
    if (rc != XH_E_NOT_FOUND) {
        return rc;
    }
    rc = check_new(manifest, err);
    if (rc < 0) {
        return rc;
    }
    struct writing writing;
    rc = write_new(manifest->env, manifest->dir, NULL, &writing, err);
    if (rc == 0) {
        manifest->file = writing.file;
    }
    return rc;
}

static int load(struct xh__manifest *manifest, struct xh_arena *arena,
                struct xh__manifest_all *ret_all, struct xh_err *err)
{
    int rc = open_file(manifest, err);
    if (rc < 0) {
        return rc;
    }
    struct xh__frames frames;
    struct xh__manifest_all all;
    rc = read_all(manifest, arena, &frames, &all, err);
    if (rc == 0) {
        rc = xh__frames_settle(&frames, err);
    }
    if (rc == 0) {
        rc = xh_disk_sync_dir(manifest->env, manifest->dir, err);
    }
    if (rc == 0) {
        manifest->offset = frames.offset;
        manifest->next = frames.next;
        count_alive(manifest, &all);
        *ret_all = all;
    }
    xh__frames_finish(&frames);
    return rc;
}

int xh__manifest_open(const struct xh_env *env, const char *dir, struct xh_arena *arena,
                      struct xh__manifest **ret, struct xh__manifest_all *ret_all,
                      struct xh_err *err)
{
    struct xh__manifest *manifest = xh_alloc(sizeof(*manifest));
    manifest->env = env;
    manifest->dir = xh__frames_path(dir, "");
    manifest->path = xh__frames_path(dir, file_name);
    int rc = load(manifest, arena, ret_all, err);
    if (rc < 0) {
        xh__manifest_close(manifest);
        return rc;
    }
    *ret = manifest;
    return 0;
}

void xh__manifest_close(struct xh__manifest *manifest)
{
    if (!manifest) {
        return;
    }
    xh_disk_close(manifest->file);
    free(manifest->buffer);
    free(manifest->path);
    free(manifest->dir);
    free(manifest);
}

int xh__manifest_get(struct xh__manifest *manifest, struct xh_arena *arena,
                     struct xh__manifest_all *ret_all, struct xh_err *err)
{
    struct xh__frames frames;
    int rc = read_all(manifest, arena, &frames, ret_all, err);
    xh__frames_finish(&frames);
    return rc;
}

/* ---- editing ---- */

static int append(struct xh__manifest *manifest, const struct xh__manifest_edit *edit,
                  struct xh_err *err)
{
    struct writing writing = {
        .file = manifest->file,
        .offset = manifest->offset,
        .next = manifest->next,
        .buffer = manifest->buffer,
        .buffer_bytes = manifest->buffer_bytes,
    };
    int rc = put_frame(&writing, edit, 0, err);
    manifest->buffer = writing.buffer;
    manifest->buffer_bytes = writing.buffer_bytes;
    if (rc < 0 || writing.next == manifest->next) {
        return rc;
    }
    rc = xh_disk_sync(manifest->file, err);
    if (rc < 0) {
        return rc;
    }
    manifest->offset = writing.offset;
    manifest->next = writing.next;
    manifest->segment_count += edit->added_count;
    manifest->segment_count -= edit->removed_count;
    manifest->retraction_count += edit->retraction_count;
    manifest->erasure_count += edit->erasure_count;
    manifest->erasure_count -= edit->erasure_done_count;
    return 0;
}

static bool is_worth_rewriting(const struct xh__manifest *manifest)
{
    uint64_t alive = xh__manifest_alive_bytes(manifest->segment_count, manifest->retraction_count,
                                              manifest->erasure_count);
    return manifest->offset > REWRITE_BYTES && manifest->offset > REWRITE_RATIO * alive;
}

static int rewrite(struct xh__manifest *manifest, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("manifest");
    struct xh__manifest_all all;
    struct writing writing;
    int rc = xh__manifest_get(manifest, arena, &all, err);
    if (rc == 0) {
        rc = write_new(manifest->env, manifest->dir, &all, &writing, err);
    }
    if (rc == 0) {
        xh_disk_close(manifest->file);
        manifest->file = writing.file;
        manifest->offset = writing.offset;
        manifest->next = writing.next;
        count_alive(manifest, &all);
    }
    xh_arena_destroy(arena);
    return rc;
}

int xh__manifest_edit(struct xh__manifest *manifest, const struct xh__manifest_edit *edit,
                      struct xh_err *err)
{
    if (manifest->is_failed) {
        return xh_err_set(err, XH_E_IO, "'%s' takes nothing more since writing to it failed",
                          manifest->path);
    }
    int rc = append(manifest, edit, err);
    if (rc == 0 && is_worth_rewriting(manifest)) {
        rc = rewrite(manifest, err);
    }
    manifest->is_failed = rc < 0;
    return rc;
}
