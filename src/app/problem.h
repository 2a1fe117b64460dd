/* problem.h: an error as the JSON problem of RFC 9457, out and back in: what one process was
 * refused, the other tells its user word for word. */
#ifndef XH_APP_PROBLEM_H
#define XH_APP_PROBLEM_H

#include "app/tree.h"

void xh_problem_write(const struct xh_err *err, struct xh_buf *out);
/* The error that a problem tells of; always < 0, XH_E_INTERNAL when it is none of ours. */
int xh_problem_read(struct xh_arena *arena, int http_status, struct xh_str json,
                    struct xh_err *err);

#endif
