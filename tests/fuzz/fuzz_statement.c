/* A bill as a page: whatever may stand in a bill that could be kept, and around it, is drawn: a
 * PDF from its first bytes to its last, or, where it is too long, a sentence. An input is taken
 * piece by piece: a text is a byte of length and the bytes, a number eight bytes; behind the end
 * all is zero. */
#include <stdlib.h>
#include <string.h>

#include "server/statement_internal.h"

enum { DAY_MIN = -719162, DAY_MAX = 2932896, LINES_MAX = 64 }; /* 0001-01-01 to 9999-12-31 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* Fontconfig keeps what fonts there are behind offsets, which a search for pointers does not
 * follow: one amount, however many pages are drawn. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

struct input {
    const uint8_t *data;
    size_t size;
};

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static uint8_t take_byte(struct input *in)
{
    if (in->size == 0) {
        return 0;
    }
    in->size--;
    return *in->data++;
}

static uint64_t take_number(struct input *in)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++) {
        number = number << 8 | take_byte(in);
    }
    return number;
}

static int64_t take_between(struct input *in, int64_t min, int64_t max)
{
    return min + (int64_t)(take_number(in) % (uint64_t)(max - min + 1));
}

/* What a record may hold: UTF-8 without NUL. */
static struct xh_str take_text(struct input *in, size_t len_max)
{
    size_t len = take_byte(in);
    len = len < in->size ? len : in->size;
    struct xh_str text = {(const char *)in->data, len < len_max ? len : len_max};
    in->data += len;
    in->size -= len;
    if (!xh_utf8_is_valid(text) || (text.len > 0 && memchr(text.ptr, 0, text.len) != NULL)) {
        text.len = 0;
    }
    return text;
}

static void fill_value(struct input *in, const struct xh_field *field, struct xh_value *value)
{
    uint8_t kind = take_byte(in);
    if ((kind & 7) == 7) {
        return; /* stays null */
    }
    switch (field->type) {
    case XH_T_TEXT:
        xh_value_set_text(value, take_text(in, field->length_max > 0 ? field->length_max : 200));
        break;
    case XH_T_REAL:
        xh_value_set_real(value, (double)(int64_t)take_number(in) / 1000.0);
        break;
    case XH_T_DEC:
        xh_value_set_dec(value, xh_dec_from_minor((int64_t)take_number(in), (kind >> 3) % 19));
        break;
    case XH_T_DAY:
        xh_value_set_int(value, take_between(in, DAY_MIN, DAY_MAX));
        break;
    case XH_T_BOOL:
        xh_value_set_int(value, kind >> 3 & 1);
        break;
    case XH_T_MONEY:
        xh_value_set_int(value, (int64_t)take_number(in));
        break;
    default: /* INT, TIME, REF */
        xh_value_set_int(value, take_between(in, 1, 100000));
        break;
    }
}

static struct xh_doc *take_bill(struct input *in, struct xh_arena *arena)
{
    const struct xh_record_type *type = NULL;
    for (size_t i = 0; i < xh_core_domain.record_count; i++) {
        if (strcmp(xh_core_domain.records[i]->name, "bill") == 0) {
            type = xh_core_domain.records[i];
        }
    }
    struct xh_doc *doc = xh_doc_create(arena, &type->shape);
    for (size_t i = 0; i < type->shape.field_count; i++) {
        fill_value(in, &type->shape.fields[i], &doc->row.values[i]);
    }
    const struct xh_part *lines = &type->shape.parts[0];
    for (size_t count = take_byte(in) % LINES_MAX; count > 0; count--) {
        size_t row = xh_doc_add(doc, lines->name);
        for (size_t i = 0; i < lines->field_count; i++) {
            fill_value(in, &lines->fields[i], &doc->parts[0].rows[row].values[i]);
        }
    }
    return doc;
}

static void take_around(struct input *in, struct xh__statement *s)
{
    struct xh_str *const texts[] = {&s->issuer,     &s->issuer_address, &s->issuer_contact,
                                    &s->customer,   &s->customer_code,  &s->address,
                                    &s->device_serial, &s->supersedes,  &s->superseded_by, &s->url};
    for (size_t i = 0; i < XH_COUNT(texts); i++) {
        *texts[i] = take_text(in, 200);
    }
    struct xh__statement_reading *const readings[] = {&s->first, &s->last};
    for (size_t i = 0; i < XH_COUNT(readings); i++) {
        readings[i]->is_there = (take_byte(in) & 1) != 0;
        readings[i]->at_us = take_between(in, DAY_MIN, DAY_MAX) * XH_US_PER_DAY;
        readings[i]->value = (double)(int64_t)take_number(in) / 7;
    }
}

static void check_pdf(int code, const struct xh_err *err, struct xh_str pdf)
{
    if (code < 0) {
        require(code == XH_E_TOO_LARGE && err->text[0] != '\0');
        return;
    }
    require(xh_str_starts(pdf, XH_STR("%PDF-")) && xh_str_ends(pdf, XH_STR("%%EOF\n")));
}

static void draw(struct input *in, struct xh_arena *arena)
{
    uint8_t flags = take_byte(in);
    struct xh_series series = {
        .code = take_text(in, 200),
        .quantity_name = (flags & 1) != 0 ? XH_STR("energy.electricity") : XH_STR("water.water"),
        .unit = xh_unit_find((flags & 1) != 0 ? XH_STR("kWh") : XH_STR("m3")),
        .zone = xh_zone_fixed(XH_STR("+07:00"), 7 * 3600),
    };
    struct xh_record bill = {
        .id = 1,
        .created_us = take_between(in, DAY_MIN, DAY_MAX) * XH_US_PER_DAY,
    };
    struct xh__statement statement = {
        .lang = (flags & 2) != 0 ? XH_LANG_VI : XH_LANG_EN,
        .arena = arena,
        .bill = &bill,
        .series = (flags & 4) != 0 ? &series : NULL,
        .is_simulated = (flags & 8) != 0,
    };
    struct xh_buf pdf = {0};
    struct xh_err err = {0};
    take_around(in, &statement);
    if (statement.series == NULL) { /* readings are a meter's */
        statement.first.is_there = false;
    }
    bill.doc = take_bill(in, arena);
    if (xh_doc_check(bill.doc, NULL) >= 0) {
        int code = xh__statement_draw(&statement, &pdf, &err);
        check_pdf(code, &err, xh_buf_str(&pdf));
    }
    xh_buf_finish(&pdf);
    xh_zone_destroy((struct xh_zone *)(uintptr_t)series.zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool has_fonts;
    struct input in = {data, size};
    struct xh_arena *arena = xh_arena_create("fuzz");
    if (!has_fonts) {
        xh__pen_fonts_open();
        has_fonts = true;
    }
    draw(&in, arena);
    xh_arena_destroy(arena);
    return 0;
}
