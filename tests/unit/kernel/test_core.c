#include "kernel/domain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct xh_record_type *type_of(const char *name)
{
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        if (strcmp(xh_core_domain.records[i]->name, name) == 0) {
            return xh_core_domain.records[i];
        }
    }
    fail_msg("core has no record %s", name);
    return NULL;
}

static const struct xh_transition *transition_of(const struct xh_record_type *type,
                                                 const char *from, const char *verb)
{
    for (size_t i = 0; i < type->transition_count; i++) {
        if (strcmp(type->transitions[i].from, from) == 0 &&
            strcmp(type->transitions[i].verb, verb) == 0) {
            return &type->transitions[i];
        }
    }
    fail_msg("%s has no %s from %s", type->name, verb, from);
    return NULL;
}

/* What a test works on: a record and a run's context. */
struct bench {
    struct xh_arena *arena;
    struct xh_ctx ctx;
    struct xh_record record;
    struct xh_err err;
};

static void bench_open(struct bench *b, const char *type, const char *now)
{
    memset(b, 0, sizeof *b);
    b->arena = xh_arena_create("test");
    b->ctx.arena = b->arena;
    b->ctx.who = &xh_who_engine;
    assert_int_equal(xh_time_parse(xh_str_from(now), &b->ctx.now_us, NULL), XH_E_OK);
    b->record.type = type_of(type);
    b->record.doc = xh_doc_create(b->arena, &b->record.type->shape);
}

static void bench_close(struct bench *b)
{
    xh_arena_destroy(b->arena);
}

static void set_day(struct xh_doc *doc, const char *field, const char *text)
{
    int32_t day = 0;
    assert_int_equal(xh_day_parse(xh_str_from(text), &day, NULL), XH_E_OK);
    xh_doc_set_int(doc, field, day);
}

/* Does what the engine does: guard, then effect. in NULL: the verb takes nothing. */
static int do_verb(struct bench *b, const char *from, const char *verb, const struct xh_doc *doc)
{
    const struct xh_transition *t = transition_of(b->record.type, from, verb);
    struct xh_in in = {.doc = doc, .record = &b->record};
    struct xh_out out = {NULL};
    int code = t->guard != NULL ? t->guard(&b->ctx, &in, &out, &b->err) : XH_E_OK;
    return code == XH_E_OK && t->effect != NULL ? t->effect(&b->ctx, &in, &out, &b->err) : code;
}

static struct xh_doc *verb_doc(struct bench *b, const char *from, const char *verb)
{
    return xh_doc_create(b->arena, transition_of(b->record.type, from, verb)->in);
}

static void every_core_table_passes_the_check(void **state)
{
    (void)state;
    struct xh_err err = {0};
    int code = xh_domain_check(&xh_core_domain, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(code, XH_E_OK);
}

static void all_shared_nouns_are_there_with_their_plurals(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"party", "parties"},   {"place", "places"},     {"sensor", "sensors"},
        {"device", "devices"},  {"property", "properties"}, {"series", "series"},
        {"dated", "dated"},     {"bill", "bills"},       {"duty", "duties"},
        {"measure", "measures"}, {"claim", "claims"},    {"balance", "balances"},
        {"import", "imports"},   {"line_rule", "line_rules"}, {"erasure", "erasures"},
        {"retention", "retentions"}, {"move", "moves"}, {"feature", "features"},
        {"mapping_rule", "mapping_rules"}, {"broker", "brokers"},
        {"vee_rule", "vee_rules"}, {"vee_finding", "vee_findings"},
        {"reading_edit", "reading_edits"},
        {"account", "accounts"},
        {"billing_run", "billing_runs"},
        {"file", "files"},
        {"sample", "samples"},
        {"own_bill", "own_bills"},
    };
    assert_int_equal(xh_core_domain.record_count, XH_COUNT(names));
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        assert_string_equal(type_of(names[i][0])->plural, names[i][1]);
    }
}

static void only_a_party_owns_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        const struct xh_record_type *type = xh_core_domain.records[i];
        assert_int_equal(type->owns_itself, strcmp(type->name, "party") == 0);
    }
}

