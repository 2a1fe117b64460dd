/* segment_write.c: a segment comes into being.
 *
 * Rows of a series are gathered until its chunk is full or another series comes. Chunks go out
 * through a buffer; the index is kept packed, a block at a time, until the end. The file has its
 * final name only after all of it is synced. */
#include "base/arena.h"
#include "base/crc32c.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUT_BYTES = 1 << 20, NAME_BYTES = 40 };

struct xh__segment_writer {
    const struct xh_env *env;
    char *dir, *temporary, *path;
    struct xh_disk_file *file;
    struct xh__chunk_encoder *encoder;
    struct xh__columns pending;        /* rows of id_pending that make no whole chunk yet */
    uint32_t id_pending, chunk_rows;
    int64_t *arrivals;                 /* the table, ours */
    size_t arrival_count;
    const struct xh__segment *copied;  /* whose table was compared last */
    struct xh__chunk block[XH__INDEX_BLOCK];
    size_t block_count;
    struct xh_buf index, directory;
    uint8_t *out;                      /* OUT_BYTES, out_len of them not written yet */
    size_t out_len;
    uint64_t offset;                   /* of the file's end, the buffer included */
    struct xh__segment_foot foot;
    struct xh_err failure;             /* the first; code 0: none */
};

/* ---- bytes ---- */

static int fail(struct xh__segment_writer *w, struct xh_err *err)
{
    if (err && w->failure.code != 0) {
        *err = w->failure;
    }
    return w->failure.code;
}

static int flush(struct xh__segment_writer *w)
{
    if (w->failure.code == 0 && w->out_len > 0) {
        xh_disk_write(w->file, w->offset - w->out_len, w->out, w->out_len, &w->failure);
        w->out_len = 0;
    }
    return w->failure.code;
}

static void put(struct xh__segment_writer *w, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    while (len > 0 && w->failure.code == 0) {
        size_t part = OUT_BYTES - w->out_len < len ? OUT_BYTES - w->out_len : len;
        memcpy(w->out + w->out_len, at, part);
        w->out_len += part;
        w->offset += part;
        at += part;
        len -= part;
        if (w->out_len == OUT_BYTES) {
            flush(w);
        }
    }
}

static void put_crc(struct xh__segment_writer *w, const void *bytes, size_t len)
{
    uint8_t crc[XH__SEGMENT_CRC_BYTES];
    xh__put_u32(crc, xh_crc32c(0, bytes, len));
    put(w, bytes, len);
    put(w, crc, sizeof(crc));
}

/* ---- a life's beginning ---- */

static char *path_of(const char *dir, const char *prefix, uint64_t number)
{
    size_t size = strlen(dir) + NAME_BYTES;
    char *path = xh_alloc(size);
    snprintf(path, size, "%s/%sseg-%016llx", dir, prefix, (unsigned long long)number);
    return path;
}

static void destroy(struct xh__segment_writer *w)
{
    xh_disk_close(w->file);
    xh__chunk_encoder_destroy(w->encoder);
    xh__columns_finish(&w->pending);
    xh_buf_finish(&w->index);
    xh_buf_finish(&w->directory);
    free(w->arrivals);
    free(w->out);
    free(w->dir);
    free(w->temporary);
    free(w->path);
    free(w);
}

void xh__segment_writer_abandon(struct xh__segment_writer *writer)
{
    xh_disk_close(writer->file);
    writer->file = NULL;
    xh_disk_remove(writer->env, writer->temporary, NULL);
    destroy(writer);
}

/* A file of that name is left over from a run that ended in the middle: nobody needs it. */
static int open_temporary(struct xh__segment_writer *w, struct xh_err *err)
{
    int rc = xh_disk_open(w->env, w->temporary, XH_DISK_CREATE, &w->file, err);
    if (rc == XH_E_CONFLICT) {
        rc = xh_disk_remove(w->env, w->temporary, err);
        if (rc == 0) {
            rc = xh_disk_open(w->env, w->temporary, XH_DISK_CREATE, &w->file, err);
        }
    }
    return rc;
}

