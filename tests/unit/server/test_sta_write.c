/* Entities of SensorThings made, linked and moved on a real engine. */
#include "server/sta_help.h"

#include <errno.h>
#include <stdio.h>

enum { NOW_S = 1750000000 };

static struct sta s;

static int enter(void **state)
{
    (void)state;
    sta_enter(&s, &(struct engine_options){.without_rows = true});
    return 0;
}

static int leave(void **state)
{
    (void)state;
    sta_leave(&s);
    return 0;
}

/* ---- creating ---- */

static void a_thing_is_made_with_its_location(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING,
                             THING(", \"properties\": {\"b\": [1.50, null]}, \"@iot.id\": 99,"
                                   " \"Locations\": [" LOCATION "]"));
    assert_json(sta_json(&s, XH__STA_THING, thing),
                "{\"name\":\"oven\",\"description\":\"hot\",\"properties\":{\"b\": [1.50, null]}}");
    const char *places = sta_linked(&s, XH__STA_THING, thing, "Locations");
    const char *moves = sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations");
    int64_t place = atoll(places), move = atoll(moves);
    assert_json(sta_json(&s, XH__STA_LOCATION, place),
                "{\"name\":\"roof\",\"description\":\"\","
                "\"encodingType\":\"application/vnd.geo+json\","
                "\"location\":{\"type\": \"Point\", \"coordinates\": [105.5, 21.25]}}");
    assert_string_equal(sta_linked(&s, XH__STA_HISTORICAL_LOCATION, move, "Locations"), places);
    assert_int_equal(sta_linked_one(&s, XH__STA_HISTORICAL_LOCATION, move, "Thing"), thing);
    assert_string_equal(sta_linked(&s, XH__STA_LOCATION, place, "Things"),
                        sta_text(&s, "%lld", (long long)thing));
    assert_string_equal(sta_linked(&s, XH__STA_LOCATION, place, "HistoricalLocations"), moves);
    struct xh_record record;
    must(xh_record_get(&s.ctx, "core.place", place, &record, &s.err), &s.err);
    assert_true(xh_doc_real(record.doc, "lat_deg") == 21.25);
    assert_true(xh_doc_real(record.doc, "lon_deg") == 105.5);
}

/* 18-088, the example of clause 10.2.2.2: a Thing with Locations, a Datastream, its Sensor and
 * ObservedProperty, and an Observation about a feature of its own. */
static void the_oven_of_the_specification_is_made_whole(void **state)
{
    (void)state;
    int64_t thing = sta_post(
        &s, XH__STA_THING,
        "{\"description\": \"This an oven with a temperature datastream.\", \"name\": \"oven\","
        " \"Locations\": [{\"name\": \"CCIT\","
        "  \"description\": \"Calgary Centre for Innovative Technologies\","
        "  \"encodingType\": \"application/geo+json\", \"location\": {\"type\": \"Feature\","
        "   \"geometry\": {\"type\": \"Point\", \"coordinates\": [10,10]}}}],"
        " \"Datastreams\": [{\"name\": \"oven temperature\","
        "  \"description\": \"This is a datastream for an oven’s internal temperature.\","
        "  \"unitOfMeasurement\": {\"name\": \"degree Celsius\", \"symbol\": \"°C\","
        "   \"definition\": \"http://unitsofmeasure.org/ucum.html#para-30\"},"
        "  \"observationType\": \"" OM "OM_Measurement\","
        "  \"observedArea\": {\"type\": \"Polygon\","
        "   \"coordinates\": [[[100,0],[101,0],[101,1],[100,1],[100,0]]]},"
        "  \"phenomenonTime\": \"2009-01-11T16:22:25.00Z/2011-08-21T08:32:10.00Z\","
        "  \"Observations\": [{\"phenomenonTime\": \"2012-06-26T03:42:02-0600\","
        "   \"result\": 70.4, \"FeatureOfInterest\": {\"name\": \"CCIT #361\","
        "    \"description\": \"This is CCIT #361, Noah’s dad’s office\","
        "    \"encodingType\": \"application/geo+json\", \"feature\": {\"type\": \"Feature\","
        "     \"geometry\": {\"type\": \"Polygon\", \"coordinates\":"
        "      [[[100,50],[10,9],[23,4],[100,50]],[[30,20],[10,4],[4,22],[30,20]]]}}}}],"
        "  \"ObservedProperty\": " PROPERTY ", \"Sensor\": " SENSOR "}]}");
    int64_t stream = atoll(sta_linked(&s, XH__STA_THING, thing, "Datastreams"));
    assert_json(sta_value(&s, XH__STA_DATASTREAM, stream, "unitOfMeasurement"),
                "{\"name\":\"degree Celsius\",\"symbol\":\"°C\","
                "\"definition\":\"http://unitsofmeasure.org/ucum.html#para-30\"}");
    assert_json(sta_value(&s, XH__STA_DATASTREAM, stream, "phenomenonTime"),
                "\"2012-06-26T09:42:02Z/2012-06-26T09:42:02Z\"");
    struct xh_record record;
    must(xh_record_get(&s.ctx, "core.series", stream, &record, &s.err), &s.err);
    assert_true(xh_str_is(xh_doc_text(record.doc, "unit"), "degC"));
    assert_true(xh_str_is(xh_doc_text(record.doc, "policy"), "keep_all"));
    struct xh_observation last;
    must(xh_observe_last_of(&s.ctx, &stream, 1, &last, &s.err), &s.err);
    assert_json(sta_json(&s, XH__STA_OBSERVATION, last.id),
                "{\"phenomenonTime\":\"2012-06-26T09:42:02Z\",\"resultTime\":null,"
                "\"result\":70.4}");
    assert_int_equal(sta_linked_one(&s, XH__STA_OBSERVATION, last.id, "Datastream"), stream);
    assert_int_equal(sta_linked_one(&s, XH__STA_OBSERVATION, last.id, "MultiDatastream"), 0);
    int64_t feature = sta_linked_one(&s, XH__STA_OBSERVATION, last.id, "FeatureOfInterest");
    assert_json(sta_value(&s, XH__STA_FEATURE, feature, "name"), "\"CCIT #361\"");
}

