"""A place from outside: its standing and sentence, published results beside those computed, who is
behind a target, the map and outlines, why a record's number is so, and what officer and auditor may."""
import json
import time
import unittest
from decimal import Decimal

import xanh

CORE = "/api/v1/core"
ROOM = "/api/v1/programme"
INDUSTRY = "/api/v1/industry"
YEAR = {"period_from": "2026-01-01", "period_to": "2027-01-01"}
SQUARE = {"type": "Polygon",
          "coordinates": [[[105.2, 20.5], [105.21, 20.5], [105.21, 20.51], [105.2, 20.5]]]}


class World:
    """One server: three ward offices and three markets owe reports for 2026."""

    def __init__(self):
        self.server = xanh.Server(identity="public")
        self.operator = self.server.client(self.server.key("operator"))
        self.officer = self.server.client(self.server.key("officer"))
        self.auditor = self.server.client(self.server.key("auditor"))
        self.public = self.server.client()
        self.hanoi = self.operator.by_code(f"{CORE}/places", "vn-01")
        self.plan = self.operator.by_code(f"{ROOM}/plans", "hanoi-scp-2026")
        self.awareness = self.operator.by_code(f"{ROOM}/targets", "THN26-02")
        self.bags = self.operator.by_code(f"{ROOM}/targets", "THN26-05")
        wards = ("vn-00004", "vn-00008", "vn-00025")
        self.wards = [self.operator.by_code(f"{CORE}/places", code) for code in wards]
        self.offices = [self.party(f"ubnd-{ward['code'][3:]}", "agency", ward, is_simulated=True)
                        for ward in self.wards]
        self.markets = [self.party(f"market-{i}", "market", self.wards[0]) for i in range(1, 4)]

    def party(self, code, kind, place, **fields):
        return self.operator.make(f"{CORE}/parties", code=code, name=f"Party {code}", kind=kind,
                                  place=place["id"], **fields)

    def duty(self, party, due, kind=f"{ROOM}", **fields):
        return self.operator.make(
            f"{CORE}/duties", code=f"duty/{party['code']}", title="Báo cáo 2026",
            party=party["id"], record_type="programme.report", due=due, basis=self.plan["document"],
            **{**YEAR, **fields})

    def report(self, party, target, value, duty=None, place=None):
        return self.officer.post(f"{ROOM}/reports", {
            "title": f"Báo cáo {party['code']}", "party": party["id"], **YEAR,
            "duty": duty and duty["id"], "place": place and place["id"],
            "answers": [{"target": target["id"], "value": value}],
            "evidence": [{"title": "Biên bản", "kind": "document", "reference": "1/BB"}],
        }).expect(201)

    def verb(self, report, verb, **body):
        return self.officer.post(f"{ROOM}/reports/{report['id']}/{verb}", body).expect(200)

    def approved(self, *arguments, **fields):
        report = self.report(*arguments, **fields)
        self.verb(report, "submit")
        return self.verb(report, "approve")

    def standing(self, client=None, **params):
        return (client or self.public).get(f"{ROOM}/do/place_standing", **params).expect(200)

    def stop(self):
        for client in (self.operator, self.officer, self.auditor, self.public):
            client.close()
        self.server.stop()


def named(items, code):
    return next(item for item in items if item["code"] == code)


