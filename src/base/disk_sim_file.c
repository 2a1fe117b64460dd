/* disk_sim_file.c: a file of the twin: what reads show, what is durable, and what happened since.
 *
 * A sync plays the events into the durable bytes. When the power goes, or a sync fails, only a
 * part of them is played, chosen so that it is one of the states that a real disk could show:
 *   - Of the shrinks (truncate below the size) the first few are kept. A shrink gives blocks back,
 *     so a sector beyond it has either nothing of what was written before a kept one, or nothing
 *     of what was written after a lost one.
 *   - Of each sector's writes the first few are kept, sector by sector; the last of them may be
 *     torn. A later write carries the earlier ones along: a cache writes whole sectors.
 *   - Of the growths since the last kept shrink the first few are kept, whatever the sectors did:
 *     so a file can be long and empty, or lack bytes that were written.
 */
#include "base/disk_sim_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { SECTOR = XH_DISK_SIM_SECTOR_BYTES };

/* A write of len bytes; with none of them: the size became `offset`. */
struct xh__sim_event {
    uint64_t offset;
    size_t len;
    size_t pending_at;
    bool is_shrink;
};

static uint64_t end_of(const struct xh__sim_event *event)
{
    return event->offset + event->len;
}

void xh__sim_snapshot_drop(struct xh__sim_snapshot *snapshot)
{
    if (snapshot && --snapshot->ref_count == 0) {
        free(snapshot->bytes);
        free(snapshot);
    }
}

static void forget_snapshot(struct xh__sim_file *file)
{
    xh__sim_snapshot_drop(file->snapshot);
    file->snapshot = NULL;
}

static void forget_events(struct xh__sim_file *file)
{
    file->event_count = 0;
    file->pending_len = 0;
}

void xh__sim_file_finish(struct xh__sim_file *file)
{
    xh__sim_bytes_finish(&file->live);
    xh__sim_bytes_finish(&file->durable);
    forget_snapshot(file);
    free(file->events);
    free(file->pending);
    *file = (struct xh__sim_file){0};
}

static struct xh__sim_event *add_event(struct xh__sim_file *file)
{
    if (file->event_count == file->event_capacity) {
        file->event_capacity = file->event_capacity ? 2 * file->event_capacity : 16;
        file->events = xh_realloc(file->events, file->event_capacity * sizeof(*file->events));
    }
    forget_snapshot(file);
    return &file->events[file->event_count++];
}

void xh__sim_file_write(struct xh__sim_file *file, uint64_t offset, const uint8_t *bytes,
                        size_t len)
{
    if (len == 0) {
        return;
    }
    size_t need = file->pending_len + len;
    if (need > file->pending_capacity) {
        file->pending_capacity = 2 * need;
        file->pending = xh_realloc(file->pending, file->pending_capacity);
    }
    memcpy(file->pending + file->pending_len, bytes, len);
    *add_event(file) = (struct xh__sim_event){offset, len, file->pending_len, false};
    file->pending_len = need;
    xh__sim_bytes_put(&file->live, offset, bytes, len);
}

void xh__sim_file_resize(struct xh__sim_file *file, uint64_t size_bytes)
{
    if (size_bytes == file->live.size_bytes) {
        return;
    }
    bool is_shrink = size_bytes < file->live.size_bytes;
    *add_event(file) = (struct xh__sim_event){size_bytes, 0, 0, is_shrink};
    xh__sim_bytes_resize(&file->live, size_bytes);
}

void xh__sim_file_sync(struct xh__sim_file *file)
{
    for (size_t i = 0; i < file->event_count; i++) {
        const struct xh__sim_event *event = &file->events[i];
        if (event->len > 0) {
            xh__sim_bytes_put(&file->durable, event->offset, file->pending + event->pending_at,
                              event->len);
        } else if (event->is_shrink || event->offset > file->durable.size_bytes) {
            xh__sim_bytes_resize(&file->durable, event->offset);
        }
    }
    forget_events(file);
}

/* ---- luck ---- */

struct xh__sim_luck xh__sim_luck_draw(struct xh_rand *rand)
{
    static const struct xh__sim_luck lucks[] = {
        {256, 0, 0}, {0, 256, 0}, {64, 64, 128}, {16, 224, 32}, {224, 16, 128},
    };
    return lucks[xh_rand_below(rand, sizeof(lucks) / sizeof(lucks[0]))];
}

