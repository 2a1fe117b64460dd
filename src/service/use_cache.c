/* use_cache.c: days of consumption kept on derived.db, never stale.
 *
 * A row is (series, year) with a blob of 366 cells. For each series that was written or computed
 * since the start there is a note in memory (struct xh__use_note). Times decide:
 *
 *   depends_us   the latest reading that any kept day depends on. A day is kept only when the
 *                readings behind it that decide about its end are known, so what is newer than
 *                depends_us changes no kept day: live readings cost nothing here.
 *   mark         a writer says from which time on it will write, before it writes. If that is not
 *                behind depends_us, it drops the days that its readings touch, and waits until that
 *                is on disk, before it appends.
 *   computing    while readings are read to be kept, the earliest time of all writes under way or
 *                begun is collected (write_min_us). The days are written only if all these lie
 *                behind the readings they depend on.
 *
 * Both the last check and the raising of depends_us happen under the lock, inside the closure that
 * writes, on the one thread that writes derived.db. So a writer either is seen by that check, or
 * sees the raised depends_us and drops, by a closure that runs later on the same thread.
 *
 * Drops are on disk before the late readings are; so after kill -9 or a power cut what is kept is
 * still right. Restoring an older copy of the readings beside a newer derived.db is noticed by the
 * number of readings, see `trust`.
 */
#include <stdlib.h>
#include <string.h>

#include "service/device_internal.h"
#include "service/use_cache_internal.h"

enum { ALL_YEARS_FROM = -100000, ALL_YEARS_TO = 100000 };

/* ---- schema ---- */

static const struct xh_rel_column year_columns[] = {
    {"series", XH_REL_INTEGER, true, "0", NULL},
    {"year", XH_REL_INTEGER, true, "0", NULL},
    {"fingerprint", XH_REL_INTEGER, true, "0", NULL},
    {"depends_us", XH_REL_INTEGER, true, "0", NULL},
    {"cells", XH_REL_BLOB, true, NULL, NULL},
};
static const struct xh_rel_index year_indexes[] = {{"series, year", true}};
static const struct xh_rel_table year_table = {
    "use_year", year_columns, XH_COUNT(year_columns), year_indexes, XH_COUNT(year_indexes),
};
/* One row: how the folder was left. */
static const struct xh_rel_column mark_columns[] = {
    {"boot", XH_REL_TEXT, true, "''", NULL},
    {"is_clean", XH_REL_INTEGER, true, "0", NULL},
    {"reading_count", XH_REL_INTEGER, true, "0", NULL},
};
static const struct xh_rel_table mark_table = {
    "use_mark", mark_columns, XH_COUNT(mark_columns), NULL, 0,
};
static const struct xh_rel_table *const tables[] = {&year_table, &mark_table,
                                                   &xh__device_state_table};
static const struct xh_rel_schema schema = {tables, XH_COUNT(tables), NULL, 0};

/* ---- notes ---- */

struct xh__use_note *xh__use_note_get(struct xh__use *use, int64_t series_id)
{
    struct xh_str key = {(const char *)&series_id, sizeof series_id};
    struct xh__use_note *note = xh_map_get(use->notes, key);
    if (note == NULL) {
        note = xh_alloc(sizeof *note);
        *note = (struct xh__use_note){
            .series_id = series_id,
            .writing_min_us = INT64_MAX,
            .write_min_us = INT64_MAX,
            .depends_us = INT64_MIN,
            .watched_us = INT64_MIN,
        };
        key.ptr = (const char *)&note->series_id;
        (void)xh_map_put(use->notes, key, note);
    }
    return note;
}

static void notes_free(struct xh_map *notes)
{
    size_t cursor = 0;
    struct xh_str key;
    void *note;
    while (xh_map_next(notes, &cursor, &key, &note)) {
        free(note);
    }
    xh_map_destroy(notes);
}

/* Call with the lock held. */
static bool note_mark(struct xh__use_note *note, int64_t from_us)
{
    note->writing++;
    note->writing_min_us = from_us < note->writing_min_us ? from_us : note->writing_min_us;
    note->write_min_us = from_us < note->write_min_us ? from_us : note->write_min_us;
    note->write_count++;
    note->late_count += from_us <= note->watched_us;
    return from_us <= note->depends_us;
}

