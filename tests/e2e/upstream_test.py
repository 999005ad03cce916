"""The gateway before somebody else's registry: one record there whatever the line does, and no state shown that the registry has not confirmed, looked
at after every step where people look: the kiosk's feed, its receipt call, the page on the phone."""
import base64
import json
import pathlib
import re
import sqlite3
import sys
import tempfile
import time
import unittest
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.foreign import FILES, NEW, STATUS, TOKEN, Fault, Foreign, certificates, without_key, words  # noqa: E402
from e2e.platform import Device, Platform, PlatformError, Reviewer  # noqa: E402
from e2e.platform_test import PASSWORD, UNIT, send  # noqa: E402

CODE = "271828"
WAITS, SUBMITTED = "已送达，待平台入库", "已经提交至基层工作单位"
CONFIRMED = {"A1": "submitted_unit", "A2": "unit_review", "A9": "unit_returned", "B1": "submitted_superior", "B9": "superior_returned", "C1": "done"}


class Gateway(unittest.TestCase):
    idempotent, mapping, more, token_life, waits = True, None, {}, 3600, ()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulu-gateway-"))
        self.foreign = Foreign(self.folder, idempotent=self.idempotent, token_life=self.token_life).start()
        self.addCleanup(self.foreign.__exit__)
        mapping = self.mapping() if self.mapping else None
        self.platform = Platform(settings={**self.foreign.settings(mapping), **self.more})
        self.platform.start()
        self.addCleanup(self.platform.__exit__)
        self.device = Device(self.platform)
        self.batch, self.epoch, self.cursor, self.feed = 0, str(uuid.uuid4()), "", {}

    # --- the kiosk's part ---
    def submit(self, n=1, **record):
        """Sends n records; what a kiosk knows of each."""
        self.batch += 1
        answers, made = send(self.device, self.batch, [{"seq": self.batch * 1000 + i, **record} for i in range(n)], epoch=self.epoch)
        self.answers = [answers[r["seq"]] for r in made["records"]]
        return made["records"]

    # --- where people look ---
    def read_feed(self):
        while True:
            status, _, body = self.device.request("GET", f"/v1/updates?after={self.cursor}")
            self.assertEqual(status, 200, body)
            page = json.loads(body)
            for row in page["statuses"]:
                self.feed.setdefault((row["declaration"], row["version"]), []).append(row)
            self.cursor = page["cursor"]
            if not page["more"]:
                return

    def receipt(self, record):
        status, _, body = self.device.request("POST", f"/v1/receipts/{record['receipt']}", {"code": CODE})
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def phone(self, record):
        visitor = Reviewer(self.platform)
        _, _, page = visitor.open(f"/r/{record['receipt']}")
        status, _, page = visitor.open(f"/r/{record['receipt']}", {"csrf": visitor.token(page), "code": CODE})
        self.assertEqual(status, 200, page)
        return page

    def key(self, record):
        return f"{record['declaration']}-{record['version']}"

    def check(self, record):
        """No place shows what the registry has not said; returns the state."""
        self.read_feed()
        receipt, page = self.receipt(record), self.phone(record)
        numbers = self.foreign.of(self.key(record))  # asked last: what is shown was said before
        self.assertLessEqual(len(numbers), 1, "doubled there")
        rows = self.feed.get((record["declaration"], record["version"]), [])
        mine = [row["state"] for row in receipt["history"] if row["version"] == record["version"]]
        shown = [row["state"] for row in rows] + mine + [receipt["state"]]
        if not numbers:  # not there: nothing but what is ours to say
            self.assertLessEqual(set(shown), {"forwarded", "unit_returned", *self.waits}, shown)
            self.assertNotIn(SUBMITTED, page)
            if receipt["state"] == "forwarded":
                self.assertEqual((receipt["text"], rows[-1]["text"]), (WAITS, WAITS))
                self.assertIn(WAITS, page)
        else:
            said = {"forwarded", *self.waits, *(CONFIRMED[z] for z in self.foreign.records[numbers[0]].setdefault("been", ["A1"]) if z in CONFIRMED)}
            self.assertLessEqual(set(shown), said)
        self.assertEqual(receipt["history"][-1]["state"], receipt["state"])
        return receipt["state"]

    def move(self, number, state, **more):
        self.foreign.records[number].setdefault("been", ["A1"]).append(state)
        self.foreign.move(number, state, **more)

    def wait(self, record, state, seconds=60, text=None):
        """Looks again and again until it stands there; every look is a check."""
        deadline = time.monotonic() + seconds
        while self.check(record) != state or (text and self.receipt(record)["text"] != text):
            self.assertLess(time.monotonic(), deadline, f"still {self.receipt(record)}\n{self.platform.words_of_log()}")
            time.sleep(0.1)
        self.read_feed()  # a check reads it first: what moved since then is in it now
        return self.foreign.of(self.key(record))[0] if self.foreign.of(self.key(record)) else None

    def until(self, condition, record=None, seconds=40):
        deadline = time.monotonic() + seconds
        while not condition():
            if record:
                self.check(record)
            self.assertLess(time.monotonic(), deadline, self.platform.words_of_log())
            time.sleep(0.05)

    def row(self, query, *args):
        with sqlite3.connect(f"file:{self.platform.folder / 'data' / 'platform.db'}?mode=ro", uri=True) as db:
            return db.execute(query, args).fetchall()

    def restart(self, **env):
        self.platform.kill()
        self.platform.env = env
        self.platform.start()
        self.device.close()


