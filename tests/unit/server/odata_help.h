/* odata_help.h: a small world for tests of the query language: entities written as JSON.
 *
 * A path walks through the members of an object; an object "@" of an entity holds its links: an
 * array is a link to many, another object a link to one. What is text in the form of a time below
 * a member that ends in "Time" is a time, as an entity's own properties are.
 */
#ifndef XH_TEST_ODATA_HELP_H
#define XH_TEST_ODATA_HELP_H

#include "server/sta/odata.h"

struct world {
    struct xh_arena *arena;
    struct xh__odata_env env;
};

void world_begin(struct world *w);
void world_end(struct world *w);
/* A query of one filter, which must be right. */
struct xh__odata_expr *world_filter(struct world *w, const char *filter);
/* The value of an expression for an entity; it must have one. */
struct xh__odata_value world_value(struct world *w, const char *expr, const char *entity);
/* 1, 0, or the code of the error. */
int world_holds(struct world *w, const char *filter, const char *entity, struct xh_err *err);

#endif
