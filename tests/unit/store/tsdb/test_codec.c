#include "store/tsdb/codec_internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rand.h"

/* The first byte of a column, high half: its mode (docs/formats/columns.md). */
enum { CONSTANT = 0x00, STEP = 0x10, BLOCKS = 0x20 };
enum { US_PER_S = 1000000 };

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

/* ---- integers ---- */

struct ints {
    size_t count;
    int64_t *values;
    size_t len;
    uint8_t *bytes; /* encoded, of exactly len */
};

static void encode_ints(struct ints *ints)
{
    size_t bound = xh__codec_ints_bound(ints->count);
    uint8_t *room = malloc(bound);
    ints->len = xh__codec_ints_encode(ints->values, ints->count, room);
    assert_true(ints->len <= bound);
    ints->bytes = exact_copy(room, ints->len);
    free(room);
}

static void finish_ints(struct ints *ints)
{
    free(ints->values);
    free(ints->bytes);
}

static void check_slice(const struct ints *ints, size_t from, size_t to)
{
    int64_t *part = malloc((to - from + 1) * sizeof(*part));
    assert_int_equal(xh__codec_ints_slice(ints->bytes, ints->len, ints->count, from, to, part), 0);
    assert_memory_equal(part, ints->values + from, (to - from) * sizeof(*part));
    free(part);
}

static void check_slices(const struct ints *ints, struct xh_rand *rand)
{
    check_slice(ints, 0, 0);
    check_slice(ints, ints->count - 1, ints->count);
    for (int i = 0; i < 20; i++) {
        size_t from = xh_rand_below(rand, ints->count + 1);
        size_t to = from + xh_rand_below(rand, ints->count - from + 1);
        check_slice(ints, from, to);
    }
}

/* Encodes, decodes from memory that ends with the column and from memory that does not. */
static void check_ints(struct ints *ints, struct xh_rand *rand)
{
    encode_ints(ints);
    int64_t *back = malloc(ints->count * sizeof(*back));
    memset(back, 0x55, ints->count * sizeof(*back));
    assert_int_equal(xh__codec_ints_decode(ints->bytes, ints->len, ints->count, back), ints->len);
    assert_memory_equal(back, ints->values, ints->count * sizeof(*back));

    uint8_t *longer = malloc(ints->len + 100);
    memcpy(longer, ints->bytes, ints->len);
    memset(longer + ints->len, 0xAA, 100);
    memset(back, 0x55, ints->count * sizeof(*back));
    assert_int_equal(xh__codec_ints_decode(longer, ints->len + 100, ints->count, back), ints->len);
    assert_memory_equal(back, ints->values, ints->count * sizeof(*back));
    check_slices(ints, rand);
    free(longer);
    free(back);
}

typedef int64_t shape_fn(struct xh_rand *rand, size_t i, int64_t before);

static int64_t of_one_value(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? (int64_t)xh_rand_u64(rand) : before;
}

static int64_t of_a_step(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? (int64_t)(xh_rand_u64(rand) >> 16) : before + 900 * (int64_t)US_PER_S;
}

static int64_t of_a_falling_step(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)rand;
    return i == 0 ? -5 : before - 3;
}

static int64_t of_a_step_with_gaps(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 1000 : before + 900 + 900 * (xh_rand_below(rand, 50) == 0);
}

static int64_t of_whole_seconds(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 1700000000 * (int64_t)US_PER_S
                  : before + (1 + (int64_t)xh_rand_below(rand, 60)) * US_PER_S;
}

static int64_t of_jitter(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 1700000000 * (int64_t)US_PER_S
                  : before + 10 * US_PER_S + (int64_t)xh_rand_below(rand, 200000);
}

static int64_t of_repeats(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 7 : before + (xh_rand_below(rand, 5) == 0);
}

static int64_t of_a_walk(struct xh_rand *rand, size_t i, int64_t before)
{
    return i == 0 ? 2300 : before + (int64_t)lrint(xh_rand_normal(rand) * 1.2);
}

static int64_t of_a_walk_with_leaps(struct xh_rand *rand, size_t i, int64_t before)
{
    return before + (int64_t)xh_rand_below(rand, 5) - 2 +
           (i % 97 == 13 ? (int64_t)xh_rand_below(rand, 2000000) - 1000000 : 0);
}

