/* dict_internal.h: which series there are: a 128-bit key for ever, a dense number inside.
 *
 * Dense numbers count from 0 in the order of declaration and are never reused; nothing outside this
 * folder sees them. Kept in the file `series`, which only grows: a frame for each declaration,
 * synced before xh__dict_add returns, so a series is on disk before its first reading can be.
 *
 * Memory: 16 bytes of key, 1 of flags and at most 8 of hash table a series; nothing moves when the
 * number of series grows but the hash table.
 *
 * Threads: find and get from any thread; add from one thread at a time.
 */
#ifndef XH_STORE_TSDB_DICT_INTERNAL_H
#define XH_STORE_TSDB_DICT_INTERNAL_H

#include "store/tsdb/tsdb.h"

#define XH__ID_NONE UINT32_MAX
enum { XH__SERIES_MAX = 1 << 27 }; /* in one store */

enum xh__series_flag {
    XH__SERIES_KEEP_ALL = 1,    /* the policy; else REPLACE */
    XH__SERIES_HAS_AMENDMENTS = 2 /* retractions or erasures: look in amend_internal.h */
};

struct xh__dict;

/* Reads or creates DIR/series. `need_count`: how many the manifest has seen; fewer on disk is
 * XH_E_CORRUPT. A torn frame behind the last whole one was never acknowledged and is cut off. */
int xh__dict_open(const struct xh_env *env, const char *dir, uint32_t need_count,
                  struct xh__dict **ret, struct xh_err *err);
void xh__dict_close(struct xh__dict *dict); /* NULL is fine */

uint32_t xh__dict_count(const struct xh__dict *dict);
/* ret_ids[i] is XH__ID_NONE where a key is not known. Returns how many are not known. Written for
 * many keys at once: lookups overlap. */
size_t xh__dict_find(struct xh__dict *dict, const struct xh_series_key *keys, size_t count,
                     uint32_t *ret_ids);
/* id < count */
const struct xh_series_key *xh__dict_key(const struct xh__dict *dict, uint32_t id);
uint8_t xh__dict_flags(const struct xh__dict *dict, uint32_t id);
/* In memory only. */
void xh__dict_set_flag(struct xh__dict *dict, uint32_t id, enum xh__series_flag flag);

/* Adds the keys that are not known, all or none; durable on return, found by others only then. A
 * known key with another policy: XH_E_CONFLICT, nothing is added. More than XH__SERIES_MAX:
 * XH_E_TOO_LARGE. Write errors: XH_E_NO_SPACE, XH_E_IO: the caller poisons. */
int xh__dict_add(struct xh__dict *dict, const struct xh_series_key *keys, size_t count,
                 enum xh_series_policy policy, struct xh_err *err);
size_t xh__dict_memory_bytes(struct xh__dict *dict);
/* Copies the file to to_dir, with the series of this moment; synced. Any thread. */
int xh__dict_backup(struct xh__dict *dict, const char *to_dir, struct xh_err *err);

#endif