class Place(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = w = World()
        deadline = time.monotonic() + 20
        while w.operator.by_code(f"{ROOM}/plans", "hanoi-scp-2026")["state"] != "adopted":
            if time.monotonic() > deadline:
                raise AssertionError("the plan of 2026 was not adopted by itself")
            time.sleep(0.05)
        cls.before = w.standing()
        # the first office in time, the second too late, the third not at all
        duties = [w.duty(w.offices[0], "2099-01-31", place=w.wards[0]["id"]),
                  w.duty(w.offices[1], "2026-01-31", place=w.wards[1]["id"]),
                  w.duty(w.offices[2], "2026-01-31", place=w.wards[2]["id"])]
        cls.reports = [w.approved(w.offices[i], w.awareness, 1, duty=duties[i], place=w.wards[i])
                       for i in range(2)]
        w.approved(w.markets[0], w.bags, 1, duty=w.duty(w.markets[0], "2099-01-31"))
        w.approved(w.markets[1], w.bags, 0, duty=w.duty(w.markets[1], "2099-01-31"))
        cls.waiting = w.report(w.markets[2], w.bags, 1, duty=w.duty(w.markets[2], "2099-01-31"))
        w.verb(cls.waiting, "submit")
        w.verb(cls.waiting, "return", reason="thiếu ảnh")

    @classmethod
    def tearDownClass(cls):
        cls.world.stop()

    # ---- the standing ----

    def test_without_anybody_who_owes_there_is_no_place_to_show(self):
        self.assertFalse(self.before["has_place"])
        self.assertEqual(self.before["targets"], [])

    def test_the_page_of_a_place_says_in_one_sentence_how_far_it_is(self):
        found = self.world.standing()
        self.assertTrue(found["has_place"] and found["is_simulated"])
        self.assertEqual((found["place_code"], found["year"], found["years"]),
                         ("vn-01", 2026, "2023,2024,2025,2026"))
        self.assertEqual(found["title_vi"],
                         "Hà Nội · Kế hoạch sản xuất và tiêu dùng bền vững 2026")
        self.assertEqual(found["title_en"],
                         "Hanoi · Sustainable production and consumption plan 2026")
        self.assertIn("; 1 trên 3 phường, xã chưa báo cáo.", found["sentence_vi"])
        self.assertTrue(found["sentence_vi"].startswith("5 mục tiêu: "))
        self.assertTrue(found["sentence_en"].endswith(
            "; 1 of 3 wards and communes has not reported."))
        self.assertEqual(found["target_count"],
                         found["on_track"] + found["behind"] + found["not_known"])

    def test_wards_are_in_time_late_or_missing(self):
        found = self.world.standing()
        self.assertEqual([(unit["code"], unit["state"]) for unit in found["units"]],
                         [("vn-00004", "reported"), ("vn-00008", "late"), ("vn-00025", "missing")])
        self.assertEqual((found["unit_count"], found["reported"], found["late"], found["missing"]),
                         (3, 1, 1, 1))
        self.assertEqual(found["units"][0]["report"], self.reports[0]["id"])
        self.assertEqual(found["units"][0]["name_en"], "Ba Dinh Ward")

    def test_a_share_says_its_members_and_what_is_missing_keeps_it_unknown(self):
        target = named(self.world.standing()["targets"], "THN26-05")
        self.assertEqual((target["has_value"], target["numerator"], target["denominator"]),
                         (True, 1, 3))
        self.assertEqual((target["missing"], target["verdict"]), (1, "behind"))  # 2 of 3 < 70 %
        self.assertEqual(target["sentence_vi"], "1 trong 3 chợ; thiếu 1")
        self.assertEqual(target["sentence_en"], "1 of 3 markets; 1 missing")
        self.assertEqual((target["value_text_vi"], target["bound_text_vi"]), ("33,33 %", "70–80 %"))
        self.assertEqual(target["label_en"], "Markets without plastic bags")
        self.assertEqual((target["verified"], target["document"]),
                         ("partial", "Kế hoạch SXTDBV của Hà Nội năm 2026"))
        wards = named(self.world.standing()["targets"], "THN26-02")
        self.assertEqual((wards["numerator"], wards["denominator"], wards["missing"],
                          wards["verdict"]), (2, 126, 124, "not_known"))

    def test_published_results_stand_beside_what_is_computed(self):
        w = self.world
        found = w.standing(place=w.hanoi["id"], year=2023)
        self.assertIn("2023", found["title_vi"])
        codes = [result["code"] for result in found["results"]]
        self.assertEqual(codes, [f"R23-{i:02}" for i in range(1, 13)])
        bags = named(found["results"], "R23-03")
        self.assertEqual((bags["published"], bags["published_text_vi"], bags["has_value"]),
                         (100, "100 %", False))
        self.assertEqual(named(found["results"], "R23-06")["published_text_vi"], "−3,61 %")
        told = {code: (named(found["results"], code)["is_about"],
                       named(found["results"], code)["published_text_vi"])
                for code in ("R23-05", "R23-10", "R23-11", "R23-12")}
        self.assertEqual(told, {"R23-05": (True, "hơn 190 giải pháp"),
                                "R23-10": (True, "hơn 500 cuộc gặp"),
                                "R23-11": (True, "khoảng 20 triệu USD"),
                                "R23-12": (False, "3 chuỗi")})
        super_1 = w.party("super-1", "supermarket", w.wards[1])
        target = w.operator.by_code(f"{ROOM}/targets", "T889-05")
        report = w.officer.post(f"{ROOM}/reports", {
            "title": "Siêu thị 2023", "party": super_1["id"], "period_from": "2023-01-01",
            "period_to": "2024-01-01", "answers": [{"target": target["id"], "value": 1}],
            "evidence": [{"title": "Ảnh", "kind": "photo", "reference": "1"}]}).expect(201)
        w.verb(report, "submit")
        w.verb(report, "approve")
        bags = named(w.standing(place=w.hanoi["id"], year=2023)["results"], "R23-03")
        self.assertEqual((bags["value"], bags["sentence_vi"]), (100, "1 trong 1 siêu thị"))
        w.party("super-2", "supermarket", w.wards[1])
        bags = named(w.standing(place=w.hanoi["id"], year=2023)["results"], "R23-03")
        self.assertEqual((bags["value"], bags["missing"], bags["sentence_en"]),
                         (50, 1, "1 of 2 supermarkets; 1 missing"))

    def test_a_year_without_targets_says_so(self):
        found = self.world.standing(place=self.world.hanoi["id"], year=2019)
        self.assertEqual(found["target_count"], 0)
        self.assertEqual(found["sentence_en"], "There is no target for this year.")
        self.assertEqual(self.world.public.get(f"{ROOM}/do/place_standing", place=999999).status, 404)

    # ---- who is behind it ----

    def firms(self, client, target):
        return client.get(f"{ROOM}/do/target_firms", target=target["id"]).expect(200)

    def test_those_behind_a_target_are_told_the_worst_first(self):
        found = self.firms(self.world.auditor, self.world.bags)
        self.assertEqual([(m["code"], m["state"], m["verdict"]) for m in found["members"]],
                         [("market-3", "returned", "not_known"), ("market-2", "approved", "behind"),
                          ("market-1", "approved", "on_track")])
        self.assertEqual((found["members"][0]["type"], found["members"][0]["id"]),
                         ("programme.report", self.waiting["id"]))
        self.assertEqual(found["members"][1]["sentence_vi"], "đã duyệt: không")

    def test_the_public_sees_offices_by_name_and_markets_as_a_number(self):
        found = self.firms(self.world.public, self.world.bags)
        self.assertEqual((found["count"], found["hidden"], found["members"]), (3, 3, []))
        wards = self.firms(self.world.public, self.world.awareness)["members"]
        late = named(wards, "ubnd-00025")
        self.assertEqual(late["state"], "missing" if "days" not in late["sentence_en"] else "late")
        self.assertIn("hạn 31/1/2026", late["sentence_vi"])

    def test_who_is_late_is_told_with_party_place_and_days(self):
        rows = self.world.officer.get(f"{ROOM}/reports/overdue", day="2026-02-10").expect(200)
        row = next(row for row in rows["items"] if row["party_code"] == "ubnd-00025")
        self.assertEqual((row["days_late"], row["place_name"], row["record_type"], row["party"]),
                         (10, "Phường Giảng Võ", "programme.report", self.world.offices[2]["id"]))
        self.assertTrue(row["party_name"])
        self.assertEqual(self.world.public.get(f"{ROOM}/reports/overdue",
                                               day="2026-02-10").status, 403)

    # ---- why ----

    def why(self, client=None, **params):
        return (client or self.world.auditor).get("/api/v1/why", **params).expect(200)

    def test_a_target_opens_to_its_indicator_and_the_reports_behind_it(self):
        why = self.why(record="programme.target", id=self.world.bags["id"])
        self.assertEqual(why["title_en"], "Target: Markets without plastic bags")
        self.assertAlmostEqual(float(why["value"]), 100 / 3, places=5)
        self.assertIn("phải đạt: 70–80 %", why["formula_vi"])
        indicator = self.world.auditor.get(why["parts"][0]["href"]).expect(200)
        self.assertEqual(indicator["unit"], "%")
        hrefs = [part["href"] for part in why["parts"][1:]]
        self.assertEqual(len(hrefs), 2)
        for href in hrefs:
            self.assertIn("title", self.world.auditor.get(href).expect(200))
        self.assertEqual(len(why["missing"]), 1)
        self.assertEqual(why["versions"][0]["verb"], "create")
        seen = self.why(self.world.public, record="programme.target", id=self.world.bags["id"])
        self.assertEqual((seen["value"], len(seen["parts"])), (why["value"], 1))

    def test_what_has_no_number_is_refused_with_the_reason(self):
        get = self.world.auditor.get
        self.assertEqual(get("/api/v1/why", record="programme.plan", id=1).expect(404)["field"],
                         "record")
        self.assertEqual(get("/api/v1/why", record="no.such", id=1).status, 404)
        self.assertEqual(get("/api/v1/why", record="programme.target", id=999999).status, 404)
        self.assertEqual(get("/api/v1/why", record="programme.target", id=self.world.bags["id"],
                             from_="2026-01-01").status, 400)

    def test_a_measure_opens_to_its_series_before_and_after_and_to_its_bills(self):
        w = self.world
        meter = w.operator.make_meter("saver", period_s=86400, tariff="evn-residential")
        rows = [{"series": "saver/electricity", "time": f"2026-0{m}-01T00:00:00+07:00",
                 "value": value} for m, value in ((1, 0), (2, 310), (3, 590), (4, 745))]
        w.operator.post("/api/v1/readings", rows).expect(200)
        bill = w.operator.post("/api/v1/bill", {"series": meter["code"], "from": "2026-01-01",
                                                "to": "2026-02-01"}).expect(200, 201)
        measure = w.operator.post(f"{CORE}/measures", {
            "code": "saver-1", "title": "Thay đèn", "kind": "saving_tip",
            "party": meter["owner"], "series": meter["id"], "baseline_from": "2026-01-01",
            "baseline_to": "2026-02-01", "expected_effect": -10, "expected_unit": "kWh"}).expect(201)
        for verb, body in (("start", {}), ("finish", {"done": "2026-02-28"})):
            w.operator.post(f"{CORE}/measures/{measure['id']}/{verb}", body).expect(200)
        why = self.why(record="core.measure", id=measure["id"])
        self.assertEqual((why["value"], why["note_en"]), (None, "the effect is not yet verified"))
        parts = {part["label_en"]: part for part in why["parts"]}
        before, after = parts["Before the measure"], parts["After the measure"]
        self.assertAlmostEqual(float(before["value"]), 310, places=6)
        self.assertAlmostEqual(float(after["value"]), 155 * 30 / 31, places=6)
        self.assertIn(f"series={meter['id']}&from=2026-03-01&to=2026-03-31", after["href"])
        for part in (before, after):  # the next step says the same number
            self.assertAlmostEqual(float(w.auditor.get(part["href"]).expect(200)["value"]),
                                   float(part["value"]), places=6)
        self.assertTrue(any(part["href"] == f"/api/v1/why?bill={bill['id']}"
                            for part in why["parts"]), why["parts"])
        w.operator.post(f"{CORE}/measures/{measure['id']}/verify", {
            "verified_effect": -120, "verified_low": -150, "verified_high": -90}).expect(200)
        why = self.why(record="core.measure", id=measure["id"])
        self.assertEqual((why["value"], why["note_en"]),
                         (-120, "interval of confidence from −150 to −90 kWh: proved"))

    # ---- the map ----

    def test_the_map_has_a_cell_for_each_ward_and_answers_its_own_tag(self):
        w = self.world
        path = f"/api/v1/places/{w.hanoi['id']}/map"
        answer = w.public.get(path)
        collection = answer.expect(200)
        self.assertEqual(answer.headers["content-type"], "application/geo+json")
        self.assertLess(len(answer.body), 70000)
        self.assertEqual(len(collection["features"]), 126)
        first = named([feature["properties"] for feature in collection["features"]], "vn-00004")
        self.assertEqual((first["name_en"], first["area_km2"]), ("Ba Dinh Ward", Decimal("2.97")))
        for feature in collection["features"]:
            self.assertIn(feature["geometry"]["type"], ("Polygon", "MultiPolygon"))
        tag = answer.headers["etag"]
        self.assertEqual(w.public.get(path, headers={"If-None-Match": tag}).status, 304)
        self.assertEqual(w.public.get("/api/v1/places/999999/map").status, 404)

    def outlines(self, features, *options):
        path = f"{xanh.temporary_folder()}/outlines.geojson"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"type": "FeatureCollection", "features": features}, file)
        return xanh.run("import", "outlines", path, "--dir", self.world.server.dir, "--json",
                        *options, check=False)

    def test_outlines_are_looked_at_then_taken_and_the_map_shows_them(self):
        w = self.world
        path = f"/api/v1/places/{w.hanoi['id']}/map"
        before = w.public.get(path).headers["etag"]
        features = [{"type": "Feature", "properties": {"code": "00082"}, "geometry": SQUARE},
                    {"type": "Feature", "id": "nowhere", "properties": {}, "geometry": SQUARE}]
        looked = json.loads(self.outlines(features, "--dry-run").stdout)
        self.assertEqual((looked["found"], looked["written"], looked["unknown"]),
                         (1, 0, ["nowhere"]))
        self.assertEqual(w.public.get(path).headers["etag"], before)
        self.assertNotEqual(self.outlines(features).returncode, 0)  # nobody said yes
        taken = json.loads(self.outlines(features, "--yes").stdout)
        self.assertEqual((taken["found"], taken["written"]), (1, 1))
        answer = w.public.get(path)
        self.assertNotEqual(answer.headers["etag"], before)
        cell = next(feature for feature in answer.expect(200)["features"]
                    if feature["properties"]["code"] == "vn-00082")
        self.assertFalse(cell["properties"]["is_schematic"])
        again = json.loads(self.outlines(features, "--yes").stdout)
        self.assertEqual((again["same"], again["written"]), (1, 0))
        place = w.operator.by_code(f"{CORE}/places", "vn-00082")
        history = w.operator.get(f"{CORE}/places/{place['id']}/history").expect(200)["items"]
        self.assertEqual(len([row for row in history if row["verb"] == "edit"]), 1)

    def test_a_broken_file_of_outlines_names_its_feature_and_takes_nothing(self):
        good = {"type": "Feature", "properties": {"code": "00091"}, "geometry": SQUARE}
        for bad in ({"type": "Feature", "properties": {}, "geometry": SQUARE},
                    {"type": "Feature", "properties": {"code": "00091"}, "geometry": None},
                    {"type": "Feature", "properties": {"code": "00091"},
                     "geometry": {"type": "Point", "coordinates": [1, 2]}}):
            done = self.outlines([good, bad], "--yes")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("features[1].", json.loads(done.stdout or done.stderr)["field"])
        place = self.world.operator.by_code(f"{CORE}/places", "vn-00091")
        self.assertIsNone(place.get("geometry"))

    @unittest.skipUnless(xanh.data_folder("places"), "no measured data here")
    def test_the_outlines_of_hanoi_fit_its_126_wards_and_communes(self):
        path = xanh.data_folder("places") / "hanoi_wards.geojson"
        done = xanh.run_json("import", "outlines", str(path), "--dir", self.world.server.dir,
                             "--dry-run")
        self.assertEqual((done["features"], done["found"], done["unknown"]), (126, 126, []))

    # ---- officer and auditor ----

    def test_the_auditor_reads_everything_and_writes_nothing_but_judges_claims(self):
        w = self.world
        rooms = w.auditor.get("/api/v1/meta").expect(200)["rooms"]
        seen = {f"{room['name']}.{record['name']}" for room in rooms for record in room["records"]}
        for name in ("core.party", "core.series", "core.bill", "core.import", "core.duty",
                     "core.measure", "core.dated", "programme.report"):
            self.assertIn(name, seen)
        for room in rooms:
            for record in room["records"]:
                path = f"/api/v1/{room['name']}/{record['plural']}"
                w.auditor.get(path, limit=1).expect(200)
                self.assertEqual(w.auditor.post(path, {}).status, 403, path)
                verbs = {verb["verb"] for verb in record["transitions"] if verb["may"] != "not"}
                allowed = {"check", "verify", "dispute"} if record["name"] == "claim" else set()
                self.assertEqual(verbs, allowed, path)
        rows = [{"series": "saver/electricity", "time": "2026-05-01T00:00:00Z", "value": 1}]
        self.assertIn(w.auditor.post("/api/v1/readings", rows).status, (401, 403))
        claim = w.operator.post(f"{CORE}/claims", {
            "statement": "Chợ không túi ni lông", "party": w.markets[0]["id"],
            "evidence": [{"title": "Ảnh"}]}).expect(201)
        judged = w.auditor.post(f"{CORE}/claims/{claim['id']}/check", {}).expect(200)
        self.assertEqual(judged["state"], "checked")

    def test_the_officer_reviews_reports_and_reads_bills_but_keeps_no_meters(self):
        w = self.world
        w.officer.get(f"{CORE}/bills", limit=1).expect(200)
        w.officer.get(f"{CORE}/parties", limit=1).expect(200)
        self.assertEqual(w.officer.post(f"{CORE}/devices", {"code": "x"}).status, 403)
        self.assertEqual(w.officer.post(f"{CORE}/bills", {}).status, 403)
        rows = [{"series": "saver/electricity", "time": "2026-05-01T00:00:00Z", "value": 1}]
        self.assertIn(w.officer.post("/api/v1/readings", rows).status, (401, 403))
        me = w.officer.get("/api/v1/me").expect(200)
        self.assertEqual((me["name"], me["roles"]), ("officer", ["officer"]))

    def test_the_business_sees_its_own_and_answers_for_itself(self):
        w = self.world
        brewery = w.party("brewery", "firm", w.wards[0])
        business = w.server.client(w.server.key("business"))
        self.addCleanup(business.close)
        self.assertEqual(business.get("/api/v1/me").expect(200)["party"]["code"], "brewery")
        seen = business.get(f"{CORE}/parties").expect(200)["items"]
        self.assertEqual([party["id"] for party in seen], [brewery["id"]])
        self.assertEqual(business.get(f"{ROOM}/reports").expect(200)["items"], [])

    def found(self, q, client=None, **params):
        answer = (client or self.world.public).get("/api/v1/places/search", q=q, **params).expect(200)
        return [(place["code"], place["name"]) for place in answer["items"]]

    def test_a_place_is_found_without_its_marks_the_whole_name_first_then_how_names_begin(self):
        self.assertEqual(self.found("ba dinh")[0], ("vn-00004", "Phường Ba Đình"))
        self.assertEqual(self.found("Ba Đ")[0], ("vn-00004", "Phường Ba Đình"))
        self.assertEqual(self.found("hanoi")[0][0], "vn-01")
        self.assertEqual(self.found("VN-00004"), [("vn-00004", "Phường Ba Đình")])
        self.assertEqual((self.found("không đâu cả"), self.found("")), ([], []))
        self.assertEqual(len(self.found("phuong", limit=50)), 50)
        named = self.world.public.get("/api/v1/places/search", q="ba dinh").expect(200)["items"][0]
        self.assertEqual((named["kind"], named["parent_name"], named["parent_name_en"]),
                         ("ward", "Thành phố Hà Nội", "Hanoi City"))
        for wrong in ({"q": "a" * 101}, {"q": "a", "limit": 51}, {"q": "a", "limit": 0}):
            self.world.public.get("/api/v1/places/search", **wrong).expect(400)

    def test_a_site_is_found_by_those_only_who_may_see_it(self):
        w = self.world
        owner = w.party("site-owner", "firm", w.wards[0])
        for code, fields in (("yard-1", {"owner": owner["id"]}), ("yard-2", {})):
            w.operator.make(f"{CORE}/places", code=code, name=f"Bãi Tìm Kiếm {code}", kind="site",
                            parent=w.wards[0]["id"], **fields)
        self.assertEqual([code for code, _ in self.found("bai tim", w.operator)], ["yard-1", "yard-2"])
        self.assertEqual([code for code, _ in self.found("bai tim")], ["yard-2"])


