/* readings_internal.h: bodies of readings as rows; readings_decode.c makes them, readings_in.c
 * hands them to ingest. Tables and NDJSON of which only the refused rows are asked back go the
 * short way instead, readings_quick.c and readings_bulk.c. */
#ifndef XH_SERVER_READINGS_INTERNAL_H
#define XH_SERVER_READINGS_INTERNAL_H

#include "base/json.h"
#include "server/server_internal.h"
#include "service/ingest.h"

struct xh__reading_row {
    struct xh_ingest_row reading;
    bool has_value;
    struct xh_err *err; /* why it is refused; NULL: it is not */
};

struct xh__reading_rows {
    struct xh_arena *arena;
    struct xh__reading_row *items;
    size_t count, capacity;
    size_t wrong;          /* rows with an err */
    struct xh_err *untold; /* of those beyond the first 10,000, all alike */
};

enum xh__readings_format { XH__READINGS_JSON, XH__READINGS_NDJSON, XH__READINGS_CSV };

/* Fills rows (arena set, the rest zero). The texts are of the body or the arena. now_us: the time
 * of a reading that names none. An error: the body as a whole is not what it says to be; then rows
 * hold no meaning. */
int xh__readings_decode(enum xh__readings_format format, struct xh_str body, int64_t now_us,
                        struct xh__reading_rows *rows, struct xh_err *err);

enum { XH__READINGS_COLUMNS_MAX = 16, XH__READINGS_TOLD_MAX = 10000 };
enum xh__readings_column { XH__COLUMN_SERIES, XH__COLUMN_TIME, XH__COLUMN_VALUE,
                           XH__COLUMN_QUALITY };
struct xh__readings_columns {
    enum xh__readings_column items[XH__READINGS_COLUMNS_MAX];
    size_t count;
};
/* Pieces of the above for whoever takes the usual row by himself and the others one by one. */
int xh__readings_header(const struct xh_str *fields, size_t count, struct xh__readings_columns *ret,
                        struct xh_err *err);
int xh__readings_record(struct xh__reading_rows *rows, const struct xh__readings_columns *columns,
                        const struct xh_str *fields, size_t count, int64_t now_us,
                        struct xh_err *err);
/* `scratch` is for what dies with the line. */
int xh__readings_line(struct xh__reading_rows *rows, struct xh_arena *scratch, struct xh_str line,
                      int64_t now_us, struct xh_err *err);
/* Names apart by blanks, added to *quality; false: one is unknown. */
bool xh__quality_take(struct xh_str names, uint8_t *quality);

/* ---- readings_quick.c: the usual row of a body, in one pass ---- */

/* What it says, and where it stands. */
struct xh__quick_reading {
    struct xh_str series;
    int64_t at_us;
    double value;
    int8_t decimals;
    uint8_t quality;
};
struct xh__quick {
    enum xh__readings_format format;
    struct xh_str rest;          /* of the body */
    char separator;
    struct xh__readings_columns columns;
    int64_t now_us;
    struct xh_str last_time;     /* many rows have the same */
    int64_t last_us;
    struct xh_str line;          /* the one read last */
};
/* 1: ready; 0: the body has quotes, lone CRs or the like, or nothing: decode it whole; < 0: its
 * header is wrong. For CSV and NDJSON. */
int xh__quick_begin(struct xh__quick *quick, enum xh__readings_format format, struct xh_str body,
                    int64_t now_us, struct xh_err *err);
/* 1: *ret; 2: quick->line is not the usual row, read it by xh__quick_slowly; 0: the end. */
int xh__quick_next(struct xh__quick *quick, struct xh__quick_reading *ret);
/* Adds the line to rows: a reading, or what is wrong with it. */
int xh__quick_slowly(const struct xh__quick *quick, struct xh_arena *scratch,
                     struct xh__reading_rows *rows, struct xh_err *err);

/* ---- readings_bulk.c ---- */

/* POST /api/v1/readings?rows=refused, of CSV and NDJSON. */
int xh__readings_bulk_post(struct xh__request *req, enum xh__readings_format format,
                           bool is_history, struct xh_err *err);

#endif
