/* segment_index.c: blocks of the index: up to XH__INDEX_BLOCK chunks as columns.
 *
 * A block of meters that report together has constants and steps in most columns. Of the five
 * numbers about values, a register's minimum is its first value and its maximum its last, which a
 * bit each says; the rest are integers scaled by one power of ten, the last told from the first and
 * the sum from their mean. Chunks whose numbers are no such decimals are told bit for bit. */
#include "base/time.h"
#include "store/tsdb/segment_format_internal.h"

#include <math.h>

enum {
    N = XH__INDEX_BLOCK,
    HEAD_PLACES = 32,        /* bit of the block's first byte: arrivals are places */
    HEAD_DECIMALS = 31,      /* the other bits: the power of ten */
    DECIMALS_MAX = 9,
    INT_COLUMNS = 15, VALUE_COLUMNS = 4, BYTE_COLUMNS = 2
};

/* A chunk's form: its flags, and which numbers are which. */
enum form {
    FORM_FLAGS = 7,
    FORM_MIN_IS_FIRST = 8,
    FORM_MAX_IS_LAST = 16,
    FORM_MIN_IS_LAST = 32,
    FORM_MAX_IS_FIRST = 64,
    FORM_IS_RAW = 128,       /* bit for bit */
    FORM_HAS_MIN = FORM_MIN_IS_FIRST | FORM_MIN_IS_LAST,
    FORM_HAS_MAX = FORM_MAX_IS_LAST | FORM_MAX_IS_FIRST
};

#define SCALED_MAX 1099511627776.0  /* 2^40: count times twice that fits 64 bits */
#define SUM_MAX 4503599627370496.0  /* 2^52: its neighbours are whole numbers */