class Thread(unittest.TestCase):
    """From a city's target down to a meter's reading, and back up when the reading is corrected."""

    @classmethod
    def setUpClass(cls):
        cls.world = w = World()
        cls.addClassCleanup(w.stop)
        meta = w.operator.get("/api/v1/meta").expect(200)
        if "industry" not in {room["name"] for room in meta["rooms"]}:
            raise unittest.SkipTest("this program lacks the industry room")
        cls.firm = w.party("thread-firm", "firm", w.wards[0])
        cls.spot = w.operator.make(f"{CORE}/places", code="thread-site", name="Nhà máy", kind="site",
                                   parent=w.wards[0]["id"], zone="Asia/Ho_Chi_Minh",
                                   owner=cls.firm["id"])
        cls.power = cls.series("electricity", "energy.electricity", "kWh", "register",
                               tariff="evn-residential")
        cls.beer = cls.series("beer", "industry.volume", "hl", "interval", period_s=86400)
        rows = [{"series": cls.power["code"], "time": f"2025-12-{day:02}T00:00:00+07:00",
                 "value": 1000 * day} for day in range(1, 32)]
        rows += [{"series": cls.beer["code"], "time": f"2025-12-{day:02}T00:00:00+07:00",
                  "value": 20} for day in range(2, 32)]
        rows += [{"series": cls.power["code"], "time": "2026-01-01T00:00:00+07:00", "value": 32000},
                 {"series": cls.beer["code"], "time": "2026-01-01T00:00:00+07:00", "value": 20}]
        w.operator.post("/api/v1/readings", {"readings": rows}).expect(200)
        cls.line = w.operator.post(f"{INDUSTRY}/lines", {
            "code": "thread-line", "name": "Dây chuyền", "party": cls.firm["id"],
            "product": "beer", "capacity": 50, "capacity_unit": "million L/yr",
            "output_series": cls.beer["id"], "output_unit": "hl",
            "inputs": [{"series": cls.power["id"], "fuel": "electricity"}]}).expect(201)
        cls.bill = w.operator.post("/api/v1/bill", {
            "series": cls.power["code"], "from": "2025-12-01", "to": "2026-01-01"}).expect(200, 201)
        cls.file = w.officer.post(f"{INDUSTRY}/cases", {
            "code": "thread-case", "title": "Hồ sơ", "party": cls.firm["id"], "year": 2025,
            "period_from": "2025-01-01", "period_to": "2026-01-01",
            "results": [{"kind": "energy", "before": 200, "unit": "MJ/hl",
                         "line": cls.line["id"]}],
            "evidence": [{"title": "Báo cáo", "kind": "document", "reference": "1"}]}).expect(201)
        for verb in ("submit", "approve"):
            w.officer.post(f"{INDUSTRY}/cases/{cls.file['id']}/{verb}", {}).expect(200)
        cls.target = w.operator.by_code(f"{ROOM}/targets", "THN25-01")

    @classmethod
    def series(cls, name, quantity, unit, kind, **fields):
        make, code = cls.world.operator.make, f"thread-site/{name}"
        device = make(f"{CORE}/devices", code=code, name=name, kind="other", place=cls.spot["id"],
                      owner=cls.firm["id"])
        seen = make(f"{CORE}/properties", code=quantity, name=quantity, quantity=quantity)
        return make(f"{CORE}/series", code=code, name=name, device=device["id"],
                    property=seen["id"], place=cls.spot["id"], owner=cls.firm["id"], kind=kind,
                    unit=unit, **fields)

    def get(self, href):
        return self.world.auditor.get(href).expect(200)

    def numbers(self):
        """What each step of the thread says now."""
        page = self.world.standing(place=self.world.hanoi["id"], year=2025)
        target = self.get(f"/api/v1/why?record=programme.target&id={self.target['id']}")
        case = self.get(next(part["href"] for part in target["parts"]
                             if "record=industry.case" in (part["href"] or "")))
        line = self.get(next(part["href"] for part in case["parts"]
                             if "record=industry.line" in (part["href"] or "")))
        used = self.get(next(part["href"] for part in line["parts"]
                             if f"why?series={self.power['id']}&" in (part["href"] or "")))
        return [float(value) for value in (
            named(page["targets"], "THN25-01")["value"], target["value"], case["value"],
            line["value"], used["value"])], used

    def test_a_corrected_reading_moves_everything_above_it_and_the_old_bill_stays(self):
        w = self.world
        (page, target, case, line, used), series = self.numbers()
        self.assertAlmostEqual(used, 30000, places=3)          # 2 December to 1 January
        self.assertAlmostEqual(line, 30000 * 3.6 / 600, places=6)
        self.assertAlmostEqual(case, 100 * (200 - line) / 200, places=5)
        self.assertAlmostEqual(target, case, places=5)
        self.assertAlmostEqual(page, case, places=5)
        day = self.get(series["parts"][-1]["href"])            # the last step: readings
        last = day["readings"][-1]
        self.assertEqual((last["value"], last["in_force"]), (32000, True))

        w.operator.post(f"{CORE}/do/vee_edit", {
            "series": self.power["id"], "time_from": "2026-01-01T00:00:00+07:00", "value": 31400,
            "reason": "read once more"}).expect(200)
        (page, target, case, line, used), _ = self.numbers()   # at once: nothing is kept
        self.assertAlmostEqual(used, 29400, places=3)
        self.assertAlmostEqual(line, 29400 * 3.6 / 600, places=6)
        self.assertAlmostEqual(case, 100 * (200 - line) / 200, places=5)
        self.assertAlmostEqual(target, case, places=5)
        self.assertAlmostEqual(page, case, places=5)

        w.operator.post(f"{CORE}/do/vee_renew", {}).expect(200)
        bills = w.auditor.get(f"{CORE}/bills", series=self.power["id"], limit=10).expect(200)["items"]
        self.assertEqual(sorted((bill["revision"], bill["state"]) for bill in bills),
                         [(1, "superseded"), (2, "issued")])
        old, new = sorted(bills, key=lambda bill: bill["revision"])
        self.assertEqual((old["total"], float(old["quantity"])), (self.bill["total"], 31000))
        self.assertEqual((new["supersedes"], float(new["quantity"])), (old["id"], 30400))
        self.assertLess(new["total"], old["total"])
        readings = self.get(f"/api/v1/why?bill={old['id']}")["readings"]
        self.assertEqual(readings[-1]["value"], 32000)         # the old bill, as known then

    def test_a_page_shows_the_members_of_a_target_with_what_each_gave(self):
        found = self.world.auditor.get(f"{ROOM}/do/target_firms",
                                       target=self.target["id"]).expect(200)
        [firm] = [m for m in found["members"] if m["code"] == "thread-firm"]
        self.assertEqual((firm["type"], firm["id"], firm["state"], firm["party"]),
                         ("industry.case", self.file["id"], "approved", self.firm["id"]))
        self.assertTrue(firm["sentence_en"].startswith("approved: −"), firm["sentence_en"])


if __name__ == "__main__":
    unittest.main()
