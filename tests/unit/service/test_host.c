/* test_host.c: what rooms may ask of the world, asked of a real engine. */
#include "service/engine_fixture.h"

#include "kernel/host.h"
#include "kernel/indicator_use.h"
#include "service/change.h"
#include "service/indicator.h"

#define START_US (INT64_C(1790000000) * XH_US_PER_S)
#define LABELS .label_vi = "x", .label_en = "x"

/* ---- a room with one indicator ---- */

static int run_total(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                     struct xh_err *err)
{
    struct xh_indicator_use use;
    int code = xh_indicator_use_read(ctx, in->doc, "energy.electricity", "kWh", &use, err);
    if (code < 0) {
        return code;
    }
    xh_indicator_use_write(&use, "energy.electricity", "kWh", out->doc);
    struct xh_record home;
    if (xh_record_find(ctx, "core.party", "code", XH_STR("home-7"), &home, NULL) >= 0) {
        size_t i = xh_doc_add(out->doc, "sources");
        xh_value_set_text(xh_doc_put(out->doc, "sources", i, "type"), XH_STR("core.party"));
        xh_value_set_int(xh_doc_put(out->doc, "sources", i, "id"), home.id);
        xh_value_set_text(xh_doc_put(out->doc, "sources", i, "label"), XH_STR("home 7"));
    }
    return XH_E_OK;
}

static const struct xh_indicator indicators[] = {
    {.name = "total_kwh", LABELS, .unit = "kWh", .formula_vi = "x", .formula_en = "x",
     .numerator_vi = "x", .numerator_en = "x", .access = {XH_ROLE_ANY, 0, 0, 0}, .run = run_total},
    {.name = "inside_kwh", LABELS, .unit = "kWh", .formula_vi = "x", .formula_en = "x",
     .numerator_vi = "x", .numerator_en = "x", .access = {XH_ROLE_STAFF, 0, 0, 0},
     .run = run_total},
};
static const struct xh_domain city = {
    .name = "city", LABELS, .indicators = indicators, .indicator_count = XH_COUNT(indicators),
};

static int enter(void **state)
{
    struct engine_options options = {.now_us = START_US, .rooms = {&city}};
    *state = engine_enter(&options);
    return 0;
}

static int leave(void **state)
{
    engine_leave(*state);
    return 0;
}

static struct xh_record find(struct xh_ctx *ctx, const char *type, const char *code)
{
    struct xh_err err = {0};
    struct xh_record record;
    must(xh_record_find(ctx, type, "code", xh_str_from(code), &record, &err), &err);
    return record;
}

/* ---- dated rows ---- */

static const struct xh_dated *row_of(const struct xh_dated_set *set, const char *code)
{
    for (size_t i = 0; i < set->count; i++) {
        if (xh_str_is(set->rows[i].code, code)) {
            return &set->rows[i];
        }
    }
    return NULL;
}

static double price_of(const struct xh_dated_set *set, const char *code)
{
    const struct xh_dated *row = row_of(set, code);
    assert_non_null(row);
    return xh_dec_to_double(row->value);
}

static void price_set(struct engine_fixture *f, const char *code, const char *price)
{
    struct xh_err err = {0};
    struct xh_record record = find(&f->ctx, "core.dated", code);
    struct xh_dec value;
    must(xh_dec_parse(xh_str_from(price), &value, &err), &err);
    xh_doc_set_dec(record.doc, "value", value);
    must(xh_record_put(&f->ctx, &record, &err), &err);
}

static struct xh_dated_set dated(struct xh_ctx *ctx)
{
    struct xh_err err = {0};
    struct xh_dated_set set;
    must(ctx->host->dated(ctx, &set, &err), &err);
    return set;
}