static void the_public_and_residents_write_no_registry(void **state)
{
    (void)state;
    static const char *const names[] = {"party", "place", "sensor", "device", "property", "series",
                                        "dated", "bill",  "duty",   "import", "line_rule",
                                        "erasure", "retention"};
    unsigned outside = XH_ROLE_PUBLIC | XH_ROLE_RESIDENT | XH_ROLE_BUSINESS | XH_ROLE_AUDITOR;
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        const struct xh_access *access = &type_of(names[i])->access;
        assert_int_equal((access->write | access->write_own) & outside, 0);
    }
}

static void a_resident_reads_no_bill_but_his_own(void **state)
{
    (void)state;
    const struct xh_access *access = &type_of("bill")->access;
    struct xh_who resident = {.name = "home-7", .roles = XH_ROLE_RESIDENT, .party_id = 7};
    assert_int_equal(xh_may_read(access, &resident), XH_MAY_OWN);
    assert_int_equal(xh_may_read(access, &xh_who_public), XH_MAY_NOT);
}

static void a_duty_stands_by_the_day_in_vietnam(void **state)
{
    (void)state;
    struct bench b;
    static const struct {
        const char *now, *standing;
    } cases[] = {
        {"2025-06-15T16:59:59Z", "due"}, /* 23:59:59 of the due day */
        {"2025-06-15T17:00:00Z", "late"},
        {"1969-12-30T00:00:00Z", "due"},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        bench_open(&b, "duty", cases[i].now);
        set_day(b.record.doc, "due", "2025-06-15");
        b.record.type->compute(&b.ctx, b.record.doc);
        assert_true(xh_str_is(xh_doc_text(b.record.doc, "standing"), cases[i].standing));
        bench_close(&b);
    }
}

static void a_duty_is_fulfilled_in_time_or_late_by_its_own_verb(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "duty", "2025-07-01T00:00:00Z");
    set_day(b.record.doc, "due", "2025-06-15");
    struct xh_doc *in = verb_doc(&b, "open", "fulfil");
    int64_t at_us = 0;
    assert_int_equal(xh_time_parse(XH_STR("2025-06-16T08:00:00+07:00"), &at_us, NULL), XH_E_OK);
    xh_doc_set_int(in, "fulfilled_by", 42);
    xh_doc_set_int(in, "fulfilled_us", at_us);
    assert_int_equal(do_verb(&b, "open", "fulfil", in), XH_E_CONFLICT);
    assert_true(xh_doc_is_null(b.record.doc, "fulfilled_us"));
    assert_int_equal(do_verb(&b, "open", "fulfil_late", in), XH_E_OK);
    assert_int_equal(xh_doc_int(b.record.doc, "fulfilled_by"), 42);
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_true(xh_str_is(xh_doc_text(b.record.doc, "standing"), "done_late"));
    at_us -= XH_US_PER_DAY;
    xh_doc_set_int(in, "fulfilled_us", at_us);
    assert_int_equal(do_verb(&b, "open", "fulfil_late", in), XH_E_CONFLICT);
    assert_int_equal(do_verb(&b, "open", "fulfil", in), XH_E_OK);
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_true(xh_str_is(xh_doc_text(b.record.doc, "standing"), "done"));
    bench_close(&b);
}

static void a_duty_is_not_waived_without_a_reason(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "duty", "2025-07-01T00:00:00Z");
    set_day(b.record.doc, "due", "2025-06-15");
    struct xh_doc *in = verb_doc(&b, "open", "waive");
    xh_doc_set_string(in, "reason", "  \n ");
    assert_int_equal(do_verb(&b, "open", "waive", in), XH_E_INVALID);
    assert_string_equal(b.err.field, "reason");
    xh_doc_set_string(in, "reason", " closed down ");
    assert_int_equal(do_verb(&b, "open", "waive", in), XH_E_OK);
    assert_true(xh_str_is(xh_doc_text(b.record.doc, "reason"), "closed down"));
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_true(xh_str_is(xh_doc_text(b.record.doc, "standing"), "waived"));
    bench_close(&b);
}

