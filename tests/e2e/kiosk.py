"""A kiosk without its screens: a store filled as the app fills it, bulu-sync in front of it, and a gate on its way to the platform.

    kiosk = Kiosk(); kiosk.enrol(platform.enrol_code()); records = kiosk.submit(3, blobs=2, size=700_000)
    with Gate(platform, kiosk) as gate:
        gate.rules.append(lambda call: LOSE_REPLY if call.method == "PUT" and call.nth == 1 else PASS)
        code, log = kiosk.once()
"""
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BULU_BUILD", ROOT / "build" / "release"))


class Kiosk:
    def __init__(self, settings=None, env=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bulu-kiosk-"))
        self.settings, self.env = dict(settings or {}), dict(env or {})
        self.url = ""
        self.process = self.log = None
        self.links = []
        self.write_config()

    def write_config(self):
        settings = {("agent", "dir"): self.folder / "agent", ("agent", "socket"): self.socket, ("store", "dir"): self.store,
                    ("kiosk", "assets"): ROOT / "assets",
                    ("platform", "url"): self.url, ("platform", "connect_s"): 5, ("upload", "day_kb_per_s"): 0,
                    ("schedule", "settle_ms"): 100}
        settings.update(self.settings)
        sections = {}
        for (section, key), value in settings.items():
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.config.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in sections.items()), encoding="utf-8")
        (self.folder / "ctl.ini").write_text(f"[store]\ndir = {self.store}\n[agent]\nconfig = {self.config}\n"
                                             f"cert = {self.identity / 'device.crt'}\nsocket = {self.socket}\n[kiosk]\nassets = {ROOT / 'assets'}\n", encoding="utf-8")

    config = property(lambda self: self.folder / "bulu-sync.ini")
    socket = property(lambda self: self.folder / "sync.sock")
    store = property(lambda self: self.folder / "store")
    identity = property(lambda self: self.folder / "agent" / "identity")

    def run(self, program, *args, stdin="", check=True, timeout=120):
        done = subprocess.run([str(program), *map(str, args)], input=stdin, capture_output=True, text=True, timeout=timeout, cwd=ROOT,
                              env=dict(os.environ, LC_ALL="C.UTF-8", **self.env))
        if check and done.returncode:
            raise AssertionError(f"{program} {args}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def ctl(self, *args, **kw):
        return self.run(BUILD / "bin" / "bulu-ctl", "--config", self.folder / "ctl.ini", *args, **kw)

    def enrol(self, text, check=True):
        return self.ctl("enrol", "-", stdin=json.dumps(text), check=check)

    # --- the app's part ---
    def make_store(self, *args, **kw):
        out = self.run(BUILD / "tests" / "e2e" / "make_store", "--store", self.store, *args, **kw).stdout
        return [json.loads(line) for line in out.splitlines()]

    def submit(self, count=1, blobs=1, size=1000, *more):
        return self.make_store("--assets", ROOT / "assets", "--count", count, "--blobs", blobs, "--bytes", size, *more)

    def states(self):
        return {row["declaration"]: row["state"] for row in self.make_store("--states")}

    def setting(self, name):
        with sqlite3.connect(f"file:{self.store / 'bulu.db'}?mode=ro", uri=True) as db:
            row = db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0] if isinstance(row[0], str) else row[0].decode()

    def epoch(self):
        """The present life of the store."""
        with sqlite3.connect(f"file:{self.store / 'bulu.db'}?mode=ro", uri=True) as db:
            return db.execute("SELECT id FROM epoch WHERE current = 1").fetchone()[0]

    # --- the agent ---
    def once(self, timeout=120):
        """One round: (exit code, log)."""
        self.write_config()
        done = self.run(BUILD / "bin" / "bulu-sync", "--config", self.config, "--once", check=False, timeout=timeout)
        return done.returncode, done.stderr

    def start(self):
        self.write_config()
        self.log = open(self.folder / "bulu-sync.log", "ab")
        self.process = subprocess.Popen([str(BUILD / "bin" / "bulu-sync"), "--config", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, env=dict(os.environ, LC_ALL="C.UTF-8", **self.env))
        return self

    def stop(self, how=signal.SIGTERM):
        code = None
        if self.process:
            self.process.send_signal(how)
            code = self.process.wait(30)
            self.process = None
            self.log.close()
        return code

    def words(self):
        return (self.folder / "bulu-sync.log").read_text(encoding="utf-8", errors="replace")

    def link(self, timeout=30):
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.links.append(Link(self.socket))
                return self.links[-1]
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise AssertionError("bulu-sync does not answer:\n" + self.words()) from None
                time.sleep(0.02)

    def close(self):
        for link in self.links:
            link.close()
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class Link:
    """The app's end of the local socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.buffer, self.news, self.last = b"", [], 0
        self.send({"hello": 1, "program": "test", "version": "0"})
        self.hello = self.read()

    def send(self, frame):
        data = json.dumps(frame).encode()
        self.socket.sendall(struct.pack(">I", len(data)) + data)

    def read(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack(">I", self.buffer[:4])[0]:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError
            self.buffer += got
        size = struct.unpack(">I", self.buffer[:4])[0]
        frame, self.buffer = json.loads(self.buffer[4:4 + size]), self.buffer[4 + size:]
        return frame

    def request(self, op, **body):
        self.last += 1
        self.send({"id": self.last, "op": op, **body})
        while True:
            frame = self.read()
            if frame.get("id") == self.last:
                return frame
            self.news.append(frame)

    def wait_news(self, what, timeout=30):
        """The first news of this kind not yet waited for."""
        deadline = time.monotonic() + timeout
        while True:
            for i, frame in enumerate(self.news):
                if frame.get("news") == what:
                    return self.news.pop(i)
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                self.news.append(self.read())
            except TimeoutError:
                raise AssertionError(f"no news \"{what}\" within {timeout} s; have {self.news}") from None
            finally:
                self.socket.settimeout(30)

    def close(self):
        self.socket.close()


class Call:
    """A request at the gate, with its body. nth counts the requests of this method from 1; at is on the monotonic clock."""

    def __init__(self, method, path, headers, body, nth):
        self.method, self.path, self.headers, self.body, self.nth, self.at = method, path, headers, body, nth, time.monotonic()


class Answer:
    """Answered by the gate itself; the platform never hears of it."""

    def __init__(self, status, headers=(), body=b"", content="application/problem+json"):
        self.status, self.headers, self.body = status, dict(headers), body
        self.headers.setdefault("Content-Type", content)


PASS = "pass"
LOSE_REPLY = "lose reply"  # the platform did it, the kiosk never hears so
REFUSE = "refuse"          # the connection is cut before a byte reaches the platform


class Cut:
    """The connection breaks after so many bytes of the body have reached the platform."""

    def __init__(self, after):
        self.after = after


class Gate:
    """Stands between a kiosk and the platform, with the platform's own server certificate to the one and the kiosk's certificate to
    the other, and can do at each request what networks do. rules: functions of a Call; the first answer that is not PASS counts.
    `broken` is for rules to look at: a client may well try again by itself, so a fault holds until it is lifted."""

    def __init__(self, platform, kiosk, certificate=None, delay=0):
        self.platform, self.kiosk, self.rules, self.calls, self.delay = platform, kiosk, [], [], delay
        self.lock, self.counts, self.broken = threading.Lock(), {}, True
        pki = platform.folder / "data" / "pki"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(certificate or (str(pki / "server.pem"), str(pki / "server.key"))))
        context.load_verify_locations(str(pki / "ca.pem"))
        context.verify_mode = ssl.CERT_OPTIONAL
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(60)
                super().setup()

            def log_message(self, *unused):
                pass

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (OSError, ssl.SSLError, http.client.HTTPException):
                    self.close_connection = True

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return lambda: gate.handle(self)
                raise AttributeError(name)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def get_request(self):
                connection, address = self.socket.accept()
                connection.settimeout(10)
                return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, *unused):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"https://localhost:{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.kiosk.url = self.url
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()

    def made(self, method):
        with self.lock:
            return [call for call in self.calls if call.method == method]

    def verdict(self, handler, body):
        with self.lock:
            nth = self.counts[handler.command] = self.counts.get(handler.command, 0) + 1
            call = Call(handler.command, handler.path, handler.headers, body, nth)
            self.calls.append(call)
            for rule in self.rules:
                answer = rule(call)
                if answer is not None and answer != PASS:
                    return answer
        return PASS

    def upstream(self):
        context = ssl.create_default_context(cafile=str(self.platform.ca))
        context.load_cert_chain(str(self.kiosk.identity / "device.crt"), str(self.kiosk.identity / "device.key"))
        parts = urllib.parse.urlsplit(self.platform.ready["device"])
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=60, context=context)

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        what = self.verdict(handler, body)
        if what == REFUSE:
            return self.cut(handler)
        time.sleep(self.delay)
        if isinstance(what, Answer):
            return self.reply(handler, what.status, what.headers.items(), what.body)
        link = self.upstream()
        try:
            self.forward(handler, link, what, body)
        finally:
            link.close()

    def forward(self, handler, link, what, body):
        link.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            link.putheader(name, value)
        link.endheaders(body[:what.after] if isinstance(what, Cut) else body)
        if isinstance(what, Cut):
            time.sleep(0.05)  # let the platform read what reached it
            return self.cut(handler)
        answer = link.getresponse()
        data = answer.read()
        if what == LOSE_REPLY:
            return self.cut(handler)
        return self.reply(handler, answer.status, answer.getheaders(), data)

    @staticmethod
    def cut(handler):
        handler.close_connection = True
        try:
            handler.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    @staticmethod
    def reply(handler, status, headers, body):
        handler.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive"):
                handler.send_header(name, value)
        if status != 204 and not (handler.command == "HEAD"):
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD" and status != 204:
            handler.wfile.write(body)
        handler.wfile.flush()
