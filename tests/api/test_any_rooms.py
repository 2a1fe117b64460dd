"""What must hold whatever rooms the program was built with, none among them."""
import unittest

import xanh

CORE = ["party", "place", "sensor", "device", "property", "series", "dated", "bill", "duty",
        "measure", "account", "billing_run", "claim", "balance", "import", "line_rule", "erasure",
        "retention", "move", "feature", "mapping_rule", "broker", "file", "vee_rule",
        "vee_finding", "reading_edit", "sample", "own_bill"]


class AnyRooms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = xanh.Server()
        cls.client = cls.server.client()
        cls.rooms = cls.client.get("/api/v1/meta").expect(200)["rooms"]

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def test_the_shared_nouns_are_there_first(self):
        self.assertEqual(self.rooms[0]["name"], "core")
        self.assertEqual([record["name"] for record in self.rooms[0]["records"]], CORE)

    def test_the_program_names_its_rooms(self):
        told = xanh.run_json("version")
        self.assertEqual(["core", *told["rooms"]], [room["name"] for room in self.rooms])

    def test_every_list_answers(self):
        for room in self.rooms:
            for record in room["records"]:
                answer = self.client.get(record["path"], limit=1).expect(200)
                self.assertIsInstance(answer["items"], list, record["path"])

    def test_every_indicator_answers_or_says_why_not(self):
        for room in self.rooms:
            for indicator in room["indicators"]:
                path = f"/api/v1/indicators/{indicator['name']}"
                found = self.client.get(path, from_="2026-01-01", to="2026-02-01").expect(200)
                self.assertTrue(found["has_value"] or found["note"] or found["missing"] == 0, path)

    def test_the_description_names_every_record(self):
        paths = self.client.get("/api/openapi.json").expect(200)["paths"]
        for room in self.rooms:
            for record in room["records"]:
                self.assertIn(record["path"], paths)

    def test_a_reading_is_kept_and_read_back(self):
        self.client.make_meter("any-home", quantity="any.electricity")
        sent = self.client.post("/api/v1/readings", {
            "series": "any-home/electricity", "time": "2026-01-01T00:00:00Z", "value": 1.5})
        self.assertEqual(sent.expect(200)["taken"], 1)
        last = self.client.get("/api/v1/readings/last", series="any-home/electricity").expect(200)
        self.assertEqual(str(last["items"][0]["value"]), "1.5")

    def test_the_folder_is_whole(self):
        xanh.run_json("check", "--dir", self.server.dir)


if __name__ == "__main__":
    unittest.main()
