"""分批有序: a phase that has not come is said where the answer is given and before 提交; the way goes on."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.people import kiosk  # noqa: E402


class Prefecture(Person):
    AWARD = dict(Person.AWARD, review_area="2", review_prefecture="和田地区", review_committee="和田地区人力资源和社会保障局")

    def at_review(self, seen):  # its committee is in the list, its document is not: a remark stops nobody
        seen("review")
        self.kiosk.tap("review.next")


class Phases(unittest.TestCase):
    def test_a_phase_that_has_not_come_is_said_and_the_way_goes_on(self):
        with kiosk() as k:
            said = {}

            def look(name):
                notes = [n["label"] for n in k.nodes() if ".phase." in n["id"]]
                if notes:
                    said[name] = notes

            Prefecture(k).go_on("submit", look)
            k.until(lambda: k.has("submit.phase.prefecture"))
            self.assertEqual(k.node("submit.phase.prefecture")["label"],
                             "补录分批有序进行，地州市级还没有开始，时间尚未公布。您可以照常填写和提交。")
            self.assertTrue(k.node("submit.phase.enterprise")["label"].startswith("补录分批有序进行，企业还没有开始"))
            self.assertEqual([name for name in said if name.startswith("award_")], ["award_哪个评审委员会评的？"])


if __name__ == "__main__":
    unittest.main()
