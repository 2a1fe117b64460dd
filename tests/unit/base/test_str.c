/* Slices: comparing, cutting, searching, UTF-8, folding for search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/str.h"

static const struct xh_str nothing = {0};

static void assert_str(struct xh_str s, const char *expected)
{
    assert_int_equal(s.len, strlen(expected));
    if (s.len > 0) {
        assert_memory_equal(s.ptr, expected, s.len);
    }
}

static void an_absent_text_is_an_empty_slice(void **state)
{
    (void)state;
    assert_int_equal(xh_str_from(NULL).len, 0);
    assert_str(xh_str_from("ab"), "ab");
    assert_true(xh_str_equal(nothing, XH_STR("")));
    assert_true(xh_str_is(nothing, ""));
    assert_true(xh_str_is(nothing, NULL));
}

static void a_part_is_clamped_to_its_whole(void **state)
{
    (void)state;
    struct xh_str s = XH_STR("water");
    assert_str(xh_str_sub(s, 1, 3), "ate");
    assert_str(xh_str_sub(s, 3, 99), "er");
    assert_str(xh_str_sub(s, 0, SIZE_MAX), "water");
    assert_str(xh_str_sub(s, 5, 1), "");
    assert_str(xh_str_sub(s, SIZE_MAX, SIZE_MAX), "");
    assert_str(xh_str_sub(nothing, 1, 1), "");
}

static void comparison_is_by_bytes_and_the_shorter_comes_first(void **state)
{
    (void)state;
    assert_int_equal(xh_str_compare(XH_STR("a"), XH_STR("b")), -1);
    assert_int_equal(xh_str_compare(XH_STR("b"), XH_STR("abc")), 1);
    assert_int_equal(xh_str_compare(XH_STR("ab"), XH_STR("abc")), -1);
    assert_int_equal(xh_str_compare(XH_STR("abc"), XH_STR("ab")), 1);
    assert_int_equal(xh_str_compare(XH_STR("\xC3"), XH_STR("z")), 1);
    assert_int_equal(xh_str_compare(nothing, nothing), 0);
    assert_int_equal(xh_str_compare(nothing, XH_STR("a")), -1);
    assert_false(xh_str_equal(XH_STR("a\0b"), XH_STR("a\0c")));
    assert_false(xh_str_is(XH_STR("ab"), "abc"));
}

static void case_is_ignored_for_ascii_only(void **state)
{
    (void)state;
    assert_true(xh_str_equal_nocase(XH_STR("Content-TYPE"), XH_STR("content-type")));
    assert_false(xh_str_equal_nocase(XH_STR("a"), XH_STR("ab")));
    assert_false(xh_str_equal_nocase(XH_STR("[]"), XH_STR("{}")));
    assert_false(xh_str_equal_nocase(XH_STR("Đ"), XH_STR("đ")));
}

static void beginnings_and_ends_are_recognised(void **state)
{
    (void)state;
    assert_true(xh_str_starts(XH_STR("kWh/day"), XH_STR("kWh")));
    assert_false(xh_str_starts(XH_STR("kW"), XH_STR("kWh")));
    assert_true(xh_str_starts(XH_STR("kW"), nothing));
    assert_true(xh_str_ends(XH_STR("a.csv"), XH_STR(".csv")));
    assert_false(xh_str_ends(XH_STR("csv"), XH_STR(".csv")));
    assert_true(xh_str_ends(nothing, nothing));
}

static void white_space_is_trimmed_at_both_ends(void **state)
{
    (void)state;
    assert_str(xh_str_trim(XH_STR(" \t\r\n\v\fa b ")), "a b");
    assert_str(xh_str_trim(XH_STR("  \n")), "");
    assert_str(xh_str_trim(nothing), "");
}

static void the_first_occurrence_is_found(void **state)
{
    (void)state;
    assert_int_equal(xh_str_find(XH_STR("abcabc"), XH_STR("bc")), 1);
    assert_int_equal(xh_str_find(XH_STR("abc"), XH_STR("abcd")), -1);
    assert_int_equal(xh_str_find(XH_STR("abc"), nothing), 0);
    assert_int_equal(xh_str_find(nothing, XH_STR("a")), -1);
    assert_int_equal(xh_str_find_char(XH_STR("a=b=c"), '='), 1);
    assert_int_equal(xh_str_find_char(XH_STR("a"), 'b'), -1);
    assert_int_equal(xh_str_find_char(nothing, 'b'), -1);
}

static void splitting_takes_part_after_part(void **state)
{
    (void)state;
    struct xh_str rest = XH_STR("a,,bc"), part;
    assert_true(xh_str_split(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(xh_str_split(&rest, ',', &part));
    assert_str(part, "");
    assert_true(xh_str_split(&rest, ',', &part));
    assert_str(part, "bc");
    assert_false(xh_str_split(&rest, ',', &part));
    assert_str(part, "bc");
}

static void a_separator_at_the_end_adds_no_part(void **state)
{
    (void)state;
    struct xh_str rest = XH_STR("a\n"), part;
    assert_true(xh_str_split(&rest, '\n', &part));
    assert_false(xh_str_split(&rest, '\n', &part));
    rest = nothing;
    assert_false(xh_str_split(&rest, '\n', &part));
}

static void well_formed_utf8_is_accepted(void **state)
{
    (void)state;
    assert_true(xh_utf8_is_valid(nothing));
    assert_true(xh_utf8_is_valid(XH_STR("Đống Đa, 東京, 서울, \xF0\x9F\x8C\xB3")));
    assert_true(xh_utf8_is_valid(XH_STR("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF")));
    assert_true(xh_utf8_is_valid(XH_STR("\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80")));
    assert_true(xh_utf8_is_valid(XH_STR("0123456789abcdef\xC3\xA9 0123456789abcdef, \xC3\xA9")));
    assert_false(xh_utf8_is_valid(XH_STR("0123456789abcdef\xC3")));
    assert_false(xh_utf8_is_valid(XH_STR("01234567\xC3\xA9" "0123456789ab\xFF" "def0123456789")));
    assert_true(xh_utf8_is_valid(XH_STR("\xF4\x8F\xBF\xBF"))); /* U+10FFFF */
}

