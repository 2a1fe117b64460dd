"""GET of SensorThings beyond the requirements' own tests: pages that stay right while others write,
orders over many Datastreams, what is expanded for many at once, formats, windows, and who may read."""
import csv
import io
import itertools
import unittest

from sta import SensorThings, all_pages, datastream, location, thing
from xanh import Client, Server

DAY = "2025-01-{:02}T00:00:00Z"


class Pages(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_pages_of_each_order_hold_everything_once")
        cls.streams = []
        for number in range(3):
            thing_id, stream = one.make(name=f"station {number}")
            cls.streams.append(stream)
            for day in range(1, 10):
                # the same times in each, and two at one time
                for result in (day * (number + 1), -day):
                    one.observe(stream, result, DAY.format(day))

    def keys(self, values):
        return [value["@iot.id"] for value in values]

    def test_pages_of_each_order_hold_everything_once(self):
        everything = sorted(self.keys(self.values("Observations?$top=1000")))
        self.assertEqual(len(everything), 54)
        for order in ("", "phenomenonTime", "phenomenonTime desc", "id", "id desc", "result",
                      "result desc,phenomenonTime", "Datastream/name desc,result"):
            with self.subTest(order=order):
                option = f"&$orderby={order}" if order else ""
                whole = self.keys(self.values(f"Observations?$top=1000{option}"))
                paged = self.keys(all_pages(self, f"Observations?$top=7{option}"))
                self.assertEqual(sorted(paged), everything)
                self.assertEqual(paged, whole)

    def test_time_orders_all_datastreams_together(self):
        for order, reverse in (("phenomenonTime", False), ("phenomenonTime desc", True)):
            times = [value["phenomenonTime"]
                     for value in all_pages(self, f"Observations?$top=5&$orderby={order}")]
            self.assertEqual(times, sorted(times, reverse=reverse))

    def test_a_filter_goes_on_over_the_pages(self):
        path = "Observations?$filter=result lt 0 and Datastream/name eq 'temperature'&$top=4"
        self.assertEqual(len(all_pages(self, path + "&$orderby=phenomenonTime desc")), 27)
        self.assertEqual(len(all_pages(self, path)), 27)
        self.assertEqual(self.get(path + "&$count=true")["@iot.count"], 27)

    def test_skip_counts_on_the_first_page_alone(self):
        whole = self.keys(self.values("Observations?$top=1000&$orderby=result"))
        self.assertEqual(self.keys(all_pages(self, "Observations?$top=7&$skip=10&$orderby=result")),
                         whole[10:])
        self.assertEqual(len(all_pages(self, "Observations?$top=7&$skip=10")), 44)

    def test_a_time_in_the_filter_reads_that_time_alone(self):
        for text, days in (("phenomenonTime ge 2025-01-03T00:00:00Z", 7),
                           ("phenomenonTime gt 2025-01-03T00:00:00Z", 6),
                           ("2025-01-03T00:00:00Z gt phenomenonTime", 2),
                           ("phenomenonTime le 2025-01-03T00:00:00Z", 3),
                           ("phenomenonTime eq 2025-01-03T00:00:00Z", 1),
                           ("phenomenonTime ge 2025-01-03T00:00:00Z and "
                            "phenomenonTime lt 2025-01-05T00:00:00Z", 2)):
            path = f"Datastreams({self.streams[0]})/Observations?$filter={text}"
            self.assertEqual(len(all_pages(self, path)), 2 * days, text)

    def test_one_datastream_by_its_id_in_a_filter(self):
        path = f"Observations?$filter=Datastream/id eq {self.streams[1]}&$count=true"
        self.assertEqual(self.get(path)["@iot.count"], 18)
        first = self.values(f"Datastreams({self.streams[1]})/Observations?$top=1")[0]["@iot.id"]
        self.assertEqual(self.keys(self.values(f"Observations?$filter=id eq {first}")), [first])
        self.assertEqual(self.values("Observations?$filter=id eq 5"), [])

    def test_a_cursor_of_another_query_is_refused(self):
        self.refused("GET", "Observations?$orderby=result&$after=[\"t1\",\"i1\",2]")
        self.refused("GET", "Observations?$after=[\"s1\",\"i1\",2]")
        self.refused("GET", "Things?$after=nonsense")


class Inserts(SensorThings):
    def test_a_page_that_comes_later_is_not_moved_by_what_was_inserted(self):
        _, stream = self.make()
        for day in range(10, 20):
            self.observe(stream, day, DAY.format(day))
        path = f"Datastreams({stream})/Observations?$top=4&$orderby=phenomenonTime desc"
        page = self.get(path)
        self.observe(stream, 99, DAY.format(25))
        self.observe(stream, 98, DAY.format(24))
        rest = all_pages(self, page["@iot.nextLink"])
        self.assertEqual([value["result"] for value in page["value"] + rest],
                         list(range(19, 9, -1)))


class Deletions(SensorThings):
    def test_things_that_come_and_go_move_no_page(self):
        made = [self.post("Things", thing(name=f"n{number}"))["@iot.id"] for number in range(9)]
        for option in ("", "&$orderby=name", "&$filter=startswith(name,'n')"):
            page = self.get(f"Things?$top=3{option}&$select=id,name")
            gone = page["value"][0]["@iot.id"]
            self.delete(f"Things({gone})")
            seen = page["value"] + all_pages(self, page["@iot.nextLink"])
            self.assertEqual([value["@iot.id"] for value in seen],
                             made, option)
            made.remove(gone)


class Expanded(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_the_latest_of_each_datastream")
        cls.thing = one.post("Things", thing(
            name="many", Datastreams=[datastream(name=f"d{n}") for n in range(5)]))["@iot.id"]
        cls.streams = one.values(f"Things({cls.thing})/Datastreams")
        for number, stream in enumerate(cls.streams[:4]):
            for day in range(1, number + 2):
                one.observe(stream["@iot.id"], day * 10 + number, DAY.format(day))

    latest = "Observations($top=1;$orderby=phenomenonTime desc)"

    def test_the_latest_of_each_datastream(self):
        seen = self.values(f"Datastreams?$expand={self.latest}")
        self.assertEqual([[o["result"] for o in value["Observations"]] for value in seen],
                         [[10], [21], [32], [43], []])

    def test_what_is_behind_the_latest_is_a_link_away(self):
        seen = self.values(f"Datastreams?$expand={self.latest}")
        self.assertNotIn("Observations@iot.nextLink", seen[0])
        self.assertEqual(self.results(seen[3]["Observations@iot.nextLink"]), [33])
        self.assertEqual([o["result"] for o in
                          all_pages(self, seen[3]["Observations@iot.nextLink"])], [33, 23, 13])

    def test_options_of_an_expanded_set_are_its_own(self):
        options = "$filter=result gt 20;$orderby=result desc;$select=result;$top=2;$count=true"
        seen = self.values(f"Datastreams?$expand=Observations({options})&$select=name")
        self.assertEqual(seen[3]["Observations"], [{"result": 43}, {"result": 33}])
        self.assertEqual(seen[3]["Observations@iot.count"], 3)
        self.assertEqual([o["result"] for o in
                          all_pages(self, seen[3]["Observations@iot.nextLink"])], [23])
        self.assertEqual(set(seen[0]), {"name", "Observations", "Observations@iot.count"})

    def test_records_expand_with_filter_and_order_too(self):
        options = "$filter=name ne 'd2';$orderby=name desc;$top=2;$select=name;$count=true"
        seen = self.get(f"Things({self.thing})?$expand=Datastreams({options})")
        self.assertEqual(seen["Datastreams"], [{"name": "d4"}, {"name": "d3"}])
        self.assertEqual(seen["Datastreams@iot.count"], 4)
        self.assertEqual(self.names(seen["Datastreams@iot.nextLink"]), ["d1", "d0"])

    def test_a_page_of_an_expanded_set_goes_on(self):
        seen = self.get(f"Things({self.thing})?$expand=Datastreams($top=2)")
        names = [value["name"] for value in seen["Datastreams"]]
        names += [value["name"] for value in all_pages(self, seen["Datastreams@iot.nextLink"])]
        self.assertEqual(names, ["d0", "d1", "d2", "d3", "d4"])

    def test_depth_by_slashes_and_by_parentheses_is_the_same(self):
        by_slash = self.get(f"Datastreams({self.streams[0]['@iot.id']})?$expand=Thing/Locations,Sensor")
        nested = self.get(f"Datastreams({self.streams[0]['@iot.id']})"
                          "?$expand=Thing($expand=Locations),Sensor")
        self.assertEqual(by_slash, nested)
        self.assertEqual(by_slash["Thing"]["Locations"][0]["name"], location()["name"])

    def test_a_link_that_no_such_entity_has_is_refused(self):
        self.assertEqual(self.refused("GET", "Things?$expand=Observations")["field"], "$expand")
        self.assertEqual(self.refused("GET", "Things?$select=colour")["field"], "$select")

    def test_a_selected_link_is_shown_as_a_link(self):
        seen = self.get(f"Things({self.thing})?$select=name,Datastreams")
        self.assertEqual(set(seen), {"name", "Datastreams@iot.navigationLink"})
        self.assertEqual(len(self.values(seen["Datastreams@iot.navigationLink"])), 5)

    def test_filters_look_across_links(self):
        for text, wanted in (("Thing/name eq 'many' and name eq 'd1'", ["d1"]),
                             ("Observations/result eq 43", ["d3"]),
                             ("Observations/any(o:o/result gt 25)", ["d2", "d3"]),
                             ("not Observations/any()", ["d4"]),
                             ("Thing/Locations/name eq 'nowhere'", [])):
            self.assertEqual(self.names(f"Datastreams?$filter={text}"), wanted, text)


class Formats(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_a_data_array_groups_by_datastream")
        cls.streams = [one.make(name=f"s{n}")[1] for n in range(2)]
        for stream, day in itertools.product(cls.streams, (1, 2)):
            one.observe(stream, day / 4, DAY.format(day))

    def test_a_data_array_groups_by_datastream(self):
        groups = self.values("Observations?$resultFormat=dataArray&$select=phenomenonTime,result")
        self.assertEqual([group["Datastream@iot.navigationLink"] for group in groups],
                         [f"{self.root}/Datastreams({stream})" for stream in self.streams])
        for group in groups:
            self.assertEqual(group["components"], ["phenomenonTime", "result"])
            self.assertEqual(group["dataArray@iot.count"], 2)
            self.assertEqual([[time, float(result)] for time, result in group["dataArray"]],
                             [[DAY.format(1), 0.25], [DAY.format(2), 0.5]])

    def test_a_data_array_is_for_observations(self):
        self.assertEqual(self.refused("GET", "Things?$resultFormat=dataArray")["field"],
                         "$resultFormat")
        self.refused("GET", "Things?$resultFormat=tea")

    def test_csv_has_what_is_expanded_to_one_as_columns(self):
        answer = self.ask("GET", "Observations?$resultFormat=CSV&$select=phenomenonTime,result"
                                 "&$expand=Datastream($select=name;$expand=Thing($select=name))")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("text/csv"))
        rows = list(csv.reader(io.StringIO(answer.text)))
        self.assertEqual(rows[0], ["phenomenonTime", "result", "Datastream/name",
                                   "Datastream/Thing/name"])
        self.assertEqual(rows[1], [DAY.format(1), "0.25", "temperature", "s0"])
        self.assertEqual(len(rows), 5)
        self.refused("GET", "Things?$resultFormat=CSV&$expand=Datastreams")

    def test_geojson_finds_the_geometry_of_what_is_expanded(self):
        seen = self.get("Things?$resultFormat=GeoJSON&$expand=Locations")
        self.assertEqual(seen["type"], "FeatureCollection")
        self.assertEqual(seen["features"][0]["type"], "Feature")
        self.assertEqual(seen["features"][0]["geometry"]["type"], "Point")
        self.assertEqual(seen["features"][0]["properties"]["Locations/0/name"], location()["name"])
        one = self.values("Locations")[0]["@iot.id"]
        self.assertEqual(self.get(f"Locations({one})?$resultFormat=GeoJSON")["type"], "Feature")
        self.assertIsNone(self.get("Things?$resultFormat=GeoJSON")["features"][0]["geometry"])


class Windows(SensorThings):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        one = cls("test_days_of_a_zone")
        _, cls.stream = one.make()
        for day, hour, result in ((1, 1, 1), (1, 20, 4), (3, 5, 10)):
            one.observe(cls.stream, result, f"2025-01-{day:02}T{hour:02}:00:00Z")

    def apply(self, text, **options):
        more = "".join(f"&${name}={value}" for name, value in options.items())
        return self.values(f"Datastreams({self.stream})/Observations?$apply={text}{more}")

    def test_days_of_a_zone(self):
        seen = self.apply("aggregate(result with average as mean,result with max as top,$count as n)"
                          "/window(P1D,zone='Asia/Ho_Chi_Minh')")
        self.assertEqual([(w["phenomenonTime"][:10], w["mean"], w["top"], w["n"]) for w in seen],
                         [("2025-01-01", 1, 1, 1), ("2025-01-02", 4, 4, 1),
                          ("2025-01-03", 10, 10, 1)])

    def test_a_gap_is_null_or_left_out_or_filled(self):
        text = "aggregate(result with sum as sum)/window(P1D,zone='UTC'{})"
        self.assertEqual([w["sum"] for w in self.apply(text.format(""))], [5, None, 10])
        self.assertEqual([w["sum"] for w in self.apply(text.format(",gap=skip"))], [5, 10])
        self.assertEqual([w["sum"] for w in self.apply(text.format(",gap=fill"))], [5, 5, 10])

    def test_the_filter_says_over_what_time(self):
        text = "aggregate($count as n)/window(PT6H)"
        seen = self.apply(text, filter="phenomenonTime ge 2025-01-01T00:00:00Z and "
                                       "phenomenonTime lt 2025-01-02T00:00:00Z")
        self.assertEqual([w["n"] for w in seen], [1, 0, 0, 1])

    def test_a_window_with_more_than_numbers_is_read_one_by_one(self):
        _, stream = self.make()
        self.observe(stream, 2, DAY.format(1))
        self.observe(stream, 4, "2025-01-01T01:00:00Z", parameters={"a": 1})
        path = (f"Datastreams({stream})/Observations?$apply="
                "aggregate(result with mean as mean,$count as n)/window(P1D,zone='UTC')")
        self.assertEqual([(w["mean"], w["n"]) for w in self.values(path)], [(3, 2)])

    def test_what_cannot_be_answered_is_refused(self):
        for text in ("", "nonsense", "aggregate(result with sum as s)",
                     "aggregate(result with median as m)/window(P1D)",
                     "aggregate(result with sum as s)/window(P0D)",
                     "aggregate(result with sum as s)/window(P1D,zone='Atlantis')",
                     "aggregate(result with sum as s)/window(P1D,gap=maybe)",
                     "aggregate(result with sum as s)/window(PT1S)x"):
            self.refused("GET", f"Datastreams({self.stream})/Observations?$apply={text or 'x'}")
        self.refused("GET", "Things?$apply=aggregate($count as n)/window(P1D)")
        self.refused("GET", f"Datastreams({self.stream})/Observations?$filter=result gt 1"
                            "&$apply=aggregate($count as n)/window(P1D)")


class Paths(SensorThings):
    def test_members_of_json_at_any_depth(self):
        made = self.post("Things", thing(properties={"a": {"b": [1, {"c": "deep"}], "n": None}}))
        one = f"Things({made['@iot.id']})"
        self.assertEqual(self.get(f"{one}/properties/a/b/1/c"), {"c": "deep"})
        self.assertEqual(self.ask("GET", f"{one}/properties/a/b/1/c/$value").text, "deep")
        self.assertEqual(self.ask("GET", f"{one}/properties/a/n").status, 204)
        self.refused("GET", f"{one}/properties/a/z", status=404)
        self.assertEqual(self.ask("GET", f"{one}/properties/a/$value").json()["n"], None)

    def test_references_and_counts(self):
        made, stream = self.make()
        self.observe(stream, 1, DAY.format(1))
        self.assertEqual(self.values(f"Things({made})/Datastreams/$ref"),
                         [{"@iot.selfLink": f"{self.root}/Datastreams({stream})"}])
        self.assertEqual(self.ask("GET", f"Datastreams({stream})/Observations/$count").text, "1")
        self.assertEqual(self.ask("GET", f"Things/$count?$filter=id eq {made}").text, "1")

    def test_one_of_a_set_must_be_in_it(self):
        first, stream = self.make()
        second, other = self.make()
        self.get(f"Things({first})/Datastreams({stream})")
        self.refused("GET", f"Things({first})/Datastreams({other})", status=404)

    def test_only_what_a_filter_names_is_deleted(self):
        _, stream = self.make()
        for day in range(1, 6):
            self.observe(stream, day, DAY.format(day))
        path = f"Datastreams({stream})/Observations"
        self.refused("DELETE", path)
        self.delete(f"{path}?$filter=result gt 3")
        self.assertEqual(self.results(path), [1, 2, 3])

    def test_an_answer_without_a_body_when_that_is_preferred(self):
        answer = self.ask("POST", "Things", thing(), {"Prefer": "return=minimal"})
        self.assertEqual((answer.status, answer.body), (201, b""))
        self.get(answer.headers["location"])

    def test_the_older_version_shows_no_properties_it_did_not_have(self):
        self.make()
        self.assertNotIn("properties", self.client.get("/v1.0/Locations").expect(200)["value"][0])
        self.assertNotIn("serverSettings", self.client.get("/v1.0").expect(200))
        self.assertIn("conformance", self.get("")["serverSettings"])

    def test_what_is_not_there_or_not_understood_is_told_with_field_and_limit(self):
        self.refused("GET", "Nothing", status=404)
        self.refused("GET", "Things(123456)", status=404)
        self.refused("GET", "Things('x')", status=404)
        self.refused("GET", "Things?$nonsense=1", status=501)
        self.refused("GET", "Things?$filter=name eq")
        self.refused("GET", "Things?$top=-1")
        for option in ("$filter=colour eq 1", "$orderby=Thing/name", "$filter=Sensor/id eq 1",
                       "$expand=Datastreams($filter=colour eq 1)",
                       "$filter=Datastreams/any(d:d/colour eq 1)",
                       "$filter=Datastreams/any(d:Colours/any(e:e/id eq d/id))"):
            self.assertEqual(self.refused("GET", "Things?$top=0&" + option)["code"], 400, option)
        self.get("Things?$filter=Datastreams/any(d:d/Sensor/name eq $it/name or d/properties/x eq 1)")
        problem = self.refused("POST", "Things(1)x", {}, status=404)
        self.assertEqual((problem["code"], problem["type"]), (404, "error"))
        deep = "(" * 200 + "1 eq 1" + ")" * 200
        self.assertIn(self.ask("GET", f"Things?$filter={deep}").status, (400, 413))


class Who(unittest.TestCase):
    def test_links_are_made_of_what_the_client_called_us(self):
        with Server() as server:
            client = server.client()
            seen = client.get("/v1.1", headers={"X-Forwarded-Host": "meters.example",
                                                "X-Forwarded-Proto": "https"}).expect(200)
            self.assertEqual(seen["value"][0]["url"], "https://meters.example/v1.1/Things")
            seen = client.get("/v1.1", headers={"X-Forwarded-Host": "a\"b"}).expect(200)
            self.assertEqual(seen["value"][0]["url"],
                             f"http://127.0.0.1:{server.port}/v1.1/Things")

    def test_other_sites_read_what_the_public_may_and_no_more(self):
        origin = {"Origin": "https://elsewhere.example"}
        name = "access-control-allow-origin"
        with Server(identity="operator") as server:
            self.assertNotIn(name, server.client().get("/v1.1/Things", headers=origin).headers)
            keyed = Client(server.port, server.key("operator"))
            self.assertEqual(keyed.get("/v1.1/Things", headers=origin).headers[name], "*")
            refused = keyed.request("POST", "/v1.1/Things", thing(), origin)
            self.assertEqual(refused.status, 403)
            self.assertEqual(refused.json()["field"], "Origin")
        with Server(identity="public") as server:
            client = server.client()
            self.assertEqual(client.get("/v1.1/Sensors", headers=origin).headers[name], "*")
            asked = client.request("OPTIONS", "/v1.1/Sensors", headers=origin)
            self.assertEqual(asked.status, 204)
            self.assertIn("GET", asked.headers["access-control-allow-methods"])
            self.assertEqual(client.request("POST", "/v1.1/Things", thing()).status, 403)

    def test_a_head_is_a_get_without_its_body(self):
        with Server() as server:
            answer = server.client().request("HEAD", "/v1.1/Things")
            self.assertEqual((answer.status, answer.body), (200, b""))


if __name__ == "__main__":
    unittest.main()
