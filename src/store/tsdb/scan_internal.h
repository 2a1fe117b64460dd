/* scan_internal.h: what the files that read share: scan*.c, read.c, last.c, windows.c,
 * aggregate*.c.
 *
 *   scan_sources.c   what a series has in a span of time: chunks of segments, rows of memories
 *   scan_pages.c     rows of one source, page by page, either way
 *   scan.c           sources merged by (time, seq), group by group: what is in force
 *   scan_find.c      one reading by time or number; counts for the committer
 *   read.c, last.c   cursors and single readings of the public header
 *   aggregate*.c, windows.c   windows
 *
 * A group is all known rows of one time in a series that replaces, and each row by itself in one
 * that keeps all.
 *
 * Memory of a scan: the index entries of one month's chunks of the series, pages of the chunks that
 * overlap at one time, 8 bytes for each row that memories have in the span.
 *
 * Threads: everything here belongs to one thread at a time.
 */
#ifndef XH_STORE_TSDB_SCAN_INTERNAL_H
#define XH_STORE_TSDB_SCAN_INTERNAL_H

#include "store/tsdb/store_internal.h"

enum {
    XH__SCAN_PLACES = 64,      /* segments of which the place in the index is remembered */
    XH__SCAN_PAGE_ROWS = 1024  /* of a chunk that are decoded at a time, at most */
};

/* ---- places in indexes: scan_sources.c ---- */

struct xh__scan_places {
    struct xh__index_place *by_slot[XH__SCAN_PLACES]; /* made when first used */
    struct xh__columns columns;                       /* for what is decoded and dropped at once */
};
void xh__scan_places_finish(struct xh__scan_places *places); /* zeroed is empty */
struct xh__index_place *xh__scan_place(struct xh__scan_places *places,
                                       const struct xh__segment *segment);

/* ---- sources: scan_sources.c ---- */

struct xh__piece {
    const struct xh__segment *segment;
    struct xh__chunk chunk;
};
/* Growing lists; zeroed is empty. */
struct xh__pieces {
    struct xh__piece *items;
    size_t count, capacity;
};
struct xh__rows {
    const struct xh__mem_row **items; /* borrowed from the snapshot's memories */
    size_t count, capacity;
    bool times_differ;                /* no time occurs twice */
};
void xh__pieces_finish(struct xh__pieces *pieces);
void xh__rows_finish(struct xh__rows *rows);

/* Segments [*ret_from, *ret_to) of a view are of the months that touch [from_us, to_us). */
void xh__segments_of_span(const struct xh__view *view, int64_t from_us, int64_t to_us,
                          size_t *ret_from, size_t *ret_to);
/* Appends the chunks of a series in segments [segment_from, segment_to) of the view that touch the
 * span; in order of their first time (is_backwards: last time, falling). */
struct xh__series_span {
    uint32_t id;
    int64_t from_us, to_us;
};
int xh__pieces_gather(struct xh__pieces *pieces, struct xh__scan_places *places,
                      const struct xh__view *view, const struct xh__series_span *span,
                      size_t segment_from, size_t segment_to, bool is_backwards,
                      struct xh_err *err);
/* May a row of the chunk be one that was taken back? By the chunk's span of numbers and times. */
bool xh__chunk_is_retracted(const struct xh__chunk *chunk, const struct xh__amend_spans *spans);
bool xh__chunk_is_erased(const struct xh__chunk *chunk, const struct xh__amend_erasure *erasures);
/* Replaces rows by those that the memories of the snapshot have in the span, by (time, seq). */
void xh__rows_gather(struct xh__rows *rows, const struct xh__snapshot *snapshot,
                     const struct xh__series_span *span);
struct xh_reading xh__row_reading(const struct xh__mem_row *row); /* in force */
/* The visible row of a series that was accepted last, and the one before it over all memories. */
struct xh__row_walk {
    const struct xh__snapshot *snapshot;
    uint32_t id, row;
    size_t mem;                       /* above the memory that `row` is in: 0 is the end */
};
void xh__row_walk_start(struct xh__row_walk *walk, const struct xh__snapshot *snapshot,
                        uint32_t id);
const struct xh__mem_row *xh__row_walk_next(struct xh__row_walk *walk); /* NULL: no more */

/* ---- pages: scan_pages.c ---- */

