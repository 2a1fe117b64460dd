"""Observations posted one by one and as data arrays, corrected and deleted; kill -9 in the middle of
them: what was acknowledged is there, once."""
import random
import signal
import threading
import unittest

import sta
import xanh

# 18-088, clause 12: the request's form, on the ids of this server.
TIMES = ["2010-12-23T10:20:00-0700", "2010-12-23T10:21:00-0700"]
KILLS = 3 if xanh.is_sanitized() else 12


class Observations(sta.SensorThings):
    def test_one_is_answered_with_its_link_and_all_of_it(self):
        _, stream = self.make()
        answer = self.ask("POST", "Observations",
                          {"phenomenonTime": "2025-06-15T08:00:00Z", "result": 21.50,
                           "resultTime": "2025-06-15T08:00:00Z", "Datastream": {"@iot.id": stream}})
        entity = answer.expect(201)
        self.assertEqual(answer.headers["location"], entity["@iot.selfLink"])
        self.assertEqual(self.get(answer.headers["location"]), entity)
        self.assertEqual(entity["@iot.id"], stream << 30 | 1)
        self.assertEqual(entity["resultTime"], "2025-06-15T08:00:00Z")

    def test_a_client_that_wants_no_body_gets_the_link_alone(self):
        _, stream = self.make()
        answer = self.ask("POST", f"Datastreams({stream})/Observations", {"result": 1},
                          {"Prefer": "return=minimal"})
        self.assertEqual((answer.status, answer.body), (201, b""))
        self.assertEqual(self.get(answer.headers["location"])["result"], 1)

    def test_where_it_is_posted_says_what_it_is_of(self):
        _, stream = self.make()
        made = self.post(f"Datastreams({stream})/Observations", {"result": 4})
        self.assertEqual(self.get(f"Observations({made['@iot.id']})/Datastream")["@iot.id"], stream)
        self.refused("POST", "Datastreams(4711)/Observations", {"result": 4}, status=404)
        self.refused("POST", f"MultiDatastreams({stream})/Observations", {"result": 4}, status=404)

    def test_the_feature_is_the_location_of_the_thing(self):
        """req/create-update-delete/create-entity, special case 1"""
        thing, stream = self.make()
        first, second = self.observe(stream, 1), self.observe(stream, 2)
        features = [self.get(f"Observations({o['@iot.id']})/FeatureOfInterest")
                    for o in (first, second)]
        self.assertEqual(features[0]["@iot.id"], features[1]["@iot.id"])
        place = self.values(f"Things({thing})/Locations")[0]
        self.assertEqual(features[0]["feature"], place["location"])

    def test_a_thing_without_a_location_needs_a_feature(self):
        thing = self.post("Things", sta.thing(Locations=[]))["@iot.id"]
        stream = self.values(f"Things({thing})/Datastreams")[0]["@iot.id"]
        error = self.refused("POST", f"Datastreams({stream})/Observations", {"result": 1})
        self.assertEqual(error["field"], "FeatureOfInterest")
        feature = {"name": "river", "description": "d", "encodingType": sta.GEOJSON,
                   "feature": sta.point(105, 21)}
        made = self.post(f"Datastreams({stream})/Observations",
                         {"result": 1, "FeatureOfInterest": feature})
        self.assertEqual(self.get(f"Observations({made['@iot.id']})/FeatureOfInterest")["name"],
                         "river")

    def test_a_text_is_refused_where_results_are_added_up(self):
        register = sta.datastream(properties={"xanh": {"kind": "register"}})
        _, stream = self.make(Datastreams=[register])
        error = self.refused("POST", f"Datastreams({stream})/Observations", {"result": "warm"})
        self.assertEqual(error["field"], "result")
        self.assertIn("observationType", error["message"])
        _, stream = self.make()
        made = self.post(f"Datastreams({stream})/Observations", {"result": "warm"})
        self.assertEqual(made["result"], "warm")

    def test_a_clock_that_is_wrong_is_told(self):
        _, stream = self.make()
        self.check_refused(stream, "1969-12-31T23:59:59Z")
        register = sta.datastream(properties={"xanh": {"kind": "register"}})
        self.check_refused(self.make(Datastreams=[register])[1], "2093-01-01T00:00:00Z")

    def check_refused(self, stream, time):
        error = self.refused("POST", f"Datastreams({stream})/Observations",
                             {"result": 1, "phenomenonTime": time})
        self.assertEqual(error["field"], "time")
        self.assertEqual(self.get(f"Datastreams({stream})/Observations?$count=true")["@iot.count"], 0)

    def test_corrected_it_keeps_its_id(self):
        _, stream = self.make()
        made = self.observe(stream, 5, "2025-06-15T08:00:00Z")
        for value in (6, 7):
            self.patch(f"Observations({made['@iot.id']})", {"result": value})
        page = self.values(f"Datastreams({stream})/Observations")
        self.assertEqual([(o["@iot.id"], o["result"]) for o in page], [(made["@iot.id"], 7)])
        self.delete(f"Observations({made['@iot.id']})")
        self.refused("GET", f"Observations({made['@iot.id']})", status=404)
        self.assertEqual(self.values(f"Datastreams({stream})/Observations"), [])