class Handing(Gateway):
    def test_only_the_acknowledgement_makes_it_submitted(self):
        self.foreign.faults.append(Fault("slow", NEW, times=1, seconds=1.5))
        record, = self.submit()
        self.assertEqual(self.answers[0]["state"], "forwarded")
        self.assertEqual(self.check(record), "forwarded")
        number = self.wait(record, "submitted_unit")
        body = self.foreign.records[number]["body"]
        self.assertEqual(body["ryxx"], {"xm": "张三", "sfzh": "650000198001010014", "xb": "男", "sjh": "13800000000", "gzrq": "200207", "dz": "中山路 1 号"})
        self.assertEqual(body["zcxx"], {"zcmc": "工程师", "qdrq": "2010/12/31", "qdfs": "评审", "zsbh": "20113202705", "pwwh": 2011, "gsdz": "工信厅网站公示"})
        self.assertEqual(body["jyjl"], [{"xxmc": "新疆大学", "zymc": "机械工程", "qs": "199809", "xl": "大学本科毕业"}])
        self.assertEqual((body["hzh"], body["bb"], body["jsdw"]["mc"]), (record["receipt"], "1", UNIT))
        folder = pathlib.Path(__file__).resolve().parent.parent / "data" / "papers"
        self.assertEqual([self.foreign.files[f["wjid"]] for f in body["fjlb"]],
                         [(folder / "certificate.jpg").read_bytes(), (folder / "approval.pdf").read_bytes()])
        self.assertIn(SUBMITTED, self.phone(record))

    def test_the_guides_states_follow_the_registry_and_its_own_words_stand_for_the_rest(self):
        record, = self.submit()
        number = self.wait(record, "submitted_unit")
        self.move(number, "A2")
        self.wait(record, "unit_review")
        self.move(number, "X7")  # a word that the mapping does not have
        self.wait(record, "unit_review", text="专家库抽取中")
        self.assertIn("专家库抽取中", self.phone(record))
        self.assertEqual(self.feed[record["declaration"], 1][-1]["text"], "专家库抽取中")
        self.move(number, "B1")
        self.wait(record, "submitted_superior")
        self.move(number, "C1")
        self.wait(record, "done")
        asked = len(self.foreign.made(STATUS))
        other, = self.submit()
        self.wait(other, "submitted_unit")
        self.until(lambda: len(self.foreign.made(STATUS)) > asked + 1)
        self.assertNotIn(number, self.foreign.made(STATUS)[-1][1])  # nothing more to come: it is not asked for

    def test_a_return_comes_with_its_reasons_at_the_fields(self):
        record, = self.submit()
        number = self.wait(record, "submitted_unit")
        self.move(number, "A9", reasons=[{"zd": "ryxx.xm", "yy": "姓名与证书不符"}, {"zd": "jyjl[1].xxmc", "yy": "学校名称不全"}, {"zd": "pwwh", "yy": "文号不对"},
                                         {"zd": "内部字段", "yy": "请补盖公章"}])
        self.wait(record, "unit_returned")
        last = self.feed[record["declaration"], 1][-1]
        self.assertEqual([(r["path"], r["reason"]) for r in last["reasons"]],
                         [("form.identity_check.full_name", "姓名与证书不符"), ("form.education.1.school", "学校名称不全"),
                          ("form.title_award.doc_year", "文号不对"), ("", "请补盖公章")])
        page = self.phone(record)
        for z in ("姓名与证书不符", "请补盖公章", "整份申报"):
            self.assertIn(z, page)
        again, = self.submit(declaration=record["declaration"], version=2)
        second = self.wait(again, "submitted_unit")
        self.assertNotEqual(number, second)
        self.assertEqual(self.foreign.records[second]["body"]["bb"], "2")

    def test_states_that_come_in_the_wrong_order_do_not_turn_anything_back(self):
        record, = self.submit()
        number = self.wait(record, "submitted_unit")
        self.move(number, "A2")
        self.wait(record, "unit_review")
        time.sleep(1.1)  # its stamps have seconds
        self.move(number, "B1")
        self.wait(record, "submitted_superior")
        asked = len(self.foreign.made(STATUS))
        self.foreign.faults.append(Fault("stale", STATUS, times=3))
        self.until(lambda: len(self.foreign.made(STATUS)) > asked + 4, record)
        self.assertEqual(self.check(record), "submitted_superior")
        self.assertEqual([r["state"] for r in self.receipt(record)["history"]], ["forwarded", "submitted_unit", "unit_review", "submitted_superior"])

    def test_review_pages_only_look_on(self):
        self.platform.user("admin", UNIT, PASSWORD)
        record, = self.submit()
        self.wait(record, "submitted_unit")
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        page = reviewer.read(record["declaration"], 1)
        self.assertIn("这份申报由外地职称系统审核，这里只供查看。", page)
        for form in ("/accept", "/return", "/confirm", "mark."):
            self.assertNotIn(form, page)
        self.assertEqual(self.check(record), "submitted_unit")  # a look begins no review here
        token = Reviewer.token(reviewer.open("/review")[2])
        for act in ("accept", "return", "confirm"):
            status, _, page = reviewer.open(f"/review/d/{record['declaration']}/1/{act}", {"csrf": token, "text": "x"})
            self.assertIn(status, (200, 409, 422))
            self.assertEqual(self.check(record), "submitted_unit")