struct xh__source {
    const struct xh__segment *segment;   /* NULL: rows of memories */
    struct xh__chunk chunk;
    const struct xh__mem_row *const *rows;
    size_t row, row_end;                 /* [row, row_end): not on a page yet */
    struct xh__columns page;
    size_t at, end;                      /* [at, end) of the page: not given yet */
    size_t page_rows;                    /* how many the next page takes */
    bool times_differ;
    bool is_all_known;                   /* at the instant asked about */
    bool may_be_retracted, may_be_erased;
};
/* The source's page is kept for reuse; everything else is set. Rows outside [from_us, to_us) are
 * left out. want: rows on the first page; later ones double. */
int xh__source_open_chunk(struct xh__source *source, const struct xh__piece *piece, int64_t from_us,
                          int64_t to_us, size_t want, struct xh_err *err);
void xh__source_open_rows(struct xh__source *source, const struct xh__rows *rows, size_t want);
/* Fills the page when nothing is left on it. 0: the source is at its end; 1: there is a row. */
int xh__source_fill(struct xh__source *source, bool is_backwards, struct xh_err *err);

/* ---- merging: scan.c ---- */

struct xh__scan {
    struct xh_tsdb *db;
    const struct xh__snapshot *snapshot;
    struct xh__scan_places *places;      /* borrowed, or own_places */
    struct xh__scan_places own_places;
    struct xh__scan_ask ask;
    int64_t known_us;                    /* INT64_MAX for all */
    struct xh__amend_spans retracted;
    const struct xh__amend_erasure *erasures;
    bool has_amendments;                 /* the series had some when asked last */
    size_t segment_from, segment_to;     /* months not gathered yet, of the view */
    struct xh__pieces pieces;            /* of the month being read, */
    size_t piece_next;                   /* those before it are sources already */
    struct xh__rows rows;
    struct xh__source *sources;          /* the first `source_count` are open */
    size_t source_count, source_capacity;
    struct xh_reading *group;            /* what is left of a group for the next call */
    size_t group_next, group_count, group_capacity;
    size_t want;                         /* rows of a source's first page */
};
/* A scan that is used again and again: start, next ..., start, ... finish. Zeroed is empty. Borrows
 * snapshot and places (NULL: it has its own). */
int xh__scan_start(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                   struct xh__scan_places *places, const struct xh__scan_ask *ask,
                   struct xh_err *err);
void xh__scan_finish(struct xh__scan *scan);

/* ---- one reading: scan_find.c ---- */

/* What is said of a series, for an ask: policy and retractions as of now. */
void xh__scan_ask_series(struct xh_tsdb *db, uint32_t id, struct xh__scan_ask *ret);
/* The nearest in force before to_us, not before from_us (XH_TIME_MIN for any). 1: found; 0: none.
 * ask gives series and instant; its span is changed. */
int xh__scan_before(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                    struct xh__scan_places *places, struct xh__scan_ask *ask,
                    struct xh_reading *ret, struct xh_err *err);
int xh__scan_after(struct xh__scan *scan, struct xh_tsdb *db, const struct xh__snapshot *snapshot,
                   struct xh__scan_places *places, struct xh__scan_ask *ask, struct xh_reading *ret,
                   struct xh_err *err);
/* The time of a reading by its number, erased or not. 1: found; 0: none. */
int xh__scan_time_of(const struct xh__snapshot *snapshot, uint32_t id, uint64_t seq,
                     int64_t *ret_at_us, struct xh_err *err);

/* Dense numbers of keys; XH_E_NOT_FOUND names the first that was not declared. */
int xh__series_find(struct xh_tsdb *db, const struct xh_series_key *keys, size_t count,
                    uint32_t *ret_ids, struct xh_err *err);
void xh__series_key_text(const struct xh_series_key *key, char text[33]);
/* Runs both, the lower one on a thread made for the call (if none is to be had, one after the
 * other). A thread takes tens of microseconds to start: only for more work than that. */
void xh__run_halves(void *(*run)(void *half), void *lower, void *upper);
/* A snapshot and the retractions of a series that go together: neither is newer. */
void xh__snapshot_take_series(struct xh_tsdb *db, uint32_t id, struct xh__snapshot *ret,
                              struct xh__scan_ask *ret_ask);

#endif
