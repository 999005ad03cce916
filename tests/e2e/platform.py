"""A central platform under test, in a folder of its own, on free ports.

    with Platform() as platform:
        platform.user("admin", "新疆某某公司", "password of the administrator")
        text = platform.enrol_code(hall="天山区政务大厅", kiosk=1001)      # the enrolment text, as a dict
        kiosk = Device(platform, kiosk=1001)                              # or: enrolled already, with a certificate of its own
        status, headers, body = kiosk.request("POST", "/v1/heartbeat", {"epoch": …})

`stop()` and `start()` keep folder and ports, so that a kiosk finds it again. `settings`: {("section", "key"): value}.
"""
if __name__ == "platform":  # a script of this folder was started by its path, and the standard module of this name is meant
    import importlib.util as _util
    import sysconfig as _sysconfig
    _spec = _util.spec_from_file_location("_standard_platform", _sysconfig.get_paths()["stdlib"] + "/platform.py")
    _standard = _util.module_from_spec(_spec)
    _spec.loader.exec_module(_standard)
    globals().update({name: value for name, value in vars(_standard).items() if not name.startswith("__")})

import base64
import contextlib
import hmac
import http.client
import http.cookies
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import struct
import subprocess
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BULU_BUILD", ROOT / "build" / "release"))


class PlatformError(AssertionError):
    """What the platform said instead, with its log."""


class Platform:
    def __init__(self, build=BUILD, folder=None, settings=None, wrap=(), env=None):
        self.build = pathlib.Path(build)
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="bulu-platform-"))
        self.settings, self.wrap, self.env = dict(settings or {}), list(wrap), dict(env or {})
        self.ready, self.devices = {}, []
        self.process = self.log = None

    # --- life ---
    def write_config(self):
        ports = {("web", "port"): self.ready.get("web_port", 0), ("device", "port"): self.ready.get("device_port", 0)}
        settings = {("platform", "data"): self.folder / "data", ("platform", "assets"): ROOT / "assets",
                    ("platform", "ready_file"): self.folder / "ready.json", **ports}
        settings.update(self.settings)
        sections = {}
        for (section, key), value in settings.items():
            sections.setdefault(section, []).append(f"{key} = {value}")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in sections.items()), encoding="utf-8")

    @property
    def config(self):
        return self.folder / "platform.ini"

    def start(self):
        self.write_config()
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        self.log = open(self.folder / "platform.log", "ab")
        self.process = subprocess.Popen([*self.wrap, str(self.build / "bin" / "bulu-platform"), "--config", str(self.config)],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, LC_ALL="C.UTF-8", **self.env))
        deadline = time.monotonic() + 60
        while not ready.exists():  # written when both listeners answer, by rename: never half
            if self.process.poll() is not None:
                raise PlatformError(f"bulu-platform ended with {self.process.returncode}:\n{self.words_of_log()}")
            if time.monotonic() > deadline:
                raise PlatformError(f"bulu-platform is not ready after 60 s:\n{self.words_of_log()}")
            time.sleep(0.01)
        self.ready = json.loads(ready.read_text(encoding="utf-8"))
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(60)
            if code != 0:
                raise PlatformError(f"bulu-platform ended with {code}:\n{self.words_of_log()}")
        self.close()

    def kill(self):
        """As a power cut of the process: no good-bye."""
        if self.process:
            self.process.kill()
            self.process.wait(60)
        self.close()

    def close(self):
        self.process = None
        if self.log:
            self.log.close()
            self.log = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        for device in self.devices:
            device.close()
        try:
            self.stop()
        finally:
            if self.own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)

    def words_of_log(self):
        path = self.folder / "platform.log"
        return path.read_text(encoding="utf-8", errors="replace")[-8000:] if path.exists() else ""

    # --- an operator's commands ---
    def admin(self, *args, stdin="", check=True, text=True):
        done = subprocess.run([str(self.build / "bin" / "bulu-platform"), "--config", str(self.config), *map(str, args)],
                              input=stdin if text else stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=text,
                              encoding="utf-8" if text else None, timeout=60)
        if check and done.returncode:
            raise PlatformError(f"{args[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout if check else done

    def user(self, name, unit, password, role="unit_admin"):
        self.admin("user-add", "--name", name, "--role", role, *(["--unit", unit] if unit else []), "--password-stdin", stdin=password)

    def enrol_code(self, hall="测试大厅", kiosk=1001):
        return json.loads(self.admin("enrol-code", "--hall", hall, "--kiosk", kiosk))

    def declaration(self, declaration, version=None):
        """The opened submission as the platform holds it."""
        return json.loads(self.admin("show", declaration, *(["--version", version] if version else [])))

    def blob(self, sha256, declaration):
        """An attachment's plain bytes."""
        return self.admin("blob", sha256, "--declaration", declaration, text=False)

    # --- the web listener ---
    @property
    def ca(self):
        return self.folder / "data" / "pki" / "ca.pem"

    def web(self):
        """A new connection to the web listener."""
        return connection(self.ready["web"], ssl.create_default_context(cafile=str(self.ca)))

    def request(self, method, path, body=None, headers=()):
        with contextlib.closing(self.web()) as link:
            return request(link, method, path, body, headers)


def connection(url, context):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=60, context=context)