static void put_arrivals(struct xh__segment_writer *w)
{
    if (w->arrival_count == 0) {
        return;
    }
    uint8_t *bytes = xh_alloc(xh__codec_ints_bound(w->arrival_count));
    size_t size = xh__codec_ints_encode(w->arrivals, w->arrival_count, bytes);
    put_crc(w, bytes, size);
    free(bytes);
    w->foot.arrival_count = w->arrival_count;
    w->foot.arrivals_bytes = size + XH__SEGMENT_CRC_BYTES;
}

int xh__segment_writer_create(const struct xh_env *env, const char *dir,
                              const struct xh__segment_options *options,
                              const int64_t *arrivals_us, size_t arrival_count,
                              struct xh__segment_writer **ret, struct xh_err *err)
{
    uint8_t head[XH__SEGMENT_HEAD_BYTES];
    arrival_count = arrival_count <= XH__ARRIVALS_MAX ? arrival_count : 0;
    for (size_t i = 1; i < arrival_count; i++) {
        xh_assert(arrivals_us[i - 1] < arrivals_us[i]);
    }
    struct xh__segment_writer *w = xh_alloc(sizeof(*w));
    w->env = env;
    w->dir = xh_alloc(strlen(dir) + 1);
    memcpy(w->dir, dir, strlen(dir));
    w->temporary = path_of(dir, "tmp-", options->number);
    w->path = path_of(dir, "", options->number);
    int rc = open_temporary(w, err);
    if (rc < 0) {
        destroy(w);
        return rc;
    }
    w->chunk_rows = options->chunk_rows > 0 ? options->chunk_rows : XH__CHUNK_ROWS;
    w->arrival_count = arrival_count;
    w->arrivals = xh_alloc((arrival_count + 1) * sizeof(*w->arrivals));
    if (arrival_count > 0) {
        memcpy(w->arrivals, arrivals_us, arrival_count * sizeof(*w->arrivals));
    }
    w->encoder = xh__chunk_encoder_create((struct xh__instants){w->arrivals, arrival_count},
                                          w->chunk_rows, options->is_squeezed);
    w->out = xh_alloc(OUT_BYTES);
    xh_buf_init(&w->index, PTRDIFF_MAX);
    xh_buf_init(&w->directory, PTRDIFF_MAX);
    w->foot.info = (struct xh__segment_info){.number = options->number,
                                             .month = options->month,
                                             .level = options->level,
                                             .flush_last = options->flush_last};
    xh__segment_head_put(options->number, head);
    put(w, head, sizeof(head));
    put_arrivals(w);
    if (w->failure.code != 0) {
        rc = fail(w, err);
        xh__segment_writer_abandon(w);
        return rc;
    }
    *ret = w;
    return 0;
}

/* ---- chunks ---- */

/* The chunks since the last block become one; its offset is set when the index is written. */
static void end_block(struct xh__segment_writer *w)
{
    const struct xh__chunk *c = w->block;
    uint8_t entry_bytes[XH__SEGMENT_ENTRY_BYTES], crc[XH__SEGMENT_CRC_BYTES];
    if (w->block_count == 0) {
        return;
    }
    struct xh__segment_entry entry = {.id_first = c[0].id,
                                      .id_last = c[w->block_count - 1].id,
                                      .from_us = c[0].from_us,
                                      .last_us = c[0].last_us,
                                      .offset = w->index.len};
    for (size_t i = 1; i < w->block_count; i++) {
        entry.from_us = c[i].from_us < entry.from_us ? c[i].from_us : entry.from_us;
        entry.last_us = c[i].last_us > entry.last_us ? c[i].last_us : entry.last_us;
    }
    bool has_room = xh_buf_reserve(&w->index, xh__index_block_bound() + sizeof(crc));
    xh_assert(has_room);
    uint8_t *at = (uint8_t *)w->index.ptr + w->index.len;
    size_t size = xh__index_block_encode(
        c, w->block_count, (struct xh__instants){w->arrivals, w->arrival_count}, at);
    xh__put_u32(at + size, xh_crc32c(0, at, size));
    entry.size_bytes = (uint32_t)(size + sizeof(crc));
    w->index.len += entry.size_bytes;
    xh__segment_entry_put(&entry, entry_bytes);
    xh_buf_add(&w->directory, entry_bytes, sizeof(entry_bytes));
    w->block_count = 0;
}

