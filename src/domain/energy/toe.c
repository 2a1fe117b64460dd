/* toe.c: tonnes of oil equivalent. */
#include "domain/energy/toe.h"

static const struct xh_dated *factor(const struct xh_dated_set *rows, struct xh_str fuel,
                                     const char *variant, int32_t day)
{
    return xh_dated_on(rows, "factor", XH_STR("toe"), fuel, xh_str_from(variant), day);
}

int xh_energy_toe(const struct xh_dated_set *rows, struct xh_str fuel, struct xh_dec quantity,
                  int32_t day, struct xh_energy_toe *ret, struct xh_err *err)
{
    const struct xh_dated *low = factor(rows, fuel, "", day), *high = low;
    struct xh_energy_toe toe;
    if (!low) {
        low = factor(rows, fuel, "low", day);
        high = factor(rows, fuel, "high", day);
    }
    if (!low || !high) {
        return xh_err_field(err, XH_E_NOT_FOUND, "fuel", fuel, "an item of the TOE factors", NULL,
                            "there is no TOE factor of '%.*s'",
                            XH_STR_ARG(xh_str_sub(fuel, 0, 80)));
    }
    if (xh_dec_mul(quantity, low->value, &toe.toe) < 0 ||
        xh_dec_mul(quantity, high->value, &toe.toe_high) < 0) {
        return xh_err_set(err, XH_E_INVALID, "the quantity has too many digits");
    }
    toe.toe = xh_dec_trim(toe.toe);
    toe.toe_high = xh_dec_trim(toe.toe_high);
    toe.row = low;
    *ret = toe;
    return 0;
}