static const enum xh__sta_type record_types[] = {
    XH__STA_THING,       XH__STA_LOCATION,         XH__STA_HISTORICAL_LOCATION,
    XH__STA_DATASTREAM,  XH__STA_MULTI_DATASTREAM, XH__STA_SENSOR,
    XH__STA_OBSERVED_PROPERTY, XH__STA_FEATURE,
};

static void count_all(int64_t counts[XH__STA_TYPE_COUNT])
{
    for (size_t i = 0; i < XH_COUNT(record_types); i++) {
        counts[record_types[i]] = sta_count(&s, record_types[i]);
    }
}

static void check_nothing_made(const int64_t before[XH__STA_TYPE_COUNT])
{
    int64_t after[XH__STA_TYPE_COUNT] = {0};
    count_all(after);
    for (size_t i = 0; i < XH_COUNT(record_types); i++) {
        assert_int_equal(after[record_types[i]], before[record_types[i]]);
    }
}

static void what_is_wrong_is_named_and_leaves_nothing(void **state)
{
    static const struct {
        enum xh__sta_type type;
        const char *json, *field;
    } cases[] = {
        {XH__STA_THING, "[]", "Thing"},
        {XH__STA_THING, "{\"name\": \"a\"}", "description"},
        {XH__STA_THING, "{\"name\": null, \"description\": \"\"}", "name"},
        {XH__STA_THING, "{\"name\": 7, \"description\": \"\"}", "name"},
        {XH__STA_THING, THING(", \"nmae\": 1"), "nmae"},
        {XH__STA_THING, THING(", \"properties\": [1]"), "properties"},
        {XH__STA_THING, THING(", \"Datastreams\": {}"), "Datastreams"},
        {XH__STA_THING, THING(", \"Locations\": [{\"@iot.id\": 4711}]"), "Locations[0].Location"},
        {XH__STA_THING, THING(", \"Locations\": [{\"name\": \"x\"}]"), "Locations[0].description"},
        {XH__STA_THING,
         THING(", \"Locations\": [" LOCATION "], \"Datastreams\": [{" STREAM_MEMBERS
               ", \"ObservedProperty\": " PROPERTY "}]"),
         "Datastreams[0].Sensor"},
        {XH__STA_THING,
         THING(", \"Locations\": [" LOCATION "], \"Datastreams\": [{" STREAM_MEMBERS
               ", \"Sensor\": " SENSOR ", \"ObservedProperty\": " PROPERTY
               ", \"Observations\": [{\"result\": 1},"
               " {\"result\": 2, \"phenomenonTime\": \"soon\"}]}]"),
         "Datastreams[0].Observations[1].phenomenonTime"},
        {XH__STA_THING,
         THING(", \"Datastreams\": [{" STREAM_MEMBERS ", \"Sensor\": " SENSOR
               ", \"ObservedProperty\": " PROPERTY ", \"Observations\": [{\"result\": 1}]}]"),
         "Datastreams[0].Observations[0].FeatureOfInterest"},
        {XH__STA_THING,
         THING(", \"Datastreams\": [{" STREAM_MEMBERS ", \"Sensor\": " SENSOR
               ", \"ObservedProperty\": {\"@iot.id\": 4711}}]"),
         "Datastreams[0].ObservedProperty.ObservedProperty"},
        {XH__STA_DATASTREAM, STREAM, "Thing"},
        {XH__STA_HISTORICAL_LOCATION, "{\"time\": \"2020-01-01T00:00:00Z\"}", "Thing"},
        {XH__STA_OBSERVATION, "{\"result\": 1}", "Datastream"},
        {XH__STA_OBSERVATION,
         "{\"result\": 1, \"Datastream\": {\"@iot.id\": 1}, \"MultiDatastream\": {\"@iot.id\": 1}}",
         "MultiDatastream"},
    };
    (void)state;
    int64_t before[XH__STA_TYPE_COUNT] = {0};
    count_all(before);
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        assert_int_equal(sta_try_post(&s, cases[i].type, cases[i].json), XH_E_INVALID);
        assert_string_equal(s.err.field, cases[i].field);
        check_nothing_made(before);
    }
}

