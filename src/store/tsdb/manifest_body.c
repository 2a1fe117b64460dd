/* manifest_body.c: an edit as the body of a frame, and back.
 *
 * A body is a row of groups: kind u32, count u32, then `count` items of the kind's fixed size.
 * docs/formats/manifest.md gives every byte.
 */
#include "store/tsdb/manifest_parts_internal.h"

#include "base/arena.h"

#include <stdlib.h>

enum group_kind {
    GROUP_ADDED = 1,
    GROUP_REMOVED = 2,
    GROUP_RETRACTIONS = 3,
    GROUP_ERASURES = 4,
    GROUP_ERASURES_DONE = 5,
    GROUP_MARKS = 6,
    GROUP_COUNT = 7
};

enum {
    GROUP_HEAD_BYTES = 8,
    ADDED_BYTES = 40,
    NUMBER_BYTES = 8,
    RETRACTION_BYTES = 28,
    ERASURE_BYTES = 52,
    MARK_BYTES = 12,
    FRAME_BYTES = XH__FRAME_HEAD_BYTES + GROUP_HEAD_BYTES
};

static const size_t item_bytes[GROUP_COUNT] = {
    0, ADDED_BYTES, NUMBER_BYTES, RETRACTION_BYTES, ERASURE_BYTES, NUMBER_BYTES, MARK_BYTES};

uint64_t xh__manifest_alive_bytes(size_t segments, size_t retractions, size_t erasures)
{
    return FRAME_BYTES + (uint64_t)segments * ADDED_BYTES +
           (uint64_t)retractions * RETRACTION_BYTES + (uint64_t)erasures * ERASURE_BYTES +
           XH__MARK_COUNT * MARK_BYTES;
}

size_t xh__manifest_body_bound(const struct xh__manifest_edit *edit)
{
    return GROUP_COUNT * GROUP_HEAD_BYTES + XH__MARK_COUNT * MARK_BYTES +
           edit->added_count * ADDED_BYTES + edit->removed_count * NUMBER_BYTES +
           edit->retraction_count * RETRACTION_BYTES + edit->erasure_count * ERASURE_BYTES +
           edit->erasure_done_count * NUMBER_BYTES;
}

/* ---- encoding ---- */

/* Begins a group; nothing when it has no items. */
static uint8_t *put_group(uint8_t *at, enum group_kind kind, size_t count)
{
    if (count == 0) {
        return at;
    }
    xh_assert(count <= UINT32_MAX);
    xh__le32_put(at, (uint32_t)kind);
    xh__le32_put(at + 4, (uint32_t)count);
    return at + GROUP_HEAD_BYTES;
}

static uint8_t *put_added(uint8_t *at, const struct xh__manifest_segment *items, size_t count)
{
    at = put_group(at, GROUP_ADDED, count);
    for (size_t i = 0; i < count; i++, at += ADDED_BYTES) {
        xh__le64_put(at, items[i].number);
        xh__le32_put(at + 8, (uint32_t)items[i].month);
        xh__le32_put(at + 12, items[i].level);
        xh__le64_put(at + 16, items[i].flush_last);
        xh__le64_put(at + 24, items[i].row_count);
        xh__le64_put(at + 32, items[i].size_bytes);
    }
    return at;
}

static uint8_t *put_numbers(uint8_t *at, enum group_kind kind, const uint64_t *items, size_t count)
{
    at = put_group(at, kind, count);
    for (size_t i = 0; i < count; i++, at += NUMBER_BYTES) {
        xh__le64_put(at, items[i]);
    }
    return at;
}

static uint8_t *put_retractions(uint8_t *at, const struct xh__manifest_retraction *items,
                                size_t count)
{
    at = put_group(at, GROUP_RETRACTIONS, count);
    for (size_t i = 0; i < count; i++, at += RETRACTION_BYTES) {
        xh__le32_put(at, items[i].id);
        xh__le64_put(at + 4, items[i].seq_from);
        xh__le64_put(at + 12, items[i].seq_to);
        xh__le64_put(at + 20, (uint64_t)items[i].at_us);
    }
    return at;
}

