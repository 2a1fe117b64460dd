/* registry.h: what ingest and queries must know of a series, in memory, by code and by id.
 *
 * The truth is the records core.series, core.device, core.property, core.place; this is their shape
 * for fast use, filled on open and kept right by following the change table. An entry is immutable
 * and counted: hold it with get, let go with put.
 */
#ifndef XH_SERVICE_REGISTRY_H
#define XH_SERVICE_REGISTRY_H

#include "service/engine.h"

struct xh_series {
    int64_t id, place_id, owner_id, device_id;
    struct xh_str code, name;
    struct xh_series_key key;
    enum xh_series_policy policy;
    /* Factor to `shown_unit` included; max_per_hour: the quantity's (rough) where none is given. */
    struct xh_meter meter;
    bool is_gauge, is_state;            /* no consumption */
    bool is_main;
    enum { XH_USE, XH_PRODUCTION, XH_EXPORT } direction;
    const struct xh_unit *unit;         /* declared */
    const struct xh_unit *shown_unit;   /* of the quantity, or unit */
    const struct xh_quantity *quantity; /* NULL: none of ours */
    struct xh_str quantity_name, tariff;
    size_t component_count;             /* properties of a series of several; 0: it has one */
    double min, max;                    /* plausible; both 0: none */
    const struct xh_zone *zone;         /* of the place: bills and charts */
    const struct xh_zone *source_zone;  /* of the device's clock */
};

/* XH_E_NOT_FOUND names the code; also when who may not see it. Release with xh_series_put. A text
 * is a code first, and an id where no series has such a code; who has an id asks by id, for there
 * may be a series whose code is that number. */
int xh_series_get(struct xh_ctx *ctx, struct xh_str code_or_id, const struct xh_series **ret,
                  struct xh_err *err);
int xh_series_get_id(struct xh_ctx *ctx, int64_t id, const struct xh_series **ret,
                     struct xh_err *err);
/* Those of `count` ids that there are and who may see, at once: *ret_index says which id each has.
 * Returns how many. Both have room for `count`; release each. */
size_t xh_series_get_all(struct xh_ctx *ctx, const int64_t *ids, size_t count,
                         const struct xh_series **ret, size_t *ret_index);
void xh_series_put(const struct xh_series *series); /* NULL is fine */
/* From memory only, for threads that must not wait: NULL when it would have to be read first, when
 * there is none, or when who may not see it: then ask xh_series_get. */
const struct xh_series *xh_series_peek(struct xh_ctx *ctx, struct xh_str code_or_id);
const struct xh_series *xh_series_peek_id(struct xh_ctx *ctx, int64_t id);
/* May who write readings into it? Owner, operator, engine, and the device that it belongs to: a
 * device sees and writes its own series, no other. */
bool xh_series_may_write(const struct xh_ctx *ctx, const struct xh_series *series);
/* All series of a quantity that count for a place: below it in the tree, main meters hiding those
 * below them. In ctx->arena; each held: release all. quantity NULL: every series. */
int xh_series_of_place(struct xh_ctx *ctx, int64_t place_id, const char *quantity,
                       const struct xh_series ***ret, size_t *ret_count, struct xh_err *err);
/* Zones are loaded once and kept for the process. name: IANA, or "+07:00". */
const struct xh_zone *xh_registry_zone(struct xh_engine *engine, struct xh_str name,
                                       struct xh_err *err);
const struct xh_zone *xh_place_zone(struct xh_ctx *ctx, int64_t place_id, struct xh_err *err);
size_t xh_registry_count(struct xh_engine *engine);
/* Grows when anything changed that a series, or a rule by which one is found (core.line_rule), is
 * made of: who keeps what the registry said asks first whether it still is the same. */
uint64_t xh_registry_epoch(struct xh_engine *engine);

/* A meter in one call: place, device, property, sensor (a generic one for its kind of device) and
 * series made where they are missing, as one transaction. What `xanh import` and the demo use. */
struct xh_meter_spec {
    /* codes; owner may be empty */
    struct xh_str place, place_kind, zone, device, device_kind, owner;
    struct xh_str series, name, quantity, unit, kind, stamp, tariff, direction, source_zone;
    int64_t period_s;
    double modulus;
};
int xh_registry_meter(struct xh_ctx *ctx, const struct xh_meter_spec *spec, int64_t *ret_series_id,
                      struct xh_err *err);

#endif
