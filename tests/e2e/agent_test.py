"""bulu-sync against a real bulu-platform, through a gate that breaks what networks break. Words of the checker: lost, duplicate,
phantom, changed. A run prints its seed; BULU_SEED repeats it."""
import base64
import hashlib
import importlib.util
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
_spec = importlib.util.spec_from_file_location("bulu_platform", HERE / "platform.py")  # not the standard module of that name
platform_helper = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(platform_helper)
from kiosk import BUILD, LOSE_REPLY, PASS, REFUSE, ROOT, Answer, Cut, Gate, Kiosk  # noqa: E402

SEED = int(os.environ.get("BULU_SEED") or random.SystemRandom().randrange(1 << 32))


def setUpModule():
    print(f"BULU_SEED={SEED}", file=sys.stderr)


class Case(unittest.TestCase):
    settings = {}  # of the platform

    def setUp(self):
        self.platform = platform_helper.Platform(settings=self.settings)
        self.addCleanup(shutil.rmtree, self.platform.folder, ignore_errors=True)
        self.addCleanup(self.platform.kill)
        self.platform.start()
        self.kiosk = self.new_kiosk()
        self.kiosk.enrol(self.platform.enrol_code())

    def new_kiosk(self, **kw):
        kiosk = Kiosk(**kw)
        self.addCleanup(kiosk.close)
        return kiosk

    def gate(self, *rules, **kw):
        gate = Gate(self.platform, self.kiosk, **kw)
        gate.rules.extend(rules)
        gate.__enter__()
        self.addCleanup(gate.__exit__)
        return gate

    # --- what the platform holds ---
    def rows(self, query, *args):
        """A look at the platform's own tables: what is doubled there would not show in its answers."""
        for path in (self.platform.folder / "data").glob("*.db"):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
                return db.execute(query, args).fetchall()
        raise AssertionError("the platform has no database")

    def check_all_there(self, records):
        """Nothing lost, doubled, made up or changed."""
        held = self.rows("SELECT declaration, version FROM submission")
        self.assertEqual(sorted(held), sorted((r["declaration"], r["version"]) for r in records))
        for record in records:
            payload = self.platform.declaration(record["declaration"])
            self.assertEqual(payload["receipt"], record["receipt"])
            files = payload["title"]["sections"]["attachments"].get("cert_original", [])
            self.assertEqual([f["sha256"] for f in files], record["blobs"])
            for f in files:
                plain = self.platform.blob(f["sha256"], record["declaration"])
                plain = plain if isinstance(plain, bytes) else plain.stdout
                self.assertEqual(hashlib.sha256(plain).hexdigest(), f["digest"])

    def assert_delivered(self, kiosk=None):
        states = (kiosk or self.kiosk).states()
        self.assertTrue(states)
        for declaration, state in states.items():
            self.assertIn(state, ("delivered", "submitted_unit", "unit_review", "unit_returned"), declaration)

    def assert_held_back(self):
        for state in self.kiosk.states().values():
            self.assertIn(state, ("queued", "sending"))

    def once_offline(self, reason):
        code, log = self.kiosk.once()
        self.assertEqual(code, 1, log)
        self.assertIn(f"reason={reason} ", log)
        self.assertEqual(self.kiosk.setting("agent.offline_reason"), reason)
        return log