class Limits(Gateway):
    def test_what_the_registry_would_not_take_comes_back_at_the_field_before_it_goes(self):
        self.submit(set={"form.publicity.publicity_url": "一个长得放不进那边十二个字的网址"})
        self.assertEqual(self.answers[0]["state"], "unit_returned")
        self.read_feed()
        (rows,) = self.feed.values()
        self.assertEqual([(r["path"], r["reason"]) for r in rows[-1]["reasons"]], [("form.publicity.publicity_url", "平台最多收 12 个字，请缩短")])
        self.assertEqual(self.foreign.made(NEW), [])

    def test_a_rule_that_only_the_registry_knows_comes_back_with_its_words(self):
        self.foreign.refuse = {"zcxx.zsbh": "证书编号在黑名单中"}
        record, = self.submit()
        self.wait(record, "unit_returned")
        last = self.feed[record["declaration"], 1][-1]
        self.assertEqual([(r["path"], r["reason"]) for r in last["reasons"]], [("form.title_award.cert_no", "证书编号在黑名单中")])
        self.assertEqual(last["text"], "校验不通过")
        self.assertEqual(len(self.foreign.made(NEW)), 1)  # refused is refused: it does not go again
        self.assertEqual(self.foreign.records, {})

    def test_limits_of_a_file(self):
        mapping = words("foreign.json")
        mapping["files"]["max_bytes"], mapping["files"]["kinds"] = 1000, ["pdf"]
        self.platform.stop()
        self.platform.settings.update(self.foreign.settings(mapping))
        self.platform.start()
        self.device.close()
        self.submit()
        self.assertEqual(self.answers[0]["state"], "unit_returned")
        self.read_feed()
        (rows,) = self.feed.values()
        self.assertEqual({r["path"] for r in rows[-1]["reasons"]}, {"form.attachments.cert_original"})
        self.assertIn("平台只收不超过 0.0 MB 的文件", rows[-1]["reasons"][0]["reason"])


