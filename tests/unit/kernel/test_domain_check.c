/* The check of a room's tables. One room is right in everything; each case spoils one thing and
 * names words of the sentence that must follow. */
#include "kernel/domain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A room whose tables can be written. */
struct room {
    struct xh_domain domain;
    struct xh_quantity quantities[2];
    struct xh_choice choices[3];
    struct xh_field fields[8], line_fields[2], reason_fields[1], params[1], columns[2];
    struct xh_part parts[1];
    struct xh_shape reason_in;
    const char *states[4], *frozen[2], *unique[2];
    struct xh_transition transitions[2];
    struct xh_record_type reports[2];
    const struct xh_record_type *records[2];
    struct xh_query queries[1];
    struct xh_action actions[2];
    struct xh_job jobs[1];
    struct xh_indicator indicators[1];
    struct xh_charge_component components[2];
    struct xh_tariff tariff;
    const struct xh_tariff *tariffs[2];
    const char *seeds[2];
};

static int run(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, struct xh_err *err)
{
    (void)ctx;
    (void)in;
    (void)out;
    (void)err;
    return XH_E_OK;
}

static void compute(const struct xh_ctx *ctx, struct xh_doc *doc)
{
    (void)ctx;
    (void)doc;
}

static struct xh_field field(const char *name, enum xh_type type, unsigned flags)
{
    return (struct xh_field){.name = name, .type = type, .flags = flags, .label_vi = "nhãn",
                             .label_en = "label"};
}

enum { CODE, KIND, OWNER, AMOUNT, COST, DUE, LATE, NOTE };

static void make_record(struct room *r)
{
    static const struct xh_choice choices[] = {
        {"one", "một", "one"}, {"two", "hai", "two"}, {NULL, NULL, NULL}};
    memcpy(r->choices, choices, sizeof choices);
    r->fields[CODE] = field("code", XH_T_TEXT, XH_F_REQUIRED | XH_F_UNIQUE | XH_F_INDEXED);
    r->fields[KIND] = field("kind", XH_T_CHOICE, XH_F_INDEXED | XH_F_LIST);
    r->fields[KIND].choices = r->choices;
    r->fields[OWNER] = field("owner", XH_T_REF, XH_F_INDEXED);
    r->fields[OWNER].ref = "core.party";
    r->fields[AMOUNT] = field("amount_kwh", XH_T_REAL, 0);
    r->fields[AMOUNT].unit = "kWh";
    r->fields[AMOUNT].max = 1e6;
    r->fields[COST] = field("cost", XH_T_MONEY, 0);
    r->fields[COST].unit = "VND";
    r->fields[DUE] = field("due", XH_T_DAY, 0);
    r->fields[LATE] = field("is_late", XH_T_BOOL, XH_F_COMPUTED);
    r->fields[NOTE] = field("note", XH_T_TEXT, XH_F_LONG);
    r->line_fields[0] = field("item", XH_T_TEXT, XH_F_REQUIRED);
    r->line_fields[1] = field("price", XH_T_DEC, 0);
    r->line_fields[1].unit = "VND/kWh";
    r->parts[0] = (struct xh_part){"lines", "các dòng", "lines", r->line_fields, 2, 0};
    r->reason_fields[0] = field("reason", XH_T_TEXT, XH_F_REQUIRED);
    r->reason_in = (struct xh_shape){r->reason_fields, 1, NULL, 0};
    r->states[0] = "draft";
    r->states[1] = "submitted";
    r->states[2] = "returned";
    r->frozen[0] = "submitted";
    r->unique[0] = "owner, due";
    r->transitions[0] = (struct xh_transition){
        "draft", "submitted", "submit", "nộp", "submit", {0, 0, XH_ROLE_STAFF, 0}, NULL, NULL,
        NULL};
    r->transitions[1] = (struct xh_transition){
        "submitted", "returned", "send_back", "trả lại", "send back", {0, 0, XH_ROLE_OFFICER, 0},
        &r->reason_in, run, run};
    r->reports[0] = (struct xh_record_type){
        .name = "report", .plural = "reports", .label_vi = "báo cáo", .label_en = "report",
        .plural_vi = "các báo cáo", .plural_en = "reports",
        .shape = {r->fields, XH_COUNT(r->fields), r->parts, 1},
        .access = {XH_ROLE_ANY, 0, XH_ROLE_STAFF, 0}, .owner_field = "owner",
        .title_field = "code", .states = r->states, .transitions = r->transitions,
        .transition_count = 2, .frozen_states = r->frozen, .unique = r->unique, .compute = compute,
        .check = run, .help_vi = "giúp", .help_en = "help"};
    r->reports[1] = (struct xh_record_type){
        .name = "note", .plural = "notes", .label_vi = "ghi chú", .label_en = "note",
        .plural_vi = "các ghi chú", .plural_en = "notes", .shape = {r->reason_fields, 1, NULL, 0},
        .access = {0, XH_ROLE_RESIDENT, 0, XH_ROLE_RESIDENT}, .title_field = "reason"};
    r->records[0] = &r->reports[0];
    r->records[1] = &r->reports[1];
}