static uint8_t *put_erasures(uint8_t *at, const struct xh__manifest_erasure *items, size_t count)
{
    at = put_group(at, GROUP_ERASURES, count);
    for (size_t i = 0; i < count; i++, at += ERASURE_BYTES) {
        xh__le64_put(at, items[i].number);
        xh__le32_put(at + 8, items[i].id);
        xh__le64_put(at + 12, (uint64_t)items[i].from_us);
        xh__le64_put(at + 20, (uint64_t)items[i].to_us);
        xh__le64_put(at + 28, items[i].seq_below);
        xh__le64_put(at + 36, items[i].reading_count);
        xh__le64_put(at + 44, (uint64_t)items[i].at_us);
    }
    return at;
}

static uint8_t *put_marks(uint8_t *at, const uint64_t marks[XH__MARK_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < XH__MARK_COUNT; i++) {
        count += marks[i] != 0;
    }
    at = put_group(at, GROUP_MARKS, count);
    for (size_t i = 0; i < XH__MARK_COUNT; i++) {
        if (marks[i] != 0) {
            xh__le32_put(at, (uint32_t)i);
            xh__le64_put(at + 4, marks[i]);
            at += MARK_BYTES;
        }
    }
    return at;
}

size_t xh__manifest_body_encode(const struct xh__manifest_edit *edit, uint64_t erasure_next,
                                uint8_t *out)
{
    const uint64_t marks[XH__MARK_COUNT] = {
        [XH__MARK_WAL_LOW] = edit->wal_low,
        [XH__MARK_FLUSH_NEXT] = edit->flush_next,
        [XH__MARK_STATE_NUMBER] = edit->state_number,
        [XH__MARK_STATE_FLUSH] = edit->state_flush,
        [XH__MARK_SERIES_COUNT] = edit->series_count,
        [XH__MARK_FILE_NEXT] = edit->file_next,
        [XH__MARK_ERASURE_NEXT] = erasure_next,
    };
    uint8_t *at = put_added(out, edit->added, edit->added_count);
    at = put_numbers(at, GROUP_REMOVED, edit->removed, edit->removed_count);
    at = put_retractions(at, edit->retractions, edit->retraction_count);
    at = put_erasures(at, edit->erasures, edit->erasure_count);
    at = put_numbers(at, GROUP_ERASURES_DONE, edit->erasures_done, edit->erasure_done_count);
    at = put_marks(at, marks);
    return (size_t)(at - out);
}

/* ---- decoding ---- */

static void *grow(void *items, size_t *capacity, size_t need, size_t size_bytes)
{
    if (need <= *capacity) {
        return items;
    }
    *capacity = need > *capacity * 2 ? need : *capacity * 2;
    return xh_realloc(items, *capacity * size_bytes);
}

static void take_numbers(const uint8_t *at, size_t count, uint64_t **items, size_t *have,
                         size_t *capacity)
{
    *items = grow(*items, capacity, *have + count, sizeof(**items));
    for (size_t i = 0; i < count; i++, at += NUMBER_BYTES) {
        (*items)[(*have)++] = xh__le64_get(at);
    }
}

static bool take_added(struct xh__manifest_sum *sum, const uint8_t *at, size_t count)
{
    sum->added = grow(sum->added, &sum->added_capacity, sum->added_count + count,
                      sizeof(*sum->added));
    for (size_t i = 0; i < count; i++, at += ADDED_BYTES) {
        uint32_t level = xh__le32_get(at + 12);
        if (level > UINT8_MAX) {
            return false;
        }
        sum->added[sum->added_count++] = (struct xh__manifest_segment){
            .number = xh__le64_get(at),
            .month = (int32_t)xh__le32_get(at + 8),
            .level = (uint8_t)level,
            .flush_last = xh__le64_get(at + 16),
            .row_count = xh__le64_get(at + 24),
            .size_bytes = xh__le64_get(at + 32),
        };
    }
    return true;
}

