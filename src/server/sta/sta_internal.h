/* sta_internal.h: what the files of `server/sta` share: OGC SensorThings API Part 1: Sensing 1.1
 * (18-088) and 1.0 (15-078r6) as seen over the registry and the readings.
 *
 *   odata*.c          paths, options, expressions (odata.h)
 *   sta_model.c       the tables: entity types, their properties, links, and the record behind each
 *   sta_entity.c      records and observations as entities: one, a page, what is linked
 *   sta_write*.c      create with deep insert, PATCH, PUT, JSON Patch, delete
 *   sta_read*.c       GET: path, filter, order, expand, select, count, next link; sta_out_*.c the
 *                     formats; sta_apply.c windows of time
 *   sta_batch*.c      $batch, multipart and JSON; sta_array.c CreateObservations
 *   sta_mqtt*.c       the standard's topics over server/mqtt
 *   sta_api.c         the routes
 *
 * Entities are the registry's own records:
 *
 *   Thing               core.device
 *   Location            core.place whose kind is no administrative unit (country, province, ward,
 *                       commune, special_zone)
 *   HistoricalLocation  core.move
 *   Datastream          core.series, is_multi not true
 *   MultiDatastream     core.series, is_multi true; one id space with Datastreams
 *   Sensor              core.sensor
 *   ObservedProperty    core.property
 *   FeatureOfInterest   core.feature
 *   Observation         a reading (service/observe.h)
 *
 * Who may see or change an entity may see or change its record; nothing else decides.
 */
#ifndef XH_SERVER_STA_INTERNAL_H
#define XH_SERVER_STA_INTERNAL_H

#include "kernel/host.h"
#include "server/server_internal.h"
#include "server/sta/odata.h"
#include "service/observe.h"

/* ---- sta_model.c ---- */

enum xh__sta_type {
    XH__STA_THING,
    XH__STA_LOCATION,
    XH__STA_HISTORICAL_LOCATION,
    XH__STA_DATASTREAM,
    XH__STA_MULTI_DATASTREAM,
    XH__STA_SENSOR,
    XH__STA_OBSERVED_PROPERTY,
    XH__STA_OBSERVATION,
    XH__STA_FEATURE,
    XH__STA_TYPE_COUNT
};

enum xh__sta_property_kind {
    XH__STA_TEXT,            /* a text field of the record */
    XH__STA_JSON,            /* any JSON, kept as text in a field */
    XH__STA_JSON_OBJECT,     /* an object: `properties`, unitOfMeasurement and the like */
    XH__STA_TIME,
    XH__STA_INTERVAL,        /* an interval, read-only unless said otherwise */
    XH__STA_TIME_OR_INTERVAL,
    XH__STA_SPECIAL          /* made by hand: unitOfMeasurement, multiObservationDataTypes,
                                observedArea, result */
};
enum xh__sta_property_flags {
    XH__STA_REQUIRED = 1,    /* mandatory on create */
    XH__STA_READ_ONLY = 2,
    XH__STA_OMIT_NULL = 8    /* left out when there is none */
};
struct xh__sta_property {
    const char *name;        /* "encodingType" */
    enum xh__sta_property_kind kind;
    unsigned flags;
    const char *field;       /* of the record; NULL: special */
};
struct xh__sta_link {
    const char *name;        /* navigation property: "Datastreams", "Thing" */
    enum xh__sta_type target;
    bool is_many;
    bool is_required;        /* on create: 18-088 table 1 ff. */
    const char *field;       /* to one: of the record, with the id; NULL: by hand */
    const char *sql;         /* to many: ids beyond :after of what :from leads to, at most :limit,
                                for :party, all (:is_all), unowned (:is_open); NULL: Observations */
};
struct xh__sta_entity_type {
    enum xh__sta_type type;
    const char *name;        /* "Thing" */
    const char *set;         /* "Things" */
    const char *record;      /* "core.device"; NULL: observation */
    const struct xh__sta_property *properties;
    size_t property_count;
    const struct xh__sta_link *links;
    size_t link_count;
    const char *sql;         /* ids of the set as those of a link, where it is not the whole table;
                                NULL: it is */
};
extern const struct xh__sta_entity_type xh__sta_types[XH__STA_TYPE_COUNT];
const struct xh__sta_entity_type *xh__sta_type_by_set(struct xh_str set);   /* "Things" */
const struct xh__sta_link *xh__sta_link_find(enum xh__sta_type type, struct xh_str name);
const struct xh__sta_property *xh__sta_property_find(enum xh__sta_type type, struct xh_str name);

/* ---- a request, by HTTP, in a batch, or by MQTT ---- */

struct xh__sta_call {
    struct xh_ctx *ctx;          /* who, arena */
    struct xh_str root;          /* "http://host:port/v1.1", without '/' at its end */
    bool is_1_0;
    bool wants_no_body;          /* Prefer: return=minimal */
    struct xh_str mqtt;          /* "mqtt://host:1883" for the root document; empty: no MQTT */
};

