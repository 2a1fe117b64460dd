"""What the rooms declare, tried on a real PostgreSQL: the tables load, every report and every SQL text
of the engine can be prepared there.

A server of its own in a temporary folder, behind a Unix socket without any port, run by a user without
rights when the test runs as root, and stopped by its number.
"""
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

import xanh

LITERAL = r'"(?:\\.|[^"\\\n])*"'
LITERALS = re.compile(rf"{LITERAL}(?:\s*{LITERAL})*(?P<after>\s*[,;}}])?")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
STATEMENT = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH) ")
# Texts, names in quotes, a type's "::" are left alone; group 1 is a parameter.
PARAMETER = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|::|:([a-z_][a-z0-9_]*)")
# Their tables are in derived.db, which is SQLite wherever the records are.
DERIVED = ("device_store.c", "use_cache.c")


def folder_of_programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def sources():
    """(name, text) of what holds SQL: the engine as it is written, the server's tables of SQL, which
    are put together by macros, as the compiler sees them."""
    for path in sorted((xanh.ROOT / "src" / "service").glob("*.c")):
        if path.name not in DERIVED:
            yield path.name, COMMENT.sub("", path.read_text(encoding="utf-8"))
    for path in sorted((xanh.ROOT / "src" / "server").rglob("*.c")):
        if '"SELECT ' in path.read_text(encoding="utf-8"):
            yield path.name, subprocess.run(
                ["cc", "-E", "-P", "-D_GNU_SOURCE", "-I", xanh.ROOT / "src", path],
                capture_output=True, text=True, check=True).stdout


def engine_statements():
    """(where, SQL) of what stands in the sources as one whole text."""
    for name, source in sources():
        for found in LITERALS.finditer(source):
            texts = re.findall(LITERAL, found[0])
            sql = "".join(text[1:-1].replace('\\"', '"').replace("\\n", "\n") for text in texts)
            if found["after"] and STATEMENT.match(sql) and "%" not in sql:
                yield name, sql


def numbered(sql, types):
    """The SQL with $1, $2 ... for :names, and the types of these; a type that is not known is left
    to PostgreSQL."""
    names = []

    def put(found):
        if not found[1]:
            return found[0]
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return PARAMETER.sub(put, sql), [types.get(name, "unknown") for name in names]


class Postgres:
    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.mkdtemp(prefix="xanh-pg-", dir="/tmp")
        self.rights = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        data = f"{self.folder}/data"
        self.call("initdb", "-D", data, "-U", "xanh", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")
        self.process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", self.folder, "-c", "listen_addresses=",
             "-c", "fsync=off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.rights)
        for _ in range(200):
            if self.run("SELECT 1").returncode == 0:
                return
            self.process.poll()
            if self.process.returncode is not None:
                break
            xanh.time.sleep(0.05)
        self.close()
        raise AssertionError("PostgreSQL did not start")

    def call(self, name, *arguments):
        done = subprocess.run([self.programs / name, *arguments], capture_output=True, text=True,
                              cwd="/", env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                              **self.rights)
        if done.returncode != 0:
            raise AssertionError(f"{name}: {done.stdout}{done.stderr}")

    def run(self, sql):
        return subprocess.run([self.programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h",
                               self.folder, "-U", "xanh", "-d", "postgres", "-f", "-"],
                              input=sql, capture_output=True, text=True, cwd="/")

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(folder_of_programs(), "no PostgreSQL here: install the package postgresql")
class OnPostgres(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres(folder_of_programs())
        cls.addClassCleanup(cls.postgres.close)
        cls.tables = xanh.run("schema", "--dialect", "postgres").stdout
        done = cls.postgres.run(cls.tables)
        if done.returncode != 0:
            raise AssertionError(f"the tables do not load: {done.stderr}")

    def prepare(self, sql, types):
        sql, types = numbered(sql, types)
        head = f"PREPARE tried{'(' + ', '.join(types) + ')' if types else ''} AS\n"
        done = self.postgres.run(head + sql + ";\n")
        self.assertEqual(done.returncode, 0, f"{done.stderr}\n{head}{sql}")

    def test_the_tables_are_all_there(self):
        declared = set(re.findall(r'^CREATE TABLE "(\w+)"', self.tables, re.M))
        in_sqlite = xanh.run("schema").stdout
        self.assertEqual(declared, set(re.findall(r'^CREATE TABLE "(\w+)"', in_sqlite, re.M)))
        self.assertIn("core_parties", declared)
        there = self.postgres.run("\\a\n\\t\nSELECT tablename FROM pg_tables "
                                  "WHERE schemaname = 'public';").stdout.split()
        self.assertEqual(declared, declared & set(there))

    def test_every_report_of_the_rooms_can_be_prepared(self):
        reports = xanh.json.loads(xanh.run("schema", "--queries").stdout)
        self.assertGreater(len(reports), 0)
        for report in reports:
            with self.subTest(report=report["name"]):
                self.prepare(report["sql"], report["params"])

    def test_every_statement_of_the_engine_can_be_prepared(self):
        statements = list(engine_statements())
        self.assertGreater(len(statements), 10)
        for where, sql in statements:
            with self.subTest(where=where, sql=sql[:80]):
                self.prepare(sql, {})

    def test_a_statement_that_postgresql_lacks_is_found(self):
        done = self.postgres.run("PREPARE tried AS SELECT ifnull(1, 2);")
        self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