static void rows_are_lent_once_built_and_a_change_makes_new_ones(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_dated_set first = dated(&f->ctx), same = dated(&f->ctx);
    assert_ptr_equal(first.rows, same.rows);
    assert_true(price_of(&first, "E-R-2019-03-20-1") == 1678);
    price_set(f, "E-R-2019-03-20-1", "1700.50");
    struct xh_dated_set second = dated(&f->ctx);
    assert_ptr_not_equal(first.rows, second.rows);
    assert_int_equal(first.count, second.count);
    assert_true(price_of(&second, "E-R-2019-03-20-1") == 1700.5);
    assert_true(price_of(&first, "E-R-2019-03-20-1") == 1678); /* lent until the arena dies */
    engine_party(f, "home-1", "household");
    assert_ptr_equal(dated(&f->ctx).rows, second.rows);
}

static void rows_are_given_as_known_on_an_earlier_instant(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    for (int day = 1; day <= 20; day++) { /* more sets than the cache keeps */
        char price[XH_NUM_TEXT_BYTES];
        xh_env_fault_advance(f->fault, XH_US_PER_DAY);
        (void)xh_int_print(1700 + day, price);
        price_set(f, "E-R-2019-03-20-1", price);
    }
    xh_env_fault_advance(f->fault, XH_US_PER_DAY);
    struct xh_record row = find(&f->ctx, "core.dated", "E-R-2019-03-20-2");
    must(xh_record_delete(&f->ctx, "core.dated", row.id, row.version, &err), &err);
    for (int day = 20; day >= 0; day--) {
        struct xh_ctx ctx = f->ctx;
        ctx.as_known_us = START_US + day * XH_US_PER_DAY + XH_US_PER_HOUR;
        struct xh_dated_set set = dated(&ctx);
        assert_true(price_of(&set, "E-R-2019-03-20-1") == (day == 0 ? 1678 : 1700 + day));
        assert_non_null(row_of(&set, "E-R-2019-03-20-2"));
    }
    struct xh_dated_set now = dated(&f->ctx);
    assert_null(row_of(&now, "E-R-2019-03-20-2"));
    f->ctx.as_known_us = START_US - XH_US_PER_DAY;
    assert_int_equal(dated(&f->ctx).count, 0); /* nothing was known before there was a folder */
}

static int put_and_fail(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct xh_dated_set *inside = arg;
    struct xh_record record = find(ctx, "core.dated", "E-R-2019-03-20-1");
    xh_doc_set_dec(record.doc, "value", xh_dec_from_minor(9, 0));
    int code = ctx->host->record_put(ctx, &record, err);
    assert_true(code >= 0);
    code = ctx->host->dated(ctx, inside, err);
    assert_true(code >= 0);
    return xh_err_set(err, XH_E_CONFLICT, "as the test wants it");
}

static void rows_of_a_write_that_was_undone_were_never_there(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_dated_set inside, before = dated(&f->ctx);
    struct xh_err err = {0};
    assert_int_equal(f->ctx.host->write(&f->ctx, put_and_fail, &inside, &err), XH_E_CONFLICT);
    assert_true(price_of(&inside, "E-R-2019-03-20-1") == 1678);
    struct xh_dated_set after = dated(&f->ctx);
    assert_ptr_equal(after.rows, before.rows);
    price_set(f, "E-R-2019-03-20-1", "10"); /* takes the change number that was given back */
    after = dated(&f->ctx);
    assert_true(price_of(&after, "E-R-2019-03-20-1") == 10);
}

/* ---- readings ---- */

struct kept {
    struct xh_meter_reading readings[100];
    size_t count;
};

static int keep(void *arg, const struct xh_meter_reading *readings, size_t count,
                struct xh_err *err)
{
    struct kept *kept = arg;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        kept->readings[kept->count++] = readings[i];
    }
    return XH_E_OK;
}

