/* sta_write_internal.h: what the files that write entities share.
 *
 *   sta_input.c         JSON as a tree of entities, checked as far as that goes without the store
 *   sta_fill.c          what was said of an entity, into its record
 *   sta_unit.c          units of measurement as strangers say them
 *   sta_observation.c   an observation's JSON as one
 *   sta_write.c         creating, whole or not at all; sta_make.c entity by entity
 *   sta_link.c          linking entities that are there
 *   sta_move.c          where things are: Locations, HistoricalLocations
 *   sta_update.c        PATCH, PUT; sta_patch.c JSON Patch; sta_update_observation.c
 *   sta_delete.c        deleting with what 18-088 table 26 deletes with it
 */
#ifndef XH_SERVER_STA_WRITE_INTERNAL_H
#define XH_SERVER_STA_WRITE_INTERNAL_H

#include "server/sta/sta_entity_internal.h"
#include "service/records.h"

enum {
    XH__STA_PROPERTIES_MAX = 9, /* of one type */
    XH__STA_LINKS_MAX = 4,
    XH__STA_INPUT_DEPTH_MAX = 16 /* entities inside each other */
};

/* ---- sta_input.c ---- */

struct xh__sta_input;
struct xh__sta_inputs {
    struct xh__sta_input **items;
    size_t count, capacity;
    bool is_given;
};
/* An entity as it was sent. */
struct xh__sta_input {
    enum xh__sta_type type;
    int64_t id;             /* "@iot.id"; 0: none was said */
    bool is_reference;      /* its id was said: inside another it names one that is there */
    struct xh_str values[XH__STA_PROPERTIES_MAX]; /* JSON, by place in the type's table; ptr NULL:
                                                     not said */
    struct xh__sta_inputs links[XH__STA_LINKS_MAX];
    int64_t made_id;        /* what became of it, in the run of the closure that lasts */
};

/* One entity and what is in it, from a whole text. Unknown names are refused by name (names with
 * '@' are passed over); of a name that comes twice the last counts, as org.json, Python and
 * JavaScript have it. XH_E_INVALID names the member: "Datastreams[0].Sensor.name". */
int xh__sta_input_parse(struct xh_arena *arena, enum xh__sta_type type, struct xh_str json,
                        struct xh__sta_input **ret, struct xh_err *err);
/* Mandatory properties and links are there, in it and in all that is inline in it (18-088 tables 2
 * to 20 and 24). `of`: the type of the entity whose navigation it was posted to; -1: none. */
int xh__sta_input_check(const struct xh__sta_input *input, int of, struct xh_err *err);
/* The raw JSON of a property; ptr NULL: not said. */
struct xh_str xh__sta_input_value(const struct xh__sta_input *input, const char *property);
const struct xh__sta_inputs *xh__sta_input_link(const struct xh__sta_input *input,
                                                const char *link);
static inline bool xh__sta_is_null(struct xh_str json)
{
    return xh_str_is(json, "null");
}
/* A JSON string's text, in the arena; XH_E_INVALID names the property. */
int xh__sta_json_text(struct xh_arena *arena, const char *property, struct xh_str json,
                      struct xh_str *ret, struct xh_err *err);
/* An instant or interval in a JSON string. */
int xh__sta_json_time(struct xh_arena *arena, const char *property, struct xh_str json,
                      struct xh__odata_value *ret, struct xh_err *err);
/* The members of an object that are named in `names`, raw; others are passed over. */
int xh__sta_json_members(struct xh_arena *arena, const char *property, struct xh_str json,
                         const char *const *names, size_t count, struct xh_str *ret,
                         struct xh_err *err);
/* The items of an array, raw, in the arena. */
int xh__sta_json_items(struct xh_arena *arena, const char *property, struct xh_str json,
                       struct xh_str **ret, size_t *ret_count, struct xh_err *err);
int xh__sta_wrong_type(const char *property, struct xh_str json, const char *expected,
                       struct xh_err *err);

/* ---- sta_fill.c ---- */

/* Puts what was said into the record's doc. Properties that are read only are passed over. */
int xh__sta_fill(struct xh_ctx *ctx, const struct xh__sta_input *input, struct xh_doc *doc,
                 struct xh_err *err);
/* PUT: what was not said and is not mandatory goes back to nothing. */
void xh__sta_reset(const struct xh__sta_input *input, struct xh_doc *doc);
/* The components of a MultiDatastream: the properties in their order, types and units as said, or
 * as they were. Lengths must be the same. */
int xh__sta_fill_components(struct xh_ctx *ctx, const struct xh__sta_input *input,
                            const int64_t *property_ids, size_t count, struct xh_doc *doc,
                            struct xh_err *err);
/* An error of the records engine names a field of the record: names the property instead. */
void xh__sta_name_fault(enum xh__sta_type type, struct xh_err *err);

/* ---- sta_unit.c ---- */

/* The unit that a stranger's words name: the symbol, or a definition that ends in a UCUM code
 * ("ucum:kW.h", "urn:ogc:def:uom:UCUM::Cel", "https://ucum.org/#Cel"). NULL: none that is known. */
const struct xh_unit *xh__sta_unit_find(struct xh_str symbol, struct xh_str definition);
/* unitOfMeasurement: an object of texts or nulls. */
struct xh__sta_unit {
    struct xh_str name, symbol, definition;
};
int xh__sta_unit_parse(struct xh_arena *arena, const char *property, struct xh_str json,
                       struct xh__sta_unit *ret, struct xh_err *err);

