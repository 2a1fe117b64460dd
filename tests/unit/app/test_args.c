/* Command lines by their tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app.h"
#include "app/args.h"

static const struct xh_option options[] = {
    {.name = "kwh", .type = XH_ARG_DEC, .value_name = "NUMBER", .unit = "kWh", .help_en = "used"},
    {.name = "load", .type = XH_ARG_DEC, .value_name = "NUMBER", .unit = "kW", .help_en = "load"},
    {.name = "on", .type = XH_ARG_DAY, .value_name = "DAY", .help_en = "day"},
    {.name = "month", .type = XH_ARG_MONTH, .value_name = "MONTH", .help_en = "month"},
    {.name = "shift", .type = XH_ARG_SHIFT, .value_name = "SHIFT", .help_en = "shift"},
    {.name = "days",
     .type = XH_ARG_INT,
     .value_name = "COUNT",
     .min = 1,
     .max = 366,
     .help_en = "days"},
    {.name = "port", .type = XH_ARG_INT, .value_name = "PORT", .usual = "8080", .help_en = "port"},
    {.name = "period",
     .type = XH_ARG_CHOICE,
     .value_name = "PERIOD",
     .choices = "hour day month",
     .help_en = "period"},
    {.name = "map",
     .type = XH_ARG_TEXT,
     .value_name = "MAP",
     .is_repeated = true,
     .help_en = "map"},
    {.name = "yes", .type = XH_ARG_FLAG, .letter = 'y', .help_en = "yes"},
};
static const struct xh_command command = {
    .name = "try",
    .operands = "FILE",
    .operand_max = 1,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct line {
    struct xh_arena *arena;
    struct xh_args *args;
    struct xh_err err;
    int code;
};

static int setup(void **state)
{
    struct line *line = xh_alloc(sizeof *line);
    line->arena = xh_arena_create("test");
    *state = line;
    return 0;
}

static int teardown(void **state)
{
    struct line *line = *state;
    xh_arena_destroy(line->arena);
    free(line);
    return 0;
}

/* The words of a text, at single spaces, as the shell would give them. */
static int parse_for(struct line *line, const struct xh_command *of, const char *text)
{
    struct xh_str rest = xh_str_from(text), word;
    char *words[32];
    int count = 0;
    while (xh_str_split(&rest, ' ', &word)) {
        assert_true(count < 32);
        words[count++] = xh_arena_text(line->arena, word);
    }
    xh_err_clear(&line->err);
    line->code = xh_args_parse(of, count, words, line->arena, &line->args, &line->err);
    return line->code;
}

static int parse(struct line *line, const char *text)
{
    return parse_for(line, &command, text);
}

static void assert_dec(struct xh_dec value, const char *text)
{
    char printed[XH_DEC_TEXT_BYTES];
    xh_dec_print(value, printed);
    assert_string_equal(printed, text);
}

static void values_come_behind_a_space_or_an_equal_sign(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "--kwh 400 --days=26 file.csv -y"), 0);
    assert_dec(xh_args_dec(line->args, "kwh"), "400");
    assert_int_equal(xh_args_int(line->args, "days"), 26);
    assert_true(xh_args_flag(line->args, "yes"));
    assert_true(xh_str_is(xh_args_operand(line->args, 0), "file.csv"));
    assert_int_equal(xh_args_operand(line->args, 1).len, 0);
}

static void a_number_may_carry_its_unit(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "--load 100kW --kwh 12.50"), 0);
    assert_dec(xh_args_dec(line->args, "load"), "100");
    assert_dec(xh_args_dec(line->args, "kwh"), "12.50");
    assert_int_equal(parse(line, "--load 100kWh"), XH_E_INVALID);
    assert_string_equal(line->err.field, "load");
    assert_string_equal(line->err.value, "100kWh");
    assert_string_equal(line->err.unit, "kW");
}

static void days_months_and_shifts_are_read(void **state)
{
    struct line *line = *state;
    struct xh_str from, to;
    assert_int_equal(parse(line, "--on 2025-06-15 --month 2025-02 --shift 14:00-22:00"), 0);
    assert_int_equal(xh_args_day(line->args, "on"), xh_day_from_civil(2025, 6, 15));
    assert_int_equal(xh_args_day(line->args, "month"), xh_day_from_civil(2025, 2, 1));
    xh_args_shift(line->args, "shift", &from, &to);
    assert_true(xh_str_is(from, "14:00") && xh_str_is(to, "22:00"));
}

static void what_is_not_given_has_its_default_or_nothing(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, ""), 0);
    assert_int_equal(xh_args_int(line->args, "port"), 8080);
    assert_false(xh_args_has(line->args, "port"));
    assert_null(xh_args_string(line->args, "map"));
    assert_false(xh_args_flag(line->args, "yes"));
}

