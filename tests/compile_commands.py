#!/usr/bin/python3
"""Prints compile_commands.json for every C file of the tree: tests/compile_commands.py 'gcc -flags'."""
import json
import os
import pathlib
import sys

root = os.getcwd()
rows = []
for top in ("app", "sync", "tests"):
    for path in sorted(pathlib.Path(top).rglob("*.c")):
        rows.append({"directory": root, "file": str(path), "command": f"{sys.argv[1]} -c {path}"})
json.dump(rows, sys.stdout, indent=1)
