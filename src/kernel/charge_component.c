/* charge_component.c: the lines of one component of a tariff, by its kind. */
#include "kernel/charge_internal.h"

#include <stdlib.h>
#include <string.h>

enum { FIXED_SHARE_DECIMALS = 6 }; /* of a fixed amount shared over segments */

static struct xh_charge_line *add_line(struct xh_charge_run *run,
                                       const struct xh_charge_component *component, size_t segment,
                                       const struct xh_dated *row)
{
    run->lines = xh_arena_grow(run->arena, run->lines, &run->line_capacity, run->line_count + 1,
                               sizeof *run->lines);
    struct xh_charge_line *line = &run->lines[run->line_count++];
    memset(line, 0, sizeof *line);
    line->component = component;
    line->item = row->item;
    line->day_from = run->cuts[segment];
    line->day_to = run->cuts[segment + 1];
    line->is_part = run->segment_count > 1;
    line->row = row;
    line->price = row->value;
    line->price_unit = row->unit;
    return line;
}

/* quantity x price. */
static int fill_amount(struct xh_charge_run *run, struct xh_charge_line *line,
                       struct xh_dec quantity, bool is_shared)
{
    line->has_quantity = true;
    line->quantity = quantity;
    line->is_shared_by_days = is_shared;
    return xh__charge_mul(run, xh_dec_trim(quantity), xh_dec_trim(line->price), &line->amount);
}

/* What was used in a segment, in one band or (band empty) in all. */
static int sum_usage(struct xh_charge_run *run, size_t segment, struct xh_str band,
                     struct xh_dec *ret_sum, bool *ret_is_shared)
{
    int code = 0;
    *ret_sum = xh_dec_int(0);
    *ret_is_shared = false;
    for (size_t i = 0; i < run->in->usage_count && code == 0; i++) {
        struct xh_dec quantity = run->quantities[i * run->segment_count + segment];
        if (band.len > 0 && !xh_str_equal(run->in->usage[i].band, band)) {
            continue;
        }
        *ret_is_shared = *ret_is_shared || (run->is_shared[i] && !xh_dec_is_zero(quantity));
        code = xh__charge_add(run, *ret_sum, quantity, ret_sum);
    }
    return code;
}

/* ---- blocks ---- */

static int compare_blocks(const void *a, const void *b)
{
    const struct xh_dated *const *x = a, *const *y = b;
    return xh_dec_compare((*x)->quantity_from, (*y)->quantity_from);
}

static int load_blocks(struct xh_charge_run *run, const struct xh_charge_component *component,
                       int32_t day, const struct xh_dated **rows, size_t *ret_count)
{
    struct xh_dec next = xh_dec_int(0);
    int code = xh__charge_rows(run, component, day, rows, ret_count);
    if (code < 0) {
        return code;
    }
    qsort(rows, *ret_count, sizeof rows[0], compare_blocks);
    for (size_t i = 0; i < *ret_count; i++) {
        bool is_last = i + 1 == *ret_count;
        if (xh_dec_compare(rows[i]->quantity_from, next) != 0 ||
            (!is_last && !rows[i]->has_quantity_to)) {
            return xh_err_set(run->err, XH_E_INVALID,
                              "tariff '%s': the blocks of '%s' leave a gap or overlap at '%.*s'",
                              run->in->tariff->code, component->key, XH_STR_ARG(rows[i]->code));
        }
        next = rows[i]->quantity_to;
    }
    return 0;
}

/* The upper limit of a block that begins at `from`, after heads, months and days. Under a tariff
 * that bills whole units the block's width is shared by days and rounded (charge_segment.c); else
 * its limit in the price list is, so that what reaches a limit in the whole period reaches it in
 * each part. */
