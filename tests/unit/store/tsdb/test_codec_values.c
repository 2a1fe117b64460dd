#include "store/tsdb/codec_internal.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rand.h"

/* The first byte of a column of values (docs/formats/columns.md). */
enum { DOUBLES_PLAIN = 0x20, SCALED = 0x40, SCALED_PATCHED = 0x41, DOUBLES = 0x42 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Memory of exactly the size, so that a sanitizer sees one byte read too far. */
static uint8_t *exact_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    return copy;
}

struct values {
    size_t count;
    double *values;
    int8_t *decimals;
    size_t len;
    uint8_t *bytes;
};

static struct values make_room(size_t count)
{
    return (struct values){
        .count = count, .values = calloc(count, sizeof(double)), .decimals = calloc(count, 1)};
}

static void finish_values(struct values *values)
{
    free(values->values);
    free(values->decimals);
    free(values->bytes);
}

static void encode_values(struct values *values)
{
    size_t bound = xh__codec_values_bound(values->count);
    uint8_t *room = malloc(bound);
    values->len = xh__codec_values_encode(values->values, values->decimals, values->count, room);
    assert_true(values->len <= bound);
    values->bytes = exact_copy(room, values->len);
    free(room);
}

static void check_values_slice(const struct values *values, size_t from, size_t to)
{
    double *part = malloc((to - from + 1) * sizeof(*part));
    int8_t *decimals = malloc(to - from + 1);
    assert_int_equal(xh__codec_values_slice(values->bytes, values->len, values->count, from, to,
                                            part, decimals),
                     0);
    assert_memory_equal(part, values->values + from, (to - from) * sizeof(*part));
    assert_memory_equal(decimals, values->decimals + from, to - from);
    free(part);
    free(decimals);
}

static void check_fold(const struct values *values, size_t from, size_t to)
{
    struct xh__codec_fold fold;
    double min = values->values[from], max = min;
    long double sum = 0, size = 0;
    for (size_t i = from; i < to; i++) {
        min = fmin(min, values->values[i]);
        max = fmax(max, values->values[i]);
        sum += values->values[i];
        size += fabsl(values->values[i]);
    }
    assert_int_equal(xh__codec_values_fold(values->bytes, values->len, values->count, from, to,
                                           &fold),
                     0);
    assert_int_equal(fold.sum.count, to - from);
    assert_true(fold.min == min && fold.max == max);
    if (size < (long double)DBL_MAX) {
        assert_true(fabsl(xh_sum_value(&fold.sum) - sum) <= 1e-15L * size);
    }
}

/* Parts at once are what each is alone. */
static void check_fold_parts(const struct values *values, struct xh_rand *rand)
{
    enum { PARTS_MAX = 40 };
    uint32_t bounds[PARTS_MAX + 1];
    struct xh__codec_fold parts[PARTS_MAX], alone;
    size_t part_count = 0;
    bounds[0] = (uint32_t)xh_rand_below(rand, values->count);
    while (part_count < PARTS_MAX && bounds[part_count] < values->count) {
        size_t left = smaller(values->count - bounds[part_count], 400);
        bounds[part_count + 1] = bounds[part_count] + 1 + (uint32_t)xh_rand_below(rand, left);
        part_count++;
    }
    assert_int_equal(xh__codec_values_fold_parts(values->bytes, values->len, values->count, bounds,
                                                 part_count, parts),
                     0);
    for (size_t i = 0; i < part_count; i++) {
        assert_int_equal(xh__codec_values_fold(values->bytes, values->len, values->count, bounds[i],
                                               bounds[i + 1], &alone),
                         0);
        assert_memory_equal(&parts[i], &alone, sizeof(alone));
    }
}

