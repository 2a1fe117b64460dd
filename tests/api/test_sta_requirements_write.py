"""OGC 18-088: Create-Update-Delete, Batch, MultiDatastream and Data Array, one test for each
requirement, named like it; and what the requirements leave to care."""
import json
import unittest

from sta import GEOJSON, MEASUREMENT, SensorThings, datastream, location, multi_datastream, \
    observed_property, point, sensor, thing


class CreateUpdateDelete(SensorThings):
    def counts(self):
        return {name: self.get(f"{name}?$count=true&$top=0")["@iot.count"]
                for name in ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors",
                             "ObservedProperties", "Observations", "FeaturesOfInterest")}

    def test_create_update_delete_create_entity(self):
        for name, body in {"Things": {"name": "lamp", "description": "a lamp"},
                           "Locations": location(), "Sensors": sensor(),
                           "ObservedProperties": observed_property(),
                           "FeaturesOfInterest": {"name": "room", "description": "a room",
                                                  "encodingType": GEOJSON,
                                                  "feature": point(105, 21)}}.items():
            made = self.post(name, body)
            for key, value in body.items():
                self.assertEqual(made[key], value)

    def test_an_entity_is_made_through_a_navigation_link(self):
        made, _ = self.make()
        stream = self.post(f"Things({made})/Datastreams", datastream("humidity"))
        self.assertEqual(self.get(f"Datastreams({stream['@iot.id']})/Thing")["@iot.id"], made)
        seen = self.post(f"Datastreams({stream['@iot.id']})/Observations", {"result": 5})
        self.assertEqual(self.get(f"Observations({seen['@iot.id']})/Datastream")["@iot.id"],
                         stream["@iot.id"])

    def test_a_feature_of_interest_comes_from_the_location_and_is_used_again(self):
        before = self.counts()["FeaturesOfInterest"]
        made, stream = self.make()
        first = self.observe(stream, 1)
        second = self.observe(stream, 2)
        feature = self.get(f"Observations({first['@iot.id']})/FeatureOfInterest")
        self.assertEqual(self.get(f"Observations({second['@iot.id']})/FeatureOfInterest"), feature)
        self.assertEqual(feature["feature"], location()["location"])
        other = self.post(f"Things({made})/Datastreams", datastream("other"))["@iot.id"]
        third = self.observe(other, 3)
        self.assertEqual(self.get(f"Observations({third['@iot.id']})/FeatureOfInterest"), feature)
        self.assertEqual(self.counts()["FeaturesOfInterest"], before + 1)

    def test_an_observation_without_times_gets_one_and_a_null(self):
        _, stream = self.make()
        seen = self.observe(stream, 7)
        self.assertTrue(seen["phenomenonTime"].endswith("Z"))
        self.assertIsNone(seen["resultTime"])

    def test_all_kinds_of_results_read_back_as_they_were_sent(self):
        _, stream = self.make()
        for result in (1, 1.25, 1.10, -3e-7, 12345678901234, "text", "1", True, False, None,
                       {"a": [1, {"b": None}]}, [1, "two", 3.5]):
            seen = self.observe(stream, result)
            self.assertEqual(seen["result"], result)
            self.assertEqual(type(seen["result"]) is bool, type(result) is bool)

    def test_an_observation_keeps_all_that_is_said_of_it(self):
        _, stream = self.make()
        body = {"phenomenonTime": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z",
                "resultTime": "2026-01-02T01:00:00Z", "result": 4.5,
                "validTime": "2026-01-02T00:00:00Z/2026-02-02T00:00:00Z",
                "parameters": {"method": "kriging", "radius": 5},
                "resultQuality": {"nameOfMeasure": "rms", "value": 0.2},
                "FeatureOfInterest": {"name": "lake", "description": "a lake",
                                      "encodingType": GEOJSON, "feature": point(105.8, 21.05)}}
        seen = self.post(f"Datastreams({stream})/Observations", body)
        for key in ("phenomenonTime", "resultTime", "validTime", "parameters", "resultQuality"):
            self.assertEqual(seen[key], body[key])
        self.assertEqual(self.get(f"Observations({seen['@iot.id']})/FeatureOfInterest")["name"], "lake")

    def test_two_observations_of_one_time_are_two(self):
        _, stream = self.make()
        a = self.observe(stream, 1, "2026-01-01T00:00:00Z")
        b = self.observe(stream, 1, "2026-01-01T00:00:00Z")
        self.assertNotEqual(a["@iot.id"], b["@iot.id"])
        self.assertEqual(len(self.values(f"Datastreams({stream})/Observations")), 2)

    def test_create_update_delete_link_to_existing_entities(self):
        made, stream = self.make()
        device = self.post("Sensors", sensor("second"))["@iot.id"]
        seen = self.post("ObservedProperties", observed_property("pressure"))["@iot.id"]
        body = datastream("pressure", Thing={"@iot.id": made})
        body["Sensor"], body["ObservedProperty"] = {"@iot.id": device}, {"@iot.id": seen}
        linked = self.post("Datastreams", body)["@iot.id"]
        self.assertEqual(self.get(f"Datastreams({linked})/Sensor")["@iot.id"], device)
        feature = self.post("FeaturesOfInterest", {"name": "x", "description": "x", "encodingType":
                                                   GEOJSON, "feature": point(1, 2)})["@iot.id"]
        seen = self.observe(stream, 5, FeatureOfInterest={"@iot.id": feature})
        self.assertEqual(self.get(f"Observations({seen['@iot.id']})/FeatureOfInterest")["@iot.id"],
                         feature)
        body["Sensor"] = {"@iot.id": 999999}
        self.assertIn(self.ask("POST", "Datastreams", body).status, (400, 404))

    def test_create_update_delete_deep_insert(self):
        before = self.counts()
        stream = datastream(Observations=[{"phenomenonTime": "2026-01-01T00:00:00Z", "result": 70.4},
                                          {"phenomenonTime": "2026-01-01T01:00:00Z", "result": 70.5}])
        made = self.post("Things", thing(Datastreams=[stream]))["@iot.id"]
        whole = self.get(f"Things({made})?$expand=Locations,Datastreams($expand=Observations,Sensor)")
        self.assertEqual(whole["Locations"][0]["location"], location()["location"])
        self.assertEqual([o["result"] for o in whole["Datastreams"][0]["Observations"]],
                         [70.4, 70.5])
        after = self.counts()
        grown = {name: after[name] - before[name] for name in after}
        self.assertEqual(grown, {"Things": 1, "Locations": 1, "HistoricalLocations": 1,
                                 "Datastreams": 1, "Sensors": 1, "ObservedProperties": 1,
                                 "Observations": 2, "FeaturesOfInterest": 1})

    def test_a_deep_insert_that_fails_leaves_nothing_behind(self):
        before = self.counts()
        broken = datastream()
        del broken["Sensor"]["encodingType"]
        self.refused("POST", "Things", thing(Datastreams=[datastream(), broken]))
        late = datastream(Observations=[{"phenomenonTime": "yesterday", "result": 1}])
        self.refused("POST", "Things", thing(Datastreams=[late]))
        self.refused("POST", "Things", thing(Locations=[{"name": "no more"}]))
        nowhere = thing(Locations=[], Datastreams=[datastream(Observations=[{"result": 1}])])
        self.assertEqual(self.ask("POST", "Things", nowhere).status, 400)
        self.assertEqual(self.counts(), before)

    def test_create_update_delete_deep_insert_status_code(self):
        answer = self.ask("POST", "Things", thing())
        self.assertEqual(answer.status, 201)
        self.assertRegex(answer.headers["location"], rf"^{self.root}/Things\(\d+\)$")

    def test_what_is_missing_or_wrong_is_named(self):
        made, _ = self.make()
        for body, word in (({"description": "x"}, "name"), ({"name": 5, "description": "x"}, "name"),
                           ({"name": "x", "description": "x", "properties": 5}, "properties")):
            self.assertIn(word, json.dumps(self.refused("POST", "Things", body)))
        for missing in ("Sensor", "ObservedProperty", "unitOfMeasurement", "observationType"):
            body = datastream(Thing={"@iot.id": made})
            del body[missing]
            self.assertIn(missing, json.dumps(self.refused("POST", "Datastreams", body)))
        self.assertIn("Thing", json.dumps(self.refused("POST", "Datastreams", datastream())))
        self.assertIn("Datastream", json.dumps(self.refused("POST", "Observations", {"result": 1})))
        self.refused("POST", "Things", "{not json")
        self.refused("POST", "Things", "[]")

    def test_create_update_delete_update_entity(self):
        made, stream = self.make()
        changed = self.patch(f"Things({made})", {"description": "this thing is an oven"})
        self.assertEqual((changed["name"], changed["description"]),
                         ("station", "this thing is an oven"))
        changed = self.patch(f"Datastreams({stream})", {"unitOfMeasurement": {
            "name": "Kelvin", "symbol": "K", "definition": "ucum:K"}})
        self.assertEqual(changed["unitOfMeasurement"]["symbol"], "K")
        answer = self.ask("PATCH", f"Things({made})", {"name": "again"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["name"], "again")
        other = self.post("Sensors", sensor("other"))["@iot.id"]
        self.patch(f"Datastreams({stream})", {"Sensor": {"@iot.id": other}})
        self.assertEqual(self.get(f"Datastreams({stream})/Sensor")["@iot.id"], other)
        self.refused("PATCH", "Things(999999)", {"name": "x"}, status=404)
        self.refused("PATCH", f"Things({made})", {"Datastreams": [datastream()]})
        self.refused("PATCH", f"Things({made})", {"name": 7})

    def test_an_observation_is_corrected_and_keeps_its_id(self):
        _, stream = self.make()
        seen = self.observe(stream, 5, "2026-01-01T00:00:00Z")["@iot.id"]
        changed = self.patch(f"Observations({seen})", {"result": 6})
        self.assertEqual((changed["@iot.id"], changed["result"], changed["phenomenonTime"]),
                         (seen, 6, "2026-01-01T00:00:00Z"))
        changed = self.patch(f"Observations({seen})", {"phenomenonTime": "2026-01-03T00:00:00Z"})
        self.assertEqual((changed["result"], changed["phenomenonTime"]), (6, "2026-01-03T00:00:00Z"))
        self.assertEqual([o["@iot.id"] for o in self.values(f"Datastreams({stream})/Observations")],
                         [seen])
        self.assertEqual(self.results(f"Datastreams({stream})/Observations"), [6])

    def test_create_update_delete_update_entity_put(self):
        made, _ = self.make()
        changed = self.patch(f"Things({made})", {"name": "new", "description": "new"}, method="PUT")
        self.assertEqual(changed["name"], "new")
        self.assertFalse(changed.get("properties"))
        self.refused("PUT", f"Things({made})", {"name": "only"})

    def test_create_update_delete_update_entity_jsonpatch(self):
        made, _ = self.make()
        steps = [{"op": "test", "path": "/properties/floor", "value": 3},
                 {"op": "replace", "path": "/properties/floor", "value": 4},
                 {"op": "add", "path": "/properties/list", "value": [1]},
                 {"op": "add", "path": "/properties/list/-", "value": 2},
                 {"op": "copy", "from": "/name", "path": "/properties/was"},
                 {"op": "move", "from": "/properties/owner", "path": "/properties/by"},
                 {"op": "remove", "path": "/properties/list/0"}]
        headers = {"Content-Type": "application/json-patch+json"}
        changed = self.patch(f"Things({made})", steps, headers=headers)
        self.assertEqual(changed["properties"], {"floor": 4, "list": [2], "was": "station",
                                                 "by": "ward 7"})
        steps[0]["value"] = 99
        answer = self.ask("PATCH", f"Things({made})", steps, headers)
        self.assertIn(answer.status, (400, 409))
        self.assertEqual(self.get(f"Things({made})")["properties"]["floor"], 4)

    def test_create_update_delete_historical_location_auto_creation(self):
        made, _ = self.make()
        self.assertEqual(len(self.values(f"Things({made})/HistoricalLocations")), 1)
        moved = self.post(f"Things({made})/Locations", location("Tây Hồ", 105.82, 21.06))
        self.assertEqual([place["@iot.id"] for place in self.values(f"Things({made})/Locations")],
                         [moved["@iot.id"]])
        self.assertEqual(len(self.values(f"Things({made})/HistoricalLocations")), 2)
        other = self.post("Locations", location("Gia Lâm", 105.93, 21.02))["@iot.id"]
        self.patch(f"Things({made})", {"Locations": [{"@iot.id": other}]})
        self.assertEqual([place["@iot.id"] for place in self.values(f"Things({made})/Locations")],
                         [other])
        self.assertEqual(len(self.values(f"Things({made})/HistoricalLocations")), 3)

    def test_create_update_delete_historical_location_manual_creation(self):
        made, _ = self.make()
        here = self.values(f"Things({made})/Locations")[0]["@iot.id"]
        other = self.post("Locations", location("before"))["@iot.id"]
        past = self.post("HistoricalLocations", {"time": "2015-01-01T00:00:00Z",
                                                 "Thing": {"@iot.id": made},
                                                 "Locations": [{"@iot.id": other}]})
        self.assertEqual(past["time"], "2015-01-01T00:00:00Z")
        self.assertEqual(self.values(f"Things({made})/Locations")[0]["@iot.id"], here)
        self.post("HistoricalLocations", {"time": "2999-01-01T00:00:00Z", "Thing": {"@iot.id": made},
                                          "Locations": [{"@iot.id": other}]})
        self.assertEqual(self.values(f"Things({made})/Locations")[0]["@iot.id"], other)

    def test_create_update_delete_delete_entity(self):
        made, stream = self.make()
        seen = self.observe(stream, 1)["@iot.id"]
        history = self.values(f"Things({made})/HistoricalLocations")[0]["@iot.id"]
        place = self.values(f"Things({made})/Locations")[0]["@iot.id"]
        feature = self.get(f"Observations({seen})/FeatureOfInterest")["@iot.id"]
        self.delete(f"Things({made})")
        for gone in (f"Things({made})", f"Datastreams({stream})", f"Observations({seen})",
                     f"HistoricalLocations({history})"):
            self.refused("GET", gone, status=404)
        self.get(f"Locations({place})")
        self.get(f"FeaturesOfInterest({feature})")
        self.refused("DELETE", f"Things({made})", status=404)

    def test_a_deleted_sensor_property_or_feature_takes_along_what_needs_it(self):
        made, stream = self.make()
        seen = self.observe(stream, 1)["@iot.id"]
        self.delete(f"FeaturesOfInterest("
                    f"{self.get(f'Observations({seen})/FeatureOfInterest')['@iot.id']})")
        self.refused("GET", f"Observations({seen})", status=404)
        self.assertEqual(self.observe(stream, 2)["result"], 2)
        self.delete(f"Sensors({self.get(f'Datastreams({stream})/Sensor')['@iot.id']})")
        self.refused("GET", f"Datastreams({stream})", status=404)
        stream = self.post(f"Things({made})/Datastreams", datastream())["@iot.id"]
        seen = self.get(f"Datastreams({stream})/ObservedProperty")["@iot.id"]
        self.delete(f"ObservedProperties({seen})")
        self.refused("GET", f"Datastreams({stream})", status=404)
        place = self.values(f"Things({made})/Locations")[0]["@iot.id"]
        self.delete(f"Locations({place})")
        self.assertEqual(self.values(f"Things({made})/Locations"), [])

    def test_what_a_filter_finds_is_deleted(self):
        _, stream = self.make()
        for hour in range(5):
            self.observe(stream, hour, f"2026-01-01T0{hour}:00:00Z")
        self.delete(f"Datastreams({stream})/Observations?$filter=result gt 2")
        self.assertEqual(self.results(f"Datastreams({stream})/Observations"), [0, 1, 2])

    def test_spans_of_a_datastream_follow_its_observations(self):
        _, stream = self.make()
        self.observe(stream, 1, "2026-01-05T00:00:00Z", resultTime="2026-01-05T01:00:00Z")
        last = self.observe(stream, 1, "2026-02-05T00:00:00Z", resultTime="2026-02-05T01:00:00Z")
        got = self.get(f"Datastreams({stream})")
        self.assertEqual(got["phenomenonTime"], "2026-01-05T00:00:00Z/2026-02-05T00:00:00Z")
        self.assertEqual(got["resultTime"], "2026-01-05T01:00:00Z/2026-02-05T01:00:00Z")
        self.delete(f"Observations({last['@iot.id']})")
        got = self.get(f"Datastreams({stream})")
        self.assertTrue(got["phenomenonTime"].startswith("2026-01-05T00:00:00Z"))
        self.assertTrue(got["phenomenonTime"].endswith("2026-01-05T00:00:00Z"))


class MultiDatastream(SensorThings):
    def test_multi_datastream_constraints(self):
        made, _ = self.make()
        for break_it in ({"multiObservationDataTypes": [MEASUREMENT]},
                         {"unitOfMeasurements": []}, {"ObservedProperties": []}):
            self.refused("POST", "MultiDatastreams", {**multi_datastream(made), **break_it})
        multi = self.post("MultiDatastreams", multi_datastream(made))["@iot.id"]
        link = {"MultiDatastream": {"@iot.id": multi}}
        self.assertEqual(self.post("Observations", {**link, "result": [3.5, 270]})["result"][1], 270)
        for wrong in ([1], [1, 2, 3], 5, "text"):
            self.refused("POST", "Observations", {**link, "result": wrong})

    def test_its_properties_keep_their_order(self):
        made, _ = self.make()
        multi = self.post("MultiDatastreams", multi_datastream(made))["@iot.id"]
        self.assertEqual(self.names(f"MultiDatastreams({multi})/ObservedProperties"),
                         ["wind speed", "wind direction"])

    def test_it_is_no_datastream(self):
        made, _ = self.make()
        multi = self.post("MultiDatastreams", multi_datastream(made))["@iot.id"]
        self.refused("GET", f"Datastreams({multi})", status=404)
        seen = self.post(f"MultiDatastreams({multi})/Observations", {"result": [1, 2]})["@iot.id"]
        self.assertEqual(self.get(f"Observations({seen})/MultiDatastream")["@iot.id"], multi)
        self.refused("GET", f"Observations({seen})/Datastream", status=404)
        self.delete(f"MultiDatastreams({multi})")
        self.refused("GET", f"Observations({seen})", status=404)


class DataArray(SensorThings):
    def test_data_array_data_array(self):
        _, a = self.make()
        _, b = self.make()
        body = [{"Datastream": {"@iot.id": a}, "components": ["phenomenonTime", "result"],
                 "dataArray@iot.count": 2,
                 "dataArray": [["2026-05-01T00:00:00Z", 20], ["2026-05-01T01:00:00Z", 30]]},
                {"Datastream": {"@iot.id": b},
                 "components": ["phenomenonTime", "result", "resultTime"],
                 "dataArray": [["2026-05-01T00:00:00Z", 65, "2026-05-01T00:00:00Z"],
                               ["not a time", 60, "2026-05-01T01:00:00Z"]]}]
        answer = self.ask("POST", "CreateObservations", body).expect(201)
        self.assertEqual(len(answer), 4)
        self.assertEqual([self.get(link)["result"] for link in answer[:3]], [20, 30, 65])
        self.assertTrue(answer[3].startswith("error"))
        self.assertEqual(self.get(answer[2])["resultTime"], "2026-05-01T00:00:00Z")
        got = self.values(f"Datastreams({a})/Observations?$resultFormat=dataArray"
                          "&$select=phenomenonTime,result")
        self.assertEqual(got[0]["components"], ["phenomenonTime", "result"])
        self.assertEqual(got[0]["dataArray"],
                         [["2026-05-01T00:00:00Z", 20], ["2026-05-01T01:00:00Z", 30]])
        self.assertEqual(got[0]["dataArray@iot.count"], 2)
        whole = self.values("Observations?$resultFormat=dataArray")
        self.assertEqual(len(whole), 2)
        self.assertIn("Datastream@iot.navigationLink", whole[0])


class Batch(SensorThings):
    def test_batch_request_batch_request(self):
        made, _ = self.make()
        body = {"requests": [
            {"id": "0", "method": "get", "url": f"Things({made})?$select=name"},
            {"id": "1", "atomicityGroup": "g", "method": "post", "url": "Things",
             "body": {"name": "in a batch", "description": "x"}},
            {"id": "2", "atomicityGroup": "g", "method": "post", "url": "$1/Datastreams",
             "body": datastream("of the new one")},
            {"id": "3", "method": "get", "url": "Things(999999)"}]}
        answers = {a["id"]: a for a in self.ask("POST", "$batch", body).expect(200)["responses"]}
        self.assertEqual([answers[k]["status"] for k in "0123"], [200, 201, 201, 404])
        self.assertEqual(answers["0"]["body"]["name"], "station")
        link = answers["1"]["location"] if "location" in answers["1"] else \
            answers["1"]["headers"]["location"]
        self.assertEqual(self.names(f"{link}/Datastreams"), ["of the new one"])

    def multipart(self, *parts, boundary="batch_1", kind="application/http"):
        lines = []
        for head, content in parts:
            lines += [f"--{boundary}", f"Content-Type: {head}"]
            lines += [] if head.startswith("multipart") else ["Content-Transfer-Encoding: binary"]
            lines += ["", content]
        return "\r\n".join(lines + [f"--{boundary}--", ""])

    def http(self, method, path, body=None):
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        return head + ("\r\n" if body is None else
                       f"Content-Type: application/json\r\n\r\n{json.dumps(body)}")

    def test_a_multipart_batch_with_a_change_set_and_references_back(self):
        changes = self.multipart(
            ("application/http\r\nContent-ID: 1", self.http("POST", "/v1.1/Things", {
                "name": "of a change set", "description": "x"})),
            ("application/http\r\nContent-ID: 2", self.http("POST", "$1/Datastreams", datastream())),
            boundary="changes_1")
        body = self.multipart(("application/http", self.http("GET", "/v1.1/Sensors?$top=1")),
                              ("multipart/mixed;boundary=changes_1", changes),
                              ("application/http", self.http("GET", "/v1.1/Things(999999)")))
        answer = self.ask("POST", "$batch", body, {"Content-Type": "multipart/mixed;boundary=batch_1"})
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("multipart/mixed"))
        self.assertIn("HTTP/1.1 200", answer.text)
        self.assertEqual(answer.text.count("HTTP/1.1 201"), 2)
        self.assertIn("HTTP/1.1 404", answer.text)
        self.assertEqual(len(self.values("Things?$filter=name eq 'of a change set' and "
                                         "Datastreams/name eq 'temperature'")), 1)

    def test_a_change_set_that_fails_leaves_nothing_behind(self):
        body = {"requests": [
            {"id": "1", "atomicityGroup": "g", "method": "post", "url": "Things",
             "body": {"name": "never", "description": "x"}},
            {"id": "2", "atomicityGroup": "g", "method": "post", "url": "Things",
             "body": {"description": "without a name"}}]}
        answers = self.ask("POST", "$batch", body).expect(200)["responses"]
        self.assertTrue(all(a["status"] >= 400 for a in answers))
        self.assertEqual(self.values("Things?$filter=name eq 'never'"), [])


class Version10(SensorThings):
    """The same, as 15-078r6 has it at /v1.0."""
    version = "v1.0"

    def test_the_root_names_the_sets_and_nothing_else(self):
        self.assertEqual(set(self.get("")), {"value"})

    def test_what_came_with_1_1_is_shown_only_where_it_was_given(self):
        made = self.post("Things", thing(Datastreams=[datastream(properties={"a": 1})]))["@iot.id"]
        stream = self.values(f"Things({made})/Datastreams")[0]
        self.assertEqual(stream["properties"], {"a": 1})
        self.assertNotIn("properties", self.values(f"Things({made})/Locations")[0])
        self.assertIn("properties", self.get(f"Things({made})"))
        self.assertTrue(stream["@iot.selfLink"].startswith(self.root))


if __name__ == "__main__":
    unittest.main()
