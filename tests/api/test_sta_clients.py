"""SensorThings as clients of other servers ask it: what the standard leaves open, and they rely
on."""
import unittest

from sta import SensorThings, datastream, location, point, sensor, thing


def observed(stream, result, **fields):
    return {"result": result, "Datastream": {"@iot.id": stream}, **fields}


def feature(lon, lat):
    return {"name": "here", "description": "a place", "encodingType": "application/geo+json",
            "feature": point(lon, lat)}


class Questions(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_option_names_are_known_in_any_case")
        cls.thing, cls.stream = one.make(name="asked", properties={
            "flag": True, "numbers": [7, 8, 9], "tables": [[1, 2], [3, 4]]})
        for n in range(1, 13):
            one.observe(cls.stream, n, f"2025-01-01T00:00:{n:02}Z",
                        parameters={"flag": "true" if n == 1 else n % 2 == 0})

    def asked(self, text):
        return self.results(f"Datastreams({self.stream})/Observations?$filter={text}"
                            "&$orderby=phenomenonTime")

    def test_option_names_are_known_in_any_case(self):
        self.assertEqual(self.results(f"Datastreams({self.stream})/Observations"
                                      "?$orderBy=id desc&$TOP=2"), [12, 11])
        self.assertEqual(self.refused("GET", "Things?$color=1", status=501)["value"], "$color")

    def test_an_option_may_be_encoded_whole(self):
        answer = self.client.get(f"/v1.1/Datastreams({self.stream})/Observations"
                                 "?%24filter%3Dresult+eq+3").expect(200)
        self.assertEqual([value["result"] for value in answer["value"]], [3])

    def test_a_result_asked_for_by_a_text_is_compared_as_one(self):
        self.assertEqual(self.asked("result gt '3'"), [4, 5, 6, 7, 8, 9])
        self.assertEqual(self.asked("result gt 9"), [10, 11, 12])
        self.assertEqual(self.asked("result eq '3'"), [3])

    def test_results_are_divided_as_what_was_measured(self):
        self.assertEqual(self.asked("14 div (result add 1) mod 3 mul 3 eq 3"), [1])
        self.assertEqual(self.asked("1 add result mul 2 sub -1 eq 4"), [1])

    def test_a_place_in_a_list_is_named_as_it_was_asked_for(self):
        path = f"Things({self.thing})/properties/"
        self.assertEqual(self.get(path + "numbers[1]"), {"numbers[1]": 8})
        self.assertEqual(self.get(path + "tables[1][0]"), {"tables[1][0]": 3})
        self.assertEqual(self.ask("GET", path + "numbers[1]/$value").text, "8")

    def test_members_of_json_are_compared_across_links(self):
        found = self.asked("parameters/flag eq Datastream/Thing/properties/flag")
        self.assertEqual(found, [1, 2, 4, 6, 8, 10, 12])

    def test_a_path_may_come_back_to_where_it_began(self):
        other = self.post("Datastreams", datastream("second", Thing={"@iot.id": self.thing},
                                                    ObservedProperty={
                                                        "name": "humidity", "description": "h",
                                                        "definition": "http://example.org/h"}))
        found = self.values("Datastreams?$filter=Thing/Datastreams/ObservedProperty/name eq "
                            "'humidity'&$select=id")
        self.assertEqual([value["@iot.id"] for value in found], [self.stream, other["@iot.id"]])
        back = "Things?$filter=Datastreams/Thing/Datastreams/ObservedProperty/name eq 'humidity'"
        self.assertEqual(self.names(back), ["asked"])

    def test_what_is_expanded_has_no_links_unless_they_are_selected(self):
        seen = self.get(f"Things({self.thing})?$expand=Datastreams($top=1)")
        self.assertIn("Datastreams@iot.navigationLink", seen)
        self.assertEqual([key for key in seen["Datastreams"][0] if "navigationLink" in key], [])
        seen = self.get(f"Things({self.thing})?$expand=Datastreams($top=1;$select=Sensor)")
        self.assertEqual(list(seen["Datastreams"][0]), ["Sensor@iot.navigationLink"])

    def test_a_data_array_has_every_property_of_an_observation(self):
        group = self.values(f"Datastreams({self.stream})/Observations?$resultFormat=dataArray"
                            "&$top=1")[0]
        self.assertEqual(set(group["components"]), {
            "id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime",
            "parameters"})
        self.assertEqual(len(group["dataArray"][0]), 7)


class Results(SensorThings):
    def test_a_gauge_takes_results_of_any_type(self):
        _, stream = self.make()
        for result in ("warm", True, [1, 2], {"a": 1}, None, 3):
            self.assertEqual(self.observe(stream, result)["result"], result)

    def test_a_deep_insert_takes_results_of_any_type(self):
        made = self.post("Things", thing(Datastreams=[datastream(
            Observations=[{"result": result} for result in ("warm", [1], 2)])]))["@iot.id"]
        stream = self.values(f"Things({made})/Datastreams")[0]["@iot.id"]
        self.assertEqual(self.results(f"Datastreams({stream})/Observations?$orderby=id"),
                         ["warm", [1], 2])

    def test_a_long_integer_keeps_its_digits(self):
        _, stream = self.make()
        made = self.observe(stream, 5446899546002250516)
        self.assertEqual(made["result"], 5446899546002250516)
        self.assertEqual(self.results(f"Observations({made['@iot.id']})/Datastream/Observations"
                                      "?$filter=result eq 5446899546002250516"),
                         [5446899546002250516])

    def test_a_forecast_lies_ahead(self):
        _, stream = self.make()
        made = self.observe(stream, 31.5, "2150-06-01T00:00:00Z")
        self.assertEqual(made["phenomenonTime"], "2150-06-01T00:00:00Z")
        deep = thing(Datastreams=[datastream(Observations=[
            {"result": 1, "phenomenonTime": "2151-06-01T00:00:00Z"}])])
        self.post("Things", deep)
        self.assertEqual(self.get(f"Datastreams({stream})")["phenomenonTime"],
                         "2150-06-01T00:00:00Z/2150-06-01T00:00:00Z")


    def test_a_location_that_is_said_again_is_a_new_moment_of_its_history(self):
        made, _ = self.make()
        here = self.values(f"Things({made})/Locations")[0]["@iot.id"]
        self.patch(f"Things({made})", {"Locations": [{"@iot.id": here}]})
        past = self.values(f"Things({made})/HistoricalLocations?$expand=Locations")
        self.assertEqual([[place["@iot.id"] for place in moment["Locations"]] for moment in past],
                         [[here], [here]])


class Links(SensorThings):
    def test_an_entity_that_comes_with_its_id_is_the_one_that_is_there(self):
        made, stream = self.make()
        whole = {key: value for key, value in self.get(f"Things({made})").items()
                 if "Link" not in key}
        other = self.post("Datastreams", datastream("second", Thing=whole))["@iot.id"]
        self.assertEqual(len(self.values("Things")), 1)
        self.assertEqual([value["@iot.id"] for value in
                          self.values(f"Things({made})/Datastreams")], [stream, other])
        self.observe(other, 7)
        self.post("Observations", {"result": 8, "Datastream": {**datastream(), "@iot.id": other}})
        self.assertEqual(self.results(f"Datastreams({other})/Observations"), [7, 8])
        self.refused("POST", "Datastreams", datastream("third", Thing={"@iot.id": 99, "name": "x"}))


class Areas(SensorThings):
    def area(self, stream):
        return self.get(f"Datastreams({stream})").get("observedArea")

    def test_the_observed_area_is_the_box_around_what_was_observed(self):
        _, stream = self.make(Locations=[location(lon=8.0, lat=52.0)])
        self.assertIsNone(self.area(stream))
        self.observe(stream, 1)
        self.assertEqual(self.area(stream), {"type": "Point", "coordinates": [8, 52]})
        self.post("Observations", observed(stream, 2, FeatureOfInterest=feature(9, 53)))
        self.assertEqual(self.area(stream), {"type": "Polygon", "coordinates": [
            [[8, 52], [9, 52], [9, 53], [8, 53], [8, 52]]]})
        listed = self.values(f"Datastreams?$filter=id eq {stream}")[0]
        self.assertEqual(listed["observedArea"], self.area(stream))
        self.post("Observations", observed(stream, 3, FeatureOfInterest=feature(7, 52.5)))
        self.assertEqual(self.area(stream)["coordinates"][0][0], [7, 52])

    def test_the_observed_area_is_asked_for_by_filters(self):
        made, stream = self.make(Locations=[location(lon=20.0, lat=30.0)])
        self.observe(stream, 1)
        within = "geo.intersects(observedArea, geography'POLYGON((19 29, 21 29, 21 31, 19 31, 19 29))')"
        self.assertEqual([value["@iot.id"] for value in
                          self.values(f"Things({made})/Datastreams?$filter={within}")], [stream])

    def test_an_area_that_was_set_stays(self):
        polygon = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
        _, stream = self.make(Datastreams=[datastream(observedArea=polygon)])
        self.observe(stream, 1)
        self.assertEqual(self.area(stream), polygon)

    def test_a_patch_does_not_set_the_area_that_was_found_out(self):
        _, stream = self.make(Locations=[location(lon=8.0, lat=52.0)])
        self.observe(stream, 1)
        self.patch(f"Datastreams({stream})", [{"op": "add", "path": "/properties",
                                               "value": {"a": 1}}],
                   headers={"Content-Type": "application/json-patch+json"})
        self.post("Observations", observed(stream, 2, FeatureOfInterest=feature(9, 52)))
        self.assertEqual(self.area(stream), {"type": "LineString",
                                             "coordinates": [[8, 52], [9, 52]]})


class Older(SensorThings):
    version = "v1.0"

    def test_properties_of_1_1_are_shown_where_they_were_given(self):
        made = self.post("Sensors", {**sensor(), "properties": {"a": 1}})
        self.assertEqual(made["properties"], {"a": 1})
        self.assertNotIn("properties", self.post("Sensors", sensor()))
        self.assertEqual(self.get(f"Sensors({made['@iot.id']})/properties/a"), {"a": 1})


if __name__ == "__main__":
    unittest.main()
