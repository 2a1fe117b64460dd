/* frames.c: files that only grow by frames; see the header for format and rules. */
#include "store/tsdb/frames_internal.h"

#include "base/arena.h"
#include "base/crc32c.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    READ_BYTES = 256 << 10, /* read at once */
    MAGIC_BYTES = 8,
    HEAD_VERSION = 8,
    HEAD_NUMBER = 16,
    HEAD_CRC = 28,
    FRAME_LEN = 4,
    FRAME_NUMBER = 8,
    FRAME_SYNCED = 16
};

/* ---- files ---- */

static char *path_of(const char *dir, const char *prefix, const char *name)
{
    size_t size_bytes = strlen(dir) + strlen(prefix) + strlen(name) + 2;
    char *path = xh_alloc(size_bytes);
    snprintf(path, size_bytes, "%s/%s%s", dir, prefix, name);
    return path;
}

char *xh__frames_path(const char *dir, const char *name)
{
    return path_of(dir, "", name);
}

static int remove_left_over(const struct xh_env *env, const char *path, struct xh_err *err)
{
    int rc = xh_disk_remove(env, path, err);
    return rc == XH_E_NOT_FOUND ? 0 : rc;
}

static int begin_at(const struct xh_env *env, const char *path, const struct xh__file_kind *kind,
                    uint64_t number, struct xh_disk_file **ret, struct xh_err *err)
{
    int rc = remove_left_over(env, path, err);
    if (rc < 0) {
        return rc;
    }
    struct xh_disk_file *file = NULL;
    rc = xh_disk_open(env, path, XH_DISK_CREATE, &file, err);
    if (rc < 0) {
        return rc;
    }
    uint8_t head[XH__FILE_HEAD_BYTES] = {0};
    memcpy(head, kind->magic, MAGIC_BYTES);
    xh__le32_put(head + HEAD_VERSION, kind->version);
    xh__le64_put(head + HEAD_NUMBER, number);
    xh__le32_put(head + HEAD_CRC, xh_crc32c(0, head, HEAD_CRC));
    rc = xh_disk_write(file, 0, head, sizeof(head), err);
    if (rc < 0) {
        xh_disk_close(file);
        xh_disk_remove(env, path, NULL);
        return rc;
    }
    *ret = file;
    return 0;
}

int xh__frames_begin(const struct xh_env *env, const char *dir, const char *name,
                     const struct xh__file_kind *kind, uint64_t number, struct xh_disk_file **ret,
                     struct xh_err *err)
{
    char *path = path_of(dir, "tmp-", name);
    int rc = begin_at(env, path, kind, number, ret, err);
    free(path);
    return rc;
}

int xh__frames_name(const struct xh_env *env, const char *dir, const char *name,
                    struct xh_disk_file *file, struct xh_err *err)
{
    char *from = path_of(dir, "tmp-", name), *to = path_of(dir, "", name);
    int rc = xh_disk_sync(file, err);
    if (rc == 0) {
        rc = xh_disk_rename(env, from, to, err);
    }
    if (rc == 0) {
        rc = xh_disk_sync_dir(env, dir, err);
    }
    free(from);
    free(to);
    return rc;
}

void xh__frames_abandon(const struct xh_env *env, const char *dir, const char *name)
{
    char *path = path_of(dir, "tmp-", name);
    xh_disk_remove(env, path, NULL);
    free(path);
}

/* ---- writing ---- */

uint32_t xh__frame_head_crc(uint8_t *head, size_t len, uint64_t number, uint64_t synced)
{
    xh_assert(len <= UINT32_MAX && number > 0 && synced < number);
    xh__le32_put(head + FRAME_LEN, (uint32_t)len);
    xh__le64_put(head + FRAME_NUMBER, number);
    xh__le64_put(head + FRAME_SYNCED, synced);
    return xh_crc32c(0, head + FRAME_LEN, XH__FRAME_HEAD_BYTES - FRAME_LEN);
}

void xh__frame_seal(uint8_t *frame, size_t len, uint64_t number, uint64_t synced)
{
    uint32_t crc = xh__frame_head_crc(frame, len, number, synced);
    xh__le32_put(frame, xh_crc32c(crc, frame + XH__FRAME_HEAD_BYTES, len));
}

/* ---- reading ---- */

int xh__frames_corrupt(const struct xh__frames *frames, const char *what, struct xh_err *err)
{
    return xh_err_set(err, XH_E_CORRUPT, "'%s' is damaged at byte %llu: %s", frames->path,
                      (unsigned long long)frames->offset, what);
}

