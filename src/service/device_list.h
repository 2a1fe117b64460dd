/* device_list.h: the fleet: devices as they are recorded, each with how it is (device_state.h).
 *
 * Only what who may see: all, or one's own. A search finds its words anywhere in code, name, serial
 * number and place, whatever their case and diacritics.
 */
#ifndef XH_SERVICE_DEVICE_LIST_H
#define XH_SERVICE_DEVICE_LIST_H

#include "service/device_state.h"

struct xh_device_row {          /* texts live in ctx->arena */
    int64_t id, place_id;
    struct xh_str code, name, kind, serial, place;
    struct xh_str firmware;     /* as it says itself, else as recorded */
    bool has_installed, has_removed;
    int32_t installed_day, removed_day;
    int64_t series_count, key_count;
    struct xh_device_state state;
};

struct xh_device_ask {
    int64_t id;                 /* this one only; 0: all */
    struct xh_str search;       /* words; empty: no search */
    unsigned flags;             /* with one of these (enum xh_device_flags); 0: any */
    bool is_fine;               /* with none at all */
    bool with_removed;
    int64_t after_id;
    size_t limit;               /* 0: 200; at most 1000 */
};
struct xh_device_counts {       /* of all that the search finds, whatever their flags */
    int64_t all, fine, silent, noisy, low_battery, clock_off, never_seen;
};
struct xh_device_page {
    struct xh_device_row *rows;
    size_t count;
    int64_t next_after;         /* 0: no more */
    struct xh_device_counts counts;
};
int xh_devices_list(struct xh_ctx *ctx, const struct xh_device_ask *ask, struct xh_device_page *ret,
                    struct xh_err *err);

#endif
