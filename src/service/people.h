/* people.h: who is calling. For now keys name stub identities: one operator, and the resident of
 * home 7; DIR/keys.json holds their keys, made at random with the folder, readable by its owner
 * only. Comparison takes the same time whatever the key. Devices have keys of their own
 * (device_keys.h); they are asked here, too. */
#ifndef XH_SERVICE_PEOPLE_H
#define XH_SERVICE_PEOPLE_H

#include "service/engine.h"

/* "Bearer <key>" or the bare key. XH_E_UNAUTHENTICATED when it is nobody's. */
int xh_people_by_key(struct xh_engine *engine, struct xh_str key, const struct xh_who **ret,
                     struct xh_err *err);
/* "operator", "resident-7", "public"; for --as and the demo's "view as". */
int xh_people_by_name(struct xh_engine *engine, struct xh_str name, const struct xh_who **ret,
                      struct xh_err *err);
const struct xh_who *const *xh_people_all(struct xh_engine *engine, size_t *ret_count);
/* The key of an identity; for the command line on the own machine, never over HTTP. */
struct xh_str xh_people_key(struct xh_engine *engine, const struct xh_who *who);

#endif
