/* peak.h: what hours of use cost under one set of hours or another. Pure: half hours in, kWh by
 * band out; the tariff does the rest.
 *
 *   shift   of the energy in peak hours, a share goes to normal hours of the same day (of a day
 *           without normal hours, nothing)
 *   roof    roof.h, taken off each half hour's use; what is left over is not sold and not counted
 */
#ifndef XH_DOMAIN_ENERGY_PEAK_H
#define XH_DOMAIN_ENERGY_PEAK_H

#include "kernel/dated.h"

enum { XH_PEAK_HALF_HOURS = 48 };
enum xh_peak_band { XH_PEAK_PEAK, XH_PEAK_NORMAL, XH_PEAK_OFF, XH_PEAK_BANDS };

struct xh_peak_in {
    const double *kwh;              /* 48 a day, from day_from; unknown ones are 0 */
    int32_t day_from;
    size_t day_count;
    const struct xh_dated_set *rows;
    struct xh_str hours_key, variant; /* "evn", "963"; variant empty: those in force */
    double shift_percent;           /* 0 to 100 */
    double roof_kwp, latitude_deg;  /* 0 kWp: no roof */
};

struct xh_peak_out {
    double kwh[XH_PEAK_BANDS];
    double roof_kwh;                /* that was used */
    bool has_partial, is_disputed;  /* of the rows of hours met */
    /* the first row of peak hours met, for its document; NULL: none */
    const struct xh_dated *row;
};

/* Errors: XH_E_NOT_FOUND (no hours cover a half hour), XH_E_INVALID (a band of another name). */
int xh_energy_peak(const struct xh_peak_in *in, struct xh_peak_out *ret, struct xh_err *err);
const char *xh_energy_peak_band(enum xh_peak_band band); /* "peak", "normal", "off-peak" */

#endif
