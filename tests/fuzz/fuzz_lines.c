/* Line protocol: every line has an error by its number, or fields with a name and a finite value,
 * all of the body; a number read the short way is what base/num.h reads; a head is refused or has a
 * measurement and tags in order. The first byte says the precision. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "server/lines_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool is_right)
{
    if (!is_right) {
        abort();
    }
}

static bool is_inside(struct xh_str slice, struct xh_str body)
{
    return slice.ptr >= body.ptr && slice.ptr + slice.len <= body.ptr + body.len;
}

static void check_field(const struct xh__line_field *field, struct xh_str body)
{
    double value = 0;
    int decimals = 0;
    struct xh_str text = field->text;
    check(is_inside(field->name, body) && is_inside(text, body) && field->name.len > 0);
    if (field->kind != XH__LINE_NUMBER) {
        return;
    }
    text.len -= text.ptr[text.len - 1] == 'i' || text.ptr[text.len - 1] == 'u' ? 1 : 0;
    check(isfinite(field->value) && xh_num_parse(text, &value, &decimals) >= 0);
    check(value == field->value && signbit(value) == signbit(field->value) &&
          decimals == field->decimals);
}

static void check_head(struct xh_str head)
{
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh__line_head *parts = XH_NEW(arena, struct xh__line_head);
    struct xh_err err = {0};
    int code = xh__line_head_read(arena, head, parts, &err);
    check(code >= 0 || (err.code == code && err.text[0] != '\0'));
    for (size_t i = 0; code >= 0 && i < parts->tag_count; i++) {
        check(parts->tags[i].name.len > 0 && parts->tags[i].value.len > 0);
        check(i == 0 || xh_str_compare(parts->tags[i - 1].name, parts->tags[i].name) < 0);
    }
    xh_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"ns", "us", "ms", "s", "m", "h"};
    struct xh__line_precision precision;
    struct xh__lines lines;
    struct xh__line line;
    struct xh_err err = {0};
    uint64_t last = 0;
    int code;
    if (size == 0) {
        return 0;
    }
    struct xh_str body = {(const char *)data + 1, size - 1};
    check(xh__lines_precision(xh_str_from(names[data[0] % 6]), &precision, NULL) >= 0);
    xh__lines_begin(&lines, body, precision);
    while ((code = xh__lines_next(&lines, &line, &err)) != 0) {
        check(line.number > last);
        last = line.number;
        if (code < 0) {
            check(err.code == code && err.field[0] != '\0' && err.limit[0] != '\0');
            continue;
        }
        check(line.field_count > 0 && line.field_count <= XH__LINE_FIELDS_MAX);
        check(line.head.len > 0 && is_inside(line.head, body));
        for (size_t i = 0; i < line.field_count; i++) {
            check_field(&line.fields[i], body);
        }
        check_head(line.head);
    }
    return 0;
}
