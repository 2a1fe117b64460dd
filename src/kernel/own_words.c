/* own_words.c: what the words of a header, or of a label, say. Diacritics and case do not count:
 * "Điện tiêu thụ" and "dien tieu thu" are one. */
#include <string.h>

#include "kernel/own_internal.h"
#include "kernel/shape.h"

/* ---- words ---- */

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

void xh__own_words(struct xh_str text, struct xh__own_words *ret)
{
    char *at = ret->folded;
    size_t len = xh_str_fold(xh_str_sub(text, 0, XH__OWN_TEXT_MAX), at), from = 0;
    ret->count = 0;
    for (size_t i = 0; i + 1 < len; i++) { /* m³ is m3 */
        if ((unsigned char)at[i] == 0xc2 && (unsigned char)at[i + 1] == 0xb3) {
            at[i] = '3';
            memmove(at + i + 1, at + i + 2, len - i - 2);
            len--;
        }
    }
    for (size_t i = 0; i <= len && ret->count < XH__OWN_WORDS_MAX; i++) {
        bool is_here = i < len && (is_letter(at[i]) || xh_char_is_digit(at[i]));
        bool turns = i > from && i < len && is_here && is_letter(at[i]) != is_letter(at[i - 1]) &&
                     !(i == from + 1 && at[i] == '3' && at[from] == 'm');
        if (is_here && !turns) {
            continue;
        }
        if (i > from) {
            ret->at[ret->count++] = (struct xh_str){at + from, i - from};
        }
        from = turns ? i : i + 1;
    }
}

bool xh__own_has(const struct xh__own_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (xh_str_is(words->at[i], word)) {
            return true;
        }
    }
    return false;
}

/* All words of "chi so cu", separated by spaces, are there. */
static bool has_all(const struct xh__own_words *words, const char *all)
{
    struct xh_str rest = xh_str_from(all), one;
    while (xh_str_split(&rest, ' ', &one)) {
        bool is_there = false;
        for (size_t i = 0; i < words->count && !is_there; i++) {
            is_there = xh_str_equal(words->at[i], one);
        }
        if (!is_there) {
            return false;
        }
    }
    return true;
}

