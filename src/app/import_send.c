/* import_send.c: once more through the file, readings in batches to the folder's door.
 *
 * A batch is a CSV body of series, time, value, quality: values go as they stand in the file, so
 * that they read back digit for digit. The answer tells what was refused, row by row, and which
 * numbers the taken ones got. A busy folder is asked again for a minute.
 *
 * While a batch is on its way, on a thread of its own, the next one is filled. The door carries one
 * question at a time: whoever else needs it waits until that batch has landed. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/import.h"
#include "app/known.h"
#include "app/problem.h"
#include "base/csv.h"
#include "base/json_member.h"
#include "base/map.h"
#include "base/num.h"

enum {
    BUSY_TRIES = 600,
    BUSY_MS = 100,
    TELL_EVERY_MS = 250,
    TELL_EVERY_PIPE_MS = 1000,
    KEEP_EVERY_MS = 5000
};

struct entry {           /* a series, known to the folder */
    struct xh_str field; /* its code as a CSV field */
    int64_t last_us;
    int64_t newest_us; /* of what it had before: what lies behind that is late */
};

struct parcel {          /* a batch: filled, then on its way */
    struct xh_buf body;
    uint64_t lines[XH_IMPORT_BATCH_ROWS];
    size_t row_count;
};

struct flight {          /* of the parcel that is on its way */
    bool is_flying, has_thread;
    pthread_t thread;
    struct xh_door *door;
    struct parcel *parcel;
    struct xh_arena *arena;
    const struct xh_tree *answer;
    int code;
    struct xh_err err;
};

struct sending {
    struct xh_app *app;
    struct xh_door *door;
    const struct xh_import_scan *scan;
    struct xh_import_report *report;
    struct xh_zone *zone;
    struct entry *columns; /* of a wide file, one a column */
    struct xh_map *series; /* of a long file: name in the file -> entry */
    size_t value_column;   /* of a long file */
    struct parcel parcels[2];
    struct parcel *filling;
    struct flight flight;
    bool is_header_passed;
    uint64_t sent;
    int64_t import_id;
    int64_t begun_us, told_us, kept_us;
};

/* ---- a series comes into being ---- */

static int land(struct sending *s, struct xh_err *err);

static int make_series(struct sending *s, const struct xh_import_column *col, struct xh_str code,
                       struct xh_str place, struct entry *ret, struct xh_err *err)
{
    const struct xh_import_map *map = &s->scan->map;
    struct xh_buf json = {0}, field = {0};
    struct xh_json_writer w;
    struct xh_csv_writer csv;
    struct xh_str body = {NULL, 0};

    xh_json_writer_init(&w, &json, false);
    xh_json_object(&w);
    xh_json_member_str_if_any(&w, "series", code);
    xh_json_member_str_if_any(&w, "place", place);
    xh_json_member_str_if_any(&w, "zone", map->place_zone);
    xh_json_member_str_if_any(&w, "quantity", col->quantity);
    xh_json_member_str_if_any(&w, "unit", col->unit);
    xh_json_member_str_if_any(&w, "kind", col->kind);
    xh_json_member_str_if_any(&w, "stamp", map->stamp);
    xh_json_member_str_if_any(&w, "direction", col->direction);
    xh_json_member_str_if_any(&w, "device_kind", col->device_kind);
    xh_json_member_str_if_any(&w, "tariff", col->tariff);
    if (map->clock == XH_CLOCK_LOCAL) {
        xh_json_member_str_if_any(&w, "source_zone", map->zone);
    }
    xh_json_member_int(&w, "period_s", map->period_s);
    xh_json_object_end(&w);
    int code_made = land(s, err);
    if (code_made == 0) {
        code_made = xh_door_send(s->door, "POST", "/api/v1/meters", xh_buf_str(&json), NULL, &body,
                                 err);
    }
    xh_buf_finish(&json);
    int64_t newest_us = INT64_MIN;
    if (code_made == 0) {
        struct xh_arena *arena = xh_arena_create("newest");
        code_made = xh_known_newest(s->door, arena, code, &newest_us, err);
        xh_arena_destroy(arena);
    }
    xh_csv_writer_init(&csv, &field);
    xh_csv_field(&csv, code);
    *ret = (struct entry){xh_arena_str(s->report->arena, xh_buf_str(&field)), INT64_MIN, newest_us};
    xh_buf_finish(&field);
    return code_made;
}

