/* time.c: the calendar (proleptic Gregorian) and its bare numbers.
 *
 * Days are counted in years that begin on 1 March, so that the leap day comes last and a month's
 * start is a linear function of its number: from March on, every five months have 153 days.
 */
#include "base/time_internal.h"

enum {
    DAYS_400_YEARS = 146097,
    DAYS_100_YEARS = 36524,
    DAYS_4_YEARS = 1461,
    DAYS_YEAR = 365,
    DAYS_5_MONTHS = 153,
    DAYS_MARCH_0000_TO_1970 = 719468 /* 0000-03-01 to 1970-01-01 */
};

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int xh_month_days(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    xh_assert(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

int32_t xh_day_from_civil(int year, int month, int day)
{
    xh_assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);
    int from_march = (month + 9) % 12;
    int y = month < 3 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (DAYS_5_MONTHS * from_march + 2) / 5 + day - 1;
    int day_of_era = year_of_era * DAYS_YEAR + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_400_YEARS + day_of_era - DAYS_MARCH_0000_TO_1970;
}

void xh_day_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = (int64_t)day + DAYS_MARCH_0000_TO_1970;
    int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
    int day_of_era = (int)(shifted - era * DAYS_400_YEARS);

    /* The last day of a century and of an era is one that plain division would give to the next. */
    int century = day_of_era / DAYS_100_YEARS;
    century -= century / 4;
    int day_of_century = day_of_era - century * DAYS_100_YEARS;
    int quad = day_of_century / DAYS_4_YEARS;
    int day_of_quad = day_of_century - quad * DAYS_4_YEARS;
    int year_of_quad = day_of_quad / DAYS_YEAR;
    year_of_quad -= year_of_quad / 4;
    int day_of_year = day_of_quad - year_of_quad * DAYS_YEAR;

    int from_march = (5 * day_of_year + 2) / DAYS_5_MONTHS;
    int month = from_march < 10 ? from_march + 3 : from_march - 9;
    int year = (int)(era * 400) + century * 100 + quad * 4 + year_of_quad;
    *ret_year = month < 3 ? year + 1 : year;
    *ret_month = month;
    *ret_day = day_of_year - (DAYS_5_MONTHS * from_march + 2) / 5 + 1;
}

int xh_day_weekday(int32_t day)
{
    int from_monday = (int)(((int64_t)day + 3) % 7); /* 1970-01-01 was a Thursday */

    return (from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

bool xh_civil_is_valid(const struct xh_civil *c)
{
    return c->year >= 1 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= xh_month_days(c->year, c->month) && c->hour >= 0 && c->hour <= 23 &&
           c->minute >= 0 && c->minute <= 59 && c->second >= 0 && c->second <= 59 &&
           c->micros >= 0 && c->micros <= 999999;
}

int xh_period_parse(struct xh_str text, enum xh_period *ret)
{
    static const struct {
        const char *name;
        enum xh_period period;
    } names[] = {{"hour", XH_PERIOD_HOUR},
                 {"day", XH_PERIOD_DAY},
                 {"month", XH_PERIOD_MONTH},
                 {"year", XH_PERIOD_YEAR}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (xh_str_is(text, names[i].name)) {
            *ret = names[i].period;
            return 0;
        }
    }
    return XH_E_INVALID;
}

int64_t xh__civil_to_us(const struct xh_civil *c)
{
    int64_t seconds = (c->hour * 60 + c->minute) * 60 + c->second;
    return xh_day_from_civil(c->year, c->month, c->day) * XH_US_PER_DAY + seconds * XH_US_PER_S +
           c->micros;
}

void xh__civil_from_us(int64_t local_us, struct xh_civil *ret)
{
    int64_t day = xh__floor_div(local_us, XH_US_PER_DAY);
    int64_t rest = local_us - day * XH_US_PER_DAY;
    int seconds = (int)(rest / XH_US_PER_S);
    xh_day_to_civil((int32_t)day, &ret->year, &ret->month, &ret->day);
    ret->micros = (int)(rest % XH_US_PER_S);
    ret->second = seconds % 60;
    ret->minute = seconds / 60 % 60;
    ret->hour = seconds / 3600;
}
