"""What the platform has of the person who logs in, on the kiosk's screens: the profile merged and asked about, rows that are only read, a
returned declaration fetched and mended, 待本人确认, states nobody knows, receipts and units asked for live; and all of it without a connection.
Agent and platform are doubles (ui/link.py); the real ones are in e2e/comeback_test.py."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.link import Agent, enrol  # noqa: E402
from ui.people import kiosk  # noqa: E402
from ui.profiles import AT, RECEIPT, UUID, People, scope  # noqa: E402


class Case(unittest.TestCase):
    def setUp(self):
        self.platform = People()

    def kiosk(self, **options):
        k = self.enterContext(kiosk(**options))
        enrol(k, self.platform)
        return k

    def password(self, k):
        k.wait(id="captcha.image")
        k.fill("login.id_number", Person.ID)
        k.fill("login.password", "correct horse 9")
        k.fill("captcha.text", self.platform.captcha_text)
        k.tap("kb.done")
        k.press("login.login")
        k.wait(gone="login.login")

    def login(self, k, code=False):
        """From the idle page to one's own page, by ID number and password. code: with a 取件码 for the next time, as the one before is void."""
        person = Person(k)
        person.go_on("door")
        k.tap("door.login")
        self.password(k)
        if code:
            k.wait(id="confirm.code")
            k.tap("confirm.code")
            k.wait(screen="code")
            k.fill("code.code", person.CODE)
            k.fill("code.again", person.CODE)
            k.tap("kb.done")
            k.press("code.set")
            k.wait(screen="confirm")
        person.go_on("home")
        k.until(lambda: any(path == "/v1/profile" for _, path, _ in self.platform.calls))
        return person

    def by_code(self, k, until):
        """The person with the 取件码, while there is no platform."""
        person = Person(k)
        person.go_on(until)
        return person

    def leave(self, k, screen):
        k.tap(f"{screen}.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")

    def online(self, k):
        agent = self.enterContext(Agent(k.folder / "sync.sock", self.platform))
        agent.wait_seen(k)
        return agent


