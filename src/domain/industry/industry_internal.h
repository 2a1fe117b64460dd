/* industry_internal.h: what industry.c lists, and what its files share. */
#ifndef XH_DOMAIN_INDUSTRY_INTERNAL_H
#define XH_DOMAIN_INDUSTRY_INTERNAL_H

#include "kernel/duty.h"
#include "kernel/fields.h"
#include "kernel/host.h"
#include "kernel/review.h"

enum { XH__INDUSTRY_QUANTITIES = 2 };

extern const struct xh_quantity xh__industry_quantities[XH__INDUSTRY_QUANTITIES]; /* tables.c */
extern const struct xh_record_type xh__industry_line, xh__industry_process;       /* line.c */
extern const struct xh_record_type xh__industry_case;                             /* case.c */
extern const struct xh_record_type xh__industry_option;                           /* option.c */

enum {
    XH__INDUSTRY_OFFICE = XH_ROLE_OFFICER | XH_ROLE_ADMIN | XH_ROLE_ENGINE,
    XH__INDUSTRY_INSIDE = XH_ROLE_STAFF | XH_ROLE_AUDITOR,
    XH__INDUSTRY_FIRM = XH_ROLE_BUSINESS
};

#define XH__INDUSTRY_CASE "industry.case"
#define XH__INDUSTRY_LINE "industry.line"

/* ---- steps.c: the six steps, their eighteen tasks, the eight classes of options ---- */

enum { XH__INDUSTRY_STEPS = 6, XH__INDUSTRY_TASKS = 18 };
struct xh__industry_step {
    const char *label_vi, *label_en;
};
struct xh__industry_task {
    int step_no;
    const char *label_vi, *label_en;
    bool is_verified; /* false: partly: its number was not printed in the source that was read */
};
extern const struct xh__industry_step xh__industry_steps[XH__INDUSTRY_STEPS];
extern const struct xh__industry_task xh__industry_tasks[XH__INDUSTRY_TASKS];
extern const struct xh_choice xh__industry_classes[], xh__industry_result_kinds[];

/* ---- case_review.c: the states of a case file ---- */

enum { XH__INDUSTRY_CASE_TRANSITIONS = 8 };
extern const struct xh_transition xh__industry_case_transitions[XH__INDUSTRY_CASE_TRANSITIONS];

/* ---- actions.c lists what the actions do ---- */

enum { XH__INDUSTRY_ACTIONS = 8 };
extern const struct xh_action xh__industry_actions[XH__INDUSTRY_ACTIONS];
/* verdict.c */
extern const struct xh_shape xh__industry_verdict_in, xh__industry_verdict_out;
extern const struct xh_shape xh__industry_worth_in, xh__industry_worth_out;
xh_run_fn xh__industry_norm_verdict, xh__industry_feasibility;
/* measure.c; the last one is the job's */
extern const struct xh_shape xh__industry_effect_in, xh__industry_effect_out;
xh_run_fn xh__industry_measure_effect, xh__industry_verify_measure, xh__industry_verify_due;
/* toe.c */
extern const struct xh_shape xh__industry_toe_in, xh__industry_toe_out;
xh_run_fn xh__industry_toe;
/* case_parts.c */
extern const struct xh_shape xh__industry_case_in, xh__industry_tasks_in, xh__industry_tasks_out,
    xh__industry_balances_out, xh__industry_intensities_out;
xh_run_fn xh__industry_list_tasks, xh__industry_list_balances, xh__industry_list_intensities;

/* ---- queries.c, indicators.c ---- */

enum {
    XH__INDUSTRY_QUERY_RESULTS, /* places in the table of queries */
    XH__INDUSTRY_QUERY_FILES,
    XH__INDUSTRY_QUERY_OWED,
    XH__INDUSTRY_QUERY_FIRMS,
    XH__INDUSTRY_QUERY_BY_STATE,
    XH__INDUSTRY_QUERIES
};
enum { XH__INDUSTRY_INDICATORS = 9 };
extern const struct xh_query xh__industry_queries[XH__INDUSTRY_QUERIES];
extern const struct xh_indicator xh__industry_indicators[XH__INDUSTRY_INDICATORS];

/* ---- why.c ---- */

xh_run_fn xh__industry_case_why, xh__industry_line_why;

#endif
