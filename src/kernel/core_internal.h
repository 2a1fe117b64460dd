/* core_internal.h: the record types of the shared nouns, one file a group; core.c lists them. */
#ifndef XH_KERNEL_CORE_INTERNAL_H
#define XH_KERNEL_CORE_INTERNAL_H

#include "kernel/domain.h"
#include "kernel/fields.h"

/* -- core_place.c -- */
extern const struct xh_record_type xh__core_party, xh__core_place;
/* -- core_registry.c -- */
extern const struct xh_record_type xh__core_sensor, xh__core_device, xh__core_property,
    xh__core_series;
/* -- core_dated.c, core_bill.c, core_work.c -- */
extern const struct xh_record_type xh__core_dated, xh__core_bill, xh__core_duty, xh__core_measure;
/* -- core_claim.c -- */
extern const struct xh_record_type xh__core_claim;
extern const struct xh_query xh__core_public_claims;
/* -- core_balance.c, core_import.c -- */
extern const struct xh_record_type xh__core_balance, xh__core_import;

enum {
    XH__STAFF = XH_ROLE_STAFF,
    XH__KEEPER = XH_ROLE_OPERATOR | XH_ROLE_ADMIN | XH_ROLE_ENGINE, /* keeps registry and bills */
    XH__INSIDE = XH_ROLE_STAFF | XH_ROLE_AUDITOR,                   /* sees all records */
    XH__OUTSIDE = XH_ROLE_RESIDENT | XH_ROLE_BUSINESS               /* sees its own */
};

/* XH_E_INVALID when both days are given and `from` is not before `to`; core_rules.c. */
int xh__core_check_days(const struct xh_doc *doc, const char *from, const char *to,
                        struct xh_err *err);
/* A `check` for records with period_from and period_to (exclusive). */
xh_run_fn xh__core_check_period;

/* The `in` shape of verbs that need a reason, and the effect that keeps it in the record's field
 * `reason`; core_rules.c. */
extern const struct xh_shape xh__core_reason_in;
xh_run_fn xh__core_reason_guard, xh__core_reason_effect;

/* Short names for the tables of this room. */
#define XH__CODE XH_FIELD_CODE
#define XH__TEXT XH_FIELD_TEXT
#define XH__REF XH_FIELD_REF
#define XH__DAY XH_FIELD_DAY
#define XH__TIME XH_FIELD_TIME
#define XH__BOOL XH_FIELD_BOOL
#define XH__CHOICE XH_FIELD_CHOICE
#define XH__INT XH_FIELD_INT
#define XH__REAL XH_FIELD_REAL
#define XH__DEC XH_FIELD_DEC
#define XH__MONEY XH_FIELD_MONEY

#endif