static void a_property_beyond_its_size_is_refused_by_name(void **state)
{
    (void)state;
    struct xh_buf json = {0};
    xh_buf_add_text(&json, "{\"name\": \"a\", \"description\": \"\", \"properties\": {\"x\": \"");
    for (int i = 0; i < 256 << 10; i++) {
        xh_buf_add_char(&json, 'x');
    }
    xh_buf_add_text(&json, "\"}}");
    assert_int_equal(sta_try_post(&s, XH__STA_THING, xh_buf_text(&json)), XH_E_INVALID);
    assert_string_equal(s.err.field, "properties");
    assert_non_null(strstr(s.err.text, "262144"));
    xh_buf_finish(&json);
}

static void of_a_name_that_comes_twice_the_last_counts(void **state)
{
    (void)state;
    int64_t id = sta_post(&s, XH__STA_OBSERVED_PROPERTY,
                          "{\"name\": \"QWERTY\", \"definition\": \"ZXCVB\", \"name\": \"last\","
                          " \"description\": \"d\", \"Datastreams@iot.count\": 3}");
    assert_json(sta_value(&s, XH__STA_OBSERVED_PROPERTY, id, "name"), "\"last\"");
}

static void entities_are_linked_to_those_that_are_there(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    int64_t sensor = sta_post(&s, XH__STA_SENSOR, SENSOR);
    int64_t property = sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    int64_t stream = sta_post_to(&s, XH__STA_THING, thing, "Datastreams",
                                 sta_text(&s,
                                          "{" STREAM_MEMBERS ", \"Sensor\": {\"@iot.id\": %lld},"
                                          " \"ObservedProperty\": {\"@iot.id\": \"%lld\"}}",
                                          (long long)sensor, (long long)property));
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing"), thing);
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Sensor"), sensor);
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "ObservedProperty"), property);
    const char *ids = sta_text(&s, "%lld", (long long)stream);
    assert_string_equal(sta_linked(&s, XH__STA_SENSOR, sensor, "Datastreams"), ids);
    assert_string_equal(sta_linked(&s, XH__STA_OBSERVED_PROPERTY, property, "Datastreams"), ids);
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "MultiDatastreams"), "");
}

