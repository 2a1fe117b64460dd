#!/usr/bin/env python3
"""Make a view: a folder of symlinks to the layers that one layer may include.

    views.py SRC VIEW LAYER...

A layer is a path below SRC ('base', 'store/rel', 'domain/rooms.h'). Links of an earlier run that
are no longer asked for are removed, so a view never shows more than it was given.
"""
import os
import shutil
import sys


def main():
    src, view, layers = sys.argv[1], sys.argv[2], sys.argv[3:]
    shutil.rmtree(view, ignore_errors=True)
    for layer in layers:
        link = os.path.join(view, layer)
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(os.path.join(src, layer), link)


if __name__ == "__main__":
    main()
