/* people.h: who is calling. For now keys name stub identities, one for each role; DIR/keys.json
 * holds their keys, made at random with the folder (those of an identity that a newer program
 * brings, when it opens the folder), readable by its owner only. Comparison takes the same time
 * whatever the key. Devices have keys of their own (device_keys.h); they are asked here, too.
 *
 *   operator     runs the place and may do all; `officer` and `auditor` are parts of it
 *   officer      plans, targets, duties, the review of reports and measures; writes no readings
 *   auditor      reads everything and writes nothing, but judges claims
 *   business     acts for the party "brewery", resident-7 for "home-7", once these are there
 *   public       has no key */
#ifndef XH_SERVICE_PEOPLE_H
#define XH_SERVICE_PEOPLE_H

#include "service/engine.h"

#define XH_PEOPLE_NAMES "operator, officer, auditor, business, resident-7, public"

/* "Bearer <key>" or the bare key. XH_E_UNAUTHENTICATED when it is nobody's. */
int xh_people_by_key(struct xh_engine *engine, struct xh_str key, const struct xh_who **ret,
                     struct xh_err *err);
/* One of XH_PEOPLE_NAMES; for --as and the demo's "view as". */
int xh_people_by_name(struct xh_engine *engine, struct xh_str name, const struct xh_who **ret,
                      struct xh_err *err);
const struct xh_who *const *xh_people_all(struct xh_engine *engine, size_t *ret_count);
/* What people read instead of the name: "Cư dân · nhà 7", "Resident · home 7". Whoever is not an
 * identity (a device) is told by its name. */
void xh_people_labels(const struct xh_who *who, const char **ret_vi, const char **ret_en);
/* The key of an identity; for the command line on the own machine, never over HTTP. */
struct xh_str xh_people_key(struct xh_engine *engine, const struct xh_who *who);

#endif
