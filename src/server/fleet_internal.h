/* fleet_internal.h: what the files of the fleet's API share. */
#ifndef XH_SERVER_FLEET_INTERNAL_H
#define XH_SERVER_FLEET_INTERNAL_H

#include "server/server_internal.h"
#include "service/device_list.h"

/* fleet_write.c */
void xh__fleet_row_write(struct xh_json_writer *w, const struct xh_device_row *row);
/* The device of the path, when who may see it. */
int xh__fleet_device(struct xh__request *req, struct xh_device_row *ret, struct xh_err *err);

#endif
