/* bring_internal.h: what bring_api.c and bring_write.c share. */
#ifndef XH_SERVER_BRING_INTERNAL_H
#define XH_SERVER_BRING_INTERNAL_H

#include "server/server_internal.h"
#include "service/own.h"

/* The members of a look; no braces. */
void xh__bring_write(struct xh_ctx *ctx, const struct xh_own_look *look, struct xh_json_writer *w);

#endif
