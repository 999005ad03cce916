"""A field, a section and a dictionary are added by editing assets/ alone, and are seen on the screen, in the sealed record, on the review page
and in the export: with the edited folder in the place of the program's own, and as a signed package that comes while everything runs."""
import csv
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.hall import REVIEWER, UNIT, Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from e2e.platform import Reviewer  # noqa: E402
from e2e.region import Operator  # noqa: E402
from ui.people import PAPERS, QUICK  # noqa: E402

VERSION = "2026.12.1"
HOBBIES = f"# source: the test; version: {VERSION}\ncode\tname_zh\tsearch\n1\t冬不拉\tdbl dongbula\n2\t赛马\tsm saima\n"
SECTION = {"version": VERSION, "key": "volunteer", "scope": "person", "step": "sections", "no": 17, "answer_none": True, "entries": "many",
           "min": 0, "max": 5, "summary": "what,hobby",
           "fields": [{"key": "what", "type": "text", "required": True, "max_len": 40, "keyboard": "pinyin"},
                      {"key": "hobby", "type": "select", "dict": "hobbies"}]}
WORDS = {"contact.hobby": "爱好", "volunteer": "志愿服务", "volunteer.what": "做了什么", "volunteer.hobby": "用到的特长"}


def add_all(op):
    """The whole of what an engineer of the region does: four files and their words."""
    op.write("codes/hobbies.tsv", HOBBIES)
    op.edit("forms/07_contact.json", lambda j: j["fields"].append({"key": "hobby", "type": "select", "dict": "hobbies"}))
    op.write("forms/23_volunteer.json", json.dumps(SECTION, ensure_ascii=False))
    op.edit("forms/manifest.json", lambda j: j["files"].insert(j["files"].index("22_submission.json"), "23_volunteer.json"))
    op.bump("forms", VERSION)
    for key, text in WORDS.items():
        op.word(key, text)


class Volunteer(Person):
    SECTIONS = {**Person.SECTIONS,
                "contact": [Person.SECTIONS["contact"][0] | {"hobby": "冬不拉"}],
                "volunteer": [{"what": "乡村义诊", "hobby": "赛马"}]}


class AssetsOnly(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulu-assets-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.op = Operator(self.folder / "operator")

    def hall(self, assets=None):
        own = {} if assets is None else {("platform", "assets"): assets}
        hall = Hall(platform_settings=own, kiosk_settings={**QUICK, **({} if assets is None else {("paths", "assets"): assets})},
                    agent_settings={} if assets is None else {("kiosk", "assets"): assets})
        self.addCleanup(hall.__exit__)
        hall.write_configs()
        hall.platform.write_config()
        hall.platform.admin("package-key-add", f"{self.op.key()}.pub")
        hall.__enter__()
        for paper in PAPERS.iterdir():
            shutil.copy(paper, hall.kiosk.folder / "import")
        return hall

    def submitted(self, hall, person):
        """From wherever the kiosk stands to the platform; returns the declaration's id."""
        seen = {}
        person.go_on("receipt", lambda name: seen.setdefault(name, [n["label"] for n in hall.kiosk.nodes()]))
        self.seen = seen
        hall.kiosk.until(lambda: hall.kiosk.node("receipt.state")["label"] == "已经提交至基层工作单位", 60)
        rows = Reviewer(hall.platform, *REVIEWER).declarations()
        self.assertEqual(len(rows), 1)
        return rows[0][0]

    def seen_everywhere(self, hall, row):
        # on the screen
        self.assertTrue(any("爱好" in label for label in self.seen["section_contact"]), self.seen["section_contact"])
        self.assertTrue(any("志愿服务" in label for label in self.seen["tasks"]))
        self.assertTrue(any("做了什么" in label for label in self.seen["section_volunteer"]))
        self.assertLessEqual({"乡村义诊", "赛马"}, set(self.seen["section_volunteer_list"]))
        # in the record, as the platform has it sealed
        held = hall.platform.declaration(row)
        self.assertEqual(held["person"]["form"], VERSION)
        self.assertTrue(held["codes"].startswith(VERSION + "-"), held["codes"])
        self.assertEqual(held["person"]["sections"]["contact"]["hobby"], "1")
        self.assertEqual(held["person"]["sections"]["volunteer"], [{"what": "乡村义诊", "hobby": "2"}])
        # on the review page, in words
        page = Reviewer(hall.platform, *REVIEWER).read(row, 1)
        text = re.sub(r"<[^>]*>", " ", page)
        for words in ("爱好", "冬不拉", "志愿服务", "做了什么", "乡村义诊", "用到的特长", "赛马"):
            self.assertIn(words, text)
        # and in the export, once the unit has passed it on
        status, _, page = Reviewer(hall.platform, *REVIEWER).accept(row, 1)
        self.assertEqual(status, 200, page)
        out = self.folder / "export"
        hall.platform.admin("export", "--to", out)
        tables = {path.name: list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines())) for path in out.rglob("*.csv")}
        head, line = tables["declarations.csv"]
        cells = dict(zip(head, line))
        self.assertEqual((cells["爱好 [contact.hobby]"], cells["爱好 代码 [contact.hobby#code]"]), ("冬不拉", "1"))
        head, line = tables["volunteer.csv"]
        cells = dict(zip(head, line))
        self.assertEqual((cells["做了什么 [volunteer.what]"], cells["用到的特长 [volunteer.hobby]"]), ("乡村义诊", "赛马"))
        book = zipfile.ZipFile(next(out.rglob("declarations.xlsx")))
        sheets = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        for words in ("爱好", "冬不拉", "志愿服务", "乡村义诊"):
            self.assertIn(words, sheets)

    def test_by_editing_the_folder(self):
        add_all(self.op)
        hall = self.hall(self.op.assets)
        row = self.submitted(hall, Volunteer(hall.kiosk))
        self.seen_everywhere(hall, row)

    def test_by_a_signed_package_while_everything_runs(self):
        hall = self.hall()
        k, person = hall.kiosk, Volunteer(hall.kiosk)
        person.go_on("tasks")  # somebody is in the middle of it when the package comes
        add_all(self.op)
        hall.platform.admin("package-publish", self.op.package("region", VERSION))
        installed = hall.folder / "store" / "assets" / "current"
        k.until(installed.exists, 60)
        k.tap("tasks.contact")
        k.wait(screen="section")
        self.assertFalse(k.has("form.contact.hobby"))  # they keep what they began with
        k.tap("section.back")
        k.wait(screen="tasks")
        k.tap("tasks.exit")
        k.tap("exit.yes")
        k.wait(screen="idle")
        k.until(lambda: f"form={VERSION}" in k.words_of_log(), 20)
        row = self.submitted(hall, person)  # the draft opens under the new forms, with its values
        self.seen_everywhere(hall, row)


if __name__ == "__main__":
    unittest.main()
