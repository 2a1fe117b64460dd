/* json_member.h: one line a member: a name and its value, in an object that is being written.
 *
 * As in json.h the name must be one that needs no escape, and the writer one inside an object. What
 * is not there is either null (`_or_null`) or left out (`_if_any`); a reader of the answer can tell
 * the two, so the name says which.
 */
#ifndef XH_BASE_JSON_MEMBER_H
#define XH_BASE_JSON_MEMBER_H

#include "base/json.h"
#include "base/time.h"

void xh_json_member_str(struct xh_json_writer *w, const char *name, struct xh_str value);
void xh_json_member_str_or_null(struct xh_json_writer *w, const char *name, struct xh_str value);
void xh_json_member_str_if_any(struct xh_json_writer *w, const char *name, struct xh_str value);
/* NULL writes null. */
void xh_json_member_string(struct xh_json_writer *w, const char *name, const char *value);
/* Left out when it is empty. */
void xh_json_member_string_if_any(struct xh_json_writer *w, const char *name, const char *value);
void xh_json_member_int(struct xh_json_writer *w, const char *name, int64_t value);
void xh_json_member_bool(struct xh_json_writer *w, const char *name, bool value);
/* null when `has` is false. */
void xh_json_member_num_or_null(struct xh_json_writer *w, const char *name, bool has, double value);
void xh_json_member_dec_or_null(struct xh_json_writer *w, const char *name, bool has,
                                struct xh_dec value);
/* "2025-06-15"; null when `has` is false. */
void xh_json_member_day_or_null(struct xh_json_writer *w, const char *name, bool has, int32_t day);
/* RFC 3339 in the zone, or in UTC where it is NULL. */
void xh_json_member_time(struct xh_json_writer *w, const char *name, int64_t at_us,
                         const struct xh_zone *zone);
/* In UTC; null for 0. */
void xh_json_member_time_or_null(struct xh_json_writer *w, const char *name, int64_t at_us);

#endif