static int64_t of_noise(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)i;
    (void)before;
    return -500 + (int64_t)xh_rand_below(rand, 1000);
}

static int64_t of_noise_with_dropouts(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)i;
    (void)before;
    return xh_rand_below(rand, 40) == 0 ? 0 : 1000000 + (int64_t)xh_rand_below(rand, 100);
}

static int64_t of_any_bits(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)i;
    (void)before;
    return (int64_t)xh_rand_u64(rand);
}

static int64_t of_extremes(struct xh_rand *rand, size_t i, int64_t before)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MAX, 0, -1, 1, INT64_MIN + 1};
    (void)i;
    (void)before;
    return extremes[xh_rand_below(rand, 6)];
}

static int64_t of_two_extremes(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)rand;
    (void)before;
    return i % 2 == 0 ? INT64_MIN : INT64_MAX;
}

static int64_t of_rare_extremes(struct xh_rand *rand, size_t i, int64_t before)
{
    (void)before;
    return xh_rand_below(rand, 60) == 0 ? of_extremes(rand, i, 0) : (int64_t)i;
}

/* Of another width in each column. */
static int64_t of_many_widths(struct xh_rand *rand, size_t i, int64_t before)
{
    static const uint64_t units[] = {1, 6, 1000, 1 << 20};
    (void)before;
    return (int64_t)((xh_rand_u64(rand) >> (1 + i / 64 % 63)) * units[i / 4096 % 4]);
}

static shape_fn *const shapes[] = {
    of_one_value, of_a_step, of_a_falling_step, of_a_step_with_gaps, of_whole_seconds, of_jitter,
    of_repeats, of_a_walk, of_a_walk_with_leaps, of_noise, of_noise_with_dropouts, of_any_bits,
    of_extremes, of_two_extremes, of_rare_extremes, of_many_widths};
enum { SHAPES = sizeof(shapes) / sizeof(*shapes) };

static struct ints make_ints(shape_fn *shape, size_t count, struct xh_rand *rand)
{
    struct ints ints = {.count = count, .values = malloc(count * sizeof(int64_t))};
    int64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        before = shape(rand, i, before);
        ints.values[i] = before;
    }
    return ints;
}

static void integers_of_every_shape_come_back(void **state)
{
    static const size_t counts[] = {1,   2,   3,   4,   7,    8,    9,    15,   63,   64,
                                    100, 255, 256, 257, 263,  264,  480,  511,  512,  513,
                                    1000, 2000, 4096, 16384};
    (void)state;
    for (size_t shape = 0; shape < SHAPES; shape++) {
        for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
            struct xh_rand rand;
            xh_rand_init(&rand, shape * 1000 + c);
            struct ints ints = make_ints(shapes[shape], counts[c], &rand);
            check_ints(&ints, &rand);
            finish_ints(&ints);
        }
    }
}

/* All widths of parts, framed and summed, and group by group to the end of the memory. */
static void integers_of_every_width_come_back(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 5);
    for (unsigned width = 1; width <= 64; width++) {
        for (int is_sum = 0; is_sum <= 1; is_sum++) {
            size_t count = 250 + xh_rand_below(&rand, 30);
            struct ints ints = {.count = count, .values = malloc(count * sizeof(int64_t))};
            uint64_t sum = 0;
            for (size_t i = 0; i < count; i++) {
                uint64_t part = xh_rand_u64(&rand) >> (64 - width);
                sum = is_sum ? sum + part : part;
                ints.values[i] = (int64_t)sum;
            }
            check_ints(&ints, &rand);
            finish_ints(&ints);
        }
    }
}

static void a_column_of_the_largest_count_comes_back(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 77);
    struct ints ints = make_ints(of_a_walk_with_leaps, XH__CODEC_COUNT_MAX, &rand);
    check_ints(&ints, &rand);
    finish_ints(&ints);
}

static int mode_of(shape_fn *shape, size_t count)
{
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct ints ints = make_ints(shape, count, &rand);
    encode_ints(&ints);
    int mode = ints.bytes[0] & 0xf0;
    finish_ints(&ints);
    return mode;
}

