/* indicator.h: a number for a place and a period, with what it was computed from. A missing number
 * is never a good one: `missing` counts who owes and has not given, and has_value is false when
 * nothing is known at all. */
#ifndef XH_SERVICE_INDICATOR_H
#define XH_SERVICE_INDICATOR_H

#include "service/engine.h"

int xh_indicator_get(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                     struct xh_doc **ret_out, struct xh_err *err);

#endif
