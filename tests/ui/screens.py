#!/usr/bin/python3
"""Pictures of every screen, portrait and landscape, in Chinese, Uyghur and English, normal and large, into build/screens/, and a check of each
by its semantic tree: nothing outside the frame, nothing on top of something else, no key shown instead of its text.

    tests/ui/screens.py [--only WORD] [--size 1080x1920] [--lang zh] [--large] [--out build/screens]
"""
import argparse
import itertools
import pathlib
import re
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from support.id_reader import IdReader, resident  # noqa: E402
from support.printer import Printer  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.link import Accounts, Agent, enrol  # noqa: E402
from ui.people import kiosk  # noqa: E402
from ui.profiles import UUID, People, scope  # noqa: E402

SIZES = ("1080x1920", "1920x1080")
LANGS = ("zh", "ug", "en")
# What may lie on something else: parts of one widget, and what floats.
TOUCHED = ("button", "link", "radio", "checkbox", "switch", "tab", "combobox", "textbox")
INSIDE = ("group", "dialog", "list", "tablist", "radiogroup", "document")


def overlap(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0)


def contains(a, b):
    return a[0] <= b[0] and a[1] <= b[1] and a[0] + a[2] >= b[0] + b[2] and a[1] + a[3] >= b[1] + b[3]


def check(tree, width, height):
    """What is wrong with this tree, in words. Only what can be seen counts, as far as it is seen; under a dialog nothing is."""
    bad = []
    nodes = [n for n in tree["nodes"] if n["visible"] and n["seen"][2] > 0 and n["seen"][3] > 0]
    for n in nodes:
        x, y, w, h = n["seen"]
        if x < 0 or y < 0 or x + w > width or y + h > height:
            bad.append(f"{n['id'] or n['label'][:20]} lies outside: {n['seen']}")
        if n["rect"][2] > w and n["role"] != "image" and n["rect"][0] < 0 or n["rect"][0] + n["rect"][2] > width:
            bad.append(f"{n['id'] or n['label'][:20]} is cut at the side: {n['rect']}")
        for text in (n["label"], n["value"]):
            if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", text) and n["role"] != "textbox" and not text.endswith((".jpg", ".png", ".pdf")):
                bad.append(f"{n['id']} shows a key: {text}")
            if re.search(r"\{\w+\}", text) and n["role"] != "textbox":
                bad.append(f"{n['id']} shows an argument: {text}")
        if n["role"] in TOUCHED and n["id"] and min(n["rect"][2:]) < 44 and not n["id"].startswith("kb."):
            bad.append(f"{n['id']} is too small to touch: {n['rect'][2]}×{n['rect'][3]}")
    named = [n for n in nodes if n["role"] not in INSIDE]
    for a, b in itertools.combinations(named, 2):
        if contains(a["rect"], b["rect"]) or contains(b["rect"], a["rect"]) or a["id"] == b["id"] + ".clear" or b["id"] == a["id"] + ".clear":
            continue  # a part of it
        area = overlap(a["seen"], b["seen"])
        if area > 0.04 * min(a["seen"][2] * a["seen"][3], b["seen"][2] * b["seen"][3]):
            bad.append(f"{a['id'] or a['label'][:20]} {a['seen']} and {b['id'] or b['label'][:20]} {b['seen']} lie on each other")
    return bad


