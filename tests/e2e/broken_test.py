"""Every rule stands on the platform, too: a record that no kiosk would have made, broken in one place (tests/data/broken.json, a row for each check
of assets/forms), comes back as returned, with the field and the reason in words; what is only unusual is taken."""
import json
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import ROOT  # noqa: E402
from e2e.platform_test import WithPlatform, send  # noqa: E402

ID = "650000198001010014"

ROWS = [row for row in json.loads((ROOT / "tests/data/broken.json").read_text("utf-8"))["rows"] if "today" not in row]


class Broken(WithPlatform):
    def judged(self, rows):
        """[(row, state, reasons)]"""
        records = [{"seq": i, "declaration": str(uuid.uuid4()), "broken": row} for i, row in enumerate(rows, 1)]
        answers, made = send(self.device, 1, records, epoch=str(uuid.uuid4()))
        self.assertEqual({a["result"] for a in answers.values()}, {"stored"})
        _, _, body = self.device.request("GET", "/v1/updates")
        reasons = {s["declaration"]: s.get("reasons", []) for s in json.loads(body)["statuses"]}
        return [(row, answers[r["seq"]]["state"], reasons.get(m["declaration"], []))
                for row, r, m in zip(rows, records, made["records"], strict=True)]

    def test_each_broken_rule_comes_back_with_its_field_and_its_reason(self):
        rows = [row for row in ROWS if row["finding"].startswith("error ")]
        self.assertGreater(len(rows), 100)
        for row, state, reasons in self.judged(rows):
            with self.subTest(path=row["path"], finding=row["finding"]):
                key = row["finding"].split()[1]
                if key == "check.not_accepted":  # collected less than that: such an answer is dropped on the way in
                    continue
                self.assertEqual(state, "unit_returned")
                said = [r["reason"] for r in reasons if r["path"] == row["path"] and r["key"] == key]
                self.assertEqual(len(said), 1, reasons)
                self.assertRegex(said[0], "[一-鿿]")

    def test_what_is_only_unusual_is_no_reason_to_return_it(self):
        rows = [row for row in ROWS if row["finding"].startswith("warning ")]
        self.assertGreater(len(rows), 20)
        for row, state, reasons in self.judged(rows):
            with self.subTest(path=row["path"], finding=row["finding"]):
                self.assertNotIn((row["path"], row["finding"].split()[1]), [(r["path"], r["key"]) for r in reasons])
                self.assertEqual(state == "unit_returned", bool(reasons))

    COURSE = {"year": "2020", "kind": "1", "course": "公需科目：法治建设", "school": "新疆继续教育基地", "hours": "30"}

    def given(self, **changes):
        """A record with one row of 继续教育 that says the platform filled it in; (state, reasons)."""
        row = {**self.COURSE, "source": "platform", **changes}
        _, state, reasons = self.judged([{"sections": {"training": [row]}}])[0]
        return state, reasons

    def test_a_row_that_only_claims_to_be_the_platforms_comes_back(self):
        forged = [{"path": "form.training.1.source", "key": "check.not_from_platform"}]
        state, reasons = self.given()
        self.assertEqual((state, [{k: r[k] for k in ("path", "key")} for r in reasons]), ("unit_returned", forged))
        table = self.platform.folder / "training.tsv"
        columns = ["id_number", *self.COURSE]
        table.write_text("\t".join(columns) + "\n" + "\t".join([ID, *self.COURSE.values()]) + "\n", "utf-8")
        self.platform.admin("training-import", table)
        state, reasons = self.given()
        self.assertEqual((state, reasons), ("submitted_unit", []))
        state, reasons = self.given(hours="300")  # one's own hours under the platform's name
        self.assertEqual((state, [{k: r[k] for k in ("path", "key")} for r in reasons]), ("unit_returned", forged))


if __name__ == "__main__":
    unittest.main()
