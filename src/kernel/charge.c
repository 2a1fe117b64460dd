/* charge.c: one bill: input checked, period cut, components charged, sums made.
 *
 *   xh_charge
 *     check_in           what is given makes sense
 *     xh__charge_months  how many months the period has       charge_segment.c
 *     xh__charge_cut     days on which a price changes        charge_segment.c
 *     xh__charge_share_usage  what was used between them      charge_segment.c
 *     xh__charge_component    lines, one component at a time  charge_component.c
 *     sum_up             net, tax, total; rounded once, at the end
 *
 * Exactness: amounts are decimals and nothing is rounded but shares by days (charge_segment.c),
 * components that say so, and the payable total.
 */
#include "base/num.h"
#include "kernel/charge_internal.h"

static int no_room(struct xh_charge_run *run)
{
    return xh_err_set(run->err, XH_E_INVALID,
                      "an amount of tariff '%s' has more digits than fit (38, 18 of them decimals)",
                      run->in->tariff->code);
}

int xh__charge_add(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    return xh_dec_add(a, b, ret) < 0 ? no_room(run) : 0;
}

int xh__charge_sub(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    return xh_dec_sub(a, b, ret) < 0 ? no_room(run) : 0;
}

int xh__charge_mul(struct xh_charge_run *run, struct xh_dec a, struct xh_dec b, struct xh_dec *ret)
{
    return xh_dec_mul(a, b, ret) < 0 ? no_room(run) : 0;
}

int xh__charge_share(struct xh_charge_run *run, struct xh_dec a, int32_t part, int32_t whole,
                     int decimals, struct xh_dec *ret)
{
    struct xh_dec product;
    int code = xh__charge_mul(run, a, xh_dec_int(part), &product);
    if (code == 0 &&
        xh_dec_div(product, xh_dec_int(whole), decimals, XH_ROUND_HALF_UP, &product) < 0) {
        code = no_room(run);
    }
    if (code == 0) {
        *ret = xh_dec_trim(product);
    }
    return code;
}

/* ---- input ---- */

static int check_period(const struct xh_charge_in *in, struct xh_err *err)
{
    int64_t days = (int64_t)in->day_to - in->day_from;
    char text[XH_NUM_TEXT_BYTES];
    if (days >= 1 && days <= XH_CHARGE_DAYS_MAX) {
        return 0;
    }
    struct xh_str value = {text, xh_int_print(days, text)};
    return xh_err_field(err, XH_E_INVALID, "period", value, "1 to 366", "days",
                        "a bill of tariff '%s' covers 1 to %d days, not %s", in->tariff->code,
                        XH_CHARGE_DAYS_MAX, text);
}

static int check_heads(const struct xh_charge_in *in, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    if (in->heads >= 0 && in->heads <= XH_CHARGE_HEADS_MAX) {
        return 0;
    }
    struct xh_str value = {text, xh_int_print(in->heads, text)};
    return xh_err_field(err, XH_E_INVALID, "heads", value, "0 to 100000", in->tariff->head_en,
                        "heads is %s, it must be 0 to %d", text, XH_CHARGE_HEADS_MAX);
}

static int check_usage(const struct xh_charge_in *in, const struct xh_usage *usage,
                       struct xh_err *err)
{
    char text[XH_DEC_TEXT_BYTES];
    struct xh_str value = {text, xh_dec_print(usage->quantity, text)};
    if (xh_dec_is_negative(usage->quantity)) {
        return xh_err_field(err, XH_E_INVALID, "quantity", value, "0 or more", in->tariff->unit,
                            "the quantity is %s %s, it must be 0 or more", text, in->tariff->unit);
    }
    if (xh_dec_trim(usage->quantity).scale > XH_CHARGE_DECIMALS_MAX) {
        return xh_err_field(err, XH_E_INVALID, "quantity", value, "9 decimals", in->tariff->unit,
                            "the quantity is %s %s, it may have at most %d decimals", text,
                            in->tariff->unit, XH_CHARGE_DECIMALS_MAX);
    }
    if (usage->day_from < in->day_from || usage->day_to > in->day_to ||
        usage->day_from >= usage->day_to) {
        return xh_err_set(err, XH_E_INVALID, "usage lies outside the period of the bill");
    }
    return 0;
}

static int check_in(const struct xh_charge_in *in, struct xh_err *err)
{
    int code = check_period(in, err);
    if (code == 0) {
        code = check_heads(in, err);
    }
    for (size_t i = 0; i < in->usage_count && code == 0; i++) {
        code = check_usage(in, &in->usage[i], err);
    }
    return code;
}

/* ---- output ---- */

