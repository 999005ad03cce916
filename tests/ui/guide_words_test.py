"""A person who reads the guide recognises every button's words: one walk, each screen looked at for what the guide calls things."""
import pathlib
import re
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from ui.kiosk import ROOT  # noqa: E402
from ui.people import PAPERS, QUICK  # noqa: E402

# 第二章 五: the sixteen, in the guide's order; * where something must be filled in or answered.
SIXTEEN = ["基本信息", "联系方式", "人才工程", "学历学位", "工作经历", "职业资格信息", "职（执）业资格信息", "援疆信息", "发表论文情况", "获奖情况", "著作情况",
           "获得知识产权", "科研实践工作能力", "留学信息", "国内外学术团体任职", "继续教育"]


# A and B, field by field as the guide names them, and what its example answers.
FIELDS = ["姓名", "身份证号", "出生年月", "手机号码", "性别", "取得方式", "职称评审区域", "发证评审委员会", "发证单位", "职称系列", "专业类别", "职称等级", "专业技术资格名称",
          "二级专业", "授予时间", "证书编号", "任职资格批文名称", "批文公示（通知）网址"]
OPTIONS = ["评审", "初次确定", "特殊人才认定", "授予", "自治区本级", "地州市级", "公务员及基层乡镇"]
# What the guide puts into quotation marks that is no word of a screen but an example, or is said in parts.
IN_PARTS = {
    "我的主页-》其他业务系统-》历史数据补录": ["我的主页", "其他业务系统", "历史数据补录"],
    "工程系列机械电子专业工程师": ["工程技术人员", "机械电子", "工程师"],
    "2010年12月31日授予，证书编号：20113202705": ["2010年12月31日", "20113202705"],
    "新经信人事【2011】3号，请分开填写：新经信人事，2011和3号分别填写。": ["新经信人事", "2011", "3"],
    "我要编辑按钮": ["我要编辑"],  # a slip of the guide: “我要编辑按钮”按钮
}
# Words of the platform's account, at the door of 登录: tests of accounts look at them there.
AT_THE_DOOR = {"登录", "找回用户名或密码"}


def quotations():
    """What stands in “”, 【】 or 《》 in the guide, without its line breaks."""
    text = re.sub(r"\s+", "", (ROOT / "tests" / "data" / "guide.txt").read_text("utf-8"))
    found = re.findall(r"“([^”]*)”", text)
    rest = re.sub(r"“[^”]*”", "", text)
    return found + re.findall(r"【([^】]*)】", rest) + re.findall(r"《([^》]*)》", rest)


class GuideWords(unittest.TestCase):
    def test_every_screen_speaks_as_the_guide_does(self):
        with Hall(kiosk_settings=QUICK) as hall:
            k, looked, said = hall.kiosk, set(), set()
            for paper in PAPERS.iterdir():
                shutil.copy(paper, k.folder / "import")

            def labels():
                return {n["id"]: n["label"] for n in k.nodes()}

            def look(name):
                said.update(re.sub("[\u2066-\u2069]", "", text).strip() for n in k.nodes() for text in (n["label"], n["value"]))
                if name in looked:
                    return
                looked.add(name)
                at = labels()
                check = getattr(self, "look_" + name, None)
                if check:
                    check(at, k)

            Person(k).go_on("receipt", look)
            want = {name[5:] for name in dir(self) if name.startswith("look_")}
            self.assertEqual(want - looked, set(), "never seen")
            self.every_word_is_there(said)

    def every_word_is_there(self, said):
        """Each quotation of the guide, each of its fields and choices, as words of their own on some screen."""
        quoted = quotations()
        self.assertEqual(len(quoted), 24, quoted)
        for words in [*quoted, *FIELDS, *OPTIONS]:
            for part in IN_PARTS.get(words, [words]):
                if part not in AT_THE_DOOR and not part.startswith("关于推广应用"):
                    self.assertTrue(part in said or any(re.fullmatch(re.escape(part) + r"[（　 *].*", text) for text in said), f"{part} ({words})")
        self.assertTrue(any("关于推广应用职称评审信息系统有关事项的通知" in text for text in said), "the basis")

    def look_idle(self, at, k):
        self.assertEqual("".join(n["label"] for n in k.nodes() if n["role"] == "heading").replace("\n", ""), "职称评审信息历史数据补录")
        self.assertTrue(at["idle.start"].startswith("开始办理"))

    def look_notices(self, at, k):
        self.assertEqual((at["notices.tabs.0"], at["notices.tabs.1"], at["notices.read"]), ("工作通知", "操作指南", "已阅读"))
        self.assertTrue(k.says("在岗专业技术人员"))

    def look_confirm(self, at, k):
        self.assertIn("是本人吗", at["confirm.title"])
        self.assertTrue(k.says("张*") and k.says("6500**********0014"))

    def look_home(self, at, k):
        self.assertEqual((at["home.title"], at["home.services"], at["home.records"]), ("我的主页", "其他业务系统", "历史数据补录"))

    def look_records(self, at, k):
        self.assertEqual([at["records.home"], at["records.services"], at["records.here"]], ["我的主页", "其他业务系统", "历史数据补录"])
        self.assertEqual(at["records.new"], "我要新增【补录申报表】")

    def look_identity(self, at, k):
        for field in ("full_name", "id_number", "birth_month", "mobile", "sex"):
            self.assertIn(f"form.identity_check.{field}", at)
        self.assertEqual((at["identity.next"], at["identity.back"], at["identity.exit"]), ("正确", "有误", "关闭"))

    def look_publicity(self, at, k):
        self.assertTrue(k.says("7 天") or k.says("7天"), "the week of publicity")

    def look_review(self, at, k):
        self.assertEqual(at["review.next"], "保存并下一步")

    def look_images(self, at, k):
        self.assertEqual((at["images.edit"], at["images.next"]), ("我要编辑", "下一步"))

    def look_attachments(self, at, k):
        kinds = ["职称证原件", "评审表或初定表原件", "批文（资格文件）原件"]
        self.assertEqual([n["label"] for n in k.nodes() if n["role"] == "heading" and n["label"] in kinds], kinds)
        self.assertTrue(k.says("jpg、jpeg、bmp、png、pdf") and k.says("4M"))
        self.assertIn("删除", at["form.attachments.cert_original.delete"])
        self.assertIn("查看", at["form.attachments.cert_original.view"])

    def look_paper(self, at, k):
        self.assertEqual((at["paper.viewer.zoom_in"], at["paper.viewer.zoom_out"]), ("放大", "缩小"))
        self.assertIn("删除", at["paper.delete"])

    def look_tasks(self, at, k):
        tiles = [n["label"] for n in k.nodes() if n["role"] == "button" and n["id"].startswith("tasks.") and n["label"] in SIXTEEN]
        self.assertEqual(tiles, SIXTEEN)

    def look_submit(self, at, k):
        self.assertTrue(at["submit.submit"].startswith("我要提交到【基层工作单位】"))

    def look_submit_ask(self, at, k):
        self.assertEqual((at["submit.yes"], at["submit.no"]), ("确定", "取消"))
        self.assertTrue(k.says("新疆某机械厂") and k.says("工程师（2010）"), "names the title and the unit")

    def look_receipt(self, at, k):
        self.assertIn("职称评审信息历史数据补录", at["receipt.basis"])
        self.assertIn("《操作指南》V1.01", at["receipt.basis"])
        self.assertIn("https://www.xjzcsq.com", at["receipt.at_home"])


if __name__ == "__main__":
    unittest.main()
