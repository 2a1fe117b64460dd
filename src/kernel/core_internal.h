/* core_internal.h: the record types of the shared nouns, one file a group; core.c lists them. */
#ifndef XH_KERNEL_CORE_INTERNAL_H
#define XH_KERNEL_CORE_INTERNAL_H

#include "kernel/domain.h"
#include "kernel/fields.h"

/* -- core_place.c -- */
extern const struct xh_record_type xh__core_party, xh__core_place;
/* -- core_registry.c -- */
extern const struct xh_record_type xh__core_sensor, xh__core_device, xh__core_property,
    xh__core_series, xh__core_move, xh__core_feature;
/* of a series, and of what rules make of messages: kind, direction */
extern const struct xh_choice xh__core_series_kinds[], xh__core_directions[];
/* -- core_dated.c, core_bill.c, core_work.c -- */
extern const struct xh_record_type xh__core_dated, xh__core_bill, xh__core_duty, xh__core_measure;
extern xh_run_fn xh__core_rebill;
/* -- core_billing.c -- */
extern const struct xh_record_type xh__core_account, xh__core_billing_run;
extern xh_run_fn xh__core_run_bills;
/* -- core_claim.c -- */
extern const struct xh_record_type xh__core_claim;
/* -- core_queries.c -- */
enum { XH__CORE_QUERY_COUNT = 2 };
extern const struct xh_query xh__core_queries[XH__CORE_QUERY_COUNT];
/* -- core_balance.c, core_import.c, core_line.c -- */
extern const struct xh_record_type xh__core_balance, xh__core_import, xh__core_line_rule;
/* -- core_own_bill.c -- */
extern const struct xh_record_type xh__core_own_bill;
/* -- core_mapping.c -- */
extern const struct xh_record_type xh__core_mapping_rule, xh__core_broker;
/* -- core_file.c -- */
extern const struct xh_record_type xh__core_file;
/* -- core_reading_check.c -- */
extern const struct xh_shape xh__core_reading_check_in, xh__core_reading_check_out;
extern xh_run_fn xh__core_reading_check;
/* -- core_care.c -- */
extern const struct xh_record_type xh__core_erasure, xh__core_retention;
enum { XH__CORE_JOB_COUNT = 5 };
extern const struct xh_job xh__core_jobs[XH__CORE_JOB_COUNT];
/* -- core_vee.c -- */
extern const struct xh_record_type xh__core_vee_rule, xh__core_vee_finding, xh__core_reading_edit;
/* -- core_sample.c -- */
extern const struct xh_record_type xh__core_sample;
extern const struct xh_shape xh__core_sample_in, xh__core_sample_out;
extern xh_run_fn xh__core_sample_run;
/* -- core_actions.c -- */
enum { XH__CORE_ACTION_COUNT = 12 };
extern const struct xh_action xh__core_actions[XH__CORE_ACTION_COUNT];
extern xh_run_fn xh__core_vee_run;

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

xh_run_fn xh__core_measure_why; /* core_measure_why.c */

/* A JSON value as text, as a stranger gave it; up to 256 KiB. */
#define XH__FIELD_JSON(name, vi, en)                                                               \
    {name, XH_T_TEXT, XH_F_LONG, vi, en, NULL, 0, 0, 256 << 10, NULL, NULL, NULL, NULL}

/* The columns of a line of a charge, as a core.bill keeps and core.charge answers them. `required`:
 * XH_F_REQUIRED or 0, for what every line has. */
#define XH__CHARGE_LINE_FIELDS(required)                                                           \
    XH_FIELD_TEXT("component", required, "Thành phần", "Component"),                               \
    XH_FIELD_TEXT("item", 0, "Mục", "Item"),                                                       \
    XH_FIELD_DAY("day_from", 0, "Từ ngày", "From"),                                                \
    XH_FIELD_DAY("day_to", 0, "Đến trước ngày", "Until (exclusive)"),                              \
    XH_FIELD_DEC("quantity", 0, NULL, "Lượng", "Quantity"),                                        \
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),                                                    \
    XH_FIELD_DEC("price", 0, NULL, "Đơn giá", "Price"),                                            \
    XH_FIELD_TEXT("price_unit", 0, "Đơn vị của đơn giá", "Unit of the price"),                     \
    XH_FIELD_DEC("base", 0, NULL, "Tính trên số tiền", "Percentage of"),                           \
    XH_FIELD_DEC("amount", required, NULL, "Thành tiền", "Amount"),                                \
    XH_FIELD_REF("row", 0, "core.dated", "Dòng giá", "Dated row"),                                 \
    XH_FIELD_TEXT("row_code", 0, "Mã dòng giá", "Code of the dated row"),                          \
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),                                           \
    XH_FIELD_TEXT("verified", 0, "Kiểm chứng", "Verified"),                                        \
    XH_FIELD_BOOL("is_disputed", 0, "Còn ý kiến khác nhau", "Disputed"),                           \
    XH_FIELD_DEC("limit_from", 0, NULL, "Bậc từ", "Block from"),                                   \
    XH_FIELD_DEC("limit_to", 0, NULL, "Bậc đến", "Block to"),                                      \
    XH_FIELD_BOOL("is_shared_by_days", 0, "Chia theo số ngày", "Shared by days")

#endif
