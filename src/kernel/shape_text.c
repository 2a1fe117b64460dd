/* shape_text.c: a value from and to plain text: CSV, XLSX, forms, options of commands. */
#include "kernel/shape.h"

#include "base/num.h"

static int refuse(const struct xh_field *field, struct xh_str text, const char *expected,
                  struct xh_err *err)
{
    return xh_err_field(err, XH_E_INVALID, field->name, text, expected, field->unit,
                        "%s \"%.*s\" is not %s", field->name, (int)(text.len > 80 ? 80 : text.len),
                        text.ptr ? text.ptr : "", expected);
}

static int parse_bool(const struct xh_field *field, struct xh_str text, struct xh_value *v,
                      struct xh_err *err)
{
    static const char *const yes[] = {"true", "1", "yes", "x", "có", NULL};
    static const char *const no[] = {"false", "0", "no", "không", NULL};
    for (const char *const *word = yes; *word != NULL; word++) {
        if (xh_str_equal_nocase(text, xh_str_from(*word))) {
            v->truth = true;
            return XH_E_OK;
        }
    }
    for (const char *const *word = no; *word != NULL; word++) {
        if (xh_str_equal_nocase(text, xh_str_from(*word))) {
            v->truth = false;
            return XH_E_OK;
        }
    }
    return refuse(field, text, "true or false", err);
}

/* Keeps the field's name in an error that came from a parser below. */
static int named(const struct xh_field *field, struct xh_str text, int code, struct xh_err *err,
                 const char *expected)
{
    return code < 0 ? refuse(field, text, expected, err) : code;
}

static int parse_number(const struct xh_field *field, struct xh_str text, struct xh_value *v,
                        struct xh_err *err)
{
    switch (field->type) {
    case XH_T_REAL:
        return named(field, text, xh_num_parse(text, &v->real, NULL), err, "a number");
    case XH_T_DEC:
        return named(field, text, xh_dec_parse(text, &v->dec, NULL), err,
                     "a decimal of at most 38 digits, 18 of them after the point");
    default:
        return named(field, text, xh_int_parse(text, &v->integer), err, "a whole number");
    }
}

static int parse_date(const struct xh_field *field, struct xh_str text, struct xh_value *v,
                      struct xh_err *err)
{
    if (field->type == XH_T_TIME) {
        return named(field, text, xh_time_parse(text, &v->integer, NULL), err,
                     "an instant such as 2025-06-15T08:00:00+07:00");
    }
    int32_t day = 0;
    int code = named(field, text, xh_day_parse(text, &day, NULL), err, "a date such as 2025-06-15");
    v->integer = day;
    return code;
}

int xh_value_parse(const struct xh_field *field, struct xh_str text, struct xh_arena *arena,
                   struct xh_value *ret, struct xh_err *err)
{
    struct xh_value v = {.type = field->type, .is_null = true};
    int code = XH_E_OK;
    if (field->type != XH_T_TEXT) {
        text = xh_str_trim(text);
    }
    if (text.len > 0) {
        v.is_null = false;
        switch (field->type) {
        case XH_T_TEXT:
        case XH_T_CHOICE:
            v.text = xh_arena_str(arena, text);
            break;
        case XH_T_BOOL:
            code = parse_bool(field, text, &v, err);
            break;
        case XH_T_DAY:
        case XH_T_TIME:
            code = parse_date(field, text, &v, err);
            break;
        default:
            code = parse_number(field, text, &v, err);
            break;
        }
    }
    if (code == XH_E_OK) {
        *ret = v;
    }
    return code;
}

void xh_value_print(const struct xh_value *v, struct xh_buf *out)
{
    char text[XH_NUM_FIXED_BYTES];
    size_t len = 0;
    if (v->is_null) {
        return;
    }
    switch (v->type) {
    case XH_T_BOOL:
        xh_buf_add_text(out, v->truth ? "true" : "false");
        return;
    case XH_T_TEXT:
    case XH_T_CHOICE:
        xh_buf_add_str(out, v->text);
        return;
    case XH_T_REAL:
        len = xh_num_print(v->real, text);
        break;
    case XH_T_DEC:
        len = xh_dec_print(v->dec, text);
        break;
    case XH_T_DAY:
        len = xh_day_print((int32_t)v->integer, text);
        break;
    case XH_T_TIME:
        len = xh_time_print(v->integer, text);
        break;
    default:
        len = xh_int_print(v->integer, text);
        break;
    }
    xh_buf_add(out, text, len);
}
