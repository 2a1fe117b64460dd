/* roof.c: the sun's height, and what panels make of it. */
#include "domain/energy/roof.h"

#include <math.h>

#include "base/time.h"

static const double degree = 0.017453292519943295; /* pi / 180 */
static const double yield = 0.45;
static const double hour_angle_deg = 15;

double xh_energy_roof_kw(double latitude_deg, int32_t day, double hour)
{
    int year, month, of_month;
    xh_day_to_civil(day, &year, &month, &of_month);
    int of_year = day - xh_day_from_civil(year, 1, 1) + 1;
    double declination = 23.45 * degree * sin(360.0 * (284 + of_year) / 365 * degree);
    double latitude = latitude_deg * degree;
    double height = sin(latitude) * sin(declination) +
                    cos(latitude) * cos(declination) * cos((hour - 12) * hour_angle_deg * degree);
    return height > 0 ? yield * height : 0;
}
