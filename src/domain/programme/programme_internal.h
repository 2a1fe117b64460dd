/* programme_internal.h: what programme.c lists, and what its files share. */
#ifndef XH_DOMAIN_PROGRAMME_INTERNAL_H
#define XH_DOMAIN_PROGRAMME_INTERNAL_H

#include "kernel/duty.h"
#include "kernel/fields.h"
#include "kernel/host.h"

extern const struct xh_record_type xh__programme_plan, xh__programme_target; /* plan.c */
extern const struct xh_record_type xh__programme_report;                     /* report.c */

enum {
    XH__PROGRAMME_QUERY_DUTIES, /* places in the table of queries */
    XH__PROGRAMME_QUERY_GROUP,
    XH__PROGRAMME_QUERY_ANSWERS,
    XH__PROGRAMME_QUERY_BY_STATE,
    XH__PROGRAMME_QUERY_OVERDUE,
    XH__PROGRAMME_QUERY_OWED,
    XH__PROGRAMME_QUERIES
};
enum { XH__PROGRAMME_ACTIONS = 2, XH__PROGRAMME_JOBS = 3, XH__PROGRAMME_INDICATORS = 6 };

extern const struct xh_query xh__programme_queries[XH__PROGRAMME_QUERIES];          /* queries.c */
extern const struct xh_action xh__programme_actions[XH__PROGRAMME_ACTIONS];         /* actions.c */
extern const struct xh_job xh__programme_jobs[XH__PROGRAMME_JOBS];                  /* jobs.c */
/* indicators.c */
extern const struct xh_indicator xh__programme_indicators[XH__PROGRAMME_INDICATORS];
xh_run_fn xh__programme_simulate;                                                   /* simulate.c */

enum {
    XH__PROGRAMME_OFFICE = XH_ROLE_OFFICER | XH_ROLE_ADMIN | XH_ROLE_ENGINE,
    XH__PROGRAMME_INSIDE = XH_ROLE_STAFF | XH_ROLE_AUDITOR,
    XH__PROGRAMME_PARTY = XH_ROLE_BUSINESS | XH_ROLE_RESIDENT
};

#define XH__PROGRAMME_REPORT "programme.report"

/* ---- plan_duties.c, target_standing.c: what the actions do ---- */

extern const struct xh_shape xh__programme_plan_duties_in, xh__programme_plan_duties_out;
xh_run_fn xh__programme_plan_duties;
extern const struct xh_shape xh__programme_standing_in, xh__programme_standing_out;
xh_run_fn xh__programme_target_standing;

#endif
