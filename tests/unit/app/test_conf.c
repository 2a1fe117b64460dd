/* Settings of a file and of the environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/conf.h"

struct look {
    struct xh_arena *arena;
    struct xh_setting *settings;
    size_t count;
    int faults;
    struct xh_err err, last;
};

static int setup(void **state)
{
    struct look *look = xh_alloc(sizeof *look);
    look->arena = xh_arena_create("test");
    *state = look;
    return 0;
}

static int teardown(void **state)
{
    struct look *look = *state;
    xh_arena_destroy(look->arena);
    free(look);
    return 0;
}

static void count_fault(void *arg, const struct xh_err *err)
{
    struct look *look = arg;
    look->faults++;
    look->last = *err;
}

static int parse(struct look *look, const char *text)
{
    look->err = (struct xh_err){0};
    look->faults = 0;
    return xh_conf_parse(look->arena, "x.conf", xh_str_from(text), NULL, NULL, &look->settings,
                         &look->count, &look->err);
}

static int parse_all(struct look *look, const char *text)
{
    look->err = (struct xh_err){0};
    look->faults = 0;
    return xh_conf_parse(look->arena, "x.conf", xh_str_from(text), count_fault, look,
                         &look->settings, &look->count, &look->err);
}

static struct xh_args *line(struct look *look, int count, char *const *words)
{
    struct xh_args *args = NULL;
    assert_int_equal(xh_args_parse(xh_command_find(XH_STR("serve")), count, words, look->arena,
                                   &args, &look->err),
                     0);
    return args;
}

static int set(struct look *look, struct xh_args *args, const char *name, const char *value)
{
    const struct xh_setting setting = {xh_str_from(name), xh_str_from(value), "x.conf:7"};
    return xh_args_set(args, &setting, &look->err);
}

static void a_line_is_a_name_and_a_value(void **state)
{
    struct look *look = *state;
    assert_int_equal(parse(look, "# a remark\n\n  port = 80\r\ndir=/srv/a b\nas = \" x \""), 0);
    assert_int_equal(look->count, 3);
    assert_true(xh_str_is(look->settings[0].name, "port"));
    assert_true(xh_str_is(look->settings[0].value, "80"));
    assert_string_equal(look->settings[0].where, "x.conf:3");
    assert_true(xh_str_is(look->settings[1].value, "/srv/a b"));
    assert_true(xh_str_is(look->settings[2].value, " x "));
    assert_string_equal(look->settings[2].where, "x.conf:5");
}

static void a_fault_names_file_and_line(void **state)
{
    struct look *look = *state;
    assert_int_equal(parse(look, "port = 80\nwhat is this\n"), XH_E_INVALID);
    assert_non_null(strstr(look->err.text, "x.conf:2"));
    assert_int_equal(parse(look, "port = 80\nport = 81\n"), XH_E_INVALID);
    assert_non_null(strstr(look->err.text, "x.conf:1"));
    assert_int_equal(parse(look, "= 80\n"), XH_E_INVALID);
}

static void asked_for_all_faults_it_goes_on(void **state)
{
    struct look *look = *state;
    assert_int_equal(parse_all(look, "what\nport = 80\nport = 81\nas = public\n"), XH_E_INVALID);
    assert_int_equal(look->faults, 2);
    assert_int_equal(look->count, 2);
    assert_non_null(strstr(look->err.text, "x.conf:1"));
    assert_non_null(strstr(look->last.text, "x.conf:3"));
}

static void too_much_is_refused(void **state)
{
    struct look *look = *state;
    struct xh_buf text = {0};
    for (int i = 0; i <= XH_CONF_SETTINGS_MAX; i++) {
        xh_buf_add_format(&text, "name-%d = 1\n", i);
    }
    assert_int_equal(parse(look, xh_buf_text(&text)), XH_E_TOO_LARGE);
    assert_int_equal(look->count, XH_CONF_SETTINGS_MAX);
    while (text.len <= XH_CONF_BYTES_MAX) {
        xh_buf_add_text(&text, "# a remark that fills the file\n");
    }
    assert_int_equal(parse(look, xh_buf_text(&text)), XH_E_TOO_LARGE);
    assert_int_equal(look->count, 0);
    xh_buf_finish(&text);
}

static void the_line_goes_before_a_setting(void **state)
{
    struct look *look = *state;
    char *words[] = {"--port", "9000"};
    struct xh_args *args = line(look, 2, words);
    assert_int_equal(set(look, args, "port", "80"), 0);
    assert_int_equal(xh_args_int(args, "port"), 9000);
    assert_string_equal(xh_args_where(args, "port"), "command line");
    assert_null(xh_args_where(args, "address"));
    assert_false(xh_args_has(args, "mqtt"));
    assert_int_equal(set(look, args, "mqtt", "1884"), 0);
    assert_true(xh_args_has(args, "mqtt"));
    assert_int_equal(xh_args_int(args, "mqtt"), 1884);
    assert_string_equal(xh_args_where(args, "mqtt"), "x.conf:7");
    assert_int_equal(set(look, args, "mqtt", "1885"), 0);
    assert_int_equal(xh_args_int(args, "mqtt"), 1884);
}

static void a_setting_is_checked_like_an_option(void **state)
{
    struct look *look = *state;
    struct xh_args *args = line(look, 0, NULL);
    assert_int_equal(set(look, args, "port", "70000"), XH_E_INVALID);
    assert_non_null(strstr(look->err.text, "x.conf:7"));
    assert_string_equal(look->err.field, "port");
    assert_int_equal(set(look, args, "prot", "1"), XH_E_INVALID);
    assert_non_null(strstr(look->err.text, "'port'"));
    assert_int_equal(set(look, args, "help", "yes"), XH_E_INVALID);
    assert_int_equal(set(look, args, "verbose", "perhaps"), XH_E_INVALID);
    assert_int_equal(set(look, args, "verbose", "no"), 0);
    assert_false(xh_args_flag(args, "verbose"));
    assert_int_equal(set(look, args, "verbose", "yes"), 0);
    assert_true(xh_args_flag(args, "verbose"));
}

static void the_environment_has_names_of_its_own(void **state)
{
    (void)state;
    static const struct xh_option option = {.name = "mqtt-tls", .type = XH_ARG_INT};
    char name[XH_SETTING_NAME_BYTES];
    xh_option_env_name(&option, name);
    assert_string_equal(name, "XANH_MQTT_TLS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_a_name_and_a_value, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fault_names_file_and_line, setup, teardown),
        cmocka_unit_test_setup_teardown(asked_for_all_faults_it_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(too_much_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_line_goes_before_a_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(a_setting_is_checked_like_an_option, setup, teardown),
        cmocka_unit_test(the_environment_has_names_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
