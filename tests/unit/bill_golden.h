/* bill_golden.h: bills written as text, computed by core.charge on a host that only has tariffs and
 * dated rows.
 *
 * A case is a block of lines `key: value`, ended by an empty line; '#' begins a comment:
 *
 *     case: a sentence
 *     source: where the expected numbers come from
 *     tariff: evn-residential
 *     in: on=2025-06-15 quantity=400            fields of core.charge
 *     out: net=1074500 total=1160460 lines=7    fields of its answer, and the count of lines
 *     line 3: 100 x 2380 = 238000 [E-R-2025-05-10-3] 100..200
 *     vi 3: the sentence of line 3               en 3: likewise
 *     document 3: what line 3 rests on
 *     error: NOT_FOUND                           instead of out
 *     says: words of the error
 */
#ifndef XH_TESTS_BILL_GOLDEN_H
#define XH_TESTS_BILL_GOLDEN_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/num.h"
#include "kernel/core_charge.h"
#include "kernel/dated_csv.h"
#include "kernel/host.h"

struct golden {
    struct xh_arena *arena;
    const struct xh_tariff *const *tariffs;
    size_t tariff_count;
    struct xh_dated *rows;
    size_t row_count;
    struct xh_host host;
    struct xh_ctx ctx;
    /* of the case at hand */
    char name[200];
    struct xh_doc *in, *out;
    int code;
    bool has_run;
    struct xh_err err;
    int case_count, fault_count;
};

