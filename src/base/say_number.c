/* say_number.c: whole numbers in words. A number is groups of three digits, from the largest. */
#include "base/say_number.h"

enum { GROUPS_MAX = 7 }; /* of 2^63 */

/* The largest group first; returns how many there are, at least one. */
static size_t split(int64_t value, int groups[GROUPS_MAX])
{
    uint64_t rest = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    int reversed[GROUPS_MAX];
    size_t count = 0;
    do {
        reversed[count++] = (int)(rest % 1000);
        rest /= 1000;
    } while (rest > 0);
    for (size_t i = 0; i < count; i++) {
        groups[i] = reversed[count - 1 - i];
    }
    return count;
}

static void add_word(struct xh_buf *out, const char *word)
{
    if (word[0] == '\0') {
        return;
    }
    if (out->len > 0 && out->ptr[out->len - 1] != ' ') {
        xh_buf_add_char(out, ' ');
    }
    xh_buf_add_text(out, word);
}

/* ---- Vietnamese ---- */

static const char *const digits_vi[] = {"không", "một", "hai", "ba",  "bốn",
                                        "năm",   "sáu", "bảy", "tám", "chín"};

static void add_unit_vi(struct xh_buf *out, int ten, int unit)
{
    if (unit == 1 && ten >= 2) {
        add_word(out, "mốt");
    } else if (unit == 5 && ten >= 1) {
        add_word(out, "lăm");
    } else if (unit > 0) {
        add_word(out, digits_vi[unit]);
    }
}

/* is_whole: hundreds are read also where they are 0. */
static void add_group_vi(struct xh_buf *out, int group, bool is_whole)
{
    int hundred = group / 100, ten = group / 10 % 10, unit = group % 10;
    if (hundred > 0 || is_whole) {
        add_word(out, digits_vi[hundred]);
        add_word(out, "trăm");
    }
    if (ten == 0 && unit > 0 && (hundred > 0 || is_whole)) {
        add_word(out, "linh");
    } else if (ten == 1) {
        add_word(out, "mười");
    } else if (ten > 1) {
        add_word(out, digits_vi[ten]);
        add_word(out, "mươi");
    }
    add_unit_vi(out, ten, unit);
}

void xh_say_number_vi(struct xh_buf *out, int64_t value)
{
    /* By the group's distance from the end; beyond tỷ they begin anew: nghìn tỷ, triệu tỷ. */
    static const char *const names[] = {"", "nghìn", "triệu"};
    int groups[GROUPS_MAX];
    size_t count = split(value, groups);
    add_word(out, value < 0 ? "âm" : "");
    if (value == 0) {
        add_word(out, digits_vi[0]);
    }
    bool has_said = false;      /* something before: what follows is read whole */
    bool has_thousands = false; /* something since the last tỷ */
    for (size_t i = 0; i < count; i++) {
        size_t at = count - 1 - i;
        if (groups[i] > 0) {
            add_group_vi(out, groups[i], has_said);
            add_word(out, names[at % 3]);
            has_said = true;
            has_thousands = true;
        }
        if (at % 3 == 0 && at > 0 && has_thousands) {
            for (size_t k = 0; k < at / 3; k++) {
                add_word(out, "tỷ");
            }
            has_thousands = false;
        }
    }
}

/* ---- English ---- */

static const char *const small_en[] = {
    "zero",    "one",     "two",       "three",    "four",     "five",    "six",
    "seven",   "eight",   "nine",      "ten",      "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen",  "seventeen", "eighteen", "nineteen"};
static const char *const tens_en[] = {"",      "",      "twenty",  "thirty", "forty",
                                      "fifty", "sixty", "seventy", "eighty", "ninety"};

static void add_group_en(struct xh_buf *out, int group)
{
    int hundred = group / 100, rest = group % 100;
    if (hundred > 0) {
        add_word(out, small_en[hundred]);
        add_word(out, "hundred");
    }
    if (rest >= 20) {
        add_word(out, tens_en[rest / 10]);
        if (rest % 10 > 0) {
            xh_buf_add_char(out, '-');
            xh_buf_add_text(out, small_en[rest % 10]);
        }
    } else if (rest > 0) {
        add_word(out, small_en[rest]);
    }
}

void xh_say_number_en(struct xh_buf *out, int64_t value)
{
    static const char *const names[GROUPS_MAX] = {
        "", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"};
    int groups[GROUPS_MAX];
    size_t count = split(value, groups);
    add_word(out, value < 0 ? "minus" : "");
    if (value == 0) {
        add_word(out, small_en[0]);
    }
    for (size_t i = 0; i < count; i++) {
        if (groups[i] > 0) {
            add_group_en(out, groups[i]);
            add_word(out, names[count - 1 - i]);
        }
    }
}
