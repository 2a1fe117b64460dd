/* advise.c: energy.advice, one thing to do at home, with what it saves by the home's own tariff. */
#include <math.h>

#include "domain/energy/advice.h"
#include "domain/energy/energy_internal.h"
#include "kernel/core_month.h"
#include "kernel/fields.h"
#include "kernel/half_hours.h"
#include "kernel/say.h"

enum { LOOK_BACK_DAYS = 28 };

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("series", XH_F_REQUIRED, "core.series", "Công tơ điện", "Electricity meter"),
};
const struct xh_shape xh__energy_advice_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_BOOL("has_tip", 0, "Có lời khuyên", "Has a tip"),
    XH_FIELD_INT("day_count", 0, 0, 0, "d", "Số ngày đã xem", "Days looked at"),
    XH_FIELD_TEXT("currency", 0, "Loại tiền", "Currency"),
    XH_FIELD_BOOL("is_simulated", 0, "Số liệu minh hoạ", "Illustrative"),
    XH_FIELD_TEXT("sentence_vi", 0, "Câu trả lời", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", 0, "Câu trả lời bằng tiếng Anh", "Sentence in English"),
};
static const struct xh_field tip_fields[] = {
    XH_FIELD_TEXT("rule", 0, "Cách xét", "Rule"),
    XH_FIELD_TEXT("title_vi", 0, "Việc nên làm", "What to do, in Vietnamese"),
    XH_FIELD_TEXT("title_en", 0, "Việc nên làm bằng tiếng Anh", "What to do, in English"),
    XH_FIELD_REAL("saving_kwh", 0, 0, 0, "kWh", "Tiết kiệm mỗi tháng", "Saved a month"),
    XH_FIELD_MONEY("saving_vnd", 0, "Tiền tiết kiệm mỗi tháng", "Money saved a month"),
    XH_FIELD_TEXT("why_vi", XH_F_LONG, "Vì sao", "Why, in Vietnamese"),
    XH_FIELD_TEXT("why_en", XH_F_LONG, "Vì sao, bằng tiếng Anh", "Why, in English"),
};
static const struct xh_part out_parts[] = {
    {"tips", "Lời khuyên", "Tips", tip_fields, XH_COUNT(tip_fields), XH_ADVICE_RULES},
};
const struct xh_shape xh__energy_advice_out = XH_SHAPE_PARTS(out_fields, out_parts);

static const struct {
    const char *name, *title_vi, *title_en;
} rules[XH_ADVICE_RULES] = {
    {"night", "Tìm xem ban đêm máy nào vẫn chạy", "Find what runs while you sleep"},
    {"evening", "Giảm điều hoà buổi tối một chút",
     "Turn the evening's air conditioning down a bit"},
    {"day", "Xem lại ngày dùng nhiều nhất tuần qua", "Look at the week's dearest day"},
};

/* ---- what a saving is worth ---- */

enum { WORTH_ROUNDING_VND = 1000 };

/* The difference of two whole bills: of the month as expected, and of one without what is saved; no
 * exacter than thousands of dong. */
static int worth(struct xh_ctx *ctx, const struct xh_month *m, double saving_kwh, int64_t *ret_vnd,
                 struct xh_err *err)
{
    double whole = m->forecast.has_forecast ? m->forecast.total : m->so_far;
    double less = whole > saving_kwh ? whole - saving_kwh : 0;
    int64_t with = 0, without = 0;
    int code = xh_core_month_cost(ctx, m, whole, &with, err);
    code = code < 0 ? code : xh_core_month_cost(ctx, m, less, &without, err);
    *ret_vnd = (with - without + WORTH_ROUNDING_VND / 2) / WORTH_ROUNDING_VND * WORTH_ROUNDING_VND;
    return code;
}

/* ---- sentences ---- */