static struct xh_str golden_file(struct golden *g, const char *path)
{
    char full[512];
    struct xh_buf buf = {0};
    struct xh_err err = {0};
    snprintf(full, sizeof full, "%s/%s", XH_TEST_ROOT, path);
    if (xh_file_read(xh_env_real(), full, 1 << 24, &buf, &err) < 0) {
        fail_msg("%s: %s", full, err.text);
    }
    struct xh_str text = xh_arena_str(g->arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static const struct xh_tariff *golden_tariff(struct xh_ctx *ctx, struct xh_str code)
{
    const struct golden *g = ctx->host->self;
    for (size_t i = 0; i < g->tariff_count; i++) {
        if (xh_str_is(code, g->tariffs[i]->code)) {
            return g->tariffs[i];
        }
    }
    return NULL;
}

static int golden_dated(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    const struct golden *g = ctx->host->self;
    (void)err;
    ret->rows = g->rows;
    ret->count = g->row_count;
    return 0;
}

static void golden_init(struct golden *g, const struct xh_tariff *const *tariffs, size_t count)
{
    memset(g, 0, sizeof *g);
    g->arena = xh_arena_create("golden");
    g->tariffs = tariffs;
    g->tariff_count = count;
    g->host.self = g;
    g->host.tariff = golden_tariff;
    g->host.dated = golden_dated;
    g->ctx.host = &g->host;
    g->ctx.who = &xh_who_public;
    g->ctx.arena = g->arena;
}

static void golden_finish(struct golden *g)
{
    xh_arena_destroy(g->arena);
}

/* Adds the rows of a CSV file; all are sorted anew. */
static void golden_load(struct golden *g, const char *path)
{
    struct xh_dated *rows = NULL;
    struct xh_err err = {0};
    size_t count = 0;
    if (xh_dated_csv_read(golden_file(g, path), g->arena, &rows, &count, &err) < 0) {
        fail_msg("%s: %s", path, err.text);
    }
    struct xh_dated *all = XH_NEW_ARRAY(g->arena, struct xh_dated, g->row_count + count + 1);
    if (g->row_count > 0) {
        memcpy(all, g->rows, g->row_count * sizeof *all);
    }
    memcpy(all + g->row_count, rows, count * sizeof *all);
    g->rows = all;
    g->row_count += count;
    xh_dated_sort(g->rows, g->row_count);
}

static void golden_fault(struct golden *g, const char *what, struct xh_str expected,
                         struct xh_str found)
{
    print_error("%s: %s: expected '%.*s', found '%.*s'\n", g->name, what, XH_STR_ARG(expected),
                XH_STR_ARG(found));
    g->fault_count++;
}

static void golden_expect(struct golden *g, const char *what, struct xh_str expected,
                          struct xh_str found)
{
    if (!xh_str_equal(expected, found)) {
        golden_fault(g, what, expected, found);
    }
}

static void golden_set(struct golden *g, struct xh_str name, struct xh_str text)
{
    const struct xh_shape *shape = &xh_core_charge_in;
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count, name);
    struct xh_value value;
    struct xh_err err = {0};
    if (!field) {
        fail_msg("%s: core.charge has no field '%.*s'", g->name, XH_STR_ARG(name));
    }
    if (xh_value_parse(field, text, g->arena, &value, &err) < 0) {
        fail_msg("%s: %s", g->name, err.text);
    }
    g->in->row.values[field - shape->fields] = value;
}

/* Calls each for every name=value of a line. */
static void golden_pairs(struct golden *g, struct xh_str text,
                         void (*each)(struct golden *g, struct xh_str name, struct xh_str value))
{
    struct xh_str pair;
    while (xh_str_split(&text, ' ', &pair)) {
        struct xh_str name = {NULL, 0};
        if (pair.len == 0) {
            continue;
        }
        if (!xh_str_split(&pair, '=', &name)) {
            fail_msg("%s: '%.*s' is no name=value", g->name, XH_STR_ARG(text));
        }
        each(g, name, pair);
    }
}

static void golden_run(struct golden *g)
{
    if (g->has_run) {
        return;
    }
    struct xh_in in = {.doc = g->in};
    struct xh_out out = {.doc = g->out};
    g->code = xh_core_charge(&g->ctx, &in, &out, &g->err);
    g->has_run = true;
}

static void golden_check_field(struct golden *g, struct xh_str name, struct xh_str expected)
{
    const struct xh_shape *shape = &xh_core_charge_out;
    const struct xh_field *field = xh_field_find(shape->fields, shape->field_count, name);
    struct xh_buf buf = {0};
    if (g->code < 0) {
        golden_fault(g, "out", expected, xh_str_from(g->err.text));
        return;
    }
    if (xh_str_is(name, "lines")) {
        xh_buf_add_format(&buf, "%zu", xh_doc_count(g->out, "lines"));
    } else if (field) {
        xh_value_print(&g->out->row.values[field - shape->fields], &buf);
    } else {
        fail_msg("%s: core.charge answers no '%.*s'", g->name, XH_STR_ARG(name));
    }
    golden_expect(g, field ? field->name : "lines", expected, xh_buf_str(&buf));
    xh_buf_finish(&buf);
}

static void golden_print(struct golden *g, size_t row, const char *before, const char *field,
                         struct xh_buf *buf)
{
    const struct xh_value *value = xh_doc_at(g->out, "lines", row, field);
    if (value->is_null) {
        return;
    }
    xh_buf_add_text(buf, before);
    xh_value_print(value, buf);
}

/* "100 x 2380 = 238000 [code] 100..200 2024-10-01..2024-10-11 shared" */
static void golden_print_line(struct golden *g, size_t row, struct xh_buf *buf)
{
    if (!xh_doc_at(g->out, "lines", row, "quantity")->is_null) {
        golden_print(g, row, "", "quantity", buf);
        golden_print(g, row, " x ", "price", buf);
        xh_buf_add_text(buf, " = ");
    } else if (!xh_doc_at(g->out, "lines", row, "base")->is_null) {
        golden_print(g, row, "", "price", buf);
        golden_print(g, row, " % of ", "base", buf);
        xh_buf_add_text(buf, " = ");
    }
    golden_print(g, row, "", "amount", buf);
    golden_print(g, row, " [", "row_code", buf);
    xh_buf_add_text(buf, "]");
    golden_print(g, row, " ", "limit_from", buf);
    if (!xh_doc_at(g->out, "lines", row, "limit_from")->is_null) {
        xh_buf_add_text(buf, "..");
    }
    golden_print(g, row, "", "limit_to", buf);
    if (xh_value_int(xh_doc_at(g->out, "lines", row, "day_from")) !=
            xh_doc_int(g->out, "period_from") ||
        xh_value_int(xh_doc_at(g->out, "lines", row, "day_to")) !=
            xh_doc_int(g->out, "period_to")) {
        golden_print(g, row, " ", "day_from", buf);
        golden_print(g, row, "..", "day_to", buf);
    }
    if (xh_value_int(xh_doc_at(g->out, "lines", row, "is_shared_by_days"))) {
        xh_buf_add_text(buf, " shared");
    }
}

static void golden_check_line(struct golden *g, struct xh_str key, struct xh_str number,
                              struct xh_str expected)
{
    struct xh_buf buf = {0};
    int64_t row = 0;
    char what[32];
    snprintf(what, sizeof what, "%.*s %.*s", XH_STR_ARG(key), XH_STR_ARG(number));
    if (xh_int_parse(number, &row) < 0 || row < 1) {
        fail_msg("%s: '%s' names no line", g->name, what);
    }
    if (g->code < 0 || (size_t)row > xh_doc_count(g->out, "lines")) {
        golden_fault(g, what, expected, xh_str_from(g->code < 0 ? g->err.text : "no such line"));
        return;
    }
    if (xh_str_is(key, "line")) {
        golden_print_line(g, (size_t)row - 1, &buf);
    } else if (xh_str_is(key, "document")) {
        golden_print(g, (size_t)row - 1, "", "document", &buf);
    } else {
        golden_print(g, (size_t)row - 1, "", xh_str_is(key, "vi") ? "sentence_vi" : "sentence_en",
                     &buf);
    }
    golden_expect(g, what, expected, xh_buf_str(&buf));
    xh_buf_finish(&buf);
}

static void golden_begin(struct golden *g, struct xh_str name)
{
    snprintf(g->name, sizeof g->name, "%.*s", XH_STR_ARG(name));
    g->in = xh_doc_create(g->arena, &xh_core_charge_in);
    g->out = xh_doc_create(g->arena, &xh_core_charge_out);
    g->has_run = false;
    xh_err_clear(&g->err);
    g->case_count++;
}

static void golden_take(struct golden *g, struct xh_str key, struct xh_str value)
{
    struct xh_str rest = key, word = {NULL, 0};
    if (xh_str_is(key, "case")) {
        golden_begin(g, value);
    } else if (xh_str_is(key, "source")) {
        return;
    } else if (xh_str_is(key, "tariff")) {
        golden_set(g, key, value);
    } else if (xh_str_is(key, "in")) {
        golden_pairs(g, value, golden_set);
    } else if (xh_str_is(key, "out")) {
        golden_run(g);
        golden_pairs(g, value, golden_check_field);
    } else if (xh_str_is(key, "error")) {
        golden_run(g);
        golden_expect(g, "error", value, xh_str_from(xh_err_name(g->code)));
    } else if (xh_str_is(key, "says")) {
        if (xh_str_find(xh_str_from(g->err.text), value) < 0) {
            golden_fault(g, "says", value, xh_str_from(g->err.text));
        }
    } else if (xh_str_split(&rest, ' ', &word) && rest.len > 0) {
        golden_run(g);
        golden_check_line(g, word, rest, value);
    } else {
        fail_msg("%s: '%.*s' is no key of a case", g->name, XH_STR_ARG(key));
    }
}

/* Runs all cases of a file; the test fails when one does. */
static void golden_cases(struct golden *g, const char *path, int cases_min)
{
    struct xh_str text = golden_file(g, path), line;
    while (xh_str_split(&text, '\n', &line)) {
        struct xh_str key, value = xh_str_trim(line);
        if (value.len == 0 || value.ptr[0] == '#') {
            continue;
        }
        if (!xh_str_split(&value, ':', &key)) {
            fail_msg("%s: '%.*s' is no `key: value`", path, XH_STR_ARG(line));
        }
        golden_take(g, key, xh_str_trim(value));
    }
    assert_int_equal(g->fault_count, 0);
    assert_true(g->case_count >= cases_min);
}

#endif