static void take_retractions(struct xh__manifest_sum *sum, const uint8_t *at, size_t count)
{
    sum->retractions = grow(sum->retractions, &sum->retraction_capacity,
                            sum->retraction_count + count, sizeof(*sum->retractions));
    for (size_t i = 0; i < count; i++, at += RETRACTION_BYTES) {
        sum->retractions[sum->retraction_count++] = (struct xh__manifest_retraction){
            .id = xh__le32_get(at),
            .seq_from = xh__le64_get(at + 4),
            .seq_to = xh__le64_get(at + 12),
            .at_us = (int64_t)xh__le64_get(at + 20),
        };
    }
}

static void take_erasures(struct xh__manifest_sum *sum, const uint8_t *at, size_t count)
{
    sum->erasures = grow(sum->erasures, &sum->erasure_capacity, sum->erasure_count + count,
                         sizeof(*sum->erasures));
    for (size_t i = 0; i < count; i++, at += ERASURE_BYTES) {
        sum->erasures[sum->erasure_count++] = (struct xh__manifest_erasure){
            .number = xh__le64_get(at),
            .id = xh__le32_get(at + 8),
            .from_us = (int64_t)xh__le64_get(at + 12),
            .to_us = (int64_t)xh__le64_get(at + 20),
            .seq_below = xh__le64_get(at + 28),
            .reading_count = xh__le64_get(at + 36),
            .at_us = (int64_t)xh__le64_get(at + 44),
        };
    }
}

static int newer(const struct xh__frames *frames, const char *what, uint32_t kind,
                 struct xh_err *err)
{
    return xh_err_set(err, XH_E_SCHEMA, "'%s' holds %s %u, which this program does not know",
                      frames->path, what, kind);
}

static int take_marks(const struct xh__frames *frames, struct xh__manifest_sum *sum,
                      const uint8_t *at, size_t count, struct xh_err *err)
{
    for (size_t i = 0; i < count; i++, at += MARK_BYTES) {
        uint32_t mark = xh__le32_get(at);
        if (mark == 0 || mark >= XH__MARK_COUNT) {
            return newer(frames, "a mark of kind", mark, err);
        }
        sum->marks[mark] = xh__le64_get(at + 4);
    }
    return sum->marks[XH__MARK_SERIES_COUNT] <= UINT32_MAX
               ? 0
               : xh__frames_corrupt(frames, "the entry before counts too many series", err);
}

static int take_group(const struct xh__frames *frames, struct xh__manifest_sum *sum, uint32_t kind,
                      const uint8_t *at, size_t count, struct xh_err *err)
{
    switch ((enum group_kind)kind) {
    case GROUP_ADDED:
        return take_added(sum, at, count)
                   ? 0
                   : xh__frames_corrupt(frames, "the entry before has a level above 255", err);
    case GROUP_REMOVED:
        take_numbers(at, count, &sum->removed, &sum->removed_count, &sum->removed_capacity);
        return 0;
    case GROUP_RETRACTIONS:
        take_retractions(sum, at, count);
        return 0;
    case GROUP_ERASURES:
        take_erasures(sum, at, count);
        return 0;
    case GROUP_ERASURES_DONE:
        take_numbers(at, count, &sum->erasures_done, &sum->erasure_done_count,
                     &sum->erasure_done_capacity);
        return 0;
    default:
        return take_marks(frames, sum, at, count, err);
    }
}

int xh__manifest_body_decode(const struct xh__frames *frames, struct xh__manifest_sum *sum,
                             struct xh_err *err)
{
    const uint8_t *at = frames->body;
    size_t rest = frames->len;
    while (rest > 0) {
        if (rest < GROUP_HEAD_BYTES) {
            return xh__frames_corrupt(frames, "the entry before ends inside a group", err);
        }
        uint32_t kind = xh__le32_get(at);
        size_t count = xh__le32_get(at + 4);
        if (kind == 0 || kind >= GROUP_COUNT) {
            return newer(frames, "an edit of kind", kind, err);
        }
        rest -= GROUP_HEAD_BYTES;
        at += GROUP_HEAD_BYTES;
        if (count == 0 || count > rest / item_bytes[kind]) {
            return xh__frames_corrupt(frames, "the entry before ends inside a group", err);
        }
        int rc = take_group(frames, sum, kind, at, count, err);
        if (rc < 0) {
            return rc;
        }
        at += count * item_bytes[kind];
        rest -= count * item_bytes[kind];
    }
    return 0;
}