struct xh_str xh_import_series_code(const struct xh_import_map *map, struct xh_str name,
                                    struct xh_arena *arena, struct xh_str *ret_place)
{
    ptrdiff_t slash = xh_str_find_char(name, '/');

    if (slash > 0) {
        struct xh_str code = xh_arena_str(arena, name);
        *ret_place = xh_str_sub(code, 0, (size_t)slash);
        return code;
    }
    *ret_place = map->place;
    return xh_arena_format(arena, "%.*s/%.*s", XH_STR_ARG(map->place),
                           XH_STR_ARG(xh_import_code(arena, name)));
}

static int long_entry(struct sending *s, struct xh_str name, struct entry **ret, struct xh_err *err)
{
    const struct xh_import_map *map = &s->scan->map;
    const struct xh_import_column *col = &map->columns[s->value_column];
    struct xh_arena *arena = s->report->arena;

    *ret = xh_map_get(s->series, name);
    if (*ret) {
        return 0;
    }
    if (xh_map_count(s->series) >= XH_IMPORT_SERIES_MAX) {
        return xh_err_set(err, XH_E_TOO_LARGE, "the file has more than %d series",
                          XH_IMPORT_SERIES_MAX);
    }
    struct entry *entry = XH_NEW(arena, struct entry);
    struct xh_str place, code = xh_import_series_code(map, name, arena, &place);
    int made = make_series(s, col, code, place, entry, err);
    if (made < 0) {
        return made;
    }
    (void)xh_map_put(s->series, xh_arena_str(arena, name), entry);
    *ret = entry;
    return 0;
}

static int wide_entries(struct sending *s, struct xh_err *err)
{
    const struct xh_import_map *map = &s->scan->map;
    int code = 0;

    s->columns = XH_NEW_ARRAY(s->report->arena, struct entry, map->column_count);
    for (size_t c = 0; c < map->column_count && code == 0; c++) {
        const struct xh_import_column *col = &map->columns[c];
        if (col->role != XH_IMPORT_VALUE) {
            continue;
        }
        s->value_column = c;
        if (map->series == SIZE_MAX) {
            code = make_series(s, col, col->series, col->place, &s->columns[c], err);
        }
    }
    return code;
}

/* ---- a batch ---- */

static void take_refusals(struct sending *s, const struct parcel *parcel,
                          const struct xh_tree *rows)
{
    for (const struct xh_tree *row = rows ? rows->first : NULL; row; row = row->next) {
        const struct xh_tree *error = xh_tree_get(row, "error");
        int64_t at = xh_tree_int(row, "row");
        if (!xh_str_is(xh_tree_text(row, "status"), "refused") || at < 1 ||
            (uint64_t)at > parcel->row_count) {
            continue;
        }
        xh_import_refuse(s->report, parcel->lines[at - 1], xh_tree_text(error, "value"),
                         xh_tree_text(error, "detail"));
        s->report->refused--; /* counted by the answer */
    }
}

static void take_answer(struct sending *s, const struct parcel *parcel,
                        const struct xh_tree *answer)
{
    struct xh_import_report *r = s->report;
    const struct xh_tree *spans = xh_tree_get(answer, "spans");

    r->taken += (uint64_t)xh_tree_int(answer, "taken");
    r->corrected += (uint64_t)xh_tree_int(answer, "corrected");
    r->duplicate += (uint64_t)xh_tree_int(answer, "duplicate");
    r->late += (uint64_t)xh_tree_int(answer, "late");
    r->suspect += (uint64_t)xh_tree_int(answer, "suspect");
    r->refused += (uint64_t)xh_tree_int(answer, "refused");
    take_refusals(s, parcel, xh_tree_get(answer, "rows"));
    for (const struct xh_tree *span = spans ? spans->first : NULL; span; span = span->next) {
        xh_import_span_add(r, (struct xh_import_span){xh_tree_int(span, "series_id"),
                                                      xh_tree_int(span, "seq_from"),
                                                      xh_tree_int(span, "seq_to")});
    }
}

