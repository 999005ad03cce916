"""Staff at the screen of a kiosk that no platform knows yet: they enrol it there, and it delivers; a wrong text is told in words."""
import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from ui.kiosk import BUILD, ROOT  # noqa: E402


class NewHall(Hall):
    def enrol(self):
        """Nobody has done it yet."""


class Enrolment(unittest.TestCase):
    def desk(self, hall):
        k = hall.kiosk
        k.until(lambda: (hall.folder / "store" / "bulu.db").exists())
        hall.ctl("staff", "add", "op-1", "operator", stdin="904471\n")
        k.tap("idle.staff")
        k.wait(id="staff.door")
        k.tap("staff.door")
        k.wait(screen="staff_door")
        k.fill("staff_door.badge", "op-1")
        k.fill("staff_door.pin", "904471")
        k.press("staff_door.next")
        k.wait(screen="staff_desk")
        return k

    def test_an_operator_enrols_the_kiosk_at_its_screen(self):
        with NewHall() as hall:
            k = self.desk(hall)
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.has("staff_health.cert.state"))
            self.assertIn("未注册", k.node("staff_health.cert.state")["label"])
            k.tap("staff_health.back")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.enrol")
            k.wait(screen="staff_enrol")
            k.fill("staff_enrol.text", "not a text of any platform")
            k.press("staff_enrol.next")
            k.until(lambda: k.says("注册文本不完整"))
            good = hall.platform.admin("enrol-code", "--hall", "天山区政务服务大厅", "--kiosk", 7).strip()
            self.again(k, good.replace('"code":"', '"code":"X').replace('"code": "', '"code": "X'))
            k.until(lambda: k.says("注册码不对"), 60)
            self.again(k, good)
            k.until(lambda: k.has("staff_enrol.done"), 60)
            k.tap("staff_enrol.back")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.has("staff_health.cert.state") and "正常" in k.node("staff_health.cert.state")["label"])
            k.until(lambda: "已连接平台" in k.node("staff_health.net.state")["label"], 30)

    def again(self, k, text):
        """The page anew, so that the box is empty."""
        k.tap("staff_enrol.back")
        k.wait(screen="staff_desk")
        k.tap("staff_desk.enrol")
        k.wait(screen="staff_enrol")
        k.fill("staff_enrol.text", text)
        k.press("staff_enrol.next")


