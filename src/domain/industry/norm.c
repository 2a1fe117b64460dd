/* norm.c: consumption norms, and the energy in what a line uses. */
#include "domain/industry/norm.h"

#include "base/num.h"

static const double SAME = 1e-9; /* of the norm: what adding up readings may round */

/* ---- the norm ---- */

static bool has_limits(const struct xh_dated *row)
{
    return row->has_quantity_to || !xh_dec_is_zero(row->quantity_from);
}

static bool is_in_class(const struct xh_dated *row, const struct xh_industry_norm_ask *ask)
{
    return !has_limits(row) ||
           (ask->has_capacity && xh_str_ends(row->item, ask->capacity_unit) &&
            xh_dec_compare(ask->capacity, row->quantity_from) >= 0 &&
            (!row->has_quantity_to || xh_dec_compare(ask->capacity, row->quantity_to) < 0));
}

enum xh_industry_norm_fault xh_industry_norm_find(const struct xh_dated_set *rows,
                                                  const struct xh_industry_norm_ask *ask,
                                                  struct xh_industry_norm *ret)
{
    bool has_product = false;
    const struct xh_dated *found = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct xh_dated *row = &rows->rows[i];
        bool is_there = xh_str_is(row->table, "norm") && xh_str_equal(row->key, ask->product) &&
                        row->variant.len == 0 && row->valid_from <= ask->day;
        has_product = has_product || is_there;
        if (is_there && is_in_class(row, ask) &&
            (found == NULL || row->valid_from > found->valid_from)) {
            found = row;
        }
    }
    *ret = (struct xh_industry_norm){.row = found};
    if (found != NULL) {
        ret->is_expired = ask->day >= found->valid_to;
        return XH_INDUSTRY_NORM_FOUND;
    }
    return !has_product         ? XH_INDUSTRY_NORM_NO_PRODUCT
           : !ask->has_capacity ? XH_INDUSTRY_NORM_NO_CAPACITY
                                : XH_INDUSTRY_NORM_NO_CLASS;
}

int xh_industry_norm_units(struct xh_str text, const struct xh_unit **ret_energy,
                           const struct xh_unit **ret_product, struct xh_err *err)
{
    struct xh_str product = text, energy = {NULL, 0};
    (void)xh_str_split(&product, '/', &energy);
    const struct xh_unit *of_energy = xh_unit_find(energy), *of_product = xh_unit_find(product);
    if (of_energy == NULL || of_energy->dimension != XH_DIM_ENERGY || of_product == NULL) {
        return xh_err_field(err, XH_E_INVALID, "unit", text, "energy/product, such as MJ/hl", NULL,
                            "\"%.*s\" is not energy for a unit of product",
                            XH_STR_ARG(xh_str_sub(text, 0, 40)));
    }
    *ret_energy = of_energy;
    *ret_product = of_product;
    return XH_E_OK;
}

bool xh_industry_norm_passes(double sec, double norm)
{
    return sec <= norm * (1 + SAME);
}

/* ---- fuels ---- */

static const struct xh_dated *factor(const struct xh_dated_set *rows, struct xh_str fuel,
                                     const char *variant, int32_t day)
{
    return xh_dated_on(rows, "factor", XH_STR("toe"), fuel, xh_str_from(variant), day);
}

/* "toe/million m3": 1,000,000 and m3; "toe/1000 L": 1000 and L; "toe/t": 1 and t. */
static bool counted_in(struct xh_str text, double *ret_many, const struct xh_unit **ret_unit)
{
    struct xh_str rest = text, part;
    double many = 1;
    if (!xh_str_split(&rest, '/', &part) || !xh_str_is(part, "toe")) {
        return false;
    }
    ptrdiff_t blank = xh_str_find_char(rest, ' ');
    if (blank > 0) {
        struct xh_str word = xh_str_sub(rest, 0, (size_t)blank);
        rest = xh_str_sub(rest, (size_t)blank + 1, rest.len);
        if (xh_str_is(word, "million")) {
            many = 1e6;
        } else if (xh_num_parse(word, &many, NULL) < 0 || !(many > 0)) {
            return false;
        }
    }
    *ret_many = many;
    *ret_unit = xh_unit_find(rest);
    return *ret_unit != NULL;
}

int xh_industry_fuel(const struct xh_dated_set *rows, struct xh_str fuel, double quantity,
                     const struct xh_unit *unit, int32_t day, struct xh_industry_fuel *ret,
                     struct xh_err *err)
{
    struct xh_industry_fuel found = {.low = factor(rows, fuel, "", day)};
    const struct xh_unit *counted = NULL;
    double many = 1, converted = 0;
    found.high = found.low;
    if (found.low == NULL) {
        found.low = factor(rows, fuel, "low", day);
        found.high = factor(rows, fuel, "high", day);
    }
    if (found.low == NULL || found.high == NULL) {
        return xh_err_field(err, XH_E_NOT_FOUND, "fuel", fuel, "an item of the TOE factors", NULL,
                            "there is no TOE factor of \"%.*s\"",
                            XH_STR_ARG(xh_str_sub(fuel, 0, 80)));
    }
    if (!counted_in(found.low->unit, &many, &counted)) {
        return xh_err_field(err, XH_E_INVALID, "unit", found.low->unit, "toe/t, toe/1000 L", NULL,
                            "the factor of \"%.*s\" has an unknown unit",
                            XH_STR_ARG(xh_str_sub(fuel, 0, 80)));
    }
    int code = xh_unit_convert(quantity, unit, counted, &converted, err);
    if (code >= 0) {
        found.units = converted / many;
        *ret = found;
    }
    return code;
}

int xh_industry_energy(const struct xh_dated_set *rows, struct xh_str fuel, double quantity,
                       const struct xh_unit *unit, int32_t day, struct xh_industry_energy *ret,
                       struct xh_err *err)
{
    const struct xh_unit *mj = xh_unit_find(XH_STR("MJ"));
    struct xh_industry_energy energy = {.row = NULL};
    int code;
    if (unit->dimension == XH_DIM_ENERGY) {
        code = xh_unit_convert(1, unit, mj, &energy.factor, err);
        code = code < 0 ? code : xh_unit_convert(quantity, unit, mj, &energy.energy_mj, err);
    } else {
        struct xh_industry_fuel one;
        const struct xh_dated *content = xh_dated_on(rows, "factor", XH_STR("toe-content"),
                                                     XH_STR("toe"), XH_STR(""), day);
        code = xh_industry_fuel(rows, fuel, 1, unit, day, &one, err);
        if (code >= 0 && content == NULL) {
            code = xh_err_set(err, XH_E_NOT_FOUND, "the energy of a TOE is not among the rows");
        }
        if (code >= 0) {
            energy.row = one.high;
            energy.factor = one.units * xh_dec_to_double(one.high->value) *
                            xh_dec_to_double(content->value);
            energy.energy_mj = quantity * energy.factor;
        }
    }
    if (code >= 0) {
        *ret = energy;
    }
    return code < 0 ? code : XH_E_OK;
}
