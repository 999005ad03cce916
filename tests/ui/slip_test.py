"""The receipt on paper, read back by machines: the QR by zbar, the words by tesseract; and what is said when it does not come out."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from support.printer import Printer  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.link import Accounts, enrol  # noqa: E402
from ui.people import kiosk  # noqa: E402

URL = "https://platform.example"


def read_qr(png):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", str(png)], capture_output=True, text=True)
    return done.stdout.strip()


def read_text(png, languages="chi_sim+eng"):
    done = subprocess.run(["tesseract", str(png), "-", "-l", languages, "--psm", "6"], capture_output=True, text=True)
    return re.sub(r"\s", "", done.stdout)


def nearly_in(number, text):
    """A reading machine takes 0 for O and S for 5; a person who types it in is corrected by the check character. Two slips at most."""
    alike = str.maketrans("OILSBZ", "011582", "-—–")
    number, text = number.translate(alike), text.upper().translate(alike)
    return any(sum(a != b for a, b in zip(number, text[i:i + len(number)])) <= 2 for i in range(len(text) - len(number) + 1))


class Slip(unittest.TestCase):
    def start(self, printer, width=576, lang="zh", **options):
        k = kiosk(settings={("printer", "device"): printer.path, ("printer", "width"): width, ("kiosk", "help_phone"): "0991-1234567"}, lang=lang, **options)
        self.addCleanup(k.__exit__)
        k.start()
        enrol(k, Accounts())
        k.stop()
        k.start()
        self.person = Person(k)
        self.person.go_on("receipt")
        return k

    def test_the_paper_is_read_by_machines_and_has_no_id_number(self):
        for width in (576, 384):
            with self.subTest(width), Printer() as printer:
                k = self.start(printer, width)
                printer.wait_receipt()
                png = printer.png(k.folder / "slip.png")
                keep = pathlib.Path(k.build).parent / "screens"
                keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(png, keep / f"slip_{width}.png")
                self.assertEqual(read_qr(png), f"{URL}/r/{self.person.receipt}")
                text = read_text(png)
                for words in ("回执号", "尚未提交成功", "取件码", "0991-1234567", "工程师", "2010"):
                    self.assertIn(words, text)
                self.assertTrue(nearly_in(self.person.receipt, text), f"{self.person.receipt} in plain letters: {text}")
                self.assertNotIn(Person.ID[6:14], text)
                self.assertNotIn(Person.ID[-4:], text)
                self.assertNotIn(Person.CODE, text)
                self.assertNotIn("张三", text)
                k.until(lambda: k.says("回执已打印"))

    def test_it_prints_once_by_itself_and_again_when_asked(self):
        with Printer() as printer:
            k = self.start(printer)
            k.until(lambda: k.says("回执已打印"))
            self.assertEqual(len(printer.receipts), 1)
            k.press("receipt.print")
            printer.wait_receipt(2)
            k.until(lambda: k.says("回执已打印"))
            k.tap("receipt.status")
            k.wait(screen="status")
            k.press("status.print")
            printer.wait_receipt(3)
            self.assertEqual(read_qr(printer.png(k.folder / "again.png")), f"{URL}/r/{self.person.receipt}")

    def test_without_paper_the_screen_stands_in_and_a_new_roll_prints(self):
        with Printer(out_after=200) as printer:
            k = self.start(printer)
            k.until(lambda: k.has("receipt.print.failed"))
            self.assertIn("打印纸用完了", k.node("receipt.print.failed")["label"])
            self.assertIn("屏幕上的二维码", k.node("receipt.print.failed")["label"])
            self.assertTrue(k.has("receipt.qr"))
            printer.new_roll()
            k.press("receipt.print")
            printer.wait_receipt()
            k.until(lambda: k.says("回执已打印"))

    def test_a_printer_that_is_away_open_or_pulled_out_is_said_and_nothing_is_lost(self):
        for switches, words in (({"cover_open": True}, "盖子开着"), ({"vanish_after": 100}, "断开了")):
            with self.subTest(words), Printer(**switches) as printer:
                k = self.start(printer)
                k.until(lambda: k.has("receipt.print.failed"))
                self.assertIn(words, k.node("receipt.print.failed")["label"])
                self.assertEqual(k.node("receipt.number")["label"], self.person.receipt)

    def test_staff_print_it_again_without_seeing_whose_it_is_and_it_is_noted(self):
        with Printer() as printer:
            k = self.start(printer)
            printer.wait_receipt()
            k.tap("receipt.exit")
            k.tap("exit.yes")
            k.wait(screen="idle")
            conf = k.folder / "ctl.ini"
            conf.write_text(f"[store]\ndir = {k.folder / 'store'}\n", encoding="utf-8")
            subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "--config", str(conf), "staff", "add", "ts-017", "staff"], input="580317\n", text=True,
                           check=True, capture_output=True)
            k.tap("idle.staff")
            k.tap("staff.door")
            k.wait(screen="staff_door")
            k.fill("staff_door.badge", "ts-017")
            k.fill("staff_door.pin", "580317")
            k.press("staff_door.next")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.receipt")
            k.wait(screen="staff_receipt")
            k.fill("staff_receipt.number", self.person.receipt)
            k.press("staff_receipt.next")
            k.wait(id="staff_receipt.print")
            k.tap("staff_receipt.print")
            printer.wait_receipt(2)
            png = printer.png(k.folder / "slip.png")
            self.assertEqual(read_qr(png), f"{URL}/r/{self.person.receipt}")
            self.assertNotIn("申报人", read_text(png))
            k.until(lambda: k.says("回执已打印"))
            log = subprocess.run(["sqlite3", str(k.folder / "store" / "bulu.db"), "SELECT detail FROM audit WHERE event = 'staff.print'"],
                                 capture_output=True, text=True).stdout
            self.assertEqual(log.strip(), f"badge=ts-017 receipt={self.person.receipt}")

    def test_uyghur_is_printed_as_it_is_written(self):
        with Printer() as printer:
            k = self.start(printer, lang="ug")
            printer.wait_receipt()
            png = printer.png(k.folder / "slip.png")
            shutil.copy(png, pathlib.Path(k.build).parent / "screens" / "slip_ug.png")
            receipt = re.sub("[\u2066-\u2069]", "", self.person.receipt)
            self.assertEqual(read_qr(png), f"{URL}/r/{receipt}")

    def test_without_a_printer_nothing_speaks_of_one(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.start()
        enrol(k, Accounts())
        k.stop()
        k.start()
        Person(k).go_on("receipt")
        self.assertFalse(k.has("receipt.print"))


if __name__ == "__main__":
    unittest.main()
