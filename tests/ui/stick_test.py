"""A USB stick: its list with pictures, pulled out in the middle, and the staff's switch."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.people import kiosk  # noqa: E402

FIELD = "form.attachments.cert_original"


class Stick(unittest.TestCase):
    def start(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.start()
        return k

    def to_list(self, k):
        Person(k).go_on("attachments")
        k.tap(f"{FIELD}.import")
        k.wait(screen="folder")

    def test_every_file_that_can_be_taken_shows_its_picture(self):
        k = self.start()
        (k.folder / "import" / "empty.jpg").write_bytes(b"")
        (k.folder / "import" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture at all")
        self.to_list(k)
        k.until(lambda: k.has("folder.1"))
        files = {n["label"]: n["id"] for n in k.nodes() if n["role"] == "button" and n["id"].startswith("folder.") and "." in n["label"]}
        self.assertIn("certificate.jpg", files)
        good = [n for name, n in files.items() if name not in ("empty.jpg", "broken.png")]
        k.until(lambda: all(k.has(f"{n}.picture") for n in good), 20)
        for name in ("empty.jpg", "broken.png"):
            self.assertFalse(k.has(f"{files[name]}.picture"))
        before = {p.name: p.stat().st_mtime_ns for p in (k.folder / "import").iterdir()}
        k.tap(files["certificate.jpg"])
        k.wait(id=f"{FIELD}.file.1", timeout_ms=20000)
        self.assertEqual({p.name: p.stat().st_mtime_ns for p in (k.folder / "import").iterdir()}, before, "a stick is only read")

    def test_a_stick_pulled_out_while_its_list_shows_is_said_and_what_was_imported_stays(self):
        k = self.start()
        self.to_list(k)
        k.wait(label="certificate.jpg")
        k.tap(next(n["id"] for n in k.nodes() if n["label"] == "certificate.jpg" and n["role"] == "button"))
        k.wait(id=f"{FIELD}.file.1", timeout_ms=20000)
        k.tap(f"{FIELD}.import")
        k.wait(label="photo.png")
        (k.folder / "import").rename(k.folder / "pulled")
        k.tap(next(n["id"] for n in k.nodes() if n["label"] == "photo.png" and n["role"] == "button"))
        k.until(lambda: k.says("U 盘已拔出"))
        self.assertFalse(any(n["id"] == "folder.1" for n in k.nodes()))
        (k.folder / "pulled").rename(k.folder / "import")
        k.press("folder.again")
        k.wait(label="photo.png")
        k.tap("folder.back")
        k.wait(id=f"{FIELD}.file.1")

    def test_staff_switch_it_off_for_everybody_and_on_again_over_a_restart(self):
        k = self.start()
        k.until(lambda: (k.folder / "store" / "bulu.db").exists())
        conf = k.folder / "ctl.ini"
        conf.write_text(f"[store]\ndir = {k.folder / 'store'}\n", encoding="utf-8")
        subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "--config", str(conf), "staff", "add", "ts-017", "staff"], input="580317\n", text=True, check=True,
                       capture_output=True)
        self.switch(k)
        k.stop()
        k.start()
        Person(k).go_on("images")
        self.assertIn("disabled", k.node("form.images.id_card_front.import")["state"])
        self.assertTrue(k.says("工作人员关闭了 U 盘导入"))
        k.tap("images.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.switch(k)
        log = subprocess.run(["sqlite3", str(k.folder / "store" / "bulu.db"), "SELECT detail FROM audit WHERE event = 'staff.usb'"], capture_output=True,
                             text=True).stdout
        self.assertEqual(log.split("\n")[:2], ["badge=ts-017 off", "badge=ts-017 on"])

    def switch(self, k):
        k.tap("idle.staff")
        k.tap("staff.door")
        k.wait(screen="staff_door")
        k.fill("staff_door.badge", "ts-017")
        k.fill("staff_door.pin", "580317")
        k.press("staff_door.next")
        k.wait(screen="staff_desk")
        k.tap("staff_desk.usb")
        k.tap("staff_desk.back")
        k.wait(screen="idle")


if __name__ == "__main__":
    unittest.main()
