/* codec_span.c: sum and extremes of a block of integers: what a chart of years waits for.
 *
 * Where the processor has SSE2 (every x86-64), two integers are compared at a time: 2^52 + 2^51 +
 * m, as a double, has m in the lowest bits of its fraction, so such doubles stand in the order of
 * their integers, and for doubles there is a minimum and a maximum. The plain way says the same.
 */
#include "store/tsdb/codec_parts_internal.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static struct xh__codec_span plain_span(const int64_t *integers, size_t count)
{
    struct xh__codec_span span;
    uint64_t sum = 0;
    xh__codec_extremes(integers, count, &span.min, &span.max);
    for (size_t i = 0; i < count; i++) {
        sum += (uint64_t)integers[i];
    }
    span.sum = (int64_t)sum;
    return span;
}

#ifdef __SSE2__

enum { AT_A_TIME = 4 };

static __m128i load_two(const int64_t *integers)
{
    return _mm_loadu_si128((const __m128i *)integers);
}

/* Of a multiple of four. False, and nothing said, where one does not fit 51 bits and a sign. */
static bool quick_span(const int64_t *integers, size_t count, struct xh__codec_span *ret)
{
    const __m128i magic = _mm_set1_epi64x(INT64_C(0x4338000000000000));
    const __m128i limit = _mm_set1_epi64x(INT64_C(1) << 51);
    __m128i sum = _mm_setzero_si128(), range = sum;
    __m128d min[2], max[2];
    for (size_t k = 0; k < 2; k++) {
        min[k] = max[k] = _mm_castsi128_pd(_mm_add_epi64(load_two(integers + 2 * k), magic));
    }
    for (size_t i = 0; i < count; i += AT_A_TIME) {
        for (size_t k = 0; k < 2; k++) {
            __m128i two = load_two(integers + i + 2 * k);
            __m128d shifted = _mm_castsi128_pd(_mm_add_epi64(two, magic));
            range = _mm_or_si128(range, _mm_add_epi64(two, limit));
            sum = _mm_add_epi64(sum, two);
            min[k] = _mm_min_pd(min[k], shifted);
            max[k] = _mm_max_pd(max[k], shifted);
        }
    }
    __m128i least = _mm_sub_epi64(_mm_castpd_si128(_mm_min_pd(min[0], min[1])), magic);
    __m128i most = _mm_sub_epi64(_mm_castpd_si128(_mm_max_pd(max[0], max[1])), magic);
    uint64_t sums[2], ranges[2];
    int64_t mins[2], maxs[2];
    _mm_storeu_si128((__m128i *)sums, sum);
    _mm_storeu_si128((__m128i *)ranges, range);
    _mm_storeu_si128((__m128i *)mins, least);
    _mm_storeu_si128((__m128i *)maxs, most);
    ret->sum = (int64_t)(sums[0] + sums[1]);
    ret->min = mins[0] < mins[1] ? mins[0] : mins[1];
    ret->max = maxs[0] > maxs[1] ? maxs[0] : maxs[1];
    return (ranges[0] | ranges[1]) >> 52 == 0;
}

struct xh__codec_span xh__codec_span(const int64_t *integers, size_t count)
{
    struct xh__codec_span span;
    size_t done = count - count % AT_A_TIME;
    if (done == 0 || !quick_span(integers, done, &span)) {
        return plain_span(integers, count);
    }
    for (size_t i = done; i < count; i++) {
        span.sum = (int64_t)((uint64_t)span.sum + (uint64_t)integers[i]);
        span.min = integers[i] < span.min ? integers[i] : span.min;
        span.max = integers[i] > span.max ? integers[i] : span.max;
    }
    return span;
}

#else

struct xh__codec_span xh__codec_span(const int64_t *integers, size_t count)
{
    return plain_span(integers, count);
}

#endif
