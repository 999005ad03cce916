"""An ID card on the reader: what it fills in, what it proves, and that it never mixes two people."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from support.id_reader import IdReader, foreign_old, hmt, resident  # noqa: E402
from ui.people import kiosk  # noqa: E402

ZHANG = dict(name="张三", id18=Person.ID, nation="01", address="新疆乌鲁木齐市天山区人民路1号")
LI = dict(name="李四", id18="65010219880315001X", nation="03", address="新疆喀什市解放路3号")


def check_digit(id17):
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return id17 + "10X98765432"[sum(int(d) * w for d, w in zip(id17, weights)) % 11]


LI["id18"] = check_digit("65010219880315001")


class Chip(unittest.TestCase):
    def start(self, card=None, mode="good", device=None, **options):
        self.reader = IdReader(card, mode)
        self.reader.__enter__()
        self.addCleanup(self.reader.__exit__)
        k = kiosk(settings={("id_reader", "device"): device or self.reader.path}, **options)
        self.addCleanup(k.__exit__)
        k.start()
        return k

    def to_who(self, k):
        Person(k).go_on("who")
        return k

    def finish_who(self, k, person=Person):
        """What no card tells."""
        k.until(lambda: k.has("who.code2"))
        k.fill("who.mobile", person.MOBILE)
        k.fill("who.code", person.CODE)
        k.fill("who.code2", person.CODE)
        k.press("who.next")
        k.wait(screen="confirm")

    def test_a_card_fills_number_and_name_and_the_person_types_only_mobile_and_code(self):
        k = self.to_who(self.start())
        k.until(lambda: k.says("把身份证放在读卡区"))
        self.reader.card = resident(**ZHANG)
        k.until(lambda: k.says("已读取身份证芯片"))
        self.assertEqual(k.node("who.id_number")["value"], ZHANG["id18"])
        self.finish_who(k)
        self.assertTrue(k.says("已读取身份证芯片"))

    def test_nation_and_address_come_from_the_card(self):
        k = self.to_who(self.start(resident(**ZHANG)))
        k.until(lambda: k.says("已读取身份证芯片"))
        self.finish_who(k)
        person = Person(k)
        person.go_on("tasks")
        k.tap("tasks.basic")
        k.wait(screen="section")
        self.assertEqual(k.node("form.basic.ethnic")["value"], "汉族")
        self.assertTrue(k.has("section.chip"))
        k.tap("section.back")
        k.wait(screen="tasks")
        k.tap("tasks.contact")
        k.wait(screen="section")
        self.assertEqual(k.node("form.contact.address")["value"], ZHANG["address"])
        self.assertFalse(k.has("section.chip"))

    def test_what_was_typed_otherwise_is_shown_and_the_person_decides(self):
        k = self.to_who(self.start())
        k.fill("who.id_number", LI["id18"])
        k.until(lambda: k.has("who.name"))
        k.fill("who.name", "李思")
        self.reader.card = resident(**LI)
        k.until(lambda: k.has("who.chip.take.1"))
        self.assertTrue(k.says("您填的是“李思”，身份证上是“李四”"))
        self.assertEqual(k.node("who.name")["value"], "李思", "nothing is changed unasked")
        k.tap("who.chip.take.1")
        k.until(lambda: k.node("who.name")["value"] == "李四")
        self.assertFalse(k.has("who.chip.take.1"))

    def test_another_number_than_the_typed_one_is_shown_and_may_be_kept(self):
        k = self.to_who(self.start())
        k.fill("who.id_number", ZHANG["id18"])
        k.until(lambda: k.has("who.name"))
        k.fill("who.name", "张三")
        self.reader.card = resident(**LI)
        k.until(lambda: k.has("who.chip.keep.0"))
        k.tap("who.chip.keep.0")
        k.tap("who.chip.keep.1")
        self.finish_who(k)
        self.assertTrue(k.says("张*") or k.says("*三"), k.what_is_seen())
        self.assertFalse(k.says("已读取身份证芯片"), "the card of another proves nothing")

    def test_a_card_of_somebody_else_changes_nothing_while_a_person_is_in(self):
        k = self.to_who(self.start())
        k.fill("who.id_number", ZHANG["id18"])
        k.until(lambda: k.has("who.name"))
        k.fill("who.name", "张三")
        self.finish_who(k)
        before = k.node("confirm.name")["label"], k.node("confirm.id")["label"]
        self.reader.card = resident(**LI)
        k.until(lambda: k.says("这张身份证不是正在办理的人的"))
        self.assertEqual((k.node("confirm.name")["label"], k.node("confirm.id")["label"]), before)
        self.assertFalse(k.says("李四"))
        k.tap("confirm.chip.retry")
        k.until(lambda: k.says("读卡区上有一张身份证"))
        self.reader.card = None
        k.until(lambda: k.says("把身份证放在读卡区"))
        self.reader.card = resident(**ZHANG)
        k.until(lambda: k.says("已读取身份证芯片"))

    def test_an_expired_card_is_named_and_proves_nothing(self):
        k = self.to_who(self.start(resident(**ZHANG, valid=("20000101", "20100101"))))
        k.until(lambda: k.has("who.chip.validity"))
        self.assertIn("2010-01-01", k.node("who.chip.validity")["label"])

    def test_permits_of_hong_kong_macao_and_taiwan_are_read_and_foreign_ones_are_told_why_not(self):
        k = self.to_who(self.start(hmt(id18=check_digit("81000019900101001"))))
        k.until(lambda: k.says("港澳台居民居住证"))
        self.assertEqual(k.node("who.id_number")["value"], check_digit("81000019900101001"))
        k.__exit__()
        k = self.to_who(self.start(foreign_old()))
        k.until(lambda: k.says("外国人永久居留身份证"))
        self.assertEqual(k.node("who.id_number")["value"], "")

    def test_a_card_forgotten_on_the_reader_is_not_taken_for_the_next_person(self):
        k = self.to_who(self.start(resident(**ZHANG)))
        k.until(lambda: k.says("已读取身份证芯片"))
        k.tap("who.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        self.to_who(k)
        k.until(lambda: k.says("读卡区上有一张身份证"))
        self.assertEqual(k.node("who.id_number")["value"], "")
        self.reader.card = None
        k.until(lambda: k.says("把身份证放在读卡区"))

    def test_a_reader_that_is_away_or_silent_is_said_calmly_and_typing_goes_on(self):
        k = self.to_who(self.start(device="/dev/bulu-none"))
        k.until(lambda: k.says("读卡器没有接上"))
        k.fill("who.id_number", ZHANG["id18"])
        k.until(lambda: k.has("who.name"))
        k.fill("who.name", "张三")
        self.finish_who(k)

    def test_without_a_reader_nothing_speaks_of_one(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.start()
        self.to_who(k)
        self.assertFalse(k.has("who.chip"))
        self.assertFalse(k.says("身份证放在"))

    def test_nothing_of_a_card_is_in_a_log(self):
        k = self.to_who(self.start(resident(**ZHANG)))
        k.until(lambda: k.says("已读取身份证芯片"))
        k.stop()
        log = (k.folder / "kiosk.log").read_text("utf-8", "replace")
        for word in ("张三", ZHANG["id18"], ZHANG["id18"][6:14], "人民路"):
            self.assertNotIn(word, log)


if __name__ == "__main__":
    unittest.main()
