"""One person, two kiosks, one platform: the ground of tests that go from one to the other."""
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.sealed import accounts_settings  # noqa: E402
from ui.people import PAPERS, QUICK  # noqa: E402

PASSWORD = "Wuhua-2026-Tianshan"


class Beside(Hall):
    """Another kiosk of the same platform."""

    def __init__(self, first, kiosk=4, **options):
        super().__init__(**options)
        self.platform, self.number = first.platform, kiosk

    def enrol(self):
        text = self.folder / "enrol.json"
        text.write_text(self.platform.admin("enrol-code", "--hall", "水磨沟区政务服务大厅", "--kiosk", self.number), encoding="utf-8")
        self.ctl("enrol", str(text))
        text.unlink()

    def __enter__(self):
        try:
            self.write_configs()
            self.enrol()
            self.start_agent()
            self.kiosk.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.kiosk.process:
            self.kiosk.stop()
        self.stop_agent()
        shutil.rmtree(self.folder, ignore_errors=True)


class TwoKiosks(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="bulu-two-")))
        self.captchas = folder / "captchas"
        self.first = Hall(kiosk_settings=QUICK, platform_settings=accounts_settings(folder))
        self.papers(self.first)
        self.enterContext(self.first)
        self.platform = self.first.platform
        self.platform.admin("account-add", "--id", Person.ID, "--name", Person.NAME, "--mobile", Person.MOBILE, "--password-stdin",
                            stdin=PASSWORD + "\n")
        self.second = Beside(self.first, kiosk_settings=QUICK)
        self.papers(self.second)
        self.enterContext(self.second)

    @staticmethod
    def papers(hall):
        stick = hall.kiosk.folder / "import"
        stick.mkdir(parents=True, exist_ok=True)
        for paper in PAPERS.iterdir():
            if paper.suffix in (".jpg", ".png", ".pdf"):
                shutil.copy(paper, stick)

    def connected(self, k):
        k.until(lambda: "已连接" in k.node("idle.connection")["label"], 60)

    def login(self, hall):
        """At the idle page → one's own page, by ID number and password."""
        k, person = hall.kiosk, Person(hall.kiosk)
        self.connected(k)
        person.go_on("door")
        k.tap("door.login")
        k.wait(id="captcha.image", timeout_ms=20000)
        text = self.captchas.read_text(encoding="ascii").split()[-1]
        k.fill("login.id_number", Person.ID)
        k.fill("login.password", PASSWORD)
        k.fill("captcha.text", text)
        k.tap("kb.done")
        k.press("login.login")
        k.wait(gone="login.login", timeout_ms=20000)
        person.go_on(("home", "images"))
        if k.screen == "images":  # the account has no pictures yet: they are taken once
            person.at_images(lambda name: None)
        k.wait(screen="home", timeout_ms=20000)
        return person

    def leave(self, k):
        for _ in range(4):
            k.tap(f"{k.screen}.exit")
            if not k.has("wizard.keep"):
                break
            k.tap("wizard.keep")
            k.until(lambda: not k.has("wizard.keep"))
        k.tap("exit.yes")
        k.wait(screen="idle")

    def submit(self, hall, person):
        person.go_on("receipt")
        hall.kiosk.until(lambda: hall.kiosk.node("receipt.state")["label"] == "已经提交至基层工作单位", 60)
