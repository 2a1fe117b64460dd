/* core_measure_why.c: what the effect of a measure rests on: what its series used before and after
 * it was done, the bills of both times, and the party that did it. */
#include <math.h>

#include "kernel/core_internal.h"
#include "kernel/say.h"
#include "kernel/why.h"

enum { USUAL_DAYS = 30, VIETNAM_OFFSET_H = 7 };

struct times {
    bool has_after;
    int32_t before_from, before_to, after_from, after_to;
};

static int32_t today(const struct xh_ctx *ctx)
{
    return (int32_t)((ctx->now_us + VIETNAM_OFFSET_H * XH_US_PER_HOUR) / XH_US_PER_DAY);
}

/* Before: the baseline's days, else the 30 before it was done. After: 30 days, as far as they are
 * there; from the day behind `done`, for that day has something of both. */
static bool times_of(const struct xh_ctx *ctx, const struct xh_doc *measure, struct times *ret)
{
    bool is_done = !xh_doc_is_null(measure, "done");
    int32_t done = (int32_t)xh_doc_int(measure, "done"), now = today(ctx);
    *ret = (struct times){
        .before_from = (int32_t)xh_doc_int(measure, "baseline_from"),
        .before_to = (int32_t)xh_doc_int(measure, "baseline_to"),
    };
    if (xh_doc_is_null(measure, "baseline_from") || xh_doc_is_null(measure, "baseline_to")) {
        ret->before_to = is_done ? done : now;
        ret->before_from = ret->before_to - USUAL_DAYS;
    }
    ret->after_from = done + 1;
    ret->after_to = now < done + 1 + USUAL_DAYS ? now : done + 1 + USUAL_DAYS;
    ret->has_after = is_done && ret->after_from < ret->after_to;
    return ret->before_from < ret->before_to;
}

/* ---- before and after ---- */

static int add_use(struct xh_ctx *ctx, int64_t series_id, int32_t from, int32_t to,
                   const char *label_vi, const char *label_en, struct xh_doc *out,
                   struct xh_err *err)
{
    struct xh_use_ask ask = {
        .series_id = series_id, .day_from = from, .day_to = to, .period = XH_PERIOD_DAY};
    struct xh_use use;
    double total = 0;
    bool is_known = false;
    int code = ctx->host->use(ctx, &ask, &use, err);
    if (code < 0) { /* a series that is not this reader's, or that is gone, tells nothing */
        bool is_hidden = code == XH_E_NOT_FOUND || code == XH_E_FORBIDDEN;
        if (is_hidden) {
            xh_err_clear(err);
        }
        return is_hidden ? XH_E_OK : code;
    }
    for (size_t i = 0; i < use.count; i++) {
        is_known = is_known || use.amounts[i].covered_us > 0 || use.amounts[i].reading_count > 0;
        total += use.amounts[i].amount;
    }
    struct xh_why_source source = {
        .type = "core.series",
        .id = series_id,
        .label_vi = xh_str_from(label_vi),
        .label_en = xh_str_from(label_en),
        .value = is_known ? total : NAN,
        .unit = is_known ? xh_arena_str(ctx->arena, xh_str_from(use.unit)) : XH_STR(""),
        .from = from,
        .to = to,
    };
    xh_why_add(out, &source);
    return XH_E_OK;
}

/* ---- the effect ---- */

static void write_note(const struct xh_doc *measure, struct xh_doc *out, const char *field,
                       enum xh_lang lang)
{
    struct xh_str unit = xh_doc_text(measure, "expected_unit");
    struct xh_str verdict = xh_doc_text(measure, "verdict");
    bool is_proved = xh_str_is(verdict, "proved"), is_vi = lang == XH_LANG_VI;
    struct xh_buf text;
    xh_buf_init(&text, 0);
    if (xh_doc_is_null(measure, "verified_effect")) {
        xh_buf_add_text(&text, is_vi ? "chưa đánh giá hiệu quả" : "the effect is not yet verified");
    } else {
        xh_buf_add_text(&text, is_vi ? "khoảng tin cậy từ " : "interval of confidence from ");
        xh_say_amount(&text, xh_doc_real(measure, "verified_low"), lang);
        xh_buf_add_text(&text, is_vi ? " đến " : " to ");
        xh_say_amount(&text, xh_doc_real(measure, "verified_high"), lang);
        xh_buf_add_format(&text, " %.*s: ", XH_STR_ARG(unit));
        xh_buf_add_text(&text, is_vi ? (is_proved ? "đã chứng minh" : "chưa chứng minh được")
                                     : (is_proved ? "proved" : "not proved"));
    }
    xh_doc_set_text(out, field, xh_arena_str(out->arena, xh_buf_str(&text)));
    xh_buf_finish(&text);
}

