/* target_why.c: what a target's number rests on: the indicator that measures it, and each file or
 * report behind it. */
#include "domain/programme/place_say.h"
#include "domain/programme/programme_internal.h"

static size_t add_source(struct xh_doc *out, struct xh_str type)
{
    size_t row = xh_doc_add(out, "sources");
    xh_value_set_text(xh_doc_put(out, "sources", row, "type"), type);
    return row;
}

static void add_indicator(const struct xh_doc *target, const struct xh_doc *standing,
                          struct xh_doc *out)
{
    static const char *const days[] = {"from", "to"};
    struct xh_str name = xh_doc_text(target, "measured_by");
    size_t row = add_source(out, XH_STR("indicator"));
    xh_value_set_text(xh_doc_put(out, "sources", row, "name"), name);
    for (size_t i = 0; i < XH_COUNT(days); i++) {
        *xh_doc_put(out, "sources", row, days[i]) = *xh_doc_value(standing, days[i]);
    }
    *xh_doc_put(out, "sources", row, "place") = *xh_doc_value(target, "place");
    if (xh_doc_int(standing, "has_value") != 0) {
        xh_value_set_real(xh_doc_put(out, "sources", row, "value"), xh_doc_real(standing, "value"));
    }
    *xh_doc_put(out, "sources", row, "unit") = *xh_doc_value(target, "unit");
}

static void copy_sources(const struct xh_doc *standing, struct xh_doc *out)
{
    static const char *const same[] = {"type", "id", "value", "unit"};
    for (size_t i = 0; i < xh_doc_count(standing, "sources"); i++) {
        size_t row = xh_doc_add(out, "sources");
        for (size_t k = 0; k < XH_COUNT(same); k++) {
            *xh_doc_put(out, "sources", row, same[k]) = *xh_doc_at(standing, "sources", i, same[k]);
        }
        *xh_doc_put(out, "sources", row, "label_vi") = *xh_doc_at(standing, "sources", i, "label");
        *xh_doc_put(out, "sources", row, "label_en") = *xh_doc_at(standing, "sources", i, "label");
    }
    for (size_t i = 0; i < xh_doc_count(standing, "missing_from"); i++) {
        static const char *const names[] = {"type", "id", "label"};
        size_t row = xh_doc_add(out, "missing_from");
        for (size_t k = 0; k < XH_COUNT(names); k++) {
            *xh_doc_put(out, "missing_from", row, names[k]) = *xh_doc_at(standing, "missing_from",
                                                                         i, names[k]);
        }
    }
}

static struct xh_str formula(const struct xh_doc *target, struct xh_arena *arena, enum xh_lang lang)
{
    struct xh_str unit = xh_doc_text(target, "unit");
    struct xh_str bound = xh__programme_say_bound(arena, xh_doc_text(target, "comparator"),
                                                  xh_doc_dec(target, "value_min"),
                                                  xh_doc_dec(target, "value_max"), unit, lang);
    bool has_indicator = xh_doc_text(target, "measured_by").len > 0, is_vi = lang == XH_LANG_VI;
    const char *how = has_indicator
                          ? (is_vi ? "giá trị của chỉ số trong kỳ"
                                   : "the indicator's value "
                                     "for the period")
                          : (is_vi ? "cộng các báo cáo đã duyệt" : "approved reports, added up");
    return xh_arena_format(arena, is_vi ? "%s; phải đạt: %.*s" : "%s; to be reached: %.*s", how,
                           XH_STR_ARG(bound));
}

/* The notes of indicators are in English; those that people meet have words of their own. */
static struct xh_str note_vi(struct xh_str note)
{
    static const struct {
        const char *en, *vi;
    } notes[] = {
        {"there is nobody of this kind here", "ở đây không có đơn vị nào thuộc loại này"},
        {"no approved report answers this yet",
         "chưa có báo cáo nào được duyệt trả lời mục tiêu này"},
        {"no report is due in this period", "không có báo cáo nào đến hạn trong kỳ"},
    };
    for (size_t i = 0; i < XH_COUNT(notes); i++) {
        if (xh_str_is(note, notes[i].en)) {
            return xh_str_from(notes[i].vi);
        }
    }
    return note;
}

int xh__programme_target_why(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                             struct xh_err *err)
{
    const struct xh_doc *target = in->record->doc;
    struct xh_doc *ask = xh_doc_create(ctx->arena, &xh__programme_standing_in);
    const struct xh_in standing_in = {.doc = ask};
    struct xh_out got = {.doc = xh_doc_create(ctx->arena, &xh__programme_standing_out)};
    struct xh_doc *doc = out->doc;
    xh_doc_set_int(ask, "target", in->record->id);
    int code = xh__programme_target_standing(ctx, &standing_in, &got, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(doc, "has_value", xh_doc_int(got.doc, "has_value"));
    if (xh_doc_int(got.doc, "has_value") != 0) {
        xh_doc_set_real(doc, "value", xh_doc_real(got.doc, "value"));
    }
    xh_doc_set_text(doc, "unit", xh_doc_text(target, "unit"));
    xh_doc_set_int(doc, "missing", xh_doc_int(got.doc, "missing"));
    xh_doc_set_text(doc, "formula_vi", formula(target, ctx->arena, XH_LANG_VI));
    xh_doc_set_text(doc, "formula_en", formula(target, ctx->arena, XH_LANG_EN));
    xh_doc_set_text(doc, "note_vi", note_vi(xh_doc_text(got.doc, "note")));
    xh_doc_set_text(doc, "note_en", xh_doc_text(got.doc, "note"));
    if (xh_doc_text(target, "measured_by").len > 0) {
        add_indicator(target, got.doc, doc);
    }
    copy_sources(got.doc, doc);
    return XH_E_OK;
}
