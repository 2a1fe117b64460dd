"""Photos and documents that people hand in: whose they are, what is taken, that they last, and that
what is sent twice is there once."""
import hashlib
import os
import tempfile
import unittest

import xanh
from xanh import Server

JPEG = b"\xff\xd8\xff\xe0" + b"a photo of a meter" * 200
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture" * 20
PDF = b"%PDF-1.7\nan invoice\n%%EOF\n"
FILES = "/api/v1/files"


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="public")
        cls.operator = cls.server.client(cls.server.key("operator"))
        cls.officer = cls.server.client(cls.server.key("officer"))
        cls.operator.make_meter("home-7")
        cls.resident = cls.server.client(cls.server.key("resident-7"))
        cls.public = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        for client in (cls.operator, cls.officer, cls.resident, cls.public):
            client.close()
        cls.server.stop()

    def send(self, client, content, name="meter.jpg"):
        return client.request("POST", FILES, content, name=name)

    def test_a_photo_comes_back_as_it_was_and_may_not_run(self):
        record = self.send(self.resident, JPEG, "công tơ \"7\".jpg").expect(201)
        self.assertEqual(record["media_type"], "image/jpeg")
        self.assertEqual(record["size_bytes"], len(JPEG))
        self.assertEqual(record["sha256"], hashlib.sha256(JPEG).hexdigest())
        answer = self.resident.get(f"{FILES}/{record['id']}")
        self.assertEqual((answer.status, answer.body), (200, JPEG))
        self.assertEqual(answer.headers["content-type"], "image/jpeg")
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertIn("sandbox", answer.headers["content-security-policy"])
        self.assertRegex(answer.headers["content-disposition"],
                         r'^attachment; filename="[A-Za-z0-9._-]+"$')

    def test_the_same_file_of_the_same_owner_is_one_record(self):
        first = self.send(self.resident, PNG).expect(201)
        again = self.send(self.resident, PNG, "another name.png").expect(200)
        self.assertEqual(first["id"], again["id"])
        other = self.send(self.officer, PNG).expect(201)
        self.assertNotEqual(first["id"], other["id"])

    def test_whose_it_is_and_staff_read_it_and_nobody_else(self):
        record = self.send(self.officer, PDF, "own.pdf").expect(201)
        mine = self.send(self.resident, PDF, "own.pdf").expect(201)
        self.resident.get(f"{FILES}/{record['id']}").expect(404)
        self.public.get(f"{FILES}/{mine['id']}").expect(404)
        self.officer.get(f"{FILES}/{mine['id']}")
        self.assertEqual(self.send(self.public, JPEG).status, 403)
        ids = [item["id"] for item in self.resident.get("/api/v1/core/files").expect(200)["items"]]
        self.assertIn(mine["id"], ids)
        self.assertNotIn(record["id"], ids)

    def test_only_photos_and_pdf_of_at_most_5_mib_are_taken(self):
        for content in (b"", b"<html><script>alert(1)</script>", b"GIF89a", b"PK\x03\x04", b"\xff\xd8"):
            self.assertEqual(self.send(self.resident, content).status, 400, content)
        self.assertEqual(self.send(self.resident, JPEG + bytes(5 << 20)).status, 413)
        self.send(self.resident, JPEG + bytes((5 << 20) - len(JPEG))).expect(201)
        self.assertEqual(self.send(self.resident, JPEG, "x" * 201).status, 400)
        self.assertEqual(self.operator.post("/api/v1/core/files", {"name": "none"}).status, 403)

    def test_it_is_taken_back_by_whose_it_is(self):
        record = self.send(self.resident, PDF + b"back", "back.pdf").expect(201)
        self.assertEqual(self.public.request("DELETE", f"{FILES}/{record['id']}").status, 403)
        self.assertEqual(self.resident.request("DELETE", f"{FILES}/{record['id']}").status, 204)
        self.resident.get(f"{FILES}/{record['id']}").expect(404)


class Lasting(unittest.TestCase):
    def test_files_outlive_the_program_go_along_with_a_backup_and_leave_when_they_belong_to_nobody(self):
        server = Server()
        operator = server.client()
        record = operator.request("POST", FILES, JPEG, name="a.jpg").expect(201)
        gone = operator.request("POST", FILES, PNG, name="b.png").expect(201)
        folder = os.path.join(server.dir, "files")
        self.assertEqual(os.stat(os.path.join(folder, record["sha256"])).st_mode & 0o777, 0o600)
        self.assertEqual(operator.request("DELETE", f"{FILES}/{gone['id']}").status, 204)
        server.kill()
        operator.close()
        with open(os.path.join(folder, "0" * 64), "wb") as orphan:
            orphan.write(b"nobody's")
        server.start()
        operator = server.client()
        self.assertEqual(os.listdir(folder), [record["sha256"]])
        self.assertEqual(operator.get(f"{FILES}/{record['id']}").body, JPEG)
        with tempfile.TemporaryDirectory() as home:
            copy = os.path.join(home, "copy")
            xanh.run("backup", copy, "--dir", server.dir)
            self.check_copy(copy, record)
        self.check_faults(server, operator, record)
        operator.close()
        server.stop()

    def check_copy(self, copy, record):
        with Server(dir=copy) as other:
            client = other.client()
            self.assertEqual(client.get(f"{FILES}/{record['id']}").body, JPEG)
            client.close()

    def check_faults(self, server, operator, record):
        xanh.run("check", "--dir", server.dir)
        with open(os.path.join(server.dir, "files", record["sha256"]), "wb") as other:
            other.write(b"something else")
        found = xanh.run("check", "--dir", server.dir, check=False)
        self.assertNotEqual(found.returncode, 0)
        self.assertIn(f"file {record['id']} has no content", found.stdout + found.stderr)
        self.assertEqual(operator.get(f"{FILES}/{record['id']}").status, 500)


class Once(unittest.TestCase):
    """A report that is sent again because its answer was lost is the same report."""

    def test_a_report_with_a_key_is_made_once_for_each_party(self):
        with Server() as server:
            client = server.client()
            firm = client.make("/api/v1/core/parties", code="firm", name="A firm", kind="firm")
            report = {"title": "Half a year", "party": firm["id"], "period_from": "2026-01-01",
                      "period_to": "2026-07-01", "client_key": "phone-1"}
            first = client.post("/api/v1/programme/reports", report).expect(201)
            again = client.post("/api/v1/programme/reports",
                                {**report, "title": "Another title"}).expect(200)
            self.assertEqual((again["id"], again["title"]), (first["id"], "Half a year"))
            other = client.post("/api/v1/programme/reports",
                                {**report, "client_key": "phone-2"}).expect(201)
            self.assertNotEqual(other["id"], first["id"])
            without = [client.post("/api/v1/programme/reports", {**report, "client_key": None})
                       .expect(201)["id"] for _ in range(2)]
            self.assertNotEqual(*without)
            client.close()


if __name__ == "__main__":
    unittest.main()