static void malformed_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80", "\xBF", "\xC0\x80", "\xC1\xBF",        /* no lead, overlong */
        "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF",                /* surrogates */
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", /* beyond U+10FFFF */
        "\xC3", "\xE1\xBB", "\xF0\x9F\x8C", "ab\xE1",    /* cut off */
        "\xC3(", "\xE1\xBB(", "\xF0\x9F\x8C(", "\xE1(\xBB",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(xh_utf8_is_valid(xh_str_from(bad[i])));
    }
}

static void assert_folds(const char *text, const char *expected)
{
    struct xh_str s = xh_str_from(text);
    char *dst = malloc(s.len ? s.len : 1); /* no byte more, so that the sanitizer sees an overrun */
    assert_non_null(dst);
    size_t len = xh_str_fold(s, dst);
    assert_true(len <= s.len);
    assert_str((struct xh_str){dst, len}, expected);
    free(dst);
}

static void vietnamese_folds_to_plain_letters(void **state)
{
    (void)state;
    assert_folds("Đống Đa", "dong da");
    assert_folds("Thủ Đức", "thu duc");
    assert_folds("TP. Hồ Chí Minh", "tp. ho chi minh");
    assert_folds("aáàảãạăắằẳẵặâấầẩẫậ", "aaaaaaaaaaaaaaaaaa");
    assert_folds("AÁÀẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬ", "aaaaaaaaaaaaaaaaaa");
    assert_folds("eéèẻẽẹêếềểễệEÉÈẺẼẸÊẾỀỂỄỆ", "eeeeeeeeeeeeeeeeeeeeeeee");
    assert_folds("iíìỉĩịIÍÌỈĨỊ", "iiiiiiiiiiii");
    assert_folds("oóòỏõọôốồổỗộơớờởỡợ", "oooooooooooooooooo");
    assert_folds("OÓÒỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢ", "oooooooooooooooooo");
    assert_folds("uúùủũụưứừửữựUÚÙỦŨỤƯỨỪỬỮỰ", "uuuuuuuuuuuuuuuuuuuuuuuu");
    assert_folds("yýỳỷỹỵYÝỲỶỸỴđĐ", "yyyyyyyyyyyydd");
}

