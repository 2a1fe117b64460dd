/* segment_read.c: a sealed segment, mapped.
 *
 * Opening looks at head, foot, directory and table of arrivals. A block of the index or a chunk is
 * verified when it is first touched: a bit each says that it was. Whoever comes second, or at the
 * same time, at worst verifies again. */
#include "base/arena.h"
#include "base/crc32c.h"
#include "store/tsdb/segment_format_internal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { SQUEEZERS = 4 };

struct xh__segment {
    const struct xh_env *env;
    char *path;
    struct xh_disk_map map;
    struct xh__segment_foot foot;
    size_t block_count;
    const uint8_t *directory;
    uint64_t chunks_offset;
    int64_t *arrivals;
    atomic_uint_fast64_t *chunk_bits, *block_bits; /* verified */
    _Atomic(struct xh__squeezer *) *squeezers; /* SQUEEZERS of them: those at rest */
};

/* ---- open and close ---- */

static int damaged(const struct xh__segment *s, const char *what, uint64_t offset,
                   struct xh_err *err)
{
    return xh_err_set(err, XH_E_CORRUPT, "segment '%s': %s at offset %llu is damaged", s->path,
                      what, (unsigned long long)offset);
}

static bool has_crc(const uint8_t *bytes, size_t len)
{
    return xh__get_u32(bytes + len) == xh_crc32c(0, bytes, len);
}

static int read_foot(const struct xh__segment *s, uint64_t number, struct xh__segment_foot *ret,
                     struct xh_err *err)
{
    uint64_t head_number = 0;
    const uint8_t *bytes = s->map.bytes;
    if (s->map.len < XH__SEGMENT_HEAD_BYTES + XH__SEGMENT_FOOT_BYTES) {
        return xh_err_set(err, XH_E_CORRUPT, "segment '%s': %zu bytes are too few", s->path,
                          s->map.len);
    }
    int rc = xh__segment_head_get(bytes, &head_number);
    if (rc == XH_E_SCHEMA) {
        return xh_err_set(err, rc, "segment '%s' has a newer format: version %u, this program"
                          " knows %d", s->path, xh__get_u32(bytes + 8), XH__SEGMENT_VERSION);
    }
    if (rc < 0) {
        return damaged(s, "the head", 0, err);
    }
    size_t at = s->map.len - XH__SEGMENT_FOOT_BYTES;
    rc = xh__segment_foot_get(bytes + at, s->map.len, ret);
    if (rc < 0) {
        return damaged(s, "the foot", at, err);
    }
    if (head_number != number || ret->info.number != number) {
        return xh_err_set(err, XH_E_CORRUPT, "segment '%s' says it is number %llu", s->path,
                          (unsigned long long)ret->info.number);
    }
    return 0;
}

/* Entries follow each other, in the file and by series. */
static int check_directory(const struct xh__segment *s, struct xh_err *err)
{
    const struct xh__segment_foot *foot = &s->foot;
    size_t len = s->block_count * XH__SEGMENT_ENTRY_BYTES;
    uint64_t offset = foot->index_offset;
    uint32_t id = foot->info.id_min;
    bool is_good = has_crc(s->directory, len);
    for (size_t i = 0; i < s->block_count && is_good; i++) {
        struct xh__segment_entry entry;
        xh__segment_entry_get(s->directory + i * XH__SEGMENT_ENTRY_BYTES, &entry);
        is_good = entry.offset == offset && entry.size_bytes > XH__SEGMENT_CRC_BYTES &&
                  entry.id_first >= id && entry.id_last >= entry.id_first &&
                  entry.size_bytes <= foot->directory_offset - offset;
        offset += entry.size_bytes;
        id = entry.id_last;
    }
    if (!is_good || offset != foot->directory_offset || id != foot->info.id_max) {
        return damaged(s, "the directory", foot->directory_offset, err);
    }
    return 0;
}

static int check_arrivals(const struct xh__segment *s, struct xh_err *err)
{
    size_t len = (size_t)s->foot.arrivals_bytes - XH__SEGMENT_CRC_BYTES;
    if (s->foot.arrival_count == 0 || has_crc(s->map.bytes + XH__SEGMENT_HEAD_BYTES, len)) {
        return 0;
    }
    return damaged(s, "the table of arrivals", XH__SEGMENT_HEAD_BYTES, err);
}

