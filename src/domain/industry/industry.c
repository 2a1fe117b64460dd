/* industry.c: the descriptor of the industry room. */
#include "domain/industry/industry.h"

#include "domain/industry/industry_internal.h"

static const struct xh_record_type *const records[] = {
    &xh__industry_line,
    &xh__industry_process,
    &xh__industry_case,
    &xh__industry_option,
};

static const char *const seeds[] = {"norms.csv", "factors.csv", NULL};
static const struct xh_job jobs[] = {
    {"verify_measures", "Đánh giá giải pháp sau 30 ngày", "Verify measures after 30 days", 3600,
     NULL, xh__industry_verify_due},
};

const struct xh_domain xh_industry_domain = {
    .name = "industry",
    .label_vi = "Công nghiệp",
    .label_en = "Industry",
    .quantities = xh__industry_quantities,
    .quantity_count = XH__INDUSTRY_QUANTITIES,
    .records = records,
    .record_count = XH_COUNT(records),
    .queries = xh__industry_queries,
    .query_count = XH__INDUSTRY_QUERIES,
    .actions = xh__industry_actions,
    .action_count = XH__INDUSTRY_ACTIONS,
    .jobs = jobs,
    .job_count = XH_COUNT(jobs),
    .indicators = xh__industry_indicators,
    .indicator_count = XH__INDUSTRY_INDICATORS,
    .seeds = seeds,
};
