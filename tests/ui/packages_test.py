"""What the screen makes of packages: rules that have grown old, and a set that does not load any more."""
import pathlib
import shutil
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ui.kiosk import ROOT  # noqa: E402
from ui.people import kiosk  # noqa: E402

DAY = 24 * 3600 * 1000


class Packages(unittest.TestCase):
    def setUp(self):
        self.k = kiosk()
        self.addCleanup(self.k.__exit__)
        self.store = self.k.folder / "store"

    def started(self):
        self.k.start()
        self.k.until(lambda: "disabled" not in self.k.node("idle.start")["state"])
        return self.k

    def set_settings(self, **values):
        """As the agent leaves them; the store was made by an earlier start."""
        with sqlite3.connect(self.store / "bulu.db") as db:
            for name, value in values.items():
                db.execute("INSERT OR REPLACE INTO setting VALUES(?, ?)", (name.replace("__", "."), value.encode()))

    def test_rules_older_than_90_days_are_said_by_the_platforms_time_only(self):
        k = self.started()
        self.assertNotIn("未更新", k.node("idle.connection")["label"])
        k.stop()
        self.set_settings(agent__time_offset_ms=str(400 * DAY))  # our clock is no witness without the platform
        k = self.started()
        self.assertNotIn("未更新", k.node("idle.connection")["label"])
        k.stop()
        self.set_settings(agent__last_contact_ms="1795400645000")
        k = self.started()
        k.until(lambda: "未更新，请工作人员查看" in k.node("idle.connection")["label"])
        k.tap("idle.start")  # nobody is stopped by it
        k.wait(screen="consent")

    def test_a_set_that_does_not_load_gives_way(self):
        sets = self.store / "assets"
        broken = sets / "set-0000000000000001"
        shutil.copytree(ROOT / "assets", broken)
        (broken / "forms" / "06_basic.json").write_text("{", encoding="utf-8")
        (sets / "current").symlink_to(broken.name)
        k = self.started()
        self.assertIn("assets.in_force", k.words_of_log())
        self.assertIn("assets.load", k.words_of_log())
        k.tap("idle.which")
        self.assertIn("2026.11.1", k.node("eligibility.basis")["label"])

    def test_a_link_that_leads_elsewhere_is_not_followed(self):
        sets = self.store / "assets"
        sets.mkdir(parents=True)
        (sets / "current").symlink_to("../../../../../etc")
        k = self.started()
        k.tap("idle.which")
        self.assertIn("2026.11.1", k.node("eligibility.basis")["label"])


if __name__ == "__main__":
    unittest.main()
