"""WeChat from the kiosk's real screens: its codes and tickets are read off the screen by a phone (Chromium), and the digits that the phone shows
are typed at the kiosk while its network is cut."""
import contextlib
import pathlib
import re
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.browser import Browser  # noqa: E402
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.sealed import accounts_settings  # noqa: E402
from e2e.sms_double import SmsDouble  # noqa: E402
from e2e.two_kiosks import PASSWORD, TwoKiosks  # noqa: E402
from e2e.wechat_double import WechatDouble  # noqa: E402
from ui.people import QUICK  # noqa: E402

SIX = Person.ID[12:]


class Screens(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="bulu-wx-")))
        self.captchas = folder / "captchas"
        self.wechat = self.enterContext(WechatDouble())
        self.sms = self.enterContext(SmsDouble())
        self.hall = Hall(kiosk_settings=QUICK, platform_settings=self.wechat.settings | accounts_settings(folder, self.sms.url) | {("sms", "minute_most"): 100})
        TwoKiosks.papers(self.hall)
        self.enterContext(self.hall)
        self.kiosk, self.platform = self.hall.kiosk, self.hall.platform
        self.platform.admin("account-add", "--id", Person.ID, "--name", Person.NAME, "--mobile", Person.MOBILE, "--password-stdin",
                            stdin=PASSWORD + "\n")
        self.phone = self.enterContext(Browser(width=390, height=844))
        self.kiosk.until(self.keys_there, 60)

    def keys_there(self):
        """The kiosk's app has made its keys, and the platform has sent K."""
        with contextlib.closing(sqlite3.connect(f"file:{self.hall.folder}/store/bulu.db?mode=ro", uri=True)) as db:
            row = db.execute("SELECT value FROM setting WHERE name = 'ticket.mac'").fetchone()
            return bool(row and row[0])

    def sql(self, statement):
        with contextlib.closing(sqlite3.connect(self.platform.folder / "data" / "platform.db", timeout=30)) as db, db:
            return db.execute(statement).fetchall()

    def bound(self):
        return self.sql("SELECT wechat IS NOT NULL FROM account") == [(1,)]

    def log_in(self):
        TwoKiosks.connected(self, self.kiosk)
        return TwoKiosks.login(self, self.hall)

    def connected(self, k):
        TwoKiosks.connected(self, k)

    def leave(self):
        TwoKiosks.leave(self, self.kiosk)

    def scan(self, node="wechat.qr"):
        """The phone reads the code on the screen."""
        self.kiosk.wait(id=node)
        self.phone.open(self.kiosk.node(node)["value"])

    def bind(self):
        k = self.kiosk
        k.tap("home.account")
        k.wait(screen="account")
        k.tap("account.bind")
        k.wait(screen="wechat")
        self.scan()
        self.phone.wait_text("main", k.node("wechat.user_code")["label"])
        self.phone.type("input[name=six]", SIX)
        self.phone.click("button[value=yes]")
        self.phone.wait_text("main", "已绑定")
        k.wait(id="wechat.bound", timeout_ms=20000)
        k.tap("wechat.next")
        k.until(lambda: k.screen in ("home", "images"))

    def cut(self):
        self.hall.stop_agent()
        self.kiosk.until(lambda: "已连接" not in self.kiosk.node("idle.connection")["label"], 30)

    def ticket(self, first=False):
        """At an offline kiosk, from the idle page to the code on the screen."""
        k, person = self.kiosk, Person(self.kiosk)
        person.go_on("who")
        k.tap("who.to_wechat")
        k.wait(screen="wechat")
        k.tap("wechat.id_number")
        k.key("Ctrl+A")
        k.type(Person.ID)
        k.tap("kb.done")
        k.tap(f"wechat.way.{'bind' if first else 'login'}")
        k.press("wechat.show")
        return person

    def digits(self):
        return re.search(r"\d{4} \d{4}", self.phone.wait_text("main", "请在补录亭上输入"))[0].replace(" ", "")

    def type_digits(self, digits):
        k = self.kiosk
        k.tap("wechat.ack")
        k.key("Ctrl+A")
        k.type(digits)
        k.tap("kb.done")
        k.press("wechat.check")

    def test_linked_at_the_screen_logged_in_without_a_network_and_unlinked_again(self):
        k = self.kiosk
        self.log_in()
        k.tap("home.account")
        k.tap("account.code_go")
        k.wait(screen="code")
        k.fill("code.code", Person.CODE)
        k.fill("code.again", Person.CODE)
        k.tap("kb.done")
        k.press("code.set")
        k.wait(screen="account")
        k.tap("account.back")
        k.wait(screen="home")
        self.bind()
        self.assertTrue(self.bound())
        self.leave()
        self.cut()
        person = self.ticket()
        self.scan("wechat.ticket")
        self.phone.wait_text("main", "张*")
        self.phone.click("button[value=yes]")
        digits = self.digits()
        wrong = f"{(int(digits) + 1) % 10**8:08}"
        self.type_digits(wrong)
        k.wait(id="wechat.failed")
        self.assertTrue(k.says("2"), k.what_is_seen())
        self.type_digits(digits)
        k.wait(screen="who")
        k.until(lambda: k.has("who.known"))
        self.assertTrue(k.has("who.wechat_done"))
        person.go_on("receipt")
        self.leave()
        self.hall.start_agent()
        self.connected(k)
        k.until(lambda: self.sql("SELECT proof FROM submission") == [("wechat",)], 60)  # who it is was proved, without a network
        self.log_in()
        k.tap("home.account")
        k.wait(id="account.unbind")
        k.tap("account.unbind")
        k.tap("account.yes")
        k.wait(id="account.undone")
        self.assertFalse(self.bound())
        self.leave()
        person = Person(k)
        person.go_on("door")
        k.tap("door.wechat")
        self.scan()
        self.phone.wait_text("main", "绑定")
        k.wait(id="wechat.unbound", timeout_ms=30000)

    def test_linked_without_a_network_when_the_declaration_has_arrived_and_the_mobile_agrees(self):
        k = self.kiosk
        self.cut()
        person = self.ticket(first=True)
        self.scan("wechat.ticket")
        self.phone.wait_text("main", "天山区政务服务大厅")
        self.phone.type("input[name=six]", SIX)
        self.phone.click("button[value=yes]")
        self.type_digits(self.digits())
        k.wait(screen="who")
        self.assertTrue(k.has("who.wechat_done"))
        person.go_on("receipt")
        self.leave()
        self.assertFalse(self.bound())  # nobody has proved anything yet
        self.hall.start_agent()
        link = re.search(r"https://[!-~]+", self.sms.wait(lambda m: m["template"] == "wechat")["text"])[0]
        self.phone.open(link)
        self.phone.wait_text("main", "同意")
        self.phone.click("button[value=yes]")
        self.phone.wait_text("main", "已绑定")
        self.assertTrue(self.bound())

    def test_digits_are_tried_three_times(self):
        k = self.kiosk
        self.cut()
        self.ticket()
        k.wait(id="wechat.ticket")
        for n in range(3):
            self.assertTrue(k.has("wechat.ack"))
            self.type_digits(f"{n:08}")
            k.until(lambda: k.has("wechat.failed") and (not k.has("wechat.ack") or not k.node("wechat.ack")["value"]))
        self.assertFalse(k.has("wechat.ticket"), "the code is over")
        self.assertTrue(k.has("wechat.here"), "and there is another way")

    def test_a_virtual_account_is_refused_in_words_at_the_phone_and_the_kiosk_waits_for_another(self):
        k = self.kiosk
        self.connected(k)
        self.wechat.snapshot = True
        Person(k).go_on("door")
        k.tap("door.wechat")
        self.scan()
        self.phone.wait_text("body", "虚拟身份")
        self.assertEqual(k.screen, "wechat")
        self.assertFalse(self.bound())
        self.wechat.snapshot = False
        k.press("wechat.fresh")
        k.wait(id="wechat.qr")


if __name__ == "__main__":
    unittest.main()
