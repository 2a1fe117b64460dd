/* measure.c: the actions measure_effect and verify_measure, and the job that verifies by itself:
 * whether a measure (core.measure) changed what its series uses. effect.h has the mathematics. */
#include <string.h>

#include "domain/industry/effect.h"
#include "domain/industry/industry_internal.h"
#include "domain/industry/line_use.h"
#include "domain/industry/sentence.h"

enum { LINES_MAX = 100, DUE_MAX = 1000, VERIFY_AFTER_DAYS = 30 };
#define MEASURE "core.measure"

static const struct xh_choice verdicts[] = {
    {"proved", "Có hiệu quả, đã chứng minh", "Proved"},
    {"not_proved", "Chưa chứng minh được hiệu quả", "Not proved"},
    {"pending", "Chờ đánh giá", "Pending"},
    {NULL, NULL, NULL},
};
static const char *const verdict_names[] = {
    [XH_INDUSTRY_EFFECT_PENDING] = "pending",
    [XH_INDUSTRY_EFFECT_NOT_PROVED] = "not_proved",
    [XH_INDUSTRY_EFFECT_PROVED] = "proved",
};

static const struct xh_field in_fields[] = {
    XH_FIELD_REF("measure", XH_F_REQUIRED, MEASURE, "Giải pháp", "Measure"),
};
const struct xh_shape xh__industry_effect_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_REF("measure", 0, MEASURE, "Giải pháp", "Measure"),
    XH_FIELD_REF("series", 0, "core.series", "Chuỗi số liệu", "Series"),
    XH_FIELD_REF("line", 0, XH__INDUSTRY_LINE, "Dây chuyền", "Line"),
    XH_FIELD_BOOL("has_effect", 0, "Có số đo", "Has an effect"),
    XH_FIELD_REAL("effect", 0, 0, 0, NULL, "Hiệu quả", "Effect"),
    XH_FIELD_REAL("low", 0, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("high", 0, 0, 0, NULL, "Cận trên", "Upper bound"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_REAL("effect_percent", 0, 0, 0, "%", "Hiệu quả (%)", "Effect (%)"),
    XH_FIELD_CHOICE("verdict", 0, verdicts, "Kết luận", "Verdict"),
    XH_FIELD_DAY("baseline_from", 0, "Kỳ nền từ ngày", "Baseline from"),
    XH_FIELD_DAY("baseline_to", 0, "Kỳ nền đến trước ngày", "Baseline until (exclusive)"),
    XH_FIELD_DAY("after_from", 0, "Kỳ sau từ ngày", "After it from"),
    XH_FIELD_DAY("after_to", 0, "Kỳ sau đến trước ngày", "After it until (exclusive)"),
    XH_FIELD_INT("days_before", 0, 0, 0, "d", "Số ngày nền đủ số đo", "Days before with readings"),
    XH_FIELD_INT("days_after", 0, 0, 0, "d", "Số ngày sau đủ số đo", "Days after with readings"),
    XH_FIELD_REAL("per_day", 0, 0, 0, NULL, "Phần cố định mỗi ngày", "Of a day, whatever is made"),
    XH_FIELD_REAL("per_product", 0, 0, 0, NULL, "Phần theo sản phẩm", "For a unit of product"),
    XH_FIELD_REAL("r2", 0, 0, 0, NULL, "R²", "R²"),
    XH_FIELD_REAL("cv_rmse_percent", 0, 0, 0, "%", "CV(RMSE)", "CV(RMSE)"),
    XH_FIELD_REAL("autocorrelation", 0, 0, 0, NULL, "Tự tương quan", "Autocorrelation"),
    XH_FIELD_TEXT("method_vi", XH_F_LONG, "Cách tính", "Method in Vietnamese"),
    XH_FIELD_TEXT("method_en", XH_F_LONG, "Cách tính (tiếng Anh)", "Method in English"),
    XH_FIELD_TEXT("sentence_vi", XH_F_LONG, "Diễn giải", "Sentence in Vietnamese"),
    XH_FIELD_TEXT("sentence_en", XH_F_LONG, "Diễn giải (tiếng Anh)", "Sentence in English"),
};
static const struct xh_field day_fields[] = {
    XH_FIELD_DAY("day", 0, "Ngày", "Day"),
    XH_FIELD_REAL("actual", 0, 0, 0, NULL, "Thực tế", "Actual"),
    XH_FIELD_REAL("expected", 0, 0, 0, NULL, "Dự kiến", "Expected"),
    XH_FIELD_REAL("low", 0, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("high", 0, 0, 0, NULL, "Cận trên", "Upper bound"),
    XH_FIELD_REAL("product", 0, 0, 0, NULL, "Sản lượng", "Product"),
    XH_FIELD_BOOL("is_after", 0, "Sau giải pháp", "After the measure"),
};
static const struct xh_part out_parts[] = {
    {"days", "Từng ngày", "Days", day_fields, XH_COUNT(day_fields), 1000},
};
const struct xh_shape xh__industry_effect_out = XH_SHAPE_PARTS(out_fields, out_parts);

/* ---- which days, which line ---- */

struct study {
    struct xh_record measure;
    int64_t series, line_id, output_series;
    bool is_done;
    int32_t today, baseline_from, baseline_to, after_from, after_to;
    size_t line_count;
    struct xh_industry_day *days;
    size_t count;
    const struct xh_unit *unit;
    struct xh_industry_effect effect;
};

static void take_days(struct study *s)
{
    const struct xh_doc *doc = s->measure.doc;
    bool has_baseline = !xh_doc_is_null(doc, "baseline_from") &&
                        !xh_doc_is_null(doc, "baseline_to");
    s->is_done = !xh_doc_is_null(doc, "done") && xh_doc_int(doc, "done") <= s->today;
    int32_t done = s->is_done ? (int32_t)xh_doc_int(doc, "done") : s->today;
    s->baseline_to = has_baseline ? (int32_t)xh_doc_int(doc, "baseline_to") : done;
    s->baseline_to = s->baseline_to < done ? s->baseline_to : done;
    s->baseline_from = has_baseline ? (int32_t)xh_doc_int(doc, "baseline_from")
                                    : s->baseline_to - XH_INDUSTRY_BASELINE_DAYS;
    int32_t least = s->baseline_to - 366;
    s->baseline_from = s->baseline_from > least ? s->baseline_from : least;
    s->after_from = done + 1 < s->today ? done + 1 : s->today;
    s->after_to = s->after_from + XH_INDUSTRY_AFTER_DAYS < s->today
                      ? s->after_from + XH_INDUSTRY_AFTER_DAYS
                      : s->today;
}

/* The line into which the series goes; else the firm's only one. */
static int take_line(void *arg, struct xh_record *line, struct xh_err *err)
{
    struct study *s = arg;
    bool is_input = false;
    (void)err;
    for (size_t i = 0; i < xh_doc_count(line->doc, "inputs"); i++) {
        is_input = is_input ||
                   xh_value_int(xh_doc_at(line->doc, "inputs", i, "series")) == s->series;
    }
    s->line_count += is_input ? LINES_MAX : 1;
    if (is_input || s->line_count == 1) {
        s->line_id = line->id;
        s->output_series = xh_doc_int(line->doc, "output_series");
    } else if (s->line_count < LINES_MAX) {
        s->line_id = s->output_series = 0;
    }
    return XH_E_OK;
}

static int find_line(struct xh_ctx *ctx, struct study *s, struct xh_err *err)
{
    struct xh_filter filter = {
        "party", XH_FILTER_EQ,
        {.type = XH_T_REF, .integer = xh_doc_int(s->measure.doc, "party")}};
    struct xh_list list = {
        .filters = &filter, .filter_count = 1, .limit = LINES_MAX, .with_parts = true};
    struct xh_str next;
    return ctx->host->record_list(ctx, XH__INDUSTRY_LINE, &list, take_line, s, &next, err);
}

/* ---- the readings ---- */

static void fill_days(struct study *s, const struct xh__industry_days *use,
                      const struct xh__industry_days *product, bool is_after)
{
    for (int32_t day = use->from; day < use->to; day++) {
        const struct xh_amount *amount = &use->amounts[day - use->from];
        const struct xh_amount *made = product != NULL ? &product->amounts[day - use->from] : NULL;
        unsigned flags = amount->flags | (made != NULL ? made->flags : 0);
        s->days[s->count++] = (struct xh_industry_day){
            .day = day,
            .is_after = is_after,
            .is_known = (flags & XH_AMOUNT_INCOMPLETE) == 0,
            .actual = amount->amount,
            .product = made != NULL ? made->amount : 0,
        };
    }
}

static int read_span(struct xh_ctx *ctx, struct study *s, int32_t from, int32_t to, bool is_after,
                     struct xh_err *err)
{
    struct xh__industry_days use, product;
    if (from >= to) {
        return XH_E_OK;
    }
    int code = xh__industry_days_read(ctx, s->series, from, to, &use, err);
    if (code >= 0 && s->output_series != 0) {
        code = xh__industry_days_read(ctx, s->output_series, from, to, &product, err);
    }
    if (code >= 0) {
        s->unit = use.unit;
        fill_days(s, &use, s->output_series != 0 ? &product : NULL, is_after);
    }
    return code;
}

static int study_measure(struct xh_ctx *ctx, int64_t id, struct study *s, struct xh_err *err)
{
    int code = ctx->host->record_get(ctx, MEASURE, id, &s->measure, err);
    if (code < 0) {
        return code;
    }
    s->series = xh_doc_int(s->measure.doc, "series");
    if (s->series == 0) {
        return xh_err_field(err, XH_E_INVALID, "series", XH_STR(""), "a series", NULL,
                            "the measure names no series by which its effect is measured");
    }
    code = xh__industry_today(ctx, s->series, &s->today, err);
    code = code < 0 ? code : find_line(ctx, s, err);
    if (code < 0) {
        return code;
    }
    take_days(s);
    int32_t many = s->baseline_to - s->baseline_from + s->after_to - s->after_from;
    s->days = XH_NEW_ARRAY(ctx->arena, struct xh_industry_day, (size_t)many + 1);
    code = read_span(ctx, s, s->baseline_from, s->baseline_to, false, err);
    code = code < 0 ? code : read_span(ctx, s, s->after_from, s->after_to, true, err);
    if (code >= 0) {
        bool is_over = s->is_done && s->after_to - s->after_from >= XH_INDUSTRY_AFTER_DAYS_MIN;
        bool expects_more = xh_doc_real(s->measure.doc, "expected_effect") > 0;
        s->effect = xh_industry_effect(s->days, s->count, s->output_series != 0, is_over,
                                       expects_more, ctx->arena);
    }
    return code;
}

/* ---- the answer ---- */

static void write_day(const struct study *s, const struct xh_industry_day *day, struct xh_doc *out)
{
    size_t row = xh_doc_add(out, "days");
    xh_value_set_int(xh_doc_put(out, "days", row, "day"), day->day);
    xh_value_set_int(xh_doc_put(out, "days", row, "is_after"), day->is_after);
    if (day->is_known) {
        xh_value_set_real(xh_doc_put(out, "days", row, "actual"), day->actual);
    }
    if (day->is_known && s->output_series != 0) {
        xh_value_set_real(xh_doc_put(out, "days", row, "product"), day->product);
    }
    if (day->is_known && s->effect.has_fit) {
        xh_value_set_real(xh_doc_put(out, "days", row, "expected"), day->expected);
        xh_value_set_real(xh_doc_put(out, "days", row, "low"), day->low);
        xh_value_set_real(xh_doc_put(out, "days", row, "high"), day->high);
    }
}

static void write_fit(const struct study *s, struct xh_doc *out)
{
    const struct xh_regression *fit = &s->effect.fit;
    xh_doc_set_real(out, "per_day", fit->coefficient[0]);
    if (s->effect.uses_product) {
        xh_doc_set_real(out, "per_product", fit->coefficient[1]);
    }
    xh_doc_set_real(out, "r2", fit->r2);
    xh_doc_set_real(out, "cv_rmse_percent", fit->cv_rmse * 100);
    xh_doc_set_real(out, "autocorrelation", fit->autocorrelation);
}

static void write_study(const struct study *s, struct xh_doc *out)
{
    const struct xh_industry_effect *e = &s->effect;
    const char *unit = s->unit != NULL ? s->unit->symbol : "";
    xh_doc_set_int(out, "measure", s->measure.id);
    xh_doc_set_int(out, "series", s->series);
    if (s->line_id != 0) {
        xh_doc_set_int(out, "line", s->line_id);
    }
    xh_doc_set_int(out, "has_effect", s->is_done && e->has_effect);
    xh_doc_set_string(out, "unit", unit);
    xh_doc_set_string(out, "verdict", verdict_names[e->verdict]);
    xh_doc_set_int(out, "baseline_from", s->baseline_from);
    xh_doc_set_int(out, "baseline_to", s->baseline_to);
    if (s->is_done) {
        xh_doc_set_int(out, "after_from", s->after_from);
        xh_doc_set_int(out, "after_to", s->after_to);
    }
    xh_doc_set_int(out, "days_before", (int64_t)e->days_before);
    xh_doc_set_int(out, "days_after", (int64_t)e->days_after);
    if (s->is_done && e->has_effect) {
        xh_doc_set_real(out, "effect", e->effect);
        xh_doc_set_real(out, "low", e->low);
        xh_doc_set_real(out, "high", e->high);
        xh_doc_set_real(out, "effect_percent", e->effect_percent);
    }
    if (e->has_fit) {
        write_fit(s, out);
    }
    for (size_t i = 0; i < s->count; i++) {
        write_day(s, &s->days[i], out);
    }
    xh__industry_say_effect(e, unit, s->is_done, s->after_to - s->after_from, out);
}

int xh__industry_measure_effect(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                                struct xh_err *err)
{
    struct study s = {.count = 0};
    int code = study_measure(ctx, xh_doc_int(in->doc, "measure"), &s, err);
    if (code >= 0) {
        write_study(&s, out->doc);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- verified ---- */

static const struct xh_field verify_fields[] = {
    XH_FIELD_REAL("verified_effect", 0, 0, 0, NULL, "Hiệu quả đo được", "Verified effect"),
    XH_FIELD_REAL("verified_low", 0, 0, 0, NULL, "Cận dưới", "Lower bound"),
    XH_FIELD_REAL("verified_high", 0, 0, 0, NULL, "Cận trên", "Upper bound"),
    XH_FIELD_TEXT("evidence", XH_F_LONG, "Bằng chứng", "Evidence"),
};
static const struct xh_shape verify_in = XH_SHAPE(verify_fields);

/* What one unit of the effect is in the unit in which the measure promised it: "MWh/yr", "%". A
 * unit that is not known leaves the effect as it was measured, over its days. */
static double in_promised_unit(const struct study *s, struct xh_str text)
{
    static const struct {
        const char *word;
        double days;
    } periods[] = {{"day", 1},    {"d", 1},     {"month", 365.0 / 12},
                   {"year", 365}, {"yr", 365},  {"y", 365},
                   {"ngày", 1},   {"năm", 365}, {"tháng", 365.0 / 12}};
    struct xh_str period = text, what;
    double one = 1, factor = 0, days = (double)s->effect.days_after;
    if (xh_str_is(text, "%")) {
        return s->effect.effect != 0 ? s->effect.effect_percent / s->effect.effect : 0;
    }
    (void)xh_str_split(&period, '/', &what);
    for (size_t i = 0; i < XH_COUNT(periods); i++) {
        if (xh_str_is(period, periods[i].word)) {
            one = periods[i].days / days;
        }
    }
    const struct xh_unit *to = xh_unit_find(what);
    return to != NULL && s->unit != NULL && xh_unit_convert(one, s->unit, to, &factor, NULL) >= 0
               ? factor
               : 1;
}

static int verify(struct xh_ctx *ctx, const struct study *s, const struct xh_doc *out,
                  struct xh_err *err)
{
    const struct xh_industry_effect *e = &s->effect;
    struct xh_doc *in = xh_doc_create(ctx->arena, &verify_in);
    double factor = in_promised_unit(s, xh_doc_text(s->measure.doc, "expected_unit"));
    struct xh_record verified;
    if (e->verdict == XH_INDUSTRY_EFFECT_PENDING) {
        return xh_err_field(err, XH_E_CONFLICT, "measure", XH_STR("pending"),
                            "28 days with readings after it", NULL,
                            "the effect cannot be verified yet: %zu days after it are known, of %d "
                            "days that have to pass",
                            e->days_after, XH_INDUSTRY_AFTER_DAYS_MIN);
    }
    xh_doc_set_real(in, "verified_effect", e->effect * factor);
    xh_doc_set_real(in, "verified_low", e->low * factor);
    xh_doc_set_real(in, "verified_high", e->high * factor);
    xh_doc_set_text(in, "evidence",
                    xh_arena_format(ctx->arena, "%.*s %.*s",
                                    XH_STR_ARG(xh_doc_text(out, "sentence_vi")),
                                    XH_STR_ARG(xh_doc_text(out, "method_vi"))));
    return ctx->host->record_verb(ctx, MEASURE, s->measure.id, "verify", in, &verified, err);
}

int xh__industry_verify_measure(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                                struct xh_err *err)
{
    struct study s = {.count = 0};
    int code = study_measure(ctx, xh_doc_int(in->doc, "measure"), &s, err);
    if (code >= 0) {
        write_study(&s, out->doc);
        code = verify(ctx, &s, out->doc, err);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- by itself ---- */

struct due {
    int64_t ids[DUE_MAX];
    size_t count;
    int32_t done_by;
};

static int take_due(void *arg, struct xh_record *measure, struct xh_err *err)
{
    struct due *due = arg;
    const struct xh_doc *doc = measure->doc;
    (void)err;
    if (!xh_doc_is_null(doc, "series") && !xh_doc_is_null(doc, "done") &&
        xh_doc_int(doc, "done") <= due->done_by && xh_doc_real(doc, "expected_effect") != 0 &&
        due->count < DUE_MAX) {
        due->ids[due->count++] = measure->id;
    }
    return XH_E_OK;
}

/* A measure that cannot be verified waits; the others do not wait for it. */
int xh__industry_verify_due(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                            struct xh_err *err)
{
    struct xh_filter filter = {"state", XH_FILTER_EQ, {.type = XH_T_TEXT, .text = XH_STR("done")}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = DUE_MAX};
    struct due *due = XH_NEW(ctx->arena, struct due);
    struct xh_str next;
    (void)in;
    (void)out;
    int code = xh__industry_today(ctx, 0, &due->done_by, err);
    due->done_by -= VERIFY_AFTER_DAYS;
    code = code < 0 ? code : ctx->host->record_list(ctx, MEASURE, &list, take_due, due, &next, err);
    for (size_t i = 0; code >= 0 && i < due->count; i++) {
        struct study s = {.count = 0};
        struct xh_doc *answer = xh_doc_create(ctx->arena, &xh__industry_effect_out);
        code = study_measure(ctx, due->ids[i], &s, err);
        if (code >= 0) {
            write_study(&s, answer);
            code = verify(ctx, &s, answer, err);
        }
        if (code == XH_E_CONFLICT || code == XH_E_INVALID || code == XH_E_NOT_FOUND) {
            xh_err_clear(err);
            code = XH_E_OK;
        }
    }
    return code < 0 ? code : XH_E_OK;
}
