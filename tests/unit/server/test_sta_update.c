/* Entities of SensorThings changed and deleted on a real engine; observations. */
#include "server/sta_help.h"

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

/* ---- changing ---- */

static void patch_changes_what_it_says_and_nothing_else(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING,
                             THING(", \"properties\": {\"a\": 1}, \"Datastreams\": [" STREAM "]"));
    int64_t stream = atoll(sta_linked(&s, XH__STA_THING, thing, "Datastreams"));
    sta_patch(&s, XH__STA_THING, thing, "{\"description\": \"cold\", \"@iot.id\": 7}");
    assert_json(sta_json(&s, XH__STA_THING, thing),
                "{\"name\":\"oven\",\"description\":\"cold\",\"properties\":{\"a\": 1}}");
    sta_patch(&s, XH__STA_THING, thing, "{\"properties\": null}");
    assert_json(sta_json(&s, XH__STA_THING, thing), "{\"name\":\"oven\",\"description\":\"cold\"}");
    sta_patch(&s, XH__STA_DATASTREAM, stream,
              "{\"unitOfMeasurement\": {\"name\": \"Entropy2\", \"symbol\": \"S2\","
              " \"definition\": \"http://qudt.org/vocab/unit#Entropy2\"}}");
    assert_json(sta_value(&s, XH__STA_DATASTREAM, stream, "unitOfMeasurement"),
                "{\"name\":\"Entropy2\",\"symbol\":\"S2\","
                "\"definition\":\"http://qudt.org/vocab/unit#Entropy2\"}");
    int64_t other = sta_post(&s, XH__STA_THING, THING(""));
    sta_patch(&s, XH__STA_DATASTREAM, stream,
              sta_text(&s, "{\"Thing\": {\"@iot.id\": %lld}}", (long long)other));
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing"), other);
    sta_patch(&s, XH__STA_THING, thing,
              sta_text(&s, "{\"Datastreams\": [{\"@iot.id\": %lld}]}", (long long)stream));
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing"), thing);
}

static void an_update_that_is_wrong_changes_nothing(void **state)
{
    static const struct {
        enum xh__sta_update_kind kind;
        const char *json, *field;
    } cases[] = {
        {XH__STA_PATCH, "{\"name\": null}", "name"},
        {XH__STA_PATCH, "{\"description\": \"x\", \"Locations\": [" LOCATION "]}", "Locations"},
        {XH__STA_PATCH, "{\"description\": \"x\", \"Datastreams\": [" STREAM "]}", "Datastreams"},
        {XH__STA_PATCH, "{\"description\": \"x\", \"Locations\": [{\"@iot.id\": 4711}]}",
         "Location"},
        {XH__STA_PATCH, "{\"description\": \"x\", \"colour\": 1}", "colour"},
        {XH__STA_PUT, "{\"description\": \"x\"}", "name"},
    };
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    for (size_t i = 0; i < XH_COUNT(cases); i++) {
        assert_int_equal(sta_try_update(&s, XH__STA_THING, thing, cases[i].kind, cases[i].json),
                         XH_E_INVALID);
        assert_string_equal(s.err.field, cases[i].field);
        assert_json(sta_json(&s, XH__STA_THING, thing),
                    "{\"name\":\"oven\",\"description\":\"hot\"}");
    }
    assert_int_equal(sta_try_update(&s, XH__STA_THING, 4711, XH__STA_PATCH, "{}"), XH_E_NOT_FOUND);
}