static void make_tables(struct room *r)
{
    r->params[0] = field("from", XH_T_DAY, XH_F_REQUIRED); /* no column: any word will do */
    r->columns[0] = field("owner", XH_T_TEXT, 0);
    r->columns[1] = field("total", XH_T_REAL, 0);
    r->queries[0] = (struct xh_query){
        .name = "totals", .label_vi = "tổng", .label_en = "totals",
        .sql = "SELECT owner, sum(amount_kwh) FROM twin_reports WHERE due >= :from AND "
               "code <> ':none' GROUP BY owner",
        .params = {r->params, 1, NULL, 0}, .columns = {r->columns, 2, NULL, 0},
        .access = {XH_ROLE_STAFF, XH_ROLE_BUSINESS, 0, 0}, .owner_column = "owner"};
    r->actions[0] = (struct xh_action){
        .name = "compare", .label_vi = "so sánh", .label_en = "compare", .in = &r->reason_in,
        .out = &r->reports[0].shape, .access = {XH_ROLE_ANY, 0, 0, 0}, .is_read = true, .run = run};
    r->actions[0].out = &r->reason_in;
    r->actions[1] = (struct xh_action){
        .name = "close", .label_vi = "đóng", .label_en = "close",
        .access = {0, 0, XH_ROLE_STAFF, 0}, .run = run};
    r->jobs[0] = (struct xh_job){"remind", "nhắc", "remind", 3600, "twin.report", run};
    r->indicators[0] = (struct xh_indicator){
        .name = "share", .label_vi = "tỷ lệ", .label_en = "share", .unit = "%",
        .formula_vi = "a chia b", .formula_en = "a divided by b", .numerator_vi = "a",
        .numerator_en = "a", .denominator_vi = "b", .denominator_en = "b",
        .access = {XH_ROLE_ANY, 0, 0, 0}, .run = run};
    r->components[0] = (struct xh_charge_component){
        .name = "energy", .label_vi = "điện", .label_en = "energy", .kind = XH_CHARGE_BLOCKS,
        .key = "evn"};
    r->components[1] = (struct xh_charge_component){
        .name = "vat", .label_vi = "thuế", .label_en = "VAT", .kind = XH_CHARGE_PERCENT,
        .key = "vat", .item = "vat", .of = {"energy"}, .is_tax = true};
    r->tariff = (struct xh_tariff){
        .code = "evn-residential", .label_vi = "giá", .label_en = "price",
        .quantity = "energy.electricity", .unit = "kWh", .currency = "VND",
        .components = r->components, .component_count = 2};
    r->tariffs[0] = r->tariffs[1] = &r->tariff;
    r->seeds[0] = "tariffs.csv";
}