class Faults(Gateway):
    held_up = "slow"

    def one(self, *faults, calls=None):
        self.foreign.faults.extend(faults)
        record, = self.submit()
        number = self.wait(record, "submitted_unit", 90)
        self.assertEqual(self.foreign.of(self.key(record)), [number])
        self.assertEqual(len(self.foreign.records), 1)
        if calls:
            self.assertEqual(len(self.foreign.made(NEW)), calls)
        return record, number

    def test_a_reply_lost_after_the_commit_leaves_one_record(self):
        self.one(Fault("lose", NEW, times=2), calls=3)

    def test_a_half_answer_is_none(self):
        self.one(Fault("half", NEW), Fault("broken", NEW), calls=3)

    def test_success_without_a_number_is_none(self):
        self.one(Fault("empty", NEW), Fault("html", NEW), calls=3)

    def test_an_answer_that_is_too_late(self):
        self.one(Fault("slow", NEW, seconds=3.5), calls=2)

    def test_five_hundreds_and_cuts_are_waited_out(self):
        self.one(Fault("500", NEW, times=2), Fault("cut", NEW), Fault("500", FILES), Fault("cut", TOKEN))
        self.assertEqual(self.row("SELECT problem FROM forward"), [("",)])

    def test_a_token_that_ends_is_renewed_and_nothing_is_doubled(self):
        record, number = self.one()
        with self.foreign.lock:
            self.foreign.tokens.clear()
        other, = self.submit()
        self.wait(other, "submitted_unit")
        self.assertEqual(len(self.foreign.records), 2)
        self.move(number, "A2")
        self.wait(record, "unit_review")

    def test_retry_after_is_kept(self):
        self.foreign.faults.append(Fault("503", NEW, seconds=3))
        record, = self.submit()
        self.wait(record, "submitted_unit")
        first, second = [call[0] for call in self.foreign.made(NEW)][:2]
        self.assertGreaterEqual(second - first, 2.9)
        between = [path for at, path, _ in self.foreign.calls if first < at < second - 0.05 and FILES not in path]
        self.assertEqual(between, [])  # nobody else asks either

    def test_files_that_are_there_do_not_travel_again(self):
        self.one(Fault("500", NEW, times=2))
        self.assertEqual(len(self.foreign.files), 2)

    def test_one_record_that_breaks_the_registry_holds_nobody_up(self):
        first, = self.submit()
        self.wait(first, "submitted_unit")
        self.foreign.faults.append(Fault("500", NEW, times=1))
        records = self.submit(4)
        for record in records:
            self.wait(record, "submitted_unit")
        self.assertEqual(len(self.foreign.records), 5)

    def test_killed_in_the_middle_at_every_point(self):
        for what in (self.held_up, "lose", "500"):
            for path in (FILES, NEW):
                with self.subTest(what=what, path=path):
                    self.foreign.faults[:] = [Fault(what, path, times=1, seconds=1.0)]
                    before = len(self.foreign.made(path))
                    record, = self.submit()
                    self.until(lambda p=path, b=before: len(self.foreign.made(p)) > b, record)
                    self.restart()
                    self.check(record)
                    self.wait(record, "submitted_unit", 90)
                    self.assertEqual(len(self.foreign.of(self.key(record))), 1)


class AskFirst(Faults):
    """The same faults before a registry that takes whatever comes, twice if it comes twice."""
    # One that acts on a call only after its caller has gone and asked cannot be helped without a key of ours: "late" has acted.
    held_up = "late"
    idempotent, mapping = False, staticmethod(lambda: without_key(words("foreign.json")))

    def test_a_reply_lost_after_the_commit_leaves_one_record(self):
        self.one(Fault("lose", NEW, times=1), calls=1)

    def test_a_half_answer_is_none(self):
        self.one(Fault("half", NEW), calls=1)

    def test_success_without_a_number_is_none(self):
        self.one(Fault("html", NEW), Fault("empty", NEW), calls=2)

    def test_an_answer_that_is_too_late(self):
        self.one(Fault("late", NEW, seconds=3.5), calls=1)


class Outage(Gateway):
    def test_days_without_the_registry(self):
        library = next(pathlib.Path("/usr/lib").rglob("libfaketime.so.1"), None)
        if library is None or "asan" in str(self.platform.build):
            self.skipTest("libfaketime is not installed, or would come before the sanitizer")
        fake = {"LD_PRELOAD": str(library), "DONT_FAKE_MONOTONIC": "1"}
        self.foreign.stop()
        records = self.submit(3)
        for days in (0, 1, 3):
            self.restart(**fake, FAKETIME=f"+{days}d") if days else self.until(lambda: self.row("SELECT sum(tries) FROM forward") > [(0,)])
            for record in records:
                self.assertEqual(self.check(record), "forwarded")
        self.foreign.start()
        for record in records:
            self.wait(record, "submitted_unit", 120)
        self.assertEqual(len(self.foreign.records), 3)
        self.assertEqual(len({r["body"]["wbh"] for r in self.foreign.records.values()}), 3)

    def test_another_certificate_is_not_the_registrys(self):
        other = Foreign(self.folder / "other")
        certificates(other.folder)
        self.platform.stop()
        self.platform.settings["upstream", "ca"] = other.ca
        self.platform.start()
        self.device.close()
        with self.foreign.lock:
            self.foreign.calls.clear()
        record, = self.submit()
        self.until(lambda: "upstream.away" in self.platform.words_of_log(), record)
        self.assertEqual(self.foreign.calls, [])
        self.assertEqual(self.check(record), "forwarded")


