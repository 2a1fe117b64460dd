/* Docs: JSON into the shape of a record of the core; what was read is checked, written, read again,
 * and must be written the same. The first byte chooses the shape. */
#include "kernel/domain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_doc(const struct xh_doc *doc, struct xh_buf *out)
{
    struct xh_json_writer w;
    xh_json_writer_init(&w, out, false);
    xh_json_object(&w);
    xh_doc_write_json(doc, &w, false);
    xh_json_object_end(&w);
}

static struct xh_doc *read_doc(struct xh_arena *arena, const struct xh_shape *shape,
                               struct xh_str text)
{
    struct xh_doc *doc = xh_doc_create(arena, shape);
    struct xh_err err = {0};
    int code = xh_doc_read_json(doc, xh_json_reader_create(arena, text), &err);
    if (code > 0 || (code < 0 && (err.code != code || err.text[0] == '\0'))) {
        abort();
    }
    return code < 0 ? NULL : doc;
}

/* Every value that was read from JSON reads back from its own text, too. */
static void check_texts(struct xh_arena *arena, const struct xh_doc *doc)
{
    for (size_t i = 0; i < doc->shape->field_count; i++) {
        struct xh_buf text = {0};
        struct xh_value again;
        const struct xh_field *field = &doc->shape->fields[i];
        xh_value_print(&doc->row.values[i], &text);
        bool is_blank_choice = field->type == XH_T_CHOICE; /* trimmed when read as text */
        if (xh_value_parse(field, xh_buf_str(&text), arena, &again, NULL) < 0) {
            abort();
        }
        bool is_empty = text.len == 0;
        if (!is_blank_choice && !is_empty && !xh_value_equal(&again, &doc->row.values[i])) {
            abort();
        }
        xh_buf_finish(&text);
    }
}

static void check_doc(struct xh_arena *arena, const struct xh_doc *doc)
{
    struct xh_buf first = {0}, second = {0};
    struct xh_err err = {0};
    int code = xh_doc_check(doc, &err);
    if (code > 0 || (code < 0 && err.field[0] == '\0')) {
        abort();
    }
    check_texts(arena, doc);
    write_doc(doc, &first);
    struct xh_doc *again = read_doc(arena, doc->shape, xh_buf_str(&first));
    if (again == NULL || xh_doc_check(again, NULL) != code) {
        abort();
    }
    write_doc(again, &second);
    if (!xh_str_equal(xh_buf_str(&first), xh_buf_str(&second))) {
        abort();
    }
    xh_buf_clear(&second);
    write_doc(xh_doc_copy(arena, doc), &second);
    if (!xh_str_equal(xh_buf_str(&first), xh_buf_str(&second))) {
        abort();
    }
    xh_buf_finish(&first);
    xh_buf_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t which = data[0] % xh_core_domain.record_count;
    struct xh_arena *arena = xh_arena_create("fuzz");
    struct xh_str text = {(const char *)data + 1, size - 1};
    struct xh_doc *doc = read_doc(arena, &xh_core_domain.records[which]->shape, text);
    if (doc != NULL) {
        check_doc(arena, doc);
        struct xh_ctx ctx = {.arena = arena, .now_us = 1750000000 * XH_US_PER_S};
        if (xh_core_domain.records[which]->compute != NULL) {
            xh_core_domain.records[which]->compute(&ctx, doc);
        }
    }
    xh_arena_destroy(arena);
    return 0;
}
