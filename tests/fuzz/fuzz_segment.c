/* Segments: any bytes are refused or read within their bounds, each part as the whole. The bytes
 * are taken as they are, and once more with all checksums and the file's size put right, so that
 * what is behind them is reached. */
#include "base/arena.h"
#include "base/crc32c.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS_MAX = 50000 }; /* in one segment: more would only be slow */

struct bytes {
    uint8_t *ptr;
    size_t len;
};

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

/* ---- a disk with one file ---- */

static int map(const struct xh_env *env, const char *path, bool is_random, struct xh_disk_map *ret,
               struct xh_err *err)
{
    const struct bytes *file = env->disk->self;
    (void)path;
    (void)is_random;
    (void)err;
    *ret = (struct xh_disk_map){.bytes = file->ptr, .len = file->len};
    return 0;
}

static void unmap(const struct xh_env *env, struct xh_disk_map *mapped)
{
    (void)env;
    (void)mapped;
}

/* ---- checksums put right ---- */

/* Of bytes [from, from + len), kept behind them; where there is room for both. */
static void mend(struct bytes *file, uint64_t from, uint64_t len)
{
    if (from <= file->len && len <= file->len - from && file->len - from - len >= 4) {
        uint8_t *at = file->ptr + from;
        xh__put_u32(at + len, xh_crc32c(0, at, (size_t)len));
    }
}

static void mend_all(struct bytes *file)
{
    if (file->len < XH__SEGMENT_HEAD_BYTES + XH__SEGMENT_FOOT_BYTES) {
        return;
    }
    size_t foot_at = file->len - XH__SEGMENT_FOOT_BYTES;
    uint8_t *foot = file->ptr + foot_at;
    memcpy(foot, file->ptr + 12, 8); /* the number */
    xh__put_u64(foot + 40, file->len);
    mend(file, 0, 20);
    mend(file, foot_at, 116);
    uint64_t arrivals_bytes = xh__get_u64(foot + 80), directory = xh__get_u64(foot + 104);
    mend(file, XH__SEGMENT_HEAD_BYTES, arrivals_bytes - 4);
    for (uint64_t at = directory; at <= foot_at && foot_at - at >= XH__SEGMENT_ENTRY_BYTES;
         at += XH__SEGMENT_ENTRY_BYTES) {
        struct xh__segment_entry entry;
        xh__segment_entry_get(file->ptr + at, &entry);
        mend(file, entry.offset, (uint64_t)entry.size_bytes - 4);
    }
    mend(file, directory, foot_at - directory - 4);
}

struct walk {
    struct bytes *file; /* NULL: nothing is mended */
    uint64_t row_count;
};

static int mend_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct walk *walk = arg;
    (void)segment;
    walk->row_count += chunk->count;
    if (walk->file) {
        uint8_t *at = walk->file->ptr + chunk->offset;
        size_t len = chunk->size_bytes - 4;
        xh__put_u32(at + len, xh__chunk_crc(chunk->id, at, len));
    }
    return 0;
}

/* ---- reading ---- */

static void read_part(const struct xh__segment *segment, const struct xh__chunk *c,
                      const struct xh__columns *all)
{
    struct xh__columns part = {0};
    uint32_t from = c->count / 3, to = c->count - c->count / 4;
    int rc = xh__segment_decode(segment, c, from, to, XH__COLUMN_ALL, &part, NULL);
    require(rc == 0);
    for (uint32_t i = from; i < to; i++) {
        size_t j = i - from;
        require(part.at_us[j] == all->at_us[i] && part.seqs[j] == all->seqs[i] &&
                part.arrival_us[j] == all->arrival_us[i] &&
                part.decimals[j] == all->decimals[i] && part.quality[j] == all->quality[i] &&
                memcmp(&part.values[j], &all->values[i], sizeof(double)) == 0);
    }
    xh__columns_finish(&part);
}

static int read_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *c)
{
    struct xh__columns all = {0};
    struct xh__codec_fold fold;
    uint32_t row = 0;
    (void)arg;
    int rc = xh__segment_decode(segment, c, 0, c->count, XH__COLUMN_ALL, &all, NULL);
    require(rc == 0 || rc == XH_E_CORRUPT);
    if (rc == 0) {
        require(all.count == c->count);
        read_part(segment, c, &all);
    }
    rc = xh__segment_fold(segment, c, 0, c->count, &fold, NULL);
    require(rc == XH_E_CORRUPT || fold.sum.count == c->count);
    for (int64_t step = -1; step <= 1; step++) {
        rc = xh__segment_seek(segment, c, c->from_us + (c->last_us - c->from_us) / 2 + step, &row,
                              NULL);
        require(rc == XH_E_CORRUPT || row <= c->count);
    }
    xh__columns_finish(&all);
    return 0;
}

static void read_segment(struct bytes *file, bool is_mended)
{
    struct xh_disk disk = {.map = map, .unmap = unmap, .self = file};
    struct xh_env env = *xh_env_real();
    struct xh__segment *segment = NULL;
    struct walk walk = {.file = is_mended ? file : NULL};
    env.disk = &disk;
    uint64_t number = file->len >= 20 ? xh__get_u64(file->ptr + 12) : 0;
    int rc = xh__segment_open(&env, "d", number, &segment, NULL);
    if (rc < 0) {
        require(rc == XH_E_CORRUPT || rc == XH_E_SCHEMA);
        return;
    }
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    const struct xh__segment_info *info = xh__segment_info(segment);
    rc = xh__segment_each(segment, place, mend_chunk, &walk, NULL);
    require(rc == 0 || rc == XH_E_CORRUPT);
    if (walk.row_count <= ROWS_MAX) {
        xh__segment_each(segment, place, read_chunk, NULL, NULL);
        uint32_t id = info->id_min + (info->id_max - info->id_min) / 2;
        xh__segment_find(segment, place, id, info->from_us, info->last_us, read_chunk, NULL, NULL);
        require(xh__segment_verify(segment, NULL, NULL) >= 0);
    }
    free(place);
    xh__segment_close(segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = {malloc(size > 0 ? size : 1), size};
    require(file.ptr != NULL);
    if (size > 0) {
        memcpy(file.ptr, data, size);
    }
    read_segment(&file, false);
    mend_all(&file);
    read_segment(&file, true);
    free(file.ptr);
    return 0;
}
