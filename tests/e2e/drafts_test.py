"""A draft that was not submitted goes with its person who logged in: what one kiosk saved is offered at the other, whatever happens to the one in
between, and no version is submitted twice."""
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from e2e.platform import Reviewer  # noqa: E402
from e2e.two_kiosks import TwoKiosks  # noqa: E402


class Drafts(TwoKiosks):
    def sql(self, path, query, *values):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20) as db:
            return db.execute(query, values).fetchall()

    def local(self, hall):
        return self.sql(hall.folder / "store" / "bulu.db", "SELECT declaration, state, base, n, edit FROM parking ORDER BY declaration")

    def parked(self):
        return self.sql(self.platform.folder / "data" / "platform.db", "SELECT declaration, version, edit, base, n, length(sealed) FROM draft")

    def held(self, hall):
        """Everything that this kiosk saved is on the platform."""
        hall.kiosk.until(lambda: all(row[1] == "held" for row in self.local(hall)) and self.local(hall), 60)

    def begin(self, hall, until="publicity"):
        """A draft at this kiosk up to a screen."""
        person = self.login(hall)
        person.go_on(until)
        return person

    def records_page(self, k):
        k.tap("home.records")
        k.wait(screen="records")

    def take_up(self, hall):
        """At the other kiosk: offered at home, gone on with."""
        k = hall.kiosk
        person = self.login(hall)
        k.until(lambda: k.has("home.parked_go"), 20)
        k.tap("home.parked_go")
        k.wait(screen="records")
        k.tap("records.away.1.continue")
        k.wait(gone="records.new", timeout_ms=20000)
        person.started = True
        return person

    def test_it_is_offered_at_the_next_kiosk_with_the_place_and_ends_in_one_submission(self):
        self.begin(self.first, "review")
        k = self.first.kiosk
        self.leave(k)
        self.held(self.first)
        for file in (self.platform.folder / "data").glob("platform.db*"):  # sealed: nobody reads it there
            for word in (Person.ID, Person.NAME, "工信厅评审会"):
                self.assertNotIn(word.encode(), file.read_bytes())
        other = self.login(self.second)
        k = self.second.kiosk
        k.until(lambda: k.has("home.parked_go"), 20)
        self.assertTrue(k.says("天山区政务服务大厅") and k.says("3 号机"), k.what_is_seen())
        k.tap("home.parked_go")
        k.wait(screen="records")
        self.assertTrue(k.says("工程师（2010）"), k.what_is_seen())
        k.tap("records.away.1.continue")
        k.wait(gone="records.new", timeout_ms=20000)
        other.started = True
        self.submit(self.second, other)
        self.leave(k)
        k.until(lambda: not self.parked(), 30)  # it has served
        (declaration, *_), = self.local(self.second)
        document = self.platform.declaration(declaration, 1)
        self.assertEqual(document["title"]["sections"]["title_award"]["cert_no"], Person.AWARD["cert_no"])
        # at the first kiosk it is no draft any more, and nothing is submitted again
        self.login(self.first)
        k = self.first.kiosk
        self.records_page(k)
        k.until(lambda: k.says("已经提交至基层工作单位"), 20)
        self.assertFalse(k.has("records.1.continue"))

    def test_written_without_a_network_it_goes_when_there_is_one_though_the_person_and_the_programs_have_gone(self):
        person = self.login(self.first)
        k = self.first.kiosk
        person.go_on("award")
        self.first.stop_agent(kill=True)  # no way out, and the agent is dead
        person.go_on("publicity")
        k.until(lambda: k.says("已保存"))
        k.kill()  # in the middle of a page
        self.assertIn("waiting", [row[1] for row in self.local(self.first)])
        self.first.start_agent()
        self.second.kiosk.until(lambda: all(row[1] == "held" for row in self.local(self.first)), 60)
        self.first.kiosk.start()
        other = self.take_up(self.second)
        self.submit(self.second, other)
        (declaration, *_), = self.local(self.second)
        sent = self.platform.declaration(declaration, 1)["title"]["sections"]
        self.assertEqual(sent["title_award"]["review_committee"], Person.AWARD["review_committee"])  # typed without a network

    def test_papers_come_along_by_digest(self):
        self.begin(self.first, "tasks")
        self.leave(self.first.kiosk)
        self.held(self.first)
        person = self.take_up(self.second)
        k = self.second.kiosk
        person.go_on("check")
        k.tap("check.attachments")
        k.wait(screen="attachments")
        k.tap("form.attachments.approval_doc_original.file.1")
        k.wait(screen="paper")
        k.until(lambda: any(self.second.folder.glob("store/blobs/??/*")), 30)

    def test_changed_at_both_kiosks_the_person_chooses_and_nothing_is_lost_unasked(self):
        self.begin(self.first, "award")
        self.leave(self.first.kiosk)
        self.held(self.first)
        # the second kiosk takes it up and writes on
        other = self.take_up(self.second)
        k = self.second.kiosk
        other.AWARD = dict(Person.AWARD, cert_no="2222")
        other.go_on("publicity")
        k.until(lambda: k.says("已保存"))
        self.leave(k)
        self.held(self.second)
        # at the first one nobody knows: the person is without a network there, and writes on
        k = self.first.kiosk
        self.login(self.first)
        self.records_page(k)
        k.until(lambda: k.has("records.newer"), 20)
        self.assertTrue(k.says("水磨沟区政务服务大厅"), k.what_is_seen())
        self.platform.stop()
        k.until(lambda: k.says("现在填的不会和那边合在一起"), 60)
        k.tap("records.1.continue")
        k.wait(gone="records.new")
        mine = Person(k)
        mine.started = True
        mine.AWARD = dict(Person.AWARD, cert_no="1111")
        mine.go_on("publicity")
        k.until(lambda: k.says("已保存"))
        self.leave(k)
        self.platform.start()
        k.until(lambda: "conflict" in [row[1] for row in self.local(self.first)], 60)
        # both are there; the second kiosk names the other one
        k2 = self.second.kiosk
        self.login(self.second)
        self.records_page(k2)
        k2.until(lambda: k2.has("records.other"), 20)
        self.assertTrue(k2.says("没有合进来的改动"), k2.what_is_seen())
        self.leave(k2)
        # at the first one the person is asked
        self.login(self.first)
        self.records_page(k)
        k.until(lambda: k.has("records.diverged"), 20)
        k.tap("records.1.continue")
        k.wait(id="records.choose_ours")
        self.assertTrue(k.says("水磨沟区政务服务大厅"), k.what_is_seen())
        k.tap("records.choose_ours")
        k.wait(gone="records.new", timeout_ms=20000)
        self.leave(k)
        self.held(self.first)
        self.login(self.second)
        self.records_page(k2)
        k2.until(lambda: k2.has("records.newer"), 20)
        k2.tap("records.1.continue")
        k2.wait(gone="records.new", timeout_ms=20000)
        last = Person(k2)
        last.started = True
        self.submit(self.second, last)
        (declaration, *_), = self.local(self.second)
        sent = self.platform.declaration(declaration, 1)["title"]["sections"]
        self.assertEqual(sent["title_award"]["cert_no"], "1111")

    def test_two_kiosks_that_have_it_in_hand_submit_it_once(self):
        self.begin(self.first, "check")
        k, k2 = self.first.kiosk, self.second.kiosk
        self.held(self.first)
        other = self.take_up(self.second)  # the person has gone over, and left the first page open
        other.go_on("check")
        first = Person(k)
        first.started = True
        self.first.stop_agent()
        first.go_on("receipt")  # queued there
        self.leave(k)
        self.submit(self.second, other)
        self.leave(k2)
        self.first.start_agent()
        (declaration, *_), = self.local(self.second)
        k.until(lambda: self.sql(self.first.folder / "store" / "bulu.db", "SELECT state FROM declaration") != [("queued",)], 60)
        self.assertEqual(len(self.sql(self.platform.folder / "data" / "platform.db", "SELECT 1 FROM submission WHERE declaration = ?",
                                      declaration)), 1)
        self.assertEqual(self.parked(), [])
        self.login(self.first)
        self.records_page(k)
        k.until(lambda: k.says("已经提交至基层工作单位"), 30)
        self.assertFalse(k.has("records.1.continue"))

    def test_thrown_away_at_one_kiosk_it_is_offered_nowhere(self):
        self.begin(self.first)
        self.leave(self.first.kiosk)
        self.held(self.first)
        k = self.second.kiosk
        self.login(self.second)
        self.records_page(k)
        k.until(lambda: k.has("records.away.1"), 20)
        k.tap("records.away.1.delete")
        k.tap("records.delete_yes")
        k.until(lambda: k.has("records.empty"), 20)
        self.assertEqual([row[5] for row in self.parked()], [0])
        k = self.first.kiosk
        self.login(self.first)
        self.records_page(k)
        k.until(lambda: k.has("records.gone"), 20)  # said, not silently done
        k.tap("records.1.delete")
        k.tap("records.delete_yes")
        k.tap("records.back")
        k.until(lambda: not self.local(self.first), 30)

    def test_the_code_of_who_logged_in_answers_on_the_phone_though_it_was_not_typed_again(self):
        k = self.first.kiosk
        person = self.login(self.first)
        k.tap("home.account")
        k.tap("account.code_go")
        k.wait(screen="code")
        k.fill("code.code", "903174")
        k.fill("code.again", "903174")
        k.tap("kb.done")
        k.press("code.set")
        k.wait(screen="account")
        self.assertTrue(k.says("已设置取件码"))
        self.leave(k)
        person = self.login(self.first)  # another day: by login alone
        self.submit(self.first, person)
        number = k.node("receipt.number")["label"]
        phone, path = Reviewer(self.platform), f"/r/{number}"
        for code, status in (("903175", 403), ("903174", 200)):
            _, _, page = phone.open(path)
            self.assertEqual(phone.open(path, {"csrf": phone.token(page), "code": code})[0], status, code)


if __name__ == "__main__":
    unittest.main()
