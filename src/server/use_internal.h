/* use_internal.h: what /use is asked and what it found; use_api.c, use_compare.c, use_say.c. */
#ifndef XH_SERVER_USE_INTERNAL_H
#define XH_SERVER_USE_INTERNAL_H

#include "kernel/say.h"
#include "server/server_internal.h"
#include "service/use.h"

enum xh__compare { XH__COMPARE_NOT, XH__COMPARE_PREVIOUS, XH__COMPARE_YEAR };

struct xh__use_view {
    struct xh_use_ask ask;
    const struct xh_zone *zone;
    const struct xh_series *series;   /* NULL: of a place */
    struct xh_str name;               /* of the series or the place */
    struct xh_str quantity;           /* "energy.electricity"; may be empty */
    enum xh__compare compare;
    int64_t now_us;

    struct xh_use use;
    bool has_total;
    double total;

    bool has_before;
    struct xh_use before;
    bool has_before_total, has_change;
    double before_total;
    /* Of the windows that are over, with an amount on both sides: */
    double change_percent, compared_now, compared_before;
    size_t compared_count;
};

/* Is anything known of the window? */
bool xh__amount_is_known(const struct xh_amount *amount);
bool xh__use_total(const struct xh_use *use, double *ret_total);

/* use_compare.c: asks again for the time before and compares. */
int xh__use_compare(struct xh__request *req, struct xh__use_view *view, struct xh_err *err);

/* use_say.c */
void xh__use_sentence(const struct xh__use_view *view, enum xh_lang lang, struct xh_buf *out);
/* The member "ghg": what the use of electricity gave off, or null. */
int xh__use_ghg(struct xh__request *req, const struct xh__use_view *view, struct xh_json_writer *w,
                struct xh_err *err);

#endif
