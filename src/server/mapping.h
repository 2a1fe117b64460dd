/* mapping.h: messages of any shape become readings: what a device, a bridge, a network server of
 * LoRaWAN or a head-end sends by MQTT or as a webhook. The rules by which it is done are records
 * (core.mapping_rule); how they work stands in service/mapping.h.
 *
 * Guarantees
 *   - `done` runs when the readings are on disk, never before; what is refused leaves nothing.
 *   - Nothing is kept of a message that no rule takes but its place among the last 200 of those.
 *
 * Threads: from workers, not from a thread that serves sockets: series and devices may have to be
 * read, or made, first.
 */
#ifndef XH_SERVER_MAPPING_H
#define XH_SERVER_MAPPING_H

#include "server/server_internal.h"
#include "service/mapping.h"

/* XH_MAPPING_SENT: done is called exactly once, perhaps before this returns, on the committer's
 * thread or another; ctx->who and ctx->arena live until then (the arena is nobody else's). Anything
 * else, also < 0: done is not called. XH_MAPPING_UNMATCHED: no rule takes it.
 * XH_MAPPING_NOTHING: a rule took it, and there is nothing to write (a repetition, a discovery).
 * XH_E_BUSY, XH_E_NO_SPACE, XH_E_IO: send it again later; others: sending again does not help.
 * Topic and payload are read during the call only. */
int xh__mapping_message(struct xh_server *server, struct xh_ctx *ctx,
                        const struct xh_mapping_message *message, xh_mapping_done *done, void *arg,
                        struct xh_err *err);

#endif
