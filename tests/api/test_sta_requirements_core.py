"""OGC 18-088, Sensing Core and Filtering: one test for each requirement, named like it."""
import unittest

from sta import LINKS, SETS, TO_ONE, SensorThings, all_pages, location, \
    multi_datastream


PROPERTIES = {
    "Things": {"name": str, "description": str, "properties": dict},
    "Locations": {"name": str, "description": str, "encodingType": str, "location": dict},
    "HistoricalLocations": {"time": str},
    "Datastreams": {"name": str, "description": str, "unitOfMeasurement": dict,
                    "observationType": str},
    "MultiDatastreams": {"name": str, "description": str, "unitOfMeasurements": list,
                         "observationType": str, "multiObservationDataTypes": list},
    "Sensors": {"name": str, "description": str, "encodingType": str, "metadata": str},
    "ObservedProperties": {"name": str, "definition": str, "description": str},
    "Observations": {"phenomenonTime": str, "result": (int, float)},
    "FeaturesOfInterest": {"name": str, "description": str, "encodingType": str, "feature": dict},
}


class Datamodel(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_service_root")
        cls.thing, cls.stream = one.make()
        one.post("MultiDatastreams", multi_datastream(cls.thing))
        one.observe(cls.stream, 21.5, "2026-03-01T08:00:00Z")

    def test_service_root(self):
        root = self.get("")
        self.assertEqual({entry["name"] for entry in root["value"]}, SETS)
        for entry in root["value"]:
            self.assertEqual(entry["url"], f"{self.root}/{entry['name']}")
        conformance = root["serverSettings"]["conformance"]
        for wanted in ("datamodel", "resource-path", "request-data", "create-update-delete",
                       "batch-request", "multi-datastream", "data-array"):
            self.assertTrue(any(f"/iot_sensing/1.1/req/{wanted}" in c for c in conformance), wanted)

    def test_datamodel_entity_control_information_common_control_information(self):
        for name in SETS:
            for entity in self.values(name):
                self.assertIsInstance(entity["@iot.id"], int)
                self.assertEqual(entity["@iot.selfLink"], f"{self.root}/{name}({entity['@iot.id']})")
                for link in LINKS[name] - {"MultiDatastream", "Datastream", "MultiDatastreams"}:
                    self.assertTrue(entity[f"{link}@iot.navigationLink"].endswith(link), link)

    def check_properties(self, name):
        entities = self.values(name)
        self.assertTrue(entities)
        for entity in entities:
            for key, kind in PROPERTIES[name].items():
                self.assertIsInstance(entity[key], kind, f"{name}/{key}")

    def check_relations(self, name):
        """Each navigation link can be followed, and leads to what its name says."""
        for entity in self.values(name):
            links = {key.split("@")[0] for key in entity if key.endswith("@iot.navigationLink")}
            self.assertLessEqual(links, LINKS[name])
            self.assertLessEqual(LINKS[name] - {"Datastream", "MultiDatastream"}, links)
            for link in links:
                target = entity[f"{link}@iot.navigationLink"]
                got = self.get(target if target.startswith("http") else target)
                if link in TO_ONE:
                    self.assertIn(f"/{TO_ONE[link]}(", got["@iot.selfLink"])
                else:
                    self.assertIsInstance(got["value"], list)

    def test_resource_path_resource_path_to_entities(self):
        stream, thing_id = self.stream, self.thing
        some = {"set": "Things", "one": f"Things({thing_id})", "property": f"Things({thing_id})/name",
                "value": f"Things({thing_id})/name/$value",
                "to many": f"Things({thing_id})/Datastreams",
                "one of many": f"Things({thing_id})/Datastreams({stream})",
                "to one": f"Datastreams({stream})/Thing",
                "deep": f"Datastreams({stream})/Thing/Locations",
                "deeper": f"Things({thing_id})/Datastreams({stream})/ObservedProperty/name",
                "sub-property": f"Datastreams({stream})/unitOfMeasurement/symbol",
                "of JSON": f"Things({thing_id})/properties/owner",
                "references": f"Things({thing_id})/Datastreams/$ref",
                "reference": f"Datastreams({stream})/Thing/$ref",
                "quoted id": f"Things('{thing_id}')"}
        answers = {key: self.ask("GET", path).expect(200) for key, path in some.items()}
        self.assertEqual(answers["property"], {"name": "station"})
        self.assertEqual(answers["value"], b"station")
        self.assertEqual(answers["one of many"]["@iot.id"], stream)
        self.assertEqual(answers["to one"]["@iot.id"], thing_id)
        self.assertEqual(answers["deeper"], {"name": "air temperature"})
        self.assertEqual(answers["sub-property"], {"symbol": "degC"})
        self.assertEqual(answers["of JSON"], {"owner": "ward 7"})
        self.assertEqual(answers["references"]["value"],
                         [{"@iot.selfLink": f"{self.root}/Datastreams({stream})"}])
        self.assertEqual(answers["quoted id"]["@iot.id"], thing_id)

    def test_request_data_status_code(self):
        for path in ("Things(999999)", "Nothings", "Things(1000000)/name", "Sensors(777777)/Datastreams",
                     f"Things({self.thing})/nothing", f"Things({self.thing})/Sensor",
                     f"Things({self.thing})/Datastreams(999999)"):
            self.refused("GET", path, status=404)

    def test_request_data_query_status_code(self):
        for query in ("$nothing=1", "$top=-1", "$top=x", "$skip=1.5", "$filter=", "$filter=name eq",
                      "$orderby=nothing", "$select=nothing", "$expand=Nothing",
                      "$filter=nothing eq 1", "$count=perhaps", "$filter=nofunction(name) eq 1",
                      "$resultFormat=paper"):
            answer = self.ask("GET", f"Things?{query}")
            self.assertIn(answer.status, (400, 501), query)


def add_entity_tests():
    names = {"Things": "thing", "Locations": "location", "HistoricalLocations":
             "historical_location", "Datastreams": "datastream", "Sensors": "sensor",
             "ObservedProperties": "observed_property", "Observations": "observation",
             "FeaturesOfInterest": "feature_of_interest"}
    for name, word in [*names.items(), ("MultiDatastreams", None)]:
        stem = f"test_datamodel_{word}" if word else "test_multi_datastream"
        setattr(Datamodel, f"{stem}_properties", lambda self, n=name: self.check_properties(n))
        setattr(Datamodel, f"{stem}_relations", lambda self, n=name: self.check_relations(n))


add_entity_tests()


class RequestData(SensorThings):
    """Five Things a to e; the Datastream of each has the results 1 to 12 times its number."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_request_data_top")
        cls.streams = []
        for number, name in enumerate("abcde", 1):
            made, stream = one.make(name=name, properties={"number": number, "tags": {"even": number % 2 == 0}},
                                    Locations=[location(name, 105 + number / 10, 21)])
            cls.streams.append(stream)
            for month in range(1, 13):
                one.observe(stream, month * number, f"2025-{month:02}-01T00:00:00Z")

    def test_request_data_top(self):
        page = self.get("Things?$top=2")
        self.assertEqual([t["name"] for t in page["value"]], ["a", "b"])
        self.assertIn("@iot.nextLink", page)
        self.assertEqual(self.values("Things?$top=0"), [])
        self.assertNotIn("@iot.nextLink", self.get("Things?$top=5"))

    def test_request_data_skip(self):
        self.assertEqual(self.names("Things?$skip=3"), ["d", "e"])
        self.assertEqual(self.names("Things?$skip=1&$top=2"), ["b", "c"])
        self.assertEqual(self.names("Things?$skip=9"), [])

    def test_request_data_count(self):
        self.assertEqual(self.get("Things?$count=true")["@iot.count"], 5)
        self.assertEqual(self.get("Things?$count=true&$top=1&$filter=name gt 'b'")["@iot.count"], 3)
        self.assertNotIn("@iot.count", self.get("Things?$count=false"))
        self.assertEqual(self.get("Observations?$count=true&$top=1")["@iot.count"], 60)
        expanded = self.values("Datastreams?$expand=Observations($count=true;$top=1)")
        self.assertEqual([d["Observations@iot.count"] for d in expanded], [12] * 5)

    def test_request_data_pagination(self):
        for path in ("Things?$top=2", "Things?$top=2&$orderby=name desc", "Observations?$top=7",
                     "Observations?$top=7&$orderby=result desc",
                     "Observations?$top=11&$orderby=phenomenonTime desc",
                     "Datastreams?$top=1&$expand=Observations($top=2)",
                     "Observations?$top=9&$filter=result gt 10&$orderby=result,phenomenonTime desc"):
            whole = self.values(path.replace("$top=7", "$top=100").replace("$top=9", "$top=100")
                                .replace("$top=11", "$top=100").replace("?$top=1&", "?$top=100&")
                                .replace("?$top=2", "?$top=100"))
            pages = all_pages(self, path)
            self.assertEqual([v["@iot.id"] for v in pages], [v["@iot.id"] for v in whole], path)

    def test_pages_stand_still_while_others_are_added(self):
        first = self.get("Things?$top=2&$orderby=name")
        made, _ = self.make(name="aa")
        try:
            self.assertEqual([t["name"] for t in self.get(first["@iot.nextLink"])["value"]],
                             ["c", "d"])
        finally:
            self.delete(f"Things({made})")

    def test_request_data_orderby(self):
        self.assertEqual(self.names("Things?$orderby=name desc"), list("edcba"))
        self.assertEqual(self.names("Things?$orderby=properties/tags/even,name desc"),
                         list("ecadb"))
        self.assertEqual(self.names("Things?$orderby=properties/number mod 2,name desc"),
                         list("dbeca"))
        stream = self.streams[1]
        path = f"Datastreams({stream})/Observations?$orderby=phenomenonTime desc&$top=3"
        self.assertEqual(self.results(path), [24, 22, 20])
        self.assertEqual(self.results(f"Datastreams({stream})/Observations?$orderby=result&$top=2"),
                         [2, 4])
        self.assertEqual(self.names("Datastreams?$orderby=Thing/name desc&$expand=Thing")[0],
                         "temperature")
        got = self.values("Datastreams?$orderby=Thing/name desc&$expand=Thing")
        self.assertEqual([d["Thing"]["name"] for d in got], list("edcba"))

    def test_request_data_select(self):
        one = self.values("Things?$select=name,id&$top=1")
        self.assertEqual(one[0]["name"], "a")
        self.assertNotIn("description", one[0])
        self.assertNotIn("properties", one[0])
        only = self.values("Things?$select=name")[0]
        self.assertEqual({key for key in only if not key.startswith("@iot")}, {"name"})
        two = self.values("Things?$select=name,Datastreams")[0]
        self.assertIn("Datastreams@iot.navigationLink", two)
        expanded = self.values("Things?$select=name&$expand=Datastreams($select=description)")[0]
        self.assertEqual({k for k in expanded["Datastreams"][0] if not k.startswith("@iot")},
                         {"description"})

    def test_request_data_expand(self):
        one = self.values("Things?$expand=Datastreams/ObservedProperty,Locations&$top=1")[0]
        self.assertEqual(one["Locations"][0]["name"], "a")
        self.assertEqual(one["Datastreams"][0]["ObservedProperty"]["name"], "air temperature")
        nested = "Things?$expand=Datastreams($expand=Observations($filter=result gt 50;" \
            "$orderby=result desc;$top=2;$select=result))&$filter=name eq 'e'"
        got = self.values(nested)[0]["Datastreams"][0]["Observations"]
        self.assertEqual([o["result"] for o in got], [60, 55])
        stream = self.get(f"Datastreams({self.streams[0]})?$expand=Thing/Locations,Sensor")
        self.assertEqual(stream["Thing"]["Locations"][0]["name"], "a")
        self.assertEqual(stream["Sensor"]["name"], "DS18B20")
        last = self.values("Datastreams?$expand=Observations($top=1;$orderby=phenomenonTime desc)")
        self.assertEqual([d["Observations"][0]["result"] for d in last], [12, 24, 36, 48, 60])
        self.assertTrue(all("Observations@iot.nextLink" in d for d in last))

    def test_request_data_order(self):
        """Filter, count, order, skip, top, then expand and select: whatever their order in the URL."""
        a = self.get("Things?$select=name&$top=1&$skip=1&$orderby=name desc&$count=true&$filter=name lt 'd'")
        b = self.get("Things?$filter=name lt 'd'&$count=true&$orderby=name desc&$skip=1&$top=1&$select=name")
        self.assertEqual(a["value"], b["value"])
        self.assertEqual((a["@iot.count"], a["value"][0]["name"]), (3, "b"))

    def test_request_data_filter(self):
        self.assertEqual(self.names("Things?$filter=name eq 'c'"), ["c"])
        self.assertEqual(self.names("Things?$filter=properties/number gt 3"), ["d", "e"])
        self.assertEqual(self.names("Things?$filter=Datastreams/Observations/result eq 60"), ["e"])
        self.assertEqual(self.names("Things?$filter=Datastreams/any(d:d/Observations/any(o:o/result gt 55))"),
                         ["e"])
        self.assertEqual(len(self.values("Datastreams?$filter=Thing/name eq 'b' or Thing/name eq 'c'")), 2)
        self.assertEqual(len(self.values("Observations?$filter=Datastream/Thing/name eq 'b'")), 12)
        self.assertEqual(self.results(f"Datastreams({self.streams[0]})/Observations?$filter="
                                      "phenomenonTime ge 2025-11-01T00:00:00Z"), [11, 12])

    BUILT_IN_OPERATIONS = {
        "name eq 'a'": "a", "name ne 'a'": "bcde", "properties/number gt 3": "de",
        "properties/number ge 3": "cde", "properties/number lt 3": "ab",
        "properties/number le 3": "abc",
        "properties/number gt 1 and properties/number lt 4": "bc",
        "name eq 'a' or name eq 'e'": "ae", "not name eq 'a'": "bcde", "not (name gt 'b')": "ab",
        "properties/number add 1 eq 3": "b", "properties/number sub 1 eq 3": "d",
        "properties/number mul 2 eq 6": "c", "properties/number div 2 eq 2": "de",
        "properties/number mod 2 eq 0": "bd", "name in ('a','c','x')": "ac",
        "(properties/number add 1) mul 2 gt 9": "de",
        "properties/tags/even eq true": "bd", "properties/nothing eq null": "abcde",
        "properties/nothing gt 0": "",
    }

    def test_request_data_built_in_filter_operations(self):
        for text, wanted in self.BUILT_IN_OPERATIONS.items():
            self.assertEqual("".join(self.names(f"Things?$filter={text}")), wanted, text)

    THINGS = {
        "substringof('tion',description)": "", "substringof('the',description)": "abcde",
        "contains(description,'the c')": "c", "endswith(description,'e e')": "e",
        "startswith(description,'the a')": "a", "length(name) eq 1": "abcde",
        "indexof(description,'c') eq 4": "c", "substring(description,4) eq 'd'": "d",
        "substring(description,0,3) eq 'the'": "abcde", "tolower(name) eq 'b'": "b",
        "toupper(name) eq 'B'": "b", "trim(concat(concat(' ',name),' ')) eq 'e'": "e",
        "concat(name,'!') eq 'c!'": "c", "round(properties/number div 2.0) eq 2": "cd",
        "floor(properties/number div 2.0) eq 2": "de",
        "ceiling(properties/number div 2.0) eq 2": "cd",
    }
    OBSERVATIONS = {
        "year(phenomenonTime) eq 2025": 12, "month(phenomenonTime) eq 5": 1,
        "day(phenomenonTime) eq 1": 12, "hour(phenomenonTime) eq 0": 12,
        "minute(phenomenonTime) eq 0": 12, "second(phenomenonTime) eq 0": 12,
        "fractionalseconds(phenomenonTime) eq 0": 12,
        "date(phenomenonTime) eq date(2025-03-01T00:00:00Z)": 1,
        "time(phenomenonTime) eq time(2025-03-01T00:00:00Z)": 12,
        "totaloffsetminutes(phenomenonTime) eq 0": 12,
        "result eq '3'": 1, "result eq 3": 1, "result gt 'a'": 0,
        "phenomenonTime lt now()": 12, "phenomenonTime gt mindatetime()": 12,
        "phenomenonTime lt maxdatetime()": 12,
        "phenomenonTime gt 2025-06-01T00:00:00Z": 6,
        "phenomenonTime add duration'P1D' gt 2025-12-01T12:00:00Z": 1,
        "phenomenonTime ge 2025-02-01T07:00:00+07:00 and phenomenonTime lt 2025-04-01T00:00:00Z": 2,
    }
    PLACES = {
        "st_within(location,geography'POLYGON((105 20,105.35 20,105.35 22,105 22,105 20))')": "abc",
        "geo.intersects(location,geography'POLYGON((105.15 20,105.35 20,105.35 22,105.15 22,105.15 20))')": "bc",
        "geo.distance(location,geography'POINT(105.1 21)') lt 0.15": "ab",
        "geo.length(geography'LINESTRING(0 0,0 5)') eq 5": "abcde",
        "st_equals(location,geography'POINT(105.4 21)')": "d",
        "st_disjoint(location,geography'POLYGON((105 20,105.35 20,105.35 22,105 22,105 20))')": "de",
        "st_intersects(location,geography'LINESTRING(105.2 20,105.2 22)')": "b",
        "st_touches(geography'LINESTRING(105.5 21,106 21)',location)": "e",
        "st_contains(geography'POLYGON((105 20,105.15 20,105.15 22,105 22,105 20))',location)": "a",
        "st_overlaps(location,geography'POINT(105.4 21)')": "",
        "st_crosses(geography'LINESTRING(105 21,106 21)',geography'LINESTRING(105.5 20,105.5 22)')": "abcde",
        "st_relate(location,geography'POINT(105.4 21)','0FFFFFFF2')": "d",
    }

    def test_request_data_built_in_query_functions(self):
        for text, wanted in self.THINGS.items():
            self.assertEqual("".join(self.names(f"Things?$filter={text}")), wanted, text)
        stream = self.streams[0]
        for text, wanted in self.OBSERVATIONS.items():
            count = len(self.values(f"Datastreams({stream})/Observations?$filter={text}"))
            self.assertEqual(count, wanted, text)
        for text, wanted in self.PLACES.items():
            found = set(self.names(f"Locations?$filter={text}")) & set("abcde")
            self.assertEqual("".join(sorted(found)), wanted, text)


if __name__ == "__main__":
    unittest.main()
