/* sta_model.c: the entity types of SensorThings as tables: properties, links and the records behind
 * them (18-088 clause 8.2; MultiDatastream: clause 14).
 *
 * The SQL of a link gives the ids of what it leads to, beyond :after, for those who may see them:
 * all of them, or only those of :party. CROSS JOIN: the small side first.
 */
#include "server/sta/sta_write_internal.h"

#define PROPERTY(name_, kind_, flags_, field_) {(name_), (kind_), (flags_), (field_)}
#define NAME_AND_DESCRIPTION                                                                       \
    PROPERTY("name", XH__STA_TEXT, XH__STA_REQUIRED, "name"),                                      \
        PROPERTY("description", XH__STA_TEXT, XH__STA_REQUIRED, "description")
/* Of 1.1 for most types; under /v1.0 they are shown too where somebody gave them. */
#define PROPERTIES PROPERTY("properties", XH__STA_JSON_OBJECT, XH__STA_OMIT_NULL, "properties")

/* ---- properties ---- */

static const struct xh__sta_property thing_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTIES,
};
static const struct xh__sta_property location_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTY("encodingType", XH__STA_TEXT, XH__STA_REQUIRED, "encoding"),
    PROPERTY("location", XH__STA_JSON, XH__STA_REQUIRED, "geometry"),
    PROPERTIES,
};
static const struct xh__sta_property historical_location_properties[] = {
    PROPERTY("time", XH__STA_TIME, XH__STA_REQUIRED, "at"),
};
static const struct xh__sta_property datastream_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTY("observationType", XH__STA_SPECIAL, XH__STA_REQUIRED, "observation_type"),
    PROPERTY("unitOfMeasurement", XH__STA_SPECIAL, XH__STA_REQUIRED, NULL),
    PROPERTY("observedArea", XH__STA_SPECIAL, XH__STA_OMIT_NULL, "observed_area"),
    PROPERTY("phenomenonTime", XH__STA_INTERVAL, XH__STA_READ_ONLY | XH__STA_OMIT_NULL, NULL),
    PROPERTY("resultTime", XH__STA_INTERVAL, XH__STA_READ_ONLY | XH__STA_OMIT_NULL, NULL),
    PROPERTIES,
};
static const struct xh__sta_property multi_datastream_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTY("observationType", XH__STA_SPECIAL, XH__STA_READ_ONLY, "observation_type"),
    PROPERTY("multiObservationDataTypes", XH__STA_SPECIAL, XH__STA_REQUIRED, NULL),
    PROPERTY("unitOfMeasurements", XH__STA_SPECIAL, XH__STA_REQUIRED, NULL),
    PROPERTY("observedArea", XH__STA_SPECIAL, XH__STA_OMIT_NULL, "observed_area"),
    PROPERTY("phenomenonTime", XH__STA_INTERVAL, XH__STA_READ_ONLY | XH__STA_OMIT_NULL, NULL),
    PROPERTY("resultTime", XH__STA_INTERVAL, XH__STA_READ_ONLY | XH__STA_OMIT_NULL, NULL),
    PROPERTIES,
};
static const struct xh__sta_property sensor_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTY("encodingType", XH__STA_TEXT, XH__STA_REQUIRED, "encoding"),
    PROPERTY("metadata", XH__STA_JSON, XH__STA_REQUIRED, "metadata"),
    PROPERTIES,
};
static const struct xh__sta_property observed_property_properties[] = {
    PROPERTY("name", XH__STA_TEXT, XH__STA_REQUIRED, "name"),
    PROPERTY("definition", XH__STA_TEXT, XH__STA_REQUIRED, "definition"),
    PROPERTY("description", XH__STA_TEXT, XH__STA_REQUIRED, "description"),
    PROPERTIES,
};
static const struct xh__sta_property observation_properties[] = {
    PROPERTY("phenomenonTime", XH__STA_TIME_OR_INTERVAL, 0, NULL),
    PROPERTY("resultTime", XH__STA_TIME, 0, NULL),
    PROPERTY("result", XH__STA_SPECIAL, XH__STA_REQUIRED, NULL),
    PROPERTY("resultQuality", XH__STA_JSON, XH__STA_OMIT_NULL, NULL),
    PROPERTY("validTime", XH__STA_INTERVAL, XH__STA_OMIT_NULL, NULL),
    PROPERTY("parameters", XH__STA_JSON_OBJECT, XH__STA_OMIT_NULL, NULL),
};
static const struct xh__sta_property feature_properties[] = {
    NAME_AND_DESCRIPTION,
    PROPERTY("encodingType", XH__STA_TEXT, XH__STA_REQUIRED, "encoding"),
    PROPERTY("feature", XH__STA_JSON, XH__STA_REQUIRED, "geometry"),
    PROPERTIES,
};