static void wrong_values_are_refused_by_name_value_and_limit(void **state)
{
    static const struct {
        const char *text, *field, *value;
    } cases[] = {
        {"--on 2025-02-30", "on", "2025-02-30"},
        {"--month 2025-13", "month", "2025-13"},
        {"--month 2025-1", "month", "2025-1"},
        {"--shift 8:00-17:00", "shift", "8:00-17:00"},
        {"--shift 08:00-25:00", "shift", "08:00-25:00"},
        {"--days 0", "days", "0"},
        {"--days 367", "days", "367"},
        {"--days ten", "days", "ten"},
        {"--kwh 1,5", "kwh", "1,5"},
        {"--period week", "period", "week"},
    };
    struct line *line = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(line, cases[i].text), XH_E_INVALID);
        assert_string_equal(line->err.field, cases[i].field);
        assert_string_equal(line->err.value, cases[i].value);
        assert_true(line->err.limit[0] != '\0');
    }
}

static void an_unknown_option_is_answered_with_the_nearest(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "--kwhh 3"), XH_E_INVALID);
    assert_non_null(strstr(line->err.text, "did you mean '--kwh'?"));
    assert_int_equal(parse(line, "--peroid day"), XH_E_INVALID);
    assert_non_null(strstr(line->err.text, "did you mean '--period'?"));
    assert_int_equal(parse(line, "--completely-different"), XH_E_INVALID);
    assert_null(strstr(line->err.text, "did you mean"));
    assert_int_equal(parse(line, "-x"), XH_E_INVALID);
}

static void a_name_may_not_be_shortened(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "--kw 3"), XH_E_INVALID);
}

static void a_missing_value_and_a_value_too_many_are_refused(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "--kwh"), XH_E_INVALID);
    assert_string_equal(line->err.field, "kwh");
    assert_int_equal(parse(line, "--yes=1"), XH_E_INVALID);
    assert_int_equal(parse(line, "--kwh 1 --kwh 2"), XH_E_INVALID);
    assert_int_equal(parse(line, "a b"), XH_E_INVALID);
    assert_string_equal(line->err.value, "b");
}

static void repeated_options_keep_their_order(void **state)
{
    struct line *line = *state;
    size_t count = 0;
    assert_int_equal(parse(line, "--map a=b --map c=d"), 0);
    const struct xh_str *maps = xh_args_all(line->args, "map", &count);
    assert_int_equal(count, 2);
    assert_true(xh_str_is(maps[0], "a=b") && xh_str_is(maps[1], "c=d"));
}

static void two_dashes_end_the_options(void **state)
{
    struct line *line = *state;
    assert_int_equal(parse(line, "-- --yes"), 0);
    assert_true(xh_str_is(xh_args_operand(line->args, 0), "--yes"));
    assert_false(xh_args_flag(line->args, "yes"));
}

static void help_needs_nothing_else(void **state)
{
    static const struct xh_command strict = {
        .name = "strict", .operands = "FILE", .operand_min = 1, .operand_max = 1};
    struct line *line = *state;
    assert_int_equal(parse_for(line, &strict, ""), XH_E_INVALID);
    assert_int_equal(parse_for(line, &strict, "--help"), 0);
    assert_true(xh_args_flag(line->args, "help"));
}

/* Every command of the program can be parsed with nothing but --help, which checks all defaults,
 * and explains each option in both languages. */
static void every_table_of_the_program_is_sound(void **state)
{
    struct line *line = *state;
    for (size_t i = 0; xh_commands[i] != NULL; i++) {
        const struct xh_command *c = xh_commands[i];
        assert_true(xh_command_find(xh_str_from(c->name)) == c);
        assert_int_equal(parse_for(line, c, "--help"), 0);
        assert_non_null(c->summary_en);
        assert_non_null(c->summary_vi);
        assert_true((c->about_en == NULL) == (c->about_vi == NULL));
        for (size_t k = 0; k < c->option_count; k++) {
            const struct xh_option *o = &c->options[k];
            assert_non_null(o->help_en);
            assert_non_null(o->help_vi);
            assert_true((o->type == XH_ARG_FLAG) == (o->value_name == NULL));
            assert_true((o->type == XH_ARG_CHOICE) == (o->choices != NULL));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_behind_a_space_or_an_equal_sign, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_number_may_carry_its_unit, setup, teardown),
        cmocka_unit_test_setup_teardown(days_months_and_shifts_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_given_has_its_default_or_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(wrong_values_are_refused_by_name_value_and_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_unknown_option_is_answered_with_the_nearest, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_may_not_be_shortened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_missing_value_and_a_value_too_many_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(repeated_options_keep_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(two_dashes_end_the_options, setup, teardown),
        cmocka_unit_test_setup_teardown(help_needs_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(every_table_of_the_program_is_sound, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