static void put_readings(struct engine_fixture *f, int64_t from_us, double first, size_t count)
{
    struct xh_meter_reading readings[100];
    struct xh_err err = {0};
    for (size_t i = 0; i < count; i++) {
        readings[i] = (struct xh_meter_reading){
            .at_us = from_us + (int64_t)i * 1800 * XH_US_PER_S,
            .value = first + (double)i * 0.5,
            .quality = XH_QUALITY_SIMULATED,
        };
    }
    must(f->ctx.host->readings_put(&f->ctx, f->home_series, readings, count, &err), &err);
}

static struct kept get_readings(struct xh_ctx *ctx, int64_t series)
{
    struct kept kept = {.count = 0};
    struct xh_err err = {0};
    must(ctx->host->readings(ctx, series, START_US - XH_US_PER_DAY, START_US + XH_US_PER_DAY, keep,
                             &kept, &err),
         &err);
    return kept;
}

static void readings_read_back_and_a_corrected_one_says_so(void **state)
{
    struct engine_fixture *f = *state;
    int64_t from_us = START_US - 10 * XH_US_PER_HOUR;
    put_readings(f, from_us, 100, 10);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    int64_t known_us = xh_env_now_us(f->env);
    xh_env_fault_advance(f->fault, XH_US_PER_HOUR);
    put_readings(f, from_us + 3 * 1800 * XH_US_PER_S, 101.75, 1); /* was 101.5 */
    struct kept kept = get_readings(&f->ctx, f->home_series);
    assert_int_equal(kept.count, 10);
    for (size_t i = 0; i < kept.count; i++) {
        assert_int_equal(kept.readings[i].at_us, from_us + (int64_t)i * 1800 * XH_US_PER_S);
        assert_true(kept.readings[i].value == (i == 3 ? 101.75 : 100 + (double)i * 0.5));
        assert_int_equal(kept.readings[i].is_corrected, i == 3);
        assert_true((kept.readings[i].quality & XH_QUALITY_SIMULATED) != 0);
    }
    f->ctx.as_known_us = known_us;
    kept = get_readings(&f->ctx, f->home_series);
    assert_int_equal(kept.count, 10);
    assert_true(kept.readings[3].value == 101.5);
    assert_false(kept.readings[3].is_corrected);
}

static void readings_of_a_series_who_may_not_see_are_not_found(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_ctx public = engine_as(f, "public"), resident = engine_as(f, "resident-7");
    struct xh_err err = {0};
    struct kept kept = {.count = 0};
    put_readings(f, START_US - XH_US_PER_HOUR, 100, 2);
    assert_int_equal(get_readings(&resident, f->home_series).count, 2);
    assert_int_equal(public.host->readings(&public, f->home_series, 0, START_US, keep, &kept, &err),
                     XH_E_NOT_FOUND);
    struct xh_use_ask ask = {.series_id = f->home_series, .from_us = START_US - XH_US_PER_DAY,
                             .to_us = START_US, .period = XH_PERIOD_DAY};
    struct xh_use use;
    assert_int_equal(public.host->use(&public, &ask, &use, &err), XH_E_NOT_FOUND);
    assert_int_equal(kept.count, 0);
}

static void a_reading_that_is_refused_is_named(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct xh_meter_reading readings[] = {
        {.at_us = START_US - XH_US_PER_HOUR, .value = 1},
        {.at_us = START_US + 30 * XH_US_PER_DAY, .value = 2},
    };
    int code = f->ctx.host->readings_put(&f->ctx, f->home_series, readings, 2, &err);
    assert_int_equal(code, XH_E_INVALID);
    assert_true(xh_str_starts(xh_str_from(err.field), XH_STR("readings[1].")));
}

static void use_is_what_the_register_grew_by(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    put_readings(f, START_US - 10 * XH_US_PER_HOUR, 100, 21);
    struct xh_use_ask ask = {
        .series_id = f->home_series,
        .from_us = START_US - 10 * XH_US_PER_HOUR,
        .to_us = START_US,
        .period = XH_PERIOD_HOUR,
    };
    struct xh_use use;
    double total = 0;
    must(f->ctx.host->use(&f->ctx, &ask, &use, &err), &err);
    for (size_t i = 0; i < use.count; i++) {
        total += use.amounts[i].amount;
    }
    assert_true(total > 9.99 && total < 10.01);
    assert_string_equal(use.unit, "kWh");
}

