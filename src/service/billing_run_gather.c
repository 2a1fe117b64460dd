/* billing_run_gather.c: the accounts of a place become the lines of a run. */
#include <stdlib.h>

#include "service/billing_run_internal.h"
#include "service/records.h"

static const char *const role_names[XH__RUN_ROLE_COUNT] = {
    [XH__RUN_TENANT] = "tenant", [XH__RUN_COMMON] = "common", [XH__RUN_MAIN] = "main",
    [XH__RUN_SOLAR] = "solar",   [XH__RUN_EXPORT] = "export",
};

const char *xh__run_role_name(enum xh__run_role role)
{
    return role_names[role];
}

struct gather {
    struct xh__run *run;
    size_t capacity;
    size_t main_count;
};

static enum xh__run_role role_of(struct xh_str name)
{
    enum xh__run_role role = XH__RUN_TENANT;
    while (role + 1 < XH__RUN_ROLE_COUNT && !xh_str_is(name, role_names[role])) {
        role++;
    }
    return role;
}

/* Main, roof and export are first: what came in, before where it went. */
static int rank(enum xh__run_role role)
{
    static const int ranks[XH__RUN_ROLE_COUNT] = {
        [XH__RUN_MAIN] = 0,   [XH__RUN_SOLAR] = 1,  [XH__RUN_EXPORT] = 2,
        [XH__RUN_TENANT] = 3, [XH__RUN_COMMON] = 4,
    };
    return ranks[role];
}

static int by_role(const void *a, const void *b)
{
    const struct xh__run_line *x = a, *y = b;
    if (x->role != y->role) {
        return rank(x->role) - rank(y->role);
    }
    return x->account_id < y->account_id ? -1 : x->account_id > y->account_id;
}

/* The unit and the zone of the run are those of its main meter. */
static int take_main(struct gather *g, const struct xh_series *series, struct xh_err *err)
{
    struct xh__run *run = g->run;
    if (g->main_count++ == 0) {
        run->unit = series->shown_unit;
        run->zone = series->zone;
    }
    if (run->unit == series->shown_unit) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "unit", xh_str_from(series->shown_unit->symbol),
                        run->unit->symbol, NULL,
                        "main meter \"%.*s\" is in %s, another in %s: they cannot be added",
                        XH_STR_ARG(series->code), series->shown_unit->symbol, run->unit->symbol);
}

/* What a roof makes, and what goes back to the grid, are quantities of their own: of the same room
 * as the run's. */
static bool is_of_run(const struct xh__run *run, const struct xh_series *series,
                      enum xh__run_role role)
{
    ptrdiff_t dot = xh_str_find_char(run->quantity, '.');
    bool may_differ = role == XH__RUN_SOLAR || role == XH__RUN_EXPORT;
    return xh_str_equal(series->quantity_name, run->quantity) ||
           (may_differ && dot > 0 &&
            xh_str_starts(series->quantity_name, xh_str_sub(run->quantity, 0, (size_t)dot + 1)));
}

static int take(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct gather *g = arg;
    struct xh__run *run = g->run;
    struct xh_arena *arena = run->ctx->arena;
    const struct xh_doc *doc = record->doc;
    const struct xh_series *series;
    if (xh_doc_int(doc, "is_closed") != 0) {
        return XH_E_OK;
    }
    int code = xh_series_get_id(run->ctx, xh_doc_int(doc, "series"), &series, err);
    if (code < 0 || !is_of_run(run, series, role_of(xh_doc_text(doc, "role")))) {
        if (code >= 0) {
            xh_series_put(series);
        }
        return code;
    }
    struct xh_str tariff = xh_doc_text(doc, "tariff");
    struct xh__run_line line = {
        .account_id = record->id,
        .party_id = xh_doc_int(doc, "party"),
        .series_id = series->id,
        .name = xh_arena_str(arena, xh_doc_text(doc, "name")),
        .series_code = xh_arena_str(arena, series->code),
        .tariff = xh_arena_str(arena, tariff.len > 0 ? tariff : series->tariff),
        .role = role_of(xh_doc_text(doc, "role")),
        .area_m2 = xh_doc_dec(doc, "area_m2"),
        .fixed_share = xh_doc_dec(doc, "fixed_share"),
    };
    code = line.role == XH__RUN_MAIN ? take_main(g, series, err) : XH_E_OK;
    xh_series_put(series);
    if (code >= 0 && run->line_count == XH_BILLING_ACCOUNTS_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "a place has more than %d accounts",
                          XH_BILLING_ACCOUNTS_MAX);
    }
    run->lines = xh_arena_grow(arena, run->lines, &g->capacity, run->line_count + 1,
                               sizeof *run->lines);
    run->lines[run->line_count++] = line;
    return code;
}

static int check_main(const struct gather *g, struct xh_err *err)
{
    if (g->main_count > 0) {
        return XH_E_OK;
    }
    return xh_err_field(err, XH_E_INVALID, "place", XH_STR(""), "a place with a main meter", NULL,
                        "no account of the place is the main meter of %.*s: name one with the role"
                        " main",
                        XH_STR_ARG(g->run->quantity));
}

static int by_series(const void *a, const void *b)
{
    const struct xh__run_line *const *x = a, *const *y = b;
    return (*x)->series_id < (*y)->series_id ? -1 : (*x)->series_id > (*y)->series_id;
}

/* A meter of two accounts would be billed twice. */
static int check_once(const struct xh__run *run, struct xh_err *err)
{
    const struct xh__run_line **lines = XH_NEW_ARRAY(run->ctx->arena, const struct xh__run_line *,
                                                     run->line_count + 1);
    for (size_t i = 0; i < run->line_count; i++) {
        lines[i] = &run->lines[i];
    }
    qsort(lines, run->line_count, sizeof *lines, by_series);
    for (size_t i = 1; i < run->line_count; i++) {
        if (lines[i]->series_id == lines[i - 1]->series_id) {
            return xh_err_field(err, XH_E_CONFLICT, "series", lines[i]->series_code,
                                "a meter of one account", NULL,
                                "meter \"%.*s\" is of two accounts, \"%.*s\" and \"%.*s\":"
                                " close one",
                                XH_STR_ARG(lines[i]->series_code), XH_STR_ARG(lines[i - 1]->name),
                                XH_STR_ARG(lines[i]->name));
        }
    }
    return XH_E_OK;
}

int xh__run_gather(struct xh__run *run, struct xh_err *err)
{
    enum { PAGE_COUNT = 1000 };
    struct gather g = {.run = run};
    struct xh_filter at_place = {.field = "place", .op = XH_FILTER_EQ};
    struct xh_str after = {"", 0}, next = {"", 0};
    int code = XH_E_OK;
    at_place.value.type = XH_T_REF;
    xh_value_set_int(&at_place.value, run->place_id);
    run->lines = NULL;
    run->line_count = 0;
    do {
        struct xh_list list = {
            .filters = &at_place, .filter_count = 1, .limit = PAGE_COUNT, .after = after,
        };
        code = xh_record_list(run->ctx, "core.account", &list, take, &g, &next, err);
        after = next;
    } while (code >= 0 && after.len > 0);
    code = code < 0 ? code : check_main(&g, err);
    if (code >= 0) {
        qsort(run->lines, run->line_count, sizeof *run->lines, by_role);
        code = check_once(run, err);
    }
    return code < 0 ? code : XH_E_OK;
}
