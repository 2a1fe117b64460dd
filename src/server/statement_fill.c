/* statement_fill.c: what stands on a bill's page besides the bill itself. The bill is read as who
 * asks for it; whoever may see it may see what its page says: who issued it, the customer's name
 * and place, the meter and its first and last reading. */
#include "server/statement_internal.h"
#include "service/records.h"

struct fill {
    struct xh__request *req;
    struct xh_ctx own;          /* as the program itself */
    struct xh__statement *s;
};

static int get(struct fill *f, const char *type, int64_t id, struct xh_record *ret,
               struct xh_err *err)
{
    struct xh_err own = {0};
    int code = id != 0 ? xh_record_get(&f->own, type, id, ret, &own) : XH_E_NOT_FOUND;
    if (code < 0 && code != XH_E_NOT_FOUND && err != NULL) {
        *err = own;
    }
    return code;
}

/* What is gone leaves its line empty. */
static int or_nothing(int code)
{
    return code == XH_E_NOT_FOUND ? XH_E_OK : code;
}

/* ---- places ---- */

static bool is_unit(struct xh_str kind)
{
    return xh_str_is(kind, "ward") || xh_str_is(kind, "commune") ||
           xh_str_is(kind, "special_zone") || xh_str_is(kind, "province");
}

static struct xh_str name_of(const struct fill *f, const struct xh_doc *place)
{
    struct xh_str english = xh_doc_text(place, "name_en");
    return f->s->lang == XH_LANG_EN && english.len > 0 ? english : xh_doc_text(place, "name");
}

/* "Nhà 7, Khu mẫu, phường Ba Đình, Hà Nội": the place and those above, up to the province. */
static int add_above(struct fill *f, int64_t place_id, struct xh_buf *out, struct xh_err *err)
{
    enum { LEVELS_MAX = 8 };
    struct xh_record place;
    int code = XH_E_OK;
    for (int level = 0; code >= 0 && place_id != 0 && level < LEVELS_MAX; level++) {
        code = get(f, "core.place", place_id, &place, err);
        if (code < 0 || xh_str_is(xh_doc_text(place.doc, "kind"), "country")) {
            break;
        }
        xh_buf_add_text(out, out->len > 0 ? ", " : "");
        xh_buf_add_str(out, name_of(f, place.doc));
        place_id = xh_doc_int(place.doc, "parent");
    }
    return or_nothing(code);
}

static int address_of(struct fill *f, int64_t place_id, struct xh_str *ret, struct xh_err *err)
{
    struct xh_buf text = {0};
    int code = add_above(f, place_id, &text, err);
    *ret = xh_arena_str(f->s->arena, xh_buf_str(&text));
    xh_buf_finish(&text);
    return code;
}

/* ---- who issued it ---- */

/* The nearest place above the meter that is no home, building or room: a park, a housing area, a
 * ward; the owner of it, where it has one. */
static int issuer_place(struct fill *f, int64_t place_id, struct xh_record *ret, struct xh_err *err)
{
    enum { LEVELS_MAX = 8 };
    int code = XH_E_NOT_FOUND;
    for (int level = 0; place_id != 0 && level < LEVELS_MAX; level++) {
        code = get(f, "core.place", place_id, ret, err);
        if (code < 0) {
            return code;
        }
        struct xh_str kind = xh_doc_text(ret->doc, "kind");
        if (is_unit(kind) || xh_str_is(kind, "site") || xh_str_is(kind, "zone")) {
            return XH_E_OK;
        }
        place_id = xh_doc_int(ret->doc, "parent");
    }
    return code < 0 ? code : XH_E_NOT_FOUND;
}

static int fill_issuer(struct fill *f, const struct xh_doc *bill, struct xh_err *err)
{
    struct xh_record run, place, owner;
    int64_t place_id = xh_doc_int(bill, "place");
    int code = get(f, "core.billing_run", xh_doc_int(bill, "run"), &run, err);
    if (code >= 0) {
        code = get(f, "core.place", xh_doc_int(run.doc, "place"), &place, err);
    } else if (code == XH_E_NOT_FOUND) {
        code = issuer_place(f, place_id, &place, err);
    }
    if (code < 0) {
        return or_nothing(code);
    }
    f->s->issuer = name_of(f, place.doc);
    code = address_of(f, xh_doc_int(place.doc, "parent"), &f->s->issuer_address, err);
    int64_t owner_id = xh_doc_int(place.doc, "owner");
    if (code >= 0 && owner_id != 0 && owner_id != xh_doc_int(bill, "owner")) {
        code = or_nothing(get(f, "core.party", owner_id, &owner, err));
        if (code >= 0 && owner.doc != NULL) {
            f->s->issuer = xh_doc_text(owner.doc, "name");
            f->s->issuer_contact = xh_doc_text(owner.doc, "contact");
        }
    }
    return code;
}

/* ---- whom it is for ---- */

static int fill_customer(struct fill *f, const struct xh_doc *bill, struct xh_err *err)
{
    struct xh_record party = {0};
    int code = or_nothing(get(f, "core.party", xh_doc_int(bill, "owner"), &party, err));
    if (code >= 0 && party.doc != NULL) {
        f->s->customer = xh_doc_text(party.doc, "name");
        f->s->customer_code = xh_doc_text(party.doc, "code");
        f->s->is_simulated = xh_doc_int(party.doc, "is_simulated") != 0;
    }
    return code < 0 ? code : address_of(f, xh_doc_int(bill, "place"), &f->s->address, err);
}

