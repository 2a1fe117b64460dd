/* state.c: the file of series states; see manifest_internal.h.
 *
 * Frames of up to 65,536 series each: first u32, count u32, then two columns of the codec, next_seq
 * and max_at_us. The last frame has count 0 and says how many there are. The file is sealed:
 * written under another name, synced, named. docs/formats/manifest.md gives every byte.
 */
#include "store/tsdb/codec_internal.h"
#include "store/tsdb/dict_internal.h"
#include "store/tsdb/frames_internal.h"
#include "store/tsdb/manifest_internal.h"

#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_SERIES = 65536, BODY_HEAD_BYTES = 8, NAME_BYTES = 24 };

static const struct xh__file_kind file_kind = {
    "file of series states", {'X', 'H', 's', 't', 'a', 't', 'e', 's'}, 1};

static void name_of(uint64_t number, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "state-%016llx", (unsigned long long)number);
}

/* ---- writing ---- */

struct writing {
    struct xh_disk_file *file;
    uint64_t offset, next;
    uint8_t *frame;
    int64_t *column;
};

static int put_frame(struct writing *writing, uint32_t first, uint32_t count, size_t len,
                     struct xh_err *err)
{
    uint8_t *body = writing->frame + XH__FRAME_HEAD_BYTES;
    xh__le32_put(body, first);
    xh__le32_put(body + 4, count);
    xh__frame_seal(writing->frame, len, writing->next, writing->next - 1);
    len += XH__FRAME_HEAD_BYTES;
    int rc = xh_disk_write(writing->file, writing->offset, writing->frame, len, err);
    writing->offset += len;
    writing->next++;
    return rc;
}

static int put_block(struct writing *writing, const struct xh__series_state *states, uint32_t first,
                     uint32_t count, struct xh_err *err)
{
    uint8_t *body = writing->frame + XH__FRAME_HEAD_BYTES;
    size_t len = BODY_HEAD_BYTES;
    for (uint32_t i = 0; i < count; i++) {
        writing->column[i] = (int64_t)states[first + i].next_seq;
    }
    len += xh__codec_ints_encode(writing->column, count, body + len);
    for (uint32_t i = 0; i < count; i++) {
        writing->column[i] = states[first + i].max_at_us;
    }
    len += xh__codec_ints_encode(writing->column, count, body + len);
    return put_frame(writing, first, count, len, err);
}

static int put_all(struct writing *writing, const struct xh__series_state *states, uint32_t count,
                   struct xh_err *err)
{
    int rc = 0;
    for (uint32_t first = 0; rc == 0 && first < count;) {
        uint32_t rest = count - first;
        uint32_t n = rest < BLOCK_SERIES ? rest : BLOCK_SERIES;
        rc = put_block(writing, states, first, n, err);
        first += n;
    }
    return rc < 0 ? rc : put_frame(writing, count, 0, BODY_HEAD_BYTES, err);
}

int xh__state_write(const struct xh_env *env, const char *dir, uint64_t number,
                    const struct xh__series_state *states, uint32_t count, struct xh_err *err)
{
    xh_assert(count <= XH__SERIES_MAX);
    char name[NAME_BYTES];
    name_of(number, name);
    struct writing writing = {.offset = XH__FILE_HEAD_BYTES, .next = 1};
    int rc = xh__frames_begin(env, dir, name, &file_kind, number, &writing.file, err);
    if (rc < 0) {
        return rc;
    }
    writing.frame = xh_realloc(NULL, XH__FRAME_HEAD_BYTES + BODY_HEAD_BYTES +
                                         2 * xh__codec_ints_bound(BLOCK_SERIES));
    writing.column = xh_realloc(NULL, BLOCK_SERIES * sizeof(*writing.column));
    rc = put_all(&writing, states, count, err);
    if (rc == 0) {
        rc = xh__frames_name(env, dir, name, writing.file, err);
    }
    free(writing.frame);
    free(writing.column);
    xh_disk_close(writing.file);
    if (rc < 0) {
        xh__frames_abandon(env, dir, name);
    }
    return rc;
}

