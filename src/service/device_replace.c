/* device_replace.c: one meter taken off the wall and another put there. */
#include "service/device_replace.h"

#include <math.h>

#include "base/num.h"
#include "service/device_keys.h"
#include "service/ingest.h"
#include "service/records_internal.h"
#include "service/registry.h"

struct replacing {
    const struct xh_replace_ask *ask;
    int64_t at_us;
    int32_t day;                  /* of at_us, where the device is */
    int64_t series[XH_REPLACE_SERIES_MAX];
    size_t series_count;
    int64_t new_id;
    struct xh_device_key key;
    struct xh_str key_text;
};

/* ---- what is asked ---- */

static int check_device(struct xh_ctx *ctx, struct replacing *r, struct xh_err *err)
{
    struct xh_record old, other;
    int code = xh_record_get(ctx, "core.device", r->ask->device_id, &old, err);
    if (code < 0) {
        return code;
    }
    if (!xh__may_change(&old.type->access, ctx->who, old.owner)) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not replace devices", ctx->who->name);
    }
    if (!xh_doc_is_null(old.doc, "removed")) {
        return xh_err_set(err, XH_E_CONFLICT, "the device was removed already");
    }
    if (r->ask->code.len == 0) {
        return xh_err_field(err, XH_E_INVALID, "code", XH_STR(""), "a code that is free", NULL,
                            "the new device has no code");
    }
    if (xh_record_find(ctx, "core.device", "code", r->ask->code, &other, NULL) >= 0) {
        return xh_err_field(err, XH_E_CONFLICT, "code", r->ask->code, "a code that is free", NULL,
                            "there is a device \"%.*s\" already", XH_STR_ARG(r->ask->code));
    }
    if (r->at_us > xh_env_now_us(xh_ctx_engine(ctx)->env)) {
        return xh_err_field(err, XH_E_INVALID, "at", XH_STR(""), "not after now", NULL,
                            "the meter cannot have been replaced in the future");
    }
    const struct xh_zone *zone = xh_place_zone(ctx, xh_doc_int(old.doc, "place"), err);
    if (zone == NULL) {
        return XH_E_INVALID;
    }
    r->day = xh_zone_day(zone, r->at_us);
    return XH_E_OK;
}

static const struct xh_replace_register *register_of(const struct replacing *r, struct xh_str code)
{
    for (size_t i = 0; i < r->ask->register_count; i++) {
        if (xh_str_equal(r->ask->registers[i].series, code)) {
            return &r->ask->registers[i];
        }
    }
    return NULL;
}

/* A register whose first display is not known would count the difference of two meters. */
static int series_take(void *arg, struct xh_record *series, struct xh_err *err)
{
    struct replacing *r = arg;
    struct xh_str code = xh_doc_text(series->doc, "code");
    const struct xh_replace_register *told = register_of(r, code);
    bool is_register = xh_str_is(xh_doc_text(series->doc, "kind"), "register");
    if (is_register && (told == NULL || !told->has_first)) {
        return xh_err_field(err, XH_E_INVALID, "first", code, "what the new meter shows", NULL,
                            "the first display of \"%.*s\" on the new meter is missing",
                            XH_STR_ARG(xh_str_sub(code, 0, 80)));
    }
    if (r->series_count == XH_REPLACE_SERIES_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "the device has more than %d series",
                          XH_REPLACE_SERIES_MAX);
    }
    r->series[r->series_count++] = series->id;
    return XH_E_OK;
}

static int series_list(struct xh_ctx *ctx, struct replacing *r, struct xh_err *err)
{
    const struct xh_filter filter = {
        "device",
        XH_FILTER_EQ,
        {.type = XH_T_REF, .integer = r->ask->device_id},
    };
    const struct xh_list list = {.filters = &filter, .filter_count = 1, .limit = 1000};
    struct xh_str next;
    r->series_count = 0;
    return xh_record_list(ctx, "core.series", &list, series_take, r, &next, err);
}

static int check_register(struct xh_ctx *ctx, const struct replacing *r,
                          const struct xh_replace_register *told, struct xh_err *err)
{
    const struct xh_series *series = NULL;
    int code = xh_series_get(ctx, told->series, &series, err);
    if (code < 0) {
        return code;
    }
    bool is_own = series->device_id == r->ask->device_id, may = xh_series_may_write(ctx, series);
    xh_series_put(series);
    if (!is_own) {
        return xh_err_field(err, XH_E_INVALID, "series", told->series, "a series of the device",
                            NULL, "series \"%.*s\" is not of this device",
                            XH_STR_ARG(xh_str_sub(told->series, 0, 80)));
    }
    if (!may) {
        return xh_err_set(err, XH_E_FORBIDDEN, "\"%s\" may not write readings of the device",
                          ctx->who->name);
    }
    return (told->has_final && !isfinite(told->final)) ||
                   (told->has_first && !isfinite(told->first))
               ? xh_err_set(err, XH_E_INVALID, "a display must be a finite number")
               : XH_E_OK;
}

/* ---- readings ---- */

