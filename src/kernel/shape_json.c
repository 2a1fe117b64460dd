/* shape_json.c: a doc from and to JSON. */
#include "kernel/shape.h"

#include "base/num.h"

static const char *type_words(enum xh_type type)
{
    static const char *const words[] = {
        [XH_T_BOOL] = "true or false",    [XH_T_INT] = "a whole number",
        [XH_T_REAL] = "a number",         [XH_T_DEC] = "a number",
        [XH_T_MONEY] = "a whole number",  [XH_T_TEXT] = "a text",
        [XH_T_CHOICE] = "a text",         [XH_T_DAY] = "a date such as \"2025-06-15\"",
        [XH_T_TIME] = "an instant such as \"2025-06-15T08:00:00+07:00\"",
        [XH_T_REF] = "the id of a record",
    };
    return words[type];
}

/* Which JSON tokens a type accepts. Decimals may be texts too, for clients whose numbers are
 * doubles; ids as texts, for links made by hand. */
static bool accepts(enum xh_type type, enum xh_json_type token)
{
    switch (type) {
    case XH_T_BOOL:
        return token == XH_JSON_TRUE || token == XH_JSON_FALSE;
    case XH_T_TEXT:
    case XH_T_CHOICE:
    case XH_T_DAY:
    case XH_T_TIME:
        return token == XH_JSON_STRING;
    case XH_T_REF:
    case XH_T_DEC:
        return token == XH_JSON_NUMBER || token == XH_JSON_STRING;
    default:
        return token == XH_JSON_NUMBER;
    }
}

static int read_value(const struct xh_field *field, struct xh_json_reader *r,
                      struct xh_arena *arena, struct xh_value *v, struct xh_err *err)
{
    enum xh_json_type token = xh_json_next(r);
    if (token == XH_JSON_ERROR) {
        return xh_json_error(r, err);
    }
    if (token == XH_JSON_NULL) {
        v->is_null = true;
        return XH_E_OK;
    }
    if (!accepts(field->type, token)) {
        return xh_err_field(err, XH_E_INVALID, field->name,
                            token == XH_JSON_STRING || token == XH_JSON_NUMBER ? xh_json_text(r)
                                                                               : XH_STR(""),
                            type_words(field->type), field->unit, "%s must be %s", field->name,
                            type_words(field->type));
    }
    if (field->type == XH_T_BOOL) {
        v->truth = token == XH_JSON_TRUE;
        v->is_null = false;
        return XH_E_OK;
    }
    struct xh_str text = xh_json_text(r);
    if (field->type == XH_T_TEXT || field->type == XH_T_CHOICE) {
        v->text = xh_arena_str(arena, text);
        v->is_null = false;
        return XH_E_OK;
    }
    /* A number with an exponent is a valid JSON decimal that xh_dec_parse refuses. */
    double value = 0;
    bool has_exponent = xh_str_find_char(text, 'e') >= 0 || xh_str_find_char(text, 'E') >= 0;
    if (field->type == XH_T_DEC && has_exponent && xh_num_parse(text, &value, NULL) == XH_E_OK &&
        xh_dec_from_double(value, XH_NUM_DECIMALS_SHORTEST, &v->dec, NULL) == XH_E_OK) {
        v->is_null = false;
        return XH_E_OK;
    }
    return xh_value_parse(field, text, arena, v, err);
}

static int unknown_member(struct xh_str name, struct xh_err *err)
{
    char field[64];
    size_t len = name.len < sizeof field - 1 ? name.len : sizeof field - 1;
    for (size_t i = 0; i < len; i++) {
        field[i] = name.ptr[i];
    }
    field[len] = '\0';
    return xh_err_field(err, XH_E_INVALID, field, XH_STR(""), "a known member", NULL,
                        "there is no member \"%s\" here", field);
}

/* The members of one row of a part, its '{' already read. */
static int read_row(struct xh_doc *doc, const struct xh_part *part, size_t at,
                    struct xh_json_reader *r, struct xh_err *err)
{
    for (;;) {
        enum xh_json_type token = xh_json_next(r);
        if (token == XH_JSON_OBJECT_END) {
            return XH_E_OK;
        }
        if (token != XH_JSON_NAME) {
            return xh_json_error(r, err);
        }
        struct xh_str name = xh_json_text(r);
        const struct xh_field *field = xh_field_find(part->fields, part->field_count, name);
        if (field == NULL) {
            return unknown_member(name, err);
        }
        int code = read_value(field, r, doc->arena, xh_doc_put(doc, part->name, at, field->name),
                              err);
        if (code < 0) {
            return code;
        }
    }
}

static int not_a_part(const struct xh_part *part, enum xh_json_type token,
                      const struct xh_json_reader *r, struct xh_err *err)
{
    if (token == XH_JSON_ERROR) {
        return xh_json_error(r, err);
    }
    return xh_err_field(err, XH_E_INVALID, part->name, XH_STR(""), "an array of objects", NULL,
                        "%s must be an array of objects", part->name);
}

