/* device_keys.h: a key for each device, with which it writes its own series and nothing else.
 *
 * A key is "xd_<id>_<secret>": 24 bytes of randomness, told once when it is made. What is kept is
 * its SHA-256 (table xh_device_key), so that nobody who reads the folder can act as a device. The
 * secret is long and random, hence a plain hash is enough; hashes are compared in constant time.
 *
 * Who comes with such a key is {"device-<code>", XH_ROLE_DEVICE, no party, device_id}; it lives as
 * long as the engine. xh_people_by_key takes these keys, too.
 *
 * Guarantees
 *   - A key that was revoked is refused from the moment that its revoking returns; those who listen
 *     are told, so that a connection made with it ends. So is that of a device that was deleted.
 *   - Making and revoking leave a change "core.device_key" in the change table: who, when, what.
 *
 * Threads: any that may block, but xh_device_key_who once a key is in memory.
 */
#ifndef XH_SERVICE_DEVICE_KEYS_H
#define XH_SERVICE_DEVICE_KEYS_H

#include "service/engine.h"

enum { XH_DEVICE_KEYS_MAX = 20 }; /* of a device, not revoked */

struct xh_device_key {
    int64_t id, device_id;
    struct xh_str label, made_by;
    int64_t made_us, revoked_us; /* 0: never */
    int64_t used_us;             /* since the folder was opened; 0: not yet */
};

/* Who may change the device may make keys for it. *ret_key is the key itself, in ctx->arena: the
 * only moment that it is known. XH_E_NOT_FOUND: no such device; XH_E_CONFLICT: it has
 * XH_DEVICE_KEYS_MAX. Inside a transaction (ctx->txn) it is made with it. */
int xh_device_key_make(struct xh_ctx *ctx, int64_t device_id, struct xh_str label,
                       struct xh_device_key *ret, struct xh_str *ret_key, struct xh_err *err);
/* Not inside a transaction. XH_E_NOT_FOUND: the device has no such key. Revoked already: nothing
 * happens. */
int xh_device_key_revoke(struct xh_ctx *ctx, int64_t device_id, int64_t key_id, struct xh_err *err);
/* All of a device; how many went. Not inside a transaction. */
int xh_device_keys_revoke(struct xh_ctx *ctx, int64_t device_id, size_t *ret_count,
                          struct xh_err *err);
/* Revoked ones too, latest first, in ctx->arena. */
int xh_device_key_list(struct xh_ctx *ctx, int64_t device_id, struct xh_device_key **ret,
                       size_t *ret_count, struct xh_err *err);

/* Does the text have the form of a device's key? */
bool xh_device_key_is(struct xh_str key);
/* Is it in memory, so that xh_device_key_who does not block? It may be wrong or revoked. */
bool xh_device_key_is_loaded(struct xh_engine *engine, struct xh_str key);
/* XH_E_UNAUTHENTICATED: not known, wrong, revoked, or its device is gone; which, is not said. */
int xh_device_key_who(struct xh_engine *engine, struct xh_str key, const struct xh_who **ret,
                      struct xh_err *err);

/* Told who lost a key, after it counts for nothing; must not block. The same device may hold other
 * keys: it comes again with one of them. */
typedef void xh_device_revoked_fn(void *arg, const struct xh_who *who);
void xh_device_keys_listen(struct xh_engine *engine, xh_device_revoked_fn *revoked, void *arg);
/* When it returns, `revoked` does not run and will not be called again. Not from inside it. */
void xh_device_keys_unlisten(struct xh_engine *engine, xh_device_revoked_fn *revoked, void *arg);

#endif