def request(link, method, path, body=None, headers=()):
    """(status, headers, bytes); a dict as body goes as JSON."""
    headers = dict(headers)
    if isinstance(body, dict):
        body = json.dumps(body, ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    link.request(method, path, body, headers)
    answer = link.getresponse()
    data = answer.read()
    return answer.status, answer.headers, data


class Device:
    """A kiosk's identity: key, certificate, and a connection over mutual TLS."""

    def __init__(self, platform, hall="测试大厅", kiosk=1001, folder=None, more=None):
        self.platform = platform
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="device-", dir=platform.folder))
        text = platform.enrol_code(hall, kiosk)
        status, _, body = platform.request("POST", "/v1/enrol", {"code": text["code"], "csr": self.csr(), "version": "test", **(more or {})})
        if status != 200:
            raise PlatformError(f"enrolment: {status} {body.decode()}")
        self.answer = json.loads(body)
        self.id = self.answer["device"]
        self.certificate = self.folder / "device.pem"
        self.certificate.write_text(self.answer["certificate"], encoding="ascii")
        self.link = None
        platform.devices.append(self)

    def close(self):
        if self.link:
            self.link.close()
        self.link = None

    @property
    def key(self):
        return self.folder / "device.key"

    def csr(self):
        make = [["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(self.key)],
                ["openssl", "req", "-new", "-key", str(self.key), "-subj", "/CN=kiosk", "-out", str(self.folder / "device.csr")]]
        for command in make:
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (self.folder / "device.csr").read_text(encoding="ascii")

    def context(self):
        context = ssl.create_default_context(cafile=str(self.platform.ca))
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context

    def connect(self):
        return connection(self.platform.ready["device"], self.context())

    def request(self, method, path, body=None, headers=()):
        """On one connection that is kept; a broken one is opened anew by the next request."""
        try:
            self.link = self.link or self.connect()
            return request(self.link, method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            raise


def totp(secret, at=None, step=30):
    """RFC 6238: the six digits that an authenticator shows."""
    counter = int((time.time() if at is None else at) // step)
    mac = hmac.new(secret, struct.pack(">Q", counter), "sha1").digest()
    where = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[where:where + 4])[0] & 0x7fffffff) % 10**6:06}"


class Reviewer:
    """A unit administrator at the review pages: plain form posts with cookies, as a browser without scripts."""

    def __init__(self, platform, name=None, password=None):
        self.platform = platform
        self.cookies = {}
        if name:
            self.sign_in(name, password)

    def open(self, path, form=None, follow=True):
        """(status, headers, text or bytes). A form goes by POST."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True).encode()
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.platform.ready["web"]}
        status, answer, data = self.platform.request("POST" if form is not None else "GET", path, body, headers)
        for line in answer.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        if follow and status in (302, 303):
            return self.open(answer["Location"])
        return status, answer, data.decode() if answer.get_content_maintype() == "text" else data

    @staticmethod
    def token(page):
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        if not found:
            raise PlatformError("the page has no form:\n" + page[:2000])
        return found[1]

    def sign_in(self, name, password):
        """Through all stages that need no person: a role that needs a second factor gets one (self.secret)."""
        _, _, page = self.open("/review/login")
        status, _, page = self.open("/review/login", {"csrf": self.token(page), "name": name, "password": password})
        if status == 200 and 'action="/review/enrol"' in page:
            page = self.enrol(page)
            status, _, page = self.open("/review")
        if status != 200:
            raise PlatformError(f"sign in: {status}\n{page}")
        return page

    def enrol(self, page, **more):
        """Takes the second factor that the page offers; the page with the recovery codes."""
        self.secret = base64.b32decode(re.search(r'class="number secret">([A-Z2-7 ]+)<', page)[1].replace(" ", ""))
        offer = re.search(r'name="offer" value="([^"]+)"', page)[1]
        status, _, page = self.open("/review/enrol", {"csrf": self.token(page), "offer": offer, "code": totp(self.secret), **more})
        if status != 200:
            raise PlatformError(f"enrol: {status}\n{page}")
        return page

    def declarations(self, state="all", words=None, **query):
        """(declaration, version) of the list's rows, newest first."""
        if words is not None:
            _, _, page = self.open("/review")
            self.open("/review/find", {"csrf": self.token(page), "words": words})
        _, _, page = self.open("/review?" + urllib.parse.urlencode({"state": state, **query}))
        return [(found[0], int(found[1])) for found in re.findall(r'href="/review/d/([0-9a-f-]{36})/(\d+)"', page)]

    def read(self, declaration, version):
        _, _, page = self.open(f"/review/d/{declaration}/{version}")
        return page

    def accept(self, declaration, version):
        page = self.read(declaration, version)
        return self.open(f"/review/d/{declaration}/{version}/accept", {"csrf": self.token(page)})

    def give_back(self, declaration, version, reasons, text=""):
        """reasons: {"form.basic.full_name": "…"}."""
        page = self.read(declaration, version)
        form = {"csrf": self.token(page), "text": text} | {f"mark.{path}": "1" for path in reasons}
        form |= {f"reason.{path}": words for path, words in reasons.items()}
        return self.open(f"/review/d/{declaration}/{version}/return", form)
