/* Line protocol: lines to slices and numbers, heads to tags, rules to codes. The lines are those of
 * InfluxDB's public reference, and what its clients send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "base/rand.h"
#include "server/lines_internal.h"

struct bench {
    struct xh_arena *arena;
    struct xh__lines lines;
    struct xh__line line;
    struct xh__line_head head;
    struct xh_err err;
    int code;
};

static void begin(struct bench *b, const char *body, const char *precision)
{
    struct xh__line_precision p;
    memset(b, 0, sizeof *b);
    b->arena = xh_arena_create("test");
    assert_int_equal(xh__lines_precision(xh_str_from(precision), &p, NULL), XH_E_OK);
    xh__lines_begin(&b->lines, xh_str_from(body), p);
}

static void end(struct bench *b)
{
    xh_arena_destroy(b->arena);
}

static void next(struct bench *b)
{
    b->code = xh__lines_next(&b->lines, &b->line, &b->err);
}

/* The only line of a body, its head taken apart. */
static void read_one(struct bench *b, const char *body)
{
    begin(b, body, "ns");
    next(b);
    if (b->code != 1) {
        fail_msg("%s: %d %s", body, b->code, b->err.text);
    }
    assert_int_equal(xh__line_head_read(b->arena, b->line.head, &b->head, &b->err), XH_E_OK);
    struct xh__line rest;
    assert_int_equal(xh__lines_next(&b->lines, &rest, NULL), 0);
}

static void assert_str(struct xh_str s, const char *text)
{
    if (!xh_str_is(s, text)) {
        fail_msg("\"%.*s\" is not \"%s\"", XH_STR_ARG(s), text);
    }
}

static void assert_tag(const struct bench *b, size_t at, const char *name, const char *value)
{
    assert_true(at < b->head.tag_count);
    assert_str(b->head.tags[at].name, name);
    assert_str(b->head.tags[at].value, value);
}

static void assert_number(const struct bench *b, size_t at, const char *name, double value,
                          int decimals)
{
    assert_true(at < b->line.field_count);
    assert_str(b->line.fields[at].name, name);
    assert_int_equal(b->line.fields[at].kind, XH__LINE_NUMBER);
    assert_true(memcmp(&b->line.fields[at].value, &value, sizeof value) == 0);
    assert_int_equal(b->line.fields[at].decimals, decimals);
}

static void measurement_tags_fields_and_time_are_told_apart(void **state)
{
    struct bench b;
    (void)state;
    read_one(&b, "weather,location=us-midwest,season=summer temperature=82.50,humidity=71 "
                 "1465839830100400200\n");
    assert_str(b.head.measurement, "weather");
    assert_int_equal(b.head.tag_count, 2);
    assert_tag(&b, 0, "location", "us-midwest");
    assert_tag(&b, 1, "season", "summer");
    assert_int_equal(b.line.field_count, 2);
    assert_number(&b, 0, "temperature", 82.5, 2);
    assert_number(&b, 1, "humidity", 71, 0);
    assert_true(b.line.has_time);
    assert_int_equal(b.line.at_us, INT64_C(1465839830100400));
    end(&b);
    read_one(&b, "weather temperature=82");
    assert_int_equal(b.head.tag_count, 0);
    assert_false(b.line.has_time);
    end(&b);
}

static void escapes_are_undone_and_other_backslashes_stay(void **state)
{
    struct bench b;
    (void)state;
    read_one(&b, "my\\ meas\\,ure,tag\\=key\\,1=tag\\ value\\=\\,x,b=C:\\dir"
                 " field\\ \\,\\=k=1i 1\n");
    assert_str(b.head.measurement, "my meas,ure");
    assert_tag(&b, 0, "b", "C:\\dir");
    assert_tag(&b, 1, "tag=key,1", "tag value=,x");
    assert_str(xh__line_unescape(b.arena, b.line.fields[0].name), "field ,=k");
    assert_int_equal(b.line.fields[0].value, 1);
    end(&b);
}

static void tags_come_in_order_of_their_names(void **state)
{
    struct bench b;
    (void)state;
    read_one(&b, "m,z=1,a=2,k=3 v=1");
    assert_tag(&b, 0, "a", "2");
    assert_tag(&b, 1, "k", "3");
    assert_tag(&b, 2, "z", "1");
    end(&b);
}

