/* core_line.c: which series a line of InfluxDB's line protocol belongs to, as rules that an office
 * writes down. The first active rule, by sort_order, that takes measurement, tags and field names
 * the series.
 *
 * Patterns: '*' stands for any text, also none; everything else for itself. Templates:
 * {measurement}, {field} and {tag.NAME} stand for what the line says; the rest for itself. */
#include "base/template.h"
#include "kernel/core_internal.h"

static const struct xh_field fields[] = {
    XH_FIELD_CODE("Mã", "Code"),
    XH_FIELD_TEXT("name", XH_F_REQUIRED | XH_F_LIST, "Tên", "Name"),
    XH_FIELD_INT("sort_order", XH_F_REQUIRED | XH_F_INDEXED | XH_F_LIST, 0, 1000000, NULL, "Thứ tự",
                 "Order"),
    {"measurement", XH_T_TEXT, XH_F_REQUIRED | XH_F_LIST, "Phép đo", "Measurement", NULL, 0, 0, 0,
     NULL, NULL, "Tên phép đo của dòng; dấu * thay cho một đoạn bất kỳ.",
     "The line's measurement; * stands for any text."},
    {"field", XH_T_TEXT, XH_F_LIST, "Trường", "Field", NULL, 0, 0, 0, NULL, NULL,
     "Tên trường của dòng; dấu * thay cho một đoạn bất kỳ; để trống: mọi trường.",
     "The line's field; * stands for any text; empty: every field."},
    {"series_code", XH_T_TEXT, XH_F_REQUIRED | XH_F_LIST, "Mã chuỗi số liệu", "Code of the series",
     NULL, 0, 0, 0, NULL, NULL, "Ví dụ {measurement}.{tag.meter}.{field}",
     "For example {measurement}.{tag.meter}.{field}"},
    XH_FIELD_BOOL("creates", XH_F_LIST, "Tạo chuỗi còn thiếu", "Makes missing series"),
    {"place_code", XH_T_TEXT, 0, "Mã địa điểm", "Code of the place", NULL, 0, 0, 0, NULL, NULL,
     "Của chuỗi được tạo; ví dụ {tag.home}; địa điểm chưa có thì được tạo.",
     "Of a series that is made, for example {tag.home}; a place that is missing is made."},
    XH_FIELD_TEXT("quantity", 0, "Đại lượng", "Quantity"),
    XH_FIELD_TEXT("unit", 0, "Đơn vị", "Unit"),
    XH_FIELD_CHOICE("kind", 0, xh__core_series_kinds, "Kiểu số liệu", "Kind"),
    XH_FIELD_INT("period_s", 0, 0, 31622400, "s", "Chu kỳ", "Usual distance of readings"),
    XH_FIELD_BOOL("is_active", XH_F_INDEXED | XH_F_LIST, "Đang dùng", "Active"),
};

static const struct xh_field tag_fields[] = {
    XH_FIELD_TEXT("tag", XH_F_REQUIRED, "Nhãn", "Tag"),
    XH_FIELD_TEXT("pattern", XH_F_REQUIRED, "Mẫu", "Pattern"),
};
static const struct xh_part parts[] = {
    {"tags", "Điều kiện về nhãn", "Conditions on tags", tag_fields, XH_COUNT(tag_fields), 64},
};

static bool is_name(struct xh_str name)
{
    return (xh_str_starts(name, XH_STR("tag.")) && name.len > 4) ||
           xh_str_is(name, "measurement") || xh_str_is(name, "field");
}

static int check_template(const struct xh_doc *doc, const char *field, struct xh_err *err)
{
    struct xh_str text = xh_doc_text(doc, field);
    if (xh_template_is_right(text, is_name)) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, field, text, "{measurement}, {field}, {tag.NAME}", NULL,
                        "%s \"%.*s\" holds something else in braces than {measurement}, {field} or "
                        "{tag.NAME}",
                        field, XH_STR_ARG(xh_str_sub(text, 0, 80)));
}

/* A series cannot be made of nothing. */
static int check_creates(const struct xh_doc *doc, struct xh_err *err)
{
    static const char *const needed[] = {"place_code", "quantity", "unit", "kind"};
    for (size_t i = 0; xh_doc_int(doc, "creates") != 0 && i < XH_COUNT(needed); i++) {
        if (xh_doc_text(doc, needed[i]).len == 0) {
            return xh_err_field(err, XH_E_INVALID, needed[i], XH_STR(""), "a text", NULL,
                                "a rule that makes series must say their %s", needed[i]);
        }
    }
    return XH_E_OK;
}

static int check(struct xh_ctx *ctx, const struct xh_in *in, struct xh_out *out, struct xh_err *err)
{
    const struct xh_doc *doc = in->record->doc;
    (void)ctx;
    (void)out;
    int code = check_template(doc, "series_code", err);
    code = code < 0 ? code : check_template(doc, "place_code", err);
    return code < 0 ? code : check_creates(doc, err);
}

const struct xh_record_type xh__core_line_rule = {
    .name = "line_rule",
    .plural = "line_rules",
    .label_vi = "Quy tắc nhận dòng",
    .label_en = "Rule for lines",
    .plural_vi = "Các quy tắc nhận dòng",
    .plural_en = "Rules for lines",
    .shape = XH_SHAPE_PARTS(fields, parts),
    .access = {XH__INSIDE, 0, XH__KEEPER, 0},
    .title_field = "name",
    .check = check,
    .help_vi = "Dòng số liệu của InfluxDB và Telegraf thuộc chuỗi số liệu nào.",
    .help_en = "Which series lines of InfluxDB's and Telegraf's line protocol belong to.",
};
