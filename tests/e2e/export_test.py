"""The export of accepted declarations: what operators of the existing system get, and what hostile values become in it."""
import csv
import hashlib
import io
import json
import pathlib
import re
import sys
import unittest
import uuid
import xml.etree.ElementTree as xml
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import ROOT, Reviewer  # noqa: E402
from e2e.platform_test import PASSWORD, UNIT, WithPlatform, send  # noqa: E402

SHORT = "kashgar melon"
PAPERS = ROOT / "tests" / "data" / "papers"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def table(data):
    """Rows of a CSV as dicts by the headings."""
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\n" not in re.sub(rb'"[^"]*"', b"", data).replace(b"\r\n", b"")  # lines end as RFC 4180 says
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def column(row, key):
    """The value under the heading that ends with [key]."""
    return next(value for heading, value in row.items() if heading.endswith(f"[{key}]"))


def sheets(data):
    """{name: [[(type, text)]]} of an XLSX, by the standard library alone."""
    book = zipfile.ZipFile(io.BytesIO(data))
    names = [s.get("name") for s in xml.fromstring(book.read("xl/workbook.xml")).iter(MAIN + "sheet")]
    out = {}
    for i, name in enumerate(names, 1):
        root = xml.fromstring(book.read(f"xl/worksheets/sheet{i}.xml"))
        assert not list(root.iter(MAIN + "f")), "a formula"
        out[name] = [[(c.get("t"), "".join(t.text or "" for t in c.iter(MAIN + "t"))) for c in row] for row in root.iter(MAIN + "row")]
    assert not [n for n in book.namelist() if "vba" in n.lower() or "external" in n.lower()]
    return out


class Export(WithPlatform):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.user("region", None, SHORT, role="region_admin")
        cls.region = Reviewer(cls.platform, "region", SHORT)

    def accepted(self, **record):
        """A declaration that the unit has passed on."""
        answers, made = send(self.device, 1, [{"seq": 1, **record}], epoch=str(uuid.uuid4()))
        name = made["records"][0]["declaration"]
        self.assertEqual(answers[1]["state"], "submitted_unit")
        Reviewer(self.platform, "admin", PASSWORD).accept(name, 1)
        return made["records"][0], made["blobs"]

    def zip(self, since=0, states="passed"):
        _, _, page = self.region.open("/review/export")
        status, headers, data = self.region.open("/review/export", {"csrf": self.region.token(page), "states": states, "since": str(since)})
        self.assertEqual((status, headers["Content-Type"]), (200, "application/zip"), data)
        book = zipfile.ZipFile(io.BytesIO(data))
        self.assertIsNone(book.testzip())
        return {name: book.read(name) for name in book.namelist()}

    def test_every_field_and_every_file_is_there(self):
        record, blobs = self.accepted(set={"form.education.1.school": "新疆\"大学\",北校区"})
        files = self.zip()
        row = next(r for r in table(files["declarations.csv"]) if r["申报编号"] == record["declaration"])
        self.assertEqual((row["回执编号"], row["状态"], row["基层工作单位"]), (record["receipt"], "已提交至上级主管单位", UNIT))
        shown = self.platform.declaration(record["declaration"])
        named = {r["字段"]: r for r in table(files["fields.csv"]) if r["类型"] not in ("code", "none")}
        # every answer of the record, wherever it stands
        for scope in ("person", "title"):
            for section, answers in shown[scope]["sections"].items():
                entries = answers if isinstance(answers, list) else [answers]
                if answers == {"none": True}:
                    self.assertEqual(column(row, section), "是")
                    continue
                for number, entry in enumerate(entries, 1):
                    at = row
                    if isinstance(answers, list):
                        at = next(r for r in table(files[f"{section}.csv"]) if r["申报编号"] == record["declaration"] and r["序号"] == str(number))
                    for field, value in entry.items():
                        key = f"{section}.{field}"
                        if isinstance(value, bool):
                            self.assertEqual(column(at, key), "是" if value else "否", key)
                        elif isinstance(value, list):
                            paths = column(at, key).split("\n")
                            self.assertEqual([hashlib.sha256(files[p]).hexdigest() for p in paths], [f["digest"] for f in value], key)
                        elif named[key]["类型"] in ("select", "division", "cascade"):
                            self.assertEqual(column(at, key + "#code"), value, key)
                            self.assertRegex(column(at, key), "[一-鿿]")
                        else:
                            self.assertEqual(column(at, key), str(value), key)
        originals = {r["SHA-256"]: r["原文件名"] for r in table(files["files.csv"]) if r["申报编号"] == record["declaration"]}
        self.assertEqual(originals, {b["digest"]: b["name"] for b in blobs})
        self.assertEqual(table(files["problems.csv"]), [])

    def test_the_workbook_says_the_same_in_text_cells(self):
        record, _ = self.accepted()
        files = self.zip()
        book = sheets(files["declarations.xlsx"])
        rows = book["补录申报"]
        want = next(list(r.values()) for r in table(files["declarations.csv"]) if r["申报编号"] == record["declaration"])
        self.assertTrue(all(kind in ("inlineStr", "s", None) for row in rows for kind, _ in row))
        have = next(row for row in rows if len(row) > 1 and row[1][1] == record["declaration"])
        self.assertIn("650000198001010014", [text for _, text in have])  # not 6.5E+17
        self.assertEqual(sorted(text for _, text in have if text), sorted(v for v in want if v))
        self.assertEqual(len(book), len([n for n in files if n.endswith(".csv")]))

    def test_hostile_values_stay_text(self):
        hostile = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1:A9)", "＝HYPERLINK(1)", "'=1", "0012345", "1E400", "2010-02-29", '","x', "a;b",
                   "<script>alert(1)</script>", "'; DROP TABLE submission; --", "_x0007_", "﷽" * 40, "𠮷野家", "ئۇيغۇر"]
        made = {}
        for value in hostile:
            record, _ = self.accepted(set={"form.publicity.publicity_url": value})
            made[record["declaration"]] = value
        files = self.zip()
        rows = {r["申报编号"]: column(r, "publicity.publicity_url") for r in table(files["declarations.csv"])}
        sheet = sheets(files["declarations.xlsx"])["补录申报"]
        for name, value in made.items():
            stored = self.platform.declaration(name)["title"]["sections"]["publicity"]["publicity_url"]
            cell = rows[name]
            danger = stored.lstrip("'")[:1] in "=+-@＝＋－＠" and stored.lstrip("'") != ""
            self.assertEqual(cell, "'" + stored if danger else stored, value)  # as the header of table.h says
            texts = [text for row in sheet if len(row) > 1 and row[1][1] == name for _, text in row]
            self.assertIn(stored.replace("_x0007_", "_x005F_x0007_"), texts, value)

    def test_paths_have_nothing_of_what_was_typed(self):
        self.accepted()
        for name in self.zip():
            self.assertRegex(name, r"^(files/[0-9A-Z-]{16,20}/[a-z0-9_.]+-\d+\.(jpg|png|bmp|pdf)|[a-z_]+\.(csv|xlsx|json))$")

    def test_only_what_was_accepted_and_only_since(self):
        first, _ = self.accepted()
        files = self.zip()
        until = json.loads(files["export.json"])["until"]
        waiting = send(self.device, 1, [{"seq": 1}], epoch=str(uuid.uuid4()))[1]["records"][0]["declaration"]
        self.assertNotIn(waiting, files["declarations.csv"].decode())
        self.assertEqual(table(self.zip(since=until)["declarations.csv"]), [])
        second, _ = self.accepted()
        names = [r["申报编号"] for r in table(self.zip(since=until)["declarations.csv"])]
        self.assertEqual(names, [second["declaration"]])
        self.assertEqual(table(self.zip(states="done")["declarations.csv"]), [])
        for since in ("x", "-1", "99999999999999999999"):
            _, _, page = self.region.open("/review/export")
            self.assertEqual(self.region.open("/review/export", {"csrf": self.region.token(page), "states": "passed", "since": since})[0], 422)

    def test_a_folder_is_filled_part_by_part_and_goes_on(self):
        record, blobs = self.accepted()
        out = self.platform.folder / "out"
        said = self.platform.admin("export", "--to", out)
        self.assertRegex(said, r"^declarations \d+ until \d+")
        part = next(out.glob("part-*"))
        names = {r["申报编号"] for r in table((part / "declarations.csv").read_bytes())}
        self.assertIn(record["declaration"], names)
        self.assertEqual(oct((part / "declarations.csv").stat().st_mode & 0o777), "0o600")
        self.assertEqual(oct(part.stat().st_mode & 0o777), "0o700")
        digests = {hashlib.sha256(f.read_bytes()).hexdigest() for f in (part / "files").rglob("*") if f.is_file()}
        self.assertTrue({b["digest"] for b in blobs} <= digests)
        self.assertIn("declarations 0", self.platform.admin("export", "--to", out))
        self.assertEqual(len(list(out.glob("part-*"))), 1)
        more, _ = self.accepted()
        (out / ".part" / "files").mkdir(parents=True)  # one that was broken off
        self.assertIn("declarations 1", self.platform.admin("export", "--to", out))
        self.assertEqual(len(list(out.glob("part-*"))), 2)
        self.assertFalse((out / ".part").exists())
        self.assertIn("declarations", self.platform.admin("export", "--to", out, "--since", "0", "--state", "done"))
        self.assertEqual(self.platform.admin("export", "--to", out, "--since", "x", check=False).returncode, 2)

    def test_one_that_cannot_be_opened_is_named_and_stops_nothing(self):
        broken, blobs = self.accepted()
        whole, _ = self.accepted()
        name = blobs[0]["sha256"]
        path = self.platform.folder / "data" / "blobs" / "held" / name[:2] / name
        kept = path.read_bytes()
        path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        try:
            files = self.zip()
        finally:
            path.write_bytes(kept)
        problems = table(files["problems.csv"])
        self.assertIn(broken["declaration"], [r["申报编号"] for r in problems])
        names = [r["申报编号"] for r in table(files["declarations.csv"])]
        self.assertTrue({broken["declaration"], whole["declaration"]} <= set(names))

    def test_exports_leave_their_trace(self):
        self.zip()
        self.platform.user("ops", None, SHORT, role="operator")
        self.platform.admin("user-reset", "--name", "ops", "--second-factor")
        self.platform.user("ops", None, SHORT, role="operator")
        _, _, page = Reviewer(self.platform, "ops", SHORT).open("/review/audit")
        self.assertIn("<b>region</b> 导出申报", page)
        self.assertIn("<b>region</b> 导出已送完", page)


if __name__ == "__main__":
    unittest.main()