static int block_limit(struct xh_charge_run *run, const struct xh_charge_component *component,
                       size_t segment, const struct xh_dated *row, struct xh_dec from,
                       struct xh_dec *ret_limit)
{
    int decimals = run->in->tariff->share_decimals;
    struct xh_dec limit = row->quantity_to;
    int code = 0;
    if (decimals == 0) {
        code = xh__charge_sub(run, row->quantity_to, row->quantity_from, &limit);
    }
    if (code == 0 && component->is_per_head) {
        code = xh__charge_mul(run, limit, run->heads, &limit);
    }
    if (code == 0) {
        code = xh__charge_share_month(run, limit, segment, decimals, &limit);
    }
    if (code == 0 && decimals == 0) {
        code = xh__charge_add(run, from, limit, &limit);
    }
    *ret_limit = limit;
    return code;
}

static int no_block(struct xh_charge_run *run, const struct xh_charge_component *component,
                    struct xh_dec limit)
{
    char text[XH_DEC_TEXT_BYTES];
    xh_dec_print(xh_dec_trim(limit), text);
    return xh_err_set(run->err, XH_E_NOT_FOUND, "tariff '%s': no price row of '%s' above %s %s",
                      run->in->tariff->code, component->key, text, run->in->tariff->unit);
}

static int charge_blocks_in(struct xh_charge_run *run, const struct xh_charge_component *component,
                            size_t segment)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    struct xh_dec left, from = xh_dec_int(0);
    size_t count = 0;
    bool is_shared = false;
    int code = load_blocks(run, component, run->cuts[segment], rows, &count);
    if (code == 0) {
        code = sum_usage(run, segment, xh_str_from(NULL), &left, &is_shared);
    }
    for (size_t i = 0; code == 0 && i < count; i++) {
        struct xh_dec to = from, part = left;
        if (i > 0 && xh_dec_is_zero(left)) {
            return 0;
        }
        if (rows[i]->has_quantity_to) {
            struct xh_dec width;
            code = block_limit(run, component, segment, rows[i], from, &to);
            if (code == 0) {
                code = xh__charge_sub(run, to, from, &width);
            }
            if (code < 0) {
                return code;
            }
            part = xh_dec_min(left, width);
        }
        code = xh__charge_sub(run, left, part, &left);
        if (code < 0) {
            return code;
        }
        if (!xh_dec_is_zero(part) || xh_dec_is_zero(left)) {
            struct xh_charge_line *line = add_line(run, component, segment, rows[i]);
            line->has_limit = true;
            line->is_open_ended = !rows[i]->has_quantity_to;
            line->limit_from = from;
            line->limit_to = to;
            line->months = run->months;
            line->days = run->days;
            code = fill_amount(run, line, part, is_shared);
        }
        from = to;
    }
    return code == 0 && !xh_dec_is_zero(left) ? no_block(run, component, from) : code;
}

/* ---- bands ---- */

static const struct xh_dated *row_of_item(const struct xh_dated **rows, size_t count,
                                          struct xh_str item)
{
    for (size_t i = 0; i < count; i++) {
        if (xh_str_equal(rows[i]->item, item)) {
            return rows[i];
        }
    }
    return NULL;
}

static bool is_first_of_band(const struct xh_charge_in *in, size_t item)
{
    for (size_t i = 0; i < item; i++) {
        if (xh_str_equal(in->usage[i].band, in->usage[item].band)) {
            return false;
        }
    }
    return true;
}

static int charge_band(struct xh_charge_run *run, const struct xh_charge_component *component,
                       size_t segment, struct xh_str band, const struct xh_dated **rows,
                       size_t count)
{
    struct xh_dec quantity;
    bool is_shared = false;
    char day[XH_TIME_TEXT_BYTES];
    if (band.len == 0) {
        return xh_err_field(run->err, XH_E_INVALID, "band", band, "a band of the tariff", NULL,
                            "tariff '%s' needs the quantity by band of hours",
                            run->in->tariff->code);
    }
    int code = sum_usage(run, segment, band, &quantity, &is_shared);
    if (code < 0 || xh_dec_is_zero(quantity)) {
        return code;
    }
    const struct xh_dated *row = row_of_item(rows, count, band);
    if (!row) {
        xh_day_print(run->cuts[segment], day);
        return xh_err_set(run->err, XH_E_NOT_FOUND,
                          "tariff '%s': no price row of '%s', item %.*s is in force on %s",
                          run->in->tariff->code, component->key, XH_STR_ARG(band), day);
    }
    return fill_amount(run, add_line(run, component, segment, row), quantity, is_shared);
}