static void make(struct room *r)
{
    memset(r, 0, sizeof *r);
    make_record(r);
    make_tables(r);
    for (size_t i = 0; i < 2; i++) {
        r->quantities[i] = (struct xh_quantity){
            .name = i == 0 ? "electricity" : "power", .label_vi = "điện", .label_en = "electricity",
            .unit = i == 0 ? "kWh" : "kW", .kind = i == 0 ? XH_KIND_REGISTER : XH_KIND_GAUGE,
            .rollup = i == 0 ? XH_ROLLUP_SUM : XH_ROLLUP_MEAN, .max = 1e6};
    }
    r->domain = (struct xh_domain){
        .name = "twin", .label_vi = "phòng", .label_en = "room",
        .quantities = r->quantities, .quantity_count = 2, .records = r->records, .record_count = 2,
        .queries = r->queries, .query_count = 1, .actions = r->actions, .action_count = 2,
        .jobs = r->jobs, .job_count = 1, .indicators = r->indicators, .indicator_count = 1,
        .tariffs = r->tariffs, .tariff_count = 1, .seeds = r->seeds, .simulate = run};
}

static void a_room_that_is_right_passes(void **state)
{
    (void)state;
    struct room r;
    struct xh_err err = {0};
    make(&r);
    int code = xh_domain_check(&r.domain, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(code, XH_E_OK);
}

static void a_room_with_nothing_but_a_name_passes(void **state)
{
    (void)state;
    struct xh_domain domain = {.name = "bare", .label_vi = "trống", .label_en = "bare"};
    assert_int_equal(xh_domain_check(&domain, NULL), XH_E_OK);
}

/* Spoils one thing of `room`, which is `r` inside; words of the sentence. */
#define SPOILT(statement, words)                                                                   \
    do {                                                                                           \
        struct room r;                                                                             \
        struct xh_err err = {0};                                                                   \
        make(&r);                                                                                  \
        statement;                                                                                 \
        int code = xh_domain_check(&r.domain, &err);                                               \
        if (code != XH_E_INTERNAL || strstr(err.text, words) == NULL) {                            \
            fail_msg("%s: %d, \"%s\"", #statement, code, err.text);                                \
        }                                                                                          \
    } while (0)

static void the_sentence_names_room_table_row_and_fault(void **state)
{
    (void)state;
    struct room r;
    struct xh_err err = {0};
    make(&r);
    r.fields[AMOUNT].unit = "kHh";
    assert_int_equal(xh_domain_check(&r.domain, &err), XH_E_INTERNAL);
    assert_string_equal(err.text,
                        "twin, record \"report\", field \"amount_kwh\": unit \"kHh\" is not known");
}

static void names_are_words_of_small_letters_and_single_bars(void **state)
{
    (void)state;
    static const char *const names[] = {"",      "Energy", "1st",  "_a", "a_",
                                        "a__b", "a-b",    "điện", "a b", NULL};
    for (const char *const *name = names; *name != NULL; name++) {
        SPOILT(r.domain.name = *name, "name");
        SPOILT(r.fields[NOTE].name = *name, "is not a name");
        SPOILT(r.reports[0].plural = *name, "is not a name");
        SPOILT(r.states[2] = *name, "");
    }
    SPOILT(r.fields[NOTE].name = NULL, "is not a name");
    SPOILT(r.fields[NOTE].name = "a_name_of_more_than_forty_eight_letters_is_too_long",
           "not a name");
}

static void names_are_there_once(void **state)
{
    (void)state;
    SPOILT(r.quantities[1].name = "electricity", "twice");
    SPOILT(r.fields[NOTE].name = "code", "twice");
    SPOILT(r.line_fields[1].name = "item", "twice");
    SPOILT(r.parts[0].name = "note", "a field has the same name");
    SPOILT(r.reports[1].name = "report", "twice");
    SPOILT(r.reports[1].plural = "reports", "twice");
    SPOILT(r.reports[1].plural = "reports_lines", "that of a record");
    SPOILT(r.actions[1].name = "compare", "twice");
    SPOILT(r.components[1].name = "energy", "twice");
    SPOILT(r.domain.tariff_count = 2, "twice");
    SPOILT(r.choices[1].value = "one", "twice");
    SPOILT(r.states[2] = "draft", "twice");
}

static void columns_are_no_words_of_sql_and_no_fixed_columns(void **state)
{
    (void)state;
    static const char *const words[] = {"order", "group", "table", "index", "from", "to", "user",
                                        "limit", "default", "values", "end", "check", NULL};
    for (const char *const *word = words; *word != NULL; word++) {
        SPOILT(r.fields[NOTE].name = *word, "a word of SQL");
        SPOILT(r.line_fields[1].name = *word, "a word of SQL");
    }
    static const char *const columns[] = {"id", "version", "state", "created_us", "updated_us",
                                          NULL};
    for (const char *const *column = columns; *column != NULL; column++) {
        SPOILT(r.fields[NOTE].name = *column, "a column of this name already");
    }
    SPOILT(r.line_fields[1].name = "record_id", "a column of this name already");
    SPOILT(r.line_fields[1].name = "row_index", "a column of this name already");
    SPOILT(r.reports[0].owner_field = NULL, "a column of this name already");
}

static void words_that_only_look_like_sql_are_columns(void **state)
{
    (void)state;
    static const char *const words[] = {"key", "value", "day", "row", "rows", "number", "zone",
                                        NULL};
    for (const char *const *word = words; *word != NULL; word++) {
        struct room r;
        make(&r);
        r.fields[NOTE].name = *word;
        assert_int_equal(xh_domain_check(&r.domain, NULL), XH_E_OK);
    }
}

static void labels_are_there_in_both_languages(void **state)
{
    (void)state;
    SPOILT(r.domain.label_vi = "", "label in Vietnamese");
    SPOILT(r.domain.label_en = NULL, "label in English");
    SPOILT(r.fields[CODE].label_en = " code", "label in English");
    SPOILT(r.fields[CODE].label_vi = "\xff", "label in Vietnamese");
    SPOILT(r.fields[CODE].help_vi = "chỉ một", "help in English");
    SPOILT(r.parts[0].label_vi = NULL, "label in Vietnamese");
    SPOILT(r.choices[0].label_vi = NULL, "label in Vietnamese");
    SPOILT(r.reports[0].plural_en = NULL, "label in English");
    SPOILT(r.transitions[0].label_en = NULL, "label in English");
    SPOILT(r.queries[0].label_en = NULL, "label in English");
    SPOILT(r.actions[0].label_en = NULL, "label in English");
    SPOILT(r.jobs[0].label_en = NULL, "label in English");
    SPOILT(r.indicators[0].formula_en = NULL, "label in English");
    SPOILT(r.indicators[0].denominator_en = NULL, "help in English");
    SPOILT(r.tariff.label_en = NULL, "label in English");
    SPOILT(r.components[0].label_en = NULL, "label in English");
    SPOILT(r.quantities[0].label_en = NULL, "label in English");
}

static void types_have_what_they_need_and_nothing_else(void **state)
{
    (void)state;
    SPOILT(r.fields[NOTE].type = (enum xh_type)99, "no such type");
    SPOILT(r.fields[KIND].choices = NULL, "needs choices");
    SPOILT(r.choices[0].value = NULL, "needs choices");
    SPOILT(r.fields[CODE].choices = r.choices, "only a CHOICE");
    SPOILT(r.fields[OWNER].ref = "party", "full name");
    SPOILT(r.fields[OWNER].ref = "core.", "full name");
    SPOILT(r.fields[OWNER].ref = NULL, "full name");
    SPOILT(r.fields[OWNER].ref = "core.partie", "there is no record");
    SPOILT(r.fields[OWNER].ref = "twin.nothing", "there is no record");
    SPOILT(r.fields[CODE].ref = "core.party", "only a REF");
    SPOILT(r.fields[AMOUNT].min = 2e6, "min is not less than max");
    SPOILT(r.fields[AMOUNT].max = (double)NAN, "not finite");
    SPOILT(r.fields[CODE].max = 5, "only numbers have min and max");
    SPOILT(r.fields[AMOUNT].length_max = 5, "only a TEXT");
    SPOILT(r.fields[DUE].flags = XH_F_LONG, "only a TEXT");
    SPOILT(r.fields[CODE].unit = "kWh", "only numbers have a unit");
    SPOILT(r.fields[AMOUNT].unit = "kWh/", "not known");
    SPOILT(r.fields[AMOUNT].unit = "/kWh", "not known");
    SPOILT(r.fields[AMOUNT].unit = "", "not known");
    SPOILT(r.fields[COST].unit = "kWh", "no currency");
    SPOILT(r.fields[COST].unit = NULL, "names its currency");
}

static void flags_do_not_contradict_each_other(void **state)
{
    (void)state;
    SPOILT(r.fields[LATE].flags |= XH_F_REQUIRED, "REQUIRED and COMPUTED");
    SPOILT(r.fields[LATE].flags |= XH_F_INDEXED, "no column");
    SPOILT(r.fields[LATE].flags |= 4096, "no such flag");
    SPOILT(r.reason_fields[0].flags |= XH_F_READ_ONLY, "an input is not READ_ONLY");
    SPOILT(r.columns[1].flags = XH_F_COMPUTED, "only a record's field");
    SPOILT(r.line_fields[0].flags |= XH_F_UNIQUE, "not UNIQUE");
    SPOILT(r.reports[0].compute = NULL, "without a function");
    SPOILT(r.fields[LATE].flags = 0, "without COMPUTED");
}

static void records_have_owner_title_and_access(void **state)
{
    (void)state;
    SPOILT((r.fields[OWNER].name = "giver", r.reports[0].owner_field = "code"), "owner_field");
    SPOILT(r.fields[OWNER].ref = "core.place", "owner_field");
    SPOILT(r.reports[0].owns_itself = true, "owns itself");
    SPOILT(r.reports[0].title_field = NULL, "title_field");
    SPOILT(r.reports[0].title_field = "nothing", "title_field");
    SPOILT(r.reports[0].title_field = "is_late", "title_field");
    SPOILT(r.reports[0].access.read = 0, "nobody may read");
    SPOILT(r.reports[0].access.write = 1024, "role that does not exist");
    SPOILT(r.reports[0].shape.field_count = 0, "");
    SPOILT(r.parts[0].field_count = 0, "needs fields");
    SPOILT(r.unique[0] = "owner, nothing", "unique set");
    SPOILT(r.unique[0] = "owner, is_late", "unique set");
    SPOILT(r.unique[0] = "", "unique set");
}

static void states_and_transitions_fit(void **state)
{
    (void)state;
    SPOILT(r.states[0] = NULL, "is empty");
    SPOILT(r.reports[0].states = NULL, "without states");
    SPOILT(r.states[2] = "sent_back", "no transition leads to");
    SPOILT(r.transitions[0].to = "nowhere", "");
    SPOILT(r.transitions[1].from = "nowhere", "is no state");
    SPOILT(r.transitions[1].from = NULL, "is no state");
    SPOILT(r.transitions[0].verb = "Submit", "verb");
    SPOILT((r.transitions[1].from = "draft", r.transitions[1].verb = "submit"), "starts twice");
    SPOILT(r.transitions[0].access.write = 0, "nobody may do it");
    SPOILT(r.transitions[0].access.write_own = 4096, "role that does not exist");
    SPOILT(r.frozen[0] = "frozen", "frozen state");
    SPOILT(r.reason_fields[0].name = "", "is not a name");
}

static void queries_are_one_select_whose_parameters_are_named(void **state)
{
    (void)state;
    SPOILT(r.queries[0].sql = "DELETE FROM twin_reports", "neither SELECT nor WITH");
    SPOILT(r.queries[0].sql = "SELECT owner FROM a WHERE b = :from; SELECT 1", "more than one");
    SPOILT(r.queries[0].sql = "SELECT owner FROM a WHERE b = ':from'", "does not name :from");
    SPOILT(r.queries[0].sql = "SELECT owner FROM a WHERE b = :from_day", "does not name :from");
    SPOILT(r.queries[0].sql = "SELECT owner FROM a WHERE b = :from AND c = :to",
           ":to, which is no");
    SPOILT(r.queries[0].sql = "SELECT owner::text FROM a WHERE b = :from", "which is no parameter");
    SPOILT(r.queries[0].owner_column = NULL, "read_own");
    SPOILT(r.queries[0].owner_column = "own", "owner column");
    SPOILT(r.queries[0].columns.field_count = 0, "one column");
    SPOILT(r.queries[0].params = r.reports[0].shape, "only a record's field");
    SPOILT((r.queries[0].access = (struct xh_access){0, 0, XH_ROLE_ADMIN, 0}), "nobody may read");
    SPOILT(r.queries[0].name = NULL, "is not a name");
}

static void actions_jobs_and_indicators_can_run(void **state)
{
    (void)state;
    SPOILT(r.actions[0].run = NULL, "no function");
    SPOILT(r.actions[0].is_read = false, "nobody may do it");
    SPOILT(r.actions[1].is_read = true, "nobody may do it");
    SPOILT(r.actions[0].in = &r.reports[0].shape, "only a record's field is COMPUTED");
    SPOILT(r.jobs[0].run = NULL, "no function");
    SPOILT((r.jobs[0].every_s = 0, r.jobs[0].on_change = NULL), "neither by the clock");
    SPOILT(r.jobs[0].every_s = -1, "neither by the clock");
    SPOILT(r.jobs[0].on_change = "twin.nothing", "there is no record");
    SPOILT(r.indicators[0].run = NULL, "no function");
    SPOILT(r.indicators[0].unit = "percent", "not known");
    SPOILT(r.indicators[0].unit = NULL, "not known");
    SPOILT(r.indicators[0].access.read = 0, "nobody may read");
}

static void quantities_can_be_shown_and_summed(void **state)
{
    (void)state;
    SPOILT(r.quantities[0].unit = "kWh/h", "not known");
    SPOILT(r.quantities[0].unit = NULL, "not known");
    SPOILT(r.quantities[0].rollup = XH_ROLLUP_MEAN, "summed");
    SPOILT(r.quantities[0].min = 2e6, "out of range");
    SPOILT(r.quantities[0].max_per_hour = -1, "out of range");
    SPOILT(r.quantities[0].kind = (enum xh_quantity_kind)9, "out of range");
}

static void tariffs_build_on_what_stands_before(void **state)
{
    (void)state;
    SPOILT(r.components[1].of[0] = "vat", "no component before it");
    SPOILT(r.components[1].of[0] = NULL, "a percentage, and only that");
    SPOILT(r.components[0].of[0] = "vat", "a percentage, and only that");
    SPOILT(r.components[0].key = NULL, "no key");
    SPOILT(r.tariff.component_count = 0, "no components");
    SPOILT(r.tariff.currency = "kWh", "currency");
    SPOILT(r.tariff.unit = "x", "unit");
    SPOILT(r.tariff.quantity = "electricity", "quantity");
    SPOILT(r.seeds[0] = "tariffs.txt", ".csv");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_that_is_right_passes),
        cmocka_unit_test(a_room_with_nothing_but_a_name_passes),
        cmocka_unit_test(the_sentence_names_room_table_row_and_fault),
        cmocka_unit_test(names_are_words_of_small_letters_and_single_bars),
        cmocka_unit_test(names_are_there_once),
        cmocka_unit_test(columns_are_no_words_of_sql_and_no_fixed_columns),
        cmocka_unit_test(words_that_only_look_like_sql_are_columns),
        cmocka_unit_test(labels_are_there_in_both_languages),
        cmocka_unit_test(types_have_what_they_need_and_nothing_else),
        cmocka_unit_test(flags_do_not_contradict_each_other),
        cmocka_unit_test(records_have_owner_title_and_access),
        cmocka_unit_test(states_and_transitions_fit),
        cmocka_unit_test(queries_are_one_select_whose_parameters_are_named),
        cmocka_unit_test(actions_jobs_and_indicators_can_run),
        cmocka_unit_test(quantities_can_be_shown_and_summed),
        cmocka_unit_test(tariffs_build_on_what_stands_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
