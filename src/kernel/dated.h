/* dated.h: the dated table: prices, norms, factors, limits, hours, targets that hold from a day to
 * a day, by a document. Every result names the rows that it used, and can be computed with the rows
 * as known on an earlier day.
 *
 * Rows are records (core.dated), seeded from the program's data/ and edited like any record; here
 * they are plain values, so that formulas stay pure. A row is in force on `day` when valid_from <=
 * day < valid_to. Two rows for the same (table, key, item) must not be in force on one day unless
 * one is disputed: then the undisputed one is taken, or the disputed when asked for by `variant`.
 */
#ifndef XH_KERNEL_DATED_H
#define XH_KERNEL_DATED_H

#include "base/arena.h"
#include "base/dec.h"
#include "base/time.h"

enum xh_verified { XH_VERIFIED_NO, XH_VERIFIED_PARTIAL, XH_VERIFIED_YES };

struct xh_dated {
    int64_t id;                  /* of the record; 0 in pure tests */
    struct xh_str code;          /* "E-R-2025-05-10-1": stable, unique */
    struct xh_str table;         /* "price" "percent" "factor" "norm" "limit" "hours" "target" */
    struct xh_str key;           /* "evn-residential" */
    struct xh_str item;          /* "tier 1", "peak", "vat", "2023" */
    struct xh_str variant;       /* "": the usual one; "five-tier", "963" where rows compete */
    struct xh_dec value;
    struct xh_str unit;          /* "VND/kWh", "%", "tCO2/MWh" */
    bool has_quantity_to;
    /* block limits; in [from, to) of the period's total */
    struct xh_dec quantity_from, quantity_to;
    uint8_t weekdays;            /* hours: bit 0 = Monday ... bit 6 = Sunday */
    int16_t minute_from, minute_to; /* hours: [from, to) of the local day, 0 to 1440 */
    int32_t valid_from, valid_to;   /* days, [from, to); XH_DAY_OPEN_END */
    struct xh_str document;      /* "1279/QD-BCT" */
    struct xh_str source;
    enum xh_verified verified;
    bool is_disputed;            /* sources differ on whether it applies */
    struct xh_str note;
};

/* All rows that a computation may look at; borrowed, sorted by xh_dated_sort. */
struct xh_dated_set {
    const struct xh_dated *rows;
    size_t count;
};
void xh_dated_sort(struct xh_dated *rows, size_t count); /* table, key, item, variant, valid_from */

/* The row in force, or NULL. variant empty: the usual one. */
const struct xh_dated *xh_dated_on(const struct xh_dated_set *set, const char *table,
                                   struct xh_str key, struct xh_str item, struct xh_str variant,
                                   int32_t day);
/* The row of (table, key, variant) in force on day, or the latest that began before it, whatever
 * its item: factors of years, of which the newest are not published yet. NULL: there is none. */
const struct xh_dated *xh_dated_latest(const struct xh_dated_set *set, const char *table,
                                       struct xh_str key, struct xh_str variant, int32_t day,
                                       bool *ret_is_earlier);
/* All rows of (table, key, variant) in force on day, in order of item; at most `capacity`. */
size_t xh_dated_all_on(const struct xh_dated_set *set, const char *table, struct xh_str key,
                       struct xh_str variant, int32_t day, const struct xh_dated **ret_rows,
                       size_t capacity);
/* Days inside (from, to) on which any row of (table, key, variant) begins or ends: where a bill
 * must be cut. Sorted, without repetition. */
size_t xh_dated_changes(const struct xh_dated_set *set, const char *table, struct xh_str key,
                        struct xh_str variant, int32_t from, int32_t to, int32_t *ret_days,
                        size_t capacity);

#endif
