/* wal_body.c: rows as the body of a record of the log, and back.
 *
 *   0 form u8 | 1 zero u24 | 4 rows u32 | 8 first_seq u64 | 16 form 0: rows of 30 bytes, one after
 *   the other; form 1: columns of the codec: series, time, value, quality, arrival
 *
 * Few rows are written as they are: that is quicker, and for a few also shorter. What is decoded is
 * checked as if a stranger had written it. docs/formats/wal.md gives every byte.
 */
#include "store/tsdb/wal_parts_internal.h"

#include "base/arena.h"
#include "store/tsdb/codec_internal.h"

#include <math.h>
#include <stdlib.h>

enum {
    HEAD_BYTES = 16,
    ROW_BYTES = 30,
    FORM_ROWS = 0,
    FORM_COLUMNS = 1,
    FEW_ROWS = 4 /* up to so many as rows */
};

void xh__wal_arrays_finish(struct xh__wal_arrays *arrays)
{
    free(arrays->ids);
    free(arrays->at_us);
    free(arrays->arrival_us);
    free(arrays->wide);
    free(arrays->values);
    free(arrays->decimals);
    free(arrays->quality);
    *arrays = (struct xh__wal_arrays){0};
}

static void *array_of(size_t count, size_t item_bytes)
{
    return xh_realloc(NULL, count * item_bytes);
}

static void arrays_reserve(struct xh__wal_arrays *arrays, size_t need)
{
    if (need <= arrays->capacity) {
        return;
    }
    xh__wal_arrays_finish(arrays);
    arrays->capacity = need;
    arrays->ids = array_of(need, sizeof(*arrays->ids));
    arrays->at_us = array_of(need, sizeof(*arrays->at_us));
    arrays->arrival_us = array_of(need, sizeof(*arrays->arrival_us));
    arrays->wide = array_of(need, sizeof(*arrays->wide));
    arrays->values = array_of(need, sizeof(*arrays->values));
    arrays->decimals = array_of(need, sizeof(*arrays->decimals));
    arrays->quality = array_of(need, sizeof(*arrays->quality));
}

/* ---- encoding ---- */

size_t xh__wal_body_bound(size_t count)
{
    if (count <= FEW_ROWS) {
        return HEAD_BYTES + FEW_ROWS * ROW_BYTES;
    }
    return HEAD_BYTES + 3 * xh__codec_ints_bound(count) + xh__codec_values_bound(count) +
           xh__codec_bytes_bound(count);
}

static size_t encode_rows(const struct xh__wal_rows *rows, uint8_t *out)
{
    uint8_t *at = out;
    for (size_t i = 0; i < rows->count; i++, at += ROW_BYTES) {
        uint64_t bits;
        memcpy(&bits, &rows->values[i], sizeof(bits));
        xh__le32_put(at, rows->ids[i]);
        xh__le64_put(at + 4, (uint64_t)rows->at_us[i]);
        xh__le64_put(at + 12, bits);
        xh__le64_put(at + 20, (uint64_t)rows->arrival_us[i]);
        at[28] = (uint8_t)rows->decimals[i];
        at[29] = rows->quality[i];
    }
    return (size_t)(at - out);
}

static size_t encode_columns(const struct xh__wal_rows *rows, int64_t *wide, uint8_t *out)
{
    uint8_t *at = out;
    for (size_t i = 0; i < rows->count; i++) {
        wide[i] = rows->ids[i];
    }
    at += xh__codec_ints_encode(wide, rows->count, at);
    at += xh__codec_ints_encode(rows->at_us, rows->count, at);
    at += xh__codec_values_encode(rows->values, rows->decimals, rows->count, at);
    at += xh__codec_bytes_encode(rows->quality, rows->count, at);
    at += xh__codec_ints_encode(rows->arrival_us, rows->count, at);
    return (size_t)(at - out);
}

size_t xh__wal_body_encode(const struct xh__wal_rows *rows, int64_t *wide, uint8_t *out)
{
    bool is_few = rows->count <= FEW_ROWS;
    memset(out, 0, HEAD_BYTES);
    out[0] = is_few ? FORM_ROWS : FORM_COLUMNS;
    xh__le32_put(out + 4, (uint32_t)rows->count);
    xh__le64_put(out + 8, rows->first_seq);
    uint8_t *body = out + HEAD_BYTES;
    return HEAD_BYTES + (is_few ? encode_rows(rows, body) : encode_columns(rows, wide, body));
}

/* ---- decoding ---- */

static int corrupt(const char *what, struct xh_err *err)
{
    return xh_err_set(err, XH_E_CORRUPT, "a record of the log is damaged: %s", what);
}

