/* domain.c: what a room's tables say, asked. */
#include "kernel/domain.h"

enum xh_may xh_record_type_may_read(const struct xh_record_type *type, const struct xh_who *who)
{
    enum xh_may may = xh_may_read(&type->access, who);
    bool is_open = type->unowned_is_public && (who->roles & XH_ROLE_ANY) != 0;
    return may < XH_MAY_OPEN && is_open ? XH_MAY_OPEN : may;
}