class Delivery(Case):
    def test_everything_arrives_once_and_unchanged(self):
        records = self.kiosk.submit(5, 2, 300_000) + self.kiosk.submit(1, 0) + self.kiosk.submit(1, 1, 3_000_000)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assert_delivered()
        self.check_all_there(records)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    def test_a_cut_upload_goes_on_where_it_stood(self):
        self.kiosk.settings["upload", "chunk_kb"] = 256
        records = self.kiosk.submit(1, 1, 2_000_000)
        gate = self.gate()
        gate.rules.append(lambda c: Cut(100_000) if gate.broken and c.method == "PATCH" and c.nth >= 4 else PASS)
        self.once_offline("link.offline.network")
        self.assert_held_back()
        gate.broken, cut = False, len(gate.made("PATCH"))
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertEqual(len(gate.made("HEAD")), 1)
        self.assertEqual(sum(c.path == "/v1/uploads" for c in gate.made("POST")), 1)  # no second creation
        self.assertGreaterEqual(int(gate.made("PATCH")[cut].headers["Upload-Offset"]), 3 * 256 * 1024)
        self.check_all_there(records)

    def test_a_platform_that_forgot_an_upload_gets_it_anew(self):
        self.kiosk.settings["upload", "chunk_kb"] = 256
        records = self.kiosk.submit(1, 1, 1_000_000)
        gate = self.gate(lambda c: Answer(404) if c.method == "HEAD" else PASS)
        gate.rules.append(lambda c: REFUSE if gate.broken and c.method == "PATCH" and c.nth >= 3 else PASS)
        self.once_offline("link.offline.network")
        gate.broken = False
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    def test_a_lost_reply_to_an_upload_leads_to_no_second_blob(self):
        records = self.kiosk.submit(1, 1, 200_000)
        gate = self.gate()
        gate.rules.append(lambda c: LOSE_REPLY if gate.broken and c.path == "/v1/uploads" else PASS)
        self.once_offline("link.offline.network")
        gate.broken = False
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertEqual(len(gate.made("PATCH")), 0)
        self.check_all_there(records)

    def test_a_lost_reply_to_a_batch_brings_the_same_bytes_again_and_one_record(self):
        records = self.kiosk.submit(3, 1, 5000)
        gate = self.gate()
        gate.rules.append(lambda c: LOSE_REPLY if gate.broken and c.method == "PUT" else PASS)
        for _ in range(2):
            self.once_offline("link.offline.network")
            self.assertEqual(set(self.kiosk.states().values()), {"sending"})  # never told as delivered
        self.assertEqual(self.rows("SELECT count(*) FROM submission"), [(3,)])  # the platform has them already
        gate.broken = False
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertGreaterEqual(len(gate.made("PUT")), 3)
        self.assertEqual(len({(c.path, c.body, c.headers["Content-Digest"]) for c in gate.made("PUT")}), 1)
        self.assert_delivered()
        self.check_all_there(records)

    def test_a_reply_that_is_garbage_marks_nothing(self):
        records = self.kiosk.submit(2, 0)
        self.gate(lambda c: Answer(200, {}, b'{"batch":1,"answers":"thanks"}') if c.method == "PUT" and c.nth == 1 else PASS,
                  lambda c: Answer(200, {}, b"<html>hotel network, please log in</html>", "text/html") if c.method == "PUT" and c.nth == 2
                  else PASS,
                  lambda c: Answer(200, {}, json.dumps({"batch": 1, "answers": [{"seq": 77, "result": "stored", "state": "delivered", "at": 1}]})
                                   .encode()) if c.method == "PUT" and c.nth == 3 else PASS)
        for _ in range(3):
            self.once_offline("link.offline.platform")
            self.assert_held_back()
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    def test_retry_after_is_honoured_even_when_somebody_waits(self):
        records = self.kiosk.submit(1, 0)
        gate = self.gate(lambda c: Answer(503, {"Retry-After": "3"}) if c.method == "PUT" and c.nth == 1 else PASS)
        self.kiosk.start()
        link = self.kiosk.link()
        deadline = time.monotonic() + 30
        while len(gate.made("PUT")) < 2 and time.monotonic() < deadline:
            self.assertTrue(link.request("go")["ok"])
            time.sleep(0.05)
        put = gate.made("PUT")
        after = [c for c in gate.calls if c.at > put[0].at]
        self.assertGreaterEqual(after[0].at - put[0].at, 3.0)  # not even a heartbeat before
        self.assertLess(after[0].at - put[0].at, 12.0)
        link.wait_news("status")
        self.kiosk.stop()
        self.assert_delivered()
        self.check_all_there(records)

    def test_a_blob_that_the_platform_lost_is_sent_again(self):
        records = self.kiosk.submit(2, 1, 5000)

        def lose(call):
            if call.method == "PUT" and call.nth == 1:
                (name,) = records[0]["blobs"]
                found = [p for p in (self.platform.folder / "data").rglob(name) if p.is_file()]
                self.assertEqual(len(found), 1)
                found[0].unlink()
            return PASS
        gate = self.gate(lose)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertIn("blob_missing=1", log)
        self.assertEqual(len(gate.made("PUT")), 2)
        self.check_all_there(records)

    def test_what_cannot_be_opened_is_a_dead_letter_and_the_others_go_on(self):
        before, poison, after = self.kiosk.submit(2, 0), self.kiosk.submit(1, 0, 0, "--bad-key"), self.kiosk.submit(2, 0)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertIn("rejected=1", log)
        states = self.kiosk.states()
        self.assertEqual(states.pop(poison[0]["declaration"]), "send_failed")
        self.check_all_there(before + after)
        self.assertIn(poison[0]["receipt"][:4], self.kiosk.ctl("queue", check=False).stdout)

    def test_a_record_that_spoils_its_batch_is_found_by_halving(self):
        small = self.kiosk.submit(3, 0)
        big = self.kiosk.submit(1, 30, 10)  # its size marks it
        small += self.kiosk.submit(4, 0)
        sizes = []

        def refuse(call):
            if call.method != "PUT":
                return PASS
            sizes.append(len(call.body))
            return Answer(422, {}, b'{"type":"urn:bulu:problem:batch-format","title":"t","status":422,"detail":"d"}') if len(call.body) > 6000 \
                else PASS
        self.gate(refuse)
        self.assertEqual(self.kiosk.once()[0], 1)  # refused as a whole: once more, after a back-off, before anything is cut up
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        states = self.kiosk.states()
        self.assertEqual(states[big[0]["declaration"]], "send_failed", sizes)
        self.check_all_there(small)

    def test_a_platform_in_trouble_for_long_makes_no_dead_letter(self):
        records = self.kiosk.submit(4, 0)
        self.gate(lambda c: Answer(500, {}, b'{"type":"urn:bulu:problem:internal","title":"t","status":500}') if c.method == "PUT" else PASS)
        for _ in range(14):
            self.once_offline("link.offline.platform")
            self.assertEqual(set(self.kiosk.states().values()), {"sending"})
        self.kiosk.url = ""
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    def test_a_platform_that_was_too_busy_for_long_gives_a_refused_batch_no_less_patience(self):
        self.kiosk.submit(4, 0)
        gate = self.gate(lambda c: Answer(429) if c.method == "PUT" and c.nth < 4 else PASS,
                         lambda c: Answer(422, {}, b'{"type":"urn:bulu:problem:batch-format","title":"t","status":422}')
                         if c.method == "PUT" and c.nth == 4 else PASS)
        for _ in range(4):
            self.assertEqual(self.kiosk.once()[0], 1)
        self.assertEqual(self.kiosk.once()[0], 0)
        self.assertEqual(len(gate.made("PUT")), 5)  # once more whole, not in halves

    def test_a_file_that_is_never_taken_is_a_dead_letter_with_the_reason(self):
        records = self.kiosk.submit(3, 1, 5000)
        (name,) = records[1]["blobs"]
        said = json.dumps({"type": "urn:bulu:problem:too-large", "title": "t", "status": 413, "detail": "附件超过平台允许的大小"}).encode()
        gate = self.gate(lambda c: Answer(413, {}, said) if self.sends(c, name) else PASS)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        states = self.kiosk.states()
        self.assertEqual(states[records[1]["declaration"]], "send_failed")
        self.assertIn("附件超过平台允许的大小", self.kiosk.ctl("queue", check=False).stdout)
        self.check_all_there([records[0], records[2]])
        tried = len(gate.made("POST"))
        self.assertEqual(self.kiosk.once()[0], 0)
        self.assertEqual([c.path for c in gate.made("POST")[tried:]], ["/v1/heartbeat"])  # not tried again by itself

    def test_a_proxy_that_does_not_take_a_file_is_no_last_word(self):
        records = self.kiosk.submit(2, 1, 5000)
        (name,) = records[0]["blobs"]
        gate = self.gate(lambda c: Answer(413, {}, b"<html>Request Entity Too Large</html>", "text/html") if gate.broken and self.sends(c, name)
                         else PASS)
        self.assertEqual(self.kiosk.once()[0], 1)
        self.assertIn(self.kiosk.states()[records[0]["declaration"]], ("queued", "sending"))
        gate.broken = False
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    @staticmethod
    def sends(call, sha256):
        named = call.headers.get("Upload-Metadata", "").removeprefix("sha256 ")
        return call.path == "/v1/uploads" and base64.b64decode(named).decode() == sha256

    def test_a_damaged_file_is_told_and_holds_nobody_up(self):
        records = self.kiosk.submit(3, 1, 5000)
        (name,) = records[1]["blobs"]
        (path,) = [p for p in (self.kiosk.store / "blobs").rglob(name)]
        data = bytearray(path.read_bytes())
        data[100] ^= 1
        path.chmod(0o660)
        path.write_bytes(data)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertEqual(self.kiosk.states()[records[1]["declaration"]], "send_failed")
        self.check_all_there([records[0], records[2]])

    def test_a_withdrawn_record_never_arrives(self):
        records = self.kiosk.submit(3, 1, 1000)
        self.kiosk.make_store("--withdraw", records[1]["declaration"])
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertEqual(self.kiosk.states()[records[1]["declaration"]], "withdrawn")
        held = self.rows("SELECT declaration FROM submission")
        self.assertNotIn((records[1]["declaration"],), held)
        self.assertEqual(len(held), 2)

    def restore(self, backup):
        shutil.rmtree(self.kiosk.store)
        shutil.copytree(backup, self.kiosk.store)

    def test_a_restored_store_begins_a_new_life_and_doubles_nothing(self):
        records = self.kiosk.submit(2, 0)
        self.assertEqual(self.kiosk.once()[0], 0)
        backup = self.kiosk.folder / "backup"
        shutil.copytree(self.kiosk.store, backup)
        records += self.kiosk.submit(2, 0)
        self.assertEqual(self.kiosk.once()[0], 0)
        self.restore(backup)
        before = self.kiosk.epoch()
        code, log = self.kiosk.once()  # the heartbeat tells
        self.assertEqual(code, 0, log)
        self.assertIn("agent.epoch.behind", log)
        after = self.kiosk.epoch()
        self.assertNotEqual(after, before)
        self.kiosk.once()
        self.assertEqual(self.kiosk.epoch(), after)  # once is enough
        records += self.kiosk.submit(3, 0)
        self.assertEqual(self.kiosk.once()[0], 0)
        self.check_all_there(records)

    def test_a_restored_store_that_was_used_before_it_was_noticed_doubles_nothing(self):
        records = self.kiosk.submit(2, 0)
        self.assertEqual(self.kiosk.once()[0], 0)
        backup = self.kiosk.folder / "backup"
        shutil.copytree(self.kiosk.store, backup)
        records += self.kiosk.submit(2, 0)
        self.assertEqual(self.kiosk.once()[0], 0)
        self.restore(backup)
        before = self.kiosk.epoch()
        records += self.kiosk.submit(2, 0)  # in the places of the two before: the watermark looks right
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assertIn("problem=batch-conflict", log)
        self.assertNotEqual(self.kiosk.epoch(), before)
        self.check_all_there(records)

