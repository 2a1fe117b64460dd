/* vee_find.c: findings as records, kept in order with what a check says now: one a series and check
 * where they overlap or touch. What people closed stays as they left it. */
#include <math.h>
#include <stdlib.h>

#include "service/records.h"
#include "service/records_internal.h"
#include "service/vee_internal.h"

enum { NEAR_MAX = 1000 };

/* ---- those that are there ---- */

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh__vee_open *open = arg;
    (void)err;
    open->items[open->count++] = *record;
    return XH_E_OK;
}

static struct xh_filter filter_int(const char *field, int op, enum xh_type type, int64_t value)
{
    struct xh_filter filter = {.field = field};
    filter.op = op < 0 ? XH_FILTER_LT : op > 0 ? XH_FILTER_GE : XH_FILTER_EQ;
    filter.value.type = type;
    xh_value_set_int(&filter.value, value);
    return filter;
}

static int near_read(struct xh_ctx *ctx, int64_t series_id, int64_t from_us, int64_t to_us,
                     bool is_open, struct xh__vee_open *ret, struct xh_err *err)
{
    struct xh_filter filters[4] = {
        filter_int("series", 0, XH_T_REF, series_id),
        filter_int("time_to", 1, XH_T_TIME, from_us),
        filter_int("time_from", -1, XH_T_TIME, to_us + 1),
        {.field = "state", .op = XH_FILTER_EQ},
    };
    struct xh_list list = {.filters = filters, .filter_count = is_open ? 4 : 3, .limit = NEAR_MAX};
    struct xh_str next;
    filters[3].value.type = XH_T_TEXT;
    xh_value_set_text(&filters[3].value, XH_STR("open"));
    *ret = (struct xh__vee_open){XH_NEW_ARRAY(ctx->arena, struct xh_record, NEAR_MAX), 0};
    return xh_record_list(ctx, "core.vee_finding", &list, keep, ret, &next, err);
}

int xh__vee_open_read(struct xh_ctx *ctx, int64_t series_id, int64_t from_us, int64_t to_us,
                      struct xh__vee_open *ret, struct xh_err *err)
{
    return near_read(ctx, series_id, from_us, to_us, true, ret, err);
}

/* ---- what a check says ---- */

struct item {
    struct xh_vee_finding finding;
    int64_t rule_id;
    bool is_done;    /* it is there already */
};

static int by_check(const void *a, const void *b)
{
    const struct xh_vee_finding *x = &((const struct item *)a)->finding;
    const struct xh_vee_finding *y = &((const struct item *)b)->finding;
    if (x->check != y->check) {
        return x->check < y->check ? -1 : 1;
    }
    if (x->from_us != y->from_us) {
        return x->from_us < y->from_us ? -1 : 1;
    }
    return x->to_us < y->to_us ? -1 : x->to_us > y->to_us;
}

/* A run that a later day continues is told by both days: the longer one holds the other. */
static void merge(struct xh_vee_finding *into, const struct xh_vee_finding *other)
{
    bool holds = other->from_us <= into->from_us && other->to_us >= into->to_us;
    into->count = holds                         ? other->count
                  : other->to_us <= into->to_us ? into->count
                                                : into->count + other->count;
    into->to_us = other->to_us > into->to_us ? other->to_us : into->to_us;
    into->measure = fabs(other->measure) > fabs(into->measure) ? other->measure : into->measure;
}

