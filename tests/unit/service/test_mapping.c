/* test_mapping.c: messages of any shape, and what rules make of them: the cases of
 * tests/golden/mapping, and those that are easier said in C. */
#include "service/engine_fixture.h"

#include <stdio.h>

#include "base/num.h"
#include "service/mapping_internal.h"

/* ---- golden cases ---- */

struct golden_case {
    struct xh_str file, name, rule, topic;
    int64_t arrival_us;
    struct xh_buf payload, wanted, faults; /* wanted: lines; faults: parts of sentences */
};

static void print_time(struct xh_buf *out, int64_t at_us)
{
    char text[XH_TIME_TEXT_BYTES];
    (void)xh_time_print(at_us, text);
    xh_buf_add_text(out, text);
}

static void print_value(struct xh_buf *out, const struct xh_mapping_reading *r)
{
    char text[XH_DEC_TEXT_BYTES], number[XH_NUM_TEXT_BYTES];
    if (r->has_dec) {
        (void)xh_dec_print(r->dec, text);
        xh_buf_add_text(out, text);
    } else {
        (void)xh_num_print(r->value, number);
        xh_buf_add_text(out, number);
    }
}

static void print_result(struct xh_buf *out, const struct xh_mapping_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct xh_mapping_reading *r = &result->readings[i];
        xh_buf_add_format(out, "> %.*s ", XH_STR_ARG(r->series));
        print_value(out, r);
        xh_buf_add_format(out, " %.*s %.*s ", XH_STR_ARG(r->unit),
                          XH_STR_ARG(r->kind.len > 0 ? r->kind : XH_STR("-")));
        print_time(out, r->at_us);
        xh_buf_add_text(out, r->quality == XH_QUALITY_SUSPECT ? " suspect\n" : "\n");
    }
}

static void print_discovered(struct xh_buf *out, const struct xh__mapping_discovered *d)
{
    char text[XH_DEC_TEXT_BYTES];
    struct xh_str pointer = d->is_plain ? XH_STR("-") : d->pointer;
    xh_buf_add_format(out, "+ %.*s %.*s %.*s %.*s %.*s %.*s %.*s", XH_STR_ARG(d->code),
                      XH_STR_ARG(d->topic), XH_STR_ARG(pointer), XH_STR_ARG(d->unit),
                      XH_STR_ARG(d->kind), XH_STR_ARG(d->quantity), XH_STR_ARG(d->device));
    if (d->has_scale) {
        (void)xh_dec_print(d->scale, text);
        xh_buf_add_format(out, " times %s", text);
    }
    xh_buf_add_text(out, d->omitted_is_zero ? " zero" : "");
    if (d->true_text.len > 0) {
        xh_buf_add_format(out, " %.*s/%.*s", XH_STR_ARG(d->true_text), XH_STR_ARG(d->false_text));
    }
    xh_buf_add_char(out, '\n');
}

/* What a discovery says, or why it says nothing. */
static void print_discovery(struct engine_fixture *f, const struct xh_mapping_message *message,
                            struct xh_buf *out, struct xh_err *ret_why)
{
    struct xh__mapping_discovered *items = XH_NEW_ARRAY(f->arena, struct xh__mapping_discovered,
                                                        XH__MAPPING_DISCOVERED_MAX);
    ptrdiff_t count = xh__mapping_ha_read(f->arena, message->topic, message->payload, items,
                                          ret_why);
    for (ptrdiff_t i = 0; i < count; i++) {
        print_discovered(out, &items[i]);
    }
}

static const struct xh_mapping_rule *rule_of(struct engine_fixture *f, struct xh_str json)
{
    const struct xh_record_type *type = xh_engine_record_type(f->engine,
                                                              XH_STR("core.mapping_rule"));
    struct xh_record record = {.type = type, .doc = xh_doc_create(f->arena, &type->shape)};
    struct xh_in in = {.record = &record};
    struct xh_out out = {NULL};
    const struct xh_mapping_rule *rule = NULL;
    struct xh_err err = {0};
    must(xh_doc_read_json(record.doc, xh_json_reader_create(f->arena, json), &err), &err);
    must(type->check(&f->ctx, &in, &out, &err), &err);
    must(xh_mapping_rule_read(&f->ctx, record.doc, &rule, &err), &err);
    return rule;
}

