/* bill_renew.c: issued bills brought up to date: each is computed again, and where it comes out
 * differently the next revision is issued, as xh_bill_issue does it for one.
 *
 * Bills are taken page by page, those there were at the beginning; the renewed ones of a page are
 * written as one transaction, which is short, so that others' writes come in between. While one
 * page is being written the next is computed. Broken off, it goes on where it is begun again: what
 * is up to date stays as it is.
 *
 * After a change of dated rows only those bills are computed again whose tariff asks for the row's
 * key and whose period meets its days, as they are now or were before.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

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
    struct xh_buf after;         /* where the next page begins; empty: there is none */
    pthread_mutex_t lock;        /* guards the two of pages that are being written */
    pthread_cond_t has_written;
};

struct page {
    struct renewal *renewal;
    struct xh_ctx ctx; /* its arena is the page's own: there may be very many */
    struct xh__elevated elevated;
    struct xh_record bills[PAGE_COUNT];
    struct xh_record news[PAGE_COUNT];
    const struct xh_series *series[PAGE_COUNT]; /* NULL: nothing to be done */
    size_t count;
    int64_t stale_count;
    bool is_written; /* or the writing failed */
    int status;
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

/* Bills of a billing run add up to their main meter: they are corrected together, by their run. */
static bool is_touched(const struct renewal *r, const struct xh_doc *bill)
{
    if (!xh_doc_is_null(bill, "run")) {
        return false;
    }
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
    return code < 0 ? code : xh_record_list(r->ctx, "core.bill", &last, note_newest, r, &next, err);
}

/* ---- a page, computed ---- */

static int keep_bill(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct page *p = arg;
    (void)err;
    if (record->id <= p->renewal->newest_id) {
        p->bills[p->count++] = *record;
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
static int compute(struct page *p, size_t at, struct xh_err *err)
{
    const struct xh_record *bill = &p->bills[at];
    const struct xh_series *series;
    struct xh_err own = {0};
    if (!is_touched(p->renewal, bill->doc)) {
        return XH_E_OK;
    }
    int code = xh_series_get_id(&p->ctx, xh_doc_int(bill->doc, "series"), &series, &own);
    if (code >= 0) {
        code = xh_bill_preview(&p->ctx, series, xh_doc_text(bill->doc, "tariff"),
                               (int32_t)xh_doc_int(bill->doc, "period_from"),
                               (int32_t)xh_doc_int(bill->doc, "period_to"), &p->news[at], &own);
        if (code >= 0 && !xh__bill_is_same(p->news[at].doc, bill->doc)) {
            p->series[at] = series;
            p->stale_count++;
            return XH_E_OK;
        }
        xh_series_put(series);
    }
    if (is_own_fault(code)) {
        note_failure(p->renewal, bill, &own);
        return XH_E_OK;
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code < 0 ? code : XH_E_OK;
}

/* The next page, as far as it goes. */
static int page_compute(struct page *p, struct xh_err *err)
{
    struct renewal *r = p->renewal;
    struct xh_filter issued = issued_filter();
    struct xh_str next = {"", 0};
    struct xh_list list = {
        .filters = &issued, .filter_count = 1, .limit = PAGE_COUNT,
        .after = xh_buf_str(&r->after), .with_parts = true,
    };
    int code = xh_record_list(&p->ctx, "core.bill", &list, keep_bill, p, &next, err);
    for (size_t i = 0; code >= 0 && i < p->count; i++) {
        code = compute(p, i, err);
        r->sums.checked++;
    }
    xh_buf_clear(&r->after);
    if (p->count == PAGE_COUNT) {
        xh_buf_add_str(&r->after, next);
    }
    return code;
}

static struct page *page_begin(struct renewal *r)
{
    struct page *p = xh_alloc(sizeof *p);
    p->renewal = r;
    p->ctx = *r->ctx;
    p->ctx.arena = xh_arena_create("page");
    p->ctx.as_known_us = 0;
    p->count = 0;
    p->stale_count = 0;
    p->is_written = false;
    p->status = XH_E_OK;
    for (size_t i = 0; i < PAGE_COUNT; i++) {
        p->series[i] = NULL;
    }
    return p;
}

static void page_end(struct page *p)
{
    for (size_t i = 0; i < p->count; i++) {
        xh_series_put(p->series[i]);
    }
    xh_arena_destroy(p->ctx.arena);
    free(p);
}

/* ---- a page, written ---- */

/* On the writer's thread; may run twice. */
static int page_write(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct page *p = arg;
    struct xh_ctx *ctx = xh__elevate(&p->elevated, &p->ctx, conn);
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < p->count; i++) {
        if (p->series[i] != NULL) {
            code = xh__bill_put(ctx, p->series[i], &p->news[i], REASON, NULL, err);
        }
    }
    return code;
}

static void page_written(void *arg, int status, const struct xh_err *err)
{
    struct page *p = arg;
    struct renewal *r = p->renewal;
    (void)err;
    (void)pthread_mutex_lock(&r->lock);
    p->status = status;
    p->is_written = true;
    (void)pthread_cond_broadcast(&r->has_written);
    (void)pthread_mutex_unlock(&r->lock);
}

/* Begins to write. A queue that is full is as good as a transaction that failed. */
static void page_submit(struct page *p)
{
    struct xh_rel *rel = xh_ctx_engine(&p->ctx)->rel;
    int code = p->stale_count == 0 ? XH_E_OK
                                   : xh_rel_submit(rel, page_write, page_written, p, NULL);
    if (code < 0 || p->stale_count == 0) {
        page_written(p, code, NULL);
    }
}

/* One by one, which also computes again what somebody else has overtaken. */
static int page_write_each(struct page *p, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < p->count; i++) {
        const struct xh_doc *bill = p->bills[i].doc;
        struct xh_record issued;
        struct xh_err own = {0};
        if (p->series[i] == NULL) {
            continue;
        }
        code = xh_bill_issue(&p->ctx, p->series[i], xh_doc_text(bill, "tariff"),
                             (int32_t)xh_doc_int(bill, "period_from"),
                             (int32_t)xh_doc_int(bill, "period_to"), REASON, &issued, &own);
        p->renewal->sums.renewed += code >= 0;
        if (is_own_fault(code)) {
            note_failure(p->renewal, &p->bills[i], &own);
            code = XH_E_OK;
        } else if (code < 0 && err != NULL) {
            *err = own;
        }
    }
    return code;
}

/* Waits until it is written, by all means. */
static int page_finish(struct page *p, struct xh_err *err)
{
    struct renewal *r = p->renewal;
    (void)pthread_mutex_lock(&r->lock);
    while (!p->is_written) {
        (void)pthread_cond_wait(&r->has_written, &r->lock);
    }
    (void)pthread_mutex_unlock(&r->lock);
    int code = p->status < 0 ? page_write_each(p, err) : XH_E_OK;
    r->sums.renewed += p->status < 0 ? 0 : p->stale_count;
    page_end(p);
    return code;
}

/* ---- all ---- */

static int check_stop(const struct renewal *r, struct xh_err *err)
{
    if (!xh__jobs_are_stopping(xh_ctx_engine(r->ctx))) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CANCELLED,
                      "%lld of %lld bills were checked when the program was stopped",
                      (long long)r->sums.checked, (long long)r->sums.total);
}

static int renew_all(struct renewal *r, struct xh_err *err)
{
    struct page *before = NULL; /* is being written */
    bool has_more = true;
    int code = XH_E_OK;
    while (code >= 0 && has_more) {
        struct page *page = page_begin(r);
        code = page_compute(page, err);
        if (before != NULL) {
            int written = page_finish(before, code < 0 ? NULL : err);
            code = code < 0 ? code : written;
            before = NULL;
        }
        if (code < 0) {
            page_end(page);
            break;
        }
        page_submit(page);
        before = page;
        has_more = r->after.len > 0;
        xh__jobs_progress(r->ctx, r->sums.checked, r->sums.total, "rebill");
        code = has_more ? check_stop(r, err) : XH_E_OK;
    }
    if (before != NULL) {
        int written = page_finish(before, code < 0 ? NULL : err);
        code = code < 0 ? code : written;
    }
    return code;
}

/* Those that failed are told at the end, when all others are done. */
static int tell_failures(const struct renewal *r, struct xh_err *err)
{
    if (r->sums.failed == 0) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CONFLICT,
                      "%lld of %lld bills cannot be computed again, the first"
                      " is %s: %s",
                      (long long)r->sums.failed, (long long)r->sums.total, r->first_number,
                      r->first.text);
}

