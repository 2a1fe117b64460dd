/* sentence.c: what the room's numbers say. */
#include "domain/industry/sentence.h"

#include <math.h>

#include "kernel/say.h"

enum { SENTENCE_BYTES_MAX = 4000 };
typedef void say_fn(struct xh_buf *buf, const void *what, enum xh_lang lang);

static void say_both(struct xh_doc *out, const char *vi, const char *en, say_fn *say,
                     const void *what)
{
    for (int lang = XH_LANG_VI; lang <= XH_LANG_EN; lang++) {
        struct xh_buf buf;
        xh_buf_init(&buf, SENTENCE_BYTES_MAX);
        say(&buf, what, (enum xh_lang)lang);
        xh_doc_set_text(out, lang == XH_LANG_VI ? vi : en, xh_buf_str(&buf));
        xh_buf_finish(&buf);
    }
}

static void add(struct xh_buf *buf, enum xh_lang lang, const char *vi, const char *en)
{
    xh_buf_add_text(buf, lang == XH_LANG_VI ? vi : en);
}

static void add_quantity(struct xh_buf *buf, double value, struct xh_str unit, enum xh_lang lang)
{
    xh_say_amount(buf, value, lang);
    xh_buf_add_char(buf, ' ');
    xh_buf_add_str(buf, unit);
}

static void add_document(struct xh_buf *buf, struct xh_str document, enum xh_lang lang)
{
    if (xh_str_find(document, XH_STR("/TT-")) >= 0) {
        add(buf, lang, "Thông tư ", "circular ");
    } else if (xh_str_find(document, XH_STR("/ND-CP")) >= 0) {
        add(buf, lang, "Nghị định ", "decree ");
    }
    xh_buf_add_str(buf, document);
}

/* ---- beside the norm ---- */

struct verdict {
    const struct xh__industry_use *use;
    struct xh_str product;
};

static void say_missing_days(struct xh_buf *buf, const struct xh__industry_use *use,
                             enum xh_lang lang)
{
    const char *text = lang == XH_LANG_VI   ? "thiếu số đo của \"%.*s\" trong %d ngày."
                       : use->gap_days == 1 ? "\"%.*s\" has no readings on %d day."
                                            : "\"%.*s\" has no readings on %d days.";
    xh_buf_add_format(buf, text, XH_STR_ARG(use->gap_label), (int)use->gap_days);
}

static void say_gap(struct xh_buf *buf, const struct xh__industry_use *use, enum xh_lang lang)
{
    add(buf, lang, "Chưa biết suất tiêu hao: ", "The specific consumption is not known: ");
    switch (use->gap) {
    case XH__INDUSTRY_NO_INPUTS:
        add(buf, lang, "dây chuyền chưa khai năng lượng đi vào.",
            "the line names no energy that goes in.");
        break;
    case XH__INDUSTRY_NO_OUTPUT:
        add(buf, lang, "dây chuyền chưa khai chuỗi số liệu sản lượng.",
            "the line names no series of its product.");
        break;
    case XH__INDUSTRY_DAYS_MISSING:
        say_missing_days(buf, use, lang);
        break;
    case XH__INDUSTRY_NOTHING_MADE:
        add(buf, lang, "trong kỳ không có sản phẩm.", "nothing was made in the period.");
        break;
    case XH__INDUSTRY_UNITS_DIFFER:
    case XH__INDUSTRY_KNOWN:
        add(buf, lang, "sản lượng không đo theo đơn vị của định mức.",
            "the product is not counted in the unit of the norm.");
        break;
    }
}

static void say_no_norm(struct xh_buf *buf, const struct verdict *v, enum xh_lang lang)
{
    add(buf, lang, "; chưa kết luận được: ", "; no verdict: ");
    if (v->use->fault == XH_INDUSTRY_NORM_NO_PRODUCT) {
        xh_buf_add_format(buf,
                          lang == XH_LANG_VI ? "chưa có định mức cho sản phẩm \"%.*s\"."
                                             : "there is no norm for the product \"%.*s\".",
                          XH_STR_ARG(v->product));
    } else if (v->use->fault == XH_INDUSTRY_NORM_NO_CAPACITY) {
        add(buf, lang, "định mức chia theo công suất, dây chuyền chưa khai công suất.",
            "the norm depends on the capacity, which the line does not give.");
    } else {
        add(buf, lang, "không có định mức cho công suất này.",
            "there is no norm for this capacity.");
    }
}

static void say_expired(struct xh_buf *buf, const struct xh_dated *row, enum xh_lang lang)
{
    int year, month, day;
    xh_day_to_civil(row->valid_to - 1, &year, &month, &day);
    if (month == 12 && day == 31) {
        xh_buf_add_format(buf,
                          lang == XH_LANG_VI ? " Định mức áp dụng đến hết %d"
                                             : " The norm applied until the end of %d",
                          year);
    } else {
        add(buf, lang, " Định mức áp dụng đến hết ", " The norm applied until ");
        xh_say_day(buf, row->valid_to - 1, lang);
    }
    add(buf, lang, ", chưa tìm thấy định mức mới.", "; no newer one was found.");
}