static int charge_bands_in(struct xh_charge_run *run, const struct xh_charge_component *component,
                           size_t segment)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    size_t count = 0;
    int code = xh__charge_rows(run, component, run->cuts[segment], rows, &count);
    for (size_t i = 0; code == 0 && i < run->in->usage_count; i++) {
        if (is_first_of_band(run->in, i)) {
            code = charge_band(run, component, segment, run->in->usage[i].band, rows, count);
        }
    }
    return code;
}

/* ---- flat and fixed ---- */

static int charge_flat_in(struct xh_charge_run *run, const struct xh_charge_component *component,
                          size_t segment)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    struct xh_dec quantity;
    size_t count = 0;
    bool is_shared = false;
    int code = xh__charge_rows(run, component, run->cuts[segment], rows, &count);
    if (code == 0) {
        code = sum_usage(run, segment, xh_str_from(NULL), &quantity, &is_shared);
    }
    if (code == 0) {
        code = fill_amount(run, add_line(run, component, segment, rows[0]), quantity, is_shared);
    }
    return code;
}

/* An amount for each month of the period, of which a segment bears its days. */
static int fill_fixed(struct xh_charge_run *run, struct xh_charge_line *line, size_t segment)
{
    line->is_shared_by_days = run->segment_count > 1;
    line->months = run->months;
    line->days = run->days;
    return xh__charge_share_month(run, line->price, segment, FIXED_SHARE_DECIMALS, &line->amount);
}

static int charge_fixed_in(struct xh_charge_run *run, const struct xh_charge_component *component,
                           size_t segment)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    size_t count = 0;
    int code = xh__charge_rows(run, component, run->cuts[segment], rows, &count);
    if (code == 0) {
        code = fill_fixed(run, add_line(run, component, segment, rows[0]), segment);
    }
    return code;
}

static int charge_fixed_by_block_in(struct xh_charge_run *run,
                                    const struct xh_charge_component *component, size_t segment)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    struct xh_dec total = xh_dec_int(0), limit = total;
    size_t count = 0, i = 0;
    int code = load_blocks(run, component, run->cuts[segment], rows, &count);
    for (size_t u = 0; code == 0 && u < run->in->usage_count; u++) {
        code = xh__charge_add(run, total, run->in->usage[u].quantity, &total);
    }
    for (i = 0; code == 0 && i < count && rows[i]->has_quantity_to; i++) {
        limit = rows[i]->quantity_to;
        if (component->is_per_head) {
            code = xh__charge_mul(run, limit, run->heads, &limit);
        }
        if (code == 0) {
            code = xh__charge_times_months(run, limit, FIXED_SHARE_DECIMALS, &limit);
        }
        if (code == 0 && xh_dec_compare(total, limit) <= 0) {
            break;
        }
    }
    if (code < 0) {
        return code;
    }
    if (i == count) {
        return no_block(run, component, limit);
    }
    return fill_fixed(run, add_line(run, component, segment, rows[i]), segment);
}

/* ---- percent ---- */

static bool is_base(const struct xh_charge_component *component, const struct xh_charge_line *line)
{
    size_t of_max = sizeof component->of / sizeof component->of[0];
    for (size_t i = 0; i < of_max && component->of[i]; i++) {
        if (strcmp(component->of[i], line->component->name) == 0) {
            return true;
        }
    }
    return false;
}