class Tour:
    def __init__(self, out, size, lang, large):
        self.out, self.size, self.lang, self.large = out, size, lang, large
        self.width, self.height = map(int, size.split("x"))
        self.name = f"{'portrait' if self.height > self.width else 'landscape'}_{lang}{'_large' if large else ''}"
        self.seen, self.bad = set(), []

    def shot(self, k, name):
        name = re.sub(r"[^\w]+", "_", name).strip("_")
        if name in self.seen:
            return
        self.seen.add(name)
        k.screenshot(self.out / f"{self.name}_{len(self.seen):02}_{name}.png")
        for words in check(k.tree(), self.width, self.height):
            self.bad.append(f"{self.name} {name}: {words}")

    def overlays(self, k, screen):
        """What can lie above a page."""
        for button, wait, close in (("language", "language.close", "language.close"), ("staff", "staff.close", "staff.close"),
                                    ("exit", "exit.stay", "exit.stay")):
            k.tap(f"{screen}.{button}")
            k.wait(id=wait)
            self.shot(k, f"overlay_{button}")
            k.tap(close)

    def detours(self, k, name):
        """Side views at the screens where they can be had."""
        if name == "idle":
            k.tap("idle.which")
            k.wait(screen="eligibility")
            k.fill("eligibility.1.name", "工程师")
            k.fill("eligibility.1.year", "2019")
            k.tap("kb.done")
            k.tap("eligibility.1.exam.0")
            self.shot(k, "eligibility")
            k.tap("eligibility.back")
            k.tap("idle.query")
            k.wait(screen="query")
            self.shot(k, "query")
            k.tap("query.back")
            k.wait(screen="idle")
        elif name == "consent":
            self.overlays(k, "consent")
        elif name == "home":
            k.tap("home.services")
            k.wait(screen="services")
            self.shot(k, "services")
            k.tap("services.back")
            k.wait(screen="home")
        elif name.startswith("award") and k.has("form.title_award.award_date"):
            k.tap("form.title_award.award_date")
            self.shot(k, "award_date_wheel")
            k.tap("form.title_award.award_date")
        elif name == "identity":
            k.tap("identity.exit")
            k.wait(id="wizard.stay")
            self.shot(k, "wizard_close")
            k.tap("wizard.stay")

    def accounts(self):
        """The screens of an account, with doubles of agent and platform."""
        with kiosk(size=self.size, lang=self.lang, large=self.large) as k:
            platform = Accounts()
            platform.person("650102198803150014", "李四", images=False)
            enrol(k, platform)
            with Agent(k.folder / "sync.sock", platform) as agent:
                person = Person(k)
                agent.wait_seen(k)
                person.go_on("door")
                self.shot(k, "door")
                k.tap("door.login")
                k.wait(id="captcha.image")
                self.shot(k, "login")
                k.fill("login.id_number", person.ID)
                k.fill("login.password", "Secret 12")
                self.shot(k, "login_typing")
                k.fill("captcha.text", "ab7k")
                k.tap("kb.done")
                k.press("login.login")
                k.wait(id="login.failed")
                self.shot(k, "login_wrong")
                k.tap("captcha.large")
                k.until(lambda: platform.larges[-1] and k.has("captcha.image"))
                self.shot(k, "login_captcha")
                platform.wrong[person.ID] = 5
                k.fill("login.password", "Secret 12")
                k.fill("captcha.text", "ab7k")
                k.tap("kb.done")
                k.press("login.login")
                k.wait(id="login.locked")
                self.shot(k, "login_locked")
                agent.say(False)
                k.wait(id="login.offline")
                self.shot(k, "login_offline")
                agent.say(True)
                k.wait(id="captcha.image")
                k.tap("login.recover")
                k.wait(id="captcha.image")
                k.tap("recover.lost")
                self.shot(k, "recover")
                k.fill("recover.mobile", person.MOBILE)
                k.fill("captcha.text", "ab7k")
                k.tap("kb.done")
                k.press("recover.send")
                k.wait(id="sms.code")
                k.tap("kb.done")
                self.shot(k, "recover_code")
                k.tap("recover.back")
                k.wait(id="captcha.image")
                platform.mode = "password"
                k.fill("captcha.text", "ab7k")
                k.tap("kb.done")
                k.press("recover.send")
                k.wait(id="recover.sent")
                self.shot(k, "recover_password")
                k.tap("recover.login")
                k.wait(screen="login")
                k.tap("login.register")
                k.wait(id="captcha.image")
                self.shot(k, "register")
                k.tap("register.back")
                k.tap("login.tabs.1")
                k.wait(id="wechat.qr")
                self.shot(k, "wechat")
                platform.wechat = ["wechat-unbound"]
                k.wait(id="wechat.unbound")
                self.shot(k, "wechat_unbound")
                agent.say(False)
                k.wait(id="wechat.id_number")
                self.shot(k, "wechat_offline")
                k.tap("wechat.here")
                k.wait(screen="who")
                self.shot(k, "who_offline")

    def comeback(self):
        """What the platform has of a person: declarations in all states, a returned one, rows that are only read, answers that differ."""
        with kiosk(size=self.size, lang=self.lang, large=self.large) as k:
            platform, reasons = People(), [{"path": "form.title_award.cert_no", "reason": "证书编号与原件不符"},
                                           {"path": "form.contact.address", "reason": "请写到门牌号"}]
            states = (("unit_returned", "工程师", "2010", {"reasons": reasons}), ("delivered", "高级工程师", "2015", {}),
                      ("board_vote", "助理工程师", "2005", {"text": "评委会表决中"}))
            for n, (state, title, year, more) in enumerate(states, 1):
                platform.declarations.append(platform.declaration(state, **more) | {
                    "declaration": UUID[:-1] + str(n), "receipt": f"7K3M-9QXT-2RW{n}-{'0789A'[n + 1]}", "title": title, "date": f"{year}-12-31"})
            person_scope = scope(contact={"address": "人民路", "address_division": "650102", "mobile": Person.MOBILE}, basic={"unit_name": "新疆某机械厂", "political": "13"})
            returned = UUID[:-1] + "1"
            platform.returned[returned] = {"declaration": returned, "version": 1, "state": "unit_returned", "reasons": reasons, "form": "", "rules": "",
                                           "person": person_scope, "unit": {"name": "新疆某机械厂", "code": ""}, "title": scope(
                                               title_award={"title_name": "工程师", "award_date": "2010-12-31", "cert_no": "111", "has_ecert": "no"})}
            platform.version, platform.scope = 3, person_scope
            platform.training = [{"course": "公需科目：创新能力建设与职业素养提升", "year": 2020, "hours": 30, "kind": "1", "school": "自治区人力资源和社会保障厅"}]
            platform.ecerts = [{"title": "正高级工程师", "date": "2020-05-01"}]
            enrol(k, platform)
            with Agent(k.folder / "sync.sock", platform) as agent:
                person = Person(k)
                agent.wait_seen(k)
                person.go_on("door")
                k.tap("door.login")
                k.wait(id="captcha.image")
                k.fill("login.id_number", person.ID)
                k.fill("login.password", "correct horse 9")
                k.fill("captcha.text", "ab7k")
                k.tap("kb.done")
                k.press("login.login")
                k.wait(gone="login.login")
                person.go_on("home")
                k.tap("home.which")
                k.until(lambda: k.node("eligibility.1.name")["value"])
                self.shot(k, "eligibility_known")
                k.press("eligibility.back")
                k.press("home.records")
                k.until(lambda: k.has("records.3"))
                self.shot(k, "records_of_the_platform")
                for n in (2, 3):
                    k.press(f"records.{n}.status")
                    k.wait(id="status.1")
                    self.shot(k, f"status_{n}")
                    agent.say(False)
                    k.wait(id="status.as_of")
                    self.shot(k, f"status_{n}_offline")
                    agent.say(True)
                    k.wait(gone="status.as_of")
                    k.press("status.records")
                    k.wait(screen="records")
                k.press("records.1.mend")
                k.wait(screen="check")
                self.shot(k, "check_returned")
                k.press("check.problems.form.title_award.cert_no")
                k.wait(screen="award")
                self.shot(k, "award_returned")
                k.press("award.back")
                k.wait(screen="check")
                k.press("check.problems.form.contact.address")
                k.wait(screen="section")
                platform.version, platform.scope = platform.version + 1, scope(contact={"address": "团结路8号", "address_division": "650102", "mobile": Person.MOBILE},
                                                            talent_program=[{"program": "某人才计划"}])
                k.key("Ctrl+A")
                k.type("人民路1号院2号楼")
                k.press("section.done" if k.has("section.done") else "section.next")
                k.wait(screen="check")
                k.until(lambda: platform.refused)
                k.press("check.training")
                k.wait(screen="section")
                self.shot(k, "section_training_given")
                self.differences(k)

    def own(self):
        """What opens a person's things, and drafts of other kiosks."""
        with kiosk(size=self.size, lang=self.lang, large=self.large) as k:
            platform = People()
            platform.person(Person.ID, wechat=True)
            enrol(k, platform)
            with Agent(k.folder / "sync.sock", platform, False) as agent:
                person = Person(k)
                person.go_on("records")
                k.tap("records.new")
                person.go_on("award")
                self.away(k)
                person.go_on("who")
                k.fill("who.id_number", Person.ID)
                k.until(lambda: k.has("who.known"))
                if k.has("kb.done"):
                    k.tap("kb.done")
                self.shot(k, "who_known")
                k.tap("who.by_chip")
                k.wait(screen="forgotten")
                self.shot(k, "forgotten")
                self.away(k)
                agent.say(True)
                agent.wait_seen(k)
                platform.drafts = [platform.draft(), platform.draft(UUID[:-1] + "7", name="", other={"hall": "天山区政务服务大厅", "kiosk": 3, "edited": 1795400000000})]
                self.enter(k)
                self.shot(k, "confirm_code_void")
                k.press("confirm.code")
                k.wait(screen="code")
                k.tap("code.code")
                self.shot(k, "code_typing")
                k.type("111111")
                k.tap("kb.done")
                self.shot(k, "code")
                k.press("code.back")
                k.press("confirm.yes")
                k.until(lambda: k.has("home.parked_go"))
                self.shot(k, "home_parked")
                k.press("home.account")
                k.wait(id="account.unbind")
                self.shot(k, "account")
                k.press("account.unbind")
                self.shot(k, "account_sure")
                k.press("account.yes")
                k.wait(id="account.undone")
                self.shot(k, "account_undone")
                k.press("account.back")
                k.press("home.records")
                k.wait(id="records.away.1")
                self.shot(k, "records_away")
                k.press("records.away.1.delete")
                self.shot(k, "records_away_delete")
                k.press("records.delete_no")
                k.press("records.1.continue")
                k.until(lambda: k.screen != "records")
                person.go_on("award")
                self.away(k)
                platform.drafts = [platform.draft(self.only_draft(k), edit=9)]
                self.enter(k)
                k.press("confirm.yes")
                k.wait(screen="home")
                k.until(lambda: not k.has("home.parked_go"))  # what was heard the last time, until the platform is heard
                k.tap("home.records")
                k.until(lambda: k.has("records.diverged") or k.has("records.newer"))
                self.shot(k, "records_diverged")
                k.press("records.1.continue")
                if k.has("records.choose_ours"):
                    self.shot(k, "records_choose")

    def only_draft(self, k):
        with sqlite3.connect(f"file:{k.folder}/store/bulu.db?mode=ro", uri=True) as db:
            return db.execute("SELECT id FROM declaration").fetchone()[0]

    def away(self, k):
        while k.screen != "idle":
            k.tap(f"{k.screen}.exit")
            k.tap("wizard.keep" if k.has("wizard.keep") else "exit.yes")
        if self.large:
            k.tap("idle.large")

    def enter(self, k):
        Person(k).go_on("door")
        k.tap("door.login")
        k.wait(id="captcha.image")
        k.fill("login.id_number", Person.ID)
        k.fill("login.password", "correct horse 9")
        k.fill("captcha.text", "ab7k")
        k.tap("kb.done")
        k.press("login.login")
        k.wait(screen="confirm")

    def differences(self, k):
        """Answers that both sides changed."""
        while k.screen != "home":
            k.press(f"{k.screen}.home" if k.has(f"{k.screen}.home") else f"{k.screen}.back")
        k.wait(id="home.differences_go")
        self.shot(k, "home_differences")
        k.press("home.differences_go")
        k.wait(screen="differences")
        self.shot(k, "differences")
        k.press("differences.all")
        self.shot(k, "differences_decided")

    def devices(self):
        """A card on the reader, a printer that runs out of paper, and how staff see both."""
        with IdReader() as reader, Printer(out_after=100) as printer, \
                kiosk(settings={("id_reader", "device"): reader.path, ("printer", "device"): printer.path}, size=self.size, lang=self.lang,
                      large=self.large) as k:
            enrol(k, Accounts())
            k.stop()
            k.start()
            person = Person(k)
            person.go_on("who")
            k.fill("who.id_number", Person.ID)
            k.until(lambda: k.has("who.name"))
            k.fill("who.name", "张珊")
            k.until(lambda: k.has("who.chip.state"))
            self.shot(k, "who_chip_waiting")
            reader.card = resident("张三", Person.ID, "1", "01", valid=("20000101", "20200101"))
            k.until(lambda: k.has("who.chip.take.1"))
            self.shot(k, "who_chip_differs")
            k.tap("who.chip.take.1")
            for name, value in (("who.mobile", person.MOBILE), ("who.code", person.CODE), ("who.code2", person.CODE)):
                person.answer(name, value)
            k.press("who.next")
            k.wait(screen="confirm")
            self.shot(k, "confirm_chip")
            person.go_on("receipt")
            k.until(lambda: k.has("receipt.print.failed"))
            self.shot(k, "receipt_no_paper")
            conf = k.folder / "ctl.ini"
            conf.write_text(f"[store]\ndir = {k.folder / 'store'}\n", encoding="utf-8")
            subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "--config", str(conf), "staff", "add", "ts-017", "staff"], input="580317\n", text=True,
                           check=True, capture_output=True)
            k.tap("receipt.staff")
            k.tap("staff.door")
            k.wait(screen="staff_door")
            k.fill("staff_door.badge", "ts-017")
            k.fill("staff_door.pin", "580317")
            k.press("staff_door.next")
            k.wait(screen="staff_desk")
            self.shot(k, "staff_desk_person")
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.has("staff_health.device.printer.state"))
            self.shot(k, "staff_health_devices")

    def run(self):
        self.accounts()
        self.comeback()
        self.own()
        self.devices()
        with kiosk(size=self.size, lang=self.lang, large=self.large) as k:
            person = Person(k)

            def seen(name):
                self.shot(k, name)
                if name not in getattr(self, "been", set()):
                    self.been = getattr(self, "been", set()) | {name}
                    self.detours(k, name)
            person.go_on("submit", seen)
        return self.bad


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("--size", action="append")
    ask.add_argument("--lang", action="append")
    ask.add_argument("--large", action="store_true", help="only large text")
    ask.add_argument("--normal", action="store_true", help="only normal text")
    ask.add_argument("--out", default="build/screens")
    args = ask.parse_args()
    out = pathlib.Path(args.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    bad = []
    for size, lang, large in itertools.product(args.size or SIZES, args.lang or LANGS, (False, True)):
        if (large and args.normal) or (not large and args.large):
            continue
        tour = Tour(out, size, lang, large)
        for old in out.glob(f"{tour.name}_[0-9]*.png"):
            old.unlink()
        bad += tour.run()
        print(f"{tour.name}: {len(tour.seen)} pictures, {len(tour.bad)} remarks", flush=True)
    for line in bad:
        print(line)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