/* The verdict on an effect of `low` to `high` where `expected` was expected. */
static const char *verdict(struct bench *b, double expected, double low, double high)
{
    xh_doc_set_real(b->record.doc, "expected_effect", expected);
    struct xh_doc *in = verb_doc(b, "done", "verify");
    xh_doc_set_real(in, "verified_low", low);
    xh_doc_set_real(in, "verified_effect", (low + high) / 2);
    xh_doc_set_real(in, "verified_high", high);
    if (do_verb(b, "done", "verify", in) != XH_E_OK) {
        return "refused";
    }
    return xh_arena_text(b->arena, xh_doc_text(b->record.doc, "verdict"));
}

static void an_effect_is_proved_only_when_its_interval_lies_on_the_expected_side(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "measure", "2025-07-01T00:00:00Z");
    assert_string_equal(verdict(&b, -100, -120, -60), "proved");
    assert_string_equal(verdict(&b, -100, -120, 0), "not_proved");
    assert_string_equal(verdict(&b, -100, -120, 5), "not_proved");
    assert_string_equal(verdict(&b, -100, 60, 120), "not_proved");
    assert_string_equal(verdict(&b, 100, 60, 120), "proved");
    assert_string_equal(verdict(&b, 100, 0, 120), "not_proved");
    assert_string_equal(verdict(&b, 100, -120, -60), "not_proved");
    assert_string_equal(verdict(&b, 0, 60, 120), "refused");
    assert_string_equal(verdict(&b, 100, 120, 60), "refused");
    bench_close(&b);
}

static void a_finished_measure_waits_for_its_verdict(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "measure", "2025-06-30T17:00:00Z");
    assert_int_equal(do_verb(&b, "running", "finish", verb_doc(&b, "running", "finish")), XH_E_OK);
    int32_t first_of_july = xh_day_from_civil(2025, 7, 1);
    assert_int_equal(xh_doc_int(b.record.doc, "done"), first_of_july);
    assert_true(xh_str_is(xh_doc_text(b.record.doc, "verdict"), "pending"));
    bench_close(&b);
}

static void a_claim_is_checked_by_others_and_on_evidence(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "claim", "2025-07-01T00:00:00Z");
    struct xh_who officer = {.name = "officer", .roles = XH_ROLE_OFFICER, .party_id = 9};
    b.ctx.who = &officer;
    xh_doc_set_int(b.record.doc, "party", 9);
    assert_int_equal(do_verb(&b, "declared", "check", NULL), XH_E_FORBIDDEN);
    xh_doc_set_int(b.record.doc, "party", 8);
    assert_int_equal(do_verb(&b, "declared", "check", NULL), XH_E_CONFLICT);
    (void)xh_doc_add(b.record.doc, "evidence");
    assert_int_equal(do_verb(&b, "declared", "check", NULL), XH_E_OK);
    bench_close(&b);
}

static void a_claim_without_a_number_and_a_period_is_not_verified(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "claim", "2025-07-01T00:00:00Z");
    xh_doc_set_int(b.record.doc, "record_id", 3);
    assert_int_equal(do_verb(&b, "checked", "verify", NULL), XH_E_CONFLICT);
    xh_doc_set_dec(b.record.doc, "value", xh_dec_int(12));
    xh_doc_set_string(b.record.doc, "unit", "kgCO2");
    set_day(b.record.doc, "period_from", "2025-01-01");
    assert_int_equal(do_verb(&b, "checked", "verify", NULL), XH_E_CONFLICT);
    set_day(b.record.doc, "period_to", "2025-02-01");
    assert_int_equal(do_verb(&b, "checked", "verify", NULL), XH_E_OK);
    bench_close(&b);
}

static void a_bill_without_lines_or_total_is_not_issued(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "bill", "2025-07-01T00:00:00Z");
    assert_int_equal(do_verb(&b, "draft", "issue", NULL), XH_E_INVALID);
    assert_string_equal(b.err.field, "lines");
    (void)xh_doc_add(b.record.doc, "lines");
    assert_int_equal(do_verb(&b, "draft", "issue", NULL), XH_E_INVALID);
    assert_string_equal(b.err.field, "total");
    xh_doc_set_int(b.record.doc, "total", 0);
    xh_doc_set_string(b.record.doc, "currency", "VND");
    assert_int_equal(do_verb(&b, "draft", "issue", NULL), XH_E_OK);
    bench_close(&b);
}

