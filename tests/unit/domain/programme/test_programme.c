#include "domain/fake_host.h"
#include "domain/programme/programme.h"
#include "kernel/simulate.h"

static const char reports[] = "programme.report", duties[] = "core.duty";

static int enter(void **state)
{
    *state = fake_create(&xh_programme_domain);
    return 0;
}

static int leave(void **state)
{
    fake_destroy(*state);
    return 0;
}

static int64_t put_plan(struct fake_host *f, const char *effective_from)
{
    return fake_put(f, fake_record(f, "programme.plan", "code", "hanoi-2026", "title", "Kế hoạch",
                                   "level", "province", "document", "Plan 1", "effective_from",
                                   effective_from, "year_from", "2026", "year_to", "2026", NULL));
}

static int64_t put_target(struct fake_host *f, const char *comparator, const char *value,
                          const char *unit, const char *measured_by, const char *plan)
{
    return fake_put(f, fake_record(f, "programme.target", "code", "T1", "scope", "markets",
                                   "indicator", "share without bags", "period_from", "2026",
                                   "period_to", "2026", "comparator", comparator, "value_min",
                                   value, "value_max", strcmp(comparator, "range") == 0 ? "80" : "",
                                   "unit", unit, "measured_by", measured_by, "plan", plan,
                                   "verified", "yes", "source", "test", NULL));
}

static int64_t put_duty(struct fake_host *f, const char *code, const char *party, const char *due)
{
    return fake_put(f, fake_record(f, duties, "code", code, "title", "Báo cáo", "party", party,
                                   "record_type", "programme.report", "period_from", "2026-01-01",
                                   "period_to", "2026-07-01", "due", due, NULL));
}

/* Of party 7, for the first half of 2026, about target 1. */
static struct xh_record *new_report(struct fake_host *f, const char *duty)
{
    return fake_record(f, reports, "title", "Chợ Đồng Xuân", "party", "7", "duty", duty,
                       "period_from", "2026-01-01", "period_to", "2026-07-01", NULL);
}

static int64_t put_report(struct fake_host *f, const char *duty)
{
    struct xh_record *report = new_report(f, duty);
    fake_part(report, "answers", "target", "1", "value", "1", NULL);
    fake_part(report, "evidence", "title", "Biên bản", "kind", "document", "reference", "12/BB",
              NULL);
    return fake_put(f, report);
}

static void must_verb(struct fake_host *f, const char *type, int64_t id, const char *verb)
{
    struct xh_err err = {0};
    if (fake_verb(f, type, id, verb, NULL, &err) < 0) {
        fail_msg("%s: %s", verb, err.text);
    }
}

static const char *text_of(int64_t id)
{
    static char texts[4][24];
    static int at;
    at = (at + 1) % 4;
    (void)snprintf(texts[at], sizeof texts[at], "%lld", (long long)id);
    return texts[at];
}

static void assert_state(struct fake_host *f, const char *type, int64_t id, const char *expected)
{
    struct xh_str state = fake_get(f, type, id)->state;
    char text[32];
    (void)snprintf(text, sizeof text, "%.*s", XH_STR_ARG(state));
    assert_string_equal(text, expected);
}

