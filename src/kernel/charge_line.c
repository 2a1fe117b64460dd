/* charge_line.c: a line of a bill as a sentence.
 *
 * Numbers are written as the language writes them: 238.000,5 in Vietnamese, 238,000.5 in English.
 */
#include "kernel/charge.h"

#include <string.h>

struct word {
    const char *name, *vi, *en;
};

static const struct word band_words[] = {
    {"peak", "giờ cao điểm", "peak hours"},
    {"normal", "giờ bình thường", "normal hours"},
    {"off-peak", "giờ thấp điểm", "off-peak hours"},
};

static const struct word currency_signs[] = {
    {"VND", "₫", "₫"},
    {"KRW", "₩", "₩"},
    {"JPY", "¥", "¥"},
    {"USD", "$", "$"},
    {"SGD", "S$", "S$"},
};

static const char *word_of(const struct word *words, size_t count, struct xh_str name,
                           bool is_vietnamese)
{
    for (size_t i = 0; i < count; i++) {
        if (xh_str_is(name, words[i].name)) {
            return is_vietnamese ? words[i].vi : words[i].en;
        }
    }
    return NULL;
}

static void add_number(struct xh_buf *out, struct xh_dec value, bool is_vietnamese)
{
    char text[XH_DEC_TEXT_BYTES];
    size_t len = xh_dec_print(xh_dec_trim(value), text), at = 0;
    const char *point = strchr(text, '.');
    size_t whole = point ? (size_t)(point - text) : len;
    if (text[0] == '-') {
        xh_buf_add_char(out, '-');
        at = 1;
    }
    for (; at < whole; at++) {
        xh_buf_add_char(out, text[at]);
        if ((whole - at) % 3 == 1 && at + 1 < whole) {
            xh_buf_add_char(out, is_vietnamese ? '.' : ',');
        }
    }
    if (point) {
        xh_buf_add_char(out, is_vietnamese ? ',' : '.');
        xh_buf_add_text(out, point + 1);
    }
}

static void add_money(struct xh_buf *out, const struct xh_tariff *tariff, struct xh_dec amount,
                      bool is_vietnamese)
{
    const char *sign = word_of(currency_signs, sizeof currency_signs / sizeof currency_signs[0],
                               xh_str_from(tariff->currency), is_vietnamese);
    add_number(out, amount, is_vietnamese);
    xh_buf_add_char(out, ' ');
    xh_buf_add_text(out, sign ? sign : tariff->currency);
}

/* "bậc 3", "giờ cao điểm"; other items are named by their component. */
static void add_name(struct xh_buf *out, const struct xh_charge_line *line, bool is_vietnamese)
{
    const char *word = word_of(band_words, sizeof band_words / sizeof band_words[0], line->item,
                               is_vietnamese);
    if (word) {
        xh_buf_add_text(out, word);
    } else if (line->has_limit && xh_str_starts(line->item, XH_STR("tier "))) {
        xh_buf_add_text(out, is_vietnamese ? "bậc " : "tier ");
        xh_buf_add_str(out, xh_str_sub(line->item, 5, line->item.len));
    } else {
        xh_buf_add_text(out, is_vietnamese ? line->component->label_vi : line->component->label_en);
    }
}

/* "101–200" where meters show whole units, "10–20" where they do not; "từ 401", "trên 30". */
static void add_limits(struct xh_buf *out, const struct xh_tariff *tariff,
                       const struct xh_charge_line *line, bool is_vietnamese)
{
    struct xh_dec from = line->limit_from;
    bool is_whole = tariff->share_decimals == 0;
    if (is_whole && !xh_dec_is_zero(from) && xh_dec_add(from, xh_dec_int(1), &from) < 0) {
        from = line->limit_from;
    }
    xh_buf_add_text(out, ": ");
    if (line->is_open_ended) {
        xh_buf_add_text(out, is_whole ? (is_vietnamese ? "từ " : "from ")
                                      : (is_vietnamese ? "trên " : "over "));
        add_number(out, from, is_vietnamese);
        return;
    }
    add_number(out, from, is_vietnamese);
    xh_buf_add_text(out, "–");
    add_number(out, line->limit_to, is_vietnamese);
}

static void add_day(struct xh_buf *out, int32_t day, bool is_vietnamese)
{
    char text[XH_TIME_TEXT_BYTES];
    int year, month, day_of_month;
    if (is_vietnamese) {
        xh_day_to_civil(day, &year, &month, &day_of_month);
        xh_buf_add_format(out, "%d/%d/%d", day_of_month, month, year);
    } else {
        xh_day_print(day, text);
        xh_buf_add_text(out, text);
    }
}

static void add_days(struct xh_buf *out, const struct xh_charge_line *line, bool is_vietnamese)
{
    if (!line->is_part) {
        return;
    }
    xh_buf_add_text(out, is_vietnamese ? "; từ " : "; ");
    add_day(out, line->day_from, is_vietnamese);
    xh_buf_add_text(out, is_vietnamese ? " đến " : " to ");
    add_day(out, line->day_to - 1, is_vietnamese);
    if (line->is_shared_by_days) {
        xh_buf_add_text(out, is_vietnamese ? ", chia theo số ngày" : ", shared by days");
    }
}

static void add_product(struct xh_buf *out, const struct xh_tariff *tariff,
                        const struct xh_charge_line *line, bool is_vietnamese)
{
    if (line->component->kind == XH_CHARGE_PERCENT) {
        add_number(out, line->price, is_vietnamese);
        xh_buf_add_text(out, " % × ");
        add_money(out, tariff, line->base, is_vietnamese);
        xh_buf_add_text(out, " = ");
    } else if (line->has_quantity) {
        add_number(out, line->quantity, is_vietnamese);
        xh_buf_add_format(out, " %s × ", tariff->unit);
        add_money(out, tariff, line->price, is_vietnamese);
        xh_buf_add_text(out, " = ");
    }
    add_money(out, tariff, line->amount, is_vietnamese);
}

void xh_charge_line_sentence(const struct xh_tariff *tariff, const struct xh_charge_line *line,
                             bool is_vietnamese, struct xh_buf *out)
{
    add_product(out, tariff, line, is_vietnamese);
    xh_buf_add_text(out, " (");
    add_name(out, line, is_vietnamese);
    if (line->has_limit) {
        add_limits(out, tariff, line, is_vietnamese);
    }
    add_days(out, line, is_vietnamese);
    xh_buf_add_char(out, ')');
}
