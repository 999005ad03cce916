"""The screens as an applicant uses them, without a network: from the first touch to the receipt, back and forth, away and back again."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from ui.people import QUICK, alerts, kiosk, to  # noqa: E402


class Offline(unittest.TestCase):
    def test_from_the_first_touch_to_the_receipt_without_a_network(self):
        import shutil
        from ui.people import PAPERS
        with Hall(kiosk_settings=QUICK) as hall:
            k = hall.kiosk
            for paper in PAPERS.iterdir():
                shutil.copy(paper, k.folder / "import")
            hall.platform.stop()
            hall.stop_agent()
            person = to(k, "receipt")
            self.assertRegex(person.receipt, r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-.$")
            self.assertEqual(k.node("receipt.state")["label"], "已存本机，待上传")
            self.assertFalse(k.says("已经提交至基层工作单位"), "before the platform has acknowledged")
            self.assertIn(f"/r/{person.receipt}", k.node("receipt.qr")["label"])
            self.assertTrue(k.says("张*"))
            for secret in (Person.ID, Person.CODE, Person.MOBILE):
                self.assertFalse(k.says(secret), "on a receipt")
            # Withdrawn while it waits, changed, submitted again under the same number.
            k.tap("receipt.status")
            k.wait(screen="status")
            k.press("status.withdraw")
            k.tap("status.withdraw_yes")
            k.wait(label="已撤回")
            k.press("status.reopen")
            k.wait(screen="check")
            person.go_on("receipt")
            self.assertEqual(k.node("receipt.state")["label"], "已存本机，待上传")
            # The next person on this kiosk, with the receipt in hand.
            k.tap("receipt.exit")
            k.tap("exit.yes")
            k.wait(screen="idle")
            k.tap("idle.query")
            k.wait(screen="query")
            k.fill("query.number", person.receipt.lower().replace("-", ""))
            k.fill("query.code", "111213")
            k.press("query.next")
            k.wait(id="query.wrong")
            k.fill("query.code", Person.CODE)
            k.press("query.next")
            k.wait(screen="status")
            k.wait(label="已存本机，待上传")
            self.assertFalse(k.has("status.withdraw"), "a receipt shows, it does not act")


class BackAndForth(unittest.TestCase):
    def setUp(self):
        self.k = kiosk()
        self.addCleanup(self.k.__exit__)
        self.k.start()

    def test_every_answer_is_there_again_on_the_way_back_and_after_a_restart(self):
        k = self.k
        person = to(k, "review")
        shown = {n["id"]: n["label"] for n in k.nodes() if n["id"].startswith("form.title_award.")}
        self.assertEqual(shown["form.title_award.cert_no"], "20113202705")
        k.tap("review.back")
        k.wait(screen="publicity")
        k.tap("publicity.back")
        k.wait(screen="award")
        for _ in range(10):
            k.tap("award.back")
        self.assertEqual(k.node("award.title")["label"], "这个职称有电子证书吗？")
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])
        k.tap("award.back")
        k.wait(screen="identity")
        person.go_on("review")
        self.assertEqual({n["id"]: n["label"] for n in k.nodes() if n["id"].startswith("form.title_award.")}, shown)
        # The power goes; the draft answers to ID number and 取件码.
        k.until(lambda: k.node("page.save")["label"] == "✓ 已保存")
        k.kill()
        k.start()
        person.go_on("records")
        k.until(lambda: k.has("records.1.continue"))
        self.assertTrue(k.says("工程师（2010）"))
        k.tap("records.1.continue")
        k.wait(screen="images")
        k.tap("images.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")

    def test_one_field_is_changed_from_the_check_and_leads_back_to_it(self):
        k = self.k
        person = to(k, "review")
        k.tap("review.title_award.issuing_body")
        k.wait(screen="award")
        person.answer("form.title_award.issuing_body", "新疆维吾尔自治区工业和信息化厅")
        k.tap("award.next")
        k.wait(screen="review")
        self.assertEqual(k.node("form.title_award.issuing_body")["label"], "新疆维吾尔自治区工业和信息化厅")

    def test_close_asks_and_not_saving_puts_back_what_was_there(self):
        k = self.k
        person = to(k, "award")
        person.answer("form.title_award.has_ecert", "no")
        k.tap("award.exit")
        k.wait(id="wizard.keep")
        self.assertEqual(k.node("award.exit")["label"], "关闭")
        k.tap("wizard.stay")
        self.assertIn("checked", k.node("form.title_award.has_ecert.no")["state"])
        k.tap("award.exit")
        k.tap("wizard.drop")
        k.wait(screen="identity")
        k.tap("identity.next")
        self.assertNotIn("checked", k.node("form.title_award.has_ecert.no")["state"])

    def test_a_title_with_an_electronic_certificate_stops_with_the_reason(self):
        k = self.k
        person = to(k, "award")
        person.answer("form.title_award.has_ecert", "yes")
        self.assertTrue(k.says("已有电子证书的职称不需要补录"))
        self.assertIn("disabled", k.node("award.next")["state"])
        person.answer("form.title_award.has_ecert", "unsure")
        k.tap("award.next")
        self.assertEqual(k.node("award.title")["label"], "这个职称是以考代评取得的吗？")

    def test_a_draft_is_deleted_and_taken_back(self):
        k = self.k
        to(k, "award")
        k.tap("award.back")
        k.tap("identity.exit")
        k.tap("wizard.keep")
        k.wait(screen="records")
        k.press("records.1.delete")
        k.tap("records.delete_yes")
        k.wait(id="records.undo")
        self.assertFalse(k.has("records.1"))
        k.tap("records.undo")
        k.wait(id="records.1")
        k.tap("records.1.delete")
        k.tap("records.delete_yes")
        k.tap("records.home")
        k.tap("home.records")
        k.wait(id="records.empty")

    def test_zhang_san_learns_which_titles_he_enters(self):
        k = self.k
        k.wait(screen="idle")
        k.tap("idle.which")
        titles = [("初级工程师", "1990", None, "2000 年以前取得的，不需要补录"), ("工程师", "2001", None, "需要补录"),
                  ("高级工程师", "2007", None, "需要补录"), ("正高级工程师", "2019", "1", "已有职称电子证书，不需要补录")]
        for i, (name, year, ecert, verdict) in enumerate(titles, 1):
            if i > 1:
                k.tap("eligibility.add")
            k.fill(f"eligibility.{i}.name", name)
            k.fill(f"eligibility.{i}.year", year)
            if ecert:
                k.tap(f"eligibility.{i}.ecert.{ecert}")
            if k.has(f"eligibility.{i}.exam"):  # not where the year settles it
                k.tap(f"eligibility.{i}.exam.0")
            self.assertEqual(k.node(f"eligibility.{i}.verdict")["label"], verdict, name)
        self.assertEqual(k.node("eligibility.summary")["label"], "需要补录 2 个：2001 工程师，2007 高级工程师")
        self.assertRegex(k.node("eligibility.basis")["label"], r"依据《操作指南》V1.01 · 规则 \d+\.\d+\.\d+（\d{4}-\d\d-\d\d）")

    def test_a_second_title_finds_the_person_and_the_pictures_there(self):
        k = self.k
        person = to(k, "attachments")
        k.tap("attachments.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        person.started = False  # another declaration
        person.go_on("records")
        k.tap("records.new")
        k.wait(screen="start")
        self.assertTrue(k.says("这个职称约 10 分钟") or k.says("第一次约 40–60 分钟"))
        k.tap("start.fill")
        k.wait(screen="identity")
        person.AWARD = dict(person.AWARD, award_date="2007-06-30", title_level="2", title_name="高级工程师", doc_org="新经信人事〔2007〕9号",
                            doc_title="关于批准李四等12位同志取得高级工程师任职资格的通知")
        person.go_on("images")
        self.assertNotIn("disabled", k.node("images.next")["state"])
        self.assertTrue(k.has("images.edit"))


class Documents(unittest.TestCase):
    def test_who_knows_the_document_number_gives_it_first_and_types_no_name(self):
        with kiosk() as k:
            person = to(k, "award")
            for field, value in (("has_ecert", "no"), ("is_exam_based", "no"), ("award_date", "2010-12-31"), ("acquire_way", "1")):
                person.answer(f"form.title_award.{field}", value)
                k.tap("award.next")
            self.assertEqual(k.node("award.title")["label"], "哪个评审委员会评的？")
            person.answer("form.title_award.review_area", "1")
            k.tap("award.by_document")
            self.assertEqual(k.node("award.title")["label"], "批准文号是多少？")
            person.answer("form.title_award.doc_org", "新经信人事【2011】3号")
            k.tap("form.title_award.doc_none")  # leaves the box
            k.tap("form.title_award.doc_none")
            self.assertTrue(k.says("批文库里有这份批文"))
            k.tap("award.next")
            self.assertEqual(k.node("award.title")["label"], "哪个评审委员会评的？", "back at the question that was left")
            self.assertEqual(k.node("form.title_award.review_committee")["value"], "工信厅评审会")
            self.assertFalse(k.has("award.by_document"), "nothing is left to fill")
            k.tap("award.next")
            self.assertEqual(k.node("form.title_award.issuing_body")["value"], "新疆维吾尔自治区经济和信息化委员会")
            person.go_on("review")
            self.assertTrue(k.says("关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知"))


class ScanFirst(unittest.TestCase):
    def test_the_certificate_is_scanned_first_and_looked_at_while_its_number_is_typed(self):
        with kiosk() as k:
            person = to(k, "start")
            self.assertEqual((k.node("start.scan")["label"], k.node("start.time")["label"]), ("先扫证书", "第一次约 40–60 分钟"))
            for paper in ("身份证", "一寸免冠照片", "职称证", "评审表或初定表", "批文（资格文件）"):
                self.assertTrue(k.says(paper), paper)
            k.tap("start.back")
            k.wait(id="records.empty")  # looking costs nothing
            k.tap("records.new")
            k.press("start.scan")
            k.wait(screen="attachments")
            field = "form.attachments.cert_original"
            k.tap(f"{field}.import")
            k.wait(label="certificate.jpg")
            k.tap(next(n["id"] for n in k.nodes() if n["label"] == "certificate.jpg" and n["role"] == "button"))
            k.wait(screen="attachments", timeout_ms=30000)
            k.wait(id=f"{field}.file.1")
            k.press("attachments.next")
            k.wait(screen="identity")
            k.tap("identity.next")
            person.answer("form.title_award.has_ecert", "no")
            k.tap("award.next")
            self.assertEqual(k.node("award.papers")["label"], "看证书（1）")
            k.tap("award.papers")
            k.wait(screen="attachments")
            k.tap("attachments.next")
            k.wait(screen="award")
            self.assertEqual(k.node("award.title")["label"], "这个职称是以考代评取得的吗？", "back at the same question")
            k.tap("award.papers")
            k.tap("attachments.back")
            self.assertEqual(k.node("award.title")["label"], "这个职称是以考代评取得的吗？")


class Notices(unittest.TestCase):
    def test_the_notices_are_read_once_and_ticked_before_anything_is_typed(self):
        with kiosk(fake_clock=True, size="1080x1920", settings={("kiosk", "notice_s"): 10}) as k:
            k.wait(screen="idle")
            k.tap("idle.start")
            k.tap("consent.agree")
            k.wait(screen="notices")
            for words in ("2000 年至 2021 年", "以考代评所取得的职称信息不用补录", "先自治区本级后地州市、先事业单位后企业、先评审类后考试类",
                          "第一期补录以初级、中级和高级为主", "《关于推广应用职称评审信息系统有关事项的通知》", "张三只需要补录 2001 年和 2007 年"):
                self.assertTrue(k.says(words), words)
            self.assertIn("disabled", k.node("notices.next")["state"])
            self.assertIn("disabled", k.node("notices.read")["state"])
            k.tap("notices.tabs.1")
            self.assertTrue(k.says("谷歌、火狐等网页浏览器") and k.says("https://www.xjzcsq.com"))
            k.advance(10_001)
            k.tap("notices.read")
            k.tap("notices.next")
            k.wait(screen="who")
            k.tap("who.back")
            k.wait(screen="idle")
            k.tap("idle.start")
            k.wait(screen="who")  # not again in this session


class SameTitle(unittest.TestCase):
    """R006: the same person, title and award date."""

    def again(self, k, person, screen="images"):
        """The person comes again and enters the same title once more, up to the check."""
        k.tap(f"{screen}.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        person.started = False
        person.go_on("records")
        person.go_on("publicity")
        person._fill("form.publicity.", person.PUBLICITY)
        k.tap("publicity.next")
        k.wait(screen="review")

    def test_the_same_title_of_the_same_day_is_not_entered_twice(self):
        with kiosk() as k:
            person = to(k, "images")
            self.again(k, person)
            self.assertTrue(k.says("同一天授予的同一个职称已经有一份申报表了"), alerts(k))
            self.assertIn("disabled", k.node("review.next")["state"])
            # Another day of the same month is another title; where the day is not known, the month decides.
            for date, same in (("2010-12-30", False), ("2010-11-30", False), ("2010-12", True)):
                k.tap("review.title_award.award_date")
                k.wait(screen="award")
                person.answer("form.title_award.award_date", (date + "-15")[:10])
                if date == "2010-12":
                    k.tap("form.title_award.award_date")
                    k.tap("form.title_award.award_date.unknown_day")
                    k.tap("form.title_award.award_date.done")
                    self.assertIn("2010年12月", k.node("form.title_award.award_date")["value"])
                k.tap("award.next")
                k.wait(screen="review")
                self.assertEqual(k.has("same_title.open"), same, date)
            k.tap("same_title.open")
            k.wait(screen="images")  # the first one, where it stood
            k.tap("images.back")
            k.wait(screen="records")

    def test_a_submitted_title_is_known_again_after_its_content_is_wiped(self):
        with Hall(kiosk_settings=QUICK) as hall:
            import shutil
            from ui.people import PAPERS
            k = hall.kiosk
            for paper in PAPERS.iterdir():
                shutil.copy(paper, k.folder / "import")
            person = to(k, "receipt")
            self.again(k, person, "receipt")
            self.assertTrue(k.says("那一份已经提交"), alerts(k))
            self.assertIn("disabled", k.node("review.next")["state"])
            k.tap("same_title.open")
            k.wait(screen="status")


if __name__ == "__main__":
    unittest.main()
