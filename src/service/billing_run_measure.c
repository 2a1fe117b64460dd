/* billing_run_measure.c: what the meters of a run measured, in this period and the one before, and
 * what the bills of its tenants come to. An account that cannot be computed says why and hinders no
 * other. */
#include <math.h>

#include "base/num.h"
#include "service/billing_run_internal.h"
#include "service/jobs_internal.h"
#include "service/use_internal.h"

enum { UNUSUAL_PERCENT = 30, PAGE_COUNT = 50 };

/* The days of a line in an arena of their own: there may be very many lines. */
struct page {
    struct xh_ctx ctx;
    size_t count;
};

static void page_begin(struct page *p, const struct xh__run *run)
{
    p->ctx = *run->ctx;
    p->ctx.arena = xh_arena_create("page");
    p->ctx.as_known_us = run->as_known_us;
    p->count = 0;
}

static void page_next(struct page *p)
{
    if (++p->count % PAGE_COUNT == 0) {
        xh_arena_reset(p->ctx.arena);
    }
}

static void page_end(struct page *p)
{
    xh_arena_destroy(p->ctx.arena);
}

static void tell(const struct xh__run *run, size_t done, size_t total)
{
    if (run->has_progress) {
        xh__jobs_progress(run->ctx, (int64_t)done, (int64_t)total, "billing");
    }
}

static int check_stop(const struct xh__run *run, struct xh_err *err)
{
    if (!run->has_progress || !xh__jobs_are_stopping(xh_ctx_engine(run->ctx))) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_CANCELLED, "a billing run was broken off when the program stopped");
}

/* ---- what was measured ---- */

static bool is_own_fault(int code)
{
    return code == XH_E_INVALID || code == XH_E_NOT_FOUND;
}

static void note_problem(const struct xh__run *run, struct xh__run_line *line,
                         const struct xh_err *why)
{
    struct xh_arena *arena = run->ctx->arena;
    const char *vi = line->tariff.len == 0 && line->role == XH__RUN_TENANT
                         ? "chưa có biểu giá"
                         : "không tính được từ số đo và biểu giá hiện có";
    line->problem_vi = xh_str_from(vi);
    line->problem_en = xh_arena_str(arena, xh_str_from(why->text));
}

/* Of what is not billed: days without bands, in the run's unit. */
static int measure_plain(struct xh__bill *bill, const struct xh__run *run, struct xh_tariff *plain,
                         struct xh_err *err)
{
    *plain = (struct xh_tariff){.code = "", .unit = run->unit->symbol};
    bill->tariff = plain;
    bill->as_known_us = run->as_known_us;
    int code = xh__use_check(bill->series, err);
    code = code < 0 ? code
                    : xh_unit_convert(1, bill->series->shown_unit, run->unit, &bill->scale, err);
    return code < 0 ? code : xh__bill_usage(bill, err);
}

static int check_unit(const struct xh__bill *bill, const struct xh__run *run, struct xh_err *err)
{
    if (xh_unit_find(xh_str_from(bill->tariff->unit)) == run->unit) {
        return XH_E_OK;
    }
    return xh_err_set(err, XH_E_INVALID, "tariff \"%s\" is in %s, the main meter in %s",
                      bill->tariff->code, bill->tariff->unit, run->unit->symbol);
}

static int measure_bill(struct xh__bill *bill, const struct xh__run *run, struct xh__run_line *line,
                        struct xh_err *err)
{
    struct xh_tariff plain;
    int bit = 0;
    int code = line->role == XH__RUN_TENANT ? xh__bill_measure(bill, line->tariff, err)
                                            : measure_plain(bill, run, &plain, err);
    if (code >= 0 && line->role == XH__RUN_TENANT) {
        code = check_unit(bill, run, err);
    }
    if (code >= 0 && (xh_dec_to_minor(bill->measured, XH__RUN_DECIMALS, &line->measured) < 0 ||
                      line->measured < 0)) {
        line->measured = 0;
        code = xh_err_set(err, XH_E_INVALID, "series \"%.*s\" measured less than nothing",
                          XH_STR_ARG(line->series_code));
    }
    if (code < 0) {
        return code;
    }
    while (XH_AMOUNT_INCOMPLETE >> bit != 1) {
        bit++;
    }
    line->flags = bill->flags;
    line->missing_days = bill->flag_days[bit];
    return XH_E_OK;
}

/* The month before of a month, else as many days before. */
static int32_t previous_from(const struct xh__run *run)
{
    int year, month, day;
    xh_day_to_civil(run->day_from, &year, &month, &day);
    if (day != 1 || run->day_to - run->day_from != xh_month_days(year, month)) {
        return run->day_from - (run->day_to - run->day_from);
    }
    return run->day_from -
           (month == 1 ? xh_month_days(year - 1, 12) : xh_month_days(year, month - 1));
}

/* From kept days, which are there already when bills are made every month: what is only compared
 * need not be as known. */