class DataArrays(sta.SensorThings):
    def create(self, body, status=201):
        return self.ask("POST", "CreateObservations", body).expect(status)

    def array(self, stream, rows, components=("phenomenonTime", "result"), name="Datastream"):
        return {name: {"@iot.id": stream}, "components": list(components),
                "dataArray@iot.count": len(rows), "dataArray": rows}

    def test_the_standards_example(self):
        """req/data-array/data-array, clause 12.2"""
        _, first = self.make()
        _, second = self.make()
        feature = self.observe(first, 0)["@iot.id"]
        feature = self.get(f"Observations({feature})/FeatureOfInterest")["@iot.id"]
        with_feature = ("phenomenonTime", "result", "FeatureOfInterest/id")
        links = self.create([
            self.array(first, [[TIMES[0], 20, feature], [TIMES[1], 30, 4711]], with_feature),
            self.array(second, [[TIMES[0], 65, feature], [TIMES[1], 60, feature]], with_feature),
        ])
        self.assertEqual(len(links), 4)
        self.assertEqual(links[1], "error")
        self.assertEqual([self.get(link)["result"] for link in (links[0], *links[2:])], [20, 65, 60])
        self.assertEqual(self.get(links[0])["phenomenonTime"], "2010-12-23T17:20:00Z")
        self.assertEqual(self.get(links[3] + "/FeatureOfInterest")["@iot.id"], feature)

    def test_each_row_is_told_by_itself(self):
        _, stream = self.make()
        rows = [["2025-06-15T08:00:00Z", 1], ["yesterday", 2], ["2025-06-15T08:00:02Z", 5, 6],
                ["2025-06-15T08:00:03Z"], 7, ["2025-06-15T08:00:04Z", 5]]
        links = self.create([self.array(stream, rows)])
        self.assertEqual([link == "error" for link in links],
                         [False, True, True, True, True, False])
        self.assertEqual(self.results(f"Datastreams({stream})/Observations"), [1, 5])

    def test_a_datastream_that_is_not_there_makes_errors_of_its_rows(self):
        _, stream = self.make()
        links = self.create([self.array(4711, [["2025-06-15T08:00:00Z", 1]]),
                             self.array(stream, [["2025-06-15T08:00:00Z", 2]])])
        self.assertEqual(links[0], "error")
        self.assertEqual(self.get(links[1])["result"], 2)

    def test_what_is_no_data_array_is_refused_whole(self):
        _, stream = self.make()
        good = self.array(stream, [["2025-06-15T08:00:00Z", 1]])
        for wrong, field in (({**good, "components": ["result", "colour"]}, "components"),
                             ({**good, "components": ["phenomenonTime"]}, "components"),
                             ({**good, "dataArray": 5}, "dataArray"),
                             ({"components": ["result"], "dataArray": []}, "Datastream"),
                             ({**good, "Datastream": {"id": 5}}, "Datastream")):
            error = self.refused("POST", "CreateObservations", [good, wrong])
            self.assertEqual(error["field"], field)
        self.assertEqual(self.ask("POST", "CreateObservations", "[{").status, 400)
        self.assertEqual(self.ask("POST", "CreateObservations", {"value": []}).status, 400)
        self.assertEqual(self.values(f"Datastreams({stream})/Observations"), [])

    def test_of_a_multi_datastream(self):
        thing, _ = self.make()
        multi = self.post("MultiDatastreams", sta.multi_datastream(thing))["@iot.id"]
        links = self.create([self.array(multi, [["2025-06-15T08:00:00Z", [3.5, 270]],
                                                ["2025-06-15T08:01:00Z", [3.5]]],
                                        name="MultiDatastream")])
        self.assertEqual(links[1], "error")
        self.assertEqual(self.get(links[0])["result"], [sta.json.loads("3.5"), 270])

    def test_all_components(self):
        _, stream = self.make()
        components = ("result", "parameters", "resultQuality", "validTime", "resultTime",
                      "phenomenonTime")
        row = [5, {"depth": 3}, ["good"], "2025-06-15T00:00:00Z/2025-06-16T00:00:00Z",
               "2025-06-15T08:05:00Z", "2025-06-15T07:00:00Z/2025-06-15T08:00:00Z"]
        entity = self.get(self.create([self.array(stream, [row], components)])[0])
        self.assertEqual([entity[name] for name in components], row)

    def test_more_rows_than_a_slice_come_back_in_order(self):
        _, stream = self.make()
        rows = [[f"2025-06-{1 + i // 86400:02}T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}Z", i]
                for i in range(70000)]
        links = self.create([self.array(stream, rows)])
        self.assertEqual(len(links), 70000)
        self.assertNotIn("error", links)
        for i in (0, 32767, 32768, 69999):
            self.assertEqual(self.get(links[i])["result"], i)
        self.assertEqual(self.get(f"Datastreams({stream})/Observations?$count=true&$top=1")
                         ["@iot.count"], 70000)


