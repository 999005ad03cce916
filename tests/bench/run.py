#!/usr/bin/python3
"""make bench: figures as JSON lines on stdout, then a table against the goals. Everything is measured in this one run.

The C programs tests/bench/*_bench.c print their own lines; what needs a running kiosk is measured here.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from ui.kiosk import Kiosk  # noqa: E402

# name: (goal, better is "less" or "more")
GOALS = {
    "start_first_frame_ms": (200, "less"), "frame_full_us": (3000, "less"), "frame_dirty_us": (200, "less"),
    "idle_wakeups_per_s": (0, "less"), "app_pss_kb": (45 * 1024, "less"), "submit_durable_ms": (None, "less"),
    "page_a4_300dpi_ms": (400, "less"), "thumb_jpeg_4mb_ms": (150, "less"),
    "upload_500k_per_s": (114, "more"), "upload_500k_per_s_tls": (None, "more"), "records_per_s": (8000, "more"),
}
rows = []


def report(**row):
    rows.append(row)
    print(json.dumps(row, ensure_ascii=False), flush=True)


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def pss_kb(pid):
    for line in open(f"/proc/{pid}/smaps_rollup", encoding="ascii"):
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def kiosk_figures(build):
    starts = []
    for _ in range(7):
        with Kiosk(build=build) as kiosk:
            starts.append(kiosk.ask(cmd="stats")["start_first_frame_ms"])
    report(name="start_first_frame_ms", unit="ms", p50=percentile(starts, .5), p99=percentile(starts, .99))
    with Hall(build=build) as hall:  # as in service: the agent is there, the platform answers
        report(name="idle_wakeups_per_s", unit="1/s", value=idle_wakeups(hall.kiosk))
        report(name="app_pss_kb", unit="kB", value=pss_kb(hall.kiosk.pid))
    with Kiosk(build=build) as kiosk:  # nobody at the other end of the link: it is tried again, ever more seldom
        report(name="idle_wakeups_alone_per_s", unit="1/s", value=idle_wakeups(kiosk))


def idle_wakeups(kiosk, quiet=20):
    time.sleep(3)  # everything that is put off until after the first frame
    kiosk.ask(cmd="stats")
    time.sleep(quiet)
    # The question itself wakes the loop once; it is not the kiosk's own doing. The clock on the page turns once a minute.
    return max(0, kiosk.ask(cmd="stats")["wakeups"] - 1) / quiet


def programs(build):
    for path in sorted(pathlib.Path(build, "tests", "bench").glob("*_bench")):
        done = subprocess.run([str(path)], stdout=subprocess.PIPE, text=True, timeout=600,
                              env=dict(os.environ, BULU_BUILD=os.path.abspath(build)))
        if done.returncode:
            print(f"{path.name} failed with {done.returncode}", file=sys.stderr)
            sys.exit(1)
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                report(**json.loads(line))


def table():
    print(f"\n{'figure':28} {'value':>12} {'p99':>10}  {'unit':6} goal")
    for row in rows:
        value = row.get("value", row.get("p50"))
        goal, better = GOALS.get(row["name"], (None, "less"))
        judged = row["p99"] if row["name"] == "frame_dirty_us" and "p99" in row else value
        verdict = "" if goal is None else f"{'≤' if better == 'less' else '≥'} {goal}  " + \
            ("met" if (judged <= goal if better == "less" else judged >= goal) else "MISSED")
        print(f"{row['name']:28} {value:12.2f} {row.get('p99', float('nan')):10.2f}  {row['unit']:6} {verdict}")


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--build", default="build/release")
    args = ask.parse_args()
    programs(args.build)
    kiosk_figures(args.build)
    table()


if __name__ == "__main__":
    main()