_Static_assert(XH_COUNT(multi_datastream_properties) <= XH__STA_PROPERTIES_MAX,
               "what is read of an entity has a place for each property");

/* ---- links ---- */

#define FOR_WHO(alias)                                                                             \
    " AND (:is_all = 1 OR " alias ".owner = :party OR (:is_open = 1 AND " alias ".owner IS NULL))"
#define BEYOND(alias)                                                                              \
    " AND " alias ".id > :after" FOR_WHO(alias) " ORDER BY " alias ".id LIMIT :limit"
#define IS_LOCATION(alias)                                                                         \
    " AND " alias ".kind NOT IN ('country', 'province', 'ward', 'commune', 'special_zone')"
#define SERIES_WITH(field, is_multi)                                                               \
    "SELECT s.id FROM core_series s WHERE s." field " = :from AND COALESCE(s.is_multi, 0) = "      \
    is_multi BEYOND("s")

/* Without rows of its part a device is at its place. */
static const char thing_locations[] =
    "SELECT p.id FROM (SELECT l.place AS id FROM core_devices_locations l"
    " WHERE l.record_id = :from UNION SELECT d.place AS id FROM core_devices d WHERE d.id = :from"
    " AND NOT EXISTS (SELECT 1 FROM core_devices_locations l WHERE l.record_id = d.id)) x"
    " CROSS JOIN core_places p WHERE p.id = x.id" IS_LOCATION("p") BEYOND("p");
static const char location_things[] =
    "SELECT t.id FROM (SELECT l.record_id AS id FROM core_devices_locations l"
    " WHERE l.place = :from UNION SELECT d.id FROM core_devices d WHERE d.place = :from"
    " AND NOT EXISTS (SELECT 1 FROM core_devices_locations l WHERE l.record_id = d.id)) x"
    " CROSS JOIN core_devices t WHERE t.id = x.id" BEYOND("t");
static const char thing_moves[] =
    "SELECT m.id FROM core_moves m WHERE m.device = :from" BEYOND("m");
static const char location_moves[] =
    "SELECT m.id FROM (SELECT DISTINCT l.record_id AS id FROM core_moves_locations l"
    " WHERE l.place = :from) x CROSS JOIN core_moves m WHERE m.id = x.id" BEYOND("m");
static const char move_locations[] =
    "SELECT p.id FROM (SELECT DISTINCT l.place AS id FROM core_moves_locations l"
    " WHERE l.record_id = :from) x CROSS JOIN core_places p WHERE p.id = x.id"
    IS_LOCATION("p") BEYOND("p");
static const char property_multi_datastreams[] =
    "SELECT s.id FROM (SELECT DISTINCT c.record_id AS id FROM core_series_components c"
    " WHERE c.property = :from) x CROSS JOIN core_series s WHERE s.id = x.id"
    " AND COALESCE(s.is_multi, 0) = 1" BEYOND("s");
/* In the order of the results; :after is a place in it, one more than the row before. */
static const char multi_datastream_properties_sql[] =
    "SELECT p.id FROM core_series_components c CROSS JOIN core_properties p"
    " WHERE c.record_id = :from AND p.id = c.property AND c.row_index >= :after" FOR_WHO("p")
    " ORDER BY c.row_index LIMIT :limit";
static const char all_locations[] =
    "SELECT p.id FROM core_places p WHERE 1 = 1" IS_LOCATION("p") BEYOND("p");

#define TO_ONE(target, type, is_required, field) {target, type, false, is_required, field, NULL}
#define TO_MANY(target, type, sql) {target, type, true, false, NULL, sql}
#define DATASTREAMS(field) \
    TO_MANY("Datastreams", XH__STA_DATASTREAM, SERIES_WITH(field, "0")), \
    TO_MANY("MultiDatastreams", XH__STA_MULTI_DATASTREAM, SERIES_WITH(field, "1"))
#define OBSERVATIONS TO_MANY("Observations", XH__STA_OBSERVATION, NULL)

