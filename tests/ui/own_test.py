"""What opens a person's things: the 取件码 that is offered and the one that somebody else had chosen, WeChat that is unlinked, and the way out
when the 取件码 was forgotten."""
import pathlib
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from support.id_reader import IdReader, resident  # noqa: E402
from ui.chip_test import LI  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.login_test import NUMBER, Test  # noqa: E402
from ui.people import kiosk  # noqa: E402

BADGE, PIN = "ts-017", "580317"
FRESH = "903174"


class Own(Test):
    def leave(self, k):
        k.tap(f"{k.screen}.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")

    def logged_in(self, k):
        self.login_page(k)
        self.log_in(k)
        k.wait(screen="confirm")

    def choose(self, k, code=FRESH):
        k.wait(screen="code")
        self.put(k, "code.code", code)
        self.put(k, "code.again", code)
        k.tap("kb.done")
        k.press("code.set")
        k.wait(gone="code.set")

    def online(self, k, on):
        self.agent.say(on)
        if on:
            self.agent.wait_seen(k)
        else:
            k.until(lambda: "已连接" not in k.node("idle.connection")["label"])

    def number_typed(self, k):
        Person(k).go_on("who")
        self.put(k, "who.id_number", NUMBER)
        k.tap("kb.done")

    def test_who_logged_in_is_offered_a_code_and_goes_on_with_it_when_the_network_is_down(self):
        k = self.hall()
        self.logged_in(k)
        self.assertTrue(k.says("没有网络时也能凭它"))
        k.tap("confirm.code")
        k.wait(screen="code")
        k.fill("code.code", "123456")
        k.fill("code.again", "123456")
        k.tap("kb.done")
        self.assertIn("disabled", k.node("code.set")["state"], "one that anybody would try first")
        self.choose(k)
        k.wait(screen="confirm")
        self.assertFalse(k.has("confirm.code"))
        k.tap("confirm.yes")
        k.wait(screen="home")
        self.leave(k)
        self.online(k, False)
        self.number_typed(k)
        k.wait(id="who.known")
        k.fill("who.code", FRESH)
        k.tap("kb.done")
        k.press("who.next")
        k.wait(screen="confirm")
        self.assertTrue(k.says("已找到您上次的资料"))
        k.tap("confirm.yes")
        k.wait(screen="home")
        self.leave(k)
        self.online(k, True)
        self.logged_in(k)  # a code that its owner chose stands
        self.assertFalse(k.has("confirm.code"))

    def test_a_code_that_somebody_else_chose_under_the_number_is_void_when_the_owner_logs_in(self):
        k = self.hall(online=False)
        thief = Person(k)  # types somebody's number, and a code of his own
        thief.go_on("home")
        self.leave(k)
        self.online(k, True)
        self.logged_in(k)
        self.assertTrue(k.says("那个取件码从现在起作废"), k.what_is_seen())
        k.tap("confirm.yes")
        k.wait(screen="home")
        k.tap("home.records")
        k.tap("records.new")
        Person(k).go_on("award")
        k.tap("award.exit")
        k.tap("wizard.keep")
        k.until(lambda: k.screen != "award")
        while k.screen != "idle":
            k.tap(f"{k.screen}.exit")
            k.tap("wizard.keep" if k.has("wizard.keep") else "exit.yes")
        for on in (True, False):  # he comes back
            self.online(k, on)
            self.number_typed(k)
            k.wait(id="who.login_only")
            self.assertFalse(k.has("who.code"))
            k.tap("who.exit")
            k.tap("exit.yes")
            k.wait(screen="idle")

    def test_wechat_is_unlinked_where_it_is_seen_after_a_question(self):
        k = self.hall()
        self.platform.person(NUMBER, wechat=True)
        self.logged_in(k)
        k.tap("confirm.yes")
        k.wait(screen="home")
        k.tap("home.account")
        k.wait(screen="account")
        self.assertTrue(k.says("已绑定微信"))
        k.tap("account.unbind")
        self.assertTrue(k.says("草稿和已提交的申报表不受影响"))
        k.tap("account.no")
        self.assertNotIn("/v1/sessions/wechat", [p for m, p, _ in self.platform.calls if m == "DELETE"])
        k.tap("account.unbind")
        k.tap("account.yes")
        k.wait(id="account.undone")
        self.assertTrue(k.says("没有绑定微信"))
        self.assertEqual([p for m, p, _ in self.platform.calls if m == "DELETE"], ["/v1/sessions/wechat"])
        self.agent.say(False)
        k.until(lambda: "disabled" in k.node("account.bind")["state"])
        self.agent.say(True)
        k.until(lambda: "disabled" not in k.node("account.bind")["state"])
        k.tap("account.bind")
        k.wait(screen="wechat")

    def test_without_the_chip_of_the_id_card_staff_open_nothing(self):
        k = self.hall(online=False)
        Person(k).go_on("home")
        self.leave(k)
        self.number_typed(k)
        k.wait(id="who.known")
        if k.has("kb.done"):
            k.tap("kb.done")
        k.tap("who.by_chip")
        k.wait(screen="forgotten")
        self.assertTrue(k.says("这台机器没有读卡器") and k.says("会记入台账"))
        k.fill("forgotten.badge", "ts-017")
        k.fill("forgotten.pin", "580317")
        k.tap("kb.done")
        self.assertIn("disabled", k.node("forgotten.open")["state"])