static void say_night(struct xh_buf *out, const struct xh_advice_tip *tip, enum xh_lang lang)
{
    bool is_vi = lang == XH_LANG_VI;
    xh_buf_add_text(out, is_vi ? "Từ 2 đến 5 giờ sáng nhà bạn vẫn dùng khoảng "
                               : "From 2 to 5 in the morning your home still uses about ");
    xh_say_num(out, tip->observed, 0, lang);
    xh_buf_add_text(out, is_vi ? " W. Chạy cả ngày thì đó là " : " W. All day long that is ");
    xh_say_num(out, tip->observed * 24 / 1000, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh trong " : " kWh of ");
    xh_say_num(out, tip->usual, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh mỗi ngày. Ước tính: tắt hẳn được một phần năm."
                               : " kWh a day. Assumed: a fifth of it can be switched off.");
}

static void say_evening(struct xh_buf *out, const struct xh_advice_tip *tip, enum xh_lang lang)
{
    bool is_vi = lang == XH_LANG_VI;
    xh_buf_add_text(out, is_vi ? "Từ 19 giờ đến 2 giờ sáng nhà bạn dùng hơn những tối ít nhất "
                               : "From 19:00 to 2:00 your home uses more than on its calmest "
                                 "evenings by ");
    xh_say_num(out, tip->observed, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh mỗi ngày (tối ít nhất: " : " kWh a day (calmest: ");
    xh_say_num(out, tip->usual, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh). Ước tính: bớt được một phần năm của phần hơn đó."
                               : " kWh). Assumed: a fifth of that surplus can be saved.");
}

static void say_day(struct xh_buf *out, const struct xh_advice_tip *tip, int32_t day,
                    enum xh_lang lang)
{
    bool is_vi = lang == XH_LANG_VI;
    xh_buf_add_text(out, is_vi ? "Ngày " : "On ");
    xh_say_day(out, day, lang);
    xh_buf_add_text(out, is_vi ? " nhà bạn dùng " : " your home used ");
    xh_say_num(out, tip->observed, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh, ngày thường " : " kWh, on a usual day ");
    xh_say_num(out, tip->usual, 1, lang);
    xh_buf_add_text(out, is_vi ? " kWh. Bớt một ngày như thế mỗi tháng là đủ."
                               : " kWh. One such day less a month is what is saved.");
}

static struct xh_str why_of(struct xh_ctx *ctx, const struct xh_advice_tip *tip, int32_t day_from,
                            enum xh_lang lang)
{
    struct xh_buf buf = {0};
    if (tip->rule == XH_ADVICE_NIGHT) {
        say_night(&buf, tip, lang);
    } else if (tip->rule == XH_ADVICE_EVENING) {
        say_evening(&buf, tip, lang);
    } else {
        say_day(&buf, tip, day_from + (int32_t)tip->day_index, lang);
    }
    struct xh_str text = xh_arena_str(ctx->arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static void say_all(struct xh_ctx *ctx, struct xh_doc *out, size_t day_count, bool has_tip)
{
    bool is_short = day_count < XH_ADVICE_DAYS_LEAST;
    (void)ctx;
    xh_doc_set_string(out, "sentence_vi",
                      has_tip ? "Một việc nên làm, từ chính số đo của nhà bạn."
                      : is_short ? "Cần ít nhất 14 ngày số đo để nói được điều gì."
                                 : "Không thấy điều gì cần nhắc: nhà bạn dùng điện đều và ít.");
    xh_doc_set_string(out, "sentence_en",
                      has_tip    ? "One thing to do, from your home's own readings."
                      : is_short ? "It takes 14 days of readings to say anything."
                                 : "Nothing to point at: your home uses little, and evenly.");
}

/* ---- run ---- */

static int write_tip(struct xh_ctx *ctx, const struct xh_month *m, const struct xh_advice_tip *tip,
                     int32_t day_from, struct xh_doc *out, struct xh_err *err)
{
    int64_t saving_vnd = 0;
    int code = worth(ctx, m, tip->saving_kwh, &saving_vnd, err);
    if (code < 0) {
        return code;
    }
    size_t row = xh_doc_add(out, "tips");
    xh_value_set_text(xh_doc_put(out, "tips", row, "rule"), xh_str_from(rules[tip->rule].name));
    xh_value_set_text(xh_doc_put(out, "tips", row, "title_vi"),
                      xh_str_from(rules[tip->rule].title_vi));
    xh_value_set_text(xh_doc_put(out, "tips", row, "title_en"),
                      xh_str_from(rules[tip->rule].title_en));
    xh_value_set_real(xh_doc_put(out, "tips", row, "saving_kwh"), tip->saving_kwh);
    xh_value_set_int(xh_doc_put(out, "tips", row, "saving_vnd"), saving_vnd);
    xh_value_set_text(xh_doc_put(out, "tips", row, "why_vi"),
                      why_of(ctx, tip, day_from, XH_LANG_VI));
    xh_value_set_text(xh_doc_put(out, "tips", row, "why_en"),
                      why_of(ctx, tip, day_from, XH_LANG_EN));
    return XH_E_OK;
}

/* kWh of the half hours; NAN where nothing was read around them. */
static const double *kwh_of(struct xh_ctx *ctx, const struct xh_month *m,
                            const struct xh_half_hours *half, unsigned *ret_flags)
{
    double *kwh = XH_NEW_ARRAY(ctx->arena, double, half->count);
    for (size_t i = 0; i < half->count; i++) {
        const struct xh_amount *amount = &half->amounts[i];
        bool is_known = amount->covered_us > 0 || amount->reading_count > 0;
        kwh[i] = is_known ? amount->amount * m->scale : NAN;
        *ret_flags |= amount->flags;
    }
    return kwh;
}

int xh__energy_advise(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                      struct xh_err *err)
{
    struct xh_advice_tip tips[XH_ADVICE_RULES];
    struct xh_half_hours half = {0};
    struct xh_month month;
    unsigned flags = 0;
    int64_t series_id = xh_doc_int(in->doc, "series");
    int code = xh_core_month_read(ctx, series_id, false, 0, &month, err);
    int32_t day_from = code < 0 ? 0 : month.today - LOOK_BACK_DAYS;
    code = code < 0 ? code : xh_half_hours_read(ctx, series_id, day_from, month.today, &half, err);
    if (code < 0) {
        return code;
    }
    struct xh_advice_in advice_in = {kwh_of(ctx, &month, &half, &flags), LOOK_BACK_DAYS};
    size_t known = 0;
    for (size_t day = 0; day < LOOK_BACK_DAYS; day++) {
        known += isnan(advice_in.kwh[day * XH_ADVICE_HALF_HOURS]) ? 0 : 1;
    }
    size_t count = xh_energy_advice(&advice_in, tips);
    for (size_t i = 0; i < count && code >= 0; i++) {
        code = write_tip(ctx, &month, &tips[i], day_from, out->doc, err);
    }
    xh_doc_set_int(out->doc, "has_tip", count > 0);
    xh_doc_set_int(out->doc, "day_count", (int64_t)known);
    xh_doc_set_string(out->doc, "currency", month.tariff->currency);
    xh_doc_set_int(out->doc, "is_simulated", (flags & XH_AMOUNT_SIMULATED) != 0);
    say_all(ctx, out->doc, known, count > 0);
    return code < 0 ? code : XH_E_OK;
}