static void a_series_of_ours_is_a_datastream(void **state)
{
    (void)state;
    int64_t series = s.engine->home_series;
    assert_json(sta_json(&s, XH__STA_DATASTREAM, series),
                "{\"name\":\"home-7/electricity\",\"description\":\"\",\"observationType\":\"" OM
                "OM_Measurement\",\"unitOfMeasurement\":{\"name\":\"kilowatt hours\","
                "\"symbol\":\"kWh\",\"definition\":\"ucum:kW.h\"}}");
    int64_t thing = sta_linked_one(&s, XH__STA_DATASTREAM, series, "Thing");
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Locations"),
                        sta_text(&s, "%lld", (long long)s.engine->home_place));
    assert_json(sta_value(&s, XH__STA_LOCATION, s.engine->home_place, "location"),
                "{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}");
    struct xh_record place;
    must(xh_record_get(&s.ctx, "core.place", s.engine->home_place, &place, &s.err), &s.err);
    xh_doc_set_real(place.doc, "lat_deg", 21);
    xh_doc_set_real(place.doc, "lon_deg", 105.85);
    must(xh_record_put(&s.ctx, &place, &s.err), &s.err);
    assert_json(sta_value(&s, XH__STA_LOCATION, s.engine->home_place, "location"),
                "{\"type\":\"Point\",\"coordinates\":[105.85,21]}");
    assert_json(sta_value(&s, XH__STA_LOCATION, s.engine->home_place, "encodingType"),
                "\"application/geo+json\"");
    /* A stranger's word for what it observes leaves its unit what it is. */
    sta_patch(&s, XH__STA_DATASTREAM, series, "{\"observationType\": \"reading\"}");
    assert_json(sta_value(&s, XH__STA_DATASTREAM, series, "unitOfMeasurement"),
                "{\"name\":\"kilowatt hours\",\"symbol\":\"kWh\",\"definition\":\"ucum:kW.h\"}");
    must(xh_record_get(&s.ctx, "core.series", series, &place, &s.err), &s.err);
    assert_true(xh_str_is(xh_doc_text(place.doc, "unit"), "kWh"));
}

static void a_datastream_may_be_a_register(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    int64_t stream = sta_post_to(
        &s, XH__STA_THING, thing, "Datastreams",
        "{\"name\": \"meter\", \"description\": \"\", \"observationType\": \"" OM "OM_Measurement\""
        ", \"unitOfMeasurement\": {\"name\": null, \"symbol\": null, \"definition\": \"ucum:kW.h\"}"
        ", \"properties\": {\"xanh\": {\"kind\": \"register\", \"period_s\": 900, \"direction\":"
        " \"use\"}, \"mine\": 1}, \"Sensor\": " SENSOR ", \"ObservedProperty\": {\"name\": \"E\","
        " \"definition\": \"energy.electricity\", \"description\": \"\"}}");
    struct xh_record record;
    must(xh_record_get(&s.ctx, "core.series", stream, &record, &s.err), &s.err);
    assert_true(xh_str_is(xh_doc_text(record.doc, "kind"), "register"));
    assert_true(xh_str_is(xh_doc_text(record.doc, "unit"), "kWh"));
    assert_true(xh_str_is(xh_doc_text(record.doc, "direction"), "use"));
    assert_int_equal(xh_doc_int(record.doc, "period_s"), 900);
    must(xh_record_get(&s.ctx, "core.property", xh_doc_int(record.doc, "property"), &record,
                       &s.err),
         &s.err);
    assert_true(xh_str_is(xh_doc_text(record.doc, "quantity"), "energy.electricity"));
    assert_int_equal(sta_try_post_to(&s, XH__STA_THING, thing, "Datastreams",
                                     "{" STREAM_MEMBERS ", \"Sensor\": " SENSOR
                                     ", \"ObservedProperty\": " PROPERTY ", \"properties\":"
                                     " {\"xanh\": {\"kind\": \"clock\"}}}",
                                     &stream),
                     XH_E_INVALID);
    assert_string_equal(s.err.field, "kind");
}

/* ---- places ---- */

static int64_t place_of(const char *type, int64_t id)
{
    struct xh_record record;
    must(xh_record_get(&s.ctx, type, id, &record, &s.err), &s.err);
    return xh_doc_int(record.doc, "place");
}

