/* A park's billing run: the parts add up to the main meter to the last unit, bills are issued all
 * or not at all, a correction is a new version. */
#include "service/billing_run.h"

#include <errno.h>
#include <stdio.h>

#include "base/rand.h"
#include "service/billing.h"
#include "service/billing_internal.h"
#include "service/ingest_help.h"
#include "service/jobs.h"

#define RUN "core.billing_run"

/* 2025-12-01T05Z */
static const struct engine_options december = {
    .now_us = INT64_C(1764565200000000), .without_home = true,
};

/* ---- exact shares ---- */

static void assert_shares(const int64_t *weights, const int64_t *shares, size_t count,
                          int64_t total)
{
    __int128 sum = 0, given = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
        given += shares[i];
    }
    assert_true(given == total);
    for (size_t i = 0; i < count; i++) {
        /* |share - total * weight / sum| < 1, in whole numbers */
        __int128 difference = (__int128)shares[i] * sum - (__int128)total * weights[i];
        assert_true(difference < sum && -difference < sum);
        assert_true(shares[i] >= 0 && (weights[i] > 0 || shares[i] == 0));
    }
}

static void shares_add_up_exactly_and_are_within_one_of_what_they_should_be(void **state)
{
    (void)state;
    enum { ROUNDS = 3000, MOST = 60 };
    struct xh_rand rand;
    struct xh_arena *arena = xh_arena_create("test");
    xh_rand_init(&rand, 7);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t weights[MOST], shares[MOST];
        size_t count = 1 + (size_t)xh_rand_below(&rand, MOST);
        uint64_t most = UINT64_C(1) << (1 + xh_rand_below(&rand, 52));
        int64_t total = (int64_t)xh_rand_below(&rand, UINT64_C(1) << xh_rand_below(&rand, 55));
        for (size_t i = 0; i < count; i++) {
            weights[i] = (int64_t)xh_rand_below(&rand, most);
        }
        weights[xh_rand_below(&rand, count)]++; /* not all are 0 */
        xh__share_exactly(arena, total, weights, count, shares);
        assert_shares(weights, shares, count, total);
        xh_arena_reset(arena);
    }
    xh_arena_destroy(arena);
}

static void what_is_left_over_goes_to_the_largest_remainders(void **state)
{
    (void)state;
    struct xh_arena *arena = xh_arena_create("test");
    const int64_t weights[] = {47, 16, 158, 12, 0};
    int64_t shares[5];
    xh__share_exactly(arena, 100, weights, 5, shares); /* 20.17 6.87 67.81 5.15 */
    assert_int_equal(shares[0], 20);
    assert_int_equal(shares[1], 7);
    assert_int_equal(shares[2], 68);
    assert_int_equal(shares[3], 5);
    assert_int_equal(shares[4], 0);
    const int64_t alike[] = {1, 1, 1};
    xh__share_exactly(arena, 2, alike, 3, shares); /* equal remainders: by order */
    assert_int_equal(shares[0], 1);
    assert_int_equal(shares[1], 1);
    assert_int_equal(shares[2], 0);
    xh_arena_destroy(arena);
}

/* ---- a park ---- */

struct park {
    struct engine_fixture *f;
    int64_t place;
};

static int64_t meter(struct park *park, const char *code, const char *owner)
{
    struct xh_err err = {0};
    struct xh_meter_spec spec = engine_meter_spec("park", code);
    int64_t id = 0;
    spec.device = xh_str_from(code);
    spec.owner = xh_str_from(owner);
    must(xh_registry_meter(&park->f->ctx, &spec, &id, &err), &err);
    return id;
}

static void account(struct park *park, const char *code, const char *role, int area_m2)
{
    struct engine_fixture *f = park->f;
    struct xh_err err = {0};
    struct xh_record account;
    bool is_tenant = strcmp(role, "tenant") == 0;
    int64_t party = is_tenant ? engine_party(f, code, "firm") : 0;
    int64_t series = meter(park, code, is_tenant ? code : "");
    if (park->place == 0) {
        struct xh_record place;
        must(xh_record_find(&f->ctx, "core.place", "code", XH_STR("park"), &place, &err), &err);
        park->place = place.id;
    }
    must(xh_record_new(&f->ctx, "core.account", &account, &err), &err);
    xh_doc_set_string(account.doc, "code", code);
    xh_doc_set_string(account.doc, "name", code);
    xh_doc_set_string(account.doc, "role", role);
    xh_doc_set_int(account.doc, "place", park->place);
    xh_doc_set_int(account.doc, "series", series);
    if (is_tenant) {
        xh_doc_set_int(account.doc, "party", party);
        xh_doc_set_dec(account.doc, "area_m2", xh_dec_int(area_m2));
    }
    must(xh_record_put(&f->ctx, &account, &err), &err);
}

