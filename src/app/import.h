/* import.h: how a file of readings becomes readings.
 *
 *   source   rows of fields out of CSV, CSV.gz or XLSX                        import_source.c
 *   scan     once through the file: its hash, a sample, what its clock shows  import_scan.c
 *   guess    which column is what, from the sample; pure            kernel/import_guess.c
 *   map      what the user says instead; shown as a table                     import_map.c
 *   known    series that are there already stay what they are                 import_known.c
 *   send     once more through the file, in batches, over the door            import_send.c
 *   bills    a table of bills instead: understood, compared, taken             import_bills.c
 *   report   what became of every row; kept as a core.import                  import_report.c
 *
 * Memory is constant: a batch, and one entry a series.
 */
#ifndef XH_APP_IMPORT_H
#define XH_APP_IMPORT_H

#include "app/door.h"
#include "base/sha256.h"
#include "kernel/import_guess.h"

enum {
    XH_IMPORT_COLUMNS_MAX = 1024,
    XH_IMPORT_BATCH_ROWS = 20000,
    XH_IMPORT_REFUSALS_MAX = 100, /* told one by one; all are counted */
    XH_IMPORT_SPANS_MAX = 10000,  /* as core.import keeps */
    XH_IMPORT_SERIES_MAX = 100000,
    XH_IMPORT_FIRST_SERIES = 10
};

/* ---- source ---- */

struct xh_import_source;
/* is_xlsx by its name or content; gzip by content. sheet: from 1, of a workbook. */
int xh_import_source_open(const struct xh_app *app, const char *path, size_t sheet,
                          struct xh_import_source **ret, struct xh_err *err);
void xh_import_source_close(struct xh_import_source *source);
/* Calls `row` for each record, the header too; a value other than 0 stops and is returned. fields
 * are borrowed for the call. sha NULL: not wanted. */
typedef int xh_import_row_fn(void *arg, uint64_t line, const struct xh_str *fields, size_t count,
                             struct xh_err *err);
int xh_import_source_read(struct xh_import_source *source, struct xh_sha256 *sha,
                          xh_import_row_fn *row, void *arg, struct xh_err *err);

/* ---- the mapping: kernel/import_guess.h ---- */

/* --map "time=A,zone=+07:00,COLUMN=SERIES:QUANTITY:UNIT:KIND:STAMP,OTHER=-". */
int xh_import_map_apply(struct xh_import_map *map, struct xh_str text, struct xh_arena *arena,
                        struct xh_err *err);
/* The code of a series that a file names: with a '/' it is one, else it stands below the place. */
struct xh_str xh_import_series_code(const struct xh_import_map *map, struct xh_str name,
                                    struct xh_arena *arena, struct xh_str *ret_place);
/* Everything there that is needed? */
int xh_import_map_check(const struct xh_import_map *map, struct xh_err *err);
void xh_import_map_print(struct xh_app *app, const struct xh_import_map *map);
void xh_import_map_json(struct xh_json_writer *w, const struct xh_import_map *map);

/* ---- times ---- */

/* Reads a field of the time column. last_us: the latest time before it in the same series, for the
 * hour that a clock shows twice; INT64_MIN: none. */
int xh_import_time(const struct xh_import_map *map, const struct xh_zone *zone, struct xh_str field,
                   int64_t last_us, int64_t *ret_us, enum xh_civil_kind *ret_kind);
/* The time of a row as its file writes it: one field, or a date and a time of day joined in `text`
 * ("2025-06-15 08:00"; 24:00, and the hour 24, are the next day's beginning). */
enum { XH_IMPORT_WHEN_BYTES = 64 };
struct xh_str xh_import_when(const struct xh_import_map *map, const struct xh_str *fields,
                             size_t count, char text[XH_IMPORT_WHEN_BYTES]);
/* IANA name or "+10:00". Destroy with xh_zone_destroy. */
int xh_import_zone(const struct xh_env *env, struct xh_str name, struct xh_zone **ret,
                   struct xh_err *err);

