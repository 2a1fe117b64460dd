/* disk_sim_help.h: short words for the tests of the disk's twin. */
#ifndef XH_TEST_DISK_SIM_HELP_H
#define XH_TEST_DISK_SIM_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include "base/disk_sim.h"

enum { SECTOR = XH_DISK_SIM_SECTOR_BYTES, CUTS = 400 /* tries of one thing, each with its seed */ };

struct world {
    struct xh_disk_sim *sim;
    struct xh_env env;
};

struct world world_begin(uint64_t seed);
void world_end(struct world *world);
/* The power goes and comes back. */
void world_cut(struct world *world);
struct xh_disk_file *open_file(struct world *world, const char *path, enum xh_disk_mode mode);
void write_text(struct xh_disk_file *file, uint64_t offset, const char *text);
/* A file whose bytes are durable, but not its name. */
void make_synced(struct world *world, const char *path, const char *text);
void sync_root(struct world *world);
bool exists(struct world *world, const char *path);
/* The content with a NUL behind it; free(). */
char *content_of(struct world *world, const char *path, size_t *ret_len);
bool is_content(struct world *world, const char *path, const char *expected);
size_t count_of(const char *bytes, size_t len, char byte);
/* len times the byte, at an offset. */
void fill(struct xh_disk_file *file, uint64_t offset, char byte, size_t len);

#endif
