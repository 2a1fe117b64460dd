/* device_store.c: what is known of devices, in derived.db: one row a device. */
#include <stdlib.h>
#include <string.h>

#include "service/device_internal.h"

static const struct xh_rel_column columns[] = {
    {"device", XH_REL_INTEGER, true, "0", NULL},
    {"first_us", XH_REL_INTEGER, true, "0", NULL},
    {"seen_us", XH_REL_INTEGER, true, "0", NULL},
    {"reading_us", XH_REL_INTEGER, true, "0", NULL},
    {"offset_us", XH_REL_INTEGER, true, "0", NULL},
    {"readings", XH_REL_INTEGER, true, "0", NULL},
    {"refused", XH_REL_INTEGER, true, "0", NULL},
    {"refused_us", XH_REL_INTEGER, true, "0", NULL},
    {"clock_refused_us", XH_REL_INTEGER, true, "0", NULL},
    {"refusal", XH_REL_TEXT, false, NULL, NULL},
    {"signs_us", XH_REL_INTEGER, true, "0", NULL},
    {"battery_pct", XH_REL_REAL, false, NULL, NULL},
    {"rssi_dbm", XH_REL_REAL, false, NULL, NULL},
    {"snr_db", XH_REL_REAL, false, NULL, NULL},
    {"firmware", XH_REL_TEXT, false, NULL, NULL},
};
static const struct xh_rel_index indexes[] = {{"device", true}};
const struct xh_rel_table xh__device_state_table = {
    "device_state", columns, XH_COUNT(columns), indexes, XH_COUNT(indexes),
};

/* ---- reading ---- */

static const char load_sql[] =
    "SELECT device, first_us, seen_us, reading_us, offset_us, readings, refused, refused_us,"
    " clock_refused_us, refusal, signs_us, battery_pct, rssi_dbm, snr_db, firmware"
    " FROM device_state";

static void text_take(char *to, size_t capacity, struct xh_str text)
{
    size_t len = text.len < capacity ? text.len : capacity - 1;
    memcpy(to, text.ptr != NULL ? text.ptr : "", len);
    to[len] = '\0';
}

static struct xh__device_kept row_read(const struct xh_rel_rows *rows)
{
    struct xh__device_kept kept = {
        .device_id = xh_rel_int(rows, 0),
        .first_us = xh_rel_int(rows, 1),
        .seen_us = xh_rel_int(rows, 2),
        .reading_us = xh_rel_int(rows, 3),
        .offset_us = xh_rel_int(rows, 4),
        .readings = (uint64_t)xh_rel_int(rows, 5),
        .refused = (uint64_t)xh_rel_int(rows, 6),
        .refused_us = xh_rel_int(rows, 7),
        .clock_refused_us = xh_rel_int(rows, 8),
        .signs =
            {
                .at_us = xh_rel_int(rows, 10),
                .has_battery = !xh_rel_is_null(rows, 11),
                .has_rssi = !xh_rel_is_null(rows, 12),
                .has_snr = !xh_rel_is_null(rows, 13),
                .battery_pct = xh_rel_real(rows, 11),
                .rssi_dbm = xh_rel_real(rows, 12),
                .snr_db = xh_rel_real(rows, 13),
            },
    };
    text_take(kept.refusal, sizeof kept.refusal, xh_rel_text(rows, 9));
    text_take(kept.firmware, sizeof kept.firmware, xh_rel_text(rows, 14));
    return kept;
}

int xh__device_states_load(struct xh_engine *engine,
                           void (*each)(void *arg, const struct xh__device_kept *kept), void *arg,
                           struct xh_err *err)
{
    struct xh_rel_conn *conn;
    struct xh_rel_rows *rows;
    int status = xh_rel_read_begin(engine->derived, &conn, err);
    if (status < 0) {
        return status;
    }
    status = xh_rel_prepare(conn, load_sql, &rows, err);
    if (status >= 0) {
        while ((status = xh_rel_next(rows, err)) == 1) {
            struct xh__device_kept kept = row_read(rows);
            each(arg, &kept);
        }
        xh_rel_done(rows);
    }
    xh_rel_read_end(engine->derived, conn);
    return status < 0 ? status : XH_E_OK;
}

