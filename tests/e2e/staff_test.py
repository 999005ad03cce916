"""Staff at the screen of a kiosk that no platform knows yet: they enrol it there, and it delivers; a wrong text is told in words."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402


class NewHall(Hall):
    def enrol(self):
        """Nobody has done it yet."""


class Enrolment(unittest.TestCase):
    def desk(self, hall):
        k = hall.kiosk
        k.until(lambda: (hall.folder / "store" / "bulu.db").exists())
        hall.ctl("staff", "add", "op-1", "operator", stdin="904471\n")
        k.tap("idle.staff")
        k.wait(id="staff.door")
        k.tap("staff.door")
        k.wait(screen="staff_door")
        k.fill("staff_door.badge", "op-1")
        k.fill("staff_door.pin", "904471")
        k.press("staff_door.next")
        k.wait(screen="staff_desk")
        return k

    def test_an_operator_enrols_the_kiosk_at_its_screen(self):
        with NewHall() as hall:
            k = self.desk(hall)
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.has("staff_health.cert.state"))
            self.assertIn("未注册", k.node("staff_health.cert.state")["label"])
            k.tap("staff_health.back")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.enrol")
            k.wait(screen="staff_enrol")
            k.fill("staff_enrol.text", "not a text of any platform")
            k.press("staff_enrol.next")
            k.until(lambda: k.says("注册文本不完整"))
            good = hall.platform.admin("enrol-code", "--hall", "天山区政务服务大厅", "--kiosk", 7).strip()
            self.again(k, good.replace('"code":"', '"code":"X').replace('"code": "', '"code": "X'))
            k.until(lambda: k.says("注册码不对"), 60)
            self.again(k, good)
            k.until(lambda: k.has("staff_enrol.done"), 60)
            k.tap("staff_enrol.back")
            k.wait(screen="staff_desk")
            k.tap("staff_desk.health")
            k.wait(screen="staff_health")
            k.until(lambda: k.has("staff_health.cert.state") and "正常" in k.node("staff_health.cert.state")["label"])
            k.until(lambda: "已连接平台" in k.node("staff_health.net.state")["label"], 30)

    def again(self, k, text):
        """The page anew, so that the box is empty."""
        k.tap("staff_enrol.back")
        k.wait(screen="staff_desk")
        k.tap("staff_desk.enrol")
        k.wait(screen="staff_enrol")
        k.fill("staff_enrol.text", text)
        k.press("staff_enrol.next")


if __name__ == "__main__":
    unittest.main()
