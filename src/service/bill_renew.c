/* bill_renew.c: issued bills brought up to date: each is computed again, and where it comes out
 * differently the next revision is issued, as xh_bill_issue does it for one.
 *
 * Bills are taken page by page, those there were at the beginning; the renewed ones of a page are
 * written as one transaction, which is short, so that others' writes come in between. Broken off,
 * it goes on where it is begun again: what is up to date stays as it is.
 *
 * After a change of dated rows only those bills are computed again whose tariff asks for the row's
 * key and whose period meets its days, as they are now or were before.
 */
#include <stdio.h>

#include "base/num.h"
#include "kernel/shape.h"
#include "service/billing_internal.h"
#include "service/jobs_internal.h"
#include "service/records_internal.h"

enum { PAGE_COUNT = 50 };

#define REASON                                                                                     \
    XH_STR("Giá, hệ số hoặc số liệu đã được sửa sau khi phát hành\n"                               \
           "Prices, factors or readings were corrected after it was issued")

/* ---- which bills ---- */

/* What a row of prices, hours or factors has to do with. */
struct touch {
    struct xh_str key;
    int32_t day_from, day_to; /* [from, to) */
};

struct renewal {
    struct xh_ctx *ctx;
    const struct touch *touches; /* touch_count 0: whatever the bill */
    size_t touch_count;
    int64_t newest_id;           /* bills of later ids were issued meanwhile */
    struct xh_bill_renewal sums;
    char first_number[128];      /* the first of those that failed, and why */
    struct xh_err first;
    /* Of a page: */
    struct xh_record bills[PAGE_COUNT];
    struct xh_record news[PAGE_COUNT];
    const struct xh_series *series[PAGE_COUNT]; /* NULL: nothing to be done */
    size_t count;
};

static bool is_key_of(const struct xh_tariff *tariff, struct xh_str key)
{
    bool is = tariff->hours_key != NULL && xh_str_is(key, tariff->hours_key);
    for (size_t i = 0; !is && i < tariff->component_count; i++) {
        const struct xh_charge_component *c = &tariff->components[i];
        is = c->key != NULL && xh_str_is(key, c->key);
    }
    return is;
}

static bool is_touched(const struct renewal *r, const struct xh_doc *bill)
{
    const struct xh_tariff *tariff = xh_engine_tariff(xh_ctx_engine(r->ctx),
                                                      xh_doc_text(bill, "tariff"));
    if (r->touch_count == 0 || tariff == NULL) {
        return true;
    }
    for (size_t i = 0; i < r->touch_count; i++) {
        const struct touch *t = &r->touches[i];
        if (xh_doc_int(bill, "period_from") < t->day_to &&
            xh_doc_int(bill, "period_to") > t->day_from && is_key_of(tariff, t->key)) {
            return true;
        }
    }
    return false;
}

static void add_touch(struct touch *touches, size_t *count, const struct xh_doc *row)
{
    bool has_end = !xh_doc_is_null(row, "valid_to");
    touches[(*count)++] = (struct touch){
        .key = xh_doc_text(row, "key"),
        .day_from = (int32_t)xh_doc_int(row, "valid_from"),
        .day_to = has_end ? (int32_t)xh_doc_int(row, "valid_to") : INT32_MAX,
    };
}

/* The rows as they are and as they were before each of the changes. */
static int find_touches(struct xh_ctx *ctx, const struct xh_change *changes, size_t count,
                        struct renewal *ret, struct xh_err *err)
{
    struct touch *touches = XH_NEW_ARRAY(ctx->arena, struct touch, 2 * count + 1);
    size_t touch_count = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t instants_us[2] = {changes[i].at_us, changes[i].at_us - 1};
        for (size_t k = 0; k < 2; k++) {
            struct xh_record row;
            int code = xh_record_as_known(ctx, "core.dated", changes[i].record_id, instants_us[k],
                                          &row, err);
            if (code >= 0) {
                add_touch(touches, &touch_count, row.doc);
            } else if (code != XH_E_NOT_FOUND) {
                return code;
            }
            xh_err_clear(err);
        }
    }
    ret->touches = touches;
    ret->touch_count = touch_count;
    return XH_E_OK;
}

