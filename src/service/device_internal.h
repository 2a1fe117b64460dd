/* device_internal.h: what the files of devices share: keys (device_keys.c), what is known of each
 * (device_state.c), and those who watch one (device_tail.c). */
#ifndef XH_SERVICE_DEVICE_INTERNAL_H
#define XH_SERVICE_DEVICE_INTERNAL_H

#include "service/engine_internal.h"

extern const struct xh_rel_table xh__device_key_table;

int xh__device_keys_create(struct xh_engine *engine, struct xh_err *err);
void xh__device_keys_destroy(struct xh_engine *engine);

#endif
