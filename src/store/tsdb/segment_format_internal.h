/* segment_format_internal.h: the bytes of a segment, shared by who writes and who reads them.
 *
 * docs/formats/segment.md is the format; this header only names its numbers. Everything here but
 * encoder and squeezer is pure: no state, any thread. What is read is never believed: each length
 * is checked against the bytes there are, each number against its range; else XH_E_CORRUPT.
 */
#ifndef XH_STORE_TSDB_SEGMENT_FORMAT_INTERNAL_H
#define XH_STORE_TSDB_SEGMENT_FORMAT_INTERNAL_H

#include "store/tsdb/segment_internal.h"

#include <string.h>

enum {
    XH__SEGMENT_VERSION = 1,
    XH__SEGMENT_HEAD_BYTES = 24,
    XH__SEGMENT_FOOT_BYTES = 128,
    XH__SEGMENT_ENTRY_BYTES = 40,     /* of the directory */
    XH__SEGMENT_CRC_BYTES = 4,
    XH__CHUNK_BYTES_MIN = 6           /* shape, at least one byte of values, CRC */
};

/* ---- numbers, little-endian ---- */

static inline void xh__put_u32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline void xh__put_u64(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline uint32_t xh__get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t xh__get_u64(const uint8_t *at)
{
    return (uint64_t)xh__get_u32(at) | (uint64_t)xh__get_u32(at + 4) << 32;
}

/* Seven bits a byte, the lowest first, the highest bit set on all bytes but the last. At most five
 * bytes: lengths and places are below 2^32. Returns where it ends. */
static inline uint8_t *xh__put_varint(uint8_t *at, uint32_t value)
{
    for (; value >= 0x80; value >>= 7) {
        *at++ = (uint8_t)(value | 0x80);
    }
    *at++ = (uint8_t)value;
    return at;
}

/* Returns where it ends, NULL when there is no such number before `end`. */
static inline const uint8_t *xh__get_varint(const uint8_t *at, const uint8_t *end, uint32_t *ret)
{
    uint64_t value = 0;
    for (int shift = 0; at < end && shift < 35; shift += 7) {
        uint8_t byte = *at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret = (uint32_t)value;
            return value <= UINT32_MAX ? at : NULL;
        }
    }
    return NULL;
}