static void check_values(struct values *values, struct xh_rand *rand)
{
    size_t count = values->count;
    encode_values(values);
    double *back = malloc(count * sizeof(*back));
    int8_t *decimals = malloc(count);
    memset(back, 0x55, count * sizeof(*back));
    assert_int_equal(xh__codec_values_decode(values->bytes, values->len, count, back, decimals),
                     values->len);
    assert_memory_equal(back, values->values, count * sizeof(*back));
    assert_memory_equal(decimals, values->decimals, count);
    memset(back, 0x55, count * sizeof(*back));
    assert_int_equal(xh__codec_values_decode(values->bytes, values->len, count, back, NULL),
                     values->len);
    assert_memory_equal(back, values->values, count * sizeof(*back));
    check_values_slice(values, count - 1, count);
    check_fold(values, 0, count);
    check_fold_parts(values, rand);
    for (int i = 0; i < 10; i++) {
        size_t from = xh_rand_below(rand, count);
        size_t to = from + 1 + xh_rand_below(rand, count - from);
        check_values_slice(values, from, to);
        check_fold(values, from, to);
    }
    free(back);
    free(decimals);
}

static double pow10_of(int decimals)
{
    double power = 1;
    for (int i = 0; i < decimals; i++) {
        power *= 10;
    }
    return power;
}

typedef void value_fn(struct xh_rand *rand, size_t i, double before, double *value,
                      int8_t *decimals);

static void of_a_register(struct xh_rand *rand, size_t i, double before, double *value,
                          int8_t *decimals)
{
    double wh = i == 0 ? 12345678 : rint(before * 1000) + (double)xh_rand_below(rand, 501);
    *value = wh / 1000;
    *decimals = 3;
}

static void of_no_change(struct xh_rand *rand, size_t i, double before, double *value,
                         int8_t *decimals)
{
    (void)rand;
    *value = i == 0 ? 21.5 : before;
    *decimals = 1;
}

static void of_a_voltage(struct xh_rand *rand, size_t i, double before, double *value,
                         int8_t *decimals)
{
    double tenths = i == 0 ? 2300 : rint(before * 10) + rint(xh_rand_normal(rand));
    *value = tenths / 10;
    *decimals = 1;
}

/* As programs print: zeros at the end left out, but one digit. */
static void of_natural_decimals(struct xh_rand *rand, size_t i, double before, double *value,
                                int8_t *decimals)
{
    int64_t hundredths = (int64_t)xh_rand_below(rand, 4000) - 2000;
    (void)i;
    (void)before;
    *value = (double)hundredths / 100;
    *decimals = hundredths % 10 == 0 ? 1 : 2;
}

static void of_mixed_decimals(struct xh_rand *rand, size_t i, double before, double *value,
                              int8_t *decimals)
{
    (void)i;
    (void)before;
    *decimals = (int8_t)xh_rand_below(rand, 5);
    *value = (double)xh_rand_below(rand, 1000) / pow10_of(*decimals);
}

static void of_rare_other_decimals(struct xh_rand *rand, size_t i, double before, double *value,
                                   int8_t *decimals)
{
    (void)before;
    *decimals = i % 200 == 150 ? 0 : 2;
    *value = (double)xh_rand_below(rand, 1000) / pow10_of(*decimals);
}

/* A few values have far more digits than the rest, or are -0. */
static void of_exceptions(struct xh_rand *rand, size_t i, double before, double *value,
                          int8_t *decimals)
{
    of_a_voltage(rand, i, before > 100 && before < 400 ? before : 230, value, decimals);
    switch (xh_rand_below(rand, 150)) {
    case 0:
        *value = -0.0;
        break;
    case 1:
        *value = xh_rand_unit(rand);
        *decimals = 17;
        break;
    case 2:
        *value = xh_rand_unit(rand) * 1e300;
        *decimals = XH_NUM_DECIMALS_SHORTEST;
        break;
    default:
        break;
    }
}

static void of_shortest(struct xh_rand *rand, size_t i, double before, double *value,
                        int8_t *decimals)
{
    (void)i;
    (void)before;
    *value = (double)xh_rand_below(rand, 100000) / 1000;
    *decimals = XH_NUM_DECIMALS_SHORTEST;
}