static int read_arrivals(struct xh__segment *s, struct xh_err *err)
{
    size_t count = (size_t)s->foot.arrival_count;
    size_t len = (size_t)s->foot.arrivals_bytes - XH__SEGMENT_CRC_BYTES;
    const uint8_t *bytes = s->map.bytes + XH__SEGMENT_HEAD_BYTES;
    int rc = check_arrivals(s, err);
    if (rc < 0 || count == 0) {
        return rc;
    }
    s->arrivals = xh_alloc(count * sizeof(*s->arrivals));
    bool is_good = xh__codec_ints_decode(bytes, len, count, s->arrivals) == (ptrdiff_t)len;
    for (size_t i = 1; i < count && is_good; i++) {
        is_good = s->arrivals[i - 1] < s->arrivals[i];
    }
    return is_good ? 0 : damaged(s, "the table of arrivals", XH__SEGMENT_HEAD_BYTES, err);
}

static char *path_of(const char *dir, uint64_t number)
{
    size_t size = strlen(dir) + 32;
    char *path = xh_alloc(size);
    snprintf(path, size, "%s/seg-%016llx", dir, (unsigned long long)number);
    return path;
}

static atomic_uint_fast64_t *bits_create(uint64_t count)
{
    return xh_alloc((size_t)(count / 64 + 1) * sizeof(atomic_uint_fast64_t));
}

int xh__segment_open(const struct xh_env *env, const char *dir, uint64_t number,
                     struct xh__segment **ret, struct xh_err *err)
{
    struct xh__segment *s = xh_alloc(sizeof(*s));
    s->env = env;
    s->path = path_of(dir, number);
    s->squeezers = xh_alloc(SQUEEZERS * sizeof(*s->squeezers));
    /* Read ahead: scans and merges go through a segment in order, and a look-up loses little. */
    int rc = xh_disk_map(env, s->path, false, &s->map, err);
    if (rc == 0) {
        rc = read_foot(s, number, &s->foot, err);
    }
    if (rc == 0) {
        s->block_count = xh__segment_blocks_of(s->foot.info.chunk_count);
        s->directory = s->map.bytes + s->foot.directory_offset;
        s->chunks_offset = XH__SEGMENT_HEAD_BYTES + s->foot.arrivals_bytes;
        rc = check_directory(s, err);
    }
    if (rc == 0) {
        rc = read_arrivals(s, err);
    }
    if (rc < 0) {
        xh__segment_close(s);
        return rc;
    }
    s->chunk_bits = bits_create(s->foot.info.chunk_count);
    s->block_bits = bits_create(s->block_count);
    *ret = s;
    return 0;
}

void xh__segment_close(struct xh__segment *segment)
{
    if (!segment) {
        return;
    }
    for (int i = 0; i < SQUEEZERS; i++) {
        xh__squeezer_destroy(atomic_load(&segment->squeezers[i]));
    }
    xh_disk_unmap(segment->env, &segment->map);
    free(segment->squeezers);
    free(segment->chunk_bits);
    free(segment->block_bits);
    free(segment->arrivals);
    free(segment->path);
    free(segment);
}

const struct xh__segment_info *xh__segment_info(const struct xh__segment *segment)
{
    return &segment->foot.info;
}

const char *xh__segment_path(const struct xh__segment *segment)
{
    return segment->path;
}

const int64_t *xh__segment_arrivals(const struct xh__segment *segment, size_t *ret_count)
{
    *ret_count = (size_t)segment->foot.arrival_count;
    return segment->arrivals;
}

static struct xh__instants table_of(const struct xh__segment *s)
{
    return (struct xh__instants){s->arrivals, (size_t)s->foot.arrival_count};
}

/* ---- verified once ---- */

/* The bits only save work: no other memory hangs on them, so they need no order. */
static bool is_verified(atomic_uint_fast64_t *bits, uint64_t index)
{
    return atomic_load_explicit(&bits[index / 64], memory_order_relaxed) >> index % 64 & 1;
}

