/* A store made by hand, and the plain list of what is in it. */
#include "stock.h"

#include "base/time.h"
#include "store/tsdb/keep_internal.h"

#define STOCK_EPOCH INT64_C(1740787200000000) /* 2025-03-01T00:00Z */

struct xh_series_key stock_key(uint32_t id)
{
    struct xh_series_key key = {{0}};
    for (int i = 0; i < 4; i++) {
        key.bytes[15 - i] = (uint8_t)(id >> (8 * i));
    }
    key.bytes[0] = 0x5a;
    return key;
}

bool stock_keeps_all(uint32_t id)
{
    return id % 3 == 2;
}

struct stock *stock_create(uint64_t seed, uint32_t series_count)
{
    struct stock *s = xh_alloc(sizeof(*s));
    xh_rand_init(&s->rand, seed);
    s->sim = xh_disk_sim_create(seed);
    s->env = *xh_env_real();
    s->env.disk = xh_disk_sim_disk(s->sim);
    s->series_count = series_count;
    s->series = xh_alloc(series_count * sizeof(*s->series));
    assert_int_equal(xh_disk_make_dir(&s->env, "d", NULL), 0);
    assert_int_equal(xh_disk_sync_dir(&s->env, ".", NULL), 0);
    s->db.env = &s->env;
    pthread_mutex_init(&s->db.view_lock, NULL);
    assert_int_equal(xh__dict_open(&s->env, "d", 0, &s->db.dict, NULL), 0);
    s->db.amend = xh__amend_create();
    for (uint32_t i = 0; i < series_count; i++) {
        struct xh_series_key key = stock_key(i);
        s->series[i] = (struct stock_series){1, XH_TIME_MIN - 1};
        assert_int_equal(xh__dict_add(s->db.dict, &key, 1,
                                      stock_keeps_all(i) ? XH_POLICY_KEEP_ALL : XH_POLICY_REPLACE,
                                      NULL),
                         0);
    }
    return s;
}

void stock_destroy(struct stock *s)
{
    if (s->db.view != NULL) {
        xh__view_destroy(&s->db);
    }
    pthread_mutex_destroy(&s->db.view_lock);
    xh__amend_destroy(s->db.amend);
    xh__dict_close(s->db.dict);
    xh_disk_sim_destroy(s->sim);
    free(s->retractions);
    free(s->erasures);
    free(s->series);
    free(s->rows);
    free(s);
}

/* ---- rows ---- */

void stock_accept(struct stock *s, uint32_t id, const struct xh_reading *reading)
{
    if (s->count == s->capacity) {
        s->capacity = s->capacity > 0 ? 2 * s->capacity : 256;
        s->rows = xh_realloc(s->rows, s->capacity * sizeof(*s->rows));
    }
    struct stock_series *series = &s->series[id];
    struct stock_row *row = &s->rows[s->count++];
    *row = (struct stock_row){.id = id, .reading = *reading};
    row->reading.seq = series->next_seq++;
    row->is_in_order = reading->at_us > series->max_at_us;
    if (row->is_in_order) {
        series->max_at_us = reading->at_us;
    }
}

void stock_put(struct stock *s, uint32_t id, int64_t at_us, double value)
{
    struct xh_reading reading = {
        .at_us = at_us, .value = value, .arrival_us = at_us + 1000, .decimals = 3};
    stock_accept(s, id, &reading);
}

static int by_series(const void *a, const void *b)
{
    const struct stock_row *x = a, *y = b;
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    if (x->reading.at_us != y->reading.at_us) {
        return x->reading.at_us < y->reading.at_us ? -1 : 1;
    }
    return (x->reading.seq > y->reading.seq) - (x->reading.seq < y->reading.seq);
}

static void add_row(struct xh__columns *columns, const struct xh_reading *reading)
{
    size_t i = columns->count++;
    xh__columns_grow(columns, columns->count);
    columns->at_us[i] = reading->at_us;
    columns->values[i] = reading->value;
    columns->decimals[i] = reading->decimals;
    columns->seqs[i] = reading->seq;
    columns->arrival_us[i] = reading->arrival_us;
    columns->quality[i] = reading->quality;
}

