#include "base/csv.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Adds the records that are ready as text: [field|field]line, and the error, if one comes. */
static int drain(struct xh_csv_reader *r, struct xh_buf *out, struct xh_err *err)
{
    const struct xh_str *fields;
    size_t count;
    int rc;
    while ((rc = xh_csv_next(r, &fields, &count, err)) > 0) {
        xh_buf_add_char(out, '[');
        for (size_t i = 0; i < count; i++) {
            if (i > 0) {
                xh_buf_add_char(out, '|');
            }
            xh_buf_add_str(out, fields[i]);
        }
        xh_buf_add_format(out, "]%d", (int)xh_csv_line(r));
    }
    return rc;
}

static void feed_copy(struct xh_csv_reader *r, const char *bytes, size_t len, bool is_last)
{
    char *copy = malloc(len > 0 ? len : 1); /* exact, for the sanitizer; gone after the call */
    memcpy(copy, bytes, len);
    xh_csv_feed(r, copy, len, is_last);
    free(copy);
}

/* The records of `text`, fed in two pieces. */
static int read_split(struct xh_str text, size_t split, char separator, struct xh_buf *out,
                      struct xh_err *err)
{
    struct xh_csv_reader *r = xh_csv_reader_create(separator);
    feed_copy(r, text.ptr, split, false);
    int rc = drain(r, out, err);
    if (rc == 0) {
        feed_copy(r, text.ptr + split, text.len - split, true);
        rc = drain(r, out, err);
        assert_int_equal(drain(r, out, NULL), rc); /* the answer stays */
    }
    xh_csv_reader_destroy(r);
    return rc;
}

/* Every way of cutting the text in two, and byte by byte, gives `expected`. */
static void assert_records(struct xh_str text, char separator, const char *expected)
{
    struct xh_buf out = {0};
    struct xh_err err = {0};
    for (size_t split = 0; split <= text.len; split++) {
        xh_buf_clear(&out);
        int rc = read_split(text, split, separator, &out, &err);
        assert_string_equal(rc < 0 ? err.text : "", "");
        assert_string_equal(xh_buf_text(&out), expected);
    }
    struct xh_csv_reader *r = xh_csv_reader_create(separator);
    xh_buf_clear(&out);
    for (size_t i = 0; i < text.len; i++) {
        feed_copy(r, text.ptr + i, 1, false);
        assert_int_equal(drain(r, &out, NULL), 0);
    }
    xh_csv_feed(r, NULL, 0, true);
    assert_int_equal(drain(r, &out, NULL), 0);
    assert_string_equal(xh_buf_text(&out), expected);
    xh_csv_reader_destroy(r);
    xh_buf_finish(&out);
}

static void assert_refused(struct xh_str text, int code, const char *sentence)
{
    for (size_t split = 0; split <= text.len; split++) {
        struct xh_buf out = {0};
        struct xh_err err = {0};
        assert_int_equal(read_split(text, split, ',', &out, &err), code);
        assert_string_equal(err.text, sentence);
        xh_buf_finish(&out);
    }
}

static void pieces_may_end_anywhere(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBF"
                               "time,name,\"note \"\"x\"\"\"\r\n"
                               "1,\"a,b\",\"two\r\nlines\n\rfour\"\n"
                               "\r\n\r\r"
                               "2,\"\",\"\"\"\"\r"
                               "3,Hà Nội,5\" pipe\n"
                               ",,\n"
                               "\"\"\n"
                               "4, spaced ,\"end\"";
    assert_records(xh_str_from(text), 0,
                   "[time|name|note \"x\"]1[1|a,b|two\r\nlines\n\rfour]2[2||\"]9"
                   "[3|Hà Nội|5\" pipe]10[||]11[]12[4| spaced |end]13");
}

static void line_ends_may_be_crlf_lf_or_cr(void **state)
{
    (void)state;
    assert_records(XH_STR("a,b\r\nc,d\r\n"), ',', "[a|b]1[c|d]2");
    assert_records(XH_STR("a,b\nc,d\n"), ',', "[a|b]1[c|d]2");
    assert_records(XH_STR("a,b\rc,d\r"), ',', "[a|b]1[c|d]2");
    assert_records(XH_STR("a,b\n\n\nc,d"), ',', "[a|b]1[c|d]4");
}

