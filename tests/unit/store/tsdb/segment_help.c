/* segment_help.c: rows of many kinds, and what a segment must say of them. */
#include "segment_help.h"

#include <float.h>
#include <math.h>

#define START_US (INT64_C(1748736000) * XH_US_PER_S)
#define STEP_US (900 * XH_US_PER_S)

/* ---- the disk ---- */

void world_reset(struct world *w, uint64_t seed)
{
    if (w->sim) {
        xh_disk_sim_destroy(w->sim);
    }
    w->sim = xh_disk_sim_create(seed);
    w->env = *xh_env_real();
    w->env.disk = xh_disk_sim_disk(w->sim);
    assert_int_equal(xh_disk_make_dir(&w->env, "d", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(&w->env, ".", NULL), 0);
}

int world_setup(void **state)
{
    struct world *w = xh_alloc(sizeof(*w));
    world_reset(w, 1);
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    struct world *w = *state;
    xh_disk_sim_destroy(w->sim);
    xh_buf_finish(&w->bytes);
    free(w);
    return 0;
}

static int count_name(void *arg, const char *name, uint64_t size_bytes)
{
    size_t *count = arg;
    (void)name;
    (void)size_bytes;
    (*count)++;
    return 0;
}

size_t count_files(struct world *w)
{
    size_t count = 0;
    assert_int_equal(xh_disk_list(&w->env, "d", count_name, &count, NULL), 0);
    return count;
}

struct xh_buf read_file(struct world *w, const char *path)
{
    struct xh_disk_map map;
    struct xh_buf bytes = {0};
    assert_int_equal(xh_disk_map(&w->env, path, false, &map, NULL), 0);
    xh_buf_add(&bytes, map.bytes, map.len);
    xh_disk_unmap(&w->env, &map);
    return bytes;
}

struct xh__segment_writer *writer_of(struct world *w, const struct xh__segment_options *options,
                                     const int64_t *arrivals_us, size_t arrival_count)
{
    struct xh__segment_writer *writer = NULL;
    assert_int_equal(xh__segment_writer_create(&w->env, "d", options, arrivals_us, arrival_count,
                                               &writer, NULL), 0);
    return writer;
}

static void check_same_info(const struct xh__segment_info *a, const struct xh__segment_info *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->month, b->month);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->flush_last, b->flush_last);
    assert_int_equal(a->row_count, b->row_count);
    assert_int_equal(a->chunk_count, b->chunk_count);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->id_min, b->id_min);
    assert_int_equal(a->id_max, b->id_max);
    assert_int_equal(a->from_us, b->from_us);
    assert_int_equal(a->last_us, b->last_us);
    assert_int_equal(a->arrival_max_us, b->arrival_max_us);
}

struct xh__segment *seal(struct world *w, struct xh__segment_writer *writer, uint64_t number)
{
    struct xh__segment_info info;
    struct xh__segment *segment = NULL;
    struct xh_err err = {0};
    assert_int_equal(xh__segment_writer_finish(writer, &info, &err), 0);
    if (xh__segment_open(&w->env, "d", number, &segment, &err) < 0) {
        fail_msg("%s", err.text);
    }
    check_same_info(xh__segment_info(segment), &info);
    return segment;
}

static void print_fault(void *arg, const char *sentence)
{
    struct xh_str *first = arg;
    if (first->len == 0) {
        *first = xh_str_from(sentence);
    }
}

int64_t verify(const struct xh__segment *segment)
{
    struct xh_str first = {0};
    return xh__segment_verify(segment, print_fault, &first);
}

/* ---- rows ---- */

static void make_room(struct xh__columns *rows, size_t count)
{
    xh__columns_grow(rows, count);
    rows->count = count;
}