static void every_way_to_write_a_value_is_read(void **state)
{
    struct bench b;
    (void)state;
    read_one(&b, "m a=1.0,b=-1.234456e+78,c=7i,d=-9223372036854775808i,e=18446744073709551615u,"
                 "f=-0.0,g=.5,h=5.,i=12345678901234567890");
    assert_number(&b, 0, "a", 1, 1);
    assert_number(&b, 1, "b", -1.234456e+78, XH_NUM_DECIMALS_SHORTEST);
    assert_number(&b, 2, "c", 7, 0);
    assert_number(&b, 3, "d", -9223372036854775808.0, 0);
    assert_true(b.line.fields[4].value == 18446744073709551615.0);
    assert_number(&b, 5, "f", -0.0, 1);
    assert_number(&b, 6, "g", 0.5, 1);
    assert_number(&b, 7, "h", 5, 0);
    assert_true(b.line.fields[8].value == 12345678901234567890.0);
    end(&b);
    read_one(&b, "m a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE");
    for (size_t i = 0; i < b.line.field_count; i++) {
        assert_int_equal(b.line.fields[i].kind, XH__LINE_TRUTH);
        assert_true(b.line.fields[i].value == (i < 5 ? 1 : 0));
    }
    end(&b);
    read_one(&b, "m a=\"too \\\"hot\\\", x=1 \\\\\",b=2 5");
    assert_int_equal(b.line.fields[0].kind, XH__LINE_TEXT);
    assert_str(b.line.fields[0].text, "\"too \\\"hot\\\", x=1 \\\\\"");
    assert_number(&b, 1, "b", 2, 0);
    assert_int_equal(b.line.at_us, 0);
    end(&b);
}

static void the_short_way_of_numbers_gives_what_the_long_one_gives(void **state)
{
    struct xh_rand rand;
    struct bench b;
    (void)state;
    xh_rand_init(&rand, 7);
    for (int i = 0; i < 20000; i++) {
        char body[64], text[48];
        double value = 0;
        int decimals = 0;
        size_t len = 0;
        size_t digits = 1 + (size_t)(xh_rand_u64(&rand) % 18);
        size_t point = (size_t)(xh_rand_u64(&rand) % (digits + 4));
        if (xh_rand_u64(&rand) % 3 == 0) {
            text[len++] = '-';
        }
        for (size_t d = 0; d < digits; d++) {
            if (d == point) {
                text[len++] = '.';
            }
            text[len++] = (char)('0' + xh_rand_u64(&rand) % 10);
        }
        text[len] = '\0';
        assert_int_equal(xh_num_parse(xh_str_from(text), &value, &decimals), 0);
        snprintf(body, sizeof body, "m v=%s", text);
        read_one(&b, body);
        assert_number(&b, 0, "v", value, decimals);
        end(&b);
    }
}

static void a_timestamp_has_the_precision_of_the_request(void **state)
{
    static const struct {
        const char *precision, *text;
        int64_t at_us;
    } cases[] = {
        {"ns", "1556813561098000999", INT64_C(1556813561098000)},
        {"n", "-1", -1},
        {"", "999", 0},
        {"us", "1556813561098000", INT64_C(1556813561098000)},
        {"u", "-5", -5},
        {"ms", "1556813561098", INT64_C(1556813561098000)},
        {"s", "1556813561", INT64_C(1556813561000000)},
        {"m", "2", INT64_C(120000000)},
        {"h", "00000001", INT64_C(3600000000)},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        char body[64];
        struct bench b;
        snprintf(body, sizeof body, "m v=1  %s \r\n", cases[i].text);
        begin(&b, body, cases[i].precision);
        next(&b);
        assert_int_equal(b.code, 1);
        assert_int_equal(b.line.at_us, cases[i].at_us);
        end(&b);
    }
    struct xh__line_precision p;
    struct xh_err err = {0};
    assert_int_equal(xh__lines_precision(XH_STR("d"), &p, &err), XH_E_INVALID);
    assert_string_equal(err.field, "precision");
}

static void comments_and_blank_lines_count_only_in_the_numbering(void **state)
{
    struct bench b;
    (void)state;
    begin(&b, "# a comment, x=1\n\r\n  \nm v=1\r\n\n# end\nn v=2", "s");
    next(&b);
    assert_int_equal(b.code, 1);
    assert_int_equal(b.line.number, 4);
    next(&b);
    assert_int_equal(b.line.number, 7);
    assert_str(b.line.head, "n");
    next(&b);
    assert_int_equal(b.code, 0);
    end(&b);
}