/* A register over October and November: `daily` kWh a day. */
static void grow(struct park *park, const char *code, double daily)
{
    put_growth(park->f, code, at("2025-10-01T00:00:00+07:00"), at("2025-12-01T01:00:00+07:00"),
               XH_US_PER_HOUR, 1000, daily / 24);
}

static struct park park_enter(double main_daily)
{
    struct park park = {.f = engine_enter(&december)};
    account(&park, "main", "main", 0);
    account(&park, "firm-1", "tenant", 1000);
    account(&park, "firm-2", "tenant", 3000);
    account(&park, "firm-3", "tenant", 0);
    account(&park, "lamps", "common", 0);
    grow(&park, "main", main_daily);
    grow(&park, "firm-1", 100.0 / 3);
    grow(&park, "firm-2", 50.0 / 7);
    grow(&park, "firm-3", 11.0 / 13);
    grow(&park, "lamps", 7.0 / 3);
    return park;
}

static struct xh_billing_run_ask november(const struct park *park, const char *allocate)
{
    return (struct xh_billing_run_ask){
        .place_id = park->place, .day_from = day_of("2025-11-01"), .day_to = day_of("2025-12-01"),
        .allocate = xh_str_from(allocate),
    };
}

static struct xh_record preview(const struct park *park, const char *allocate)
{
    struct xh_err err = {0};
    struct xh_billing_run_ask ask = november(park, allocate);
    struct xh_record run;
    must(xh_billing_run_preview(&park->f->ctx, &ask, &run, &err), &err);
    return run;
}

static int64_t thousandths(struct xh_dec dec)
{
    int64_t value = 0;
    assert_int_equal(xh_dec_to_minor(dec, 3, &value), 0);
    return value;
}

static int64_t field(const struct xh_record *run, const char *name)
{
    return thousandths(xh_doc_dec(run->doc, name));
}

static int64_t column(const struct xh_doc *doc, const char *name, const char *role)
{
    int64_t sum = 0;
    for (size_t i = 0; i < xh_doc_count(doc, "lines"); i++) {
        if (xh_str_is(xh_value_text(xh_doc_at(doc, "lines", i, "role")), role)) {
            sum += thousandths(xh_value_dec(xh_doc_at(doc, "lines", i, name)));
        }
    }
    return sum;
}

/* What must be true of every run. */
static void assert_adds_up(const struct xh_record *run)
{
    int64_t in = field(run, "from_main") + field(run, "from_solar");
    assert_int_equal(in, field(run, "exported") + field(run, "tenants") + field(run, "common") +
                             field(run, "losses"));
    assert_int_equal(column(run->doc, "measured", "main"), field(run, "from_main"));
    assert_int_equal(column(run->doc, "measured", "tenant"), field(run, "tenants"));
    assert_int_equal(column(run->doc, "measured", "common"), field(run, "common"));
    assert_int_equal(column(run->doc, "billed", "tenant"), field(run, "billed"));
    assert_int_equal(in - field(run, "exported"), field(run, "billed") + field(run, "not_billed"));
    assert_int_equal(column(run->doc, "billed", "tenant"),
                     column(run->doc, "measured", "tenant") +
                         column(run->doc, "share_common", "tenant") +
                         column(run->doc, "share_losses", "tenant"));
}

static size_t row_of(const struct xh_doc *doc, const char *name)
{
    for (size_t i = 0; i < xh_doc_count(doc, "lines"); i++) {
        if (xh_str_is(xh_value_text(xh_doc_at(doc, "lines", i, "name")), name)) {
            return i;
        }
    }
    fail_msg("no line %s", name);
    return 0;
}

