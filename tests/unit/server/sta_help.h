/* sta_help.h: entities of SensorThings written and read as JSON, on an engine of their own. */
#ifndef XH_TESTS_SERVER_STA_HELP_H
#define XH_TESTS_SERVER_STA_HELP_H

#include "server/sta/sta_write_internal.h"
#include "service/engine_fixture.h"

#define OM "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
#define SENSOR                                                                                     \
    "{\"name\": \"DS18B20\", \"description\": \"a thermometer\","                                  \
    " \"encodingType\": \"application/pdf\", \"metadata\": \"http://example.org/ds.pdf\"}"
#define PROPERTY                                                                                   \
    "{\"name\": \"Temperature\", \"definition\": \"http://example.org/t\","                        \
    " \"description\": \"how warm\"}"
#define LOCATION                                                                                   \
    "{\"name\": \"roof\", \"description\": \"\", \"encodingType\": \"application/vnd.geo+json\","  \
    " \"location\": {\"type\": \"Point\", \"coordinates\": [105.5, 21.25]}}"
#define STREAM_MEMBERS                                                                             \
    "\"name\": \"warmth\", \"description\": \"of the oven\", \"observationType\": \"" OM           \
    "OM_Measurement\", \"unitOfMeasurement\": {\"name\": \"Celsius\", \"symbol\": \"°C\","         \
    " \"definition\": \"ucum:Cel\"}"
#define STREAM                                                                                     \
    "{" STREAM_MEMBERS ", \"Sensor\": " SENSOR ", \"ObservedProperty\": " PROPERTY "}"
#define THING(more) "{\"name\": \"oven\", \"description\": \"hot\"" more "}"

#define MULTI(types, units, properties)                                                            \
    "{\"name\": \"wind\", \"description\": \"\", \"multiObservationDataTypes\": [" types           \
    "], \"unitOfMeasurements\": [" units "], \"ObservedProperties\": [" properties                 \
    "], \"Sensor\": " SENSOR "}"
#define MEASUREMENT "\"" OM "OM_Measurement\""
#define CELSIUS "{\"name\": \"Celsius\", \"symbol\": \"°C\", \"definition\": \"ucum:Cel\"}"
#define PERCENT "{\"name\": \"percent\", \"symbol\": \"%%\", \"definition\": \"ucum:%%\"}"

struct sta {
    struct engine_fixture *engine;
    struct xh_ctx ctx;
    struct xh__sta_call call;
    struct xh_err err; /* of the last call */
};

/* As the operator, on an engine with home 7. */
void sta_enter(struct sta *s, const struct engine_options *options);
void sta_leave(struct sta *s);
/* The engine of s->engine again, after it was opened anew. */
void sta_again(struct sta *s);

/* Fails the test when it fails; the new id. */
int64_t sta_post(struct sta *s, enum xh__sta_type type, const char *json);
/* The code, and s->err. */
int sta_try_post(struct sta *s, enum xh__sta_type type, const char *json);
int64_t sta_post_to(struct sta *s, enum xh__sta_type of, int64_t id, const char *link,
                    const char *json);
int sta_try_post_to(struct sta *s, enum xh__sta_type of, int64_t id, const char *link,
                    const char *json, int64_t *ret_id);
int sta_try_update(struct sta *s, enum xh__sta_type type, int64_t id, enum xh__sta_update_kind kind,
                   const char *json);
void sta_patch(struct sta *s, enum xh__sta_type type, int64_t id, const char *json);
int sta_try_delete(struct sta *s, enum xh__sta_type type, int64_t id);
void sta_delete(struct sta *s, enum xh__sta_type type, int64_t id);

bool sta_is_there(struct sta *s, enum xh__sta_type type, int64_t id);
/* All properties of an entity as JSON, those of Datastreams without their times. */
const char *sta_json(struct sta *s, enum xh__sta_type type, int64_t id);
/* One property. */
const char *sta_value(struct sta *s, enum xh__sta_type type, int64_t id, const char *property);
/* "3,4": the ids that a link leads to. */
const char *sta_linked(struct sta *s, enum xh__sta_type type, int64_t id, const char *link);
int64_t sta_linked_one(struct sta *s, enum xh__sta_type type, int64_t id, const char *link);
int64_t sta_count(struct sta *s, enum xh__sta_type type);
/* Numbers for %lld. */
const char *sta_text(struct sta *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A Datastream with this observationType of a Thing at a Location. */
int64_t sta_stream(struct sta *s, const char *type);

#define assert_json(actual, expected) assert_string_equal((actual), (expected))

#endif
