"""The app's side of sealed calls (sync/protocol/sealed.h), for tests of the platform: libsodium by ctypes, its system library.

    kiosk = Device(platform)
    person = Applicant(kiosk)                       # a reply key of its own, as the app makes one for each login
    status, answer = person.sealed("POST", "/v1/sessions/login", {"id": …, "password": …, **person.captcha()})

A Platform for it is started with `settings=accounts_settings(folder)`: captchas are told through a file, messages go to a double.
"""
import base64
import ctypes
import ctypes.util
import json
import pathlib

from e2e.platform import PlatformError

sodium = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if sodium.sodium_init() < 0:
    raise RuntimeError("libsodium does not start")
SEAL_BYTES = 48


def box_keys():
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    sodium.crypto_box_keypair(public, secret)
    return public.raw, secret.raw


def box_seal(public, plain):
    out = ctypes.create_string_buffer(len(plain) + SEAL_BYTES)
    sodium.crypto_box_seal(out, plain, ctypes.c_ulonglong(len(plain)), public)
    return out.raw


def box_open(public, secret, sealed):
    out = ctypes.create_string_buffer(max(1, len(sealed) - SEAL_BYTES))
    if sodium.crypto_box_seal_open(out, sealed, ctypes.c_ulonglong(len(sealed)), public, secret):
        raise PlatformError("the answer is not sealed to this key")
    return out.raw[:len(sealed) - SEAL_BYTES]


class Signer:
    """An Ed25519 key pair."""

    def __init__(self):
        public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        sodium.crypto_sign_keypair(public, secret)
        self.public, self.secret = public.raw, secret.raw

    def sign(self, data):
        out = ctypes.create_string_buffer(64)
        sodium.crypto_sign_detached(out, None, data, ctypes.c_ulonglong(len(data)), self.secret)
        return out.raw


def accounts_settings(folder, sms_url=""):
    return {("accounts", "captcha_file"): pathlib.Path(folder) / "captchas", ("sms", "url"): sms_url}


class Applicant:
    """Somebody in front of a kiosk."""

    def __init__(self, device):
        self.device = device
        self.key = device.answer["keys"][0]
        self.public, self.secret = box_keys()
        self.session = None

    def body(self, content):
        whole = dict(content, reply=base64.b64encode(self.public).decode())
        sealed = box_seal(base64.b64decode(self.key["public"]), json.dumps(whole, ensure_ascii=False).encode())
        return {"key": self.key["id"], "sealed": base64.b64encode(sealed).decode()}

    def request(self, method, path, body=None, session=None):
        """(status, answer): as it came, opened where it is sealed; bytes where it is no JSON."""
        token = self.session if session is None else session
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, answer_headers, data = self.device.request(method, path, body, headers)
        if "json" not in (answer_headers["Content-Type"] or ""):
            return status, data
        answer = json.loads(data)
        if status == 200 and set(answer) == {"sealed"}:
            answer = json.loads(box_open(self.public, self.secret, base64.b64decode(answer["sealed"])))
        return status, answer

    def sealed(self, method, path, content, session=None):
        return self.request(method, path, self.body(content), session)

    def captcha(self, large=False):
        """A new captcha with its right text, as {"captcha","text"}."""
        status, answer = self.request("POST", "/v1/sessions/captcha", {"large": large})
        if status != 200:
            raise PlatformError(f"captcha: {status} {answer}")
        told = pathlib.Path(self.device.platform.settings[("accounts", "captcha_file")]).read_text(encoding="ascii")
        texts = dict(line.split(" ") for line in told.splitlines())
        return {"captcha": answer["captcha"], "text": texts[answer["captcha"]]}

    def log_in(self, number, password):
        """SESSION of sessions.h; further calls go with it."""
        self.public, self.secret = box_keys()
        status, answer = self.sealed("POST", "/v1/sessions/login", {"id": number, "password": password, **self.captcha()}, session="")
        if status != 200:
            raise PlatformError(f"login: {status} {answer}")
        self.session = answer["session"]
        return answer


def kind(answer):
    """The kind of a problem."""
    return answer.get("type", "").rpartition(":")[2] if isinstance(answer, dict) else ""