static void a_new_location_moves_the_thing_and_what_it_measures(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING,
                             THING(", \"Locations\": [" LOCATION "], \"Datastreams\": [" STREAM
                                   "]"));
    int64_t stream = atoll(sta_linked(&s, XH__STA_THING, thing, "Datastreams"));
    int64_t first = atoll(sta_linked(&s, XH__STA_THING, thing, "Locations"));
    assert_int_equal(place_of("core.series", stream), first);
    int64_t second = sta_post_to(&s, XH__STA_THING, thing, "Locations", LOCATION);
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Locations"),
                        sta_text(&s, "%lld", (long long)second));
    assert_int_equal(place_of("core.series", stream), second);
    assert_int_equal(place_of("core.device", thing), second);
    const char *moves = sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations");
    assert_non_null(strchr(moves, ','));
    sta_patch(&s, XH__STA_THING, thing,
              sta_text(&s, "{\"Locations\": [{\"@iot.id\": %lld}]}", (long long)first));
    assert_int_equal(place_of("core.series", stream), first);
    /* Said again it was there at that moment, too. */
    moves = sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations");
    sta_patch(&s, XH__STA_THING, thing,
              sta_text(&s, "{\"Locations\": [{\"@iot.id\": %lld}]}", (long long)first));
    assert_string_not_equal(sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations"), moves);
    assert_int_equal(place_of("core.series", stream), first);
    sta_patch(&s, XH__STA_LOCATION, second,
              sta_text(&s, "{\"Things\": [{\"@iot.id\": %lld}]}", (long long)thing));
    assert_int_equal(place_of("core.device", thing), second);
}

static void only_the_newest_historical_location_is_where_the_thing_is(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING, THING(", \"Locations\": [" LOCATION "]"));
    int64_t now = atoll(sta_linked(&s, XH__STA_THING, thing, "Locations"));
    int64_t old = sta_post(&s, XH__STA_LOCATION, LOCATION);
    int64_t move =
        sta_post(&s, XH__STA_HISTORICAL_LOCATION,
                 sta_text(&s,
                          "{\"time\": \"2015-03-01T00:40:00.000Z\", \"Thing\": {\"@iot.id\": %lld},"
                          " \"Locations\": [{\"@iot.id\": %lld}]}",
                          (long long)thing, (long long)old));
    assert_json(sta_json(&s, XH__STA_HISTORICAL_LOCATION, move),
                "{\"time\":\"2015-03-01T00:40:00Z\"}");
    assert_int_equal(place_of("core.device", thing), now);
    (void)sta_post_to(&s, XH__STA_THING, thing, "HistoricalLocations",
                      sta_text(&s,
                               "{\"time\": \"2100-01-01T00:00:00Z\","
                               " \"Locations\": [{\"@iot.id\": %lld}]}",
                               (long long)old));
    assert_int_equal(place_of("core.device", thing), old);
}

static void administrative_units_are_no_locations(void **state)
{
    (void)state;
    int64_t country = 0;
    must(xh__sta_country(&s.ctx, &country, &s.err), &s.err);
    assert_false(sta_is_there(&s, XH__STA_LOCATION, country));
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    assert_int_equal(place_of("core.device", thing), country);
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Locations"), "");
    int64_t before = sta_count(&s, XH__STA_LOCATION);
    (void)sta_post(&s, XH__STA_LOCATION, LOCATION);
    assert_int_equal(sta_count(&s, XH__STA_LOCATION), before + 1);
}

/* ---- several properties ---- */

