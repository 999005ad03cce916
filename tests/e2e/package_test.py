"""Packages on their way: from the operator's edited copy of assets/ over the platform to the kiosk's store, and what is refused on it."""
import importlib.util
import json
import pathlib
import shutil
import sqlite3
import sys
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
_spec = importlib.util.spec_from_file_location("bulu_platform", HERE / "platform.py")  # not the standard module of that name
platform_helper = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(platform_helper)
from kiosk import ROOT, Kiosk  # noqa: E402
from region import Operator  # noqa: E402


def units(version, *names):
    return f"# source: the region; version: {version}\ncode\tname_zh\n" + "".join(f"{i}\t{name}\n" for i, name in enumerate(names, 1))


class Case(unittest.TestCase):
    def setUp(self):
        self.platform = platform_helper.Platform()
        self.addCleanup(shutil.rmtree, self.platform.folder, ignore_errors=True)
        self.addCleanup(self.platform.kill)
        self.platform.start()
        self.op = Operator(self.platform.folder / "operator")
        self.kiosk = Kiosk()
        self.addCleanup(self.kiosk.close)

    def trust(self, *keys):
        """The region's keys go to the platform, which hands them out from its next start."""
        for key in keys or ("key",):
            self.platform.admin("package-key-add", f"{self.op.key(key)}.pub")
        self.platform.stop()
        self.platform.start()

    def enrol(self):
        self.kiosk.enrol(self.platform.enrol_code())

    def round(self):
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        return log

    def shown(self):
        return json.loads(self.kiosk.ctl("--json", "package", "show").stdout)

    def in_force(self):
        return {p["name"]: p["version"] for p in self.shown()["packages"]}

    def refused(self):
        return {p["name"]: p["reason"] for p in self.shown()["refused"] if p["reason"]}

    def audits(self, event):
        with sqlite3.connect(f"file:{self.kiosk.store / 'bulu.db'}?mode=ro", uri=True) as db:
            return [row[0] for row in db.execute("SELECT detail FROM audit WHERE event = ? ORDER BY 1", (event,))]

    def put_up(self, path, sig=None):
        """Past package-publish: what a platform gone wrong would offer."""
        folder = self.platform.folder / "data" / "packages"
        folder.mkdir(exist_ok=True)
        shutil.copy(sig or f"{path}.minisig", folder / f"{path.name}.minisig")
        shutil.copy(path, folder / path.name)

    def dictionary(self, version, *names, name="units"):
        self.op.start_over()
        self.op.write("codes/units.tsv", units(version, *names))
        return self.op.package(name, version)

    def field(self, version):
        self.op.start_over()
        self.op.edit("forms/07_contact.json", lambda j: j["fields"].append({"key": "hobby", "type": "text"}))
        self.op.bump("forms", version)
        self.op.word("contact.hobby", "爱好")