static int post(struct flight *f)
{
    const struct xh_client_ask ask = {"POST", XH_STR("/api/v1/readings?rows=refused&history=1"),
                                      "text/csv", xh_buf_str(&f->parcel->body), NULL};
    const struct xh_http_answer *answer = NULL;
    struct timespec wait = {0, BUSY_MS * 1000000L};

    for (int i = 0;; i++) {
        int code = xh_client_request(xh_door_client(f->door), &ask, &answer, &f->err);
        if (code < 0) {
            return code;
        }
        if ((answer->status != 503 && answer->status != 429) || i >= BUSY_TRIES) {
            break;
        }
        (void)nanosleep(&wait, NULL);
    }
    if (answer->status >= 400) {
        /* all refused: the same body as when some are */
        if (xh_tree_parse(f->arena, xh_buf_str(&answer->body), &f->answer, NULL) == 0 &&
            xh_tree_get(f->answer, "rows")) {
            return 0;
        }
        return xh_problem_read(f->arena, answer->status, xh_buf_str(&answer->body), &f->err);
    }
    return xh_tree_parse(f->arena, xh_buf_str(&answer->body), &f->answer, &f->err);
}

static void *fly(void *arg)
{
    struct flight *f = arg;
    f->code = post(f);
    return NULL;
}

/* Waits for the parcel that is on its way, if any, and takes what became of it. */
static int land(struct sending *s, struct xh_err *err)
{
    struct flight *f = &s->flight;
    struct parcel *parcel = f->parcel;
    if (!f->is_flying) {
        return 0;
    }
    if (f->has_thread) {
        (void)pthread_join(f->thread, NULL);
    }
    int code = f->code;
    if (code == XH_E_INVALID && parcel->row_count == 1) { /* a single row is a problem */
        xh_import_refuse(s->report, parcel->lines[0], xh_str_from(f->err.value),
                         xh_str_from(f->err.text));
        code = 0;
    } else if (code == 0) {
        take_answer(s, parcel, f->answer);
    } else if (err) {
        *err = f->err;
    }
    xh_arena_destroy(f->arena);
    s->sent += parcel->row_count;
    *f = (struct flight){.is_flying = false};
    return code;
}

static void parcel_empty(struct parcel *parcel)
{
    parcel->row_count = 0;
    xh_buf_clear(&parcel->body);
    xh_buf_add_text(&parcel->body, "series,time,value,quality\r\n");
}

/* Sends what was filled, once what was sent before has landed. */
static int flush(struct sending *s, struct xh_err *err)
{
    struct flight *f = &s->flight;
    int code = land(s, err);

    if (code < 0 || s->filling->row_count == 0) {
        return code;
    }
    *f = (struct flight){.is_flying = true, .door = s->door, .parcel = s->filling};
    f->arena = xh_arena_create("batch");
    f->has_thread = pthread_create(&f->thread, NULL, fly, f) == 0;
    if (!f->has_thread) {
        (void)fly(f);
    }
    s->filling = s->filling == &s->parcels[0] ? &s->parcels[1] : &s->parcels[0];
    parcel_empty(s->filling);
    return 0;
}

/* ---- progress ---- */

