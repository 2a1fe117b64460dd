/* demo_park.c: the accounts of the park's meters and its billing runs: two months that are issued,
 * and the last whole one as a preview, to be issued by whoever looks. */
#include "app/demo.h"
#include "app/demo_table.h"
#include "service/billing_run.h"
#include "service/records.h"
#include "service/registry.h"

enum { MONTHS = 3, METERS_MAX = 100 };

/* The meters of the group's table that are the park's, and what they are there. */
static const struct {
    const char *suffix, *role;
} roles[] = {
    {"/main", "main"}, {"/lighting", "common"}, {"/pumps", "common"},
};

struct meter {
    struct xh_str code, name;
    int64_t id, party;
    const char *role;
};

struct park {
    struct xh_ctx *ctx;
    struct xh_str place;       /* its code */
    int64_t place_id;
    struct meter meters[METERS_MAX];
    size_t count;
};

static const char *role_of(const struct park *park, struct xh_str code)
{
    for (size_t i = 0; i < XH_COUNT(roles); i++) {
        struct xh_str suffix = xh_str_from(roles[i].suffix);
        if (code.len == park->place.len + suffix.len && xh_str_starts(code, park->place) &&
            xh_str_ends(code, suffix)) {
            return roles[i].role;
        }
    }
    return xh_str_starts(code, XH_STR("firm-")) && xh_str_ends(code, XH_STR("/electricity"))
               ? "tenant"
               : NULL;
}

static int take_meter(void *arg, struct xh_record *series, struct xh_err *err)
{
    struct park *park = arg;
    struct xh_str code = xh_doc_text(series->doc, "code");
    const char *role = role_of(park, code);
    (void)err;

    if (role != NULL && park->count < METERS_MAX) {
        park->meters[park->count++] = (struct meter){
            .code = xh_arena_str(park->ctx->arena, code),
            .name = xh_arena_str(park->ctx->arena, xh_doc_text(series->doc, "name")),
            .id = series->id,
            .party = xh_doc_int(series->doc, "owner"),
            .role = role,
        };
    }
    return 0;
}

static int tell(int code, const struct xh_err *own, struct xh_err *err)
{
    if (code < 0 && err != NULL) {
        *err = *own;
    }
    return code < 0 ? code : 0;
}

/* "Điện, Công ty mẫu": the account is the firm's, not the meter's. */
static struct xh_str account_name(const struct meter *meter)
{
    ptrdiff_t comma = xh_str_find(meter->name, XH_STR(", "));
    bool is_tenant = xh_str_is(xh_str_from(meter->role), "tenant");
    return is_tenant && comma >= 0 ? xh_str_sub(meter->name, (size_t)comma + 2, meter->name.len)
                                   : meter->name;
}

static int make_account(struct park *park, size_t at, struct xh_err *err)
{
    const struct meter *meter = &park->meters[at];
    struct xh_record account;
    struct xh_err own = {0};
    bool is_tenant = xh_str_is(xh_str_from(meter->role), "tenant");
    int code = xh_record_find(park->ctx, "core.account", "code", meter->code, &account, &own);

    if (code != XH_E_NOT_FOUND) {
        return tell(code, &own, err);
    }
    code = xh_record_new(park->ctx, "core.account", &account, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_text(account.doc, "code", meter->code);
    xh_doc_set_text(account.doc, "name", account_name(meter));
    xh_doc_set_string(account.doc, "role", meter->role);
    xh_doc_set_int(account.doc, "place", park->place_id);
    xh_doc_set_int(account.doc, "series", meter->id);
    if (is_tenant) {
        xh_doc_set_int(account.doc, "party", meter->party);
        xh_doc_set_dec(account.doc, "area_m2", xh_dec_int(1200 + 350 * (int64_t)(at * 7 % 13)));
    }
    return xh_record_put(park->ctx, &account, err);
}

/* ---- runs ---- */

static int make_run(struct xh_demo *demo, struct park *park, int back, struct xh_err *err)
{
    struct xh_billing_run_ask ask = {
        .place_id = park->place_id,
        .day_from = xh_demo_month(demo->state.day_to, back),
        .day_to = xh_demo_month(demo->state.day_to, back - 1),
        .allocate = XH_STR("use"),
    };
    struct xh_record run;
    struct xh_err own = {0};

    if (ask.day_from < demo->state.day_from) {
        return 0;
    }
    int code = xh_billing_run_preview(park->ctx, &ask, &run, &own);
    if (code == XH_E_CONFLICT) { /* issued before the program was stopped */
        return 0;
    }
    if (code >= 0 && back > 1) {
        code = xh_billing_run_issue(park->ctx, run.id, XH_STR("kỳ hằng tháng (mô phỏng)"), &run,
                                    &own);
    }
    return tell(code, &own, err);
}

int xh_demo_park(struct xh_demo *demo, struct xh_ctx *ctx, const char *place, struct xh_err *err)
{
    struct park *park = XH_NEW(ctx->arena, struct park);
    struct xh_list list = {.limit = 1000};
    struct xh_str next = {NULL, 0};
    struct xh_record record;

    park->ctx = ctx;
    park->place = xh_str_from(place);
    int code = xh_record_find(ctx, "core.place", "code", park->place, &record, err);
    if (code < 0) {
        return code;
    }
    park->place_id = record.id;
    code = xh_record_list(ctx, "core.series", &list, take_meter, park, &next, err);
    for (size_t i = 0; code >= 0 && i < park->count; i++) {
        code = make_account(park, i, err);
    }
    for (int back = MONTHS; code >= 0 && back >= 1; back--) {
        code = xh_stop_is_asked() ? xh_demo_stopped(err) : make_run(demo, park, back, err);
    }
    return code < 0 ? code : 0;
}
