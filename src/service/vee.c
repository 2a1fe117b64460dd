/* vee.c: what is done with the quality of readings, by name; how readings come in, and bills that
 * would come out differently now. */
#include "service/vee.h"

#include <stdlib.h>

#include "service/billing.h"
#include "service/records.h"
#include "service/vee_internal.h"

enum { BILLS_MAX = 1000, LAST_COUNT = 4096 };

#define BY_HAND                                                                                    \
    XH_STR("Ước tính theo quy tắc, do người yêu cầu\n"                                             \
           "Estimated by rule, asked for by a person")

/* ---- checks, estimates, edits ---- */

static int do_check(struct xh_ctx *ctx, const struct xh_doc *in, struct xh_doc *out,
                    struct xh_err *err)
{
    const struct xh_series *series;
    struct xh__vee_rules rules;
    size_t count = 0;
    int code = xh_series_get_id(ctx, xh_doc_int(in, "series"), &series, err);
    if (code < 0) {
        return code;
    }
    code = xh__vee_rules_read(ctx, &rules, err);
    if (code >= 0) {
        int64_t from_us = xh_zone_day_start_us(series->zone, (int32_t)xh_doc_int(in, "day_from"));
        int64_t to_us = xh_zone_day_start_us(series->zone, (int32_t)xh_doc_int(in, "day_to"));
        struct xh__vee_notes mains = {0};
        code = xh__vee_check_series(ctx, series, &rules, from_us, to_us - 1, &count, err);
        code = code < 0 ? code
                        : xh__vee_sums_note(ctx, series, &rules, from_us, to_us - 1, &mains, err);
        code = code < 0 ? code : xh__vee_sums_check(ctx, &rules, &mains, err);
        free(mains.items);
    }
    xh_series_put(series);
    if (code >= 0) {
        xh_doc_set_int(out, "findings", (int64_t)count);
    }
    return code;
}

static int do_edit(struct xh_ctx *ctx, enum xh_vee_deed deed, const struct xh_doc *in,
                   struct xh_doc *out, struct xh_err *err)
{
    struct xh__vee *vee = xh_ctx_engine(ctx)->vee;
    int64_t id = 0;
    uint64_t count = 0;
    int code;
    (void)pthread_mutex_lock(&vee->work_lock);
    if (deed == XH_VEE_DO_ESTIMATE) {
        code = xh__vee_fill(ctx, xh_doc_int(in, "finding"), BY_HAND, &id, &count, err);
    } else if (deed == XH_VEE_DO_EDIT) {
        code = xh__vee_give(ctx, in, &id, &count, err);
    } else {
        id = xh_doc_int(in, "edit");
        code = xh__vee_edit_undo(ctx, id, &count, err);
    }
    (void)pthread_mutex_unlock(&vee->work_lock);
    if (code >= 0) {
        xh_doc_set_int(out, "edit", id);
        xh_doc_set_int(out, "readings", (int64_t)count);
    }
    return code;
}

/* ---- counts ---- */

/* Three periods, at least an hour; a day where none is known. */
static bool is_silent(const struct xh_series *series, const struct xh_reading *last, int64_t now_us)
{
    int64_t wait_us = series->meter.period_us > 0 ? 3 * series->meter.period_us : XH_US_PER_DAY;
    wait_us = wait_us < XH_US_PER_HOUR ? XH_US_PER_HOUR : wait_us;
    return last->seq == 0 || now_us - last->at_us > wait_us;
}

static int count_silent(struct xh_ctx *ctx, const struct xh_series *const *series, size_t count,
                        int64_t *ret, struct xh_err *err)
{
    struct xh_series_key *keys = XH_NEW_ARRAY(ctx->arena, struct xh_series_key, LAST_COUNT);
    struct xh_reading *lasts = XH_NEW_ARRAY(ctx->arena, struct xh_reading, LAST_COUNT);
    int code = XH_E_OK;
    *ret = 0;
    for (size_t i = 0; code >= 0 && i < count; i += LAST_COUNT) {
        size_t left = count - i < LAST_COUNT ? count - i : LAST_COUNT;
        for (size_t k = 0; k < left; k++) {
            keys[k] = series[i + k]->key;
        }
        code = xh_tsdb_last_of(xh_ctx_engine(ctx)->tsdb, keys, left, lasts, err);
        for (size_t k = 0; code >= 0 && k < left; k++) {
            *ret += is_silent(series[i + k], &lasts[k], ctx->now_us);
        }
    }
    return code;
}