/* ---- sta_observation.c ---- */

/* The properties of an observation; links are the caller's. phenomenonTime that was not said is
 * now. ret may hold one that is there: then only what was said is changed. */
int xh__sta_observation_fill(struct xh_ctx *ctx, const struct xh__sta_input *input,
                             struct xh_observation *ret, struct xh_err *err);
/* Does the result suit a series with so many components (0: it is a Datastream)? */
int xh__sta_result_check(const struct xh_observation *observation, size_t component_count,
                         struct xh_err *err);

/* ---- sta_make.c ---- */

/* The entity that a new one is linked to: where it was posted to, or what it is inline in. */
struct xh__sta_parent {
    int type; /* enum xh__sta_type; -1: none */
    int64_t id;
};
/* An observation that is written when the records are. */
struct xh__sta_pending {
    struct xh__sta_input *input;
    struct xh_observation observation;
};
struct xh__sta_made {
    const char *record; /* "core.device" */
    int64_t id, version;
};
/* One run of a creation, in a transaction. */
struct xh__sta_making {
    struct xh_ctx *ctx;              /* with its transaction */
    struct xh__sta_pending *pending; /* in the order in which they were sent */
    size_t pending_count, pending_capacity;
    struct xh__sta_made *made;       /* in order */
    size_t made_count, made_capacity;
};
/* Makes an entity and all that is in it; *ret_id 0: an observation, which is pending. */
int xh__sta_make(struct xh__sta_making *m, struct xh__sta_input *input,
                 const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err);
/* The entity that an item of a link stands for: the one it names, or a new one. */
int xh__sta_make_linked(struct xh__sta_making *m, struct xh__sta_input *input,
                        const struct xh__sta_parent *parent, int64_t *ret_id, struct xh_err *err);
/* A reference must name an entity that who can see: XH_E_INVALID if not. */
int xh__sta_reference_get(struct xh_ctx *ctx, enum xh__sta_type type, int64_t id,
                          struct xh__sta_entity *ret, struct xh_err *err);
int xh__sta_made_add(struct xh__sta_making *m, const struct xh_record *record, const char *name);
/* "thing-0f3c..." */
struct xh_str xh__sta_code(struct xh_ctx *ctx, const char *kind);

/* ---- sta_link.c ---- */

/* Links an entity that is there to one whose link to many named it: the entity's own link to one
 * is changed, a Thing is moved. XH_E_INVALID: such a link cannot be made so. */
int xh__sta_adopt(struct xh_ctx *ctx, struct xh__sta_entity *entity,
                  const struct xh__sta_parent *parent, struct xh_err *err);
/* A series gets another Thing, with its place and owner. Not yet put. */
int xh__sta_series_of_thing(struct xh_ctx *ctx, struct xh_doc *series, int64_t thing_id,
                            struct xh_err *err);

/* ---- sta_move.c ---- */

/* Where a device without a Location is, and what a Location is part of: the country, made where
 * the administrative units were left out. */
int xh__sta_country(struct xh_ctx *ctx, int64_t *ret_id, struct xh_err *err);
/* Sets where a device is: locations, place, the places of the series that were at the old one, and
 * the feature that its readings are about from now on. No HistoricalLocation. */
int xh__sta_relocate(struct xh_ctx *ctx, int64_t device_id, const int64_t *place_ids, size_t count,
                     struct xh_err *err);
/* A HistoricalLocation. */
int xh__sta_move_add(struct xh_ctx *ctx, int64_t device_id, int64_t at_us, const int64_t *place_ids,
                     size_t count, int64_t *ret_id, struct xh_err *err);
/* Both, at now: what a Location that a Thing is given does (18-088 8.2.2, 8.2.3), also the one that
 * it has: it was there at that time. */
int xh__sta_move_now(struct xh_ctx *ctx, int64_t device_id, const int64_t *place_ids, size_t count,
                     struct xh_err *err);
/* Is a HistoricalLocation the newest of its Thing? Then the Thing is there. */
int xh__sta_move_settle(struct xh_ctx *ctx, int64_t move_id, struct xh_err *err);
/* Adds a place to a record's part "locations", when it is not there yet. */
void xh__sta_locations_add(struct xh_doc *doc, int64_t place_id);
void xh__sta_locations_set(struct xh_doc *doc, const int64_t *place_ids, size_t count);

/* ---- sta_patch.c ---- */

/* JSON Patch (RFC 6902) applied to a JSON text: all of it or, with XH_E_INVALID, nothing; a test
 * that fails is XH_E_CONFLICT. The answer is in the arena. At most 1000 operations, and 1 MiB of
 * what becomes of the text. */
int xh__sta_json_patch(struct xh_arena *arena, struct xh_str json, struct xh_str patch,
                       struct xh_str *ret, struct xh_err *err);

/* ---- sta_update_observation.c ---- */

int xh__sta_update_observation(struct xh__sta_call *call, int64_t id,
                               enum xh__sta_update_kind kind, struct xh_str json,
                               struct xh_err *err);
/* The properties that a client may set, as one JSON object, for JSON Patch. */
int xh__sta_entity_json(struct xh_ctx *ctx, const struct xh__sta_entity *entity,
                        struct xh_str *ret, struct xh_err *err);

#endif
