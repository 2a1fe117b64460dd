/* bill_usage.c: from readings to the quantities of a bill. */
#include "base/num.h"
#include "service/billing_internal.h"

enum {
    BANDS_MAX = 16,
    DAY_MINUTES = 1440,
    DECIMALS = 3,       /* of a quantity on a bill: Wh, litres */
    FINE_DECIMALS = 9   /* what lies beyond is noise of the double */
};

/* Windows of time in a row: window i is [edges[i], edges[i + 1]). */
struct windows {
    struct xh__bill *bill;
    int64_t *edges_us;
    int32_t *days;
    struct xh_str *bands;
    size_t count, edge_capacity, day_capacity, band_capacity;
};

static void add_window(struct windows *w, int32_t day, struct xh_str band, int64_t to_us)
{
    struct xh_arena *arena = w->bill->ctx->arena;
    size_t need = w->count + 1;
    w->edges_us = xh_arena_grow(arena, w->edges_us, &w->edge_capacity, need + 1,
                                sizeof *w->edges_us);
    w->days = xh_arena_grow(arena, w->days, &w->day_capacity, need, sizeof *w->days);
    w->bands = xh_arena_grow(arena, w->bands, &w->band_capacity, need, sizeof *w->bands);
    w->days[w->count] = day;
    w->bands[w->count] = band;
    w->edges_us[w->count + 1] = to_us;
    w->count++;
}

/* The instant of a minute of a local day. In an hour that clocks skip it is the end of the gap; in
 * one that occurs twice the first. */
static int64_t minute_us(const struct xh_zone *zone, int32_t day, int minute)
{
    struct xh_civil civil = {.hour = minute / 60, .minute = minute % 60};
    if (minute >= DAY_MINUTES) {
        return xh_zone_day_start_us(zone, day + 1);
    }
    xh_day_to_civil(day, &civil.year, &civil.month, &civil.day);
    return xh_zone_to_us(zone, &civil, false, NULL);
}

static int64_t clamp(int64_t at_us, int64_t low_us, int64_t high_us)
{
    return at_us < low_us ? low_us : at_us > high_us ? high_us : at_us;
}

static int add_bands(struct windows *w, int32_t day, struct xh_err *err)
{
    const struct xh__bill *bill = w->bill;
    const struct xh_zone *zone = bill->series->zone;
    struct xh_str key = xh_str_from(bill->tariff->hours_key);
    int64_t end_us = xh_zone_day_start_us(zone, day + 1);
    int minute = 0;
    while (minute < DAY_MINUTES) {
        const struct xh_dated *row = NULL;
        int code = xh_charge_band(&bill->rows, key, XH_STR(""), day, minute, &row, err);
        if (code < 0) {
            return code;
        }
        minute = row->minute_to > minute ? row->minute_to : DAY_MINUTES;
        int64_t from_us = w->edges_us[w->count];
        add_window(w, day, row->item, clamp(minute_us(zone, day, minute), from_us, end_us));
    }
    return XH_E_OK;
}