/* ---- scan ---- */

struct xh_import_scan {
    char sha256[XH_SHA256_TEXT_BYTES];
    uint64_t row_count;   /* without the header */
    uint64_t value_count; /* numbers in the columns of values */
    int64_t first_us, last_us;
    uint64_t never_count; /* clock times that the zone skips */
    size_t series_count;
    struct xh_str first_series[XH_IMPORT_FIRST_SERIES]; /* as the file names them */
    size_t first_series_count;
    struct xh_import_map map;
};
/* Reads the whole file, guesses after the sample, applies wishes and maps, looks at all times. */
int xh_import_scan(struct xh_app *app, struct xh_import_source *source,
                   const struct xh_import_wish *wish, struct xh_str stem, const struct xh_str *maps,
                   size_t map_count, struct xh_import_scan *ret, struct xh_err *err);

/* ---- series that are there already, tariffs ---- */

/* Columns become what their series are; what contradicts them becomes a warning of the map. */
int xh_import_settle(struct xh_app *app, struct xh_door *door, const struct xh_import_wish *wish,
                     struct xh_import_scan *scan, struct xh_err *err);
/* For the columns of its quantity, the series of which may yet be made. XH_E_NOT_FOUND: no such
 * tariff; XH_E_INVALID: no column that it could charge. */
int xh_import_tariff(struct xh_import_map *map, struct xh_str code, struct xh_err *err);
/* "1 hour", "a month", "no steady length". */
struct xh_str xh_import_period(struct xh_app *app, int64_t period_s);

/* ---- bills ---- */

struct xh_args;
struct xh_import_bills;
/* *ret NULL: the file is no table of bills, or one of readings by --as. In the arena. */
int xh_import_bills_open(struct xh_app *app, const struct xh_args *args, const char *path,
                         struct xh_import_bills **ret, struct xh_err *err);
int xh_import_bills_run(struct xh_app *app, const struct xh_args *args, struct xh_import_bills *b,
                        struct xh_err *err);
/* Asks, unless --yes; XH_E_CANCELLED when the user does not agree. */
int xh_import_confirm(struct xh_app *app, const struct xh_args *args, struct xh_err *err);

/* ---- send and report ---- */

struct xh_import_refusal {
    uint64_t line;
    struct xh_str value, reason;
};
struct xh_import_span {
    int64_t series_id, seq_from, seq_to;
};
struct xh_import_report {
    struct xh_arena *arena;
    uint64_t rows, empty, taken, late, duplicate, corrected, suspect, refused;
    struct xh_import_refusal *refusals;
    size_t refusal_count, refusal_capacity;
    struct xh_import_span *spans;
    size_t span_count, span_capacity;
    int64_t started_us;
};
void xh_import_refuse(struct xh_import_report *report, uint64_t line, struct xh_str value,
                      struct xh_str reason);
void xh_import_span_add(struct xh_import_report *report, struct xh_import_span span);
/* Every few seconds what was written so far is kept in the record of the import. */
int xh_import_send(struct xh_app *app, struct xh_door *door, struct xh_import_source *source,
                   const struct xh_import_scan *scan, int64_t import_id,
                   struct xh_import_report *report, struct xh_err *err);
/* The record of an import: begun before the first reading, ended after the last. */
enum xh_import_end { XH_IMPORT_GOES_ON, XH_IMPORT_DONE, XH_IMPORT_FAILED };
int xh_import_begin(struct xh_door *door, struct xh_arena *arena, const char *file,
                    const struct xh_import_scan *scan, int64_t *ret_id, struct xh_err *err);
int xh_import_finish(struct xh_door *door, struct xh_arena *arena, int64_t id,
                     const struct xh_import_report *report, enum xh_import_end end,
                     struct xh_err *err);
void xh_import_report_print(struct xh_app *app, int64_t id, const struct xh_import_report *report);
void xh_import_report_json(struct xh_json_writer *w, int64_t id,
                           const struct xh_import_report *report);

#endif
