"""Doubles for tests of the screens that talk to the platform: an agent at the other end of the link (a real unix socket, the framing of
sync/link), and behind it a platform that knows accounts (sync/protocol/sessions.h) and opens sealed calls with libsodium.

    with Agent(kiosk.folder / "sync.sock", Accounts()) as agent: …
"""
import base64
import ctypes
import ctypes.util
import json
import pathlib
import socket
import sqlite3
import struct
import threading
import time
import zlib

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO-_"


def b64(data):
    return base64.b64encode(data).decode()


class Box:
    """An X25519 key pair of the platform."""

    def __init__(self):
        self.public, self.secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
        sodium.crypto_box_keypair(self.public, self.secret)

    def open(self, sealed):
        out = ctypes.create_string_buffer(max(len(sealed) - 48, 1))
        if sodium.crypto_box_seal_open(out, sealed, ctypes.c_ulonglong(len(sealed)), self.public, self.secret):
            raise AssertionError("a box that was not sealed to this key")
        return out.raw[:len(sealed) - 48]

    @staticmethod
    def seal(public, plain):
        out = ctypes.create_string_buffer(len(plain) + 48)
        sodium.crypto_box_seal(out, plain, ctypes.c_ulonglong(len(plain)), public)
        return out.raw


def png(width, height, shade=200):
    """A grey picture with a dark frame."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b""
    for y in range(height):
        edge = y < 4 or y >= height - 4
        rows += b"\0" + bytes((60 if edge or x < 4 or x >= width - 4 or (x + y) % 37 < 4 else shade) for x in range(width))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Problem(Exception):
    def __init__(self, slug, status, **more):
        super().__init__(slug)
        self.body = {"type": f"urn:bulu:problem:{slug}", "title": slug, "status": status, **more}


class Silence(Exception):
    """Nothing is answered."""


class Accounts:
    """What the platform answers. Everything that was asked is kept in `calls`: (method, path, content)."""

    KEY_ID = "k-test"

    def __init__(self):
        self.box = Box()
        self.calls, self.people = [], {}
        self.captcha_text, self.captchas, self.larges = "ab7k", 0, []
        self.expires_in, self.problem = 120, None
        self.code, self.tries, self.mode = "482915", 5, "code"
        self.tickets, self.reply, self.session_reply = {}, None, None
        self.wechat, self.polls = [], []  # answers to polls, in order; when they came
        self.wrong, self.delay = {}, 0
        self.gate = threading.Event()  # cleared: answers wait
        self.gate.set()

    def person(self, number, name="张三", mobile="13800000000", password="correct horse 9", wechat=False, images=True):
        self.people[number] = {"id": number, "full_name": name, "mobile": mobile, "wechat": wechat, "password": password,
                               "images": {"portrait": images, "photo": images}}

    def account(self, number):
        return {k: v for k, v in self.people[number].items() if k != "password"}

    def sealed(self, content, key=None):
        return {"sealed": b64(Box.seal(key or self.reply, json.dumps(content).encode()))}

    def session(self, number, proof="login"):
        self.session_reply, self.who = self.reply, number
        return self.sealed({"session": TOKEN, "expires_in": 1800, "idle": 600, "proof": proof, "account": self.account(number),
                            "park": "1795999999999.5f"})

    # --- calls ---
    def __call__(self, method, path, body, session):
        content = body or {}
        if "sealed" in content:
            assert content["key"] == self.KEY_ID
            content = json.loads(self.box.open(base64.b64decode(content["sealed"])))
            self.reply = base64.b64decode(content.pop("reply"))
        self.calls.append((method, path, content))
        self.gate.wait(30)
        if self.problem:
            raise self.problem
        name = (method.lower() + path[len("/v1/"):].replace("/", "_")) if path.startswith("/v1/") else path
        if method == "GET" and path.startswith("/v1/sessions/"):
            return self.poll(path.rsplit("/", 1)[1])
        handler = getattr(self, name.replace("-", "_"), None)
        if handler is None:
            raise Problem("not-found", 404)
        return handler(content, session)

    def postsessions_captcha(self, content, session):
        self.captchas += 1
        self.larges.append(content.get("large"))
        image = png(320, 120) if content.get("large") else png(200, 80, 220)
        return {"captcha": f"captcha-{self.captchas}", "image": b64(image), "expires_in": self.expires_in}

    def _captcha(self, content):
        if content["captcha"] != f"captcha-{self.captchas}" or content["text"].lower() != self.captcha_text:
            raise Problem("captcha-wrong", 403)

    def postsessions_login(self, content, session):
        self._captcha(content)
        number = content["id"]
        if self.wrong.get(number, 0) >= 5:
            raise Problem("locked", 429, retry_after=600)
        if self.people.get(number, {}).get("password") != content["password"]:
            self.wrong[number] = self.wrong.get(number, 0) + 1
            raise Problem("login-wrong", 403)
        return self.session(number)

    def _ticket(self, **what):
        ticket = f"ticket-{len(self.tickets) + 1}"
        self.tickets[ticket] = what
        mobile = what["mobile"]
        return self.sealed({"ticket": ticket, "expires_in": 300, "resend_in": 60, "mobile": f"{mobile[:3]}****{mobile[-4:]}",
                            "mode": self.mode})

    def postsessions_register(self, content, session):
        self._captcha(content)
        return self._ticket(kind="register", **{k: content[k] for k in ("id", "full_name", "mobile")})

    def postsessions_recover(self, content, session):
        self._captcha(content)
        return self._ticket(kind="recover", id=content["id"], mobile=content["mobile"])

    def postsessions_resend(self, content, session):
        return self._ticket(**self.tickets[content["ticket"]])

    def postsessions_finish(self, content, session):
        ticket = self.tickets[content["ticket"]]
        if content["code"] != self.code:
            self.tries -= 1
            raise Problem("code-wrong", 403, tries_left=self.tries)
        if "weak" in content["password"]:
            raise Problem("password-weak", 422, reason="password.short")
        if ticket["kind"] == "register":
            if ticket["id"] in self.people:
                raise Problem("id-registered", 409)
            self.person(ticket["id"], ticket["full_name"], ticket["mobile"], content["password"], images=False)
        else:
            self.people[ticket["id"]]["password"] = content["password"]
        return self.sealed({"done": True})

    def postsessions_slot(self, content, session):
        assert session == TOKEN and content["key"] == self.KEY_ID
        slot = json.loads(self.box.open(base64.b64decode(content["slot"])))
        if slot["id"] != self.who:
            raise Problem("slot-other", 403)
        return self.sealed({"key": slot["key"]}, self.session_reply)

    def postsessions_wechat(self, content, session):
        assert (session == TOKEN) == (content["purpose"] == "bind")
        return {"session": "wx-session_1", "qr_url": "https://platform.example/w/s/abcdefghijklmnop", "user_code": "47 · 21",
                "expires_in": self.expires_in, "interval": 1}

    def poll(self, session):
        self.polls.append(time.monotonic())
        step = self.wechat.pop(0) if self.wechat else "authorization-pending"
        if step == "login":
            return self.session(self.wechat_who, "wechat")
        if step == "bound":
            return self.sealed({"bound": True}, self.session_reply)
        raise Problem(step, 403 if step in ("access-denied", "wechat-unbound") else 400)

    def deletesessions_current(self, content, session):
        return {}

    def deletesessions_wechat(self, content, session):
        assert session == TOKEN
        self.people[self.who]["wechat"] = False
        return {}


class Agent:
    """The agent's end of the link."""

    def __init__(self, path, accounts, online=True):
        self.path, self.accounts, self.online = pathlib.Path(path), accounts, online
        self.peers, self.lock, self.listener = [], threading.Lock(), None

    def __enter__(self):
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.accounts.gate.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for peer in self.peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone before us
            peer.close()
        self.path.unlink(missing_ok=True)

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.peers.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _send(self, peer, frame):
        data = json.dumps(frame, ensure_ascii=False).encode()
        try:
            with self.lock:
                peer.sendall(struct.pack(">I", len(data)) + data)
        except OSError:
            pass  # the kiosk went

    def _serve(self, peer):
        self._send(peer, {"hello": 1, "program": "bulu-sync", "version": "double"})
        stream = peer.makefile("rb")
        while True:
            try:
                head = stream.read(4)
                frame = json.loads(stream.read(struct.unpack(">I", head)[0])) if len(head) == 4 else None
            except (OSError, ValueError):
                return
            if frame is None:
                return
            if "op" in frame:
                threading.Thread(target=self._answer, args=(peer, frame), daemon=True).start()

    def _answer(self, peer, frame):
        answer = {"id": frame["id"], "ok": True}
        try:
            if frame["op"] == "state":
                answer["online"] = self.online
            elif frame["op"] == "call":
                if not self.online:
                    raise Problem("offline", 503, title="link.offline.network")
                answer["status"] = 200
                answer["body"] = self.accounts(frame["method"], frame["path"], frame.get("body"), frame.get("session"))
        except Problem as problem:
            answer = {"id": frame["id"], "ok": False, "problem": problem.body}
        except Silence:
            return
        self._send(peer, answer)

    def wait_seen(self, kiosk):
        """At the idle page: until it says that there is a connection."""
        def seen():
            if "--fake-clock" in kiosk.options:
                kiosk.advance(250)  # the link tries again by the kiosk's clock
            return kiosk.node("idle.connection")["label"] != kiosk.offline_words
        kiosk.until(seen, 40)

    def say(self, online):
        """The connection comes or goes."""
        self.online = online
        for peer in self.peers:
            self._send(peer, {"news": "online" if online else "offline"})


def enrol(kiosk, accounts):
    """What enrolment leaves in the kiosk's store: the key to seal to. The kiosk must be running."""
    kiosk.until(lambda: "disabled" not in kiosk.node("idle.start")["state"])  # the store is open
    kiosk.offline_words = kiosk.node("idle.connection")["label"]
    db = sqlite3.connect(kiosk.folder / "store" / "bulu.db", timeout=20)
    with db:
        for name, value in (("platform.key", f"{accounts.KEY_ID} {b64(accounts.box.public.raw)}"), ("platform.url", "https://platform.example")):
            db.execute("INSERT OR REPLACE INTO setting VALUES(?, ?)", (name, value.encode()))
    db.close()