/* Call with the lock held. */
static void note_unmark(struct xh__use_note *note)
{
    xh_assert(note->writing > 0);
    if (--note->writing == 0) {
        note->writing_min_us = INT64_MAX;
    }
}

bool xh__use_write_mark(struct xh_engine *engine, struct xh__use_mark *marks, size_t count)
{
    struct xh__use *use = engine->use;
    bool is_touching = false;
    (void)pthread_mutex_lock(&use->lock);
    use->write_count++;
    for (size_t i = 0; i < count; i++) {
        if (marks[i].series != NULL) {
            marks[i].note = xh__use_note_get(use, marks[i].series->id);
            marks[i].is_touching = note_mark(marks[i].note, marks[i].from_us);
            is_touching = is_touching || marks[i].is_touching;
        }
    }
    (void)pthread_mutex_unlock(&use->lock);
    return is_touching;
}

void xh__use_write_unmark(struct xh_engine *engine, const struct xh__use_mark *marks, size_t count)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    for (size_t i = 0; i < count; i++) {
        if (marks[i].series != NULL) {
            note_unmark(marks[i].note);
        }
    }
    (void)pthread_mutex_unlock(&use->lock);
}

void xh_use_write_end(struct xh_engine *engine, const struct xh_series *series)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    note_unmark(xh__use_note_get(use, series->id));
    (void)pthread_mutex_unlock(&use->lock);
}

void xh__use_compute_begin(struct xh_engine *engine, int64_t series_id)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct xh__use_note *note = xh__use_note_get(use, series_id);
    if (note->computing++ == 0) {
        note->write_min_us = note->writing_min_us;
    }
    (void)pthread_mutex_unlock(&use->lock);
}

void xh__use_compute_end(struct xh_engine *engine, int64_t series_id)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct xh__use_note *note = xh__use_note_get(use, series_id);
    xh_assert(note->computing > 0);
    note->computing--;
    (void)pthread_mutex_unlock(&use->lock);
}

/* ---- history ---- */

void xh__use_history_note(struct xh_engine *engine, int64_t series_id, int64_t from_us,
                          int64_t to_us)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct xh__use_note *note = xh__use_note_get(use, series_id);
    bool is_first = use->first_history == NULL;
    if (!note->has_history) {
        note->has_history = true;
        note->history_from_us = from_us;
        note->history_to_us = to_us;
        note->next_history = use->first_history;
        use->first_history = note;
    }
    note->history_from_us = from_us < note->history_from_us ? from_us : note->history_from_us;
    note->history_to_us = to_us > note->history_to_us ? to_us : note->history_to_us;
    note->history_tick = use->tick;
    (void)pthread_mutex_unlock(&use->lock);
    if (is_first) {
        xh__warm_wake(use->warm);
    }
}

bool xh__use_has_history(struct xh_engine *engine)
{
    (void)pthread_mutex_lock(&engine->use->lock);
    bool has = engine->use->first_history != NULL;
    (void)pthread_mutex_unlock(&engine->use->lock);
    return has;
}

void xh__use_history_tick(struct xh_engine *engine)
{
    (void)pthread_mutex_lock(&engine->use->lock);
    engine->use->tick++;
    (void)pthread_mutex_unlock(&engine->use->lock);
}

bool xh__use_history_take(struct xh_engine *engine, uint64_t quiet_ticks,
                          struct xh__use_history *ret)
{
    struct xh__use *use = engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct xh__use_note **at = &use->first_history;
    while (*at != NULL && use->tick - (*at)->history_tick < quiet_ticks) {
        at = &(*at)->next_history;
    }
    struct xh__use_note *note = *at;
    if (note != NULL) {
        *at = note->next_history;
        note->has_history = false;
        *ret = (struct xh__use_history){note->series_id, note->history_from_us,
                                        note->history_to_us};
    }
    (void)pthread_mutex_unlock(&use->lock);
    return note != NULL;
}

/* ---- reading ---- */