static int measure_previous(struct xh_ctx *ctx, const struct xh__run *run,
                            struct xh__run_line *line, struct xh_err *err)
{
    struct xh_use_ask ask = {
        .series_id = line->series_id,
        .day_from = previous_from(run),
        .day_to = run->day_from,
        .period = XH_PERIOD_DAY,
    };
    struct xh_ctx now = *ctx;
    struct xh_use use;
    struct xh_sum sum = {0};
    unsigned flags = 0;
    now.as_known_us = 0;
    int code = xh_use(&now, &ask, &use, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < use.count; i++) {
        xh_sum_add(&sum, use.amounts[i].amount);
        flags |= use.amounts[i].flags;
    }
    double thousandths = xh_sum_value(&sum) * 1000;
    if ((flags & XH_AMOUNT_INCOMPLETE) != 0 || !(fabs(thousandths) < 1e15)) {
        return XH_E_OK;
    }
    line->has_previous = true;
    line->previous = llround(thousandths);
    if (line->previous > 0) {
        line->change_percent = 100.0 * (double)(line->measured - line->previous) /
                               (double)line->previous;
    }
    bool has_come = line->previous <= 0 && line->measured > 0;
    line->is_unusual = has_come || fabs(line->change_percent) >= UNUSUAL_PERCENT;
    return XH_E_OK;
}

static int measure_line(struct page *p, struct xh__run *run, struct xh__run_line *line,
                        struct xh_err *err)
{
    struct xh_err own = {0};
    const struct xh_series *series;
    int code = xh_series_get_id(&p->ctx, line->series_id, &series, err);
    if (code < 0) {
        return code;
    }
    struct xh__bill bill = {
        .ctx = &p->ctx, .series = series, .day_from = run->day_from, .day_to = run->day_to,
    };
    code = measure_bill(&bill, run, line, &own);
    code = code < 0 ? code : measure_previous(&p->ctx, run, line, &own);
    xh_series_put(series);
    if (is_own_fault(code) && line->role == XH__RUN_TENANT) {
        note_problem(run, line, &own);
        return XH_E_OK;
    }
    if (code < 0 && err != NULL) {
        *err = own;
    }
    return code;
}

int xh__run_measure(struct xh__run *run, struct xh_err *err)
{
    struct page p;
    int code = XH_E_OK;
    page_begin(&p, run);
    for (size_t i = 0; code >= 0 && i < run->line_count; i++) {
        code = measure_line(&p, run, &run->lines[i], err);
        code = code < 0 ? code : check_stop(run, err);
        page_next(&p);
        tell(run, i + 1, 2 * run->line_count);
    }
    page_end(&p);
    return code;
}

/* ---- what it costs ---- */

static int price_line(struct page *p, struct xh__run *run, struct xh__run_line *line,
                      struct xh_err *err)
{
    struct xh__bill_share share = {
        .run_id = run->id,
        .common = xh__run_dec(line->share_common),
        .losses = xh__run_dec(line->share_losses),
    };
    const struct xh_series *series;
    struct xh_record bill;
    struct xh_err own = {0};
    int code = xh_series_get_id(&p->ctx, line->series_id, &series, err);
    if (code < 0) {
        return code;
    }
    code = xh__bill_preview_shared(&p->ctx, series, line->tariff, run->day_from, run->day_to,
                                   &share, &bill, &own);
    xh_series_put(series);
    if (code >= 0 && run->currency.len == 0) {
        run->currency = xh_arena_str(run->ctx->arena, xh_doc_text(bill.doc, "currency"));
    }
    if (code >= 0 && !xh_str_equal(run->currency, xh_doc_text(bill.doc, "currency"))) {
        code = xh_err_set(&own, XH_E_INVALID, "its tariff is in another currency than the others");
    }
    if (is_own_fault(code)) {
        note_problem(run, line, &own);
        return XH_E_OK;
    }
    if (code < 0) {
        return err != NULL ? (*err = own, code) : code;
    }
    line->net_minor = xh_doc_int(bill.doc, "net");
    line->tax_minor = xh_doc_int(bill.doc, "tax");
    line->total_minor = xh_doc_int(bill.doc, "total");
    return XH_E_OK;
}

static void count_line(struct xh__run *run, const struct xh__run_line *line)
{
    run->incomplete_count += (line->flags & XH_AMOUNT_INCOMPLETE) != 0;
    run->unusual_count += line->is_unusual;
    run->is_simulated = run->is_simulated || (line->flags & XH_AMOUNT_SIMULATED) != 0;
    run->problem_count += line->problem_en.len > 0;
    if (line->role == XH__RUN_TENANT && line->problem_en.len == 0) {
        run->bill_count++;
        run->net_minor += line->net_minor;
        run->tax_minor += line->tax_minor;
        run->total_minor += line->total_minor;
    }
}

int xh__run_price(struct xh__run *run, struct xh_err *err)
{
    struct page p;
    int code = XH_E_OK;
    page_begin(&p, run);
    for (size_t i = 0; code >= 0 && i < run->line_count; i++) {
        struct xh__run_line *line = &run->lines[i];
        if (line->role == XH__RUN_TENANT && line->problem_en.len == 0) {
            code = price_line(&p, run, line, err);
            page_next(&p);
        }
        code = code < 0 ? code : check_stop(run, err);
        count_line(run, line);
        tell(run, run->line_count + i + 1, 2 * run->line_count);
    }
    page_end(&p);
    return code;
}