static int read_part(struct xh_doc *doc, size_t p, struct xh_json_reader *r, struct xh_err *err)
{
    const struct xh_part *part = &doc->shape->parts[p];
    size_t rows_max = part->rows_max != 0 ? part->rows_max : 1000;
    enum xh_json_type token = xh_json_next(r);
    int code = token == XH_JSON_ARRAY ? XH_E_OK : not_a_part(part, token, r, err);
    doc->parts[p].count = 0;
    while (code == XH_E_OK) {
        token = xh_json_next(r);
        if (token == XH_JSON_ARRAY_END) {
            return XH_E_OK;
        }
        if (token != XH_JSON_OBJECT) {
            return not_a_part(part, token, r, err);
        }
        if (doc->parts[p].count == rows_max) {
            return xh_err_field(err, XH_E_TOO_LARGE, part->name, XH_STR(""), "fewer", "rows",
                                "%s has more than %zu rows", part->name, rows_max);
        }
        size_t at = xh_doc_add(doc, part->name);
        code = read_row(doc, part, at, r, err);
        if (code < 0) {
            xh_err_prefix(err, "%s[%zu].", part->name, at);
        }
    }
    return code;
}

static int read_member(struct xh_doc *doc, struct xh_str name, struct xh_json_reader *r,
                       struct xh_err *err)
{
    const struct xh_shape *shape = doc->shape;
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count, name);
    if (field != NULL) {
        size_t index = (size_t)(field - shape->fields);
        if (index < 128) {
            doc->given_mask[index / 64] |= UINT64_C(1) << (index % 64);
        }
        return read_value(field, r, doc->arena, &doc->row.values[index], err);
    }
    for (size_t p = 0; p < shape->part_count; p++) {
        if (xh_str_is(name, shape->parts[p].name)) {
            return read_part(doc, p, r, err);
        }
    }
    return unknown_member(name, err);
}

int xh_doc_read_json(struct xh_doc *doc, struct xh_json_reader *r, struct xh_err *err)
{
    enum xh_json_type first = xh_json_next(r);
    int code = XH_E_OK;
    if (first == XH_JSON_ERROR) {
        return xh_json_error(r, err);
    }
    if (first != XH_JSON_OBJECT) {
        return xh_err_set(err, XH_E_INVALID, "a JSON object is expected");
    }
    while (code == XH_E_OK) {
        enum xh_json_type token = xh_json_next(r);
        if (token == XH_JSON_OBJECT_END) {
            return XH_E_OK;
        }
        if (token != XH_JSON_NAME) {
            return xh_json_error(r, err);
        }
        code = read_member(doc, xh_arena_str(doc->arena, xh_json_text(r)), r, err);
    }
    return code;
}

static void write_value(const struct xh_value *v, struct xh_json_writer *w)
{
    char text[XH_TIME_TEXT_BYTES];
    if (v->is_null) {
        xh_json_null(w);
        return;
    }
    switch (v->type) {
    case XH_T_BOOL:
        xh_json_bool(w, v->truth);
        break;
    case XH_T_REAL:
        xh_json_num(w, v->real);
        break;
    case XH_T_DEC:
        xh_json_dec(w, v->dec);
        break;
    case XH_T_TEXT:
    case XH_T_CHOICE:
        xh_json_str(w, v->text);
        break;
    case XH_T_DAY:
        (void)xh_day_print((int32_t)v->integer, text);
        xh_json_string(w, text);
        break;
    case XH_T_TIME:
        (void)xh_time_print(v->integer, text);
        xh_json_string(w, text);
        break;
    default:
        xh_json_int(w, v->integer);
        break;
    }
}

static void write_row(const struct xh_field *fields, size_t count, const struct xh_row *row,
                      struct xh_json_writer *w, bool mask_personal)
{
    for (size_t i = 0; i < count; i++) {
        if (!mask_personal || (fields[i].flags & XH_F_PERSONAL) == 0) {
            xh_json_name(w, fields[i].name);
            write_value(&row->values[i], w);
        }
    }
}

void xh_doc_write_json(const struct xh_doc *doc, struct xh_json_writer *w, bool mask_personal)
{
    const struct xh_shape *shape = doc->shape;
    write_row(shape->fields, shape->field_count, &doc->row, w, mask_personal);
    for (size_t p = 0; p < shape->part_count; p++) {
        xh_json_name(w, shape->parts[p].name);
        xh_json_array(w);
        for (size_t r = 0; r < doc->parts[p].count; r++) {
            xh_json_object(w);
            write_row(shape->parts[p].fields, shape->parts[p].field_count, &doc->parts[p].rows[r],
                      w, mask_personal);
            xh_json_object_end(w);
        }
        xh_json_array_end(w);
    }
}