/* day: that whose row counts; from and to: the lines that count. */
static int charge_percent(struct xh_charge_run *run, const struct xh_charge_component *component,
                          size_t segment, int32_t day, int32_t from, int32_t to)
{
    const struct xh_dated *rows[XH_CHARGE_ROWS_MAX];
    struct xh_dec base = xh_dec_int(0), hundredth = {1, 2}, amount;
    size_t count = 0;
    int code = xh__charge_rows(run, component, day, rows, &count);
    for (size_t i = 0; code == 0 && i < run->line_count; i++) {
        const struct xh_charge_line *line = &run->lines[i];
        if (is_base(component, line) && line->day_from >= from && line->day_to <= to) {
            code = xh__charge_add(run, base, line->amount, &base);
        }
    }
    if (code == 0) {
        code = xh__charge_mul(run, xh_dec_trim(base), xh_dec_trim(rows[0]->value), &amount);
    }
    if (code == 0) {
        code = xh__charge_mul(run, xh_dec_trim(amount), hundredth, &amount);
    }
    if (code < 0) {
        return code;
    }
    struct xh_charge_line *line = add_line(run, component, segment, rows[0]);
    line->day_from = from;
    line->day_to = to;
    line->is_part = line->is_part && to - from < xh__charge_period_days(run);
    line->base = base;
    line->amount = amount;
    return 0;
}

/* ---- all kinds ---- */

static int charge_in_segment(struct xh_charge_run *run, const struct xh_charge_component *component,
                             size_t segment)
{
    int32_t from = run->cuts[segment], to = run->cuts[segment + 1];
    switch (component->kind) {
    case XH_CHARGE_BLOCKS:
        return charge_blocks_in(run, component, segment);
    case XH_CHARGE_BANDS:
        return charge_bands_in(run, component, segment);
    case XH_CHARGE_FLAT:
        return charge_flat_in(run, component, segment);
    case XH_CHARGE_FIXED:
        return charge_fixed_in(run, component, segment);
    case XH_CHARGE_FIXED_BY_BLOCK:
        return charge_fixed_by_block_in(run, component, segment);
    case XH_CHARGE_PERCENT:
        return charge_percent(run, component, segment, from, from, to);
    }
    return xh_err_set(run->err, XH_E_INTERNAL, "component '%s' has no kind", component->name);
}

/* The component's sum is rounded; the last line bears the difference. */
static int round_component(struct xh_charge_run *run, const struct xh_charge_component *component,
                           size_t first_line)
{
    struct xh_dec sum = xh_dec_int(0), rounded, difference;
    int code = 0;
    for (size_t i = first_line; i < run->line_count && code == 0; i++) {
        code = xh__charge_add(run, sum, run->lines[i].amount, &sum);
    }
    if (code == 0) {
        code = xh_dec_round(sum, component->round_scale, component->rounding, &rounded);
    }
    if (code == 0) {
        code = xh__charge_sub(run, rounded, sum, &difference);
    }
    if (code == 0 && run->line_count > first_line) {
        struct xh_charge_line *last = &run->lines[run->line_count - 1];
        code = xh__charge_add(run, last->amount, difference, &last->amount);
        last->amount = xh_dec_trim(last->amount);
    }
    return code;
}

int xh__charge_component(struct xh_charge_run *run, const struct xh_charge_component *component)
{
    size_t first_line = run->line_count;
    int code = 0;
    if (component->is_tax && component->kind == XH_CHARGE_PERCENT) {
        code = charge_percent(run, component, 0, run->in->day_to - 1, run->in->day_from,
                              run->in->day_to);
    } else {
        for (size_t s = 0; s < run->segment_count && code == 0; s++) {
            code = charge_in_segment(run, component, s);
        }
    }
    if (code == 0 && component->is_rounded) {
        code = round_component(run, component, first_line);
    }
    return code;
}
