/* shape_check.c: is a doc what its shape asks for? The first fault is told, with field, value,
 * limit and unit. */
#include "kernel/shape.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

enum { TEXT_LENGTH_DEFAULT = 200, LONG_LENGTH_DEFAULT = 10000, ROWS_DEFAULT = 1000 };

static size_t length_max(const struct xh_field *field)
{
    if (field->length_max != 0) {
        return field->length_max;
    }
    return (field->flags & XH_F_LONG) != 0 ? LONG_LENGTH_DEFAULT : TEXT_LENGTH_DEFAULT;
}

static int check_text(const struct xh_field *field, struct xh_str text, struct xh_err *err)
{
    if (text.len > length_max(field)) {
        char limit[64];
        struct xh_buf out;
        xh_buf_init(&out, 0);
        xh_buf_add_format(&out, "%zu", length_max(field));
        (void)strncpy(limit, xh_buf_text(&out), sizeof limit - 1);
        limit[sizeof limit - 1] = '\0';
        xh_buf_finish(&out);
        return xh_err_field(err, XH_E_INVALID, field->name, xh_str_sub(text, 0, 60), limit, "bytes",
                            "%s is %zu bytes long, the limit is %s", field->name, text.len, limit);
    }
    if (!xh_utf8_is_valid(text)) {
        return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "UTF-8", NULL,
                            "%s is not valid UTF-8", field->name);
    }
    if (memchr(text.ptr ? text.ptr : "", '\0', text.len) != NULL) {
        return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "no NUL character", NULL,
                            "%s holds a NUL character", field->name);
    }
    return XH_E_OK;
}

static int check_choice(const struct xh_field *field, struct xh_str text, struct xh_err *err)
{
    struct xh_buf names;
    xh_buf_init(&names, 4096);
    for (const struct xh_choice *c = field->choices; c != NULL && c->value != NULL; c++) {
        if (xh_str_is(text, c->value)) {
            xh_buf_finish(&names);
            return XH_E_OK;
        }
        xh_buf_add_format(&names, "%s%s", names.len > 0 ? ", " : "", c->value);
    }
    int code = xh_err_field(err, XH_E_INVALID, field->name, text, xh_buf_text(&names), NULL,
                            "%s \"%.*s\" is none of: %s", field->name, XH_STR_ARG(text),
                            xh_buf_text(&names));
    xh_buf_finish(&names);
    return code;
}

static int check_range(const struct xh_field *field, const struct xh_value *v, struct xh_err *err)
{
    double value = xh_value_real(v);
    if (!isfinite(value)) {
        return xh_err_field(err, XH_E_INVALID, field->name, XH_STR("not finite"), NULL, field->unit,
                            "%s is not a finite number", field->name);
    }
    bool has_range = field->min < field->max;
    if (!has_range || (value >= field->min && value <= field->max)) {
        return XH_E_OK;
    }
    char low[XH_NUM_TEXT_BYTES], high[XH_NUM_TEXT_BYTES];
    (void)xh_num_print(field->min, low);
    (void)xh_num_print(field->max, high);
    struct xh_buf out;
    xh_buf_init(&out, 0);
    xh_value_print(v, &out);
    size_t split = out.len;
    xh_buf_add_format(&out, "%s to %s", low, high);
    struct xh_str both = {xh_buf_text(&out), out.len};
    int code = xh_err_field(err, XH_E_INVALID, field->name, xh_str_sub(both, 0, split),
                            both.ptr + split, field->unit, "%s %.*s is outside %s%s%s", field->name,
                            (int)split, both.ptr, both.ptr + split, field->unit ? " " : "",
                            field->unit ? field->unit : "");
    xh_buf_finish(&out);
    return code;
}

static int check_value(const struct xh_field *field, const struct xh_value *v, struct xh_err *err)
{
    if ((field->flags & (XH_F_READ_ONLY | XH_F_COMPUTED)) != 0) {
        return XH_E_OK;
    }
    bool is_text = field->type == XH_T_TEXT || field->type == XH_T_CHOICE;
    if (v->is_null || (is_text && v->text.len == 0)) {
        if ((field->flags & XH_F_REQUIRED) == 0) {
            return XH_E_OK;
        }
        return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "a value", field->unit,
                            "%s is required", field->name);
    }
    switch (field->type) {
    case XH_T_TEXT:
        return check_text(field, v->text, err);
    case XH_T_CHOICE:
        return check_choice(field, v->text, err);
    case XH_T_INT:
    case XH_T_REAL:
    case XH_T_DEC:
    case XH_T_MONEY:
        return check_range(field, v, err);
    case XH_T_DAY:
        if (v->integer < xh_day_from_civil(1, 1, 1) ||
            v->integer > xh_day_from_civil(9999, 12, 31)) {
            return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""),
                                "0001-01-01 to 9999-12-31", NULL, "%s is outside the calendar",
                                field->name);
        }
        return XH_E_OK;
    case XH_T_TIME:
        if (v->integer < XH_TIME_MIN || v->integer > XH_TIME_MAX) {
            return xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "years 0001 to 9999",
                                NULL, "%s is outside the calendar", field->name);
        }
        return XH_E_OK;
    case XH_T_REF:
        return v->integer > 0
                   ? XH_E_OK
                   : xh_err_field(err, XH_E_INVALID, field->name, XH_STR(""), "the id of a record",
                                  NULL, "%s is no record's id", field->name);
    case XH_T_BOOL:
        return XH_E_OK;
    }
    return XH_E_OK;
}

static int check_row(const struct xh_field *fields, size_t count, const struct xh_row *row,
                     struct xh_err *err)
{
    for (size_t i = 0; i < count; i++) {
        int code = check_value(&fields[i], &row->values[i], err);
        if (code < 0) {
            return code;
        }
    }
    return XH_E_OK;
}

int xh_doc_check(const struct xh_doc *doc, struct xh_err *err)
{
    int code = check_row(doc->shape->fields, doc->shape->field_count, &doc->row, err);
    for (size_t p = 0; code == XH_E_OK && p < doc->shape->part_count; p++) {
        const struct xh_part *part = &doc->shape->parts[p];
        size_t rows_max = part->rows_max != 0 ? part->rows_max : ROWS_DEFAULT;
        if (doc->parts[p].count > rows_max) {
            char limit[XH_NUM_TEXT_BYTES], count[XH_NUM_TEXT_BYTES];
            (void)xh_int_print((int64_t)rows_max, limit);
            (void)xh_int_print((int64_t)doc->parts[p].count, count);
            return xh_err_field(err, XH_E_TOO_LARGE, part->name, xh_str_from(count), limit, "rows",
                                "%s has %s rows, the limit is %s", part->name, count, limit);
        }
        for (size_t r = 0; code == XH_E_OK && r < doc->parts[p].count; r++) {
            code = check_row(part->fields, part->field_count, &doc->parts[p].rows[r], err);
            if (code < 0) {
                xh_err_prefix(err, "%s[%zu].", part->name, r);
            }
        }
    }
    return code;
}
