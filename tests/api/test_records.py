"""Every route of every record type of every room, as the operator."""
import io
import unittest
import zipfile

from records_by_meta import Maker
from xanh import Server


class Records(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.maker = Maker(cls.client)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def writable(self):
        return [(name, record) for name, record in self.maker.types.items()
                if record["may"]["write"] == "all"]

    def test_there_is_something_to_test(self):
        names = {name for name, _ in self.writable()}
        self.assertTrue({"core.party", "core.place", "core.series", "core.dated", "core.bill",
                         "core.measure", "core.claim"} <= names, names)

    def test_what_is_created_reads_back(self):
        for name, record in self.writable():
            with self.subTest(name):
                body = self.maker.body(name)
                answer = self.client.post(record["path"], body)
                made = answer.expect(201)
                self.assertEqual(answer.headers["etag"], '"1"')
                self.assertEqual(answer.headers["location"], f"{record['path']}/{made['id']}")
                read = self.client.get(answer.headers["location"]).expect(200)
                self.assertEqual(read, made)
                for field, value in body.items():
                    if not isinstance(value, list):
                        self.assertEqual(read[field], value, field)
                    else:
                        self.assertEqual(len(read[field]), len(value))
                if record["states"]:
                    self.assertEqual(read["state"], record["states"][0])
                self.assertEqual(read["version"], 1)

    def test_required_fields_are_asked_for(self):
        for name, record in self.writable():
            required = [f["name"] for f in record["fields"] if f["required"] and not f["read_only"]]
            with self.subTest(name):
                problem = self.client.post(record["path"], {}).expect(400)
                self.assertIn(problem["field"], required)

    def test_an_unknown_member_is_named(self):
        for name, record in self.writable():
            with self.subTest(name):
                problem = self.client.post(record["path"], {**self.maker.body(name), "zzz": 1})
                self.assertEqual(problem.expect(400)["field"], "zzz")

    def a_change(self, record):
        """A field that may be changed, and its new value; by preference a text."""
        fields = [f for f in record["fields"]
                  if not (f["read_only"] or f["computed"] or f["unique"])]
        for field in fields:
            if field["type"] == "text" and field["name"] in (
                    "name", "title", "note", "reason", "source", "statement", "file"):
                return field["name"], "changed"
        for field in fields:
            if field["type"] in ("int", "real", "dec", "money"):
                return field["name"], 2 if field["max"] is None or field["max"] >= 2 else 0
        return None

    def test_a_change_needs_the_version_that_was_seen(self):
        for name, record in self.writable():
            change = self.a_change(record)
            if change is None:
                continue
            with self.subTest(name):
                field, value = change
                made = self.maker.make(name)
                path = self.maker.path(name, made)
                self.client.request("PATCH", path, {field: value}).expect(428)
                answer = self.client.patch(path, {field: value}, 1)
                changed = answer.expect(200)
                self.assertEqual((changed["version"], answer.headers["etag"]), (2, '"2"'))
                self.assertEqual(changed[field], value)
                self.client.patch(path, {field: made[field]}, 1).expect(412)
                # PUT with what was read, unchanged, changes nothing.
                same = self.client.request("PUT", path, changed, {"If-Match": '"2"'}).expect(200)
                self.assertEqual(same, changed)
                history = self.client.get(path + "/history").expect(200)["items"]
                self.assertEqual([h["version"] for h in history], [1, 2])
                self.assertEqual(history[1]["who"], "operator")
                self.assertIsNone(history[0]["before"])
                self.assertEqual(history[1]["after"][field], value)

    def test_an_unchanged_record_is_not_sent_again(self):
        made = self.maker.make("core.sensor")
        path = self.maker.path("core.sensor", made)
        self.assertEqual(self.client.get(path, {"If-None-Match": '"1"'}).status, 304)
        self.assertEqual(self.client.get(path, {"If-None-Match": '"2"'}).status, 200)

    def test_lists_filter_sort_and_turn_pages(self):
        for name, record in self.writable():
            with self.subTest(name):
                self.maker.make(name)
                last = self.maker.make(name)
                everything = self.client.get(record["path"], count=1, limit=1000).expect(200)
                count = everything["count"]
                self.assertGreaterEqual(count, 2)
                seen, after = [], None
                while count <= 200:
                    page = self.client.get(record["path"], limit=3, after=after,
                                           sort="-id").expect(200)
                    seen += [r["id"] for r in page["items"]]
                    after = page["next"]
                    if after is None:
                        break
                if count <= 200:
                    self.assertEqual(len(seen), count)
                    self.assertEqual(seen, sorted(seen, reverse=True))
                for field in record["fields"]:
                    if field["indexed"] and last.get(field["name"]) is not None \
                            and not field["computed"]:
                        found = self.client.get(record["path"], limit=1000,
                                                **{field["name"]: last[field["name"]]})
                        ids = [r["id"] for r in found.expect(200)["items"]]
                        self.assertTrue(last["id"] in ids or len(ids) == 1000, field["name"])
                plain = [f["name"] for f in record["fields"] if not f["indexed"]]
                for name in plain[:1]:
                    problem = self.client.get(record["path"], **{name: "1"}).expect(400)
                    self.assertEqual(problem["field"], name)
                    self.client.get(record["path"], sort=name).expect(400)
                self.client.get(record["path"], limit=5000).expect(400)
                self.client.get(record["path"], after="nonsense").expect(400)

    def test_a_record_is_found_by_its_unique_text(self):
        for name, record in self.writable():
            for field in record["fields"]:
                if field["unique"] and field["type"] == "text":
                    with self.subTest(name):
                        made = self.maker.make(name, **{field["name"]: f"a/b.c d-{name}"})
                        path = f"{record['path']}/by/{field['name']}/a/b.c%20d-{name}"
                        self.assertEqual(self.client.get(path).expect(200)["id"], made["id"])
                        again = self.client.post(record["path"], {
                            **self.maker.body(name), field["name"]: f"a/b.c d-{name}"})
                        self.assertEqual(again.expect(409)["field"], field["name"])

    def test_a_reference_may_be_named_by_code(self):
        spot = self.maker.make("core.place", code="by.code-1")
        made = self.maker.make("core.device", place="by.code-1")
        self.assertEqual(made["place"], spot["id"])
        self.assertEqual(made["place_label"], spot["name"])
        found = self.client.get("/api/v1/core/devices", place="by.code-1").expect(200)["items"]
        self.assertEqual([r["id"] for r in found], [made["id"]])
        problem = self.client.post("/api/v1/core/devices",
                                   self.maker.body("core.device") | {"place": "nowhere"})
        self.assertEqual(problem.expect(400)["field"], "place")

    def test_what_is_not_there_is_not_found(self):
        for name, record in self.writable():
            with self.subTest(name):
                for tail in ("/999999999", "/999999999/history", "/x", "/by/code/none-such"):
                    self.client.get(record["path"] + tail).expect(404)
                self.client.patch(record["path"] + "/999999999", {}, 1).expect(404)
                self.client.request("POST", record["path"] + "/1/frobnicate").expect(404)
        self.client.get("/api/v1/core/nothings").expect(404)
        self.client.get("/api/v1/nowhere/parties").expect(404)

    def test_verbs_move_states_as_the_table_says(self):
        moved = 0
        for name, record in self.writable():
            for line in record["transitions"]:
                if line["from"] != record["states"][0]:
                    continue
                with self.subTest(f"{name} {line['verb']}"):
                    made = self.maker.make(name)
                    body = {f["name"]: self.maker.value(f, 1) for f in line["in"]}
                    answer = self.client.post(f"{self.maker.path(name, made)}/{line['verb']}", body)
                    if line["may"] == "not":
                        self.assertIn(answer.status, (403, 409))
                        self.assertNotIn(line["verb"], made["may"])
                        continue
                    self.assertIn(line["verb"], made["may"])
                    if answer.status == 200:
                        moved += 1
                        self.assertEqual(answer.json()["state"], line["to"])
                        self.client.post(f"{self.maker.path(name, made)}/{line['verb']}",
                                         body).expect(409)
                    else:
                        self.assertIn(answer.status, (400, 409), answer.text) # a guard says why
                        self.assertTrue(answer.json()["detail"])
        self.assertGreater(moved, 4)

    def test_a_state_is_not_changed_by_a_patch(self):
        made = self.maker.make("core.measure")
        path = self.maker.path("core.measure", made)
        self.client.patch(path, {"state": "done"}, 1)
        self.assertEqual(self.client.get(path).expect(200)["state"], made["state"])

    def test_records_are_deleted_unless_they_are_referred_to(self):
        sensor = self.maker.make("core.sensor")
        path = self.maker.path("core.sensor", sensor)
        self.client.request("DELETE", path).expect(428)
        self.client.request("DELETE", path, headers={"If-Match": '"9"'}).expect(412)
        self.client.request("DELETE", path, headers={"If-Match": '"1"'}).expect(204)
        self.client.get(path).expect(404)
        used = self.maker.ref("core.place", 1)
        self.maker.make("core.device")
        self.client.request("DELETE", f"/api/v1/core/places/{used}",
                            headers={"If-Match": "*"}).expect(409)

    # ---- tables ----

    def test_tables_go_out_and_come_back_the_same(self):
        for name, record in self.writable():
            has_key = any(f["unique"] and f["type"] == "text" for f in record["fields"])
            with self.subTest(name):
                self.maker.make(name)
                answer = self.client.get(record["path"] + ".csv", limit=1000)
                text = answer.expect(200).decode()
                self.assertIn("attachment", answer.headers["content-disposition"])
                header = text.split("\r\n")[0].lstrip("\ufeff").split(",")
                for field in record["fields"]:
                    self.assertIn(field["name"], header)
                book = self.client.get(record["path"] + ".xlsx", limit=1000)
                with zipfile.ZipFile(io.BytesIO(book.expect(200))) as parts:
                    self.assertIn("xl/workbook.xml", parts.namelist())
                if has_key and not record["states"]:
                    report = self.client.request("POST", record["path"] + ".csv", text,
                                                 {"Content-Type": "text/csv"}, dry_run=1)
                    self.assertEqual(report.expect(200)["refused"], 0, report.text[:500])
                    self.assertEqual(report.json()["created"], 0)
                    report = self.client.request("POST", record["path"] + ".xlsx", book.body,
                                                 dry_run=1).expect(200)
                    self.assertEqual((report["refused"], report["created"]), (0, 0), report)

    def test_a_truth_in_a_workbook_is_a_truth(self):
        for code, disputed in (("truth-1", True), ("truth-2", False)):
            Maker(self.client).make("core.dated", code=code, is_disputed=disputed)
            book = self.client.get("/api/v1/core/dated.xlsx", code=code).expect(200)
            with zipfile.ZipFile(io.BytesIO(book)) as archive:
                sheet = archive.read("xl/worksheets/sheet1.xml").decode()
            self.assertRegex(sheet, f't="b"><v>{int(disputed)}</v>')

    def test_a_table_with_faults_names_lines_and_writes_nothing(self):
        text = ("code,name,kind\r\nt-ok,Good,firm\r\nt-bad,,firm\r\nt-worse,Name,castle\r\n")
        path = "/api/v1/core/parties.csv"
        headers = {"Content-Type": "text/csv"}
        report = self.client.request("POST", path, text, headers).expect(400)
        self.assertEqual((report["rows"], report["refused"], report["written"]), (3, 2, False))
        self.assertEqual([(f["line"], f["error"]["field"]) for f in report["faults"]],
                         [(3, "name"), (4, "kind")])
        self.client.get("/api/v1/core/parties/by/code/t-ok").expect(404)
        report = self.client.request("POST", path, text, headers, dry_run=1, partial=1).expect(200)
        self.assertEqual((report["created"], report["written"]), (1, False))
        self.client.get("/api/v1/core/parties/by/code/t-ok").expect(404)
        report = self.client.request("POST", path, text, headers, partial=1).expect(200)
        self.assertEqual((report["created"], report["refused"], report["written"]), (1, 2, True))
        self.client.get("/api/v1/core/parties/by/code/t-ok").expect(200)
        self.client.request("POST", path, "", headers).expect(400)
        self.client.request("POST", "/api/v1/core/parties.xlsx", "no workbook").expect(400, 415)


if __name__ == "__main__":
    unittest.main()
