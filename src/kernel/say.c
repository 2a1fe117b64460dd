/* say.c: numbers, money, days and periods as people write them. */
#include "kernel/say.h"

#include <math.h>
#include <string.h>

static const char *const months_en[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};

static const struct {
    const char *code, *sign;
    int digits;
} currencies[] = {
    {"VND", "₫", 0}, {"KRW", "₩", 0}, {"JPY", "¥", 0}, {"USD", "US$", 2}, {"SGD", "S$", 2},
    {"EUR", "€", 2},
};
enum { CURRENCY_COUNT = sizeof currencies / sizeof currencies[0] };

void xh_say_dec(struct xh_buf *out, struct xh_dec value, enum xh_lang lang)
{
    char text[XH_DEC_TEXT_BYTES];
    size_t len = xh_dec_print(value, text), at = 0;
    const char *point = strchr(text, '.');
    size_t whole = point != NULL ? (size_t)(point - text) : len;
    if (text[0] == '-') {
        xh_buf_add_text(out, "\xe2\x88\x92"); /* the minus sign */
        at = 1;
    }
    for (; at < whole; at++) {
        xh_buf_add_char(out, text[at]);
        if ((whole - at) % 3 == 1 && at + 1 < whole) {
            xh_buf_add_char(out, lang == XH_LANG_VI ? '.' : ',');
        }
    }
    if (point != NULL) {
        xh_buf_add_char(out, lang == XH_LANG_VI ? ',' : '.');
        xh_buf_add_text(out, point + 1);
    }
}

void xh_say_num(struct xh_buf *out, double value, int decimals, enum xh_lang lang)
{
    struct xh_dec dec;
    if (!isfinite(value) || xh_dec_from_double(value, -1, &dec, NULL) < 0 ||
        xh_dec_round(dec, decimals, XH_ROUND_HALF_UP, &dec) < 0) {
        xh_buf_add_text(out, "–");
        return;
    }
    xh_say_dec(out, xh_dec_trim(dec), lang);
}

void xh_say_amount(struct xh_buf *out, double value, enum xh_lang lang)
{
    double size = fabs(value);
    int decimals = size >= 100 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 6;
    xh_say_num(out, value, decimals, lang);
}

static int currency_find(struct xh_str code)
{
    for (int i = 0; i < CURRENCY_COUNT; i++) {
        if (xh_str_is(code, currencies[i].code)) {
            return i;
        }
    }
    return -1;
}

int xh_currency_digits(struct xh_str currency)
{
    int at = currency_find(currency);
    return at < 0 ? 2 : currencies[at].digits;
}

void xh_say_price(struct xh_buf *out, struct xh_dec amount, struct xh_str currency,
                  enum xh_lang lang)
{
    int at = currency_find(currency);
    xh_say_dec(out, amount, lang);
    xh_buf_add_char(out, ' ');
    xh_buf_add_str(out, at < 0 ? currency : xh_str_from(currencies[at].sign));
}

void xh_say_money(struct xh_buf *out, int64_t minor, struct xh_str currency, enum xh_lang lang)
{
    xh_say_price(out, xh_dec_from_minor(minor, xh_currency_digits(currency)), currency, lang);
}

void xh_say_day(struct xh_buf *out, int32_t day, enum xh_lang lang)
{
    int year, month, day_of_month;
    xh_day_to_civil(day, &year, &month, &day_of_month);
    if (lang == XH_LANG_VI) {
        xh_buf_add_format(out, "%d/%d/%d", day_of_month, month, year);
    } else {
        xh_buf_add_format(out, "%d %s %d", day_of_month, months_en[month - 1], year);
    }
}

static bool say_month(struct xh_buf *out, int32_t day_from, int32_t day_to, enum xh_lang lang)
{
    int year, month, day;
    xh_day_to_civil(day_from, &year, &month, &day);
    if (day != 1 || day_to != day_from + xh_month_days(year, month)) {
        return false;
    }
    if (lang == XH_LANG_VI) {
        xh_buf_add_format(out, "trong tháng %d/%d", month, year);
    } else {
        xh_buf_add_format(out, "in %s %d", months_en[month - 1], year);
    }
    return true;
}

static bool say_year(struct xh_buf *out, int32_t day_from, int32_t day_to, enum xh_lang lang)
{
    int year, month, day;
    xh_day_to_civil(day_from, &year, &month, &day);
    if (day != 1 || month != 1 || day_to != xh_day_from_civil(year + 1, 1, 1)) {
        return false;
    }
    xh_buf_add_format(out, lang == XH_LANG_VI ? "trong năm %d" : "in %d", year);
    return true;
}

void xh_say_days(struct xh_buf *out, int32_t day_from, int32_t day_to, enum xh_lang lang)
{
    if (day_to == day_from + 1) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? "ngày " : "on ");
        xh_say_day(out, day_from, lang);
    } else if (!say_month(out, day_from, day_to, lang) && !say_year(out, day_from, day_to, lang)) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? "từ " : "from ");
        xh_say_day(out, day_from, lang);
        xh_buf_add_text(out, lang == XH_LANG_VI ? " đến " : " to ");
        xh_say_day(out, day_to - 1, lang);
    }
}

void xh_say_change(struct xh_buf *out, double percent, enum xh_lang lang)
{
    double size = fabs(percent);
    if (size < 0.05) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? "không đổi" : "the same");
        return;
    }
    if (lang == XH_LANG_VI) {
        xh_buf_add_text(out, percent > 0 ? "tăng " : "giảm ");
    }
    xh_say_num(out, size, size >= 10 ? 0 : 1, lang);
    xh_buf_add_text(out, " %");
    if (lang == XH_LANG_EN) {
        xh_buf_add_text(out, percent > 0 ? " more" : " less");
    }
}
