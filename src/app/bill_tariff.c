/* bill_tariff.c: a bill without a meter and without a data folder.
 *
 * The action core.charge asks its host for two things only, a tariff and the dated rows: here both
 * come from the program itself. Every other call of the host is left out on purpose: using one
 * would be a fault of the action. */
#include <string.h>

#include "app/assets.h"
#include "app/bill.h"
#include "app/known.h"
#include "domain/rooms.h"
#include "kernel/core_charge.h"
#include "kernel/dated_csv.h"
#include "kernel/host.h"

struct rows {
    struct xh_dated *rows;
    size_t count, capacity;
};

static const struct xh_tariff *find_tariff(struct xh_ctx *ctx, struct xh_str code)
{
    (void)ctx;
    return xh_known_tariff(code);
}

static int get_dated(struct xh_ctx *ctx, struct xh_dated_set *ret, struct xh_err *err)
{
    const struct rows *rows = ctx->host->self;
    (void)err;
    *ret = (struct xh_dated_set){rows->rows, rows->count};
    return 0;
}

static const struct xh_embed *find_file(const char *name)
{
    for (size_t i = 0; i < xh_assets_data_count; i++) {
        if (strcmp(xh_assets_data[i].name, name) == 0) {
            return &xh_assets_data[i];
        }
    }
    return NULL;
}

static int add_file(struct rows *all, const char *name, struct xh_arena *arena, struct xh_err *err)
{
    const struct xh_embed *file = find_file(name);
    struct xh_dated *rows = NULL;
    size_t count = 0;

    if (!file) {
        return xh_err_set(err, XH_E_INTERNAL, "the program does not carry '%s'", name);
    }
    struct xh_str csv = {(const char *)file->bytes, file->size_bytes};
    int code = xh_dated_csv_read(csv, arena, &rows, &count, err);
    if (code < 0) {
        return code;
    }
    all->rows = xh_arena_grow(arena, all->rows, &all->capacity, all->count + count,
                              sizeof *all->rows);
    memcpy(all->rows + all->count, rows, count * sizeof *rows);
    all->count += count;
    return 0;
}

/* Each file once, though several rooms may name it (percentages). */
static int add_seeds(struct rows *all, struct xh_arena *arena, struct xh_err *err)
{
    const char *seen[64];
    size_t seen_count = 0;
    int code = 0;

    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; xh_rooms[i]->seeds && xh_rooms[i]->seeds[k] && code == 0; k++) {
            bool is_new = true;
            for (size_t s = 0; s < seen_count; s++) {
                is_new &= strcmp(seen[s], xh_rooms[i]->seeds[k]) != 0;
            }
            if (!is_new) {
                continue;
            }
            xh_assert(seen_count < sizeof seen / sizeof seen[0]);
            seen[seen_count++] = xh_rooms[i]->seeds[k];
            code = add_file(all, xh_rooms[i]->seeds[k], arena, err);
        }
    }
    xh_dated_sort(all->rows, all->count);
    return code;
}

/* An option of the line and the field of core.charge that it fills. */
static const struct {
    const char *option, *field, *unit; /* unit: the tariff must count in it; NULL: any */
} fields[] = {
    {"kwh", "quantity", "kWh"}, {"m3", "quantity", "m3"},   {"quantity", "quantity", NULL},
    {"peak", "peak", NULL},     {"normal", "normal", NULL}, {"off-peak", "off_peak", NULL},
    {"load", "load_kw", NULL},
};

static int fill_quantities(const struct xh_args *args, const struct xh_tariff *tariff,
                           struct xh_doc *doc, struct xh_err *err)
{
    for (size_t i = 0; i < XH_COUNT(fields); i++) {
        if (!xh_args_has(args, fields[i].option)) {
            continue;
        }
        if (fields[i].unit && strcmp(fields[i].unit, tariff->unit) != 0) {
            return xh_err_field(err, XH_E_INVALID, fields[i].option,
                                xh_args_text(args, fields[i].option), tariff->unit, fields[i].unit,
                                "the tariff '%s' counts in %s, not in %s", tariff->code,
                                tariff->unit, fields[i].unit);
        }
        if (!xh_doc_is_null(doc, fields[i].field)) {
            return xh_err_field(err, XH_E_INVALID, fields[i].option,
                                xh_args_text(args, fields[i].option), "one quantity", NULL,
                                "the quantity is given twice");
        }
        xh_doc_set_dec(doc, fields[i].field, xh_args_dec(args, fields[i].option));
    }
    return 0;
}

