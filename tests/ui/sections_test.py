"""完善 16 项信息 as the guide has them: whose they are, how each stands, and what is said of dates."""
import pathlib
import struct
import sys
import tempfile
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ui.people import kiosk, to  # noqa: E402

# 9 to 15, each with one entry whose date lies behind the award (2010-12-31), and what the guide says they are.
OF_THE_TITLE = {
    "paper": ("论文", {"title": "棉花打顶机的设计", "journal": "农业机械学报", "published": "2011-03", "index": "中国科技核心（统计源）", "author_role": "第一作者", "rank": "1",
                     "authors": "2"}, "published"),
    "award": ("获奖", {"project": "棉花打顶机", "award_name": "科技进步奖", "kind": "科学技术奖", "level": "省部（自治区）级", "grade": "三等奖", "grantor": "自治区人民政府",
                     "awarded": "2011-03"}, "awarded"),
    "book": ("著作", {"title": "农业机械概论", "kind": "专著", "press": "新疆科学技术出版社", "published": "2011-03", "role": "独著"}, "published"),
    "ip": ("知识产权", {"kind": "实用新型专利", "name": "打顶机", "number": "ZL200820345678.3", "state": "授权（登记）", "granted": "2011-03-01", "owner": "新疆某机械厂",
                     "rank": "1"}, "granted"),
    "project": ("项目", {"name": "棉花机械化", "kind": "科研课题", "level": "国家级", "source": "科技厅", "start": "2011-03", "role": "参加", "state": "在研",
                       "main_task": "设计"}, "start"),
    "abroad": ("留学信息", {"country": "哈萨克斯坦", "school": "阿拉木图大学", "major": "机械", "kind": "访问学者", "start": "2005-09", "end": "2006-07"}, None),
    "society": ("任职情况", {"name": "新疆农机学会", "level": "省部（自治区）级", "post": "会员", "start": "2005-09"}, None),
}
PERSON = ("basic", "contact", "education", "work")