static void each_shape_is_kept_in_its_mode(void **state)
{
    (void)state;
    assert_int_equal(mode_of(of_one_value, 1), CONSTANT);
    assert_int_equal(mode_of(of_one_value, 5000), CONSTANT);
    assert_int_equal(mode_of(of_a_step, 2), STEP);
    assert_int_equal(mode_of(of_a_step, 5000), STEP);
    assert_int_equal(mode_of(of_a_falling_step, 300), STEP);
    assert_int_equal(mode_of(of_a_step_with_gaps, 5000), BLOCKS);
    /* From end to end the step is -1 modulo 2^64, and leaves the range. */
    assert_int_equal(mode_of(of_two_extremes, 2), BLOCKS);
    assert_int_equal(mode_of(of_two_extremes, 3), BLOCKS);
}

/* Steps that would leave the range of integers are damage: a reader does arithmetic with them. */
static void a_step_out_of_range_is_damage(void **state)
{
    static const uint8_t bytes[] = {0x18, 1, 255, 255, 255, 255, 255, 255, 255, 0x7f, 1};
    int64_t values[2];
    (void)state;
    assert_int_equal(xh__codec_ints_decode(bytes, sizeof(bytes), 1, values), sizeof(bytes));
    assert_int_equal(values[0], INT64_MAX);
    assert_int_equal(xh__codec_ints_decode(bytes, sizeof(bytes), 2, values), XH_E_CORRUPT);
}

static void an_impossible_count_is_damage(void **state)
{
    static const uint8_t bytes[] = {0, 0};
    static const size_t counts[] = {0, XH__CODEC_COUNT_MAX + 1, SIZE_MAX};
    (void)state;
    int64_t ints[1];
    double values[1];
    uint8_t back[1];
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(xh__codec_ints_decode(bytes, 2, counts[i], ints), XH_E_CORRUPT);
        assert_int_equal(xh__codec_values_decode(bytes, 2, counts[i], values, NULL), XH_E_CORRUPT);
        assert_int_equal(xh__codec_bytes_decode(bytes, 2, counts[i], back), XH_E_CORRUPT);
    }
}

static size_t find_by_looking(const struct ints *ints, int64_t bound)
{
    size_t i = 0;
    while (i < ints->count && ints->values[i] < bound) {
        i++;
    }
    return i;
}

static void check_find(const struct ints *ints, int64_t bound)
{
    size_t index = SIZE_MAX;
    assert_int_equal(xh__codec_ints_find(ints->bytes, ints->len, ints->count, bound, &index), 0);
    assert_int_equal(index, find_by_looking(ints, bound));
}

static void a_bound_is_found_where_looking_finds_it(void **state)
{
    static shape_fn *const sorted[] = {of_one_value, of_a_step, of_a_step_with_gaps,
                                       of_whole_seconds, of_jitter, of_repeats};
    static const size_t counts[] = {1, 2, 5, 256, 257, 1000, 3000};
    (void)state;
    for (size_t shape = 0; shape < sizeof(sorted) / sizeof(*sorted); shape++) {
        for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
            struct xh_rand rand;
            xh_rand_init(&rand, shape + 100 * c);
            struct ints ints = make_ints(sorted[shape], counts[c], &rand);
            encode_ints(&ints);
            check_find(&ints, INT64_MIN);
            check_find(&ints, INT64_MAX);
            for (int i = 0; i < 60; i++) {
                int64_t near = ints.values[xh_rand_below(&rand, ints.count)];
                int64_t off = (int64_t)xh_rand_below(&rand, 3) - 1;
                if (near > INT64_MIN + 1 && near < INT64_MAX) {
                    check_find(&ints, near + off);
                }
            }
            finish_ints(&ints);
        }
    }
}

/* Sorted, over the whole range, so that differences do not fit 63 bits. */
static void a_bound_is_found_between_extremes(void **state)
{
    (void)state;
    struct ints ints = {.count = 300, .values = malloc(300 * sizeof(int64_t))};
    for (size_t i = 0; i < 300; i++) {
        ints.values[i] = i < 40 ? INT64_MIN + (int64_t)(i * i) : INT64_MAX - 300 + (int64_t)i;
    }
    encode_ints(&ints);
    check_find(&ints, INT64_MIN);
    check_find(&ints, INT64_MIN + 5);
    check_find(&ints, 0);
    check_find(&ints, INT64_MAX - 100);
    check_find(&ints, INT64_MAX);
    finish_ints(&ints);
}

