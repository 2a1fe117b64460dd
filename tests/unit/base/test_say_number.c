/* Numbers in words: what stands on a bill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/say_number.h"

static const struct {
    int64_t value;
    const char *vi, *en;
} cases[] = {
    {0, "không", "zero"},
    {4, "bốn", "four"},
    {5, "năm", "five"},
    {10, "mười", "ten"},
    {11, "mười một", "eleven"},
    {15, "mười lăm", "fifteen"},
    {20, "hai mươi", "twenty"},
    {21, "hai mươi mốt", "twenty-one"},
    {24, "hai mươi bốn", "twenty-four"},
    {55, "năm mươi lăm", "fifty-five"},
    {99, "chín mươi chín", "ninety-nine"},
    {100, "một trăm", "one hundred"},
    {101, "một trăm linh một", "one hundred one"},
    {105, "một trăm linh năm", "one hundred five"},
    {111, "một trăm mười một", "one hundred eleven"},
    {115, "một trăm mười lăm", "one hundred fifteen"},
    {121, "một trăm hai mươi mốt", "one hundred twenty-one"},
    {1000, "một nghìn", "one thousand"},
    {1005, "một nghìn không trăm linh năm", "one thousand five"},
    {1010, "một nghìn không trăm mười", "one thousand ten"},
    {10000, "mười nghìn", "ten thousand"},
    {21000, "hai mươi mốt nghìn", "twenty-one thousand"},
    {1000000, "một triệu", "one million"},
    {1000001, "một triệu không trăm linh một", "one million one"},
    {1160460, "một triệu một trăm sáu mươi nghìn bốn trăm sáu mươi",
     "one million one hundred sixty thousand four hundred sixty"},
    {1005000, "một triệu không trăm linh năm nghìn", "one million five thousand"},
    {1000000000, "một tỷ", "one billion"},
    {2500000000, "hai tỷ năm trăm triệu", "two billion five hundred million"},
    {1000000000000, "một nghìn tỷ", "one trillion"},
    {1001000000000, "một nghìn không trăm linh một tỷ", "one trillion one billion"},
    {INT64_C(1000000000000000000), "một tỷ tỷ", "one quintillion"},
    {-21, "âm hai mươi mốt", "minus twenty-one"},
    {INT64_MIN,
     "âm chín tỷ tỷ hai trăm hai mươi ba triệu ba trăm bảy mươi hai nghìn không trăm ba mươi sáu tỷ"
     " tám trăm năm mươi bốn triệu bảy trăm bảy mươi lăm nghìn tám trăm linh tám",
     "minus nine quintillion two hundred twenty-three quadrillion three hundred seventy-two"
     " trillion thirty-six billion eight hundred fifty-four million seven hundred seventy-five"
     " thousand eight hundred eight"},
};

static void numbers_are_read_as_people_read_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xh_buf vi = {0}, en = {0};
        xh_say_number_vi(&vi, cases[i].value);
        xh_say_number_en(&en, cases[i].value);
        assert_string_equal(xh_buf_text(&vi), cases[i].vi);
        assert_string_equal(xh_buf_text(&en), cases[i].en);
        xh_buf_finish(&vi);
        xh_buf_finish(&en);
    }
}

static void words_follow_what_is_there(void **state)
{
    (void)state;
    struct xh_buf text = {0};
    xh_buf_add_text(&text, "Bằng chữ:");
    xh_say_number_vi(&text, 12);
    assert_string_equal(xh_buf_text(&text), "Bằng chữ: mười hai");
    xh_buf_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_as_people_read_them),
        cmocka_unit_test(words_follow_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