static void check_faults(const struct golden_case *c, const struct xh_mapping_result *result,
                         const struct xh_err *why)
{
    struct xh_str rest = xh_buf_str(&c->faults), part;
    size_t count = 0;
    while (xh_str_split(&rest, '\n', &part)) {
        const char *text = why->code != 0                ? why->text
                           : count < result->fault_count ? result->faults[count].err.text
                                                         : "no fault";
        if (xh_str_find(xh_str_from(text), part) < 0) {
            fail_msg("%.*s: \"%.*s\": the fault is \"%s\", not \"%.*s\"", XH_STR_ARG(c->file),
                     XH_STR_ARG(c->name), text, XH_STR_ARG(part));
        }
        count++;
    }
    size_t told = result->fault_count + (why->code != 0);
    if (told != count) {
        fail_msg("%.*s: \"%.*s\": %zu faults, not %zu; the last is \"%s\"", XH_STR_ARG(c->file),
                 XH_STR_ARG(c->name), told, count,
                 result->fault_count > 0 ? result->faults[result->fault_count - 1].err.text
                                         : why->text);
    }
}

static void run_case(struct engine_fixture *f, struct golden_case *c)
{
    const struct xh_mapping_rule *items[16];
    struct xh_mapping_rules rules = {items, 0, NULL};
    struct xh_mapping_message message = {
        .topic = c->topic, .payload = xh_buf_str(&c->payload), .arrival_us = c->arrival_us};
    struct xh_mapping_result result;
    struct xh_err err = {0}, why = {0};
    struct xh_buf made = {0};
    if (c->rule.len > 0) {
        items[rules.count++] = rule_of(f, c->rule);
    }
    for (size_t i = 0; c->rule.len == 0 && i < xh__mapping_builtin_count; i++) {
        items[rules.count++] = &xh__mapping_builtins[i];
    }
    must(xh_mapping_apply(f->arena, &rules, &message, &result, &err), &err);
    print_result(&made, &result);
    if (result.discoverer != NULL) {
        print_discovery(f, &message, &made, &why);
    }
    if (!xh_str_equal(xh_buf_str(&made), xh_buf_str(&c->wanted))) {
        fail_msg("%.*s: \"%.*s\" gives\n%snot\n%s", XH_STR_ARG(c->file), XH_STR_ARG(c->name),
                 xh_buf_text(&made), xh_buf_text(&c->wanted));
    }
    check_faults(c, &result, &why);
    xh_buf_finish(&made);
}

static bool takes(struct xh_str line, const char *name, struct xh_str *ret)
{
    struct xh_str prefix = xh_str_from(name);
    *ret = xh_str_sub(line, prefix.len, line.len);
    return xh_str_starts(line, prefix);
}

static void case_end(struct engine_fixture *f, struct golden_case *c, size_t *count)
{
    if (c->name.len > 0) {
        if (c->payload.len > 0 && c->payload.ptr[c->payload.len - 1] == '\n') {
            c->payload.len--;
        }
        run_case(f, c);
        (*count)++;
    }
    xh_buf_finish(&c->payload);
    xh_buf_finish(&c->wanted);
    xh_buf_finish(&c->faults);
    *c = (struct golden_case){.file = c->file};
}

static void case_line(struct engine_fixture *f, struct golden_case *c, struct xh_str line)
{
    struct xh_str text, bytes;
    if (takes(line, "case: ", &text)) {
        c->name = text;
    } else if (takes(line, "rule: ", &text)) {
        c->rule = text;
    } else if (takes(line, "topic: ", &text)) {
        c->topic = text;
    } else if (takes(line, "arrival: ", &text)) {
        must(xh_time_parse(text, &c->arrival_us, NULL), NULL);
    } else if (takes(line, "| ", &text)) {
        xh_buf_add_str(&c->payload, text);
        xh_buf_add_char(&c->payload, '\n');
    } else if (takes(line, "x ", &text)) {
        must(xh__mapping_hex(f->arena, text, &bytes, NULL), NULL);
        xh_buf_add_str(&c->payload, bytes);
    } else if (takes(line, "! ", &text)) {
        xh_buf_add_str(&c->faults, text);
        xh_buf_add_char(&c->faults, '\n');
    } else {
        xh_buf_add_str(&c->wanted, line);
        xh_buf_add_char(&c->wanted, '\n');
    }
}

/* Runs all cases of a file; how many. */
static size_t run_file(struct engine_fixture *f, const char *name)
{
    static char content[1 << 20];
    char path[512];
    struct golden_case c = {.file = xh_str_from(name)};
    struct xh_str rest, line;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/tests/golden/mapping/%s", XH_TEST_ROOT, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    rest = (struct xh_str){content, fread(content, 1, sizeof content, file)};
    (void)fclose(file);
    while (xh_str_split(&rest, '\n', &line)) {
        if (line.len == 0) {
            case_end(f, &c, &count);
        } else {
            case_line(f, &c, line);
        }
    }
    case_end(f, &c, &count);
    return count;
}

static void json_and_texts_are_read_by_pointer(void **state)
{
    assert_true(run_file(*state, "json.txt") >= 11);
}

