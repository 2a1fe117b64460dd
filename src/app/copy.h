/* copy.h: a copy of a data folder, made by the process that owns it, with its progress told
 * here. */
#ifndef XH_APP_COPY_H
#define XH_APP_COPY_H

#include "app/door.h"

/* `to` as a whole path: the owner of the folder may run elsewhere. */
int xh_copy_path(struct xh_app *app, struct xh_str to, struct xh_str *ret, struct xh_err *err);
/* Copies the folder behind `door`, which is `from` here, to the whole path `to`, which must not be
 * there. On a terminal a bar says how far the readings are, then the records. *ret_body: the
 * answer of the API, borrowed until the door's next question. */
int xh_copy_make(struct xh_app *app, struct xh_door *door, const char *from, struct xh_str to,
                 struct xh_str *ret_body, struct xh_err *err);

#endif