/* An answer that is not tied to a connection: what a batch's part, too, is made of. */
struct xh__sta_answer {
    int status;                  /* HTTP */
    struct xh_buf *out;          /* body; content_type NULL: none */
    const char *content_type;
    struct xh_str location;      /* of what was created; empty: none */
};

/* ---- sta_entity.c ---- */

struct xh__sta_entity {
    enum xh__sta_type type;
    int64_t id;
    struct xh_record record;            /* not of observations; with parts when read alone by
                                           xh__sta_entity_get, and those of a MultiDatastream */
    struct xh_observation observation;
    bool has_span;                      /* xh__sta_spans_fill was here */
    struct xh_observe_span span;        /* of a Datastream or MultiDatastream */
    bool has_area;                      /* xh__sta_areas_fill was here */
    struct xh_observe_area area;        /* the same */
};

/* XH_E_NOT_FOUND also when the record is there but is no such entity (an administrative place). */
int xh__sta_entity_get(struct xh_ctx *ctx, enum xh__sta_type type, int64_t id,
                       struct xh__sta_entity *ret, struct xh_err *err);
/* The value of a property, typed; NULL when there is none. */
int xh__sta_entity_property(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                            const struct xh__sta_property *property, struct xh__odata_value *ret,
                            struct xh_err *err);
/* The same as a JSON value, without its name; null when there is none. 1: there is one, 0: none. */
int xh__sta_entity_write_property(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                                  const struct xh__sta_property *property,
                                  struct xh_json_writer *w, struct xh_err *err);
/* Name and value. A property with OMIT_NULL that has no value is left out: 0. */
int xh__sta_entity_write_member(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                                const struct xh__sta_property *property, struct xh_json_writer *w,
                                struct xh_err *err);
/* phenomenonTime and resultTime of many Datastreams at once, before they are shown; those not
 * filled are asked for one by one, which is slow for many. Other types are left alone. */
int xh__sta_spans_fill(struct xh_ctx *ctx, struct xh__sta_entity *entities, size_t count,
                       struct xh_err *err);
/* The same for observedArea, where none was set: the box around what was observed. */
int xh__sta_areas_fill(struct xh_ctx *ctx, struct xh__sta_entity *entities, size_t count,
                       struct xh_err *err);
/* Of an entity to one: the id of what it links to, 0: none. */
int xh__sta_entity_linked(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                          const struct xh__sta_link *link, int64_t *ret_id, struct xh_err *err);

/* A set of entities: all of a type, or those that a link of one entity leads to, in order of id,
 * page by page; the ObservedProperties of a MultiDatastream in the order of its results, where
 * "beyond an id" means behind it in that order. Not for Observations, which have their own cursors
 * (observe.h). */
struct xh__sta_set {
    enum xh__sta_type type;
    const struct xh__sta_entity *of;    /* NULL: all */
    const struct xh__sta_link *link;    /* of `of`, to many */
};
/* Up to `capacity` entities with ids beyond after_id (0: from the start), in ctx->arena. */
int xh__sta_set_read(struct xh_ctx *ctx, const struct xh__sta_set *set, int64_t after_id,
                     struct xh__sta_entity *ret, size_t capacity, size_t *ret_count,
                     struct xh_err *err);
/* Without reading them. */
int xh__sta_set_count(struct xh_ctx *ctx, const struct xh__sta_set *set, int64_t *ret_count,
                      struct xh_err *err);
/* Of many entities of one type at once: what a link leads to, to one or to many, for $expand and
 * filters: ret_ids[i] are those of entities[i], in the order of xh__sta_set_read, each list in
 * ctx->arena. Not for Observations of a series or a feature. */
struct xh__sta_ids {
    int64_t *ids;
    size_t count;
};
int xh__sta_linked_of(struct xh_ctx *ctx, const struct xh__sta_entity *entities, size_t count,
                      const struct xh__sta_link *link, struct xh__sta_ids *ret, struct xh_err *err);
/* Many by id at once, in the order of ids; those not found or not for who are left out
 * (ret_count). */
int xh__sta_entities_get(struct xh_ctx *ctx, enum xh__sta_type type, const int64_t *ids,
                         size_t count, struct xh__sta_entity *ret, size_t *ret_count,
                         struct xh_err *err);

/* ---- sta_write.c ---- */

/* Creates an entity with what is in it (deep insert), whole or not at all. `of`, `link`: posted to
 * a navigation ("Things(1)/Datastreams"); both NULL: to its own set. */
int xh__sta_create(struct xh__sta_call *call, enum xh__sta_type type,
                   const struct xh__sta_entity *of, const struct xh__sta_link *link,
                   struct xh_str json, int64_t *ret_id, struct xh_err *err);
enum xh__sta_update_kind { XH__STA_PATCH, XH__STA_PUT, XH__STA_JSON_PATCH };
int xh__sta_update(struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                   enum xh__sta_update_kind kind, struct xh_str json, struct xh_err *err);
/* With what 18-088 table 26 deletes with it. */
int xh__sta_delete(struct xh__sta_call *call, enum xh__sta_type type, int64_t id,
                   struct xh_err *err);