static void omitted_zeros_wrong_clocks_and_watt_minutes_are_understood(void **state)
{
    assert_true(run_file(*state, "oddities.txt") >= 10);
}

static void bytes_are_taken_apart(void **state)
{
    assert_true(run_file(*state, "bytes.txt") >= 9);
}

static void uplinks_of_network_servers_are_read(void **state)
{
    assert_true(run_file(*state, "lora.txt") >= 7);
}

static void tables_of_head_ends_are_read(void **state)
{
    assert_true(run_file(*state, "csv.txt") >= 5);
}

static void home_assistants_discovery_is_understood(void **state)
{
    assert_true(run_file(*state, "home_assistant.txt") >= 6);
}

/* ---- topics and rules ---- */

static void topics_fit_by_levels(void **state)
{
    static const struct {
        const char *pattern, *topic;
        bool fits;
        size_t captures;
    } cases[] = {
        {"a/b", "a/b", true, 0},           {"a/b", "a/b/c", false, 0},  {"a/b/c", "a/b", false, 0},
        {"a/+", "a/b", true, 0},           {"a/+", "a/b/c", false, 0},  {"a/+", "a/", false, 0},
        {"#", "a/b/c", true, 0},           {"a/#", "a", true, 0},       {"a/#", "ab", false, 0},
        {"{x}/{y}", "a/b", true, 2},       {"{x}/b/#", "a/b", true, 1}, {"", "a", false, 0},
        {"+/tele/+", "p/tele/q", true, 0},
    };
    struct xh__mapping_capture captures[XH__MAPPING_CAPTURES_MAX];
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        bool fits = xh__mapping_topic_fits(xh_str_from(cases[i].pattern),
                                           xh_str_from(cases[i].topic), captures, &count);
        if (fits != cases[i].fits || (fits && count != cases[i].captures)) {
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].topic);
        }
    }
}

static int refused(struct engine_fixture *f, const char *json, struct xh_err *err)
{
    const struct xh_record_type *type = xh_engine_record_type(f->engine,
                                                              XH_STR("core.mapping_rule"));
    struct xh_record record = {.type = type, .doc = xh_doc_create(f->arena, &type->shape)};
    struct xh_in in = {.record = &record};
    struct xh_out out = {NULL};
    must(xh_doc_read_json(record.doc, xh_json_reader_create(f->arena, xh_str_from(json)), err),
         err);
    return type->check(&f->ctx, &in, &out, err);
}

static void a_rule_that_makes_no_sense_is_refused_by_field(void **state)
{
    static const char *const cases[][2] = {
        {"{\"topic\": \"a/#/b\", \"format\": \"json\"}", "topic"},
        {"{\"topic\": \"a+/b\", \"format\": \"json\"}", "topic"},
        {"{\"topic\": \"{}/b\", \"format\": \"json\"}", "topic"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"series_code\": \"{tag.x}\"}", "series_code"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"device_code\": \"{json:x}\"}", "device_code"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"time_pointer\": \"t\"}", "time_pointer"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"each_of\": \"/a~2\"}", "each_of"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"creates\": true}", "place_code"},
        {"{\"topic\": \"a\", \"format\": \"json\", \"creates\": true, \"place_code\": \"p\", "
         "\"values\": [{\"name\": \"v\", \"unit\": \"W\"}]}",
         "values[0].quantity"},
        {"{\"topic\": \"a\", \"format\": \"hex\", \"decoder\": \"table\", \"values\": "
         "[{\"name\": \"v\"}]}",
         "values[0].byte_count"},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_err err = {0};
        assert_int_equal(refused(*state, cases[i][0], &err), XH_E_INVALID);
        assert_string_equal(err.field, cases[i][1]);
    }
}

static void rules_of_an_earlier_order_go_before_those_that_follow(void **state)
{
    struct engine_fixture *f = *state;
    const char *const texts[] = {
        "{\"topic\": \"a/+\", \"format\": \"json\", \"sort_order\": 1, \"series_code\": \"none\", "
        "\"values\": [{\"name\": \"v\", \"pointer\": \"/none\"}]}",
        "{\"topic\": \"a/+\", \"format\": \"json\", \"sort_order\": 2, \"series_code\": \"one\", "
        "\"values\": [{\"name\": \"v\", \"pointer\": \"/v\"}]}",
        "{\"topic\": \"#\", \"format\": \"json\", \"sort_order\": 2, \"series_code\": \"two\", "
        "\"values\": [{\"name\": \"v\", \"pointer\": \"/v\"}]}",
        "{\"topic\": \"#\", \"format\": \"json\", \"sort_order\": 3, \"series_code\": \"three\", "
        "\"values\": [{\"name\": \"v\", \"pointer\": \"/v\"}]}",
    };
    const struct xh_mapping_rule *items[4];
    struct xh_mapping_rules rules = {items, 4, NULL};
    struct xh_mapping_message message = {.topic = XH_STR("a/b"), .payload = XH_STR("{\"v\": 1}")};
    struct xh_mapping_result result;
    for (size_t i = 0; i < 4; i++) {
        items[i] = rule_of(f, xh_str_from(texts[i]));
    }
    must(xh_mapping_apply(f->arena, &rules, &message, &result, NULL), NULL);
    assert_int_equal(result.count, 2);
    assert_true(xh_str_is(result.readings[0].series, "one"));
    assert_true(xh_str_is(result.readings[1].series, "two"));
}

