/* scan_pages.c: rows of one source, page by page, either way.
 *
 * A page is as large as was asked for at first and doubles from page to page: who wants one reading
 * decodes one, who wants a month pays for few calls.
 */
#include "store/tsdb/scan_internal.h"

static size_t page_rows_of(size_t want)
{
    return want < 1 ? 1 : want > XH__SCAN_PAGE_ROWS ? XH__SCAN_PAGE_ROWS : want;
}

/* Everything but the page's memory. */
static void reset(struct xh__source *source, size_t want)
{
    struct xh__columns page = source->page;
    *source = (struct xh__source){.page = page, .page_rows = page_rows_of(want)};
}

int xh__source_open_chunk(struct xh__source *source, const struct xh__piece *piece, int64_t from_us,
                          int64_t to_us, size_t want, struct xh_err *err)
{
    reset(source, want);
    source->segment = piece->segment;
    source->chunk = piece->chunk;
    source->times_differ = (piece->chunk.flags & XH__CHUNK_TIMES_DIFFER) != 0;
    uint32_t row = 0, row_end = piece->chunk.count;
    int rc = 0;
    if (piece->chunk.from_us < from_us) {
        rc = xh__segment_seek(piece->segment, &piece->chunk, from_us, &row, err);
    }
    if (rc == 0 && piece->chunk.last_us >= to_us) {
        rc = xh__segment_seek(piece->segment, &piece->chunk, to_us, &row_end, err);
    }
    source->row = row;
    source->row_end = row_end > row ? row_end : row;
    return rc;
}

void xh__source_open_rows(struct xh__source *source, const struct xh__rows *rows, size_t want)
{
    reset(source, want);
    source->rows = rows->items;
    source->row_end = rows->count;
    source->times_differ = rows->times_differ;
}

static void copy_rows(struct xh__source *source, size_t from, size_t to)
{
    struct xh__columns *page = &source->page;
    xh__columns_grow(page, to - from);
    for (size_t i = from; i < to; i++) {
        const struct xh__mem_row *row = source->rows[i];
        size_t j = i - from;
        page->at_us[j] = row->at_us;
        page->values[j] = row->value;
        page->decimals[j] = (int8_t)(row->decimals - 1);
        page->seqs[j] = row->seq;
        page->arrival_us[j] = row->arrival_us;
        page->quality[j] = row->quality;
    }
    page->count = to - from;
}

int xh__source_fill(struct xh__source *source, bool is_backwards, struct xh_err *err)
{
    if (source->at < source->end) {
        return 1;
    }
    size_t left = source->row_end - source->row;
    if (left == 0) {
        return 0;
    }
    size_t take = left < source->page_rows ? left : source->page_rows;
    size_t from = is_backwards ? source->row_end - take : source->row;
    source->page.count = 0;
    if (source->segment == NULL) {
        copy_rows(source, from, from + take);
    } else {
        int rc = xh__segment_decode(source->segment, &source->chunk, (uint32_t)from,
                                    (uint32_t)(from + take), XH__COLUMN_ALL, &source->page, err);
        if (rc < 0) {
            return rc;
        }
    }
    if (is_backwards) {
        source->row_end = from;
    } else {
        source->row = from + take;
    }
    source->at = 0;
    source->end = take;
    source->page_rows = page_rows_of(2 * source->page_rows);
    return 1;
}
