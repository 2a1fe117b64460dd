/* The room's records, verbs, verdicts and numbers, in a world made up in memory: readings are what
 * a test says they are. */
#include "domain/fake_host.h"
#include "domain/industry/industry.h"

#include <math.h>

#include "base/env.h"
#include "base/num.h"
#include "kernel/dated_csv.h"

static const char cases[] = "industry.case", lines[] = "industry.line", measures[] = "core.measure";

enum { SERIES_MAX = 4, OFFSET_H = 7 };

/* What the readings are: so much of each series a day; a day without; a day from which on less. */
struct world {
    struct fake_host *f;
    double amount[SERIES_MAX + 1]; /* by id of the series */
    const char *unit[SERIES_MAX + 1];
    int32_t missing_day[SERIES_MAX + 1];
    int32_t less_from;             /* series 1 uses 6 % less from this day on; 0: never */
    struct xh_dated_set rows;
};
static struct world *world; /* of the test that runs */

static int fake_use(struct xh_ctx *ctx, const struct xh_use_ask *ask, struct xh_use *ret,
                    struct xh_err *err)
{
    int64_t offset_us = OFFSET_H * XH_US_PER_HOUR;
    int32_t from = ask->day_from, to = ask->day_to;
    if (ask->series_id < 1 || ask->series_id > SERIES_MAX) {
        return xh_err_set(err, XH_E_NOT_FOUND, "no such series");
    }
    if (ask->to_us != 0) {
        from = (int32_t)((ask->from_us + offset_us) / XH_US_PER_DAY);
        to = (int32_t)((ask->to_us - 1 + offset_us) / XH_US_PER_DAY) + 1;
    }
    size_t count = (size_t)(to - from);
    struct xh_amount *amounts = XH_NEW_ARRAY(ctx->arena, struct xh_amount, count);
    int64_t *edges_us = XH_NEW_ARRAY(ctx->arena, int64_t, count + 1);
    for (size_t i = 0; i <= count; i++) {
        edges_us[i] = (from + (int64_t)i) * XH_US_PER_DAY - offset_us;
    }
    for (size_t i = 0; i < count; i++) {
        int32_t day = from + (int32_t)i;
        double made = 1 + 0.1 * (day % 7), waver = 0.002 * (day % 5 - 2);
        bool is_less = ask->series_id == 1 && world->less_from != 0 && day >= world->less_from;
        amounts[i].amount = world->amount[ask->series_id] * made * (is_less ? 0.94 : 1) *
                            (ask->series_id == 1 ? 1 + waver : 1);
        amounts[i].flags = day == world->missing_day[ask->series_id] ? XH_AMOUNT_INCOMPLETE : 0;
    }
    *ret = (struct xh_use){.edges_us = edges_us,
                           .amounts = amounts,
                           .count = count,
                           .unit = world->unit[ask->series_id],
                           .zone = XH_STR("Asia/Ho_Chi_Minh"),
                           .series_count = 1};
    return XH_E_OK;
}

static int fake_dated(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    (void)ctx;
    (void)err;
    *ret = world->rows;
    return XH_E_OK;
}

static void read_rows(struct fake_host *f)
{
    static const char *const files[] = {XH_TEST_ROOT "/data/norms.csv",
                                        XH_TEST_ROOT "/data/factors.csv"};
    struct xh_dated *all = NULL;
    size_t capacity = 0, total = 0;
    for (size_t i = 0; i < 2; i++) {
        struct xh_dated *rows;
        struct xh_buf file = {0};
        size_t count;
        assert_int_equal(xh_file_read(xh_env_real(), files[i], 1 << 20, &file, NULL), XH_E_OK);
        struct xh_str csv = xh_arena_str(f->arena, xh_buf_str(&file));
        xh_buf_finish(&file);
        assert_int_equal(xh_dated_csv_read(csv, f->arena, &rows, &count, NULL), XH_E_OK);
        all = xh_arena_grow(f->arena, all, &capacity, total + count, sizeof *all);
        memcpy(all + total, rows, count * sizeof *rows);
        total += count;
    }
    xh_dated_sort(all, total);
    world->rows = (struct xh_dated_set){all, total};
}

