/* engine.h: one data folder, open: the stores, the rooms, and everything that stands on them.
 *
 * Folder:  lock  records.db  readings/  files/  derived.db  keys.json  xanh.sock (while served)
 * One process owns it (flock on `lock`); a second gets XH_E_BUSY with the owner's process number.
 * derived.db holds only what can be computed again and may be deleted at any time.
 *
 * Threads: open and close from one; everything else from any, unless a header says otherwise. Calls
 * here block on disk: they run on workers, never on a thread that serves sockets (ingest's
 * xh_ingest_submit is the one that does not block).
 */
#ifndef XH_SERVICE_ENGINE_H
#define XH_SERVICE_ENGINE_H

#include "base/embed.h"
#include "base/log.h"
#include "kernel/host.h"
#include "store/rel/rel.h"
#include "store/tsdb/tsdb.h"

struct xh_engine;

struct xh_engine_options {
    const struct xh_env *env;
    const char *dir;
    const struct xh_domain *const *rooms; /* without core, which is always there */
    size_t room_count;
    /* Embedded data files (base/embed.h): seeds of dated rows, administrative units. */
    const struct xh_embed *files;
    size_t file_count;
    struct xh_log *log;                   /* NULL: silent */
};

/* Opens or creates; seeds core.dated and core.place on a new folder and adds seeds that a newer
 * program brought (a row whose code is there already is left as it is). */
int xh_engine_open(const struct xh_engine_options *options, struct xh_engine **ret,
                   struct xh_err *err);
void xh_engine_close(struct xh_engine *engine);

const struct xh_env *xh_engine_env(const struct xh_engine *engine);
const char *xh_engine_dir(const struct xh_engine *engine);
struct xh_log *xh_engine_log(const struct xh_engine *engine);
struct xh_rel *xh_engine_rel(struct xh_engine *engine);
struct xh_tsdb *xh_engine_tsdb(struct xh_engine *engine);

/* All rooms, core first. */
const struct xh_domain *const *xh_engine_domains(const struct xh_engine *engine, size_t *ret_count);
const struct xh_domain *xh_engine_domain(const struct xh_engine *engine, struct xh_str name);
/* By full name "room.name"; NULL when there is none. record types also by path "room/plural". */
const struct xh_record_type *xh_engine_record_type(const struct xh_engine *engine,
                                                   struct xh_str name);
const struct xh_action *xh_engine_action(const struct xh_engine *engine, struct xh_str name);
const struct xh_query *xh_engine_query(const struct xh_engine *engine, struct xh_str name);
const struct xh_indicator *xh_engine_indicator(const struct xh_engine *engine, struct xh_str name);
const struct xh_job *xh_engine_job(const struct xh_engine *engine, struct xh_str name);
const struct xh_quantity *xh_engine_quantity(const struct xh_engine *engine, struct xh_str name);
const struct xh_tariff *xh_engine_tariff(const struct xh_engine *engine, struct xh_str code);

/* A context for one request or run: its host is the engine. The arena is the caller's. */
void xh_engine_ctx(struct xh_engine *engine, const struct xh_who *who, struct xh_arena *arena,
                   struct xh_ctx *ret);
struct xh_engine *xh_ctx_engine(const struct xh_ctx *ctx);

/* Runs an action, checked: access, in's shape, out made. */
int xh_engine_run_action(struct xh_ctx *ctx, const char *name, const struct xh_doc *in,
                         struct xh_doc **ret_out, struct xh_err *err);

#endif
