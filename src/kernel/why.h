/* why.h: the sources of a record's why (xh_why_out, kernel/domain.h), for those that write one.
 *
 * On a worker's thread, outside or inside host->write; what the reader may not see is left out.
 * Texts are borrowed: they live in the answer's arena, or as long as the program.
 */
#ifndef XH_KERNEL_WHY_H
#define XH_KERNEL_WHY_H

#include "kernel/host.h"

struct xh_why_source {
    const char *type;          /* "core.series"; NULL: something that was written down */
    int64_t id;                /* 0: none */
    struct xh_str label_vi, label_en;
    struct xh_str unit;        /* empty: none */
    double value;              /* NaN: none */
    int32_t from, to;          /* the days it is about; equal: none */
};

/* Adds a row to the part `sources`. */
void xh_why_add(struct xh_doc *out, const struct xh_why_source *source);
/* The issued bills of a series that touch the days [from, to), the newest 50. */
int xh_why_add_bills(struct xh_ctx *ctx, int64_t series_id, int32_t from, int32_t to,
                     struct xh_doc *out, struct xh_err *err);

#endif