static int sum_lines(struct xh_charge_run *run, struct xh_charge *charge)
{
    charge->net = charge->tax = charge->quantity = xh_dec_int(0);
    for (size_t i = 0; i < run->line_count; i++) {
        const struct xh_charge_line *line = &run->lines[i];
        struct xh_dec *sum = line->component->is_tax ? &charge->tax : &charge->net;
        int code = xh__charge_add(run, *sum, line->amount, sum);
        if (code < 0) {
            return code;
        }
        charge->has_partial_rows |= line->row->verified != XH_VERIFIED_YES;
        charge->has_disputed_rows |= line->row->is_disputed;
    }
    for (size_t i = 0; i < run->in->usage_count; i++) {
        int code = xh__charge_add(run, charge->quantity, run->in->usage[i].quantity,
                                  &charge->quantity);
        if (code < 0) {
            return code;
        }
    }
    return xh__charge_add(run, charge->net, charge->tax, &charge->total);
}

static int to_minor(struct xh_charge_run *run, struct xh_dec amount, int64_t *ret_minor)
{
    const struct xh_tariff *tariff = run->in->tariff;
    struct xh_dec rounded;
    if (xh_dec_round(amount, tariff->minor_digits, tariff->total_rounding, &rounded) < 0 ||
        xh_dec_to_minor(rounded, tariff->minor_digits, ret_minor) < 0) {
        return no_room(run);
    }
    return 0;
}

static int sum_up(struct xh_charge_run *run, struct xh_charge *ret)
{
    struct xh_charge charge = {.lines = run->lines, .line_count = run->line_count};
    int code = sum_lines(run, &charge);
    if (code == 0) {
        code = to_minor(run, charge.net, &charge.net_minor);
    }
    if (code == 0) {
        code = to_minor(run, charge.total, &charge.total_minor);
    }
    if (code < 0) {
        return code;
    }
    charge.tax_minor = charge.total_minor - charge.net_minor;
    charge.quantity = xh_dec_trim(charge.quantity);
    charge.net = xh_dec_trim(charge.net);
    charge.tax = xh_dec_trim(charge.tax);
    charge.total = xh_dec_trim(charge.total);
    *ret = charge;
    return 0;
}

int xh_charge(const struct xh_charge_in *in, struct xh_arena *arena, struct xh_charge *ret,
              struct xh_err *err)
{
    struct xh_charge_run run = {.in = in, .arena = arena, .err = err,
                                .heads = xh_dec_int(in->heads > 0 ? in->heads : 1)};
    int code = check_in(in, err);
    if (code == 0) {
        xh__charge_months(&run);
        code = xh__charge_cut(&run);
    }
    if (code == 0) {
        code = xh__charge_share_usage(&run);
    }
    for (size_t i = 0; i < in->tariff->component_count && code == 0; i++) {
        code = xh__charge_component(&run, &in->tariff->components[i]);
    }
    return code < 0 ? code : sum_up(&run, ret);
}

/* ---- bands ---- */

static bool covers(const struct xh_dated *row, int weekday, int minute)
{
    return (row->weekdays >> (weekday - 1) & 1) && row->minute_from <= minute &&
           minute < row->minute_to;
}

/* The first day on which a variant has rows at all, or `day` when it has none. */
static int32_t first_day(const struct xh_dated_set *rows, struct xh_str key, struct xh_str variant,
                         int32_t day)
{
    int32_t days[1];
    return xh_dated_changes(rows, "hours", key, variant, day, XH_DAY_OPEN_END, days, 1) > 0
               ? days[0]
               : day;
}

int xh_charge_band(const struct xh_dated_set *rows, struct xh_str hours_key, struct xh_str variant,
                   int32_t day, int minute_of_day, const struct xh_dated **ret_row,
                   struct xh_err *err)
{
    const struct xh_dated *found[XH_CHARGE_ROWS_MAX];
    size_t count = xh_dated_all_on(rows, "hours", hours_key, variant, day, found,
                                   XH_CHARGE_ROWS_MAX);
    char text[XH_TIME_TEXT_BYTES];
    if (count == 0 && variant.len > 0) {
        count = xh_dated_all_on(rows, "hours", hours_key, variant,
                                first_day(rows, hours_key, variant, day), found,
                                XH_CHARGE_ROWS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        if (covers(found[i], xh_day_weekday(day), minute_of_day)) {
            *ret_row = found[i];
            return 0;
        }
    }
    xh_day_print(day, text);
    return xh_err_set(err, XH_E_NOT_FOUND, "no hours '%.*s'%s%.*s cover %02d:%02d on %s",
                      XH_STR_ARG(hours_key), variant.len > 0 ? " of variant " : "",
                      XH_STR_ARG(variant), minute_of_day / 60, minute_of_day % 60, text);
}
