/* time.h: instants, civil dates, zones, intervals.
 *
 * An instant is int64 microseconds since 1970-01-01T00:00Z on the POSIX scale (no leap seconds),
 * years 0001 to 9999. A day is int32 days since 1970-01-01 (proleptic Gregorian). A bill's day is a
 * day in its site's zone; conversion is by the zone's TZif file, read by ourselves (RFC 8536
 * version 1 to 4, footer included), never through the process' TZ.
 */
#ifndef XH_BASE_TIME_H
#define XH_BASE_TIME_H

#include "base/env.h"

#define XH_US_PER_S INT64_C(1000000)
#define XH_US_PER_HOUR (3600 * XH_US_PER_S)
#define XH_US_PER_DAY (86400 * XH_US_PER_S)
#define XH_TIME_MIN (-62135596800 * XH_US_PER_S)         /* 0001-01-01T00:00:00Z */
#define XH_TIME_MAX (253402300799 * XH_US_PER_S + 999999) /* 9999-12-31T23:59:59.999999Z */
#define XH_TIME_OPEN_END INT64_MAX                        /* "still in force" */
#define XH_DAY_OPEN_END INT32_MAX

enum { XH_TIME_TEXT_BYTES = 40 };

/* Civil date and clock time. */
struct xh_civil {
    int year, month, day;              /* 1-9999, 1-12, 1-31 */
    int hour, minute, second, micros;  /* 0-23, 0-59, 0-59, 0-999999 */
};

/* The date must exist, but may be a little outside of 1-9999: the end of 9999 is a day of 10000. */
int32_t xh_day_from_civil(int year, int month, int day);
void xh_day_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day);
int xh_day_weekday(int32_t day);                         /* 1 = Monday ... 7 = Sunday (ISO 8601) */
int xh_month_days(int year, int month);
bool xh_civil_is_valid(const struct xh_civil *c);

/* "2025-06-15". Errors: XH_E_INVALID. */
int xh_day_parse(struct xh_str text, int32_t *ret_day, struct xh_err *err);
size_t xh_day_print(int32_t day, char text[XH_TIME_TEXT_BYTES]);

/* RFC 3339 section 5.6: "2025-06-15T08:00:00.5+07:00", 'T' 't' or space, 'Z' or 'z'. A second 60
 * is refused. More than six decimals are cut. */
int xh_time_parse(struct xh_str text, int64_t *ret_us, struct xh_err *err);
/* "2025-06-15T01:00:00Z", with .5, .25 ... only as many decimals as needed. Days and instants out
 * of range, open ends among them, print as "..", in all functions that print. */
size_t xh_time_print(int64_t at_us, char text[XH_TIME_TEXT_BYTES]);
/* With the zone's offset at that instant: "2025-06-15T08:00:00+07:00". */
struct xh_zone;
size_t xh_time_print_zoned(int64_t at_us, const struct xh_zone *zone,
                           char text[XH_TIME_TEXT_BYTES]);
/* A local clock time without offset: "2016-08-01T00:00", "2011-07-01 00:30:00", "2016-08-01",
 * "01/07/2011 00:30" (day first). What it means in a zone: xh_zone_to_us. */
int xh_civil_parse(struct xh_str text, struct xh_civil *ret, struct xh_err *err);

/* ISO 8601 duration "P1Y2M3DT4H5M6.5S", "P2W", with an optional '-'. Only seconds may have
 * decimals; at most 9999 years and as many days. */
struct xh_duration {
    int32_t months; /* years x 12 + months */
    int32_t days;
    int64_t us;     /* the time part */
};
int xh_duration_parse(struct xh_str text, struct xh_duration *ret, struct xh_err *err);
/* "start/end", "start/duration", "duration/end", each instant RFC 3339; end is exclusive. Months
 * are counted in the calendar of the instant's own offset; January 31 + P1M is February's last. */
struct xh_interval {
    int64_t from_us, to_us; /* from <= to */
};
int xh_interval_parse(struct xh_str text, struct xh_interval *ret, struct xh_err *err);
size_t xh_interval_print(struct xh_interval iv, char text[2 * XH_TIME_TEXT_BYTES]);

/* A time zone: immutable after load, may be shared by threads. An instant out of range is taken as
 * the nearer end of the range; open ends stay open where a day is asked for. */
/* `name` as in the IANA database ("Asia/Ho_Chi_Minh"), looked for below /usr/share/zoneinfo; names
 * with "..", a leading '/' or other bytes than letters, digits, '_', '-', '+', '/' are refused. */
int xh_zone_load(const struct xh_env *env, struct xh_str name, struct xh_zone **ret,
                 struct xh_err *err);
/* From the bytes of a TZif file (at most 64 KiB). XH_E_UNSUPPORTED when it counts leap seconds. */
int xh_zone_parse(struct xh_str name, struct xh_str tzif, struct xh_zone **ret, struct xh_err *err);
struct xh_zone *xh_zone_fixed(struct xh_str name, int offset_s); /* for tests; |offset| < 26 h */
void xh_zone_destroy(struct xh_zone *zone);
struct xh_str xh_zone_name(const struct xh_zone *zone);

int xh_zone_offset_s(const struct xh_zone *zone, int64_t at_us); /* east of Greenwich positive */
void xh_zone_to_civil(const struct xh_zone *zone, int64_t at_us, struct xh_civil *ret);
/* The instant of a local clock time. In the hour that occurs twice: the first when `is_second` is
 * false, else the second. In the hour that does not exist: moved forward by the gap. *ret_kind
 * (NULL allowed) says which happened. */
enum xh_civil_kind { XH_CIVIL_ONCE, XH_CIVIL_TWICE, XH_CIVIL_NEVER };
int64_t xh_zone_to_us(const struct xh_zone *zone, const struct xh_civil *civil, bool is_second,
                      enum xh_civil_kind *ret_kind);

/* Local periods. A period is [from, to) and starts and ends at local boundaries, so that a day has
 * 23, 24 or 25 hours. Periods of a kind follow each other without gap or overlap: a day lasts from
 * its first 00:00 (or what follows it when clocks skip it) to that of the next day; the hour that
 * occurs twice is two hours; where clocks move by half an hour, an hour has 30 or 90 minutes. */
enum xh_period { XH_PERIOD_HOUR, XH_PERIOD_DAY, XH_PERIOD_MONTH, XH_PERIOD_YEAR };
int32_t xh_zone_day(const struct xh_zone *zone, int64_t at_us);
int64_t xh_zone_day_start_us(const struct xh_zone *zone, int32_t day);
struct xh_interval xh_zone_period(const struct xh_zone *zone, enum xh_period period, int64_t at_us);
int xh_period_parse(struct xh_str text, enum xh_period *ret); /* "hour" "day" "month" "year" */

#endif