class Profile(Case):
    def test_a_kiosk_that_never_saw_the_person_has_their_sections(self):
        self.platform.version = 3
        self.platform.scope = scope(contact={"address": "人民路1号", "mobile": "13900000001"}, basic={"unit_name": "新疆某机械厂"},
                                    education=[{"school": "新疆大学", "education": "21"}])
        self.platform.training = [{"course": "公需课", "year": 2020, "hours": 30, "kind": "1", "school": "人社厅"}]
        k = self.kiosk()
        self.online(k)
        person = self.login(k)
        person.go_on("tasks")
        k.tap("tasks.training")
        k.wait(screen="section")
        self.assertEqual(k.node("section.given.1")["label"], "平台填写")
        self.assertFalse(k.has("section.edit.1") or k.has("section.delete.1"))
        k.tap("section.add")  # one of one's own, beside it
        k.fill("form.training.1.course", "专业课")
        k.tap("section.back")
        k.wait(id="section.edit.1")
        self.assertTrue(k.has("section.given.2"))
        k.tap("section.done")
        k.wait(screen="tasks")
        k.tap("tasks.contact")
        k.wait(screen="section")
        self.assertEqual(k.node("form.contact.address")["value"], "人民路1号")
        self.assertEqual(k.node("form.contact.mobile")["value"], "13900000001")
        k.tap("section.back")
        # what is new here went to the platform: own rows, not the platform's; no file that it does not hold
        k.until(lambda: self.platform.puts and "training" in self.platform.puts[-1]["sections"])
        sections = self.platform.puts[-1]["sections"]
        self.assertEqual([row["course"] for row in sections["training"]], ["专业课"])
        self.assertNotIn("id_card_front", sections.get("images", {}))

    def test_rows_stay_while_the_registry_says_nothing_of_them(self):
        self.platform.version, self.platform.scope = 3, scope(contact={"address": "人民路1号"})
        self.platform.training = [{"course": "公需课", "year": 2020, "hours": 30, "kind": "1", "school": "人社厅"}]
        k = self.kiosk()
        self.online(k)

        def at_training(day):
            asked = sum(path == "/v1/profile" for _, path, _ in self.platform.calls)
            person = self.login(k)
            k.until(lambda: sum(path == "/v1/profile" for _, path, _ in self.platform.calls) > asked)
            person.AWARD = dict(person.AWARD, award_date=f"2010-12-{day}")  # another title of the same person
            person.go_on("tasks")
            k.tap("tasks.training")
            k.wait(screen="section")

        at_training(31)
        self.assertTrue(k.says("公需课"), k.what_is_seen())
        self.leave(k, "section")
        self.platform.training = self.platform.ecerts = None
        at_training(30)
        self.assertTrue(k.has("section.given.1") and k.says("公需课"), k.what_is_seen())
        self.leave(k, "section")
        self.platform.training = []  # now it has: there are none any more
        at_training(29)
        k.until(lambda: not k.has("section.given.1"))

    def test_what_both_sides_changed_is_asked_field_by_field(self):
        k = self.kiosk()
        self.by_code(k, "check")
        self.leave(k, "check")
        self.platform.version = 3
        self.platform.scope = scope(contact={"address": "另一条路2号", "mobile": Person.MOBILE},
                                    basic={"unit_name": "新疆某机械厂", "title_years": 3, "political": "01"})
        self.online(k)
        self.login(k)
        k.wait(id="home.differences_go")
        self.assertEqual(self.platform.puts, [])  # nothing before the person has spoken
        k.tap("home.differences_go")
        k.wait(screen="differences")
        self.assertTrue(k.says("另一条路2号") and k.says("人民路1号院2号楼"))
        self.assertIn("disabled", k.node("differences.done")["state"])
        rows = [n["id"] for n in k.nodes() if n["id"].count(".") == 1 and n["id"][12:].isdigit()]
        address = next(row for row in rows if "另一条路2号" in k.node(row + ".1")["label"])
        k.tap("differences.all")
        k.tap(f"{address}.0")  # 本机的
        k.press("differences.done")
        k.wait(screen="home")
        k.until(lambda: self.platform.puts)
        sections = self.platform.puts[0]["sections"]
        self.assertEqual(sections["contact"]["address"], "人民路1号院2号楼")
        self.assertEqual(sections["basic"]["political"], "01")  # the platform's
        self.assertEqual(len(sections["education"]), 1)          # what only this kiosk had
        self.assertFalse(k.has("home.differences_go"))
        self.assertGreater(len(rows), 1)

    def test_undecided_it_is_asked_again_and_nothing_is_lost(self):
        k = self.kiosk()
        self.by_code(k, "check")
        self.leave(k, "check")
        self.platform.version = 3
        self.platform.scope = scope(contact={"address": "另一条路2号", "mobile": Person.MOBILE})
        self.online(k)
        for _ in range(2):
            self.login(k)
            k.wait(id="home.differences_go")
            k.tap("home.differences_go")
            k.wait(screen="differences")
            k.tap("differences.back")
            k.wait(screen="home")
            self.leave(k, "home")
        self.assertEqual(self.platform.puts, [])
        self.assertEqual(self.platform.scope["sections"]["contact"]["address"], "另一条路2号")

    def test_without_the_platform_the_courses_come_later(self):
        k = self.kiosk()
        self.by_code(k, "tasks")
        k.tap("tasks.training")
        k.wait(screen="section")
        self.assertTrue(k.says("联网后自动填写"))

    def test_an_e_certificate_answers_the_question(self):
        self.platform.ecerts = [{"title": "高级工程师", "date": "2019-05-01"}]
        k = self.kiosk()
        self.online(k)
        person = self.login(k)
        k.tap("home.which")
        k.wait(screen="eligibility")
        k.until(lambda: k.node("eligibility.1.name")["value"] == "高级工程师")
        self.assertTrue(k.says("来自平台的电子证书"))
        k.tap("eligibility.back")
        person.go_on("award")
        self.assertTrue(k.says("高级工程师（2019）"))

    def test_no_e_certificate_is_answered_too(self):
        k = self.kiosk()
        self.online(k)
        person = self.login(k)
        person.go_on("award")
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])


class Returned(Case):
    REASONS = [{"path": "form.title_award.cert_no", "reason": "证书编号与原件不符"}, {"path": "form.contact.address", "reason": "请写到门牌号"}]

    def offered(self):
        title = {"title_award": {"title_name": "工程师", "award_date": "2010-12-31", "cert_no": "111", "has_ecert": "no"}}
        person = {"contact": {"address": "人民路", "mobile": Person.MOBILE}}
        self.platform.declarations = [self.platform.declaration(reasons=self.REASONS)]
        self.platform.returned[UUID] = {"declaration": UUID, "version": 1, "state": "unit_returned", "reasons": self.REASONS,
                                        "form": "2026.11.1", "rules": "2026.11.1", "person": scope(**person), "title": scope(**title),
                                        "unit": {"name": "新疆某机械厂", "code": ""}}

    def mend(self, k):
        k.wait(id="records.1.mend")
        k.tap("records.1.mend")

    def named(self, k):
        return [n["label"] for n in k.nodes() if n["id"].startswith("check.problems.")]

    def test_it_is_mended_at_a_kiosk_that_never_had_it(self):
        self.offered()
        k = self.kiosk()
        agent = self.online(k)
        self.login(k)
        k.tap("home.records")
        k.wait(screen="records")
        k.until(lambda: k.says("工程师") and k.says("退回修改"))
        agent.say(False)
        self.mend(k)
        k.wait(id="records.failed")
        self.assertIn("没有网络", k.node("records.failed")["label"])
        agent.say(True)
        self.mend(k)
        k.wait(screen="check")
        self.assertTrue(k.says("证书编号与原件不符") and k.says("请写到门牌号"))
        self.correct(k)
        self.assertTrue(k.says("请写到门牌号"))
        self.assertFalse(k.says("证书编号与原件不符"))
        # they leave and come again: what was corrected stays away, what was not is still asked for
        self.leave(k, "check")
        self.login(k)
        k.tap("home.records")
        k.wait(id="records.1.continue")
        self.assertTrue(k.says("工程师（2010）"))
        k.tap("records.1.continue")
        k.wait(screen="check")
        self.assertTrue(k.says("请写到门牌号"))
        self.assertFalse(k.says("证书编号与原件不符"))

    def correct(self, k):
        """By the way that the list offers, to the field and back."""
        row = next(n["id"] for n in k.nodes() if "证书编号与原件不符" in n["label"] and n["role"] in ("link", "button"))
        k.tap(row)
        k.wait(screen="award")
        self.assertTrue(k.says("证书编号与原件不符"))  # at the field
        k.tap("form.title_award.cert_no")
        k.key("Ctrl+A")
        k.type("20113202705")
        k.tap("award.next")
        k.wait(screen="check")

    def test_newer_on_the_platform_than_the_list_says(self):
        self.offered()
        del self.platform.returned[UUID]
        k = self.kiosk()
        self.online(k)
        self.login(k)
        k.tap("home.records")
        self.mend(k)
        k.wait(id="records.failed")


