"""What is wrong is said in plain Chinese, at the place where it is wrong, and nothing that was entered is lost."""
import pathlib
import resource
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.people import PAPERS, alerts, kiosk, to  # noqa: E402


class Test(unittest.TestCase):
    def kiosk(self, **options):
        k = kiosk(**options)
        self.addCleanup(k.__exit__)
        return k.start()

    def error(self, k, field):
        return k.node(f"{field}.error")["label"]


class Identity(Test):
    def test_a_wrong_digit_of_the_id_number_is_said_at_the_number(self):
        k = self.kiosk()
        to(k, "who")
        for number, words in (("650000198001010010", "身份证号有一位输错了，请逐位核对"),
                              ("650000198002300013", "身份证号里的出生日期不对，请检查第 7 到 14 位"),
                              ("650000800101001", "这是 15 位的旧号码，请填写 18 位的身份证号"),
                              ("65000019800101001", "身份证号应为 18 位，最后一位可以是 X，请检查")):
            k.tap("who.id_number")
            k.key("Ctrl+A")
            k.type(number)
            self.assertFalse(k.has("who.id_number.error"), "while it is being typed")
            k.tap("kb.done")
            self.assertEqual(self.error(k, "who.id_number"), words)
            self.assertEqual(k.node("who.id_number")["value"].replace(" ", ""), number)
            self.assertFalse(k.has("who.name"))
            self.assertIn("disabled", k.node("who.next")["state"])

    def test_codes_that_differ_or_are_easily_guessed_are_refused(self):
        k = self.kiosk()
        person = to(k, "who")
        person.answer("who.id_number", Person.ID)
        k.wait(id="who.name")
        person.answer("who.name", "阿依古丽.买买提")
        person.answer("who.mobile", "+86 138-0000-0000")
        for code in ("123456", "111111", "654321"):
            person.answer("who.code", code)
            k.tap("who.code2")
            self.assertIn("太容易猜到", self.error(k, "who.code"))
        person.answer("who.code", "271845")
        person.answer("who.code2", "271854")
        k.tap("kb.done")
        self.assertIn("两次输入的取件码不一样", self.error(k, "who.code2"))
        self.assertIn("disabled", k.node("who.next")["state"])
        person.answer("who.code2", "271845")
        k.tap("kb.done")
        self.assertEqual(k.node("who.name")["value"], "阿依古丽·买买提")
        self.assertEqual(k.node("who.mobile")["value"], "13800000000")
        k.press("who.next")
        k.wait(screen="confirm")

    def test_a_wrong_code_is_counted_and_then_locked(self):
        k = self.kiosk()
        person = to(k, "home")
        k.tap("home.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        person.go_on("who")
        person.answer("who.id_number", Person.ID)
        k.wait(id="who.known")
        seen = []
        for _ in range(8):
            person.answer("who.code", "908172")
            k.press("who.next")
            k.until(lambda: k.has("who.wrong") or k.has("who.locked"))
            seen += [n["label"] for n in k.nodes() if n["id"] in ("who.wrong", "who.locked")]
            if k.has("who.locked"):
                break
        self.assertRegex(seen[0], r"^取件码不对，还可以试 \d 次$")
        self.assertRegex(seen[-1], r"^输错次数太多，请 \d+ 分钟后再试")
        person.answer("who.code", Person.CODE)
        self.assertIn("disabled", k.node("who.next")["state"], "the right code does not help while it is locked")


class Dates(Test):
    def test_a_date_outside_2000_to_2021_is_said_at_the_date_and_stays(self):
        k = self.kiosk()
        person = to(k, "award")
        person.answer("form.title_award.has_ecert", "no")
        k.tap("award.next")
        person.answer("form.title_award.is_exam_based", "no")
        k.tap("award.next")
        field = "form.title_award.award_date"
        for date, shown in (("1999-12-31", "1999年12月31日"), ("2022-01-01", "2022年1月1日")):
            person.answer(field, date)
            self.assertEqual(self.error(k, field), "只补录 2000-01-01 至 2021-12-31 授予的职称，请检查授予时间")
            self.assertEqual(k.node(field)["value"], shown)
            k.tap("award.next")
            self.assertEqual(k.node("award.title")["label"], "职称是哪一天授予的？", "it does not go on")
        person.answer(field, "2000-01-01")
        self.assertFalse(k.has(f"{field}.error"))
        k.tap("award.next")
        self.assertNotEqual(k.node("award.title")["label"], "职称是哪一天授予的？")

    def test_a_required_answer_is_asked_for_at_its_field(self):
        k = self.kiosk()
        to(k, "award")
        self.assertEqual(alerts(k), [])
        k.tap("award.next")
        self.assertEqual(self.error(k, "form.title_award.has_ecert"), "这一项必选，请选择")


class Papers(Test):
    """Files on the stick that cannot be taken."""

    def stick(self):
        stick = self.k.folder / "import"
        jpeg, pdf, png = ((PAPERS / name).read_bytes() for name in ("certificate.jpg", "approval.pdf", "photo.png"))
        (stick / "large.jpg").write_bytes(jpeg + b"\0" * (4194305 - len(jpeg)))
        (stick / "limit.jpg").write_bytes(jpeg + b"\0" * (4194304 - len(jpeg)))
        (stick / "really_pdf.jpg").write_bytes(pdf)
        (stick / "half.png").write_bytes(png[:len(png) // 2])
        (stick / "empty.jpg").write_bytes(b"")
        (stick / "text.jpg").write_bytes(b"not a picture at all\n" * 50)

    def setUp(self):
        self.k = kiosk()
        self.addCleanup(self.k.__exit__)
        self.stick()
        self.k.start()

    def row(self, name):
        return next(n["id"] for n in self.k.nodes() if n["label"] == name and n["role"] == "button")

    def why(self, name):
        row = self.row(name)
        if not self.k.has(f"{row}.why"):
            self.k.tap(row)
            self.k.wait(id=f"{row}.why", timeout_ms=20000)
        return self.k.node(f"{row}.why")["label"]

    def test_each_says_why_in_the_list_and_the_right_one_is_taken(self):
        k = self.k
        person = Person(k)
        person.PAPERS = [p for p in Person.PAPERS if p[0].startswith("form.images.")]
        person.go_on("attachments")
        field = "form.attachments.cert_original"
        self.assertEqual(k.node("attachments.next.reason")["label"], "职称证、评审表或初定表、批文三项中至少上传 1 个文件")
        k.tap(f"{field}.import")
        k.wait(screen="folder")
        k.wait(label="large.jpg")
        self.assertEqual(self.why("large.jpg"), "这个图片超过4MB（4,194,304字节），可以压缩后导入。")
        self.assertEqual(self.why("empty.jpg"), "这个文件是空的（0字节）。请换一个文件。")
        self.assertEqual(self.why("really_pdf.jpg"), "文件名写的是 jpg，内容却是 pdf。请改正文件名，或换一个文件。")
        self.assertEqual(self.why("half.png"), "这个文件已损坏或不完整，打不开。请换一个文件，或直接扫描。")
        self.assertEqual(self.why("text.jpg"), "这个文件不是图片或PDF。只能导入 jpg、jpeg、bmp、png、pdf。")
        k.tap(self.row("limit.jpg"))  # 4,194,304 bytes is allowed
        k.wait(screen="attachments", timeout_ms=30000)
        k.wait(id=f"{field}.file.1")
        self.assertNotIn("disabled", k.node("attachments.next")["state"])
        # One that is too large is made smaller on the way in.
        k.tap(f"{field}.import")
        k.wait(label="large.jpg")
        k.press(f"{self.row('large.jpg')}.shrink")
        k.wait(screen="attachments", timeout_ms=30000)
        k.wait(id=f"{field}.file.2")
        k.tap(f"{field}.delete")
        k.tap("delete.yes")
        k.until(lambda: not k.has(f"{field}.file.2"))
        # The same file once more is not taken twice.
        k.tap(f"{field}.import")
        k.wait(label="limit.jpg")
        k.tap(self.row("limit.jpg"))
        k.wait(screen="attachments", timeout_ms=30000)
        k.wait(id=f"{field}.message")
        self.assertEqual(k.node(f"{field}.message")["label"], "这份文件已经上传过了")
        # Deleting names what it deletes, and asks.
        k.tap(f"{field}.delete")
        self.assertTrue(k.says("删除职称证原件第 1 份？"))
        k.tap("delete.no")
        self.assertTrue(k.has(f"{field}.file.1"))
        k.tap(f"{field}.delete")
        k.tap("delete.yes")
        k.until(lambda: not k.has(f"{field}.file.1"))
        self.assertEqual(k.node(f"{field}.deleted")["label"], "第 1 份已删除")
        k.tap(f"{field}.undo")
        k.until(lambda: k.has(f"{field}.file.1"))
        self.assertFalse(k.has(f"{field}.undo"))
        self.assertNotIn("disabled", k.node("attachments.next")["state"])
        k.tap(f"{field}.delete")
        k.tap("delete.yes")
        k.until(lambda: not k.has(f"{field}.file.1"))
        self.assertIn("disabled", k.node("attachments.next")["state"])

    def test_a_pdf_is_no_photo(self):
        k = self.k
        person = to(k, "images")
        k.tap("form.images.photo_1inch.import")
        k.wait(label="approval.pdf")
        self.assertEqual(self.why("approval.pdf"), "照片只接受 jpg、jpeg、bmp、png，请换一个")
        k.tap("folder.back")
        k.wait(screen="images")
        self.assertEqual(k.node("images.next.reason")["label"], "两张都要有")
        del person

    def test_a_photo_of_another_shape_is_cut_to_one_inch(self):
        k = self.k
        to(k, "images")
        for field, name in (("form.images.id_card_front", "id_card.jpg"), ("form.images.photo_1inch", "certificate.jpg")):
            k.tap(f"{field}.import")
            k.wait(label=name)
            k.tap(self.row(name))
            k.wait(screen="images", timeout_ms=30000)
            k.wait(id=f"{field}.file.1")
        self.assertTrue(k.says("照片应为一寸（25×35 毫米，至少 295×413 像素），请裁剪或换一张"))
        self.assertNotIn("disabled", k.node("images.next")["state"], "a warning does not block")
        self.assertFalse(k.has("form.images.id_card_front.crop"), "a card has no frame")
        k.tap(f"{field}.crop")
        k.wait(screen="crop")
        k.tap("crop.back")
        k.wait(screen="images")
        self.assertIn("certificate.jpg", k.node(f"{field}.file.1")["label"])
        k.tap(f"{field}.crop")
        k.wait(screen="crop")
        k.press("crop.viewer.zoom_in")
        x, y, w, h = k.node("crop.viewer")["rect"]
        k.drag((x + w // 2, y + h // 2), (x + w // 2 + 100, y + h // 2))
        k.press("crop.use")
        k.wait(screen="images", timeout_ms=20000)
        k.until(lambda: not k.says("照片应为一寸"))
        self.assertTrue(k.has("images.edit"), "nothing is left to say")

    def test_no_stick_is_said(self):
        k = self.k
        to(k, "images")
        shutil.rmtree(k.folder / "import")
        k.tap("form.images.photo_1inch.import")
        k.wait(id="folder.failed")
        self.assertEqual(k.node("folder.failed")["label"], "没有找到U盘。请插好U盘，再试一次。")
        (k.folder / "import").mkdir()
        k.tap("folder.again")
        k.wait(label="U盘里没有可以导入的文件（jpg、jpeg、bmp、png、pdf）。")


class Scanner(Test):
    def scan(self, **options):
        k = self.kiosk(**options)
        to(k, "images")
        k.tap("form.images.id_card_front.scan")
        k.wait(id="form.images.id_card_front.message", timeout_ms=30000)
        return k.node("form.images.id_card_front.message")["label"]

    def test_an_unplugged_scanner_is_said_at_the_card(self):
        self.assertEqual(self.scan(settings={("scanner", "device"): "test:7"}), "找不到扫描仪，可能没有接好或没有开机。请叫工作人员。")

    def test_no_scanner_at_all_points_to_the_stick(self):
        self.assertEqual(self.scan(settings={("scanner", "device"): None}), "本机没有扫描仪。请从U盘导入，或叫工作人员。")

    def test_a_jam_is_said_and_the_next_try_may_work(self):
        words = self.scan(settings={("scanner", "options"): '{"read-return-value": "SANE_STATUS_JAMMED"}'})
        self.assertEqual(words, "卡纸了。请打开扫描仪取出纸张，再试一次。")

    def test_a_scan_is_stopped_at_once(self):
        k = self.kiosk(settings={("scanner", "options"): '{"read-delay": true, "read-delay-duration": 200000}'})
        to(k, "images")
        field = "form.images.id_card_front"
        k.tap(f"{field}.scan")
        k.wait(id=f"{field}.progress.cancel")
        self.assertEqual(k.node("images.next.reason")["label"], "请等这一份完成")
        k.tap(f"{field}.progress.cancel")
        k.wait(id=f"{field}.message", timeout_ms=20000)
        self.assertEqual(k.node(f"{field}.message")["label"], "已取消扫描。")


class Disk(Test):
    def test_a_failed_write_keeps_the_answers_and_stops_the_way_until_it_works(self):
        k = self.kiosk()
        person = to(k, "award")
        # No file of this process may grow any more: every write to the store fails.
        resource.prlimit(k.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        k.tap("form.title_award.has_ecert.no")
        k.wait(id="page.unsaved")
        self.assertEqual(k.node("page.save")["label"], "未保存")
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])
        self.assertIn("disabled", k.node("award.next")["state"])
        k.tap("award.exit")
        k.tap("wizard.keep")
        self.assertEqual(k.screen, "award", "nobody leaves what is not saved")
        k.tap("page.save_again")
        k.until(lambda: k.node("page.save")["label"] == "未保存")
        resource.prlimit(k.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        k.tap("page.save_again")
        k.until(lambda: k.node("page.save")["label"] == "✓ 已保存")
        self.assertFalse(k.has("page.unsaved"))
        k.press("award.next")
        k.kill()
        k.start()
        person.go_on("award")
        k.tap("award.back") if k.node("award.title")["label"] != "这个职称有电子证书吗？" else None
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])

    def test_a_store_that_cannot_be_opened_sends_people_elsewhere(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        (k.folder / "store").write_text("this is no directory", encoding="ascii")
        k.start()
        k.wait(screen="failure")
        self.assertEqual(k.node("failure.title")["label"], "本机暂时不能办理")
        self.assertTrue(k.says("请到旁边的机器或人工窗口办理。"))

    def test_a_configuration_that_is_wrong_names_file_and_line(self):
        k = kiosk()
        self.addCleanup(k.__exit__)
        k.settings[("idle", "warn_s")] = "soon"
        with self.assertRaisesRegex(AssertionError, r"kiosk\.ini:\d+: .*warn_s"):
            k.start()


if __name__ == "__main__":
    unittest.main()
