/* device_note.c: what a batch of readings tells of the devices that sent it. On the committer's
 * thread: a look at each series of the batch, and at each row only where a series carries a sign of
 * its device (a battery, a signal) or somebody watches. */
#include "service/device_internal.h"
#include "service/device_tail.h"
#include "service/ingest_internal.h"

enum { TOLD_AT_ONCE = 64 };

enum xh_device_sign xh_device_sign_of(struct xh_str quantity)
{
    static const struct {
        const char *name;
        enum xh_device_sign sign;
    } names[] = {
        {"battery_pct", XH_SIGN_BATTERY}, {"battery", XH_SIGN_BATTERY}, {"rssi_dbm", XH_SIGN_RSSI},
        {"rssi", XH_SIGN_RSSI},           {"snr_db", XH_SIGN_SNR},      {"snr", XH_SIGN_SNR},
    };
    for (size_t i = 0; i < XH_COUNT(names); i++) {
        if (xh_str_is(quantity, names[i].name)) {
            return names[i].sign;
        }
    }
    return XH_SIGN_NONE;
}

/* A battery in volts is no share of anything. */
static enum xh_device_sign sign_of(const struct xh_series *series)
{
    static const char *const units[] = {
        [XH_SIGN_BATTERY] = "%",
        [XH_SIGN_RSSI] = "dBm",
        [XH_SIGN_SNR] = "dB",
    };
    if (series->quantity != NULL || series->quantity_name.len == 0) {
        return XH_SIGN_NONE;
    }
    enum xh_device_sign sign = xh_device_sign_of(series->quantity_name);
    bool is_right = sign != XH_SIGN_NONE &&
                    xh_str_is(xh_str_from(series->unit->symbol), units[sign]);
    return is_right ? sign : XH_SIGN_NONE;
}

/* The latest row of a part. */
static void sign_fill(const struct xh__ingest_work *work, const struct xh__ingest_part *part,
                      enum xh_device_sign sign, struct xh_device_signs *ret)
{
    double value = 0;
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        if (work->rows[i].key_index == part->key_index && work->rows[i].at_us == part->to_us) {
            value = work->rows[i].value;
        }
    }
    *ret = (struct xh_device_signs){
        .at_us = part->to_us,
        .has_battery = sign == XH_SIGN_BATTERY,
        .has_rssi = sign == XH_SIGN_RSSI,
        .has_snr = sign == XH_SIGN_SNR,
        .battery_pct = value,
        .rssi_dbm = value,
        .snr_db = value,
    };
}

/* False: it tells of no device. */
static bool part_told(const struct xh__ingest_work *work, const struct xh__ingest_part *part,
                      struct xh__device_told *ret)
{
    const struct xh_series *series = part->series;
    const struct xh_who *who = work->ctx.who;
    *ret = (struct xh__device_told){
        .device_id = series != NULL ? series->device_id : who->device_id,
        .series_id = series != NULL ? series->id : 0,
        .arrival_us = work->flight.arrival_us,
        .at_us = part->has_rows ? part->to_us : 0,
        .period_us = series != NULL ? series->meter.period_us : 0,
        .readings = part->row_count,
        .refused = part->refused_count,
        .is_history = work->is_history,
        .is_clock_refused = part->is_clock_refused,
        .why = part->refused_count > 0 ? part->refusal : NULL,
    };
    if (series != NULL && part->has_rows && sign_of(series) != XH_SIGN_NONE) {
        sign_fill(work, part, sign_of(series), &ret->signs);
    }
    return ret->device_id != 0 && (ret->readings > 0 || ret->refused > 0);
}

/* ---- for those who watch ---- */

static void tell_kept(const struct xh__ingest_work *work)
{
    for (size_t i = 0; i < work->tsdb.row_count; i++) {
        const struct xh_tsdb_row *row = &work->rows[i];
        const struct xh_series *series = work->series[row->key_index];
        if (!xh_device_is_watched(work->engine, series->device_id)) {
            continue;
        }
        const struct xh_device_event event = {
            .kind = XH_DEVICE_READING,
            .device_id = series->device_id,
            .arrival_us = work->flight.arrival_us,
            .series_id = series->id,
            .series = series->code,
            .unit = xh_str_from(series->unit->symbol),
            .at_us = row->at_us,
            .value = row->value,
            .decimals = row->decimals,
            .quality = row->quality,
            .is_duplicate = work->tsdb.ret_fate[i] == XH_FATE_DUPLICATE,
        };
        xh_device_tell(work->engine, &event);
    }
}

/* One a series: why its rows were refused. */
static void tell_refused(const struct xh__ingest_work *work)
{
    for (size_t i = 0; i < work->part_count; i++) {
        const struct xh__ingest_part *part = &work->parts[i];
        const struct xh_series *series = part->series;
        const struct xh_device_event event = {
            .kind = XH_DEVICE_REFUSAL,
            .device_id = series != NULL ? series->device_id : work->ctx.who->device_id,
            .arrival_us = work->flight.arrival_us,
            .series_id = series != NULL ? series->id : 0,
            .series = part->code,
            .why = part->refusal,
        };
        if (part->refused_count > 0 && event.device_id != 0) {
            xh_device_tell(work->engine, &event);
        }
    }
}

void xh__device_note(struct xh__ingest_work *work)
{
    struct xh__device_told told[TOLD_AT_ONCE];
    size_t count = 0;
    for (size_t i = 0; i < work->part_count; i++) {
        count += part_told(work, &work->parts[i], &told[count]);
        if (count == TOLD_AT_ONCE) {
            xh__device_told_add(work->engine, told, count);
            count = 0;
        }
    }
    xh__device_told_add(work->engine, told, count);
    if (!xh__device_tail_is_idle(work->engine)) {
        tell_kept(work);
        tell_refused(work);
    }
}
