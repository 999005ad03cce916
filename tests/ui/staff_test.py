"""The staff door: who of the hall may look, what they see, what they may do, and that it ends."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.people import kiosk, to  # noqa: E402

BADGE, PIN = "ts-017", "580317"


class Staff(unittest.TestCase):
    def kiosk(self, **options):
        k = kiosk(**options)
        self.addCleanup(k.__exit__)
        k.start()
        k.until(lambda: (k.folder / "store" / "bulu.db").exists())
        self.add(k, BADGE, PIN, "staff")
        return k

    def ctl(self, k, *arguments, stdin=""):
        conf = k.folder / "ctl.ini"
        conf.write_text(f"[store]\ndir = {k.folder / 'store'}\n", encoding="utf-8")
        done = subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "--config", str(conf), *arguments], input=stdin, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def add(self, k, badge, pin, role):
        self.ctl(k, "staff", "add", badge, role, stdin=pin + "\n")

    def door(self, k):
        k.tap("idle.staff" if k.screen == "idle" else f"{k.screen}.staff")
        k.wait(id="staff.door")
        k.tap("staff.door")
        k.wait(screen="staff_door")

    def sign_in(self, k, badge=BADGE, pin=PIN):
        self.door(k)
        k.fill("staff_door.badge", badge)
        k.fill("staff_door.pin", pin)
        k.press("staff_door.next")

    def audit(self, k):
        return subprocess.run(["sqlite3", str(k.folder / "store" / "bulu.db"), "SELECT event, detail FROM audit"], capture_output=True, text=True).stdout

    def test_badge_and_pin_open_the_desk_and_leaving_shuts_it(self):
        k = self.kiosk()
        self.sign_in(k)
        k.wait(screen="staff_desk")
        self.assertTrue(k.says(BADGE))
        self.assertFalse(k.has("staff_desk.enrol"), "hall staff do not enrol")
        for name in ("queue", "receipt", "health"):
            k.tap(f"staff_desk.{name}")
            k.wait(screen=f"staff_{name}")
            k.tap(f"staff_{name}.back")
            k.wait(screen="staff_desk")
        k.tap("staff_desk.back")
        k.wait(screen="idle")
        self.door(k)
        self.assertEqual(k.node("staff_door.badge")["value"], "")

    def test_a_wrong_pin_tells_nothing_and_the_fifth_locks_over_a_restart(self):
        k = self.kiosk(fake_clock=True)
        self.door(k)
        k.fill("staff_door.badge", BADGE)
        for n in range(5):
            k.fill("staff_door.pin", "999990")
            k.press("staff_door.next")
            k.until(lambda: not k.node("staff_door.pin")["value"] and (k.has("staff_door.wrong") or k.has("staff_door.locked")))
            if n < 4:
                k.advance(10_000)
        k.wait(id="staff_door.locked")
        k.stop()
        k.start()
        self.sign_in(k)
        k.wait(id="staff_door.locked")

    def test_help_goes_on_at_the_page_of_the_person_and_into_the_record(self):
        k = self.kiosk(fake_clock=True)
        to(k, "award")
        k.tap("award.staff")
        k.wait(id="staff.door")
        k.tap("staff.door")
        k.wait(screen="staff_door")
        k.fill("staff_door.badge", BADGE)
        k.fill("staff_door.pin", PIN)
        k.press("staff_door.next")
        k.wait(screen="staff_desk")
        for personal in (Person.NAME, Person.ID, Person.MOBILE):
            self.assertFalse(k.says(personal))
        k.tap("staff_desk.assist")
        k.wait(screen="award")
        self.assertTrue(k.says("工作人员协助中"))
        k.until(lambda: "staff.assist" in self.audit(k))
        self.assertIn(f"badge={BADGE} declaration=", self.audit(k))
        k.advance(200_000)
        self.assertFalse(k.has("idle_warning.stay"), "two people who talk have more time")
        k.advance(161_000)
        k.wait(id="idle_warning.stay")
        k.advance(121_000)
        k.wait(screen="idle")
        Person(k).go_on("award")
        self.assertFalse(k.says("工作人员协助中"), "the next person is not helped")

    def test_an_operator_may_enrol_and_hears_why_it_does_not_work(self):
        k = self.kiosk()
        self.add(k, "op-1", "904471", "operator")
        self.sign_in(k, "op-1", "904471")
        k.wait(screen="staff_desk")
        k.tap("staff_desk.enrol")
        k.wait(screen="staff_enrol")
        self.assertIn("disabled", k.node("staff_enrol.next")["state"])
        self.assertTrue(k.says("上传程序没有运行"))

    def test_staff_who_walk_away_are_signed_out(self):
        k = self.kiosk(fake_clock=True)
        self.sign_in(k)
        k.wait(screen="staff_desk")
        k.advance(181_000)
        k.wait(id="idle_warning.stay")
        k.advance(61_000)
        k.wait(screen="idle")
        self.door(k)
        self.assertEqual(k.screen, "staff_door")


if __name__ == "__main__":
    unittest.main()
