/* disk_sim.h: the disk's twin for tests: files in memory, what was not synced kept apart, and a
 * power switch.
 *
 * Each file has what is durable and, in order, what was written since its last sync, cut into
 * sectors; each folder has its durable names and, in order, the changes since its last sync. At a
 * power cut every unsynced sector and name change is by the seed's choice kept, dropped or (a
 * sector) torn at any byte, in any combination. What comes back is one of the states that a real
 * disk could show:
 *   - of the writes to one sector the first few are kept; so are the changes of one name;
 *   - a rename is kept or lost whole; with its new folder, where it changes it;
 *   - a file's size is one that it had since its last sync, whatever became of the bytes: it can be
 *     long and empty. What a lost truncate cut off is back, and nothing written there later.
 *
 * A sim is deterministic: the same seed, calls and faults give the same outcome; threads must then
 * not race. Thread-safe. It begins with one empty folder, "." or "/". A path has no "..", a file at
 * most 4 GiB; room that was reserved and never written takes no memory.
 *
 * Use: struct xh_env env = *xh_env_fault_env(fault); env.disk = xh_disk_sim_disk(sim);
 * env.io is asked before each operation as with the machine's disk, so faults can be mixed in.
 */
#ifndef XH_BASE_DISK_SIM_H
#define XH_BASE_DISK_SIM_H

#include "base/disk.h"

struct xh_disk_sim;

struct xh_disk_sim *xh_disk_sim_create(uint64_t seed);
void xh_disk_sim_destroy(struct xh_disk_sim *sim); /* all files and maps must be closed */
const struct xh_disk *xh_disk_sim_disk(struct xh_disk_sim *sim);

enum { XH_DISK_SIM_SECTOR_BYTES = 512 };

/* The power fails now: every operation fails with XH_E_IO until xh_disk_sim_power_on, which shows
 * what survived. Handles opened before stay dead and must still be closed; maps stay readable. */
void xh_disk_sim_power_cut(struct xh_disk_sim *sim);
/* The power fails just before the n-th operation from now that changes the disk (create, write,
 * reserve, truncate, sync, rename, link, remove, make, remove or sync a folder); 0 clears. A write
 * that it strikes is torn: a part of it is among what was not synced. */
void xh_disk_sim_power_cut_at(struct xh_disk_sim *sim, uint64_t nth);
bool xh_disk_sim_is_off(const struct xh_disk_sim *sim);
void xh_disk_sim_power_on(struct xh_disk_sim *sim);

/* From now on no file may grow when all together would exceed size_bytes: XH_E_NO_SPACE, after a
 * write of what has room. UINT64_MAX: no limit. */
void xh_disk_sim_set_space(struct xh_disk_sim *sim, uint64_t size_bytes);
/* The n-th sync of a file from now fails with EIO, and what was not synced is dropped or kept by
 * the seed's choice while reads still show it: as Linux does it. 0 clears. */
void xh_disk_sim_fail_sync(struct xh_disk_sim *sim, uint64_t nth);
/* Flips one bit of what is durable. False: there is no such file or byte. */
bool xh_disk_sim_flip(struct xh_disk_sim *sim, const char *path, uint64_t bit);

/* Operations so far that change the disk, as xh_disk_sim_power_cut_at counts them. One that was
 * refused by env->io is not counted, one that failed otherwise is. */
uint64_t xh_disk_sim_changes(const struct xh_disk_sim *sim);
uint64_t xh_disk_sim_size_bytes(const struct xh_disk_sim *sim); /* of all files shown or open */

#endif
