"""Accounts before somebody else's registry: its logins, what it knows of a person, and what is said while it is slow, away, or keeps something to
itself. The calls are sealed as the app seals them; the registry is the double of foreign.py. Then the same at the screen."""
import json
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.accounts_test import id_number  # noqa: E402
from e2e.foreign import LOGIN, NEW, Fault, Foreign, words  # noqa: E402
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.platform import Device  # noqa: E402
from e2e.sealed import Applicant, accounts_settings, kind  # noqa: E402
from e2e.sms_double import SmsDouble  # noqa: E402
from e2e.two_kiosks import TwoKiosks  # noqa: E402
from e2e.upstream_test import SUBMITTED, WAITS, Gateway  # noqa: E402
from ui.people import QUICK  # noqa: E402

NUMBER, NAME, MOBILE, PASSWORD = Person.ID, Person.NAME, Person.MOBILE, "Altay 2026 elsewhere"
STRANGER = id_number(1)
ARCHIVE = "/gw/yh/da"
ELSEWHERE = "账号由外地职称系统管理，注册、找回密码和更换手机号请到 https://registry.example/ 办理。"
COURSE = "公需科目：法治建设"
KNOWN = {"dw": "外地机械厂", "gzrq": "200207", "dwxz": "QY", "jxjy": [{"nd": "2020", "kcmc": COURSE, "pxjg": "外地基地", "xs": "30", "lx": "公需"}],
         "dzzs": [{"zcmc": "高级工程师", "fzrq": "20191231"}]}
TRAINING = [{"year": "2020", "course": COURSE, "school": "外地基地", "hours": "30", "kind": "1"}]
ECERTS = [{"title": "高级工程师", "date": "2019-12-31"}]


class Accounts(Gateway):
    def setUp(self):
        self.sms = self.enterContext(SmsDouble())
        captchas = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="bulu-gateway-accounts-")))
        self.more = accounts_settings(captchas, self.sms.url)
        super().setUp()
        self.foreign.people[NUMBER] = (PASSWORD, NAME, MOBILE)
        self.person = Applicant(self.device)

    def login(self, number=NUMBER, password=PASSWORD):
        return self.person.sealed("POST", "/v1/sessions/login", {"id": number, "password": password, **self.person.captcha()}, session="")

    def profile(self):
        status, profile = self.person.request("GET", "/v1/profile")
        self.assertEqual(status, 200, profile)
        return profile

    def assert_problem(self, answer, status, slug):
        self.assertEqual((answer[0], kind(answer[1])), (status, slug), answer)
        self.assertTrue(answer[1]["detail"])
        return answer[1]


class Login(Accounts):
    def test_the_registrys_password_opens_and_its_name_and_mobile_are_taken(self):
        session = self.person.log_in(NUMBER, PASSWORD)
        self.assertEqual({k: session["account"][k] for k in ("id", "full_name", "mobile")}, {"id": NUMBER, "full_name": NAME, "mobile": MOBILE})
        self.assertEqual(session["proof"], "login")
        self.foreign.people[NUMBER] = ("another one", NAME, "13800009999")  # changed there: it holds here from the next login on
        self.assert_problem(self.login(), 403, "login-wrong")
        self.assertEqual(self.person.log_in(NUMBER, "another one")["account"]["mobile"], "13800009999")
        self.assertEqual(self.row("SELECT count(*) FROM account"), [(1,)])

    def test_its_password_goes_there_alone_and_stays_nowhere(self):
        self.person.log_in(NUMBER, PASSWORD)
        self.assert_problem(self.login(password=PASSWORD + " but wrong"), 403, "login-wrong")
        self.platform.stop()
        for path in self.platform.folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                for secret in (PASSWORD, NUMBER):
                    self.assertNotIn(secret.encode(), data, f"{secret} in {path.name}")
        for call in self.foreign.calls:
            self.assertNotIn(PASSWORD, call[1])

    def test_who_is_unknown_there_and_who_is_wrong_hear_the_same(self):
        unknown, wrong = self.login(STRANGER), self.login(password="not this one")
        for answer in (unknown, wrong):
            self.assert_problem(answer, 403, "login-wrong")
        self.assertEqual(unknown[1], wrong[1])
        self.assertEqual(self.row("SELECT count(*) FROM account"), [(0,)])

    def test_its_lock_is_said_as_one(self):
        self.foreign.tries[NUMBER] = 5
        self.assertGreater(self.assert_problem(self.login(), 429, "locked")["retry_after"], 0)

    def test_an_account_made_here_before_opens_nothing_behind_a_registry(self):
        self.platform.admin("account-add", "--id", STRANGER, "--name", NAME, "--mobile", MOBILE, "--password-stdin", stdin=PASSWORD)
        self.assert_problem(self.login(STRANGER), 403, "login-wrong")


