/* segment_internal.h: sealed files of readings, sorted, columnar, mapped.
 *
 * A segment holds readings of one month (UTC), sorted by series, time, seq, cut into chunks of one
 * series each. It is written once under a temporary name, synced, renamed, its folder synced; then
 * one manifest edit makes it exist. It is never changed. docs/formats/segment.md gives every byte:
 *
 *   head | table of arrivals | chunks | index | directory | foot
 *
 *   chunk    columns time, value and decimals, seq, arrival, quality (codec_internal.h), CRC32C; of
 *            cold segments squeezed by zstd where that makes it smaller
 *   arrivals a batch has one arrival, so instants repeat over series: a chunk's column holds places
 *            in the segment's sorted table of instants where that is smaller, which it is when
 *            readings come in batches (then a step: nothing), else the instants themselves
 *   index    blocks of XH__INDEX_BLOCK chunks, columnar and packed like everything else, CRC32C
 *            each; behind them a directory: first and last series, time span, place of each block
 *   foot     totals of the segment, places, CRC32C; fixed size, at the end
 *
 * Threads: a segment may be read by many at once. A writer belongs to one.
 */
#ifndef XH_STORE_TSDB_SEGMENT_INTERNAL_H
#define XH_STORE_TSDB_SEGMENT_INTERNAL_H

#include "base/disk.h"
#include "store/tsdb/codec_internal.h"
#include "store/tsdb/tsdb.h"

enum {
    XH__CHUNK_ROWS = 4096,        /* at most, by default */
    XH__INDEX_BLOCK = 128,        /* chunks */
    XH__ARRIVALS_MAX = 1 << 20    /* instants in the table; in memory while the segment is open */
};

/* Rows of one series, as columns. Whoever holds it owns the arrays. */
struct xh__columns {
    size_t count, capacity;
    int64_t *at_us;
    double *values;
    int8_t *decimals;
    uint64_t *seqs;
    int64_t *arrival_us;
    uint8_t *quality;
};
void xh__columns_grow(struct xh__columns *columns, size_t capacity);
void xh__columns_finish(struct xh__columns *columns);
/* Row `row`, in force. */
struct xh_reading xh__columns_reading(const struct xh__columns *columns, size_t row);

/* What the index says of a chunk; `sum` and extremes are of all its rows, so they may stand for the
 * rows in force only where the flags, and the absence of overlap and amendments, allow. */
struct xh__chunk {
    uint32_t id;                   /* of the series */
    uint32_t count;
    int64_t from_us, last_us;      /* times of its first and last row */
    uint64_t seq_min, seq_max;
    int64_t arrival_max_us;
    double sum, compensation;      /* of struct xh_sum; its count is `count` */
    double min, max, first, last;  /* values; first and last by (time, seq) */
    uint8_t quality;               /* ored */
    uint8_t flags;                 /* enum xh__chunk_flag */
    uint64_t offset;               /* in the file */
    uint32_t size_bytes;
    uint64_t index;                /* 0, 1, 2 ... in the order of the file */
};
/* Flags are about the rows of one chunk: the next chunk of a series may begin with the very time at
 * which this one ends. */
enum xh__chunk_flag {
    XH__CHUNK_TIMES_DIFFER = 1,    /* no time occurs twice */
    /* times are from + step * i, step = (last - from) / (count - 1) > 0; one row is a step, too */
    XH__CHUNK_IS_STEP = 2,
    XH__CHUNK_IS_SQUEEZED = 4      /* zstd */
};

/* Of a whole segment. */
struct xh__segment_info {
    uint64_t number;
    int32_t month;
    uint8_t level;
    uint64_t flush_last;
    uint64_t row_count, chunk_count, size_bytes;
    uint32_t id_min, id_max;
    int64_t from_us, last_us, arrival_max_us;
};

/* ---- writing ---- */

struct xh__segment;
struct xh__segment_writer;
struct xh__segment_options {
    uint64_t number;
    int32_t month;
    uint8_t level;
    uint64_t flush_last;
    uint32_t chunk_rows;           /* 0: XH__CHUNK_ROWS */
    bool is_squeezed;              /* zstd for chunks that gain by it */
};
/* arrivals: sorted, different: the table, copied; may be empty (then instants stand in the chunks),
 * and one of more than XH__ARRIVALS_MAX is taken as empty. It costs 2 to 8 bytes an instant: give
 * one when rows are several times as many. An instant that is not in it is kept all the same. */
int xh__segment_writer_create(const struct xh_env *env, const char *dir,
                              const struct xh__segment_options *options,
                              const int64_t *arrivals_us, size_t arrival_count,
                              struct xh__segment_writer **ret, struct xh_err *err);
/* Rows of one series sorted by (time, seq); series come in ascending order. May be called again for
 * the series it was last called for, with later rows: they share chunks. After an error only finish
 * and abandon make sense; finish tells it again. */