class Kills(Case):
    def test_kill_9_at_any_moment_loses_and_doubles_nothing(self):
        """At random times, and at random requests just before they reach the platform or just after it answered: there it hurts."""
        dice = random.Random(SEED)
        self.kiosk.settings["upload", "chunk_kb"] = 64
        self.kiosk.settings["schedule", "every_s"] = 1
        gate = self.gate(delay=0.004)
        aim = {}

        def kill(call):
            if not aim or call.method not in aim["methods"]:
                return PASS
            aim["left"] -= 1
            if aim["left"] > 0:
                return PASS
            what = aim["what"]
            aim.clear()
            self.kiosk.process.kill()
            return what
        gate.rules.append(kill)
        records, killed = [], []
        for n in range(20):
            if n % 2 == 0:
                records += self.kiosk.submit(2, 1, dice.randrange(1000, 200_000))
            if n % 4 == 3:
                aim.clear()
                wait = dice.uniform(0.02, 0.4)
            else:
                methods = dice.choice([("PUT",), ("PUT",), ("POST", "PATCH", "PUT", "GET", "HEAD")])
                aim.update(methods=methods, left=1 if methods == ("PUT",) else dice.randrange(1, 8), what=dice.choice([REFUSE, LOSE_REPLY]))
                wait = 3
            self.kiosk.start()
            try:
                self.kiosk.process.wait(wait)
                killed.append(gate.calls[-1].method)
            except subprocess.TimeoutExpired:
                pass
            self.kiosk.stop(signal.SIGKILL)
        aim.clear()
        self.assertIn("PUT", killed)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assert_delivered()
        self.check_all_there(records)
        self.kiosk.ctl("verify")

    def test_a_platform_killed_in_the_middle_keeps_what_it_acknowledged(self):
        dice = random.Random(SEED + 1)
        gate = self.gate(delay=0.004)
        self.kiosk.settings["schedule", "every_s"] = 1
        records = []
        self.kiosk.start()
        for n in range(6):
            records += self.kiosk.submit(2, 1, dice.randrange(1000, 200_000))
            time.sleep(dice.uniform(0.02, 0.4))
            self.platform.kill()
            self.platform.start()
        self.kiosk.stop()
        self.assertTrue(gate.calls)
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.assert_delivered()
        self.check_all_there(records)


