/* why.c: what the numbers of a case file and of a line rest on: one step of the thread from a
 * target down to a reading.
 *
 *   case  its results, the line that measures one, the measures that its options became
 *   line  the series of what went in and came out, the bills of these days, the row of the norm */
#include <math.h>

#include "domain/industry/cut.h"
#include "domain/industry/industry_internal.h"
#include "domain/industry/line_use.h"
#include "domain/industry/sentence.h"
#include "kernel/indicator_use.h"
#include "kernel/say.h"
#include "kernel/why.h"

enum { OPTIONS_MAX = 1000, LABEL_BYTES_MAX = 400 };

/* ---- a case file ---- */

static const struct xh_choice *kind_of(struct xh_str kind)
{
    const struct xh_choice *choice = xh__industry_result_kinds;
    while (choice->value != NULL && !xh_str_is(kind, choice->value)) {
        choice++;
    }
    return choice->value != NULL ? choice : &xh__industry_result_kinds[0];
}

/* "Năng lượng: 213,5 → 200 MJ/hl (−6,3 %)". */
static struct xh_str result_label(struct xh_arena *arena, const char *kind, double before,
                                  double after, struct xh_str unit, enum xh_lang lang)
{
    struct xh_buf buf;
    xh_buf_init(&buf, LABEL_BYTES_MAX);
    xh_buf_add_format(&buf, "%s: ", kind);
    xh_say_amount(&buf, before, lang);
    xh_buf_add_text(&buf, " → ");
    if (isfinite(after)) {
        xh_say_amount(&buf, after, lang);
    } else {
        xh_buf_add_text(&buf, lang == XH_LANG_VI ? "chưa biết" : "not known");
    }
    xh_buf_add_char(&buf, ' ');
    xh_buf_add_str(&buf, unit);
    if (isfinite(after) && before > 0) {
        xh_buf_add_text(&buf, " (");
        xh_say_num(&buf, 100 * (after - before) / before, 1, lang);
        xh_buf_add_text(&buf, " %)");
    }
    struct xh_str label = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return label;
}

struct file_cuts {
    struct xh_industry_cut material, energy;
};

static int add_result(struct xh_ctx *ctx, const struct xh_doc *file, size_t row, int32_t since,
                      int32_t until, struct file_cuts *cuts, struct xh_doc *out, struct xh_err *err)
{
    const struct xh_choice *kind = kind_of(xh_value_text(xh_doc_at(file, "results", row, "kind")));
    const struct xh_value *given = xh_doc_at(file, "results", row, "after");
    struct xh_str unit = xh_value_text(xh_doc_at(file, "results", row, "unit"));
    double before = xh_value_real(xh_doc_at(file, "results", row, "before"));
    double after = given->is_null ? NAN : xh_value_real(given);
    int64_t line = xh_value_int(xh_doc_at(file, "results", row, "line"));
    struct xh__industry_use use = {.from = 0};
    int code = XH_E_OK;
    if (line != 0) {
        code = xh__industry_measured(ctx, line, unit, since, until, &after, &use, err);
    }
    struct xh_why_source source = {
        .type = line != 0 ? XH__INDUSTRY_LINE : "result",
        .id = line,
        .label_vi = result_label(ctx->arena, kind->label_vi, before, after, unit, XH_LANG_VI),
        .label_en = result_label(ctx->arena, kind->label_en, before, after, unit, XH_LANG_EN),
        .unit = unit,
        .value = after,
        .from = use.from,
        .to = use.to,
    };
    xh_why_add(out, &source);
    if (xh_str_is(XH_STR("material"), kind->value)) {
        xh_industry_cut_add(&cuts->material, before, after);
    } else if (xh_str_is(XH_STR("energy"), kind->value)) {
        xh_industry_cut_add(&cuts->energy, before, after);
    }
    return code;
}

struct options {
    struct xh_ctx *ctx;
    struct xh_doc *out;
};