static void of_sine(struct xh_rand *rand, size_t i, double before, double *value, int8_t *decimals)
{
    (void)rand;
    (void)before;
    *value = 100 * sin((double)i / 50);
    *decimals = XH_NUM_DECIMALS_SHORTEST;
}

static void of_floats(struct xh_rand *rand, size_t i, double before, double *value,
                      int8_t *decimals)
{
    (void)i;
    (void)before;
    *value = (float)(xh_rand_unit(rand) - 0.5);
    *decimals = 12;
}

/* Any finite bits, with any decimals. */
static void of_any_double(struct xh_rand *rand, size_t i, double before, double *value,
                          int8_t *decimals)
{
    (void)i;
    (void)before;
    do {
        uint64_t bits = xh_rand_u64(rand);
        memcpy(value, &bits, sizeof(*value));
    } while (!isfinite(*value));
    *decimals = (int8_t)((int)xh_rand_below(rand, 19) - 1);
}

static void of_extreme_doubles(struct xh_rand *rand, size_t i, double before, double *value,
                               int8_t *decimals)
{
    static const double extremes[] = {0.0, -0.0, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, -5e-324,
                                      1.0, -1.0, 0x1p53, -0x1p53, 0x1p53 - 1};
    (void)i;
    (void)before;
    *value = extremes[xh_rand_below(rand, sizeof(extremes) / sizeof(*extremes))];
    *decimals = 0;
}

/* Integers around the limits of the quick way and of what scales at all. */
static void of_large_integers(struct xh_rand *rand, size_t i, double before, double *value,
                              int8_t *decimals)
{
    (void)i;
    (void)before;
    double near = xh_rand_below(rand, 2) == 0 ? 0x1p51 : 0x1p53;
    *value = (near - 8 + (double)xh_rand_below(rand, 10)) * (xh_rand_below(rand, 2) ? 1 : -1);
    *decimals = 0;
}

static void of_sixteen_digits(struct xh_rand *rand, size_t i, double before, double *value,
                              int8_t *decimals)
{
    (void)i;
    (void)before;
    *value = (double)(INT64_C(4000000000000000) + (int64_t)xh_rand_below(rand, 1000000)) / 1e6;
    *decimals = 6;
}

static void of_negative_zeros(struct xh_rand *rand, size_t i, double before, double *value,
                              int8_t *decimals)
{
    (void)rand;
    (void)i;
    (void)before;
    *value = -0.0;
    *decimals = 0;
}

static value_fn *const value_shapes[] = {
    of_a_register, of_no_change, of_a_voltage, of_natural_decimals, of_mixed_decimals,
    of_rare_other_decimals, of_exceptions, of_shortest, of_sine, of_floats, of_any_double,
    of_extreme_doubles, of_large_integers, of_sixteen_digits, of_negative_zeros};
enum { VALUE_SHAPES = sizeof(value_shapes) / sizeof(*value_shapes) };

static struct values make_values(value_fn *shape, size_t count, struct xh_rand *rand)
{
    struct values values = make_room(count);
    for (size_t i = 0; i < count; i++) {
        shape(rand, i, i == 0 ? 0 : values.values[i - 1], &values.values[i], &values.decimals[i]);
    }
    return values;
}

static void values_of_every_shape_come_back(void **state)
{
    static const size_t counts[] = {1, 2, 3, 8, 9, 17, 100, 256, 257, 480, 1000, 5000, 70000};
    (void)state;
    for (size_t shape = 0; shape < VALUE_SHAPES; shape++) {
        for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
            struct xh_rand rand;
            xh_rand_init(&rand, shape * 1000 + c);
            struct values values = make_values(value_shapes[shape], counts[c], &rand);
            check_values(&values, &rand);
            finish_values(&values);
        }
    }
}