class Status(Case):
    def open(self, k):
        k.tap("home.records")
        k.wait(id="records.1.status")
        k.tap("records.1.status")
        k.wait(id="status.1")

    def test_delivered_names_two_ways_and_is_confirmed_here(self):
        self.platform.declarations = [self.platform.declaration("delivered")]
        k = self.kiosk()
        self.online(k)
        self.login(k)
        self.open(k)
        self.assertTrue(k.says("待本人确认") and k.says("请单位管理员当面确认"))
        k.tap("status.confirm")
        k.until(lambda: self.platform.confirmed == [UUID])
        k.until(lambda: k.says("已经提交至基层工作单位"))
        self.assertFalse(k.has("status.confirm"))

    def test_what_waits_for_the_registry_is_not_the_persons_turn(self):
        self.platform.declarations = [self.platform.declaration("forwarded")]
        k = self.kiosk()
        self.online(k)
        self.login(k)
        self.open(k)
        self.assertEqual(k.node("status.1")["label"], "已送达，待平台入库")
        self.assertFalse(k.has("status.confirm"))
        self.assertFalse(k.says("待本人确认"))
        self.assertFalse(k.says("已经提交至基层工作单位"))  # before the registry has said so

    def test_somebody_who_came_by_code_logs_in_where_it_is_needed(self):
        self.platform.declarations = [self.platform.declaration("delivered")]
        k = self.kiosk()
        self.by_code(k, "home")
        self.leave(k, "home")
        self.online(k)
        self.login(k, code=True)
        k.tap("home.records")
        k.wait(id="records.1")
        self.leave(k, "records")
        person = Person(k)
        person.go_on("who")
        person.at_who(lambda name: None)
        person.go_on("home")
        self.open(k)
        self.assertFalse(k.has("status.confirm"))
        k.tap("status.confirm_login")
        self.password(k)
        person.go_on("home")
        self.open(k)
        k.press("status.confirm")
        k.until(lambda: self.platform.confirmed == [UUID])

    def test_a_state_that_nobody_knows_is_shown_in_the_platforms_words(self):
        self.platform.declarations = [self.platform.declaration("board_vote", text="评委会表决中")]
        k = self.kiosk()
        agent = self.online(k)
        self.login(k)
        self.open(k)
        self.assertTrue(k.says("评委会表决中"))
        agent.say(False)
        k.until(lambda: k.says("没有网络"))
        self.assertTrue(k.says("评委会表决中"))  # the last known one

    def test_a_receipt_of_another_kiosk_is_asked_for_at_the_platform(self):
        self.platform.receipts[RECEIPT] = {"code": "271845", "receipt": RECEIPT, "version": 1, "state": "unit_review", "text": "单位审核中",
                                           "at": AT, "history": [{"version": 1, "state": "submitted_unit", "text": "", "at": AT - 1000},
                                                                 {"version": 1, "state": "unit_review", "text": "", "at": AT}]}
        k = self.kiosk()
        self.online(k)
        k.tap("idle.query")
        k.wait(screen="query")
        for code in ("000000", "271845"):
            k.fill("query.number", RECEIPT) if not k.node("query.number")["value"] else None
            k.fill("query.code", code)
            k.tap("kb.done")
            k.press("query.next")
            if code == "000000":
                k.wait(id="query.failed")
        k.wait(screen="status")
        k.wait(id="status.1")
        self.assertTrue(k.says("已经提交至基层工作单位") and k.says("单位审核中"))


if __name__ == "__main__":
    unittest.main()