uint64_t xh__sim_pick(struct xh_rand *rand, const struct xh__sim_luck *luck, uint64_t lo,
                      uint64_t hi)
{
    if (lo == hi) {
        return lo;
    }
    uint64_t drawn = xh_rand_below(rand, 256);
    if (drawn < luck->lost) {
        return lo;
    }
    return drawn < luck->lost + luck->kept ? hi : lo + xh_rand_below(rand, hi - lo + 1);
}

/* ---- a part of the events ---- */

struct sector {
    uint32_t count;     /* writes to it */
    uint32_t hi;        /* how many of them may be kept */
    uint32_t kept;      /* how many are */
    uint32_t seen;      /* while they are played */
    bool is_given_back; /* by a shrink that is lost: nothing of what comes then is kept */
    bool is_torn;
};

struct choice {
    const struct xh__sim_file *file;
    struct xh_rand *rand;
    struct xh__sim_luck luck;
    size_t shrinks_kept;
    uint64_t size_bytes;
    uint64_t first_sector; /* sectors[i] is of sector first_sector + i */
    size_t sector_count;
    struct sector *sectors;
};

static void choose_shrinks(struct choice *choice)
{
    size_t count = 0;
    uint64_t first = UINT64_MAX, end = 0;
    for (size_t i = 0; i < choice->file->event_count; i++) {
        const struct xh__sim_event *event = &choice->file->events[i];
        count += event->is_shrink;
        if (event->len > 0) {
            first = event->offset < first ? event->offset : first;
            end = end_of(event) > end ? end_of(event) : end;
        }
    }
    choice->shrinks_kept = (size_t)xh__sim_pick(choice->rand, &choice->luck, 0, count);
    choice->first_sector = end > 0 ? first / SECTOR : 0;
    choice->sector_count = end > 0 ? (size_t)((end - 1) / SECTOR - choice->first_sector + 1) : 0;
    choice->sectors = xh_alloc((choice->sector_count + 1) * sizeof(*choice->sectors));
}

/* Which growths count: those between the last kept shrink and the first lost one. */
static void choose_size(struct choice *choice)
{
    const struct xh__sim_file *file = choice->file;
    size_t shrinks = 0, growths = 0;
    uint64_t size_bytes = file->durable.size_bytes, *sizes;
    sizes = xh_alloc((file->event_count + 1) * sizeof(*sizes));
    for (size_t i = 0; i < file->event_count; i++) {
        const struct xh__sim_event *event = &file->events[i];
        shrinks += event->is_shrink;
        if (shrinks > choice->shrinks_kept) {
            break;
        }
        if (event->is_shrink) {
            size_bytes = event->offset;
            growths = 0;
        } else if (end_of(event) > (growths > 0 ? sizes[growths] : size_bytes)) {
            sizes[++growths] = end_of(event);
        }
    }
    sizes[0] = size_bytes;
    choice->size_bytes = sizes[xh__sim_pick(choice->rand, &choice->luck, 0, growths)];
    free(sizes);
}

static void count_write(struct choice *choice, const struct xh__sim_event *event)
{
    uint64_t last = (end_of(event) - 1) / SECTOR;
    for (uint64_t at = event->offset / SECTOR; at <= last; at++) {
        struct sector *sector = &choice->sectors[at - choice->first_sector];
        sector->count++;
        sector->hi = sector->is_given_back ? sector->hi : sector->count;
    }
}

/* A lost shrink: nothing of what came after it stands where it cut, not even in the sector that it
 * cut through, whose end it zeroed. A kept one needs no counting: playing it zeroes what it cut. */
static void give_back(struct choice *choice, uint64_t size_bytes)
{
    uint64_t at = size_bytes / SECTOR;
    at = at > choice->first_sector ? at : choice->first_sector;
    for (; at < choice->first_sector + choice->sector_count; at++) {
        choice->sectors[at - choice->first_sector].is_given_back = true;
    }
}

static void choose_sectors(struct choice *choice)
{
    size_t shrinks = 0;
    for (size_t i = 0; i < choice->file->event_count; i++) {
        const struct xh__sim_event *event = &choice->file->events[i];
        if (event->len > 0) {
            count_write(choice, event);
        } else if (event->is_shrink) {
            shrinks++;
            if (shrinks > choice->shrinks_kept) {
                give_back(choice, event->offset);
            }
        }
    }
    for (size_t i = 0; i < choice->sector_count; i++) {
        struct sector *sector = &choice->sectors[i];
        sector->kept = (uint32_t)xh__sim_pick(choice->rand, &choice->luck, 0, sector->hi);
        sector->is_torn = sector->kept > 0 && choice->luck.torn > 0 &&
                          xh_rand_below(choice->rand, 256) < choice->luck.torn;
    }
}

