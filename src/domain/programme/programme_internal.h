/* programme_internal.h: what programme.c lists, and what its files share. */
#ifndef XH_DOMAIN_PROGRAMME_INTERNAL_H
#define XH_DOMAIN_PROGRAMME_INTERNAL_H

#include "kernel/duty.h"
#include "kernel/fields.h"
#include "kernel/host.h"
#include "kernel/review.h"

extern const struct xh_record_type xh__programme_plan, xh__programme_target; /* plan.c */
extern const struct xh_record_type xh__programme_report;                     /* report.c */
extern const struct xh_record_type xh__programme_result;                     /* result.c */
extern const struct xh_choice xh__programme_verified[];                      /* plan.c */

enum {
    XH__PROGRAMME_QUERY_DUTIES, /* places in the table of queries */
    XH__PROGRAMME_QUERY_GROUP,
    XH__PROGRAMME_QUERY_ANSWERS,
    XH__PROGRAMME_QUERY_BY_STATE,
    XH__PROGRAMME_QUERY_OVERDUE,
    XH__PROGRAMME_QUERY_OWED,
    XH__PROGRAMME_QUERY_PLANS,
    XH__PROGRAMME_QUERY_TARGETS,
    XH__PROGRAMME_QUERY_MEMBERS,
    XH__PROGRAMME_QUERY_SIMULATED,
    XH__PROGRAMME_QUERIES
};
enum { XH__PROGRAMME_ACTIONS = 5, XH__PROGRAMME_JOBS = 3, XH__PROGRAMME_INDICATORS = 6 };

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
/* report_form.c */
extern const struct xh_shape xh__programme_form_in, xh__programme_form_out;
xh_run_fn xh__programme_report_form;
extern const struct xh_shape xh__programme_standing_in, xh__programme_standing_out;
xh_run_fn xh__programme_target_standing;

/* ---- place_standing.c, place_units.c, place_shape.c: a place in a year ---- */

extern const struct xh_shape xh__programme_place_in, xh__programme_place_out;
xh_run_fn xh__programme_place_standing;

/* A row of the query "members". Texts in the arena. */
struct xh__programme_member {
    int64_t duty_id, party_id, place_id, report_id;
    struct xh_str record_type, state, party_kind, report_state;
    struct xh_str place_kind, place_code, place_name, place_name_en;
    int32_t due;
};
struct xh__programme_members {
    struct xh_arena *arena;
    struct xh__programme_member *rows;
    size_t count, capacity;
};
/* As the engine: who owes what is public as a count, and for public bodies by name. */
int xh__programme_members_read(struct xh_ctx *ctx, int64_t place_id, int32_t day_from,
                               int32_t day_to, struct xh__programme_members *ret,
                               struct xh_err *err);
/* Of wards and communes: fills the part `units` and the counts of the answer. */
int xh__programme_units(struct xh_ctx *ctx, int64_t place_id, int year, struct xh_doc *out,
                        struct xh_err *err);

/* ---- target_firms.c, target_why.c: who and what is behind a target ---- */

extern const struct xh_shape xh__programme_firms_in, xh__programme_firms_out;
xh_run_fn xh__programme_target_firms;
xh_run_fn xh__programme_target_why;

#endif
