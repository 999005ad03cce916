"""The page of a receipt on a phone: nothing before the code, then the state, the reasons, the history, and 确认 where it is asked for."""
import pathlib
import re
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import Reviewer  # noqa: E402
from e2e.platform_test import PASSWORD, WithPlatform, send  # noqa: E402


class Phone(WithPlatform):
    settings = {("intake", "accept_proof"): "login"}

    def submit(self, **record):
        _, made = send(self.device, 1, [{"seq": 1, "code": "161803", **record}], epoch=str(uuid.uuid4()))
        return made["records"][0]

    def show(self, record, phone=None, code="161803"):
        phone, path = phone or Reviewer(self.platform), f"/r/{record['receipt']}"
        _, _, page = phone.open(path)
        return phone.open(path, {"csrf": phone.token(page), "code": code})

    def confirmation(self, page):
        return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("csrf", "version", "ends", "confirm")}

    def test_the_person_confirms(self):
        record = self.submit()
        phone, path = Reviewer(self.platform), f"/r/{record['receipt']}"
        status, _, page = self.show(record, phone)
        self.assertEqual(status, 200)
        self.assertIn("待本人确认", page)
        form = self.confirmation(page)
        status, _, page = phone.open(path, form)
        self.assertEqual(status, 200)
        self.assertIn("已经提交至基层工作单位", page)
        self.assertNotIn('name="confirm"', page)
        status, _, page = phone.open(path, form)  # pressed twice
        self.assertEqual(status, 200)
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        page = reviewer.read(record["declaration"], 1)
        self.assertIn("本人（手机）", page)
        self.assertEqual(page.count("<b>已经提交至基层工作单位</b>"), 1)

    def test_nobody_confirms_without_the_code(self):
        record, other = self.submit(), self.submit()
        phone, path = Reviewer(self.platform), f"/r/{record['receipt']}"
        _, _, page = self.show(record, phone)
        form = self.confirmation(page)
        stranger = Reviewer(self.platform)
        _, _, empty = stranger.open(path)
        tries = [(phone, path, form | {"confirm": "0" * 64}), (phone, path, form | {"confirm": ""}), (phone, path, form | {"version": "2"}),
                 (phone, path, form | {"ends": "99999999999999"}), (phone, f"/r/{other['receipt']}", form),
                 (stranger, path, form | {"csrf": stranger.token(empty)}),  # from another browser
                 (phone, path, {k: v for k, v in form.items() if k != "ends"})]
        for who, where, what in tries:
            self.assertEqual(who.open(where, what)[0], 403, what)
        self.assertIn("待本人确认", self.show(record)[2])
        self.assertIn("待本人确认", self.show(other)[2])

    def test_a_receipt_that_has_not_arrived_says_what_happens_next(self):
        phone = Reviewer(self.platform)
        path = "/r/7K3M-9QXT-2RWD-" + next(c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U" if phone.open("/r/7K3M-9QXT-2RWD-" + c)[0] == 200)
        _, _, page = phone.open(path)
        self.assertNotIn("尚未提交", page)
        status, _, page = phone.open(path, {"csrf": phone.token(page), "code": "123456"})
        self.assertEqual(status, 404)
        for said in ("尚未提交成功", "联网后会自动上传", "接下来"):
            self.assertIn(said, page)
        self.assertNotIn("已经提交至基层工作单位</span>", page)

    def test_reasons_are_in_words(self):
        record = self.submit(proof="login")
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        reviewer.give_back(record["declaration"], 1, {"form.education.1.school": "校名与证书 <不> 符"}, "请看第 2 项")
        status, _, page = self.show(record)
        for said in ("退回修改", "第 1 条", "校名与证书 &lt;不&gt; 符", "请看第 2 项", "登录后修改并重新提交"):
            self.assertIn(said, page)
        self.assertNotIn("张三", page)
        self.assertNotIn("form.education", page)
        dates = re.findall(r"<time>(\d+年\d+月\d+日 \d+:\d+)</time>", page)
        self.assertEqual(len(dates), 3)  # submitted, in review, returned

    def test_states_have_the_one_wording(self):
        record = self.submit(proof="login")
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        self.assertIn(">已经提交至基层工作单位</span>", self.show(record)[2])
        reviewer.read(record["declaration"], 1)
        self.assertIn(">单位审核中</span>", self.show(record)[2])
        reviewer.accept(record["declaration"], 1)
        self.assertIn(">已提交至上级主管单位</span>", self.show(record)[2])

    def test_the_unit_confirms_in_person(self):
        record = self.submit()
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        self.assertIn((record["declaration"], 1), reviewer.declarations(state="delivered"))
        page = reviewer.read(record["declaration"], 1)
        self.assertIn("请核对本人身份证件后确认", page)
        status, _, _ = reviewer.open(f"/review/d/{record['declaration']}/1/accept", {"csrf": reviewer.token(page)})
        self.assertEqual(status, 422)  # not before
        reviewer.open(f"/review/d/{record['declaration']}/1/confirm", {"csrf": reviewer.token(page)})
        self.assertIn("单位审核中", self.show(record)[2])
        status, _, _ = reviewer.open(f"/review/d/{record['declaration']}/1/confirm", {"csrf": reviewer.token(page)})
        self.assertEqual(status, 422)  # once
        self.assertEqual(reviewer.accept(record["declaration"], 1)[0], 200)


if __name__ == "__main__":
    unittest.main()