static void a_wrong_line_is_told_and_the_next_one_read(void **state)
{
    static const struct {
        const char *line, *field;
    } cases[] = {
        {"m", "fields"},
        {"m,a=b", "fields"},
        {"m ", "field"},
        {"m v", "field"},
        {"m =1", "field"},
        {"m v=", "value"},
        {"m v=1,", "field"},
        {"m v=abc", "value"},
        {"m v=1x", "value"},
        {"m v=1.5i", "value"},
        {"m v=i", "value"},
        {"m v=9223372036854775808i", "value"},
        {"m v=18446744073709551616u", "value"},
        {"m v=-1u", "value"},
        {"m v=1e400", "value"},
        {"m v=nan", "value"},
        {"m v=tru", "value"},
        {"m v=\"abc", "value"},
        {"m v=\"abc\"x", "line"},
        {"m v=\"abc\"5", "line"},
        {"m v=1 12x", "line"},
        {"m v=1 x", "timestamp"},
        {"m v=1 9223372036854775808", "timestamp"},
        {"m v=1 99999999999999999999", "timestamp"},
        {"m v=1 1 2", "line"},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        char body[128];
        struct bench b;
        snprintf(body, sizeof body, "\n%s\r\nm good=1 7\n", cases[i].line);
        begin(&b, body, "ns");
        next(&b);
        if (b.code != XH_E_INVALID || strcmp(b.err.field, cases[i].field) != 0) {
            fail_msg("%s: %d, field \"%s\": %s", cases[i].line, b.code, b.err.field, b.err.text);
        }
        assert_int_equal(b.line.number, 2);
        assert_int_equal(strncmp(b.err.text, "line 2: ", 8), 0);
        assert_true(b.err.limit[0] != '\0');
        next(&b);
        assert_int_equal(b.code, 1);
        assert_int_equal(b.line.number, 3);
        assert_number(&b, 0, "good", 1, 0);
        end(&b);
    }
}

static void a_text_may_run_over_lines_and_a_lost_quote_takes_one_line_only(void **state)
{
    struct bench b;
    (void)state;
    begin(&b, "m s=\"a\nb\n\",v=1 1\nm v=2\nm s=\"lost\nm s=\"good\"\n", "s");
    next(&b);
    assert_int_equal(b.code, 1);
    assert_int_equal(b.line.number, 1);
    assert_number(&b, 1, "v", 1, 0);
    next(&b);
    assert_int_equal(b.line.number, 4);
    next(&b);
    assert_int_equal(b.code, XH_E_INVALID);
    assert_int_equal(b.line.number, 5);
    next(&b);
    assert_int_equal(b.code, 1);
    assert_int_equal(b.line.number, 6);
    assert_str(b.line.fields[0].text, "\"good\"");
    end(&b);
}

static void a_line_a_number_of_fields_and_of_tags_have_limits(void **state)
{
    struct bench b;
    struct xh_buf body = {0};
    (void)state;
    xh_buf_add_text(&body, "m ");
    for (int i = 0; i < XH__LINE_FIELDS_MAX + 1; i++) {
        xh_buf_add_format(&body, "%sf%d=1", i > 0 ? "," : "", i);
    }
    begin(&b, xh_buf_text(&body), "s");
    next(&b);
    assert_int_equal(b.code, XH_E_INVALID);
    assert_string_equal(b.err.limit, "256");
    end(&b);
    xh_buf_clear(&body);
    for (int i = 0; i < XH__LINE_BYTES_MAX; i++) {
        xh_buf_add_char(&body, 'm');
    }
    xh_buf_add_text(&body, " v=1\nn v=2");
    begin(&b, xh_buf_text(&body), "s");
    next(&b);
    assert_int_equal(b.code, XH_E_INVALID);
    assert_string_equal(b.err.limit, "65536");
    next(&b);
    assert_int_equal(b.code, 1);
    end(&b);
    xh_buf_clear(&body);
    xh_buf_add_text(&body, "m");
    for (int i = 0; i < XH__LINE_TAGS_MAX + 1; i++) {
        xh_buf_add_format(&body, ",t%d=1", i);
    }
    begin(&b, "", "s");
    assert_int_equal(xh__line_head_read(b.arena, xh_buf_str(&body), &b.head, &b.err),
                     XH_E_TOO_LARGE);
    end(&b);
    xh_buf_finish(&body);
}

static void a_malformed_head_is_refused(void **state)
{
    static const char *const heads[] = {",a=b", "m,", "m,a", "m,a=", "m,=b", "m,a=b,", "m,a=1,a=2",
                                        "m\xff", "m,a=\xc3"};
    (void)state;
    for (size_t i = 0; i < XH_COUNT(heads); i++) {
        struct bench b;
        begin(&b, "", "s");
        assert_int_equal(xh__line_head_read(b.arena, xh_str_from(heads[i]), &b.head, &b.err),
                         XH_E_INVALID);
        assert_true(b.err.text[0] != '\0');
        end(&b);
    }
}