/* Series 1 to 4: electricity, gas, beer, water. 30 kWh and 92 MJ of gas a hl. */
static int enter(void **state)
{
    static const char *const names[] = {"điện", "khí", "bia", "nước"};
    static const char *const units[] = {"kWh", "m3", "hl", "m3"};
    struct fake_host *f = fake_create(&xh_industry_domain);
    world = XH_NEW(f->arena, struct world);
    world->f = f;
    f->host.use = fake_use;
    f->host.dated = fake_dated;
    read_rows(f);
    for (int i = 0; i < SERIES_MAX; i++) {
        struct xh_record *series = fake_record(f, "core.series", "code", names[i], "name", names[i],
                                               "device", "1", "property", "1", "place", "1", "kind",
                                               "interval", "unit", units[i], NULL);
        assert_int_equal(fake_put(f, series), i + 1);
        world->unit[i + 1] = units[i];
    }
    world->amount[1] = 30 * 1000;
    world->amount[2] = 92 * 1000 / 37.6812;
    world->amount[3] = 1000;
    world->amount[4] = 500;
    *state = f;
    return 0;
}

static int leave(void **state)
{
    fake_destroy(*state);
    world = NULL;
    return 0;
}

/* ---- help ---- */

static const struct xh_action *action_of(const char *name)
{
    for (size_t i = 0; i < xh_industry_domain.action_count; i++) {
        if (strcmp(xh_industry_domain.actions[i].name, name) == 0) {
            return &xh_industry_domain.actions[i];
        }
    }
    fail_msg("there is no action '%s'", name);
    return NULL;
}

static int act(struct fake_host *f, const char *name, struct xh_doc *given, struct xh_doc **ret,
               struct xh_err *err)
{
    const struct xh_action *action = action_of(name);
    struct xh_in in = {.doc = given};
    struct xh_out out = {.doc = xh_doc_create(f->arena, action->out)};
    int code = action->run(&f->ctx, &in, &out, err);
    *ret = out.doc;
    return code;
}

static struct xh_record *new_line(struct fake_host *f)
{
    struct xh_record *line = fake_record(f, lines, "code", "beer", "name", "Dây chuyền bia",
                                         "party", "7", "product", "beer", "capacity", "50",
                                         "capacity_unit", "million L/yr", "output_series", "3",
                                         "output_unit", "hl", NULL);
    fake_part(line, "inputs", "series", "1", "fuel", "electricity", NULL);
    fake_part(line, "inputs", "series", "2", "fuel", "natural-gas", NULL);
    return line;
}

static struct xh_doc *verdict_of(struct fake_host *f, int64_t line)
{
    struct xh_err err = {0};
    struct xh_doc *told, *in = xh_doc_create(f->arena, action_of("norm_verdict")->in);
    xh_doc_set_int(in, "line", line);
    if (act(f, "norm_verdict", in, &told, &err) < 0) {
        fail_msg("norm_verdict: %s", err.text);
    }
    return told;
}

static void check_text(const struct xh_doc *doc, const char *field, const char *wanted)
{
    struct xh_str is = xh_doc_text(doc, field);
    if (!xh_str_is(is, wanted)) {
        fail_msg("%s is '%.*s'", field, XH_STR_ARG(is));
    }
}

static struct xh_record *new_case(struct fake_host *f, const char *line)
{
    struct xh_record *file = fake_record(f, cases, "code", "cp", "title", "Hồ sơ", "party", "7",
                                         "year", "2026", "period_from", "2026-01-01", "period_to",
                                         "2027-01-01", NULL);
    fake_part(file, "results", "kind", "energy", "before", "250", "after",
              line[0] != '\0' ? "" : "200", "unit", "MJ/hl", "line", line, NULL);
    return file;
}

static const struct xh_indicator *indicator_of(const char *name)
{
    for (size_t i = 0; i < xh_industry_domain.indicator_count; i++) {
        if (strcmp(xh_industry_domain.indicators[i].name, name) == 0) {
            return &xh_industry_domain.indicators[i];
        }
    }
    fail_msg("there is no indicator '%s'", name);
    return NULL;
}

static struct xh_doc *number_of(struct fake_host *f, const char *name)
{
    struct xh_err err = {0};
    struct xh_doc *given = fake_doc(f, &xh_indicator_in, "from", "2026-01-01", "to", "2027-01-01",
                                    NULL);
    struct xh_in in = {.doc = given};
    struct xh_out out = {.doc = xh_doc_create(f->arena, &xh_indicator_out)};
    if (indicator_of(name)->run(&f->ctx, &in, &out, &err) < 0) {
        fail_msg("%s: %s", name, err.text);
    }
    return out.doc;
}

static void near(double is, double wanted)
{
    if (!(fabs(is - wanted) <= 1e-4 * fabs(wanted))) {
        fail_msg("%.12g, not %.12g", is, wanted);
    }
}

/* ---- the tables ---- */