/* What a dated row that is no window of hours must have. */
static void fill_dated(struct bench *b)
{
    if (strcmp(b->record.type->name, "dated") == 0) {
        xh_doc_set_dec(b->record.doc, "value", xh_dec_int(1984));
        xh_doc_set_string(b->record.doc, "unit", "VND/kWh");
    }
}

static int run_check(struct bench *b)
{
    struct xh_in in = {.record = &b->record};
    struct xh_out out = {NULL};
    return b->record.type->check(&b->ctx, &in, &out, &b->err);
}

static void a_period_ends_after_it_begins(void **state)
{
    (void)state;
    static const char *const types[][3] = {
        {"bill", "period_from", "period_to"},     {"duty", "period_from", "period_to"},
        {"claim", "period_from", "period_to"},    {"balance", "period_from", "period_to"},
        {"dated", "valid_from", "valid_to"},      {"place", "valid_from", "valid_to"},
        {"device", "installed", "removed"},       {"measure", "baseline_from", "baseline_to"},
    };
    for (size_t i = 0; i < XH_COUNT(types); i++) {
        struct bench b;
        bench_open(&b, types[i][0], "2025-07-01T00:00:00Z");
        fill_dated(&b);
        assert_int_equal(run_check(&b), XH_E_OK);
        set_day(b.record.doc, types[i][1], "2025-06-01");
        set_day(b.record.doc, types[i][2], "2025-06-01");
        assert_int_equal(run_check(&b), XH_E_INVALID);
        assert_string_equal(b.err.field, types[i][2]);
        set_day(b.record.doc, types[i][2], "2025-06-02");
        assert_int_equal(run_check(&b), XH_E_OK);
        bench_close(&b);
    }
}

static void dated_hours_and_blocks_run_upwards(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "dated", "2025-07-01T00:00:00Z");
    fill_dated(&b);
    xh_doc_set_int(b.record.doc, "minute_from", 600);
    assert_int_equal(run_check(&b), XH_E_INVALID);
    xh_doc_set_int(b.record.doc, "minute_to", 540);
    assert_int_equal(run_check(&b), XH_E_INVALID);
    xh_doc_set_int(b.record.doc, "minute_to", 1440);
    assert_int_equal(run_check(&b), XH_E_OK);
    xh_doc_set_dec(b.record.doc, "quantity_from", xh_dec_int(100));
    xh_doc_set_dec(b.record.doc, "quantity_to", xh_dec_int(100));
    assert_int_equal(run_check(&b), XH_E_INVALID);
    bench_close(&b);
}

static void a_dated_row_has_value_and_unit_unless_it_is_hours(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "dated", "2025-07-01T00:00:00Z");
    xh_doc_set_string(b.record.doc, "table_name", "price");
    assert_int_equal(run_check(&b), XH_E_INVALID);
    assert_string_equal(b.err.field, "value");
    xh_doc_set_dec(b.record.doc, "value", xh_dec_int(0));
    assert_int_equal(run_check(&b), XH_E_INVALID);
    assert_string_equal(b.err.field, "unit");
    xh_doc_set_null(b.record.doc, "value");
    xh_doc_set_string(b.record.doc, "table_name", "hours");
    assert_int_equal(run_check(&b), XH_E_OK);
    bench_close(&b);
}

static void add_term(struct bench *b, const char *side, const char *amount)
{
    struct xh_dec dec;
    assert_int_equal(xh_dec_parse(xh_str_from(amount), &dec, NULL), XH_E_OK);
    size_t row = xh_doc_add(b->record.doc, "terms");
    xh_value_set_text(xh_doc_put(b->record.doc, "terms", row, "side"), xh_str_from(side));
    xh_value_set_dec(xh_doc_put(b->record.doc, "terms", row, "amount"), dec);
}

static void assert_dec(const struct bench *b, const char *field, const char *expected)
{
    char text[XH_DEC_TEXT_BYTES];
    (void)xh_dec_print(xh_doc_dec(b->record.doc, field), text);
    assert_string_equal(text, expected);
}

