"""A registry of somebody else: a real HTTPS server with words, limits and faults of its own, for tests of the gateway. What it holds outlives its
restarts; nothing here knows anything of the gateway but what a registry's interface would tell it.

    foreign = Foreign(folder).start()
    foreign.faults.append(Fault("lose", "/gw/sb/new", times=1))   # it commits, the answer is lost
    foreign.move("SB000001", "A2")                                 # somebody works on it there
    foreign.stop(); foreign.start()                                # days without it
"""
import datetime
import email.parser
import email.policy
import http.server
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
CLIENT, SECRET = "bulu", "appsecret-of-the-test"
NAMES = {"A1": "已受理", "A2": "单位审查", "A9": "单位退件", "B1": "已报上级", "B9": "上级退件", "C1": "办结", "X7": "专家库抽取中"}
NEW, FILES, STATUS, TOKEN, LOGIN = "/gw/sb/new", "/gw/wj", "/gw/sb/zt", "/oauth/token", "/gw/yh/dl"


class Fault:
    """what: slow (seconds, before it does anything), late (commits, then takes its seconds to say so), 500, 503 (with Retry-After), lose (commits, then
    cuts the line), cut (cuts it before), half (half of the bytes of its answer), empty ({}), html, stale (an older state than it said before). times: so often, None for always."""

    def __init__(self, what, path, times=1, seconds=0.0):
        self.what, self.path, self.times, self.seconds = what, path, times, seconds


def certificates(folder):
    """A CA and a server certificate of it, years valid."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "server.pem").exists():
        return
    make = [["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
             "-subj", "/CN=foreign CA", "-days", "3650"],
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "server.key", "-out", "server.csr",
             "-subj", "/CN=localhost"]]
    for command in make:
        subprocess.run(["openssl", *command], cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (folder / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n", encoding="ascii")
    subprocess.run(["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650", "-extfile",
                    "ext", "-out", "server.pem"], cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def words(name):
    """The mapping with other words for what is the same: {"member": value…} by a dotted path."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


