"""Reader, printer and scanner in a hall with its platform: what a chip proves there, and how each device stands for staff, operators and
collectors of figures."""
import json
import pathlib
import socket
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from support.id_reader import IdReader, resident  # noqa: E402
from support.printer import Printer  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402
from ui.people import PAPERS, kiosk  # noqa: E402


class ByCard(Person):
    """Puts a card down instead of typing."""

    def at_who(self, seen):
        k = self.kiosk
        k.until(lambda: k.says("已读取身份证芯片") and k.has("who.code2"))
        for name, value in (("who.mobile", self.MOBILE), ("who.code", self.CODE), ("who.code2", self.CODE)):
            self.answer(name, value)
        k.press("who.next")
        k.wait(screen="confirm", timeout_ms=20000)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def figures(port):
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


class Devices(unittest.TestCase):
    def test_a_declaration_by_chip_is_taken_where_only_a_chip_is_good_enough_and_the_devices_are_told_everywhere(self):
        port = free_port()
        with IdReader(resident("张三", Person.ID, "1", "01")) as reader, Printer(near_end=True) as printer, \
                Hall(kiosk_settings={("id_reader", "device"): reader.path, ("printer", "device"): printer.path, ("kiosk", "notice_s"): 0},
                     agent_settings={("agent", "metrics_port"): port, ("schedule", "every_s"): 1},
                     platform_settings={("intake", "accept_proof"): "chip"}) as hall:
            k = hall.kiosk
            stick = k.folder / "import"
            for paper in PAPERS.iterdir():
                (stick / paper.name).write_bytes(paper.read_bytes())
            person = ByCard(k)
            person.go_on("receipt")
            printer.wait_receipt()
            k.until(lambda: "已经提交至基层工作单位" in k.node("receipt.state")["label"], 60)

            # staff's page and bulu-ctl doctor
            done = subprocess.run([str(hall.build / "bin" / "bulu-ctl"), "--config", str(hall.folder / "ctl.ini"), "doctor", "--json"],
                                  capture_output=True, text=True)
            told = [row["text"] for row in json.loads(done.stdout)["checks"] if row["check"] == "devices"]
            self.assertEqual(len(told), 3, told)
            self.assertTrue(any("（id_reader）：正常" in row and "成功 1 次" in row for row in told), told)
            self.assertTrue(any("（printer）：请留意" in row and "打印纸快用完了" in row for row in told), told)
            self.assertTrue(any("（scanner）" in row for row in told), told)

            # /metrics of the agent
            deadline = time.monotonic() + 10
            while figures(port).get('bulu_kiosk_device_done_total{device="printer"}') != 1 and time.monotonic() < deadline:
                time.sleep(0.05)
            now = figures(port)
            self.assertEqual(now['bulu_kiosk_device_done_total{device="printer"}'], 1)
            self.assertEqual(now['bulu_kiosk_device_state{device="printer",state="attention"}'], 1)
            self.assertEqual(now['bulu_kiosk_device_up{device="id_reader"}'], 1)
            self.assertEqual((now["bulu_kiosk_online"], now["bulu_kiosk_queue_waiting"], now["bulu_kiosk_delivered_total"]), (1, 0, 1))
            for path, status in (("/", 404), ("/metricsx", 404)):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5)
                self.assertEqual(refused.exception.code, status)
            with socket.create_connection(("127.0.0.1", port)):  # one that says nothing is in nobody's way
                self.assertEqual(figures(port)["bulu_kiosk_enrolled"], 1)

            # what the platform has of it
            rows = None
            for path in (hall.platform.folder / "data").glob("*.db"):
                with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                    rows = db.execute("SELECT proof, state FROM submission").fetchall()
            self.assertEqual(rows, [("chip", "submitted_unit")])

    def test_a_printer_that_is_pulled_out_is_missing_on_the_staff_page(self):
        with Printer(vanish_after=50) as gone, Hall(kiosk_settings={("printer", "device"): gone.path, ("kiosk", "notice_s"): 0}) as hall:
            k = hall.kiosk
            stick = k.folder / "import"
            for paper in PAPERS.iterdir():
                (stick / paper.name).write_bytes(paper.read_bytes())
            Person(k).go_on("receipt")
            k.until(lambda: k.has("receipt.print.failed"))
            subprocess.run([str(hall.build / "bin" / "bulu-ctl"), "--config", str(hall.folder / "ctl.ini"), "staff", "add", "ts-017", "staff"],
                           input="580317\n", text=True, check=True, capture_output=True)
            k.tap("receipt.staff")
            k.tap("staff.door")
            k.wait(screen="staff_door")
            k.fill("staff_door.badge", "ts-017")
            k.fill("staff_door.pin", "580317")
            k.press("staff_door.next")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.node("staff_health.device.printer.state")["label"] == "没有接上")
            k.until(lambda: k.says("打印机没有接上"))

    def test_staff_see_whether_reader_and_printer_are_there_before_anybody_needs_them(self):
        with IdReader(resident()) as reader, Printer(paper_out=True) as printer, kiosk(
                settings={("id_reader", "device"): reader.path, ("printer", "device"): printer.path}) as k:
            k.until(lambda: (k.folder / "store" / "bulu.db").exists())
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
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.node("staff_health.device.id_reader.state")["label"] == "正常")
            k.until(lambda: k.node("staff_health.device.printer.state")["label"] == "出错" and k.says("打印纸用完了"))
            self.assertEqual(reader.times("read"), [], "a card that lies there is nobody's business")
            printer.new_roll()
            k.tap("staff_health.next")
            k.until(lambda: k.node("staff_health.device.printer.state")["label"] == "正常")
            printer.vanish_after = 0
            reader.vanish()
            k.tap("staff_health.next")
            k.until(lambda: k.node("staff_health.device.id_reader.state")["label"] == "没有接上")


if __name__ == "__main__":
    unittest.main()