/* Tearing leaves the first or the last few of the bytes, at least one and not all. */
static void play_part(struct choice *choice, struct xh__sim_bytes *durable, struct sector *sector,
                      uint64_t offset, const uint8_t *bytes, size_t len)
{
    sector->seen++;
    if (sector->seen > sector->kept) {
        return;
    }
    if (sector->seen == sector->kept && sector->is_torn && len > 1) {
        size_t part = 1 + (size_t)xh_rand_below(choice->rand, len - 1);
        size_t skip = xh_rand_below(choice->rand, 2) == 0 ? 0 : len - part;
        offset += skip;
        bytes += skip;
        len = part;
    }
    xh__sim_bytes_put(durable, offset, bytes, len);
}

static void play_write(struct choice *choice, struct xh__sim_bytes *durable,
                       const struct xh__sim_event *event)
{
    const uint8_t *bytes = choice->file->pending + event->pending_at;
    uint64_t offset = event->offset;
    for (size_t left = event->len; left > 0;) {
        size_t room = SECTOR - (size_t)(offset % SECTOR);
        size_t part = left < room ? left : room;
        play_part(choice, durable, &choice->sectors[offset / SECTOR - choice->first_sector], offset,
                  bytes, part);
        bytes += part;
        offset += part;
        left -= part;
    }
}

static void play_some(struct xh__sim_file *file, struct xh_rand *rand)
{
    struct choice choice = {.file = file, .rand = rand, .luck = xh__sim_luck_draw(rand)};
    choose_shrinks(&choice);
    choose_size(&choice);
    choose_sectors(&choice);
    size_t shrinks = 0;
    for (size_t i = 0; i < file->event_count; i++) {
        const struct xh__sim_event *event = &file->events[i];
        shrinks += event->is_shrink;
        if (event->len > 0) {
            play_write(&choice, &file->durable, event);
        } else if (event->is_shrink && shrinks <= choice.shrinks_kept &&
                   event->offset < file->durable.size_bytes) {
            xh__sim_bytes_resize(&file->durable, event->offset);
        }
    }
    xh__sim_bytes_resize(&file->durable, choice.size_bytes);
    free(choice.sectors);
    forget_events(file);
}

void xh__sim_file_sync_badly(struct xh__sim_file *file, struct xh_rand *rand)
{
    if (file->event_count > 0) {
        play_some(file, rand);
        file->is_split = true;
    }
}

void xh__sim_file_cut(struct xh__sim_file *file, struct xh_rand *rand)
{
    if (file->event_count == 0 && !file->is_split) {
        return;
    }
    if (file->event_count > 0) {
        play_some(file, rand);
    }
    xh__sim_bytes_copy(&file->live, &file->durable);
    file->is_split = false;
    forget_snapshot(file);
}

bool xh__sim_file_flip(struct xh__sim_file *file, uint64_t bit)
{
    uint8_t durable, live, mask = (uint8_t)(1u << bit % 8);
    if (xh__sim_bytes_get(&file->durable, bit / 8, &durable, 1) == 0) {
        return false;
    }
    bool is_shown = xh__sim_bytes_get(&file->live, bit / 8, &live, 1) == 1 && live == durable;
    durable ^= mask;
    xh__sim_bytes_put(&file->durable, bit / 8, &durable, 1);
    if (is_shown) {
        xh__sim_bytes_put(&file->live, bit / 8, &durable, 1);
        forget_snapshot(file);
    }
    return true;
}

struct xh__sim_snapshot *xh__sim_file_snapshot(struct xh__sim_file *file)
{
    if (!file->snapshot) {
        struct xh__sim_snapshot *snapshot = xh_alloc(sizeof(*snapshot));
        snapshot->ref_count = 1;
        snapshot->len = (size_t)file->live.size_bytes;
        snapshot->bytes = xh_alloc(snapshot->len);
        xh__sim_bytes_get(&file->live, 0, snapshot->bytes, snapshot->len);
        file->snapshot = snapshot;
    }
    file->snapshot->ref_count++;
    return file->snapshot;
}