static int64_t cell(const struct xh_record *run, const char *name, const char *col)
{
    return thousandths(xh_value_dec(xh_doc_at(run->doc, "lines", row_of(run->doc, name), col)));
}

static void tenants_common_areas_and_losses_are_the_main_meter_to_the_last_unit(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_record run = preview(&park, "none");
    assert_true(xh_str_is(run.state, "previewed"));
    assert_adds_up(&run);
    assert_int_equal(field(&run, "from_main"), 1500000);
    assert_int_equal(cell(&run, "firm-1", "measured"), 1000000);
    assert_int_equal(cell(&run, "firm-2", "measured"), 214286); /* 214.285714... kWh */
    assert_int_equal(field(&run, "common"), 70000);
    assert_int_equal(field(&run, "billed"), field(&run, "tenants"));
    assert_int_equal(field(&run, "losses"), 1500000 - 1000000 - 214286 - 25385 - 70000);
    assert_int_equal(xh_doc_int(run.doc, "bill_count"), 3);
    engine_leave(park.f);
}

static void common_use_and_losses_are_passed_on_by_use_or_by_area(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_record by_use = preview(&park, "use");
    assert_adds_up(&by_use);
    assert_int_equal(field(&by_use, "billed"), field(&by_use, "from_main"));
    assert_int_equal(field(&by_use, "not_billed"), 0);
    struct xh_record by_area = preview(&park, "area"); /* the open one is computed again */
    assert_int_equal(by_area.id, by_use.id);
    assert_adds_up(&by_area);
    assert_int_equal(field(&by_area, "not_billed"), 0);
    assert_int_equal(cell(&by_area, "firm-1", "share_common"), 17500);
    assert_int_equal(cell(&by_area, "firm-2", "share_common"), 52500);
    assert_int_equal(cell(&by_area, "firm-3", "share_common"), 0); /* it has no area */
    struct xh_err err = {0};
    struct xh_billing_run_ask ask = november(&park, "fixed");
    struct xh_record none;
    assert_int_equal(xh_billing_run_preview(&park.f->ctx, &ask, &none, &err), XH_E_INVALID);
    assert_string_equal(err.field, "allocate");
    engine_leave(park.f);
}

static void a_meter_of_two_accounts_is_refused(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_err err = {0};
    struct xh_record again, run;
    struct xh_record lamps;
    must(xh_record_find(&park.f->ctx, "core.account", "code", XH_STR("lamps"), &lamps, &err), &err);
    must(xh_record_new(&park.f->ctx, "core.account", &again, &err), &err);
    again.doc = xh_doc_copy(park.f->arena, lamps.doc);
    xh_doc_set_string(again.doc, "code", "lamps-2");
    must(xh_record_put(&park.f->ctx, &again, &err), &err);
    struct xh_billing_run_ask ask = november(&park, "none");
    assert_int_equal(xh_billing_run_preview(&park.f->ctx, &ask, &run, &err), XH_E_CONFLICT);
    assert_string_equal(err.value, "lamps");
    xh_doc_set_int(again.doc, "is_closed", 1);
    must(xh_record_put(&park.f->ctx, &again, &err), &err);
    run = preview(&park, "none");
    assert_adds_up(&run);
    engine_leave(park.f);
}

static void a_roof_is_an_input_beside_the_main_meter(void **state)
{
    (void)state;
    struct park park = park_enter(40);
    account(&park, "roof", "solar", 0);
    account(&park, "out", "export", 0);
    grow(&park, "roof", 12.5);
    grow(&park, "out", 1.5);
    struct xh_record run = preview(&park, "use");
    assert_adds_up(&run);
    assert_int_equal(field(&run, "from_solar"), 375000);
    assert_int_equal(field(&run, "exported"), 45000);
    assert_int_equal(field(&run, "billed"), 1200000 + 375000 - 45000);
    engine_leave(park.f);
}