class Desk(unittest.TestCase):
    """What staff do for people's records, by numbers and states only, each act in the record."""
    BADGE, PIN = "ts-017", "580317"

    def setUp(self):
        self.hall = self.enterContext(Hall())
        self.hall.kiosk.until(lambda: (self.hall.folder / "store" / "bulu.db").exists())
        self.hall.ctl("staff", "add", self.BADGE, "staff", stdin=self.PIN + "\n")

    def record(self, *arguments):
        done = subprocess.run([str(BUILD / "tests" / "e2e" / "make_store"), "--store", str(self.hall.folder / "store"), "--assets", str(ROOT / "assets"),
                               "--blobs", "0", *arguments], capture_output=True, text=True, cwd=ROOT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[0])

    def sql(self, query):
        with contextlib.closing(sqlite3.connect(f"file:{self.hall.folder}/store/bulu.db?mode=ro", uri=True, timeout=20)) as db:
            return db.execute(query).fetchall()

    def desk(self):
        k = self.hall.kiosk
        k.tap("idle.staff")
        k.wait(id="staff.door")
        k.tap("staff.door")
        k.wait(screen="staff_door")
        k.fill("staff_door.badge", self.BADGE)
        k.fill("staff_door.pin", self.PIN)
        k.press("staff_door.next")
        k.wait(screen="staff_desk")
        return k

    def acts(self):
        return [(event, detail) for event, detail in self.sql("SELECT event, detail FROM audit") if event.startswith("staff.")]

    def connection_words(self, badge, to_do):
        """At the idle page for everybody, at the staff page with what to do."""
        k = self.hall.kiosk
        k.until(lambda: badge in k.node("idle.connection")["label"], 60)
        self.desk()
        k.tap("staff_desk.health")
        k.wait(screen="staff_health")
        k.until(lambda: k.has("staff_health.net.state") and badge in k.node("staff_health.net.state")["label"])
        k.until(lambda: k.says(to_do))

    def test_a_kiosk_out_of_service_says_so_and_what_to_do(self):
        self.hall.kiosk.until(lambda: "已连接平台" in self.hall.kiosk.node("idle.connection")["label"], 30)
        self.hall.platform.admin("device-revoke", "--kiosk", 3)
        self.connection_words("本机已停用，请叫工作人员", "请管理员给新的注册码")

    def test_a_clock_of_1970_or_2035_says_so_and_what_to_do(self):
        library = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
        if not library or "asan" in str(BUILD):
            self.skipTest("libfaketime is not installed, or would come before the sanitizer")
        k = self.hall.kiosk
        for day in ("1970-01-02 00:00:00", "2035-06-01 00:00:00"):
            k.until(lambda: "已连接平台" in k.node("idle.connection")["label"], 60)
            self.hall.stop_agent()
            self.hall.start_agent(LD_PRELOAD=str(library), FAKETIME=f"@{day}", DONT_FAKE_MONOTONIC="1")
            k.until(lambda: "本机时间不对，请叫工作人员" in k.node("idle.connection")["label"], 60)
            if day.startswith("1970"):
                self.hall.stop_agent()
                self.hall.start_agent()
        self.connection_words("本机时间不对，请叫工作人员", "校准时间并检查主板电池")

    def test_a_dead_letter_has_its_reason_in_words_and_a_retry(self):
        made = self.record("--bad-key")
        k = self.hall.kiosk
        k.until(lambda: self.sql("SELECT state FROM outbox") == [("dead",)], 60)
        self.desk()
        k.until(lambda: k.node("staff_desk.failed")["label"] == "1")
        k.tap("staff_desk.queue")
        k.wait(id="staff_queue.1")
        reason = k.node("staff_queue.1.reason")["label"]
        self.assertRegex(reason, "^原因：[\u4e00-\u9fff，。]{5,}")
        for personal in ("650000198001010014", "张三", "13800000000"):
            self.assertFalse(k.says(personal))
        k.tap("staff_queue.1.retry")  # as if the cause were gone: it goes once more, and is refused once more
        k.until(lambda: any(event == "staff.retry" for event, _ in self.acts()), 20)
        k.until(lambda: [d for e, d in self.acts() if e == "staff.retry"] == [f"badge={self.BADGE} seq={made['seq']}"])
        k.until(lambda: self.sql("SELECT state FROM outbox") == [("dead",)], 60)
        k.until(lambda: k.has("staff_queue.1.retry"), 30)

    def test_a_receipt_is_shown_again_and_its_person_cleared_away(self):
        made = self.record()
        k = self.hall.kiosk
        k.until(lambda: not self.sql("SELECT 1 FROM outbox"), 60)  # delivered
        self.desk()
        k.tap("staff_desk.receipt")
        k.wait(screen="staff_receipt")
        k.fill("staff_receipt.number", "7K3M-9QXT-2RW0-8")
        k.tap("kb.done")
        k.press("staff_receipt.next")
        k.until(lambda: [n for n in k.nodes() if n["role"] == "alert"])
        k.tap("staff_receipt.number")
        k.key("Ctrl+A")
        k.type(made["receipt"])
        k.tap("kb.done")
        k.press("staff_receipt.next")
        k.wait(id="staff_receipt.qr")
        self.assertIn(k.node("staff_receipt.state")["label"], ("已经提交至基层工作单位", "退回修改", "待本人确认"))
        k.tap("staff_receipt.purge")
        k.tap("staff_receipt.yes")
        k.wait(id="staff_receipt.said")
        self.assertEqual(self.sql("SELECT count(*) FROM folder") + self.sql("SELECT count(*) FROM document"), [(0,), (0,)])
        self.assertIn(("staff.purge", f"badge={self.BADGE} receipt={made['receipt']}"), self.acts())
        self.assertIn(("staff.receipt", f"badge={self.BADGE} receipt={made['receipt']}"), self.acts())
        self.assertEqual(self.hall.ctl("verify", check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
