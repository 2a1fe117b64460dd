"""Settings in a file and the environment; what is told to a service manager; completion."""
import os
import socket
import subprocess
import unittest

import xanh


def conf(text):
    path = os.path.join(xanh.temporary_folder(), "xanh.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def checked(path, *arguments, env=None):
    """name -> (value, who says so)"""
    done = xanh.run("serve", "--config", path, "--check-config", *arguments, env=env)
    rows = {}
    for line in done.stdout.splitlines()[1:]:
        name, *rest = line.split(None, 1)
        words = rest[0].rsplit("  ", 1) if rest else [""]
        rows[name] = (words[0].strip() if len(words) > 1 else "", words[-1].strip())
    return rows


class Settings(unittest.TestCase):
    def test_the_line_goes_before_the_environment_and_that_before_the_file(self):
        path = conf("port = 8081\nmqtt = 1885\n# a remark\nas = \"officer\"\n")
        rows = checked(path, "--port", "9999", env={"XANH_MQTT": "1886"})
        self.assertEqual(rows["port"], ("9999", "command line"))
        self.assertEqual(rows["mqtt"], ("1886", "XANH_MQTT"))
        self.assertEqual(rows["as"], ("officer", f"{path}:4"))
        self.assertEqual(rows["address"], ("127.0.0.1", "default"))

    def test_the_file_may_be_named_by_the_environment(self):
        path = conf("port = 8081\n")
        done = xanh.run("serve", "--check-config", env={"XANH_CONFIG": path})
        self.assertIn(f"{path}:1", done.stdout)

    def test_every_fault_is_told_with_its_line(self):
        path = conf("prot = 1\nport = 70000\nas = nobody\nno sign\n")
        done = xanh.run("serve", "--config", path, "--check-config", check=False)
        self.assertEqual(done.returncode, 2)
        for number, word in ((1, "'port'"), (2, "65535"), (3, "operator"), (4, "name = value")):
            with self.subTest(line=number):
                line = next(line for line in done.stderr.splitlines()
                            if f"{path}:{number}:" in line)
                self.assertIn(word, line)

    def test_with_a_fault_it_does_not_start(self):
        done = xanh.run("serve", "--config", conf("port = x\n"), check=False)
        self.assertEqual(done.returncode, 2)
        done = xanh.run("serve", "--config", "/nowhere/xanh.conf", check=False)
        self.assertEqual(done.returncode, 4)

    def test_the_example_says_nothing_until_a_line_is_made_to_count(self):
        example = xanh.run("help", "--conf").stdout
        rows = checked(conf(example))
        self.assertEqual(rows["port"], ("8080", "default"))
        rows = checked(conf(example.replace("#port = 8080", "port = 8090")))
        self.assertEqual(rows["port"][0], "8090")

    def test_a_server_uses_what_the_file_says(self):
        path = conf("mqtt = 0\n")
        with xanh.Server(options=["--config", path]) as server:
            self.assertIsNotNone(server.mqtt_port)


class Service(unittest.TestCase):
    def test_it_says_when_it_is_ready_and_when_it_stops(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            path = os.path.join(xanh.temporary_folder(), "notify")
            listener.bind(path)
            listener.settimeout(60)
            with xanh.Server(env={"NOTIFY_SOCKET": path}) as server:
                self.assertEqual(listener.recv(100), b"READY=1")
                self.assertIsNotNone(server.port)
            self.assertEqual(listener.recv(100), b"STOPPING=1")

    def test_nobody_needs_to_listen(self):
        with xanh.Server(env={"NOTIFY_SOCKET": "/nowhere/notify"}) as server:
            self.assertIsNotNone(server.port)


class Pages(unittest.TestCase):
    def complete(self, *words):
        script = xanh.run("help", "--completion", "bash").stdout
        last = len(words) - 1
        line = " ".join(f"'{word}'" for word in words)
        done = subprocess.run(
            ["bash", "-c", f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={last}; _xanh\n"
                           "printf '%s\\n' \"${COMPREPLY[@]}\""],
            capture_output=True, text=True, check=True)
        return done.stdout.split()

    def test_a_shell_completes_commands_options_and_words(self):
        self.assertEqual(self.complete("xanh", "ser"), ["serve"])
        self.assertEqual(self.complete("xanh", "serve", "--mqtt-t"), ["--mqtt-tls"])
        self.assertIn("officer", self.complete("xanh", "serve", "--as", ""))
        self.assertEqual(self.complete("xanh", "query", "--lang", "v"), ["vi"])

    def test_every_command_has_a_manual_page_in_two_languages(self):
        commands = self.complete("xanh", "")
        self.assertGreater(len(commands), 15)
        for command in commands:
            for language, heading in (("en", ".SH OPTIONS"), ("vi", ".SH TÙY CHỌN")):
                page = xanh.run("help", command, "--man", "--lang", language).stdout
                self.assertIn(heading, page)
                self.assertNotIn("\n'", page)
        self.assertIn("XANH_MQTT_TLS", xanh.run("help", "--man", "--conf").stdout)


if __name__ == "__main__":
    unittest.main()
