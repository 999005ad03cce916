"""A kiosk that nobody touches: it warns, it forgets, it dims. Time is moved by hand."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.people import kiosk, to  # noqa: E402


class Idle(unittest.TestCase):
    def kiosk(self, **options):
        k = kiosk(fake_clock=True, **options)
        self.addCleanup(k.__exit__)
        return k.start()

    def test_it_warns_at_180_s_and_wipes_at_240_s(self):
        k = self.kiosk()
        person = to(k, "award")
        person.answer("form.title_award.has_ecert", "no")
        k.advance(179_000)
        self.assertFalse(k.has("idle_warning.stay"))
        k.advance(2_000)
        k.wait(id="idle_warning.stay")
        self.assertTrue(k.says("已填的内容都存在本机"))
        k.advance(20_000)
        self.assertEqual(k.node("idle_warning.seconds")["label"], "还有 39 秒")
        k.advance(40_000)
        k.wait(screen="idle")
        for secret in (Person.NAME, "张*", Person.ID, Person.MOBILE, "0014"):
            self.assertFalse(k.says(secret), f"{secret} after the wipe")
        # The next person finds nothing of the former one; who comes back finds everything.
        k.tap("idle.start")
        k.wait(screen="consent")
        person.go_on("who")
        self.assertEqual(k.node("who.id_number")["value"], "")
        person.answer("who.id_number", "650000198512310027")
        k.until(lambda: k.has("who.name") or k.has("who.known"))
        self.assertEqual(k.node("who.name")["value"], "")
        k.tap("who.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        person.go_on("award")
        k.until(lambda: k.has("award.title"))
        self.assertNotEqual(k.node("award.title")["label"], "这个职称有电子证书吗？")
        k.tap("award.back")
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])

    def test_a_touch_at_the_warning_goes_on_where_one_was(self):
        k = self.kiosk()
        to(k, "award")
        k.advance(200_000)
        k.wait(id="idle_warning.stay")
        k.tap("idle_warning.stay")
        self.assertFalse(k.has("idle_warning.stay"))
        self.assertEqual(k.screen, "award")
        k.advance(179_000)
        self.assertEqual(k.screen, "award")

    def test_the_number_being_typed_is_gone_too(self):
        k = self.kiosk()
        to(k, "who")
        k.fill("who.id_number", "650000")
        k.advance(241_000)
        k.wait(screen="idle")
        self.assertFalse(k.says("650000"))
        to(k, "who")
        self.assertEqual(k.node("who.id_number")["value"], "")

    def test_large_text_has_twice_the_time_and_ends_with_the_person(self):
        k = self.kiosk()
        k.wait(screen="idle")
        k.tap("idle.large")
        to(k, "consent")
        k.advance(241_000)
        self.assertEqual(k.screen, "consent")
        self.assertFalse(k.has("idle_warning.stay"))
        k.advance(241_000)
        k.wait(screen="idle")
        self.assertEqual(k.node("idle.large")["label"], "大字版", "the next person begins in normal text")

    def test_the_idle_page_dims_and_the_first_touch_only_wakes_it(self):
        k = self.kiosk()
        k.wait(screen="idle")
        k.advance(301_000)
        rect = k.node("idle.start")["rect"]
        k.tap_at(rect[0] + rect[2] // 2, rect[1] + rect[3] // 2)
        self.assertEqual(k.screen, "idle")
        k.tap("idle.start")
        k.wait(screen="consent")

    def test_language_goes_back_with_the_person(self):
        k = self.kiosk()
        k.wait(screen="idle")
        k.tap("idle.language.en")
        k.tap("idle.start")
        k.wait(label="Before you begin")
        k.advance(241_000)
        k.wait(screen="idle")
        self.assertTrue(k.node("idle.start")["label"].startswith("开始办理"))


if __name__ == "__main__":
    unittest.main()