class Foreign:
    def __init__(self, folder, idempotent=True, token_life=3600):
        self.folder = pathlib.Path(folder) / "foreign"
        certificates(self.folder)
        self.lock = threading.RLock()
        self.idempotent, self.token_life = idempotent, token_life
        self.records, self.files, self.by_key, self.tokens = {}, {}, {}, set()
        self.calls, self.faults, self.refuse = [], [], {}
        self.people = {}   # id: (password, name, mobile)
        self.tries, self.archive = {}, {}
        self.units = [(f"65{n:04d}", f"外地单位{n}", "外地主管") for n in range(1, 6)]
        self.committees = [("1.01", "工信厅评审会", "1"), ("9.01", "外地评审会", "1"), ("9.02", "外地第二评审会", "1")]
        self.served, self.port = None, 0

    ca = property(lambda self: self.folder / "ca.pem")
    url = property(lambda self: f"https://localhost:{self.port}")

    def settings(self, mapping=None, **more):
        """For Platform(settings=…)."""
        secret = self.folder / "secret"
        secret.write_text(SECRET + "\n", encoding="ascii")
        path = HERE / "foreign.json"
        if mapping:
            path = self.folder / "mapping.json"
            path.write_text(json.dumps(mapping, ensure_ascii=False), encoding="utf-8")
        given = {"mapping": path, "url": self.url, "ca": self.ca, "client": CLIENT, "secret_file": secret, "poll_s": 1, "answer_s": 3, **more}
        return {("upstream", key): value for key, value in given.items()}

    # --- life ---
    def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.folder / "server.pem"), str(self.folder / "server.key"))
        foreign = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(30)
                super().setup()

            def log_message(self, *unused):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (OSError, ssl.SSLError):
                    self.close_connection = True

            def do_GET(self):
                foreign.handle(self)

            do_POST = do_GET

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                link, address = self.socket.accept()
                link.settimeout(10)
                foreign.links.append(link)
                return context.wrap_socket(link, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, *unused):
                pass

        self.links = []
        self.served = Server(("127.0.0.1", self.port), Handler)
        self.port = self.served.server_address[1]
        threading.Thread(target=self.served.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self):
        """Down: nobody answers at its port."""
        if self.served:
            self.served.shutdown()
            self.served.server_close()
            with self.lock:  # who is connected hears no more either
                self.tokens.clear()
        self.served = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- what people do there ---
    def move(self, number, state, name=None, reasons=(), at=None):
        with self.lock:
            record = self.records[number]
            record["before"] = {k: record[k] for k in ("zt", "ztmc", "gxsj", "thyy")}
            record.update(zt=state, ztmc=name or NAMES.get(state, ""), gxsj=stamp(at), thyy=list(reasons))

    def of(self, key):
        """Numbers of the records with this reference: one, where nothing was doubled."""
        with self.lock:
            return sorted(n for n, r in self.records.items() if r["body"]["wbh"] == key)

    def made(self, path):
        with self.lock:
            return [call for call in self.calls if call[1].startswith(path)]

    # --- calls ---
    def fault(self, path):
        with self.lock:
            for fault in self.faults:
                if path.startswith(fault.path) and fault.times != 0:
                    if fault.times:
                        fault.times -= 1
                    return fault
        return None

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if not self.served:
            return cut(handler)
        path, _, query = handler.path.partition("?")
        with self.lock:
            self.calls.append((time.monotonic(), handler.path, dict(handler.headers)))
        fault = self.fault(path)
        what = fault.what if fault else ""
        if what == "slow":
            time.sleep(fault.seconds)
        if what == "cut":
            return cut(handler)
        if what == "html":
            return reply(handler, 200, b"<html>maintenance</html>", "text/html")
        if what in ("500", "503"):
            return reply(handler, int(what), b"oops", "text/plain", {"Retry-After": str(int(fault.seconds))} if what == "503" else {})
        with self.lock:
            status, answer = self.answer(path, {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}, handler.headers, body, what)
        data = json.dumps(answer, ensure_ascii=False).encode()
        if what == "lose":
            return cut(handler)
        if what == "late":
            time.sleep(fault.seconds)
        if what == "half":
            return reply(handler, status, data, half=True)
        if what == "broken":  # whole, but not what it should be
            data = data[:len(data) // 2]
        return reply(handler, status, b"{}" if what == "empty" else data)

    def answer(self, path, query, headers, body, what):
        if path == TOKEN:
            return self.give_token(body)
        if headers.get("X-Token") not in self.tokens:
            return 401, {"code": "4010"}
        table = {NEW: self.new, FILES: self.file, STATUS: self.status, LOGIN: self.login, "/gw/sb/find": self.find, "/gw/yh/da": self.person,
                 "/gw/dw": self.unit_page, "/gw/zd/pwh": self.committee_page}
        return table[path](query, headers, body, what) if path in table else (404, {"code": "4040"})

    def give_token(self, body):
        form = {k: v[0] for k, v in urllib.parse.parse_qs(body.decode()).items()}
        if (form.get("appid"), form.get("appsecret")) != (CLIENT, SECRET):
            return 403, {"code": "4030"}
        token = f"T{len(self.tokens)}-{time.monotonic_ns()}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": self.token_life}

    def file(self, _query, headers, body, _what):
        head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
        parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        fields = {p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in parts.iter_parts()}
        if len(fields["wj"]) > 2 << 20:
            return 200, {"code": "2009", "msg": "文件不得超过2MB"}
        number = f"WJ{len(self.files) + 1:05d}"
        self.files[number] = fields["wj"]
        return 200, {"code": "0000", "wjid": number}

    def wrong(self, body):
        errors = [{"zd": zd, "yy": yy} for zd, yy in self.refuse.items()]
        if len(body["ryxx"]["xm"] or "") > 8:
            errors.append({"zd": "ryxx.xm", "yy": "姓名过长"})
        if any(f["wjid"] not in self.files for f in body["fjlb"]):
            errors.append({"zd": "fjlb", "yy": "附件不存在"})
        return errors

    def new(self, _query, headers, body, _what):
        body = json.loads(body)
        key = headers.get("X-Qqbh") if self.idempotent else None
        if key in self.by_key:
            return 200, {"code": "1409", "msg": "重复提交", "sbbh": self.by_key[key]}
        errors = self.wrong(body)
        if errors:
            return 200, {"code": "2001", "msg": "校验不通过", "cw": errors}
        number = f"SB{len(self.records) + 1:06d}"
        self.records[number] = {"body": body, "zt": "A1", "ztmc": NAMES["A1"], "gxsj": stamp(None), "thyy": []}
        if key:
            self.by_key[key] = number
        return 200, {"code": "0000", "sbbh": number}

    def find(self, query, _headers, _body, _what):
        found = self.of(query.get("wbh"))
        return 200, {"code": "0000", "sbbh": found[0]} if found else {"code": "4040"}

    def status(self, query, _headers, _body, what):
        rows = []
        for number in query.get("bh", "").split(","):
            record = self.records.get(number)
            if record:
                seen = record.get("before", record) if what == "stale" else record
                rows.append({"sbbh": number, "zt": seen["zt"], "ztmc": seen["ztmc"], "gxsj": seen["gxsj"], "thyy": seen["thyy"]})
        return 200, {"code": "0000", "rows": rows}

    def login(self, _query, _headers, body, _what):
        said = json.loads(body)
        person = self.people.get(said["sfzh"])
        if self.tries.get(said["sfzh"], 0) >= 5:
            return 200, {"code": "3002"}
        if not person or person[0] != said["mm"]:
            self.tries[said["sfzh"]] = self.tries.get(said["sfzh"], 0) + 1
            return 200, {"code": "3001"}
        return 200, {"code": "0000", "yh": {"xm": person[1], "sjh": person[2]}}

    def person(self, query, _headers, _body, _what):
        da = self.archive.get(query.get("sfzh"))
        return 200, {"code": "0000", "da": da} if da else {"code": "4040"}

    def unit_page(self, query, _headers, _body, _what):
        page, most = int(query["p"]), 2
        rows = self.units[(page - 1) * most:page * most]
        return 200, {"code": "0000", "dw": [{"bm": b, "mc": m, "sj": s} for b, m, s in rows]}

    def committee_page(self, query, _headers, _body, _what):
        rows = self.committees if int(query["p"]) == 0 else []
        return 200, {"code": "0000", "zd": [{"bm": b, "mc": m, "qy": q} for b, m, q in rows]}