/* An observation's JSON as one, checked, for a series (0: its Datastream link says so): for single
 * posts, batches and MQTT. Deep inserts (an inline FeatureOfInterest) are done by the caller:
 * *ret_needs_create says that xh__sta_create must be used instead. */
int xh__sta_observation_parse(struct xh__sta_call *call, struct xh_str json, int64_t series_id,
                              struct xh_observation *ret, bool *ret_needs_create,
                              struct xh_err *err);

/* ---- sta_read.c ---- */

/* What stands behind the root ("Things(1)/name?$select=...", with %XX), read and written as the
 * answer: GET over HTTP, in a batch, and the payload of a subscription. */
int xh__sta_read(struct xh__sta_call *call, struct xh_str path_and_query,
                 struct xh__sta_answer *ret, struct xh_err *err);
/* One entity, with $select and $expand, as JSON: the answer to POST and PATCH, MQTT payloads. */
int xh__sta_write_entity(struct xh__sta_call *call, const struct xh__sta_entity *entity,
                         const struct xh__odata_query *query, struct xh_json_writer *w,
                         struct xh_err *err);
/* "http://.../Things(1)" */
struct xh_str xh__sta_self_link(const struct xh__sta_call *call, enum xh__sta_type type,
                                int64_t id);
/* Resolves a path that names one entity ("Datastreams(3)/Thing") or a set. */
struct xh__sta_target {
    enum xh__sta_type type;
    bool is_set;
    struct xh__sta_entity entity;       /* the one, or with `link` the owner of the set */
    bool has_entity;
    const struct xh__sta_link *link;    /* set: the link; NULL: the whole set */
    size_t used;                        /* segments of the path that were used: what is left names
                                           properties, $value, $ref, $count */
};
int xh__sta_path_resolve(struct xh__sta_call *call, const struct xh__odata_path *path,
                         struct xh__sta_target *ret, struct xh_err *err);
/* Ids of the entities of a set that a filter holds for, for filtered DELETE; at most 100,000. */
int xh__sta_find(struct xh__sta_call *call, const struct xh__sta_target *target,
                 const struct xh__odata_query *query, int64_t **ret_ids, size_t *ret_count,
                 struct xh_err *err);

/* ---- sta_batch.c, sta_array.c ---- */

/* One request as batches and tests make it: method, path behind the root, content type, body. */
int xh__sta_perform(struct xh__sta_call *call, struct xh_str method, struct xh_str path_and_query,
                    struct xh_str content_type, struct xh_str body, struct xh__sta_answer *ret,
                    struct xh_err *err);
int xh__sta_batch(struct xh__sta_call *call, struct xh_str content_type, struct xh_str body,
                  struct xh__sta_answer *ret, struct xh_err *err);
/* CreateObservations (18-088, clause 12), the whole body; waits for the disk. */
int xh__sta_array(struct xh__sta_call *call, struct xh_str body, struct xh__sta_answer *ret,
                  struct xh_err *err);

/* ---- sta_post.c ---- */

/* POST over HTTP that needs no thread while the disk works: one observation, a data array. `path`:
 * behind the root, without a query. XH__LATER or an answer (> 0 or 0 with req->status set), < 0 an
 * error, or XH__STA_NOT_QUICK: it is something else, xh__sta_perform knows. */
enum { XH__STA_NOT_QUICK = 2 };
int xh__sta_quick_post(struct xh__request *req, const struct xh__sta_call *call, struct xh_str path,
                       struct xh_err *err);
/* A path that takes Observations: "Observations", or "Datastreams(3)/Observations": *ret_series_id
 * 3, else 0. */
bool xh__sta_is_observations(struct xh_str path, int64_t *ret_series_id, bool *ret_is_multi);
/* Is there such a series for who, of that kind? 0: none is asked for. */
bool xh__sta_is_series(struct xh_ctx *ctx, int64_t series_id, bool is_multi);
/* The usual Observation, without waiting for anything: handed on, or nothing was done. */
bool xh__sta_quick_at_once(struct xh__request *req, const struct xh__sta_call *call,
                           struct xh_str path);
/* The usual Observation's JSON: phenomenonTime, resultTime, a number as result, a Datastream by its
 * id; without it, of series_id. False: it is something else, or not usual;
 * xh__sta_observation_parse knows. Pure. */
bool xh__sta_observation_quick(struct xh_arena *arena, struct xh_str json, int64_t series_id,
                               struct xh_observation *ret);

/* The error as the answer's body: code, message, and field, value, limit, unit of what is to blame.
 * Returns the HTTP status. */
int xh__sta_error_write(const struct xh_err *err, struct xh_buf *out);

/* ---- sta_api.c: the routes of /v1.1 and /v1.0 ---- */
xh__handler xh__sta_get, xh__sta_post, xh__sta_patch, xh__sta_put, xh__sta_delete_req;

#endif