class Packages(Case):
    def test_a_published_package_is_in_force_after_the_next_round(self):
        self.trust()
        self.enrol()
        self.field("2026.12.1")
        said = self.platform.admin("package-publish", self.op.package("forms", "2026.12.1"))
        self.assertIn("form 2026.12.1 rules 2026.11.1", said)
        log = self.round()
        self.assertIn("package.installed", log)
        self.assertEqual(self.in_force(), {"forms": "2026.12.1"})
        self.assertEqual(self.shown()["form"], "2026.12.1")
        self.assertEqual(self.audits("package.installed"), ["forms 2026.12.1"])
        current = self.kiosk.store / "assets" / "current"
        self.assertIn("hobby", (current / "forms" / "07_contact.json").read_text(encoding="utf-8"))
        self.assertEqual((current / "forms" / "06_basic.json").read_bytes(), (ROOT / "assets/forms/06_basic.json").read_bytes())
        self.assertNotIn("package.", self.round())  # nothing is fetched twice
        kept = [p.name for p in (self.platform.folder / "data" / "forms").iterdir()]
        self.assertEqual(sorted(name.split("_")[0] for name in kept), ["2026.11.1", "2026.12.1"])

    def test_a_broken_package_is_refused_with_where_and_why_and_the_old_one_stays(self):
        self.trust()
        self.enrol()
        self.platform.admin("package-publish", self.dictionary("2026.12.1", "一号单位"))
        self.round()
        self.field("2026.12.2")
        good = self.op.make("broken", "2026.12.2")
        data = good.read_bytes()
        # what make would never write: a slip in a form, made whole again for the container
        self.op.start_over()
        folder = self.op.folder / "lenient"
        shutil.copytree(ROOT / "assets", folder)
        manifest, body = data.split(b"\n", 2)[1], data.split(b"\n", 2)[2]
        rows = json.loads(manifest)
        broken = body.replace(b'"hobby"', b'"HOBBY"', 1)
        self.rebuild(good, rows, broken)
        self.op.sign(good)
        refused = self.platform.admin("package-publish", good, check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("forms/07_contact.json: fields[", refused.stderr)
        self.put_up(good)
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.1"})
        self.assertIn("forms/07_contact.json: fields[", self.refused()["broken.bpk"])
        self.assertEqual(len(self.audits("package.refused")), 1)
        self.assertIn("broken 2026.12.2: forms/07_contact.json", self.audits("package.refused")[0])
        self.assertIn("未安装 broken.bpk 2026.12.2", self.kiosk.ctl("package", "show").stdout)
        self.assertNotIn("package.", self.round())  # told once, not fetched again
        self.assertEqual(len(self.audits("package.refused")), 1)

    def rebuild(self, path, rows, body):
        import hashlib
        at, parts = 0, []
        for row in rows["files"]:
            part = body[at:at + row["bytes"]]
            row["sha256"] = hashlib.sha256(part).hexdigest()
            at += row["bytes"]
            parts.append(part)
        head = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        path.write_bytes(b"bulu-package 1\n" + head + b"\n" + b"".join(parts))

    def test_only_the_regions_keys_count_and_two_are_valid_at_a_time(self):
        self.trust("old", "new")
        third = self.platform.admin("package-key-add", f"{self.op.key('third')}.pub", check=False)
        self.assertIn("two package keys are valid already", third.stderr)
        self.enrol()
        self.op.write("codes/units.tsv", units("2026.12.1", "甲"))
        self.platform.admin("package-publish", self.op.package("units", "2026.12.1", key="old"))
        self.round()
        self.op.write("codes/units.tsv", units("2026.12.2", "乙"))
        self.platform.admin("package-publish", self.op.package("units", "2026.12.2", key="new"))
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.2"})
        self.op.write("codes/units.tsv", units("2026.12.3", "丙"))
        alien = self.op.package("units", "2026.12.3", key="third")
        self.assertIn("not among the 2 known", self.platform.admin("package-publish", alien, check=False).stderr)
        self.put_up(alien)
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.2"})
        self.assertIn("not among the 2 known", self.refused()["units.bpk"])
        gone = self.platform.admin("package-key-remove", self.key_id("old"))
        self.assertIn("restart", gone)
        self.platform.stop()
        self.platform.start()
        self.round()
        self.put_up(self.op.package("units", "2026.12.3", key="old"))
        self.round()
        self.assertIn("not among the 1 known", self.refused()["units.bpk"])

    def key_id(self, name):
        return json.loads(self.op.key(name).read_text(encoding="utf-8"))["id"]

    def test_bytes_that_were_changed_on_the_way_are_refused(self):
        self.trust()
        self.enrol()
        path = self.dictionary("2026.12.1", "甲")
        whole = path.read_bytes()
        path.write_bytes(whole.replace("甲".encode(), "乙".encode()))
        self.put_up(path)
        self.round()
        self.assertEqual(self.in_force(), {})
        self.assertIn("not of these bytes", self.refused()["units.bpk"])
        path.write_bytes(whole)
        self.put_up(path)
        self.round()
        self.assertEqual((self.in_force(), self.refused()), ({"units": "2026.12.1"}, {}))

    def test_an_older_version_comes_only_when_it_is_said_to_replace_the_newer(self):
        self.trust()
        self.enrol()
        self.platform.admin("package-publish", self.dictionary("2026.12.2", "新"))
        self.round()
        older = self.dictionary("2026.12.1", "旧")
        self.assertIn("a newer version is installed", self.platform.admin("package-publish", older, check=False).stderr)
        self.put_up(older)
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.2"})
        self.assertIn("a newer version is installed", self.refused()["units.bpk"])
        back = self.op.package("units", "2026.12.1", "--replaces", "2026.12.2")
        self.platform.admin("package-publish", back)
        self.round()
        self.assertEqual((self.in_force(), self.refused()), ({"units": "2026.12.1"}, {}))

    def test_one_that_needs_another_comes_after_it(self):
        self.trust()
        self.enrol()
        self.op.write("codes/hobbies.tsv", "# source: the region; version: 2026.12.1\ncode\tname_zh\n1\t读书\n")
        needed = self.op.package("zz-hobbies", "2026.12.1")
        self.op.edit("forms/07_contact.json", lambda j: j["fields"].append({"key": "hobby", "type": "select", "dict": "hobbies"}))
        self.op.bump("forms", "2026.12.1")
        self.op.word("contact.hobby", "爱好")
        whole = self.op.make("forms", "2026.12.1")
        rows, body = json.loads(whole.read_bytes().split(b"\n", 2)[1]), whole.read_bytes().split(b"\n", 2)[2]
        first = rows["files"].pop(0)
        self.assertEqual(first["path"], "codes/hobbies.tsv")
        self.rebuild(whole, rows, body[first["bytes"]:])
        self.put_up(self.op.sign(whole))
        self.put_up(needed)
        self.round()
        self.assertEqual((self.in_force(), self.refused()), ({"forms": "2026.12.1", "zz-hobbies": "2026.12.1"}, {}))

    def test_staff_take_a_package_back_and_it_stays_away(self):
        self.trust()
        self.enrol()
        self.platform.admin("package-publish", self.dictionary("2026.12.1", "甲"))
        self.round()
        self.platform.admin("package-publish", self.dictionary("2026.12.2", "乙"))
        self.round()
        self.kiosk.ctl("package", "rollback")
        self.assertEqual(self.in_force(), {"units": "2026.12.1"})
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.1"})
        self.assertEqual(len(self.audits("package.rollback")), 1)
        self.platform.admin("package-publish", self.dictionary("2026.12.3", "丙"))
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.3"})

    def test_a_kiosk_speaks_only_to_the_hosts_of_its_signed_rules(self):
        self.trust()
        self.enrol()
        self.round()

        def hosts(version, *names):
            self.op.start_over()
            self.op.edit("rules/endpoints.json", lambda j: j.update(hosts=list(names)))
            self.op.bump("rules", version)
            return self.op.package("rules", version)

        self.put_up(hosts("2026.12.1", "elsewhere.example"))  # the last that could ever come
        self.round()
        self.assertIn("which this kiosk speaks to, is not among them", self.refused()["rules.bpk"])
        here = urllib.parse.urlsplit(self.platform.ready["device"]).hostname
        self.platform.admin("package-publish", hosts("2026.12.2", here))
        self.round()
        self.assertEqual(self.in_force(), {"rules": "2026.12.2"})
        other = {"localhost": "127.0.0.1", "127.0.0.1": "localhost"}[here]
        self.kiosk.url = self.platform.ready["device"].replace(here, other)
        code, log = self.kiosk.once()
        self.assertEqual(code, 1)
        self.assertIn("reason=link.offline.endpoint", log)
        self.assertEqual(self.kiosk.setting("agent.offline_reason"), "link.offline.endpoint")
        self.kiosk.url = ""
        self.round()

    def test_without_a_network_everything_stays_and_the_next_round_brings_it(self):
        self.trust()
        self.enrol()
        self.round()
        self.platform.admin("package-publish", self.dictionary("2026.12.1", "甲"))
        self.platform.stop()
        self.kiosk.once()
        self.assertEqual(self.in_force(), {})
        self.platform.start()
        self.round()
        self.assertEqual(self.in_force(), {"units": "2026.12.1"})


if __name__ == "__main__":
    unittest.main()
