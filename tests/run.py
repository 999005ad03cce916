#!/usr/bin/python3
"""Runs the tests and ends with "N passed, N failed".

Unit tests are cmocka programs below BUILD/tests; ui, e2e and fault tests are Python unittest files tests/*/*_test.py.
Every failure is shown with the test's own output. Exit code 1 if anything failed, crashed, timed out, or nothing ran.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

ENV = dict(os.environ, LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1", CMOCKA_MESSAGE_OUTPUT="STDOUT",
           ASAN_OPTIONS="detect_leaks=1:abort_on_error=0", LSAN_OPTIONS="report_objects=1")


def run(command, timeout, env):
    started = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout, env=env)
        code, out = done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        code, out = -1, (late.stdout or b"").decode("utf-8", "replace") + f"\ntimed out after {timeout} s\n"
    return code, out, time.monotonic() - started


def unit_counts(code, out):
    ok = len(re.findall(r"^\[       OK \]", out, re.M))
    bad = len(re.findall(r"^\[  FAILED  \] \S+$", out, re.M)) // 2 or len(re.findall(r"^\[  FAILED  \] ", out, re.M))
    if code != 0 and bad == 0:
        bad = 1  # crashed, timed out, or a sanitizer spoke
    return ok, bad


def python_counts(code, out):
    ran = sum(int(n) for n in re.findall(r"^Ran (\d+) tests?", out, re.M))
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", out))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", out))
    if code != 0 and bad == 0:
        bad = 1
    return max(ran - bad - skipped, 0), bad, skipped


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--build", default="build/release")
    ask.add_argument("--only", default="")
    ask.add_argument("--unit-only", action="store_true")
    args = ask.parse_args()
    env = dict(ENV, BULU_BUILD=os.path.abspath(args.build))
    passed = failed = skipped = 0
    binaries = sorted(p for p in pathlib.Path(args.build, "tests").rglob("*_test") if os.access(p, os.X_OK))
    jobs = [(str(p.relative_to(args.build)), [str(p)], 300) for p in binaries]
    if not args.unit_only:
        for path in sorted(pathlib.Path("tests").rglob("*_test.py")):
            jobs.append((str(path), ["/usr/bin/python3", "-m", "unittest", "-v", str(path)], 1500))
    for name, command, timeout in jobs:
        if args.only not in name:
            continue
        code, out, seconds = run(command, timeout, env)
        ok, bad, skip = (*unit_counts(code, out), 0) if name.startswith("tests/unit") and not name.endswith(".py") \
            or command[0] != "/usr/bin/python3" else python_counts(code, out)
        passed, failed, skipped = passed + ok, failed + bad, skipped + skip
        print(f"{'FAIL' if bad else 'ok  '} {name}: {ok} passed, {bad} failed{f', {skip} skipped' if skip else ''} "
              f"({seconds:.1f} s)", flush=True)
        for reason in re.findall(r"skipped '([^']*)'", out):
            print(f"     skipped: {reason}")
        if bad:
            print(out[-12000:], flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