/* What contradicts itself is for the action to refuse. */
static void fill_period(const struct xh_app *app, const struct xh_args *args, struct xh_doc *doc)
{
    bool has_from = xh_args_has(args, "from"), has_to = xh_args_has(args, "to");

    if (has_from) {
        xh_doc_set_int(doc, "from", xh_args_day(args, "from"));
    }
    if (has_to) {
        xh_doc_set_int(doc, "to", xh_args_day(args, "to"));
    }
    if (xh_args_has(args, "month")) {
        xh_doc_set_int(doc, "on", xh_args_day(args, "month"));
    } else if (xh_args_has(args, "on")) {
        xh_doc_set_int(doc, "on", xh_args_day(args, "on"));
    } else if (!has_from && !has_to) {
        int64_t today_us = xh_env_now_us(app->env) + 7 * XH_US_PER_HOUR;
        xh_doc_set_int(doc, "on", today_us / XH_US_PER_DAY);
    }
}

static int fill(const struct xh_app *app, const struct xh_args *args, struct xh_doc *doc,
                struct xh_err *err)
{
    struct xh_str code = xh_args_text(args, "tariff"), from, to;
    const struct xh_tariff *tariff = find_tariff(NULL, code);

    if (!tariff) {
        return xh_known_tariff_missing(code, err);
    }
    xh_doc_set_text(doc, "tariff", code);
    fill_period(app, args, doc);
    if (xh_args_has(args, "heads")) {
        xh_doc_set_int(doc, "heads", xh_args_int(args, "heads"));
    }
    if (xh_args_has(args, "days")) {
        xh_doc_set_int(doc, "days", xh_args_int(args, "days"));
    }
    if (xh_args_has(args, "hours")) {
        xh_doc_set_text(doc, "hours", xh_args_text(args, "hours"));
    }
    if (xh_args_has(args, "shift")) {
        xh_args_shift(args, "shift", &from, &to);
        xh_doc_set_text(doc, "shift_from", from);
        xh_doc_set_text(doc, "shift_to", to);
    }
    return fill_quantities(args, tariff, doc, err);
}

int xh_bill_of_tariff(struct xh_app *app, const struct xh_args *args, struct xh_err *err)
{
    struct rows rows = {NULL, 0, 0};
    const struct xh_host host = {.self = &rows, .dated = get_dated, .tariff = find_tariff};
    struct xh_ctx ctx = {.host = &host,
                         .who = &xh_who_public,
                         .arena = app->arena,
                         .now_us = xh_env_now_us(app->env)};
    struct xh_doc *doc = xh_doc_create(app->arena, &xh_core_charge_in);
    const struct xh_in in = {.doc = doc};
    struct xh_out out = {xh_doc_create(app->arena, &xh_core_charge_out)};
    const struct xh_tree *tree = NULL;
    struct xh_buf json = {0};
    struct xh_json_writer w;

    int code = fill(app, args, doc, err);
    if (code == 0) {
        code = xh_doc_check(doc, err);
    }
    if (code == 0) {
        code = add_seeds(&rows, app->arena, err);
    }
    if (code == 0) {
        code = xh_core_charge(&ctx, &in, &out, err);
    }
    if (code < 0) {
        return code;
    }
    xh_json_writer_init(&w, &json, app->is_json);
    xh_json_object(&w);
    xh_doc_write_json(out.doc, &w, false);
    xh_json_object_end(&w);
    if (app->is_json) {
        xh_term_print(&app->out, "%.*s\n", XH_STR_ARG(xh_buf_str(&json)));
    } else if ((code = xh_tree_parse(app->arena, xh_buf_str(&json), &tree, err)) == 0) {
        xh_bill_print(app, tree);
    }
    xh_buf_finish(&json);
    return code;
}
