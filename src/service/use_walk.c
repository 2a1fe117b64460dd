/* use_walk.c: amounts from readings, in one pass over them.
 *
 * Windows are taken in groups: those that begin on one local day. Each group has a walk of its own
 * (use_internal.h says why); the readings of two days are held in memory for it, so that a year of
 * minutes needs no more than two days of them.
 */
#include <stdlib.h>
#include <string.h>

#include "service/use_internal.h"

enum { PAGE_COUNT = 512 };

/* Readings in force in order of time, from `begin` on. */
struct feed {
    const struct xh_series *series;
    struct xh_tsdb_cursor *cursor;
    bool is_end;
    int64_t replaced_us; /* the time of the last one that a later one replaced */
    struct xh_meter_reading *items;
    size_t begin, count, capacity;
};

/* ---- the feed ---- */

bool xh__use_is_good(const struct xh_series *series, uint8_t quality)
{
    return series->meter.kind != XH_METER_REGISTER || (quality & XH_QUALITY_SUSPECT) == 0 ||
           (quality & XH_QUALITY_REPLACED_METER) != 0;
}

size_t xh__use_after_count(const struct xh_series *series)
{
    return series->meter.kind == XH_METER_REGISTER ? 2 : 1;
}

int xh__use_good(struct xh_engine *engine, const struct xh_series *series,
                 const struct xh__use_good *ask, int64_t *ret_us, struct xh_err *err)
{
    enum { LOOK_COUNT = 4 };
    struct xh_tsdb_range range = {
        .key = series->key,
        .from_us = ask->is_before ? XH_TIME_MIN : ask->at_us,
        .to_us = ask->is_before ? ask->at_us + 1 : XH_TIME_MAX + 1,
        .as_known_us = ask->as_known_us,
        .is_backwards = ask->is_before,
    };
    struct xh_reading readings[LOOK_COUNT];
    struct xh_tsdb_cursor *cursor;
    size_t found = 0;
    ptrdiff_t count = 0;
    int code = xh_tsdb_read(engine->tsdb, &range, &cursor, err);
    if (code < 0) {
        return code;
    }
    *ret_us = ask->otherwise_us;
    while (found < ask->nth && (count = xh_tsdb_next(cursor, readings, LOOK_COUNT, err)) > 0) {
        for (ptrdiff_t i = 0; i < count && found < ask->nth; i++) {
            if (xh__use_is_good(series, readings[i].quality) && ++found == ask->nth) {
                *ret_us = readings[i].at_us;
            }
        }
    }
    xh_tsdb_cursor_close(cursor);
    return count < 0 ? (int)count : XH_E_OK;
}

static int feed_open(struct feed *feed, struct xh_engine *engine, int64_t anchor_us, int64_t end_us,
                     int64_t as_known_us, struct xh_err *err)
{
    const struct xh_series *series = feed->series;
    struct xh__use_good before = {anchor_us, true, 1, as_known_us, XH_TIME_MIN};
    struct xh__use_good after = {end_us, false, xh__use_after_count(series), as_known_us,
                                 XH_TIME_MAX};
    int64_t from_us = 0, to_us = 0;
    int code = xh__use_good(engine, series, &before, &from_us, err);
    code = code < 0 ? code : xh__use_good(engine, series, &after, &to_us, err);
    if (code < 0) {
        return code;
    }
    struct xh_tsdb_range range = {
        .key = series->key,
        .from_us = from_us,
        .to_us = to_us + 1,
        .as_known_us = as_known_us,
        .with_corrected = true,
    };
    return xh_tsdb_read(engine->tsdb, &range, &feed->cursor, err);
}

static void feed_close(struct feed *feed)
{
    xh_tsdb_cursor_close(feed->cursor);
    free(feed->items);
}

static void feed_make_room(struct feed *feed)
{
    if (feed->begin > feed->count / 2) {
        memmove(feed->items, feed->items + feed->begin,
                (feed->count - feed->begin) * sizeof *feed->items);
        feed->count -= feed->begin;
        feed->begin = 0;
    }
    if (feed->count + PAGE_COUNT > feed->capacity) {
        feed->capacity = 2 * feed->capacity + PAGE_COUNT;
        feed->items = xh_realloc(feed->items, feed->capacity * sizeof *feed->items);
    }
}

static int feed_page(struct feed *feed, struct xh_err *err)
{
    struct xh_reading page[PAGE_COUNT];
    ptrdiff_t count = xh_tsdb_next(feed->cursor, page, PAGE_COUNT, err);
    if (count < 0) {
        return (int)count;
    }
    feed->is_end = count == 0;
    feed_make_room(feed);
    for (ptrdiff_t i = 0; i < count; i++) {
        const struct xh_reading *r = &page[i];
        if (!r->is_in_force) { /* of one time the earlier ones come first */
            feed->replaced_us = r->is_retracted ? feed->replaced_us : r->at_us;
            continue;
        }
        feed->items[feed->count++] = (struct xh_meter_reading){
            .at_us = r->at_us,
            .value = r->value,
            .quality = r->quality,
            .is_corrected = feed->replaced_us == r->at_us,
        };
    }
    return XH_E_OK;
}