static int add_measure(void *arg, struct xh_record *option, struct xh_err *err)
{
    struct options *o = arg;
    struct xh_record measure;
    if (xh_doc_is_null(option->doc, "measure")) {
        return XH_E_OK;
    }
    int64_t id = xh_doc_int(option->doc, "measure");
    int code = o->ctx->host->record_get(o->ctx, "core.measure", id, &measure, err);
    if (code < 0) { /* another's, or deleted */
        xh_err_clear(err);
        return code == XH_E_NOT_FOUND ? XH_E_OK : code;
    }
    bool is_verified = !xh_doc_is_null(measure.doc, "verified_effect");
    struct xh_str title = xh_doc_text(measure.doc, "title");
    struct xh_why_source source = {
        .type = "core.measure",
        .id = id,
        .label_vi = xh_arena_format(o->ctx->arena, "Giải pháp: %.*s", XH_STR_ARG(title)),
        .label_en = xh_arena_format(o->ctx->arena, "Measure: %.*s", XH_STR_ARG(title)),
        .unit = is_verified ? xh_doc_text(measure.doc, "expected_unit") : XH_STR(""),
        .value = is_verified ? xh_doc_real(measure.doc, "verified_effect") : NAN,
    };
    xh_why_add(o->out, &source);
    return XH_E_OK;
}

static int add_measures(struct xh_ctx *ctx, int64_t file, struct xh_doc *out, struct xh_err *err)
{
    struct options options = {ctx, out};
    struct xh_filter filter = {"case_file", XH_FILTER_EQ, {.type = XH_T_REF, .integer = file}};
    struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = OPTIONS_MAX};
    struct xh_str next;
    return ctx->host->record_list(ctx, "industry.option", &list, add_measure, &options, &next, err);
}

/* As the indicator material_fuel_cut takes it: the mean of the file's cut of materials and
 * energy. */
static void write_cut(const struct file_cuts *cuts, struct xh_doc *out)
{
    double material = 0, energy = 0;
    bool has_material = xh_industry_cut_percent(&cuts->material, &material);
    bool has_energy = xh_industry_cut_percent(&cuts->energy, &energy);
    bool is_gap = (cuts->material.has_rows && !has_material) ||
                  (cuts->energy.has_rows && !has_energy);
    bool has_value = !is_gap && (has_material || has_energy);
    xh_doc_set_int(out, "has_value", has_value);
    if (has_value) {
        xh_doc_set_real(out, "value", (material + energy) / (has_material + has_energy));
    }
    xh_doc_set_int(out, "missing", is_gap);
}

int xh__industry_case_why(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    const struct xh_doc *file = in->record->doc;
    bool has_period = in->doc != NULL && !xh_doc_is_null(in->doc, "from") &&
                      !xh_doc_is_null(in->doc, "to");
    int32_t since = (int32_t)(has_period ? xh_doc_int(in->doc, "from")
                                         : xh_doc_int(file, "period_from"));
    int32_t until = (int32_t)(has_period ? xh_doc_int(in->doc, "to")
                                         : xh_doc_int(file, "period_to"));
    struct file_cuts cuts = {.material = {.has_rows = false}};
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < xh_doc_count(file, "results"); i++) {
        code = add_result(ctx, file, i, since, until, &cuts, out->doc, err);
    }
    code = code < 0 ? code : add_measures(ctx, in->record->id, out->doc, err);
    if (code < 0) {
        return code;
    }
    write_cut(&cuts, out->doc);
    xh_doc_set_string(out->doc, "unit", "%");
    xh_doc_set_string(out->doc, "formula_vi",
                      "(trước − sau) / trước × 100; trung bình của nguyên, vật liệu và năng lượng");
    xh_doc_set_string(out->doc, "formula_en",
                      "(before − after) / before × 100; mean of materials and energy");
    return XH_E_OK;
}

/* ---- a line ---- */

static void add_series(struct xh_ctx *ctx, int64_t id, const char *vi, const char *en,
                       struct xh_str label, double value, const char *unit,
                       const struct xh__industry_use *use, struct xh_doc *out)
{
    struct xh_why_source source = {
        .type = "core.series",
        .id = id,
        .label_vi = xh_arena_format(ctx->arena, "%s: %.*s", vi, XH_STR_ARG(label)),
        .label_en = xh_arena_format(ctx->arena, "%s: %.*s", en, XH_STR_ARG(label)),
        .unit = xh_str_from(unit),
        .value = value,
        .from = use->from,
        .to = use->to,
    };
    xh_why_add(out, &source);
}