/* ---- repetitions ---- */

struct told {
    int count, status;
};

static void tell(void *arg, int status, const struct xh_mapping_outcome *outcome,
                 const struct xh_err *err)
{
    struct told *told = arg;
    (void)outcome;
    (void)err;
    told->count++;
    told->status = status;
}

static void a_repetition_waits_for_the_first_and_is_forgotten_when_that_fails(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_mapping *mapping = NULL;
    struct told told = {0, 1};
    must(xh_mapping_open(f->engine, &mapping, NULL), NULL);
    assert_int_equal(xh__mapping_seen_begin(mapping, 7, 1, tell, &told), XH__MAPPING_FIRST);
    assert_int_equal(xh__mapping_seen_begin(mapping, 7, 2, tell, &told), XH__MAPPING_WAITS);
    xh__mapping_seen_end(mapping, 7, XH_E_NO_SPACE, NULL);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.status, XH_E_NO_SPACE);
    assert_int_equal(xh__mapping_seen_begin(mapping, 7, 3, tell, &told), XH__MAPPING_FIRST);
    xh__mapping_seen_end(mapping, 7, XH_E_OK, NULL);
    assert_int_equal(xh__mapping_seen_begin(mapping, 7, 4, tell, &told), XH__MAPPING_AFTER);
    assert_int_equal(xh__mapping_seen_begin(mapping, 7, 4 + XH_US_PER_HOUR, tell, &told),
                     XH__MAPPING_FIRST);
    assert_int_equal(told.count, 1);
    xh_mapping_close(mapping);
}

static void what_no_rule_takes_is_kept_and_counted(void **state)
{
    struct engine_fixture *f = *state;
    struct xh_mapping *mapping = NULL;
    struct xh_mapping_message message = {.topic = XH_STR("x/y"), .payload = XH_STR("\x01\xff")};
    struct xh_mapping_unmatched *items = XH_NEW_ARRAY(f->arena, struct xh_mapping_unmatched,
                                                      XH_MAPPING_UNMATCHED_KEPT);
    must(xh_mapping_open(f->engine, &mapping, NULL), NULL);
    for (int i = 0; i < 3; i++) {
        message.arrival_us = i;
        assert_int_equal(xh_mapping_message(mapping, &f->ctx, &message, tell, NULL, NULL),
                         XH_MAPPING_UNMATCHED);
    }
    assert_int_equal(xh_mapping_unmatched(mapping, items), 1);
    assert_int_equal(items[0].count, 3);
    assert_true(items[0].is_hex);
    assert_string_equal(items[0].payload, "01ff");
    assert_string_equal(items[0].why, "no rule takes this topic");
    for (int i = 0; i < 2 * XH_MAPPING_UNMATCHED_KEPT; i++) {
        message.topic = xh_arena_format(f->arena, "t/%d", i);
        (void)xh_mapping_message(mapping, &f->ctx, &message, tell, NULL, NULL);
    }
    assert_int_equal(xh_mapping_unmatched(mapping, items), XH_MAPPING_UNMATCHED_KEPT);
    xh_mapping_close(mapping);
}

static int enter(void **state)
{
    struct engine_options options = {.without_rows = true};
    *state = engine_enter(&options);
    return 0;
}

static int leave(void **state)
{
    engine_leave(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(json_and_texts_are_read_by_pointer),
        TEST(omitted_zeros_wrong_clocks_and_watt_minutes_are_understood),
        TEST(bytes_are_taken_apart),
        TEST(uplinks_of_network_servers_are_read),
        TEST(tables_of_head_ends_are_read),
        TEST(home_assistants_discovery_is_understood),
        TEST(topics_fit_by_levels),
        TEST(a_rule_that_makes_no_sense_is_refused_by_field),
        TEST(rules_of_an_earlier_order_go_before_those_that_follow),
        TEST(a_repetition_waits_for_the_first_and_is_forgotten_when_that_fails),
        TEST(what_no_rule_takes_is_kept_and_counted),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
