/* known.c: what a data folder knows of a series already, and which tariffs the program carries. */
#include "app/known.h"

#include "domain/rooms.h"
#include "kernel/domain.h"

enum { TARIFFS_MAX = 256 };

static struct xh_str copy(struct xh_arena *arena, const struct xh_tree *tree, const char *name)
{
    return xh_arena_str(arena, xh_tree_text(tree, name));
}

static int get_quantity(struct xh_door *door, struct xh_arena *arena, int64_t property_id,
                        struct xh_str *ret, struct xh_err *err)
{
    struct xh_str target = xh_arena_format(arena, "/api/v1/core/properties/%lld",
                                           (long long)property_id);
    const struct xh_tree *property = NULL;
    int code = xh_door_get_tree(door, arena, target.ptr, &property, err);

    if (code == 0) {
        bool has_quantity = xh_tree_text(property, "quantity").len > 0;
        *ret = copy(arena, property, has_quantity ? "quantity" : "code");
    }
    return code;
}

int xh_known_series(struct xh_door *door, struct xh_arena *arena, struct xh_str code,
                    struct xh_known_series *ret, struct xh_err *err)
{
    const struct xh_ask_pair pairs[] = {{"code", code}, {"limit", XH_STR("1")}};
    const char *target = xh_door_target(arena, "/api/v1/core/series", pairs, XH_COUNT(pairs));
    const struct xh_tree *answer = NULL, *items;
    int status = xh_door_get_tree(door, arena, target, &answer, err);

    items = status < 0 ? NULL : xh_tree_get(answer, "items");
    const struct xh_tree *series = items ? items->first : NULL;
    if (!series) {
        return status;
    }
    struct xh_known_series known = {
        .unit = copy(arena, series, "unit"),
        .kind = copy(arena, series, "kind"),
        .stamp = copy(arena, series, "stamp"),
        .tariff = copy(arena, series, "tariff"),
        .period_s = xh_tree_int(series, "period_s"),
    };
    status = get_quantity(door, arena, xh_tree_int(series, "property"), &known.quantity, err);
    if (status < 0) {
        return status;
    }
    *ret = known;
    return 1;
}

int xh_known_newest(struct xh_door *door, struct xh_arena *arena, struct xh_str code,
                    int64_t *ret_us, struct xh_err *err)
{
    const struct xh_ask_pair pairs[] = {{"series", code}};
    const char *target = xh_door_target(arena, "/api/v1/readings/last", pairs, XH_COUNT(pairs));
    const struct xh_tree *answer = NULL, *items;
    struct xh_err own = {0};
    int status = xh_door_get_tree(door, arena, target, &answer, &own);

    if (status < 0 && status != XH_E_NOT_FOUND) {
        if (err) {
            *err = own;
        }
        return status;
    }
    items = status < 0 ? NULL : xh_tree_get(answer, "items");
    int64_t newest_us = INT64_MIN;
    if (items && items->first) {
        (void)xh_time_parse(xh_tree_text(items->first, "time"), &newest_us, NULL);
    }
    *ret_us = newest_us;
    return 0;
}

const struct xh_tariff *xh_known_tariff(struct xh_str code)
{
    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; k < xh_rooms[i]->tariff_count; k++) {
            if (xh_str_is(code, xh_rooms[i]->tariffs[k]->code)) {
                return xh_rooms[i]->tariffs[k];
            }
        }
    }
    return NULL;
}

const struct xh_tariff *xh_known_tariff_of(struct xh_str quantity, size_t n)
{
    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; k < xh_rooms[i]->tariff_count; k++) {
            const struct xh_tariff *tariff = xh_rooms[i]->tariffs[k];
            if (tariff->quantity && xh_str_is(quantity, tariff->quantity) && n-- == 0) {
                return tariff;
            }
        }
    }
    return NULL;
}

int xh_known_tariff_missing(struct xh_str code, struct xh_err *err)
{
    const char *names[TARIFFS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < xh_rooms_count; i++) {
        for (size_t k = 0; k < xh_rooms[i]->tariff_count && count < TARIFFS_MAX; k++) {
            names[count++] = xh_rooms[i]->tariffs[k]->code;
        }
    }
    const char *nearest = xh_args_nearest(code, names, count);
    return xh_err_field(err, XH_E_NOT_FOUND, "tariff", code, "a tariff's code", NULL,
                        "there is no tariff '%.*s'%s%s%s; `xanh bill` lists them",
                        XH_STR_ARG(xh_str_sub(code, 0, 60)), nearest ? "; did you mean '" : "",
                        nearest ? nearest : "", nearest ? "'?" : "");
}
