/* sta_feed_internal.h: what the files of subscriptions share. */
#ifndef XH_SERVER_STA_FEED_INTERNAL_H
#define XH_SERVER_STA_FEED_INTERNAL_H

#include "server/mqtt_door.h"
#include "server/sta/sta_read_internal.h"

enum xh__sta_filter_kind {
    XH__STA_FILTER_UNKNOWN,   /* what it names is not there (yet) */
    XH__STA_FILTER_SET,       /* all of a type, or those that a link of `of_id` leads to */
    XH__STA_FILTER_ENTITY,
    XH__STA_FILTER_PROPERTY   /* something below an entity */
};

/* One topic filter somebody subscribed to. */
struct xh__sta_filter {
    struct xh__sta_filter *next;
    struct xh_arena *arena;
    struct xh_str text, path_text;   /* path_text: behind the version, without the query */
    bool is_1_0;
    struct xh__odata_path path;
    struct xh__odata_query *query;
    enum xh__sta_filter_kind kind;
    enum xh__sta_type type;
    int64_t id;                      /* ENTITY, PROPERTY */
    const struct xh__sta_link *link; /* SET: of the entity of_id, or NULL */
    enum xh__sta_type of_type;
    int64_t of_id;
    uint64_t shown_hash;             /* PROPERTY: of what it was last */
};

/* Parses; the entities that it names are looked up by xh__sta_filter_find. */
int xh__sta_filter_parse(struct xh_arena *arena, struct xh_str text, struct xh__sta_filter *ret,
                         struct xh_err *err);
void xh__sta_filter_find(struct xh_server *server, struct xh__sta_filter *filter);
/* The series whose observations alone it wants; 0: any. */
int64_t xh__sta_filter_series(const struct xh__sta_filter *filter);
/* Does the change of this entity concern it? Then its payload in `out`: 1, else 0; < 0: it cannot
 * be told. */
int xh__sta_filter_tell(struct xh__sta_call *call, struct xh__sta_filter *filter,
                        const struct xh__sta_entity *entity, struct xh_buf *out,
                        struct xh_err *err);

#endif