static void even_and_round_times_take_next_to_nothing(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 1);
    struct ints times = make_ints(of_a_step, 480, &rand);
    encode_ints(&times);
    assert_true(times.len <= 16);
    finish_ints(&times);
    times = make_ints(of_whole_seconds, 4096, &rand); /* 6 bits each, not 26 */
    encode_ints(&times);
    assert_true(times.len <= 4096 * 82 / 100);
    finish_ints(&times);
    times = make_ints(of_a_step_with_gaps, 4096, &rand);
    encode_ints(&times);
    assert_true(times.len <= 4096 * 16 / 100);
    finish_ints(&times);
}

/* ---- bytes ---- */

static void check_bytes(const uint8_t *values, size_t count, uint8_t mode)
{
    size_t bound = xh__codec_bytes_bound(count);
    uint8_t *room = malloc(bound);
    size_t len = xh__codec_bytes_encode(values, count, room);
    assert_true(len <= bound);
    assert_int_equal(room[0], mode);
    uint8_t *bytes = exact_copy(room, len);
    uint8_t *back = malloc(count);
    memset(back, 0x55, count);
    assert_int_equal(xh__codec_bytes_decode(bytes, len, count, back), len);
    assert_memory_equal(back, values, count);
    for (size_t cut = 0; cut < smaller(len, 50); cut++) {
        assert_int_equal(xh__codec_bytes_decode(bytes, cut, count, back), XH_E_CORRUPT);
    }
    free(room);
    free(bytes);
    free(back);
}

static void bytes_come_back(void **state)
{
    static const size_t counts[] = {2, 3, 10, 255, 256, 257, 1000, 70000};
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 9);
    uint8_t one = 200;
    check_bytes(&one, 1, 0);
    for (size_t c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
        size_t count = counts[c];
        uint8_t *values = calloc(count, 1);
        check_bytes(values, count, 0);
        if (count > 10) {
            values[count / 2] = 9;
            check_bytes(values, count, 1);
        }
        for (unsigned width = 1; width <= 8; width++) {
            uint8_t base = (uint8_t)xh_rand_u64(&rand);
            for (size_t i = 0; i < count; i++) {
                values[i] = (uint8_t)(base + (i % 2 == 0 ? 0 : (1u << width) - 1));
            }
            check_bytes(values, count, 2);
        }
        free(values);
    }
}

/* ---- damage ---- */

/* Whatever the bytes, every reader ends, within its memory, and says the same each time. */
static void read_ints_all_ways(const uint8_t *bytes, size_t len, size_t count, int64_t *room)
{
    size_t index = 0;
    ptrdiff_t size = xh__codec_ints_decode(bytes, len, count, room);
    assert_true(size == XH_E_CORRUPT || (size > 0 && (size_t)size <= len));
    int rc = xh__codec_ints_slice(bytes, len, count, count / 3, count, room);
    assert_true(rc == 0 || rc == XH_E_CORRUPT);
    rc = xh__codec_ints_find(bytes, len, count, 1000, &index);
    assert_true((rc == 0 && index <= count) || rc == XH_E_CORRUPT);
}

static void damaged_integers_never_lead_outside(void **state)
{
    static const size_t counts[] = {1, 3, 40, 300, 1000};
    (void)state;
    for (size_t shape = 0; shape < SHAPES; shape++) {
        struct xh_rand rand;
        xh_rand_init(&rand, shape);
        struct ints ints = make_ints(shapes[shape], counts[shape % 5], &rand);
        int64_t *room = malloc(ints.count * sizeof(*room));
        encode_ints(&ints);
        for (size_t cut = 0; cut < ints.len; cut += 1 + cut / 64) {
            uint8_t *bytes = exact_copy(ints.bytes, cut);
            assert_int_equal(xh__codec_ints_decode(bytes, cut, ints.count, room), XH_E_CORRUPT);
            read_ints_all_ways(bytes, cut, ints.count, room);
            free(bytes);
        }
        for (int i = 0; i < 500; i++) {
            uint8_t *bytes = exact_copy(ints.bytes, ints.len);
            size_t at = xh_rand_below(&rand, i % 2 == 0 ? smaller(ints.len, 40) : ints.len);
            bytes[at] ^= (uint8_t)(1 << xh_rand_below(&rand, 8));
            read_ints_all_ways(bytes, ints.len, ints.count, room);
            free(bytes);
        }
        free(room);
        finish_ints(&ints);
    }
}

