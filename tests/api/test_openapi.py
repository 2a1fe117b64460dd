"""The description of the API is OpenAPI 3.1, holds what it refers to, and tells what is served."""
import json
import re
import unittest

from xanh import Server

TYPES = {"string", "integer", "number", "boolean", "array", "object", "null"}
METHODS = {"get", "post", "put", "patch", "delete"}
NOT_HERE = {"/api/v1/demo"}  # this server is no demonstration


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator")
        cls.client = cls.server.client()
        cls.described = cls.client.get("/api/openapi.json").expect(200)
        cls.meta = cls.client.get("/api/v1/meta").expect(200)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def operations(self):
        for path, item in self.described["paths"].items():
            for method, operation in item.items():
                yield path, method, operation

    def test_it_has_the_members_that_openapi_asks_for(self):
        self.assertEqual(self.described["openapi"], "3.1.0")
        self.assertTrue(self.described["info"]["title"] and self.described["info"]["version"])
        ids = []
        for path, method, operation in self.operations():
            self.assertTrue(path.startswith("/"), path)
            self.assertIn(method, METHODS)
            ids.append(operation["operationId"])
            self.assertTrue(operation["responses"], path)
            for answer in operation["responses"].values():
                self.assertTrue(answer["description"])
            if method == "get":
                self.assertNotIn("requestBody", operation)
        self.assertEqual(len(ids), len(set(ids)), "operationId is unique")
        for name in self.described["components"]["schemas"]:
            self.assertRegex(name, r"^[a-zA-Z0-9._-]+$")

    def test_path_parameters_are_those_of_the_path(self):
        for path, method, operation in self.operations():
            named = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
            self.assertEqual(sorted(named), sorted(re.findall(r"\{(\w+)\}", path)), path)
            pairs = [(p["name"], p["in"]) for p in operation.get("parameters", [])]
            self.assertEqual(len(pairs), len(set(pairs)), f"{method} {path}")
            for p in operation.get("parameters", []):
                self.assertIn(p["in"], ("path", "query", "header"))
                self.assertTrue(p["in"] != "path" or p["required"])
                self.schema(p["schema"], path)

    def schema(self, schema, where):
        if "$ref" in schema:
            prefix = "#/components/schemas/"
            self.assertTrue(schema["$ref"].startswith(prefix))
            self.assertIn(schema["$ref"][len(prefix):], self.described["components"]["schemas"])
            return
        kinds = schema.get("type", [])
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            self.assertIn(kind, TYPES, where)
        for name, value in schema.get("properties", {}).items():
            self.schema(value, f"{where}.{name}")
        if "items" in schema:
            self.schema(schema["items"], where)
        for name in schema.get("required", []):
            self.assertIn(name, schema["properties"], where)
        if "minimum" in schema:
            self.assertLessEqual(schema["minimum"], schema["maximum"], where)

    def test_schemas_hold_together(self):
        for name, schema in self.described["components"]["schemas"].items():
            self.schema(schema, name)
        for path, _, operation in self.operations():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in bodies:
                for content in body.get("content", {}).values():
                    self.schema(content["schema"], path)

    def test_every_thing_of_every_room_is_described(self):
        paths = self.described["paths"]
        for room in self.meta["rooms"]:
            for record in room["records"]:
                self.assertIn("post", paths[record["path"]])
                self.assertEqual(set(paths[record["path"] + "/{id}"]),
                                 {"get", "put", "patch", "delete"})
                for line in record["transitions"]:
                    self.assertIn(f"{record['path']}/{{id}}/{line['verb']}", paths)
                schema = self.described["components"]["schemas"][f"{room['name']}.{record['name']}"]
                for field in record["fields"]:
                    self.assertIn(field["name"], schema["properties"])
            for thing in room["queries"] + room["actions"] + room["indicators"]:
                self.assertIn(thing["path"], paths)

    def test_what_is_described_is_served(self):
        for path, method, _ in self.operations():
            if path in ("/api/v1/events",):
                continue
            with self.subTest(f"{method} {path}"):
                address = re.sub(r"\{\w+\}", "1", path)
                allowed = self.client.request("OPTIONS", address)
                self.assertEqual(allowed.status, 204)
                self.assertIn(method.upper(), allowed.headers["allow"])
                if method == "get":
                    answer = self.client.get(address)
                    self.assertIn(answer.status, (200, 204, 400, 404), answer.body[:300])
                    if path in NOT_HERE:
                        answer.expect(404)
                    elif "{" not in path:
                        self.assertIn(answer.status, (200, 204, 400))

    def test_readings_that_are_all_refused_answer_as_described(self):
        described = self.described["paths"]["/api/v1/readings"]["post"]["responses"]["400"]
        for body in ([{}], [{}, {}], "["):
            answer = self.client.request("POST", "/api/v1/readings",
                                         body if isinstance(body, str) else json.dumps(body),
                                         {"Content-Type": "application/json"})
            answer.expect(400)
            self.assertIn(answer.headers["content-type"], described["content"])

    def test_a_table_is_not_counted(self):
        for path, method, operation in self.operations():
            if method == "get" and path.endswith((".csv", ".xlsx")):
                names = {p["name"] for p in operation.get("parameters", [])}
                self.assertNotIn("count", names, path)

    def test_answers_have_the_members_that_are_described(self):
        for room in self.meta["rooms"]:
            for record in room["records"]:
                page = self.client.get(record["path"], limit=1).expect(200)
                self.assertEqual(set(page), {"items", "next"})
                for item in page["items"]:
                    schema = self.described["components"]["schemas"][
                        f"{room['name']}.{record['name']}"]
                    names = {n for n in item if not n.endswith("_label")}
                    self.assertEqual(names - set(schema["properties"]), set())


if __name__ == "__main__":
    unittest.main()