void fill_register(struct xh__columns *rows, size_t count, uint64_t seed)
{
    struct xh_rand rand;
    xh_rand_init(&rand, seed);
    int64_t wh = (int64_t)xh_rand_below(&rand, 100000000);
    make_room(rows, count);
    for (size_t i = 0; i < count; i++) {
        wh += (int64_t)xh_rand_below(&rand, 500);
        rows->at_us[i] = START_US + (int64_t)i * STEP_US;
        rows->values[i] = (double)wh / 1000;
        rows->decimals[i] = 3;
        rows->seqs[i] = i + 1;
        rows->arrival_us[i] = rows->at_us[i] + 5 * XH_US_PER_S;
        rows->quality[i] = 0;
    }
}

void fill_example(struct xh__columns *rows, uint32_t id)
{
    static const double values[] = {123.4, 123.9, 124.1, 124.6};
    make_room(rows, 4);
    for (size_t i = 0; i < 4; i++) {
        bool is_odd = id % 2 == 1;
        rows->at_us[i] = START_US + (int64_t)i * STEP_US + (is_odd && i == 3 ? 1 : 0);
        rows->values[i] = values[i];
        rows->decimals[i] = 1;
        rows->seqs[i] = i + 1;
        rows->arrival_us[i] = START_US + (int64_t)i * STEP_US + 905 * XH_US_PER_S;
        rows->quality[i] = is_odd && i == 2 ? XH_QUALITY_ESTIMATED : 0;
    }
}

enum { TIME_KINDS = 5, SEQ_KINDS = 2, ARRIVAL_KINDS = 5, QUALITY_KINDS = 2, VALUE_KINDS = 6 };

static void fill_times(struct xh__columns *rows, struct xh_rand *rand, uint64_t kind)
{
    int64_t at_us = START_US + (int64_t)xh_rand_below(rand, 1000000);
    int64_t step_us = 1 + (int64_t)xh_rand_below(rand, STEP_US);
    for (size_t i = 0; i < rows->count; i++) {
        rows->at_us[i] = at_us;
        at_us += kind == 0   ? step_us
                 : kind == 1 ? 1 + (int64_t)xh_rand_below(rand, STEP_US)
                 : kind == 2 ? (int64_t)xh_rand_below(rand, 3)
                             : 0;
    }
    if (kind == 4) {
        rows->at_us[0] = XH_TIME_MIN;
        rows->at_us[rows->count - 1] = rows->count > 1 ? XH_TIME_MAX : XH_TIME_MIN;
    }
}

/* Different numbers that rise among rows of one time. */
static void fill_seqs(struct xh__columns *rows, struct xh_rand *rand, uint64_t kind)
{
    uint64_t base = 1 + xh_rand_below(rand, UINT64_C(1) << 39);
    for (size_t i = 0; i < rows->count; i++) {
        rows->seqs[i] = base + (kind == 0 ? i : 3 * i + xh_rand_below(rand, 3));
    }
    for (size_t i = 2; kind == 1 && i < rows->count; i += 2) {
        if (rows->at_us[i - 2] < rows->at_us[i - 1] && rows->at_us[i - 1] < rows->at_us[i] &&
            (i + 1 == rows->count || rows->at_us[i] < rows->at_us[i + 1])) {
            uint64_t seq = rows->seqs[i];
            rows->seqs[i] = rows->seqs[i - 1];
            rows->seqs[i - 1] = seq;
        }
    }
}

static void fill_arrivals(struct xh__columns *rows, struct xh_rand *rand, uint64_t kind,
                          const int64_t *table, size_t table_count)
{
    size_t stride = 1 + xh_rand_below(rand, 2);
    for (size_t i = 0; i < rows->count; i++) {
        size_t place = kind == 1 ? i * stride % table_count : xh_rand_below(rand, table_count);
        rows->arrival_us[i] = kind <= 2 ? table[kind == 0 ? 3 : place]
                              : kind == 3
                                  ? rows->at_us[i] + (int64_t)xh_rand_below(rand, 1000000)
                                  : (int64_t)xh_rand_u64(rand);
    }
}

static double any_double(struct xh_rand *rand)
{
    for (;;) {
        uint64_t bits = xh_rand_u64(rand);
        double value;
        memcpy(&value, &bits, sizeof(value));
        if (isfinite(value)) {
            return value;
        }
    }
}