static void add_totals(struct xh__segment_info *info, const struct xh__chunk *c)
{
    bool is_first = info->chunk_count == 0;
    info->id_min = is_first ? c->id : info->id_min;
    info->id_max = c->id;
    info->from_us = is_first || c->from_us < info->from_us ? c->from_us : info->from_us;
    info->last_us = is_first || c->last_us > info->last_us ? c->last_us : info->last_us;
    if (is_first || c->arrival_max_us > info->arrival_max_us) {
        info->arrival_max_us = c->arrival_max_us;
    }
    info->row_count += c->count;
    info->chunk_count++;
}

static void put_chunk(struct xh__segment_writer *w, struct xh__chunk *chunk, const uint8_t *bytes)
{
    chunk->offset = w->offset;
    chunk->index = w->foot.info.chunk_count;
    put(w, bytes, chunk->size_bytes);
    add_totals(&w->foot.info, chunk);
    w->block[w->block_count++] = *chunk;
    if (w->block_count == XH__INDEX_BLOCK) {
        end_block(w);
    }
}

/* Series in order, and the rows of one in order over its chunks. */
static void check_order(const struct xh__segment_writer *w, uint32_t id, int64_t from_us)
{
    if (w->foot.info.chunk_count > 0) {
        const struct xh__chunk *last =
            &w->block[w->block_count > 0 ? w->block_count - 1 : XH__INDEX_BLOCK - 1];
        xh_assert(last->id < id || (last->id == id && last->last_us <= from_us));
    }
}

static void put_rows(struct xh__segment_writer *w, uint32_t id, const struct xh__columns *rows)
{
    struct xh__chunk chunk;
    const uint8_t *bytes = NULL;
    xh__chunk_encode(w->encoder, id, rows, &chunk, &bytes);
    check_order(w, id, chunk.from_us);
    put_chunk(w, &chunk, bytes);
}

static void put_pending(struct xh__segment_writer *w)
{
    if (w->pending.count > 0) {
        put_rows(w, w->id_pending, &w->pending);
        w->pending.count = 0;
    }
}

/* Rows [from, from + count) seen as columns of their own. */
static struct xh__columns part_of(const struct xh__columns *rows, size_t from, size_t count)
{
    return (struct xh__columns){.count = count,
                                .at_us = rows->at_us + from,
                                .values = rows->values + from,
                                .decimals = rows->decimals + from,
                                .seqs = rows->seqs + from,
                                .arrival_us = rows->arrival_us + from,
                                .quality = rows->quality + from};
}

static void append(struct xh__columns *to, const struct xh__columns *from)
{
    size_t at = to->count, count = from->count;
    xh__columns_grow(to, at + count);
    memcpy(to->at_us + at, from->at_us, count * sizeof(*to->at_us));
    memcpy(to->values + at, from->values, count * sizeof(*to->values));
    memcpy(to->decimals + at, from->decimals, count * sizeof(*to->decimals));
    memcpy(to->seqs + at, from->seqs, count * sizeof(*to->seqs));
    memcpy(to->arrival_us + at, from->arrival_us, count * sizeof(*to->arrival_us));
    memcpy(to->quality + at, from->quality, count * sizeof(*to->quality));
    to->count += count;
}