static void the_descriptor_is_consistent(void **state)
{
    struct xh_err err = {0};
    (void)state;
    if (xh_domain_check(&xh_programme_domain, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

/* ---- records ---- */

static int put_fails(struct fake_host *f, struct xh_record *record, struct xh_err *err)
{
    *err = (struct xh_err){0};
    return f->host.record_put(&f->ctx, record, err);
}

static void a_band_needs_both_ends_in_order(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err;
    struct xh_record *target = fake_record(f, "programme.target", "code", "T1", "scope", "s",
                                           "indicator", "i", "comparator", "range", "value_min",
                                           "70", "value_max", "60", "unit", "%", "verified", "yes",
                                           "source", "s", NULL);
    assert_int_equal(put_fails(f, target, &err), XH_E_INVALID);
    assert_string_equal(err.field, "value_max");
    xh_doc_set_null(target->doc, "value_max");
    assert_int_equal(put_fails(f, target, &err), XH_E_INVALID);
    xh_doc_set_dec(target->doc, "value_max", xh_dec_int(70));
    assert_int_equal(put_fails(f, target, &err), XH_E_OK);
}

static void a_plan_ends_no_earlier_than_it_begins(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err;
    struct xh_record *plan = fake_record(f, "programme.plan", "code", "p", "title", "t", "level",
                                         "national", "year_from", "2026", "year_to", "2025", NULL);
    assert_int_equal(put_fails(f, plan, &err), XH_E_INVALID);
    assert_string_equal(err.field, "year_to");
}

static void a_report_names_no_duty_of_another_party(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err;
    int64_t other = put_duty(f, "d1", "8", "2026-07-31");
    assert_int_equal(put_fails(f, new_report(f, text_of(other)), &err), XH_E_INVALID);
    assert_string_equal(err.field, "duty");
    int64_t bill = fake_put(f, fake_record(f, duties, "code", "d2", "title", "t", "party", "7",
                                           "record_type", "core.bill", "period_from", "2026-01-01",
                                           "period_to", "2026-07-01", "due", "2026-08-01", NULL));
    assert_int_equal(put_fails(f, new_report(f, text_of(bill)), &err), XH_E_INVALID);
    assert_int_equal(put_fails(f, new_report(f, "99"), &err), XH_E_NOT_FOUND);
}

/* ---- the review ---- */

static void a_report_without_answer_number_or_evidence_is_not_submitted(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    struct xh_record *report = new_report(f, "");
    int64_t id = fake_put(f, report);
    assert_int_equal(fake_verb(f, reports, id, "submit", NULL, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "answers");

    report = new_report(f, "");
    fake_part(report, "answers", "target", "1", "numerator", "3", "denominator", "0", NULL);
    id = fake_put(f, report);
    assert_int_equal(fake_verb(f, reports, id, "submit", NULL, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "answers[0].value");

    report = new_report(f, "");
    fake_part(report, "answers", "target", "1", "value", "1", NULL);
    fake_part(report, "answers", "target", "2", "value", "1", NULL);
    fake_part(report, "evidence", "title", "t", "kind", "photo", "reference", "r", "target", "1",
              NULL);
    id = fake_put(f, report);
    assert_int_equal(fake_verb(f, reports, id, "submit", NULL, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "answers[1].target");
    assert_state(f, reports, id, "draft");
}

static void an_approved_report_fulfils_its_duty_in_time(void **state)
{
    struct fake_host *f = *state;
    int64_t duty = put_duty(f, "d1", "7", "2026-06-15");
    int64_t report = put_report(f, text_of(duty));
    must_verb(f, reports, report, "submit");
    assert_state(f, duties, duty, "open");
    fake_at(f, "2026-09-01T00:00:00Z"); /* the review takes its time */
    must_verb(f, reports, report, "approve");
    assert_state(f, duties, duty, "fulfilled");
    assert_int_equal(xh_doc_int(fake_get(f, duties, duty)->doc, "fulfilled_by"), report);
}

static void a_report_after_the_due_day_fulfils_its_duty_late(void **state)
{
    struct fake_host *f = *state;
    int64_t duty = put_duty(f, "d1", "7", "2026-06-14");
    int64_t report = put_report(f, text_of(duty));
    must_verb(f, reports, report, "submit");
    must_verb(f, reports, report, "approve");
    assert_state(f, duties, duty, "late_fulfilled");
}

static void what_is_handed_in_again_keeps_its_first_day(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    int64_t duty = put_duty(f, "d1", "7", "2026-06-15");
    int64_t report = put_report(f, text_of(duty));
    const struct xh_transition *line = &fake_type(f, xh_str_from(reports))->transitions[2];
    assert_string_equal(line->verb, "return");
    must_verb(f, reports, report, "submit");
    assert_int_equal(fake_verb(f, reports, report, "return", NULL, &err), XH_E_INVALID);
    struct xh_doc *in = fake_doc(f, line->in, "reason", "thiếu ảnh", NULL);
    assert_int_equal(fake_verb(f, reports, report, "return", in, &err), XH_E_OK);
    fake_at(f, "2026-07-20T00:00:00Z");
    must_verb(f, reports, report, "submit");
    must_verb(f, reports, report, "approve");
    assert_state(f, duties, duty, "fulfilled");
}

static void a_waived_duty_stays_waived(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    int64_t duty = put_duty(f, "d1", "7", "2026-06-15");
    int64_t report = put_report(f, text_of(duty));
    const struct xh_transition *waive = &fake_type(f, xh_str_from(duties))->transitions[2];
    struct xh_doc *in = fake_doc(f, waive->in, "reason", "chợ đóng cửa", NULL);
    assert_int_equal(fake_verb(f, duties, duty, "waive", in, &err), XH_E_OK);
    must_verb(f, reports, report, "submit");
    must_verb(f, reports, report, "approve");
    assert_state(f, duties, duty, "waived");
}

/* ---- jobs ---- */

static void run_job(struct fake_host *f, const char *name, int64_t changed)
{
    const struct xh_change change = {.id = 1, .record_id = changed};
    struct xh_in in = {.changes = &change, .change_count = changed != 0};
    struct xh_out out = {.doc = NULL};
    struct xh_err err = {0};
    for (size_t i = 0; i < xh_programme_domain.job_count; i++) {
        const struct xh_job *job = &xh_programme_domain.jobs[i];
        if (strcmp(job->name, name) == 0) {
            if (job->run(&f->ctx, &in, &out, &err) < 0) {
                fail_msg("%s: %s", name, err.text);
            }
            return;
        }
    }
    fail_msg("there is no job '%s'", name);
}

static int64_t approved_report(struct fake_host *f)
{
    int64_t report = put_report(f, "");
    must_verb(f, reports, report, "submit");
    must_verb(f, reports, report, "approve");
    return report;
}

static void a_report_finds_the_duty_that_it_does_not_name(void **state)
{
    struct fake_host *f = *state;
    int64_t other = put_duty(f, "d1", "8", "2026-07-31"),
            own = put_duty(f, "d2", "7", "2026-07-31");
    int64_t report = approved_report(f);
    assert_state(f, duties, own, "open");
    run_job(f, "reports_to_duties", report);
    assert_state(f, duties, own, "fulfilled");
    assert_state(f, duties, other, "open");
    int verbs = f->verb_count;
    run_job(f, "reports_to_duties", report); /* at least once: again changes nothing */
    assert_int_equal(f->verb_count, verbs);
}

static void a_report_that_is_not_approved_fulfils_nothing(void **state)
{
    struct fake_host *f = *state;
    int64_t duty = put_duty(f, "d1", "7", "2026-07-31"), report = put_report(f, "");
    must_verb(f, reports, report, "submit");
    run_job(f, "reports_to_duties", report);
    assert_state(f, duties, duty, "open");
}

static void a_duty_of_another_period_stays_open(void **state)
{
    struct fake_host *f = *state;
    int64_t duty = fake_put(f, fake_record(f, duties, "code", "d1", "title", "t", "party", "7",
                                           "record_type", "programme.report", "period_from",
                                           "2025-01-01", "period_to", "2025-07-01", "due",
                                           "2025-08-01", NULL));
    run_job(f, "reports_to_duties", approved_report(f));
    assert_state(f, duties, duty, "open");
}

static void a_new_duty_finds_the_report_that_came_first(void **state)
{
    struct fake_host *f = *state;
    fake_at(f, "2026-06-20T00:00:00Z");
    int64_t second = approved_report(f);
    fake_at(f, "2026-06-10T00:00:00Z");
    int64_t first = approved_report(f);
    int64_t duty = put_duty(f, "d1", "7", "2026-07-31");
    assert_true(first > second);
    run_job(f, "duties_to_reports", duty);
    assert_state(f, duties, duty, "fulfilled");
    assert_int_equal(xh_doc_int(fake_get(f, duties, duty)->doc, "fulfilled_by"), first);
}

static void a_duty_of_a_place_is_fulfilled_by_whoever_reports_for_it(void **state)
{
    struct fake_host *f = *state;
    int64_t duty = fake_put(f, fake_record(f, duties, "code", "d1", "title", "t", "place", "55",
                                           "record_type", "programme.report", "period_from",
                                           "2026-01-01", "period_to", "2026-07-01", "due",
                                           "2026-08-01", NULL));
    struct xh_record *report = new_report(f, "");
    xh_doc_set_int(report->doc, "place", 55);
    fake_part(report, "answers", "target", "1", "value", "1", NULL);
    fake_part(report, "evidence", "title", "t", "kind", "photo", "reference", "r", NULL);
    int64_t id = fake_put(f, report);
    must_verb(f, reports, id, "submit");
    must_verb(f, reports, id, "approve");
    run_job(f, "reports_to_duties", id);
    assert_state(f, duties, duty, "fulfilled");
}

static void what_was_deleted_since_is_passed_over(void **state)
{
    run_job(*state, "reports_to_duties", 99);
    run_job(*state, "duties_to_reports", 99);
}

static void a_plan_is_adopted_on_its_day(void **state)
{
    struct fake_host *f = *state;
    int64_t plan = put_plan(f, "2026-06-16"), undated = put_plan(f, "");
    fake_at(f, "2026-06-15T16:59:59Z"); /* the last second of 15 June in Vietnam */
    run_job(f, "adopt_plans", 0);
    assert_state(f, "programme.plan", plan, "draft");
    fake_at(f, "2026-06-15T17:00:00Z");
    run_job(f, "adopt_plans", 0);
    assert_state(f, "programme.plan", plan, "adopted");
    assert_state(f, "programme.plan", undated, "draft");
}

/* ---- actions ---- */

static const struct xh_action *action_named(const char *name)
{
    for (size_t i = 0; i < xh_programme_domain.action_count; i++) {
        if (strcmp(xh_programme_domain.actions[i].name, name) == 0) {
            return &xh_programme_domain.actions[i];
        }
    }
    fail_msg("there is no action '%s'", name);
    return NULL;
}

static int run_action(struct fake_host *f, const char *name, struct xh_doc *in,
                      struct xh_doc **ret_out, struct xh_err *err)
{
    const struct xh_action *action = action_named(name);
    struct xh_in run_in = {.doc = in};
    struct xh_out out = {.doc = xh_doc_create(f->arena, action->out)};
    *err = (struct xh_err){0};
    *ret_out = out.doc;
    assert_ptr_equal(in->shape, action->in);
    return action->run(&f->ctx, &run_in, &out, err);
}

static struct xh_doc *duties_in(struct fake_host *f, int64_t plan)
{
    return fake_doc(f, action_named("plan_duties")->in, "plan", text_of(plan), "kind", "market",
                    "period_from", "2026-01-01", "period_to", "2027-01-01", "due", "2027-01-31",
                    NULL);
}

static void each_member_of_a_group_gets_one_duty(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out;
    struct xh_err err;
    int64_t plan = put_plan(f, "");
    must_verb(f, "programme.plan", plan, "adopt");
    fake_query_gives(f, "programme.group", "core.party", "11", "Chợ A", "market-a");
    fake_query_gives(f, "programme.group", "core.place", "12", "Phường B", "vn-00012");
    assert_int_equal(run_action(f, "plan_duties", duties_in(f, plan), &out, &err), XH_E_OK);
    assert_int_equal(xh_doc_int(out, "members"), 2);
    assert_int_equal(xh_doc_int(out, "created"), 2);
    assert_int_equal(xh_doc_int(out, "existing"), 0);
    const struct xh_doc *of_party = fake_get(f, duties, 2)->doc;
    assert_true(xh_str_is(xh_doc_text(of_party, "code"), "hanoi-2026/2026-01-01/market-a"));
    assert_true(xh_str_is(xh_doc_text(of_party, "basis"), "Plan 1"));
    assert_int_equal(xh_doc_int(of_party, "party"), 11);
    assert_int_equal(xh_doc_int(fake_get(f, duties, 3)->doc, "place"), 12);
    assert_true(xh_doc_is_null(fake_get(f, duties, 3)->doc, "party"));

    fake_query_gives(f, "programme.group", "core.party", "13", "Chợ C", "market-c");
    assert_int_equal(run_action(f, "plan_duties", duties_in(f, plan), &out, &err), XH_E_OK);
    assert_int_equal(xh_doc_int(out, "created"), 1);
    assert_int_equal(xh_doc_int(out, "existing"), 2);
}

static void duties_come_from_an_adopted_plan_only(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out;
    struct xh_err err;
    int64_t plan = put_plan(f, "");
    assert_int_equal(run_action(f, "plan_duties", duties_in(f, plan), &out, &err), XH_E_CONFLICT);
    assert_string_equal(err.field, "plan");
}

static void duties_that_cannot_be_written_leave_none_of_their_slice(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out;
    struct xh_err err;
    int64_t plan = put_plan(f, "");
    must_verb(f, "programme.plan", plan, "adopt");
    fake_query_gives(f, "programme.group", "core.party", "11", "Chợ A", "market-a");
    fake_query_gives(f, "programme.group", "core.party", "12", "Chợ B", "market-b");
    f->failing_put = 2;
    size_t before = f->record_count;
    assert_int_equal(run_action(f, "plan_duties", duties_in(f, plan), &out, &err), XH_E_NO_SPACE);
    assert_int_equal(f->record_count, before);
}

static struct xh_doc *standing(struct fake_host *f, int64_t target)
{
    struct xh_doc *out;
    struct xh_err err;
    struct xh_doc *in = fake_doc(f, action_named("target_standing")->in, "target", text_of(target),
                                 NULL);
    if (run_action(f, "target_standing", in, &out, &err) < 0) {
        fail_msg("%s", err.text);
    }
    return out;
}

static void assert_dec(const struct xh_doc *doc, const char *field, const char *expected)
{
    char text[XH_DEC_TEXT_BYTES];
    assert_false(xh_doc_is_null(doc, field));
    (void)xh_dec_print(xh_dec_trim(xh_doc_dec(doc, field)), text);
    assert_string_equal(text, expected);
}

static void assert_text(const struct xh_doc *doc, const char *field, const char *expected)
{
    assert_true(xh_str_is(xh_doc_text(doc, field), expected));
}

static void a_target_without_data_says_so(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out = standing(f, put_target(f, ">=", "70", "%", "", ""));
    assert_text(out, "verdict", "not_known");
    assert_text(out, "note", "no approved report answers this yet");
    assert_int_equal(xh_doc_int(out, "has_value"), 0);
    assert_true(xh_doc_is_null(out, "value"));
    assert_int_equal(xh_doc_int(out, "from"), fake_day("2026-01-01"));
    assert_int_equal(xh_doc_int(out, "to"), fake_day("2027-01-01"));
}

static void reports_with_shares_make_a_targets_value(void **state)
{
    struct fake_host *f = *state;
    int64_t target = put_target(f, "range", "70", "%", "", "");
    fake_query_gives(f, "programme.answers", "5", "A", "11", "", "T1", "", "6", "10");
    fake_query_gives(f, "programme.answers", "6", "B", "12", "", "T1", "", "8", "10");
    struct xh_doc *out = standing(f, target);
    assert_text(out, "verdict", "on_track");
    assert_dec(out, "value", "70");
    assert_dec(out, "denominator", "20");
    assert_int_equal(xh_doc_int(out, "missing"), 0);
    assert_int_equal(xh_doc_count(out, "sources"), 2);
    assert_int_equal(xh_doc_int(f->asked, "target"), target);
}

static void a_report_still_owed_keeps_a_good_share_unknown(void **state)
{
    struct fake_host *f = *state;
    int64_t target = put_target(f, ">=", "70", "%", "", "3");
    fake_query_gives(f, "programme.answers", "5", "A", "11", "", "T1", "", "9", "10");
    fake_query_gives(f, "programme.owed", "4", "Báo cáo", "market-b", "2026-07-01", "open", "", "");
    struct xh_doc *out = standing(f, target);
    assert_text(out, "verdict", "not_known");
    assert_dec(out, "value", "90");
    assert_int_equal(xh_doc_int(out, "missing"), 1);
    assert_int_equal(xh_doc_count(out, "missing_from"), 1);
    assert_int_equal(xh_doc_int(f->asked, "plan"), 3);
}

static void the_public_sees_the_number_but_not_whose_reports(void **state)
{
    struct fake_host *f = *state;
    int64_t target = put_target(f, ">=", "70", "%", "", "");
    fake_query_gives(f, "programme.answers", "5", "A", "11", "", "T1", "", "9", "10");
    f->ctx.who = &xh_who_public;
    struct xh_doc *out = standing(f, target);
    assert_dec(out, "value", "90");
    assert_int_equal(xh_doc_count(out, "sources"), 0);
}

static void a_target_may_be_measured_by_an_indicator(void **state)
{
    struct fake_host *f = *state;
    int64_t target = put_target(f, "range", "70", "%", "programme.bag_free_markets", "");
    f->indicator = xh_doc_create(f->arena, &xh_indicator_out);
    xh_doc_set_int(f->indicator, "has_value", 1);
    xh_doc_set_real(f->indicator, "value", 70);
    xh_doc_set_real(f->indicator, "numerator", 7);
    xh_doc_set_real(f->indicator, "denominator", 10);
    xh_doc_set_int(f->indicator, "missing", 3);
    struct xh_doc *out = standing(f, target);
    assert_text(out, "verdict", "on_track"); /* the three are in the denominator already */
    assert_dec(out, "value", "70");
    assert_dec(out, "numerator", "7");
    assert_int_equal(xh_doc_int(out, "missing"), 3);
    assert_text(out, "measured_by", "programme.bag_free_markets");

    target = put_target(f, ">=", "70", "%", "energy.something", "");
    assert_text(standing(f, target), "verdict", "not_known"); /* another's missing may count */
}

static void a_target_measured_by_nothing_known_says_so(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out = standing(f, put_target(f, ">=", "70", "%", "energy.gone", ""));
    assert_text(out, "verdict", "not_known");
    assert_text(out, "note", "there is no indicator \"energy.gone\" here");
}

/* ---- indicators ---- */

static struct xh_doc *indicator(struct fake_host *f, const char *name)
{
    struct xh_in in = {.doc = fake_doc(f, &xh_indicator_in, "place", "3", "from", "2026-01-01",
                                       "to", "2027-01-01", NULL)};
    struct xh_out out = {.doc = xh_doc_create(f->arena, &xh_indicator_out)};
    struct xh_err err = {0};
    for (size_t i = 0; i < xh_programme_domain.indicator_count; i++) {
        if (strcmp(xh_programme_domain.indicators[i].name, name) == 0) {
            if (xh_programme_domain.indicators[i].run(&f->ctx, &in, &out, &err) < 0) {
                fail_msg("%s: %s", name, err.text);
            }
            return out.doc;
        }
    }
    fail_msg("there is no indicator '%s'", name);
    return NULL;
}

static void assert_numbers(const struct xh_doc *out, double numerator, double denominator,
                           int64_t missing)
{
    assert_true(xh_doc_real(out, "numerator") == numerator);
    assert_true(xh_doc_real(out, "denominator") == denominator);
    assert_int_equal(xh_doc_int(out, "missing"), missing);
}

static void who_has_not_answered_stays_in_the_denominator(void **state)
{
    struct fake_host *f = *state;
    fake_query_gives(f, "programme.group", "core.party", "11", "A", "a");
    fake_query_gives(f, "programme.group", "core.party", "12", "B", "b");
    fake_query_gives(f, "programme.group", "core.party", "13", "C", "c");
    fake_query_gives(f, "programme.group", "core.party", "14", "D", "d");
    fake_query_gives(f, "programme.answers", "5", "r", "11", "", "T", "1", "", "");
    fake_query_gives(f, "programme.answers", "6", "r", "12", "", "T", "0", "", "");
    fake_query_gives(f, "programme.answers", "7", "r", "13", "", "T", "", "3", "5");
    fake_query_gives(f, "programme.answers", "8", "r", "99", "", "T", "1", "", ""); /* no member */
    struct xh_doc *out = indicator(f, "bag_free_markets");
    assert_numbers(out, 2, 4, 1);
    assert_int_equal(xh_doc_int(out, "has_value"), 1);
    assert_true(xh_doc_real(out, "value") == 50);
    assert_int_equal(xh_doc_count(out, "sources"), 3);
    assert_int_equal(xh_doc_count(out, "missing_from"), 1);
    assert_int_equal(xh_value_int(xh_doc_at(out, "missing_from", 0, "id")), 14);
    assert_text(f->asked, "measured_by", "programme.bag_free_markets");
}

static void the_latest_answer_of_a_member_counts(void **state)
{
    struct fake_host *f = *state;
    fake_query_gives(f, "programme.group", "core.place", "21", "A", "a");
    fake_query_gives(f, "programme.answers", "5", "r", "11", "21", "T", "1", "", "");
    fake_query_gives(f, "programme.answers", "6", "r", "11", "21", "T", "0", "", "");
    assert_numbers(indicator(f, "awareness_communes"), 0, 1, 0);
}

static void a_group_that_has_not_answered_has_no_value(void **state)
{
    struct fake_host *f = *state;
    struct xh_doc *out = indicator(f, "awareness_parks");
    assert_numbers(out, 0, 0, 0);
    assert_int_equal(xh_doc_int(out, "has_value"), 0);
    assert_text(out, "note", "there is nobody of this kind here");
    fake_query_gives(f, "programme.group", "core.party", "11", "A", "a");
    out = indicator(f, "awareness_craft_villages");
    assert_numbers(out, 0, 1, 1);
    assert_true(xh_doc_is_null(out, "value"));
    assert_text(out, "note", "no approved report answers this yet");
}

static void open_and_late_duties_are_not_in_time(void **state)
{
    static const char *const states[] = {"fulfilled", "late_fulfilled", "open", "fulfilled"};
    struct fake_host *f = *state;
    assert_int_equal(xh_doc_int(indicator(f, "reports_on_time"), "has_value"), 0);
    for (size_t i = 0; i < XH_COUNT(states); i++) {
        fake_query_gives(f, "programme.duties_of_period", "4", "t", "a", "2026-03-01", states[i],
                         "", "");
    }
    struct xh_doc *out = indicator(f, "reports_on_time");
    assert_numbers(out, 2, 4, 1);
    assert_true(xh_doc_real(out, "value") == 50);
    assert_int_equal(xh_doc_int(f->asked, "place"), 3);
}

/* ---- simulate ---- */

static int simulate(struct fake_host *f, struct xh_err *err)
{
    struct xh_in in = {.doc = fake_doc(f, &xh_simulate_in, "seed", "1", "from", "2026-01-01", "to",
                                       "2026-07-01", "homes", "30", NULL)};
    struct xh_out out = {.doc = xh_doc_create(f->arena, &xh_simulate_out)};
    return xh_programme_domain.simulate(&f->ctx, &in, &out, err);
}

static void simulated_markets_report_or_do_not_once(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    struct xh_record *target = fake_record(f, "programme.target", "code", "THN26-05", "scope", "s",
                                           "indicator", "i", "comparator", ">=", "value_min", "70",
                                           "unit", "%", "verified", "yes", "source", "s", NULL);
    fake_put(f, target);
    assert_int_equal(simulate(f, &err), XH_E_OK);
    size_t count = f->record_count, approved = 0, submitted = 0, markets = 0;
    for (size_t i = 0; i < count; i++) {
        approved += xh_str_is(f->records[i].state, "approved");
        submitted += xh_str_is(f->records[i].state, "submitted");
        markets += f->records[i].type == fake_type(f, XH_STR("core.party"));
    }
    assert_int_equal(markets, 9);
    assert_int_equal(approved, 3);
    assert_int_equal(submitted, 3);               /* and of three nothing came */
    assert_int_equal(simulate(f, &err), XH_E_OK); /* again: nothing is doubled */
    assert_int_equal(f->record_count, count);
}

static void a_fault_while_simulating_is_told(void **state)
{
    struct fake_host *f = *state;
    struct xh_err err = {0};
    struct xh_record *target = fake_record(f, "programme.target", "code", "THN26-05", "scope", "s",
                                           "indicator", "i", "comparator", ">=", "value_min", "70",
                                           "unit", "%", "verified", "yes", "source", "s", NULL);
    fake_put(f, target);
    f->failing_put = 3;
    assert_int_equal(simulate(f, &err), XH_E_NO_SPACE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_descriptor_is_consistent),
        TEST(a_band_needs_both_ends_in_order),
        TEST(a_plan_ends_no_earlier_than_it_begins),
        TEST(a_report_names_no_duty_of_another_party),
        TEST(a_report_without_answer_number_or_evidence_is_not_submitted),
        TEST(an_approved_report_fulfils_its_duty_in_time),
        TEST(a_report_after_the_due_day_fulfils_its_duty_late),
        TEST(what_is_handed_in_again_keeps_its_first_day),
        TEST(a_waived_duty_stays_waived),
        TEST(a_report_finds_the_duty_that_it_does_not_name),
        TEST(a_report_that_is_not_approved_fulfils_nothing),
        TEST(a_duty_of_another_period_stays_open),
        TEST(a_new_duty_finds_the_report_that_came_first),
        TEST(a_duty_of_a_place_is_fulfilled_by_whoever_reports_for_it),
        TEST(what_was_deleted_since_is_passed_over),
        TEST(a_plan_is_adopted_on_its_day),
        TEST(each_member_of_a_group_gets_one_duty),
        TEST(duties_come_from_an_adopted_plan_only),
        TEST(duties_that_cannot_be_written_leave_none_of_their_slice),
        TEST(a_target_without_data_says_so),
        TEST(reports_with_shares_make_a_targets_value),
        TEST(a_report_still_owed_keeps_a_good_share_unknown),
        TEST(the_public_sees_the_number_but_not_whose_reports),
        TEST(a_target_may_be_measured_by_an_indicator),
        TEST(a_target_measured_by_nothing_known_says_so),
        TEST(who_has_not_answered_stays_in_the_denominator),
        TEST(the_latest_answer_of_a_member_counts),
        TEST(a_group_that_has_not_answered_has_no_value),
        TEST(open_and_late_duties_are_not_in_time),
        TEST(simulated_markets_report_or_do_not_once),
        TEST(a_fault_while_simulating_is_told),
    };
    return cmocka_run_group_tests_name("programme", tests, NULL, NULL);
}
