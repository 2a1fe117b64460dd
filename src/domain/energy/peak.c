/* peak.c: half hours sorted into bands. */
#include "domain/energy/peak.h"

#include "base/num.h"
#include "domain/energy/roof.h"
#include "kernel/charge.h"

static const char *const names[XH_PEAK_BANDS] = {"peak", "normal", "off-peak"};

const char *xh_energy_peak_band(enum xh_peak_band band)
{
    return names[band];
}

static int band_of(const struct xh_peak_in *in, int32_t day, int half_hour, struct xh_peak_out *ret,
                   enum xh_peak_band *ret_band, struct xh_err *err)
{
    const struct xh_dated *row = NULL;
    int code = xh_charge_band(in->rows, in->hours_key, in->variant, day, half_hour * 30, &row, err);
    if (code < 0) {
        return code;
    }
    for (int band = 0; band < XH_PEAK_BANDS; band++) {
        if (xh_str_is(row->item, names[band])) {
            *ret_band = (enum xh_peak_band)band;
            ret->has_partial |= row->verified != XH_VERIFIED_YES;
            ret->is_disputed |= row->is_disputed;
            ret->row = ret->row == NULL && band == XH_PEAK_PEAK ? row : ret->row;
            return XH_E_OK;
        }
    }
    return xh_err_set(err, XH_E_INVALID,
                      "hours \"%.*s\" have a band \"%.*s\", which is none of "
                      "peak, normal and off-peak",
                      XH_STR_ARG(in->hours_key), XH_STR_ARG(row->item));
}

static double less_roof(const struct xh_peak_in *in, int32_t day, int half_hour, double kwh,
                        double *roof_kwh)
{
    if (!(in->roof_kwp > 0)) {
        return kwh;
    }
    double hour = (half_hour + 0.5) / 2;
    double made = in->roof_kwp * xh_energy_roof_kw(in->latitude_deg, day, hour) / 2;
    double used = made < kwh ? made : kwh > 0 ? kwh : 0;
    *roof_kwh += used;
    return kwh - used;
}

/* What is moved out of peak hours is used in daytime of the same day. */
static void shift_day(const struct xh_peak_in *in, bool has_normal, double kwh[XH_PEAK_BANDS])
{
    if (has_normal) {
        double moved = kwh[XH_PEAK_PEAK] * in->shift_percent / 100;
        kwh[XH_PEAK_PEAK] -= moved;
        kwh[XH_PEAK_NORMAL] += moved;
    }
}

int xh_energy_peak(const struct xh_peak_in *in, struct xh_peak_out *ret, struct xh_err *err)
{
    struct xh_peak_out out = {.row = NULL};
    struct xh_sum sums[XH_PEAK_BANDS] = {0};
    for (size_t d = 0; d < in->day_count; d++) {
        int32_t day = in->day_from + (int32_t)d;
        double of_day[XH_PEAK_BANDS] = {0};
        bool has_normal = false;
        for (int h = 0; h < XH_PEAK_HALF_HOURS; h++) {
            enum xh_peak_band band = XH_PEAK_NORMAL;
            int code = band_of(in, day, h, &out, &band, err);
            if (code < 0) {
                return code;
            }
            has_normal |= band == XH_PEAK_NORMAL;
            of_day[band] += less_roof(in, day, h, in->kwh[d * XH_PEAK_HALF_HOURS + (size_t)h],
                                      &out.roof_kwh);
        }
        shift_day(in, has_normal, of_day);
        for (int band = 0; band < XH_PEAK_BANDS; band++) {
            xh_sum_add(&sums[band], of_day[band]);
        }
    }
    for (int band = 0; band < XH_PEAK_BANDS; band++) {
        out.kwh[band] = xh_sum_value(&sums[band]);
    }
    *ret = out;
    return XH_E_OK;
}