static void put_says_all_of_an_entity(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING,
                             THING(", \"properties\": {\"a\": 1}, \"Datastreams\": [" STREAM "]"));
    int64_t stream = atoll(sta_linked(&s, XH__STA_THING, thing, "Datastreams"));
    must(sta_try_update(&s, XH__STA_THING, thing, XH__STA_PUT,
                        "{\"name\": \"n\", \"description\": \"d\"}"),
         &s.err);
    assert_json(sta_json(&s, XH__STA_THING, thing), "{\"name\":\"n\",\"description\":\"d\"}");
    must(sta_try_update(&s, XH__STA_DATASTREAM, stream, XH__STA_PUT,
                        "{\"name\": \"n\", \"description\": \"d\", \"observationType\": \"" OM
                        "OM_Observation\", \"unitOfMeasurement\": {\"name\": \"Entropy\","
                        " \"symbol\": \"S\", \"definition\": \"x\"}}"),
         &s.err);
    assert_int_equal(sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing"), thing);
    assert_json(sta_value(&s, XH__STA_DATASTREAM, stream, "observationType"),
                "\"" OM "OM_Observation\"");
}

static void json_patch_changes_what_lies_deep(void **state)
{
    (void)state;
    int64_t thing = sta_post(&s, XH__STA_THING,
                             THING(", \"properties\": {\"a\": {\"b\": [1, 2]}, \"c\": true}"));
    must(sta_try_update(&s, XH__STA_THING, thing, XH__STA_JSON_PATCH,
                        "[{\"op\": \"test\", \"path\": \"/properties/a/b/1\", \"value\": 2.0},"
                        " {\"op\": \"add\", \"path\": \"/properties/a/b/1\", \"value\": 1.5},"
                        " {\"op\": \"remove\", \"path\": \"/properties/c\"},"
                        " {\"op\": \"replace\", \"path\": \"/name\", \"value\": \"kiln\"}]"),
         &s.err);
    assert_json(sta_json(&s, XH__STA_THING, thing), "{\"name\":\"kiln\",\"description\":\"hot\","
                                                    "\"properties\":{\"a\":{\"b\":[1,1.5,2]}}}");
    assert_int_equal(sta_try_update(&s, XH__STA_THING, thing, XH__STA_JSON_PATCH,
                                    "[{\"op\": \"replace\", \"path\": \"/name\", \"value\": 1}]"),
                     XH_E_INVALID);
    assert_int_equal(sta_try_update(&s, XH__STA_THING, thing, XH__STA_JSON_PATCH,
                                    "[{\"op\": \"remove\", \"path\": \"/name\"}]"),
                     XH_E_INVALID);
    must(sta_try_update(&s, XH__STA_THING, thing, XH__STA_JSON_PATCH,
                        "[{\"op\": \"remove\", \"path\": \"/properties\"}]"),
         &s.err);
    assert_json(sta_json(&s, XH__STA_THING, thing), "{\"name\":\"kiln\",\"description\":\"hot\"}");
}

/* ---- observations ---- */

static void results_of_any_kind_come_back_as_they_were(void **state)
{
    static const char *const results[] = {
        "1",   "1.23", "-0.50", "true", "false", "\"fourty two\"", "{\"number\": 1.23}",
        "[1.23, \"one\", true]", "null"};
    (void)state;
    int64_t stream = sta_stream(&s, "someType");
    assert_json(sta_value(&s, XH__STA_DATASTREAM, stream, "unitOfMeasurement"),
                "{\"name\":null,\"symbol\":null,\"definition\":null}");
    for (size_t i = 0; i < XH_COUNT(results); i++) {
        int64_t id = sta_post(&s, XH__STA_OBSERVATION,
                              sta_text(&s,
                                       "{\"Datastream\": {\"@iot.id\": %lld}, \"result\": %s,"
                                       " \"phenomenonTime\": \"2015-03-01T00:%02zu:00Z\"}",
                                       (long long)stream, results[i], i));
        assert_json(sta_value(&s, XH__STA_OBSERVATION, id, "result"), results[i]);
    }
}

