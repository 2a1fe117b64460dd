/* mapping_sign.c: what a message says of the device itself (battery, signal, firmware), beside what
 * it measures. Readings that are kept as such signs ingest finds by itself (device_note.c); here
 * are those that only a rule's value tells by its quantity, its name and its unit. */
#include "service/device_state.h"
#include "service/mapping_internal.h"

/* A value without a quantity goes by its name: "Battery". */
static enum xh_device_sign sign_of(const struct xh_mapping_reading *r)
{
    char folded[16];
    struct xh_str said = r->quantity.len > 0 ? r->quantity : r->name;
    return said.len > sizeof folded
               ? XH_SIGN_NONE
               : xh_device_sign_of((struct xh_str){folded, xh_str_fold(said, folded)});
}

void xh__mapping_sign(struct xh_ctx *ctx, const struct xh_mapping_reading *r, int64_t device_id)
{
    static const char *const units[] = {
        [XH_SIGN_BATTERY] = "%",
        [XH_SIGN_RSSI] = "dBm",
        [XH_SIGN_SNR] = "dB",
    };
    enum xh_device_sign sign = sign_of(r);
    if (sign == XH_SIGN_NONE || device_id == 0 || !xh_str_is(r->unit, units[sign])) {
        return; /* a battery in volts is no share of anything */
    }
    const struct xh_device_signs signs = {
        .at_us = r->at_us,
        .has_battery = sign == XH_SIGN_BATTERY,
        .has_rssi = sign == XH_SIGN_RSSI,
        .has_snr = sign == XH_SIGN_SNR,
        .battery_pct = r->value,
        .rssi_dbm = r->value,
        .snr_db = r->value,
    };
    xh_device_seen(xh_ctx_engine(ctx), device_id, &signs);
}
