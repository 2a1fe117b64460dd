#!/usr/bin/env python3
"""Bundle the web app and make a C file of it.

    web_bundle.py WEB OUT.c DEPFILE WORK

WEB/src/main.jsx becomes app.js and app.css; WEB/src/index.html and everything in WEB/public go in
as they are. React, D3 and Leaflet come from Debian's packages. Whatever is not there yet is left
out, so the program builds before there is a page.
"""
import json
import os
import subprocess
import sys

import embed

DEBIAN_MODULES = "/usr/share/nodejs"


def bundle(web, work):
    """Run esbuild; return {name: content} and the files it read."""
    entry = os.path.join(web, "src", "main.jsx")
    if not os.path.exists(entry):
        return {}, [entry]
    os.makedirs(work, exist_ok=True)
    metafile = os.path.join(work, "meta.json")
    command = ["esbuild", entry, "--bundle", "--minify", "--format=esm", "--target=es2020",
               "--jsx=automatic", "--charset=utf8", "--legal-comments=none",
               "--loader:.svg=dataurl", "--loader:.png=dataurl", "--loader:.gif=dataurl",
               "--define:process.env.NODE_ENV=\"production\"", "--log-level=warning",
               f"--metafile={metafile}", f"--outfile={os.path.join(work, 'app.js')}"]
    subprocess.run(command, check=True, env={**os.environ, "NODE_PATH": DEBIAN_MODULES}, cwd=web)
    with open(metafile, encoding="utf-8") as file:
        inputs = json.load(file)["inputs"]
    files = {}
    for name in ("app.js", "app.css"):
        path = os.path.join(work, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                files[name] = file.read()
    return files, [os.path.normpath(os.path.join(web, name)) for name in inputs]


def main():
    web, out, depfile, work = sys.argv[1:5]
    work = os.path.abspath(work)
    files, watched = bundle(web, work)
    page = os.path.join(web, "src", "index.html")
    watched.append(page)
    if os.path.exists(page):
        with open(page, "rb") as file:
            files["index.html"] = file.read()
    public = os.path.join(web, "public")
    if os.path.isdir(public):
        public_files, public_watched = embed.read_folder(public, ["*"])
        files.update(public_files)
        watched += public_watched
    with open(out, "w", encoding="utf-8") as file:
        file.write(embed.c_table("xh_assets_web", files))
    embed.write_depfile(depfile, out, watched)


if __name__ == "__main__":
    main()