static void an_observation_is_corrected_and_keeps_its_id(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, "someType");
    int64_t id = sta_post_to(
        &s, XH__STA_DATASTREAM, stream, "Observations",
        "{\"phenomenonTime\": \"2015-03-01T00:00:00Z/2015-03-01T01:00:00Z\", \"result\": 8,"
        " \"resultTime\": \"2015-03-01T02:00:00Z\", \"parameters\": {\"p\": 1},"
        " \"validTime\": \"2015-03-01T00:00:00Z/2015-03-02T00:00:00Z\","
        " \"resultQuality\": [\"good\"]}");
    assert_json(sta_json(&s, XH__STA_OBSERVATION, id),
                "{\"phenomenonTime\":\"2015-03-01T00:00:00Z/2015-03-01T01:00:00Z\","
                "\"resultTime\":\"2015-03-01T02:00:00Z\",\"result\":8,"
                "\"resultQuality\":[\"good\"],"
                "\"validTime\":\"2015-03-01T00:00:00Z/2015-03-02T00:00:00Z\","
                "\"parameters\":{\"p\": 1}}");
    sta_patch(&s, XH__STA_OBSERVATION, id, "{\"phenomenonTime\": \"2015-07-01T00:40:00.000Z\"}");
    assert_json(sta_value(&s, XH__STA_OBSERVATION, id, "phenomenonTime"),
                "\"2015-07-01T00:40:00Z\"");
    assert_json(sta_value(&s, XH__STA_OBSERVATION, id, "parameters"), "{\"p\": 1}");
    must(sta_try_update(&s, XH__STA_OBSERVATION, id, XH__STA_PUT,
                        "{\"result\": \"99\", \"phenomenonTime\": \"2015-08-01T00:40:00.000Z\"}"),
         &s.err);
    assert_json(sta_json(&s, XH__STA_OBSERVATION, id),
                "{\"phenomenonTime\":\"2015-08-01T00:40:00Z\",\"resultTime\":null,"
                "\"result\":\"99\"}");
    must(sta_try_update(&s, XH__STA_OBSERVATION, id, XH__STA_JSON_PATCH,
                        "[{\"op\": \"replace\", \"path\": \"/result\", \"value\": 5}]"),
         &s.err);
    assert_json(sta_value(&s, XH__STA_OBSERVATION, id, "result"), "5");
    int64_t other = sta_stream(&s, "someType");
    assert_int_equal(sta_try_update(&s, XH__STA_OBSERVATION, id, XH__STA_PATCH,
                                    sta_text(&s, "{\"Datastream\": {\"@iot.id\": %lld}}",
                                             (long long)other)),
                     XH_E_INVALID);
    sta_delete(&s, XH__STA_OBSERVATION, id);
    assert_int_equal(sta_try_delete(&s, XH__STA_OBSERVATION, id), XH_E_NOT_FOUND);
}

static void an_observation_is_parsed_for_the_door_of_readings(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, OM "OM_Measurement");
    struct xh_observation o = {0};
    bool needs_create = true;
    struct xh_str json = xh_str_from(
        sta_text(&s, "{\"result\": 7.10, \"Datastream\": {\"@iot.id\": %lld}}", (long long)stream));
    must(xh__sta_observation_parse(&s.call, json, 0, &o, &needs_create, &s.err), &s.err);
    assert_false(needs_create);
    assert_int_equal(o.series_id, stream);
    assert_int_equal(o.decimals, 2);
    assert_true(o.from_us > 0 && o.to_us == 0);
    must(xh__sta_observation_parse(&s.call, XH_STR("{\"result\": 1}"), stream, &o, &needs_create,
                                   &s.err),
         &s.err);
    assert_int_equal(o.series_id, stream);
    must(xh__sta_observation_parse(&s.call,
                                   XH_STR("{\"result\": 1, \"FeatureOfInterest\": {\"name\": \"f\","
                                          " \"description\": \"\", \"encodingType\": \"text\","
                                          " \"feature\": \"here\"}}"),
                                   stream, &o, &needs_create, &s.err),
         &s.err);
    assert_true(needs_create);
    json = xh_str_from(sta_text(&s, "{\"result\": 7, \"MultiDatastream\": {\"@iot.id\": %lld}}",
                                (long long)stream));
    assert_int_equal(xh__sta_observation_parse(&s.call, json, 0, &o, &needs_create, &s.err),
                     XH_E_INVALID);
    assert_string_equal(s.err.field, "MultiDatastream");
}