static void tell(struct sending *s, bool is_last)
{
    struct xh_app *app = s->app;
    int64_t now_us = xh_env_monotonic_us(app->env), spent_us = now_us - s->begun_us + 1;
    int64_t every_ms = app->note.is_tty ? TELL_EVERY_MS : TELL_EVERY_PIPE_MS;
    uint64_t all = s->scan->value_count ? s->scan->value_count : 1;
    char text[XH_NUM_TEXT_BYTES];

    if ((!app->note.is_tty && !app->is_verbose) ||
        (!is_last && now_us - s->told_us < every_ms * 1000)) {
        return;
    }
    s->told_us = now_us;
    double rate = (double)s->sent * 1e6 / (double)spent_us;
    double left_s = rate > 0 && s->sent < all ? (double)(all - s->sent) / rate : 0;
    struct xh_arena *arena = xh_arena_create("progress");
    struct xh_str count = {text, xh_int_print((int64_t)s->sent, text)};
    count = xh_term_number(&app->note, count, arena);
    struct xh_str bar = xh_term_bar(arena, (double)s->sent / (double)all, 20);
    if (app->note.is_tty) {
        xh_term_print(&app->note, "\r%.*s ", XH_STR_ARG(bar));
    }
    xh_term_print(&app->note,
                  xh_term_say(&app->note, "%llu %%  %.*s readings  %llu/s  %llu s left",
                              "%llu %%  %.*s số đo  %llu/s  còn %llu giây"),
                  (unsigned long long)(s->sent * 100 / all), XH_STR_ARG(count),
                  (unsigned long long)rate, (unsigned long long)(left_s + 0.5));
    xh_term_print(&app->note, app->note.is_tty && !is_last ? "   " : "   \n");
    (void)xh_term_flush(&app->note, NULL);
    xh_arena_destroy(arena);
}

static int keep(struct sending *s, struct xh_err *err)
{
    int64_t now_us = xh_env_monotonic_us(s->app->env);
    if (now_us - s->kept_us < (int64_t)KEEP_EVERY_MS * 1000) {
        return 0;
    }
    struct xh_arena *arena = xh_arena_create("keep");
    int code = land(s, err);
    if (code == 0) {
        code = xh_import_finish(s->door, arena, s->import_id, s->report, XH_IMPORT_GOES_ON, err);
    }
    xh_arena_destroy(arena);
    s->kept_us = now_us;
    return code;
}

/* ---- a row ---- */

struct when {
    struct xh_str text; /* as it is sent */
    int64_t at_us;
};

static void add_value(struct xh_buf *body, struct xh_str value, bool is_comma)
{
    size_t from = body->len;

    if (xh_str_find_char(value, is_comma ? '"' : ',') >= 0 || xh_str_find_char(value, '"') >= 0) {
        struct xh_csv_writer quoted;
        xh_csv_writer_init(&quoted, body);
        xh_csv_field(&quoted, value);
        return;
    }
    xh_buf_add_str(body, value);
    for (size_t i = from; is_comma && i < body->len; i++) {
        if (body->ptr[i] == ',') {
            body->ptr[i] = '.';
        }
    }
}

static int add_reading(struct sending *s, struct entry *entry, uint64_t line,
                       const struct when *when, struct xh_str value, bool is_comma,
                       struct xh_str quality, struct xh_err *err)
{
    struct parcel *parcel = s->filling;
    struct xh_buf *body = &parcel->body;

    xh_buf_add_str(body, entry->field);
    xh_buf_add_char(body, ',');
    xh_buf_add_str(body, when->text);
    xh_buf_add_char(body, ',');
    add_value(body, value, is_comma);
    xh_buf_add_char(body, ',');
    for (size_t i = 0; i < quality.len && i < 80; i++) {
        xh_buf_add_char(body, strchr(",\"\r\n", quality.ptr[i]) ? ' ' : quality.ptr[i]);
    }
    if (when->at_us <= entry->newest_us) {
        xh_buf_add_text(body, quality.len > 0 ? " late" : "late");
    }
    xh_buf_add_text(body, "\r\n");
    parcel->lines[parcel->row_count++] = line;
    if (parcel->row_count < XH_IMPORT_BATCH_ROWS) {
        return 0;
    }
    int code = flush(s, err);
    tell(s, false);
    return code < 0 ? code : keep(s, err);
}

static struct xh_str field_at(const struct xh_str *fields, size_t count, size_t at)
{
    return at < count ? xh_str_trim(fields[at]) : xh_str_from(NULL);
}