/* Differences of instants and numbers wrap around, so that none is undefined and all come back. */
static inline int64_t xh__wrap_add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t xh__wrap_sub(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* ---- arrivals ---- */

/* A sorted table of instants; borrowed. */
struct xh__instants {
    const int64_t *us;
    size_t count;
};
/* The place of an instant; false: it is not there. *hint (0 to begin) is a place to look at first
 * and becomes the place after the one found: arrivals of neighbours are neighbours. */
bool xh__instants_find(const struct xh__instants *table, int64_t us, size_t *hint, size_t *ret);

/* ---- chunks ---- */

/* The first byte of a chunk. */
enum xh__shape {
    XH__SHAPE_TIME_COLUMN = 1,      /* else the times are a step: index alone tells them */
    XH__SHAPE_SEQ_COLUMN = 2,       /* else seq_min, seq_min + 1, ... */
    XH__SHAPE_QUALITY_COLUMN = 4,   /* else all as the index says */
    XH__SHAPE_ARRIVAL_SHIFT = 3,    /* three bits: enum xh__arrival_mode */
    XH__SHAPE_SQUEEZED = 64         /* the rest is its length and a frame of zstd; bit 7 is zero */
};
enum xh__arrival_mode {
    XH__ARRIVAL_CONSTANT = 0,       /* the index's arrival_max: no column */
    XH__ARRIVAL_STRIDE = 1,         /* places in the table that end at arrival_max's; a varint */
    XH__ARRIVAL_PLACES = 2,         /* a column of places in the table */
    XH__ARRIVAL_BEFORE = 3,         /* a column: arrival_max - arrival */
    XH__ARRIVAL_DELAY = 4,          /* a column: arrival - time */
    XH__ARRIVAL_MODE_COUNT
};

/* A chunk taken apart: where its columns are. Borrows the bytes. A column that is not there has
 * length 0. */
struct xh__chunk_view {
    const struct xh__chunk *chunk;
    struct xh__instants table;
    enum xh__arrival_mode arrival_mode;
    uint8_t shape;
    const uint8_t *time, *seq, *arrival, *quality, *values;
    size_t time_bytes, seq_bytes, arrival_bytes, quality_bytes, values_bytes;
};
/* bytes: what follows the shape, unsqueezed, without the CRC. */
int xh__chunk_view_init(struct xh__chunk_view *view, const struct xh__chunk *chunk,
                        struct xh__instants table, uint8_t shape, const uint8_t *bytes, size_t len);
/* As xh__segment_decode, seek, fold; 0 or XH_E_CORRUPT, then ret's arrays hold anything behind its
 * count. */
int xh__chunk_view_decode(const struct xh__chunk_view *view, uint32_t from, uint32_t to,
                          unsigned columns, struct xh__columns *ret);
int xh__chunk_view_seek(const struct xh__chunk_view *view, int64_t at_us, uint32_t *ret_row);
/* The CRC of a chunk: of its series' number (4 bytes) and of its bytes before the CRC. */
uint32_t xh__chunk_crc(uint32_t id, const uint8_t *bytes, size_t len);
/* How many bytes a chunk's columns may have at most, with their lengths. */
size_t xh__chunk_bytes_bound(size_t count);

/* The room and memory of a writer. */
struct xh__chunk_encoder;
struct xh__chunk_encoder *xh__chunk_encoder_create(struct xh__instants table, uint32_t rows_max,
                                                   bool is_squeezed);
void xh__chunk_encoder_destroy(struct xh__chunk_encoder *encoder); /* NULL is fine */
/* rows: 1 to rows_max, sorted by (time, seq). Fills ret but for offset and index; *ret_bytes is
 * borrowed until the next call and has ret->size_bytes, CRC included. */
void xh__chunk_encode(struct xh__chunk_encoder *encoder, uint32_t id,
                      const struct xh__columns *rows, struct xh__chunk *ret,
                      const uint8_t **ret_bytes);

/* ---- blocks of the index ---- */

size_t xh__index_block_bound(void);
/* 1 to XH__INDEX_BLOCK chunks, one behind the other in the file; returns the bytes written, without
 * a CRC. */
size_t xh__index_block_encode(const struct xh__chunk *chunks, size_t count,
                              struct xh__instants table, uint8_t *out);
/* All fields of the chunks but `index`. XH_E_CORRUPT also when a field cannot be: numbers that do
 * not rise, no rows, times out of range. */
int xh__index_block_decode(const uint8_t *bytes, size_t len, size_t count,
                           struct xh__instants table, struct xh__chunk *ret);

/* ---- zstd ---- */

/* Packs or unpacks; each thread needs its own. */
struct xh__squeezer;
struct xh__squeezer *xh__squeezer_create(void);
void xh__squeezer_destroy(struct xh__squeezer *squeezer); /* NULL is fine */
/* Returns the bytes written, or 0 when they would be more than `capacity`. */
size_t xh__squeezer_pack(struct xh__squeezer *squeezer, const uint8_t *bytes, size_t len,
                         uint8_t *out, size_t capacity);
/* Unpacks to exactly ret_len bytes, borrowed until the next call; NULL: damaged. What was unpacked
 * last for the same `index` is not unpacked again. */
const uint8_t *xh__squeezer_unpack(struct xh__squeezer *squeezer, uint64_t index,
                                   const uint8_t *bytes, size_t len, size_t ret_len);
/* Was it this chunk that was unpacked last? */
bool xh__squeezer_holds(const struct xh__squeezer *squeezer, uint64_t index);

/* ---- the file ---- */

/* All bytes of a chunk, verified by its CRC unless they were before, borrowed from the map.
 * XH_E_CORRUPT names file, series and offset. */
int xh__segment_chunk_bytes(const struct xh__segment *segment, const struct xh__chunk *chunk,
                            const uint8_t **ret_bytes, struct xh_err *err);

/* What the foot says besides the totals. */
struct xh__segment_foot {
    struct xh__segment_info info;
    uint64_t arrivals_bytes, arrival_count;   /* the table follows the head */
    uint64_t index_offset, directory_offset;
};
/* One block of the index, as the directory tells it. */
struct xh__segment_entry {
    uint32_t id_first, id_last;
    int64_t from_us, last_us;                 /* of all its chunks */
    uint64_t offset;
    uint32_t size_bytes;                      /* CRC included */
};
size_t xh__segment_blocks_of(uint64_t chunk_count);
void xh__segment_head_put(uint64_t number, uint8_t out[XH__SEGMENT_HEAD_BYTES]);
void xh__segment_foot_put(const struct xh__segment_foot *foot, uint8_t out[XH__SEGMENT_FOOT_BYTES]);
void xh__segment_entry_put(const struct xh__segment_entry *entry,
                           uint8_t out[XH__SEGMENT_ENTRY_BYTES]);
void xh__segment_entry_get(const uint8_t *bytes, struct xh__segment_entry *ret);
/* Whether the bytes are a head or foot of this version: 0, XH_E_SCHEMA (a newer one) or
 * XH_E_CORRUPT. A foot is checked for all that it alone can tell, against the file's size. */
int xh__segment_head_get(const uint8_t *bytes, uint64_t *ret_number);
int xh__segment_foot_get(const uint8_t *bytes, uint64_t file_bytes, struct xh__segment_foot *ret);


/* For xh__segment_verify: forgets what was verified, and verifies head, foot, directory and table
 * of arrivals again. */
int xh__segment_recheck(const struct xh__segment *segment, struct xh_err *err);
void xh__segment_entry(const struct xh__segment *segment, size_t block,
                       struct xh__segment_entry *ret);

#endif
