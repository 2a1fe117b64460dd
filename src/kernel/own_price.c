/* own_price.c: bills computed again with the tariffs that there are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/own_internal.h"
#include "kernel/shape.h"

enum { CHOICE_BILLS_MAX = 36 };
#define NEAR_ENOUGH 0.25 /* mean difference, of the amount, of a tariff that is taken for its own */

static size_t usage_of(const struct xh_own_bill *bill, const struct xh_tariff *tariff,
                       struct xh_usage usage[3])
{
    const struct xh_str bands[3] = {XH_STR("peak"), XH_STR("normal"), XH_STR("off-peak")};
    const struct xh_dec amounts[3] = {bill->peak, bill->normal, bill->off_peak};
    if (!tariff->hours_key || !bill->has_bands) {
        usage[0] = (struct xh_usage){bill->day_from, bill->day_to,
                                     tariff->hours_key ? bands[1] : xh_str_from(NULL),
                                     bill->quantity};
        return 1;
    }
    for (size_t i = 0; i < 3; i++) {
        usage[i] = (struct xh_usage){bill->day_from, bill->day_to, bands[i], amounts[i]};
    }
    return 3;
}

void xh__own_price(const struct xh_own_find_in *in, const struct xh_own_bill *bill,
                   const struct xh_tariff *tariff, struct xh_arena *arena,
                   struct xh__own_priced *ret)
{
    struct xh_usage usage[3];
    *ret = (struct xh__own_priced){.is_good = false};
    if (!tariff || !bill->has_quantity || !xh_str_is(bill->unit, tariff->unit)) {
        return;
    }
    const struct xh_charge_in charge_in = {
        .tariff = tariff,
        .rows = in->rows,
        .day_from = bill->day_from,
        .day_to = bill->day_to,
        .usage = usage,
        .usage_count = usage_of(bill, tariff, usage),
    };
    int code = xh_charge(&charge_in, arena, &ret->charge, NULL);
    ret->is_good = code == 0;
    ret->is_price_missing = code == XH_E_NOT_FOUND;
}

struct xh_own_checked xh__own_check(const struct xh_own_bill *bill,
                                    const struct xh__own_priced *priced)
{
    struct xh_own_checked checked = {XH_OWN_UNCHECKED, 0};
    if (!bill->has_amount || !xh_str_is(bill->currency, "VND")) {
        return checked;
    }
    if (!priced->is_good) {
        checked.check = priced->is_price_missing ? XH_OWN_NO_PRICE : XH_OWN_UNCHECKED;
        return checked;
    }
    /* Net and tax of a bill may each be rounded: a dong more or less is the same amount. */
    int64_t step = bill->amount_step_minor > 2 ? bill->amount_step_minor / 2 : 1;
    checked.computed_minor = bill->is_net ? priced->charge.net_minor : priced->charge.total_minor;
    if (llabs(checked.computed_minor - bill->amount_minor) <= step) {
        checked.check = XH_OWN_EQUAL;
    } else if (llabs(priced->charge.net_minor - bill->amount_minor) <= step) {
        checked.check = XH_OWN_EQUAL_NET;
    } else {
        checked.check = XH_OWN_DIFFERS;
    }
    return checked;
}

/* Of the medium, in force and of this country: those with a note are told to compare with. */
static bool is_candidate(const struct xh_tariff *tariff, enum xh_own_medium medium, bool has_bands)
{
    const char *quantity = xh_own_medium_quantity(medium);
    return quantity && tariff->quantity && strcmp(tariff->quantity, quantity) == 0 &&
           strcmp(tariff->currency, "VND") == 0 && !tariff->document_note_en &&
           (!tariff->hours_key || has_bands);
}

static bool has_any_bands(const struct xh_own_read *read, enum xh_own_medium medium)
{
    for (size_t i = 0; i < read->bill_count; i++) {
        if (read->bills[i].medium == medium && read->bills[i].has_bands) {
            return true;
        }
    }
    return false;
}

/* How well a tariff explains the latest bills: how many exactly, and the mean difference. */
static size_t score_of(const struct xh_own_find_in *in, const struct xh_tariff *tariff,
                       enum xh_own_medium medium, double *ret_mean)
{
    struct xh_arena *arena = xh_arena_create("tariff tried");
    size_t equal = 0, count = 0;
    double sum = 0;
    for (size_t i = in->read->bill_count; i-- > 0 && count < CHOICE_BILLS_MAX;) {
        const struct xh_own_bill *bill = &in->read->bills[i];
        struct xh__own_priced priced;
        if (bill->medium != medium || !bill->has_amount || bill->amount_minor == 0) {
            continue;
        }
        xh__own_price(in, bill, tariff, arena, &priced);
        struct xh_own_checked checked = xh__own_check(bill, &priced);
        if (checked.check != XH_OWN_UNCHECKED && checked.check != XH_OWN_NO_PRICE) {
            bool is_net = checked.check == XH_OWN_EQUAL_NET;
            double diff = (double)(checked.computed_minor - bill->amount_minor);
            equal += checked.check == XH_OWN_EQUAL || is_net;
            sum += is_net ? 0 : fabs(diff) / (double)bill->amount_minor;
            count++;
        }
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
    *ret_mean = count > 0 ? sum / (double)count : 1;
    return equal;
}

static int said_tariff(const struct xh_own_find_in *in, enum xh_own_medium medium,
                       struct xh_own_found *found, struct xh_err *err)
{
    const char *quantity = xh_own_medium_quantity(medium);
    for (size_t i = 0; i < in->tariff_count; i++) {
        const struct xh_tariff *tariff = in->tariffs[i];
        if (xh_str_is(in->tariff[medium], tariff->code) && quantity && tariff->quantity &&
            strcmp(tariff->quantity, quantity) == 0) {
            found->tariff[medium] = tariff;
            found->is_tariff_told[medium] = true;
            return XH_E_OK;
        }
    }
    return xh_err_field(err, XH_E_NOT_FOUND, "tariff", in->tariff[medium], quantity, NULL,
                        "there is no tariff '%.*s' of %s",
                        XH_STR_ARG(xh_str_sub(in->tariff[medium], 0, 80)),
                        xh_own_medium_label(medium, false));
}

int xh__own_choose_tariff(const struct xh_own_find_in *in, enum xh_own_medium medium,
                          struct xh_own_found *found, struct xh_err *err)
{
    bool has_bands = has_any_bands(in->read, medium);
    size_t best_equal = 0;
    double best_mean = NEAR_ENOUGH;
    if (in->tariff[medium].len > 0) {
        return said_tariff(in, medium, found, err);
    }
    for (size_t i = 0; i < in->tariff_count; i++) {
        double mean;
        if (!is_candidate(in->tariffs[i], medium, has_bands)) {
            continue;
        }
        size_t equal = score_of(in, in->tariffs[i], medium, &mean);
        if (equal > best_equal || (equal == best_equal && mean < best_mean)) {
            best_equal = equal;
            best_mean = mean;
            found->tariff[medium] = in->tariffs[i];
        }
    }
    found->is_tariff_told[medium] = best_equal > 0;
    return XH_E_OK;
}
