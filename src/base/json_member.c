/* json_member.c: a name and its value. */
#include "base/json_member.h"

void xh_json_member_str(struct xh_json_writer *w, const char *name, struct xh_str value)
{
    xh_json_name(w, name);
    xh_json_str(w, value);
}

void xh_json_member_str_or_null(struct xh_json_writer *w, const char *name, struct xh_str value)
{
    xh_json_name(w, name);
    if (value.len > 0) {
        xh_json_str(w, value);
    } else {
        xh_json_null(w);
    }
}

void xh_json_member_str_if_any(struct xh_json_writer *w, const char *name, struct xh_str value)
{
    if (value.len > 0) {
        xh_json_member_str(w, name, value);
    }
}

void xh_json_member_string(struct xh_json_writer *w, const char *name, const char *value)
{
    xh_json_name(w, name);
    xh_json_string(w, value);
}

void xh_json_member_string_if_any(struct xh_json_writer *w, const char *name, const char *value)
{
    if (value[0] != '\0') {
        xh_json_member_string(w, name, value);
    }
}

void xh_json_member_int(struct xh_json_writer *w, const char *name, int64_t value)
{
    xh_json_name(w, name);
    xh_json_int(w, value);
}

void xh_json_member_bool(struct xh_json_writer *w, const char *name, bool value)
{
    xh_json_name(w, name);
    xh_json_bool(w, value);
}

void xh_json_member_num_or_null(struct xh_json_writer *w, const char *name, bool has, double value)
{
    xh_json_name(w, name);
    if (has) {
        xh_json_num(w, value);
    } else {
        xh_json_null(w);
    }
}

void xh_json_member_dec_or_null(struct xh_json_writer *w, const char *name, bool has,
                                struct xh_dec value)
{
    xh_json_name(w, name);
    if (has) {
        xh_json_dec(w, value);
    } else {
        xh_json_null(w);
    }
}

void xh_json_member_day_or_null(struct xh_json_writer *w, const char *name, bool has, int32_t day)
{
    char text[XH_TIME_TEXT_BYTES];
    xh_json_name(w, name);
    if (has) {
        (void)xh_day_print(day, text);
        xh_json_string(w, text);
    } else {
        xh_json_null(w);
    }
}

void xh_json_member_time(struct xh_json_writer *w, const char *name, int64_t at_us,
                         const struct xh_zone *zone)
{
    char text[XH_TIME_TEXT_BYTES];
    size_t len = zone != NULL ? xh_time_print_zoned(at_us, zone, text) : xh_time_print(at_us, text);
    xh_json_member_str(w, name, (struct xh_str){text, len});
}

void xh_json_member_time_or_null(struct xh_json_writer *w, const char *name, int64_t at_us)
{
    if (at_us != 0) {
        xh_json_member_time(w, name, at_us, NULL);
    } else {
        xh_json_name(w, name);
        xh_json_null(w);
    }
}
