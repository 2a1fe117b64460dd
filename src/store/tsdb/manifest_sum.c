/* manifest_sum.c: edits added up: what was added without what was removed. */
#include "store/tsdb/manifest_parts_internal.h"

#include "base/arena.h"

#include <stdlib.h>

void xh__manifest_sum_finish(struct xh__manifest_sum *sum)
{
    free(sum->added);
    free(sum->removed);
    free(sum->retractions);
    free(sum->erasures);
    free(sum->erasures_done);
    *sum = (struct xh__manifest_sum){0};
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_numbers(const void *a, const void *b)
{
    return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int compare_segments(const void *a, const void *b)
{
    const struct xh__manifest_segment *left = a, *right = b;
    return compare(left->number, right->number);
}

static int compare_erasures(const void *a, const void *b)
{
    const struct xh__manifest_erasure *left = a, *right = b;
    return compare(left->number, right->number);
}

typedef int compare_fn(const void *a, const void *b);

static void sort(void *items, size_t count, size_t item_bytes, compare_fn *order)
{
    if (count > 1) {
        qsort(items, count, item_bytes, order);
    }
}

/* Items begin with their number, and both arrays are sorted. Keeps in place the items whose number
 * is not among the gone. False: a number stands twice, or what is gone never was. */
static bool subtract(void *items, size_t *count, size_t item_bytes, const uint64_t *gone,
                     size_t gone_count)
{
    uint8_t *from = items, *to = items;
    size_t next = 0, kept = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < *count; i++, from += item_bytes) {
        uint64_t number;
        memcpy(&number, from, sizeof(number));
        if (number <= before) {
            return false; /* numbers count from 1 */
        }
        before = number;
        if (next < gone_count && gone[next] == number) {
            next++;
            continue;
        }
        if (to != from) {
            memcpy(to, from, item_bytes);
        }
        to += item_bytes;
        kept++;
    }
    *count = kept;
    return next == gone_count;
}

static void *copy_of(struct xh_arena *arena, const void *items, size_t count, size_t item_bytes)
{
    void *copy = xh_arena_array(arena, count, item_bytes);
    if (count > 0) {
        memcpy(copy, items, count * item_bytes);
    }
    return copy;
}

static uint64_t at_least(uint64_t mark, uint64_t least)
{
    return mark > least ? mark : least;
}

static void copy_all(const struct xh__manifest_sum *sum, uint64_t erasure_next,
                     struct xh_arena *arena, struct xh__manifest_all *ret)
{
    *ret = (struct xh__manifest_all){
        .segments = copy_of(arena, sum->added, sum->added_count, sizeof(*sum->added)),
        .retractions =
            copy_of(arena, sum->retractions, sum->retraction_count, sizeof(*sum->retractions)),
        .erasures = copy_of(arena, sum->erasures, sum->erasure_count, sizeof(*sum->erasures)),
        .segment_count = sum->added_count,
        .retraction_count = sum->retraction_count,
        .erasure_count = sum->erasure_count,
        .wal_low = at_least(sum->marks[XH__MARK_WAL_LOW], 1),
        .flush_next = at_least(sum->marks[XH__MARK_FLUSH_NEXT], 1),
        .state_number = sum->marks[XH__MARK_STATE_NUMBER],
        .state_flush = sum->marks[XH__MARK_STATE_FLUSH],
        .file_next = at_least(sum->marks[XH__MARK_FILE_NEXT], 1),
        .erasure_next = erasure_next,
        .series_count = (uint32_t)sum->marks[XH__MARK_SERIES_COUNT],
    };
}

int xh__manifest_sum_make(struct xh__manifest_sum *sum, struct xh_arena *arena,
                          const struct xh__frames *frames, struct xh__manifest_all *ret,
                          struct xh_err *err)
{
    sort(sum->added, sum->added_count, sizeof(*sum->added), compare_segments);
    sort(sum->removed, sum->removed_count, sizeof(*sum->removed), compare_numbers);
    sort(sum->erasures, sum->erasure_count, sizeof(*sum->erasures), compare_erasures);
    sort(sum->erasures_done, sum->erasure_done_count, sizeof(*sum->erasures_done), compare_numbers);
    uint64_t erasure_next = at_least(sum->marks[XH__MARK_ERASURE_NEXT], 1);
    if (sum->erasure_count > 0) {
        uint64_t last = sum->erasures[sum->erasure_count - 1].number;
        erasure_next = at_least(erasure_next, last + 1);
    }
    if (!subtract(sum->added, &sum->added_count, sizeof(*sum->added), sum->removed,
                  sum->removed_count)) {
        return xh__frames_corrupt(frames, "up to here segments do not come and go in pairs", err);
    }
    if (!subtract(sum->erasures, &sum->erasure_count, sizeof(*sum->erasures), sum->erasures_done,
                  sum->erasure_done_count)) {
        return xh__frames_corrupt(frames, "up to here erasures do not begin and end in pairs", err);
    }
    copy_all(sum, erasure_next, arena, ret);
    return 0;
}
