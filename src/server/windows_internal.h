/* windows_internal.h: what GET /api/v1/readings/windows is asked and what it found; windows_api.c
 * asks and answers, windows_ask.c reads the question. */
#ifndef XH_SERVER_WINDOWS_INTERNAL_H
#define XH_SERVER_WINDOWS_INTERNAL_H

#include "server/server_internal.h"

enum {
    XH__WINDOWS_MAX = 20000,        /* windows of a group */
    XH__WINDOWS_CELLS_MAX = 200000, /* groups x windows of one answer */
    XH__WINDOWS_SERIES_MAX = 1000   /* named one by one */
};

/* What can be asked of a window, in the order of the answer's columns. */
enum xh__windows_of {
    XH__OF_COUNT, XH__OF_SUM, XH__OF_MEAN, XH__OF_MIN, XH__OF_MAX, XH__OF_FIRST, XH__OF_LAST,
    XH__OF_INCREASE, XH__OF_INTEGRAL, XH__OF_TIME_MEAN, XH__OF_QUANTILE, XH__OF_ALL
};
extern const char *const xh__windows_of_names[XH__OF_ALL];

struct xh__windows_ask {
    const struct xh_series **series; /* held until the request is over */
    size_t series_count;
    struct xh_str place, quantity;   /* as asked; empty: series were named */
    const struct xh_zone *zone;
    struct xh_str every;
    const int64_t *edges_us;         /* window_count + 1 */
    size_t window_count;
    unsigned of;                     /* bits 1 << enum xh__windows_of */
    double quantile;
    int64_t gap_us;
    bool is_by_series, is_csv;
};

/* The whole question. Errors name the parameter. */
int xh__windows_ask_read(struct xh__request *req, struct xh__windows_ask *ret, struct xh_err *err);

#endif