/* One of the words is there. */
static bool has_any(const struct xh__own_words *words, const char *any)
{
    struct xh_str rest = xh_str_from(any), one;
    while (xh_str_split(&rest, ' ', &one)) {
        for (size_t i = 0; i < words->count; i++) {
            if (xh_str_equal(words->at[i], one)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- media, units ---- */

static const struct {
    const char *any;
    enum xh_own_medium medium;
} media[] = {
    {"dien electricity electric kwh mwh evn power", XH_OWN_ELECTRICITY},
    {"gas lpg", XH_OWN_GAS},
    {"nuoc water", XH_OWN_WATER},
    {"dau xang than diesel petrol gasoline coal fuel cui", XH_OWN_FUEL},
};

enum xh_own_medium xh__own_medium_of(const struct xh__own_words *words)
{
    for (size_t i = 0; i < XH_COUNT(media); i++) {
        bool is_start = xh__own_has(words, "dau") && has_any(words, "ky so chi");
        if (has_any(words, media[i].any) && !(media[i].medium == XH_OWN_FUEL && is_start)) {
            return media[i].medium;
        }
    }
    return XH_OWN_NO_MEDIUM;
}

static const struct {
    const char *word, *unit;
} units[] = {
    {"kwh", "kWh"}, {"mwh", "MWh"},  {"m3", "m3"},  {"khoi", "m3"}, {"kg", "kg"},
    {"lit", "L"},   {"litre", "L"},  {"liter", "L"}, {"tan", "t"},   {"gj", "GJ"},
};

static const char *unit_of(const struct xh__own_words *words)
{
    for (size_t i = 0; i < XH_COUNT(units); i++) {
        if (xh__own_has(words, units[i].word)) {
            return units[i].unit;
        }
    }
    return "";
}

/* ---- roles ---- */

/* The first row that fits counts: all of `all`, none of `unless`. */
static const struct {
    const char *all, *unless;
    enum xh_own_role role;
    int strength;
} names[] = {
    {"so ngay", "", XH_OWN_SKIP, 0},
    {"so hoa don", "", XH_OWN_SKIP, 0},
    {"ma hoa don", "", XH_OWN_SKIP, 0},
    {"ky hieu", "", XH_OWN_SKIP, 0},
    {"khach hang", "", XH_OWN_SKIP, 0},
    {"days", "", XH_OWN_SKIP, 0},
    {"customer", "", XH_OWN_SKIP, 0},
    {"so sanh", "", XH_OWN_SKIP, 0},
    {"tang", "", XH_OWN_SKIP, 0},
    {"ty le", "", XH_OWN_SKIP, 0},
    {"trung binh", "", XH_OWN_SKIP, 0},
    {"average", "", XH_OWN_SKIP, 0},
    {"don gia", "", XH_OWN_SKIP, 0},
    {"unit price", "", XH_OWN_SKIP, 0},
    {"price", "", XH_OWN_SKIP, 0},
    {"rate", "", XH_OWN_SKIP, 0},
    {"tien cao diem", "", XH_OWN_SKIP, 0},
    {"tien thap diem", "", XH_OWN_SKIP, 0},
    {"tien binh thuong", "", XH_OWN_SKIP, 0},
    {"stt", "", XH_OWN_SKIP, 0},
    {"ghi chu", "", XH_OWN_NOTE, 1},
    {"note", "", XH_OWN_NOTE, 1},
    {"notes", "", XH_OWN_NOTE, 1},
    {"remarks", "", XH_OWN_NOTE, 1},
    {"he so", "", XH_OWN_FACTOR, 1},
    {"multiplier", "", XH_OWN_FACTOR, 1},
    {"ngay dau", "", XH_OWN_FROM, 1},
    {"ngay cuoi", "", XH_OWN_TO, 1},
    {"chi so cu", "", XH_OWN_FIRST, 2},
    {"so cu", "", XH_OWN_FIRST, 1},
    {"chi so dau", "", XH_OWN_FIRST, 2},
    {"dau ky", "", XH_OWN_FIRST, 1},
    {"cs cu", "", XH_OWN_FIRST, 1},
    {"previous", "", XH_OWN_FIRST, 1},
    {"opening", "", XH_OWN_FIRST, 1},
    {"old reading", "", XH_OWN_FIRST, 1},
    {"start reading", "", XH_OWN_FIRST, 1},
    {"chi so moi", "", XH_OWN_LAST, 2},
    {"so moi", "", XH_OWN_LAST, 1},
    {"chi so cuoi", "", XH_OWN_LAST, 2},
    {"cuoi ky", "", XH_OWN_LAST, 1},
    {"cs moi", "", XH_OWN_LAST, 1},
    {"present reading", "", XH_OWN_LAST, 1},
    {"current reading", "", XH_OWN_LAST, 1},
    {"new reading", "", XH_OWN_LAST, 1},
    {"end reading", "", XH_OWN_LAST, 1},
    {"closing", "", XH_OWN_LAST, 1},
    {"truoc thue", "", XH_OWN_NET, 2},
    {"chua thue", "", XH_OWN_NET, 2},
    {"chua vat", "", XH_OWN_NET, 2},
    {"truoc vat", "", XH_OWN_NET, 2},
    {"before tax", "", XH_OWN_NET, 2},
    {"before vat", "", XH_OWN_NET, 2},
    {"excl vat", "", XH_OWN_NET, 2},
    {"excluding vat", "", XH_OWN_NET, 2},
    {"net", "", XH_OWN_NET, 1},
    {"thue", "gom sau co tong cong", XH_OWN_TAX, 1},
    {"vat", "gom sau co incl including inclusive with tong total", XH_OWN_TAX, 1},
    {"thanh toan", "ngay date", XH_OWN_AMOUNT, 3},
    {"to pay", "", XH_OWN_AMOUNT, 3},
    {"payable", "", XH_OWN_AMOUNT, 3},
    {"tong tien", "", XH_OWN_AMOUNT, 2},
    {"sau thue", "", XH_OWN_AMOUNT, 3},
    {"tong cong", "", XH_OWN_AMOUNT, 2},
    {"total", "kwh m3", XH_OWN_AMOUNT, 2},
    {"thanh tien", "", XH_OWN_AMOUNT, 1},
    {"so tien", "", XH_OWN_AMOUNT, 1},
    {"tien", "ngay", XH_OWN_AMOUNT, 1},
    {"amount", "", XH_OWN_AMOUNT, 1},
    {"cost", "", XH_OWN_AMOUNT, 1},
    {"charge", "", XH_OWN_AMOUNT, 1},
    {"chi phi", "", XH_OWN_AMOUNT, 1},
    {"tri gia", "", XH_OWN_AMOUNT, 1},
    {"vnd", "", XH_OWN_AMOUNT, 1},
    {"dong", "", XH_OWN_AMOUNT, 1},
    {"thap diem", "", XH_OWN_OFF_PEAK, 1},
    {"off peak", "", XH_OWN_OFF_PEAK, 1},
    {"offpeak", "", XH_OWN_OFF_PEAK, 1},
    {"cao diem", "", XH_OWN_PEAK, 1},
    {"peak", "", XH_OWN_PEAK, 1},
    {"binh thuong", "", XH_OWN_NORMAL, 1},
    {"normal", "", XH_OWN_NORMAL, 1},
    {"tieu thu", "", XH_OWN_QUANTITY, 2},
    {"san luong", "", XH_OWN_QUANTITY, 2},
    {"usage", "", XH_OWN_QUANTITY, 2},
    {"consumption", "", XH_OWN_QUANTITY, 2},
    {"consumed", "", XH_OWN_QUANTITY, 2},
    {"dien nang", "", XH_OWN_QUANTITY, 2},
    {"kwh", "", XH_OWN_QUANTITY, 1},
    {"mwh", "", XH_OWN_QUANTITY, 1},
    {"m3", "", XH_OWN_QUANTITY, 1},
    {"so dien", "", XH_OWN_QUANTITY, 1},
    {"so nuoc", "", XH_OWN_QUANTITY, 1},
    {"so khoi", "", XH_OWN_QUANTITY, 1},
    {"khoi luong", "", XH_OWN_QUANTITY, 1},
    {"luong nuoc", "", XH_OWN_QUANTITY, 1},
    {"so luong", "", XH_OWN_QUANTITY, 1},
    {"quantity", "", XH_OWN_QUANTITY, 1},
    {"units", "", XH_OWN_QUANTITY, 1},
    {"su dung", "", XH_OWN_QUANTITY, 1},
    {"tu ngay", "", XH_OWN_FROM, 1},
    {"ngay bat dau", "", XH_OWN_FROM, 1},
    {"ky tu", "", XH_OWN_FROM, 1},
    {"from", "", XH_OWN_FROM, 1},
    {"start", "", XH_OWN_FROM, 1},
    {"den ngay", "", XH_OWN_TO, 1},
    {"ngay ket thuc", "", XH_OWN_TO, 1},
    {"ky den", "", XH_OWN_TO, 1},
    {"to", "", XH_OWN_TO, 1},
    {"end", "", XH_OWN_TO, 1},
    {"thang", "", XH_OWN_MONTH, 3},
    {"month", "", XH_OWN_MONTH, 3},
    {"ky", "", XH_OWN_MONTH, 2},
    {"period", "", XH_OWN_MONTH, 2},
    {"billing", "", XH_OWN_MONTH, 2},
    {"ngay", "", XH_OWN_MONTH, 1},
    {"date", "", XH_OWN_MONTH, 1},
    {"thoi gian", "", XH_OWN_MONTH, 1},
    {"nam", "", XH_OWN_YEAR, 1},
    {"year", "", XH_OWN_YEAR, 1},
};

static int32_t thousands_of(const struct xh__own_words *words)
{
    if (has_any(words, "trieu million trd")) {
        return 1000000;
    }
    return has_any(words, "nghin ngan 1000 thousand") ? 1000 : 1;
}

/* "Điện" alone: so many kWh, or so much money? */
static void name_unsure(const struct xh__own_words *words, struct xh__own_name *name)
{
    name->medium = xh__own_medium_of(words);
    name->is_unsure = name->medium != XH_OWN_NO_MEDIUM && words->count <= 2;
    name->why_vi = name->is_unsure ? "tên cột không nói là lượng dùng hay số tiền: hãy chọn"
                                   : "tên cột không nói gì quen thuộc";
    name->why_en = name->is_unsure ? "its name does not tell whether it is a quantity or money: "
                                     "please choose"
                                   : "its name says nothing familiar";
}

struct xh__own_name xh__own_name(struct xh_str text)
{
    struct xh__own_words words;
    struct xh__own_name name = {.unit = "", .thousands = 1};
    xh__own_words(text, &words);
    size_t i = 0;
    while (i < XH_COUNT(names) && (!has_all(&words, names[i].all) ||
                                   (names[i].unless[0] && has_any(&words, names[i].unless)))) {
        i++;
    }
    if (i == XH_COUNT(names)) {
        name_unsure(&words, &name);
        return name;
    }
    name.role = names[i].role;
    name.strength = names[i].strength;
    name.is_known = true;
    name.medium = xh__own_medium_of(&words);
    name.unit = unit_of(&words);
    name.why_vi = "theo tên cột";
    name.why_en = "by its name";
    if (name.role == XH_OWN_AMOUNT || name.role == XH_OWN_NET || name.role == XH_OWN_TAX) {
        name.thousands = thousands_of(&words);
        name.unit = has_any(&words, "usd") ? "USD" : "VND";
    }
    return name;
}

const char *xh__own_unit(struct xh_str text, bool is_money, int32_t *ret_thousands)
{
    struct xh__own_words words;
    *ret_thousands = 1;
    if (text.len == 0) {
        return "";
    }
    xh__own_words(text, &words);
    if (!is_money) {
        return unit_of(&words)[0] ? unit_of(&words) : has_any(&words, "so") ? "" : NULL;
    }
    *ret_thousands = thousands_of(&words);
    bool is_dong = xh_str_find(text, XH_STR("\xe2\x82\xab")) >= 0 ||
                   has_any(&words, "d vnd dong nghin trieu tr");
    return is_dong ? "VND" : has_any(&words, "usd") ? "USD" : NULL;
}

bool xh__own_is_total(struct xh_str text)
{
    struct xh__own_words words;
    xh__own_words(text, &words);
    return words.count > 0 && (has_any(&words, "tong cong total sum luyke") ||
                               has_all(&words, "trung binh") || has_all(&words, "luy ke") ||
                               has_all(&words, "ca nam") || xh__own_has(&words, "average"));
}
