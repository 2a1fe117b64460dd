/* device_provision.h: many devices at once, with their series and keys, from a table.
 *
 * A line is one series of one device; lines with the same code are series of the same device.
 *
 *   code          of the device (required)
 *   name          of the device; its code when left out
 *   place         code of a place that is there (required, of a device that is new)
 *   kind          of the device: electricity_meter, water_meter, ... ; "other"
 *   owner         code of a party
 *   serial        serial number
 *   series        code of the series; "<code>/<last word of the quantity>" when left out
 *   quantity      energy.electricity, or a word of one's own (battery_pct); empty: no series
 *   unit          of what is sent (required with a quantity)
 *   series_kind   register, interval, power, gauge, state; "register" for a room's quantity that is
 *                 one, else "gauge"
 *   period_s, modulus, tariff, direction, series_name
 *
 * Columns come in any order; one that is not known is an error, so that a slip does not lose data.
 * A device that is there already stays as it is, and gets the series that are new; so a table that
 * broke off half way is given once more. What is there with another device is an error of its line.
 *
 * Guarantees: first all lines are checked, and nothing is written unless all are right. Then slices
 * of about 200 lines are written, each as one transaction with its keys.
 */
#ifndef XH_SERVICE_DEVICE_PROVISION_H
#define XH_SERVICE_DEVICE_PROVISION_H

#include "service/engine.h"

enum {
    XH_PROVISION_LINES_MAX = 20000, /* a table */
    XH_PROVISION_FAULTS_MAX = 1000  /* that are told */
};

enum xh_provision_keys {
    XH_PROVISION_KEYS_NEW,  /* for devices that the table made */
    XH_PROVISION_KEYS_ALL,  /* for those that were there, too */
    XH_PROVISION_KEYS_NONE
};

struct xh_provision_ask {
    struct xh_str csv;
    bool is_dry_run;
    enum xh_provision_keys keys;
    struct xh_str label;         /* of the keys */
    void (*progress)(void *arg, size_t done, size_t total); /* lines written; NULL: none */
    void *arg;
};
struct xh_provision_fault {
    uint64_t line;
    struct xh_err err;
};
struct xh_provision_device {
    struct xh_str code;
    int64_t id;
    bool is_new;
    struct xh_str key;           /* empty: none was made */
};
struct xh_provision_report {     /* all in ctx->arena */
    uint64_t lines, refused;
    uint64_t devices_made, devices_there, series_made, series_there; /* or would be, dry */
    struct xh_provision_fault *faults;
    size_t fault_count;
    struct xh_provision_device *devices; /* those written, in order of the table; none when dry */
    size_t device_count;
};

/* XH_E_INVALID: the table cannot be read, a column is not known; XH_E_TOO_LARGE; XH_E_FORBIDDEN.
 * Lines that are wrong are no error of the call: report->refused says how many, and then nothing
 * was written. An error between slices (a full disk): report holds what was written before it. */
int xh_devices_provision(struct xh_ctx *ctx, const struct xh_provision_ask *ask,
                         struct xh_provision_report *report, struct xh_err *err);

#endif