/* The bytes [offset, offset + len) in the buffer; NULL: the file ends before, or < 0 in *ret_rc. */
static const uint8_t *bytes_at(struct xh__frames *frames, uint64_t offset, size_t len, int *ret_rc,
                               struct xh_err *err)
{
    *ret_rc = 0;
    if (offset > frames->size_bytes || len > frames->size_bytes - offset) {
        return NULL;
    }
    if (offset >= frames->have_offset && offset - frames->have_offset <= frames->have &&
        len <= frames->have - (offset - frames->have_offset)) {
        return frames->buffer + (offset - frames->have_offset);
    }
    size_t want = len > READ_BYTES ? len : READ_BYTES;
    if (want > frames->capacity) {
        free(frames->buffer);
        frames->buffer = xh_realloc(NULL, want);
        frames->capacity = want;
    }
    frames->have = 0;
    ptrdiff_t got = xh_disk_read(frames->file, offset, frames->buffer, want, err);
    if (got < 0) {
        *ret_rc = (int)got;
        return NULL;
    }
    frames->have = (size_t)got;
    frames->have_offset = offset;
    return (size_t)got >= len ? frames->buffer : NULL;
}

static int check_head(struct xh__frames *frames, const uint8_t *head,
                      const struct xh__file_kind *kind, struct xh_err *err)
{
    if (!head || memcmp(head, kind->magic, MAGIC_BYTES) != 0 ||
        xh__le32_get(head + HEAD_CRC) != xh_crc32c(0, head, HEAD_CRC)) {
        return xh_err_set(err, XH_E_CORRUPT, "'%s' does not begin as a %s of a readings store",
                          frames->path, kind->what);
    }
    uint32_t version = xh__le32_get(head + HEAD_VERSION);
    if (version != kind->version) {
        return xh_err_set(err, XH_E_SCHEMA, "'%s' has format %u, this program knows format %u",
                          frames->path, version, kind->version);
    }
    frames->head_number = xh__le64_get(head + HEAD_NUMBER);
    return 0;
}

int xh__frames_open(struct xh__frames *frames, struct xh_disk_file *file, const char *path,
                    const struct xh__file_kind *kind, uint64_t first, struct xh_err *err)
{
    *frames = (struct xh__frames){
        .file = file,
        .path = path,
        .size_bytes = (uint64_t)xh_disk_size_bytes(file),
        .offset = XH__FILE_HEAD_BYTES,
        .next = first,
        .synced = first - 1,
        .doubt_offset = XH__FILE_HEAD_BYTES,
        .later_number = first,
        .later_offset = XH__FILE_HEAD_BYTES,
    };
    int rc = 0;
    const uint8_t *head = bytes_at(frames, 0, XH__FILE_HEAD_BYTES, &rc, err);
    return rc < 0 ? rc : check_head(frames, head, kind, err);
}

/* A whole frame at the place: its bytes, else NULL. */
static const uint8_t *whole_at(struct xh__frames *frames, uint64_t offset, int *ret_rc,
                               struct xh_err *err)
{
    const uint8_t *frame = bytes_at(frames, offset, XH__FRAME_HEAD_BYTES, ret_rc, err);
    if (!frame || xh__le64_get(frame + FRAME_SYNCED) >= xh__le64_get(frame + FRAME_NUMBER)) {
        return NULL;
    }
    size_t len = XH__FRAME_HEAD_BYTES + (size_t)xh__le32_get(frame + FRAME_LEN);
    frame = bytes_at(frames, offset, len, ret_rc, err);
    if (!frame || xh__le32_get(frame) != xh_crc32c(0, frame + FRAME_LEN, len - FRAME_LEN)) {
        return NULL;
    }
    return frame;
}

/* Where do the frames begin that are not known to be synced? Two places are enough to know it to
 * within one sync: the place, and a later one, which takes over when a frame says it is synced. */
static void move_doubt(struct xh__frames *frames, uint64_t synced)
{
    if (synced > frames->synced) {
        frames->synced = synced;
    }
    if (frames->synced + 1 >= frames->later_number) {
        frames->doubt_offset = frames->later_offset;
        frames->later_number = frames->next;
        frames->later_offset = frames->offset;
    }
}

int xh__frames_next(struct xh__frames *frames, struct xh_err *err)
{
    int rc = 0;
    const uint8_t *frame = whole_at(frames, frames->offset, &rc, err);
    if (!frame) {
        return rc;
    }
    if (xh__le64_get(frame + FRAME_NUMBER) != frames->next) {
        return 0;
    }
    move_doubt(frames, xh__le64_get(frame + FRAME_SYNCED));
    frames->number = frames->next++;
    frames->body = frame + XH__FRAME_HEAD_BYTES;
    frames->len = xh__le32_get(frame + FRAME_LEN);
    frames->offset += XH__FRAME_HEAD_BYTES + frames->len;
    return 1;
}