static int take_wide(struct sending *s, uint64_t line, const struct xh_str *fields, size_t count,
                     const struct when *when, struct xh_err *err)
{
    const struct xh_import_map *map = &s->scan->map;
    struct xh_str quality = field_at(fields, count, map->quality);
    int code = 0;

    s->columns[s->value_column].last_us = when->at_us; /* one clock for all columns */
    for (size_t c = 0; c < map->column_count && code == 0; c++) {
        struct xh_str value = field_at(fields, count, c);
        if (map->columns[c].role != XH_IMPORT_VALUE) {
            continue;
        }
        if (xh_import_is_empty(value)) {
            s->report->empty++;
            continue;
        }
        code = add_reading(s, &s->columns[c], line, when, value, map->columns[c].is_decimal_comma,
                           quality, err);
    }
    return code;
}

static int take_long(struct sending *s, struct entry *entry, uint64_t line,
                     const struct xh_str *fields, size_t count, const struct when *when,
                     struct xh_err *err)
{
    const struct xh_import_map *map = &s->scan->map;
    struct xh_str value = field_at(fields, count, s->value_column);

    if (xh_import_is_empty(value)) {
        s->report->empty++;
        return 0;
    }
    entry->last_us = when->at_us;
    return add_reading(s, entry, line, when, value, map->columns[s->value_column].is_decimal_comma,
                       field_at(fields, count, map->quality), err);
}

static int take_row(void *arg, uint64_t line, const struct xh_str *fields, size_t count,
                    struct xh_err *err)
{
    struct sending *s = arg;
    const struct xh_import_map *map = &s->scan->map;
    struct entry *entry = &s->columns[s->value_column];
    char text[XH_TIME_TEXT_BYTES], joined[XH_IMPORT_WHEN_BYTES];
    struct xh_str time = xh_import_when(map, fields, count, joined);
    enum xh_civil_kind kind;
    int64_t at_us;
    int code = 0;

    if (map->has_header && !s->is_header_passed) {
        s->is_header_passed = true;
        return 0;
    }
    if (xh_stop_is_asked()) {
        return xh_err_set(err, XH_E_CANCELLED,
                          "stopped; what was sent so far is kept as an import");
    }
    s->report->rows++;
    if (map->series != SIZE_MAX) {
        struct xh_str name = field_at(fields, count, map->series);
        if (name.len == 0) {
            xh_import_refuse(s->report, line, name, XH_STR("the row names no series"));
            return 0;
        }
        code = long_entry(s, name, &entry, err);
    }
    if (code < 0) {
        return code;
    }
    if (xh_import_time(map, s->zone, time, entry->last_us, &at_us, &kind) < 0) {
        xh_import_refuse(s->report, line, time, XH_STR("the time cannot be read"));
        return 0;
    }
    const struct when when = {{text, xh_time_print(at_us, text)}, at_us};
    return map->series == SIZE_MAX ? take_wide(s, line, fields, count, &when, err)
                                   : take_long(s, entry, line, fields, count, &when, err);
}

int xh_import_send(struct xh_app *app, struct xh_door *door, struct xh_import_source *source,
                   const struct xh_import_scan *scan, int64_t import_id,
                   struct xh_import_report *report, struct xh_err *err)
{
    struct sending *s = xh_alloc(sizeof *s);

    s->app = app;
    s->door = door;
    s->scan = scan;
    s->report = report;
    s->series = xh_map_create(0);
    s->import_id = import_id;
    s->begun_us = s->kept_us = xh_env_monotonic_us(app->env);
    s->filling = &s->parcels[0];
    parcel_empty(s->filling);
    int code = xh_import_zone(app->env, scan->map.zone, &s->zone, err);
    if (code == 0) {
        code = wide_entries(s, err);
    }
    if (code == 0) {
        code = xh_import_source_read(source, NULL, take_row, s, err);
    }
    if (code == 0) {
        code = flush(s, err);
    }
    int landed = land(s, code == 0 ? err : NULL);
    code = code == 0 ? landed : code;
    tell(s, true);
    xh_zone_destroy(s->zone);
    xh_map_destroy(s->series);
    xh_buf_finish(&s->parcels[0].body);
    xh_buf_finish(&s->parcels[1].body);
    free(s);
    return code;
}
