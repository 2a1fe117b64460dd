/* retain.c: see the header. Series are taken by zone, for days begin by the zone, in slices: while
 * a slice is removed its series are marked as being written (use.h), and their keys are one call of
 * the store, which writes each month of files anew once a call. */
#include "service/retain.h"

#include <stdlib.h>

#include "service/observe_internal.h"
#include "service/records.h"
#include "service/use.h"
#include "service/use_internal.h"

enum { SLICE_COUNT = 1 << 16 };

struct member {
    int64_t id;
    const struct xh_zone *zone;
    struct xh_series_key key;
    bool can_thin;
};

struct class {
    struct xh_ctx *ctx;
    struct xh_engine *engine;
    const struct xh_record *record;
    struct member *members;
    size_t count, capacity;
    uint64_t removed;
    int64_t thinned_us;     /* the latest end of what was thinned; 0: nothing was */
    int first_fault;
    struct xh_err *err;     /* of the first fault; NULL allowed */
};

/* ---- who belongs to it ---- */

static int ids_read(struct class *class, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int code = xh_rel_read_begin(class->engine->rel, &conn, err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_prepare(conn, "SELECT id FROM core_series WHERE retention = :class ORDER BY id",
                          &rows, err);
    if (code >= 0) {
        xh_rel_bind_int(rows, "class", class->record->id);
        while ((code = xh_rel_next(rows, err)) == 1) {
            class->members = xh_arena_grow(class->ctx->arena, class->members, &class->capacity,
                                           class->count + 1, sizeof *class->members);
            class->members[class->count++] = (struct member){.id = xh_rel_int(rows, 0)};
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(class->engine->rel, conn);
    return code < 0 ? code : XH_E_OK;
}

/* Of an amount or a power every reading counts; of the others one tells of its time. */
static bool can_thin(const struct xh_series *series)
{
    return series->is_gauge || series->is_state || series->meter.kind == XH_METER_REGISTER;
}

static void members_fill(struct class *class)
{
    size_t kept = 0;
    for (size_t i = 0; i < class->count; i++) {
        struct member *member = &class->members[i];
        const struct xh_series *series;
        int code = xh_series_get_id(class->ctx, member->id, &series,
                                    class->first_fault < 0 ? NULL : class->err);
        if (code < 0) {
            class->first_fault = class->first_fault < 0 ? class->first_fault : code;
            continue;
        }
        class->members[kept++] = (struct member){
            .id = member->id,
            .zone = series->zone,
            .key = series->key,
            .can_thin = can_thin(series),
        };
        xh_series_put(series);
    }
    class->count = kept;
}

static int by_zone(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    uintptr_t at_x = (uintptr_t)x->zone, at_y = (uintptr_t)y->zone;
    if (at_x != at_y) {
        return at_x < at_y ? -1 : 1;
    }
    return x->id < y->id ? -1 : x->id > y->id;
}

/* ---- removing ---- */

/* The series of a slice that have something to lose, held and marked. */
struct marked {
    const struct xh_series **series;
    struct xh_series_key *keys;
    size_t count;
};

static void unmark(struct class *class, struct marked *marked)
{
    while (marked->count > 0) {
        const struct xh_series *series = marked->series[--marked->count];
        xh_use_write_end(class->engine, series);
        xh_series_put(series);
    }
    free(marked->series);
    free(marked->keys);
}

static int mark_one(struct class *class, struct marked *marked, const struct member *member,
                    int64_t from_us, int64_t before_us, struct xh_err *err)
{
    const struct xh_series *series;
    int code = xh_series_get_id(class->ctx, member->id, &series, err);
    if (code < 0) {
        return code;
    }
    code = xh_use_write_begin(class->engine, series, from_us, before_us - 1, err);
    if (code < 0) {
        xh_series_put(series);
        return code;
    }
    marked->series[marked->count] = series;
    marked->keys[marked->count++] = series->key;
    return XH_E_OK;
}

static int mark_slice(struct class *class, const struct member *members, size_t count,
                      int64_t before_us, struct marked *marked, struct xh_err *err)
{
    struct xh_tsdb_answer *answers = xh_alloc(count * sizeof *answers);
    struct xh_series_key *keys = xh_alloc(count * sizeof *keys);
    uint32_t *groups = xh_alloc(count * sizeof *groups);
    const int64_t edges_us[2] = {XH_TIME_MIN, before_us};
    struct xh_tsdb_question question = {
        .keys = keys, .key_count = count, .group_of = groups, .group_count = count,
        .edges_us = edges_us, .window_count = 1, .measures = XH_TSDB_BASICS | XH_TSDB_ENDS,
    };
    for (size_t i = 0; i < count; i++) {
        keys[i] = members[i].key;
        groups[i] = (uint32_t)i;
    }
    marked->series = xh_alloc(count * sizeof *marked->series);
    marked->keys = xh_alloc(count * sizeof *marked->keys);
    int code = xh_tsdb_aggregate(class->engine->tsdb, &question, answers, err);
    for (size_t i = 0; code >= 0 && i < count; i++) {
        if (answers[i].count > 0) {
            code = mark_one(class, marked, &members[i], answers[i].first.at_us, before_us, err);
        }
    }
    free(answers);
    free(keys);
    free(groups);
    return code;
}

static int remove_slice(struct class *class, const struct member *members, size_t count,
                        struct xh_err *err)
{
    int32_t keep_days = (int32_t)xh_doc_int(class->record->doc, "keep_days");
    const struct xh_zone *zone = members[0].zone;
    int64_t before_us = xh_zone_day_start_us(zone,
                                             xh_zone_day(zone, class->ctx->now_us) - keep_days);
    struct marked marked = {0};
    uint64_t removed = 0;
    if (keep_days == 0 || before_us <= XH_TIME_MIN) {
        return XH_E_OK;
    }
    int code = mark_slice(class, members, count, before_us, &marked, err);
    if (code >= 0 && marked.count > 0) {
        const struct xh_tsdb_retention retention = {
            .keys = marked.keys, .key_count = marked.count, .before_us = before_us,
        };
        code = xh_tsdb_retain(class->engine->tsdb, &retention, &removed, err);
    }
    unmark(class, &marked);
    class->removed += code < 0 ? 0 : removed;
    return code;
}

/* ---- thinning ---- */

/* The beginning of the local month that holds the day so many days ago. */
static int64_t thin_before_us(const struct class *class, const struct xh_zone *zone)
{
    int64_t days = xh_doc_int(class->record->doc, "thin_after_days");
    int64_t at_us = class->ctx->now_us - days * XH_US_PER_DAY;
    return xh_zone_period(zone, XH_PERIOD_MONTH, at_us).from_us;
}

static int thin_slice(struct class *class, const struct member *members, size_t count,
                      struct xh_err *err)
{
    const struct xh_doc *doc = class->record->doc;
    int64_t step_us = xh_doc_int(doc, "thin_step_s") * XH_US_PER_S;
    int64_t before_us = thin_before_us(class, members[0].zone);
    bool is_done = xh_doc_int(doc, "thinned_us") >= before_us &&
                   xh_doc_int(doc, "thinned_step_s") == xh_doc_int(doc, "thin_step_s");
    uint64_t removed = 0;
    size_t key_count = 0;
    if (xh_doc_int(doc, "thin_after_days") == 0 || is_done || before_us <= XH_TIME_MIN) {
        return XH_E_OK;
    }
    struct xh_series_key *keys = xh_alloc(count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        if (members[i].can_thin) {
            keys[key_count++] = members[i].key;
        }
    }
    /* A step begins a microsecond after its edge, so that what was read at the edge ends it. */
    int64_t into_us = before_us % step_us;
    const struct xh_tsdb_retention retention = {
        .keys = keys, .key_count = key_count, .before_us = before_us + 1, .step_us = step_us,
        .offset_us = (into_us < 0 ? into_us + step_us : into_us) + 1,
    };
    int code = key_count == 0 ? XH_E_OK
                              : xh_tsdb_retain(class->engine->tsdb, &retention, &removed, err);
    free(keys);
    if (code >= 0) {
        class->removed += removed;
        class->thinned_us = before_us > class->thinned_us ? before_us : class->thinned_us;
    }
    return code;
}

/* ---- side records of observations ---- */

/* Of all members, not of those that lost readings just now: a run that broke off is made good. */
static int prune_slice(const struct class *class, const struct member *members, size_t count,
                       struct xh_err *err)
{
    const struct xh_doc *doc = class->record->doc;
    const struct xh_zone *zone = members[0].zone;
    int32_t keep_days = (int32_t)xh_doc_int(doc, "keep_days");
    int64_t before_us = xh_doc_int(doc, "thin_after_days") != 0 ? thin_before_us(class, zone) + 1
                                                                : XH_TIME_MIN;
    int code = XH_E_OK;
    if (keep_days != 0) {
        int64_t keep_us = xh_zone_day_start_us(zone,
                                               xh_zone_day(zone, class->ctx->now_us) - keep_days);
        before_us = keep_us > before_us ? keep_us : before_us;
    }
    for (size_t i = 0; code >= 0 && before_us > XH_TIME_MIN && i < count; i++) {
        code = xh__observe_prune(class->engine, &members[i].key, XH_TIME_MIN, before_us, err);
    }
    return code;
}

/* ---- all of it ---- */

static int retain_all(struct class *class, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t from = 0, to; code >= 0 && from < class->count; from = to) {
        const struct member *members = class->members + from;
        for (to = from + 1; to < class->count && to - from < SLICE_COUNT; to++) {
            if (class->members[to].zone != members[0].zone) {
                break;
            }
        }
        code = remove_slice(class, members, to - from, err);
        code = code < 0 ? code : thin_slice(class, members, to - from, err);
        code = code < 0 ? code : prune_slice(class, members, to - from, err);
    }
    return code;
}

/* Into the record as it is now: somebody may have changed it meanwhile. */
static int note(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const struct class *class = arg;
    struct xh_record now;
    int code = xh_record_get(ctx, "core.retention", class->record->id, &now, err);
    if (code < 0) {
        return code;
    }
    if (class->removed > 0) {
        xh_doc_set_int(now.doc, "removed_us", class->ctx->now_us);
        xh_doc_set_int(now.doc, "removed_last", (int64_t) class->removed);
        xh_doc_set_int(now.doc, "removed",
                       xh_doc_int(now.doc, "removed") + (int64_t) class->removed);
    }
    if (class->thinned_us > 0) {
        xh_doc_set_int(now.doc, "thinned_us", class->thinned_us);
        xh_doc_set_int(now.doc, "thinned_step_s", xh_doc_int(class->record->doc, "thin_step_s"));
    }
    return xh_record_put(ctx, &now, err);
}

int xh_readings_retain(struct xh_ctx *ctx, const struct xh_record *retention, struct xh_err *err)
{
    struct class class = {
        .ctx = ctx, .engine = xh_ctx_engine(ctx), .record = retention, .err = err,
    };
    xh_assert(ctx->txn == NULL);
    int code = ids_read(&class, err);
    if (code < 0) {
        return code;
    }
    members_fill(&class);
    if (class.count > 1) {
        qsort(class.members, class.count, sizeof *class.members, by_zone);
    }
    code = retain_all(&class, class.first_fault < 0 ? NULL : err);
    if (class.removed > 0 || class.thinned_us > 0) {
        int noted = xh_records_write(ctx, note, &class, code < 0 ? NULL : err);
        noted = noted < 0 ? noted : xh__use_recount(class.engine, NULL);
        code = code < 0 ? code : noted;
    }
    return class.first_fault < 0 ? class.first_fault : code < 0 ? code : XH_E_OK;
}
