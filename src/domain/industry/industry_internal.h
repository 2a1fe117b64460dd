/* industry_internal.h: what industry.c lists, and what its files share. */
#ifndef XH_DOMAIN_INDUSTRY_INTERNAL_H
#define XH_DOMAIN_INDUSTRY_INTERNAL_H

#include "kernel/duty.h"
#include "kernel/fields.h"
#include "kernel/host.h"

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

#endif
