"""The central platform as kiosks, reviewers and phones meet it: over real TLS, with certificates made for the run."""
import base64
import hashlib
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import BUILD, ROOT, Device, Platform, Reviewer, connection, request  # noqa: E402

UNIT = "新疆机械研究院（示例单位）"
PASSWORD = "correct horse battery"
PROBLEM = "application/problem+json"
EPOCH = "22222222-2222-4222-8222-222222222222"


def kind(answer):
    """The problem's kind; fails when the answer is none."""
    status, headers, body = answer
    assert headers["Content-Type"] == PROBLEM, (status, headers["Content-Type"], body)
    said = json.loads(body)
    assert said["status"] == status and said["detail"], said
    return said["type"].removeprefix("urn:bulu:problem:")


def make_batch(device, records):
    """(folder, what make_batch says)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="batch-", dir=device.platform.folder))
    spec = json.dumps({"key": device.answer["keys"][0], "records": records})
    done = subprocess.run([str(BUILD / "tests" / "e2e" / "make_batch"), str(folder)], input=spec, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def upload_headers(data, sha256=None, **more):
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    return {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(data)), "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": "sha256 " + base64.b64encode(sha256.encode()).decode(), **more}


def upload(device, data):
    status, headers, body = device.request("POST", "/v1/uploads", data, upload_headers(data))
    assert status == 201, (status, body)
    return headers


def put_batch(device, number, body, epoch=EPOCH, path_device=None, **headers):
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return device.request("PUT", f"/v1/devices/{path_device or device.id}/epochs/{epoch}/batches/{number}", body,
                          {"Content-Type": "application/jsonl", "Content-Encoding": "zstd", "Content-Digest": f"sha-256=:{digest}:", **headers})


def send(device, number, records, blobs=True, epoch=EPOCH):
    """Uploads and puts; (answers by seq, what was made)."""
    folder, made = make_batch(device, records)
    for blob in made["blobs"] if blobs else []:
        upload(device, (folder / blob["sha256"]).read_bytes())
    status, _, body = put_batch(device, number, (folder / "batch.zst").read_bytes(), epoch)
    assert status == 200, body
    return {a["seq"]: a for a in json.loads(body)["answers"]}, made


class WithPlatform(unittest.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.platform = Platform(settings=cls.settings)
        cls.platform.start()
        cls.addClassCleanup(cls.platform.__exit__)
        cls.device = Device(cls.platform)
        cls.platform.user("admin", UNIT, PASSWORD)


class Enrolment(WithPlatform):
    def test_a_code_is_good_once(self):
        code = self.platform.enrol_code(kiosk=7)["code"]
        probe = Device.__new__(Device)
        probe.folder = pathlib.Path(tempfile.mkdtemp(dir=self.platform.folder))
        csr = probe.csr()
        first = self.platform.request("POST", "/v1/enrol", {"code": code.lower().replace("-", ""), "csr": csr})
        self.assertEqual(first[0], 200, first[2])
        self.assertEqual(json.loads(first[2])["kiosk"], 7)
        self.assertEqual(kind(self.platform.request("POST", "/v1/enrol", {"code": code, "csr": csr})), "code-wrong")

    def test_a_request_that_is_none_uses_no_code_up(self):
        code = self.platform.enrol_code(kiosk=8)["code"]
        rsa = pathlib.Path(tempfile.mkdtemp(dir=self.platform.folder))
        subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", rsa / "k", "-subj", "/CN=x", "-out", rsa / "csr"],
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for csr in ("", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", (rsa / "csr").read_text()):
            self.assertEqual(kind(self.platform.request("POST", "/v1/enrol", {"code": code, "csr": csr})), "bad-request")
        probe = Device.__new__(Device)
        probe.folder = rsa
        self.assertEqual(self.platform.request("POST", "/v1/enrol", {"code": code, "csr": probe.csr()})[0], 200)

    def test_the_chain_carries_the_ca_of_the_pin(self):
        text = self.platform.enrol_code(kiosk=9)
        der = subprocess.run(["openssl", "x509", "-in", self.platform.ca, "-pubkey", "-noout"], check=True, stdout=subprocess.PIPE).stdout
        spki = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=der, check=True, stdout=subprocess.PIPE).stdout
        self.assertEqual(text["ca_pin"], "sha256//" + base64.b64encode(hashlib.sha256(spki).digest()).decode())
        host, port = text["url"].removeprefix("https://").split(":")
        shown = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", "-showcerts"], input=b"", stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=False).stdout
        self.assertEqual(shown.count(b"BEGIN CERTIFICATE"), 2)  # the server's, and the CA's behind it
        self.assertIn(b"".join(self.platform.ca.read_bytes().split()), b"".join(shown.split()))

    def test_a_kiosk_that_enrols_again_keeps_its_identity_and_loses_its_old_certificate(self):
        first = Device(self.platform, kiosk=30)
        second = Device(self.platform, kiosk=30)
        self.assertEqual(first.id, second.id)
        self.assertEqual(kind(first.request("GET", "/v1/updates")), "device-revoked")
        self.assertEqual(second.request("GET", "/v1/updates")[0], 200)

    def test_renewal_over_the_old_certificate(self):
        device = Device(self.platform, kiosk=31)
        old = device.request("GET", "/v1/updates")[0]
        status, _, body = device.request("POST", "/v1/renew", {"csr": device.csr()})
        self.assertEqual((old, status), (200, 200), body)
        device.certificate.write_text(json.loads(body)["certificate"])
        device.close()
        self.assertEqual(device.request("GET", "/v1/updates")[0], 200)


class Certificates(WithPlatform):
    def plain_context(self):
        return ssl.create_default_context(cafile=str(self.platform.ca))

    def test_no_certificate(self):
        link = connection(self.platform.ready["device"], self.plain_context())
        self.addCleanup(link.close)
        self.assertEqual(kind(request(link, "GET", "/v1/updates")), "no-certificate")

    def test_a_certificate_of_somebody_else(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.platform.folder))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", folder / "k",
                        "-out", folder / "c", "-subj", f"/CN={self.device.id}", "-days", "30"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context = self.plain_context()
        context.load_cert_chain(folder / "c", folder / "k")
        link = connection(self.platform.ready["device"], context)
        self.addCleanup(link.close)
        self.assertEqual(kind(request(link, "GET", "/v1/updates")), "certificate-unknown")

    def test_a_revoked_device_is_refused_on_an_open_connection(self):
        device = Device(self.platform, kiosk=40)
        self.assertEqual(device.request("GET", "/v1/updates")[0], 200)
        self.platform.admin("device-revoke", "--kiosk", 40)
        self.assertEqual(kind(device.request("GET", "/v1/updates")), "device-revoked")

    def test_an_expired_certificate(self):
        with Platform(settings={("enrol", "certificate_days"): 1}) as platform:
            device = Device(platform)
            self.assertEqual(device.request("GET", "/v1/updates")[0], 200)
            platform.stop()
            # the clock of the platform two days on
            library = next(pathlib.Path("/usr/lib").rglob("libfaketime.so.1"), None)
            if not library or "asan" in str(BUILD):
                self.skipTest("libfaketime is not installed, or would come before the sanitizer")
            platform.env = {"LD_PRELOAD": str(library), "FAKETIME": "+2d", "DONT_FAKE_MONOTONIC": "1"}
            platform.start()
            device.close()
            self.assertEqual(kind(device.request("GET", "/v1/updates")), "certificate-expired")

    def test_nothing_of_one_listener_is_on_the_other(self):
        for path in ("/review", "/healthz", "/metrics", "/r/7K3M-9QXT-2RWD-P", "/v1/enrol"):
            self.assertEqual(kind(self.device.request("GET", path)), "not-found", path)
        for path in ("/v1/updates", "/v1/units", "/v1/uploads/00", "/v1/packages/x"):
            self.assertEqual(kind(self.platform.request("GET", path)), "not-found", path)


class Uploads(WithPlatform):
    def patch(self, where, offset, data, device=None, **headers):
        return (device or self.device).request("PATCH", where, data, {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset),
                                                                      "Content-Type": "application/offset+octet-stream", **headers})

    def head(self, where):
        return self.device.request("HEAD", where, None, {"Tus-Resumable": "1.0.0"})

    def create(self, data, **more):
        headers = upload_headers(data, **more)
        del headers["Content-Type"]
        status, answer, body = self.device.request("POST", "/v1/uploads", None, headers)
        self.assertEqual(status, 201, body)
        return answer["Location"]

    def held(self, data):
        folder = self.platform.folder / "data" / "blobs" / "held"
        name = hashlib.sha256(data).hexdigest()
        path = folder / name[:2] / name
        return path.read_bytes() == data if path.exists() else False

    def test_options_say_what_is_spoken(self):
        status, headers, _ = self.device.request("OPTIONS", "/v1/uploads")
        self.assertEqual(status, 204)
        self.assertEqual(headers["Tus-Version"], "1.0.0")
        self.assertEqual(headers["Tus-Extension"], "creation,creation-with-upload,checksum,expiration")
        self.assertEqual(headers["Tus-Checksum-Algorithm"], "sha1,sha256")

    def test_one_request_and_again_it_is_complete_at_creation(self):
        data = b"one" * 100000
        first, second = upload(self.device, data), upload(self.device, data)
        self.assertTrue(self.held(data))
        self.assertEqual(first["Upload-Offset"], str(len(data)))
        self.assertEqual(second["Upload-Offset"], str(len(data)))
        again = self.create(data)  # without a body: nothing has to travel
        self.assertEqual(self.head(again)[1]["Upload-Offset"], str(len(data)))

    def test_a_cut_connection_goes_on_where_it_was_cut(self):
        data = bytes(range(256)) * 4096  # 1 MiB
        where = self.create(data)
        raw = self.device.context().wrap_socket(socket.create_connection(("127.0.0.1", self.platform.ready["device_port"])), server_hostname="localhost")
        head = (f"PATCH {where} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: "
                f"application/offset+octet-stream\r\nContent-Length: {len(data)}\r\n\r\n")
        raw.sendall(head.encode() + data[:400000])
        deadline = time.monotonic() + 20
        while int(self.head(where)[1]["Upload-Offset"]) < 400000:  # what was sent has arrived; the connection still hangs
            self.assertLess(time.monotonic(), deadline)
        raw.close()
        status, headers, _ = self.head(where)
        offset = int(headers["Upload-Offset"])
        self.assertEqual((status, offset, headers["Upload-Length"]), (200, 400000, str(len(data))))
        self.assertEqual(self.patch(where, offset, data[offset:])[0], 204)
        self.assertTrue(self.held(data))

    def test_a_request_that_hangs_loses_its_hold_to_the_next(self):
        data = b"hang" * 50000
        where = self.create(data)
        raw = self.device.context().wrap_socket(socket.create_connection(("127.0.0.1", self.platform.ready["device_port"])), server_hostname="localhost")
        raw.sendall((f"PATCH {where} HTTP/1.1\r\nHost: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: "
                     f"application/offset+octet-stream\r\nContent-Length: {len(data)}\r\n\r\n").encode() + data[:1000])
        deadline = time.monotonic() + 20
        while self.head(where)[1]["Upload-Offset"] != "1000":
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.patch(where, 1000, data[1000:])[0], 204)
        raw.sendall(b"x" * 5000)  # too late
        raw.close()
        self.assertTrue(self.held(data))

    def test_checksums_of_a_part(self):
        data = b"checked" * 1000
        where = self.create(data)
        good = "sha1 " + base64.b64encode(hashlib.sha1(data[:100]).digest()).decode()
        wrong = "sha1 " + base64.b64encode(hashlib.sha1(b"other").digest()).decode()
        self.assertEqual(kind(self.patch(where, 0, data[:100], **{"Upload-Checksum": wrong})), "checksum-mismatch")
        self.assertEqual(self.head(where)[1]["Upload-Offset"], "0")
        self.assertEqual(self.patch(where, 0, data[:100], **{"Upload-Checksum": good})[0], 204)
        rest = "sha256 " + base64.b64encode(hashlib.sha256(data[100:]).digest()).decode()
        self.assertEqual(self.patch(where, 100, data[100:], **{"Upload-Checksum": rest})[0], 204)
        self.assertTrue(self.held(data))

    def test_bytes_that_are_not_those_announced_are_nobodys(self):
        data, other = b"announced" * 100, b"something" * 100
        status, _, body = self.device.request("POST", "/v1/uploads", other, upload_headers(other, hashlib.sha256(data).hexdigest()))
        self.assertEqual(status, 400, body)
        self.assertFalse(self.held(data))
        self.assertFalse(self.held(other))

    def test_wrong_requests_have_plain_answers(self):
        data = b"plain" * 100
        where = self.create(data)
        self.assertEqual(kind(self.patch(where, 7, data)), "upload-offset")
        self.assertEqual(kind(self.patch("/v1/uploads/" + "0" * 32, 0, data)), "not-found")
        self.assertEqual(kind(self.patch("/v1/uploads/..%2f..%2fplatform.db", 0, data)), "not-found")
        self.assertEqual(kind(self.patch(where, 0, data, **{"Content-Type": "text/plain"})), "media-type")
        self.assertEqual(kind(self.patch(where, 0, data + b"more")), "too-large")
        self.assertEqual(kind(self.patch(where, 0, data, **{"Tus-Resumable": "0.2.2"})), "tus-version")
        self.assertEqual(kind(self.patch(where, 0, data, Device(self.platform, kiosk=50))), "not-found")  # another kiosk's
        big = upload_headers(data) | {"Upload-Length": "99999999999"}
        self.assertEqual(kind(self.device.request("POST", "/v1/uploads", data, big)), "too-large")
        for metadata in ("", "sha256", "sha256 !!", "sha256 " + base64.b64encode(b"../../x").decode()):
            self.assertEqual(kind(self.device.request("POST", "/v1/uploads", data, upload_headers(data) | {"Upload-Metadata": metadata})), "bad-request")


class Batches(WithPlatform):
    def test_the_same_batch_has_the_same_answer_and_another_one_is_a_conflict(self):
        folder, made = make_batch(self.device, [{"seq": 1}])
        for blob in made["blobs"]:
            upload(self.device, (folder / blob["sha256"]).read_bytes())
        body, epoch = (folder / "batch.zst").read_bytes(), str(uuid.uuid4())
        first, again = put_batch(self.device, 1, body, epoch), put_batch(self.device, 1, body, epoch)
        self.assertEqual((first[0], first[2]), (200, again[2]))
        self.assertEqual(json.loads(first[2])["answers"][0]["state"], "submitted_unit")
        other, _ = make_batch(self.device, [{"seq": 1}])
        self.assertEqual(kind(put_batch(self.device, 1, (other / "batch.zst").read_bytes(), epoch)), "batch-conflict")
        self.assertIn(f"batch-conflict {self.device.id} epoch {epoch} batch 1", self.platform.admin("alarms"))
        # the same record in another batch: a duplicate
        status, _, body = put_batch(self.device, 2, body, epoch)
        self.assertEqual(json.loads(body)["answers"][0]["result"], "duplicate")

    def test_a_poisoned_record_stands_in_nobodys_way(self):
        folder, made = make_batch(self.device, [{"seq": 1}, {"raw": '{"seq":2,"declaration":"x"}'}, {"raw": "no json at all"}, {"seq": 4}])
        for blob in made["blobs"]:
            upload(self.device, (folder / blob["sha256"]).read_bytes())
        status, _, body = put_batch(self.device, 1, (folder / "batch.zst").read_bytes(), str(uuid.uuid4()))
        answers = json.loads(body)["answers"]
        self.assertEqual([a["result"] for a in answers], ["stored", "rejected", "rejected", "stored"])
        self.assertEqual([a["seq"] for a in answers], [1, 2, -1, 4])
        self.assertTrue(answers[1]["problem"]["type"].endswith("record-format"))
        self.assertIn("无法解读", answers[1]["problem"]["detail"])

    def test_a_record_waits_for_its_attachments(self):
        folder, made = make_batch(self.device, [{"seq": 1}])
        epoch, body = str(uuid.uuid4()), (folder / "batch.zst").read_bytes()
        _, _, answer = put_batch(self.device, 1, body, epoch)
        answer = json.loads(answer)["answers"][0]
        self.assertEqual(answer["result"], "blob-missing")
        self.assertIn(answer["blob"], [b["sha256"] for b in made["blobs"]])
        for blob in made["blobs"]:
            upload(self.device, (folder / blob["sha256"]).read_bytes())
        _, _, answer = put_batch(self.device, 2, body, epoch)
        self.assertEqual(json.loads(answer)["answers"][0]["result"], "stored")

    def test_one_declaration_and_version_has_one_content(self):
        name = str(uuid.uuid4())
        first, _ = send(self.device, 1, [{"seq": 1, "declaration": name}], epoch=str(uuid.uuid4()))
        second, _ = send(self.device, 1, [{"seq": 1, "declaration": name, "set": {"form.publicity.publicity_url": "别的网址"}}], epoch=str(uuid.uuid4()))
        self.assertEqual(first[1]["result"], "stored")
        self.assertEqual(second[1]["result"], "rejected")
        self.assertTrue(second[1]["problem"]["type"].endswith("record-conflict"))
        self.assertIn("record-conflict", self.platform.admin("alarms"))
        self.assertEqual(self.platform.declaration(name)["title"]["sections"]["publicity"]["publicity_url"], "工信厅网站公示")

    def test_a_broken_rule_comes_back_with_field_and_reason(self):
        answers, made = send(self.device, 1, [{"seq": 1, "set": {"form.title_award.award_date": "1999-12-31"}}], epoch=str(uuid.uuid4()))
        self.assertEqual((answers[1]["result"], answers[1]["state"]), ("stored", "unit_returned"))
        _, _, body = self.device.request("GET", "/v1/updates")
        mine = [s for s in json.loads(body)["statuses"] if s["declaration"] == made["records"][0]["declaration"]]
        self.assertEqual([s["state"] for s in mine], ["unit_returned"])
        self.assertEqual([r["path"] for r in mine[0]["reasons"]], ["form.title_award.award_date"])
        self.assertRegex(mine[0]["reasons"][0]["reason"], "[一-鿿]")

    def test_a_withdrawn_place_is_kept(self):
        name, epoch = str(uuid.uuid4()), str(uuid.uuid4())
        answers, _ = send(self.device, 1, [{"seq": 5, "declaration": name, "version": 1, "withdrawn": True}], epoch=epoch)
        self.assertEqual((answers[5]["result"], answers[5]["state"]), ("stored", "withdrawn"))
        _, _, body = self.device.request("POST", "/v1/heartbeat", {"epoch": epoch, "last_seq": 5})
        self.assertEqual(json.loads(body)["watermark"], {"epoch": epoch, "seq": 5})

    def test_requests_that_are_none(self):
        folder, _ = make_batch(self.device, [{"seq": 1}])
        body, epoch = (folder / "batch.zst").read_bytes(), str(uuid.uuid4())
        self.assertEqual(kind(put_batch(self.device, 1, body, epoch, path_device=str(uuid.uuid4()))), "other-device")
        self.assertEqual(kind(put_batch(self.device, 1, body, "not-an-epoch")), "bad-request")
        self.assertEqual(kind(put_batch(self.device, "-1", body, epoch)), "bad-request")
        self.assertEqual(kind(put_batch(self.device, 1, body, epoch, **{"Content-Encoding": "gzip"})), "media-type")
        self.assertEqual(kind(put_batch(self.device, 1, body, epoch, **{"Content-Digest": "sha-256=:AAAA:"})), "digest")
        self.assertEqual(kind(put_batch(self.device, 1, body[:-3], epoch)), "batch-format")
        self.assertEqual(kind(put_batch(self.device, 1, b"x" * (1 << 20) + b"x", epoch)), "too-large")
        # and the number is still free
        self.assertEqual(put_batch(self.device, 1, body, epoch)[0], 200)

    def test_two_requests_with_one_number_at_once_have_one_answer(self):
        folder, made = make_batch(self.device, [{"seq": n} for n in range(1, 41)])
        for blob in made["blobs"]:
            upload(self.device, (folder / blob["sha256"]).read_bytes())
        body, epoch, got = (folder / "batch.zst").read_bytes(), str(uuid.uuid4()), []

        def put():
            other = Device.__new__(Device)
            other.__dict__.update(self.device.__dict__, link=None)
            got.append(put_batch(other, 1, body, epoch)[2])
            other.close()
        threads = [threading.Thread(target=put) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(got)), 1)
        self.assertEqual({a["result"] for a in json.loads(got[0])["answers"]}, {"stored"})

    def test_what_was_answered_is_there_after_a_kill(self):
        answers, made = send(self.device, 1, [{"seq": 1}, {"seq": 2}], epoch=str(uuid.uuid4()))
        self.assertEqual({a["result"] for a in answers.values()}, {"stored"})
        self.platform.kill()
        self.platform.start()
        self.device.close()
        for record in made["records"]:
            self.assertEqual(self.platform.declaration(record["declaration"])["digest"], record["digest"])


class Proof(WithPlatform):
    settings = {("intake", "accept_proof"): "chip"}

    def test_a_weaker_proof_waits_until_the_unit_confirms(self):
        answers, made = send(self.device, 1, [{"seq": 1}, {"seq": 2, "proof": "chip"}])
        self.assertEqual([answers[n]["state"] for n in (1, 2)], ["delivered", "submitted_unit"])
        name = made["records"][0]["declaration"]
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        page = reviewer.read(name, 1)
        self.assertIn("待本人确认", page)
        self.assertNotIn("通过并提交至上级主管单位", page)
        reviewer.open(f"/review/d/{name}/1/confirm", {"csrf": reviewer.token(page)})
        self.assertIn("单位审核中", reviewer.read(name, 1))


class Review(WithPlatform):
    def submit(self, epoch=None, **record):
        answers, made = send(self.device, 1, [{"seq": 1, **record}], epoch=epoch or str(uuid.uuid4()))
        self.assertEqual(answers[1]["result"], "stored")
        return made["records"][0], made["blobs"]

    def states(self, name):
        _, _, body = self.device.request("GET", "/v1/updates")
        return [(s["version"], s["state"]) for s in json.loads(body)["statuses"] if s["declaration"] == name]

    def test_returned_with_reasons_corrected_and_passed_on(self):
        record, _ = self.submit()
        name = record["declaration"]
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        self.assertIn((name, 1), reviewer.declarations(words="张三"))
        page = reviewer.read(name, 1)
        for shown in ("单位审核中", "张三", "2010年12月31日", "新疆大学", "6500**********0014", "certificate.jpg", "PDF · 3 页"):
            self.assertIn(shown, page)
        self.assertNotIn("650000198001010014", page)
        status, _, page = reviewer.give_back(name, 1, {"form.education.1.school": "校名与证书 <不> 符"}, "请改后再交")
        self.assertEqual(status, 200)
        self.assertIn("校名与证书 &lt;不&gt; 符", page)
        _, _, body = self.device.request("GET", "/v1/updates")
        last = [s for s in json.loads(body)["statuses"] if s["declaration"] == name][-1]
        self.assertEqual((last["state"], last["text"]), ("unit_returned", "请改后再交"))
        self.assertEqual(last["reasons"], [{"path": "form.education.1.school", "reason": "校名与证书 <不> 符"}])
        self.submit(declaration=name, version=2, receipt=record["receipt"], set={"form.education.1.school": "新疆工学院"})
        self.assertIn("申请人已提交更新的版本", reviewer.read(name, 1))
        page = reviewer.read(name, 2)
        self.assertIn("上次退回理由：<bdi>校名与证书 &lt;不&gt; 符", page)
        status, _, page = reviewer.accept(name, 2)
        self.assertIn("已提交至上级主管单位", page)
        self.assertEqual(self.states(name), [(1, "submitted_unit"), (1, "unit_review"), (1, "unit_returned"), (2, "submitted_unit"),
                                            (2, "unit_review"), (2, "submitted_superior")])
        self.assertIn("rows follow each other", self.platform.admin("verify"))

    def test_attachments_are_what_was_scanned(self):
        record, blobs = self.submit()
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        types = {"id_card.jpg": "image/jpeg", "certificate.jpg": "image/jpeg", "photo.png": "image/png", "approval.pdf": "application/pdf"}
        for blob in blobs:
            status, headers, data = reviewer.open(f"/review/d/{record['declaration']}/1/file/{blob['sha256']}")
            self.assertEqual((status, headers["Content-Type"], headers["X-Content-Type-Options"]), (200, types[blob["name"]], "nosniff"))
            self.assertEqual(data, (ROOT / "tests" / "data" / "papers" / blob["name"]).read_bytes())
            self.assertEqual(self.platform.blob(blob["sha256"], record["declaration"]), data)
        other, _ = self.submit()
        status, _, _ = reviewer.open(f"/review/d/{other['declaration']}/1/file/{blobs[0]['sha256']}")
        self.assertEqual(status, 404)  # cited by another declaration only

    def test_a_return_needs_its_reason(self):
        record, _ = self.submit()
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        name = record["declaration"]
        status, _, page = reviewer.give_back(name, 1, {})
        self.assertEqual(status, 422)
        self.assertIn("请至少勾选一项", page)
        status, _, page = reviewer.give_back(name, 1, {"form.basic.unit_name": " ", "form.basic.ethnic": "请核对民族"})
        self.assertEqual(status, 422)
        self.assertIn("没有写退回理由", page)
        self.assertIn('value="请核对民族"', page)  # what was typed stays
        self.assertEqual(self.states(name)[-1], (1, "unit_review"))

    def test_a_decision_is_taken_once(self):
        record, _ = self.submit()
        name = record["declaration"]
        one, two = Reviewer(self.platform, "admin", PASSWORD), Reviewer(self.platform, "admin", PASSWORD)
        page = two.read(name, 1)
        one.accept(name, 1)
        status, _, page = two.open(f"/review/d/{name}/1/return", {"csrf": two.token(page), "text": "迟了"})
        self.assertEqual(status, 422)
        self.assertIn("状态已经改变", page)
        self.assertEqual(self.states(name)[-1], (1, "submitted_superior"))

    def test_a_declaration_of_another_unit_is_not_there(self):
        record, blobs = self.submit(unit="别的单位")
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        for path in ("", f"/file/{blobs[0]['sha256']}"):
            self.assertEqual(reviewer.open(f"/review/d/{record['declaration']}/1{path}")[0], 404)
        self.assertNotIn((record["declaration"], 1), reviewer.declarations())
        self.platform.user("region", None, PASSWORD, role="region_admin")
        self.assertIn((record["declaration"], 1), Reviewer(self.platform, "region", PASSWORD).declarations())
        self.platform.user("other", "别的单位", PASSWORD)  # the unit becomes known: what waited for it is found
        self.assertIn((record["declaration"], 1), Reviewer(self.platform, "other", PASSWORD).declarations())

    def test_nobody_gets_in_without_signing_in(self):
        record, blobs = self.submit()
        stranger = Reviewer(self.platform)
        for path in ("/review", f"/review/d/{record['declaration']}/1", f"/review/d/{record['declaration']}/1/file/{blobs[0]['sha256']}"):
            status, headers, _ = stranger.open(path, follow=False)
            self.assertEqual((status, headers["Location"]), (303, "/review/login"))
        status, _, _ = stranger.open(f"/review/d/{record['declaration']}/1/accept", {"csrf": "x"}, follow=False)
        self.assertIn(status, (303, 403))

    def test_a_forged_post_is_refused(self):
        record, _ = self.submit()
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        path = f"/review/d/{record['declaration']}/1"
        page = reviewer.read(record["declaration"], 1)
        self.assertEqual(reviewer.open(path + "/accept", {"csrf": "0" * 64})[0], 403)
        self.assertEqual(reviewer.open(path + "/accept", {})[0], 403)
        other = Reviewer(self.platform, "admin", PASSWORD)
        self.assertEqual(reviewer.open(path + "/accept", {"csrf": other.token(other.read(record["declaration"], 1))})[0], 403)
        body = f"csrf={reviewer.token(page)}".encode()
        cookies = "; ".join(f"{n}={v}" for n, v in reviewer.cookies.items())
        status, _, _ = self.platform.request("POST", path + "/accept", body, {"Cookie": cookies, "Origin": "https://evil.example",
                                                                             "Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 403)
        self.assertEqual(self.states(record["declaration"])[-1], (1, "unit_review"))

    def test_pages_run_nothing_and_are_kept_nowhere(self):
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        status, headers, page = reviewer.open("/review?words=%22%3E%3Cscript%3E")
        self.assertNotIn("<script", page)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", headers["Content-Security-Policy"])
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertTrue(all(name.startswith("__Host-") for name in reviewer.cookies))

    def test_signing_out_ends_the_session(self):
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        kept = dict(reviewer.cookies)
        _, _, page = reviewer.open("/review")
        reviewer.open("/review/logout", {"csrf": reviewer.token(page)})
        reviewer.cookies = kept
        self.assertEqual(reviewer.open("/review", follow=False)[0], 303)

    def test_a_long_list_has_pages(self):
        epoch = str(uuid.uuid4())
        answers, made = send(self.device, 1, [{"seq": n, "set": {"form.title_award.sub_specialty": f"第{n}号"}} for n in range(1, 24)], epoch=epoch)
        self.assertEqual(len(answers), 23)
        reviewer = Reviewer(self.platform, "admin", PASSWORD)
        first, second = reviewer.declarations(state="submitted_unit"), reviewer.declarations(state="submitted_unit", page=2)
        self.assertEqual(len(first), 20)
        self.assertGreaterEqual(len(second), 3)
        self.assertFalse(set(first) & set(second))
        receipt = made["records"][7]["receipt"]
        self.assertEqual(reviewer.declarations(words=receipt), [(made["records"][7]["declaration"], 1)])


class Lockout(WithPlatform):
    settings = {("review", "tries"): 3}

    def test_wrong_passwords_lock_the_name(self):
        visitor = Reviewer(self.platform)
        for expected in (403, 403, 403, 429):
            _, _, page = visitor.open("/review/login")
            status, _, page = visitor.open("/review/login", {"csrf": visitor.token(page), "name": "admin", "password": "wrong password"})
            self.assertEqual(status, expected)
        _, _, page = visitor.open("/review/login")
        status, _, page = visitor.open("/review/login", {"csrf": visitor.token(page), "name": "admin", "password": PASSWORD})
        self.assertEqual(status, 429)  # the right one, too
        self.assertIn("已暂时锁定", page)

    def test_wrong_codes_lock_the_receipt(self):
        answers, made = send(self.device, 1, [{"seq": 1, "code": "314159"}, {"seq": 2, "code": "314159"}])
        number, other = (r["receipt"] for r in made["records"])
        path = f"/v1/receipts/{number}"
        status, _, body = self.device.request("POST", path, {"code": "314159"})
        self.assertEqual((status, json.loads(body)["text"]), (200, "已经提交至基层工作单位"))
        for expected in ("code-wrong", "code-wrong", "code-wrong", "locked"):
            self.assertEqual(kind(self.device.request("POST", path, {"code": "000000"})), expected)
        self.assertEqual(kind(self.device.request("POST", path, {"code": "314159"})), "locked")
        self.assertEqual(self.device.request("POST", f"/v1/receipts/{other}", {"code": "314159"})[0], 200)
        self.assertEqual(kind(self.device.request("POST", "/v1/receipts/0000-0000-0000-1", {"code": "314159"})), "code-wrong")

    def test_the_phone_page(self):
        _, made = send(self.device, 1, [{"seq": 1, "code": "161803"}], epoch=str(uuid.uuid4()))
        phone, path = Reviewer(self.platform), f"/r/{made['records'][0]['receipt']}"
        status, _, page = phone.open(path)
        self.assertEqual(status, 200)
        self.assertNotIn("已经提交", page)  # nothing before the code
        status, _, page = phone.open(path, {"csrf": phone.token(page), "code": "000000"})
        self.assertEqual(status, 403)
        status, _, page = phone.open(path, {"csrf": phone.token(page), "code": "161803"})
        self.assertEqual(status, 200)
        self.assertIn("已经提交至基层工作单位", page)
        self.assertNotIn("张三", page)
        self.assertEqual(phone.open("/r/NONSENSE")[0], 404)


class Feed(WithPlatform):
    def test_a_kiosk_hears_of_its_own_declarations_only(self):
        mine, yours = Device(self.platform, kiosk=60), Device(self.platform, kiosk=61)
        _, made = send(mine, 1, [{"seq": 1}])
        names = [s["declaration"] for s in json.loads(yours.request("GET", "/v1/updates")[2])["statuses"]]
        self.assertNotIn(made["records"][0]["declaration"], names)

    def test_a_kiosk_that_sends_a_duplicate_hears_where_it_stands(self):
        one, two = Device(self.platform, kiosk=62), Device(self.platform, kiosk=63)
        folder, made = make_batch(one, [{"seq": 1}])
        for blob in made["blobs"]:
            upload(one, (folder / blob["sha256"]).read_bytes())
        put_batch(one, 1, (folder / "batch.zst").read_bytes())
        name = made["records"][0]["declaration"]
        Reviewer(self.platform, "admin", PASSWORD).give_back(name, 1, {"form.basic.ethnic": "请核对"})
        _, _, before = two.request("GET", "/v1/updates")
        put_batch(two, 1, (folder / "batch.zst").read_bytes())
        _, _, body = two.request("GET", "/v1/updates?after=" + json.loads(before)["cursor"])
        self.assertEqual([(s["declaration"], s["state"]) for s in json.loads(body)["statuses"]], [(name, "unit_returned")])

    def test_a_cursor_is_where_it_goes_on(self):
        device = Device(self.platform, kiosk=64)
        _, made = send(device, 1, [{"seq": 1}])
        first = json.loads(device.request("GET", "/v1/updates")[2])
        again = json.loads(device.request("GET", "/v1/updates?after=" + first["cursor"])[2])
        self.assertEqual((len(first["statuses"]), again["statuses"], again["cursor"]), (1, [], first["cursor"]))
        self.assertEqual(kind(device.request("GET", "/v1/updates?after=nonsense")), "bad-request")

    def test_news_end_the_waiting(self):
        device = Device(self.platform, kiosk=65)
        _, made = send(device, 1, [{"seq": 1}])
        cursor = json.loads(device.request("GET", "/v1/updates")[2])["cursor"]
        got, link = [], device.connect()
        self.addCleanup(link.close)
        waiting = threading.Thread(target=lambda: got.append(request(link, "GET", f"/v1/updates?after={cursor}&wait=25")))
        started = time.monotonic()
        waiting.start()
        deadline = started + 20
        while "bulu_long_polls 1" not in self.platform.request("GET", "/metrics")[2].decode():
            self.assertLess(time.monotonic(), deadline)
        Reviewer(self.platform, "admin", PASSWORD).read(made["records"][0]["declaration"], 1)
        waiting.join()
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual([s["state"] for s in json.loads(got[0][2])["statuses"]], ["unit_review"])

    def test_notices_settings_and_packages_come_when_they_change(self):
        device = Device(self.platform, kiosk=66)
        cursor = json.loads(device.request("GET", "/v1/updates")[2])["cursor"]
        self.platform.admin("set", "notices", "--json-stdin", stdin='[{"id":1,"title":"工作通知","text":"…","at":1}]')
        self.platform.admin("set", "settings", "--json-stdin", stdin='{"idle.warn_s":"180"}')
        news = json.loads(device.request("GET", "/v1/updates?after=" + cursor)[2])
        self.assertEqual((news["notices"][0]["title"], news["settings"]), ("工作通知", {"idle.warn_s": "180"}))
        folder = self.platform.folder / "data" / "packages"
        folder.mkdir(exist_ok=True)
        (folder / "codes.tar").write_bytes(b"package")
        self.platform.admin("package-sign", folder / "codes.tar", "--version", "2026.12.1")
        news = json.loads(device.request("GET", "/v1/updates?after=" + news["cursor"])[2])
        self.assertEqual([(p["name"], p["version"]) for p in news["packages"]], [("codes.tar", "2026.12.1")])
        status, headers, body = device.request("GET", "/v1/packages/codes.tar")
        self.assertEqual((status, body, headers["ETag"]), (200, b"package", news["packages"][0]["etag"]))
        self.assertEqual(device.request("GET", "/v1/packages/codes.tar", None, {"If-None-Match": headers["ETag"]})[0], 304)
        self.assertIn(b"trusted comment: version:2026.12.1", device.request("GET", "/v1/packages/codes.tar.minisig")[2])
        for name in ("..%2fplatform.db", ".hidden", "none"):
            self.assertEqual(kind(device.request("GET", "/v1/packages/" + name)), "not-found")

    def test_units_are_found_by_name(self):
        self.platform.admin("unit-add", "--name", "乌鲁木齐市第一中学", "--code", "12650100MB0000001X", "--superior", "乌鲁木齐市教育局")
        found = json.loads(self.device.request("GET", "/v1/units?q=%E7%AC%AC%E4%B8%80%E4%B8%AD%E5%AD%A6")[2])["units"]
        self.assertEqual(found, [{"code": "12650100MB0000001X", "name": "乌鲁木齐市第一中学", "superior": "乌鲁木齐市教育局"}])


class Operating(unittest.TestCase):
    def test_a_wrong_configuration_names_the_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "p.ini"
            cases = [("[platform]\ndata = x\n[web]\nprot = 1\n", ':4: unknown key "prot"'),
                     ("[platform]\ndata = x\n[bench]\nlisten = 0.0.0.0\nport = 0\ndevice = 11111111-1111-4111-8111-111111111111\n", "expected a loopback address"),
                     ("[platform]\ndata = x\n[intake]\naccept_proof = maybe\n", "expected typed, login, wechat or chip")]
            for text, says in cases:
                path.write_text(text)
                done = subprocess.run([str(BUILD / "bin" / "bulu-platform"), "--config", str(path)], stderr=subprocess.PIPE, text=True, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(says, done.stderr)

    def test_the_printed_sample_is_taken(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = subprocess.run([str(BUILD / "bin" / "bulu-platform"), "--print-config"], stdout=subprocess.PIPE, text=True, check=True).stdout
            path = pathlib.Path(folder) / "p.ini"
            path.write_text(re.sub(r"; data =.*", f"data = {folder}/data", sample).replace("/usr/share/bulu/assets", str(ROOT / "assets")))
            done = subprocess.run([str(BUILD / "bin" / "bulu-platform"), "--config", str(path), "init"], stdout=subprocess.PIPE, text=True, check=True)
            self.assertIn("ca_pin sha256//", done.stdout)
            keys = list((pathlib.Path(folder) / "data" / "keys").iterdir()) + [pathlib.Path(folder) / "data" / "pki" / "ca.key"]
            self.assertTrue(all(key.stat().st_mode & 0o777 == 0o600 for key in keys))

    def test_commands_that_are_none(self):
        with Platform() as platform:
            for args in (["nonsense"], ["enrol-code"], ["enrol-code", "--hall", "x", "--kiosk", "y"], ["user-add", "--name", "x", "--role", "king"]):
                self.assertEqual(platform.admin(*args, check=False).returncode, 2, args)
            short = platform.admin("user-add", "--name", "x", "--role", "region_admin", "--password-stdin", stdin="short", check=False)
            self.assertEqual(short.returncode, 1)
            self.assertIn("至少 8 个字符", short.stderr)

    def test_keys_turn_and_old_records_still_open(self):
        with Platform() as platform:
            old = Device(platform)
            _, made = send(old, 1, [{"seq": 1}])
            platform.admin("key-rotate")
            platform.stop()
            platform.start()
            new = Device(platform, kiosk=2)
            self.assertNotEqual(new.answer["keys"][0], old.answer["keys"][0])
            self.assertEqual(new.answer["keys"][1], old.answer["keys"][0])
            self.assertEqual(platform.declaration(made["records"][0]["declaration"])["proof"], "typed")
            send(new, 1, [{"seq": 1}])

    def test_past_its_bound_the_platform_says_when_to_come_back(self):
        with Platform(settings={("intake", "max_in_flight"): 1}) as platform:
            device = Device(platform)
            raw = device.context().wrap_socket(socket.create_connection(("127.0.0.1", platform.ready["device_port"])), server_hostname="localhost")
            raw.sendall(b"POST /v1/heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            deadline = time.monotonic() + 20
            while "bulu_in_flight 1" not in platform.request("GET", "/metrics")[2].decode():
                self.assertLess(time.monotonic(), deadline)
            answer = device.request("POST", "/v1/heartbeat", {"epoch": EPOCH})
            self.assertEqual(kind(answer), "busy")
            self.assertTrue(2 <= int(answer[1]["Retry-After"]) <= 30)
            raw.close()

    def test_no_personal_data_in_the_log(self):
        with Platform() as platform:
            device = Device(platform)
            platform.user("admin", UNIT, PASSWORD)
            _, made = send(device, 1, [{"seq": 1}, {"raw": '{"name":"张三"}'}])
            reviewer = Reviewer(platform, "admin", PASSWORD)
            reviewer.open("/review?words=%E5%BC%A0%E4%B8%89")
            reviewer.read(made["records"][0]["declaration"], 1)
            for word in ("张三", "650000198001010014", "13800000000", PASSWORD, "271828"):
                self.assertNotIn(word, platform.words_of_log())


class Contract(WithPlatform):
    """sync/protocol/openapi.yaml against the server: each call it lists exists on its listener, and there is no other under /v1."""

    def calls(self):
        listed, path, method = {}, None, None
        for line in (ROOT / "sync" / "protocol" / "openapi.yaml").read_text(encoding="utf-8").splitlines():
            if line == "components:":
                break
            path = line.strip()[:-1] if re.match(r"  /\S*:$", line) else path
            method = line.strip()[:-1].upper() if re.match(r"    [a-z]+:$", line) else method
            if re.match(r"      tags:", line):
                listed[method, path] = "device" if "device" in line else "web"
        return listed

    def test_what_is_listed_is_served_and_nothing_else(self):
        listed = self.calls()
        self.assertGreater(len(listed), 15)
        source = (ROOT / "sync" / "platform" / "routes.c").read_text(encoding="utf-8")
        names = {}
        for header in ("paths.h", "sessions.h"):
            for name, words in re.findall(r'#define (PATH_\w+)\s+((?:PATH_\w+ )?"[^"]+")', (ROOT / "sync" / "protocol" / header).read_text(encoding="utf-8")):
                names[name] = "".join(names.get(word, word.strip('"')) for word in words.split())
        served = set()
        for listener, table in re.findall(r"const struct route (web|device)_routes\[\] = \{(.*?)\n\};", source, re.S):
            for method, pattern in re.findall(r'\.method = "(\w+)",\s*\.pattern = ([^,]+),', table):
                path = "".join(names.get(word, word.strip('"')) for word in pattern.split())
                if not path.startswith("/review") and path != "/":
                    served.add((method, path, listener))
        self.assertEqual(served, {(method, re.sub(r"\{\w+\}", "{}", path), listener) for (method, path), listener in listed.items()})

    def test_problems_have_the_kinds_of_the_contract(self):
        for listener, ask in (("web", self.platform.request), ("device", self.device.request)):
            status, headers, body = ask("GET", "/v1/nothing")
            problem = json.loads(body)
            self.assertEqual((status, headers["Content-Type"], problem["type"]), (404, PROBLEM, "urn:bulu:problem:not-found"), listener)
        self.assertEqual(self.device.request("DELETE", "/v1/uploads")[1]["Allow"], "OPTIONS, POST")


if __name__ == "__main__":
    unittest.main()