static void write_month(struct stock *s, const struct stock_row *rows, size_t count, int32_t month,
                        uint32_t chunk_rows)
{
    uint64_t number = s->segment_count + 1;
    struct xh__segment_options options = {
        .number = number, .month = month, .flush_last = number, .chunk_rows = chunk_rows};
    struct xh__segment_writer *writer = NULL;
    assert_int_equal(xh__segment_writer_create(&s->env, "d", &options, NULL, 0, &writer, NULL), 0);
    struct xh__columns columns = {0};
    for (size_t i = 0; i < count;) {
        uint32_t id = rows[i].id;
        columns.count = 0;
        for (; i < count && rows[i].id == id; i++) {
            if (xh__month_of(rows[i].reading.at_us) == month) {
                add_row(&columns, &rows[i].reading);
            }
        }
        if (columns.count > 0) {
            assert_int_equal(xh__segment_writer_add(writer, id, &columns, NULL), 0);
        }
    }
    xh__columns_finish(&columns);
    struct xh__segment_info info;
    assert_int_equal(xh__segment_writer_finish(writer, &info, NULL), 0);
    assert_true(s->segment_count < 256);
    assert_int_equal(xh__segment_open(&s->env, "d", number, &s->segments[s->segment_count++], NULL),
                     0);
}

static bool is_seen(const int32_t *months, size_t count, int32_t month)
{
    for (size_t i = 0; i < count; i++) {
        if (months[i] == month) {
            return true;
        }
    }
    return false;
}

void stock_flush(struct stock *s, uint32_t chunk_rows)
{
    size_t count = s->count - s->flushed, month_count = 0;
    if (count == 0) {
        return;
    }
    struct stock_row *rows = xh_alloc(count * sizeof(*rows));
    int32_t *months = xh_alloc(count * sizeof(*months));
    memcpy(rows, s->rows + s->flushed, count * sizeof(*rows));
    qsort(rows, count, sizeof(*rows), by_series);
    for (size_t i = 0; i < count; i++) {
        int32_t month = xh__month_of(rows[i].reading.at_us);
        if (!is_seen(months, month_count, month)) {
            months[month_count++] = month;
            write_month(s, rows, count, month, chunk_rows);
        }
    }
    free(months);
    free(rows);
    s->flushed = s->count;
}

static void stage(struct xh__mem *mem, const struct stock_row *row)
{
    const struct xh_reading *reading = &row->reading;
    struct xh__mem_row staged = {.at_us = reading->at_us,
                                 .arrival_us = reading->arrival_us,
                                 .value = reading->value,
                                 .id = row->id,
                                 .seq = reading->seq & ((UINT64_C(1) << 40) - 1),
                                 .quality = reading->quality,
                                 .decimals = (unsigned)(reading->decimals + 1) & 63u,
                                 .is_in_order = row->is_in_order};
    xh__mem_stage(mem, &staged);
}

void stock_open(struct stock *s, size_t memory_count)
{
    size_t left = s->count - s->flushed, next = s->flushed;
    struct xh__mem *mem = xh__mem_create(1);
    xh__view_create(&s->db, s->segments, s->segment_count, mem);
    for (size_t i = 0; i < memory_count; i++) {
        size_t end = s->flushed + left * (i + 1) / memory_count;
        if (i > 0) {
            mem = xh__mem_create(i + 1);
            xh__view_freeze(&s->db, mem);
        }
        for (; next < end; next++) {
            stage(mem, &s->rows[next]);
        }
        xh__mem_publish(mem);
    }
}

void stock_retract(struct stock *s, uint32_t id, uint64_t seq_from, uint64_t seq_to, int64_t at_us)
{
    struct xh__manifest_retraction what = {
        .id = id, .seq_from = seq_from, .seq_to = seq_to, .at_us = at_us};
    if (what.seq_to >= s->series[id].next_seq) {
        what.seq_to = s->series[id].next_seq - 1;
    }
    if (what.seq_from > what.seq_to) {
        return;
    }
    s->retractions = xh_realloc(s->retractions,
                                (s->retraction_count + 1) * sizeof(*s->retractions));
    s->retractions[s->retraction_count++] = what;
    xh__amend_add_retraction(s->db.amend, &what);
    xh__dict_set_flag(s->db.dict, id, XH__SERIES_HAS_AMENDMENTS);
}