/* ---- events, tariffs ---- */

static int count_change(void *arg, const struct xh_change *change, struct xh_err *err)
{
    (void)err;
    assert_true(xh_str_is(change->verb, "swept"));
    assert_true(xh_str_is(change->after, "{\"by\":\"hand\"}"));
    assert_true(xh_str_is(change->who, "operator"));
    assert_int_equal(change->version, 0);
    (*(size_t *)arg)++;
    return XH_E_OK;
}

static void an_event_is_a_change_of_its_own(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    int64_t before = xh_change_last_id(&f->ctx, &err);
    size_t count = 0;
    must(f->ctx.host->emit(&f->ctx, "core.place", f->home_place, "swept",
                           XH_STR("{\"by\":\"hand\"}"), &err),
         &err);
    must(xh_change_read(&f->ctx, before, NULL, 0, 10, count_change, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_int_equal(find(&f->ctx, "core.place", "home-7").version, 1);
}

static void a_tariff_is_found_by_its_code(void **state)
{
    struct engine_fixture *f = *state;
    const struct xh_tariff *tariff = f->ctx.host->tariff(&f->ctx, XH_STR("evn-residential"));
    assert_non_null(tariff);
    assert_string_equal(tariff->code, "evn-residential");
    assert_null(f->ctx.host->tariff(&f->ctx, XH_STR("evn-nothing")));
    f->ctx.host->progress(&f->ctx, 1, 2, "outside of a job nobody listens");
}

/* ---- writes ---- */

static int put_two(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    const char *second = arg;
    const char *const codes[] = {"shop-1", second};
    for (size_t i = 0; i < XH_COUNT(codes); i++) {
        struct xh_record party;
        int code = ctx->host->record_new(ctx, "core.party", &party, err);
        if (code < 0) {
            return code;
        }
        xh_doc_set_string(party.doc, "code", codes[i]);
        xh_doc_set_string(party.doc, "name", codes[i]);
        xh_doc_set_string(party.doc, "kind", "firm");
        code = ctx->host->record_put(ctx, &party, err);
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

static void a_write_of_several_records_is_kept_whole_or_not_at_all(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_err err = {0};
    struct xh_record record;
    char twice[] = "shop-1", other[] = "shop-2";
    assert_int_equal(f->ctx.host->write(&f->ctx, put_two, twice, &err), XH_E_CONFLICT);
    assert_int_equal(xh_record_find(&f->ctx, "core.party", "code", XH_STR("shop-1"), &record, &err),
                     XH_E_NOT_FOUND);
    must(f->ctx.host->write(&f->ctx, put_two, other, &err), &err);
    must(f->ctx.host->record_get(&f->ctx, "core.party", find(&f->ctx, "core.party", "shop-2").id,
                                 &record, &err),
         &err);
    struct xh_ctx public = engine_as(f, "public");
    assert_int_equal(public.host->record_get(&public, "core.party", record.id, &record, &err),
                     XH_E_NOT_FOUND);
    assert_int_equal(public.host->write(&public, put_two, other, &err), XH_E_FORBIDDEN);
}

/* ---- indicators ---- */

static struct xh_doc *ask_doc(struct xh_ctx *ctx, int64_t place)
{
    struct xh_doc *in = xh_doc_create(ctx->arena, &xh_indicator_in);
    int32_t day = (int32_t)(START_US / XH_US_PER_DAY);
    if (place != 0) {
        xh_doc_set_int(in, "place", place);
    }
    xh_doc_set_int(in, "from", day - 2);
    xh_doc_set_int(in, "to", day + 1);
    return in;
}

static struct xh_doc *indicator(struct xh_ctx *ctx, int64_t place)
{
    struct xh_err err = {0};
    struct xh_doc *out = NULL;
    must(ctx->host->indicator(ctx, "city.total_kwh", ask_doc(ctx, place), &out, &err), &err);
    return out;
}

static bool names_a_party(const struct xh_doc *out)
{
    for (size_t i = 0; i < xh_doc_count(out, "sources"); i++) {
        if (xh_str_is(xh_value_text(xh_doc_at(out, "sources", i, "type")), "core.party")) {
            return true;
        }
    }
    return false;
}

static void a_public_number_counts_all_and_shows_no_home(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_ctx public = engine_as(f, "public"), resident = engine_as(f, "resident-7");
    put_readings(f, START_US - 10 * XH_US_PER_HOUR, 100, 21);
    struct xh_doc *out = indicator(&f->ctx, 0);
    double total = xh_doc_real(out, "value");
    assert_true(total > 9.99 && total < 10.01);
    assert_true(names_a_party(out));
    out = indicator(&public, 0);
    assert_true(xh_doc_real(out, "value") == total);
    assert_false(names_a_party(out));
    assert_true(names_a_party(indicator(&resident, 0)));
}

static void a_home_is_shown_to_who_may_see_it_only(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_ctx public = engine_as(f, "public"), resident = engine_as(f, "resident-7");
    put_readings(f, START_US - 10 * XH_US_PER_HOUR, 100, 21);
    assert_true(xh_doc_int(indicator(&f->ctx, f->home_place), "has_value") != 0);
    assert_true(xh_doc_int(indicator(&resident, f->home_place), "has_value") != 0);
    struct xh_err err = {0};
    struct xh_doc *out = NULL, *in = ask_doc(&public, f->home_place);
    assert_int_equal(xh_indicator_get(&public, "city.total_kwh", in, &out, &err), XH_E_NOT_FOUND);
    assert_null(out);
}

static void an_indicator_is_refused_with_the_fault_named(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_ctx public = engine_as(f, "public");
    struct xh_err err = {0};
    struct xh_doc *out = NULL, *in = ask_doc(&public, 0);
    assert_int_equal(xh_indicator_get(&public, "city.inside_kwh", in, &out, &err),
                     XH_E_FORBIDDEN);
    assert_int_equal(xh_indicator_get(&public, "city.nothing", in, &out, &err), XH_E_NOT_FOUND);
    xh_doc_set_int(in, "to", xh_doc_int(in, "from"));
    assert_int_equal(xh_indicator_get(&public, "city.total_kwh", in, &out, &err), XH_E_INVALID);
    assert_string_equal(err.field, "to");
    xh_doc_set_null(in, "to");
    assert_int_equal(xh_indicator_get(&public, "city.total_kwh", in, &out, &err), XH_E_INVALID);
    assert_string_equal(err.field, "to");
    assert_int_equal(xh_indicator_get(&public, "city.total_kwh", ask_doc(&public, 999999), &out,
                                      &err),
                     XH_E_NOT_FOUND);
    assert_null(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_lent_once_built_and_a_change_makes_new_ones),
        TEST(rows_are_given_as_known_on_an_earlier_instant),
        TEST(rows_of_a_write_that_was_undone_were_never_there),
        TEST(readings_read_back_and_a_corrected_one_says_so),
        TEST(readings_of_a_series_who_may_not_see_are_not_found),
        TEST(a_reading_that_is_refused_is_named),
        TEST(use_is_what_the_register_grew_by),
        TEST(an_event_is_a_change_of_its_own),
        TEST(a_tariff_is_found_by_its_code),
        TEST(a_write_of_several_records_is_kept_whole_or_not_at_all),
        TEST(a_public_number_counts_all_and_shows_no_home),
        TEST(a_home_is_shown_to_who_may_see_it_only),
        TEST(an_indicator_is_refused_with_the_fault_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
