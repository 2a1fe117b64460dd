/* core_month_say.c: the month so far as an answer: numbers, steps, a sentence. */
#include <math.h>

#include "kernel/core_internal.h"
#include "kernel/core_month.h"
#include "kernel/say.h"

enum { PLAIN_DECIMALS = 1, FORECAST_ROUNDING = 1000 };

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Chuỗi số liệu", "Series"),
    {"day", XH_T_DAY, 0, "Tính đến hết ngày", "As of the end of", NULL, 0, 0, 0, NULL, NULL,
     "Để trống: đến lúc này.", "Empty: as of now."},
};
const struct xh_shape xh_core_month_in = XH_SHAPE(in_fields);

#define MONEY(name, vi, en) {name, XH_T_MONEY, 0, vi, en, NULL, 0, 0, 0, NULL, NULL, NULL, NULL}

static const struct xh_field out_fields[] = {
    XH_FIELD_TEXT("series_code", 0, "Mã chuỗi số liệu", "Code of the series"),
    XH_FIELD_TEXT("series_name", 0, "Tên chuỗi số liệu", "Name of the series"),
    XH_FIELD_TEXT("tariff", 0, "Biểu giá", "Tariff"),
    XH_FIELD_TEXT("tariff_vi", 0, "Tên biểu giá", "Name of the tariff in Vietnamese"),
    XH_FIELD_TEXT("tariff_en", 0, "Tên biểu giá bằng tiếng Anh", "Name of the tariff in English"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_DAY("month_to", 0, "Tháng hết trước ngày", "The month ends before"),
    XH_FIELD_INT("days_left", 0, 0, 0, NULL, "Số ngày còn lại", "Days left"),
    XH_FIELD_BOOL("has_value", 0, "Có số liệu", "Has readings"),
    XH_FIELD_DEC("quantity", 0, NULL, "Lượng tiêu thụ", "Quantity"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    MONEY("amount", "Số tiền đến nay", "Amount so far"),
    XH_FIELD_TEXT("currency", 0, "Loại tiền", "Currency"),
    XH_FIELD_BOOL("has_forecast", 0, "Có dự báo", "Has a forecast"),
    XH_FIELD_REAL("forecast_quantity", 0, 0, 0, NULL, "Lượng cả tháng, dự báo",
                  "Quantity of the month, expected"),
    XH_FIELD_REAL("low", 0, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("high", 0, 0, 0, NULL, "Cận trên", "Upper bound"),
    MONEY("forecast_amount", "Số tiền cả tháng, dự báo", "Amount of the month, expected"),
    MONEY("low_amount", "Số tiền, cận dưới", "Amount, lower bound"),
    MONEY("high_amount", "Số tiền, cận trên", "Amount, upper bound"),
    XH_FIELD_REAL("error_per_day", 0, 0, 0, NULL, "Sai số mỗi ngày của cách dự báo",
                  "Error a day of the rule"),
    XH_FIELD_REAL("naive_error_per_day", 0, 0, 0, NULL, "Sai số mỗi ngày nếu lấy ngày hôm trước",
                  "Error a day of taking the day before"),
    XH_FIELD_INT("tier", 0, 0, 0, NULL, "Đang ở bậc", "Tier reached"),
    XH_FIELD_DAY("next_tier_day", 0, "Ngày sang bậc sau", "Day on which the next tier begins"),
    XH_FIELD_DAY("fifth_tier_day", 0, "Ngày bậc 5 bắt đầu", "Day on which the fifth tier begins"),
    XH_FIELD_REAL("previous_quantity", 0, 0, 0, NULL, "Lượng tháng trước",
                  "Quantity of the month before"),
    XH_FIELD_REAL("previous_percent", 0, 0, 0, "%", "So với cùng số ngày tháng trước",
                  "Against the same days of the month before"),
    XH_FIELD_REAL("year_quantity", 0, 0, 0, NULL, "Lượng cùng tháng năm trước",
                  "Quantity of the same month a year before"),
    XH_FIELD_REAL("year_percent", 0, 0, 0, "%", "So với cùng kỳ năm trước",
                  "Against the same days a year before"),
    XH_FIELD_INT("missing_days", 0, 0, 0, NULL, "Số ngày thiếu số liệu", "Days without readings"),
    XH_FIELD_BOOL("is_estimated", 0, "Có số liệu ước tính", "Has estimated readings"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Illustrative"),
    XH_FIELD_TEXT("sentence_vi", 0, "Câu trả lời", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Câu trả lời bằng tiếng Anh", "Sentence in English"),
    XH_FIELD_TEXT("compare_vi", 0, "So sánh", "Comparison in Vietnamese"),
    XH_FIELD_TEXT("compare_en", 0, "So sánh bằng tiếng Anh", "Comparison in English"),
    XH_FIELD_TEXT("note_vi", XH_F_LONG, "Ghi chú", "Note in Vietnamese"),
    XH_FIELD_TEXT("note_en", XH_F_LONG, "Ghi chú bằng tiếng Anh", "Note in English"),
};

static const struct xh_field tier_fields[] = {
    XH_FIELD_INT("tier", 0, 0, 0, NULL, "Bậc", "Tier"),
    XH_FIELD_REAL("from", 0, 0, 0, NULL, "Từ", "From"),
    XH_FIELD_REAL("to", 0, 0, 0, NULL, "Đến", "Until"),
    XH_FIELD_TEXT("range_vi", 0, "Khoảng", "Range in Vietnamese"),
    XH_FIELD_TEXT("range_en", 0, "Khoảng bằng tiếng Anh", "Range in English"),
    XH_FIELD_DEC("price", 0, NULL, "Đơn giá", "Price"),
    XH_FIELD_TEXT("price_unit", 0, "Đơn vị của đơn giá", "Unit of the price"),
    XH_FIELD_DEC("quantity", 0, NULL, "Lượng đến nay", "Quantity so far"),
    XH_FIELD_DEC("amount", 0, NULL, "Thành tiền đến nay, chưa thuế", "Amount so far, before tax"),
    XH_FIELD_DAY("first_day", 0, "Ngày bắt đầu", "Day on which it begins"),
    XH_FIELD_BOOL("is_expected", 0, "Theo dự báo", "By the forecast"),
    XH_FIELD_REF("row", 0, "core.dated", "Dòng giá", "Dated row"),
    XH_FIELD_TEXT("row_code", 0, "Mã dòng giá", "Code of the dated row"),
    XH_FIELD_TEXT("document", 0, "Văn bản", "Document"),
};
static const struct xh_part out_parts[] = {
    {"tiers", "Các bậc", "Tiers", tier_fields, XH_COUNT(tier_fields), XH_MONTH_TIERS_MAX},
};
const struct xh_shape xh_core_month_out = XH_SHAPE_PARTS(out_fields, out_parts);

/* ---- forecast ---- */

/* A forecast is no exacter than thousands of dong, or whole dollars. */
static int64_t rounded(const struct xh_tariff *tariff, int64_t minor)
{
    int64_t step = FORECAST_ROUNDING;
    if (tariff->minor_digits > 0) {
        step = 1;
        for (int i = 0; i < tariff->minor_digits; i++) {
            step *= 10;
        }
    }
    return (minor + step / 2) / step * step;
}

static int write_cost(struct xh_ctx *ctx, const struct xh_month *m, struct xh_doc *doc,
                      const char *field, double quantity, struct xh_err *err)
{
    int64_t minor = 0;
    int code = xh_core_month_cost(ctx, m, quantity, &minor, err);
    if (code >= 0) {
        xh_doc_set_int(doc, field, rounded(m->tariff, minor));
    }
    return code;
}

static int write_forecast(struct xh_ctx *ctx, const struct xh_month *m, struct xh_doc *doc,
                          struct xh_err *err)
{
    const struct xh_month_forecast *f = &m->forecast;
    xh_doc_set_int(doc, "has_forecast", f->has_forecast);
    if (!f->has_forecast) {
        return XH_E_OK;
    }
    xh_doc_set_real(doc, "forecast_quantity", f->total);
    xh_doc_set_real(doc, "low", f->low);
    xh_doc_set_real(doc, "high", f->high);
    if (isfinite(f->error_per_day) && isfinite(f->naive_error_per_day)) {
        xh_doc_set_real(doc, "error_per_day", f->error_per_day);
        xh_doc_set_real(doc, "naive_error_per_day", f->naive_error_per_day);
    }
    int code = write_cost(ctx, m, doc, "forecast_amount", f->total, err);
    code = code < 0 ? code : write_cost(ctx, m, doc, "low_amount", f->low, err);
    return code < 0 ? code : write_cost(ctx, m, doc, "high_amount", f->high, err);
}

/* ---- tiers ---- */

/* "101–200", "from 401", as price lists of whole units say it; "10–20", "over 30". */
static struct xh_str say_range(struct xh_arena *arena, const struct xh_tariff *tariff,
                               const struct xh_month_tier *tier, enum xh_lang lang)
{
    bool is_whole = tariff->share_decimals == 0, is_vi = lang == XH_LANG_VI;
    struct xh_buf buf = {0};
    if (!isfinite(tier->to)) {
        xh_buf_add_text(&buf, is_whole ? is_vi ? "từ " : "from " : is_vi ? "trên " : "over ");
    }
    xh_say_num(&buf, is_whole && tier->from > 0 ? tier->from + 1 : tier->from, 3, lang);
    if (isfinite(tier->to)) {
        xh_buf_add_text(&buf, "–");
        xh_say_num(&buf, tier->to, 3, lang);
    }
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static void write_tier(struct xh_doc *doc, const struct xh_tariff *tariff, size_t number,
                       const struct xh_month_tier *tier)
{
    size_t row = xh_doc_add(doc, "tiers");
    xh_value_set_text(xh_doc_put(doc, "tiers", row, "range_vi"),
                      say_range(doc->arena, tariff, tier, XH_LANG_VI));
    xh_value_set_text(xh_doc_put(doc, "tiers", row, "range_en"),
                      say_range(doc->arena, tariff, tier, XH_LANG_EN));
    xh_value_set_int(xh_doc_put(doc, "tiers", row, "tier"), (int64_t)number);
    xh_value_set_real(xh_doc_put(doc, "tiers", row, "from"), tier->from);
    if (isfinite(tier->to)) {
        xh_value_set_real(xh_doc_put(doc, "tiers", row, "to"), tier->to);
    }
    xh_value_set_dec(xh_doc_put(doc, "tiers", row, "price"), tier->row->value);
    xh_value_set_text(xh_doc_put(doc, "tiers", row, "price_unit"), tier->row->unit);
    xh_value_set_dec(xh_doc_put(doc, "tiers", row, "quantity"), xh_dec_trim(tier->quantity));
    xh_value_set_dec(xh_doc_put(doc, "tiers", row, "amount"), xh_dec_trim(tier->amount));
    if (tier->first_day != XH_DAY_OPEN_END) {
        xh_value_set_int(xh_doc_put(doc, "tiers", row, "first_day"), tier->first_day);
    }
    xh_value_set_int(xh_doc_put(doc, "tiers", row, "is_expected"), tier->is_expected);
    if (tier->row->id != 0) {
        xh_value_set_int(xh_doc_put(doc, "tiers", row, "row"), tier->row->id);
    }
    xh_value_set_text(xh_doc_put(doc, "tiers", row, "row_code"), tier->row->code);
    xh_value_set_text(xh_doc_put(doc, "tiers", row, "document"), tier->row->document);
}

/* The tier in which the last unit so far lies, (from, to]; 0: there are none. */
static size_t tier_reached(const struct xh_month_tier *tiers, size_t count, double quantity)
{
    size_t reached = count > 0;
    for (size_t i = 1; i < count; i++) {
        reached = quantity > tiers[i].from ? i + 1 : reached;
    }
    return reached;
}

static void write_tiers(struct xh_ctx *ctx, const struct xh_month *m, struct xh_doc *doc)
{
    struct xh_month_tier tiers[XH_MONTH_TIERS_MAX];
    size_t count = xh_core_month_tiers(ctx, m, tiers);
    size_t reached = tier_reached(tiers, count, xh_dec_to_double(m->charge.quantity));
    for (size_t i = 0; i < count; i++) {
        write_tier(doc, m->tariff, i + 1, &tiers[i]);
    }
    if (reached == 0) {
        return;
    }
    xh_doc_set_int(doc, "tier", (int64_t)reached);
    if (reached < count && tiers[reached].first_day != XH_DAY_OPEN_END) {
        xh_doc_set_int(doc, "next_tier_day", tiers[reached].first_day);
    }
    if (count > 4 && tiers[4].first_day != XH_DAY_OPEN_END) {
        xh_doc_set_int(doc, "fifth_tier_day", tiers[4].first_day);
    }
}

/* ---- before ---- */

static int32_t months_before(int32_t day, int count)
{
    int year, month, of_month;
    xh_day_to_civil(day, &year, &month, &of_month);
    month -= count;
    for (; month < 1; month += 12) {
        year--;
    }
    return xh_day_from_civil(year, month, 1);
}

/* The whole month `back` months ago, and its first days against as many whole days of this one. */
static void write_before(const struct xh_month *m, int back, struct xh_doc *doc,
                         const char *quantity, const char *percent)
{
    int32_t from = months_before(m->month_from, back);
    int32_t to = months_before(m->month_from, back - 1);
    int32_t day_count = m->today + m->is_day_over - m->month_from;
    double whole, then, now;
    if (xh_core_month_sum(m, from, to, &whole)) {
        xh_doc_set_real(doc, quantity, whole);
    }
    day_count = day_count < to - from ? day_count : to - from;
    if (xh_core_month_sum(m, from, from + day_count, &then) && then > 0 &&
        xh_core_month_sum(m, m->month_from, m->month_from + day_count, &now)) {
        xh_doc_set_real(doc, percent, 100 * (now / then - 1));
    }
}

static void say_against(struct xh_doc *doc, const char *field, enum xh_lang lang, const char *vi,
                        const char *en, struct xh_buf *out)
{
    if (xh_doc_is_null(doc, field)) {
        return;
    }
    double percent = xh_doc_real(doc, field);
    bool is_same = percent > -0.05 && percent < 0.05;
    if (xh_buf_str(out).len > 0) {
        xh_buf_add_text(out, ", ");
    }
    xh_say_change(out, percent, lang);
    if (lang == XH_LANG_VI) {
        xh_buf_add_format(out, " so với %s", vi);
    } else {
        xh_buf_add_format(out, " %s %s", is_same ? "as in" : "than in", en);
    }
}

/* ---- sentences ---- */

static const char *unit_text(const struct xh_month *m)
{
    return xh_str_is(xh_str_from(m->tariff->unit), "m3") ? "m³" : m->tariff->unit;
}

static void say_money(struct xh_buf *out, const struct xh_month *m, int64_t minor,
                      enum xh_lang lang)
{
    xh_say_money(out, minor, xh_str_from(m->tariff->currency), lang);
}

static void say_forecast(const struct xh_month *m, struct xh_doc *doc, enum xh_lang lang,
                         struct xh_buf *out)
{
    bool is_vi = lang == XH_LANG_VI;
    xh_buf_add_text(out, is_vi ? " Cả tháng ước " : " The month may come to ");
    xh_say_num(out, m->forecast.total, m->forecast.total < 100 ? PLAIN_DECIMALS : 0, lang);
    xh_buf_add_format(out, is_vi ? " %s, khoảng " : " %s, about ", unit_text(m));
    say_money(out, m, xh_doc_int(doc, "forecast_amount"), lang);
    if (xh_doc_int(doc, "low_amount") == xh_doc_int(doc, "high_amount")) {
        xh_buf_add_char(out, '.');
        return;
    }
    xh_buf_add_text(out, is_vi ? " (từ " : " (");
    say_money(out, m, xh_doc_int(doc, "low_amount"), lang);
    xh_buf_add_text(out, is_vi ? " đến " : " to ");
    say_money(out, m, xh_doc_int(doc, "high_amount"), lang);
    xh_buf_add_text(out, ").");
}

static void say_so_far(const struct xh_month *m, struct xh_doc *doc, enum xh_lang lang,
                       struct xh_buf *out)
{
    bool is_vi = lang == XH_LANG_VI;
    if (m->usage_count == 0) {
        xh_buf_add_text(out, is_vi ? "Chưa có số liệu " : "There are no readings ");
        xh_say_days(out, m->month_from, m->today + 1, lang);
        xh_buf_add_char(out, '.');
        return;
    }
    xh_say_num(out, xh_dec_to_double(m->charge.quantity), PLAIN_DECIMALS, lang);
    xh_buf_add_format(out, " %s ", unit_text(m));
    xh_say_days(out, m->month_from, m->today + 1, lang);
    xh_buf_add_text(out, ": ");
    say_money(out, m, m->charge.total_minor, lang);
    if (!xh_doc_is_null(doc, "tier")) {
        xh_buf_add_format(out, is_vi ? ", đang ở bậc %d" : ", now in tier %d",
                          (int)xh_doc_int(doc, "tier"));
    }
    xh_buf_add_char(out, '.');
    if (m->forecast.has_forecast) {
        say_forecast(m, doc, lang, out);
    }
}

static void set_buf(struct xh_doc *doc, const char *field, struct xh_buf *buf)
{
    if (xh_buf_str(buf).len > 0) {
        xh_doc_set_text(doc, field, xh_buf_str(buf));
    }
    xh_buf_finish(buf);
}

static void write_sentences(const struct xh_month *m, struct xh_doc *doc)
{
    static const char *const names[][2] = {{"sentence_vi", "compare_vi"},
                                           {"sentence_en", "compare_en"}};
    for (int i = 0; i < 2; i++) {
        enum xh_lang lang = i == 0 ? XH_LANG_VI : XH_LANG_EN;
        struct xh_buf sentence = {0}, compare = {0};
        say_so_far(m, doc, lang, &sentence);
        say_against(doc, "previous_percent", lang, "cùng số ngày tháng trước",
                    "the same days of last month", &compare);
        say_against(doc, "year_percent", lang, "cùng kỳ năm trước", "the same days a year before",
                    &compare);
        set_buf(doc, names[i][0], &sentence);
        set_buf(doc, names[i][1], &compare);
    }
    xh_doc_set_string(doc, "note_vi",
                      "Tháng chưa hết: tính theo bậc của cả tháng. Dự báo lấy trung bình cùng thứ "
                      "của bốn tuần trước; khoảng nêu ra đúng trong 80 trên 100 trường hợp.");
    xh_doc_set_string(doc, "note_en",
                      "The month is not over: the tiers are those of the whole month. The forecast "
                      "takes the mean of the same weekday of the four weeks before; its range "
                      "holds in 80 of 100 cases.");
}

static void write_plain(const struct xh_month *m, struct xh_doc *doc)
{
    xh_doc_set_text(doc, "series_code", m->code);
    xh_doc_set_text(doc, "series_name", m->name);
    xh_doc_set_string(doc, "tariff", m->tariff->code);
    xh_doc_set_string(doc, "tariff_vi", m->tariff->label_vi);
    xh_doc_set_string(doc, "tariff_en", m->tariff->label_en);
    xh_doc_set_int(doc, "from", m->month_from);
    xh_doc_set_int(doc, "to", m->today + 1);
    xh_doc_set_int(doc, "month_to", m->month_to);
    xh_doc_set_int(doc, "days_left", m->month_to - m->today - 1);
    xh_doc_set_int(doc, "has_value", m->usage_count > 0);
    xh_doc_set_string(doc, "unit", m->tariff->unit);
    xh_doc_set_string(doc, "currency", m->tariff->currency);
    if (m->usage_count > 0) {
        xh_doc_set_dec(doc, "quantity", m->charge.quantity);
        xh_doc_set_int(doc, "amount", m->charge.total_minor);
    }
    xh_doc_set_int(doc, "missing_days", m->missing_days);
    xh_doc_set_int(doc, "is_estimated", (m->flags & XH_AMOUNT_ESTIMATED) != 0);
    xh_doc_set_int(doc, "is_simulated", (m->flags & XH_AMOUNT_SIMULATED) != 0);
}

int xh_core_month(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                  struct xh_err *err)
{
    struct xh_month month;
    bool has_day = !xh_doc_is_null(in->doc, "day");
    int code = xh_core_month_read(ctx, xh_doc_int(in->doc, "series"), has_day,
                                  (int32_t)xh_doc_int(in->doc, "day"), &month, err);
    if (code < 0) {
        return code;
    }
    write_plain(&month, out->doc);
    write_tiers(ctx, &month, out->doc);
    write_before(&month, 1, out->doc, "previous_quantity", "previous_percent");
    write_before(&month, 12, out->doc, "year_quantity", "year_percent");
    code = write_forecast(ctx, &month, out->doc, err);
    if (code >= 0) {
        write_sentences(&month, out->doc);
    }
    return code < 0 ? code : XH_E_OK;
}
