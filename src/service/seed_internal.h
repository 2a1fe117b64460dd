/* seed_internal.h: what the files that seed a data folder share. */
#ifndef XH_SERVICE_SEED_INTERNAL_H
#define XH_SERVICE_SEED_INTERNAL_H

#include "kernel/dated_csv.h"
#include "service/engine_internal.h"
#include "service/records.h"

/* An embedded file by name; NULL when there is none. */
const struct xh_embed *xh__seed_file(const struct xh_engine *engine, const char *name);
struct xh_str xh__seed_text(const struct xh_embed *file);
/* The values of a UNIQUE text column that are there -> int64_t *, the record's id. Keys and ids
 * live in ctx->arena; the caller destroys the map. */
int xh__seed_codes(struct xh_ctx *ctx, const char *table, const char *column, struct xh_map **ret,
                   struct xh_err *err);

/* seed_places.c: the administrative units that are missing. NULL when the program holds none. */
struct xh__seed_places;
int xh__seed_places_read(struct xh_ctx *ctx, struct xh__seed_places **ret, struct xh_err *err);
size_t xh__seed_places_count(const struct xh__seed_places *places);
/* In a transaction; may run twice. */
int xh__seed_places_put(struct xh_ctx *ctx, const struct xh__seed_places *places,
                        struct xh_err *err);
void xh__seed_places_finish(struct xh__seed_places *places);

/* seed_records.c: the records of the rooms' record_seeds that are missing; a write for each
 * file. */
int xh__seed_records(struct xh_ctx *ctx, struct xh_err *err);

#endif