static void the_properties_of_a_multi_datastream_keep_their_order(void **state)
{
    (void)state;
    long long a = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    long long b = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    int64_t thing = sta_post(&s, XH__STA_THING, THING(", \"Locations\": [" LOCATION "]"));
    int64_t multi = sta_post_to(&s, XH__STA_THING, thing, "MultiDatastreams",
                                sta_text(&s,
                                         MULTI(MEASUREMENT ", " MEASUREMENT, PERCENT ", " CELSIUS,
                                               "{\"@iot.id\": %lld}, {\"@iot.id\": %lld}"),
                                         b, a));
    assert_string_equal(sta_linked(&s, XH__STA_MULTI_DATASTREAM, multi, "ObservedProperties"),
                        sta_text(&s, "%lld,%lld", b, a));
    assert_json(sta_json(&s, XH__STA_MULTI_DATASTREAM, multi),
                "{\"name\":\"wind\",\"description\":\"\",\"observationType\":\"" OM
                "OM_ComplexObservation\",\"multiObservationDataTypes\":[" MEASUREMENT
                "," MEASUREMENT "],\"unitOfMeasurements\":[{\"name\":\"percent\",\"symbol\":\"%\","
                "\"definition\":\"ucum:%\"},{\"name\":\"Celsius\",\"symbol\":\"°C\","
                "\"definition\":\"ucum:Cel\"}]}");
    int64_t twice = sta_post_to(&s, XH__STA_THING, thing, "MultiDatastreams",
                                sta_text(&s,
                                         MULTI(MEASUREMENT ", " MEASUREMENT, CELSIUS ", " CELSIUS,
                                               "{\"@iot.id\": %lld}, {\"@iot.id\": %lld}"),
                                         a, a));
    assert_string_equal(sta_linked(&s, XH__STA_MULTI_DATASTREAM, twice, "ObservedProperties"),
                        sta_text(&s, "%lld,%lld", a, a));
    assert_string_equal(sta_linked(&s, XH__STA_OBSERVED_PROPERTY, a, "MultiDatastreams"),
                        sta_text(&s, "%lld,%lld", (long long)multi, (long long)twice));
    assert_false(sta_is_there(&s, XH__STA_DATASTREAM, multi));
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Datastreams"), "");
    int64_t id = 0;
    assert_int_equal(
        sta_try_post_to(
            &s, XH__STA_THING, thing, "MultiDatastreams",
            sta_text(&s, MULTI(MEASUREMENT, CELSIUS ", " CELSIUS, "{\"@iot.id\": %lld}"), a), &id),
        XH_E_INVALID);
    assert_string_equal(s.err.field, "unitOfMeasurements");
    assert_int_equal(sta_try_update(&s, XH__STA_OBSERVED_PROPERTY, b, XH__STA_PATCH,
                                    sta_text(&s, "{\"MultiDatastreams\": [{\"@iot.id\": %lld}]}",
                                             (long long)twice)),
                     XH_E_INVALID);
    int64_t observation = sta_post_to(&s, XH__STA_MULTI_DATASTREAM, multi, "Observations",
                                      "{\"result\": [55, 21.50]}");
    assert_json(sta_value(&s, XH__STA_OBSERVATION, observation, "result"), "[55, 21.50]");
    assert_int_equal(sta_linked_one(&s, XH__STA_OBSERVATION, observation, "MultiDatastream"),
                     multi);
    assert_int_equal(sta_try_post_to(&s, XH__STA_MULTI_DATASTREAM, multi, "Observations",
                                     "{\"result\": [55]}", &id),
                     XH_E_INVALID);
    assert_string_equal(s.err.field, "result");
}

static void a_multi_datastream_grows_by_one_property_said_three_times(void **state)
{
    (void)state;
    long long a = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    long long b = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    int64_t multi = sta_post_to(&s, XH__STA_THING, thing, "MultiDatastreams",
                                sta_text(&s, MULTI(MEASUREMENT, CELSIUS, "{\"@iot.id\": %lld}"),
                                         a));
    assert_int_equal(sta_try_update(&s, XH__STA_MULTI_DATASTREAM, multi, XH__STA_PATCH,
                                    sta_text(&s, "{\"ObservedProperties\": [{\"@iot.id\": %lld}]}",
                                             b)),
                     XH_E_INVALID);
    sta_patch(
        &s, XH__STA_MULTI_DATASTREAM, multi,
        sta_text(&s,
                 "{\"ObservedProperties\": [{\"@iot.id\": %lld}], \"unitOfMeasurements\": [" CELSIUS
                 "," PERCENT "], \"multiObservationDataTypes\": [" MEASUREMENT "," MEASUREMENT "]}",
                 b));
    assert_string_equal(sta_linked(&s, XH__STA_MULTI_DATASTREAM, multi, "ObservedProperties"),
                        sta_text(&s, "%lld,%lld", a, b));
}