def openssl(*args, **kw):
    subprocess.run(["openssl", *map(str, args)], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, **kw)


class Reasons(Case):
    """What goes wrong on the way is said in a key that the app has words for, and the queue survives it."""

    def setUp(self):
        super().setUp()
        self.records = self.kiosk.submit(1, 1, 1000)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulu-cert-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def tearDown(self):
        self.assert_held_back()
        self.kiosk.url = ""
        if self.platform.process:
            code, log = self.kiosk.once()
            self.assertEqual(code, 0, log)
            self.assertEqual(self.kiosk.setting("agent.offline_reason"), "")
            self.check_all_there(self.records)

    def certificate(self, start, end, ours=True):
        """A server certificate for localhost with these days, from the platform's CA or from another."""
        ca = self.platform.folder / "data" / "pki"
        if not ours:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-subj", "/CN=Another CA", "-keyout", self.folder / "ca.key", "-out", self.folder / "ca.pem")
            ca = self.folder
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
                "-keyout", self.folder / "s.key", "-out", self.folder / "s.csr")
        (self.folder / "index").write_text("")
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=x\n[x]\ndatabase={self.folder}/index\nserial={self.folder}/serial\nnew_certs_dir={self.folder}\n"
            f"default_md=sha256\npolicy=p\nx509_extensions=e\nunique_subject=no\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost\n")
        openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.cnf", "-cert", ca / "ca.pem", "-keyfile", ca / "ca.key",
                "-in", self.folder / "s.csr", "-out", self.folder / "s.pem", "-startdate", start, "-enddate", end)
        return str(self.folder / "s.pem"), str(self.folder / "s.key")

    def test_a_server_of_another_ca_is_not_spoken_to(self):
        gate = self.gate(certificate=self.certificate("20200101000000Z", "20400101000000Z", ours=False))
        self.once_offline("link.offline.tls")
        self.assertEqual(gate.calls, [])

    def test_an_ended_server_certificate_is_not_blamed_on_our_clock(self):
        gate = self.gate(certificate=self.certificate("20200101000000Z", "20210101000000Z"))
        self.once_offline("link.offline.tls")
        self.assertEqual(gate.calls, [])

    def test_a_certificate_that_begins_tomorrow_means_that_our_clock_is_slow(self):
        gate = self.gate(certificate=self.certificate("20400101000000Z", "20500101000000Z"))
        self.once_offline("link.offline.clock")
        self.assertEqual(gate.calls, [])

    def test_a_name_that_nobody_has(self):
        self.kiosk.url = "https://no-such-host.invalid:8444"
        self.once_offline("link.offline.host")

    def test_a_platform_that_is_down(self):
        url = self.platform.ready["device"]
        self.platform.kill()
        self.kiosk.url = url
        self.once_offline("link.offline.network")
        self.platform.start()

    def test_a_name_that_the_certificate_does_not_have(self):
        self.platform.stop()
        self.platform.settings["web", "names"] = "platform.example"
        self.platform.start()
        self.kiosk.url = self.platform.ready["device"].replace("platform.example", "localhost")
        self.once_offline("link.offline.tls")
        self.platform.stop()
        self.platform.settings["web", "names"] = "localhost,127.0.0.1"
        self.platform.start()

    def test_our_clock_in_1970_or_2035(self):
        lib = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
        if not lib:
            self.skipTest("libfaketime is not installed; reason_test.c covers the judgement")
        self.assertEqual(self.kiosk.once()[0], 0)
        self.kiosk.make_store("--count", 0)
        self.records += self.kiosk.submit(1, 0)
        for day in ("1970-01-02 00:00:00", "2035-06-01 00:00:00"):
            self.kiosk.env = {"LD_PRELOAD": str(lib), "FAKETIME": f"@{day}", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                              "ASAN_OPTIONS": "verify_asan_link_order=0"}
            try:
                code, log = self.kiosk.once()
            finally:
                self.kiosk.env = {}
            self.assertEqual(code, 1, log)
            self.assertIn("reason=link.offline.clock ", log)
        self.assert_held_back = lambda: None


