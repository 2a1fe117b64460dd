/* Errors: their list, their sentences, how they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

static void each_code_answers_with_its_row(void **state)
{
    (void)state;
    assert_string_equal(xh_err_name(XH_E_INVALID), "INVALID");
    assert_string_equal(xh_err_text(XH_E_NOT_FOUND), "not found");
    assert_int_equal(xh_err_http_status(XH_E_NO_SPACE), 507);
    assert_int_equal(xh_err_exit_status(XH_E_FORBIDDEN), 5);
    assert_int_equal(xh_err_is_retryable(XH_E_BUSY), 1);
    assert_int_equal(xh_err_is_retryable(XH_E_INVALID), 0);
    assert_string_equal(xh_err_name(0), "OK");
}

static void a_code_outside_the_list_is_an_internal_error(void **state)
{
    (void)state;
    assert_string_equal(xh_err_name(-999), "INTERNAL");
    assert_int_equal(xh_err_http_status(7), 500);
}

static void codes_are_told_apart(void **state)
{
    (void)state;
    static const int codes[] = {
#define X(name, code, text, http, exit_status, retry) code,
        XH_ERR_LIST(X)
#undef X
    };
    size_t count = sizeof(codes) / sizeof(codes[0]);
    for (size_t i = 0; i < count; i++) {
        assert_true(codes[i] <= 0);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(codes[i], codes[j]);
        }
    }
}

static void setting_returns_the_code_and_clears_the_field(void **state)
{
    (void)state;
    struct xh_err err;
    xh_err_field(&err, XH_E_INVALID, "kwh", XH_STR("-4"), "0 to 10", "kWh", "no");
    assert_int_equal(xh_err_set(&err, XH_E_CONFLICT, "meter '%s' is taken", "M-1"), XH_E_CONFLICT);
    assert_int_equal(err.code, XH_E_CONFLICT);
    assert_string_equal(err.text, "meter 'M-1' is taken");
    assert_string_equal(err.field, "");
    assert_string_equal(err.unit, "");
}

static void no_error_wanted_is_allowed_everywhere(void **state)
{
    (void)state;
    assert_int_equal(xh_err_set(NULL, XH_E_IO, "x"), XH_E_IO);
    assert_int_equal(xh_err_field(NULL, XH_E_IO, "f", XH_STR("v"), NULL, NULL, "x"), XH_E_IO);
    xh_err_prefix(NULL, "rows[%d].", 1);
    xh_err_clear(NULL);
}

static void a_field_keeps_its_parts_apart(void **state)
{
    (void)state;
    struct xh_err err;
    int code = xh_err_field(&err, XH_E_INVALID, "kwh", XH_STR("-4"), "0 to 10000000", "kWh",
                            "kwh is %d but must be %s kWh", -4, "0 to 10000000");
    assert_int_equal(code, XH_E_INVALID);
    assert_string_equal(err.field, "kwh");
    assert_string_equal(err.value, "-4");
    assert_string_equal(err.limit, "0 to 10000000");
    assert_string_equal(err.unit, "kWh");
    assert_string_equal(err.text, "kwh is -4 but must be 0 to 10000000 kWh");
    xh_err_field(&err, XH_E_INVALID, "time", (struct xh_str){0}, NULL, NULL, "time is missing");
    assert_string_equal(err.value, "");
    assert_string_equal(err.limit, "");
    assert_string_equal(err.unit, "");
}

static void a_sentence_may_be_made_of_the_former_one(void **state)
{
    (void)state;
    struct xh_err err;
    xh_err_set(&err, XH_E_INVALID, "no number");
    xh_err_set(&err, err.code, "line %d: %s", 7, err.text);
    assert_string_equal(err.text, "line 7: no number");
    assert_int_equal(err.code, XH_E_INVALID);
    xh_err_field(&err, XH_E_INVALID, "a", xh_str_from(err.text), NULL, NULL, "%s again", err.text);
    assert_string_equal(err.value, "line 7: no number");
    assert_string_equal(err.text, "line 7: no number again");
}

static void a_prefix_goes_before_a_field_only(void **state)
{
    (void)state;
    struct xh_err err;
    xh_err_field(&err, XH_E_INVALID, "time", XH_STR("x"), NULL, NULL, "bad");
    xh_err_prefix(&err, "rows[%d].", 3);
    assert_string_equal(err.field, "rows[3].time");
    xh_err_prefix(&err, "%s", "");
    assert_string_equal(err.field, "rows[3].time");
    xh_err_set(&err, XH_E_INVALID, "bad");
    xh_err_prefix(&err, "rows[%d].", 3);
    assert_string_equal(err.field, "");
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct xh_err err;
    char text[600];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', sizeof(text));
        for (size_t i = shift; i + 3 < sizeof(text); i += 3) {
            memcpy(text + i, "\xE1\xBB\x87", 3); /* e with circumflex and dot below */
        }
        text[sizeof(text) - 4] = '\0';
        xh_err_field(&err, XH_E_INVALID, text, xh_str_from(text), text, text, "%s", text);
        const char *parts[] = {err.field, err.value, err.limit, err.unit, err.text};
        size_t sizes[] = {sizeof(err.field), sizeof(err.value), sizeof(err.limit),
                          sizeof(err.unit), sizeof(err.text)};
        for (size_t i = 0; i < 5; i++) {
            assert_true(xh_utf8_is_valid(xh_str_from(parts[i])));
            assert_in_range(strlen(parts[i]), sizes[i] - 4, sizes[i] - 1);
        }
        xh_err_prefix(&err, "%s", text);
        assert_true(xh_utf8_is_valid(xh_str_from(err.field)));
    }
}

static void bytes_that_are_no_text_are_cut_too(void **state)
{
    (void)state;
    struct xh_err err;
    char bytes[300];
    memset(bytes, 0x80, sizeof(bytes));
    xh_err_field(&err, XH_E_INVALID, "f", (struct xh_str){bytes, sizeof(bytes)}, "l", "u", "t");
    assert_in_range(strlen(err.value), 1, sizeof(err.value) - 1);
}

static void a_broken_assertion_stops_the_process(void **state)
{
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(1);
        }
        xh_assert(child > 0);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_code_answers_with_its_row),
        cmocka_unit_test(a_code_outside_the_list_is_an_internal_error),
        cmocka_unit_test(codes_are_told_apart),
        cmocka_unit_test(setting_returns_the_code_and_clears_the_field),
        cmocka_unit_test(no_error_wanted_is_allowed_everywhere),
        cmocka_unit_test(a_field_keeps_its_parts_apart),
        cmocka_unit_test(a_sentence_may_be_made_of_the_former_one),
        cmocka_unit_test(a_prefix_goes_before_a_field_only),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(bytes_that_are_no_text_are_cut_too),
        cmocka_unit_test(a_broken_assertion_stops_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
