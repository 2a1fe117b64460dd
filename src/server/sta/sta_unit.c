/* sta_unit.c: units of measurement as strangers say them: free words, kept as said, beside which
 * stands the unit of base/unit.h that they name, where there is one. */
#include "server/sta/sta_write_internal.h"

/* What stands behind the last '#' or ':' of a definition. */
static struct xh_str ucum_code(struct xh_str definition)
{
    size_t from = definition.len;
    while (from > 0 && definition.ptr[from - 1] != '#' && definition.ptr[from - 1] != ':') {
        from--;
    }
    return xh_str_sub(definition, from, definition.len);
}

const struct xh_unit *xh__sta_unit_find(struct xh_str symbol, struct xh_str definition)
{
    const struct xh_unit *unit = symbol.len > 0 ? xh_unit_find(symbol) : NULL;
    struct xh_str code = ucum_code(definition);
    return unit == NULL && code.len > 0 ? xh_unit_find(code) : unit;
}

int xh__sta_unit_parse(struct xh_arena *arena, const char *property, struct xh_str json,
                       struct xh__sta_unit *ret, struct xh_err *err)
{
    static const char *const names[] = {"name", "symbol", "definition"};
    struct xh_str raw[XH_COUNT(names)] = {{NULL, 0}};
    struct xh_str texts[XH_COUNT(names)] = {{NULL, 0}};
    int code = xh__sta_json_members(arena, property, json, names, XH_COUNT(names), raw, err);
    for (size_t i = 0; code >= 0 && i < XH_COUNT(names); i++) {
        if (raw[i].ptr != NULL && !xh__sta_is_null(raw[i])) {
            code = xh__sta_json_text(arena, names[i], raw[i], &texts[i], err);
            if (code < 0) {
                xh_err_prefix(err, "%s.", property);
            }
        }
    }
    if (code >= 0) {
        *ret = (struct xh__sta_unit){texts[0], texts[1], texts[2]};
    }
    return code;
}
