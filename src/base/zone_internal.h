/* zone_internal.h: what the zone files share. All times here are whole seconds. */
#ifndef XH_BASE_ZONE_INTERNAL_H
#define XH_BASE_ZONE_INTERNAL_H

#include "base/time_internal.h"

enum { XH__ZONE_OFFSET_MAX_S = 26 * 3600 }; /* |offset| is less (RFC 8536, section 3.2) */

/* A date of the year, as in POSIX.1-2017, section 8.3: Jn, n or Mm.w.d, with the clock time. */
enum xh__zone_date_kind { XH__ZONE_DATE_NO_LEAP, XH__ZONE_DATE_LEAP, XH__ZONE_DATE_WEEKDAY };
struct xh__zone_date {
    enum xh__zone_date_kind kind;
    int day;         /* 1-365, 0-365, or weekday with 0 = Sunday */
    int month, week; /* 1-12, 1-5 with 5 = last */
    int clock_s;     /* -167 h to 167 h (RFC 8536, section 3.3.1) */
};

/* What happens after the last transition of the file. */
struct xh__zone_rule {
    int standard_s, summer_s; /* east of Greenwich positive */
    bool has_summer;
    struct xh__zone_date summer_start, summer_end;
};

/* A stretch of time with one offset: from_s <= t < to_s; INT64_MIN and INT64_MAX at the ends. */
struct xh__zone_segment {
    int64_t from_s, to_s;
    int offset_s;
};

struct xh_zone {
    char *name;
    size_t name_len;
    int64_t *at_s;        /* strictly ascending */
    int32_t *offset_s;    /* from at_s[i] on */
    size_t count;
    int first_offset_s;   /* before at_s[0] */
    bool has_rule;        /* from the last transition on; without one its offset goes on */
    struct xh__zone_rule rule;
};

struct xh_zone *xh__zone_create(struct xh_str name, size_t count);
struct xh__zone_segment xh__zone_segment(const struct xh_zone *zone, int64_t at_s);

/* "AEST-10AEDT,M10.1.0,M4.1.0/3". False when it is not such a text. */
bool xh__zone_rule_parse(struct xh_str text, struct xh__zone_rule *ret);
struct xh__zone_segment xh__zone_rule_segment(const struct xh__zone_rule *rule, int64_t at_s);

#endif