static int readings_write(struct xh_ctx *ctx, const struct replacing *r, struct xh_err *err)
{
    size_t count = 0;
    struct xh_ingest_row *rows = XH_NEW_ARRAY(ctx->arena, struct xh_ingest_row,
                                              2 * r->ask->register_count + 1);
    for (size_t i = 0; i < r->ask->register_count; i++) {
        const struct xh_replace_register *told = &r->ask->registers[i];
        if (told->has_final) {
            rows[count++] = (struct xh_ingest_row){told->series, r->at_us, told->final,
                                                   XH_NUM_DECIMALS_SHORTEST, XH_QUALITY_MANUAL};
        }
        if (told->has_first) {
            rows[count++] = (struct xh_ingest_row){
                told->series, r->at_us + XH_US_PER_S, told->first, XH_NUM_DECIMALS_SHORTEST,
                XH_QUALITY_MANUAL | XH_QUALITY_REPLACED_METER};
        }
    }
    struct xh_ingest_batch batch = {
        .arena = ctx->arena,
        .rows = rows,
        .count = count,
        .results = XH_NEW_ARRAY(ctx->arena, struct xh_ingest_result, count + 1),
    };
    int code = count > 0 ? xh_ingest(ctx, &batch, err) : XH_E_OK;
    for (size_t i = 0; code >= 0 && i < count; i++) {
        if (batch.results[i].status == XH_INGEST_REFUSED) {
            if (err != NULL && batch.results[i].err != NULL) {
                *err = *batch.results[i].err;
            }
            return batch.results[i].err != NULL ? batch.results[i].err->code : XH_E_INVALID;
        }
    }
    return code;
}

/* ---- records ---- */

static int old_close(struct xh_ctx *ctx, const struct replacing *r, struct xh_record *old,
                     struct xh_err *err)
{
    int code = xh_record_get(ctx, "core.device", r->ask->device_id, old, err);
    if (code < 0) {
        return code;
    }
    xh_doc_set_int(old->doc, "removed", r->day);
    return xh_record_put(ctx, old, err);
}

static int new_make(struct xh_ctx *ctx, struct replacing *r, const struct xh_record *old,
                    struct xh_err *err)
{
    struct xh_record device;
    int code = xh_record_new(ctx, "core.device", &device, err);
    if (code < 0) {
        return code;
    }
    struct xh_str name = r->ask->name.len > 0 ? r->ask->name : xh_doc_text(old->doc, "name");
    xh_doc_set_text(device.doc, "code", r->ask->code);
    xh_doc_set_text(device.doc, "name", name);
    xh_doc_set_text(device.doc, "kind", xh_doc_text(old->doc, "kind"));
    xh_doc_set_int(device.doc, "place", xh_doc_int(old->doc, "place"));
    if (!xh_doc_is_null(old->doc, "owner")) {
        xh_doc_set_int(device.doc, "owner", xh_doc_int(old->doc, "owner"));
    }
    if (r->ask->serial.len > 0) {
        xh_doc_set_text(device.doc, "serial", r->ask->serial);
    }
    xh_doc_set_int(device.doc, "installed", r->day);
    xh_doc_set_int(device.doc, "replaces", old->id);
    code = xh_record_put(ctx, &device, err);
    r->new_id = code < 0 ? 0 : device.id;
    return code;
}

static int series_move(struct xh_ctx *ctx, const struct replacing *r, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < r->series_count; i++) {
        struct xh_record series;
        code = xh_record_get(ctx, "core.series", r->series[i], &series, err);
        if (code >= 0) {
            xh_doc_set_int(series.doc, "device", r->new_id);
            code = xh_record_put(ctx, &series, err);
        }
    }
    return code;
}

static int records_write(struct xh_ctx *ctx, void *arg, struct xh_err *err)
{
    struct replacing *r = arg;
    struct xh_record old;
    int code = series_list(ctx, r, err);
    code = code < 0 ? code : old_close(ctx, r, &old, err);
    code = code < 0 ? code : new_make(ctx, r, &old, err);
    code = code < 0 ? code : series_move(ctx, r, err);
    if (code >= 0 && r->ask->makes_key) {
        code = xh_device_key_make(ctx, r->new_id, XH_STR(""), &r->key, &r->key_text, err);
    }
    return code;
}

int xh_device_replace(struct xh_ctx *ctx, const struct xh_replace_ask *ask,
                      struct xh_replace_answer *ret, struct xh_err *err)
{
    struct replacing *r = XH_NEW(ctx->arena, struct replacing);
    size_t revoked = 0;
    r->ask = ask;
    r->at_us = ask->at_us != 0 ? ask->at_us : ctx->now_us;
    int code = check_device(ctx, r, err);
    code = code < 0 ? code : series_list(ctx, r, err);
    for (size_t i = 0; code >= 0 && i < ask->register_count; i++) {
        code = check_register(ctx, r, &ask->registers[i], err);
    }
    code = code < 0 ? code : readings_write(ctx, r, err);
    code = code < 0 ? code : xh_records_write(ctx, records_write, r, err);
    code = code < 0 ? code : xh_device_keys_revoke(ctx, ask->device_id, &revoked, err);
    if (code < 0) {
        return code;
    }
    *ret = (struct xh_replace_answer){
        .device_id = r->new_id,
        .key_id = r->key.id,
        .key = r->key_text,
        .series_count = r->series_count,
        .revoked_count = revoked,
    };
    return XH_E_OK;
}