static void say_verdict(struct xh_buf *buf, const void *what, enum xh_lang lang)
{
    const struct verdict *v = what;
    const struct xh__industry_use *use = v->use;
    const struct xh_dated *row = use->norm.row;
    if (use->gap != XH__INDUSTRY_KNOWN) {
        say_gap(buf, use, lang);
        return;
    }
    add_quantity(buf, use->sec, use->sec_unit, lang);
    if (row == NULL) {
        say_no_norm(buf, v, lang);
        return;
    }
    double norm = xh_dec_to_double(row->value), gap = 100 * (use->sec - norm) / norm;
    add(buf, lang, ", định mức ", ", the norm of ");
    if (lang == XH_LANG_EN) {
        add_document(buf, row->document, lang);
        xh_buf_add_text(buf, " is ");
    }
    xh_say_dec(buf, xh_dec_trim(row->value), lang);
    if (lang == XH_LANG_VI) {
        xh_buf_add_text(buf, " của ");
        add_document(buf, row->document, lang);
    }
    if (use->verdict == XH__INDUSTRY_PASSES) {
        add(buf, lang, ": đạt", ": passes");
    } else {
        add(buf, lang, ": không đạt", ": fails");
    }
    if (fabs(gap) >= 0.005) {
        add(buf, lang, gap > 0 ? ", cao hơn " : ", thấp hơn ", ", ");
        xh_say_num(buf, fabs(gap), fabs(gap) < 0.1 ? 2 : 1, lang);
        add(buf, lang, " %.", gap > 0 ? " % above it." : " % below it.");
    } else {
        xh_buf_add_char(buf, '.');
    }
    if (use->norm.is_expired) {
        say_expired(buf, row, lang);
    }
}

void xh__industry_say_verdict(const struct xh__industry_use *use, struct xh_str product,
                              struct xh_doc *out)
{
    struct verdict v = {use, product};
    say_both(out, "sentence_vi", "sentence_en", say_verdict, &v);
}

/* ---- what an option is worth ---- */

static void say_worth(struct xh_buf *buf, const void *what, enum xh_lang lang)
{
    const struct xh_industry_worth *worth = what;
    if (worth->has_payback) {
        add(buf, lang, "Hoàn vốn sau ", "Pays back in ");
        xh_say_num(buf, worth->payback_years, 1, lang);
        add(buf, lang, " năm", " years");
    } else if (worth->net_saving_yearly > 0) {
        add(buf, lang, "Không cần vốn đầu tư", "Needs no investment");
    } else {
        add(buf, lang, "Không tiết kiệm được nên không hoàn vốn",
            "Saves nothing, so it never pays back");
    }
    if (worth->has_npv) {
        xh_buf_add_text(buf, "; NPV ");
        xh_say_money(buf, worth->npv, XH_STR("VND"), lang);
    }
    if (worth->irr.kind == XH_IRR_ONE) {
        xh_buf_add_text(buf, "; IRR ");
        xh_say_num(buf, worth->irr.rate * 100, 1, lang);
        xh_buf_add_text(buf, " %");
    } else if (worth->has_npv) {
        add(buf, lang, "; không có IRR", "; there is no IRR");
    }
    xh_buf_add_char(buf, '.');
}

void xh__industry_say_worth(const struct xh_industry_worth *worth, struct xh_doc *out)
{
    say_both(out, "sentence_vi", "sentence_en", say_worth, worth);
}

/* ---- the effect of a measure ---- */

struct effect {
    const struct xh_industry_effect *effect;
    const char *unit;
    bool is_done;
    int32_t days_over;
};

static void say_interval(struct xh_buf *buf, const struct effect *e, enum xh_lang lang)
{
    struct xh_str unit = xh_str_from(e->unit);
    double effect = e->effect->effect;
    xh_buf_add_format(buf, lang == XH_LANG_VI ? "Trong %zu ngày sau: " : "In %zu days after it: ",
                      e->effect->days_after);
    if (lang == XH_LANG_VI) {
        xh_buf_add_text(buf, effect < 0 ? "giảm " : "tăng ");
    }
    add_quantity(buf, fabs(effect), unit, lang);
    if (lang == XH_LANG_EN) {
        xh_buf_add_text(buf, effect < 0 ? " less" : " more");
    }
    xh_buf_add_text(buf, " (");
    xh_say_num(buf, e->effect->effect_percent, 1, lang);
    add(buf, lang, " %), khoảng tin cậy 90 %: từ ", " %), 90 % interval from ");
    xh_say_amount(buf, e->effect->low, lang);
    add(buf, lang, " đến ", " to ");
    add_quantity(buf, e->effect->high, unit, lang);
    xh_buf_add_text(buf, ". ");
}