static void an_empty_text_has_no_records(void **state)
{
    (void)state;
    assert_records(XH_STR(""), 0, "");
    assert_records(XH_STR("\n\r\n\r"), 0, "");
    assert_records(XH_STR("\xEF\xBB\xBF"), 0, "");
    assert_records(XH_STR("\xEF\xBB\xBF\n"), ',', "");
}

static void a_field_may_be_empty_at_each_place(void **state)
{
    (void)state;
    assert_records(XH_STR(",a"), ',', "[|a]1");
    assert_records(XH_STR("a,"), ',', "[a|]1");
    assert_records(XH_STR("a,\n,\n"), ',', "[a|]1[|]2");
}

static void half_a_byte_order_mark_is_not_one(void **state)
{
    (void)state;
    assert_refused(XH_STR("\xEF\xBB"), XH_E_INVALID, "csv line 1: the text is not valid utf-8");
    assert_refused(XH_STR("a\n\xEF"), XH_E_INVALID, "csv line 2: the text is not valid utf-8");
}

static void assert_guess(const char *text, char separator)
{
    struct xh_csv_reader *r = xh_csv_reader_create(0);
    struct xh_buf out = {0};
    xh_csv_feed(r, text, strlen(text), true);
    assert_int_equal(drain(r, &out, NULL), 0);
    assert_int_equal(xh_csv_separator(r), separator);
    xh_csv_reader_destroy(r);
    xh_buf_finish(&out);
}

static void the_separator_is_guessed_from_the_first_record(void **state)
{
    (void)state;
    assert_guess("a,b,c\n1;2;3;4;5", ',');
    assert_guess("a;b;c\n1,5;2,5;3,5", ';');
    assert_guess("a\tb\n", '\t');
    assert_guess("1,5;2,5;3,5\n", ';'); /* decimal commas */
    assert_guess("1,2,3\n", ',');
    assert_guess("\"a,b,c\";d\n", ';'); /* commas within quotes do not count */
    assert_guess("x;\"a,\"\"b,c\"\n", ';');
    assert_guess("\n\r\na;b", ';');
    assert_guess("a\"b;c\"d\n", ';'); /* a quote within a field opens nothing */
    assert_guess("one\n", ',');
    assert_guess("", ',');
    assert_records(XH_STR("t;v\n1;2,5\n"), 0, "[t|v]1[1|2,5]2");
}

static void text_behind_a_closing_quote_is_refused(void **state)
{
    (void)state;
    assert_refused(XH_STR("a\n\"b\"c\n"), XH_E_INVALID,
                   "csv line 2: text stands behind a closing quote");
}

static void a_quote_that_never_closes_is_refused_with_its_first_line(void **state)
{
    (void)state;
    assert_refused(XH_STR("a\n\nb,\"c\n\nd"), XH_E_INVALID,
                   "csv line 3: a quoted field is never closed");
}

static void bytes_that_are_not_utf8_are_refused(void **state)
{
    (void)state;
    assert_refused(XH_STR("a\n\"\xC0\xAF\"\n"), XH_E_INVALID,
                   "csv line 2: the text is not valid utf-8");
}

static void a_record_has_at_most_1_mib(void **state)
{
    (void)state;
    size_t max = XH_CSV_RECORD_BYTES_MAX;
    char *text = malloc(max + 2);
    struct xh_buf out = {0};
    struct xh_err err = {0};
    memset(text, 'x', max + 2);
    text[max] = '\n';
    assert_int_equal(read_split((struct xh_str){text, max + 1}, 1000, 0, &out, &err), 0);
    text[max] = 'x';
    assert_int_equal(read_split((struct xh_str){text, max + 1}, 1000, 0, &out, &err),
                     XH_E_TOO_LARGE);
    text[0] = '"';
    memset(text + 1, '"', max + 1); /* one quote after another, never closed */
    assert_int_equal(read_split((struct xh_str){text, max + 1}, 7, ',', &out, &err), XH_E_INVALID);
    free(text);
    xh_buf_finish(&out);
}

static void a_record_has_at_most_4096_fields(void **state)
{
    (void)state;
    char text[XH_CSV_FIELDS_MAX + 1];
    struct xh_buf out = {0};
    struct xh_err err = {0};
    memset(text, ',', sizeof text);
    assert_int_equal(read_split((struct xh_str){text, XH_CSV_FIELDS_MAX - 1}, 5, ',', &out, &err),
                     0);
    assert_int_equal(read_split((struct xh_str){text, XH_CSV_FIELDS_MAX}, 5, ',', &out, &err),
                     XH_E_TOO_LARGE);
    assert_string_equal(err.text, "csv line 1: the record has more than 4096 fields");
    xh_buf_finish(&out);
}

