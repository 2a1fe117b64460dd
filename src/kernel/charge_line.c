/* charge_line.c: a line of a bill as a sentence. Numbers, money and days are kernel/say.h's. */
#include "kernel/charge.h"
#include "kernel/say.h"

static const struct {
    const char *name, *vi, *en;
} band_words[] = {
    {"peak", "giờ cao điểm", "peak hours"},
    {"normal", "giờ bình thường", "normal hours"},
    {"off-peak", "giờ thấp điểm", "off-peak hours"},
};

static const char *band_name(struct xh_str name, enum xh_lang lang)
{
    for (size_t i = 0; i < sizeof band_words / sizeof band_words[0]; i++) {
        if (xh_str_is(name, band_words[i].name)) {
            return lang == XH_LANG_VI ? band_words[i].vi : band_words[i].en;
        }
    }
    return NULL;
}

static void add_number(struct xh_buf *out, struct xh_dec value, enum xh_lang lang)
{
    xh_say_dec(out, xh_dec_trim(value), lang);
}

static void add_money(struct xh_buf *out, const struct xh_tariff *tariff, struct xh_dec amount,
                      enum xh_lang lang)
{
    xh_say_price(out, xh_dec_trim(amount), xh_str_from(tariff->currency), lang);
}

/* "bậc 3", "giờ cao điểm"; other items are named by their component. */
static void add_name(struct xh_buf *out, const struct xh_charge_line *line, enum xh_lang lang)
{
    const char *word = band_name(line->item, lang);
    if (word) {
        xh_buf_add_text(out, word);
    } else if (line->has_limit && xh_str_starts(line->item, XH_STR("tier "))) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? "bậc " : "tier ");
        xh_buf_add_str(out, xh_str_sub(line->item, 5, line->item.len));
    } else {
        xh_buf_add_text(out,
                        lang == XH_LANG_VI ? line->component->label_vi : line->component->label_en);
    }
}

/* "101–200" where meters show whole units, "10–20" where they do not; "từ 401", "trên 30". */
static void add_limits(struct xh_buf *out, const struct xh_tariff *tariff,
                       const struct xh_charge_line *line, enum xh_lang lang)
{
    struct xh_dec from = line->limit_from;
    bool is_whole = tariff->share_decimals == 0;
    if (is_whole && !xh_dec_is_zero(from) && xh_dec_add(from, xh_dec_int(1), &from) < 0) {
        from = line->limit_from;
    }
    xh_buf_add_text(out, ": ");
    if (line->is_open_ended) {
        xh_buf_add_text(out, is_whole ? (lang == XH_LANG_VI ? "từ " : "from ")
                                      : (lang == XH_LANG_VI ? "trên " : "over "));
        add_number(out, from, lang);
        return;
    }
    add_number(out, from, lang);
    xh_buf_add_text(out, "–");
    add_number(out, line->limit_to, lang);
}

/* ", for 2 months": where limits or amounts are not those of one month. What was cut has its
 * days. */
static void add_months(struct xh_buf *out, const struct xh_charge_line *line, enum xh_lang lang)
{
    bool is_vi = lang == XH_LANG_VI;
    if (line->is_part || (line->months == 1 && line->days == 0) ||
        (line->months == 0 && line->days == 0)) {
        return;
    }
    xh_buf_add_text(out, is_vi ? ", cho" : ", for");
    if (line->months > 0) {
        xh_buf_add_format(out, " %d %s", (int)line->months,
                          is_vi               ? "tháng"
                          : line->months == 1 ? "month"
                                              : "months");
    }
    if (line->days > 0) {
        xh_buf_add_format(out, "%s %d %s", line->months > 0 && !is_vi ? " and" : "",
                          (int)line->days,
                          is_vi             ? "ngày"
                          : line->days == 1 ? "day"
                                            : "days");
    }
}

static void add_days(struct xh_buf *out, const struct xh_charge_line *line, enum xh_lang lang)
{
    if (!line->is_part) {
        return;
    }
    xh_buf_add_text(out, lang == XH_LANG_VI ? "; từ " : "; ");
    xh_say_day(out, line->day_from, lang);
    xh_buf_add_text(out, lang == XH_LANG_VI ? " đến " : " to ");
    xh_say_day(out, line->day_to - 1, lang);
    if (line->is_shared_by_days) {
        xh_buf_add_text(out, lang == XH_LANG_VI ? ", chia theo số ngày" : ", shared by days");
    }
}

static void add_product(struct xh_buf *out, const struct xh_tariff *tariff,
                        const struct xh_charge_line *line, enum xh_lang lang)
{
    if (line->component->kind == XH_CHARGE_PERCENT) {
        add_number(out, line->price, lang);
        xh_buf_add_text(out, " % × ");
        add_money(out, tariff, line->base, lang);
        xh_buf_add_text(out, " = ");
    } else if (line->has_quantity) {
        add_number(out, line->quantity, lang);
        xh_buf_add_format(out, " %s × ", tariff->unit);
        add_money(out, tariff, line->price, lang);
        xh_buf_add_text(out, " = ");
    }
    add_money(out, tariff, line->amount, lang);
}

void xh_charge_line_sentence(const struct xh_tariff *tariff, const struct xh_charge_line *line,
                             bool is_vietnamese, struct xh_buf *out)
{
    enum xh_lang lang = is_vietnamese ? XH_LANG_VI : XH_LANG_EN;
    add_product(out, tariff, line, lang);
    xh_buf_add_text(out, " (");
    add_name(out, line, lang);
    if (line->has_limit) {
        add_limits(out, tariff, line, lang);
    }
    add_months(out, line, lang);
    add_days(out, line, lang);
    xh_buf_add_char(out, ')');
}
