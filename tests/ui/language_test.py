"""Languages, right to left, and large text: on every page, without losing an answer."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ui.people import kiosk, to  # noqa: E402


class Language(unittest.TestCase):
    def kiosk(self, **options):
        k = kiosk(**options)
        self.addCleanup(k.__exit__)
        return k.start()

    def test_only_reviewed_languages_are_offered_to_applicants(self):
        k = self.kiosk(settings={("kiosk", "unreviewed"): "no"})
        k.wait(screen="idle")
        self.assertFalse([n for n in k.nodes() if n["id"].startswith("idle.language.") and n["id"][-2:] in ("ug", "kk")])
        self.assertEqual(k.node("idle.start")["label"].split()[0], "开始办理")

    def test_the_language_is_switched_in_the_middle_and_the_answers_stay(self):
        k = self.kiosk()
        person = to(k, "award")
        person.answer("form.title_award.has_ecert", "no")
        for code, title in (("en", "Is there an electronic certificate for this title?"), ("zh", "这个职称有电子证书吗？")):
            k.tap("award.language")
            k.wait(id=f"language.{code}")
            k.tap(f"language.{code}")
            k.wait(label=title)
            self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])
        # Chinese terms stay beside their translation.
        k.tap("award.language")
        k.tap("language.en")
        self.assertEqual(k.node("form.title_award.has_ecert.no")["label"].split("·")[0].strip(), "No")
        self.assertIn("没有", k.node("form.title_award.has_ecert.no")["label"])

    def test_uyghur_runs_from_right_to_left(self):
        k = self.kiosk()
        to(k, "award")
        left = k.node("award.exit")["rect"][0], k.node("award.back")["rect"][0]
        k.tap("award.language")
        k.tap("language.ug")
        k.until(lambda: k.node("award.back")["label"] == "كەينى")
        right = k.node("award.exit")["rect"], k.node("award.back")["rect"]
        self.assertLess(left[0], 200)
        self.assertGreater(right[0][0], 700)
        self.assertGreater(right[1][0], 700)
        self.assertLess(k.node("award.next")["rect"][0], 200)

    def test_large_text_asks_one_question_a_page_and_says_how_many(self):
        k = self.kiosk(large=True)
        person = to(k, "award")
        self.assertRegex(k.node("award.step_text")["label"], r"第 1 问，共 \d+ 问$")
        person.go_on("review")
        k.tap("review.large")  # 普通版
        self.assertEqual(k.node("form.title_award.title_name")["label"], "工程师")
        k.tap("review.large")
        person.go_on("tasks")
        k.tap("tasks.basic")
        k.wait(screen="section")
        fields = [n["id"] for n in k.nodes() if n["id"].startswith("form.basic.") and n["id"].count(".") == 2]
        self.assertEqual(fields, ["form.basic.former_name"])
        self.assertRegex(k.node("section.step_text")["label"], r"第 1 问，共 1\d 问$")
        k.tap("section.next")
        self.assertTrue(k.has("form.basic.ethnic"))

    def test_staff_are_called_from_any_page(self):
        k = self.kiosk()
        to(k, "award")
        k.tap("award.staff")
        k.wait(id="staff.close")
        self.assertTrue(k.says("已经通知工作人员"))
        k.tap("staff.close")
        self.assertEqual(k.screen, "award")
        self.assertIn("staff.call", k.words_of_log())


if __name__ == "__main__":
    unittest.main()