/* How many readings from `begin` on it takes until enough good ones at or after the instant are
 * among them; 0 when there are not so many. */
static size_t feed_find(const struct feed *feed, int64_t at_us)
{
    size_t wanted = xh__use_after_count(feed->series), found = 0;
    for (size_t i = feed->begin; i < feed->count; i++) {
        const struct xh_meter_reading *r = &feed->items[i];
        if (r->at_us >= at_us && xh__use_is_good(feed->series, r->quality) && ++found == wanted) {
            return i + 1 - feed->begin;
        }
    }
    return 0;
}

/* *ret_used: as feed_find. */
static int feed_until(struct feed *feed, int64_t at_us, size_t *ret_used, struct xh_err *err)
{
    int code = XH_E_OK;
    while (code >= 0 && (*ret_used = feed_find(feed, at_us)) == 0 && !feed->is_end) {
        code = feed_page(feed, err);
    }
    return code;
}

/* Lets go of what lies before the last good reading at or before the anchor. */
static void feed_forget(struct feed *feed, int64_t anchor_us)
{
    for (size_t i = feed->begin; i < feed->count && feed->items[i].at_us <= anchor_us; i++) {
        if (xh__use_is_good(feed->series, feed->items[i].quality)) {
            feed->begin = i;
        }
    }
}

/* ---- groups ---- */

struct group {
    size_t first, end;             /* windows */
    int64_t anchor_us;
};

static void group_find(const struct xh_zone *zone, const int64_t *edges_us, size_t count,
                       size_t first, struct group *ret)
{
    int32_t day = xh_zone_day(zone, edges_us[first]);
    int64_t day_end_us = xh_zone_day_start_us(zone, day + 1);
    ret->first = first;
    ret->end = first + 1;
    while (ret->end < count && edges_us[ret->end] < day_end_us) {
        ret->end++;
    }
    ret->anchor_us = xh_zone_day_start_us(zone, day - 1);
}

/* used: how many readings; 0: all, and there are not enough behind the group's end. */
static void group_walk(const struct feed *feed, size_t used, const int64_t *edges_us,
                       const struct group *g, struct xh_sum *sums, struct xh_amount *amounts,
                       int64_t *ret_after_us)
{
    const struct xh_meter_reading *items = feed->items + feed->begin;
    size_t left = feed->count - feed->begin;
    struct xh_register_walk walk;
    xh_register_walk_init(&walk, &feed->series->meter, edges_us + g->first, g->end - g->first,
                          amounts + g->first, sums);
    xh_register_walk_feed(&walk, items, used > 0 ? used : left);
    xh_register_walk_end(&walk);
    for (size_t i = g->first; ret_after_us != NULL && i < g->end; i++) {
        ret_after_us[i] = used > 0 ? items[used - 1].at_us : INT64_MAX;
    }
}

/* Are all readings so long ago that this window and those behind it can have nothing? A reading
 * says something of the period after it where stamps stand for beginnings. */
static bool is_silent_from(const struct feed *feed, int64_t from_us)
{
    if (!feed->is_end) {
        return false;
    }
    if (feed->count == feed->begin) {
        return true;
    }
    return feed->items[feed->count - 1].at_us <
           from_us - 2 * XH_US_PER_DAY - 2 * feed->series->meter.period_us;
}

static void fill_silent(size_t count, struct xh_amount *amounts, int64_t *ret_after_us)
{
    for (size_t i = 0; i < count; i++) {
        amounts[i] = (struct xh_amount){.flags = XH_AMOUNT_INCOMPLETE};
        if (ret_after_us != NULL) {
            ret_after_us[i] = INT64_MAX;
        }
    }
}

int xh__use_walk(struct xh_engine *engine, const struct xh_series *series, const int64_t *edges_us,
                 size_t window_count, int64_t as_known_us, struct xh_amount *ret_amounts,
                 int64_t *ret_after_us, struct xh_err *err)
{
    struct feed feed = {.series = series, .replaced_us = INT64_MIN};
    struct group g = {0};
    size_t used = 0;
    if (window_count == 0) {
        return XH_E_OK;
    }
    group_find(series->zone, edges_us, window_count, 0, &g);
    int code = feed_open(&feed, engine, g.anchor_us, edges_us[window_count], as_known_us, err);
    struct xh_sum *sums = xh_alloc(window_count * sizeof *sums);
    while (code >= 0) {
        feed_forget(&feed, g.anchor_us);
        code = feed_until(&feed, edges_us[g.end], &used, err);
        if (code < 0) {
            break;
        }
        if (is_silent_from(&feed, edges_us[g.first])) {
            fill_silent(window_count - g.first, ret_amounts + g.first,
                        ret_after_us != NULL ? ret_after_us + g.first : NULL);
            break;
        }
        group_walk(&feed, used, edges_us, &g, sums, ret_amounts, ret_after_us);
        if (g.end >= window_count) {
            break;
        }
        group_find(series->zone, edges_us, window_count, g.end, &g);
    }
    free(sums);
    feed_close(&feed);
    return code < 0 ? code : XH_E_OK;
}