static size_t merge_all(const struct xh__vee_found *found, bool is_sum, struct item *items)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < found->count; i++) {
        if ((found->items[i].check == XH_VEE_SUM) == is_sum) {
            items[count++] = (struct item){found->items[i], found->rule_ids[i], false};
        }
    }
    if (count > 1) {
        qsort(items, count, sizeof *items, by_check);
    }
    for (size_t i = 0; i < count; i++) {
        struct xh_vee_finding *last = kept > 0 ? &items[kept - 1].finding : NULL;
        const struct xh_vee_finding *f = &items[i].finding;
        if (last != NULL && last->check == f->check && f->from_us <= last->to_us &&
            f->check != XH_VEE_GAP) {
            merge(last, f);
        } else if (last == NULL || last->check != f->check || last->from_us != f->from_us ||
                   last->to_us != f->to_us) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

/* ---- writing ---- */

struct writing {
    struct xh_ctx *ctx;
    const struct xh_series *series;
    struct item *items;
    size_t count;
    struct xh__vee_open near;
    bool *is_met;          /* of those near: a check says them still */
    int64_t from_us, to_us;
    bool is_sum;
};

static const char *unit_of(const struct xh_series *series, enum xh_vee_check check,
                           struct xh_arena *arena)
{
    const char *unit = xh_vee_checks[check].unit;
    if (unit != NULL || check == XH_VEE_GAP) {
        return unit;
    }
    bool is_rate = check == XH_VEE_SPIKE && series->meter.kind == XH_METER_INTERVAL;
    return is_rate ? xh_arena_format(arena, "%s/h", series->unit->symbol).ptr
                   : series->unit->symbol;
}

static void fill(struct xh_ctx *ctx, const struct xh_series *series, const struct item *item,
                 struct xh_doc *doc)
{
    const struct xh_vee_finding *f = &item->finding;
    xh_doc_set_int(doc, "series", series->id);
    if (series->owner_id != 0) {
        xh_doc_set_int(doc, "owner", series->owner_id);
    }
    xh_doc_set_string(doc, "check_name", xh_vee_checks[f->check].name);
    xh_doc_set_int(doc, "time_from", f->from_us);
    xh_doc_set_int(doc, "time_to", f->to_us);
    xh_doc_set_real(doc, "measure", f->measure);
    xh_doc_set_real(doc, "limit_value", f->limit);
    xh_doc_set_string(doc, "unit", unit_of(series, f->check, ctx->arena));
    xh_doc_set_int(doc, "readings", (int64_t)f->count);
    xh_doc_set_int(doc, "rule", item->rule_id);
}

/* An open one becomes what the check says now; a closed one stands for what it was closed for, and
 * only what lies behind it is new. */
static void meet(struct writing *w, struct item *item)
{
    struct xh_vee_finding *f = &item->finding;
    for (size_t i = 0; !item->is_done && i < w->near.count; i++) {
        const struct xh_record *there = &w->near.items[i];
        int64_t from_us = xh_doc_int(there->doc, "time_from");
        int64_t to_us = xh_doc_int(there->doc, "time_to");
        bool is_same = xh_str_is(xh_doc_text(there->doc, "check_name"),
                                 xh_vee_checks[f->check].name);
        bool overlaps = f->from_us <= to_us && f->to_us >= from_us;
        if (f->check == XH_VEE_GAP) { /* neighbours touch and are two */
            overlaps = f->from_us < to_us && f->to_us > from_us;
        }
        if (!is_same || !overlaps || xh_str_is(there->state, "gone") || w->is_met[i]) {
            continue;
        }
        w->is_met[i] = true;
        if (!xh_str_is(there->state, "open")) {
            item->is_done = f->to_us <= to_us;
            f->from_us = to_us > f->from_us ? to_us : f->from_us;
            continue;
        }
        item->is_done = true;
        /* What was not looked at stays as it was. */
        struct item now = *item;
        now.finding.from_us = from_us < w->from_us && from_us < f->from_us ? from_us : f->from_us;
        now.finding.to_us = to_us > w->to_us && to_us > f->to_us ? to_us : f->to_us;
        fill(w->ctx, w->series, &now, there->doc);
    }
}

static int write_new(struct xh_ctx *ctx, const struct writing *w, const struct item *item,
                     struct xh_err *err)
{
    struct xh_record record;
    int code = xh_record_new(ctx, "core.vee_finding", &record, err);
    if (code < 0) {
        return code;
    }
    fill(ctx, w->series, item, record.doc);
    return xh_record_put(ctx, &record, err);
}

/* Those that are open, were looked at whole and are not said any more. */
static bool is_gone(const struct writing *w, size_t at)
{
    const struct xh_record *there = &w->near.items[at];
    bool is_sum = xh_str_is(xh_doc_text(there->doc, "check_name"), "sum");
    int64_t to_us = xh_doc_int(there->doc, "time_to");
    return xh_str_is(there->state, "open") && !w->is_met[at] && is_sum == w->is_sum &&
           to_us > w->from_us && to_us <= w->to_us;
}

static int write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct writing *w = arg;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < w->near.count; i++) {
        if (is_gone(w, i)) {
            code = xh_record_verb(ctx, "core.vee_finding", w->near.items[i].id, "vanish", NULL,
                                  NULL, err);
        } else if (w->is_met[i] && xh_str_is(w->near.items[i].state, "open")) {
            struct xh_record copy = w->near.items[i];
            code = xh_record_put(ctx, &copy, err);
        }
    }
    for (size_t i = 0; code >= 0 && i < w->count; i++) {
        code = w->items[i].is_done ? XH_E_OK : write_new(ctx, w, &w->items[i], err);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__vee_keep(struct xh_ctx *ctx, const struct xh_series *series, struct xh__vee_found *found,
                 bool is_sum, int64_t from_us, int64_t to_us, struct xh_err *err)
{
    struct xh__elevated elevated;
    struct xh_ctx *own = xh__elevate(&elevated, ctx, NULL);
    struct writing w = {.ctx = own, .series = series, .from_us = from_us, .to_us = to_us,
                        .is_sum = is_sum};
    w.items = XH_NEW_ARRAY(ctx->arena, struct item, found->count + 1);
    w.count = merge_all(found, is_sum, w.items);
    int code = near_read(own, series->id, from_us, to_us, false, &w.near, err);
    if (code < 0) {
        return code;
    }
    w.is_met = XH_NEW_ARRAY(ctx->arena, bool, w.near.count + 1);
    bool has_work = w.count > 0;
    for (size_t i = 0; i < w.count; i++) {
        meet(&w, &w.items[i]);
    }
    for (size_t i = 0; i < w.near.count; i++) {
        has_work = has_work || is_gone(&w, i);
    }
    /* So many near each other say one thing: this series cannot be checked so. */
    w.count = w.near.count >= NEAR_MAX ? 0 : w.count;
    w.count = w.count > NEAR_MAX ? NEAR_MAX : w.count;
    return has_work ? xh_records_write(own, write, &w, err) : XH_E_OK;
}