class Elsewhere(Accounts):
    def test_registration_and_recovery_are_said_to_be_elsewhere_and_leave_nothing(self):
        for call, content in (("register", {"id": NUMBER, "full_name": NAME, "mobile": MOBILE, "consent": "1"}),
                              ("recover", {"id": NUMBER, "mobile": MOBILE}), ("recover", {"id": STRANGER, "mobile": MOBILE})):
            with self.subTest(call=call):
                answer = self.person.sealed("POST", f"/v1/sessions/{call}", {**content, **self.person.captcha()})
                self.assertEqual(self.assert_problem(answer, 403, "elsewhere")["detail"], ELSEWHERE)
        self.person.log_in(NUMBER, PASSWORD)
        answer = self.person.sealed("POST", "/v1/sessions/mobile", {"mobile": "13800001111", **self.person.captcha()})
        self.assertEqual(self.assert_problem(answer, 403, "elsewhere")["detail"], ELSEWHERE)
        self.assertEqual(self.row("SELECT count(*) FROM ticket"), [(0,)])
        self.assertEqual(self.sms.tries, [])


class Away(Accounts):
    """Down, broken, slow: words, and no guess either way."""

    def test_a_login_that_nobody_judged_says_so_and_does_not_count(self):
        for what in ("500", "cut", "html", "empty", "half", "broken"):
            self.foreign.faults[:] = [Fault(what, LOGIN, times=None)]
            with self.subTest(what=what):
                for _ in range(2):  # a lock would come after five
                    self.assert_problem(self.login(), 502, "upstream")
        self.foreign.faults.clear()
        self.foreign.stop()
        self.assert_problem(self.login(), 502, "upstream")
        self.foreign.start()
        self.assertEqual(self.login()[0], 200)

    def test_a_slow_registry_holds_its_caller_no_longer_than_was_configured(self):
        self.foreign.faults.append(Fault("slow", LOGIN, times=1, seconds=8))
        began = time.monotonic()
        self.assert_problem(self.login(), 502, "upstream")  # answer_s is 3
        self.assertLess(time.monotonic() - began, 7.5)
        other = Device(self.platform, kiosk=1002)
        self.assertEqual(other.request("GET", "/v1/updates?after=")[0], 200)

    def test_who_is_in_stays_in_and_sees_what_is_known(self):
        self.person.log_in(NUMBER, PASSWORD)
        record, = self.submit()
        self.wait(record, "submitted_unit")
        self.foreign.stop()
        row, = self.profile()["declarations"]
        self.assertEqual((row["declaration"], row["state"]), (record["declaration"], "submitted_unit"))


class Profile(Accounts):
    def setUp(self):
        super().setUp()
        self.foreign.archive[NUMBER] = KNOWN
        self.person.log_in(NUMBER, PASSWORD)

    def test_what_the_registry_knows_is_brought(self):
        profile = self.profile()
        self.assertEqual(profile["person"]["sections"], {"basic": {"unit_name": "外地机械厂", "work_start": "2002-07", "unit_nature": "30"}})
        self.assertEqual((profile["training"], profile["ecerts"]), (TRAINING, ECERTS))

    def test_nothing_there_is_an_empty_list(self):
        del self.foreign.archive[NUMBER]
        profile = self.profile()
        self.assertEqual((profile["person"], profile["training"], profile["ecerts"]), (None, [], []))

    def test_what_it_has_not_said_is_no_empty_list(self):
        for what in ("500", "cut", "html", "empty", "half", "broken"):
            self.foreign.faults[:] = [Fault(what, ARCHIVE, times=None)]
            with self.subTest(what=what):
                profile = self.profile()
                self.assertIsNone(profile["person"])
                self.assertNotIn("training", profile)
                self.assertNotIn("ecerts", profile)
        self.foreign.faults.clear()
        self.foreign.archive[NUMBER] = {**KNOWN, "jxjy": None}  # of one of them it says nothing
        profile = self.profile()
        self.assertNotIn("training", profile)
        self.assertEqual(profile["ecerts"], ECERTS)

    def test_what_an_operator_brought_stands_while_the_registry_is_silent(self):
        tsv = self.folder / "ecerts.tsv"
        tsv.write_text(f"id_number\ttitle\tdate\n{NUMBER}\t工程师\t2010-12\n", encoding="utf-8")
        self.platform.admin("ecert-import", tsv)
        self.assertEqual(self.profile()["ecerts"], ECERTS)
        self.foreign.stop()
        profile = self.profile()
        self.assertEqual(profile["ecerts"], [{"title": "工程师", "date": "2010-12"}])
        self.assertNotIn("training", profile)

    def test_a_declaration_of_another_kiosk_is_in_the_list_as_the_registry_has_it(self):
        self.foreign.faults.append(Fault("500", NEW, times=None))
        record, = self.submit()
        self.person = Applicant(Device(self.platform, kiosk=1002))
        self.person.log_in(NUMBER, PASSWORD)
        row, = self.profile()["declarations"]
        self.assertEqual((row["state"], row["text"]), ("forwarded", WAITS))
        self.assertNotIn(SUBMITTED, json.dumps(row, ensure_ascii=False))
        self.foreign.faults.clear()
        number = self.wait(record, "submitted_unit")
        self.move(number, "A9", reasons=[{"zd": "zcxx.zsbh", "yy": "编号不清"}])
        self.wait(record, "unit_returned")
        row, = self.profile()["declarations"]
        self.assertEqual([(r["path"], r["reason"]) for r in row["reasons"]], [("form.title_award.cert_no", "编号不清")])
        self.assertEqual([h["state"] for h in row["history"]], ["forwarded", "submitted_unit", "unit_returned"])