void stock_erase(struct stock *s, uint32_t id, int64_t from_us, int64_t to_us)
{
    struct xh__manifest_erasure what = {.number = s->erasure_count + 1,
                                        .id = id,
                                        .from_us = from_us,
                                        .to_us = to_us,
                                        .seq_below = s->series[id].next_seq};
    s->erasures = xh_realloc(s->erasures, (s->erasure_count + 1) * sizeof(*s->erasures));
    s->erasures[s->erasure_count++] = what;
    xh__amend_add_erasure(s->db.amend, &what);
    xh__dict_set_flag(s->db.dict, id, XH__SERIES_HAS_AMENDMENTS);
}

/* ---- what must come ---- */

static bool is_there(const struct stock *s, const struct stock_row *row, int64_t known_us)
{
    for (size_t i = 0; i < s->erasure_count; i++) {
        const struct xh__manifest_erasure *e = &s->erasures[i];
        if (e->id == row->id && row->reading.at_us >= e->from_us && row->reading.at_us < e->to_us &&
            row->reading.seq < e->seq_below) {
            return false;
        }
    }
    return row->reading.arrival_us <= known_us;
}

static bool is_retracted(const struct stock *s, const struct stock_row *row, int64_t known_us)
{
    for (size_t i = 0; i < s->retraction_count; i++) {
        const struct xh__manifest_retraction *r = &s->retractions[i];
        if (r->id == row->id && row->reading.seq >= r->seq_from && row->reading.seq <= r->seq_to &&
            r->at_us <= known_us) {
            return true;
        }
    }
    return false;
}

static int by_time(const void *a, const void *b)
{
    const struct xh_reading *x = a, *y = b;
    if (x->at_us != y->at_us) {
        return x->at_us < y->at_us ? -1 : 1;
    }
    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* A later one of the same time that is not retracted takes its place. */
static void mark_in_force(struct xh_reading *readings, size_t count, bool is_keep_all)
{
    for (size_t i = 0; i < count; i++) {
        readings[i].is_in_force = !readings[i].is_retracted;
        for (size_t j = i + 1; !is_keep_all && j < count && readings[j].at_us == readings[i].at_us;
             j++) {
            readings[i].is_in_force = readings[i].is_in_force && readings[j].is_retracted;
        }
    }
}

struct xh_reading *stock_expect(const struct stock *s, uint32_t id,
                                const struct xh_tsdb_range *range, size_t *ret_count)
{
    int64_t known_us = range->as_known_us != 0 ? range->as_known_us : INT64_MAX;
    struct xh_reading *readings = xh_alloc(s->count * sizeof(*readings));
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct stock_row *row = &s->rows[i];
        if (row->id == id && row->reading.at_us >= range->from_us &&
            row->reading.at_us < range->to_us && is_there(s, row, known_us)) {
            readings[count] = row->reading;
            readings[count++].is_retracted = is_retracted(s, row, known_us);
        }
    }
    qsort(readings, count, sizeof(*readings), by_time);
    mark_in_force(readings, count, stock_keeps_all(id));
    for (size_t i = 0; i < count; i++) {
        if (readings[i].is_in_force || range->with_corrected) {
            readings[kept++] = readings[i];
        }
    }
    for (size_t i = 0, j = kept; range->is_backwards && i + 1 < j; i++) {
        struct xh_reading swap = readings[i];
        readings[i] = readings[--j];
        readings[j] = swap;
    }
    *ret_count = range->limit > 0 && range->limit < kept ? (size_t)range->limit : kept;
    return readings;
}

struct xh_reading *stock_read(struct stock *s, const struct xh_tsdb_range *range, size_t step,
                              size_t *ret_count)
{
    struct xh_tsdb_cursor *cursor = NULL;
    assert_int_equal(xh_tsdb_read(&s->db, range, &cursor, NULL), 0);
    struct xh_reading *readings = NULL;
    size_t count = 0, capacity = 0;
    ptrdiff_t part;
    do {
        if (capacity < count + step) {
            capacity = 2 * (count + step);
            readings = xh_realloc(readings, capacity * sizeof(*readings));
        }
        part = xh_tsdb_next(cursor, readings + count, step, NULL);
        assert_true(part >= 0 && (size_t)part <= step);
        count += (size_t)part;
    } while (part > 0);
    xh_tsdb_cursor_close(cursor);
    *ret_count = count;
    return readings;
}

