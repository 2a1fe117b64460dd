/* charge_segment.c: a period of any length, in which prices change.
 *
 * The rule is the one that Vietnam's power companies publish for their customers for a month in
 * which the price changes (Central Power Corporation, "Tính tiền trong tháng đổi giá", under
 * Circular 16/2014/TT-BCT). With T the days between the two readings, Nc and Nm those of the old
 * and the new price, S the kWh of the whole period, Mq a tier's width in the price list and h the
 * households behind the meter:
 *
 *     kWh at the old price  = S / T x Nc, unless the meter was read on the day of the change
 *     kWh at the new price  = S - kWh at the old price
 *     width of a tier       = Mq / T x Nc x h under the old prices, Mq / T x Nm x h under the
 *                             new, "rounded arithmetically", that is half up, to whole kWh
 *
 * For the tiers T is there the calendar days of the month before: the same number, for a period
 * that runs from a day of one month to that day of the next. For other periods the same thought
 * gives Mq x months: whole months by date count whole, a month begun counts N / T of its days, as
 * it does for a customer who begins or ends within a month; and it is rounded once, in the end. The
 * text read was a public copy of that page; the circular's own annex was not at hand. It says
 * nothing of rounding the quantity at the old price: meters show whole kWh, so here it is rounded
 * like the widths (xh_tariff.share_decimals), and the last segment takes what is left, so that
 * nothing is lost. No such rule was found for water: its tariffs keep six decimals, of limits as of
 * quantities.
 */
#include "kernel/charge_internal.h"

#include <string.h>

/* The first days of a year's cuts; more changes than days cannot be. */
enum { CHANGES_MAX = XH_CHARGE_DAYS_MAX };

int32_t xh__charge_segment_days(const struct xh_charge_run *run, size_t segment)
{
    return run->cuts[segment + 1] - run->cuts[segment];
}

int32_t xh__charge_period_days(const struct xh_charge_run *run)
{
    return run->in->day_to - run->in->day_from;
}

/* A month after a month: the same day, or the month's last where it has no such day. */
static int32_t month_later(int32_t day, int32_t months)
{
    int year, month, of_month;
    xh_day_to_civil(day, &year, &month, &of_month);
    year += (month - 1 + months) / 12;
    month = (month - 1 + months) % 12 + 1;
    int last = xh_month_days(year, month);
    return xh_day_from_civil(year, month, of_month < last ? of_month : last);
}

void xh__charge_months(struct xh_charge_run *run)
{
    int32_t from = run->in->day_from, to = run->in->day_to;
    run->months = 0;
    while (month_later(from, run->months + 1) <= to) {
        run->months++;
    }
    int32_t begun = month_later(from, run->months);
    run->days = to - begun;
    run->month_days = month_later(from, run->months + 1) - begun;
}

static int times(struct xh_charge_run *run, struct xh_dec a, int32_t part, int32_t whole,
                 int decimals, struct xh_dec *ret)
{
    if (part % whole == 0) {
        return xh__charge_mul(run, a, xh_dec_int(part / whole), ret);
    }
    return xh__charge_share(run, a, part, whole, decimals, ret);
}

int xh__charge_times_months(struct xh_charge_run *run, struct xh_dec a, int decimals,
                            struct xh_dec *ret)
{
    return times(run, a, run->months * run->month_days + run->days, run->month_days, decimals, ret);
}

int xh__charge_share_month(struct xh_charge_run *run, struct xh_dec a, size_t segment, int decimals,
                           struct xh_dec *ret)
{
    return times(run, a,
                 (run->months * run->month_days + run->days) *
                     xh__charge_segment_days(run, segment),
                 run->month_days * xh__charge_period_days(run), decimals, ret);
}

static struct xh_str key_of(const struct xh_charge_component *component)
{
    return xh_str_from(component->key);
}

static const char *table_of(const struct xh_charge_component *component)
{
    return component->kind == XH_CHARGE_PERCENT ? "percent" : "price";
}

/* Blocks and bands take all rows of their key, the others one item. */
static bool takes_item(const struct xh_charge_component *component, const struct xh_dated *row)
{
    return !component->item || xh_str_is(row->item, component->item);
}

static size_t rows_on(const struct xh_charge_run *run, const struct xh_charge_component *component,
                      int32_t day, const struct xh_dated **ret_rows)
{
    size_t count = xh_dated_all_on(run->in->rows, table_of(component), key_of(component),
                                   xh_str_from(component->variant), day, ret_rows,
                                   XH_CHARGE_ROWS_MAX);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (takes_item(component, ret_rows[i])) {
            ret_rows[kept++] = ret_rows[i];
        }
    }
    return kept;
}