static void set_verified(atomic_uint_fast64_t *bits, uint64_t index)
{
    atomic_fetch_or_explicit(&bits[index / 64], UINT64_C(1) << index % 64, memory_order_relaxed);
}

int xh__segment_recheck(const struct xh__segment *segment, struct xh_err *err)
{
    const struct xh__segment *s = segment;
    struct xh__segment_foot foot;
    for (uint64_t i = 0; i <= s->foot.info.chunk_count / 64; i++) {
        atomic_store_explicit(&s->chunk_bits[i], 0, memory_order_relaxed);
    }
    for (size_t i = 0; i <= s->block_count / 64; i++) {
        atomic_store_explicit(&s->block_bits[i], 0, memory_order_relaxed);
    }
    int rc = read_foot(s, s->foot.info.number, &foot, err);
    rc = rc < 0 ? rc : check_directory(s, err);
    return rc < 0 ? rc : check_arrivals(s, err);
}

size_t xh__segment_block_count(const struct xh__segment *segment)
{
    return segment->block_count;
}

/* ---- the index ---- */

void xh__segment_entry(const struct xh__segment *segment, size_t block,
                       struct xh__segment_entry *ret)
{
    xh__segment_entry_get(segment->directory + block * XH__SEGMENT_ENTRY_BYTES, ret);
}

/* What the directory and the foot say of a block is true. */
static bool block_fits(const struct xh__segment *s, const struct xh__segment_entry *entry,
                       const struct xh__chunk *chunks, size_t count)
{
    const struct xh__chunk *last = &chunks[count - 1];
    return chunks[0].id == entry->id_first && last->id == entry->id_last &&
           chunks[0].offset >= s->chunks_offset &&
           chunks[0].offset <= s->foot.index_offset &&
           last->offset + last->size_bytes <= s->foot.index_offset;
}

int xh__segment_load(const struct xh__segment *segment, struct xh__index_place *place,
                     size_t block, struct xh_err *err)
{
    const struct xh__segment *s = segment;
    struct xh__segment_entry entry;
    uint64_t number = s->foot.info.number, first = (uint64_t)block * XH__INDEX_BLOCK;
    if (place->segment == s && place->number == number && place->block == block &&
        place->count > 0) {
        return 0;
    }
    place->segment = NULL;
    xh__segment_entry(s, block, &entry);
    const uint8_t *bytes = s->map.bytes + entry.offset;
    size_t len = entry.size_bytes - XH__SEGMENT_CRC_BYTES;
    uint64_t left = s->foot.info.chunk_count - first;
    size_t count = left < XH__INDEX_BLOCK ? (size_t)left : XH__INDEX_BLOCK;
    if (!is_verified(s->block_bits, block) && !has_crc(bytes, len)) {
        return damaged(s, "a block of the index", entry.offset, err);
    }
    if (xh__index_block_decode(bytes, len, count, table_of(s), place->chunks) < 0 ||
        !block_fits(s, &entry, place->chunks, count)) {
        return damaged(s, "a block of the index", entry.offset, err);
    }
    set_verified(s->block_bits, block);
    for (size_t i = 0; i < count; i++) {
        place->chunks[i].index = first + i;
    }
    place->segment = s;
    place->number = number;
    place->block = block;
    place->count = count;
    return 0;
}

