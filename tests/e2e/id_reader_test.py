"""The ID reader's driver, as it runs, against a reader on a pseudo-terminal: every card, every failure."""
import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.broker import Broker  # noqa: E402
from support.id_reader import MODES, IdReader, foreign, foreign_old, hmt, resident  # noqa: E402

ID = "650102198803150014"


class Driver(unittest.TestCase):
    def setUp(self):
        self.broker = Broker()
        self.broker.__enter__()
        self.addCleanup(self.broker.__exit__)

    def read(self, reader, wait_ms=6000):
        return self.broker.call("id_reader", {"device": reader.path, "wait_ms": wait_ms})

    def failed(self, answer, word):
        self.assertEqual((answer["ok"], answer.get("error"), answer.get("detail")), (False, "device", word))

    def test_all_four_kinds_of_cards_are_read_whole(self):
        cases = [(resident(), {"kind": "resident", "name": "艾力·买买提", "sex": "1", "nation": "03", "birth": "19880315", "id": ID,
                               "address": "新疆乌鲁木齐市天山区解放南路12号", "authority": "乌鲁木齐市公安局天山区分局", "valid_from": "20180101", "valid_to": "20380101"}),
                 (resident(valid=("20180101", "长期")), {"valid_to": "长期"}),
                 (resident(name="\ue863㐅𠮷"), {"name": "\ue863㐅𠮷"}),
                 (hmt(), {"kind": "hmt", "name": "陳大文", "nation": "", "pass": "H12345678", "id": "810000199001010012"}),
                 (foreign_old(), {"kind": "foreign_old", "name_en": "JOHN SMITH", "name": "约翰史密斯", "id": "USA650080010199", "country": "USA", "birth": "19800101"}),
                 (foreign(), {"kind": "foreign", "name": "玛丽亚", "name_en": "MARIA VERY LONG FAMILY NAME GARCIA", "sex": "2", "country": "ESP"})]
        for card, wanted in cases:
            with self.subTest(wanted), IdReader(card) as reader:
                answer = self.read(reader)
                self.assertTrue(answer["ok"], answer)
                self.assertEqual({k: answer["result"][k] for k in wanted}, wanted)

    def test_bytes_in_pieces_among_garbage_slow_or_with_a_broken_frame_before_them_are_read(self):
        for mode in ("split", "slow", "garbage", "echo"):
            with self.subTest(mode), IdReader(resident(), mode) as reader:
                answer = self.read(reader, 12000)
                self.assertTrue(answer["ok"], answer)
                self.assertEqual(answer["result"]["id"], ID)

    def test_it_waits_for_a_card_and_asks_no_faster_than_every_300_ms(self):
        with IdReader() as reader:
            number = self.broker.post("id_reader", {"device": reader.path, "wait_ms": 15000})
            while len(reader.times("find")) < 4:
                time.sleep(0.02)
            reader.card = resident()
            self.assertTrue(self.broker.wait(number)["ok"])
            times = reader.times("find")
            self.assertGreaterEqual(min(b - a for a, b in zip(times, times[1:])), 0.295)
            self.assertEqual(self.broker.said[0], "waiting")

    def test_nobody_comes(self):
        with IdReader() as reader:
            self.failed(self.read(reader, 900), "no_card")

    def test_every_refusal_of_a_step_asks_for_the_card_again_and_then_reads_it(self):
        for step, codes in (("find", (0x10, 0x11, 0x21, 0x23, 0x24, 0x91)), ("select", (0x81, 0x31, 0x32, 0x47)),
                            ("read", (0x41, 0x33, 0x37, 0x3f, 0x40, 0x31, 0x91))):
            for sw3 in codes:
                with self.subTest(step=step, sw3=hex(sw3)), IdReader(resident(), answers={step: [sw3]}) as reader:
                    answer = self.broker.call("id_reader", {"device": reader.path, "wait_ms": 6000})
                    self.assertTrue(answer["ok"], answer)
                    self.assertIn("again", self.broker.said)
                    self.assertEqual(answer["result"]["id"], ID)

    def test_a_card_that_is_never_read_is_told_after_five_tries(self):
        with IdReader(resident(), answers={"read": [0x41] * 9}) as reader:
            self.failed(self.read(reader, 20000), "read_failed")
            self.assertEqual(len(reader.times("read")), 5)

    def test_a_reader_whose_module_fails_is_told_at_once(self):
        for sw3, word in ((0x66, "unauthorised"), (0x60, "self_test")):
            with self.subTest(word), IdReader(resident(), answers={"sam_id": [sw3]}) as reader:
                self.failed(self.read(reader), word)
            with self.subTest(word, at="find"), IdReader(resident(), answers={"find": [sw3]}) as reader:
                self.failed(self.read(reader), word)

    def test_silence_halves_and_lies_end_in_a_word(self):
        for mode, words in (("silent", ("silent",)), ("wrong_check", ("silent",)), ("half", ("silent",)), ("wrong_length", ("silent",)),
                            ("not_a_card", ("read_failed",))):
            with self.subTest(mode), IdReader(resident(), mode) as reader:
                answer = self.broker.call("id_reader", {"device": reader.path, "wait_ms": 40000}, deadline_ms=40000)
                self.assertIn(answer.get("detail"), words, answer)

    def test_a_reader_that_is_pulled_out_or_was_never_there(self):
        with IdReader(resident(), "vanish") as reader:
            self.failed(self.read(reader), "vanished")
        self.failed(self.broker.call("id_reader", {"device": "/dev/bulu-no-such-reader"}), "absent")
        self.failed(self.broker.call("id_reader", {"device": "usb:0400:c35a"}), "absent")
        self.assertEqual(self.broker.call("id_reader", {"device": "/etc/passwd"})["error"], "refused")
        self.assertEqual(self.broker.call("id_reader", {"device": "/dev/../etc/passwd"})["error"], "refused")

    def test_a_cancelled_wait_frees_the_reader(self):
        with IdReader() as reader:
            number = self.broker.post("id_reader", {"device": reader.path, "wait_ms": 15000})
            while not reader.times("find"):
                time.sleep(0.01)
            self.broker.cancel(number)
            self.assertEqual(self.broker.wait(number, 3)["error"], "cancelled")
            reader.card = resident()
            self.assertTrue(self.read(reader)["ok"])

    def test_a_reader_that_was_pulled_in_the_middle_is_read_after_it_is_back(self):
        with IdReader(resident(), "vanish") as reader:
            self.failed(self.read(reader), "vanished")
        with IdReader(resident()) as reader:
            self.assertTrue(self.read(reader)["ok"])