static void fill_values(struct xh__columns *rows, struct xh_rand *rand, uint64_t kind)
{
    int64_t units = (int64_t)xh_rand_below(rand, 1000000) - 500000;
    for (size_t i = 0; i < rows->count; i++) {
        int64_t more = (int64_t)xh_rand_below(rand, 1000);
        units += kind == 0 ? more : more - 500;
        rows->decimals[i] = (int8_t)(kind == 2 ? (int)xh_rand_below(rand, 19) - 1 : 2);
        rows->values[i] = kind == 0   ? (double)units / 100
                          : kind == 1 ? xh_rand_normal(rand)
                          : kind == 2 ? (double)units / 8
                          : kind == 3 ? 21.5
                          : kind == 4 ? (more % 2 ? -0.0 : 0.0)
                                      : any_double(rand);
    }
}

static void fill_kinds(struct xh__columns *rows, size_t count, struct xh_rand *rand,
                       const int64_t *table, size_t table_count)
{
    make_room(rows, count);
    fill_times(rows, rand, xh_rand_below(rand, TIME_KINDS));
    if (count > 2 && rows->at_us[0] == XH_TIME_MIN) { /* the middle of two extremes */
        for (size_t i = 1; i + 1 < count; i++) {
            rows->at_us[i] = START_US;
        }
    }
    fill_seqs(rows, rand, xh_rand_below(rand, SEQ_KINDS));
    fill_arrivals(rows, rand, xh_rand_below(rand, ARRIVAL_KINDS), table, table_count);
    fill_values(rows, rand, xh_rand_below(rand, VALUE_KINDS));
    bool is_mixed = xh_rand_below(rand, QUALITY_KINDS) == 1;
    for (size_t i = 0; i < count; i++) {
        rows->quality[i] = is_mixed ? (uint8_t)xh_rand_below(rand, 64) : 9;
    }
}

void fill_irregular(struct xh__columns *rows, size_t count, uint64_t seed)
{
    struct xh_rand rand;
    xh_rand_init(&rand, seed);
    make_room(rows, count);
    fill_times(rows, &rand, 1);
    fill_seqs(rows, &rand, 1);
    fill_values(rows, &rand, 1);
    for (size_t i = 0; i < count; i++) {
        rows->arrival_us[i] = rows->at_us[i] + (int64_t)xh_rand_below(&rand, 1000000);
        rows->quality[i] = (uint8_t)xh_rand_below(&rand, 64);
    }
}

struct xh__columns part_of(const struct xh__columns *rows, size_t from, size_t count)
{
    size_t left = rows->count - from;
    return (struct xh__columns){.count = count < left ? count : left,
                                .at_us = rows->at_us + from,
                                .values = rows->values + from,
                                .decimals = rows->decimals + from,
                                .seqs = rows->seqs + from,
                                .arrival_us = rows->arrival_us + from,
                                .quality = rows->quality + from};
}

void check_same(const struct xh__columns *a, const struct xh__columns *b)
{
    size_t n = a->count;
    assert_int_equal(n, b->count);
    assert_memory_equal(a->at_us, b->at_us, n * sizeof(*a->at_us));
    assert_memory_equal(a->values, b->values, n * sizeof(*a->values));
    assert_memory_equal(a->decimals, b->decimals, n);
    assert_memory_equal(a->seqs, b->seqs, n * sizeof(*a->seqs));
    assert_memory_equal(a->arrival_us, b->arrival_us, n * sizeof(*a->arrival_us));
    assert_memory_equal(a->quality, b->quality, n);
}

/* ---- models ---- */

enum { SERIES_MAX = 300, TABLE = 700 };

struct model {
    uint64_t seed;
    size_t series_count;
    uint32_t ids[SERIES_MAX];
    struct xh__columns rows[SERIES_MAX];
    int64_t table[TABLE];
    size_t table_count; /* 0: not given to the writer */
};