void stock_check_reading(const struct xh_reading *a, const struct xh_reading *b)
{
    assert_int_equal(a->at_us, b->at_us);
    assert_int_equal(a->seq, b->seq);
    assert_memory_equal(&a->value, &b->value, sizeof(a->value));
    assert_int_equal(a->arrival_us, b->arrival_us);
    assert_int_equal(a->quality, b->quality);
    assert_int_equal(a->decimals, b->decimals);
    assert_int_equal(a->is_in_force, b->is_in_force);
    assert_int_equal(a->is_retracted, b->is_retracted);
}

void stock_check_range(struct stock *s, uint32_t id, struct xh_tsdb_range range, size_t step)
{
    size_t expected_count, count;
    range.key = stock_key(id);
    struct xh_reading *expected = stock_expect(s, id, &range, &expected_count);
    struct xh_reading *readings = stock_read(s, &range, step, &count);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        stock_check_reading(&readings[i], &expected[i]);
    }
    free(readings);
    free(expected);
}

/* ---- by chance ---- */

static int64_t below(struct stock *s, int64_t bound)
{
    return (int64_t)xh_rand_below(&s->rand, (uint64_t)bound);
}

/* Dense around the change of a month, sparse elsewhere. */
int64_t stock_time(struct stock *s)
{
    int64_t minute = 60 * XH_US_PER_S;
    return below(s, 2) == 0 ? STOCK_EPOCH + (below(s, 120) - 60) * minute
                            : STOCK_EPOCH + (below(s, 3000) - 1500) * 30 * minute;
}

static void accept_by_chance(struct stock *s, int64_t *steady_us)
{
    uint32_t id = (uint32_t)below(s, s->series_count);
    struct xh_reading reading = {.at_us = stock_time(s)};
    if (below(s, 3) > 0) { /* most come in order, some at equal steps */
        steady_us[id] += below(s, 10) > 0 ? 60 * XH_US_PER_S : 1 + below(s, 300 * XH_US_PER_S);
        reading.at_us = steady_us[id];
    }
    reading.decimals = (int8_t)(below(s, 3) - 1);
    reading.value = (double)(below(s, 2000) - 1000) / 10;
    if (reading.decimals == 0) {
        reading.value = (double)(below(s, 100) - 50);
    } else if (reading.decimals < 0) {
        reading.value = xh_rand_unit(&s->rand) * 100;
    }
    reading.quality = below(s, 4) == 0 ? (uint8_t)below(s, 64) : 0;
    reading.arrival_us = STOCK_EPOCH + (int64_t)s->count * XH_US_PER_S + below(s, 3);
    if (below(s, 20) == 0) { /* another clock */
        reading.arrival_us = STOCK_EPOCH + below(s, 1000) * XH_US_PER_S;
    }
    stock_accept(s, id, &reading);
}

static void amend_by_chance(struct stock *s)
{
    for (int64_t left = below(s, 6); left > 0; left--) {
        uint32_t id = (uint32_t)below(s, s->series_count);
        uint64_t seq = 1 + (uint64_t)below(s, (int64_t)s->series[id].next_seq);
        if (below(s, 3) == 0) {
            int64_t from_us = stock_time(s);
            stock_erase(s, id, from_us, from_us + 1 + below(s, 7200 * XH_US_PER_S));
        } else {
            stock_retract(s, id, seq, seq + (uint64_t)below(s, 20),
                          STOCK_EPOCH + below(s, 1200) * XH_US_PER_S);
        }
    }
}

struct stock *stock_by_chance(uint64_t seed)
{
    struct stock *s = stock_create(seed, 1 + (uint32_t)(seed % 7));
    int64_t steady_us[8];
    for (size_t i = 0; i < 8; i++) {
        steady_us[i] = STOCK_EPOCH - 7200 * XH_US_PER_S;
    }
    uint32_t chunk_rows = (uint32_t[]){4, 16, 64, 4096}[below(s, 4)];
    bool is_amended_early = below(s, 2) == 0;
    for (int64_t flushes = below(s, 5); flushes > 0; flushes--) {
        for (int64_t rows = below(s, 300); rows > 0; rows--) {
            accept_by_chance(s, steady_us);
        }
        stock_flush(s, chunk_rows);
        if (is_amended_early) {
            amend_by_chance(s);
        }
    }
    for (int64_t rows = below(s, 200); rows > 0; rows--) {
        accept_by_chance(s, steady_us);
    }
    stock_open(s, 1 + (size_t)below(s, 3));
    if (below(s, 2) == 0) {
        amend_by_chance(s);
    }
    return s;
}
