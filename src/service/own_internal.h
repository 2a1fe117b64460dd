/* own_internal.h: what own.c and own_take.c share. */
#ifndef XH_SERVICE_OWN_INTERNAL_H
#define XH_SERVICE_OWN_INTERNAL_H

#include "service/own.h"

/* The states of an import are the program's to move: in the name of who asked. */
int xh__own_import_verb(struct xh_ctx *ctx, int64_t import_id, const char *verb,
                        struct xh_err *err);

#endif
