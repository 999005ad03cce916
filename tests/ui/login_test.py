"""Logging in, registering and recovering at the screen, with doubles of agent and platform at the other end of the link: a real socket, sealed
calls. What is asserted is what a person sees, and what the platform is asked."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.link import Accounts, Agent, Silence, enrol  # noqa: E402
from ui.people import alerts, kiosk  # noqa: E402

NUMBER, PASSWORD = Person.ID, "correct horse 9"
OTHER = "650000198512310027"


class Test(unittest.TestCase):
    def hall(self, online=True, papers=None, **options):
        k = kiosk(papers=papers, **options)
        self.addCleanup(k.__exit__)
        k.start()
        self.platform = Accounts()
        self.platform.person(NUMBER)
        enrol(k, self.platform)
        self.agent = Agent(k.folder / "sync.sock", self.platform, online)
        self.agent.__enter__()
        self.addCleanup(self.agent.__exit__)
        if online:
            self.agent.wait_seen(k)
        return k

    def door(self, k, until="door"):
        Person(k).go_on(until)

    def login_page(self, k):
        self.door(k)
        k.tap("door.login")
        k.wait(screen="login")
        k.wait(id="captcha.image")

    def put(self, k, name, text):
        """Types into a field what shall stand in it."""
        k.tap(name)
        k.key("Ctrl+A")
        k.type(text)

    def log_in(self, k, number=NUMBER, password=PASSWORD, text="ab7k"):
        k.wait(id="captcha.image")
        self.put(k, "login.id_number", number)
        self.put(k, "login.password", password)
        self.put(k, "captcha.text", text)
        k.tap("kb.done")
        k.press("login.login")

    def asked(self, path):
        return [content for _, p, content in self.platform.calls if p == path]


class Login(Test):
    def test_number_password_and_captcha_lead_home_without_a_code(self):
        k = self.hall()
        self.login_page(k)
        self.log_in(k)
        k.wait(screen="confirm")
        self.assertTrue(k.says("张*") and k.says("6500**********0014"))
        self.assertFalse(any(PASSWORD in str(n) for n in k.nodes()))
        k.tap("confirm.yes")
        k.wait(screen="home")
        self.assertEqual(self.asked("/v1/sessions/login"),
                         [{"id": NUMBER, "password": PASSWORD, "captcha": "captcha-1", "text": "ab7k"}])
        self.assertEqual(self.asked("/v1/sessions/slot"), [], "there was nothing to open yet")
        k.tap("home.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        k.until(lambda: ("DELETE", "/v1/sessions/current", {}) in self.platform.calls)

    def test_who_comes_back_finds_the_drafts_by_login_and_on_a_kiosk_that_was_started_anew(self):
        k = self.hall()
        for turn in (1, 2):
            self.login_page(k)
            self.log_in(k)
            k.wait(screen="confirm")
            k.tap("confirm.yes")
            k.wait(screen="home")
            k.tap("home.records")
            if turn == 1:
                k.tap("records.new")
                Person(k).go_on("award")
                Person(k).answer("form.title_award.has_ecert", "no")
                k.until(lambda: k.says("已保存"))
                k.stop()
                k.start()
                enrol(k, self.platform)
                self.agent.wait_seen(k)
        k.wait(id="records.1")
        self.assertEqual(len(self.asked("/v1/sessions/slot")), 1)
        for secret in (NUMBER, PASSWORD):
            for file in (k.folder / "store").glob("bulu.db*"):
                self.assertNotIn(secret.encode(), file.read_bytes(), file.name)
            self.assertNotIn(secret, k.words_of_log())

    def test_a_folder_made_offline_opens_by_login_too(self):
        k = self.hall(online=False)
        person = Person(k)
        person.go_on("home")
        k.tap("home.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.agent.say(True)
        self.agent.wait_seen(k)
        self.login_page(k)
        self.log_in(k)
        k.wait(screen="confirm")
        self.assertTrue(k.says("已找到您上次的资料"))
        self.assertEqual(len(self.asked("/v1/sessions/slot")), 1)

    def test_a_folder_of_before_enrolment_asks_for_its_code_once(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.start()
        person = Person(k)
        person.go_on("home")
        k.tap("home.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.platform = Accounts()
        self.platform.person(NUMBER)
        enrol(k, self.platform)
        with Agent(k.folder / "sync.sock", self.platform) as self.agent:
            self.agent.wait_seen(k)
            for needs in (True, False):
                self.login_page(k)
                self.log_in(k)
                if needs:
                    k.wait(screen="who")
                    self.assertFalse(k.has("who.id_number"), "who it is, is known")
                    k.wait(id="who.code")
                    k.fill("who.code", Person.CODE)
                    k.tap("kb.done")
                    k.press("who.next")
                k.wait(screen="confirm")
                k.tap("confirm.yes")
                k.wait(screen="home")
                k.tap("home.exit")
                k.tap("exit.yes")
                k.wait(screen="idle")

    def test_a_forgotten_code_of_an_old_folder_costs_the_old_drafts_only_after_a_question(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.start()
        Person(k).go_on("home")
        k.tap("home.exit")
        k.tap("exit.yes")
        self.platform = Accounts()
        self.platform.person(NUMBER)
        enrol(k, self.platform)
        with Agent(k.folder / "sync.sock", self.platform) as self.agent:
            self.agent.wait_seen(k)
            self.login_page(k)
            self.log_in(k)
            k.wait(id="who.anew")
            k.tap("who.anew")
            k.tap("who.anew_no")
            k.tap("who.anew")
            k.tap("who.anew_yes")
            k.wait(screen="confirm")
            self.assertTrue(k.says("登录成功"))

    def test_a_forgotten_code_has_its_way_out_by_login(self):
        k = self.hall()
        self.door(k)
        k.tap("door.here")
        person = Person(k)
        person.go_on("home")
        k.tap("home.exit")
        k.tap("exit.yes")
        self.door(k)
        k.tap("door.here")
        self.put(k, "who.id_number", NUMBER)
        k.wait(id="who.login")
        k.tap("who.login")
        k.wait(screen="login")
        self.assertEqual(k.node("login.id_number")["value"].replace(" ", ""), NUMBER)
        self.log_in(k)
        k.wait(screen="confirm")

    def test_a_wrong_password_and_a_number_without_account_look_the_same(self):
        k = self.hall()
        self.login_page(k)
        said = []
        for number, password in ((NUMBER, "wrong wrong 1"), (OTHER, PASSWORD)):
            before = self.platform.captchas
            self.log_in(k, number, password)
            k.until(lambda: self.platform.captchas > before)
            k.wait(id="login.failed")
            said.append(alerts(k))
            self.assertEqual(k.node("login.password")["value"], "")
            self.assertEqual(k.node("captcha.text")["value"], "")
            self.assertEqual(k.node("login.id_number")["value"].replace(" ", ""), number)
        self.assertEqual(said[0], said[1])
        self.assertNotIn("注册", str(said))
        self.log_in(k)
        k.wait(screen="confirm")

    def test_five_wrong_ones_lock_that_number_with_a_countdown(self):
        k = self.hall(fake_clock=True)
        self.platform.wrong[NUMBER] = 5
        self.login_page(k)
        self.log_in(k)
        k.wait(id="login.locked")
        self.assertIn("10 分 00 秒", k.node("login.locked")["label"])
        k.advance(61_000)
        self.assertIn("8 分 59 秒", k.node("login.locked")["label"])
        self.log_in_disabled(k)
        self.put(k, "login.id_number", OTHER)  # another person's number is not locked
        self.assertFalse(k.has("login.locked"))
        self.put(k, "login.id_number", NUMBER)
        self.assertTrue(k.has("login.locked"))
        k.tap("kb.done")
        for _ in range(9):
            k.advance(60_000)
            if k.has("idle_warning.stay"):
                k.tap("idle_warning.stay")
        self.assertFalse(k.has("login.locked"))

    def log_in_disabled(self, k):
        self.assertIn("disabled", k.node("login.login")["state"])

    def test_a_wrong_captcha_brings_another_and_keeps_the_password(self):
        k = self.hall()
        self.login_page(k)
        self.log_in(k, text="wrong")
        k.wait(id="login.failed")
        self.assertIn("图片验证码不对", k.node("login.failed")["label"])
        self.assertEqual(k.node("login.password")["value"], "•" * len(PASSWORD))
        k.until(lambda: self.platform.captchas == 2 and k.has("captcha.image"))
        self.put(k, "captcha.text", "ab7k")
        k.tap("kb.done")
        k.press("login.login")
        k.wait(screen="confirm")

    def test_another_and_a_larger_picture(self):
        k = self.hall()
        self.login_page(k)
        small = k.node("captcha.image")["rect"]
        k.tap("captcha.again")
        k.until(lambda: self.platform.captchas == 2 and k.has("captcha.image"))
        k.tap("captcha.large")
        k.until(lambda: k.has("captcha.image") and k.node("captcha.image")["rect"][2] > small[2])
        self.assertEqual(self.platform.larges, [False, False, True])

    def test_a_picture_that_was_shown_too_long_is_replaced(self):
        k = self.hall(fake_clock=True)
        self.login_page(k)
        k.fill("captcha.text", "ab")
        k.advance(121_000)
        k.until(lambda: self.platform.captchas == 2)
        self.assertEqual(k.node("captcha.text")["value"], "")
        self.assertTrue(k.says("上一张已过期"))

    def test_the_link_stands_directly_under_the_captcha_in_the_guides_words(self):
        k = self.hall()
        self.login_page(k)
        self.assertEqual(k.node("login.recover")["label"], "找回用户名或密码")
        nodes = [n["id"] for n in k.nodes() if n["role"] in ("textbox", "button", "link") and n["id"]]
        self.assertEqual(nodes[nodes.index("captcha.text") + 1], "login.recover")

    def test_dots_only_on_the_screen_and_in_what_automation_reads(self):
        k = self.hall()
        self.login_page(k)
        k.tap("login.password")
        for n, letter in enumerate("aB3", 1):
            if letter == "B":
                k.tap("kb.shift")
                self.assertTrue(k.says("下一个字母是大写"))
                k.tap("kb.b")
                self.assertFalse(k.says("下一个字母是大写"))
            else:
                k.tap(f"kb.{letter}")
            self.assertEqual(k.node("login.password")["value"], "•" * n, "not even the last letter")
        k.fill("captcha.text", "ab7k")
        k.fill("login.id_number", NUMBER)
        k.tap("kb.done")
        k.press("login.login")
        k.wait(id="login.failed")
        self.assertEqual(self.asked("/v1/sessions/login")[0]["password"], "aB3")

    def test_a_slow_platform_shows_progress_and_can_be_stopped(self):
        k = self.hall()
        self.login_page(k)
        self.platform.gate.clear()
        self.log_in(k)
        k.wait(id="login.progress")
        self.assertIn("disabled", k.node("login.login")["state"])
        k.tap("login.progress.cancel")
        k.wait(gone="login.progress")
        self.platform.gate.set()
        k.until(lambda: self.platform.captchas == 2 and k.has("captcha.image"))
        self.assertEqual(k.screen, "login", "an answer that comes later changes nothing")
        self.put(k, "captcha.text", "ab7k")
        k.tap("kb.done")
        k.press("login.login")
        k.wait(screen="confirm")

    def test_no_answer_ends_in_words(self):
        k = self.hall(fake_clock=True)
        self.login_page(k)
        self.platform.problem = Silence()
        self.log_in(k)
        k.until(lambda: self.asked("/v1/sessions/login"))
        k.advance(21_000)
        k.wait(id="login.failed")
        self.assertIn("没有及时回应", k.node("login.failed")["label"])

    def test_nothing_of_it_is_left_after_the_wipe(self):
        k = self.hall()
        self.login_page(k)
        k.fill("login.id_number", NUMBER)
        k.fill("login.password", PASSWORD)
        k.tap("kb.done")
        k.tap("login.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.login_page(k)
        for name in ("login.id_number", "login.password", "captcha.text"):
            self.assertEqual(k.node(name)["value"], "")


class Offline(Test):
    def test_login_says_what_it_needs_and_leads_on_with_the_number(self):
        k = self.hall(online=False)
        self.door(k, "who")
        self.assertTrue(k.says("现在没有网络"))
        k.tap("who.to_login")
        k.wait(screen="login")
        self.assertTrue(k.says("登录要由平台核对密码和验证码"))
        self.assertFalse(k.has("login.password"), "no password is asked for offline")
        k.fill("login.id_number", NUMBER)
        k.tap("kb.done")
        self.assertEqual(k.node("login.here")["label"], "离线登记")
        k.tap("login.here")
        k.wait(screen="who")
        k.wait(id="who.name")
        self.assertEqual(k.node("who.id_number")["value"].replace(" ", ""), NUMBER)

    def test_registration_takes_name_and_mobile_along(self):
        k = self.hall(online=False)
        self.door(k, "who")
        k.tap("who.to_login")
        k.wait(screen="login")
        self.agent.say(True)
        k.wait(id="login.register")
        k.tap("login.register")
        k.wait(screen="register")
        self.agent.say(False)
        k.wait(id="register.offline")
        for name, value in (("id_number", NUMBER), ("name", "张三"), ("mobile", "13800000000")):
            self.put(k, f"register.{name}", value)
        k.tap("kb.done")
        k.tap("register.here")
        k.wait(screen="who")
        k.wait(id="who.name")
        self.assertEqual((k.node("who.name")["value"], k.node("who.mobile")["value"]), ("张三", "13800000000"))

    def test_the_network_comes_and_goes_quietly(self):
        k = self.hall()
        self.login_page(k)
        k.fill("login.id_number", NUMBER)
        k.tap("kb.done")
        self.agent.say(False)
        k.wait(id="login.offline")
        self.assertEqual((k.screen, k.node("login.id_number")["value"].replace(" ", "")), ("login", NUMBER))
        self.agent.say(True)
        k.wait(id="login.password")
        k.wait(id="captcha.image")
        self.log_in(k)
        k.wait(screen="confirm")

    def test_recovery_says_that_it_needs_the_network(self):
        k = self.hall(online=False)
        self.door(k, "who")
        k.tap("who.to_login")
        k.wait(id="login.recover")
        self.assertTrue(k.says("需要联网"))
        k.tap("login.recover")
        k.wait(id="recover.offline")


class Register(Test):
    def begin(self, k, number=OTHER, name="阿依古丽·买买提", mobile="13900001111"):
        self.door(k)
        k.tap("door.register")
        k.wait(id="captcha.image")
        for field, value in (("register.id_number", number), ("register.name", name), ("register.mobile", mobile), ("captcha.text", "ab7k")):
            self.put(k, field, value)
        k.tap("kb.done")
        self.assertIn("disabled", k.node("register.send")["state"], "without consent")
        k.tap("register.consent")
        k.press("register.send")
        k.wait(id="sms.code")

    def finish(self, k, code="482915", password="Tian shan 2026"):
        for field, value in (("sms.code", code), ("sms.password", password), ("sms.again", password)):
            self.put(k, field, value)
        k.tap("kb.done")
        k.press("register.finish")

    def test_number_name_mobile_consent_code_and_password_then_login_with_the_number_kept(self):
        k = self.hall()
        self.begin(k)
        self.assertEqual(self.asked("/v1/sessions/register"),
                         [{"id": OTHER, "full_name": "阿依古丽·买买提", "mobile": "13900001111", "captcha": "captcha-1", "text": "ab7k",
                           "consent": "2026.11.1"}])
        self.assertTrue(k.says("139****1111"))
        self.assertFalse(k.says("13900001111"))
        self.finish(k)
        k.wait(id="register.done")
        k.tap("register.login")
        k.wait(screen="login")
        self.assertEqual(k.node("login.id_number")["value"].replace(" ", ""), OTHER)
        self.log_in(k, OTHER, "Tian shan 2026")
        k.wait(screen="confirm")

    def test_sending_again_waits_sixty_seconds(self):
        k = self.hall(fake_clock=True)
        self.begin(k)
        self.assertIn("disabled", k.node("sms.resend")["state"])
        self.assertIn("1 分 00 秒", k.node("sms.resend_in")["label"])
        k.advance(30_000)
        self.assertIn("0 分 30 秒", k.node("sms.resend_in")["label"])
        k.advance(30_000)
        self.assertNotIn("disabled", k.node("sms.resend")["state"])
        k.tap("sms.resend")
        k.wait(id="sms.resend_in")
        self.assertEqual(len(self.asked("/v1/sessions/resend")), 1)

    def test_wrong_codes_are_counted_and_the_fifth_ends_it(self):
        k = self.hall()
        self.begin(k)
        for left in (4, 3, 2, 1):
            self.finish(k, code="000000")
            k.until(lambda: any(f"还可以试 {left} 次" in a for a in alerts(k)))
            self.assertEqual(k.node("sms.password")["value"], "•" * 14, "the password need not be typed again")
        self.put(k, "sms.code", "000000")
        k.tap("kb.done")
        k.press("register.finish")
        k.wait(id="sms.over")
        self.assertIn("disabled", k.node("register.finish")["state"])
        k.tap("register.back")
        k.wait(id="captcha.image")
        self.assertEqual(k.node("register.name")["value"], "阿依古丽·买买提")

    def test_the_code_ends_after_five_minutes(self):
        k = self.hall(fake_clock=True)
        self.begin(k)
        for _ in range(5):
            k.advance(60_000)
            if k.has("idle_warning.stay"):
                k.tap("idle_warning.stay")
        k.wait(id="sms.over")

    def test_passwords_that_differ_or_are_weak_are_refused_at_the_field(self):
        k = self.hall()
        self.begin(k)
        for password, words in (("short", "至少 8 位"), ("aaaaaaaaa", "不能全用同一个字符"), ("19851231", "身份证号里的数字"),
                                ("x13900001111", "不能包含手机号")):
            self.put(k, "sms.password", password)
            k.tap("kb.done")
            self.assertIn(words, k.node("sms.password.error")["label"])
        self.put(k, "sms.password", "Tian shan 2026")
        self.put(k, "sms.again", "Tian shan 2027")
        k.tap("kb.done")
        self.assertIn("不一样", k.node("sms.again.error")["label"])
        self.assertIn("disabled", k.node("register.finish")["state"])

    def test_the_platform_has_the_last_word_on_a_password(self):
        k = self.hall()
        self.begin(k)
        self.finish(k, password="a weak one indeed")
        k.wait(id="sms.failed")
        self.assertIn("密码太短", k.node("sms.failed")["label"])

    def test_an_id_number_that_is_registered_has_two_ways_out(self):
        for way, screen in (("register.login", "login"), ("register.back", "recover")):
            with self.subTest(way=way):
                k = self.hall()
                self.begin(k, NUMBER)
                self.finish(k)
                k.wait(id="register.registered.title")
                self.assertEqual(k.node("register.registered.title")["label"], "身份证已注册")
                self.assertEqual((k.node("register.login")["label"], k.node("register.back")["label"]), ("去登录", "找回用户名或密码"))
                self.assertFalse(k.says("138"), "the mobile of the account is not told")
                k.tap(way)
                k.wait(screen=screen)
                self.assertEqual(k.node(f"{screen}.id_number")["value"].replace(" ", ""), NUMBER)


class Recover(Test):
    def begin(self, k, number=NUMBER):
        self.login_page(k)
        k.tap("login.recover")
        k.wait(screen="recover")
        k.wait(id="captcha.image")
        for field, value in (("recover.id_number", number), ("recover.mobile", "13800000000"), ("captcha.text", "ab7k")):
            self.put(k, field, value)
        k.tap("kb.done")
        k.press("recover.send")

    def test_by_code_a_new_password_and_back_to_login_with_the_number_kept(self):
        k = self.hall()
        self.begin(k)
        k.wait(id="sms.code")
        for field, value in (("sms.code", "482915"), ("sms.password", "new and better 1"), ("sms.again", "new and better 1")):
            self.put(k, field, value)
        k.tap("kb.done")
        k.press("recover.finish")
        k.wait(id="recover.done")
        k.tap("recover.login")
        k.wait(screen="login")
        self.assertEqual(k.node("login.id_number")["value"].replace(" ", ""), NUMBER)
        self.log_in(k, password="new and better 1")
        k.wait(screen="confirm")

    def test_by_a_password_in_the_message(self):
        k = self.hall()
        self.platform.mode = "password"
        self.begin(k)
        k.wait(id="recover.sent")
        self.assertFalse(k.has("sms.code"))
        k.tap("recover.login")
        k.wait(screen="login")

    def test_a_number_without_account_looks_the_same(self):
        k = self.hall()
        self.begin(k, OTHER)
        k.wait(id="sms.code")
        self.assertTrue(k.says("如果号码无误"))

    def test_a_lost_phone_leads_to_the_appeal_and_the_staff(self):
        k = self.hall()
        self.login_page(k)
        k.tap("login.recover")
        k.wait(id="recover.lost")
        k.tap("recover.lost")
        self.assertIn("账号申诉", k.node("recover.appeal.text")["label"])
        k.tap("recover.staff")
        k.wait(id="staff.close")


class WeChat(Test):
    def page(self, k):
        self.login_page(k)
        k.tap("login.tabs.1")
        k.wait(screen="wechat")
        k.wait(id="wechat.qr")

    def test_scan_agree_and_in(self):
        k = self.hall()
        self.platform.wechat_who = NUMBER
        self.page(k)
        self.assertEqual(k.node("wechat.qr")["value"], "https://platform.example/w/s/abcdefghijklmnop")
        self.assertTrue(k.says("47 · 21") and k.says("3 号机"))
        self.platform.wechat = ["authorization-pending", "login"]
        k.wait(screen="confirm")
        self.assertEqual(self.asked("/v1/sessions/wechat"), [{"purpose": "login"}])

    def test_slow_down_makes_it_ask_five_seconds_later(self):
        k = self.hall(fake_clock=True)
        self.page(k)
        self.platform.wechat = ["slow-down"]
        k.advance(1_000)
        k.until(lambda: len(self.platform.polls) == 1)
        k.until(lambda: not self.platform.wechat)
        k.tree()
        k.advance(5_500)
        self.assertEqual(len(self.platform.polls), 1, "one second as agreed, and five")
        k.advance(1_000)
        k.until(lambda: len(self.platform.polls) == 2)

    def test_refused_and_expired_offer_another_code(self):
        for step, words in (("access-denied", "手机上已拒绝"), ("expired-token", "时间已过")):
            with self.subTest(step=step):
                k = self.hall()
                self.page(k)
                self.platform.wechat = [step]
                k.wait(id="wechat.ended")
                self.assertTrue(k.says(words))
                self.assertFalse(k.has("wechat.qr"))
                k.tap("wechat.fresh")
                k.wait(id="wechat.qr")

    def test_the_code_is_gone_when_its_time_is_over(self):
        k = self.hall(fake_clock=True)
        self.platform.expires_in = 30
        self.page(k)
        for _ in range(31):
            k.advance(1_000)
        k.wait(id="wechat.ended")

    def test_a_wechat_without_account_logs_in_by_number_and_is_bound_then(self):
        k = self.hall()
        self.page(k)
        self.platform.wechat = ["wechat-unbound"]
        k.wait(id="wechat.unbound")
        k.tap("wechat.login")
        k.wait(screen="login")
        self.log_in(k)
        k.wait(screen="confirm")
        k.tap("confirm.yes")
        k.wait(screen="wechat")
        k.wait(id="wechat.qr")
        self.assertEqual(self.asked("/v1/sessions/wechat")[-1], {"purpose": "bind"})
        self.platform.wechat = ["bound"]
        k.wait(id="wechat.bound")
        k.tap("wechat.next")
        k.wait(screen="home")

    def test_an_expired_captcha_never_meets_a_wechat_page(self):
        k = self.hall(fake_clock=True)
        self.page(k)
        before = self.platform.captchas
        for _ in range(4):
            k.advance(30_000)
        self.assertEqual(self.platform.captchas, before)


class Images(Test):
    def test_an_account_without_the_two_images_is_asked_for_them_first(self):
        k = self.hall()
        self.platform.person(NUMBER, images=False)
        self.login_page(k)
        self.log_in(k)
        k.wait(screen="confirm")
        k.tap("confirm.yes")
        k.wait(screen="images")
        self.assertTrue(k.has("images.gate"))
        self.assertIn("disabled", k.node("images.next")["state"])
        k.tap("images.back")
        k.wait(screen="home")

    def test_both_there_lead_home(self):
        from ui.people import PAPERS
        k = self.hall(papers=PAPERS)
        self.platform.person(NUMBER, images=False)
        self.login_page(k)
        self.log_in(k)
        k.wait(screen="confirm")
        k.tap("confirm.yes")
        k.wait(screen="images")
        Person(k)._papers("images", lambda name: None)
        k.press("images.next")
        k.wait(screen="home")


if __name__ == "__main__":
    unittest.main()
