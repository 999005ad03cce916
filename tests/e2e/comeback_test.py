"""One person, two kiosks, one platform: what is written at one kiosk is there at the other, a returned declaration is mended anywhere, and one
version is taken once."""
import pathlib
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import REVIEWER  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.platform import Reviewer  # noqa: E402
from e2e.two_kiosks import TwoKiosks  # noqa: E402

COURSE = "公需科目：创新能力建设"


class Comeback(TwoKiosks):
    def submitted_at_the_first(self):
        person = self.login(self.first)
        self.submit(self.first, person)
        self.leave(self.first.kiosk)
        self.reviewer = Reviewer(self.platform, *REVIEWER)
        (declaration, version), = self.reviewer.declarations()
        self.assertEqual(version, 1)
        return declaration, person

    def give_back(self, declaration, version):
        self.reviewer.give_back(declaration, version, {"form.title_award.cert_no": "与扫描件不一致", "form.contact.address": "写到门牌号"})

    def records(self, k):
        k.tap("home.records")
        k.wait(screen="records")
        k.until(lambda: k.has("records.1"), 20)

    def mend(self, k):
        k.until(lambda: k.has("records.1.mend"), 20)
        k.tap("records.1.mend")
        k.wait(screen="check", timeout_ms=20000)

    def correct(self, k, words, screen, field, value):
        row = next(n["id"] for n in k.nodes() if words in n["label"] and n["role"] == "link")
        k.tap(row)
        k.wait(screen=screen)
        self.assertTrue(k.says(words))
        k.tap(field)
        k.key("Ctrl+A")
        k.type(value)
        k.tap(f"{screen}.next" if screen == "award" else f"{screen}.done")
        k.wait(screen="check")

    def test_returned_at_one_kiosk_after_its_purge_it_is_mended_at_another(self):
        declaration, person = self.submitted_at_the_first()
        self.give_back(declaration, 1)
        with sqlite3.connect(self.first.folder / "store" / "bulu.db", timeout=20) as db:  # thirty days later nothing is left of the person here
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("DELETE FROM folder")
        k = self.second.kiosk
        other = self.login(self.second)
        self.records(k)
        self.assertTrue(k.says("工程师（2010）") and k.says("退回修改"), k.what_is_seen())
        self.mend(k)
        self.assertTrue(k.says("与扫描件不一致") and k.says("写到门牌号"), k.what_is_seen())
        self.correct(k, "与扫描件不一致", "award", "form.title_award.cert_no", "20113202750")
        self.assertFalse(k.says("与扫描件不一致"))
        self.correct(k, "写到门牌号", "section", "form.contact.address", "人民路1号院2号楼301")
        self.assertTrue(k.has("check.good"), k.what_is_seen())
        # the pictures are on the platform; looked at, they come
        k.tap("check.attachments")
        k.wait(screen="attachments")
        name = "form.attachments.approval_doc_original.file.1"
        k.tap(name)
        k.wait(screen="paper")
        k.until(lambda: any(self.second.folder.glob("store/blobs/??/*")), 30)
        k.tap("paper.back")
        k.wait(screen="attachments")
        k.tap("attachments.back")
        k.wait(screen="check")
        other.started = True
        self.submit(self.second, other)
        self.leave(k)
        self.assertEqual(self.reviewer.declarations()[0], (declaration, 2))
        before, after = self.platform.declaration(declaration, 1), self.platform.declaration(declaration, 2)
        self.assertEqual(after["title"]["sections"]["title_award"]["cert_no"], "20113202750")
        self.assertEqual(after["person"]["sections"]["contact"]["address"], "人民路1号院2号楼301")
        self.assertEqual(after["title"]["sections"]["attachments"], before["title"]["sections"]["attachments"])  # the old blobs, by digest
        self.assertEqual(after["person"]["sections"]["images"], before["person"]["sections"]["images"])
        # back at the first kiosk, which knew nothing any more
        k = self.first.kiosk
        self.login(self.first)
        self.records(k)
        k.tap("records.1.status")
        k.wait(screen="status")
        k.until(lambda: k.has("status.3") and k.says("第 2 次提交"), 20)

    def test_two_kiosks_cannot_submit_one_version_twice(self):
        declaration, _ = self.submitted_at_the_first()
        self.give_back(declaration, 1)
        for hall in (self.first, self.second):  # both take the returned one in hand
            k = hall.kiosk
            self.login(hall)
            self.records(k)
            self.mend(k)
            self.correct(k, "与扫描件不一致", "award", "form.title_award.cert_no", "1111" if hall is self.first else "2222")
            if hall is self.first:
                self.correct(k, "写到门牌号", "section", "form.contact.address", "甲路1号院")
            self.assertFalse(k.says("写到门牌号"))  # the other kiosk knows it by the profile
        self.first.stop_agent()
        person = Person(self.first.kiosk)
        person.started = True
        person.go_on("receipt")
        self.leave(self.first.kiosk)
        other = Person(self.second.kiosk)
        other.started = True
        self.submit(self.second, other)
        self.leave(self.second.kiosk)
        self.first.start_agent()
        k = self.first.kiosk
        self.connected(k)
        k.until(lambda: self.state(self.first, declaration) in ("send_failed", "submitted_unit"), 60)
        self.assertIn("record-conflict", self.platform.admin("alarms"))
        self.assertEqual(self.platform.declaration(declaration, 2)["title"]["sections"]["title_award"]["cert_no"], "2222")
        self.login(self.first)  # the platform's word stands
        self.records(k)
        k.until(lambda: k.says("已经提交至基层工作单位"), 20)
        k.tap("records.1.status")
        k.wait(screen="status")
        k.until(lambda: k.has("status.overtaken") and k.says("这一次没有提交"))
        k.tap("status.records")
        k.wait(screen="records")
        self.assertEqual(self.state(self.first, declaration), "submitted_unit")
        self.give_back(declaration, 2)
        k.until(lambda: k.says("退回修改"), 60)
        self.mend(k)  # and its newest content comes
        self.assertTrue(k.says("工程师"))
        self.assertEqual(self.first.ctl("verify", check=False).returncode, 0)

    def state(self, hall, declaration):
        with sqlite3.connect(f"file:{hall.folder}/store/bulu.db?mode=ro", uri=True) as db:
            row = db.execute("SELECT state FROM declaration WHERE id = ?", (declaration,)).fetchone()
            return row and row[0]

    def test_the_second_title_of_a_person_finds_the_profile_at_another_kiosk(self):
        tsv = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "training.tsv"
        tsv.write_text("id_number\tyear\tkind\tcourse\tschool\thours\n" f"{Person.ID}\t2020\t1\t{COURSE}\t自治区人社厅\t30\n", encoding="utf-8")
        self.platform.admin("training-import", tsv)
        self.submitted_at_the_first()
        k = self.second.kiosk
        person = self.login(self.second)
        person.AWARD = dict(person.AWARD, award_date="2010-12-30")  # of another day: another title
        person.go_on("images")  # a new declaration: A to C are asked for, the pictures are there
        k.until(lambda: k.has("form.images.id_card_front.file.1") and k.has("form.images.photo_1inch.file.1"), 20)
        person.go_on("tasks")
        states = {n["id"].split(".")[1]: n["label"] for n in k.nodes() if n["id"].startswith("tasks.") and n["id"].endswith(".state")}
        for key in ("basic", "contact", "education", "work", "talent_program", "qualification", "training"):
            self.assertNotIn("未填", states[key], key)
        for key in ("paper", "award", "book", "ip", "project", "abroad", "society"):
            self.assertIn(states[key], ("未填", "选填"), key)
        k.tap("tasks.training")
        k.wait(screen="section")
        self.assertTrue(k.says(COURSE) and k.says("平台填写"), k.what_is_seen())

    def test_waiting_for_confirmation_is_ended_by_a_login(self):
        self.platform.stop()
        self.platform.settings[("intake", "accept_proof")] = "login"
        self.platform.start()
        k = self.first.kiosk
        self.connected(k)
        person = Person(k)
        person.go_on("receipt")  # without an account: typed
        k.until(lambda: k.node("receipt.state")["label"] == "待本人确认", 60)
        self.leave(k)
        k = self.second.kiosk
        self.login(self.second)
        self.records(k)
        k.tap("records.1.status")
        k.press("status.confirm")
        k.until(lambda: k.says("已经提交至基层工作单位"), 30)


if __name__ == "__main__":
    unittest.main()