/* ---- a page ---- */

static int keep_bill(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct renewal *r = arg;
    (void)err;
    if (record->id <= r->newest_id) {
        r->bills[r->count++] = *record;
    }
    return XH_E_OK;
}

/* A bill that cannot be computed any more hinders no other. */
static void note_failure(struct renewal *r, const struct xh_record *bill, const struct xh_err *why)
{
    struct xh_str number = xh_doc_text(bill->doc, "number");
    if (r->sums.failed++ == 0) {
        r->first = *why;
        (void)snprintf(r->first_number, sizeof r->first_number, "%.*s", XH_STR_ARG(number));
    }
}

static bool is_own_fault(int code)
{
    return code == XH_E_INVALID || code == XH_E_NOT_FOUND;
}

/* Fills news and series where the bill comes out differently. */
static int compute(struct renewal *r, struct xh_ctx *ctx, size_t at, struct xh_err *err)
{
    const struct xh_record *bill = &r->bills[at];
    const struct xh_series *series;
    struct xh_err own = {0};
    r->series[at] = NULL;
    if (!is_touched(r, bill->doc)) {
        return XH_E_OK;
    }
    int code = xh_series_get_id(ctx, xh_doc_int(bill->doc, "series"), &series, &own);
    if (code >= 0) {
        code = xh_bill_preview(ctx, series, xh_doc_text(bill->doc, "tariff"),
                               (int32_t)xh_doc_int(bill->doc, "period_from"),
                               (int32_t)xh_doc_int(bill->doc, "period_to"), &r->news[at], &own);
        if (code >= 0 && !xh__bill_is_same(r->news[at].doc, bill->doc)) {
            r->series[at] = series;
            return XH_E_OK;
        }
        xh_series_put(series);
    }
    if (is_own_fault(code)) {
        note_failure(r, bill, &own);
        return XH_E_OK;
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code < 0 ? code : XH_E_OK;
}

/* As one transaction; may run twice. */
static int write_page(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct renewal *r = arg;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < r->count; i++) {
        if (r->series[i] != NULL) {
            code = xh__bill_put(ctx, r->series[i], &r->news[i], REASON, err);
        }
    }
    return code;
}

/* One by one, which also computes again what somebody else has overtaken. */
static int write_each(struct renewal *r, struct xh_ctx *ctx, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < r->count; i++) {
        const struct xh_doc *bill = r->bills[i].doc;
        struct xh_record issued;
        struct xh_err own = {0};
        if (r->series[i] == NULL) {
            continue;
        }
        code = xh_bill_issue(ctx, r->series[i], xh_doc_text(bill, "tariff"),
                             (int32_t)xh_doc_int(bill, "period_from"),
                             (int32_t)xh_doc_int(bill, "period_to"), REASON, &issued,
                             &own);
        r->sums.renewed += code >= 0;
        if (is_own_fault(code)) {
            note_failure(r, &r->bills[i], &own);
            code = XH_E_OK;
        } else if (code < 0 && err != NULL) {
            *err = own;
        }
    }
    return code;
}

static int renew_page(struct renewal *r, struct xh_ctx *ctx, struct xh_err *err)
{
    struct xh__elevated elevated;
    int64_t stale_count = 0;
    int code = XH_E_OK;
    size_t done = 0;
    for (; code >= 0 && done < r->count; done++) {
        code = compute(r, ctx, done, err);
        stale_count += r->series[done] != NULL;
    }
    if (code >= 0 && stale_count > 0) {
        int written = xh_records_write(xh__elevate(&elevated, ctx, NULL), write_page, r, NULL);
        r->sums.renewed += written >= 0 ? stale_count : 0;
        code = written >= 0 ? XH_E_OK : write_each(r, ctx, err);
    }
    for (size_t i = 0; i < done; i++) {
        xh_series_put(r->series[i]);
    }
    r->sums.checked += (int64_t)done;
    return code;
}

/* ---- all ---- */