static void a_balance_says_what_is_lost(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "balance", "2025-07-01T00:00:00Z");
    add_term(&b, "in", "1000.5");
    add_term(&b, "in", "0.1");
    add_term(&b, "out", "900.2");
    add_term(&b, "stock_change", "-20");
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_dec(&b, "in_total", "1000.6");
    assert_dec(&b, "out_total", "900.2");
    assert_dec(&b, "stock_change", "-20");
    assert_dec(&b, "loss", "120.4");
    assert_true(fabs(xh_doc_real(b.record.doc, "loss_share_percent") - 12.0328) < 0.0001);
    bench_close(&b);
}

static void a_balance_with_nothing_in_has_no_share_of_loss(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "balance", "2025-07-01T00:00:00Z");
    add_term(&b, "out", "5");
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_dec(&b, "loss", "-5");
    assert_true(xh_doc_is_null(b.record.doc, "loss_share_percent"));
    bench_close(&b);
}

static void a_balance_too_large_to_be_exact_shows_nothing(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "balance", "2025-07-01T00:00:00Z");
    add_term(&b, "in", "99999999999999999999999999999999999999");
    add_term(&b, "in", "99999999999999999999999999999999999999");
    b.record.type->compute(&b.ctx, b.record.doc);
    assert_true(xh_doc_is_null(b.record.doc, "in_total"));
    assert_true(xh_doc_is_null(b.record.doc, "loss"));
    bench_close(&b);
}

static void an_import_knows_when_it_ended_and_was_undone(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b, "import", "2025-07-01T00:00:00Z");
    assert_int_equal(do_verb(&b, "running", "finish", NULL), XH_E_OK);
    assert_int_equal(xh_doc_int(b.record.doc, "finished"), b.ctx.now_us);
    assert_true(xh_doc_is_null(b.record.doc, "undone_us"));
    assert_int_equal(do_verb(&b, "done", "undo", NULL), XH_E_OK);
    assert_int_equal(xh_doc_int(b.record.doc, "undone_us"), b.ctx.now_us);
    bench_close(&b);
}

static void an_indicator_is_asked_by_place_and_days(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    struct xh_doc *in = xh_doc_create(arena, &xh_indicator_in);
    assert_int_equal(xh_doc_int(in, "place"), 0);
    assert_int_equal(xh_doc_check(in, NULL), XH_E_INVALID);
    set_day(in, "from", "2025-01-01");
    set_day(in, "to", "2026-01-01");
    assert_int_equal(xh_doc_check(in, NULL), XH_E_OK);
    struct xh_doc *out = xh_doc_create(arena, &xh_indicator_out);
    assert_int_equal(xh_doc_count(out, "sources") + xh_doc_count(out, "missing_from") +
                         xh_doc_count(out, "rows"),
                     0);
    xh_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_core_table_passes_the_check),
        cmocka_unit_test(all_shared_nouns_are_there_with_their_plurals),
        cmocka_unit_test(only_a_party_owns_itself),
        cmocka_unit_test(the_public_and_residents_write_no_registry),
        cmocka_unit_test(a_resident_reads_no_bill_but_his_own),
        cmocka_unit_test(a_duty_stands_by_the_day_in_vietnam),
        cmocka_unit_test(a_duty_is_fulfilled_in_time_or_late_by_its_own_verb),
        cmocka_unit_test(a_duty_is_not_waived_without_a_reason),
        cmocka_unit_test(an_effect_is_proved_only_when_its_interval_lies_on_the_expected_side),
        cmocka_unit_test(a_finished_measure_waits_for_its_verdict),
        cmocka_unit_test(a_claim_is_checked_by_others_and_on_evidence),
        cmocka_unit_test(a_claim_without_a_number_and_a_period_is_not_verified),
        cmocka_unit_test(a_bill_without_lines_or_total_is_not_issued),
        cmocka_unit_test(a_period_ends_after_it_begins),
        cmocka_unit_test(dated_hours_and_blocks_run_upwards),
        cmocka_unit_test(a_dated_row_has_value_and_unit_unless_it_is_hours),
        cmocka_unit_test(a_balance_says_what_is_lost),
        cmocka_unit_test(a_balance_with_nothing_in_has_no_share_of_loss),
        cmocka_unit_test(a_balance_too_large_to_be_exact_shows_nothing),
        cmocka_unit_test(an_import_knows_when_it_ended_and_was_undone),
        cmocka_unit_test(an_indicator_is_asked_by_place_and_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