def pixel(path, x, y):
    """Of a PNG with 8-bit RGB or RGBA."""
    data, at, rows, head = pathlib.Path(path).read_bytes(), 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        head = struct.unpack(">IIBB", body[:10]) if kind == b"IHDR" else head
        rows += body if kind == b"IDAT" else b""
        at += 12 + size
    width, _, _, colour = head
    step = 4 if colour == 6 else 3
    raw, line = zlib.decompress(rows), bytearray(width * step)
    for row in range(y + 1):
        start = row * (width * step + 1)
        how, now = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i in range(len(now)):
            a, b, c = (now[i - step] if i >= step else 0), line[i], (line[i - step] if i >= step else 0)
            p = a + b - c
            paeth = a if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c) else b if abs(p - b) <= abs(p - c) else c
            now[i] = (now[i] + (0, a, b, (a + b) // 2, paeth)[how]) & 255
        line = now
    return tuple(line[x * step:x * step + 3])


class Sections(unittest.TestCase):
    def setUp(self):
        self.k = kiosk(size="1080x1920")
        self.addCleanup(self.k.__exit__)
        self.k.start()

    def state(self, key):
        return self.k.node(f"tasks.{key}.state")["label"]

    def open(self, key):
        self.k.tap(f"tasks.{key}")
        self.k.wait(screen="section")

    def to_tasks(self):
        """To the list with nothing of it answered; the person's own part is then filled in by hand."""
        person = to(self.k, "section")
        self.k.tap("section.back")
        self.k.wait(screen="tasks")
        return person

    def fill(self, person, key, values):
        self.k.press("section.add")
        for name, value in values.items():
            person.answer(f"form.{key}.1.{name}", value)

    def test_each_section_says_how_it_stands(self):
        k = self.k
        person = self.to_tasks()
        self.assertEqual([self.state(key) for key in ("basic", "education", "talent_program", "qualification")], ["未填"] * 4)
        self.assertEqual([self.state(key) for key in OF_THE_TITLE], ["选填"] * 7)
        self.open("talent_program")
        self.assertEqual(k.node("section.ask")["label"], "“人才工程”这一项，您有吗？")
        k.tap("section.none")
        k.tap("section.done")
        self.assertEqual(self.state("talent_program"), "无此项")
        self.open("contact")
        person.answer("form.contact.address", "x")
        k.tap("section.back")
        self.assertRegex(self.state("contact"), "^有错 2 处$")
        self.open("contact")
        person.answer("form.contact.address", "人民路1号院2号楼")
        person.answer("form.contact.address_division", person.SECTIONS["contact"][0]["address_division"])
        k.tap("section.done")
        self.assertEqual(self.state("contact"), "已填")
        self.assertIn("disabled", k.node("tasks.next")["state"])

    def test_the_highest_education_is_blue_with_a_word_and_a_tick_and_there_is_one(self):
        k = self.k
        person = self.to_tasks()
        self.open("education")
        values = dict(person.SECTIONS["education"][0])
        values.pop("is_highest", None)
        self.fill(person, "education", values)
        switch = "form.education.1.is_highest"
        person.answer(switch, True)
        k.tap("kb.done") if k.has("kb.done") else None
        node = k.node(switch)
        self.assertEqual((node["value"], "checked" in node["state"]), ("是", True))
        with tempfile.TemporaryDirectory() as folder:
            k.screenshot(pathlib.Path(folder) / "a.png")
            x, y, w, h = k.node(switch)["rect"]
            colours = [pixel(pathlib.Path(folder) / "a.png", x + w - d, y + h // 2) for d in (110, 120)]
        self.assertTrue(any(b > r + 60 and b > g + 40 for r, g, b in colours), colours)
        k.tap("section.done")
        self.assertTrue(k.says("是否最高学历：是"))
        k.tap("section.add")
        for name, value in dict(values, education="研究生", degree="", school="新疆农业大学", start="2003-09", end="2006-07").items():
            if value and k.has(f"form.education.2.{name}") and name in ("school", "start", "end"):
                person.answer(f"form.education.2.{name}", value)
        person.answer("form.education.2.is_highest", True)
        k.tap("section.back")
        k.tap("section.edit.1")
        self.assertEqual(k.node(switch)["value"], "否", "switching the second on switched the first off")

    def test_dates_that_cannot_be_are_errors_and_unusual_ones_are_not(self):
        k = self.k
        person = self.to_tasks()
        self.open("work")
        k.press("section.add")
        person.answer("form.work.1.start", "2010-07")
        person.answer("form.work.1.end", "2009-07")
        self.assertEqual(k.node("form.work.1.end.error")["label"], "结束时间早于开始时间，请检查")
        person.answer("form.work.1.start", "1990-07")  # born 1980
        self.assertTrue(k.has("form.work.1.start.warning"))
        self.assertFalse(k.has("form.work.1.start.error") or k.has("form.work.1.end.error"))

    def test_aid_to_xinjiang_begins_with_its_question(self):
        k = self.k
        person = self.to_tasks()
        self.open("aid_xinjiang")
        self.assertEqual((k.node("section.ask")["label"], k.node("section.add")["label"]), ("是否援疆人员？", "是，填写援疆信息"))
        self.assertEqual(k.node("section.none")["label"], "否，不是援疆人员（无此项）")
        self.assertFalse(k.has("form.aid_xinjiang.1.aid_kind"), "nothing is asked of who is none")
        k.tap("section.none")
        k.tap("section.done")
        self.assertEqual(self.state("aid_xinjiang"), "无此项")
        self.open("aid_xinjiang")
        self.fill(person, "aid_xinjiang", {"aid_kind": "博士服务团", "from_province": "浙江省", "from_unit": "浙江省农科院", "to_unit": "阿克苏地区农科所",
                                           "from": "2012-03-01", "to": "2011-03-01"})
        self.assertEqual(k.node("form.aid_xinjiang.1.to.error")["label"], "结束时间早于开始时间，请检查")

    def test_nine_to_fifteen_belong_to_the_title_and_one_to_eight_to_the_person(self):
        k = self.k
        person = to(k, "check")  # the person's part filled, the rest 无此项
        k.tap("check.back")
        k.wait(screen="tasks")
        for key, (what, values, late) in OF_THE_TITLE.items():
            with self.subTest(key):
                self.open(key)
                self.assertEqual(k.node("section.help")["label"], f"选填，填写当前补录的职称所对应的{what}。")
                self.fill(person, key, values)
                k.tap("section.done")
                self.assertTrue(k.has("section.done"), k.what_is_seen())
                if late:
                    k.tap("section.edit.1")
                    field = f"form.{key}.1.{late}"
                    self.assertIn("晚于职称授予时间", k.node(f"{field}.warning")["label"])
                    k.tap("section.done")
                self.assertTrue(k.has(f"form.{key}.1"), k.what_is_seen())
                k.tap("section.done")
                k.wait(screen="tasks")
                self.assertEqual(self.state(key), "已填 1 条")
        k.tap("tasks.next")
        k.wait(screen="check")
        self.assertNotIn("disabled", k.node("check.next")["state"], "a warning does not block")
        self.assertTrue(k.says("晚于职称授予时间"), "each warning has a row")
        # AC-09: the second title of the same person.
        k.tap("check.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        person.started = False
        person.AWARD = dict(person.AWARD, award_date="2007-06-30", title_level="2", title_name="高级工程师", doc_org="新经信人事〔2007〕9号",
                            doc_title="关于批准李四等12位同志取得高级工程师任职资格的通知", cert_no="20070001")
        person.PAPERS = [p for p in person.PAPERS if p[0].startswith("form.attachments.cert_original") and p[1] != "scan"]
        person.go_on("tasks")
        for key in PERSON:
            self.assertRegex(self.state(key), "^已填")
        for key in ("talent_program", "qualification", "practice_qualification", "aid_xinjiang"):
            self.assertEqual(self.state(key), "无此项")
        for key in OF_THE_TITLE:
            self.assertEqual(self.state(key), "选填", key)
        k.tap("tasks.back")
        k.tap("attachments.back") if k.screen == "attachments" else None
        k.wait(screen="images")
        self.assertTrue(k.has("form.images.id_card_front.file.1") and k.has("form.images.photo_1inch.file.1"))


if __name__ == "__main__":
    unittest.main()
