"""A person who reads the guide recognises every button's words: one walk, each screen looked at for what the guide calls things."""
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from ui.people import PAPERS, QUICK  # noqa: E402

# 第二章 五: the sixteen, in the guide's order; * where something must be filled in or answered.
SIXTEEN = ["基本信息", "联系方式", "人才工程", "学历学位", "工作经历", "职业资格信息", "职（执）业资格信息", "援疆信息", "发表论文情况", "获奖情况", "著作情况",
           "获得知识产权", "科研实践工作能力", "留学信息", "国内外学术团体任职", "继续教育"]


class GuideWords(unittest.TestCase):
    def test_every_screen_speaks_as_the_guide_does(self):
        with Hall(kiosk_settings=QUICK) as hall:
            k, looked = hall.kiosk, set()
            for paper in PAPERS.iterdir():
                shutil.copy(paper, k.folder / "import")

            def labels():
                return {n["id"]: n["label"] for n in k.nodes()}

            def look(name):
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


if __name__ == "__main__":
    unittest.main()