static void a_star_stands_for_any_text(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } cases[] = {
        {"", "", true},        {"", "a", false},      {"*", "", true},      {"a*c", "abbc", true},
        {"a*c", "abcd", false}, {"*b*", "abc", true}, {"**", "x", true},    {"a*a", "a", false},
        {"*ab", "aab", true},  {"a*b*c", "axbybzc", true},
    };
    (void)state;
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        assert_int_equal(xh_pattern_fits(xh_str_from(cases[i].pattern),
                                               xh_str_from(cases[i].text)),
                         cases[i].fits);
    }
}

static const char *code_of(struct bench *b, const struct xh__line_rules *rules, const char *head,
                           const char *field)
{
    struct xh__line_name name;
    assert_int_equal(xh__line_head_read(b->arena, xh_str_from(head), &b->head, &b->err), XH_E_OK);
    xh__line_name_find(b->arena, rules, &b->head, xh_str_from(field), &name);
    return xh_arena_text(b->arena, name.code);
}

static void without_a_rule_tags_name_the_series(void **state)
{
    static const struct xh__line_rules none = {NULL, 0};
    struct bench b;
    (void)state;
    begin(&b, "", "s");
    assert_string_equal(code_of(&b, &none, "m,series=home-7/electricity", "value"),
                        "home-7/electricity");
    assert_string_equal(code_of(&b, &none, "m,series=home-7/electricity", "other"), "");
    assert_string_equal(code_of(&b, &none, "meter,z=9,a=home\\ 7", "kwh"), "meter.home 7.9.kwh");
    assert_string_equal(code_of(&b, &none, "meter", "kwh"), "meter.kwh");
    end(&b);
}

static void the_first_rule_that_takes_a_field_names_its_series(void **state)
{
    static const struct xh__line_tag homes[] = {{{"home", 4}, {"h*", 2}}};
    struct xh__line_rule items[3] = {
        {.measurement = XH_STR("power*"), .field = XH_STR("kwh"), .tags = homes, .tag_count = 1,
         .series_code = XH_STR("{tag.home}/electricity")},
        {.measurement = XH_STR("power*"), .field = XH_STR("w*"),
         .series_code = XH_STR("{measurement}-{field}{tag.x}")},
        {.measurement = XH_STR("*"), .series_code = XH_STR("all.{measurement}.{tag.id}")},
    };
    struct xh__line_rules rules = {items, 3}, two = {items, 2};
    struct bench b;
    (void)state;
    begin(&b, "", "s");
    assert_string_equal(code_of(&b, &rules, "power1,home=h7", "kwh"), "h7/electricity");
    assert_string_equal(code_of(&b, &rules, "power1,x=9", "watt"), "power1-watt9");
    assert_string_equal(code_of(&b, &rules, "power1,home=b7,id=3", "kwh"), "all.power1.3");
    assert_string_equal(code_of(&b, &two, "power1,home=h7", "volt"), "");
    assert_string_equal(code_of(&b, &two, "power1", "watt"), "power1.watt");
    assert_string_equal(code_of(&b, &two, "water", "m3"), "water.m3");
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(measurement_tags_fields_and_time_are_told_apart),
        cmocka_unit_test(escapes_are_undone_and_other_backslashes_stay),
        cmocka_unit_test(tags_come_in_order_of_their_names),
        cmocka_unit_test(every_way_to_write_a_value_is_read),
        cmocka_unit_test(the_short_way_of_numbers_gives_what_the_long_one_gives),
        cmocka_unit_test(a_timestamp_has_the_precision_of_the_request),
        cmocka_unit_test(comments_and_blank_lines_count_only_in_the_numbering),
        cmocka_unit_test(a_wrong_line_is_told_and_the_next_one_read),
        cmocka_unit_test(a_text_may_run_over_lines_and_a_lost_quote_takes_one_line_only),
        cmocka_unit_test(a_line_a_number_of_fields_and_of_tags_have_limits),
        cmocka_unit_test(a_malformed_head_is_refused),
        cmocka_unit_test(a_star_stands_for_any_text),
        cmocka_unit_test(without_a_rule_tags_name_the_series),
        cmocka_unit_test(the_first_rule_that_takes_a_field_names_its_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