static bool is_year_blob(struct xh_str blob)
{
    return blob.len == XH__USE_YEAR_DAYS * sizeof(struct xh__use_cell);
}

int xh__use_cells_read(struct xh_rel_conn *conn, const struct xh__use_key *key,
                       struct xh__use_cell cells[XH__USE_YEAR_DAYS], struct xh_err *err)
{
    static const char sql[] = "SELECT cells FROM use_year WHERE series = :series AND year = :year"
                              " AND fingerprint = :fingerprint";
    struct xh_rel_rows *rows;
    memset(cells, 0, XH__USE_YEAR_DAYS * sizeof *cells);
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", key->series_id);
    xh_rel_bind_int(rows, "year", key->year);
    xh_rel_bind_int(rows, "fingerprint", key->fingerprint);
    code = xh_rel_next(rows, err);
    if (code == 1) {
        struct xh_str blob = xh_rel_blob(rows, 0);
        if (is_year_blob(blob)) {
            memcpy(cells, blob.ptr, blob.len);
        }
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* ---- writing ---- */

struct store {
    struct xh_engine *engine;
    struct xh__use_key key;
    int64_t depends_us;
    struct xh__use_cell cells[XH__USE_YEAR_DAYS];
};

/* The check that nothing came between; from here on writers see that these days are kept. */
static bool store_may(struct store *s)
{
    struct xh__use *use = s->engine->use;
    (void)pthread_mutex_lock(&use->lock);
    struct xh__use_note *note = xh__use_note_get(use, s->key.series_id);
    bool may = note->write_min_us > s->depends_us;
    if (may && note->depends_us < s->depends_us) {
        note->depends_us = s->depends_us;
    }
    (void)pthread_mutex_unlock(&use->lock);
    return may;
}

static int store_row(struct xh_rel_conn *conn, const struct store *s,
                     const struct xh__use_cell cells[XH__USE_YEAR_DAYS], struct xh_err *err)
{
    static const char sql[] =
        "INSERT INTO use_year(series, year, fingerprint, depends_us, cells)"
        " VALUES (:series, :year, :fingerprint, :depends_us, :cells)"
        " ON CONFLICT (series, year) DO UPDATE SET fingerprint = :fingerprint, cells = :cells,"
        " depends_us = CASE WHEN use_year.depends_us > :depends_us THEN use_year.depends_us"
        " ELSE :depends_us END";
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", s->key.series_id);
    xh_rel_bind_int(rows, "year", s->key.year);
    xh_rel_bind_int(rows, "fingerprint", s->key.fingerprint);
    xh_rel_bind_int(rows, "depends_us", s->depends_us);
    xh_rel_bind_blob(rows, "cells", cells, XH__USE_YEAR_DAYS * sizeof *cells);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int store_run(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct store *s = arg;
    struct xh__use_cell cells[XH__USE_YEAR_DAYS];
    if (!store_may(s)) {
        return XH_E_OK;
    }
    int code = xh__use_cells_read(conn, &s->key, cells, err);
    if (code < 0) {
        return code;
    }
    for (size_t i = 0; i < XH__USE_YEAR_DAYS; i++) {
        cells[i] = s->cells[i].is_there ? s->cells[i] : cells[i];
    }
    return store_row(conn, s, cells, err);
}

/* A failure is no harm: the days are computed again. */
static void store_done(void *arg, int status, const struct xh_err *err)
{
    struct store *s = arg;
    (void)status;
    (void)err;
    xh__use_compute_end(s->engine, s->key.series_id);
    free(s);
}

void xh__use_cells_write(struct xh_engine *engine, const struct xh__use_key *key,
                         const struct xh__use_cell cells[XH__USE_YEAR_DAYS], int64_t depends_us)
{
    struct store *s = xh_alloc(sizeof *s);
    s->engine = engine;
    s->key = *key;
    s->depends_us = depends_us;
    memcpy(s->cells, cells, sizeof s->cells);
    xh__use_compute_begin(engine, key->series_id); /* goes on until the closure has run */
    if (xh_rel_submit(engine->derived, store_run, store_done, s, NULL) < 0) {
        xh__use_compute_end(engine, key->series_id);
        free(s);
    }
}

/* ---- dropping ---- */

struct drop {
    int64_t series_id;
    int32_t day_from, day_to; /* (to exclusive) */
    int year_from, year_to;   /* inclusive */
};

static bool drop_days(const struct drop *d, int year, struct xh__use_cell *cells)
{
    int32_t first = xh_day_from_civil(year, 1, 1);
    bool has_left = false;
    for (int32_t i = 0; i < XH__USE_YEAR_DAYS; i++) {
        if (first + i >= d->day_from && first + i < d->day_to) {
            memset(&cells[i], 0, sizeof cells[i]);
        }
        has_left = has_left || cells[i].is_there;
    }
    return has_left;
}

static int drop_delete(struct xh_rel_conn *conn, const struct drop *d, struct xh_err *err)
{
    static const char sql[] = "DELETE FROM use_year WHERE series = :series AND year >= :year_from"
                              " AND year <= :year_to";
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", d->series_id);
    xh_rel_bind_int(rows, "year_from", d->year_from);
    xh_rel_bind_int(rows, "year_to", d->year_to);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int drop_update(struct xh_rel_conn *conn, int64_t id, const struct xh__use_cell *cells,
                       struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, "UPDATE use_year SET cells = :cells WHERE id = :id", &rows,
                              err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "id", id);
    xh_rel_bind_blob(rows, "cells", cells, XH__USE_YEAR_DAYS * sizeof *cells);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* Days of one year; 1 when nothing of it is left. */
static int drop_of_year(struct xh_rel_conn *conn, const struct drop *d, int year,
                        struct xh_err *err)
{
    static const char sql[] = "SELECT id, cells FROM use_year WHERE series = :series"
                              " AND year = :year";
    struct xh__use_cell cells[XH__USE_YEAR_DAYS];
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_int(rows, "series", d->series_id);
    xh_rel_bind_int(rows, "year", year);
    code = xh_rel_next(rows, err);
    bool is_there = code == 1, is_good = false;
    int64_t id = is_there ? xh_rel_int(rows, 0) : 0;
    if (is_there) {
        struct xh_str blob = xh_rel_blob(rows, 1);
        is_good = is_year_blob(blob);
        memcpy(cells, blob.ptr, is_good ? blob.len : 0);
    }
    xh_rel_done(rows);
    if (code < 0 || !is_there) {
        return code;
    }
    bool has_left = is_good && drop_days(d, year, cells);
    return has_left ? drop_update(conn, id, cells, err) : 1;
}

static int drop_run(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    const struct drop *d = arg;
    struct drop whole = *d;
    int edges[2] = {d->year_from, d->year_to};
    for (size_t i = 0; i < 2; i++) {
        if (i == 1 && edges[1] == edges[0]) {
            break;
        }
        int code = drop_of_year(conn, d, edges[i], err);
        if (code < 0) {
            return code;
        }
        /* A year that keeps some of its days is left out of the deletion. */
        whole.year_from += i == 0 && code == 0;
        whole.year_to -= i == 1 && code == 0;
    }
    return whole.year_from <= whole.year_to ? drop_delete(conn, &whole, err) : XH_E_OK;
}

static int year_of(int32_t day)
{
    int year, month, of_month;
    xh_day_to_civil(day, &year, &month, &of_month);
    return year;
}

/* A day depends on what lies between the last good reading at or before the start of the day before
 * it and the last that decides about its end. So: from the day of the second good reading before
 * what is written (of amounts and power the first) to the day after that of the first one
 * behind. */
int xh__use_write_drop(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                       int64_t to_us, struct xh_err *err)
{
    struct drop d = {.series_id = series->id, .year_from = ALL_YEARS_FROM,
                     .year_to = ALL_YEARS_TO, .day_from = INT32_MIN, .day_to = INT32_MAX};
    struct xh__use_good before = {from_us - 1, true, xh__use_after_count(series), 0, INT64_MIN};
    struct xh__use_good after = {to_us + 1, false, 1, 0, INT64_MAX};
    int64_t before_us = INT64_MIN, after_us = INT64_MAX;
    int code = xh__use_good(engine, series, &before, &before_us, err);
    code = code < 0 ? code : xh__use_good(engine, series, &after, &after_us, err);
    if (code < 0) {
        return code;
    }
    if (before_us != INT64_MIN) {
        d.day_from = xh_zone_day(series->zone, before_us);
        d.year_from = year_of(d.day_from);
    }
    if (after_us != INT64_MAX) {
        d.day_to = xh_zone_day(series->zone, after_us) + 2;
        d.year_to = year_of(d.day_to - 1);
    }
    return xh_rel_write(engine->derived, drop_run, &d, err);
}

int xh_use_write_begin(struct xh_engine *engine, const struct xh_series *series, int64_t from_us,
                       int64_t to_us, struct xh_err *err)
{
    struct xh__use_mark mark = {.series = series, .from_us = from_us};
    if (!xh__use_write_mark(engine, &mark, 1)) {
        return XH_E_OK;
    }
    int code = xh__use_write_drop(engine, series, from_us, to_us, err);
    if (code < 0) {
        xh_use_write_end(engine, series);
    }
    return code;
}

static int forget_run(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    (void)arg;
    return xh_rel_exec(conn, "DELETE FROM use_year", err);
}

int xh_use_forget(struct xh_engine *engine, struct xh_err *err)
{
    xh__use_sums_forget(engine->use);
    return xh_rel_write(engine->derived, forget_run, NULL, err);
}

/* ---- opening ---- */

/* Names the run of the machine; empty where it has no such file. */
static struct xh_str boot_name(struct xh_engine *engine, struct xh_arena *arena)
{
    struct xh_buf text = {0};
    struct xh_str name = {"", 0};
    if (xh_file_read(engine->env, "/proc/sys/kernel/random/boot_id", 128, &text, NULL) >= 0) {
        name = xh_arena_str(arena, xh_str_trim(xh_buf_str(&text)));
    }
    xh_buf_finish(&text);
    return name;
}

struct leave {
    struct xh_engine *engine;
    struct xh_str boot;
    bool is_clean;
    int64_t reading_count;
};

static int leave_run(struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    static const char sql[] =
        "INSERT INTO use_mark(id, boot, is_clean, reading_count) VALUES (1, :boot, :is_clean,"
        " :reading_count) ON CONFLICT (id) DO UPDATE SET boot = :boot, is_clean = :is_clean,"
        " reading_count = :reading_count";
    const struct leave *leave = arg;
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, sql, &rows, err);
    if (code < 0) {
        return code;
    }
    xh_rel_bind_text(rows, "boot", leave->boot);
    xh_rel_bind_int(rows, "is_clean", leave->is_clean);
    xh_rel_bind_int(rows, "reading_count", leave->reading_count);
    code = xh_rel_next(rows, err);
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

/* May what is kept be believed? A folder that was closed must have the same number of readings. One
 * that was not must be found by the same run of the machine and with no fewer readings. Anything
 * else means that somebody put one of the two stores there from elsewhere, or that the disk lost
 * what it had promised. */
static int trust(struct xh_rel_conn *conn, const struct leave *now, bool *ret, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, "SELECT boot, is_clean, reading_count FROM use_mark", &rows,
                              err);
    if (code < 0) {
        return code;
    }
    code = xh_rel_next(rows, err);
    if (code == 1) {
        int64_t count = xh_rel_int(rows, 2);
        *ret = xh_rel_int(rows, 1) != 0 ? count == now->reading_count
                                        : count <= now->reading_count && now->boot.len > 0 &&
                                              xh_str_equal(xh_rel_text(rows, 0), now->boot);
    }
    xh_rel_done(rows);
    return code < 0 ? code : XH_E_OK;
}

static int notes_load(struct xh__use *use, struct xh_rel_conn *conn, struct xh_err *err)
{
    struct xh_rel_rows *rows;
    int code = xh_rel_prepare(conn, "SELECT series, max(depends_us) FROM use_year GROUP BY series",
                              &rows, err);
    if (code < 0) {
        return code;
    }
    while ((code = xh_rel_next(rows, err)) == 1) {
        xh__use_note_get(use, xh_rel_int(rows, 0))->depends_us = xh_rel_int(rows, 1);
    }
    xh_rel_done(rows);
    return code;
}

static int remember(struct xh_engine *engine, const struct leave *now, struct xh_err *err)
{
    struct xh_rel_conn *conn;
    bool is_trusted = false;
    int code = xh_rel_read_begin(engine->derived, &conn, err);
    if (code < 0) {
        return code;
    }
    code = trust(conn, now, &is_trusted, err);
    if (code >= 0 && is_trusted) {
        code = notes_load(engine->use, conn, err);
    }
    xh_rel_read_end(engine->derived, conn);
    return code < 0 || is_trusted ? code : xh_use_forget(engine, err);
}

static int leave_fill(struct xh_engine *engine, struct xh_arena *arena, bool is_clean,
                      struct leave *ret, struct xh_err *err)
{
    struct xh_tsdb_stats stats;
    int code = xh_tsdb_get_stats(engine->tsdb, &stats, err);
    if (code >= 0) {
        *ret = (struct leave){engine, boot_name(engine, arena), is_clean,
                              (int64_t)stats.reading_count};
    }
    return code;
}

int xh__use_recount(struct xh_engine *engine, struct xh_err *err)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct leave now;
    int code = leave_fill(engine, arena, false, &now, err);
    code = code < 0 ? code : xh_rel_write(engine->derived, leave_run, &now, err);
    xh_arena_destroy(arena);
    return code < 0 ? code : XH_E_OK;
}

void xh__use_leave(struct xh_engine *engine)
{
    struct xh_arena *arena = xh_arena_create("request");
    struct leave now;
    if (engine->use != NULL) {
        xh__warm_stop(engine->use->warm);
        engine->use->warm = NULL;
    }
    if (engine->derived != NULL && leave_fill(engine, arena, true, &now, NULL) >= 0) {
        (void)xh_rel_write(engine->derived, leave_run, &now, NULL); /* or it is not trusted */
    }
    xh_arena_destroy(arena);
}

/* What cannot be opened is thrown away: it can be computed again. */
static int open_derived(struct xh_engine *engine, struct xh_err *err)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct xh_str path = xh_arena_format(engine->arena, "%s/derived.db", engine->dir);
    int code = xh_rel_open(engine->env, path.ptr, &schema, &engine->derived, err);
    if (code != XH_E_CORRUPT && code != XH_E_SCHEMA) {
        return code;
    }
    for (size_t i = 0; i < XH_COUNT(suffixes); i++) {
        struct xh_str file = xh_arena_format(engine->arena, "%s%s", path.ptr, suffixes[i]);
        (void)xh_file_remove(engine->env, file.ptr, NULL);
    }
    xh_err_clear(err);
    return xh_rel_open(engine->env, path.ptr, &schema, &engine->derived, err);
}

int xh__use_create(struct xh_engine *engine, struct xh_err *err)
{
    uint64_t hash_key = 0;
    struct leave now = {0};
    xh_env_random(engine->env, &hash_key, sizeof hash_key);
    engine->use = xh_alloc(sizeof *engine->use);
    (void)pthread_mutex_init(&engine->use->lock, NULL);
    engine->use->notes = xh_map_create(hash_key);
    engine->use->sums = xh_map_create(hash_key);
    int code = open_derived(engine, err);
    code = code < 0 ? code : leave_fill(engine, engine->arena, false, &now, err);
    code = code < 0 ? code : remember(engine, &now, err);
    code = code < 0 ? code : xh_rel_write(engine->derived, leave_run, &now, err);
    return code < 0 ? code : xh__warm_start(engine, &engine->use->warm, err);
}

void xh__use_destroy(struct xh_engine *engine)
{
    struct xh__use *use = engine->use;
    if (use == NULL) {
        return;
    }
    xh__warm_stop(use->warm);
    xh_rel_close(engine->derived);
    engine->derived = NULL;
    xh__use_sums_free(use);
    notes_free(use->notes);
    (void)pthread_mutex_destroy(&use->lock);
    free(use);
    engine->use = NULL;
}
