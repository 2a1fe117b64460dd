/* target_standing.c: how far a target is, and what says so. A target that names an indicator is
 * measured by it; any other by the answers of approved reports. */
#include "domain/programme/programme_internal.h"
#include "domain/programme/standing.h"

#include "base/num.h"

enum { VALUE_DECIMALS = 6, YEAR_FIRST = 1990, YEAR_LAST = 2100 };

static const struct xh_choice verdicts[] = {
    {"not_known", "Chưa biết", "Not known"},
    {"on_track", "Đạt", "On track"},
    {"behind", "Chưa đạt", "Behind"},
    {NULL, NULL, NULL},
};
static const struct xh_field in_fields[] = {
    XH_FIELD_REF("target", XH_F_REQUIRED, "programme.target", "Mục tiêu", "Target"),
};
const struct xh_shape xh__programme_standing_in = XH_SHAPE(in_fields);

static const struct xh_field out_fields[] = {
    XH_FIELD_TEXT("code", 0, "Mã", "Code"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_DAY("from", 0, "Từ ngày", "From"),
    XH_FIELD_DAY("to", 0, "Đến trước ngày", "Until (exclusive)"),
    XH_FIELD_CHOICE("verdict", 0, verdicts, "Đánh giá", "Verdict"),
    XH_FIELD_BOOL("has_value", 0, "Có giá trị", "Has a value"),
    XH_FIELD_DEC("value", 0, NULL, "Giá trị", "Value"),
    XH_FIELD_DEC("numerator", 0, NULL, "Tử số", "Numerator"),
    XH_FIELD_DEC("denominator", 0, NULL, "Mẫu số", "Denominator"),
    XH_FIELD_INT("missing", 0, 0, 0, NULL, "Số đơn vị chưa có số liệu",
                 "How many have not given a number"),
    XH_FIELD_TEXT("measured_by", 0, "Đo bằng chỉ số", "Measured by"),
    XH_FIELD_TEXT("note", XH_F_LONG, "Ghi chú", "Note"),
};
static const struct xh_field source_fields[] = {
    XH_FIELD_TEXT("type", 0, "Loại", "Type"),
    XH_FIELD_INT("id", 0, 0, 0, NULL, "Số", "Id"),
    XH_FIELD_TEXT("label", 0, "Tên", "Label"),
    XH_FIELD_REAL("value", 0, 0, 0, NULL, "Giá trị", "Value"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
};
static const struct xh_part out_parts[] = {
    {"sources", "Tính từ", "Computed from", source_fields, XH_COUNT(source_fields), 10000},
    {"missing_from", "Chưa có số liệu từ", "Missing from", source_fields, XH_COUNT(source_fields),
     10000},
};
const struct xh_shape xh__programme_standing_out = XH_SHAPE_PARTS(out_fields, out_parts);

struct standing {
    struct xh_doc *out;
    const struct xh_doc *target;
    int32_t day_from, day_to;
    bool is_inside; /* only who sees all reports sees which they are */
    struct xh_programme_found found;
    struct xh_programme_answer *answers;
    size_t count, capacity;
};

static void add_row(struct xh_doc *out, const char *part, struct xh_str type, int64_t id,
                    struct xh_str label)
{
    size_t row = xh_doc_add(out, part);
    xh_value_set_text(xh_doc_put(out, part, row, "type"), xh_arena_str(out->arena, type));
    xh_value_set_int(xh_doc_put(out, part, row, "id"), id);
    xh_value_set_text(xh_doc_put(out, part, row, "label"), xh_arena_str(out->arena, label));
}

static void write_found(struct standing *s)
{
    const struct xh_programme_found *found = &s->found;
    struct xh_dec value;
    xh_doc_set_int(s->out, "has_value", found->has_value);
    xh_doc_set_int(s->out, "missing", found->missing);
    if (found->has_value && xh_dec_div(found->numerator, found->denominator, VALUE_DECIMALS,
                                       XH_ROUND_HALF_UP, &value) >= 0) {
        xh_doc_set_dec(s->out, "value", xh_dec_trim(value));
    }
}

/* ---- by an indicator ---- */

static void copy_rows(const struct xh_doc *from, struct xh_doc *to, const char *part)
{
    for (size_t i = 0; i < xh_doc_count(from, part); i++) {
        add_row(to, part, xh_value_text(xh_doc_at(from, part, i, "type")),
                xh_value_int(xh_doc_at(from, part, i, "id")),
                xh_value_text(xh_doc_at(from, part, i, "label")));
        if (xh_str_is(XH_STR("sources"), part)) {
            *xh_doc_put(to, part, i, "value") = *xh_doc_at(from, part, i, "value");
            *xh_doc_put(to, part, i, "unit") = *xh_doc_at(from, part, i, "unit");
        }
    }
}

static int copy_number(const struct xh_doc *from, const char *field, struct xh_doc *to,
                       struct xh_err *err)
{
    struct xh_dec value;
    if (xh_doc_is_null(from, field)) {
        return XH_E_OK;
    }
    int code = xh_dec_from_double(xh_doc_real(from, field), XH_NUM_DECIMALS_SHORTEST, &value, err);
    if (code >= 0) {
        xh_doc_set_dec(to, field, value);
    }
    return code;
}

/* This room's shares count who is missing in the denominator, as a no. */
static void share_found(const struct xh_doc *got, struct xh_programme_found *found)
{
    int64_t numerator = (int64_t)xh_doc_real(got, "numerator");
    found->is_safe = found->has_most = true;
    found->denominator = xh_dec_int((int64_t)xh_doc_real(got, "denominator"));
    found->numerator = xh_dec_int(100 * numerator);
    found->most = xh_dec_int(100 * (numerator + found->missing));
}

static int by_indicator(struct xh_ctx *ctx, struct standing *s, struct xh_err *err)
{
    struct xh_str name = xh_doc_text(s->target, "measured_by");
    struct xh_doc *in = xh_doc_create(ctx->arena, &xh_indicator_in), *got = NULL;
    if (!xh_doc_is_null(s->target, "place")) {
        xh_doc_set_int(in, "place", xh_doc_int(s->target, "place"));
    }
    xh_doc_set_int(in, "from", s->day_from);
    xh_doc_set_int(in, "to", s->day_to);
    xh_doc_set_text(s->out, "measured_by", name);
    int code = ctx->host->indicator(ctx, xh_arena_text(ctx->arena, name), in, &got, err);
    if (code == XH_E_NOT_FOUND) { /* misspelt, or of a room that this program lacks */
        xh_doc_set_text(s->out, "note",
                        xh_arena_format(ctx->arena, "there is no indicator \"%.*s\" here",
                                        XH_STR_ARG(name)));
        xh_err_clear(err);
        return XH_E_OK;
    }
    code = code < 0 ? code : copy_number(got, "numerator", s->out, err);
    code = code < 0 ? code : copy_number(got, "denominator", s->out, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(s->out, "note", xh_doc_text(got, "note"));
    copy_rows(got, s->out, "sources");
    copy_rows(got, s->out, "missing_from");
    s->found.has_value = xh_doc_int(got, "has_value") != 0;
    s->found.missing = xh_doc_int(got, "missing");
    if (s->found.has_value && xh_str_starts(name, XH_STR("programme."))) {
        share_found(got, &s->found);
        return XH_E_OK;
    }
    return s->found.has_value
               ? xh_dec_from_double(xh_doc_real(got, "value"), XH_NUM_DECIMALS_SHORTEST,
                                    &s->found.numerator, err)
               : XH_E_OK;
}

/* ---- by the answers of reports ---- */

static int take_answer(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { REPORT, TITLE, PARTY, PLACE, TARGET, VALUE, NUMERATOR, DENOMINATOR };
    struct standing *s = arg;
    (void)err;
    s->answers = xh_arena_grow(s->out->arena, s->answers, &s->capacity, s->count + 1,
                               sizeof *s->answers);
    s->answers[s->count++] = (struct xh_programme_answer){
        .party_id = xh_value_int(&row->values[PARTY]),
        .place_id = xh_value_int(&row->values[PLACE]),
        .has_value = !row->values[VALUE].is_null,
        .is_share = !row->values[NUMERATOR].is_null && !row->values[DENOMINATOR].is_null,
        .value = xh_value_dec(&row->values[VALUE]),
        .numerator = xh_value_dec(&row->values[NUMERATOR]),
        .denominator = xh_value_dec(&row->values[DENOMINATOR]),
    };
    if (s->is_inside) {
        add_row(s->out, "sources", XH_STR(XH__PROGRAMME_REPORT), xh_value_int(&row->values[REPORT]),
                xh_value_text(&row->values[TITLE]));
    }
    return XH_E_OK;
}

static int take_owed(void *arg, const struct xh_row *row, struct xh_err *err)
{
    enum { DUTY, TITLE, WHO_OWES };
    struct standing *s = arg;
    (void)err;
    s->found.missing++;
    add_row(s->out, "missing_from", XH_STR("core.duty"), xh_value_int(&row->values[DUTY]),
            xh_value_text(&row->values[WHO_OWES]));
    return XH_E_OK;
}

static struct xh_doc *period_params(struct xh_ctx *ctx, const struct standing *s, int query)
{
    struct xh_doc *params = xh_doc_create(ctx->arena, &xh__programme_queries[query].params);
    if (!xh_doc_is_null(s->target, "place")) {
        xh_doc_set_int(params, "place", xh_doc_int(s->target, "place"));
    }
    xh_doc_set_int(params, "from", s->day_from);
    xh_doc_set_int(params, "to", s->day_to);
    return params;
}

static int read_reports(struct xh_ctx *ctx, struct standing *s, int64_t target_id,
                        struct xh_err *err)
{
    struct xh_doc *params = period_params(ctx, s, XH__PROGRAMME_QUERY_ANSWERS);
    xh_doc_set_int(params, "target", target_id);
    int code = ctx->host->query(ctx, "programme.answers", params, take_answer, s, err);
    if (code < 0 || xh_doc_is_null(s->target, "plan")) {
        return code;
    }
    params = period_params(ctx, s, XH__PROGRAMME_QUERY_OWED);
    xh_doc_set_int(params, "plan", xh_doc_int(s->target, "plan"));
    return ctx->host->query(ctx, "programme.owed", params, take_owed, s, err);
}

static int by_reports(struct xh_ctx *ctx, struct standing *s, int64_t target_id, struct xh_err *err)
{
    struct xh_ctx as_engine = *ctx; /* a sum over parties is public, its terms are not */
    as_engine.who = &xh_who_engine;
    int code = read_reports(&as_engine, s, target_id, err);
    if (code < 0) {
        return code;
    }
    struct xh_err why = {0};
    int64_t missing = s->found.missing;
    if (xh_programme_add_up(s->answers, s->count, xh_doc_text(s->target, "unit"), &s->found, &why) <
        0) {
        xh_doc_set_text(s->out, "note", xh_arena_str(ctx->arena, xh_str_from(why.text)));
    } else {
        xh_doc_set_dec(s->out, "numerator", s->found.numerator);
        xh_doc_set_dec(s->out, "denominator", s->found.denominator);
    }
    s->found.missing = missing;
    return XH_E_OK;
}

/* ---- the answer ---- */

static void period_of(struct standing *s)
{
    bool has_from = !xh_doc_is_null(s->target, "period_from");
    bool has_to = !xh_doc_is_null(s->target, "period_to");
    int from = has_from ? (int)xh_doc_int(s->target, "period_from") : YEAR_FIRST;
    int to = has_to ? (int)xh_doc_int(s->target, "period_to") : YEAR_LAST;
    s->day_from = xh_day_from_civil(from, 1, 1);
    s->day_to = xh_day_from_civil(to + 1, 1, 1);
    xh_doc_set_int(s->out, "from", s->day_from);
    xh_doc_set_int(s->out, "to", s->day_to);
}

int xh__programme_target_standing(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out,
                                  struct xh_err *err)
{
    struct xh_record target;
    struct standing s = {.out = out->doc,
                         .is_inside = (ctx->who->roles & XH__PROGRAMME_INSIDE) != 0,
                         .found = {.denominator = xh_dec_int(1)}};
    enum xh_programme_verdict verdict;
    int code = ctx->host->record_get(ctx, "programme.target", xh_doc_int(in->doc, "target"),
                                     &target, err);
    if (code < 0) {
        return code;
    }
    s.target = target.doc;
    xh_doc_set_text(out->doc, "code", xh_doc_text(target.doc, "code"));
    xh_doc_set_text(out->doc, "unit", xh_doc_text(target.doc, "unit"));
    period_of(&s);
    bool has_indicator = xh_doc_text(target.doc, "measured_by").len > 0;
    code = has_indicator ? by_indicator(ctx, &s, err) : by_reports(ctx, &s, target.id, err);
    if (code < 0) {
        return code;
    }
    write_found(&s);
    code = xh_programme_judge(xh_doc_text(target.doc, "comparator"),
                              xh_doc_dec(target.doc, "value_min"), &s.found, &verdict);
    if (code < 0) {
        return xh_err_set(err, code, "the number has too many digits to be compared");
    }
    xh_doc_set_string(out->doc, "verdict", xh_programme_verdict_name(verdict));
    return XH_E_OK;
}
