#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "domain/programme/standing.h"

static struct xh_dec dec(const char *text)
{
    struct xh_dec value = {0};
    assert_int_equal(xh_dec_parse(xh_str_from(text), &value, NULL), XH_E_OK);
    return value;
}

static void assert_dec(struct xh_dec is, const char *expected)
{
    assert_int_equal(xh_dec_compare(is, dec(expected)), 0);
}

static enum xh_programme_verdict judge(const char *comparator, const char *bound,
                                       const char *numerator, const char *denominator,
                                       int64_t missing, bool is_safe)
{
    const struct xh_programme_found found = {
        .has_value = true,
        .numerator = dec(numerator),
        .denominator = dec(denominator),
        .missing = missing,
        .is_safe = is_safe,
    };
    enum xh_programme_verdict verdict;
    assert_int_equal(
        xh_programme_judge(xh_str_from(comparator), dec(bound), &found, &verdict), XH_E_OK);
    return verdict;
}

static void seven_of_ten_is_seventy_percent_exactly(void **state)
{
    (void)state;
    assert_int_equal(judge(">=", "70", "700", "10", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge(">=", "70.01", "700", "10", 0, false), XH_PROGRAMME_BEHIND);
    /* 100/3 is more than 33.33 and less than 33.34, whatever digits one would have kept */
    assert_int_equal(judge(">=", "33.33", "100", "3", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge(">=", "33.333333333333333334", "100", "3", 0, false),
                     XH_PROGRAMME_BEHIND);
}

static void each_comparator_has_its_own_edge(void **state)
{
    (void)state;
    assert_int_equal(judge("<=", "50", "50", "1", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge("<=", "50", "50.1", "1", 0, false), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge("<", "6.5", "6.5", "1", 0, false), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge("<", "6.5", "6.49", "1", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge("=", "0", "0", "1", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge("=", "42", "42.1", "1", 0, false), XH_PROGRAMME_BEHIND);
}

static void a_band_is_reached_at_its_lower_end_and_beyond_its_upper_one(void **state)
{
    (void)state;
    assert_int_equal(judge("range", "60", "59.9", "1", 0, false), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge("range", "60", "60", "1", 0, false), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge("range", "60", "95", "1", 0, false), XH_PROGRAMME_ON_TRACK);
}

static void what_is_missing_never_helps(void **state)
{
    (void)state;
    assert_int_equal(judge(">=", "70", "90", "1", 1, false), XH_PROGRAMME_NOT_KNOWN);
    assert_int_equal(judge(">=", "70", "60", "1", 1, false), XH_PROGRAMME_NOT_KNOWN);
    /* counted as nothing: it could only add, so that what is reached stays reached ... */
    assert_int_equal(judge(">=", "70", "90", "1", 1, true), XH_PROGRAMME_ON_TRACK);
    /* ... but a limit from above may still be broken */
    assert_int_equal(judge("<=", "70", "60", "1", 1, true), XH_PROGRAMME_NOT_KNOWN);
    assert_int_equal(judge("<=", "70", "80", "1", 1, true), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge("=", "70", "80", "1", 1, true), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge("=", "70", "60", "1", 1, true), XH_PROGRAMME_NOT_KNOWN);
}

/* 115 of 126 say yes and 11 have not answered: all of them may still make it 100 %. */
static enum xh_programme_verdict judge_share(const char *bound, int yes, int members, int missing)
{
    const struct xh_programme_found found = {
        .has_value = true,
        .numerator = xh_dec_int((int64_t)yes * 100),
        .denominator = xh_dec_int(members),
        .missing = missing,
        .is_safe = true,
        .has_most = true,
        .most = xh_dec_int((int64_t)(yes + missing) * 100),
    };
    enum xh_programme_verdict verdict;
    assert_int_equal(xh_programme_judge(XH_STR(">="), dec(bound), &found, &verdict), XH_E_OK);
    return verdict;
}

static void a_share_is_behind_only_when_those_missing_could_not_save_it(void **state)
{
    (void)state;
    assert_int_equal(judge_share("100", 115, 126, 11), XH_PROGRAMME_NOT_KNOWN);
    assert_int_equal(judge_share("100", 114, 126, 11), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge_share("75", 16, 20, 4), XH_PROGRAMME_ON_TRACK);
    assert_int_equal(judge_share("70", 12, 20, 0), XH_PROGRAMME_BEHIND);
    assert_int_equal(judge_share("70", 12, 20, 2), XH_PROGRAMME_NOT_KNOWN);
    assert_int_equal(judge_share("70", 12, 20, 1), XH_PROGRAMME_BEHIND);
}

static void without_a_value_nothing_is_known(void **state)
{
    (void)state;
    const struct xh_programme_found found = {.denominator = dec("1")};
    enum xh_programme_verdict verdict = XH_PROGRAMME_ON_TRACK;
    assert_int_equal(xh_programme_judge(XH_STR("<="), dec("50"), &found, &verdict), XH_E_OK);
    assert_int_equal(verdict, XH_PROGRAMME_NOT_KNOWN);
}

static void numbers_too_long_to_compare_are_refused(void **state)
{
    (void)state;
    const struct xh_programme_found found = {
        .has_value = true,
        .numerator = dec("1"),
        .denominator = dec("99999999999999999999"),
    };
    enum xh_programme_verdict verdict;
    assert_true(xh_programme_judge(XH_STR(">="), dec("99999999999999999999.1"), &found,
                                   &verdict) < 0);
}

/* ---- adding up ---- */

static struct xh_programme_answer share(int64_t party, const char *numerator,
                                        const char *denominator)
{
    return (struct xh_programme_answer){.party_id = party,
                                        .is_share = true,
                                        .numerator = dec(numerator),
                                        .denominator = dec(denominator)};
}

static struct xh_programme_answer plain(int64_t party, const char *value)
{
    return (struct xh_programme_answer){.party_id = party, .has_value = true, .value = dec(value)};
}

static void shares_are_added_over_their_denominators(void **state)
{
    (void)state;
    const struct xh_programme_answer answers[] = {share(1, "9", "10"), share(2, "10", "90")};
    struct xh_programme_found found;
    assert_int_equal(xh_programme_add_up(answers, 2, XH_STR("%"), &found, NULL), XH_E_OK);
    assert_true(found.has_value);
    assert_false(found.is_safe);
    assert_dec(found.numerator, "1900"); /* 19 of 100, not the mean of 90 % and 11 % */
    assert_dec(found.denominator, "100");
}

static void a_later_answer_of_a_party_replaces_its_earlier_one(void **state)
{
    (void)state;
    const struct xh_programme_answer answers[] = {plain(1, "5"), plain(2, "7"), plain(1, "6")};
    struct xh_programme_found found;
    assert_int_equal(xh_programme_add_up(answers, 3, XH_STR("models"), &found, NULL), XH_E_OK);
    assert_dec(found.numerator, "13");
    assert_dec(found.denominator, "1");
    assert_true(found.is_safe);
}

static void a_party_answers_for_each_of_its_places(void **state)
{
    (void)state;
    struct xh_programme_answer answers[] = {plain(1, "5"), plain(1, "7")};
    struct xh_programme_found found;
    answers[0].place_id = 10;
    answers[1].place_id = 11;
    assert_int_equal(xh_programme_add_up(answers, 2, XH_STR("tonnes"), &found, NULL), XH_E_OK);
    assert_dec(found.numerator, "12");
}

static void one_percentage_stands_for_itself(void **state)
{
    (void)state;
    const struct xh_programme_answer answers[] = {plain(1, "61.5")};
    struct xh_programme_found found;
    assert_int_equal(xh_programme_add_up(answers, 1, XH_STR("%"), &found, NULL), XH_E_OK);
    assert_dec(found.numerator, "61.5");
    assert_false(found.is_safe);
}

static void percentages_of_several_parties_cannot_be_added(void **state)
{
    (void)state;
    const struct xh_programme_answer several[] = {plain(1, "80"), plain(2, "90")};
    const struct xh_programme_answer mixed[] = {plain(1, "80"), share(2, "9", "10")};
    struct xh_programme_found found = {0};
    struct xh_err err = {0};
    assert_int_equal(xh_programme_add_up(several, 2, XH_STR("% reduction"), &found, &err),
                     XH_E_INVALID);
    assert_non_null(strstr(err.text, "numerator and denominator"));
    assert_int_equal(xh_programme_add_up(mixed, 2, XH_STR("%"), &found, NULL), XH_E_INVALID);
    assert_false(found.has_value);
}

static void no_answer_and_an_empty_denominator_say_so(void **state)
{
    (void)state;
    const struct xh_programme_answer nothing[] = {{.party_id = 1}};
    const struct xh_programme_answer empty[] = {share(1, "1", "5"), share(2, "1", "-5")};
    struct xh_programme_found found = {0};
    struct xh_err err = {0};
    assert_int_equal(xh_programme_add_up(NULL, 0, XH_STR("%"), &found, &err), XH_E_INVALID);
    assert_string_equal(err.text, "no approved report answers this yet");
    assert_int_equal(xh_programme_add_up(nothing, 1, XH_STR("%"), &found, NULL), XH_E_INVALID);
    assert_int_equal(xh_programme_add_up(empty, 2, XH_STR("%"), &found, NULL), XH_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_of_ten_is_seventy_percent_exactly),
        cmocka_unit_test(each_comparator_has_its_own_edge),
        cmocka_unit_test(a_band_is_reached_at_its_lower_end_and_beyond_its_upper_one),
        cmocka_unit_test(what_is_missing_never_helps),
        cmocka_unit_test(a_share_is_behind_only_when_those_missing_could_not_save_it),
        cmocka_unit_test(without_a_value_nothing_is_known),
        cmocka_unit_test(numbers_too_long_to_compare_are_refused),
        cmocka_unit_test(shares_are_added_over_their_denominators),
        cmocka_unit_test(a_later_answer_of_a_party_replaces_its_earlier_one),
        cmocka_unit_test(a_party_answers_for_each_of_its_places),
        cmocka_unit_test(one_percentage_stands_for_itself),
        cmocka_unit_test(percentages_of_several_parties_cannot_be_added),
        cmocka_unit_test(no_answer_and_an_empty_denominator_say_so),
    };
    return cmocka_run_group_tests_name("programme standing", tests, NULL, NULL);
}
