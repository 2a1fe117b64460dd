/* sta_entity_internal.h: what the files that read entities share. */
#ifndef XH_SERVER_STA_ENTITY_INTERNAL_H
#define XH_SERVER_STA_ENTITY_INTERNAL_H

#include "server/sta/sta_internal.h"

/* ---- sta_entity.c ---- */

/* A context whose record calls all read one consistent state: that of the transaction which ctx
 * runs in, or of a reader of its own. Not for writing, nor for calls of observe.h. */
struct xh__sta_snapshot {
    struct xh_ctx ctx;
    struct xh_rel_conn *conn;
    bool is_own;
};
int xh__sta_snapshot_begin(struct xh_ctx *ctx, struct xh__sta_snapshot *ret, struct xh_err *err);
void xh__sta_snapshot_end(struct xh__sta_snapshot *s);

/* Is a record of the type's table such an entity? */
bool xh__sta_is_entity(enum xh__sta_type type, const struct xh_record *record);
int xh__sta_not_found(enum xh__sta_type type, int64_t id, struct xh_err *err);

/* What is known of the series that was asked for last; zero-initialise. */
struct xh__sta_kind {
    int64_t series_id;
    bool is_multi;
};
/* xh__sta_entity_linked for many in a row. */
int xh__sta_linked_one(struct xh__sta_snapshot *s, const struct xh__sta_entity *entity,
                       const struct xh__sta_link *link, struct xh__sta_kind *known, int64_t *ret_id,
                       struct xh_err *err);

/* ---- sta_set.c ---- */

/* Ids that a link's or a set's SQL gives, in ctx->arena; `from` 0: a whole set. */
int xh__sta_ids_read(struct xh__sta_snapshot *s, enum xh__sta_type target, const char *sql,
                     int64_t from, int64_t after, int64_t limit, struct xh__sta_ids *ret,
                     struct xh_err *err);

#endif
