/* demo_bills.c: bills of the last whole months. */
#include "app/demo.h"
#include "app/demo_table.h"
#include "service/billing.h"
#include "service/records.h"
#include "service/registry.h"

enum { MONTHS = 3, SERIES_MAX = 1000 };

int32_t xh_demo_month(int32_t day, int months_back)
{
    int year, month, day_of_month;

    xh_day_to_civil(day, &year, &month, &day_of_month);
    int since = year * 12 + month - 1 - months_back;
    return xh_day_from_civil(since / 12, since % 12 + 1, 1);
}

static int bill_issue(struct xh_demo *demo, struct xh_ctx *ctx, const struct xh_series *series,
                      struct xh_err *err)
{
    struct xh_record bill;
    int code = 0;

    for (int back = MONTHS; code == 0 && back >= 1; back--) {
        int32_t from = xh_demo_month(demo->state.day_to, back);
        int32_t to = xh_demo_month(demo->state.day_to, back - 1);
        if (from < demo->state.day_from) {
            continue;
        }
        code = xh_stop_is_asked() ? xh_demo_stopped(err)
                                  : xh_bill_issue(ctx, series, XH_STR(""), from, to,
                                                  XH_STR("kỳ hằng tháng (mô phỏng)"), &bill, err);
    }
    return code;
}

struct billing {
    struct xh_str codes[SERIES_MAX];
    size_t count;
    struct xh_str prefix;
    struct xh_arena *arena;
};

static int take_series(void *arg, struct xh_record *series, struct xh_err *err)
{
    struct billing *b = arg;
    struct xh_str code = xh_doc_text(series->doc, "code");
    (void)err;

    if (b->count < SERIES_MAX && xh_str_starts(code, b->prefix) &&
        xh_doc_text(series->doc, "tariff").len > 0) {
        b->codes[b->count++] = xh_arena_str(b->arena, code);
    }
    return 0;
}

int xh_demo_bills(struct xh_demo *demo, struct xh_ctx *ctx, const char *prefix, struct xh_err *err)
{
    struct billing *b = XH_NEW(ctx->arena, struct billing);
    struct xh_list list = {.limit = SERIES_MAX};
    struct xh_str next = {NULL, 0};

    b->prefix = xh_str_from(prefix);
    b->arena = ctx->arena;
    int code = xh_record_list(ctx, "core.series", &list, take_series, b, &next, err);
    for (size_t i = 0; code == 0 && i < b->count; i++) {
        const struct xh_series *series = NULL;
        code = xh_series_get(ctx, b->codes[i], &series, err);
        if (code == 0) {
            code = bill_issue(demo, ctx, series, err);
            xh_series_put(series);
        }
    }
    return code;
}
