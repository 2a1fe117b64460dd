/* import_guess.h: which column of a table of readings is what, told from a sample of its rows.
 *
 * Pure: times are told by their form, numbers by theirs, what a column measures by the words of its
 * name. What no word tells becomes a plain gauge of unit 1, and whoever shows the mapping says so.
 * The command and the page share it. Everything lives in the arena.
 */
#ifndef XH_KERNEL_IMPORT_GUESS_H
#define XH_KERNEL_IMPORT_GUESS_H

#include "base/arena.h"
#include "base/err.h"

enum { XH_IMPORT_SAMPLE_ROWS = 200, XH_IMPORT_WARNINGS_MAX = 20 };

enum xh_import_role {
    XH_IMPORT_SKIP,
    XH_IMPORT_TIME,
    XH_IMPORT_VALUE,
    XH_IMPORT_SERIES,
    XH_IMPORT_QUALITY
};
enum xh_import_clock {
    XH_CLOCK_INSTANT, /* with an offset */
    XH_CLOCK_LOCAL,   /* clock time in `zone` */
    XH_CLOCK_UNIX_S,
    XH_CLOCK_UNIX_MS
};

struct xh_import_column {
    struct xh_str name; /* "" in a file without a header */
    enum xh_import_role role;
    /* of a value: the series and how it is to be understood */
    struct xh_str series, quantity, unit, kind, direction, device_kind, place;
    struct xh_str tariff; /* of the series, if it is made; empty: none */
    bool is_decimal_comma;
    bool names_measure;   /* its name tells quantity and unit */
    bool is_said;         /* the user said quantity, unit or kind */
    bool is_kind_said;
    bool falls;           /* at least once in the sample */
    struct xh_str sample; /* its first value */
};

/* What a file without times seems to be: it is told how to turn it. */
enum xh_import_shape { XH_IMPORT_ROWS, XH_IMPORT_DAYS_ACROSS, XH_IMPORT_OLD_AND_NEW };

struct xh_import_map {
    struct xh_import_column *columns;
    size_t column_count;
    size_t time, series, quality; /* columns; SIZE_MAX: there is none */
    size_t time_of_day;           /* beside a column of dates; likewise */
    enum xh_import_shape shape;
    bool has_header;
    enum xh_import_clock clock;
    struct xh_str zone; /* of clock times, as asked for or guessed */
    struct xh_str place, place_zone;
    struct xh_str stamp;         /* "end", "start" */
    bool is_zone_fixed_by_guess; /* the file shows clock times that its zone skips */
    bool is_zone_said;
    int64_t period_s; /* 0: not regular */
    /* of series that are there already, else as above: what is shown */
    struct xh_str shown_stamp;
    int64_t shown_period_s;
    struct xh_str warnings[XH_IMPORT_WARNINGS_MAX];
    size_t warning_count;
};

/* What the line says in general, for what the names do not tell. Empty: nothing. */
struct xh_import_wish {
    struct xh_str place, zone, quantity, unit, kind, stamp;
};

struct xh_import_sample {
    struct xh_str *rows[XH_IMPORT_SAMPLE_ROWS];
    size_t counts[XH_IMPORT_SAMPLE_ROWS];
    size_t row_count;
};

/* From a sample; pure. `stem` names the place when no wish does. XH_E_INVALID: no column holds
 * times, or none holds numbers. */
int xh_import_guess(const struct xh_import_sample *sample, const struct xh_import_wish *wish,
                    struct xh_str stem, struct xh_arena *arena, struct xh_import_map *ret,
                    struct xh_err *err);
/* An instant with its offset, as base/time.h reads it, and also without seconds:
 * "2025-06-15T08:00+07:00". */
int xh_import_instant(struct xh_str field, int64_t *ret_us);
/* A text as part of a code: lower case ASCII letters, digits, - _ . */
struct xh_str xh_import_code(struct xh_arena *arena, struct xh_str text);
/* Is this field a number, an empty value? "1,5" counts when is_decimal_comma. */
bool xh_import_is_number(struct xh_str field, bool is_decimal_comma);
bool xh_import_is_empty(struct xh_str field);
/* Is it "8:00", "08:00:00", or the number of an hour? */
bool xh_import_is_time_of_day(struct xh_str field, bool is_hour);

#endif