static void decomposed_text_folds_like_composed_text(void **state)
{
    (void)state;
    assert_folds("o\xCC\x82\xCC\x81", "o"); /* o, circumflex, acute */
    assert_folds("u\xCC\x9B\xCC\xA3", "u"); /* u, horn, dot below */
}

static void other_latin_letters_fold_too(void **state)
{
    (void)state;
    assert_folds("Straße", "strasse");
    assert_folds("Ærø Œuvre", "aero oeuvre");
    assert_folds("Łódź Çeşme İzmir Škoda", "lodz cesme izmir skoda");
    assert_folds("\xE1\xBA\x9E", "ss"); /* capital sharp s */
    assert_folds("Ǆ ǅ ǆ", "dz dz dz");
}

static void what_has_no_plain_letter_stays(void **state)
{
    (void)state;
    assert_folds("", "");
    assert_folds("東京 서울 3 × 4 ÷ 2 m³ €", "東京 서울 3 × 4 ÷ 2 m³ €");
    assert_folds("a\xFF\x80Z\xC3", "a\xFF\x80z\xC3");
    assert_folds("\xE1\xBB", "\xE1\xBB");
    assert_folds("\xF0\x9F\x8C\xB3", "\xF0\x9F\x8C\xB3");
}

static void folding_twice_changes_nothing(void **state)
{
    (void)state;
    for (unsigned code_point = 0x80; code_point < 0x2000; code_point++) {
        char text[3], once[3], twice[3];
        size_t len = code_point < 0x800 ? 2 : 3;
        if (len == 2) {
            text[0] = (char)(0xC0 | code_point >> 6);
        } else {
            text[0] = (char)(0xE0 | code_point >> 12);
            text[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        }
        text[len - 1] = (char)(0x80 | (code_point & 0x3F));
        size_t once_len = xh_str_fold((struct xh_str){text, len}, once);
        size_t twice_len = xh_str_fold((struct xh_str){once, once_len}, twice);
        assert_true(once_len <= len);
        assert_true(xh_utf8_is_valid((struct xh_str){once, once_len}));
        assert_true(
            xh_str_equal((struct xh_str){once, once_len}, (struct xh_str){twice, twice_len}));
    }
}

static void a_text_may_be_folded_in_place(void **state)
{
    (void)state;
    char text[] = "Quận Bình Thạnh × ß";
    size_t len = xh_str_fold(xh_str_from(text), text);
    assert_str((struct xh_str){text, len}, "quan binh thanh × ss");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_text_is_an_empty_slice),
        cmocka_unit_test(a_part_is_clamped_to_its_whole),
        cmocka_unit_test(comparison_is_by_bytes_and_the_shorter_comes_first),
        cmocka_unit_test(case_is_ignored_for_ascii_only),
        cmocka_unit_test(beginnings_and_ends_are_recognised),
        cmocka_unit_test(white_space_is_trimmed_at_both_ends),
        cmocka_unit_test(the_first_occurrence_is_found),
        cmocka_unit_test(splitting_takes_part_after_part),
        cmocka_unit_test(a_separator_at_the_end_adds_no_part),
        cmocka_unit_test(well_formed_utf8_is_accepted),
        cmocka_unit_test(malformed_utf8_is_refused),
        cmocka_unit_test(vietnamese_folds_to_plain_letters),
        cmocka_unit_test(decomposed_text_folds_like_composed_text),
        cmocka_unit_test(other_latin_letters_fold_too),
        cmocka_unit_test(what_has_no_plain_letter_stays),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(a_text_may_be_folded_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
