/* map.h: a hash table from a slice to a pointer. Open addressing, grows by itself, keeps no copy of
 * its keys: they must outlive the entry. Hashed by SipHash-1-3 under a key given at creation, so
 * that input cannot choose collisions. Not thread-safe. */
#ifndef XH_BASE_MAP_H
#define XH_BASE_MAP_H

#include "base/str.h"

struct xh_map;
struct xh_map *xh_map_create(uint64_t hash_key);
void xh_map_destroy(struct xh_map *map); /* not the values */
void *xh_map_get(const struct xh_map *map, struct xh_str key); /* NULL when absent */
/* Puts or replaces; returns the value that was there, or NULL. value is not NULL. */
void *xh_map_put(struct xh_map *map, struct xh_str key, void *value);
void *xh_map_remove(struct xh_map *map, struct xh_str key);
size_t xh_map_count(const struct xh_map *map);
/* Walks all entries in no order: start with *cursor = 0; false at the end. No change meanwhile. */
bool xh_map_next(const struct xh_map *map, size_t *cursor, struct xh_str *ret_key,
                 void **ret_value);
uint64_t xh_hash(struct xh_str bytes, uint64_t hash_key);

#endif