/* The first block whose last series is not before id; block_count when there is none. */
static size_t find_block(const struct xh__segment *s, const struct xh__index_place *place,
                         uint32_t id)
{
    /* Inside the block at hand: not its first series, which may have begun in the one before. */
    if (place->segment == s && place->number == s->foot.info.number && place->count > 0 &&
        place->chunks[0].id < id && id <= place->chunks[place->count - 1].id) {
        return place->block;
    }
    size_t low = 0, high = s->block_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (xh__get_u32(s->directory + mid * XH__SEGMENT_ENTRY_BYTES + 4) < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

/* The first chunk of a block at or after id. Series are mostly dense: where id would stand then is
 * looked at first. */
static size_t find_in_block(const struct xh__index_place *place, uint32_t id)
{
    const struct xh__chunk *chunks = place->chunks;
    size_t low = 0, high = place->count;
    if (id > chunks[0].id) {
        size_t guess = id - chunks[0].id;
        if (guess < high && chunks[guess].id == id && chunks[guess - 1].id != id) {
            return guess;
        }
    }
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (chunks[mid].id < id) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

int xh__segment_find(const struct xh__segment *segment, struct xh__index_place *place, uint32_t id,
                     int64_t from_us, int64_t to_us, xh__chunk_fn *chunk, void *arg,
                     struct xh_err *err)
{
    const struct xh__segment_info *info = &segment->foot.info;
    if (id < info->id_min || id > info->id_max || to_us <= info->from_us ||
        from_us > info->last_us) {
        return 0;
    }
    for (size_t block = find_block(segment, place, id); block < segment->block_count; block++) {
        struct xh__segment_entry entry;
        xh__segment_entry(segment, block, &entry);
        if (entry.id_first > id) {
            return 0;
        }
        if (entry.last_us < from_us || entry.from_us >= to_us) {
            continue;
        }
        int rc = xh__segment_load(segment, place, block, err);
        if (rc < 0) {
            return rc;
        }
        for (size_t i = find_in_block(place, id); i < place->count; i++) {
            const struct xh__chunk *c = &place->chunks[i];
            if (c->id != id || c->from_us >= to_us) {
                return 0;
            }
            rc = c->last_us >= from_us ? chunk(arg, segment, c) : 0;
            if (rc != 0) {
                return rc;
            }
        }
    }
    return 0;
}

int xh__segment_each(const struct xh__segment *segment, struct xh__index_place *place,
                     xh__chunk_fn *chunk, void *arg, struct xh_err *err)
{
    for (size_t block = 0; block < segment->block_count; block++) {
        int rc = xh__segment_load(segment, place, block, err);
        for (size_t i = 0; rc == 0 && i < place->count; i++) {
            rc = chunk(arg, segment, &place->chunks[i]);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

/* ---- chunks ---- */

static int damaged_chunk(const struct xh__segment *s, const struct xh__chunk *chunk,
                         struct xh_err *err)
{
    return xh_err_set(err, XH_E_CORRUPT, "segment '%s': the chunk of series %u at offset %llu is"
                      " damaged", s->path, chunk->id, (unsigned long long)chunk->offset);
}

int xh__segment_chunk_bytes(const struct xh__segment *segment, const struct xh__chunk *chunk,
                            const uint8_t **ret_bytes, struct xh_err *err)
{
    const uint8_t *bytes = segment->map.bytes + chunk->offset;
    size_t len = chunk->size_bytes - XH__SEGMENT_CRC_BYTES;
    xh_assert(chunk->index < segment->foot.info.chunk_count &&
              chunk->offset >= segment->chunks_offset &&
              chunk->offset + chunk->size_bytes <= segment->foot.index_offset);
    if (!is_verified(segment->chunk_bits, chunk->index)) {
        if (xh__get_u32(bytes + len) != xh__chunk_crc(chunk->id, bytes, len)) {
            return damaged_chunk(segment, chunk, err);
        }
        set_verified(segment->chunk_bits, chunk->index);
    }
    *ret_bytes = bytes;
    return 0;
}

/* One that is at rest, else a new one. A single reader gets the same one again and again, with the
 * chunk that it unpacked last. */
static struct xh__squeezer *take_squeezer(const struct xh__segment *s)
{
    for (int i = 0; i < SQUEEZERS; i++) {
        struct xh__squeezer *squeezer = atomic_exchange(&s->squeezers[i], NULL);
        if (squeezer) {
            return squeezer;
        }
    }
    return xh__squeezer_create();
}

static void give_squeezer(const struct xh__segment *s, struct xh__squeezer *squeezer)
{
    for (int i = 0; i < SQUEEZERS; i++) {
        struct xh__squeezer *none = NULL;
        if (atomic_compare_exchange_strong(&s->squeezers[i], &none, squeezer)) {
            return;
        }
    }
    xh__squeezer_destroy(squeezer);
}

/* A chunk ready to be looked into; close_chunk when done. */
struct opened {
    struct xh__chunk_view view;
    struct xh__squeezer *squeezer; /* NULL: not squeezed */
};

static void close_chunk(const struct xh__segment *s, struct opened *o)
{
    if (o->squeezer) {
        give_squeezer(s, o->squeezer);
    }
}

/* What is squeezed: its length, then zstd's bytes. */
static int unsqueeze(const struct xh__segment *s, const struct xh__chunk *chunk,
                     const uint8_t *bytes, const uint8_t *end, struct opened *o)
{
    uint32_t len = 0;
    const uint8_t *at = xh__get_varint(bytes + 1, end, &len);
    if (!at || len == 0 || len > xh__chunk_bytes_bound(chunk->count)) {
        return XH_E_CORRUPT;
    }
    o->squeezer = take_squeezer(s);
    const uint8_t *body =
        xh__squeezer_unpack(o->squeezer, chunk->index, at, (size_t)(end - at), len);
    int rc = body ? xh__chunk_view_init(&o->view, chunk, table_of(s),
                                        (uint8_t)(bytes[0] & ~XH__SHAPE_SQUEEZED), body, len)
                  : XH_E_CORRUPT;
    if (rc < 0) {
        close_chunk(s, o);
    }
    return rc;
}

static int open_chunk(const struct xh__segment *s, const struct xh__chunk *chunk, struct opened *o,
                      struct xh_err *err)
{
    const uint8_t *bytes = NULL;
    int rc = xh__segment_chunk_bytes(s, chunk, &bytes, err);
    if (rc < 0) {
        return rc;
    }
    const uint8_t *end = bytes + chunk->size_bytes - XH__SEGMENT_CRC_BYTES;
    o->squeezer = NULL;
    if (((bytes[0] & XH__SHAPE_SQUEEZED) != 0) != ((chunk->flags & XH__CHUNK_IS_SQUEEZED) != 0)) {
        rc = XH_E_CORRUPT;
    } else if (bytes[0] & XH__SHAPE_SQUEEZED) {
        rc = unsqueeze(s, chunk, bytes, end, o);
    } else {
        rc = xh__chunk_view_init(&o->view, chunk, table_of(s), bytes[0], bytes + 1,
                                 (size_t)(end - bytes) - 1);
    }
    return rc < 0 ? damaged_chunk(s, chunk, err) : 0;
}

int xh__segment_decode(const struct xh__segment *segment, const struct xh__chunk *chunk,
                       uint32_t from, uint32_t to, unsigned columns, struct xh__columns *ret,
                       struct xh_err *err)
{
    struct opened o;
    int rc = open_chunk(segment, chunk, &o, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__chunk_view_decode(&o.view, from, to, columns, ret);
    close_chunk(segment, &o);
    return rc < 0 ? damaged_chunk(segment, chunk, err) : 0;
}

int xh__segment_seek(const struct xh__segment *segment, const struct xh__chunk *chunk,
                     int64_t at_us, uint32_t *ret_row, struct xh_err *err)
{
    struct opened o;
    int rc = open_chunk(segment, chunk, &o, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__chunk_view_seek(&o.view, at_us, ret_row);
    close_chunk(segment, &o);
    return rc < 0 ? damaged_chunk(segment, chunk, err) : 0;
}

int xh__segment_fold_parts(const struct xh__segment *segment, const struct xh__chunk *chunk,
                           const uint32_t *bounds, size_t part_count, struct xh__codec_fold *ret,
                           struct xh_err *err)
{
    struct opened o;
    xh_assert(part_count > 0 && bounds[part_count] <= chunk->count);
    int rc = open_chunk(segment, chunk, &o, err);
    if (rc < 0) {
        return rc;
    }
    rc = xh__codec_values_fold_parts(o.view.values, o.view.values_bytes, chunk->count, bounds,
                                     part_count, ret);
    close_chunk(segment, &o);
    return rc < 0 ? damaged_chunk(segment, chunk, err) : 0;
}

int xh__segment_fold(const struct xh__segment *segment, const struct xh__chunk *chunk,
                     uint32_t from, uint32_t to, struct xh__codec_fold *ret, struct xh_err *err)
{
    const uint32_t bounds[2] = {from, to};
    xh_assert(from < to);
    struct xh__codec_fold fold;
    int rc = xh__segment_fold_parts(segment, chunk, bounds, 1, &fold, err);
    if (rc == 0) {
        *ret = fold;
    }
    return rc;
}