/* ---- deleting ---- */

static void a_thing_takes_its_datastreams_and_their_observations_along(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, OM "OM_Measurement");
    int64_t thing = sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing");
    int64_t sensor = sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Sensor");
    int64_t place = atoll(sta_linked(&s, XH__STA_THING, thing, "Locations"));
    int64_t move = atoll(sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations"));
    int64_t observation = sta_post_to(&s, XH__STA_DATASTREAM, stream, "Observations",
                                      "{\"result\": 1}");
    sta_delete(&s, XH__STA_THING, thing);
    assert_false(sta_is_there(&s, XH__STA_DATASTREAM, stream));
    assert_false(sta_is_there(&s, XH__STA_HISTORICAL_LOCATION, move));
    assert_false(sta_is_there(&s, XH__STA_OBSERVATION, observation));
    assert_true(sta_is_there(&s, XH__STA_SENSOR, sensor));
    assert_true(sta_is_there(&s, XH__STA_LOCATION, place));
    assert_int_equal(sta_try_delete(&s, XH__STA_THING, thing), XH_E_NOT_FOUND);
}

static void sensor_and_property_take_datastreams_along(void **state)
{
    (void)state;
    int64_t one = sta_stream(&s, "someType"), two = sta_stream(&s, "someType");
    sta_delete(&s, XH__STA_SENSOR, sta_linked_one(&s, XH__STA_DATASTREAM, one, "Sensor"));
    assert_false(sta_is_there(&s, XH__STA_DATASTREAM, one));
    sta_delete(&s, XH__STA_OBSERVED_PROPERTY,
               sta_linked_one(&s, XH__STA_DATASTREAM, two, "ObservedProperty"));
    assert_false(sta_is_there(&s, XH__STA_DATASTREAM, two));
    long long a = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    long long b = (long long)sta_post(&s, XH__STA_OBSERVED_PROPERTY, PROPERTY);
    int64_t thing = sta_post(&s, XH__STA_THING, THING(""));
    int64_t multi = sta_post_to(&s, XH__STA_THING, thing, "MultiDatastreams",
                                sta_text(&s,
                                         MULTI(MEASUREMENT ", " MEASUREMENT, CELSIUS ", " CELSIUS,
                                               "{\"@iot.id\": %lld}, {\"@iot.id\": %lld}"),
                                         a, b));
    sta_delete(&s, XH__STA_OBSERVED_PROPERTY, b);
    assert_false(sta_is_there(&s, XH__STA_MULTI_DATASTREAM, multi));
    assert_true(sta_is_there(&s, XH__STA_OBSERVED_PROPERTY, a));
}

static void a_feature_takes_its_observations_along(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, "someType");
    int64_t feature = sta_post(&s, XH__STA_FEATURE,
                               "{\"name\": \"river\", \"description\": \"\", \"encodingType\":"
                               " \"application/geo+json\", \"feature\": {\"type\": \"Point\","
                               " \"coordinates\": [1, 2]}}");
    int64_t of_it = sta_post_to(&s, XH__STA_DATASTREAM, stream, "Observations",
                                sta_text(&s,
                                         "{\"result\": 1, \"FeatureOfInterest\":"
                                         " {\"@iot.id\": %lld}}",
                                         (long long)feature));
    int64_t other = sta_post_to(&s, XH__STA_DATASTREAM, stream, "Observations",
                                "{\"result\": 2, \"phenomenonTime\": \"2020-01-01T00:00:00Z\"}");
    assert_int_equal(sta_linked_one(&s, XH__STA_OBSERVATION, of_it, "FeatureOfInterest"), feature);
    sta_delete(&s, XH__STA_FEATURE, feature);
    assert_false(sta_is_there(&s, XH__STA_OBSERVATION, of_it));
    assert_true(sta_is_there(&s, XH__STA_OBSERVATION, other));
}