/* Many that lie close together are read in one walk, which must pass over the others. */
static void a_page_of_many_holds_its_own_and_no_others(void **state)
{
    (void)state;
    int64_t things[2] = {sta_post(&s, XH__STA_THING, THING("")),
                         sta_post(&s, XH__STA_THING, THING(""))};
    long long property = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    int64_t own[40], page[64];
    size_t count = 0, read = 0;
    for (int i = 0; i < 40; i++) {
        const char *multi = sta_text(&s, MULTI(MEASUREMENT, CELSIUS, "{\"@iot.id\": %lld}"),
                                     property);
        own[count++] = sta_post_to(&s, XH__STA_THING, things[0], "Datastreams", STREAM);
        if (i % 3 == 0) {
            (void)sta_post_to(&s, XH__STA_THING, things[1], "Datastreams", STREAM);
        }
        if (i % 5 == 0) {
            (void)sta_post_to(&s, XH__STA_THING, things[0], "MultiDatastreams", multi);
        }
    }
    struct xh__sta_entity thing, items[64];
    must(xh__sta_entity_get(&s.ctx, XH__STA_THING, things[0], &thing, &s.err), &s.err);
    struct xh__sta_set set = {XH__STA_DATASTREAM, &thing,
                              xh__sta_link_find(XH__STA_THING, XH_STR("Datastreams"))};
    for (int64_t after = 0; read < count;) {
        size_t got = 0;
        must(xh__sta_set_read(&s.ctx, &set, after, items, 17, &got, &s.err), &s.err);
        assert_true(got > 0 && read + got <= XH_COUNT(page));
        for (size_t i = 0; i < got; i++) {
            page[read++] = items[i].id;
        }
        after = items[got - 1].id;
    }
    assert_int_equal(read, count);
    assert_memory_equal(page, own, sizeof own);
    must(xh__sta_entities_get(&s.ctx, XH__STA_DATASTREAM, own, count, items, &read, &s.err),
         &s.err);
    assert_int_equal(read, count);
    sta_delete(&s, XH__STA_DATASTREAM, own[20]);
    must(xh__sta_entities_get(&s.ctx, XH__STA_DATASTREAM, own, count, items, &read, &s.err),
         &s.err);
    assert_int_equal(read, count - 1);
    assert_int_equal(items[20].id, own[21]);
    set = (struct xh__sta_set){XH__STA_MULTI_DATASTREAM, NULL, NULL};
    must(xh__sta_set_read(&s.ctx, &set, 0, items, 64, &read, &s.err), &s.err);
    assert_int_equal(read, 8);
    assert_int_equal(sta_count(&s, XH__STA_MULTI_DATASTREAM), 8);
}

/* ---- who ---- */

static void who_may_not_see_a_record_sees_no_entity(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, "someType"), id = 0;
    int64_t seen = sta_count(&s, XH__STA_DATASTREAM);
    struct xh_ctx all = s.ctx;
    assert_true(seen >= 2);
    s.ctx = engine_as(s.engine, "resident-7");
    s.ctx.who = &(struct xh_who){"home-7", XH_ROLE_RESIDENT, s.engine->home_party, 0};
    assert_int_equal(sta_count(&s, XH__STA_DATASTREAM), 1);
    assert_false(sta_is_there(&s, XH__STA_DATASTREAM, stream));
    assert_true(sta_is_there(&s, XH__STA_DATASTREAM, s.engine->home_series));
    assert_int_equal(sta_try_post(&s, XH__STA_THING, THING("")), XH_E_FORBIDDEN);
    assert_int_equal(sta_try_update(&s, XH__STA_DATASTREAM, s.engine->home_series, XH__STA_PATCH,
                                    "{\"description\": \"mine\"}"),
                     XH_E_FORBIDDEN);
    assert_int_equal(sta_try_delete(&s, XH__STA_DATASTREAM, s.engine->home_series), XH_E_FORBIDDEN);
    assert_int_equal(sta_try_delete(&s, XH__STA_DATASTREAM, stream), XH_E_NOT_FOUND);
    s.ctx = all;
    (void)id;
    assert_int_equal(sta_count(&s, XH__STA_DATASTREAM), seen);
}

/* ---- failing disks ---- */

