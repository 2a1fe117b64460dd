/* roof.h: what a roof with solar panels gives, roughly. Pure.
 *
 *     kW = kWp x 0.45 x sin(height of the sun), nothing when it is down
 *
 * with the height from latitude, declination (P. I. Cooper, Solar Energy 12, 1969: 23.45 degrees
 * sin(360 (284 + n) / 365), n the day of the year) and the hour angle, solar noon at 12:00. 0.45
 * stands for clouds, haze, heat and the inverter together: at the latitude of Hanoi it makes about
 * 1,130 kWh a year for each kWp. It is a rough what-if, not a design: no shade, no tilt, no weather
 * of the day.
 */
#ifndef XH_DOMAIN_ENERGY_ROOF_H
#define XH_DOMAIN_ENERGY_ROOF_H

#include <stdint.h>

/* Mean power of 1 kWp, in kW, at a clock time of a day. */
double xh_energy_roof_kw(double latitude_deg, int32_t day, double hour);

#endif