static int renew(struct renewal *r, const struct xh_change *changes, size_t change_count,
                 struct xh_err *err)
{
    int code = count_all(r, err);
    if (code < 0 || r->sums.total == 0) {
        return code;
    }
    code = find_touches(r->ctx, changes, change_count, r, err);
    if (code >= 0 && (change_count == 0 || r->touch_count > 0)) {
        code = renew_all(r, err);
    }
    xh_log(xh_ctx_engine(r->ctx)->log, XH_LOG_DEBUG, "bills",
           "bills renewed checked=%lld renewed=%lld failed=%lld", (long long)r->sums.checked,
           (long long)r->sums.renewed, (long long)r->sums.failed);
    return code < 0 || change_count > 0 ? code : tell_failures(r, err);
}

int xh_bills_renew(struct xh_ctx *ctx, const struct xh_change *changes, size_t change_count,
                   struct xh_bill_renewal *ret, struct xh_err *err)
{
    struct renewal r = {.ctx = ctx};
    xh_assert(ctx->txn == NULL);
    *ret = r.sums;
    int code = xh__bill_check_who(ctx, err);
    if (code < 0) {
        return code;
    }
    (void)pthread_mutex_init(&r.lock, NULL);
    (void)pthread_cond_init(&r.has_written, NULL);
    code = renew(&r, changes, change_count, err);
    (void)pthread_cond_destroy(&r.has_written);
    (void)pthread_mutex_destroy(&r.lock);
    xh_buf_finish(&r.after);
    *ret = r.sums;
    return code < 0 ? code : XH_E_OK;
}