static void write_effect(const struct xh_doc *measure, struct xh_doc *out)
{
    bool is_known = !xh_doc_is_null(measure, "verified_effect");
    xh_doc_set_int(out, "has_value", is_known);
    if (is_known) {
        xh_doc_set_real(out, "value", xh_doc_real(measure, "verified_effect"));
    }
    xh_doc_set_text(out, "unit", xh_doc_text(measure, "expected_unit"));
    xh_doc_set_string(out, "formula_vi",
                      "tiêu thụ sau giải pháp − tiêu thụ dự kiến nếu không có giải pháp");
    xh_doc_set_string(out, "formula_en",
                      "use after the measure − use expected without the measure");
    write_note(measure, out, "note_vi", XH_LANG_VI);
    write_note(measure, out, "note_en", XH_LANG_EN);
}

static void add_given(const struct xh_record *record, struct xh_doc *out)
{
    static const struct {
        const char *field, *unit, *vi, *en;
    } given[] = {
        {"baseline_value", "baseline_unit", "Mức nền đã khai", "Baseline as stated"},
        {"expected_effect", "expected_unit", "Hiệu quả dự kiến", "Expected effect"},
    };
    for (size_t i = 0; i < XH_COUNT(given); i++) {
        if (!xh_doc_is_null(record->doc, given[i].field)) {
            struct xh_why_source source = {
                .label_vi = xh_str_from(given[i].vi),
                .label_en = xh_str_from(given[i].en),
                .value = xh_doc_real(record->doc, given[i].field),
                .unit = xh_doc_text(record->doc, given[i].unit),
            };
            xh_why_add(out, &source);
        }
    }
}

static int add_party(struct xh_ctx *ctx, int64_t party_id, struct xh_doc *out, struct xh_err *err)
{
    struct xh_record party;
    int code = ctx->host->record_get(ctx, "core.party", party_id, &party, err);
    if (code == XH_E_NOT_FOUND) {
        xh_err_clear(err);
        return XH_E_OK;
    }
    if (code >= 0) {
        struct xh_str name = xh_doc_text(party.doc, "name");
        struct xh_why_source source = {
            .type = "core.party", .id = party_id, .label_vi = name, .label_en = name, .value = NAN};
        xh_why_add(out, &source);
    }
    return code < 0 ? code : XH_E_OK;
}

int xh__core_measure_why(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                         struct xh_err *err)
{
    const struct xh_doc *measure = in->record->doc;
    int64_t series_id = xh_doc_int(measure, "series");
    struct times times;
    write_effect(measure, out->doc);
    add_given(in->record, out->doc);
    int code = XH_E_OK;
    if (series_id != 0 && times_of(ctx, measure, &times)) {
        code = add_use(ctx, series_id, times.before_from, times.before_to, "Trước giải pháp",
                       "Before the measure", out->doc, err);
        if (code >= 0 && times.has_after) {
            code = add_use(ctx, series_id, times.after_from, times.after_to, "Sau giải pháp",
                           "After the measure", out->doc, err);
        }
        int32_t last = times.has_after ? times.after_to : times.before_to;
        code = code < 0 ? code
                        : xh_why_add_bills(ctx, series_id, times.before_from, last, out->doc, err);
    }
    return code < 0 ? code : add_party(ctx, xh_doc_int(measure, "party"), out->doc, err);
}