int xh__charge_rows(struct xh_charge_run *run, const struct xh_charge_component *component,
                    int32_t day, const struct xh_dated **ret_rows, size_t *ret_count)
{
    char text[XH_TIME_TEXT_BYTES];
    size_t count = rows_on(run, component, day, ret_rows);
    if (count == 0) {
        xh_day_print(day, text);
        return xh_err_set(run->err, XH_E_NOT_FOUND,
                          "tariff '%s': no %s row of '%s'%s%s is in force on %s",
                          run->in->tariff->code, table_of(component), component->key,
                          component->item ? ", item " : "", component->item ? component->item : "",
                          text);
    }
    if (count == XH_CHARGE_ROWS_MAX) {
        return xh_err_set(run->err, XH_E_INVALID, "tariff '%s': '%s' has more than %d rows a day",
                          run->in->tariff->code, component->key, XH_CHARGE_ROWS_MAX - 1);
    }
    *ret_count = count;
    return 0;
}

static bool is_same_price(const struct xh_dated *a, const struct xh_dated *b)
{
    return xh_str_equal(a->item, b->item) && xh_dec_compare(a->value, b->value) == 0 &&
           xh_dec_compare(a->quantity_from, b->quantity_from) == 0 &&
           a->has_quantity_to == b->has_quantity_to &&
           (!a->has_quantity_to || xh_dec_compare(a->quantity_to, b->quantity_to) == 0);
}

/* Whether the bill comes out differently on either side of midnight before `day`. */
static bool is_change(const struct xh_charge_run *run, const struct xh_charge_component *component,
                      int32_t day)
{
    const struct xh_dated *before[XH_CHARGE_ROWS_MAX], *after[XH_CHARGE_ROWS_MAX];
    size_t count = rows_on(run, component, day - 1, before);
    if (rows_on(run, component, day, after) != count) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_same_price(before[i], after[i])) {
            return true;
        }
    }
    return false;
}

static void insert_cut(struct xh_charge_run *run, int32_t day)
{
    size_t at = run->segment_count; /* cuts[segment_count] is the period's end */

    for (size_t i = 0; i < run->segment_count; i++) {
        if (run->cuts[i] == day) {
            return;
        }
    }
    while (run->cuts[at - 1] > day) {
        at--;
    }
    memmove(&run->cuts[at + 1], &run->cuts[at],
            (run->segment_count + 1 - at) * sizeof run->cuts[0]);
    run->cuts[at] = day;
    run->segment_count++;
}

int xh__charge_cut(struct xh_charge_run *run)
{
    const struct xh_tariff *tariff = run->in->tariff;
    size_t days = (size_t)xh__charge_period_days(run);
    int32_t changes[CHANGES_MAX];
    run->cuts = XH_NEW_ARRAY(run->arena, int32_t, days + 2);
    run->cuts[0] = run->in->day_from;
    run->cuts[1] = run->in->day_to;
    run->segment_count = 1;
    for (size_t i = 0; i < tariff->component_count; i++) {
        const struct xh_charge_component *component = &tariff->components[i];
        if (component->is_tax) {
            continue;
        }
        size_t count = xh_dated_changes(run->in->rows, table_of(component), key_of(component),
                                        xh_str_from(component->variant), run->in->day_from,
                                        run->in->day_to, changes, CHANGES_MAX);
        for (size_t c = 0; c < count; c++) {
            if (is_change(run, component, changes[c])) {
                insert_cut(run, changes[c]);
            }
        }
    }
    return 0;
}

static int32_t overlap_days(const struct xh_usage *usage, int32_t from, int32_t to)
{
    int32_t first = usage->day_from > from ? usage->day_from : from;
    int32_t last = usage->day_to < to ? usage->day_to : to;
    return last > first ? last - first : 0;
}

/* Shares one item over the segments it covers. What is rounded is the sum so far, so that no share
 * is ever negative and the shares make up the whole. */
static int share_item(struct xh_charge_run *run, size_t item)
{
    const struct xh_usage *usage = &run->in->usage[item];
    struct xh_dec *quantities = &run->quantities[item * run->segment_count];
    int32_t whole = usage->day_to - usage->day_from, so_far = 0;
    struct xh_dec given = xh_dec_int(0);
    for (size_t s = 0; s < run->segment_count; s++) {
        int32_t days = overlap_days(usage, run->cuts[s], run->cuts[s + 1]);
        struct xh_dec sum = usage->quantity;
        int code = 0;
        quantities[s] = xh_dec_int(0);
        if (days == 0) {
            continue;
        }
        so_far += days;
        if (so_far < whole) {
            code = xh__charge_share(run, usage->quantity, so_far, whole,
                                    run->in->tariff->share_decimals, &sum);
            sum = xh_dec_min(sum, usage->quantity);
        }
        if (code == 0) {
            code = xh__charge_sub(run, sum, given, &quantities[s]);
        }
        if (code < 0) {
            return code;
        }
        given = sum;
        run->is_shared[item] = run->is_shared[item] || days < whole;
    }
    return 0;
}

int xh__charge_share_usage(struct xh_charge_run *run)
{
    size_t count = run->in->usage_count;
    int code = 0;
    run->quantities = XH_NEW_ARRAY(run->arena, struct xh_dec, count * run->segment_count + 1);
    run->is_shared = XH_NEW_ARRAY(run->arena, bool, count + 1);
    for (size_t i = 0; i < count && code == 0; i++) {
        code = share_item(run, i);
    }
    return code;
}