/* ---- the end ---- */

static bool is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

/* Is there at this place a whole frame that proves that frame `next` was synced? */
static int proves(struct xh__frames *probe, uint64_t offset, uint64_t next, struct xh_err *err)
{
    int rc = 0;
    const uint8_t *frame = whole_at(probe, offset, &rc, err);
    if (!frame) {
        return rc;
    }
    return xh__le64_get(frame + FRAME_NUMBER) > next && xh__le64_get(frame + FRAME_SYNCED) >= next;
}

/* The places in a window where the numbers could be those of a later frame. Frames may begin at any
 * byte. So many frames at most are in the rest of the file that higher numbers cannot be. */
static int search_window(struct xh__frames *frames, struct xh__frames *probe, const uint8_t *bytes,
                         size_t len, uint64_t offset, uint64_t *budget, struct xh_err *err)
{
    enum { STRIDE = 64 };
    uint64_t next = frames->next;
    uint64_t most = (frames->size_bytes - frames->offset) / XH__FRAME_HEAD_BYTES + 1;
    for (size_t i = 0; i + XH__FRAME_HEAD_BYTES <= len; i++) {
        if (i % STRIDE == 0 && i + STRIDE + XH__FRAME_HEAD_BYTES <= len &&
            is_zero(bytes + i, STRIDE + XH__FRAME_HEAD_BYTES)) {
            i += STRIDE - 1;
            continue;
        }
        uint64_t number = xh__le64_get(bytes + i + FRAME_NUMBER);
        uint64_t synced = xh__le64_get(bytes + i + FRAME_SYNCED);
        uint64_t cost = XH__FRAME_HEAD_BYTES + (uint64_t)xh__le32_get(bytes + i + FRAME_LEN);
        if (number - next - 1 >= most || synced < next || synced >= number || cost > *budget) {
            continue;
        }
        *budget -= cost;
        int rc = proves(probe, offset + i, next, err);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* 1: there is proof. What it may cost is bounded, for files that were made to be slow. */
static int search_proof(struct xh__frames *frames, struct xh__frames *probe, struct xh_err *err)
{
    uint64_t budget = 8 * (frames->size_bytes - frames->offset);
    for (uint64_t offset = frames->offset + 1; offset < frames->size_bytes;
         offset += READ_BYTES - XH__FRAME_HEAD_BYTES + 1) {
        uint64_t rest = frames->size_bytes - offset;
        size_t len = rest < READ_BYTES ? (size_t)rest : READ_BYTES;
        int rc = 0;
        const uint8_t *bytes = bytes_at(frames, offset, len, &rc, err);
        if (!bytes) {
            return rc;
        }
        if (is_zero(bytes, len)) {
            continue;
        }
        rc = search_window(frames, probe, bytes, len, offset, &budget, err);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int xh__frames_check_end(struct xh__frames *frames, struct xh_err *err)
{
    if (frames->synced >= frames->next) {
        return xh__frames_corrupt(frames, "what was on disk here is not whole", err);
    }
    if (frames->offset >= frames->size_bytes) {
        return 0;
    }
    struct xh__frames probe = {.file = frames->file, .size_bytes = frames->size_bytes};
    int rc = search_proof(frames, &probe, err);
    free(probe.buffer);
    return rc == 1 ? xh__frames_corrupt(frames, "later entries say that it was on disk, whole", err)
                   : rc;
}

int xh__frames_settle(struct xh__frames *frames, struct xh_err *err)
{
    int rc = 0;
    for (uint64_t at = frames->doubt_offset; at < frames->offset; at += READ_BYTES) {
        uint64_t rest = frames->offset - at;
        size_t len = rest < READ_BYTES ? (size_t)rest : READ_BYTES;
        const uint8_t *bytes = bytes_at(frames, at, len, &rc, err);
        if (rc == 0 && !bytes) {
            rc = xh_err_set(err, XH_E_IO, "'%s' became shorter while it was read", frames->path);
        }
        if (rc == 0) {
            rc = xh_disk_write(frames->file, at, bytes, len, err);
        }
        if (rc < 0) {
            return rc;
        }
    }
    if (frames->offset < frames->size_bytes) {
        rc = xh_disk_truncate(frames->file, frames->offset, err);
        if (rc < 0) {
            return rc;
        }
        frames->size_bytes = frames->offset;
    }
    return xh_disk_sync(frames->file, err);
}

void xh__frames_finish(struct xh__frames *frames)
{
    free(frames->buffer);
    frames->buffer = NULL;
    frames->capacity = frames->have = 0;
}
