/* mapping_lpp.c: bytes: Cayenne Low Power Payload (myDevices, "Cayenne LPP 2.0", and the types that
 * its libraries added, by the numbers of the IPSO objects minus 3200), and a rule's own table.
 *
 * A payload is a row of channel, type, value; the type says how many bytes follow, most significant
 * first. A type that is not known ends the reading: how long it is cannot be known. */
#include <math.h>
#include <string.h>

#include "service/mapping_internal.h"

struct lpp_part {
    const char *name; /* behind a dot, of types with several values */
    uint8_t bytes;
    bool is_signed;
    int16_t times;    /* what one step is: times / 10^scale */
    uint8_t scale;
};
struct lpp_type {
    uint8_t type;
    const char *name, *unit, *kind;
    struct lpp_part parts[3];
};

static const struct lpp_type types[] = {
    {0, "digital_in", "1", "state", {{"", 1, false, 1, 0}}},
    {1, "digital_out", "1", "state", {{"", 1, false, 1, 0}}},
    {2, "analog_in", "1", "gauge", {{"", 2, true, 1, 2}}},
    {3, "analog_out", "1", "gauge", {{"", 2, true, 1, 2}}},
    {100, "generic", "1", "gauge", {{"", 4, false, 1, 0}}},
    {101, "luminosity", "lx", "gauge", {{"", 2, false, 1, 0}}},
    {102, "presence", "1", "state", {{"", 1, false, 1, 0}}},
    {103, "temperature", "degC", "gauge", {{"", 2, true, 1, 1}}},
    {104, "relative_humidity", "%", "gauge", {{"", 1, false, 5, 1}}},
    {113, "accelerometer", "1", "gauge",
     {{"x", 2, true, 1, 3}, {"y", 2, true, 1, 3}, {"z", 2, true, 1, 3}}},
    {115, "barometric_pressure", "hPa", "gauge", {{"", 2, false, 1, 1}}},
    {116, "voltage", "V", "gauge", {{"", 2, false, 1, 2}}},
    {117, "current", "A", "gauge", {{"", 2, false, 1, 3}}},
    {118, "frequency", "Hz", "gauge", {{"", 4, false, 1, 0}}},
    {120, "percentage", "%", "gauge", {{"", 1, false, 1, 0}}},
    {121, "altitude", "m", "gauge", {{"", 2, true, 1, 0}}},
    {125, "concentration", "ppm", "gauge", {{"", 2, false, 1, 0}}},
    {128, "power", "W", "gauge", {{"", 2, false, 1, 0}}},
    {130, "distance", "m", "gauge", {{"", 4, false, 1, 3}}},
    {131, "energy", "kWh", "register", {{"", 4, false, 1, 3}}},
    {132, "direction", "1", "gauge", {{"", 2, false, 1, 0}}},
    {133, "unixtime", "s", "gauge", {{"", 4, false, 1, 0}}},
    {134, "gyrometer", "1", "gauge",
     {{"x", 2, true, 1, 2}, {"y", 2, true, 1, 2}, {"z", 2, true, 1, 2}}},
    {135, "colour", "1", "gauge",
     {{"r", 1, false, 1, 0}, {"g", 1, false, 1, 0}, {"b", 1, false, 1, 0}}},
    {136, "gps", "1", "gauge",
     {{"latitude", 3, true, 1, 4}, {"longitude", 3, true, 1, 4}, {"altitude", 3, true, 1, 2}}},
    {142, "switch", "1", "state", {{"", 1, false, 1, 0}}},
};

static const char *quantity_of(const struct lpp_type *type)
{
    return type->type == 131   ? "energy.electricity"
           : type->type == 128 ? "energy.power"
           : type->type == 116 ? "energy.voltage"
           : type->type == 117 ? "energy.current"
                               : type->name;
}

static const struct lpp_type *type_find(uint8_t type)
{
    for (size_t i = 0; i < XH_COUNT(types); i++) {
        if (types[i].type == type) {
            return &types[i];
        }
    }
    return NULL;
}

static uint64_t bytes_read(struct xh_str bytes, size_t from, size_t count, bool is_little)
{
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = is_little ? from + count - 1 - i : from + i;
        value = value << 8 | (uint8_t)bytes.ptr[at];
    }
    return value;
}

static int64_t sign_extended(uint64_t value, size_t bits)
{
    bool is_negative = bits > 0 && (value >> (bits - 1) & 1) != 0;
    if (is_negative && bits < 64) {
        value |= UINT64_MAX << bits;
    }
    int64_t out;
    memcpy(&out, &value, sizeof out); /* two's complement */
    return out;
}

static void fault(struct xh__mapping_work *work, struct xh_str name, const char *what, size_t at,
                  size_t len)
{
    struct xh_err why;
    (void)xh_err_set(&why, XH_E_INVALID, "%.*s: %s at byte %zu of %zu",
                     XH_STR_ARG(xh_str_sub(name, 0, 60)), what, at + 1, len);
    xh__mapping_fault(work, name, &why);
}

static size_t type_bytes(const struct lpp_type *type)
{
    return (size_t)type->parts[0].bytes + type->parts[1].bytes + type->parts[2].bytes;
}

