/* device_state.h: how each device is: when it was last heard, battery, signal, firmware, how much
 * it sends, what was refused. Derived from what comes in; kept in memory, written to derived.db
 * about once a minute and on close, so a kill loses at most what the last minute told.
 *
 * Who tells
 *   - Ingest, by itself, of each batch: readings of a series, and refused ones. Battery and
 *     signal are read from series whose property's quantity is a sign (xh_device_sign_of) and
 *     whose unit is that sign's.
 *   - Whoever decodes messages (MQTT, mappings), by xh_device_seen, of what a message says beside
 *     its readings; and by xh_device_refused, of messages that nothing could be made of.
 *
 * How it is judged (struct xh_device_state.flags)
 *   silent       nothing was heard for 3 of its shortest series' periods, at least an hour; a day
 *                where no series says its period
 *   noisy        in the last full hour a series sent more than 5 times what its period says, and
 *                more than 60 readings; or more than 60 rows of the device were refused
 *   low battery  below 20 %
 *   clock off    its latest batch held a time more than 5 minutes ahead of its arrival, or a row
 *                was refused for its time in the last hour, or its newest reading lay more than 3
 *                periods (at least an hour) behind
 *
 * Threads: any; nothing here waits for a disk but xh_device_states_save.
 */
#ifndef XH_SERVICE_DEVICE_STATE_H
#define XH_SERVICE_DEVICE_STATE_H

#include "service/engine.h"

struct xh_device_signs {
    int64_t at_us;             /* when it was so; 0: now */
    bool has_battery, has_rssi, has_snr;
    double battery_pct;        /* 0 to 100 */
    double rssi_dbm, snr_db;
    struct xh_str firmware;    /* copied; empty: not said; at most 63 bytes are kept */
};
/* A message of the device came. signs NULL: it said nothing more than that it lives. */
void xh_device_seen(struct xh_engine *engine, int64_t device_id,
                    const struct xh_device_signs *signs);
/* Something of the device was refused, and why. */
void xh_device_refused(struct xh_engine *engine, int64_t device_id, uint64_t count,
                       const struct xh_err *why);

/* What a quantity's name says of the device itself; rooms' quantities and all other names say
 * nothing. */
enum xh_device_sign {
    XH_SIGN_NONE,
    XH_SIGN_BATTERY, /* "battery_pct", "battery": in % */
    XH_SIGN_RSSI,    /* "rssi_dbm", "rssi": in dBm */
    XH_SIGN_SNR      /* "snr_db", "snr": in dB */
};
enum xh_device_sign xh_device_sign_of(struct xh_str quantity);

enum xh_device_flags {
    XH_DEVICE_SILENT = 1,
    XH_DEVICE_NOISY = 2,
    XH_DEVICE_LOW_BATTERY = 4,
    XH_DEVICE_CLOCK_OFF = 8,
    XH_DEVICE_NEVER_SEEN = 16
};

struct xh_device_state {
    int64_t device_id;
    int64_t first_us, seen_us;      /* arrival of what was heard first and last; 0: never */
    int64_t reading_us;             /* time of its latest reading; 0: none */
    int64_t offset_us;              /* of its latest batch: newest time minus arrival */
    int64_t period_us;              /* shortest of its series; 0: none is known */
    uint64_t readings, refused;     /* since they are counted */
    uint64_t hour_readings, hour_refused; /* in the last full hour */
    double expected_per_hour;       /* what its periods say; 0: nothing */
    struct xh_device_signs signs;   /* the latest of each; firmware in the caller's arena */
    int64_t refused_us;
    char refusal[256];              /* the latest reason; empty: none */
    unsigned flags;                 /* enum xh_device_flags */
};
/* At the instant now_us. One that was never heard: only device_id and XH_DEVICE_NEVER_SEEN. */
void xh_device_state_get(struct xh_ctx *ctx, int64_t device_id, struct xh_device_state *ret);
/* Of many at once: ret[i] is that of ids[i]. */
void xh_device_states_get(struct xh_ctx *ctx, const int64_t *device_ids, size_t count,
                          struct xh_device_state *ret);

/* Writes what changed to derived.db now; by itself that happens once a minute. Blocks. */
int xh_device_states_save(struct xh_engine *engine, struct xh_err *err);

#endif
