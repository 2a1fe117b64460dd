/* domain.c: what a room's tables say, asked. */
#include "kernel/domain.h"

enum xh_may xh_record_type_may_read(const struct xh_record_type *type, const struct xh_who *who)
{
    if ((who->roles & XH_ROLE_DEVICE) != 0) {
        return type->device_field != NULL && who->device_id != 0 ? XH_MAY_DEVICE : XH_MAY_NOT;
    }
    enum xh_may may = xh_may_read(&type->access, who);
    bool is_open = type->unowned_is_public && (who->roles & XH_ROLE_ANY) != 0;
    return may < XH_MAY_OPEN && is_open ? XH_MAY_OPEN : may;
}
