/* billing_run_internal.h: one run on its way.
 *
 *   xh_billing_run_preview, _correct, _issue   billing_run.c
 *     xh__run_gather    accounts -> lines                        billing_run_gather.c
 *     xh__run_measure   readings -> thousandths of each line     billing_run_measure.c
 *     xh__run_divide    shares, sums, the balance                billing_run_divide.c
 *     xh__run_price     lines -> what their bills come to        billing_run_measure.c
 *     xh__run_write     lines -> the record's doc                billing_run_record.c
 *   xh__run_issue_all   bills, page by page                      billing_run_issue.c
 */
#ifndef XH_SERVICE_BILLING_RUN_INTERNAL_H
#define XH_SERVICE_BILLING_RUN_INTERNAL_H

#include "service/billing_internal.h"
#include "service/billing_run.h"

enum xh__run_role { XH__RUN_TENANT, XH__RUN_COMMON, XH__RUN_MAIN, XH__RUN_SOLAR, XH__RUN_EXPORT };
enum { XH__RUN_ROLE_COUNT = 5, XH__RUN_DECIMALS = 3 };

/* Amounts are in thousandths of the run's unit. */
struct xh__run_line {
    int64_t account_id, party_id, series_id;
    struct xh_str name, series_code, tariff;
    enum xh__run_role role;
    struct xh_dec area_m2, fixed_share;
    int64_t measured, share_common, share_losses, billed;
    int64_t net_minor, tax_minor, total_minor;
    unsigned flags;
    int missing_days;
    bool has_previous, is_unusual, has_old;
    int64_t previous, old_billed, old_total_minor;
    double change_percent;
    struct xh_str problem_vi, problem_en; /* empty: none */
};

struct xh__run {
    struct xh_ctx *ctx;          /* its arena: the run's */
    int64_t id;                  /* 0: not stored yet */
    int64_t place_id;
    struct xh_str quantity, allocate;
    int32_t day_from, day_to;
    int64_t as_known_us;
    const struct xh_unit *unit;
    const struct xh_zone *zone;
    struct xh__run_line *lines;  /* by role, then by code */
    size_t line_count;
    int64_t of_role[XH__RUN_ROLE_COUNT];
    int64_t losses, billed, not_billed;
    struct xh_str currency;
    int64_t net_minor, tax_minor, total_minor;
    size_t bill_count, incomplete_count, problem_count, unusual_count;
    bool is_simulated;
    bool has_progress;           /* told as that of the job that runs */
};

int xh__run_gather(struct xh__run *run, struct xh_err *err);
int xh__run_measure(struct xh__run *run, struct xh_err *err);
int xh__run_divide(struct xh__run *run, struct xh_err *err);
int xh__run_price(struct xh__run *run, struct xh_err *err);
/* All of it, into a new doc of core.billing_run; code, revision, supersedes, reason are kept. */
void xh__run_write(const struct xh__run *run, struct xh_doc *doc);
/* "park-1/electricity/2026-09/r1" */
struct xh_str xh__run_code(struct xh_arena *arena, struct xh_str place_code, struct xh_str quantity,
                           int32_t day_from, int32_t day_to, int64_t revision);
const char *xh__run_role_name(enum xh__run_role role);
struct xh_dec xh__run_dec(int64_t thousandths);

/* Bills of all tenants, then the run itself and the one that it supersedes. A small run (at most
 * XH_BILLING_RUN_AT_ONCE lines) goes in one transaction; `begin` is then what its verb begin_issue
 * is given, NULL where the run is "issuing" already. */
int xh__run_issue_all(struct xh_ctx *ctx, const struct xh_record *run, const struct xh_doc *begin,
                      struct xh_record *ret, struct xh_err *err);

#endif