struct model *model_create(uint64_t seed)
{
    struct model *m = xh_alloc(sizeof(*m));
    struct xh_rand rand;
    uint32_t id = 0;
    xh_rand_init(&rand, seed);
    m->seed = seed;
    m->series_count = seed % 10 == 0 ? SERIES_MAX : 1 + xh_rand_below(&rand, 20);
    m->table_count = seed % 3 == 0 ? 0 : TABLE;
    int64_t at_us = START_US;
    for (size_t i = 0; i < TABLE; i++) {
        at_us += 1 + (int64_t)xh_rand_below(&rand, STEP_US);
        m->table[i] = at_us;
    }
    for (size_t i = 0; i < m->series_count; i++) {
        id += 1 + (xh_rand_below(&rand, 4) == 0 ? (uint32_t)xh_rand_below(&rand, 1000) : 0);
        m->ids[i] = id;
        size_t count = 1 + xh_rand_below(&rand, xh_rand_below(&rand, 6) == 0 ? 600 : 30);
        fill_kinds(&m->rows[i], count, &rand, m->table, TABLE);
    }
    if (seed % 7 == 0) {
        m->ids[m->series_count - 1] = UINT32_MAX;
    }
    return m;
}

void model_destroy(struct model *m)
{
    for (size_t i = 0; i < m->series_count; i++) {
        xh__columns_finish(&m->rows[i]);
    }
    free(m);
}

struct xh__segment *model_write(const struct model *m, struct world *w, uint64_t number)
{
    static const uint32_t chunk_rows[] = {0, 1, 7, 100, 256};
    struct xh__segment_options options = {.number = number,
                                          .month = (int32_t)m->seed - 5,
                                          .level = (uint8_t)m->seed,
                                          .flush_last = m->seed * 3,
                                          .chunk_rows = chunk_rows[m->seed % 5],
                                          .is_squeezed = m->seed % 4 == 0};
    struct xh__segment_writer *writer = writer_of(w, &options, m->table, m->table_count);
    for (size_t i = 0; i < m->series_count; i++) {
        assert_int_equal(xh__segment_writer_add(writer, m->ids[i], &m->rows[i], NULL), 0);
    }
    struct xh__segment *segment = seal(w, writer, number);
    assert_int_equal(xh__segment_info(segment)->month, options.month);
    assert_int_equal(xh__segment_info(segment)->level, options.level);
    assert_int_equal(xh__segment_info(segment)->flush_last, options.flush_last);
    return segment;
}

/* What the index says of a chunk, against its rows. */
static void check_index(const struct xh__chunk *c, const struct xh__columns *r)
{
    uint64_t seq_min = r->seqs[0], seq_max = r->seqs[0];
    int64_t arrival_us = r->arrival_us[0];
    double min = r->values[0], max = r->values[0], size = 0;
    struct xh_sum sum = {0}, said = {c->sum, c->compensation, c->count};
    uint8_t quality = 0;
    bool do_differ = true;
    for (size_t i = 0; i < r->count; i++) {
        seq_min = r->seqs[i] < seq_min ? r->seqs[i] : seq_min;
        seq_max = r->seqs[i] > seq_max ? r->seqs[i] : seq_max;
        arrival_us = r->arrival_us[i] > arrival_us ? r->arrival_us[i] : arrival_us;
        min = r->values[i] < min ? r->values[i] : min;
        max = r->values[i] > max ? r->values[i] : max;
        size += fabs(r->values[i]);
        xh_sum_add(&sum, r->values[i]);
        quality |= r->quality[i];
        do_differ &= i == 0 || r->at_us[i] != r->at_us[i - 1];
    }
    assert_int_equal(c->count, r->count);
    assert_int_equal(c->from_us, r->at_us[0]);
    assert_int_equal(c->last_us, r->at_us[r->count - 1]);
    assert_int_equal(c->seq_min, seq_min);
    assert_int_equal(c->seq_max, seq_max);
    assert_int_equal(c->arrival_max_us, arrival_us);
    assert_int_equal(c->quality, quality);
    assert_int_equal((c->flags & XH__CHUNK_TIMES_DIFFER) != 0, do_differ);
    assert_true(c->min == min && c->max == max);
    assert_memory_equal(&c->first, &r->values[0], sizeof(c->first));
    assert_memory_equal(&c->last, &r->values[r->count - 1], sizeof(c->last));
    if (isfinite(size)) { /* else a part of the sum may be more than a double holds */
        assert_true(fabs(xh_sum_value(&sum) - xh_sum_value(&said)) <= 8 * DBL_EPSILON * size);
    }
}

