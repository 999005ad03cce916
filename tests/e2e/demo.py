#!/usr/bin/python3
"""make run without a display: one declaration from the first touch on the idle page to 单位审核 and back, and on to 上级主管单位.

A person enters the guide's worked record by touches and typed text only; papers come from the scanner (SANE's test backend) and from a stick; the
platform is down when it is submitted; it comes up, the agent delivers; the unit's administrator returns the declaration in a real browser; the
person sees the reason at the field, corrects it, submits again; it is passed on. Leaves build/demo/report.json and a picture of every screen, and
exits with 1 if anything that arrived differs from what was put in. With a display: starts the same hall and leaves the kiosk to you.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.browser import Browser  # noqa: E402
from e2e.hall import REVIEWER, UNIT, Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from ui.kiosk import ROOT  # noqa: E402

PAPERS = ROOT / "tests" / "data" / "papers"
REASON = "与扫描件不一致，请核对最后两位"


def now():
    return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).isoformat(timespec="seconds")


class Demo:
    def __init__(self, hall, out):
        self.hall, self.out, self.states, self.pictures = hall, out, [], 0
        self.person = Person(hall.kiosk)
        self.seen_names = set()

    def shot(self, name):
        """A picture of every screen, once."""
        name = re.sub(r"[^\w\u4e00-\u9fff]+", "_", name).strip("_")
        if name in self.seen_names:
            return
        self.seen_names.add(name)
        self.pictures += 1
        self.hall.kiosk.screenshot(self.out / f"{self.pictures:02}_{name}.png")

    def say(self, text):
        print(f"{now()}  {text}", flush=True)

    def note_state(self, state, text):
        self.states.append({"state": state, "text": text, "at": now()})
        self.say(text)

    # --- the story ---
    def submit(self):
        self.person.go_on("receipt", self.shot)
        k = self.hall.kiosk
        text = k.node("receipt.state")["label"]
        assert text == "已存本机，待上传", text
        assert not k.says("已经提交至基层工作单位"), "the guide's words before the platform has acknowledged"
        self.note_state("queued", text)
        k.tap("receipt.status")
        k.wait(screen="status")
        self.shot("status_waiting")

    def wait_state(self, state, text, name):
        """Until the timeline says it; the words are the guide's."""
        k = self.hall.kiosk

        def last():
            lines = [n["label"] for n in k.nodes() if re.fullmatch(r"status\.\d+", n["id"])]
            return lines and lines[-1] == text

        k.until(last, 180)  # the agent backs off while the platform is away, with jitter
        self.note_state(state, text)
        self.shot(name)

    def review(self, decide, pictures):
        with Browser() as b:
            b.open(self.hall.platform.ready["web"] + "/review/login")
            b.type("input[name=name]", REVIEWER[0])
            b.type("input[name=password]", REVIEWER[1])
            b.click("form button")
            b.screenshot(self.out / f"review_{pictures}_list.png")
            row = b.first("a[href^='/review/d/']")
            b.click_element(row)
            b.screenshot(self.out / f"review_{pictures}_declaration.png")
            self.declaration = re.search(r"/review/d/([0-9a-f-]{36})/\d+", b.url)[1]
            decide(b)
            b.screenshot(self.out / f"review_{pictures}_done.png")

    def give_back(self, b):
        path = "form.title_award.cert_no"
        b.tick(f"input[name='mark.{path}']")
        b.type(f"[name='reason.{path}']", REASON)
        b.click("button[formaction$='/return']")

    def accept(self, b):
        b.click("details summary.primary")
        b.click("button[formaction$='/accept']")

    def mend(self):
        """退回修改: the reason stands at the field; it is corrected and submitted again."""
        k = self.hall.kiosk
        assert k.says(REASON), "the reason is not on the status page\n" + k.what_is_seen()
        k.tap("status.mend")
        k.wait(screen="check")
        self.shot("check_returned")
        row = next(n for n in k.nodes() if n["role"] in ("link", "button") and REASON in n["label"])
        k.tap(row["id"])
        k.wait(screen="award")
        field = "form.title_award.cert_no"
        k.wait(id=field)
        assert k.says(REASON), "the reason is not at the field\n" + k.what_is_seen()
        self.shot("award_returned")
        self.person.AWARD = dict(self.person.AWARD, cert_no="20113202750")
        self.person.answer(field, "20113202750")
        k.tap("award.next")
        k.wait(screen="check")
        self.person.go_on("receipt", self.shot)
        k.tap("receipt.status")
        k.wait(screen="status")

    # --- what arrived ---
    def compare(self, declaration, version):
        """Field by field and byte by byte; returns the attachments for the report."""
        stored = self.hall.platform.declaration(declaration, version)
        wrong = []
        for scope, sections in self.person.expected().items():
            for section, want in sections.items():
                have = stored[scope]["sections"].get(section)
                if want is None:
                    continue  # papers: byte by byte below
                if have != want:
                    wrong.append(f"{section}: put in {want}, arrived {have}")
        known = set(self.person.expected()["person"]) | set(self.person.expected()["title"])
        extra = set(stored["person"]["sections"]) | set(stored["title"]["sections"])
        wrong += [f"{name} arrived, and nobody put it in" for name in extra - known]
        files = []
        places = [("person", "images"), ("title", "attachments")]
        for scope, section in places:
            for field, rows in sorted(stored[scope]["sections"].get(section, {}).items()):
                ways = [how for name, how in self.person.PAPERS if name == f"form.{section}.{field}"]
                if len(ways) != len(rows):
                    wrong.append(f"{section}.{field}: {len(ways)} papers given, {len(rows)} arrived")
                for how, row in zip(ways, rows):
                    plain = self.hall.platform.blob(row["sha256"], declaration)
                    digest = hashlib.sha256(plain).hexdigest()
                    if digest != row["digest"] or len(plain) != row["bytes"]:
                        wrong.append(f"{row['name']}: the bytes are not those the kiosk took in")
                    if how != "scan" and plain != (PAPERS / how).read_bytes():
                        wrong.append(f"{how}: differs from the file on the stick")
                    files.append({"name": row["name"], "bytes": len(plain), "sha256": digest})
        return wrong, files

    def digest(self, version):
        """Of the sealed bytes, as the kiosk froze them in its queue."""
        with sqlite3.connect(f"file:{self.hall.folder}/store/bulu.db?mode=ro", uri=True) as db:
            return db.execute("SELECT digest FROM submission WHERE declaration = ? AND version = ?", (self.declaration, version)).fetchone()[0]

    def run(self):
        started = time.monotonic()
        h = self.hall
        h.platform.stop()
        self.say("平台已停：现在没有网络")
        self.submit()
        h.platform.start()
        self.wait_state("submitted_unit", "已经提交至基层工作单位", "status_delivered")
        self.review(self.give_back, 1)
        self.wait_state("unit_returned", "退回修改", "status_returned")
        self.mend()
        self.wait_state("submitted_unit", "已经提交至基层工作单位", "status_delivered_again")
        self.review(self.accept, 2)
        self.wait_state("submitted_superior", "已提交至上级主管单位", "status_passed")
        wrong, files = self.compare(self.declaration, 2)
        verify = h.ctl("verify", check=False)
        if verify.returncode:
            wrong.append("bulu-ctl verify: " + verify.stdout)
        report = {"declaration": self.declaration, "digest": self.digest(2), "versions": 2, "states": self.states,
                  "attachments": files, "seconds": round(time.monotonic() - started, 1)}
        (self.out / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return wrong


def drive(build, out, size="1080x1920", lang="zh"):
    """Returns what was wrong; pictures and report are in out."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "hall" / "kiosk" / "import").mkdir(parents=True)
    for paper in PAPERS.iterdir():
        if paper.suffix in (".jpg", ".png", ".pdf"):
            shutil.copy(paper, out / "hall" / "kiosk" / "import")
    with Hall(folder=out / "hall", build=build, size=size, lang=lang) as hall:
        demo = Demo(hall, out)
        try:
            return demo.run()
        except Exception:
            if hall.kiosk.socket:
                hall.kiosk.screenshot(out / "failed.png")
            raise


def show(build, out):
    """With a display: the same hall, and the kiosk in a window; ends when the window is closed."""
    (out / "hall" / "kiosk" / "import").mkdir(parents=True, exist_ok=True)
    for paper in PAPERS.iterdir():
        if paper.suffix in (".jpg", ".png", ".pdf"):
            shutil.copy(paper, out / "hall" / "kiosk" / "import")
    with Hall(folder=out / "hall", build=build, kiosk=False) as hall:
        kiosk = hall.window()
        print(f"review pages: {hall.platform.ready['web']}/review   name: {REVIEWER[0]}   password: {REVIEWER[1]}")
        print(f"a stick with papers: {kiosk.folder / 'import'}   an ID number for trying: {Person.ID}", flush=True)
        return subprocess.call([str(pathlib.Path(build) / "bin" / "bulu-kiosk"), "--config", str(kiosk.write_config())])


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--build", default="build/release")
    ask.add_argument("--out", default="build/demo")
    ask.add_argument("--headless", action="store_true")
    args = ask.parse_args()
    out = pathlib.Path(args.out).resolve()
    if not args.headless and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        shutil.rmtree(out / "hall", ignore_errors=True)
        sys.exit(show(args.build, out))
    wrong = drive(pathlib.Path(args.build).resolve(), out)
    for line in wrong:
        print("WRONG  " + line)
    print((out / "report.json").read_text(encoding="utf-8"))
    print(f"pictures: {len(list(out.glob('*.png')))} in {args.out}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
