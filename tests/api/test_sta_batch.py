"""$batch of SensorThings: requests one after the other, change sets as one, what they refer to; as
multipart and as JSON."""
import json
import unittest

from sta import SensorThings, datastream, thing


def part(method, url, body=None, id_=None, **headers):
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {id_}"] if id_ else []
    lines += ["", f"{method} {url} HTTP/1.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines + ["", json.dumps(body) if body is not None else ""])


def multipart(boundary, *parts):
    return "".join(f"--{boundary}\r\n{text}\r\n" for text in parts) + f"--{boundary}--\r\n"


def change_set(*parts):
    return ("Content-Type: multipart/mixed; boundary=changes\r\n\r\n" +
            multipart("changes", *parts).rstrip("\r\n"))


class Batches(SensorThings):
    def batch(self, *parts):
        """(status, location, body) of each part of the answer, change sets flattened."""
        answer = self.ask("POST", "$batch", multipart("b", *parts),
                          {"Content-Type": "multipart/mixed;boundary=b"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertTrue(answer.headers["content-type"].startswith("multipart/mixed"))
        seen = []
        for piece in answer.text.split("HTTP/1.1 ")[1:]:
            head, _, rest = piece.partition("\r\n\r\n")
            lines = head.split("\r\n")
            fields = dict(line.split(": ", 1) for line in lines[1:])
            body = rest.encode()[:int(fields["Content-Length"])]
            seen.append((int(lines[0].split()[0]), fields.get("Location"),
                         json.loads(body) if body else None))
        return seen

    def json_batch(self, *requests):
        answer = self.ask("POST", "$batch", {"requests": list(requests)})
        self.assertEqual(answer.status, 200, answer.text)
        return {r["id"]: r for r in json.loads(answer.body)["responses"]}

    def count(self, path):
        return int(self.ask("GET", f"{path}/$count").text)

    # ---- one by one ----

    def test_requests_are_done_in_order_and_each_is_answered(self):
        seen = self.batch(part("POST", "/v1.1/Things", thing(name="first")),
                          part("GET", "Things?$filter=name%20eq%20'first'&$count=true"),
                          part("GET", f"{self.root}/Things(99999)"),
                          part("GET", "Things?$top=1"))
        self.assertEqual([status for status, _, _ in seen], [201, 200, 404, 200])
        self.assertEqual(seen[1][2]["@iot.count"], 1)
        self.assertEqual(seen[0][2]["name"], "first")
        self.get(seen[0][1])

    def test_an_answer_may_be_left_out(self):
        seen = self.batch(part("POST", "Things", thing(), Prefer="return=minimal"))
        self.assertEqual((seen[0][0], seen[0][2]), (201, None))

    # ---- change sets ----

    def test_a_set_refers_back_to_what_it_created(self):
        body = datastream(name="by reference")
        seen = self.batch(change_set(
            part("POST", "Things", {"name": "t", "description": "d"}, id_="one"),
            part("POST", "$one/Datastreams", body, id_="two"),
            part("POST", "Datastreams", datastream(name="by id", Thing={"@iot.id": "$one"})),
            part("PATCH", "$one", {"name": "changed"})))
        self.assertEqual([status for status, _, _ in seen], [201, 201, 201, 200])
        self.assertEqual(self.get(seen[0][1])["name"], "changed")
        self.assertEqual(self.names(f"{seen[0][1]}/Datastreams"), ["by reference", "by id"])

    def test_a_set_that_fails_leaves_nothing(self):
        things, sensors = self.count("Things"), self.count("Sensors")
        seen = self.batch(
            change_set(part("POST", "Things", thing(name="lost"), id_="1"),
                       part("POST", "$1/Datastreams", {"name": "no unit"})),
            part("GET", "Things?$filter=name%20eq%20'lost'"))
        self.assertEqual([status for status, _, _ in seen], [400, 200])
        self.assertEqual(seen[1][2]["value"], [])
        self.assertEqual((self.count("Things"), self.count("Sensors")), (things, sensors))

    def test_observations_come_after_the_records_of_their_set(self):
        _, other = self.make()
        seen = self.batch(change_set(
            part("POST", "Observations", {"result": 1, "phenomenonTime": "2025-01-01T00:00:00Z",
                                          "Datastream": {"@iot.id": other}}),
            part("POST", "Things", thing(name="with observation"), id_="t")))
        self.assertEqual([status for status, _, _ in seen], [201, 201])
        self.assertEqual(self.results(f"Datastreams({other})/Observations"), [1])

    def test_an_observation_that_fails_takes_its_set_back(self):
        _, stream = self.make()
        before = self.count("Things")
        seen = self.batch(change_set(
            part("POST", "Things", {"name": "lost", "description": "d"}),
            part("POST", f"Datastreams({stream})/Observations",
                 {"result": 1, "phenomenonTime": "2025-01-01T00:00:00Z"}),
            part("POST", f"Datastreams({stream})/Observations", {"phenomenonTime": "never"})))
        self.assertEqual([status for status, _, _ in seen], [400])
        self.assertEqual(self.count("Things"), before)
        self.assertEqual(self.results(f"Datastreams({stream})/Observations"), [])

    def test_a_set_that_could_not_be_taken_back_is_refused(self):
        made, stream = self.make()
        for parts in ([part("PATCH", f"Things({made})", {"name": "x"}),
                       part("POST", f"Datastreams({stream})/Observations", {"result": 1})],
                      [part("DELETE", f"Things({made})"), part("DELETE", f"Things({made})")],
                      [part("GET", "Things")]):
            seen = self.batch(change_set(*parts))
            self.assertEqual([status for status, _, _ in seen], [400])
        self.assertEqual(self.get(f"Things({made})")["name"], "station")
        self.assertEqual(self.count(f"Datastreams({stream})/Observations"), 0)

    # ---- JSON ----

    def test_a_json_batch_is_done_in_order(self):
        seen = self.json_batch(
            {"id": "0", "method": "post", "url": "Things", "body": thing(name="json")},
            {"id": "1", "method": "get", "url": "Things?$filter=name eq 'json'&$select=name"},
            {"id": "2", "method": "get", "url": "Nothing"},
            {"id": "3", "method": "get", "url": "$0/name/$value"})
        self.assertEqual([seen[i]["status"] for i in "0123"], [201, 200, 404, 200])
        self.assertTrue(seen["0"]["location"].startswith(f"{self.root}/Things("))
        self.assertEqual(seen["1"]["body"]["value"], [{"name": "json"}])
        self.assertEqual(seen["3"]["body"], "json")

    def test_a_json_group_is_one(self):
        before = self.count("Things")
        group = {"atomicityGroup": "g", "method": "post"}
        seen = self.json_batch(
            {"id": "a", **group, "url": "Things", "body": thing(name="lost")},
            {"id": "b", **group, "url": "$a/Datastreams", "body": {"name": "no unit"}},
            {"id": "c", "method": "get", "url": "Things/$count", "dependsOn": ["a"]},
            {"id": "d", "method": "get", "url": "Things/$count"})
        self.assertEqual([seen[i]["status"] for i in "abcd"], [424, 400, 424, 200])
        self.assertEqual(seen["d"]["body"], str(before))
        seen = self.json_batch(
            {"id": "a", **group, "url": "Things", "body": {"name": "kept", "description": "d"}},
            {"id": "b", **group, "url": "$a/Datastreams", "body": datastream(name="whole")})
        self.assertEqual([seen[i]["status"] for i in "ab"], [201, 201])
        self.assertEqual(self.names(f"{seen['a']['location']}/Datastreams"), ["whole"])

    # ---- what is no batch ----

    def test_what_is_no_batch_is_refused(self):
        json_type = {"Content-Type": "application/json"}
        for body, headers in (("{", json_type), ("{}", json_type), ("[]", json_type),
                              ("x", {"Content-Type": "multipart/mixed;boundary=b"}),
                              ("--b--", {"Content-Type": "multipart/mixed"}),
                              ("--b--", {"Content-Type": "text/plain"})):
            self.refused("POST", "$batch", body, headers=headers)

    def test_a_batch_in_a_batch_is_refused(self):
        seen = self.json_batch({"id": "1", "method": "post", "url": "$batch", "body": {}})
        self.assertIn(seen["1"]["status"], (400, 404))


if __name__ == "__main__":
    unittest.main()
