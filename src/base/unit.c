/* unit.c: looking up and converting units. The table itself is in unit_table.c.
 *
 * Factors and offsets are fractions, so every conversion is (value x factor + addend) / divisor
 * with three whole numbers: exact for decimals, rounded once in each step for doubles.
 */
#include "base/unit.h"

#include <math.h>

/* Other ways to write a symbol: signs of Unicode, and letters in another case where usual. */
static const struct {
    const char *written, *symbol;
} aliases[] = {
    {"m³", "m3"},           {"m²", "m2"},           {"km²", "km2"},         {"m³/s", "m3/s"},
    {"m³/h", "m3/h"},       {"m³/d", "m3/d"},       {"m3/day", "m3/d"},     {"kg/m³", "kg/m3"},
    {"g/m³", "g/m3"},       {"mg/m³", "mg/m3"},     {"µg/m³", "ug/m3"},     {"μg/m³", "ug/m3"},
    {"µg", "ug"},           {"μg", "ug"},           {"W/m²", "W/m2"},       {"kW/m²", "kW/m2"},
    {"°C", "degC"},         {"℃", "degC"},          {"°F", "degF"},         {"‰", "permille"},
    {"l", "L"},             {"ml", "mL"},           {"l/s", "L/s"},         {"l/min", "L/min"},
    {"l/h", "L/h"},         {"mg/l", "mg/L"},       {"g/l", "g/L"},         {"dBA", "dB(A)"},
    {"kgCO2eq", "kgCO2e"},  {"tCO2eq", "tCO2e"},    {"kg CO2", "kgCO2"},    {"t CO2", "tCO2"},
    {"kg CO2e", "kgCO2e"},  {"t CO2e", "tCO2e"},    {"kgCO₂", "kgCO2"},     {"tCO₂", "tCO2"},
    {"kgCO₂e", "kgCO2e"},   {"tCO₂e", "tCO2e"},     {"kVArh", "kvarh"},     {"kVARh", "kvarh"},
    {"Wmin", "W.min"},      {"W·min", "W.min"},     {"dBa", "dB(A)"},       {"VAr", "var"},
    {"đ", "VND"},           {"₫", "VND"},           {"₩", "KRW"},           {"tonne", "t"},
};

static const struct xh_unit *find(struct xh_str symbol)
{
    size_t count = 0;
    const struct xh_unit *table = xh_unit_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (xh_str_is(symbol, table[i].symbol)) {
            return &table[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (table[i].ucum != NULL && xh_str_is(symbol, table[i].ucum)) {
            return &table[i];
        }
    }
    return NULL;
}

const struct xh_unit *xh_unit_find(struct xh_str symbol_or_ucum)
{
    const struct xh_unit *unit = find(symbol_or_ucum);
    for (size_t i = 0; unit == NULL && i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (xh_str_is(symbol_or_ucum, aliases[i].written)) {
            unit = find(xh_str_from(aliases[i].symbol));
        }
    }
    return unit;
}

static int refuse(struct xh_err *err, const struct xh_unit *from, const struct xh_unit *to)
{
    return xh_err_set(err, XH_E_INVALID, "%s (%s) cannot be converted to %s (%s)", from->symbol,
                      xh_dimension_name(from->dimension), to->symbol,
                      xh_dimension_name(to->dimension));
}

/* result = (value x factor + addend) / divisor, in lowest terms, divisor > 0. */
struct line {
    __int128 factor, addend, divisor;
};

static __int128 common_divisor(__int128 a, __int128 b)
{
    a = a < 0 ? -a : a;
    b = b < 0 ? -b : b;
    while (b != 0) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static struct line reduced(struct line l)
{
    __int128 by = common_divisor(common_divisor(l.factor, l.divisor), l.addend);

    return (struct line){l.factor / by, l.addend / by, l.divisor / by};
}

/* base = (value + offset_from) x factor_from and value_to = base / factor_to - offset_to. Only
 * temperatures have offsets, and their numbers are small. */
static struct line line_of(const struct xh_unit *from, const struct xh_unit *to)
{
    struct line l = reduced(
        (struct line){(__int128)from->num * to->den, 0, (__int128)from->den * to->num});
    if (from->offset_num == 0 && to->offset_num == 0) {
        return l;
    }
    __int128 offset_from = from->offset_num * to->offset_den;
    __int128 offset_to = to->offset_num * from->offset_den;
    __int128 offset_den = (__int128)from->offset_den * to->offset_den;
    return reduced((struct line){l.factor * offset_den,
                                 offset_from * l.factor - offset_to * l.divisor,
                                 l.divisor * offset_den});
}

int xh_unit_convert(double value, const struct xh_unit *from, const struct xh_unit *to,
                    double *ret_value, struct xh_err *err)
{
    if (from->dimension != to->dimension) {
        return refuse(err, from, to);
    }
    struct line l = line_of(from, to);
    double result = (value * (double)l.factor + (double)l.addend) / (double)l.divisor;
    if (!isfinite(result)) {
        return xh_err_set(err, XH_E_INVALID, "the value in %s is too large for %s", from->symbol,
                          to->symbol);
    }
    *ret_value = result;
    return 0;
}

/* a / divisor when that has a finite decimal: when only factors 2 and 5 are left to divide by. */
static int divide_exactly(struct xh_dec a, __int128 divisor, struct xh_dec *ret)
{
    __int128 by = common_divisor(a.mantissa, divisor);
    __int128 left = divisor / by;
    __int128 multiplier = 1;
    int twos = 0;
    int fives = 0;

    for (; left % 2 == 0; left /= 2) {
        twos++;
    }
    for (; left % 5 == 0; left /= 5) {
        fives++;
    }
    int scale = twos > fives ? twos : fives;
    if (left != 1 || scale > XH_DEC_SCALE_MAX) {
        return XH_E_INVALID;
    }
    for (int i = twos; i < scale; i++) {
        multiplier *= 2;
    }
    for (int i = fives; i < scale; i++) {
        multiplier *= 5;
    }
    return xh_dec_mul((struct xh_dec){a.mantissa / by, a.scale}, (struct xh_dec){multiplier, scale},
                      ret);
}

int xh_unit_convert_dec(struct xh_dec value, const struct xh_unit *from, const struct xh_unit *to,
                        struct xh_dec *ret_value, struct xh_err *err)
{
    char text[XH_DEC_TEXT_BYTES];
    struct xh_dec sum;
    if (from->dimension != to->dimension) {
        return refuse(err, from, to);
    }
    struct line l = line_of(from, to);
    if (xh_dec_mul(value, (struct xh_dec){l.factor, 0}, &sum) < 0 ||
        xh_dec_add(sum, (struct xh_dec){l.addend, 0}, &sum) < 0 ||
        divide_exactly(sum, l.divisor, ret_value) < 0) {
        xh_dec_print(value, text);
        return xh_err_set(err, XH_E_INVALID,
                          "%s %s has no exact decimal of 38 digits and 18 decimals in %s", text,
                          from->symbol, to->symbol);
    }
    return 0;
}
