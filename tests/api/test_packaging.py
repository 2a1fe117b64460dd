"""What `meson install` and `tools/deb` put onto a machine, and that the program runs from there."""
import os
import re
import shutil
import subprocess
import unittest
from pathlib import Path

import xanh

BUILD = Path(xanh.program()).parent
IS_BUILD = (BUILD / "build.ninja").exists() and not xanh.is_sanitized()


def run(*arguments, **options):
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def files_below(folder):
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()}


@unittest.skipUnless(IS_BUILD, "only the build itself can be installed")
class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = Path(xanh.temporary_folder())
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)
        cls.files = files_below(cls.root)

    def one(self, pattern):
        found = [name for name in self.files if re.search(pattern, name)]
        self.assertEqual(len(found), 1, (pattern, found))
        return self.root / found[0]

    def test_everything_has_its_place(self):
        for pattern in (r"bin/xanh$", r"systemd/system/xanh\.service$", r"sysusers\.d/xanh\.conf$",
                        r"(?<!vi)/man1/xanh\.1$", r"/vi/man1/xanh-serve\.1$",
                        r"(?<!vi)/man5/xanh\.conf\.5$", r"completions/xanh$", r"xanh\.fish$",
                        r"xanh/xanh\.conf$", r"doc/xanh/guide/start\.md$", r"xanh\.svg$"):
            self.one(pattern)

    def test_a_manual_page_is_without_faults(self):
        if shutil.which("groff") is None:
            self.skipTest("there is no groff")
        for name in self.files:
            if "/man1/" in name or "/man5/" in name:
                done = subprocess.run(["groff", "-man", "-ww", "-Kutf8", "-Tutf8", self.root / name],
                                      capture_output=True, check=False)
                self.assertEqual(done.stderr, b"", name)

    def test_the_program_runs_from_there(self):
        program = self.one(r"bin/xanh$")
        self.assertTrue(run(program, "version").startswith("xanh "))
        example = self.one(r"xanh/xanh\.conf$")
        self.assertIn("default", run(program, "serve", "--config", example, "--check-config"))

    def test_settings_that_are_there_stay(self):
        example = self.one(r"xanh/xanh\.conf$")
        example.write_text("port = 8123\n")
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", self.root)
        self.assertEqual(example.read_text(), "port = 8123\n")


@unittest.skipUnless(IS_BUILD and BUILD == xanh.ROOT / "build" / "release" and
                     shutil.which("dpkg-deb"), "a package is made of the release build on Debian")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = xanh.temporary_folder()
        cls.package = run(xanh.ROOT / "tools" / "deb", folder).split()[-1]
        cls.root = Path(folder) / "root"
        run("dpkg-deb", "-R", cls.package, cls.root)

    def field(self, name):
        return run("dpkg-deb", "-f", self.package, name).strip()

    def test_it_says_what_it_is_and_needs(self):
        self.assertEqual(self.field("Package"), "xanh")
        self.assertEqual(self.field("Version"), run(xanh.program(), "version").split()[1])
        for library in ("libsqlite3-0", "libmicrohttpd12", "libc6 (>="):
            self.assertIn(library, self.field("Depends"))

    def test_the_program_in_it_runs(self):
        self.assertTrue(run(self.root / "usr/bin/xanh", "version").startswith("xanh "))

    def test_its_scripts_are_scripts(self):
        for name in ("postinst", "prerm", "postrm"):
            path = self.root / "DEBIAN" / name
            self.assertTrue(os.access(path, os.X_OK))
            run("sh", "-n", path)

    def test_settings_are_the_administrators(self):
        self.assertEqual((self.root / "DEBIAN/conffiles").read_text().split(),
                         ["/etc/xanh/xanh.conf"])
        self.assertTrue((self.root / "etc/xanh/xanh.conf").exists())

    def test_everything_in_it_has_its_sum(self):
        listed = {line.split("  ", 1)[1] for line in
                  (self.root / "DEBIAN/md5sums").read_text().splitlines()}
        there = {name for name in files_below(self.root) if not name.startswith("DEBIAN/")}
        self.assertEqual(listed, there)


if __name__ == "__main__":
    unittest.main()