static void more_behind_the_main_meter_than_came_in_is_told_and_needs_a_reason(void **state)
{
    (void)state;
    struct park park = park_enter(40);
    struct xh_record run = preview(&park, "use"), issued;
    struct xh_err err = {0};
    assert_adds_up(&run);
    assert_true(field(&run, "losses") < 0);
    assert_int_equal(column(run.doc, "share_losses", "tenant"), 0);
    assert_int_equal(field(&run, "billed"), field(&run, "tenants") + field(&run, "common"));
    assert_true(xh_str_find(xh_doc_text(run.doc, "sentence_vi"), XH_STR("chênh lệch")) > 0);
    assert_int_equal(xh_billing_run_issue(&park.f->ctx, run.id, XH_STR(" "), &issued, &err),
                     XH_E_INVALID);
    assert_string_equal(err.field, "reason");
    must(xh_billing_run_issue(&park.f->ctx, run.id, XH_STR("the main meter is being tested"),
                              &issued, &err),
         &err);
    assert_true(xh_str_is(issued.state, "issued"));
    engine_leave(park.f);
}

static void missing_readings_are_told_and_need_a_reason(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    account(&park, "firm-4", "tenant", 500);
    put_growth(park.f, "firm-4", at("2025-11-06T00:00:00+07:00"), at("2025-12-01T01:00:00+07:00"),
               XH_US_PER_HOUR, 0, 0.01);
    struct xh_record run = preview(&park, "none"), issued;
    struct xh_err err = {0};
    size_t row = row_of(run.doc, "firm-4");
    assert_int_equal(xh_doc_int(run.doc, "incomplete_count"), 1);
    assert_int_equal(xh_value_int(xh_doc_at(run.doc, "lines", row, "missing_days")), 5);
    assert_int_equal(xh_billing_run_issue(&park.f->ctx, run.id, XH_STR(""), &issued, &err),
                     XH_E_INVALID);
    must(xh_billing_run_issue(&park.f->ctx, run.id, XH_STR("moved in on the 6th"), &issued, &err),
         &err);
    assert_true(xh_str_is(issued.state, "issued"));
    engine_leave(park.f);
}

/* ---- issued ---- */

static struct xh_record issue(const struct park *park, int64_t run_id)
{
    struct xh_err err = {0};
    struct xh_record run;
    must(xh_billing_run_issue(&park->f->ctx, run_id, XH_STR(""), &run, &err), &err);
    return run;
}

static struct xh_record bill_of(const struct park *park, const struct xh_record *run,
                                const char *name)
{
    struct xh_err err = {0};
    struct xh_record bill;
    int64_t id = xh_value_int(xh_doc_at(run->doc, "lines", row_of(run->doc, name), "bill"));
    must(xh_record_get(&park->f->ctx, "core.bill", id, &bill, &err), &err);
    return bill;
}

static void each_tenant_gets_a_bill_of_its_use_and_its_shares(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_record run = issue(&park, preview(&park, "use").id);
    assert_true(xh_str_is(run.state, "issued"));
    int64_t total = 0;
    for (int i = 1; i <= 3; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "firm-%d", i);
        struct xh_record bill = bill_of(&park, &run, name);
        assert_true(xh_str_is(bill.state, "issued"));
        assert_int_equal(xh_doc_int(bill.doc, "run"), run.id);
        assert_int_equal(field(&bill, "quantity"), cell(&run, name, "billed"));
        assert_int_equal(field(&bill, "measured"), cell(&run, name, "measured"));
        total += xh_doc_int(bill.doc, "total");
    }
    assert_int_equal(total, xh_doc_int(run.doc, "total"));
    struct xh_record again = issue(&park, run.id);
    assert_int_equal(again.version, run.version);
    struct xh_err err = {0};
    struct xh_billing_run_ask ask = november(&park, "none");
    assert_int_equal(xh_billing_run_preview(&park.f->ctx, &ask, &again, &err), XH_E_CONFLICT);
    engine_leave(park.f);
}

static void a_bill_of_a_run_is_not_issued_singly(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_record run = issue(&park, preview(&park, "use").id), bill;
    struct xh_err err = {0};
    const struct xh_series *series;
    must(xh_series_get(&park.f->ctx, XH_STR("firm-1"), &series, &err), &err);
    assert_int_equal(xh_bill_issue(&park.f->ctx, series, XH_STR(""), day_of("2025-11-01"),
                                   day_of("2025-12-01"), XH_STR(""), &bill, &err),
                     XH_E_CONFLICT);
    xh_series_put(series);
    struct xh_bill_renewal renewal;
    xh_env_fault_advance(park.f->fault, XH_US_PER_HOUR);
    put(park.f, "firm-1", at("2025-11-15T00:30:00+07:00"), 2500);
    must(xh_bills_renew(&park.f->ctx, NULL, 0, &renewal, &err), &err);
    assert_int_equal(renewal.renewed, 0);
    bill = bill_of(&park, &run, "firm-1");
    assert_true(xh_str_is(bill.state, "issued"));
    engine_leave(park.f);
}