/* ---- writing ---- */

static const char store_sql[] =
    "INSERT INTO device_state(device, first_us, seen_us, reading_us, offset_us, readings, refused,"
    " refused_us, clock_refused_us, refusal, signs_us, battery_pct, rssi_dbm, snr_db, firmware)"
    " VALUES (:device, :first_us, :seen_us, :reading_us, :offset_us, :readings, :refused,"
    " :refused_us, :clock_refused_us, :refusal, :signs_us, :battery_pct, :rssi_dbm, :snr_db,"
    " :firmware) ON CONFLICT (device) DO UPDATE SET first_us = :first_us, seen_us = :seen_us,"
    " reading_us = :reading_us, offset_us = :offset_us, readings = :readings, refused = :refused,"
    " refused_us = :refused_us, clock_refused_us = :clock_refused_us, refusal = :refusal,"
    " signs_us = :signs_us, battery_pct = :battery_pct, rssi_dbm = :rssi_dbm, snr_db = :snr_db,"
    " firmware = :firmware";

static void bind_sign(struct xh_rel_rows *rows, const char *name, bool has_value, double value)
{
    if (has_value) {
        xh_rel_bind_real(rows, name, value);
    } else {
        xh_rel_bind_null(rows, name);
    }
}

static void bind(struct xh_rel_rows *rows, const struct xh__device_kept *kept)
{
    xh_rel_bind_int(rows, "device", kept->device_id);
    xh_rel_bind_int(rows, "first_us", kept->first_us);
    xh_rel_bind_int(rows, "seen_us", kept->seen_us);
    xh_rel_bind_int(rows, "reading_us", kept->reading_us);
    xh_rel_bind_int(rows, "offset_us", kept->offset_us);
    xh_rel_bind_int(rows, "readings", (int64_t)kept->readings);
    xh_rel_bind_int(rows, "refused", (int64_t)kept->refused);
    xh_rel_bind_int(rows, "refused_us", kept->refused_us);
    xh_rel_bind_int(rows, "clock_refused_us", kept->clock_refused_us);
    xh_rel_bind_text(rows, "refusal", xh_str_from(kept->refusal));
    xh_rel_bind_int(rows, "signs_us", kept->signs.at_us);
    bind_sign(rows, "battery_pct", kept->signs.has_battery, kept->signs.battery_pct);
    bind_sign(rows, "rssi_dbm", kept->signs.has_rssi, kept->signs.rssi_dbm);
    bind_sign(rows, "snr_db", kept->signs.has_snr, kept->signs.snr_db);
    xh_rel_bind_text(rows, "firmware", xh_str_from(kept->firmware));
}

struct storing {
    struct xh__device_kept *kept;
    const struct xh__device_kept *rows;
    size_t count;
};

static int store_run(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct storing *s = arg;
    struct xh_rel_rows *rows;
    int status = xh_rel_prepare(conn, store_sql, &rows, err);
    if (status < 0) {
        return status;
    }
    for (size_t i = 0; status >= 0 && i < s->count; i++) {
        bind(rows, &s->rows[i]);
        status = xh_rel_next(rows, err);
    }
    xh_rel_done(rows);
    return status < 0 ? status : XH_E_OK;
}

int xh__device_states_write(struct xh_engine *engine, const struct xh__device_kept *kept,
                            size_t count, struct xh_err *err)
{
    struct storing s = {NULL, kept, count};
    return xh_rel_write(engine->derived, store_run, &s, err);
}

static void store_done(void *arg, int status, const struct xh_err *err)
{
    struct storing *s = arg;
    (void)status; /* what a minute told is lost: it is told again */
    (void)err;
    free(s->kept);
    free(s);
}

bool xh__device_states_submit(struct xh_engine *engine, struct xh__device_kept *kept, size_t count)
{
    struct storing *s = xh_alloc(sizeof *s);
    *s = (struct storing){kept, kept, count};
    if (xh_rel_submit(engine->derived, store_run, store_done, s, NULL) >= 0) {
        return true;
    }
    free(s->kept);
    free(s);
    return false;
}
