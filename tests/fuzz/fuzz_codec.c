/* Columns: any bytes are refused or read within their bounds, each part as the whole; and what is
 * written comes back. The first byte says which, the next two how many values. */
#include "store/tsdb/codec_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COUNT_MAX = 4096 };

/* Memory of exactly the size, so that a sanitizer sees one byte too far. */
static void *exact(const void *bytes, size_t len)
{
    void *copy = malloc(len > 0 ? len : 1);
    if (!copy) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void read_ints(const uint8_t *bytes, size_t len, size_t count)
{
    int64_t *all = calloc(count, sizeof(*all));
    int64_t *part = calloc(count, sizeof(*part));
    size_t from = count / 3, index = 0;
    ptrdiff_t taken = xh__codec_ints_decode(bytes, len, count, all);
    int rc = xh__codec_ints_slice(bytes, len, count, from, count, part);
    require(taken == XH_E_CORRUPT || (taken > 0 && (size_t)taken <= len));
    if (taken > 0) {
        require(rc == 0 && memcmp(part, all + from, (count - from) * sizeof(*part)) == 0);
        require(xh__codec_ints_find(bytes, len, count, all[count / 2], &index) == 0);
        require(index <= count);
    }
    free(all);
    free(part);
}

static void read_values(const uint8_t *bytes, size_t len, size_t count)
{
    double *all = calloc(count, sizeof(*all));
    double *part = calloc(count, sizeof(*part));
    int8_t *decimals = calloc(count, 1);
    struct xh__codec_fold fold;
    size_t from = count / 3;
    ptrdiff_t taken = xh__codec_values_decode(bytes, len, count, all, decimals);
    int rc = xh__codec_values_slice(bytes, len, count, from, count, part, NULL);
    int fold_rc = xh__codec_values_fold(bytes, len, count, from, count, &fold);
    require(taken == XH_E_CORRUPT || (taken > 0 && (size_t)taken <= len));
    if (taken > 0) {
        double min = all[from], max = all[from];
        for (size_t i = from; i < count; i++) {
            require(isfinite(all[i]));
            require(decimals[i] >= XH_NUM_DECIMALS_SHORTEST && decimals[i] <= XH_NUM_DECIMALS_MAX);
            min = fmin(min, all[i]);
            max = fmax(max, all[i]);
        }
        require(rc == 0 && memcmp(part, all + from, (count - from) * sizeof(*part)) == 0);
        require(fold_rc == 0 && fold.sum.count == count - from);
        require(fold.min == min && fold.max == max);
    }
    free(all);
    free(part);
    free(decimals);
}

static void read_bytes(const uint8_t *bytes, size_t len, size_t count)
{
    uint8_t *all = calloc(count, 1);
    ptrdiff_t taken = xh__codec_bytes_decode(bytes, len, count, all);
    require(taken == XH_E_CORRUPT || (taken > 0 && (size_t)taken <= len));
    free(all);
}

/* Integers from the input: each byte, or each 8, a value, a difference, or a difference of
 * differences. */
static void write_ints(const uint8_t *input, size_t len, uint8_t how)
{
    size_t size = (how & 1) != 0 ? 8 : 1;
    size_t count = len / size < COUNT_MAX ? len / size : COUNT_MAX;
    uint64_t step = 0, sum = 0;
    if (count == 0) {
        return;
    }
    int64_t *values = calloc(count, sizeof(*values));
    int64_t *back = calloc(count, sizeof(*back));
    for (size_t i = 0; i < count; i++) {
        uint64_t item = 0;
        memcpy(&item, input + i * size, size);
        step = (how & 2) != 0 ? step + item - 100 : item;
        sum = (how & 4) != 0 ? sum + step : step;
        values[i] = (int64_t)sum;
    }
    uint8_t *room = malloc(xh__codec_ints_bound(count));
    size_t written = xh__codec_ints_encode(values, count, room);
    uint8_t *bytes = exact(room, written);
    require(xh__codec_ints_decode(bytes, written, count, back) == (ptrdiff_t)written);
    require(memcmp(values, back, count * sizeof(*back)) == 0);
    read_ints(bytes, written, count);
    free(room);
    free(bytes);
    free(values);
    free(back);
}

/* Values: 3 bytes a decimal; or 9, decimals and any finite bits. */
static void write_values(const uint8_t *input, size_t len, uint8_t how)
{
    static const double powers[] = {1, 10, 100, 1000};
    size_t size = (how & 1) != 0 ? 9 : 3;
    size_t count = len / size < COUNT_MAX ? len / size : COUNT_MAX;
    if (count == 0) {
        return;
    }
    double *values = calloc(count, sizeof(*values));
    double *back = calloc(count, sizeof(*back));
    int8_t *decimals = calloc(count, 1);
    int8_t *decimals_back = calloc(count, 1);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *item = input + i * size;
        int16_t integer;
        memcpy(&integer, item + 1, sizeof(integer));
        values[i] = integer / powers[item[0] % 4];
        decimals[i] = (int8_t)(item[0] % 4);
        if (size == 9) {
            memcpy(&values[i], item + 1, sizeof(*values));
            values[i] = isfinite(values[i]) ? values[i] : 0;
            decimals[i] = (int8_t)(item[0] % 19 - 1);
        }
    }
    uint8_t *room = malloc(xh__codec_values_bound(count));
    size_t written = xh__codec_values_encode(values, decimals, count, room);
    uint8_t *bytes = exact(room, written);
    require(xh__codec_values_decode(bytes, written, count, back, decimals_back) ==
            (ptrdiff_t)written);
    require(memcmp(values, back, count * sizeof(*back)) == 0);
    require(memcmp(decimals, decimals_back, count) == 0);
    read_values(bytes, written, count);
    free(room);
    free(bytes);
    free(values);
    free(back);
    free(decimals);
    free(decimals_back);
}

static void write_bytes(const uint8_t *input, size_t len)
{
    if (len == 0) {
        return;
    }
    uint8_t *room = malloc(xh__codec_bytes_bound(len));
    uint8_t *back = malloc(len);
    size_t written = xh__codec_bytes_encode(input, len, room);
    uint8_t *bytes = exact(room, written);
    require(xh__codec_bytes_decode(bytes, written, len, back) == (ptrdiff_t)written);
    require(memcmp(input, back, len) == 0);
    free(room);
    free(bytes);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    size_t count = 1 + ((size_t)data[1] | (size_t)data[2] << 8) % COUNT_MAX;
    size_t len = size - 3;
    uint8_t *input = exact(data + 3, len);
    switch (data[0] % 6) {
    case 0:
        read_ints(input, len, count);
        break;
    case 1:
        read_values(input, len, count);
        break;
    case 2:
        read_bytes(input, len, count);
        break;
    case 3:
        write_ints(input, len, data[1]);
        break;
    case 4:
        write_values(input, len, data[1]);
        break;
    default:
        write_bytes(input, len < COUNT_MAX ? len : COUNT_MAX);
        break;
    }
    free(input);
    return 0;
}