static void the_tables_hold_together(void **state)
{
    struct xh_err err = {0};
    (void)state;
    if (xh_domain_check(&xh_industry_domain, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

/* ---- a line beside its norm ---- */

static void a_line_above_its_norm_fails_and_says_that_the_norm_has_run_out(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *told = verdict_of(f, fake_put(f, new_line(f)));
    near(xh_doc_real(told, "sec"), 200);
    check_text(told, "verdict", "fails");
    assert_int_equal(xh_doc_int(told, "from"), fake_day("2026-05-16"));
    assert_int_equal(xh_doc_int(told, "to"), fake_day("2026-06-15"));
    assert_true(xh_doc_int(told, "is_norm_expired"));
    check_text(told, "sentence_vi",
               "200 MJ/hl, định mức 196 của Thông tư 19/2016/TT-BCT: không đạt, cao hơn 2 %. Định "
               "mức áp dụng đến hết 2025, chưa tìm thấy định mức mới.");
    world->amount[1] = 26 * 1000;
    told = verdict_of(f, 5);
    check_text(told, "verdict", "passes");
}

static void whatever_is_not_known_is_never_a_pass(void **state)
{
    struct fake_host *f = *state;
    int64_t id = fake_put(f, new_line(f));
    world->amount[1] = 1; /* would pass by far */
    world->missing_day[1] = fake_day("2026-06-01");
    struct xh_doc *told = verdict_of(f, id);
    check_text(told, "verdict", "not_known");
    assert_int_equal(xh_doc_int(told, "missing_days"), 1);
    check_text(told, "sentence_en",
               "The specific consumption is not known: \"điện\" has no readings on 1 day.");
    world->missing_day[1] = 0;
    world->missing_day[3] = fake_day("2026-06-14");
    check_text(verdict_of(f, id), "verdict", "not_known");
    world->missing_day[3] = 0;
    world->amount[3] = 0;
    check_text(verdict_of(f, id), "sentence_en",
               "The specific consumption is not known: nothing was made in the period.");
    world->amount[3] = 1000;
    world->unit[3] = "t"; /* the norm counts hl */
    check_text(verdict_of(f, id), "verdict", "not_known");
}

static void a_line_without_norm_inputs_or_product_has_no_verdict(void **state)
{
    struct fake_host *f = *state;
    struct xh_record *line = new_line(f);
    xh_doc_set_string(line->doc, "product", "bicycles");
    struct xh_doc *told = verdict_of(f, fake_put(f, line));
    near(xh_doc_real(told, "sec"), 200); /* it is known, only the norm is not */
    check_text(told, "sentence_en",
               "200 MJ/hl; no verdict: there is no norm for the product \"bicycles\".");
    line = new_line(f);
    xh_doc_set_null(line->doc, "capacity");
    check_text(verdict_of(f, fake_put(f, line)), "verdict", "not_known");
    line = new_line(f);
    xh_doc_set_null(line->doc, "output_series");
    check_text(verdict_of(f, fake_put(f, line)), "sentence_en",
               "The specific consumption is not known: the line names no series of its product.");
    line = fake_record(f, lines, "code", "bare", "name", "x", "party", "7", NULL);
    check_text(verdict_of(f, fake_put(f, line)), "verdict", "not_known");
}

static void the_same_meter_does_not_count_twice(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    struct xh_record *line = new_line(f);
    fake_part(line, "inputs", "series", "1", "fuel", "electricity", NULL);
    assert_int_equal(f->host.record_put(&f->ctx, line, &err), XH_E_INVALID);
    assert_string_equal(err.field, "inputs[2].series");
}

/* ---- case files ---- */

static void a_file_is_shown_or_measured_before_it_is_submitted(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    int64_t bare = fake_put(f, new_case(f, ""));
    assert_int_equal(fake_verb(f, cases, bare, "submit", NULL, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "results[0].line");
    struct xh_record *file = new_case(f, "");
    fake_part(file, "evidence", "title", "Báo cáo", "kind", "document", "reference", "1", NULL);
    int64_t shown = fake_put(f, file);
    assert_int_equal(fake_verb(f, cases, shown, "submit", NULL, &err), XH_E_OK);
    int64_t measured = fake_put(f, new_case(f, "5"));
    assert_int_equal(fake_verb(f, cases, measured, "submit", NULL, &err), XH_E_OK);
}

static void an_approved_file_fulfils_the_open_duty_of_its_firm(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    int64_t other = fake_put(f, fake_record(f, "core.duty", "code", "o", "title", "x", "party", "7",
                                            "record_type", "programme.report", "period_from",
                                            "2026-01-01", "period_to", "2027-01-01", "due",
                                            "2027-01-31", NULL));
    int64_t duty = fake_put(f, fake_record(f, "core.duty", "code", "d", "title", "x", "party", "7",
                                           "record_type", cases, "period_from", "2026-01-01",
                                           "period_to", "2027-01-01", "due", "2026-06-01", NULL));
    int64_t file = fake_put(f, new_case(f, "5"));
    assert_int_equal(fake_verb(f, cases, file, "submit", NULL, &err), XH_E_OK);
    assert_int_equal(fake_verb(f, cases, file, "approve", NULL, &err), XH_E_OK);
    assert_true(xh_str_is(fake_get(f, "core.duty", duty)->state, "late_fulfilled"));
    assert_true(xh_str_is(fake_get(f, "core.duty", other)->state, "open"));
    assert_int_equal(fake_verb(f, cases, file, "withdraw", NULL, &err), XH_E_OK);
}

static void a_rejected_option_is_not_carried_out_and_no_option_twice(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    int64_t file = fake_put(f, new_case(f, "5"));
    char number[XH_NUM_TEXT_BYTES];
    (void)xh_int_print(file, number);
    struct xh_record *option = fake_record(f, "industry.option", "code", "o1", "case_file", number,
                                           "party", "7", "title", "Khí nén", "class",
                                           "good_housekeeping", "decision", "reject", NULL);
    int64_t rejected = fake_put(f, option);
    assert_int_equal(fake_verb(f, "industry.option", rejected, "choose", NULL, &err),
                     XH_E_CONFLICT);
    option = fake_record(f, "industry.option", "code", "o2", "case_file", number, "party", "7",
                         "title", "Khí nén", "class", "good_housekeeping", "investment", "500",
                         "series", "1", "expected_effect", "-10", "expected_unit", "kWh", NULL);
    int64_t chosen = fake_put(f, option);
    assert_int_equal(fake_verb(f, "industry.option", chosen, "choose", NULL, &err), XH_E_OK);
    int64_t id = xh_doc_int(fake_get(f, "industry.option", chosen)->doc, "measure");
    const struct xh_doc *measure = fake_get(f, measures, id)->doc;
    check_text(measure, "title", "Khí nén");
    assert_int_equal(xh_doc_int(measure, "cost"), 500);
    assert_int_equal(xh_doc_int(measure, "series"), 1);
    option = fake_record(f, "industry.option", "code", "o3", "case_file", number, "party", "8",
                         "title", "x", "class", "by_products", NULL);
    assert_int_equal(f->host.record_put(&f->ctx, option, &err), XH_E_INVALID); /* another firm's */
}

/* ---- numbers ---- */

static void gives_result(struct fake_host *f, const char *file, const char *party, const char *kind,
                         const char *after, const char *line)
{
    fake_query_gives(f, "industry.results", file, "Hồ sơ", party, "Công ty", kind, "100", after,
                     "MJ/hl", line);
}

static void means_are_of_what_is_there_and_say_what_is_not(void **state)
{
    struct fake_host *f = *state;
    gives_result(f, "11", "7", "energy", "90", "");
    gives_result(f, "12", "8", "energy", "80", "");
    gives_result(f, "13", "9", "dust", "50", "");
    fake_query_gives(f, "industry.owed", "core.duty", "44", "firm-9", "9");
    struct xh_doc *told = number_of(f, "cp_energy_cut");
    near(xh_doc_real(told, "value"), 15);
    near(xh_doc_real(told, "numerator"), 30);
    assert_int_equal(xh_doc_real(told, "denominator"), 2);
    assert_int_equal(xh_doc_int(told, "missing"), 1);
    assert_int_equal(xh_doc_int(f->asked, "year_from"), 2026);
    assert_int_equal(xh_doc_int(f->asked, "year_to"), 2026);
    told = number_of(f, "cp_wastewater_cut");
    assert_false(xh_doc_int(told, "has_value"));
    assert_true(xh_doc_is_null(told, "value"));
}

static void a_measured_result_without_readings_makes_its_file_missing(void **state)
{
    struct fake_host *f = *state;
    int64_t id = fake_put(f, new_line(f));
    assert_int_equal(id, 5);
    fake_query_gives(f, "industry.results", "11", "Hồ sơ", "7", "Công ty", "energy", "250", "",
                     "MJ/hl", "5");
    gives_result(f, "12", "8", "energy", "90", "");
    struct xh_doc *told = number_of(f, "cp_energy_cut");
    near(xh_doc_real(told, "value"), (20 + 10) / 2.0); /* 250 to 200, 100 to 90 */
    world->missing_day[2] = fake_day("2026-06-14");
    told = number_of(f, "cp_energy_cut");
    near(xh_doc_real(told, "value"), 10);
    assert_int_equal(xh_doc_int(told, "missing"), 1);
    fake_at(f, "2025-12-01T00:00:00Z"); /* before the period: nothing to measure yet */
    world->missing_day[2] = 0;
    assert_int_equal(xh_doc_int(number_of(f, "cp_energy_cut"), "missing"), 1);
}

static void a_firm_counts_once_with_the_mean_of_materials_and_energy(void **state)
{
    struct fake_host *f = *state;
    gives_result(f, "11", "7", "material", "96", "");
    gives_result(f, "11", "7", "energy", "92", "");
    gives_result(f, "12", "8", "energy", "90", "");
    gives_result(f, "13", "7", "energy", "80", "");
    struct xh_doc *told = number_of(f, "material_fuel_cut");
    assert_int_equal(xh_doc_real(told, "denominator"), 2);
    near(xh_doc_real(told, "value"), ((6 + 20) / 2.0 + 10) / 2); /* files of firm 7: 6 and 20 */
}

/* ---- measures ---- */

static int64_t put_measure(struct fake_host *f, const char *code, const char *done,
                           const char *effect)
{
    struct xh_err err = {0};
    int64_t id = fake_put(f, fake_record(f, measures, "code", code, "title", code, "kind",
                                         "cleaner_production", "party", "7", "series", "1",
                                         "expected_effect", effect, "expected_unit", "MWh/yr",
                                         "done", done, NULL));
    assert_int_equal(fake_verb(f, measures, id, "start", NULL, &err), XH_E_OK);
    assert_int_equal(fake_verb(f, measures, id, "finish", NULL, &err), XH_E_OK);
    return id;
}

static void run_job(struct fake_host *f)
{
    struct xh_err err = {0};
    struct xh_in in = {.doc = NULL};
    struct xh_out out = {.doc = NULL};
    if (xh_industry_domain.jobs[0].run(&f->ctx, &in, &out, &err) < 0) {
        fail_msg("the job: %s", err.text);
    }
}

static void the_job_verifies_what_is_30_days_old_and_leaves_the_rest(void **state)
{
    struct fake_host *f = *state;
    (void)fake_put(f, new_line(f));
    world->less_from = fake_day("2026-05-11");
    int64_t old = put_measure(f, "old", "2026-05-10", "-500");
    int64_t young = put_measure(f, "young", "2026-06-01", "-500");
    int64_t vain = put_measure(f, "vain", "2026-03-01", "-500"); /* before anything changed */
    int64_t lost = fake_put(f, fake_record(f, measures, "code", "lost", "title", "lost", "kind",
                                           "cleaner_production", "party", "7", "series", "99",
                                           "expected_effect", "-1", "done", "2026-03-01", NULL));
    struct xh_err err = {0};
    assert_int_equal(fake_verb(f, measures, lost, "start", NULL, &err), XH_E_OK);
    assert_int_equal(fake_verb(f, measures, lost, "finish", NULL, &err), XH_E_OK);
    run_job(f);
    const struct xh_record *verified = fake_get(f, measures, old);
    assert_true(xh_str_is(verified->state, "verified"));
    check_text(verified->doc, "verdict", "proved");
    /* 6 % of about 39,000 kWh a day, in MWh a year */
    assert_true(xh_doc_real(verified->doc, "verified_effect") < -700);
    assert_true(xh_doc_real(verified->doc, "verified_effect") > -1000);
    check_text(fake_get(f, measures, vain)->doc, "verdict", "not_proved");
    assert_true(xh_str_is(fake_get(f, measures, young)->state, "done"));
    assert_true(xh_str_is(fake_get(f, measures, lost)->state, "done"));
    int verbs = f->verb_count;
    run_job(f); /* again: nothing more */
    assert_int_equal(f->verb_count, verbs);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_tables_hold_together),
        TEST(a_line_above_its_norm_fails_and_says_that_the_norm_has_run_out),
        TEST(whatever_is_not_known_is_never_a_pass),
        TEST(a_line_without_norm_inputs_or_product_has_no_verdict),
        TEST(the_same_meter_does_not_count_twice),
        TEST(a_file_is_shown_or_measured_before_it_is_submitted),
        TEST(an_approved_file_fulfils_the_open_duty_of_its_firm),
        TEST(a_rejected_option_is_not_carried_out_and_no_option_twice),
        TEST(means_are_of_what_is_there_and_say_what_is_not),
        TEST(a_measured_result_without_readings_makes_its_file_missing),
        TEST(a_firm_counts_once_with_the_mean_of_materials_and_energy),
        TEST(the_job_verifies_what_is_30_days_old_and_leaves_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
