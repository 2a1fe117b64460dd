/* bill_stale.c: issued bills that would come out differently now. Each is computed again: what has
 * changed (a late reading, a correction, a price row, the persons of a household) need not be
 * known. Bills whose series or rows are gone are told too: nobody can say any more that they are
 * right. */
#include "service/billing_internal.h"
#include "service/records.h"

enum { PAGE_COUNT = 100 };

struct page {
    struct xh_record bills[PAGE_COUNT];
    size_t count;
};

static int keep(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct page *page = arg;
    (void)err;
    xh_assert(page->count < PAGE_COUNT);
    page->bills[page->count++] = *record;
    return XH_E_OK;
}

/* 1: it differs; 0: it does not. */
static int is_stale(struct xh_ctx *ctx, const struct xh_record *bill, struct xh_err *err)
{
    const struct xh_series *series;
    struct xh_record now;
    struct xh__bill_share share;
    bool is_of_run = xh__bill_share_of(bill->doc, &share);
    int code = xh_series_get_id(ctx, xh_doc_int(bill->doc, "series"), &series, err);
    if (code >= 0) {
        code = xh__bill_preview_shared(ctx, series, xh_doc_text(bill->doc, "tariff"),
                                       (int32_t)xh_doc_int(bill->doc, "period_from"),
                                       (int32_t)xh_doc_int(bill->doc, "period_to"),
                                       is_of_run ? &share : NULL, &now, err);
        xh_series_put(series);
    }
    if (code == XH_E_INVALID || code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        return 1;
    }
    return code < 0 ? code : !xh__bill_is_same(now.doc, bill->doc);
}

static int check_page(struct xh_ctx *ctx, struct page *page, xh_record_fn *each, void *arg,
                      struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < page->count; i++) {
        struct xh_ctx own = *ctx;
        own.arena = xh_arena_create("request");
        own.as_known_us = 0;
        int differs = is_stale(&own, &page->bills[i], err);
        xh_arena_destroy(own.arena);
        code = differs > 0 ? each(arg, &page->bills[i], err) : differs;
    }
    return code;
}

int xh_bills_stale(struct xh_ctx *ctx, xh_record_fn *each, void *arg, struct xh_err *err)
{
    struct xh_filter issued = {.field = "state", .op = XH_FILTER_EQ};
    struct xh_str next = {"", 0};
    int code = XH_E_OK;
    issued.value.type = XH_T_TEXT;
    xh_value_set_text(&issued.value, XH_STR("issued"));
    struct xh_buf after = {0}; /* the cursor outlives its page */
    do {
        struct page page = {.count = 0};
        struct xh_ctx own = *ctx; /* each page in an arena of its own: there may be very many */
        own.arena = xh_arena_create("page");
        struct xh_list list = {
            .filters = &issued, .filter_count = 1, .limit = PAGE_COUNT,
            .after = xh_buf_str(&after), .with_parts = true,
        };
        code = xh_record_list(&own, "core.bill", &list, keep, &page, &next, err);
        code = code < 0 ? code : check_page(ctx, &page, each, arg, err);
        xh_buf_clear(&after);
        xh_buf_add_str(&after, next);
        xh_arena_destroy(own.arena);
    } while (code >= 0 && after.len > 0);
    xh_buf_finish(&after);
    return code < 0 ? code : XH_E_OK;
}