int xh__segment_writer_add(struct xh__segment_writer *writer, uint32_t id,
                           const struct xh__columns *rows, struct xh_err *err);
/* The bytes of another segment's chunk as they are, its CRC verified; the place in the order is as
 * for add, but rows of the same series do not share a chunk with it. For rewrites that change few
 * series. The writer's table must be that segment's (xh__segment_arrivals); of what was left out it
 * then still tells the instants of arrival. */
int xh__segment_writer_copy(struct xh__segment_writer *writer, const struct xh__segment *segment,
                            const struct xh__chunk *chunk, struct xh_err *err);
/* Index, foot, sync, rename, sync of the folder. Without rows: no file, and info.row_count is 0.
 * The writer is destroyed in every case; after an error no file is left (unless removing fails,
 * too: then it is one that no manifest names). */
int xh__segment_writer_finish(struct xh__segment_writer *writer, struct xh__segment_info *ret,
                              struct xh_err *err);
void xh__segment_writer_abandon(struct xh__segment_writer *writer); /* removes what it wrote */

/* ---- reading ---- */

/* Maps, checks head, foot, directory. XH_E_CORRUPT names file and place. */
int xh__segment_open(const struct xh_env *env, const char *dir, uint64_t number,
                     struct xh__segment **ret, struct xh_err *err);
void xh__segment_close(struct xh__segment *segment);
const struct xh__segment_info *xh__segment_info(const struct xh__segment *segment);
const char *xh__segment_path(const struct xh__segment *segment);

/* A place in the index that remembers the block it decoded last; lives with its user. Zeroed is
 * empty; give it one segment at a time (another one simply empties it). No allocation. */
struct xh__index_place {
    const struct xh__segment *segment;
    uint64_t number;               /* of the segment: an address may come again */
    size_t block, count;
    struct xh__chunk chunks[XH__INDEX_BLOCK];
};
/* The chunks of a series that touch [from_us, to_us), in order of time: calls `chunk` for each; a
 * value other than 0 ends it and is returned. 0: all told; < 0: XH_E_CORRUPT. */
typedef int xh__chunk_fn(void *arg, const struct xh__segment *segment,
                         const struct xh__chunk *chunk);
int xh__segment_find(const struct xh__segment *segment, struct xh__index_place *place, uint32_t id,
                     int64_t from_us, int64_t to_us, xh__chunk_fn *chunk, void *arg,
                     struct xh_err *err);
/* Block by block, for who walks at his own pace: then its chunks are in place->chunks. */
size_t xh__segment_block_count(const struct xh__segment *segment);
int xh__segment_load(const struct xh__segment *segment, struct xh__index_place *place, size_t block,
                     struct xh_err *err);
/* All chunks, in the order of the file. */
int xh__segment_each(const struct xh__segment *segment, struct xh__index_place *place,
                     xh__chunk_fn *chunk, void *arg, struct xh_err *err);

/* Which columns are wanted, besides nothing. */
enum xh__column {
    XH__COLUMN_TIME = 1, XH__COLUMN_VALUE = 2, XH__COLUMN_SEQ = 4, XH__COLUMN_ARRIVAL = 8,
    XH__COLUMN_QUALITY = 16, XH__COLUMN_ALL = 31
};
/* Appends rows [from, to) of the chunk to ret (grown as needed); columns not wanted are left as
 * they are. The chunk's CRC is verified by xh__segment_verify and, once for each chunk since it was
 * opened, here. */
int xh__segment_decode(const struct xh__segment *segment, const struct xh__chunk *chunk,
                       uint32_t from, uint32_t to, unsigned columns, struct xh__columns *ret,
                       struct xh_err *err);
/* The index of the first row at or after a time; count if none. */
int xh__segment_seek(const struct xh__segment *segment, const struct xh__chunk *chunk,
                     int64_t at_us, uint32_t *ret_row, struct xh_err *err);
/* Sum and extremes of rows [from, to), from < to. */
int xh__segment_fold(const struct xh__segment *segment, const struct xh__chunk *chunk,
                     uint32_t from, uint32_t to, struct xh__codec_fold *ret, struct xh_err *err);
/* Of neighbouring parts at once, as xh__codec_values_fold_parts. */
int xh__segment_fold_parts(const struct xh__segment *segment, const struct xh__chunk *chunk,
                           const uint32_t *bounds, size_t part_count, struct xh__codec_fold *ret,
                           struct xh_err *err);
/* The table of arrivals, for merges. */
const int64_t *xh__segment_arrivals(const struct xh__segment *segment, size_t *ret_count);
/* Everything: CRCs, order, the index against the rows. Tells each fault; returns their number. */
int64_t xh__segment_verify(const struct xh__segment *segment, xh_tsdb_fault_fn *fault, void *arg);

#endif
