/* month.c: the months by which segments are cut, in UTC. */
#include "store/tsdb/keep_internal.h"

int32_t xh__month_of(int64_t at_us)
{
    int year, month, day;
    int64_t days = at_us / XH_US_PER_DAY;
    days -= at_us % XH_US_PER_DAY < 0;
    xh_day_to_civil((int32_t)days, &year, &month, &day);
    return (year - 1970) * 12 + month - 1;
}

int64_t xh__month_begin_us(int32_t month)
{
    int32_t year = month / 12 - (month % 12 < 0);
    return xh_day_from_civil(1970 + year, month - 12 * year + 1, 1) * XH_US_PER_DAY;
}