static struct xh_filter issued_filter(void)
{
    struct xh_filter issued = {.field = "state", .op = XH_FILTER_EQ};
    issued.value.type = XH_T_TEXT;
    xh_value_set_text(&issued.value, XH_STR("issued"));
    return issued;
}

static int note_newest(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct renewal *r = arg;
    (void)err;
    r->newest_id = record->id;
    return XH_E_OK;
}

static int count_all(struct renewal *r, struct xh_err *err)
{
    struct xh_filter issued = issued_filter();
    struct xh_list list = {.filters = &issued, .filter_count = 1};
    struct xh_list last = {.sort = "-id", .limit = 1};
    struct xh_str next;
    int code = xh_record_count(r->ctx, "core.bill", &list, &r->sums.total, err);
    return code < 0 ? code
                    : xh_record_list(r->ctx, "core.bill", &last, note_newest, r, &next, err);
}

static int next_page(struct renewal *r, struct xh_buf *after, struct xh_err *err)
{
    struct xh_filter issued = issued_filter();
    struct xh_ctx own = *r->ctx; /* each page in an arena of its own: there may be very many */
    struct xh_str next = {"", 0};
    own.arena = xh_arena_create("page");
    own.as_known_us = 0;
    struct xh_list list = {
        .filters = &issued, .filter_count = 1, .limit = PAGE_COUNT,
        .after = xh_buf_str(after), .with_parts = true,
    };
    r->count = 0;
    int code = xh_record_list(&own, "core.bill", &list, keep_bill, r, &next, err);
    bool is_last = r->count < PAGE_COUNT;
    code = code < 0 ? code : renew_page(r, &own, err);
    xh_buf_clear(after);
    if (!is_last) {
        xh_buf_add_str(after, next);
    }
    xh_arena_destroy(own.arena);
    return code;
}

static int renew_all(struct renewal *r, struct xh_err *err)
{
    struct xh_buf after = {0}; /* the cursor outlives its page */
    bool has_more = true;
    int code = XH_E_OK;
    while (code >= 0 && has_more) {
        code = next_page(r, &after, err);
        xh__jobs_progress(r->ctx, r->sums.checked, r->sums.total, "rebill");
        has_more = after.len > 0;
        if (code >= 0 && has_more && xh__jobs_are_stopping(xh_ctx_engine(r->ctx))) {
            code = xh_err_set(err, XH_E_CANCELLED, "%lld of %lld bills were checked when the "
                              "program was stopped", (long long)r->sums.checked,
                              (long long)r->sums.total);
        }
    }
    xh_buf_finish(&after);
    return code;
}

/* Those that failed are told at the end, when all others are done. */
static int tell_failures(const struct renewal *r, struct xh_err *err)
{
    if (r->sums.failed == 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CONFLICT, "%lld of %lld bills cannot be computed again, the first"
                      " is %s: %s", (long long)r->sums.failed, (long long)r->sums.total,
                      r->first_number, r->first.text);
}

int xh_bills_renew(struct xh_ctx *ctx, const struct xh_change *changes, size_t change_count,
                   struct xh_bill_renewal *ret, struct xh_err *err)
{
    struct renewal *r = XH_NEW(ctx->arena, struct renewal);
    r->ctx = ctx;
    xh_assert(ctx->txn == NULL);
    int code = xh__bill_check_who(ctx, err);
    code = code < 0 ? code : count_all(r, err);
    if (code >= 0 && r->sums.total > 0) {
        code = find_touches(ctx, changes, change_count, r, err);
        if (code >= 0 && (change_count == 0 || r->touch_count > 0)) {
            code = renew_all(r, err);
        }
        xh_log(xh_ctx_engine(ctx)->log, XH_LOG_DEBUG, "bills",
               "bills renewed checked=%lld renewed=%lld failed=%lld", (long long)r->sums.checked,
               (long long)r->sums.renewed, (long long)r->sums.failed);
    }
    code = code < 0 || change_count > 0 ? code : tell_failures(r, err);
    *ret = r->sums;
    return code < 0 ? code : XH_E_OK;
}