static int do_counts(struct xh_ctx *ctx, struct xh_doc *out, struct xh_err *err)
{
    struct xh_filter open = {.field = "state", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &open, .filter_count = 1};
    const struct xh_series **series;
    struct xh_ingest_stats stats;
    size_t count = 0;
    int64_t silent = 0, findings = 0;
    open.value.type = XH_T_TEXT;
    xh_value_set_text(&open.value, XH_STR("open"));
    int code = xh_series_of_place(ctx, 0, NULL, &series, &count, err);
    if (code < 0) {
        return code;
    }
    code = count_silent(ctx, series, count, &silent, err);
    for (size_t i = 0; i < count; i++) {
        xh_series_put(series[i]);
    }
    code = code < 0 ? code : xh_record_count(ctx, "core.vee_finding", &list, &findings, err);
    if (code < 0) {
        return code;
    }
    xh_ingest_get_stats(xh_ctx_engine(ctx), &stats);
    xh_doc_set_int(out, "series", (int64_t)count);
    xh_doc_set_int(out, "silent", silent);
    xh_doc_set_int(out, "open_findings", findings);
    xh_doc_set_int(out, "taken", (int64_t)stats.taken);
    xh_doc_set_int(out, "late", (int64_t)stats.late);
    xh_doc_set_int(out, "duplicate", (int64_t)stats.duplicate);
    xh_doc_set_int(out, "suspect", (int64_t)stats.suspect);
    xh_doc_set_int(out, "refused", (int64_t)stats.refused);
    return XH_E_OK;
}

/* ---- bills ---- */

struct bills {
    struct xh_ctx *ctx;
    struct xh_doc *out;
    int64_t count, of_runs;
};

/* What it would come to now; nothing when it cannot be computed any more. What a bill of a run
 * comes to depends on the whole run, which is what is corrected: it names that instead. */
static void put_now(struct bills *b, const struct xh_doc *bill, size_t row)
{
    const struct xh_series *series;
    struct xh_record now;
    if (xh_series_get_id(b->ctx, xh_doc_int(bill, "series"), &series, NULL) < 0) {
        return;
    }
    xh_value_set_text(xh_doc_put(b->out, "bills", row, "series_code"),
                      xh_arena_str(b->ctx->arena, series->code));
    if (!xh_doc_is_null(bill, "run")) {
        xh_value_set_int(xh_doc_put(b->out, "bills", row, "run"), xh_doc_int(bill, "run"));
    } else if (xh_bill_preview(b->ctx, series, xh_doc_text(bill, "tariff"),
                               (int32_t)xh_doc_int(bill, "period_from"),
                               (int32_t)xh_doc_int(bill, "period_to"), &now, NULL) >= 0) {
        xh_value_set_int(xh_doc_put(b->out, "bills", row, "total_now"),
                         xh_doc_int(now.doc, "total"));
    }
    xh_series_put(series);
}

static int add_bill(void *arg, struct xh_record *bill, struct xh_err *err)
{
    struct bills *b = arg;
    (void)err;
    b->of_runs += !xh_doc_is_null(bill->doc, "run");
    if (b->count++ >= BILLS_MAX) {
        return XH_E_OK;
    }
    size_t row = xh_doc_add(b->out, "bills");
    xh_value_set_int(xh_doc_put(b->out, "bills", row, "bill"), bill->id);
    xh_value_set_text(xh_doc_put(b->out, "bills", row, "number"),
                      xh_arena_str(b->ctx->arena, xh_doc_text(bill->doc, "number")));
    xh_value_set_int(xh_doc_put(b->out, "bills", row, "period_from"),
                     xh_doc_int(bill->doc, "period_from"));
    xh_value_set_int(xh_doc_put(b->out, "bills", row, "period_to"),
                     xh_doc_int(bill->doc, "period_to"));
    xh_value_set_int(xh_doc_put(b->out, "bills", row, "total"), xh_doc_int(bill->doc, "total"));
    put_now(b, bill->doc, row);
    return XH_E_OK;
}

static int do_bills(struct xh_ctx *ctx, struct xh_doc *out, struct xh_err *err)
{
    struct bills b = {.ctx = ctx, .out = out};
    int code = xh_bills_stale(ctx, add_bill, &b, err);
    xh_doc_set_int(out, "count", b.count);
    xh_doc_set_int(out, "of_runs", b.of_runs);
    return code < 0 ? code : XH_E_OK;
}

int xh_vee(struct xh_ctx *ctx, enum xh_vee_deed deed, const struct xh_doc *in, struct xh_doc *out,
           struct xh_err *err)
{
    xh_assert(ctx->txn == NULL);
    int code = XH_E_OK;
    switch (deed) {
    case XH_VEE_DO_RUN:
        code = xh__vee_run(ctx, err);
        break;
    case XH_VEE_DO_CHECK:
        code = do_check(ctx, in, out, err);
        break;
    case XH_VEE_DO_ESTIMATE:
    case XH_VEE_DO_EDIT:
    case XH_VEE_DO_UNDO:
        code = do_edit(ctx, deed, in, out, err);
        break;
    case XH_VEE_DO_COUNTS:
        code = do_counts(ctx, out, err);
        break;
    case XH_VEE_DO_BILLS:
        code = do_bills(ctx, out, err);
        break;
    }
    return code < 0 ? code : XH_E_OK;
}
