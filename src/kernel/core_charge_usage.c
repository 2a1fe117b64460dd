/* core_charge_usage.c: usage from a quantity, from bands, or from a flat load in a shift. */
#include "base/num.h"
#include "kernel/core_charge_internal.h"

#include <string.h>

enum { DAY_MINUTES = 1440, SUNDAY = 7, BANDS_MAX = 16 };

static const struct {
    const char *field;
    struct xh_str band;
} bands[] = {
    {"peak", {"peak", 4}},
    {"normal", {"normal", 6}},
    {"off_peak", {"off-peak", 8}},
};

static struct xh_usage *add_usage(struct xh_charge_ask *ask, int32_t from, int32_t to,
                                  struct xh_str band, struct xh_dec quantity)
{
    ask->usage = xh_arena_grow(ask->arena, ask->usage, &ask->usage_capacity, ask->usage_count + 1,
                               sizeof *ask->usage);
    struct xh_usage *usage = &ask->usage[ask->usage_count++];
    *usage = (struct xh_usage){from, to, band, quantity};
    return usage;
}

static void note_hours_row(struct xh_charge_ask *ask, const struct xh_dated *row)
{
    for (size_t i = 0; i < ask->hours_row_count; i++) {
        if (ask->hours_rows[i] == row) {
            return;
        }
    }
    ask->hours_rows = xh_arena_grow(ask->arena, ask->hours_rows, &ask->hours_row_capacity,
                                    ask->hours_row_count + 1, sizeof *ask->hours_rows);
    ask->hours_rows[ask->hours_row_count++] = row;
}

/* ---- a load ---- */

/* "08:00" to 480; 24:00 is allowed as an end. */
static int parse_clock(struct xh_charge_ask *ask, const char *field, const char *usual,
                       int *ret_minute)
{
    struct xh_str text = xh_doc_text(ask->doc, field);
    int64_t hour = 0, minute = 0;
    if (text.len == 0) {
        text = xh_str_from(usual);
    }
    if (text.len == 5 && text.ptr[2] == ':' && xh_int_parse(xh_str_sub(text, 0, 2), &hour) == 0 &&
        xh_int_parse(xh_str_sub(text, 3, 2), &minute) == 0 && hour >= 0 && minute >= 0 &&
        minute < 60 && hour * 60 + minute <= DAY_MINUTES) {
        *ret_minute = (int)(hour * 60 + minute);
        return 0;
    }
    return xh_err_field(ask->err, XH_E_INVALID, field, text, "00:00 to 24:00", NULL,
                        "%s is '%.*s', it must be a clock time as 08:00", field, XH_STR_ARG(text));
}

/* Minutes of one day by band: the bands met so far, in their order. */
struct tally {
    struct xh_str bands[BANDS_MAX];
    int minutes[BANDS_MAX];
    size_t count;
};

static void tally_add(struct tally *tally, struct xh_str band, int minutes)
{
    size_t i = 0;
    while (i < tally->count && !xh_str_equal(tally->bands[i], band)) {
        i++;
    }
    if (i == BANDS_MAX) {
        return; /* no set of hours has so many bands: the rows are three words */
    }
    if (i == tally->count) {
        tally->bands[tally->count++] = band;
    }
    tally->minutes[i] += minutes;
}

/* The stretch [from, to) of one day, cut where the band changes. */
static int tally_day(struct xh_charge_ask *ask, int32_t day, int from, int to, struct tally *tally)
{
    if (!ask->tariff->hours_key) {
        tally_add(tally, xh_str_from(NULL), to - from);
        return 0;
    }
    while (from < to) {
        const struct xh_dated *row = NULL;
        int code = xh_charge_band(&ask->rows, xh_str_from(ask->tariff->hours_key),
                                  ask->hours_variant, day, from, &row, ask->err);
        if (code < 0) {
            return code;
        }
        int end = row->minute_to < to ? row->minute_to : to;
        note_hours_row(ask, row);
        tally_add(tally, row->item, end - from);
        from = end;
    }
    return 0;
}

