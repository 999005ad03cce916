"""The receipt printer's driver, as it runs, against a printer on a pseudo-terminal."""
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.broker import Broker  # noqa: E402
from support.printer import Printer  # noqa: E402

WIDTH, HEIGHT = 576, 700


def dots(seed=1):
    return random.Random(seed).randbytes(WIDTH // 8 * HEIGHT)


class Driver(unittest.TestCase):
    def setUp(self):
        self.broker = Broker()
        self.broker.__enter__()
        self.addCleanup(self.broker.__exit__)

    def print(self, printer, data=None, **more):
        return self.broker.call("printer", {"device": printer.path, "width": WIDTH, "height": HEIGHT, "feed": 60, **more}, dots() if data is None else data,
                                deadline_ms=30000)

    def failed(self, answer, word):
        self.assertEqual((answer["ok"], answer.get("error"), answer.get("detail")), (False, "device", word))

    def test_every_dot_comes_out_in_bands_that_cheap_printers_take(self):
        with Printer() as printer:
            answer = self.print(printer)
            self.assertEqual((answer["ok"], answer["result"]), (True, {"status": True, "near_end": False}))
            paper = printer.wait_receipt()
            self.assertEqual(b"".join(paper[:HEIGHT]), dots())
            self.assertEqual(len(paper), HEIGHT + 60)
            self.assertEqual(printer.bands, [128] * 5 + [60])

    def test_a_one_way_line_prints_all_the_same(self):
        with Printer(mute=True) as printer:
            answer = self.print(printer)
            self.assertEqual(answer["result"], {"status": False, "near_end": False})
            self.assertEqual(b"".join(printer.wait_receipt()[:HEIGHT]), dots())

    def test_what_stands_in_the_way_is_told_before_anything_is_printed(self):
        for switch, word in (("paper_out", "paper_out"), ("cover_open", "cover_open"), ("cutter", "cutter"), ("hot", "hot"), ("offline", "offline")):
            with self.subTest(switch), Printer(**{switch: True}) as printer:
                self.failed(self.print(printer), word)
                self.assertEqual(printer.bands, [])

    def test_paper_near_its_end_prints_and_says_so(self):
        with Printer(near_end=True) as printer:
            self.assertTrue(self.print(printer)["result"]["near_end"])
            printer.wait_receipt()

    def test_paper_that_ends_in_the_middle_is_told_and_a_new_roll_prints_the_whole(self):
        with Printer(out_after=300) as printer:
            self.failed(self.print(printer), "paper_out")
            self.assertEqual(printer.receipts, [])
            printer.new_roll()
            self.assertTrue(self.print(printer)["ok"])
            self.assertEqual(b"".join(printer.wait_receipt()[:HEIGHT]), dots())

    def test_paper_that_ends_with_the_last_rows_is_no_receipt(self):
        with Printer(out_after=HEIGHT - 10) as printer:
            self.failed(self.print(printer), "paper_out")

    def test_a_printer_that_is_pulled_out_stuck_or_not_there(self):
        with Printer(vanish_after=200) as printer:
            self.failed(self.print(printer), "vanished")
        with Printer(stuck=True) as printer:
            self.failed(self.print(printer), "stuck")
        self.failed(self.broker.call("printer", {"device": "/dev/usb/lp99", "width": 8, "height": 1}, b"\0"), "absent")

    def test_it_tells_how_it_stands_without_printing(self):
        with Printer(near_end=True) as printer:
            answer = self.broker.call("printer", {"device": printer.path}, b"")
            self.assertEqual(answer["result"], {"status": True, "near_end": True})
            self.assertEqual(printer.bands, [])

    def test_sizes_that_do_not_fit_the_bytes_are_refused(self):
        with Printer() as printer:
            for more in ({"height": HEIGHT + 1}, {"width": 571}, {"width": 0}, {"height": 100000}, {"feed": -1}):
                with self.subTest(more):
                    self.assertEqual(self.print(printer, **more)["error"], "refused")
            self.assertEqual(printer.bands, [])


class Sandbox(unittest.TestCase):
    def test_a_job_that_tries_to_open_connect_or_fork_is_killed(self):
        with Broker("--selftest") as broker, Printer() as printer:
            for what in ("open", "socket", "fork", "exec"):
                with self.subTest(what):
                    answer = broker.call("printer", {"device": printer.path, "selftest": what}, b"")
                    self.assertEqual((answer["ok"], answer["error"]), (False, "killed"), answer)


if __name__ == "__main__":
    unittest.main()