static int make_windows(struct windows *w, struct xh_err *err)
{
    const struct xh__bill *bill = w->bill;
    const struct xh_zone *zone = bill->series->zone;
    w->edges_us = xh_arena_grow(bill->ctx->arena, NULL, &w->edge_capacity, 1, sizeof *w->edges_us);
    w->edges_us[0] = xh_zone_day_start_us(zone, bill->day_from);
    for (int32_t day = bill->day_from; day < bill->day_to; day++) {
        int code = XH_E_OK;
        if (bill->tariff->hours_key == NULL) {
            add_window(w, day, XH_STR(""), xh_zone_day_start_us(zone, day + 1));
        } else {
            code = add_bands(w, day, err);
        }
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

/* ---- quantities ---- */

struct so_far {
    struct xh_str band;
    struct xh_sum sum;
    struct xh_dec given; /* what the items before make up */
};
struct tally {
    struct so_far bands[BANDS_MAX];
    size_t count;
};

static struct so_far *tally_find(struct tally *tally, struct xh_str band)
{
    for (size_t i = 0; i < tally->count; i++) {
        if (xh_str_equal(tally->bands[i].band, band)) {
            return &tally->bands[i];
        }
    }
    if (tally->count == BANDS_MAX) {
        return NULL;
    }
    tally->bands[tally->count] = (struct so_far){.band = band, .given = xh_dec_int(0)};
    return &tally->bands[tally->count++];
}

static int no_quantity(const struct xh__bill *bill, double amount, struct xh_err *err)
{
    char text[XH_NUM_TEXT_BYTES];
    struct xh_str value = {text, xh_num_print(amount, text)};
    return xh_err_field(err, XH_E_INVALID, "quantity", value, "a quantity that can be billed",
                        bill->tariff->unit,
                        "series \"%.*s\" has used %s %s in the period, which"
                        " cannot be billed",
                        XH_STR_ARG(bill->series->code), text, bill->tariff->unit);
}

/* Appends what the sum so far has grown by since it was last rounded. */
static int add_item(struct xh__bill *bill, struct so_far *band, int32_t day, double amount,
                    struct xh_err *err)
{
    struct xh_dec fine, rounded, item;
    xh_sum_add(&band->sum, amount * bill->scale);
    double sum = xh_sum_value(&band->sum);
    if (xh_dec_from_double(sum, FINE_DECIMALS, &fine, NULL) < 0 ||
        xh_dec_round(fine, DECIMALS, XH_ROUND_HALF_UP, &rounded) < 0 ||
        xh_dec_sub(rounded, band->given, &item) < 0) {
        return no_quantity(bill, sum, err);
    }
    band->given = rounded;
    bill->usage[bill->usage_count++] = (struct xh_usage){
        .day_from = day, .day_to = day + 1, .band = band->band, .quantity = xh_dec_trim(item),
    };
    return XH_E_OK;
}

/* ---- the whole ---- */

static int round_sum(const struct xh_sum *sum, struct xh_dec *ret)
{
    struct xh_dec fine;
    int code = xh_dec_from_double(xh_sum_value(sum), FINE_DECIMALS, &fine, NULL);
    return code < 0 ? code : xh_dec_round(fine, DECIMALS, XH_ROUND_HALF_UP, ret);
}

/* By how many thousandths the bands, each rounded, are off the rounded whole: a few at most. */
static int find_excess(const struct tally *tally, int64_t *ret)
{
    struct xh_sum sum = {0};
    struct xh_dec whole, given = xh_dec_int(0), off;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < tally->count; i++) {
        xh_sum_merge(&sum, &tally->bands[i].sum);
        code = xh_dec_add(given, tally->bands[i].given, &given);
    }
    code = code < 0 ? code : round_sum(&sum, &whole);
    code = code < 0 ? code : xh_dec_sub(given, whole, &off);
    return code < 0 ? code : xh_dec_to_minor(off, DECIMALS, ret);
}

/* The band that rounding moved furthest up (or down), and the last item of it that can give one
 * thousandth (or take it); NULL: there is none. */
static struct xh_usage *find_donor(const struct xh__bill *bill, struct tally *tally, bool is_up,
                                   struct so_far **ret_band)
{
    struct xh_usage *found = NULL;
    double furthest = 0;
    for (size_t i = 0; i < tally->count; i++) {
        struct so_far *band = &tally->bands[i];
        double moved = xh_dec_to_double(band->given) - xh_sum_value(&band->sum);
        moved = is_up ? moved : -moved;
        for (size_t k = bill->usage_count; k > 0 && (found == NULL || moved > furthest); k--) {
            struct xh_usage *item = &bill->usage[k - 1];
            bool can = !is_up ||
                       (!xh_dec_is_zero(item->quantity) && !xh_dec_is_negative(item->quantity));
            if (can && xh_str_equal(item->band, band->band)) {
                found = item;
                furthest = moved;
                *ret_band = band;
                break;
            }
        }
    }
    return found;
}

/* Bands are rounded one by one; what the meter shows is the whole, so they must add up to it. */
static int settle_bands(struct xh__bill *bill, struct tally *tally)
{
    int64_t excess = 0;
    int code = tally->count > 1 ? find_excess(tally, &excess) : XH_E_OK;
    while (code >= 0 && excess != 0) {
        struct so_far *band = NULL;
        struct xh_usage *item = find_donor(bill, tally, excess > 0, &band);
        struct xh_dec step = xh_dec_from_minor(excess > 0 ? -1 : 1, DECIMALS);
        if (item == NULL) {
            return XH_E_OK;
        }
        code = xh_dec_add(item->quantity, step, &item->quantity);
        code = code < 0 ? code : xh_dec_add(band->given, step, &band->given);
        item->quantity = xh_dec_trim(item->quantity);
        excess += excess > 0 ? -1 : 1;
    }
    return code;
}

static void count_flags(struct xh__bill *bill, const struct windows *w,
                        const struct xh_amount *amounts)
{
    unsigned of_day = 0;
    for (size_t i = 0; i < w->count; i++) {
        of_day |= amounts[i].flags;
        if (i + 1 < w->count && w->days[i + 1] == w->days[i]) {
            continue;
        }
        for (int bit = 0; bit < XH__BILL_FLAG_COUNT; bit++) {
            bill->flag_days[bit] += (int)(of_day >> bit & 1U);
        }
        bill->flags |= of_day;
        of_day = 0;
    }
}

/* ---- shares of a billing run ---- */

/* A share is spread as the meter's own use is; over time, where there is none. In thousandths. */
static int weigh_items(const struct xh__bill *bill, const struct windows *w, int64_t *ret_weights)
{
    int64_t sum = 0;
    for (size_t i = 0; i < w->count; i++) {
        int code = xh_dec_to_minor(bill->usage[i].quantity, DECIMALS, &ret_weights[i]);
        if (code < 0) {
            return code;
        }
        ret_weights[i] = ret_weights[i] > 0 ? ret_weights[i] : 0;
        sum += ret_weights[i];
    }
    for (size_t i = 0; sum == 0 && i < w->count; i++) {
        ret_weights[i] = w->edges_us[i + 1] - w->edges_us[i];
    }
    return XH_E_OK;
}

static int add_share(struct xh__bill *bill, const struct windows *w, struct xh_err *err)
{
    int64_t *weights = XH_NEW_ARRAY(bill->ctx->arena, int64_t, w->count);
    int64_t *shares = XH_NEW_ARRAY(bill->ctx->arena, int64_t, w->count);
    struct xh_dec sum;
    int64_t extra = 0;
    int code = xh_dec_add(bill->share->common, bill->share->losses, &sum);
    code = code < 0 ? code : xh_dec_to_minor(sum, DECIMALS, &extra);
    code = code < 0 ? code : weigh_items(bill, w, weights);
    if (code < 0 || extra < 0) {
        return xh_err_set(err, XH_E_INVALID, "the shares of series \"%.*s\" cannot be billed",
                          XH_STR_ARG(bill->series->code));
    }
    if (extra == 0) {
        return XH_E_OK;
    }
    xh__share_exactly(bill->ctx->arena, extra, weights, w->count, shares);
    for (size_t i = 0; code >= 0 && i < w->count; i++) {
        struct xh_dec *quantity = &bill->usage[i].quantity;
        code = xh_dec_add(*quantity, xh_dec_from_minor(shares[i], DECIMALS), quantity);
        *quantity = xh_dec_trim(*quantity);
    }
    return code;
}

/* ---- all ---- */

static int sum_measured(struct xh__bill *bill)
{
    bill->measured = xh_dec_int(0);
    for (size_t i = 0; i < bill->usage_count; i++) {
        int code = xh_dec_add(bill->measured, bill->usage[i].quantity, &bill->measured);
        if (code < 0) {
            return code;
        }
    }
    bill->measured = xh_dec_trim(bill->measured);
    return XH_E_OK;
}

int xh__bill_usage(struct xh__bill *bill, struct xh_err *err)
{
    struct windows w = {.bill = bill};
    struct tally tally = {.count = 0};
    int code = make_windows(&w, err);
    if (code < 0) {
        return code;
    }
    struct xh_amount *amounts = XH_NEW_ARRAY(bill->ctx->arena, struct xh_amount, w.count);
    bill->usage = XH_NEW_ARRAY(bill->ctx->arena, struct xh_usage, w.count);
    code = xh_use_edges(bill->ctx, bill->series, w.edges_us, w.count, bill->as_known_us, amounts,
                        err);
    for (size_t i = 0; code >= 0 && i < w.count; i++) {
        struct so_far *band = tally_find(&tally, w.bands[i]);
        if (band == NULL) {
            return xh_err_set(err, XH_E_INVALID, "the hours \"%s\" have more than %d bands",
                              bill->tariff->hours_key, BANDS_MAX);
        }
        code = add_item(bill, band, w.days[i], amounts[i].amount, err);
    }
    code = code < 0 ? code : settle_bands(bill, &tally);
    code = code < 0 ? code : sum_measured(bill);
    if (code >= 0) {
        count_flags(bill, &w, amounts);
    }
    return code < 0 || bill->share == NULL ? code : add_share(bill, &w, err);
}