class Forgotten(unittest.TestCase):
    """With a reader, and somebody of the hall."""

    def start(self, staff_first=True):
        self.reader = IdReader(None, "good")
        self.reader.__enter__()
        self.addCleanup(self.reader.__exit__)
        k = kiosk(settings={("id_reader", "device"): self.reader.path})
        self.addCleanup(k.__exit__)
        k.start()
        k.until(lambda: (k.folder / "store" / "bulu.db").exists())
        if staff_first:
            self.enrol(k)
        person = Person(k)
        person.go_on("records")
        k.tap("records.new")
        person.go_on("award")
        k.until(lambda: k.says("已保存") or k.has("page.save"))
        while k.screen != "idle":
            k.tap(f"{k.screen}.exit")
            k.tap("wizard.keep" if k.has("wizard.keep") else "exit.yes")
        return k

    def enrol(self, k):
        conf = k.folder / "ctl.ini"
        conf.write_text(f"[store]\ndir = {k.folder / 'store'}\n", encoding="utf-8")
        subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "--config", str(conf), "staff", "add", BADGE, "staff"], input=PIN + "\n", text=True, check=True,
                       capture_output=True)

    def forgotten(self, k, number=NUMBER):
        Person(k).go_on("who")
        k.fill("who.id_number", number)
        k.wait(id="who.known")
        if k.has("kb.done"):
            k.tap("kb.done")
        k.tap("who.by_chip")
        k.wait(screen="forgotten")

    def open(self, k, pin=PIN):
        if not k.node("forgotten.badge")["value"]:
            k.fill("forgotten.badge", BADGE)
        k.fill("forgotten.pin", pin)
        k.tap("kb.done")
        k.press("forgotten.open")

    def audit(self, k):
        with sqlite3.connect(f"file:{k.folder}/store/bulu.db?mode=ro", uri=True) as db:
            return db.execute("SELECT event, detail FROM audit").fetchall()

    def test_card_and_staff_open_it_a_new_code_is_chosen_and_it_is_in_the_record(self):
        k = self.start()
        self.forgotten(k)
        self.reader.card = resident(name="张三", id18=NUMBER, nation="01", address="人民路1号")
        k.until(lambda: k.says("已读取身份证芯片"))
        self.open(k, "999990")
        k.wait(id="forgotten.wrong")
        self.open(k)
        k.wait(screen="confirm")
        self.assertTrue(k.says("请现在设一个新的取件码"))
        k.tap("confirm.code")
        k.wait(screen="code")
        k.fill("code.code", FRESH)
        k.fill("code.again", FRESH)
        k.tap("kb.done")
        k.press("code.set")
        k.wait(screen="confirm")
        k.tap("confirm.yes")
        k.wait(screen="home")
        k.tap("home.records")
        k.wait(id="records.1.continue")
        events = self.audit(k)
        self.assertIn("folder.by_staff", [e for e, _ in events])
        self.assertTrue(any(BADGE in d for e, d in events if e == "folder.by_staff"))
        self.assertFalse(any(word in d for _, d in events for word in (NUMBER, "张三", PIN, FRESH)))
        k.tap("records.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.reader.card = None
        Person(k).go_on("who")
        k.fill("who.id_number", NUMBER)
        k.wait(id="who.known")
        for code in (Person.CODE, FRESH):  # the old one is void
            k.fill("who.code", code)
            k.tap("kb.done")
            k.press("who.next")
            k.until(lambda: k.screen == "confirm" or k.has("who.wrong"))
        self.assertEqual(k.screen, "confirm")

    def test_the_card_of_somebody_else_opens_nothing(self):
        k = self.start()
        self.forgotten(k)
        self.reader.card = resident(**LI)
        k.until(lambda: k.has("forgotten.chip.take.0"))
        k.fill("forgotten.badge", BADGE)
        k.fill("forgotten.pin", PIN)
        k.tap("kb.done")
        self.assertIn("disabled", k.node("forgotten.open")["state"])

    def test_staff_enrolled_after_the_folder_was_used_hear_why_it_does_not_open(self):
        k = self.start(staff_first=False)
        self.enrol(k)
        self.forgotten(k)
        self.reader.card = resident(name="张三", id18=NUMBER, nation="01", address="人民路1号")
        k.until(lambda: k.says("已读取身份证芯片"))
        self.open(k)
        k.wait(id="forgotten.failed")
        self.assertTrue(k.says("这个工号打不开"))


if __name__ == "__main__":
    unittest.main()
