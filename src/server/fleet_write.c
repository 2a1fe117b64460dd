/* fleet_write.c: a device and how it is, as JSON. */
#include "server/fleet_internal.h"

static void write_text(struct xh_json_writer *w, const char *name, struct xh_str text)
{
    xh_json_name(w, name);
    xh_json_str(w, text);
}

static void write_int(struct xh_json_writer *w, const char *name, int64_t value)
{
    xh_json_name(w, name);
    xh_json_int(w, value);
}

static void write_day(struct xh_json_writer *w, const char *name, bool has_day, int32_t day)
{
    char text[XH_TIME_TEXT_BYTES];
    xh_json_name(w, name);
    if (has_day) {
        (void)xh_day_print(day, text);
        xh_json_string(w, text);
    } else {
        xh_json_null(w);
    }
}

static void write_sign(struct xh_json_writer *w, const char *name, bool has_value, double value)
{
    xh_json_name(w, name);
    if (has_value) {
        xh_json_num(w, value);
    } else {
        xh_json_null(w);
    }
}

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
    xh__time_write(w, "first_seen", state->first_us);
    xh__time_write(w, "seen", state->seen_us);
    xh__time_write(w, "reading", state->reading_us);
    write_int(w, "clock_ahead_s", state->offset_us / XH_US_PER_S);
    write_int(w, "period_s", state->period_us / XH_US_PER_S);
    write_int(w, "readings", (int64_t)state->readings);
    write_int(w, "refused", (int64_t)state->refused);
    write_int(w, "hour_readings", (int64_t)state->hour_readings);
    write_int(w, "hour_refused", (int64_t)state->hour_refused);
    xh_json_name(w, "expected_per_hour");
    xh_json_num(w, state->expected_per_hour);
    write_sign(w, "battery_pct", state->signs.has_battery, state->signs.battery_pct);
    write_sign(w, "rssi_dbm", state->signs.has_rssi, state->signs.rssi_dbm);
    write_sign(w, "snr_db", state->signs.has_snr, state->signs.snr_db);
    xh__time_write(w, "refused_at", state->refused_us);
    xh_json_name(w, "refusal");
    xh_json_string(w, state->refusal[0] != '\0' ? state->refusal : NULL);
}

void xh__fleet_row_write(struct xh_json_writer *w, const struct xh_device_row *row)
{
    write_int(w, "id", row->id);
    write_text(w, "code", row->code);
    write_text(w, "name", row->name);
    write_text(w, "kind", row->kind);
    write_int(w, "place", row->place_id);
    write_text(w, "place_label", row->place);
    write_text(w, "serial", row->serial);
    write_text(w, "firmware", row->firmware);
    write_day(w, "installed", row->has_installed, row->installed_day);
    write_day(w, "removed", row->has_removed, row->removed_day);
    write_int(w, "series_count", row->series_count);
    write_int(w, "key_count", row->key_count);
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
