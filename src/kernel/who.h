/* who.h: on whose behalf something happens. Every call of the host carries one; no call without it
 * exists. Deny by default: a role not named in an access mask may not. */
#ifndef XH_KERNEL_WHO_H
#define XH_KERNEL_WHO_H

#include "base/str.h"

enum xh_role {
    XH_ROLE_PUBLIC = 1,
    XH_ROLE_RESIDENT = 2,
    XH_ROLE_BUSINESS = 4,
    XH_ROLE_OPERATOR = 8,
    XH_ROLE_OFFICER = 16,
    XH_ROLE_AUDITOR = 32,
    XH_ROLE_ADMIN = 64,
    XH_ROLE_ENGINE = 128, /* the program itself: jobs, seeding; never comes from outside */
    XH_ROLE_STAFF = XH_ROLE_OPERATOR | XH_ROLE_OFFICER | XH_ROLE_ADMIN | XH_ROLE_ENGINE,
    XH_ROLE_ANY = 0xff,   /* every role of people and of the program */
    XH_ROLE_DEVICE = 256  /* a device by its own key: writes and reads its own series, nothing
                             else; records by kernel/domain.h: device_field */
};

struct xh_who {
    const char *name;   /* "operator", "home-7": the audit's `who` */
    unsigned roles;     /* ored */
    int64_t party_id;   /* the party it acts for; owner filters compare with it; 0: none */
    int64_t device_id;  /* the device that it is, with XH_ROLE_DEVICE; 0: none */
};

extern const struct xh_who xh_who_engine, xh_who_public;
const char *xh_role_name(enum xh_role role); /* one bit */
unsigned xh_role_parse(struct xh_str name);  /* 0 when unknown */

/* Who may do what with a kind of thing. `own` masks count only for things whose owner is
 * who->party_id. */
struct xh_access {
    unsigned read, read_own, write, write_own;
};
enum xh_may {
    XH_MAY_NOT,
    XH_MAY_DEVICE, /* what belongs to the device that it is; kernel/domain.h: device_field */
    XH_MAY_OWN,
    XH_MAY_OPEN, /* what nobody owns, and its own; kernel/domain.h: unowned_is_public */
    XH_MAY_ALL
};
enum xh_may xh_may_read(const struct xh_access *access, const struct xh_who *who);
enum xh_may xh_may_write(const struct xh_access *access, const struct xh_who *who);

#endif