static void only_who_issues_bills_makes_runs(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_err err = {0};
    struct xh_ctx ctx = engine_as(park.f, "public");
    struct xh_billing_run_ask ask = november(&park, "none");
    struct xh_record run;
    assert_int_equal(xh_billing_run_preview(&ctx, &ask, &run, &err), XH_E_FORBIDDEN);
    assert_int_equal(xh_billing_run_issue(&ctx, 1, XH_STR(""), &run, &err), XH_E_FORBIDDEN);
    assert_int_equal(xh_billing_run_correct(&ctx, 1, XH_STR(""), XH_STR("x"), &run, &err),
                     XH_E_FORBIDDEN);
    engine_leave(park.f);
}

/* ---- corrected ---- */

static void a_correction_is_a_new_version_and_the_old_one_stays(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_err err = {0};
    struct xh_record first = issue(&park, preview(&park, "none").id), second;
    xh_env_fault_advance(park.f->fault, XH_US_PER_HOUR);
    put(park.f, "firm-2", at("2025-12-01T00:00:00+07:00"), 1500);
    put(park.f, "firm-2", at("2025-12-01T01:00:00+07:00"), 1500.5);
    assert_int_equal(xh_billing_run_correct(&park.f->ctx, first.id, XH_STR(""), XH_STR(""), &second,
                                            &err),
                     XH_E_INVALID);
    must(xh_billing_run_correct(&park.f->ctx, first.id, XH_STR(""), XH_STR("read again"), &second,
                                &err),
         &err);
    assert_adds_up(&second);
    assert_int_equal(xh_doc_int(second.doc, "supersedes"), first.id);
    assert_int_equal(xh_doc_int(second.doc, "revision"), 2);
    assert_int_equal(cell(&second, "firm-2", "old_billed"), 214286);
    assert_true(cell(&second, "firm-2", "billed") > 214286);
    second = issue(&park, second.id);
    struct xh_record old = bill_of(&park, &first, "firm-2");
    struct xh_record new = bill_of(&park, &second, "firm-2");
    assert_true(xh_str_is(old.state, "superseded"));
    assert_int_equal(xh_doc_int(new.doc, "supersedes"), old.id);
    assert_int_equal(xh_doc_int(new.doc, "revision"), 2);
    assert_int_equal(bill_of(&park, &second, "firm-1").id, bill_of(&park, &first, "firm-1").id);
    struct xh_record was;
    must(xh_record_get(&park.f->ctx, RUN, first.id, &was, &err), &err);
    assert_true(xh_str_is(was.state, "corrected"));
    assert_int_equal(field(&was, "tenants"), field(&first, "tenants"));
    engine_leave(park.f);
}

/* ---- broken off ---- */

static int count_issued(void *arg, struct xh_record *record, struct xh_err *err)
{
    (void)err;
    *(size_t *)arg += xh_str_is(record->state, "issued");
    return XH_E_OK;
}

static size_t issued_bills(const struct park *park)
{
    struct xh_err err = {0};
    struct xh_list list = {.limit = 1000};
    struct xh_str next;
    size_t count = 0;
    must(xh_record_list(&park->f->ctx, "core.bill", &list, count_issued, &count, &next, &err),
         &err);
    return count;
}

static void reopen(struct park *park)
{
    engine_reopen(park->f);
    park->f->ctx = engine_as(park->f, "operator");
}