static void a_deep_insert_on_a_failing_disk_is_whole_or_nothing(void **state)
{
    (void)state;
    static const char json[] = THING(", \"Locations\": [" LOCATION "], \"Datastreams\": [" STREAM
                                     "]");
    bool has_fired = true;
    uint64_t nth = 1;
    sta_leave(&s);
    sta_enter(&s, &(struct engine_options){.without_rows = true,
                                           .now_us = (int64_t)NOW_S * XH_US_PER_S});
    for (; has_fired; nth++) {
        int64_t before[XH__STA_TYPE_COUNT] = {0}, after[XH__STA_TYPE_COUNT] = {0};
        count_all(before);
        xh_env_fault_fail_any(s.engine->fault, nth, EIO, true);
        int code = sta_try_post(&s, XH__STA_THING, json);
        has_fired = xh_env_fault_has_fired(s.engine->fault);
        xh_env_fault_fail_any(s.engine->fault, 0, 0, false);
        engine_reopen(s.engine);
        sta_again(&s);
        count_all(after);
        int64_t more = after[XH__STA_THING] - before[XH__STA_THING];
        assert_true(more == 1 || (more == 0 && code < 0));
        assert_int_equal(after[XH__STA_DATASTREAM] - before[XH__STA_DATASTREAM], more);
        assert_int_equal(after[XH__STA_LOCATION] - before[XH__STA_LOCATION], more);
        assert_int_equal(after[XH__STA_SENSOR] - before[XH__STA_SENSOR], more);
        assert_int_equal(after[XH__STA_OBSERVED_PROPERTY] - before[XH__STA_OBSERVED_PROPERTY],
                         more);
        assert_int_equal(after[XH__STA_HISTORICAL_LOCATION] - before[XH__STA_HISTORICAL_LOCATION],
                         more);
    }
    assert_true(nth > 3);
}

static int create_thing(const char *json, int64_t *ret_id)
{
    struct xh_err err = {0};
    return xh__sta_create(&s.call, XH__STA_THING, NULL, NULL, xh_str_from(json), ret_id, &err);
}

/* Records and observations are kept apart: where the second fails, the first are taken back. */
static void observations_that_cannot_be_kept_take_their_records_with_them(void **state)
{
    (void)state;
    static const char json[] = THING(
        ", \"Locations\": [" LOCATION "], \"Datastreams\": [{" STREAM_MEMBERS
        ", \"Sensor\": " SENSOR ", \"ObservedProperty\": " PROPERTY
        ", \"Observations\": [{\"result\": 1,"
        " \"phenomenonTime\": \"2020-01-01T00:00:00Z\"}, {\"result\": 2, \"phenomenonTime\":"
        " \"2020-01-01T01:00:00Z\", \"parameters\": {\"a\": 1}}]}]");
    bool has_fired = true;
    int failed = 0;
    sta_leave(&s);
    sta_enter(&s, &(struct engine_options){.without_rows = true,
                                           .now_us = (int64_t)NOW_S * XH_US_PER_S});
    for (uint64_t nth = 1; has_fired; nth++) {
        int64_t before[XH__STA_TYPE_COUNT] = {0}, id = 0;
        count_all(before);
        xh_env_fault_fail_any(s.engine->fault, nth, EIO, false);
        int code = create_thing(json, &id);
        has_fired = xh_env_fault_has_fired(s.engine->fault);
        xh_env_fault_fail_any(s.engine->fault, 0, 0, false);
        engine_reopen(s.engine);
        sta_again(&s);
        if (code < 0) {
            failed++;
            check_nothing_made(before);
            continue;
        }
        struct xh_observe_span span = {0};
        int64_t stream = atoll(sta_linked(&s, XH__STA_THING, id, "Datastreams"));
        must(xh_observe_spans(&s.ctx, &stream, 1, &span, &s.err), &s.err);
        assert_int_equal(span.count, 2);
    }
    assert_true(failed > 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thing_is_made_with_its_location),
        TEST(the_oven_of_the_specification_is_made_whole),
        TEST(what_is_wrong_is_named_and_leaves_nothing),
        TEST(a_property_beyond_its_size_is_refused_by_name),
        TEST(of_a_name_that_comes_twice_the_last_counts),
        TEST(entities_are_linked_to_those_that_are_there),
        TEST(a_series_of_ours_is_a_datastream),
        TEST(a_datastream_may_be_a_register),
        TEST(a_new_location_moves_the_thing_and_what_it_measures),
        TEST(only_the_newest_historical_location_is_where_the_thing_is),
        TEST(administrative_units_are_no_locations),
        TEST(the_properties_of_a_multi_datastream_keep_their_order),
        TEST(a_multi_datastream_grows_by_one_property_said_three_times),
        TEST(a_page_of_many_holds_its_own_and_no_others),
        TEST(who_may_not_see_a_record_sees_no_entity),
        TEST(a_deep_insert_on_a_failing_disk_is_whole_or_nothing),
        TEST(observations_that_cannot_be_kept_take_their_records_with_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
