#!/usr/bin/python3
"""make check: what a reader should not have to look for. Each check prints one line; details only when something is wrong.

  format        clang-format leaves every C file as it is
  compile       gcc and clang build the whole tree, tests included, without a warning
  tidy          clang-tidy with .clang-tidy
  cppcheck      warnings and portability
  arrows        includes run down the map only; SDL_ symbols only in app/shell, sodium and nettle only in sync/record/seal*
  strings       every key used exists; zh and en are complete and agree in their arguments
  forms         forms, rules and dictionaries load (bulu-ctl assets)
  requirements  tests/requirements.tsv has every rule, and every test it names exists
  tree          nothing unexpected at the top, no path of a machine, no stray file
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

TOP = {"Makefile", "README.md", "app", "assets", "fonts", "sync", "tests", "image"}
# Folders in the order of the map: each may include what stands behind it, and nothing before it.
APP = ["app/screens", "app/journey", "app/forms", "app/ui", "app/input", "app/devices", "app/worker", "app/shell"]
SYNC = {
    "sync/agent": {"sync/protocol", "sync/link", "sync/store", "sync/record", "sync/base"},
    "sync/platform": {"sync/protocol", "sync/record", "sync/base"},
    "sync/ctl": {"sync/agent", "sync/protocol", "sync/link", "sync/store", "sync/record", "sync/base"},
    "sync/protocol": {"sync/record", "sync/base"},
    "sync/link": {"sync/base"},
    "sync/store": {"sync/record", "sync/base"},
    "sync/record": {"sync/base"},
    "sync/base": set(),
}
ARROWS = dict(SYNC)
for i, folder in enumerate(APP):
    ARROWS[folder] = set(APP[i + 1:]) | {"sync/protocol", "sync/link", "sync/store", "sync/record", "sync/base"}
ARROWS["app"] = set(APP) | {"sync/protocol", "sync/link", "sync/store", "sync/record", "sync/base"}


def sources(*suffixes):
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    return [p for p in tracked.split("\n") if p.endswith(suffixes) and os.path.exists(p)]


def run(command, **kw):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, **kw)
    return done.returncode, done.stdout


def check_format():
    code, out = run(["clang-format", "--dry-run", "-Werror", *sources(".c", ".h")])
    return [] if code == 0 else [line for line in out.splitlines() if "error:" in line][:20]


def check_compile():
    bad = []
    for cc in ("gcc", "clang"):
        code, out = run(["make", "--no-print-directory", "-s", "-k", f"-j{os.cpu_count()}", f"CC={cc}", "WERROR=1", f"VARIANT=check-{cc}", "tests"])
        if code:
            bad += [line for line in out.splitlines() if re.search(r"(error|Error|warning)", line)][:20] or out.splitlines()[-5:]
    return bad


def check_tidy():
    """Analysing takes seconds a file: what was found is kept below build/tidy by the hash of everything the answer hangs on."""
    files = sorted((p for p in sources(".c") if not p.startswith("tests/")), key=os.path.getsize, reverse=True)
    code, out = run(["make", "--no-print-directory", "-s", "compile_commands.json"])
    if code:
        return out.splitlines()
    commands = {row["file"]: row["command"].split() for row in json.load(open("build/compile_commands.json", encoding="utf-8"))}
    cache = pathlib.Path("build/tidy")
    cache.mkdir(parents=True, exist_ok=True)
    common = run(["clang-tidy", "--version"])[1] + open(".clang-tidy", encoding="utf-8").read()
    def one(path):
        flags = commands[path][1:-2]  # compiler … -c file
        code, text = run(["clang", *flags, "-E", "-C", path])  # with comments: NOLINT stands in them
        known = cache / hashlib.sha256("\0".join([common, *flags, text]).encode()).hexdigest()
        if code == 0 and known.exists():
            return known.read_text(encoding="utf-8").splitlines()
        code, out = run(["clang-tidy", "--quiet", path, "--", *flags])
        rows = [line.replace(f"{os.getcwd()}/", "") for line in out.splitlines() if re.search(r": (warning|error):", line)]
        if code and not rows:
            return [f"{path}: clang-tidy ended with {code}", *out.splitlines()[-3:]]
        part = known.with_suffix(f".{os.getpid()}")
        part.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        part.rename(known)
        return rows
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return sorted({line for rows in pool.map(one, files) for line in rows})


def check_cppcheck():
    code, out = run(["cppcheck", "--quiet", "--enable=warning,portability", "--inline-suppr", "--std=c11", f"-j{os.cpu_count()}", "-I.",
                     "-D_GNU_SOURCE", "--suppress=missingIncludeSystem", "--suppress=unknownMacro", "--error-exitcode=1",
                     "--template={file}:{line}: {id}: {message}", "app", "sync"])
    return out.splitlines() if code else []


def check_arrows():
    bad = []
    for path in sources(".c", ".h"):
        folder = os.path.dirname(path)
        if folder.startswith("tests") or folder not in ARROWS:
            if not folder.startswith("tests"):
                bad.append(f"{path}: {folder} is not on the map")
            continue
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            system = re.match(r'\s*#\s*include\s*<(SDL[^>]*|sodium[^>]*|nettle[^>]*|sqlite3[^>]*)>', line)
            if system:
                head = system[1]
                if head.startswith("SDL") and folder != "app/shell":
                    bad.append(f"{path}:{number}: SDL belongs to app/shell")
                if head.startswith(("sodium", "nettle")) and not os.path.basename(path).startswith("seal"):
                    bad.append(f"{path}:{number}: libsodium and nettle belong to sync/record/seal*")
                if head.startswith("sqlite3") and folder not in ("sync/store", "sync/platform"):
                    bad.append(f"{path}:{number}: SQLite belongs to the store and the platform's database")
            include = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if include and include[1].startswith(("app/", "sync/")):
                target = os.path.dirname(include[1])
                if target != folder and target not in ARROWS[folder]:
                    bad.append(f"{path}:{number}: {folder} may not include {target}")
    for library in pathlib.Path("build/check-gcc/lib").glob("*.a"):
        folder = library.stem.replace("-", "/")
        if folder == "app/shell":
            continue
        _, out = run(["nm", "-u", str(library)])
        for symbol in sorted(set(re.findall(r"\bU ((?:SDL|TTF)_\w+)", out))):
            bad.append(f"{folder} needs {symbol}: only app/shell may")
    return bad


def read_po(path):
    """Keys and texts of a catalogue, with the line of each; refuses duplicates."""
    entries, bad, key, text, where, mode = {}, [], None, "", 0, None
    def close():
        if key:
            if key in entries:
                bad.append(f"{path}:{where}: {key} stands there twice")
            entries[key] = (text, where)
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.strip()
        if line.startswith("msgid "):
            close()
            key, text, where, mode = eval(line[6:]), "", number, "id"
        elif line.startswith("msgstr "):
            text, mode = eval(line[7:]), "str"
        elif line.startswith('"'):
            if mode == "str":
                text += eval(line)
            elif mode == "id":
                key += eval(line)
    close()
    return entries, bad


def check_strings():
    zh, bad = read_po("assets/strings/zh.po")
    en, more = read_po("assets/strings/en.po")
    bad += more
    for key in sorted(set(zh) ^ set(en)):
        bad.append(f"{key}: only in {'zh' if key in zh else 'en'}.po")
    for key in sorted(set(zh) & set(en)):
        args = [set(re.findall(r"\{(\w+)\}", table[key][0])) for table in (zh, en)]
        if args[0] != args[1]:
            bad.append(f"{key}: zh has {sorted(args[0])}, en has {sorted(args[1])}")
        for name, table in (("zh", zh), ("en", en)):
            if not table[key][0].strip():
                bad.append(f"{name}.po:{table[key][1]}: {key} is empty")
    for path in sources(".c"):
        if not path.startswith(("app/", "sync/")):
            continue
        source = open(path, encoding="utf-8").read()
        for match in re.finditer(r'\b(?:tr|tr_args|TR|tr_plain)\(\s*[\w>.\-]+\s*,\s*"([a-z0-9_.]+)"', source):
            if match[1] not in zh:
                bad.append(f"{path}:{source.count(chr(10), 0, match.start()) + 1}: {match[1]} is not in zh.po")
    for name in ("ug", "kk"):
        path = f"assets/strings/{name}.po"
        if os.path.exists(path):
            table, more = read_po(path)
            bad += more + [f"{path}:{row[1]}: {key} is not a key of zh.po" for key, row in table.items() if key not in zh]
    for path in sorted(pathlib.Path("assets/strings").glob("*.po")):
        code, out = run(["msgfmt", "-c", "-o", os.devnull, str(path)])
        if code:
            bad += out.splitlines()
    return bad


def check_forms():
    code, out = run(["build/check-gcc/bin/bulu-ctl", "assets", "assets"])
    return out.splitlines() if code else []


def check_requirements():
    rows, bad = {}, []
    for number, line in enumerate(open("tests/requirements.tsv", encoding="utf-8"), 1):
        if line.startswith("#") or number == 1:
            continue
        parts = line.rstrip("\n").split("\t")
        if len(parts) != 3:
            bad.append(f"tests/requirements.tsv:{number}: expected id, test, where")
            continue
        rows.setdefault(parts[0], []).append((number, parts[1], parts[2]))
    wanted = [f"R{n:03}" for n in range(1, 110)] + [f"AC-{n:02}" for n in range(1, 13)]
    bad += [f"tests/requirements.tsv: {name} is missing" for name in wanted if name not in rows]
    bad += [f"tests/requirements.tsv: {name} is no rule" for name in rows if name not in wanted]
    texts = {p: open(p, encoding="utf-8").read() for p in sources("_test.c", "_test.py")}
    still_open = 0
    for name, lines in rows.items():
        for number, test, where in lines:
            if test == "open":
                still_open += 1
                continue
            path, _, case = test.partition("::")
            if path not in texts:
                bad.append(f"tests/requirements.tsv:{number}: {path} is no test file")
            elif not re.search(rf"\b{re.escape(case)}\b", texts[path]):
                bad.append(f"tests/requirements.tsv:{number}: {path} has no {case}")
            elif path.endswith(".c") and not re.search(rf"cmocka_unit_test\w*\({re.escape(case)}\b", texts[path]):
                bad.append(f"tests/requirements.tsv:{number}: {case} is never run")
            for place in where.split(", "):
                if not os.path.exists(place.partition(":")[0]):
                    bad.append(f"tests/requirements.tsv:{number}: {place} does not exist")
    if still_open:
        print(f"     requirements: {still_open} rows are marked open: no test shows them yet")
    return bad


def check_tree():
    bad = []
    names = {p.split("/")[0] for p in sources("")}
    bad += [f"{name}: the top level is fixed" for name in names if name not in TOP and not name.startswith(".")]
    for path in sources(".c", ".h", ".py", ".sh", ".json", ".po", ".md", ".tsv", ".ini", ".yaml", "Makefile"):
        text = open(path, encoding="utf-8").read()
        if re.search(r"[\"' (=]/(?:home|root|work|farm)/\w", text):
            bad.append(f"{path}: names a path of one machine")
        if "\r" in text and not path.startswith("tests/data"):
            bad.append(f"{path}: carriage returns")
    return bad


def main():
    only = sys.argv[1:]  # names of checks; all without
    failed = []
    for name in ("format", "tree", "compile", "arrows", "strings", "forms", "requirements", "cppcheck", "tidy"):
        if only and name not in only:
            continue
        started = time.monotonic()
        bad = globals()[f"check_{name}"]()
        print(f"{'FAIL' if bad else 'ok  '} {name} ({time.monotonic() - started:.1f} s)", flush=True)
        for line in bad[:60]:
            print(f"     {line}")
        if len(bad) > 60:
            print(f"     … and {len(bad) - 60} more")
        if bad:
            failed.append(name)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    for tool in ("clang-format", "clang-tidy", "cppcheck", "msgfmt", "clang"):
        if not shutil.which(tool):
            sys.exit(f"make check needs {tool}: tests/deps check installs it")
    main()