static const struct xh__sta_link thing_links[] = {
    TO_MANY("Locations", XH__STA_LOCATION, thing_locations),
    TO_MANY("HistoricalLocations", XH__STA_HISTORICAL_LOCATION, thing_moves),
    DATASTREAMS("device"),
};
static const struct xh__sta_link location_links[] = {
    TO_MANY("Things", XH__STA_THING, location_things),
    TO_MANY("HistoricalLocations", XH__STA_HISTORICAL_LOCATION, location_moves),
};
static const struct xh__sta_link historical_location_links[] = {
    TO_ONE("Thing", XH__STA_THING, true, "device"),
    TO_MANY("Locations", XH__STA_LOCATION, move_locations),
};
static const struct xh__sta_link datastream_links[] = {
    TO_ONE("Thing", XH__STA_THING, true, "device"),
    TO_ONE("Sensor", XH__STA_SENSOR, true, "sensor"),
    TO_ONE("ObservedProperty", XH__STA_OBSERVED_PROPERTY, true, "property"),
    OBSERVATIONS,
};
static const struct xh__sta_link multi_datastream_links[] = {
    TO_ONE("Thing", XH__STA_THING, true, "device"),
    TO_ONE("Sensor", XH__STA_SENSOR, true, "sensor"),
    {"ObservedProperties", XH__STA_OBSERVED_PROPERTY, true, true, NULL,
     multi_datastream_properties_sql},
    OBSERVATIONS,
};
static const struct xh__sta_link sensor_links[] = {
    DATASTREAMS("sensor"),
};
static const struct xh__sta_link observed_property_links[] = {
    TO_MANY("Datastreams", XH__STA_DATASTREAM, SERIES_WITH("property", "0")),
    TO_MANY("MultiDatastreams", XH__STA_MULTI_DATASTREAM, property_multi_datastreams),
};
static const struct xh__sta_link observation_links[] = {
    TO_ONE("Datastream", XH__STA_DATASTREAM, false, NULL),
    TO_ONE("MultiDatastream", XH__STA_MULTI_DATASTREAM, false, NULL),
    TO_ONE("FeatureOfInterest", XH__STA_FEATURE, false, NULL),
};
static const struct xh__sta_link feature_links[] = {
    OBSERVATIONS,
};

/* ---- types ---- */

#define TYPE(type, name, set, record, properties, links, sql)                                      \
    [type] = {type, name, set, record, properties, XH_COUNT(properties), links, XH_COUNT(links),   \
              sql}

const struct xh__sta_entity_type xh__sta_types[XH__STA_TYPE_COUNT] = {
    TYPE(XH__STA_THING, "Thing", "Things", "core.device", thing_properties, thing_links, NULL),
    TYPE(XH__STA_LOCATION, "Location", "Locations", "core.place", location_properties,
         location_links, all_locations),
    TYPE(XH__STA_HISTORICAL_LOCATION, "HistoricalLocation", "HistoricalLocations", "core.move",
         historical_location_properties, historical_location_links, NULL),
    TYPE(XH__STA_DATASTREAM, "Datastream", "Datastreams", "core.series", datastream_properties,
         datastream_links, NULL),
    TYPE(XH__STA_MULTI_DATASTREAM, "MultiDatastream", "MultiDatastreams", "core.series",
         multi_datastream_properties, multi_datastream_links, NULL),
    TYPE(XH__STA_SENSOR, "Sensor", "Sensors", "core.sensor", sensor_properties, sensor_links, NULL),
    TYPE(XH__STA_OBSERVED_PROPERTY, "ObservedProperty", "ObservedProperties", "core.property",
         observed_property_properties, observed_property_links, NULL),
    TYPE(XH__STA_OBSERVATION, "Observation", "Observations", NULL, observation_properties,
         observation_links, NULL),
    TYPE(XH__STA_FEATURE, "FeatureOfInterest", "FeaturesOfInterest", "core.feature",
         feature_properties, feature_links, NULL),
};

const struct xh__sta_entity_type *xh__sta_type_by_set(struct xh_str set)
{
    for (size_t i = 0; i < XH__STA_TYPE_COUNT; i++) {
        if (xh_str_is(set, xh__sta_types[i].set)) {
            return &xh__sta_types[i];
        }
    }
    return NULL;
}

const struct xh__sta_link *xh__sta_link_find(enum xh__sta_type type, struct xh_str name)
{
    const struct xh__sta_entity_type *t = &xh__sta_types[type];
    for (size_t i = 0; i < t->link_count; i++) {
        if (xh_str_is(name, t->links[i].name)) {
            return &t->links[i];
        }
    }
    return NULL;
}

const struct xh__sta_property *xh__sta_property_find(enum xh__sta_type type, struct xh_str name)
{
    const struct xh__sta_entity_type *t = &xh__sta_types[type];
    for (size_t i = 0; i < t->property_count; i++) {
        if (xh_str_is(name, t->properties[i].name)) {
            return &t->properties[i];
        }
    }
    return NULL;
}