/* ---- reading ---- */

static int take_columns(const struct xh__frames *frames, uint32_t count, int64_t *column,
                        struct xh__series_state *ret, struct xh_err *err)
{
    const uint8_t *at = frames->body + BODY_HEAD_BYTES;
    size_t rest = frames->len - BODY_HEAD_BYTES;
    ptrdiff_t taken = xh__codec_ints_decode(at, rest, count, column);
    if (taken < 0) {
        return xh__frames_corrupt(frames, "a column before this place cannot be read", err);
    }
    for (uint32_t i = 0; i < count; i++) {
        ret[i].next_seq = (uint64_t)column[i];
    }
    rest -= (size_t)taken;
    taken = xh__codec_ints_decode(at + taken, rest, count, column);
    if (taken < 0 || (size_t)taken != rest) {
        return xh__frames_corrupt(frames, "a column before this place cannot be read", err);
    }
    for (uint32_t i = 0; i < count; i++) {
        ret[i].max_at_us = column[i];
    }
    return 0;
}

/* 1: the frame was the last. */
static int take_frame(const struct xh__frames *frames, uint32_t have, uint32_t capacity,
                      int64_t *column, struct xh__series_state *ret, struct xh_err *err)
{
    if (frames->len < BODY_HEAD_BYTES || xh__le32_get(frames->body) != have) {
        return xh__frames_corrupt(frames, "the entry before is not in its place", err);
    }
    uint32_t count = xh__le32_get(frames->body + 4);
    if (count == 0 && frames->len == BODY_HEAD_BYTES) {
        return 1;
    }
    if (count == 0 || count > BLOCK_SERIES || count > capacity - have) {
        return xh__frames_corrupt(frames, "the entry before has more series than there are", err);
    }
    return take_columns(frames, count, column, ret + have, err);
}

static int read_frames(struct xh__frames *frames, struct xh__series_state *ret, uint32_t capacity,
                       int64_t *column, uint32_t *ret_count, struct xh_err *err)
{
    uint32_t have = 0;
    for (;;) {
        int rc = xh__frames_next(frames, err);
        if (rc <= 0) {
            return rc < 0 ? rc : xh__frames_corrupt(frames, "an entry is not whole", err);
        }
        rc = take_frame(frames, have, capacity, column, ret, err);
        if (rc < 0) {
            return rc;
        }
        if (rc == 1) {
            break;
        }
        have += xh__le32_get(frames->body + 4);
    }
    if (frames->offset != frames->size_bytes) {
        return xh__frames_corrupt(frames, "the file goes on behind its end", err);
    }
    *ret_count = have;
    return 0;
}

static int read_file(struct xh_disk_file *file, const char *path, uint64_t number,
                     struct xh__series_state *ret, uint32_t capacity, uint32_t *ret_count,
                     struct xh_err *err)
{
    struct xh__frames frames;
    int rc = xh__frames_open(&frames, file, path, &file_kind, 1, err);
    if (rc == 0 && frames.head_number != number) {
        rc = xh_err_set(err, XH_E_CORRUPT, "'%s' was written as number %llu", path,
                        (unsigned long long)frames.head_number);
    }
    if (rc == 0) {
        int64_t *column = xh_realloc(NULL, BLOCK_SERIES * sizeof(*column));
        rc = read_frames(&frames, ret, capacity, column, ret_count, err);
        free(column);
    }
    xh__frames_finish(&frames);
    return rc;
}

int xh__state_read(const struct xh_env *env, const char *dir, uint64_t number,
                   struct xh__series_state *ret, uint32_t capacity, uint32_t *ret_count,
                   struct xh_err *err)
{
    char name[NAME_BYTES];
    name_of(number, name);
    char *path = xh__frames_path(dir, name);
    struct xh_disk_file *file = NULL;
    int rc = xh_disk_open(env, path, XH_DISK_READ, &file, err);
    if (rc == 0) {
        rc = read_file(file, path, number, ret, capacity, ret_count, err);
        xh_disk_close(file);
    }
    free(path);
    return rc;
}