static void every_finite_double_comes_back_alone(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 11);
    for (int i = 0; i < 20000; i++) {
        value_fn *shape = value_shapes[xh_rand_below(&rand, VALUE_SHAPES)];
        struct values one = make_room(1);
        shape(&rand, (size_t)i, 20, &one.values[0], &one.decimals[0]);
        check_values(&one, &rand);
        finish_values(&one);
    }
}

static struct values shaped(value_fn *shape, size_t count)
{
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct values values = make_values(shape, count, &rand);
    encode_values(&values);
    return values;
}

static void assert_kind(value_fn *shape, size_t count, uint8_t kind)
{
    struct values values = shaped(shape, count);
    assert_int_equal(values.bytes[0], kind);
    finish_values(&values);
}

static void each_kind_of_values_is_kept_in_its_way(void **state)
{
    (void)state;
    assert_kind(of_a_register, 480, 3);
    assert_kind(of_a_voltage, 1000, 1);
    assert_kind(of_mixed_decimals, 1000, SCALED);
    assert_kind(of_natural_decimals, 1000, SCALED);
    assert_kind(of_shortest, 1000, SCALED);
    assert_kind(of_exceptions, 1000, SCALED_PATCHED);
    assert_kind(of_floats, 1000, DOUBLES);
    assert_kind(of_sine, 1000, DOUBLES_PLAIN);
    assert_kind(of_any_double, 1000, DOUBLES);
    assert_kind(of_sixteen_digits, 1000, 6);
}

/* The third byte: natural with at least one digit; kept as a column. */
static void decimals_are_ruled_where_they_can_be(void **state)
{
    (void)state;
    struct values natural = shaped(of_natural_decimals, 1000);
    assert_int_equal(natural.bytes[2], 0x21);
    finish_values(&natural);
    struct values mixed = shaped(of_mixed_decimals, 1000);
    assert_int_equal(mixed.bytes[2], 0x40);
    finish_values(&mixed);
    struct values shortest = shaped(of_shortest, 1000);
    assert_int_equal(shortest.bytes[2], 0);
    finish_values(&shortest);
}

static void assert_size(value_fn *shape, size_t count, double bytes_a_value)
{
    struct values values = shaped(shape, count);
    assert_true((double)values.len <= bytes_a_value * (double)count);
    finish_values(&values);
}

static void columns_are_as_small_as_promised(void **state)
{
    (void)state;
    assert_size(of_a_register, 480, 1.2);
    assert_size(of_a_voltage, 86400, 0.5);
    assert_size(of_no_change, 480, 12.0 / 480);
    assert_size(of_no_change, 1, 10);
    assert_size(of_a_register, 1, 10);
    assert_size(of_any_double, 1, 10);
    assert_size(of_natural_decimals, 1000, 1.7);
    assert_size(of_exceptions, 5000, 0.8);
    assert_size(of_floats, 5000, 5);
}

static void the_sum_of_decimals_is_exact(void **state)
{
    (void)state;
    struct xh__codec_fold fold;
    struct values values = make_room(100000);
    for (size_t i = 0; i < values.count; i++) {
        values.values[i] = i % 3 == 0 ? 123456789.1 : i % 3 == 1 ? -123456789.0 : 0.1;
        values.decimals[i] = 1;
    }
    encode_values(&values);
    assert_int_equal(xh__codec_values_fold(values.bytes, values.len, values.count, 0, 99999, &fold),
                     0);
    assert_true(xh_sum_value(&fold.sum) == 6666.6);
    assert_true(fold.min == -123456789.0);
    assert_true(fold.max == 123456789.1);
    finish_values(&values);
}

