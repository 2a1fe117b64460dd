/* charge.h: the one engine of charges: electricity, water, waste, take-back, charging.
 *
 * A tariff is a table of components; prices are dated rows (kernel/dated.h). The engine is a pure
 * function from a tariff, rows and usage to lines, each of which says how it came about: quantity x
 * price, which block or band, which days, which row. Everything is exact decimal arithmetic;
 * rounding happens only where the tariff says so.
 *
 * Block limits and fixed amounts are for one month and count as many times as the period has
 * months: the whole months by date (from the 12th to the 12th is exactly 1; from a day that a month
 * lacks, its last day is meant), and of the month begun the days of it that lie in the period / all
 * its days. 1 May to 1 July doubles a limit; 10 days of June are 10/30 of it.
 *
 * When a price changes inside the period, the period is cut at that day: what the whole period has
 * of limits and fixed amounts is shared by days (x days of the segment / days of the period), the
 * quantity is that measured in the segment, or, when only a total is known, shared by days too, and
 * marked so. A row that takes over with the same price does not cut. charge_segment.c tells the
 * rule's source and how it rounds.
 *
 * Taxes follow the day of the meter's reading that closes the period (Circular 219/2013/TT-BTC,
 * article 8): one rate for the whole bill, that in force on its last day.
 */
#ifndef XH_KERNEL_CHARGE_H
#define XH_KERNEL_CHARGE_H

#include "kernel/dated.h"

enum xh_charge_kind {
    XH_CHARGE_BLOCKS,         /* cumulative tiers: rows of (price, key) with quantity_from/to */
    XH_CHARGE_BANDS,          /* by time of use: row item = band of the usage */
    XH_CHARGE_FLAT,           /* quantity x the one row of (price, key), item `item` */
    XH_CHARGE_FIXED,          /* once a month, row (price, key), item `item` */
    XH_CHARGE_FIXED_BY_BLOCK, /* once a month, by the block in which the total lies: (from, to] */
    XH_CHARGE_PERCENT         /* row (percent, key), item `item`, of the sum of components `of` */
};

enum {
    XH_CHARGE_DAYS_MAX = 366,
    XH_CHARGE_DECIMALS_MAX = 9, /* of a quantity */
    XH_CHARGE_HEADS_MAX = 100000
};

struct xh_charge_component {
    const char *name;                 /* "energy", "vat" */
    const char *label_vi, *label_en;
    enum xh_charge_kind kind;
    const char *key, *item, *variant; /* of the dated rows; variant NULL: the usual one */
    const char *of[6];                /* PERCENT: names of earlier components; ends with NULL */
    bool is_per_head;                 /* BLOCKS: limits x heads */
    bool is_tax;                      /* counted under tax, not under the net sum */
    bool is_rounded;                  /* this component's sum is rounded: */
    int round_scale;                  /* decimals of the currency; -1: to tens */
    enum xh_rounding rounding;
};

struct xh_tariff {
    const char *code;                 /* "evn-residential" */
    const char *label_vi, *label_en;
    const char *quantity;             /* "energy.electricity" */
    const char *unit;                 /* "kWh" */
    const char *currency;             /* "VND" */
    int minor_digits;                 /* 0 for dong and won */
    const char *head_vi, *head_en;    /* what a head is ("người"/"person"); NULL: no heads */
    bool heads_are_persons;           /* else households; which field of the owner counts */
    const char *hours_key;            /* (hours, key) rows choose bands; NULL: no bands */
    const struct xh_charge_component *components;
    size_t component_count;
    enum xh_rounding total_rounding;  /* of the payable total, to minor units */
    int share_decimals;               /* what is shared by days is rounded half up to so many */
    const char *ghg_key;              /* (factor, key): kg CO2 per unit by year; NULL: none known */
    const char *document_note_vi, *document_note_en; /* limits of what is known; NULL */
};

/* What was used. Days are [day_from, day_to). Without a band: all hours. Items may cover parts of
 * the period (as measured) or the whole of it (only a total is known). */
struct xh_usage {
    int32_t day_from, day_to;
    struct xh_str band;               /* "peak"; empty: not told apart */
    struct xh_dec quantity;
};

struct xh_charge_in {
    const struct xh_tariff *tariff;
    const struct xh_dated_set *rows;
    int32_t day_from, day_to;         /* the period, [from, to) */
    int32_t heads;                    /* persons or households; 0: 1 */
    struct xh_str hours_variant;      /* which of competing hour sets: named in the notes only */
    const struct xh_usage *usage;
    size_t usage_count;
};

struct xh_charge_line {
    const struct xh_charge_component *component;
    struct xh_str item;               /* "tier 3", "peak" */
    int32_t day_from, day_to;         /* the segment */
    bool has_quantity;
    struct xh_dec quantity;           /* in the tariff's unit */
    struct xh_dec price;              /* per unit, per month, or percent */
    struct xh_str price_unit;
    struct xh_dec base;               /* PERCENT: of what amount */
    struct xh_dec amount;             /* exact, or rounded where the component says so */
    const struct xh_dated *row;       /* the price row used */
    bool has_limit, is_open_ended;    /* open-ended: there is no limit_to */
    struct xh_dec limit_from, limit_to; /* BLOCKS: limits after heads, months and days */
    int32_t months, days; /* of the period, by date, where limits or a fixed amount go by them */
    bool is_part;                     /* the period was cut: these days are a part of it */
    bool is_shared_by_days;           /* the quantity was not measured in this segment */
};

struct xh_charge {
    struct xh_charge_line *lines;
    size_t line_count;
    struct xh_dec quantity;           /* in all */
    struct xh_dec net, tax, total;    /* exact; total = net + tax */
    int64_t net_minor, tax_minor, total_minor; /* net and total rounded, tax = total - net */
    bool has_partial_rows, has_disputed_rows;
};

/* Errors: XH_E_INVALID (a negative quantity or one of more than 9 decimals, an empty or too long
 * period, usage outside the period, heads out of 0..100000, rows whose blocks leave a gap),
 * XH_E_NOT_FOUND (no price row in force on a day: names tariff, key, item and day). */
int xh_charge(const struct xh_charge_in *in, struct xh_arena *arena, struct xh_charge *ret,
              struct xh_err *err);

/* The row (its item is the band) of the hours in force on `day` that covers a minute of that day;
 * XH_E_NOT_FOUND when none does. A named variant that is not in force on that day answers with its
 * first rows: it was asked for by name, as in "what would the new hours cost?". */
int xh_charge_band(const struct xh_dated_set *rows, struct xh_str hours_key, struct xh_str variant,
                   int32_t day, int minute_of_day, const struct xh_dated **ret_row,
                   struct xh_err *err);

/* One line as a sentence in Vietnamese and English: "100 kWh × 2.380 ₫ = 238.000 ₫ (bậc 3:
 * 101–200)". */
void xh_charge_line_sentence(const struct xh_tariff *tariff, const struct xh_charge_line *line,
                             bool is_vietnamese, struct xh_buf *out);

#endif