/* A step is one, and nothing else is called so. */
static void check_step(const struct xh__chunk *c, const struct xh__columns *r)
{
    bool is_step = true;
    for (size_t i = 1; i < r->count; i++) {
        int64_t step_us = r->at_us[1] - r->at_us[0];
        is_step &= step_us > 0 && r->at_us[i] - r->at_us[i - 1] == step_us;
    }
    assert_int_equal((c->flags & XH__CHUNK_IS_STEP) != 0, is_step);
}

void model_check(const struct model *m, const struct xh__segment *segment)
{
    struct chunks *chunks = chunks_of(segment);
    struct xh__columns rows = {0};
    uint64_t row_count = 0;
    size_t chunk = 0;
    for (size_t i = 0; i < m->series_count; i++) {
        const struct xh__columns *expected = &m->rows[i];
        rows.count = 0;
        for (; chunk < chunks->count && chunks->items[chunk].id == m->ids[i]; chunk++) {
            const struct xh__chunk *c = &chunks->items[chunk];
            size_t at = rows.count;
            assert_int_equal(c->index, chunk);
            assert_int_equal(
                xh__segment_decode(segment, c, 0, c->count, XH__COLUMN_ALL, &rows, NULL), 0);
            struct xh__columns part = part_of(&rows, at, rows.count - at);
            check_index(c, &part);
            check_step(c, &part);
        }
        check_same(expected, &rows);
        row_count += rows.count;
    }
    const struct xh__segment_info *info = xh__segment_info(segment);
    assert_int_equal(chunk, chunks->count);
    assert_int_equal(info->chunk_count, chunks->count);
    assert_int_equal(info->row_count, row_count);
    assert_int_equal(info->id_min, m->ids[0]);
    assert_int_equal(info->id_max, m->ids[m->series_count - 1]);
    xh__columns_finish(&rows);
    chunks_destroy(chunks);
}

/* ---- chunks ---- */

static int add_chunk(void *arg, const struct xh__segment *segment, const struct xh__chunk *chunk)
{
    struct chunks *chunks = arg;
    (void)segment;
    chunks->items = xh_realloc(chunks->items, (chunks->count + 1) * sizeof(*chunk));
    chunks->items[chunks->count++] = *chunk;
    return 0;
}

struct chunks *chunks_of(const struct xh__segment *segment)
{
    struct chunks *chunks = xh_alloc(sizeof(*chunks));
    struct xh__index_place *place = xh_alloc(sizeof(*place));
    assert_int_equal(xh__segment_each(segment, place, add_chunk, chunks, NULL), 0);
    free(place);
    return chunks;
}

void chunks_destroy(struct chunks *chunks)
{
    free(chunks->items);
    free(chunks);
}

void check_same_chunk(const struct xh__chunk *a, const struct xh__chunk *b)
{
    const double numbers[2][6] = {{a->sum, a->compensation, a->min, a->max, a->first, a->last},
                                  {b->sum, b->compensation, b->min, b->max, b->first, b->last}};
    assert_memory_equal(numbers[0], numbers[1], sizeof(numbers[0]));
    assert_int_equal(a->id, b->id);
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->from_us, b->from_us);
    assert_int_equal(a->last_us, b->last_us);
    assert_int_equal(a->seq_min, b->seq_min);
    assert_int_equal(a->seq_max, b->seq_max);
    assert_int_equal(a->arrival_max_us, b->arrival_max_us);
    assert_int_equal(a->quality, b->quality);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->offset, b->offset);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->index, b->index);
}

