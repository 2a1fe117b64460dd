#!/usr/bin/env python3
"""Install what the program writes of itself: manual pages, completion, an example of its settings.

    install_pages.py XANH MANDIR DATADIR SYSCONFDIR

Run by `meson install`, which names the place to install into in DESTDIR. A file of settings that is there already
is left as it is.
"""
import os
import subprocess
import sys

program, mandir, datadir, sysconfdir = sys.argv[1:]
root = os.environ.get("DESTDIR", "")


def ask(*arguments):
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE).stdout


def write(folder, name, content):
    folder = root + os.path.join(os.sep, folder)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def manual_pages(folder, language):
    words = ask("help", "--completion", "fish").decode().split("__fish_use_subcommand -a ")[1:]
    commands = [word.split()[0] for word in words]
    said = ["--lang", language]
    write(f"{folder}/man1", "xanh.1", ask("help", "--man", *said))
    for command in commands:
        write(f"{folder}/man1", f"xanh-{command}.1", ask("help", command, "--man", *said))
    write(f"{folder}/man5", "xanh.conf.5", ask("help", "--man", "--conf", *said))


manual_pages(mandir, "en")
manual_pages(f"{mandir}/vi", "vi")
write(f"{datadir}/bash-completion/completions", "xanh", ask("help", "--completion", "bash"))
write(f"{datadir}/fish/vendor_completions.d", "xanh.fish", ask("help", "--completion", "fish"))
if not os.path.exists(root + os.path.join(os.sep, sysconfdir, "xanh", "xanh.conf")):
    write(f"{sysconfdir}/xanh", "xanh.conf", ask("help", "--conf", "--lang", "en"))