/* The values of one channel. A time stands for all that follows. */
static int lpp_take(struct xh__mapping_work *work, const struct lpp_type *type, unsigned channel,
                    struct xh_str bytes, struct xh_err *err)
{
    size_t at = 0;
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < 3 && type->parts[i].bytes > 0; i++) {
        const struct lpp_part *part = &type->parts[i];
        uint64_t raw = bytes_read(bytes, at, part->bytes, false);
        int64_t value = part->is_signed ? sign_extended(raw, 8u * part->bytes) : (int64_t)raw;
        at += part->bytes;
        if (type->type == 133) {
            int64_t said = value * XH_US_PER_S;
            return xh__mapping_time_find(work, &said) ? 1 : 0;
        }
        struct xh__mapping_found found = {
            .name = xh_arena_format(work->arena, "%s_%u%s%s", type->name, channel,
                                    part->name[0] != '\0' ? "." : "", part->name),
            .unit = type->type == 136 && i == 2 ? "m" : type->unit,
            .kind = type->kind,
            .quantity = quantity_of(type),
            .number = xh__mapping_number_int(value * part->times, part->scale),
        };
        code = xh__mapping_emit_found(work, &found, err);
    }
    return code < 0 ? code : 1;
}

static int lpp(struct xh__mapping_work *work, struct xh_str bytes, struct xh_err *err)
{
    const struct xh_str name = XH_STR("cayenne_lpp");
    int code = 1;
    for (size_t at = 0; code == 1 && at < bytes.len;) {
        const struct lpp_type *type = at + 1 < bytes.len ? type_find((uint8_t)bytes.ptr[at + 1])
                                                         : NULL;
        if (type == NULL) {
            fault(work, name, "no known type", at, bytes.len);
            return XH_E_OK;
        }
        if (bytes.len - at - 2 < type_bytes(type)) {
            fault(work, name, "the value was cut", at, bytes.len);
            return XH_E_OK;
        }
        code = lpp_take(work, type, (uint8_t)bytes.ptr[at],
                        xh_str_sub(bytes, at + 2, type_bytes(type)), err);
        at += 2 + type_bytes(type);
    }
    return code < 0 ? code : XH_E_OK;
}

/* ---- the rule's own table ---- */

/* Two digits a byte. False: a half of a byte is none. */
static bool bcd_read(uint64_t raw, size_t bytes, int64_t *ret)
{
    int64_t value = 0;
    for (size_t i = 2 * bytes; i > 0; i--) {
        unsigned digit = raw >> (4 * (i - 1)) & 15;
        if (digit > 9) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool float_read(uint64_t raw, size_t bytes, struct xh__mapping_number *ret)
{
    double value = NAN;
    if (bytes == 4) {
        uint32_t bits = (uint32_t)raw;
        float single;
        memcpy(&single, &bits, sizeof single);
        value = (double)single;
    } else if (bytes == 8) {
        memcpy(&value, &raw, sizeof value);
    }
    *ret = (struct xh__mapping_number){false, {0, 0}, value};
    return isfinite(value);
}

static bool row_read(const struct xh__mapping_value *v, struct xh_str bytes,
                     struct xh__mapping_number *ret)
{
    uint64_t raw = bytes_read(bytes, v->first_byte, v->byte_count, v->is_little);
    size_t bits = 8 * v->byte_count;
    int64_t value = 0;
    if (v->type == XH__MAPPING_FLOAT) {
        return float_read(raw, v->byte_count, ret);
    }
    if (v->bit_count > 0) {
        raw = raw >> v->first_bit & (UINT64_MAX >> (64 - v->bit_count));
        bits = v->bit_count;
    }
    if (v->type == XH__MAPPING_BCD) {
        if (!bcd_read(raw, v->byte_count, &value)) {
            return false;
        }
        *ret = xh__mapping_number_int(value, 0);
        return true;
    }
    struct xh_dec dec = {
        v->type == XH__MAPPING_SIGNED ? (__int128)sign_extended(raw, bits) : (__int128)raw, 0};
    *ret = (struct xh__mapping_number){true, dec, xh_dec_to_double(dec)};
    return true;
}

static int table(struct xh__mapping_work *work, struct xh_str bytes, struct xh_err *err)
{
    int code = XH_E_OK;
    for (size_t i = 0; code >= 0 && i < work->rule->value_count; i++) {
        const struct xh__mapping_value *v = &work->rule->values[i];
        struct xh__mapping_number number;
        if (v->byte_count == 0 || v->byte_count > 8) {
            continue; /* no row of the table */
        }
        if (v->first_byte + v->byte_count > bytes.len) {
            fault(work, v->name, "the payload ends before it", v->first_byte, bytes.len);
        } else if (!row_read(v, bytes, &number)) {
            fault(work, v->name, "no number", v->first_byte, bytes.len);
        } else {
            code = xh__mapping_emit(work, v, number, err);
        }
    }
    return code;
}

int xh__mapping_bytes(struct xh__mapping_work *work, struct xh_str bytes, struct xh_err *err)
{
    return work->rule->decoder == XH__MAPPING_TABLE ? table(work, bytes, err)
                                                    : lpp(work, bytes, err);
}
