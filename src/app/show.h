/* show.h: a list of anything as a table: columns are the members of its items. */
#ifndef XH_APP_SHOW_H
#define XH_APP_SHOW_H

#include "app/app.h"
#include "app/tree.h"

/* From {"items":[{...}, ...]} or any object with one list of objects in it; else name and value of
 * each member. */
void xh_show(struct xh_app *app, const struct xh_tree *answer);
/* Windows of /api/v1/use, with bars. */
void xh_show_use(struct xh_app *app, const struct xh_tree *answer);

#endif