class Screen(unittest.TestCase):
    """The real kiosk and agent before the gateway."""

    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="bulu-gateway-screen-")))
        self.captchas = folder / "captchas"
        mapping = words("foreign.json")
        mapping["calls"]["submit"]["body"]["zcxx"]["gsdz"]["max"] = 40
        self.foreign = self.enterContext(Foreign(folder))
        self.foreign.people[NUMBER], self.foreign.archive[NUMBER] = (PASSWORD, NAME, MOBILE), KNOWN
        self.hall = Hall(kiosk_settings=QUICK, platform_settings={**accounts_settings(folder), **self.foreign.settings(mapping)})
        TwoKiosks.papers(self.hall)
        self.enterContext(self.hall)
        self.k = self.hall.kiosk
        self.k.until(lambda: "已连接" in self.k.node("idle.connection")["label"], 60)
        self.person = Person(self.k)

    def captcha(self):
        self.k.wait(id="captcha.image", timeout_ms=20000)
        return self.captchas.read_text(encoding="ascii").split()[-1]

    def put(self, **values):
        for name, value in values.items():
            self.k.fill(name.replace("__", "."), value)
        self.k.tap("kb.done")

    def try_login(self, password=PASSWORD):
        for name in ("login.id_number", "login.password"):
            self.k.tap(name)
            self.k.key("Ctrl+A")
            self.k.type(NUMBER if name == "login.id_number" else password)
        self.put(captcha__text=self.captcha())
        self.k.press("login.login")

    def test_the_registrys_account_at_the_screen_from_login_to_its_own_states(self):
        k = self.k
        self.person.go_on("door")
        k.tap("door.login")
        self.try_login("not this one")
        k.wait(id="login.failed", timeout_ms=20000)
        self.foreign.faults.append(Fault("500", LOGIN, times=1))
        self.try_login()
        k.until(lambda: k.says("上级平台暂时没有回应"), 20)
        self.assertEqual(k.screen, "login")
        self.put(captcha__text=self.captcha())  # what was typed stays; a captcha holds once
        k.press("login.login")
        k.wait(gone="login.login", timeout_ms=20000)
        self.person.go_on(("home", "images"))
        if k.screen == "images":
            self.person.at_images(lambda name: None)
        k.wait(screen="home", timeout_ms=20000)
        self.foreign.faults.append(Fault("500", NEW, times=None))
        self.person.go_on("tasks")
        k.tap("tasks.training")
        k.wait(screen="section")
        self.assertTrue(k.says(COURSE) and k.says("平台填写"), k.what_is_seen())
        k.tap("section.done")
        self.person.go_on("receipt")
        k.until(lambda: k.node("receipt.state")["label"] == WAITS, 60)
        self.assertEqual(self.foreign.records, {})
        self.foreign.faults.clear()
        k.until(lambda: k.node("receipt.state")["label"] == SUBMITTED, 60)
        (record,) = self.foreign.records.values()
        self.assertEqual(record["body"]["ryxx"]["sfzh"], NUMBER)

    def enter(self):
        k = self.k
        self.person.go_on("door")
        k.tap("door.login")
        self.try_login()
        k.wait(gone="login.login", timeout_ms=20000)
        self.person.go_on(("home", "images"))
        if k.screen == "images":
            self.person.at_images(lambda name: None)
        k.wait(screen="home", timeout_ms=20000)

    def at_section(self, key):
        self.person.go_on("tasks")
        self.k.tap(f"tasks.{key}")
        self.k.wait(screen="section")

    def test_what_the_registry_knows_of_the_person_stands_in_the_form(self):
        self.enter()
        self.at_section("basic")
        self.assertEqual(self.k.node("form.basic.unit_name")["value"], "外地机械厂")

    def test_what_a_silent_registry_has_not_said_is_not_claimed(self):
        k = self.k
        self.foreign.faults.append(Fault("500", ARCHIVE, times=None))
        self.enter()
        self.person.go_on("award")
        k.wait(id="form.title_award.has_ecert")
        self.assertFalse(k.has("award.ecerts"), "it says something of e-certificates")
        self.at_section("training")
        self.assertTrue(k.says("联网后自动填写"), k.what_is_seen())
        self.assertFalse(k.says("平台上暂时没有"), k.what_is_seen())

    def test_registration_and_recovery_lead_to_the_registry(self):
        k = self.k
        self.person.go_on("door")
        k.tap("door.register")
        self.put(register__id_number=NUMBER, register__name=NAME, register__mobile=MOBILE, captcha__text=self.captcha())
        k.tap("register.consent")
        k.press("register.send")
        k.until(lambda: k.says("账号由平台管理"), 20)
        self.assertFalse(k.has("sms.code"))


if __name__ == "__main__":
    unittest.main()