class Soak(unittest.TestCase):
    """A bad day: 24 reads among cancels, silence, lies and pulled plugs. Nothing hangs, no child is left, the next good reader reads."""

    def test_random_failures_and_cancels_leave_nothing_behind(self):
        seed = int(os.environ.get("BULU_SEED") or random.SystemRandom().randrange(1 << 32))
        print(f"BULU_SEED={seed}", file=sys.stderr)
        chance = random.Random(seed)
        with Broker() as broker:
            for n in range(24):
                mode = chance.choice(MODES)
                with IdReader(chance.choice((None, resident(), hmt())), mode, {"read": [0x41] * chance.randrange(3)}) as reader:
                    number = broker.post("id_reader", {"device": reader.path, "wait_ms": 1500, "fresh": chance.random() < 0.3}, deadline_ms=12000)
                    if chance.random() < 0.7:
                        time.sleep(chance.random() * 0.4)  # the moment of the cancel is the chance
                        broker.cancel(number)
                    answer = broker.wait(number, 14)
                    self.assertTrue(answer["ok"] or answer["error"] in ("cancelled", "device"), (n, mode, answer))
            with IdReader(resident()) as reader:
                self.assertTrue(broker.call("id_reader", {"device": reader.path})["ok"])
            children = pathlib.Path(f"/proc/{broker.process.pid}/task/{broker.process.pid}/children")
            deadline = time.monotonic() + 5
            while children.read_text().strip() and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(children.read_text().strip(), "")
            self.assertLess(len(list(pathlib.Path(f"/proc/{broker.process.pid}/fd").iterdir())), 20, "descriptors stay open")


class Sandbox(unittest.TestCase):
    def test_a_job_that_tries_to_open_connect_or_fork_is_killed(self):
        with Broker("--selftest") as broker, IdReader(resident()) as reader:
            for what in ("open", "write", "socket", "fork", "exec", "ptrace", "kill"):
                with self.subTest(what):
                    answer = broker.call("id_reader", {"device": reader.path, "selftest": what})
                    self.assertEqual((answer["ok"], answer["error"]), (False, "killed"), answer)
                    self.assertIn("SIGSYS", answer["detail"])


if __name__ == "__main__":
    unittest.main()
