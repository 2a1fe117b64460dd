/* Docs from and to JSON. */
#include "kernel/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "test_arena.h"

#define FIELD(name, type, flags)                                                                   \
    {name, type, flags, "nhãn", "label", NULL, 0, 0, 0, NULL, NULL, NULL, NULL}

static const struct xh_field fields[] = {
    FIELD("truth", XH_T_BOOL, 0), FIELD("whole", XH_T_INT, 0),
    FIELD("real", XH_T_REAL, 0),  FIELD("dec", XH_T_DEC, 0),
    FIELD("money", XH_T_MONEY, 0), FIELD("text", XH_T_TEXT, XH_F_PERSONAL),
    FIELD("day", XH_T_DAY, 0),    FIELD("time", XH_T_TIME, 0),
    FIELD("place", XH_T_REF, 0),
};
static const struct xh_field line_fields[] = {
    FIELD("item", XH_T_TEXT, 0),
    FIELD("amount", XH_T_DEC, XH_F_PERSONAL),
};
static const struct xh_part parts[] = {
    {"lines", "các dòng", "lines", line_fields, XH_COUNT(line_fields), 3},
};
static const struct xh_shape shape = XH_SHAPE_PARTS(fields, parts);

static int read_into(struct xh_doc *doc, const char *text, struct xh_err *err)
{
    struct xh_json_reader *r = xh_json_reader_create(arena, xh_str_from(text));
    return xh_doc_read_json(doc, r, err);
}

static const char *written(const struct xh_doc *doc, bool mask_personal)
{
    struct xh_buf out = {0};
    struct xh_json_writer w;
    xh_json_writer_init(&w, &out, false);
    xh_json_object(&w);
    xh_doc_write_json(doc, &w, mask_personal);
    xh_json_object_end(&w);
    const char *text = xh_arena_text(arena, xh_buf_str(&out));
    xh_buf_finish(&out);
    return text;
}

static void what_is_written_reads_back_as_the_same(void **state)
{
    (void)state;
    static const char text[] =
        "{\"truth\":true,\"whole\":-7,\"real\":0.1,\"dec\":2.50,\"money\":120000,"
        "\"text\":\"Hà Nội \\\"x\\\"\",\"day\":\"2025-06-15\",\"time\":\"2025-06-15T01:00:00Z\","
        "\"place\":12,\"lines\":[{\"item\":\"a\",\"amount\":0.10},"
        "{\"item\":null,\"amount\":null}]}";
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_int_equal(read_into(doc, text, NULL), XH_E_OK);
    assert_string_equal(written(doc, false), text);
}

static void personal_fields_are_left_out_when_masked(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_int_equal(
        read_into(doc, "{\"text\":\"secret\",\"lines\":[{\"item\":\"a\",\"amount\":7}]}", NULL),
        XH_E_OK);
    const char *text = written(doc, true);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "\"text\""));
    assert_null(strstr(text, "amount"));
    assert_non_null(strstr(text, "\"lines\":[{\"item\":\"a\"}]"));
}

static void decimals_may_come_as_texts_and_with_exponents(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_int_equal(read_into(doc, "{\"dec\":\"0.100\"}", NULL), XH_E_OK);
    assert_non_null(strstr(written(doc, false), "\"dec\":0.100"));
    assert_int_equal(read_into(doc, "{\"dec\":1.5e3}", NULL), XH_E_OK);
    assert_non_null(strstr(written(doc, false), "\"dec\":1500"));
    assert_int_equal(read_into(doc, "{\"dec\":1e300}", NULL), XH_E_INVALID);
}

static void an_input_says_which_fields_it_named(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_int_equal(read_into(doc, "{\"whole\":1,\"place\":null}", NULL), XH_E_OK);
    assert_int_equal(doc->given_mask[0], (1 << 1) | (1 << 8));
    assert_int_equal(doc->given_mask[1], 0);
}

static void a_null_takes_a_value_away(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    xh_doc_set_int(doc, "whole", 4);
    assert_int_equal(read_into(doc, "{\"whole\":null}", NULL), XH_E_OK);
    assert_true(xh_doc_is_null(doc, "whole"));
}

