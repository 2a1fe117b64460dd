/* rooms.h: the rooms of this build, in the order of the build option `rooms`.
 *
 * The table is generated (tools/rooms.py); nobody writes it by hand. To add a room, make the folder
 * src/domain/<name> with <name>.h, which declares
 *
 *     extern const struct xh_domain xh_<name>_domain;
 *
 * and put <name> into the list in meson_options.txt. Only the app includes this header: a room
 * never knows of another one. The table is constant; it may be read from every thread.
 */
#ifndef XH_DOMAIN_ROOMS_H
#define XH_DOMAIN_ROOMS_H

#include <stddef.h>

struct xh_domain;

/* xh_rooms_count descriptors, then NULL. The count may be 0. */
extern const struct xh_domain *const xh_rooms[];
extern const size_t xh_rooms_count;

#endif
