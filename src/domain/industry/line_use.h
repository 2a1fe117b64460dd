/* line_use.h: what a line used and made in a period, from the readings of its series, held against
 * its norm. For the room's own files; the caller's rights count. Everything lives in ctx->arena.
 */
#ifndef XH_DOMAIN_INDUSTRY_LINE_USE_H
#define XH_DOMAIN_INDUSTRY_LINE_USE_H

#include "domain/industry/norm.h"
#include "kernel/host.h"

enum { XH__INDUSTRY_USUAL_DAYS = 30, XH__INDUSTRY_DAYS_MAX = 3660 };

/* ---- the days of a series ---- */

struct xh__industry_days {
    int32_t from, to;
    const struct xh_amount *amounts; /* one a day, in `unit` */
    const struct xh_unit *unit;
    double total;
    int64_t missing_days;            /* without all of their readings */
    unsigned flags;                  /* of all days: enum xh_amount_flags */
};
/* Errors: the host's (a series that may not be seen is not found; a gauge has no consumption), and
 * XH_E_INVALID for a period of no days or more than XH__INDUSTRY_DAYS_MAX. */
int xh__industry_days_read(struct xh_ctx *ctx, int64_t series, int32_t from, int32_t to,
                           struct xh__industry_days *ret, struct xh_err *err);
/* Today in the zone of the series' place; without a series (0) in Vietnam. */
int xh__industry_today(struct xh_ctx *ctx, int64_t series, int32_t *ret_day, struct xh_err *err);

/* ---- a line ---- */

struct xh__industry_input {
    int64_t series;
    struct xh_str label, fuel;
    const struct xh_unit *unit;
    double quantity;
    struct xh_industry_energy energy;
};
enum xh__industry_gap { /* the first reason why the specific consumption is not known */
    XH__INDUSTRY_KNOWN,
    XH__INDUSTRY_NO_INPUTS,     /* the line names no energy */
    XH__INDUSTRY_NO_OUTPUT,     /* or no series of its product */
    XH__INDUSTRY_DAYS_MISSING,  /* gap_days of gap_label have no readings */
    XH__INDUSTRY_NOTHING_MADE,
    XH__INDUSTRY_UNITS_DIFFER   /* what is counted is not what the norm, or the line, counts */
};
enum xh__industry_verdict { XH__INDUSTRY_NOT_KNOWN, XH__INDUSTRY_PASSES, XH__INDUSTRY_FAILS };

struct xh__industry_use {
    int32_t from, to;
    struct xh__industry_input *inputs;
    size_t input_count;
    double energy_mj, output;          /* of the days that are known */
    const struct xh_unit *output_unit; /* of `output`; NULL: there is no series */
    struct xh_str output_label;
    unsigned flags;
    enum xh__industry_gap gap;
    struct xh_str gap_label;
    int64_t gap_days;
    double sec;                        /* set when gap is XH__INDUSTRY_KNOWN */
    struct xh_str sec_unit;            /* that of the norm; without one MJ for a unit of product */
    enum xh_industry_norm_fault fault;
    struct xh_industry_norm norm;
    enum xh__industry_verdict verdict;
};
/* The norm is that of the period's last day. Errors: the host's; XH_E_NOT_FOUND and XH_E_INVALID
 * for a fuel without a factor. */
int xh__industry_use_read(struct xh_ctx *ctx, const struct xh_doc *line, int32_t from, int32_t to,
                          struct xh__industry_use *ret, struct xh_err *err);
/* The last 30 whole days before `until`, or before today when that is earlier, that are not before
 * `since`. *ret_from is *ret_to when there are none. */
int xh__industry_usual_days(struct xh_ctx *ctx, const struct xh_doc *line, int32_t since,
                            int32_t until, int32_t *ret_from, int32_t *ret_to, struct xh_err *err);

/* The specific consumption of a line, in `unit` ("MJ/hl"), in the usual days of [since, until):
 * what a result of a case file that names a line is after its measures. NaN when it is not known,
 * for whatever reason of the readings or the line. ret_use: the days and all else; NULL allowed. */
int xh__industry_measured(struct xh_ctx *ctx, int64_t line_id, struct xh_str unit, int32_t since,
                          int32_t until, double *ret_after, struct xh__industry_use *ret_use,
                          struct xh_err *err);

#endif