class Refusals(Case):
    def test_a_revoked_kiosk_keeps_its_records(self):
        records = self.kiosk.submit(1, 1, 1000)
        self.platform.admin("device-revoke", "--kiosk", 1001)
        self.once_offline("link.offline.revoked")
        self.assert_held_back()
        self.kiosk.enrol(self.platform.enrol_code(kiosk=1002))
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        self.check_all_there(records)

    def test_plain_http_is_for_this_machine_only(self):
        for url in ("http://platform.example", "http://127.0.0.1.example", "http://127.0.0.1@example.org", "ftp://127.0.0.1", "localhost"):
            self.kiosk.url = url
            code, log = self.kiosk.once()
            self.assertEqual(code, 2, url)
            self.assertIn("[platform] url", log)

    def test_a_broken_config_line_is_named(self):
        self.kiosk.settings["schedule", "every_s"] = "soon"
        code, log = self.kiosk.once()
        self.assertEqual(code, 2)
        self.assertRegex(log, r"bulu-sync.ini:\d+: \[schedule\] every_s: expected a whole number")

    def test_two_agents_do_not_share_a_store(self):
        self.kiosk.start()
        self.kiosk.link()
        code, log = self.kiosk.once()
        self.assertEqual(code, 1)
        self.assertIn("another bulu-sync is running", log)


