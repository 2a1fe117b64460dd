/* programme.c: the descriptor of the programme room. */
#include "domain/programme/programme.h"

#include "domain/programme/programme_internal.h"

static const struct xh_record_type *const records[] = {
    &xh__programme_plan,
    &xh__programme_target,
    &xh__programme_report,
    &xh__programme_result,
};
static const struct xh_record_seed seeds[] = {
    {"plans.csv", "programme.plan"},
    {"targets.csv", "programme.target"},
    {"results.csv", "programme.result"},
};

const struct xh_domain xh_programme_domain = {
    .name = "programme",
    .label_vi = "Chương trình",
    .label_en = "Programme",
    .records = records,
    .record_count = XH_COUNT(records),
    .queries = xh__programme_queries,
    .query_count = XH__PROGRAMME_QUERIES,
    .actions = xh__programme_actions,
    .action_count = XH__PROGRAMME_ACTIONS,
    .jobs = xh__programme_jobs,
    .job_count = XH__PROGRAMME_JOBS,
    .indicators = xh__programme_indicators,
    .indicator_count = XH__PROGRAMME_INDICATORS,
    .simulate = xh__programme_simulate,
    .record_seeds = seeds,
    .record_seed_count = XH_COUNT(seeds),
};