def stamp(at):
    """As it writes its times: no zone, Beijing."""
    at = at or datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8)))
    return at.strftime("%Y-%m-%d %H:%M:%S")


def cut(handler):
    handler.close_connection = True
    try:
        handler.connection.shutdown(2)
    except OSError:
        pass


def reply(handler, status, data, content="application/json", headers=(), half=False):
    handler.send_response_only(status)
    handler.send_header("Content-Type", content)
    handler.send_header("Date", handler.date_time_string())
    for name, value in dict(headers).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data[:len(data) // 2] if half else data)
    handler.wfile.flush()
    if half:
        cut(handler)


def without_key(mapping):
    """The same registry for a gateway that may not lean on its dedupe: it has to ask first."""
    submit = mapping["calls"]["submit"]
    submit["headers"] = [h for h in submit["headers"] if "{key}" not in h]
    submit["body"]["wbh"] = "{declaration}-{version}"
    mapping["calls"]["find"] = {"method": "GET", "path": "/gw/sb/find?wbh={key}", "headers": ["X-Token: {token}"],
                                "answers": [{"member": "code", "is": "0000", "then": "done"}, {"member": "code", "is": "4040", "then": "none"}],
                                "take": {"number": "sbbh"}}
    return mapping


def number_like(z):
    return bool(re.fullmatch(r"SB\d{6}", z))