static void add_norm(struct xh_ctx *ctx, const struct xh__industry_use *use, struct xh_doc *out)
{
    const struct xh_dated *row = use->norm.row;
    if (row == NULL) {
        return;
    }
    struct xh_why_source source = {
        .type = "core.dated",
        .id = row->id,
        .label_vi = xh_arena_format(ctx->arena, "Định mức: %.*s", XH_STR_ARG(row->item)),
        .label_en = xh_arena_format(ctx->arena, "Norm: %.*s", XH_STR_ARG(row->item)),
        .unit = row->unit,
        .value = xh_dec_to_double(row->value),
    };
    xh_why_add(out, &source);
    xh_indicator_write_row(out, row);
}

/* The verdict's sentences say what the number means; they are its note. */
static void add_note(struct xh_ctx *ctx, const struct xh_doc *line,
                     const struct xh__industry_use *use, struct xh_doc *out)
{
    struct xh_doc *said = xh_doc_create(ctx->arena, &xh__industry_verdict_out);
    xh__industry_say_verdict(use, xh_doc_text(line, "product"), said);
    xh_doc_set_text(out, "note_vi", xh_doc_text(said, "sentence_vi"));
    xh_doc_set_text(out, "note_en", xh_doc_text(said, "sentence_en"));
}

static int line_days(struct xh_ctx *ctx, const struct xh_in *in, int32_t *ret_from, int32_t *ret_to,
                     struct xh_err *err)
{
    bool has_period = in->doc != NULL && !xh_doc_is_null(in->doc, "from") &&
                      !xh_doc_is_null(in->doc, "to");
    if (has_period) {
        *ret_from = (int32_t)xh_doc_int(in->doc, "from");
        *ret_to = (int32_t)xh_doc_int(in->doc, "to");
        return XH_E_OK;
    }
    return xh__industry_usual_days(ctx, in->record->doc, INT32_MIN, INT32_MAX, ret_from, ret_to,
                                   err);
}

int xh__industry_line_why(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                          struct xh_err *err)
{
    const struct xh_doc *line = in->record->doc;
    struct xh__industry_use use;
    int32_t from = 0, to = 0;
    int code = line_days(ctx, in, &from, &to, err);
    code = code < 0 ? code : xh__industry_use_read(ctx, line, from, to, &use, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < use.input_count; i++) {
        const struct xh__industry_input *input = &use.inputs[i];
        add_series(ctx, input->series, "Năng lượng vào", "Energy in", input->label, input->quantity,
                   input->unit->symbol, &use, out->doc);
        if (input->energy.row != NULL) {
            xh_indicator_write_row(out->doc, input->energy.row);
        }
    }
    if (use.output_unit != NULL) {
        add_series(ctx, xh_doc_int(line, "output_series"), "Sản lượng", "Product", use.output_label,
                   use.output, use.output_unit->symbol, &use, out->doc);
    }
    add_norm(ctx, &use, out->doc);
    for (size_t i = 0; code >= 0 && i < use.input_count; i++) {
        code = xh_why_add_bills(ctx, use.inputs[i].series, use.from, use.to, out->doc, err);
    }
    xh_doc_set_int(out->doc, "has_value", use.gap == XH__INDUSTRY_KNOWN);
    xh_doc_set_int(out->doc, "missing", use.gap != XH__INDUSTRY_KNOWN);
    if (use.gap == XH__INDUSTRY_KNOWN) {
        xh_doc_set_real(out->doc, "value", use.sec);
        xh_doc_set_text(out->doc, "unit", use.sec_unit);
    }
    xh_doc_set_string(out->doc, "formula_vi", "tổng năng lượng vào / sản lượng");
    xh_doc_set_string(out->doc, "formula_en", "all energy that went in / product");
    add_note(ctx, line, &use, out->doc);
    return code;
}