class Enrolment(Case):
    def fresh(self):
        return self.new_kiosk()

    def test_it_leaves_one_whole_identity(self):
        kiosk = self.fresh()
        kiosk.enrol(self.platform.enrol_code(hall="天山区政务大厅", kiosk=7))
        names = sorted(p.name for p in kiosk.identity.iterdir())
        self.assertEqual(names, ["ca.crt", "device.crt", "device.key", "enrolment.json"])
        self.assertEqual((kiosk.identity / "device.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(kiosk.setting("kiosk.number"), "7")
        self.assertEqual(kiosk.setting("hall.name"), "天山区政务大厅")
        self.assertEqual(kiosk.setting("platform.url"), self.platform.ready["web"])
        self.assertRegex(kiosk.setting("platform.key"), r"^\S+ [A-Za-z0-9+/]{43}=$")
        self.assertFalse((kiosk.folder / "agent" / "enrol.key").exists())
        self.assertEqual(kiosk.once()[0], 0)

    def test_what_fails_leaves_the_identity_that_was_there(self):
        before = {p.name: p.read_bytes() for p in self.kiosk.identity.iterdir()}
        good = self.platform.enrol_code(kiosk=2)
        cases = {"code": ({**good, "code": "AAAA-BBBB"}, "The code is wrong"),
                 "pin": ({**good, "ca_pin": "sha256//" + "A" * 43 + "="}, "not that of our platform"),
                 "pin form": ({**good, "ca_pin": "sha256//x"}, "pin"),
                 "http": ({**good, "url": "http://platform.example"}, "https"),
                 "nobody there": ({**good, "url": "https://localhost:1"}, "cannot be reached"),
                 "not a text": ({"hello": 1}, "enrolment text"),
                 "device listener": ({**good, "url": self.platform.ready["device"]}, "status 404|The|platform says")}
        for name, (text, words) in cases.items():
            with self.subTest(name):
                done = self.kiosk.enrol(text, check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertRegex(done.stderr, words)
                self.assertEqual({p.name: p.read_bytes() for p in self.kiosk.identity.iterdir()}, before)
        self.assertEqual(self.kiosk.once()[0], 0)
        self.kiosk.enrol(good)  # the code was not used up by any of them
        self.assertNotEqual({p.name: p.read_bytes() for p in self.kiosk.identity.iterdir()}, before)
        self.assertEqual(len(list((self.kiosk.folder / "agent").glob("identity.*"))), 1)

    def test_an_agent_that_waits_is_enrolled_without_a_restart(self):
        kiosk = self.fresh()
        kiosk.start()
        link = kiosk.link()
        state = link.request("state")
        self.assertEqual((state["online"], state["enrolled"], state["reason"]), (False, False, "link.offline.not_enrolled"))
        refused = link.request("call", method="GET", path="/v1/profile")
        self.assertEqual((refused["ok"], refused["problem"]["title"]), (False, "link.offline.not_enrolled"))
        kiosk.enrol(self.platform.enrol_code(kiosk=9))
        self.assertEqual(link.wait_news("online")["kiosk"], 9)

    def test_settings_that_an_enrolment_did_not_reach_are_made_up_for_at_start(self):
        with sqlite3.connect(self.kiosk.store / "bulu.db") as db:
            db.execute("DELETE FROM setting")
        self.assertEqual(self.kiosk.once()[0], 0)
        self.assertEqual(self.kiosk.setting("kiosk.number"), "1001")
        self.assertTrue(self.kiosk.setting("platform.key"))


class Renewal(Case):
    """A certificate of one day, and a platform whose clock goes on: what is renewed at the beat outlives it."""

    settings = {("enrol", "certificate_days"): 1}

    def setUp(self):
        self.faketime = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
        if not self.faketime or "asan" in str(BUILD):
            self.skipTest("libfaketime is not installed, or would come before the sanitizer")
        super().setUp()

    def go_on(self, hours):
        self.platform.stop()
        self.platform.env = {"LD_PRELOAD": str(self.faketime), "FAKETIME": f"+{hours}h", "DONT_FAKE_MONOTONIC": "1"}
        self.platform.start()

    def held(self, name):
        return (self.kiosk.identity / name).read_bytes()

    def folders(self):
        return sorted(p.name for p in (self.kiosk.folder / "agent").iterdir() if p.name.startswith(("identity.", "candidate")))

    def certificates(self):
        return self.rows("SELECT count(*) FROM certificate")[0][0]

    def round(self):
        code, log = self.kiosk.once()
        self.assertEqual(code, 0, log)
        return log

    def test_with_less_than_a_third_left_it_is_renewed_and_outlives_the_old_one(self):
        first, key = self.held("device.crt"), self.held("device.key")
        self.round()
        self.go_on(12)
        self.round()
        self.assertEqual(self.held("device.crt"), first)  # half of it is left
        self.go_on(20)
        log = self.round()
        self.assertIn("renew.done", log)
        self.assertNotEqual(self.held("device.crt"), first)
        self.assertNotEqual(self.held("device.key"), key)
        self.assertEqual((self.kiosk.identity / "device.key").stat().st_mode & 0o777, 0o600)
        self.assertNotIn("renew.", self.round())  # once is enough
        self.assertEqual(len(self.folders()), 1, self.folders())
        self.assertEqual(self.certificates(), 2)
        self.go_on(36)  # the old one has ended
        records = self.kiosk.submit(2, 1, 1000)
        self.assertIn("renew.done", self.round())
        self.check_all_there(records)

    def test_the_old_one_stays_until_the_new_one_has_worked(self):
        """What a power cut after the platform's answer leaves: a candidate beside the identity."""
        first = self.held("device.crt")
        self.go_on(20)
        self.gate(lambda c: REFUSE if c.path.startswith("/v1/updates") else PASS)
        self.once_offline("link.offline.network")
        self.assertEqual(self.held("device.crt"), first)
        self.assertIn("candidate", self.folders())
        self.kiosk.url = ""
        self.assertIn("renew.done", self.round())
        self.assertNotEqual(self.held("device.crt"), first)
        self.round()
        self.assertEqual(self.certificates(), 2)  # the one that was there was used, no third was asked for
        self.assertEqual(len(self.folders()), 1, self.folders())

    def test_a_lost_answer_or_a_platform_in_trouble_holds_up_no_record(self):
        first = self.held("device.crt")
        records = self.kiosk.submit(2, 1, 1000)
        self.go_on(20)
        self.gate(lambda c: (LOSE_REPLY if c.nth % 2 else Answer(500)) if c.path == "/v1/renew" else PASS)
        self.round()
        self.round()
        self.check_all_there(records)
        self.assertEqual(self.held("device.crt"), first)
        self.kiosk.url = ""  # the gate would judge the new one by the clock of this machine
        self.assertIn("renew.done", self.round())

    def test_a_kiosk_that_was_off_while_the_old_one_ended_comes_back_by_the_candidate(self):
        self.go_on(20)
        self.gate(lambda c: REFUSE if c.path.startswith("/v1/updates") else PASS)
        self.once_offline("link.offline.network")
        self.kiosk.url = ""
        self.go_on(36)
        records = self.kiosk.submit(1, 1, 1000)
        self.assertIn("renew.done", self.round())
        self.check_all_there(records)

    def test_a_candidate_that_the_platform_does_not_know_is_given_up_for_another(self):
        self.go_on(20)
        self.gate(lambda c: REFUSE if c.path.startswith("/v1/updates") else PASS)
        self.once_offline("link.offline.network")
        self.assertIn("candidate", self.folders())
        self.platform.stop()
        (path,) = (self.platform.folder / "data").glob("*.db")
        with sqlite3.connect(path) as db:  # as one restored from a backup
            db.execute("DELETE FROM certificate WHERE made_ms = (SELECT max(made_ms) FROM certificate)")
        self.platform.start()
        self.kiosk.url = ""
        self.assertIn("renew.refused", self.round())
        self.assertNotIn("candidate", self.folders())
        self.assertIn("renew.done", self.round())

    def test_one_that_ended_while_the_kiosk_was_off_is_told_and_keeps_its_records(self):
        records = self.kiosk.submit(1, 1, 1000)
        self.go_on(36)
        self.once_offline("link.offline.ended")
        self.assert_held_back()
        self.go_on(0)  # codes are made by this machine's clock
        self.kiosk.enrol(self.platform.enrol_code())
        self.round()
        self.check_all_there(records)

    def test_people_at_the_kiosk_notice_nothing(self):
        self.kiosk.settings["schedule", "every_s"] = 1
        self.go_on(20)
        self.kiosk.start()
        link = self.kiosk.link()
        deadline = time.monotonic() + 30
        while "renew.done" not in self.kiosk.words() and time.monotonic() < deadline:
            self.assertTrue(link.request("call", method="GET", path="/v1/units?q=x")["ok"])
        self.assertIn("renew.done", self.kiosk.words())
        self.assertTrue(link.request("call", method="GET", path="/v1/units?q=x")["ok"])
        self.kiosk.stop()
        self.assertEqual(self.kiosk.words().count("agent.identity"), 1)  # connections are not torn down


class Daytime(Case):
    """The agent as it serves."""

    def serve(self, **settings):
        self.kiosk.settings.update({("schedule", "every_s"): 86400})
        self.kiosk.settings.update({("schedule", name): value for name, value in settings.items()})
        self.kiosk.start()
        link = self.kiosk.link()
        if not link.request("state")["online"]:
            link.wait_news("online")
        return link

    def test_what_the_app_queues_goes_by_itself(self):
        link = self.serve()
        records = self.kiosk.submit(1, 1, 1000)
        link.wait_news("status")
        self.assert_delivered()
        self.check_all_there(records)

    def test_an_idle_agent_sleeps(self):
        self.serve()
        time.sleep(0.5)  # the first round is over by its news; let its last writes settle

        def wakes():
            text = pathlib.Path(f"/proc/{self.kiosk.process.pid}/status").read_text()
            return sum(int(line.split()[1]) for line in text.splitlines() if "ctxt_switches" in line)
        before = wakes()
        time.sleep(2)
        self.assertLessEqual(wakes() - before, 1)

    def test_a_returned_declaration_comes_back_with_its_reasons(self):
        link = self.serve(wait_s=20)
        records = self.kiosk.submit(1, 0)
        news = link.wait_news("status")
        while news.get("state") != "unit_returned":  # an empty record breaks rules
            news = link.wait_news("status")
        self.assertEqual(news["declaration"], records[0]["declaration"])
        with sqlite3.connect(f"file:{self.kiosk.store / 'bulu.db'}?mode=ro", uri=True) as db:
            reasons = [row[0] for row in db.execute("SELECT reasons FROM history WHERE reasons != ''")]
        self.assertTrue(reasons and json.loads(reasons[0])[0]["path"].startswith("form."), reasons)

    def test_notices_and_settings_come_by_the_long_poll(self):
        link = self.serve(wait_s=20)
        self.platform.admin("set", "notices", "--json-stdin", stdin=json.dumps([{"id": 1, "title": "工作通知", "text": "测试", "at": 1}]))
        deadline = time.monotonic() + 20
        while not self.kiosk.setting("notice.work") and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(json.loads(self.kiosk.setting("notice.work") or "[]")[0]["title"], "工作通知")
        self.assertTrue(link.request("state")["online"])

    def test_live_calls_go_to_listed_paths_only(self):
        link = self.serve()
        answer = link.request("call", method="GET", path="/v1/units?q=%E6%B5%8B")
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(answer["status"], 200)
        self.assertIn("units", answer["body"])
        for method, path in (("GET", "/v1/uploads"), ("POST", "/v1/heartbeat"), ("GET", "/v1/units/../uploads"), ("GET", "https://a/"),
                             ("GET", "/v1/profile?x=1"), ("PUT", "/v1/units"), ("GET", "/v1/declarations/x"), ("GET", ""), ("GET", "//")):
            refused = link.request("call", method=method, path=path)
            self.assertEqual((refused["ok"], refused["problem"]["title"]), (False, "link.not_allowed"), path)
        self.assertFalse(link.request("call")["ok"])
        missing = link.request("blob", sha256="0" * 64)
        self.assertFalse(missing["ok"])
        self.assertEqual(link.request("blob", sha256="nonsense")["problem"]["status"], 400)
        self.assertEqual(link.request("dance")["problem"]["title"], "link.unknown_op")

    def test_the_app_hears_when_the_platform_goes_and_comes(self):
        link = self.serve()
        self.platform.kill()
        link.request("go")
        news = link.wait_news("offline")
        # Cut off in the middle of a handshake it looks like a TLS that does not agree; the next call knows better.
        self.assertIn(news["reason"], ("link.offline.network", "link.offline.tls"))
        self.assertGreater(news["last_contact"], 0)
        refused = link.request("call", method="GET", path="/v1/units?q=a")
        self.assertEqual((refused["ok"], refused["problem"]["title"]), (False, "link.offline.network"))
        self.platform.start()
        link.request("go")
        link.wait_news("online")

    def test_a_wrong_clock_is_measured(self):
        link = self.serve()
        state = link.request("state")
        self.assertLess(abs(state["offset_ms"]), 2000)
        self.assertGreater(state["certificate_expires"], time.time() * 1000)
        self.assertEqual(state["slot"]["window"], 14400)
        self.assertLessEqual(state["slot"]["next"] - state["time"], 24 * 3600 * 1000)


if __name__ == "__main__":
    unittest.main()