static void a_location_goes_and_the_thing_stays(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, "someType");
    int64_t thing = sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing");
    int64_t place = atoll(sta_linked(&s, XH__STA_THING, thing, "Locations"));
    int64_t move = atoll(sta_linked(&s, XH__STA_THING, thing, "HistoricalLocations"));
    int64_t observation = sta_post_to(&s, XH__STA_DATASTREAM, stream, "Observations",
                                      "{\"result\": 1}");
    int64_t feature = sta_linked_one(&s, XH__STA_OBSERVATION, observation, "FeatureOfInterest");
    const char *shape = sta_value(&s, XH__STA_FEATURE, feature, "feature");
    sta_delete(&s, XH__STA_LOCATION, place);
    assert_false(sta_is_there(&s, XH__STA_HISTORICAL_LOCATION, move));
    assert_true(sta_is_there(&s, XH__STA_THING, thing));
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Locations"), "");
    assert_true(sta_is_there(&s, XH__STA_OBSERVATION, observation));
    assert_json(sta_value(&s, XH__STA_FEATURE, feature, "feature"), shape);
}

static void what_others_name_is_not_deleted_and_nothing_goes_with_it(void **state)
{
    (void)state;
    int64_t stream = sta_stream(&s, OM "OM_Measurement");
    int64_t thing = sta_linked_one(&s, XH__STA_DATASTREAM, stream, "Thing");
    int64_t place = atoll(sta_linked(&s, XH__STA_THING, thing, "Locations"));
    int64_t observation = sta_post_to(&s, XH__STA_DATASTREAM, stream, "Observations",
                                      "{\"result\": 1}");
    struct xh_record device, party;
    must(xh_record_new(&s.ctx, "core.device", &device, &s.err), &s.err);
    xh_doc_set_string(device.doc, "code", "later");
    xh_doc_set_string(device.doc, "name", "later");
    xh_doc_set_int(device.doc, "place", s.engine->home_place);
    xh_doc_set_int(device.doc, "replaces", thing);
    must(xh_record_put(&s.ctx, &device, &s.err), &s.err);
    assert_int_equal(sta_try_delete(&s, XH__STA_THING, thing), XH_E_CONFLICT);
    assert_non_null(strstr(s.err.text, "core_devices"));
    must(xh_record_get(&s.ctx, "core.party", s.engine->home_party, &party, &s.err), &s.err);
    xh_doc_set_int(party.doc, "place", place);
    must(xh_record_put(&s.ctx, &party, &s.err), &s.err);
    assert_int_equal(sta_try_delete(&s, XH__STA_LOCATION, place), XH_E_CONFLICT);
    assert_true(sta_is_there(&s, XH__STA_OBSERVATION, observation));
    assert_string_equal(sta_linked(&s, XH__STA_THING, thing, "Datastreams"),
                        sta_text(&s, "%lld", (long long)stream));
    assert_true(sta_is_there(&s, XH__STA_LOCATION, place));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(patch_changes_what_it_says_and_nothing_else),
        TEST(an_update_that_is_wrong_changes_nothing),
        TEST(put_says_all_of_an_entity),
        TEST(json_patch_changes_what_lies_deep),
        TEST(results_of_any_kind_come_back_as_they_were),
        TEST(an_observation_is_corrected_and_keeps_its_id),
        TEST(an_observation_is_parsed_for_the_door_of_readings),
        TEST(a_thing_takes_its_datastreams_and_their_observations_along),
        TEST(sensor_and_property_take_datastreams_along),
        TEST(a_feature_takes_its_observations_along),
        TEST(a_location_goes_and_the_thing_stays),
        TEST(what_others_name_is_not_deleted_and_nothing_goes_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