static void check_part(const struct xh__segment *segment, const struct xh__chunk *c,
                       const struct xh__columns *all, uint32_t from, uint32_t to)
{
    struct xh__columns part = {0}, expected = part_of(all, from, to - from);
    struct xh__codec_fold fold;
    double min = DBL_MAX, max = -DBL_MAX;
    for (unsigned column = 1; column <= XH__COLUMN_ALL; column *= 2) { /* one by one */
        part.count = 0;
        assert_int_equal(xh__segment_decode(segment, c, from, to, column, &part, NULL), 0);
        assert_int_equal(part.count, to - from);
        if (column == XH__COLUMN_ARRIVAL && to > from) {
            assert_memory_equal(part.arrival_us, expected.arrival_us, 8 * (size_t)(to - from));
        }
    }
    part.count = 0;
    assert_int_equal(xh__segment_decode(segment, c, from, to, XH__COLUMN_ALL, &part, NULL), 0);
    if (from < to) {
        check_same(&expected, &part);
        for (uint32_t i = from; i < to; i++) {
            min = all->values[i] < min ? all->values[i] : min;
            max = all->values[i] > max ? all->values[i] : max;
        }
        assert_int_equal(xh__segment_fold(segment, c, from, to, &fold, NULL), 0);
        assert_int_equal(fold.sum.count, to - from);
        assert_true(fold.min == min && fold.max == max);
    }
    xh__columns_finish(&part);
}

static void check_seek(const struct xh__segment *segment, const struct xh__chunk *c,
                       const struct xh__columns *all, int64_t at_us)
{
    uint32_t row = 0, expected = 0;
    while (expected < c->count && all->at_us[expected] < at_us) {
        expected++;
    }
    assert_int_equal(xh__segment_seek(segment, c, at_us, &row, NULL), 0);
    assert_int_equal(row, expected);
}

void check_parts(const struct xh__segment *segment, const struct xh__chunk *chunk,
                 struct xh_rand *rand)
{
    struct xh__columns all = {0};
    assert_int_equal(
        xh__segment_decode(segment, chunk, 0, chunk->count, XH__COLUMN_ALL, &all, NULL), 0);
    check_part(segment, chunk, &all, chunk->count - 1, chunk->count);
    for (int i = 0; i < 4; i++) {
        uint32_t from = (uint32_t)xh_rand_below(rand, chunk->count + 1u);
        uint32_t to = from + (uint32_t)xh_rand_below(rand, chunk->count - from + 1u);
        check_part(segment, chunk, &all, from, to);
        int64_t at_us = all.at_us[xh_rand_below(rand, chunk->count)];
        check_seek(segment, chunk, &all, at_us - 1);
        check_seek(segment, chunk, &all, at_us);
        check_seek(segment, chunk, &all, at_us + 1);
    }
    check_seek(segment, chunk, &all, INT64_MIN);
    check_seek(segment, chunk, &all, INT64_MAX);
    xh__columns_finish(&all);
}

/* ---- hexadecimal ---- */

void read_hex(struct xh_str text, struct xh_buf *ret)
{
    ptrdiff_t from = xh_str_find(text, XH_STR("```hex\n"));
    assert_true(from >= 0);
    text = xh_str_sub(text, (size_t)from + 7, text.len);
    ptrdiff_t end = xh_str_find(text, XH_STR("```"));
    assert_true(end >= 0);
    text = xh_str_sub(text, 0, (size_t)end);
    struct xh_str line;
    while (xh_str_split(&text, '\n', &line)) {
        ptrdiff_t bar = xh_str_find_char(line, '|');
        line = bar < 0 ? line : xh_str_sub(line, 0, (size_t)bar);
        for (size_t i = 0; i + 1 < line.len; i++) {
            int high = xh_char_hex(line.ptr[i]), low = xh_char_hex(line.ptr[i + 1]);
            if (high >= 0 && low >= 0) {
                xh_buf_add_char(ret, (char)(high << 4 | low));
                i++;
            }
        }
    }
}

void print_hex(struct xh_str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        print_message("%02x%c", (unsigned char)bytes.ptr[i], i % 16 == 15 ? '\n' : ' ');
    }
    print_message("\n");
}