static void a_part_that_is_given_again_replaces_the_rows(void **state)
{
    (void)state;
    struct xh_doc *doc = xh_doc_create(arena, &shape);
    assert_int_equal(read_into(doc, "{\"lines\":[{},{}]}", NULL), XH_E_OK);
    assert_int_equal(xh_doc_count(doc, "lines"), 2);
    assert_int_equal(read_into(doc, "{\"whole\":1}", NULL), XH_E_OK);
    assert_int_equal(xh_doc_count(doc, "lines"), 2);
    assert_int_equal(read_into(doc, "{\"lines\":[]}", NULL), XH_E_OK);
    assert_int_equal(xh_doc_count(doc, "lines"), 0);
}

/* Text, code and the field to blame. */
static void wrong_input_is_refused_by_field(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        const char *field;
    } cases[] = {
        {"{\"nothing\":1}", XH_E_INVALID, "nothing"},
        {"{\"lines\":[{\"nothing\":1}]}", XH_E_INVALID, "lines[0].nothing"},
        {"{\"lines\":[{},{\"item\":7}]}", XH_E_INVALID, "lines[1].item"},
        {"{\"lines\":[{},{},{},{}]}", XH_E_TOO_LARGE, "lines"},
        {"{\"lines\":[1]}", XH_E_INVALID, "lines"},
        {"{\"lines\":{}}", XH_E_INVALID, "lines"},
        {"{\"lines\":null}", XH_E_INVALID, "lines"},
        {"{\"truth\":1}", XH_E_INVALID, "truth"},
        {"{\"truth\":\"true\"}", XH_E_INVALID, "truth"},
        {"{\"whole\":1.5}", XH_E_INVALID, "whole"},
        {"{\"whole\":\"1\"}", XH_E_INVALID, "whole"},
        {"{\"whole\":[1]}", XH_E_INVALID, "whole"},
        {"{\"whole\":99999999999999999999}", XH_E_INVALID, "whole"},
        {"{\"real\":\"1\"}", XH_E_INVALID, "real"},
        {"{\"real\":1e999}", XH_E_INVALID, "real"},
        {"{\"dec\":1e300}", XH_E_INVALID, "dec"},
        {"{\"dec\":\"x\"}", XH_E_INVALID, "dec"},
        {"{\"text\":{\"a\":1}}", XH_E_INVALID, "text"},
        {"{\"text\":5}", XH_E_INVALID, "text"},
        {"{\"day\":\"2025-13-01\"}", XH_E_INVALID, "day"},
        {"{\"day\":20254}", XH_E_INVALID, "day"},
        {"{\"time\":\"2025-06-15\"}", XH_E_INVALID, "time"},
        {"{\"place\":\"home-7\"}", XH_E_INVALID, "place"},
        {"[]", XH_E_INVALID, ""},
        {"", XH_E_INVALID, ""},
        {"{\"whole\":1", XH_E_INVALID, ""},
        {"{\"whole\":}", XH_E_INVALID, ""},
        {"{\"lines\":[{\"item\":\"a\"", XH_E_INVALID, NULL},
    };
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        struct xh_doc *doc = xh_doc_create(arena, &shape);
        struct xh_err err = {0};
        int code = read_into(doc, cases[i].text, &err);
        bool is_blamed = cases[i].field == NULL || strcmp(err.field, cases[i].field) == 0;
        if (code != cases[i].code || !is_blamed || err.text[0] == '\0') {
            fail_msg("%s: %d, field \"%s\", \"%s\"", cases[i].text, code, err.field, err.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back_as_the_same),
        cmocka_unit_test(personal_fields_are_left_out_when_masked),
        cmocka_unit_test(decimals_may_come_as_texts_and_with_exponents),
        cmocka_unit_test(an_input_says_which_fields_it_named),
        cmocka_unit_test(a_null_takes_a_value_away),
        cmocka_unit_test(a_part_that_is_given_again_replaces_the_rows),
        cmocka_unit_test(wrong_input_is_refused_by_field),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