class Weak(Gateway):
    waits = ("delivered",)  # for their person, before they wait for the registry
    more = {("intake", "accept_proof"): "chip"}

    def test_who_is_not_confirmed_waits_for_that_first(self):
        self.platform.user("admin", UNIT, PASSWORD)
        record, = self.submit()
        receipt = self.receipt(record)
        self.assertEqual((receipt["state"], receipt["text"]), ("delivered", "待本人确认"))
        self.assertEqual(self.row("SELECT count(*) FROM forward"), [(0,)])
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        page = reviewer.read(record["declaration"], 1)
        for _ in range(2):
            reviewer.open(f"/review/d/{record['declaration']}/1/confirm", {"csrf": reviewer.token(page)})
        self.wait(record, "submitted_unit")
        self.assertEqual([(r["state"], r.get("text")) for r in self.receipt(record)["history"]][:2], [("delivered", "待本人确认"), ("forwarded", WAITS)])
        self.assertEqual(len(self.foreign.records), 1)


class Night(Gateway):
    def test_units_and_dictionaries_are_fetched(self):
        record, = self.submit(unit="外地单位3")
        self.until(lambda: self.row("SELECT count(*) FROM unit") == [(5,)])
        status, _, body = self.device.request("GET", "/v1/units?q=" + urllib.parse.quote("外地单位3"))
        self.assertEqual(json.loads(body)["units"], [{"code": "650003", "name": "外地单位3", "superior": "外地主管"}])
        package = self.platform.folder / "data" / "packages" / "registry.bpk"
        self.until(lambda: package.with_suffix(".bpk.minisig").exists())
        text = package.read_text(encoding="utf-8")
        self.assertIn("9.02\t外地第二评审会\t1\t\n", text)
        self.assertIn("1.01\t工信厅评审会\t1\tgxtpsh gongxintingpingshenhui\n", text)  # found by pinyin as before
        self.assertIn("codes/units.tsv", text)
        self.until(lambda: self.row("SELECT value FROM value WHERE name = 'upstream.pulled'"))
        before = package.stat().st_mtime_ns
        self.platform.admin("upstream-pull")
        self.assertEqual(package.stat().st_mtime_ns, before)  # nothing changed there
        with self.foreign.lock:
            self.foreign.units[2] = ("650003", "外地单位三", "外地主管")
        self.platform.admin("upstream-pull")
        self.assertNotEqual(package.stat().st_mtime_ns, before)
        self.assertEqual(self.row("SELECT name FROM unit WHERE code = '650003'"), [("外地单位三",)])
        self.wait(record, "submitted_unit")

    def test_an_operator_sees_what_waits_and_why(self):
        self.foreign.faults.append(Fault("500", NEW, times=None))
        record, = self.submit()
        self.until(lambda: self.row("SELECT sum(tries) FROM forward") > [(0,)] and self.row("SELECT problem FROM forward") != [("",)], record)
        said = self.platform.admin("upstream")
        self.assertIn("waiting 1", said)
        self.assertIn(record["declaration"], said)
        self.assertIn("status 500", said)
        _, _, metrics = self.platform.request("GET", "/metrics")
        self.assertIn("bulu_upstream_waiting 1", metrics.decode())
        self.foreign.faults.clear()
        self.wait(record, "submitted_unit")


class Refused(unittest.TestCase):
    def test_a_mapping_that_makes_no_sense_is_refused_at_start(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulu-gateway-"))
        with Foreign(folder) as foreign:
            mapping = words("foreign.json")
            mapping["calls"]["submit"]["body"]["ryxx"]["xm"] = {"$field": "identity_check.nobody"}
            platform = Platform(settings=foreign.settings(mapping))
            with self.assertRaisesRegex(PlatformError, r"ended with 2(?s:.*)calls\.submit\.ryxx\.xm(?s:.*)is no field of the forms"):
                platform.start()
            platform.kill()


if __name__ == "__main__":
    unittest.main()