static int decode_rows(const uint8_t *bytes, size_t len, size_t count,
                       struct xh__wal_arrays *arrays, struct xh_err *err)
{
    if (len != count * ROW_BYTES) {
        return corrupt("its length and its rows do not agree", err);
    }
    const uint8_t *at = bytes;
    for (size_t i = 0; i < count; i++, at += ROW_BYTES) {
        uint64_t bits = xh__le64_get(at + 12);
        arrays->ids[i] = xh__le32_get(at);
        arrays->at_us[i] = (int64_t)xh__le64_get(at + 4);
        memcpy(&arrays->values[i], &bits, sizeof(bits));
        arrays->arrival_us[i] = (int64_t)xh__le64_get(at + 20);
        arrays->decimals[i] = (int8_t)at[28];
        arrays->quality[i] = at[29];
    }
    return 0;
}

static int narrow_ids(struct xh__wal_arrays *arrays, size_t count, struct xh_err *err)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        seen |= (uint64_t)arrays->wide[i];
        arrays->ids[i] = (uint32_t)arrays->wide[i];
    }
    return seen > UINT32_MAX ? corrupt("the number of a series is out of range", err) : 0;
}

/* One column after the other: what it took is taken off. */
static bool took(ptrdiff_t taken, const uint8_t **bytes, size_t *len)
{
    if (taken < 0) {
        return false;
    }
    *bytes += taken;
    *len -= (size_t)taken;
    return true;
}

static int decode_columns(const uint8_t *bytes, size_t len, size_t count,
                          struct xh__wal_arrays *arrays, struct xh_err *err)
{
    if (!took(xh__codec_ints_decode(bytes, len, count, arrays->wide), &bytes, &len) ||
        !took(xh__codec_ints_decode(bytes, len, count, arrays->at_us), &bytes, &len) ||
        !took(xh__codec_values_decode(bytes, len, count, arrays->values, arrays->decimals), &bytes,
              &len) ||
        !took(xh__codec_bytes_decode(bytes, len, count, arrays->quality), &bytes, &len) ||
        !took(xh__codec_ints_decode(bytes, len, count, arrays->arrival_us), &bytes, &len) ||
        len != 0) {
        return corrupt("its columns cannot be read", err);
    }
    return narrow_ids(arrays, count, err);
}

static int check_rows(const struct xh__wal_arrays *arrays, size_t count, struct xh_err *err)
{
    bool is_bad = false;
    for (size_t i = 0; i < count; i++) {
        is_bad |= arrays->decimals[i] < XH_NUM_DECIMALS_SHORTEST ||
                  arrays->decimals[i] > XH_NUM_DECIMALS_MAX;
        is_bad |= !isfinite(arrays->values[i]);
    }
    return is_bad ? corrupt("a value is not a number, or has too many decimals", err) : 0;
}

int xh__wal_body_decode(const uint8_t *bytes, size_t len, struct xh__wal_arrays *arrays,
                        struct xh__wal_rows *ret, struct xh_err *err)
{
    if (len < HEAD_BYTES || bytes[1] != 0 || bytes[2] != 0 || bytes[3] != 0 ||
        bytes[0] > FORM_COLUMNS) {
        return corrupt("its form is not known", err);
    }
    size_t count = xh__le32_get(bytes + 4);
    if (count == 0 || count > XH__WAL_ROWS_MAX) {
        return corrupt("the number of its rows is out of range", err);
    }
    arrays_reserve(arrays, count);
    bool is_rows = bytes[0] == FORM_ROWS;
    int rc = is_rows ? decode_rows(bytes + HEAD_BYTES, len - HEAD_BYTES, count, arrays, err)
                     : decode_columns(bytes + HEAD_BYTES, len - HEAD_BYTES, count, arrays, err);
    if (rc == 0) {
        rc = check_rows(arrays, count, err);
    }
    if (rc < 0) {
        return rc;
    }
    *ret = (struct xh__wal_rows){
        .count = count,
        .ids = arrays->ids,
        .at_us = arrays->at_us,
        .values = arrays->values,
        .decimals = arrays->decimals,
        .quality = arrays->quality,
        .arrival_us = arrays->arrival_us,
        .first_seq = xh__le64_get(bytes + 8),
    };
    return 0;
}

int xh__wal_decode(const uint8_t *bytes, size_t len, xh__wal_replay_fn *replay, void *arg,
                   struct xh_err *err)
{
    struct xh__wal_arrays arrays = {0};
    struct xh__wal_rows rows;
    int rc = xh__wal_body_decode(bytes, len, &arrays, &rows, err);
    if (rc == 0 && replay) {
        rc = replay(arg, 0, &rows, err);
    }
    xh__wal_arrays_finish(&arrays);
    return rc;
}
