/* test_place_say.c: what the page of a place says, in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "test_arena.h"
#include "domain/programme/place_say.h"

static struct xh_dec dec(const char *text)
{
    struct xh_dec value = {0};
    assert_int_equal(xh_dec_parse(xh_str_from(text), &value, NULL), XH_E_OK);
    return value;
}

static void assert_text(struct xh_str said, const char *expected)
{
    if (!xh_str_is(said, expected)) {
        fail_msg("\"%.*s\" instead of \"%s\"", XH_STR_ARG(said), expected);
    }
}

static void assert_counts(const struct xh__programme_counts *counts, const char *vi, const char *en)
{
    assert_text(xh__programme_say_counts(arena, counts, XH_LANG_VI), vi);
    assert_text(xh__programme_say_counts(arena, counts, XH_LANG_EN), en);
}

static void one_sentence_tells_targets_and_who_has_not_reported(void **state)
{
    (void)state;
    const struct xh__programme_counts counts = {5, 2, 1, 2, 126, 11};
    assert_counts(&counts,
                  "5 mục tiêu: 2 đạt, 1 chưa đạt, 2 chưa biết; 11 trên 126 phường, xã chưa báo "
                  "cáo.",
                  "5 targets: 2 on track, 1 behind, 2 not known; 11 of 126 wards and communes have "
                  "not reported.");
}

static void what_is_nothing_is_not_said(void **state)
{
    (void)state;
    const struct xh__programme_counts all = {1, 1, 0, 0, 3, 0}, none = {0, 0, 0, 0, 0, 0};
    const struct xh__programme_counts one = {2, 0, 2, 0, 3, 1};
    assert_counts(&all, "1 mục tiêu: 1 đạt; tất cả 3 phường, xã đã báo cáo.",
                  "1 target: 1 on track; all 3 wards and communes have reported.");
    assert_counts(&none, "Chưa có mục tiêu nào cho năm này.", "There is no target for this year.");
    assert_counts(&one, "2 mục tiêu: 2 chưa đạt; 1 trên 3 phường, xã chưa báo cáo.",
                  "2 targets: 2 behind; 1 of 3 wards and communes has not reported.");
}

static void assert_value(const char *value, const char *unit, const char *vi, const char *en)
{
    struct xh_str of = xh_str_from(unit);
    assert_text(xh__programme_say_value(arena, dec(value), of, XH_LANG_VI), vi);
    assert_text(xh__programme_say_value(arena, dec(value), of, XH_LANG_EN), en);
}

static void a_cut_wears_its_minus_sign_and_a_share_does_not(void **state)
{
    (void)state;
    assert_value("6.2", "% reduction", "−6,2 %", "−6.2 %");
    assert_value("-1.5", "% reduction", "+1,5 %", "+1.5 %");
    assert_value("0", "% reduction", "0 %", "0 %");
    assert_value("91.269841", "%", "91,27 %", "91.27 %");
    assert_value("1198", "solutions", "1.198 giải pháp", "1,198 solutions");
}

static void assert_bound(const char *comparator, const char *low, const char *high,
                         const char *unit, const char *vi, const char *en)
{
    struct xh_str how = xh_str_from(comparator), of = xh_str_from(unit);
    assert_text(xh__programme_say_bound(arena, how, dec(low), dec(high), of, XH_LANG_VI), vi);
    assert_text(xh__programme_say_bound(arena, how, dec(low), dec(high), of, XH_LANG_EN), en);
}

static void assert_published(const char *approximation, const char *value, const char *unit,
                             const char *vi, const char *en)
{
    struct xh_str word = xh_str_from(approximation);
    assert_text(xh__programme_say_published(arena, word, dec(value), xh_str_from(unit), XH_LANG_VI),
                vi);
    assert_text(xh__programme_say_published(arena, word, dec(value), xh_str_from(unit), XH_LANG_EN),
                en);
}

static void what_was_published_is_told_in_the_word_of_its_source(void **state)
{
    (void)state;
    assert_published("over", "190", "solutions", "hơn 190 giải pháp", "more than 190 solutions");
    assert_published("about", "20", "million USD", "khoảng 20 triệu USD", "about 20 million USD");
    assert_published("", "3.61", "% reduction", "−3,61 %", "−3.61 %");
}

static void what_is_to_be_reached_is_said_by_its_comparator(void **state)
{
    (void)state;
    assert_bound("range", "7", "7.5", "% reduction", "giảm 7–7,5 %", "a cut of 7–7.5 %");
    assert_bound("range", "70", "80", "%", "70–80 %", "70–80 %");
    assert_bound(">=", "75", "0", "%", "ít nhất 75 %", "at least 75 %");
    assert_bound("<", "6.5", "0", "%", "dưới 6,5 %", "below 6.5 %");
}

static void members_are_named_by_their_kind_and_the_missing_counted(void **state)
{
    (void)state;
    struct xh_str cut = XH_STR("industry.material_fuel_cut");
    struct xh_str markets = XH_STR("programme.bag_free_markets");
    assert_text(xh__programme_say_members(arena, cut, dec("27"), dec("30"), 3, XH_LANG_VI),
                "27 trong 30 doanh nghiệp; thiếu 3");
    assert_text(xh__programme_say_members(arena, cut, dec("27"), dec("30"), 3, XH_LANG_EN),
                "27 of 30 firms; 3 missing");
    assert_text(xh__programme_say_members(arena, markets, dec("12"), dec("20"), 0, XH_LANG_VI),
                "12 trong 20 chợ");
    assert_text(xh__programme_say_members(arena, XH_STR(""), dec("1"), dec("2"), 0, XH_LANG_EN),
                "1 of 2 parties");
    struct xh_str options = XH_STR("industry.cp_options");
    assert_text(xh__programme_say_members(arena, options, dec("198"), dec("30"), 0, XH_LANG_VI),
                "198 giải pháp trong 30 hồ sơ");
    assert_text(xh__programme_say_members(arena, options, dec("191"), dec("29"), 1, XH_LANG_EN),
                "191 options in 29 files; 1 missing");
    assert_text(xh__programme_say_missing(arena, false, 30, XH_LANG_VI),
                "chưa có số liệu; thiếu 30");
    assert_text(xh__programme_say_missing(arena, true, 3, XH_LANG_EN), "3 missing");
}

static void a_place_is_named_without_its_kind(void **state)
{
    (void)state;
    assert_text(xh__programme_say_place(XH_STR("Thành phố Hà Nội"), XH_LANG_VI), "Hà Nội");
    assert_text(xh__programme_say_place(XH_STR("Hanoi City"), XH_LANG_EN), "Hanoi");
    assert_text(xh__programme_say_place(XH_STR("Nhà máy"), XH_LANG_VI), "Nhà máy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sentence_tells_targets_and_who_has_not_reported),
        cmocka_unit_test(what_is_nothing_is_not_said),
        cmocka_unit_test(a_cut_wears_its_minus_sign_and_a_share_does_not),
        cmocka_unit_test(what_was_published_is_told_in_the_word_of_its_source),
        cmocka_unit_test(what_is_to_be_reached_is_said_by_its_comparator),
        cmocka_unit_test(members_are_named_by_their_kind_and_the_missing_counted),
        cmocka_unit_test(a_place_is_named_without_its_kind),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