static void a_disk_that_fails_leaves_all_bills_or_none(void **state)
{
    (void)state;
    struct park park = park_enter(50);
    struct xh_record run = preview(&park, "use"), issued;
    bool has_fired = true;
    uint64_t nth = 1;
    for (; has_fired; nth++) {
        struct xh_err err = {0};
        xh_env_fault_fail_any(park.f->fault, nth, EIO, true);
        int code = xh_billing_run_issue(&park.f->ctx, run.id, XH_STR(""), &issued, &err);
        has_fired = xh_env_fault_has_fired(park.f->fault);
        xh_env_fault_fail_any(park.f->fault, 0, 0, false);
        reopen(&park);
        must(xh_record_get(&park.f->ctx, RUN, run.id, &issued, &err), &err);
        bool is_issued = xh_str_is(issued.state, "issued");
        assert_true(code < 0 || is_issued);
        assert_true(is_issued || xh_str_is(issued.state, "previewed"));
        assert_int_equal(issued_bills(&park), is_issued ? 3 : 0);
        if (is_issued) {
            break;
        }
    }
    assert_true(nth > 2); /* there was something to fail */
    issued = issue(&park, run.id);
    assert_adds_up(&issued);
    assert_int_equal(issued_bills(&park), 3);
    engine_leave(park.f);
}

static void a_large_run_goes_on_where_it_broke_off(void **state)
{
    (void)state;
    enum { TENANTS = XH_BILLING_RUN_AT_ONCE + 5 };
    struct park park = {.f = engine_enter(&december)};
    struct xh_err err = {0};
    account(&park, "main", "main", 0);
    grow(&park, "main", 40);
    for (int i = 0; i < TENANTS; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "firm-%d", i);
        account(&park, code, "tenant", 10);
        put_growth(park.f, code, at("2025-10-31T00:00:00+07:00"), at("2025-12-02T00:00:00+07:00"),
                   16 * XH_US_PER_DAY, 0, 1 + i / 100.0);
    }
    struct xh_record run = preview(&park, "use"), now;
    assert_true(xh_str_is(run.state, "draft"));
    must(xh_job_run(park.f->engine, "core.billing", &err), &err);
    must(xh_record_get(&park.f->ctx, RUN, run.id, &now, &err), &err);
    assert_true(xh_str_is(now.state, "previewed"));
    assert_adds_up(&now);
    now = issue(&park, run.id);
    assert_true(xh_str_is(now.state, "issuing"));
    xh_env_fault_fail_any(park.f->fault, 30, ENOSPC, true);
    assert_true(xh_job_run(park.f->engine, "core.billing", &err) < 0);
    xh_env_fault_fail_any(park.f->fault, 0, 0, false);
    reopen(&park);
    assert_true(issued_bills(&park) < TENANTS);
    must(xh_job_run(park.f->engine, "core.billing", &err), &err);
    must(xh_record_get(&park.f->ctx, RUN, run.id, &now, &err), &err);
    assert_true(xh_str_is(now.state, "issued"));
    assert_adds_up(&now);
    assert_int_equal(issued_bills(&park), TENANTS);
    for (size_t i = 1; i < xh_doc_count(now.doc, "lines"); i++) {
        assert_true(xh_value_int(xh_doc_at(now.doc, "lines", i, "bill")) > 0);
    }
    engine_leave(park.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_add_up_exactly_and_are_within_one_of_what_they_should_be),
        cmocka_unit_test(what_is_left_over_goes_to_the_largest_remainders),
        cmocka_unit_test(tenants_common_areas_and_losses_are_the_main_meter_to_the_last_unit),
        cmocka_unit_test(common_use_and_losses_are_passed_on_by_use_or_by_area),
        cmocka_unit_test(a_meter_of_two_accounts_is_refused),
        cmocka_unit_test(a_roof_is_an_input_beside_the_main_meter),
        cmocka_unit_test(more_behind_the_main_meter_than_came_in_is_told_and_needs_a_reason),
        cmocka_unit_test(missing_readings_are_told_and_need_a_reason),
        cmocka_unit_test(each_tenant_gets_a_bill_of_its_use_and_its_shares),
        cmocka_unit_test(a_bill_of_a_run_is_not_issued_singly),
        cmocka_unit_test(only_who_issues_bills_makes_runs),
        cmocka_unit_test(a_correction_is_a_new_version_and_the_old_one_stays),
        cmocka_unit_test(a_disk_that_fails_leaves_all_bills_or_none),
        cmocka_unit_test(a_large_run_goes_on_where_it_broke_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