static const double powers[DECIMALS_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

size_t xh__index_block_bound(void)
{
    const size_t varints = 16;
    return varints + INT_COLUMNS * xh__codec_ints_bound(N) +
           VALUE_COLUMNS * xh__codec_values_bound(N) + BYTE_COLUMNS * xh__codec_bytes_bound(N);
}

/* ---- scaled numbers ---- */

static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

/* Sums as their bits: that of huge values may be infinite, which no column of values holds. */
static int64_t bits_of(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static double double_of(int64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static bool scale(double value, int decimals, double max, int64_t *ret)
{
    double scaled = value * powers[decimals];
    if (!(fabs(scaled) <= max)) {
        return false;
    }
    *ret = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    return is_same((double)*ret / powers[decimals], value);
}

/* What the rounded quotient sum = total / power lacks: the remainder is a double (a theorem of
 * division), so this is the nearest double to a number that does not depend on how far the fraction
 * was expanded. The codec's fold says the same. */
static double rest_of(int64_t total, double sum, double power)
{
    return fma(-sum, power, (double)total) / power;
}

struct scaled {
    int64_t first, last, min, max, sum;
};

static bool scale_chunk(const struct xh__chunk *chunk, int decimals, struct scaled *ret)
{
    return scale(chunk->first, decimals, SCALED_MAX, &ret->first) &&
           scale(chunk->last, decimals, SCALED_MAX, &ret->last) &&
           scale(chunk->min, decimals, SCALED_MAX, &ret->min) &&
           scale(chunk->max, decimals, SCALED_MAX, &ret->max) &&
           scale(chunk->sum, decimals, SUM_MAX, &ret->sum) &&
           is_same(chunk->compensation, rest_of(ret->sum, chunk->sum, powers[decimals]));
}

/* Count times the mean of first and last: what the sum of a steady register is close to. */
static int64_t expected_sum(uint32_t count, int64_t first, int64_t last)
{
    return (int64_t)((uint64_t)count * ((uint64_t)first + (uint64_t)last)) / 2;
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The least decimals with which all chunks are exact that are so with any; the others are raw. */
static int choose_decimals(const struct xh__chunk *chunks, size_t count)
{
    struct scaled s;
    int all = 0;
    for (size_t i = 0; i < count; i++) {
        int own = 0;
        while (own <= DECIMALS_MAX && !scale_chunk(&chunks[i], own, &s)) {
            own++;
        }
        all = own <= DECIMALS_MAX && own > all ? own : all;
    }
    return all;
}

static uint8_t form_of(const struct xh__chunk *c, int decimals, struct scaled *ret)
{
    unsigned form = c->flags & FORM_FLAGS;
    form |= is_same(c->min, c->first) ? FORM_MIN_IS_FIRST
            : is_same(c->min, c->last) ? FORM_MIN_IS_LAST : 0;
    form |= is_same(c->max, c->last) ? FORM_MAX_IS_LAST
            : is_same(c->max, c->first) ? FORM_MAX_IS_FIRST : 0;
    form |= scale_chunk(c, decimals, ret) ? 0 : FORM_IS_RAW;
    return (uint8_t)form;
}

/* ---- writing ---- */

static uint8_t *put_ints(uint8_t *at, const int64_t *ints, size_t count)
{
    return count > 0 ? at + xh__codec_ints_encode(ints, count, at) : at;
}

static uint8_t *put_doubles(uint8_t *at, const double *values, size_t count)
{
    int8_t decimals[N];
    memset(decimals, XH_NUM_DECIMALS_SHORTEST, sizeof(decimals));
    return count > 0 ? at + xh__codec_values_encode(values, decimals, count, at) : at;
}

static uint8_t *put_scaled(uint8_t *at, const struct xh__chunk *chunks, const uint8_t *forms,
                           const struct scaled *scaled, size_t count)
{
    int64_t first[N], rise[N], min[N], max[N], sum[N];
    size_t n = 0, min_count = 0, max_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct scaled *s = &scaled[i];
        if (forms[i] & FORM_IS_RAW) {
            continue;
        }
        first[n] = s->first;
        rise[n] = s->last - s->first;
        sum[n++] = s->sum - expected_sum(chunks[i].count, s->first, s->last);
        if (!(forms[i] & FORM_HAS_MIN)) {
            min[min_count++] = smaller(s->first, s->last) - s->min;
        }
        if (!(forms[i] & FORM_HAS_MAX)) {
            max[max_count++] = s->max - larger(s->first, s->last);
        }
    }
    at = put_ints(at, first, n);
    at = put_ints(at, rise, n);
    at = put_ints(at, sum, n);
    at = put_ints(at, min, min_count);
    return put_ints(at, max, max_count);
}

static uint8_t *put_raw(uint8_t *at, const struct xh__chunk *chunks, const uint8_t *forms,
                        size_t count)
{
    double first[N], last[N], min[N], max[N];
    int64_t sum[N], rest[N];
    size_t n = 0, min_count = 0, max_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct xh__chunk *c = &chunks[i];
        if (!(forms[i] & FORM_IS_RAW)) {
            continue;
        }
        first[n] = c->first;
        last[n] = c->last;
        sum[n] = bits_of(c->sum);
        rest[n++] = bits_of(c->compensation);
        if (!(forms[i] & FORM_HAS_MIN)) {
            min[min_count++] = c->min;
        }
        if (!(forms[i] & FORM_HAS_MAX)) {
            max[max_count++] = c->max;
        }
    }
    at = put_doubles(at, first, n);
    at = put_doubles(at, last, n);
    at = put_ints(at, sum, n);
    at = put_ints(at, rest, n);
    at = put_doubles(at, min, min_count);
    return put_doubles(at, max, max_count);
}

/* Places of all arrivals, or else the instants. */
static bool arrivals_as_places(const struct xh__chunk *chunks, size_t count,
                               struct xh__instants table, int64_t *ret)
{
    size_t hint = 0, place = 0;
    bool are_there = true;
    for (size_t i = 0; i < count && are_there; i++) {
        are_there = xh__instants_find(&table, chunks[i].arrival_max_us, &hint, &place);
        hint = place; /* chunks mostly end with the same batch */
        ret[i] = (int64_t)place;
    }
    for (size_t i = 0; i < count && !are_there; i++) {
        ret[i] = chunks[i].arrival_max_us;
    }
    return are_there;
}

#define PUT_COLUMN(at, expression)                                                                 \
    do {                                                                                           \
        int64_t ints_[N];                                                                          \
        for (size_t i = 0; i < count; i++) {                                                       \
            const struct xh__chunk *c = &chunks[i];                                                \
            ints_[i] = (int64_t)(expression);                                                      \
        }                                                                                          \
        (at) = put_ints((at), ints_, count);                                                       \
    } while (0)

size_t xh__index_block_encode(const struct xh__chunk *chunks, size_t count,
                              struct xh__instants table, uint8_t *out)
{
    struct scaled scaled[N];
    uint8_t forms[N], quality[N];
    int64_t arrivals[N];
    xh_assert(count > 0 && count <= N);
    int decimals = choose_decimals(chunks, count);
    for (size_t i = 0; i < count; i++) {
        forms[i] = form_of(&chunks[i], decimals, &scaled[i]);
        quality[i] = chunks[i].quality;
    }
    bool are_places = arrivals_as_places(chunks, count, table, arrivals);

    uint8_t *at = out;
    *at++ = (uint8_t)(decimals | (are_places ? HEAD_PLACES : 0));
    xh__put_u64(at, chunks[0].offset);
    at += 8;
    PUT_COLUMN(at, c->id);
    PUT_COLUMN(at, c->count);
    PUT_COLUMN(at, c->from_us);
    PUT_COLUMN(at, c->last_us - c->from_us);
    PUT_COLUMN(at, c->seq_min);
    PUT_COLUMN(at, c->seq_max - c->seq_min - (c->count - 1));
    PUT_COLUMN(at, c->size_bytes);
    at = put_ints(at, arrivals, count);
    at += xh__codec_bytes_encode(quality, count, at);
    at += xh__codec_bytes_encode(forms, count, at);
    at = put_scaled(at, chunks, forms, scaled, count);
    at = put_raw(at, chunks, forms, count);
    return (size_t)(at - out);
}

/* ---- reading ---- */

/* Bytes that are used up from the front; once damaged, nothing more comes out. */
struct source {
    const uint8_t *at, *end;
    bool is_damaged;
};

static void get_ints(struct source *from, size_t count, int64_t *ret)
{
    ptrdiff_t size = from->is_damaged || count == 0 ? 0
        : xh__codec_ints_decode(from->at, (size_t)(from->end - from->at), count, ret);
    if (size < 0 || from->is_damaged) {
        from->is_damaged = true;
        memset(ret, 0, count * sizeof(*ret));
        return;
    }
    from->at += size;
}

static void get_bytes(struct source *from, size_t count, uint8_t *ret)
{
    ptrdiff_t size = from->is_damaged ? -1
        : xh__codec_bytes_decode(from->at, (size_t)(from->end - from->at), count, ret);
    if (size < 0) {
        from->is_damaged = true;
        memset(ret, 0, count);
        return;
    }
    from->at += size;
}

static void get_doubles(struct source *from, size_t count, double *ret)
{
    ptrdiff_t size = from->is_damaged || count == 0 ? 0
        : xh__codec_values_decode(from->at, (size_t)(from->end - from->at), count, ret, NULL);
    if (size < 0 || from->is_damaged) {
        from->is_damaged = true;
        memset(ret, 0, count * sizeof(*ret));
        return;
    }
    from->at += size;
}

/* How many chunks are raw or scaled, and of how many of those extremes are told apart. */
struct tally {
    size_t count, min_count, max_count;
};

static struct tally tally_of(const uint8_t *forms, size_t count, unsigned raw)
{
    struct tally t = {0};
    for (size_t i = 0; i < count; i++) {
        size_t is_one = (forms[i] & FORM_IS_RAW) == raw;
        t.count += is_one;
        t.min_count += is_one && !(forms[i] & FORM_HAS_MIN);
        t.max_count += is_one && !(forms[i] & FORM_HAS_MAX);
    }
    return t;
}

/* Minimum and maximum where they are the first or last value. */
static void set_ends(struct xh__chunk *c, uint8_t form)
{
    if (form & FORM_HAS_MIN) {
        c->min = form & FORM_MIN_IS_FIRST ? c->first : c->last;
    }
    if (form & FORM_HAS_MAX) {
        c->max = form & FORM_MAX_IS_LAST ? c->last : c->first;
    }
}

static void get_scaled(struct source *from, const uint8_t *forms, size_t count, double power,
                       struct xh__chunk *ret)
{
    int64_t first[N], rise[N], min[N], max[N], sum[N];
    size_t n = 0, min_at = 0, max_at = 0;
    struct tally t = tally_of(forms, count, 0);
    get_ints(from, t.count, first);
    get_ints(from, t.count, rise);
    get_ints(from, t.count, sum);
    get_ints(from, t.min_count, min);
    get_ints(from, t.max_count, max);
    for (size_t i = 0; i < count && t.count > 0; i++) {
        struct xh__chunk *c = &ret[i];
        if (forms[i] & FORM_IS_RAW) {
            continue;
        }
        int64_t a = first[n], b = xh__wrap_add(first[n], rise[n]);
        c->first = (double)a / power;
        c->last = (double)b / power;
        int64_t total = xh__wrap_add(sum[n++], expected_sum(c->count, a, b));
        c->sum = (double)total / power;
        c->compensation = rest_of(total, c->sum, power);
        if (!(forms[i] & FORM_HAS_MIN)) {
            c->min = (double)xh__wrap_sub(smaller(a, b), min[min_at++]) / power;
        }
        if (!(forms[i] & FORM_HAS_MAX)) {
            c->max = (double)xh__wrap_add(larger(a, b), max[max_at++]) / power;
        }
        set_ends(c, forms[i]);
    }
}

static void get_raw(struct source *from, const uint8_t *forms, size_t count, struct xh__chunk *ret)
{
    double first[N], last[N], min[N], max[N];
    int64_t sum[N], rest[N];
    size_t n = 0, min_at = 0, max_at = 0;
    struct tally t = tally_of(forms, count, FORM_IS_RAW);
    get_doubles(from, t.count, first);
    get_doubles(from, t.count, last);
    get_ints(from, t.count, sum);
    get_ints(from, t.count, rest);
    get_doubles(from, t.min_count, min);
    get_doubles(from, t.max_count, max);
    for (size_t i = 0; i < count && t.count > 0; i++) {
        struct xh__chunk *c = &ret[i];
        if (!(forms[i] & FORM_IS_RAW)) {
            continue;
        }
        c->first = first[n];
        c->last = last[n];
        c->sum = double_of(sum[n]);
        c->compensation = double_of(rest[n++]);
        if (!(forms[i] & FORM_HAS_MIN)) {
            c->min = min[min_at++];
        }
        if (!(forms[i] & FORM_HAS_MAX)) {
            c->max = max[max_at++];
        }
        set_ends(c, forms[i]);
    }
}

/* Everything but the values. Says whether it can be: a chunk's own numbers. */
static bool get_plain(struct source *from, size_t count, uint64_t offset, bool are_places,
                      struct xh__instants table, struct xh__chunk *ret)
{
    int64_t id[N], rows[N], first[N], span[N], seq[N], gap[N], size[N], arrival[N];
    get_ints(from, count, id);
    get_ints(from, count, rows);
    get_ints(from, count, first);
    get_ints(from, count, span);
    get_ints(from, count, seq);
    get_ints(from, count, gap);
    get_ints(from, count, size);
    get_ints(from, count, arrival);
    bool is_bad = false;
    int64_t previous = 0;
    for (size_t i = 0; i < count; i++) {
        struct xh__chunk *c = &ret[i];
        bool has_place = !are_places || (uint64_t)arrival[i] < table.count;
        is_bad |= id[i] < previous || id[i] > UINT32_MAX || rows[i] < 1 ||
                  rows[i] > XH__CODEC_COUNT_MAX || first[i] < XH_TIME_MIN ||
                  first[i] > XH_TIME_MAX || span[i] < 0 || span[i] > XH_TIME_MAX - first[i] ||
                  seq[i] < 0 || gap[i] < 0 || gap[i] > INT64_MAX - rows[i] - seq[i] ||
                  size[i] < XH__CHUNK_BYTES_MIN || size[i] > UINT32_MAX || !has_place;
        if (is_bad) {
            return false;
        }
        previous = id[i];
        c->id = (uint32_t)id[i];
        c->count = (uint32_t)rows[i];
        c->from_us = first[i];
        c->last_us = first[i] + span[i];
        c->seq_min = (uint64_t)seq[i];
        c->seq_max = c->seq_min + (uint64_t)(gap[i] + rows[i] - 1);
        c->arrival_max_us = are_places ? table.us[arrival[i]] : arrival[i];
        c->offset = offset;
        c->size_bytes = (uint32_t)size[i];
        offset += c->size_bytes;
    }
    return true;
}

/* A step has a step, and one row has one time. */
static bool is_step_possible(const struct xh__chunk *c)
{
    int64_t span = c->last_us - c->from_us;
    return c->count == 1 ? span == 0 && (c->flags & XH__CHUNK_IS_STEP) != 0
                         : (c->flags & XH__CHUNK_IS_STEP) == 0 || span >= (int64_t)c->count - 1;
}

int xh__index_block_decode(const uint8_t *bytes, size_t len, size_t count,
                           struct xh__instants table, struct xh__chunk *ret)
{
    uint8_t forms[N], quality[N];
    xh_assert(count > 0 && count <= N);
    if (len < 9 || (bytes[0] & HEAD_DECIMALS) > DECIMALS_MAX || bytes[0] > 63) {
        return XH_E_CORRUPT;
    }
    struct source from = {bytes + 9, bytes + len, false};
    uint64_t offset = xh__get_u64(bytes + 1);
    if (!get_plain(&from, count, offset, (bytes[0] & HEAD_PLACES) != 0, table, ret)) {
        return XH_E_CORRUPT;
    }
    get_bytes(&from, count, quality);
    get_bytes(&from, count, forms);
    for (size_t i = 0; i < count; i++) {
        ret[i].quality = quality[i];
        ret[i].flags = forms[i] & FORM_FLAGS;
        if (!is_step_possible(&ret[i])) {
            return XH_E_CORRUPT;
        }
    }
    get_scaled(&from, forms, count, powers[bytes[0] & HEAD_DECIMALS], ret);
    get_raw(&from, forms, count, ret);
    return from.is_damaged || from.at != from.end ? XH_E_CORRUPT : 0;
}
