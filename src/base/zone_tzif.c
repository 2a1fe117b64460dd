/* zone_tzif.c: the TZif format, versions 1 to 4 (RFC 8536, section 3; version 4: RFC 9636).
 *
 * A file of version 2 or later holds its data twice; the first copy, of 32-bit times, is skipped.
 * Files that count leap seconds ("right/...") are refused: our instants do not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/zone_internal.h"

enum { HEADER_BYTES = 44, TYPE_BYTES = 6, FILE_BYTES_MAX = 65536 };

struct header {
    char version;
    uint64_t ut_count, standard_count, leap_count, time_count, type_count, char_count;
};

/* Where the parts of a data block lie. */
struct block {
    const unsigned char *times, *indexes, *types;
};

static uint64_t read_be(const unsigned char *p, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value = value << 8 | p[i];
    }
    return value;
}

static int64_t read_time(const unsigned char *p, int bytes)
{
    if (bytes == 4) {
        return (int32_t)(uint32_t)read_be(p, 4);
    }
    return (int64_t)read_be(p, 8);
}

static bool read_header(struct xh_str *rest, struct header *ret)
{
    const unsigned char *p = (const unsigned char *)rest->ptr;
    if (rest->len < HEADER_BYTES || memcmp(p, "TZif", 4) != 0) {
        return false;
    }
    *ret = (struct header){(char)p[4],          read_be(p + 20, 4), read_be(p + 24, 4),
                           read_be(p + 28, 4), read_be(p + 32, 4), read_be(p + 36, 4),
                           read_be(p + 40, 4)};
    *rest = xh_str_sub(*rest, HEADER_BYTES, rest->len);
    return ret->version == '\0' || (ret->version >= '2' && ret->version <= '4');
}

static bool take_block(struct xh_str *rest, const struct header *h, int time_bytes,
                       struct block *ret)
{
    uint64_t width = (uint64_t)time_bytes;
    uint64_t size = h->time_count * (width + 1) + h->type_count * TYPE_BYTES + h->char_count +
                    h->leap_count * (width + 4) + h->standard_count + h->ut_count;

    if (size > rest->len) {
        return false;
    }
    ret->times = (const unsigned char *)rest->ptr;
    ret->indexes = ret->times + h->time_count * width;
    ret->types = ret->indexes + h->time_count;
    *rest = xh_str_sub(*rest, (size_t)size, rest->len);
    return true;
}

/* RFC 8536, section 3.1: what the counts may be. */
static bool has_good_counts(const struct header *h)
{
    return h->type_count > 0 && h->type_count <= 256 && h->char_count > 0 &&
           (h->ut_count == 0 || h->ut_count == h->type_count) &&
           (h->standard_count == 0 || h->standard_count == h->type_count);
}

static bool has_good_types(const struct header *h, const struct block *b)
{
    for (uint64_t i = 0; i < h->type_count; i++) {
        const unsigned char *type = b->types + i * TYPE_BYTES;
        int64_t offset_s = read_time(type, 4);
        if (offset_s <= -XH__ZONE_OFFSET_MAX_S || offset_s >= XH__ZONE_OFFSET_MAX_S ||
            type[4] > 1 || type[5] >= h->char_count) {
            return false;
        }
    }
    return true;
}

static bool read_transitions(const struct header *h, const struct block *b, int time_bytes,
                             struct xh_zone *zone)
{
    zone->first_offset_s = (int)read_time(b->types, 4);
    for (size_t i = 0; i < zone->count; i++) {
        zone->at_s[i] = read_time(b->times + i * (size_t)time_bytes, time_bytes);
        if (b->indexes[i] >= h->type_count || (i > 0 && zone->at_s[i] <= zone->at_s[i - 1])) {
            return false;
        }
        zone->offset_s[i] = (int32_t)read_time(b->types + b->indexes[i] * TYPE_BYTES, 4);
    }
    return true;
}

static bool read_footer(struct xh_str rest, struct xh_zone *zone)
{
    if (rest.len < 2 || rest.ptr[0] != '\n' || rest.ptr[rest.len - 1] != '\n') {
        return false;
    }
    rest = xh_str_sub(rest, 1, rest.len - 2);
    if (rest.len == 0) {
        return true;
    }
    zone->has_rule = xh__zone_rule_parse(rest, &zone->rule);
    return zone->has_rule;
}

static int refuse(struct xh_err *err, struct xh_str name, const char *why)
{
    return xh_err_set(err, XH_E_INVALID, "time zone \"%.*s\" cannot be read: %s", XH_STR_ARG(name),
                      why);
}

int xh_zone_parse(struct xh_str name, struct xh_str tzif, struct xh_zone **ret, struct xh_err *err)
{
    struct xh_str rest = tzif;
    struct header h = {0};
    struct block b = {0};
    int time_bytes = 4;
    if (tzif.len > FILE_BYTES_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "time zone \"%.*s\" is larger than %d bytes",
                          XH_STR_ARG(name), (int)FILE_BYTES_MAX);
    }
    if (!read_header(&rest, &h)) {
        return refuse(err, name, "not a TZif file of version 1 to 4");
    }
    if (h.version != '\0') {
        time_bytes = 8;
        if (!take_block(&rest, &h, 4, &b) || !read_header(&rest, &h) || h.version == '\0') {
            return refuse(err, name, "its second part is missing");
        }
    }
    if (h.leap_count > 0) {
        return xh_err_set(err, XH_E_UNSUPPORTED, "time zone \"%.*s\" counts leap seconds",
                          XH_STR_ARG(name));
    }
    if (!take_block(&rest, &h, time_bytes, &b) || !has_good_counts(&h) || !has_good_types(&h, &b)) {
        return refuse(err, name, "its tables are damaged");
    }

    struct xh_zone *zone = xh__zone_create(name, (size_t)h.time_count);
    if (!read_transitions(&h, &b, time_bytes, zone)) {
        xh_zone_destroy(zone);
        return refuse(err, name, "its transitions are damaged");
    }
    if (h.version == '\0' ? rest.len > 0 : !read_footer(rest, zone)) {
        xh_zone_destroy(zone);
        return refuse(err, name, "its footer is damaged");
    }
    *ret = zone;
    return 0;
}

static bool is_good_name(struct xh_str name)
{
    if (name.len == 0 || name.len > 128 || name.ptr[0] == '/' || name.ptr[name.len - 1] == '/') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !xh_char_is_digit(c) && c != '_' && c != '-' && c != '+' && c != '/') {
            return false;
        }
    }
    return true;
}

int xh_zone_load(const struct xh_env *env, struct xh_str name, struct xh_zone **ret,
                 struct xh_err *err)
{
    struct xh_buf bytes = {0};
    struct xh_buf path = {0};
    if (!is_good_name(name)) {
        return xh_err_set(err, XH_E_INVALID, "\"%.*s\" is not a time zone such as Asia/Ho_Chi_Minh",
                          name.len > 60 ? 60 : (int)name.len, name.len > 0 ? name.ptr : "");
    }
    xh_buf_add_text(&path, "/usr/share/zoneinfo/");
    xh_buf_add_str(&path, name);
    int rc = xh_file_read(env, xh_buf_text(&path), FILE_BYTES_MAX, &bytes, err);
    if (rc == XH_E_NOT_FOUND) {
        xh_err_set(err, rc, "time zone \"%.*s\" is not known to this machine", XH_STR_ARG(name));
    }
    if (rc == 0) {
        rc = xh_zone_parse(name, xh_buf_str(&bytes), ret, err);
    }
    xh_buf_finish(&path);
    xh_buf_finish(&bytes);
    return rc;
}
