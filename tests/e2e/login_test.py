"""Accounts from the screen to the platform: the real kiosk, agent and platform; codes come by SMS from a double of the provider."""
import contextlib
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.sealed import accounts_settings  # noqa: E402
from e2e.sms_double import SmsDouble  # noqa: E402

PASSWORD, NEW_PASSWORD = "Tian shan 2026", "Kunlun and Altay 9"


class Login(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.provider = stack.enter_context(SmsDouble())
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bulu-login-")))
        settings = {**accounts_settings(self.folder, self.provider.url), ("sms", "minute_most"): 100}
        self.hall = stack.enter_context(Hall(platform_settings=settings))
        self.kiosk = self.hall.kiosk

    def captcha(self):
        """The text of the newest captcha, once it is on the screen."""
        self.kiosk.wait(id="captcha.image")
        lines = (self.folder / "captchas").read_text(encoding="ascii").split()
        return lines[-1]

    def put(self, name, text):
        self.kiosk.tap(name)
        self.kiosk.key("Ctrl+A")
        self.kiosk.type(text)

    def code(self):
        return self.provider.wait(lambda message: message["to"] == Person.MOBILE and "code" in message["args"])["args"]["code"]

    def door(self):
        Person(self.kiosk).go_on("door")
        self.kiosk.until(lambda: not self.kiosk.has("door.offline"))

    def log_in(self, password):
        k = self.kiosk
        k.wait(screen="login")
        for name, value in (("login.id_number", Person.ID), ("login.password", password), ("captcha.text", self.captcha())):
            self.put(name, value)
        k.tap("kb.done")
        k.press("login.login")

    def finish(self, way, code, password):
        for name, value in (("sms.code", code), ("sms.password", password), ("sms.again", password)):
            self.put(name, value)
        self.kiosk.tap("kb.done")
        self.kiosk.press(f"{way}.finish")
        self.kiosk.wait(id=f"{way}.done")
        self.kiosk.tap(f"{way}.login")

    def go_home(self):
        """An account without the two images is asked for them first; they may come later."""
        self.kiosk.wait(screen="confirm")
        self.kiosk.tap("confirm.yes")
        self.kiosk.wait(id="images.gate")
        self.kiosk.tap("images.back")
        self.kiosk.wait(screen="home")

    def test_registered_by_sms_logged_in_and_found_again_without_a_code(self):
        k = self.kiosk
        self.door()
        k.tap("door.register")
        for name, value in (("register.id_number", Person.ID), ("register.name", Person.NAME), ("register.mobile", Person.MOBILE),
                            ("captcha.text", self.captcha())):
            self.put(name, value)
        k.tap("kb.done")
        k.tap("register.consent")
        k.press("register.send")
        k.wait(id="sms.code")
        self.finish("register", self.code(), PASSWORD)
        self.log_in(PASSWORD)
        self.go_home()
        k.tap("home.records")
        k.tap("records.new")
        Person(k).go_on("award")
        Person(k).answer("form.title_award.has_ecert", "no")
        k.until(lambda: k.says("已保存"))
        k.stop()
        k.start()
        self.door()
        k.tap("door.login")
        self.log_in(PASSWORD)
        self.go_home()
        k.tap("home.records")
        k.wait(id="records.1")
        for file in self.hall.folder.rglob("*"):
            if file.is_file() and file.suffix not in (".sock",):
                data = file.read_bytes()
                for secret in (PASSWORD, Person.ID):
                    self.assertTrue(secret.encode() not in data, f"{secret} in {file.name}")

    def test_recovered_by_sms_and_the_old_password_is_over(self):
        k = self.kiosk
        self.hall.platform.admin("account-add", "--id", Person.ID, "--name", Person.NAME, "--mobile", Person.MOBILE, "--password-stdin",
                                 stdin=PASSWORD)
        self.door()
        k.tap("door.login")
        k.wait(screen="login")
        k.wait(id="captcha.image")
        k.tap("login.recover")
        k.wait(screen="recover")
        for name, value in (("recover.id_number", Person.ID), ("recover.mobile", Person.MOBILE), ("captcha.text", self.captcha())):
            self.put(name, value)
        k.tap("kb.done")
        k.press("recover.send")
        k.wait(id="sms.code")
        self.finish("recover", self.code(), NEW_PASSWORD)
        self.log_in(PASSWORD)
        k.wait(id="login.failed")
        self.log_in(NEW_PASSWORD)
        k.wait(screen="confirm")
        self.assertTrue(k.says("张*"))


if __name__ == "__main__":
    unittest.main()