class Writer(threading.Thread):
    """Posts and corrects on one Datastream until the server dies; keeps what was acknowledged."""

    def __init__(self, test, port, stream, number, sent):
        super().__init__()
        self.client = xanh.Client(port)
        self.stream, self.number, self.sent = stream, number, sent
        self.acked, self.root = {}, f"/{test.version}"

    def run(self):
        rng = random.Random(self.number)
        try:
            while True:
                value = next(self.sent)
                if self.acked and rng.random() < 0.3:
                    key = rng.choice(list(self.acked))
                    self.acked[key].append(value)
                    self.client.request("PATCH", f"{self.root}/Observations({key})",
                                        {"result": value}).expect()
                    self.acked[key] = [value]
                    continue
                body = {"result": value, "Datastream": {"@iot.id": self.stream}}
                if rng.random() < 0.5:
                    body["parameters"] = {"n": value}
                made = self.client.post(f"{self.root}/Observations", body).expect(201)
                self.acked[made["@iot.id"]] = [value]
        except (OSError, xanh.http.client.HTTPException):
            self.client.close()  # what a killed server looks like


class Kills(sta.SensorThings):
    def test_what_was_acknowledged_is_there_once_after_kill_9(self):
        _, stream = self.make()
        acked, counter = {}, iter(range(1, 10 ** 9))
        for number in range(KILLS):
            writers = [Writer(self, self.server.port, stream, number * 10 + k, counter)
                       for k in range(3)]
            for writer in writers:
                writer.start()
            timer = threading.Timer(0.2 + random.Random(number).random() / 2,
                                    self.server.process.send_signal, [signal.SIGKILL])
            timer.start()
            for writer in writers:
                writer.join()
                acked.update(writer.acked)
            self.server.end(signal.SIGKILL)
            self.server.start()
            self.client.close()
            type(self).client = self.server.client()
            type(self).root = f"http://127.0.0.1:{self.server.port}/{self.version}"
            page = sta.all_pages(self, f"Datastreams({stream})/Observations?$top=1000")
            found = {o["@iot.id"]: o["result"] for o in page}
            self.assertEqual(len(found), len(page), "an observation is there twice")
            lost = {key for key, values in acked.items() if found.get(key) not in values}
            self.assertEqual(lost, set(), f"kill {number}")
            self.assertEqual(self.get(f"Datastreams({stream})/Observations?$count=true&$top=0")
                             ["@iot.count"], len(page))
            acked = {key: [found[key]] for key in found}  # what was in doubt is decided
        self.assertGreater(len(acked), KILLS)


if __name__ == "__main__":
    unittest.main()
