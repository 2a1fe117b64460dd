/* core.c: the pseudo-room "core": the shared nouns that every room refers to. */
#include "kernel/core_internal.h"

static const struct xh_record_type *const records[] = {
    &xh__core_party,  &xh__core_place, &xh__core_sensor, &xh__core_device, &xh__core_property,
    &xh__core_series, &xh__core_dated, &xh__core_bill,   &xh__core_duty,   &xh__core_measure,
    &xh__core_account, &xh__core_billing_run,
    &xh__core_claim,  &xh__core_balance, &xh__core_import, &xh__core_line_rule,
    &xh__core_erasure, &xh__core_retention, &xh__core_move, &xh__core_feature,
    &xh__core_mapping_rule, &xh__core_broker,
    &xh__core_file,
    &xh__core_vee_rule, &xh__core_vee_finding, &xh__core_reading_edit, &xh__core_sample,
    &xh__core_own_bill,
};

const struct xh_domain xh_core_domain = {
    .name = "core",
    .label_vi = "Dùng chung",
    .label_en = "Shared",
    .records = records,
    .record_count = XH_COUNT(records),
    .queries = xh__core_queries,
    .query_count = XH__CORE_QUERY_COUNT,
    .actions = xh__core_actions,
    .action_count = XH__CORE_ACTION_COUNT,
    .jobs = xh__core_jobs,
    .job_count = XH__CORE_JOB_COUNT,
};