int xh__segment_writer_add(struct xh__segment_writer *writer, uint32_t id,
                           const struct xh__columns *rows, struct xh_err *err)
{
    struct xh__segment_writer *w = writer;
    if (w->pending.count > 0 && w->id_pending != id) {
        xh_assert(w->id_pending < id);
        put_pending(w);
    }
    w->id_pending = id;
    for (size_t at = 0; at < rows->count && w->failure.code == 0;) {
        size_t room = w->chunk_rows - w->pending.count;
        size_t count = rows->count - at < room ? rows->count - at : room;
        struct xh__columns part = part_of(rows, at, count);
        if (count == w->chunk_rows) {
            put_rows(w, id, &part);
        } else {
            append(&w->pending, &part);
        }
        if (w->pending.count == w->chunk_rows) {
            put_pending(w);
        }
        at += count;
    }
    return fail(w, err);
}

/* Places in chunks mean the same in both files only when the tables are the same. */
static void check_table(struct xh__segment_writer *w, const struct xh__segment *segment)
{
    size_t count = 0;
    if (w->copied == segment) {
        return;
    }
    const int64_t *arrivals_us = xh__segment_arrivals(segment, &count);
    xh_assert(count == w->arrival_count &&
              (count == 0 || memcmp(arrivals_us, w->arrivals, count * sizeof(*arrivals_us)) == 0));
    w->copied = segment;
}

int xh__segment_writer_copy(struct xh__segment_writer *writer, const struct xh__segment *segment,
                            const struct xh__chunk *chunk, struct xh_err *err)
{
    const uint8_t *bytes = NULL;
    struct xh__chunk copy = *chunk;
    check_table(writer, segment);
    int rc = xh__segment_chunk_bytes(segment, chunk, &bytes, err);
    if (rc < 0) {
        return rc;
    }
    put_pending(writer);
    check_order(writer, chunk->id, chunk->from_us);
    put_chunk(writer, &copy, bytes);
    return fail(writer, err);
}

/* ---- a life's end ---- */

/* What stands behind the chunks. */
static int put_end(struct xh__segment_writer *w)
{
    uint8_t foot[XH__SEGMENT_FOOT_BYTES];
    put_pending(w);
    end_block(w);
    w->foot.index_offset = w->offset;
    for (size_t at = 0; at < w->directory.len; at += XH__SEGMENT_ENTRY_BYTES) {
        struct xh__segment_entry entry;
        uint8_t *bytes = (uint8_t *)w->directory.ptr + at;
        xh__segment_entry_get(bytes, &entry);
        entry.offset += w->foot.index_offset;
        xh__segment_entry_put(&entry, bytes);
    }
    put(w, w->index.ptr, w->index.len);
    w->foot.directory_offset = w->offset;
    put_crc(w, w->directory.ptr, w->directory.len);
    w->foot.info.size_bytes = w->offset + XH__SEGMENT_FOOT_BYTES;
    xh__segment_foot_put(&w->foot, foot);
    put(w, foot, sizeof(foot));
    return flush(w);
}

/* Sync, name, sync of the name; on error neither name is left. */
static int seal(struct xh__segment_writer *w)
{
    struct xh_err *err = &w->failure;
    if (xh_disk_sync(w->file, err) < 0) {
        return err->code;
    }
    xh_disk_close(w->file);
    w->file = NULL;
    if (xh_disk_rename(w->env, w->temporary, w->path, err) == 0 &&
        xh_disk_sync_dir(w->env, w->dir, err) < 0) {
        xh_disk_remove(w->env, w->path, NULL);
    }
    return err->code;
}

int xh__segment_writer_finish(struct xh__segment_writer *writer, struct xh__segment_info *ret,
                              struct xh_err *err)
{
    struct xh__segment_writer *w = writer;
    bool is_empty = w->pending.count == 0 && w->foot.info.chunk_count == 0;
    int rc = w->failure.code;
    if (rc == 0 && !is_empty) {
        rc = put_end(w) == 0 ? seal(w) : w->failure.code;
    }
    if (rc == 0) {
        *ret = w->foot.info;
    } else {
        fail(w, err);
    }
    if (rc == 0 && !is_empty) {
        destroy(w);
    } else {
        xh__segment_writer_abandon(w);
    }
    return rc;
}