static int add_load_of_day(struct xh_charge_ask *ask, struct xh_dec load_kw, int32_t day, int from,
                           int to)
{
    struct tally tally = {.count = 0};
    int code = day < ask->day_to ? tally_day(ask, day, from, to, &tally) : 0;
    for (size_t i = 0; i < tally.count && code == 0; i++) {
        struct xh_dec energy;
        if (xh_dec_mul(load_kw, xh_dec_int(tally.minutes[i]), &energy) < 0 ||
            xh_dec_div(energy, xh_dec_int(60), XH_CHARGE_DECIMALS_MAX, XH_ROUND_HALF_UP, &energy) <
                0) {
            code = xh_err_set(ask->err, XH_E_INVALID, "load_kw has too many digits");
        } else {
            add_usage(ask, day, day + 1, tally.bands[i], xh_dec_trim(energy));
        }
    }
    return code;
}

static int check_days(struct xh_charge_ask *ask, int64_t days, int64_t working_days)
{
    char text[XH_NUM_TEXT_BYTES], limit[XH_NUM_TEXT_BYTES];
    if (days >= 1 && days <= working_days) {
        return 0;
    }
    struct xh_str value = {text, xh_int_print(days, text)};
    xh_int_print(working_days, limit);
    return xh_err_field(ask->err, XH_E_INVALID, "days", value, limit, "d",
                        "days is %s, the period has %s working days", text, limit);
}

static int64_t count_working_days(const struct xh_charge_ask *ask)
{
    int64_t count = 0;
    for (int32_t day = ask->day_from; day < ask->day_to; day++) {
        count += xh_day_weekday(day) != SUNDAY;
    }
    return count;
}

static int usage_from_load(struct xh_charge_ask *ask)
{
    struct xh_dec load_kw = xh_doc_dec(ask->doc, "load_kw");
    int64_t left = count_working_days(ask);
    int from = 0, to = 0;
    int code = parse_clock(ask, "shift_from", "08:00", &from);
    if (code == 0) {
        code = parse_clock(ask, "shift_to", "17:00", &to);
    }
    if (code == 0 && !xh_doc_is_null(ask->doc, "days")) {
        code = check_days(ask, xh_doc_int(ask->doc, "days"), left);
        left = xh_doc_int(ask->doc, "days");
    }
    for (int32_t day = ask->day_from; day < ask->day_to && left > 0 && code == 0; day++) {
        if (xh_day_weekday(day) == SUNDAY) {
            continue;
        }
        left--;
        code = add_load_of_day(ask, load_kw, day, from, to > from ? to : DAY_MINUTES);
        if (code == 0 && to <= from) {
            code = add_load_of_day(ask, load_kw, day + 1, 0, to);
        }
    }
    return code;
}

/* ---- quantities ---- */

static bool has_bands(const struct xh_charge_ask *ask)
{
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
        if (!xh_doc_is_null(ask->doc, bands[i].field)) {
            return true;
        }
    }
    return false;
}

static int usage_from_bands(struct xh_charge_ask *ask)
{
    for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++) {
        if (!xh_doc_is_null(ask->doc, bands[i].field)) {
            add_usage(ask, ask->day_from, ask->day_to, bands[i].band,
                      xh_doc_dec(ask->doc, bands[i].field));
        }
    }
    return 0;
}

static int usage_from_quantity(struct xh_charge_ask *ask)
{
    ask->is_all_normal = ask->tariff->hours_key != NULL;
    add_usage(ask, ask->day_from, ask->day_to,
              ask->is_all_normal ? XH_STR("normal") : xh_str_from(NULL),
              xh_doc_dec(ask->doc, "quantity"));
    return 0;
}

int xh__charge_ask_usage(struct xh_charge_ask *ask)
{
    bool has_quantity = !xh_doc_is_null(ask->doc, "quantity");
    bool has_load = !xh_doc_is_null(ask->doc, "load_kw");
    if (has_quantity + has_load + has_bands(ask) != 1) {
        return xh_err_field(ask->err, XH_E_INVALID, "quantity", xh_str_from(NULL),
                            "one of quantity, bands, load_kw", ask->tariff->unit,
                            "give a quantity, or peak, normal and off_peak, or load_kw: just one "
                            "of them");
    }
    if (has_load) {
        return usage_from_load(ask);
    }
    return has_quantity ? usage_from_quantity(ask) : usage_from_bands(ask);
}
