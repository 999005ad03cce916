"""Accounts as kiosks meet them: login, registration, recovery, messages, and what comes back to the person who logs in.

The platform is the real one, over mutual TLS; the provider of messages is a double with faults; the calls are sealed as the app seals them."""
import base64
import contextlib
import hashlib
import json
import pathlib
import re
import statistics
import struct
import sys
import tempfile
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import Device, Platform, Reviewer  # noqa: E402
from e2e.platform_test import send  # noqa: E402
from e2e.sealed import Applicant, accounts_settings, box_seal, kind  # noqa: E402
from e2e.sms_double import SLOW_S, SmsDouble  # noqa: E402

NAME, NUMBER, MOBILE = "张三", "650000198001010014", "13800000000"  # of the guide's example, which make_batch sends
UNIT, ADMIN_PASSWORD = "新疆机械研究院（示例单位）", "correct horse battery staple"
PASSWORD, NEW_PASSWORD = "夜航西飞 2026 kashgar", "another long sentence"
UNCITED = "0" * 64


def id_number(n):
    """The n-th made-up ID number that passes its check digit."""
    body = f"65000019900101{n:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights)) % 11]


class WithAccounts(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.provider = cls.stack.enter_context(SmsDouble())
        cls.folder = cls.stack.enter_context(tempfile.TemporaryDirectory(prefix="bulu-accounts-"))
        cls.platform = cls.stack.enter_context(Platform(settings={**accounts_settings(cls.folder, cls.provider.url), **cls.settings}))
        cls.kiosk, cls.other_kiosk = Device(cls.platform, kiosk=1001), Device(cls.platform, kiosk=1002)
        cls.people = 0

    def setUp(self):
        self.provider.fault = None

    @classmethod
    def person(cls):
        """An ID number and a mobile that nobody had before."""
        cls.people += 1
        return id_number(cls.people), f"139{cls.people:08d}"

    def account(self, number=None, mobile=None, name=NAME, password=PASSWORD):
        made, made_mobile = self.person()
        number, mobile = number or made, mobile or made_mobile
        self.platform.admin("account-add", "--id", number, "--name", name, "--mobile", mobile, "--password-stdin", stdin=password)
        return number, mobile

    def login(self, someone, number, password, **more):
        return someone.sealed("POST", "/v1/sessions/login", {"id": number, "password": password, **(more or someone.captcha())}, session="")

    def begin(self, someone, call, content):
        status, answer = someone.sealed("POST", f"/v1/sessions/{call}", {**content, **someone.captcha()})
        self.assertEqual(status, 200, answer)
        return answer

    def code(self, mobile):
        return self.provider.wait(lambda message: message["to"] == mobile and "code" in message["args"])["args"]["code"]

    def finish(self, someone, ticket, code, password=NEW_PASSWORD):
        return someone.sealed("POST", "/v1/sessions/finish", {"ticket": ticket, "code": code, "password": password})

    def assert_problem(self, answer, status, slug):
        self.assertEqual((answer[0], kind(answer[1])), (status, slug), answer)
        self.assertTrue(answer[1]["detail"])
        return answer[1]


class Login(WithAccounts):
    def test_login_opens_the_one_session_of_this_kiosk(self):
        number, mobile = self.account()
        first, second = Applicant(self.kiosk), Applicant(self.kiosk)
        session = first.log_in(number, PASSWORD)
        self.assertRegex(session["session"], r"^[A-Za-z0-9_-]{43}$")
        self.assertEqual(session["proof"], "login")
        self.assertEqual(session["account"], {"id": number, "full_name": NAME, "mobile": mobile, "wechat": False,
                                              "images": {"portrait": False, "photo": False}})
        self.assertEqual(first.request("GET", "/v1/profile")[0], 200)
        elsewhere = Applicant(self.other_kiosk)
        self.assert_problem(elsewhere.request("GET", "/v1/profile", session=session["session"]), 401, "session")
        second.log_in(number, PASSWORD)
        self.assert_problem(first.request("GET", "/v1/profile"), 401, "session")
        self.assertEqual(second.request("GET", "/v1/profile")[0], 200)
        for _ in range(2):
            self.assertEqual(second.request("DELETE", "/v1/sessions/current"), (200, {}))
        self.assert_problem(second.request("GET", "/v1/profile"), 401, "session")
        for token in ("", "x", "A" * 43, "A" * 44):
            self.assert_problem(second.request("GET", "/v1/profile", session=token or None), 401, "session")

    def test_answers_open_for_the_person_alone(self):
        number, _ = self.account()
        someone, eavesdropper = Applicant(self.kiosk), Applicant(self.kiosk)
        token = someone.log_in(number, PASSWORD)["session"]
        with self.assertRaises(AssertionError):
            eavesdropper.request("GET", "/v1/profile", session=token)

    def test_a_captcha_counts_once_and_at_its_kiosk(self):
        number, _ = self.account()
        someone, elsewhere = Applicant(self.kiosk), Applicant(self.other_kiosk)
        good = someone.captcha()
        self.assert_problem(self.login(elsewhere, number, PASSWORD, **good), 403, "captcha-wrong")
        self.assertEqual(self.login(someone, number, PASSWORD, **good)[0], 200)
        self.assert_problem(self.login(someone, number, PASSWORD, **good), 403, "captcha-wrong")
        good = someone.captcha()
        wrong = {**good, "text": "AAAAA" if good["text"] != "AAAAA" else "CCCCC"}
        self.assert_problem(self.login(someone, number, PASSWORD, **wrong), 403, "captcha-wrong")
        self.assert_problem(self.login(someone, number, PASSWORD, **good), 403, "captcha-wrong")  # used up by the wrong text
        good = someone.captcha()
        self.assertEqual(self.login(someone, number, PASSWORD, captcha=good["captcha"], text=f" {good['text'].lower()} ")[0], 200)

    def test_a_captcha_is_a_raster_in_two_sizes(self):
        someone = Applicant(self.kiosk)
        for large, size in ((False, (240, 88)), (True, (480, 176))):
            status, answer = someone.request("POST", "/v1/sessions/captcha", {"large": large})
            image = base64.b64decode(answer["image"])
            self.assertEqual((status, answer["expires_in"], image[:8]), (200, 120, b"\x89PNG\r\n\x1a\n"))
            self.assertEqual(struct.unpack(">II", image[16:24]), size)
            self.assertNotIn(b"tEXt", image)

    def test_nothing_tells_whether_a_number_has_an_account(self):
        known, _ = self.account()
        unknown, _ = self.person()
        someone, answers, times = Applicant(self.kiosk), {}, {known: [], unknown: []}
        for number in (known, unknown):
            answers[number] = []
            for _ in range(6):
                content = {"id": number, "password": "a wrong sentence", **someone.captcha()}
                begun = time.monotonic()
                answers[number].append(someone.sealed("POST", "/v1/sessions/login", content, session=""))
                times[number].append(time.monotonic() - begun)
        for status, answer in answers[known] + answers[unknown]:
            answer.pop("retry_after", None)
        self.assertEqual(answers[known], answers[unknown])
        self.assertEqual([kind(answer) for _, answer in answers[known]], ["login-wrong"] * 5 + ["locked"])
        self.assertEqual([answer.get("tries_left") for _, answer in answers[known]], [4, 3, 2, 1, 0, None])
        # Both pay for one Argon2id: a lookup alone would take a tenth of it.
        work = {number: statistics.median(taken[:5]) for number, taken in times.items()}
        self.assertLess(max(work.values()), 3 * min(work.values()), work)

    def test_what_is_no_call_has_a_plain_answer(self):
        someone = Applicant(self.kiosk)
        for body in ({}, {"key": someone.key["id"]}, {"key": someone.key["id"], "sealed": "!"}, {"key": someone.key["id"], "sealed": "AAAA"}):
            self.assert_problem(someone.request("POST", "/v1/sessions/login", body), 400, "bad-request")
        self.assert_problem(someone.request("POST", "/v1/sessions/login", {"key": "0" * 16, "sealed": "AAAA"}), 422, "key-unknown")
        for number in ("", "123", "650000198001010015", "65000019800101001４", "' OR 1=1 --"):
            answer = someone.sealed("POST", "/v1/sessions/login", {"id": number, "password": "x" * 9, **someone.captcha()}, session="")
            self.assert_problem(answer, 400, "bad-request")


class Lock(WithAccounts):
    settings = {("accounts", "tries"): 3}

    def test_a_lock_holds_over_a_restart_and_the_right_password(self):
        number, _ = self.account()
        someone = Applicant(self.kiosk)
        for left in (2, 1, 0):
            answer = self.assert_problem(self.login(someone, number, "a wrong sentence"), 403, "login-wrong")
            self.assertEqual(answer["tries_left"], left)
        self.platform.kill()
        self.platform.start()
        self.kiosk.close()
        answer = self.assert_problem(self.login(someone, number, PASSWORD), 429, "locked")
        self.assertTrue(590 <= answer["retry_after"] <= 600, answer)
        other, _ = self.account()
        self.assertEqual(self.login(someone, other, PASSWORD)[0], 200)


class Pace(WithAccounts):
    settings = {("accounts", "kiosk_tries"): 4}

    def test_one_kiosk_cannot_try_people_through(self):
        someone, elsewhere = Applicant(self.kiosk), Applicant(self.other_kiosk)
        for _ in range(4):
            self.assert_problem(self.login(someone, self.person()[0], "a wrong sentence"), 403, "login-wrong")
        answer = self.assert_problem(self.login(someone, self.person()[0], "a wrong sentence"), 429, "too-soon")
        self.assertTrue(0 < answer["retry_after"] <= 600)
        self.assert_problem(self.login(elsewhere, self.person()[0], "a wrong sentence"), 403, "login-wrong")


class Codes(WithAccounts):
    def test_registration_and_an_id_that_is_registered(self):
        number, mobile = self.person()
        someone = Applicant(self.kiosk)
        content = {"id": number, "full_name": "阿依古丽·买买提", "mobile": mobile, "consent": "2026.11.1"}
        begun = self.begin(someone, "register", content)
        self.assertEqual({**begun, "ticket": None}, {"ticket": None, "expires_in": 300, "resend_in": 60, "mobile": f"139****{mobile[-4:]}"})
        self.assertRegex(self.code(mobile), r"^\d{6}$")
        for password, reason in (("short", "password.short"), ("a" * 201, "password.long"), ("password1", "password.common"), ("12345678", "password.pattern"),
                                 ("aaaaaaaaaa", "password.pattern"), (number[6:14], "password.own_number"), (f"x{number}", "password.own_number"),
                                 (f"{mobile}!", "password.own_mobile"), ("阿依古丽·买买提1", "password.own")):
            answer = self.assert_problem(self.finish(someone, begun["ticket"], self.code(mobile), password), 422, "password-weak")
            self.assertEqual(answer["reason"], reason, password)
        self.assertEqual(self.finish(someone, begun["ticket"], self.code(mobile)), (200, {"done": True}))
        self.assert_problem(self.finish(someone, begun["ticket"], self.code(mobile)), 403, "code-wrong")  # a ticket ends once
        self.assertEqual(someone.log_in(number, NEW_PASSWORD)["account"]["full_name"], "阿依古丽·买买提")
        _, other_mobile = self.person()
        again = self.begin(someone, "register", {**content, "mobile": other_mobile})
        self.assertEqual({**again, "ticket": None, "mobile": None}, {**begun, "ticket": None, "mobile": None})
        self.assert_problem(self.finish(someone, again["ticket"], self.code(other_mobile)), 409, "id-registered")
        self.assertEqual(self.login(someone, number, NEW_PASSWORD)[0], 200)

    def test_a_code_has_five_tries(self):
        number, mobile = self.person()
        someone = Applicant(self.kiosk)
        ticket = self.begin(someone, "register", {"id": number, "full_name": NAME, "mobile": mobile, "consent": "1"})["ticket"]
        code = self.code(mobile)
        wrong = f"{(int(code) + 1) % 1000000:06d}"
        elsewhere = Applicant(self.other_kiosk)
        self.assertEqual(self.assert_problem(self.finish(elsewhere, ticket, code), 403, "code-wrong")["tries_left"], 0)
        for left in (4, 3, 2, 1, 0):
            self.assertEqual(self.assert_problem(self.finish(someone, ticket, wrong), 403, "code-wrong")["tries_left"], left)
        self.assertEqual(self.assert_problem(self.finish(someone, ticket, code), 403, "code-wrong")["tries_left"], 0)
        self.assert_problem(self.login(someone, number, NEW_PASSWORD), 403, "login-wrong")

    def test_recovery_answers_the_same_and_only_the_owner_gets_a_message(self):
        number, mobile = self.account()
        stranger, stranger_mobile = self.person()
        _, wrong_mobile = self.person()
        someone, begun = Applicant(self.kiosk), {}
        for who, typed in ((number, mobile), (stranger, stranger_mobile), (number, wrong_mobile)):
            begun[who, typed] = self.begin(someone, "recover", {"id": who, "mobile": typed})
        shapes = [{**answer, "ticket": len(answer["ticket"]), "mobile": None} for answer in begun.values()]
        self.assertEqual(shapes, [{"ticket": 43, "expires_in": 300, "resend_in": 60, "mobile": None, "mode": "code"}] * 3)
        code = self.code(mobile)
        self.assertNotIn(stranger_mobile, [m["to"] for m in self.provider.tries])
        self.assertNotIn(wrong_mobile, [m["to"] for m in self.provider.tries])
        for who, typed in ((stranger, stranger_mobile), (number, wrong_mobile)):
            answer = self.assert_problem(self.finish(someone, begun[who, typed]["ticket"], code), 403, "code-wrong")
            self.assertEqual(answer["tries_left"], 4)
            answer = self.assert_problem(self.finish(someone, begun[who, typed]["ticket"], code, NAME * 4), 403, "code-wrong")
            resent = someone.sealed("POST", "/v1/sessions/resend", {"ticket": begun[who, typed]["ticket"]})
            self.assertTrue(0 < self.assert_problem(resent, 429, "too-soon")["retry_after"] <= 60)  # counted as if it had gone out

    def test_recovery_sets_a_new_password_and_opens_the_lock(self):
        number, mobile = self.account()
        someone, elsewhere = Applicant(self.kiosk), Applicant(self.other_kiosk)
        elsewhere.log_in(number, PASSWORD)
        for _ in range(5):
            self.login(someone, number, "a wrong sentence")
        self.assert_problem(self.login(someone, number, PASSWORD), 429, "locked")
        ticket = self.begin(someone, "recover", {"id": number, "mobile": mobile})["ticket"]
        self.assertEqual(self.finish(someone, ticket, self.code(mobile)), (200, {"done": True}))
        self.assert_problem(elsewhere.request("GET", "/v1/profile"), 401, "session")
        self.assert_problem(self.login(someone, number, PASSWORD), 403, "login-wrong")
        self.assertEqual(self.login(someone, number, NEW_PASSWORD)[0], 200)

    def test_another_code_waits_a_minute_and_five_are_an_hour(self):
        number, mobile = self.person()
        someone = Applicant(self.kiosk)
        ticket = self.begin(someone, "register", {"id": number, "full_name": NAME, "mobile": mobile, "consent": "1"})["ticket"]
        answer = self.assert_problem(someone.sealed("POST", "/v1/sessions/resend", {"ticket": ticket}), 429, "too-soon")
        self.assertTrue(50 <= answer["retry_after"] <= 60, answer)
        other, _ = self.person()  # another person's registration does not get round the number's limit
        answer = someone.sealed("POST", "/v1/sessions/register", {"id": other, "full_name": NAME, "mobile": mobile, "consent": "1", **someone.captcha()})
        self.assert_problem(answer, 429, "too-soon")

    def test_another_mobile_is_proved_and_the_old_one_hears_of_it(self):
        number, old = self.account()
        _, new = self.person()
        someone = Applicant(self.kiosk)
        self.assert_problem(someone.sealed("POST", "/v1/sessions/mobile", {"mobile": new, **someone.captcha()}), 401, "session")
        someone.log_in(number, PASSWORD)
        ticket = self.begin(someone, "mobile", {"mobile": new})["ticket"]
        self.assertEqual(self.finish(someone, ticket, self.code(new), ""), (200, {"done": True}))
        self.assertEqual(someone.log_in(number, PASSWORD)["account"]["mobile"], new)
        told = self.provider.wait(lambda message: message["to"] == old)
        self.assertEqual((told["template"], told["args"]), ("mobile_changed", {"mobile": f"139****{new[-4:]}"}))


class PasswordBySms(WithAccounts):
    settings = {("sms", "reset"): "password"}

    def test_the_message_holds_a_new_password_and_the_old_one_holds_until_it_is_used(self):
        number, mobile = self.account()
        stranger, stranger_mobile = self.person()
        someone = Applicant(self.kiosk)
        self.assertEqual(self.begin(someone, "recover", {"id": number, "mobile": mobile})["mode"], "password")
        self.assertEqual(self.begin(someone, "recover", {"id": stranger, "mobile": stranger_mobile})["mode"], "password")
        password = self.provider.wait(lambda message: message["to"] == mobile)["args"]["password"]
        self.assertNotIn(stranger_mobile, [m["to"] for m in self.provider.tries])
        self.assertEqual(self.login(someone, number, PASSWORD)[0], 200)  # whoever knows number and mobile locks nobody out
        self.assertEqual(self.login(someone, number, password)[0], 200)
        self.assert_problem(self.login(someone, number, PASSWORD), 403, "login-wrong")
        self.assertEqual(self.login(someone, number, password)[0], 200)


class Provider(WithAccounts):
    def register(self):
        number, mobile = self.person()
        begun = time.monotonic()
        self.begin(Applicant(self.kiosk), "register", {"id": number, "full_name": NAME, "mobile": mobile, "consent": "1"})
        self.assertLess(time.monotonic() - begun, SLOW_S)  # no request waits for the provider
        return mobile

    def test_a_message_outlives_faults_of_the_provider(self):
        for fault in ("500", "down", "verdict", "slow"):
            with self.subTest(fault=fault):
                self.provider.fault = fault
                mobile = self.register()
                self.provider.wait_for(lambda: any(m["to"] == mobile for m in self.provider.tries))
                self.provider.fault = None
                self.provider.wait(lambda message: message["to"] == mobile, seconds=60)
                ids = {m["id"] for m in self.provider.tries if m["to"] == mobile}
                self.assertEqual(len(ids), 1)  # a provider knows a repeated try

    def test_a_message_outlives_a_kill_of_the_platform(self):
        self.provider.fault = "down"
        mobile = self.register()
        self.provider.wait_for(lambda: any(m["to"] == mobile for m in self.provider.tries))
        self.platform.kill()
        self.provider.fault = None
        self.platform.start()
        self.kiosk.close()
        self.provider.wait(lambda message: message["to"] == mobile, seconds=60)

    def test_what_the_provider_refuses_is_given_up(self):
        self.provider.fault = "refuse"
        refused = self.register()
        self.provider.wait_for(lambda: any(m["to"] == refused for m in self.provider.tries))
        self.provider.fault = None
        mobile = self.register()
        self.provider.wait(lambda message: message["to"] == mobile)
        self.assertEqual(len([m for m in self.provider.tries if m["to"] == refused]), 1)

    def test_without_a_provider_it_says_so(self):
        with tempfile.TemporaryDirectory() as folder, Platform(settings=accounts_settings(folder)) as platform:
            someone = Applicant(Device(platform))
            number, mobile = self.person()
            for call, content in (("register", {"id": number, "full_name": NAME, "mobile": mobile, "consent": "1"}), ("recover", {"id": number, "mobile": mobile})):
                answer = someone.sealed("POST", f"/v1/sessions/{call}", {**content, **someone.captcha()})
                self.assert_problem(answer, 502, "upstream")


class RealName(WithAccounts):
    def test_a_registration_needs_the_name_of_the_id_number(self):
        number, mobile = self.person()
        settings = {**accounts_settings(self.folder, self.provider.url), ("identity", "url"): self.provider.identity_url, ("sms", "minute_most"): 100}
        self.provider.names[number] = "古丽娜尔"
        with Platform(settings=settings) as platform:
            someone = Applicant(Device(platform))
            wrong = self.begin(someone, "register", {"id": number, "full_name": NAME, "mobile": mobile, "consent": "1"})["ticket"]
            self.assert_problem(self.finish(someone, wrong, self.code(mobile)), 403, "identity-wrong")
            right = self.begin(someone, "register", {"id": number, "full_name": "古丽娜尔", "mobile": mobile, "consent": "1"})["ticket"]
            sent = self.provider.wait_for(lambda: [m for m in self.provider.messages.values() if m["to"] == mobile][1:])
            self.provider.fault = "500"
            self.assert_problem(self.finish(someone, right, sent[0]["args"]["code"]), 502, "upstream")
            self.provider.fault = None
            self.assertEqual(self.finish(someone, right, sent[0]["args"]["code"]), (200, {"done": True}))  # the ticket stayed
            self.assert_problem(self.login(someone, number, "a wrong sentence"), 403, "login-wrong")
            self.assertEqual(self.login(someone, number, NEW_PASSWORD)[0], 200)


class ComesBack(WithAccounts):
    """What a person left at one kiosk, at another one after a login."""
    settings = {("sms", "minute_most"): 100}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.user("admin", UNIT, ADMIN_PASSWORD)
        cls.platform.admin("account-add", "--id", NUMBER, "--name", NAME, "--mobile", MOBILE, "--password-stdin", stdin=PASSWORD)
        answers, made = send(cls.kiosk, 1, [{"seq": 1, "unit": UNIT}])
        cls.record, cls.blobs = made["records"][0], [blob["sha256"] for blob in made["blobs"]]
        assert answers[1]["state"] == "submitted_unit", answers

    def somebody_else(self):
        number, _ = self.account()
        someone = Applicant(self.other_kiosk)
        someone.log_in(number, PASSWORD)
        return someone

    def test_a_returned_declaration_comes_back_to_its_person_alone(self):
        declaration = self.record["declaration"]
        stranger = self.somebody_else()
        path = f"/v1/declarations/{declaration}"
        self.assertEqual(stranger.request("GET", "/v1/profile")[1]["declarations"], [])
        self.assert_problem(stranger.request("GET", path), 404, "not-found")
        self.assert_problem(stranger.sealed("POST", f"{path}/confirm", {}), 404, "not-found")
        for blob in self.blobs:
            self.assert_problem(stranger.request("GET", f"/v1/blobs/{blob}"), 404, "not-found")
        Reviewer(self.platform, "admin", ADMIN_PASSWORD).give_back(declaration, 1, {"form.title_award.cert_no": "请核对证书编号"}, "请修改")
        someone = Applicant(self.other_kiosk)
        account = someone.log_in(NUMBER, PASSWORD)["account"]
        self.assertEqual(account["images"], {"portrait": True, "photo": True})
        profile = someone.request("GET", "/v1/profile")[1]
        row = profile["declarations"][0]
        self.assertEqual({key: row[key] for key in ("declaration", "version", "state", "receipt", "title")},
                         {"declaration": declaration, "version": 1, "state": "unit_returned", "receipt": self.record["receipt"], "title": "工程师"})
        self.assertRegex(row["date"], r"^\d{4}-\d{2}-\d{2}$")
        self.assertEqual([(r["path"], r["reason"]) for r in row["reasons"]], [("form.title_award.cert_no", "请核对证书编号")])
        status, returned = someone.request("GET", path)
        self.assertEqual((status, returned["state"], returned["reasons"], returned["unit"]["name"]), (200, "unit_returned", row["reasons"], UNIT))
        self.assertEqual(returned["person"]["sections"]["identity_check"]["id_number"], NUMBER)
        self.assertEqual(returned["title"]["sections"]["title_award"]["title_name"], "工程师")
        self.assertEqual((returned["form"], returned["rules"]), (returned["person"]["form"], returned["person"]["rules"]))
        for blob in self.blobs:
            status, data = someone.request("GET", f"/v1/blobs/{blob}")
            self.assertEqual((status, hashlib.sha256(data).hexdigest()), (200, blob))
        for bad in (UNCITED, "x", self.blobs[0][:-1]):
            self.assert_problem(someone.request("GET", f"/v1/blobs/{bad}"), 404, "not-found")
        told = self.provider.wait(lambda message: message["template"] == "status.unit_returned")
        self.assertEqual((told["to"], told["args"]), (MOBILE, {"receipt": self.record["receipt"]}))

    def test_a_profile_is_put_for_other_kiosks_and_an_older_one_does_not_overwrite_it(self):
        someone = Applicant(self.other_kiosk)
        someone.log_in(NUMBER, PASSWORD)
        profile = someone.request("GET", "/v1/profile")[1]
        scope, base = profile["person"], profile["version"]
        scope["sections"]["contact"]["mobile" if "mobile" in scope["sections"]["contact"] else next(iter(scope["sections"]["contact"]))] = "13900009999"
        self.assertEqual(someone.sealed("PUT", "/v1/profile", {"person": scope, "base": base}), (200, {"version": base + 1}))
        self.assert_problem(someone.sealed("PUT", "/v1/profile", {"person": scope, "base": base}), 409, "profile-conflict")
        again = someone.request("GET", "/v1/profile")[1]
        self.assertEqual((again["person"], again["version"]), (scope, base + 1))
        for broken, slug in (({**scope, "form": "1999.1.1"}, "form-version"), ({**scope, "sections": {"title_award": {"title_name": "工程师"}}}, "record-format")):
            self.assert_problem(someone.sealed("PUT", "/v1/profile", {"person": broken, "base": base + 1}), 422, slug)
        for body in ({"person": scope}, {"base": base}, {"person": [], "base": base}, {"person": scope, "base": "1"}):
            self.assert_problem(someone.sealed("PUT", "/v1/profile", body), 400, "bad-request")

    def test_a_parked_draft_is_of_its_person_and_of_a_login_that_was(self):
        owner, stranger = Applicant(self.kiosk), Applicant(self.other_kiosk)
        park = owner.log_in(NUMBER, PASSWORD)["park"]
        declaration = str(uuid.uuid4())
        path, scope = f"/v1/drafts/{declaration}", {"form": "2026.11.1", "rules": "2026.11.1", "sections": {}}
        box = {"declaration": declaration, "id": NUMBER, "park": park, "version": 1, "base": 0, "n": 1, "edited": 1, "name": "工程师", "date": "2010-12-31",
               "title": scope, "person": scope}

        def put(applicant, at=path, **other):
            return applicant.request("PUT", at, applicant.body({**box, **other}), session="")
        self.assert_problem(put(stranger), 401, "session")  # a rogue kiosk with the token of another
        self.assert_problem(put(owner, id=self.account()[0]), 401, "session")  # for another person
        self.assert_problem(put(owner, park=park[:-1] + ("0" if park[-1] != "0" else "1")), 401, "session")
        self.assert_problem(put(owner, park="9" + park), 401, "session")  # longer than it was given
        self.assert_problem(put(owner, at=f"/v1/drafts/{uuid.uuid4()}"), 400, "bad-request")  # a box under another number
        self.assertEqual(put(owner), (200, {"edit": 1}))
        self.assertEqual(put(owner), (200, {"edit": 1}))  # the answer was lost
        wrong = dict(scope, sections={"basic": {"unit_name": "某厂"}})
        self.assert_problem(put(owner, n=2, title=wrong), 422, "record-format")  # the person's sections are not the title's
        stranger = self.somebody_else()
        self.assertEqual(stranger.request("GET", "/v1/profile")[1]["drafts"], [])
        self.assert_problem(stranger.sealed("POST", f"{path}/take", {}), 404, "not-found")
        self.assertEqual(stranger.request("DELETE", path)[0], 200)  # and nothing happens
        here = Applicant(self.other_kiosk)
        here.log_in(NUMBER, PASSWORD)
        draft, = here.request("GET", "/v1/profile")[1]["drafts"]
        self.assertEqual((draft["mine"], draft["name"], draft["gone"]), (False, "工程师", False))
        status, taken = here.sealed("POST", f"{path}/take", {})
        self.assertEqual((status, taken["edit"], taken["title"]), (200, 1, scope))
        self.assert_problem(put(owner, n=2), 409, "draft-conflict")  # the first kiosk's late save, or a replay
        self.assertEqual(here.request("DELETE", path)[0], 200)
        self.assertTrue(here.request("GET", "/v1/profile")[1]["drafts"][0]["gone"])

    def test_an_account_slot_opens_for_its_person(self):
        someone, stranger = Applicant(self.kiosk), self.somebody_else()
        someone.log_in(NUMBER, PASSWORD)
        key = base64.b64encode(b"k" * 32).decode()
        sealed = base64.b64encode(box_seal(base64.b64decode(someone.key["public"]), json.dumps({"id": NUMBER, "key": key}).encode())).decode()
        for slot in (sealed, f"{someone.key['id']} {sealed}"):
            self.assertEqual(someone.sealed("POST", "/v1/sessions/slot", {"slot": slot}), (200, {"key": key}))
            self.assert_problem(stranger.sealed("POST", "/v1/sessions/slot", {"slot": slot}), 403, "slot-other")
        for slot in ("", "x", sealed[:-8], f"0000 {sealed}"):
            self.assert_problem(someone.sealed("POST", "/v1/sessions/slot", {"slot": slot}), 400, "bad-request")

    def test_training_and_ecertificates_come_from_the_operators_tables(self):
        number, _ = self.account()
        other, _ = self.account()
        table = pathlib.Path(self.folder) / "rows.tsv"
        head = "id_number\tyear\tkind\tcourse\tschool\thours\n"
        kinds = (pathlib.Path(__file__).resolve().parent.parent.parent / "assets" / "codes" / "training_kind.tsv").read_text(encoding="utf-8")
        first = [line.split("\t")[0] for line in kinds.splitlines()[2:] if line][0]
        row = f"2024\t{first}\t公需科目：法治建设\t新疆继续教育基地\t30"
        table.write_text("\ufeff" + head + f"{number}\t{row}\r\n{other}\t{row}\n{number}\t{row.replace('2024', '2025')}\n", encoding="utf-8")
        self.assertEqual(self.platform.admin("training-import", table), "3 rows of 2 people\n")
        table.write_text("id_number\ttitle\tdate\n" + f"{number}\t高级工程师\t2019-12\n", encoding="utf-8")
        self.assertEqual(self.platform.admin("ecert-import", table), "1 rows of 1 people\n")
        someone = Applicant(self.kiosk)
        someone.log_in(number, PASSWORD)
        profile = someone.request("GET", "/v1/profile")[1]
        self.assertEqual([r["year"] for r in profile["training"]], ["2024", "2025"])
        self.assertEqual(profile["training"][0]["course"], "公需科目：法治建设")
        self.assertEqual(profile["ecerts"], [{"title": "高级工程师", "date": "2019-12"}])
        for text, said in ((head + f"{number}\t1889\t{first}\tx\ty\t30\n", "line 2: year"), (head + "123\t" + row + "\n", "line 2: the ID number"),
                           ("id_number\tsalary\n", "line 1"), (head + f"{number}\t{row}\t1\n", "line 2: more cells"), ("year\tkind\n", "line 1")):
            table.write_text(text, encoding="utf-8")
            done = self.platform.admin("training-import", table, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(said, done.stderr)
            self.assertNotIn(number, done.stderr)
        self.assertEqual(len(someone.request("GET", "/v1/profile")[1]["training"]), 2)


class Confirmation(WithAccounts):
    settings = {("intake", "accept_proof"): "wechat"}

    def test_a_typed_declaration_waits_for_its_person_who_confirms_by_login(self):
        self.platform.admin("account-add", "--id", NUMBER, "--name", NAME, "--mobile", MOBILE, "--password-stdin", stdin=PASSWORD)
        answers, made = send(self.kiosk, 1, [{"seq": 1}, {"seq": 2, "proof": "login"}, {"seq": 3, "proof": "wechat"}, {"seq": 4, "proof": "chip"}])
        self.assertEqual([answers[seq]["state"] for seq in (1, 2, 3, 4)], ["delivered", "submitted_unit", "submitted_unit", "submitted_unit"])
        declaration = made["records"][0]["declaration"]
        self.assertEqual(self.provider.wait(lambda m: m["template"] == "status.delivered")["args"], {"receipt": made["records"][0]["receipt"]})
        someone = Applicant(self.other_kiosk)
        self.assert_problem(someone.request("POST", f"/v1/declarations/{declaration}/confirm"), 401, "session")
        someone.log_in(NUMBER, PASSWORD)
        for _ in range(2):
            self.assertEqual(someone.request("POST", f"/v1/declarations/{declaration}/confirm"), (200, {"state": "submitted_unit"}))
        _, _, body = self.kiosk.request("GET", "/v1/updates?after=")
        heard = [s["state"] for s in json.loads(body)["statuses"] if s["declaration"] == declaration]
        self.assertEqual(heard, ["delivered", "submitted_unit"])


class Devices(WithAccounts):
    def test_a_revoked_kiosk_has_no_session_also_when_it_enrols_again(self):
        number, _ = self.account()
        kiosk = Device(self.platform, kiosk=2001)
        someone = Applicant(kiosk)
        token = someone.log_in(number, PASSWORD)["session"]
        self.platform.admin("device-revoke", "--kiosk", 2001)
        self.assertEqual(self.assert_problem(someone.request("GET", "/v1/profile"), 403, "device-revoked")["status"], 403)
        again = Applicant(Device(self.platform, kiosk=2001))
        self.assertEqual(again.device.id, kiosk.id)
        self.assert_problem(again.request("GET", "/v1/profile", session=token), 401, "session")


class Privacy(WithAccounts):
    def test_nothing_of_a_person_lies_about_in_clear(self):
        number, mobile = self.person()
        someone, name = Applicant(self.kiosk), "努尔艾力·阿不都热合曼"
        ticket = self.begin(someone, "register", {"id": number, "full_name": name, "mobile": mobile, "consent": "1"})["ticket"]
        code = self.code(mobile)
        self.assertEqual(self.finish(someone, ticket, code)[0], 200)
        token = someone.log_in(number, NEW_PASSWORD)["session"]
        self.login(someone, number, "a wrong sentence of hers")
        table = pathlib.Path(self.folder) / "ecerts.tsv"
        table.write_text(f"id_number\ttitle\tdate\n{number}\t乡村振兴特聘工艺师\t2018-05\n", encoding="utf-8")
        self.platform.admin("ecert-import", table)
        table.unlink()
        self.platform.stop()  # the log of the database goes into its file
        secrets = [number, mobile, name, NEW_PASSWORD, "a wrong sentence of hers", token, ticket, "乡村振兴特聘工艺师", number[6:14]]
        files = [path for path in pathlib.Path(self.platform.folder).rglob("*") if path.is_file()]
        self.assertTrue(any(path.name == "platform.db" for path in files))
        for path in files:
            data = path.read_bytes()
            for secret in secrets:
                self.assertTrue(secret.encode() not in data, f"{secret} in {path.name}")
            self.assertIsNone(re.search(rb"code[\" :=]+" + code.encode(), data), path.name)
        self.platform.start()

    def test_a_file_of_captchas_is_refused_off_loopback(self):
        broken = Platform(settings={**accounts_settings(self.folder), ("web", "listen"): "0.0.0.0"})
        broken.write_config()
        done = broken.admin("init", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("captcha_file", done.stderr)


if __name__ == "__main__":
    unittest.main()