/* -- writing -- */

static void fields_are_quoted_only_where_they_must_be(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_csv_writer w;
    xh_csv_writer_init(&w, &out);
    static const char *const fields[] = {"plain",      "a,b", "a;b",   "say \"x\"",
                                         "two\nlines", "\r",  " lead", "\tlead",
                                         "trail ",     "",    "=1+1",  "\""};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        xh_csv_text(&w, fields[i]);
    }
    xh_csv_end(&w);
    assert_string_equal(xh_buf_text(&out),
                        "plain,\"a,b\",a;b,\"say \"\"x\"\"\",\"two\nlines\",\"\r\",\" lead\","
                        "\"\tlead\",trail ,,=1+1,\"\"\"\"\r\n");
    xh_buf_finish(&out);
}

static void formulas_are_defused_for_spreadsheets(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_csv_writer w;
    xh_csv_writer_init(&w, &out);
    w.is_for_spreadsheet = true;
    w.separator = ';';
    static const char *const fields[] = {"=1+1", "+84 24", "-", "@x", "-1.5", "+2e3", "a=b",
                                         "=\"a\""};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        xh_csv_text(&w, fields[i]);
    }
    xh_csv_end(&w);
    assert_string_equal(xh_buf_text(&out),
                        "'=1+1;'+84 24;'-;'@x;-1.5;+2e3;a=b;\"'=\"\"a\"\"\"\r\n");
    xh_buf_finish(&out);
}

static void numbers_are_written_with_their_decimals(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_csv_writer w;
    xh_csv_writer_init(&w, &out);
    xh_csv_int(&w, -5);
    xh_csv_num_as(&w, 2.5, 2);
    xh_csv_num_as(&w, 0.1, -1);
    xh_csv_num_as(&w, (double)NAN, 1);
    xh_csv_int(&w, INT64_MAX);
    xh_csv_end(&w);
    assert_string_equal(xh_buf_text(&out), "-5,2.50,0.1,,9223372036854775807\r\n");
    xh_buf_finish(&out);
}

static void what_was_written_reads_back_the_same(void **state)
{
    (void)state;
    struct xh_buf out = {0};
    struct xh_csv_writer w;
    xh_csv_writer_init(&w, &out);
    static const char *const fields[] = {"", "a", "\"", ",", "\r\n", " x", "Đống Đa", "a\"b", ""};
    xh_csv_text(&w, "\xEF\xBB\xBF"
                    "mark");
    xh_csv_end(&w);
    xh_csv_text(&w, "");
    xh_csv_end(&w);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        xh_csv_text(&w, fields[i]);
    }
    xh_csv_end(&w);
    xh_csv_text(&w, "");
    xh_csv_text(&w, "");
    xh_csv_end(&w);
    assert_records(xh_buf_str(&out), ',',
                   "[\xEF\xBB\xBF"
                   "mark]1[]2[|a|\"|,|\r\n| x|Đống Đa|a\"b|]3[|]5");
    xh_buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_may_end_anywhere),
        cmocka_unit_test(line_ends_may_be_crlf_lf_or_cr),
        cmocka_unit_test(an_empty_text_has_no_records),
        cmocka_unit_test(a_field_may_be_empty_at_each_place),
        cmocka_unit_test(half_a_byte_order_mark_is_not_one),
        cmocka_unit_test(the_separator_is_guessed_from_the_first_record),
        cmocka_unit_test(text_behind_a_closing_quote_is_refused),
        cmocka_unit_test(a_quote_that_never_closes_is_refused_with_its_first_line),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
        cmocka_unit_test(a_record_has_at_most_1_mib),
        cmocka_unit_test(a_record_has_at_most_4096_fields),
        cmocka_unit_test(fields_are_quoted_only_where_they_must_be),
        cmocka_unit_test(formulas_are_defused_for_spreadsheets),
        cmocka_unit_test(numbers_are_written_with_their_decimals),
        cmocka_unit_test(what_was_written_reads_back_the_same),
    };
    return cmocka_run_group_tests_name("base/csv", tests, NULL, NULL);
}