static void say_effect(struct xh_buf *buf, const void *what, enum xh_lang lang)
{
    const struct effect *e = what;
    if (!e->is_done) {
        add(buf, lang, "Giải pháp chưa hoàn thành, chưa có hiệu quả để đo.",
            "The measure is not done yet: there is no effect to measure.");
        return;
    }
    if (!e->effect->has_fit) {
        xh_buf_add_format(buf,
                          lang == XH_LANG_VI
                              ? "Chưa đánh giá được: trước giải pháp chỉ có %zu ngày đủ số đo, cần "
                                "ít nhất %d."
                              : "Cannot be judged: only %zu days before it have all readings, at "
                                "least %d are needed.",
                          e->effect->days_before, XH_INDUSTRY_BASELINE_DAYS_MIN);
        return;
    }
    if (e->effect->has_effect) {
        say_interval(buf, e, lang);
    }
    if (e->effect->verdict == XH_INDUSTRY_EFFECT_PROVED) {
        add(buf, lang, "Hiệu quả đã được chứng minh.", "The effect is proved.");
    } else if (e->effect->verdict == XH_INDUSTRY_EFFECT_NOT_PROVED) {
        add(buf, lang,
            "Chưa chứng minh được hiệu quả: khoảng tin cậy còn chứa số 0 hoặc ngược "
            "chiều dự kiến.",
            "The effect is not proved: the interval holds 0, or lies on the other side.");
    } else if (e->days_over < XH_INDUSTRY_AFTER_DAYS_MIN) {
        xh_buf_add_format(buf,
                          lang == XH_LANG_VI ? "Mới qua %d ngày, kết luận sau %d ngày."
                                             : "%d days have passed; the verdict comes after %d.",
                          (int)(e->days_over > 0 ? e->days_over : 0), XH_INDUSTRY_AFTER_DAYS_MIN);
    } else {
        add(buf, lang, "Thiếu số đo sau giải pháp nên chưa kết luận.",
            "Too few days after it have readings for a verdict.");
    }
}

static void say_method(struct xh_buf *buf, const void *what, enum xh_lang lang)
{
    const struct xh_industry_effect *e = ((const struct effect *)what)->effect;
    if (!e->has_fit) {
        return;
    }
    xh_buf_add_format(buf,
                      lang == XH_LANG_VI ? "Bình phương tối thiểu trên %zu ngày trước: "
                                         : "Least squares over %zu days before it: ",
                      e->days_before);
    add(buf, lang, "mỗi ngày = ", "a day = ");
    xh_say_amount(buf, e->fit.coefficient[0], lang);
    if (e->uses_product) {
        xh_buf_add_text(buf, e->fit.coefficient[1] < 0 ? " − " : " + ");
        xh_say_amount(buf, fabs(e->fit.coefficient[1]), lang);
        add(buf, lang, " × sản lượng", " × product");
    }
    xh_buf_add_text(buf, "; R² ");
    xh_say_num(buf, e->fit.r2, 2, lang);
    xh_buf_add_text(buf, "; CV(RMSE) ");
    xh_say_num(buf, e->fit.cv_rmse * 100, 1, lang);
    add(buf, lang, " %; tự tương quan ", " %; autocorrelation ");
    xh_say_num(buf, e->fit.autocorrelation, 2, lang);
    add(buf, lang, ". Khoảng tin cậy 90 % theo ASHRAE Guideline 14, phụ lục B, và IPMVP.",
        ". 90 % interval after ASHRAE Guideline 14, annex B, and IPMVP.");
}

void xh__industry_say_effect(const struct xh_industry_effect *effect, const char *unit,
                             bool is_done, int32_t days_over, struct xh_doc *out)
{
    struct effect e = {effect, unit, is_done, days_over};
    say_both(out, "sentence_vi", "sentence_en", say_effect, &e);
    say_both(out, "method_vi", "method_en", say_method, &e);
}

/* ---- tonnes of oil equivalent ---- */

struct toe {
    double toe, toe_high;
    const struct xh_dated *threshold;
    bool is_year;
};

static void say_toe(struct xh_buf *buf, const void *what, enum xh_lang lang)
{
    const struct toe *t = what;
    xh_say_amount(buf, t->toe, lang);
    if (t->toe_high > t->toe) {
        add(buf, lang, " đến ", " to ");
        xh_say_amount(buf, t->toe_high, lang);
    }
    add(buf, lang, " TOE trong kỳ", " TOE in the period");
    if (t->threshold == NULL) {
        xh_buf_add_char(buf, '.');
        return;
    }
    double limit = xh_dec_to_double(t->threshold->value);
    add(buf, lang, "; cơ sở sử dụng năng lượng trọng điểm từ ", "; a key energy user from ");
    xh_say_dec(buf, t->threshold->value, lang);
    add(buf, lang, " TOE/năm (", " TOE a year (");
    add_document(buf, t->threshold->document, lang);
    xh_buf_add_char(buf, ')');
    if (t->is_year && t->toe >= limit) {
        add(buf, lang, ": thuộc diện", ": it is one");
    } else if (t->is_year && t->toe_high < limit) {
        add(buf, lang, ": chưa tới ngưỡng", ": below it");
    }
    xh_buf_add_char(buf, '.');
}

void xh__industry_say_toe(double toe, double toe_high, const struct xh_dated *threshold,
                          bool is_year, struct xh_doc *out)
{
    struct toe t = {toe, toe_high, threshold, is_year};
    say_both(out, "sentence_vi", "sentence_en", say_toe, &t);
}
