/* fleet_write.c: a device and how it is, as JSON. */
#include "server/fleet_internal.h"

static void write_flags(struct xh_json_writer *w, unsigned flags)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        {XH_DEVICE_SILENT, "silent"},           {XH_DEVICE_NOISY, "noisy"},
        {XH_DEVICE_LOW_BATTERY, "low_battery"}, {XH_DEVICE_CLOCK_OFF, "clock_off"},
        {XH_DEVICE_NEVER_SEEN, "never_seen"},
    };
    xh_json_name(w, "flags");
    xh_json_array(w);
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if ((flags & names[i].flag) != 0) {
            xh_json_string(w, names[i].name);
        }
    }
    xh_json_array_end(w);
}

static void write_state(struct xh_json_writer *w, const struct xh_device_state *state)
{
    write_flags(w, state->flags);
    xh_json_member_time_or_null(w, "first_seen", state->first_us);
    xh_json_member_time_or_null(w, "seen", state->seen_us);
    xh_json_member_time_or_null(w, "reading", state->reading_us);
    xh_json_member_int(w, "clock_ahead_s", state->offset_us / XH_US_PER_S);
    xh_json_member_int(w, "period_s", state->period_us / XH_US_PER_S);
    xh_json_member_int(w, "readings", (int64_t)state->readings);
    xh_json_member_int(w, "refused", (int64_t)state->refused);
    xh_json_member_int(w, "hour_readings", (int64_t)state->hour_readings);
    xh_json_member_int(w, "hour_refused", (int64_t)state->hour_refused);
    xh_json_name(w, "expected_per_hour");
    xh_json_num(w, state->expected_per_hour);
    xh_json_member_num_or_null(w, "battery_pct", state->signs.has_battery,
                               state->signs.battery_pct);
    xh_json_member_num_or_null(w, "rssi_dbm", state->signs.has_rssi, state->signs.rssi_dbm);
    xh_json_member_num_or_null(w, "snr_db", state->signs.has_snr, state->signs.snr_db);
    xh_json_member_time_or_null(w, "refused_at", state->refused_us);
    xh_json_member_string(w, "refusal", state->refusal[0] != '\0' ? state->refusal : NULL);
}

void xh__fleet_row_write(struct xh_json_writer *w, const struct xh_device_row *row)
{
    xh_json_member_int(w, "id", row->id);
    xh_json_member_str(w, "code", row->code);
    xh_json_member_str(w, "name", row->name);
    xh_json_member_str(w, "kind", row->kind);
    xh_json_member_int(w, "place", row->place_id);
    xh_json_member_str(w, "place_label", row->place);
    xh_json_member_str(w, "serial", row->serial);
    xh_json_member_str(w, "firmware", row->firmware);
    xh_json_member_day_or_null(w, "installed", row->has_installed, row->installed_day);
    xh_json_member_day_or_null(w, "removed", row->has_removed, row->removed_day);
    xh_json_member_int(w, "series_count", row->series_count);
    xh_json_member_int(w, "key_count", row->key_count);
    write_state(w, &row->state);
}

int xh__fleet_device(struct xh__request *req, struct xh_device_row *ret, struct xh_err *err)
{
    struct xh_device_ask ask = {.limit = 1};
    struct xh_device_page page = {0};
    int code = xh__request_path_id(req, "id", &ask.id, err);
    code = code < 0 ? code : xh_devices_list(&req->ctx, &ask, &page, err);
    if (code >= 0 && page.count == 0) {
        code = xh_err_set(err, XH_E_NOT_FOUND, "there is no device %lld", (long long)ask.id);
    }
    if (code >= 0) {
        *ret = page.rows[0];
    }
    return code;
}
