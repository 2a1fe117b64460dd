/* records_access.c: who may see and change what. Deny by default. */
#include <stdio.h>
#include <string.h>

#include "service/records_internal.h"

bool xh__is_inside(const struct xh_who *who)
{
    return (who->roles & (XH_ROLE_STAFF | XH_ROLE_AUDITOR)) != 0;
}

bool xh__is_engine(const struct xh_who *who)
{
    return (who->roles & XH_ROLE_ENGINE) != 0;
}

static bool holds(enum xh_may may, const struct xh_who *who, int64_t owner)
{
    return may == XH_MAY_ALL || (may == XH_MAY_OPEN && owner == 0) ||
           (may > XH_MAY_DEVICE && owner != 0 && owner == who->party_id);
}

bool xh__may_see(const struct xh__rtype *rtype, const struct xh_who *who, int64_t owner)
{
    return holds(xh_record_type_may_read(rtype->type, who), who, owner);
}

bool xh__may_see_record(const struct xh__rtype *rtype, const struct xh_who *who,
                        const struct xh_record *record)
{
    enum xh_may may = xh_record_type_may_read(rtype->type, who);
    const char *field = rtype->type->device_field;
    if (may != XH_MAY_DEVICE) {
        return holds(may, who, record->owner);
    }
    return who->device_id ==
           (strcmp(field, "id") == 0 ? record->id : xh_doc_int(record->doc, field));
}

bool xh__may_change(const struct xh_access *access, const struct xh_who *who, int64_t owner)
{
    return holds(xh_may_write(access, who), who, owner);
}

bool xh__is_masked(const struct xh__rtype *rtype, const struct xh_who *who, int64_t owner)
{
    bool is_own = owner != 0 && owner == who->party_id;
    return rtype->has_personal && !is_own && !xh__is_inside(who);
}

int xh__not_found(const struct xh__rtype *rtype, int64_t id, struct xh_err *err)
{
    char value[24];
    (void)snprintf(value, sizeof value, "%lld", (long long)id);
    return xh_err_field(err, XH_E_NOT_FOUND, "id", xh_str_from(value), "a known id", NULL,
                        "there is no %s %s", rtype->name.ptr, value);
}

int xh__forbidden(const struct xh__rtype *rtype, const struct xh_who *who, const char *what,
                  struct xh_err *err)
{
    return xh_err_set(err, XH_E_FORBIDDEN, "%s may not %s this %s", who->name, what,
                      rtype->name.ptr);
}

bool xh__is_frozen(const struct xh_record_type *type, struct xh_str state)
{
    for (size_t i = 0; type->frozen_states != NULL && type->frozen_states[i] != NULL; i++) {
        if (xh_str_is(state, type->frozen_states[i])) {
            return true;
        }
    }
    return false;
}

struct xh_ctx *xh__elevate(struct xh__elevated *e, const struct xh_ctx *ctx,
                           struct xh_rel_conn *conn)
{
    e->who = *ctx->who;
    e->who.roles |= XH_ROLE_ENGINE;
    e->ctx = *ctx;
    e->ctx.who = &e->who;
    e->ctx.txn = conn;
    return &e->ctx;
}
