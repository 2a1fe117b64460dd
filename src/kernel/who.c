/* who.c: roles and masks. */
#include "kernel/who.h"

const struct xh_who xh_who_engine = {.name = "engine", .roles = XH_ROLE_ENGINE};
const struct xh_who xh_who_public = {.name = "public", .roles = XH_ROLE_PUBLIC};

static const struct {
    enum xh_role role;
    const char *name;
} roles[] = {
    {XH_ROLE_PUBLIC, "public"},   {XH_ROLE_RESIDENT, "resident"}, {XH_ROLE_BUSINESS, "business"},
    {XH_ROLE_OPERATOR, "operator"}, {XH_ROLE_OFFICER, "officer"},   {XH_ROLE_AUDITOR, "auditor"},
    {XH_ROLE_ADMIN, "admin"},     {XH_ROLE_ENGINE, "engine"},
    {XH_ROLE_DEVICE, "device"},
};

const char *xh_role_name(enum xh_role role)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (roles[i].role == role) {
            return roles[i].name;
        }
    }
    return "unknown";
}

unsigned xh_role_parse(struct xh_str name)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (xh_str_is(name, roles[i].name)) {
            return roles[i].role;
        }
    }
    return 0;
}

static enum xh_may may(unsigned all, unsigned own, const struct xh_who *who)
{
    if ((who->roles & all) != 0) {
        return XH_MAY_ALL;
    }
    return (who->roles & own) != 0 && who->party_id != 0 ? XH_MAY_OWN : XH_MAY_NOT;
}

enum xh_may xh_may_read(const struct xh_access *access, const struct xh_who *who)
{
    return may(access->read, access->read_own, who);
}

enum xh_may xh_may_write(const struct xh_access *access, const struct xh_who *who)
{
    return may(access->write, access->write_own, who);
}