/* A sum that leaves the range of doubles says so. */
static void a_sum_out_of_range_is_infinite(void **state)
{
    (void)state;
    struct xh__codec_fold fold;
    struct values values = make_room(20);
    for (size_t i = 0; i < values.count; i++) {
        values.values[i] = DBL_MAX / (double)(1 + i % 2);
        values.decimals[i] = XH_NUM_DECIMALS_SHORTEST;
    }
    encode_values(&values);
    assert_int_equal(xh__codec_values_fold(values.bytes, values.len, 20, 0, 20, &fold), 0);
    assert_true(isinf(xh_sum_value(&fold.sum)));
    assert_true(fold.max == DBL_MAX);
    finish_values(&values);
}

/* ---- damage ---- */

/* Whatever the bytes, every reader ends, within its memory, and gives what may be given. */
static void read_values_all_ways(const uint8_t *bytes, size_t len, size_t count, double *room)
{
    int8_t decimals[4096];
    struct xh__codec_fold fold;
    ptrdiff_t size = xh__codec_values_decode(bytes, len, count, room, decimals);
    assert_true(size == XH_E_CORRUPT || (size > 0 && (size_t)size <= len));
    for (size_t i = 0; i < count && size > 0; i++) {
        assert_true(isfinite(room[i]));
        assert_in_range(decimals[i] + 1, 0, XH_NUM_DECIMALS_MAX + 1);
    }
    int rc = xh__codec_values_slice(bytes, len, count, count / 3, count, room, decimals);
    assert_true(rc == 0 || rc == XH_E_CORRUPT);
    rc = xh__codec_values_fold(bytes, len, count, count / 4, count, &fold);
    assert_true(rc == 0 || rc == XH_E_CORRUPT);
}

static void damaged_values_never_lead_outside(void **state)
{
    static const size_t counts[] = {1, 3, 40, 300, 1000};
    (void)state;
    for (size_t shape = 0; shape < VALUE_SHAPES; shape++) {
        struct xh_rand rand;
        xh_rand_init(&rand, shape);
        struct values values = make_values(value_shapes[shape], counts[shape % 5], &rand);
        double *room = malloc(values.count * sizeof(*room));
        encode_values(&values);
        for (size_t cut = 0; cut < values.len; cut += 1 + cut / 64) {
            uint8_t *bytes = exact_copy(values.bytes, cut);
            assert_int_equal(xh__codec_values_decode(bytes, cut, values.count, room, NULL),
                             XH_E_CORRUPT);
            free(bytes);
        }
        for (int i = 0; i < 500; i++) {
            uint8_t *bytes = exact_copy(values.bytes, values.len);
            size_t at = xh_rand_below(&rand, i % 2 == 0 ? smaller(values.len, 40) : values.len);
            bytes[at] ^= (uint8_t)(1 << xh_rand_below(&rand, 8));
            read_values_all_ways(bytes, values.len, values.count, room);
            free(bytes);
        }
        free(room);
        finish_values(&values);
    }
}

static void random_bytes_never_lead_outside(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 42);
    double *room = malloc(600 * sizeof(*room));
    for (int i = 0; i < 20000; i++) {
        size_t len = 1 + xh_rand_below(&rand, 60);
        uint8_t *bytes = malloc(len);
        for (size_t k = 0; k < len; k++) {
            bytes[k] = (uint8_t)(xh_rand_u64(&rand) >> xh_rand_below(&rand, 8));
        }
        bytes[0] &= i % 2 == 0 ? 0x2f : 0x43; /* the kinds that there are */
        read_values_all_ways(bytes, len, 1 + xh_rand_below(&rand, 600), room);
        free(bytes);
    }
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_every_shape_come_back),
        cmocka_unit_test(every_finite_double_comes_back_alone),
        cmocka_unit_test(each_kind_of_values_is_kept_in_its_way),
        cmocka_unit_test(decimals_are_ruled_where_they_can_be),
        cmocka_unit_test(columns_are_as_small_as_promised),
        cmocka_unit_test(the_sum_of_decimals_is_exact),
        cmocka_unit_test(a_sum_out_of_range_is_infinite),
        cmocka_unit_test(damaged_values_never_lead_outside),
        cmocka_unit_test(random_bytes_never_lead_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