static void random_bytes_never_lead_outside(void **state)
{
    (void)state;
    struct xh_rand rand;
    xh_rand_init(&rand, 42);
    int64_t *ints = malloc(600 * sizeof(*ints));
    for (int i = 0; i < 20000; i++) {
        size_t len = xh_rand_below(&rand, 60);
        uint8_t *bytes = malloc(len + 1);
        uint8_t back[600];
        for (size_t k = 0; k < len; k++) {
            bytes[k] = (uint8_t)(xh_rand_u64(&rand) >> xh_rand_below(&rand, 8));
        }
        if (len > 0) {
            bytes[0] &= i % 2 == 0 ? 0x2f : 0x03; /* the modes that there are */
        }
        uint8_t *exact = exact_copy(bytes, len);
        size_t count = 1 + xh_rand_below(&rand, 600);
        read_ints_all_ways(exact, len, count, ints);
        ptrdiff_t size = xh__codec_bytes_decode(exact, len, count, back);
        assert_true(size == XH_E_CORRUPT || (size > 0 && (size_t)size <= len));
        free(exact);
        free(bytes);
    }
    free(ints);
}

/* ---- the format as documented ---- */

/* Words of a line of docs/formats/columns.md: "    ints 7 7 7 = 01 07". */
static size_t split(char *line, char *words[], size_t most)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \n", &rest); word && count < most;
         word = strtok_r(NULL, " \n", &rest)) {
        words[count++] = word;
    }
    return count;
}

static size_t encode_words(const char *what, char *const words[], size_t count, uint8_t *out)
{
    int64_t ints[64];
    double values[64];
    int8_t decimals[64];
    uint8_t bytes[64];
    for (size_t i = 0; i < count; i++) {
        struct xh_str text = {words[i], strlen(words[i])};
        int number = 0;
        if (strcmp(what, "values") == 0) {
            assert_int_equal(xh_num_parse(text, &values[i], &number), 0);
            decimals[i] = (int8_t)number;
        } else {
            assert_int_equal(xh_int_parse(text, &ints[i]), 0);
            bytes[i] = (uint8_t)ints[i];
        }
    }
    return strcmp(what, "values") == 0 ? xh__codec_values_encode(values, decimals, count, out)
           : strcmp(what, "ints") == 0 ? xh__codec_ints_encode(ints, count, out)
                                       : xh__codec_bytes_encode(bytes, count, out);
}

static void check_example(char *line)
{
    char *words[256] = {NULL};
    char wanted[4096] = "", seen[4096] = "";
    uint8_t out[2048];
    size_t count = split(line, words, 256);
    size_t equals = 1;
    while (equals < count && strcmp(words[equals], "=") != 0) {
        equals++;
    }
    assert_true(equals > 1 && equals <= 64 && equals < count);
    for (size_t i = equals + 1; i < count; i++) {
        snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), "%s ", words[i]);
    }
    size_t len = encode_words(words[0], words + 1, equals - 1, out);
    for (size_t i = 0; i < len; i++) {
        snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%02x ", out[i]);
    }
    assert_string_equal(seen, wanted);
}

static void the_examples_of_the_document_are_what_is_written(void **state)
{
    (void)state;
    char line[4096];
    int examples = 0;
    FILE *file = fopen(XH_TEST_ROOT "/docs/formats/columns.md", "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "    ints ", 9) == 0 || strncmp(line, "    values ", 11) == 0 ||
            strncmp(line, "    bytes ", 10) == 0) {
            check_example(line);
            examples++;
        }
    }
    fclose(file);
    assert_in_range(examples, 12, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_every_shape_come_back),
        cmocka_unit_test(integers_of_every_width_come_back),
        cmocka_unit_test(a_column_of_the_largest_count_comes_back),
        cmocka_unit_test(each_shape_is_kept_in_its_mode),
        cmocka_unit_test(a_step_out_of_range_is_damage),
        cmocka_unit_test(an_impossible_count_is_damage),
        cmocka_unit_test(a_bound_is_found_where_looking_finds_it),
        cmocka_unit_test(a_bound_is_found_between_extremes),
        cmocka_unit_test(even_and_round_times_take_next_to_nothing),
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(damaged_integers_never_lead_outside),
        cmocka_unit_test(random_bytes_never_lead_outside),
        cmocka_unit_test(the_examples_of_the_document_are_what_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
