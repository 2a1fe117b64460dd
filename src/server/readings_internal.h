/* readings_internal.h: bodies of readings as rows; readings_decode.c makes them, readings_in.c
 * hands them to ingest. */
#ifndef XH_SERVER_READINGS_INTERNAL_H
#define XH_SERVER_READINGS_INTERNAL_H

#include "base/json.h"
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

#endif