/* ---- its meter ---- */

static int reading_at(struct fill *f, int64_t at_us, int64_t as_known_us,
                      struct xh__statement_reading *ret, struct xh_err *err)
{
    struct xh_reading reading;
    struct xh_err own = {0};
    struct xh_tsdb *tsdb = xh_engine_tsdb(f->req->server->engine);
    int code = xh_tsdb_before(tsdb, &f->s->series->key, at_us, as_known_us, &reading, &own);
    if (code >= 0) {
        *ret = (struct xh__statement_reading){true, reading.at_us, reading.value};
        f->s->is_simulated = f->s->is_simulated || (reading.quality & XH_QUALITY_SIMULATED) != 0;
    } else if (code != XH_E_NOT_FOUND && err != NULL) {
        *err = own;
    }
    return or_nothing(code);
}

static void release(void *series)
{
    xh_series_put(series);
}

static int fill_meter(struct fill *f, const struct xh_doc *bill, struct xh_err *err)
{
    struct xh__statement *s = f->s;
    struct xh_record device = {0};
    int64_t known_us = xh_doc_int(bill, "as_known");
    struct xh_err own = {0};
    int code = xh_series_get_id(&f->own, xh_doc_int(bill, "series"), &s->series, &own);
    if (code == XH_E_NOT_FOUND) {
        return XH_E_OK;
    }
    if (code < 0) {
        return err != NULL ? (*err = own, code) : code;
    }
    xh_arena_defer(s->arena, release, (void *)(uintptr_t)s->series);
    code = or_nothing(get(f, "core.device", s->series->device_id, &device, err));
    if (code >= 0 && device.doc != NULL) {
        s->device_serial = xh_doc_text(device.doc, "serial");
    }
    if (code < 0 || s->series->meter.kind != XH_METER_REGISTER) {
        return code;
    }
    int32_t from = (int32_t)xh_doc_int(bill, "period_from");
    int32_t to = (int32_t)xh_doc_int(bill, "period_to");
    code = reading_at(f, xh_zone_day_start_us(s->series->zone, from), known_us, &s->first, err);
    return code < 0
               ? code
               : reading_at(f, xh_zone_day_start_us(s->series->zone, to), known_us, &s->last, err);
}

/* ---- its versions ---- */

static int note_next(void *arg, struct xh_record *record, struct xh_err *err)
{
    struct xh__statement *s = arg;
    (void)err;
    s->superseded_by = xh_arena_str(s->arena, xh_doc_text(record->doc, "number"));
    return XH_E_OK;
}

static int fill_versions(struct fill *f, const struct xh_record *bill, struct xh_err *err)
{
    struct xh_record old = {0};
    struct xh_filter of = {.field = "supersedes", .op = XH_FILTER_EQ};
    struct xh_list list = {.filters = &of, .filter_count = 1, .limit = 1};
    struct xh_str next;
    int code = or_nothing(get(f, "core.bill", xh_doc_int(bill->doc, "supersedes"), &old, err));
    if (code >= 0 && old.doc != NULL) {
        f->s->supersedes = xh_doc_text(old.doc, "number");
    }
    of.value.type = XH_T_REF;
    xh_value_set_int(&of.value, bill->id);
    return code < 0 ? code
                    : xh_record_list(&f->own, "core.bill", &list, note_next, f->s, &next, err);
}

/* ---- all ---- */

/* As whoever asked reached us; over the own user's socket nobody can follow an address. */
static struct xh_str url_of(const struct xh__request *req, int64_t bill_id)
{
    struct xh_str host = xh__request_header(req, "Host");
    bool is_safe = xh_str_is(xh__request_header(req, "X-Forwarded-Proto"), "https");
    if (host.len == 0 || req->is_local) {
        host = XH_STR("localhost");
    }
    return xh_arena_format(req->arena, "http%s://%.*s/records/core/bills/%lld", is_safe ? "s" : "",
                           XH_STR_ARG(host), (long long)bill_id);
}

int xh__statement_fill(struct xh__request *req, int64_t bill_id, struct xh__statement *ret,
                       struct xh_err *err)
{
    struct xh_record *bill = XH_NEW(req->arena, struct xh_record);
    struct fill f = {.req = req, .s = ret};
    int code = xh_record_get(&req->ctx, "core.bill", bill_id, bill, err);
    if (code < 0) {
        return code;
    }
    xh_engine_ctx(req->server->engine, &xh_who_engine, req->arena, &f.own);
    ret->arena = req->arena;
    ret->bill = bill;
    ret->tariff = xh_engine_tariff(req->server->engine, xh_doc_text(bill->doc, "tariff"));
    ret->url = url_of(req, bill_id);
    code = fill_customer(&f, bill->doc, err);
    code = code < 0 ? code : fill_issuer(&f, bill->doc, err);
    code = code < 0 ? code : fill_meter(&f, bill->doc, err);
    code = code < 0 ? code : fill_versions(&f, bill, err);
    bool is_flagged = (xh_doc_int(bill->doc, "flags") & XH_AMOUNT_SIMULATED) != 0;
    ret->is_simulated = ret->is_simulated || is_flagged;
    return code < 0 ? code : XH_E_OK;
}
