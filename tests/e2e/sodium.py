"""libsodium for tests that play a kiosk: sealed boxes (protocol/sealed.h), signatures."""
import base64
import ctypes
import ctypes.util
import json

_lib = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
if _lib.sodium_init() < 0:
    raise OSError("libsodium does not start")


def b64(data):
    return base64.b64encode(data).decode()


class Box:
    """An X25519 key pair."""

    def __init__(self):
        public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
        _lib.crypto_box_keypair(public, secret)
        self.public, self.secret = public.raw, secret.raw

    def open(self, sealed):
        out = ctypes.create_string_buffer(max(len(sealed) - 48, 1))
        if _lib.crypto_box_seal_open(out, sealed, ctypes.c_ulonglong(len(sealed)), self.public, self.secret):
            raise ValueError("the box is not for this key")
        return out.raw[:len(sealed) - 48]


def seal(public, data):
    out = ctypes.create_string_buffer(len(data) + 48)
    _lib.crypto_box_seal(out, data, ctypes.c_ulonglong(len(data)), public)
    return out.raw


class Signer:
    """An Ed25519 key pair."""

    def __init__(self, seed=None):
        public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        if seed:
            _lib.crypto_sign_seed_keypair(public, secret, seed)
        else:
            _lib.crypto_sign_keypair(public, secret)
        self.public, self.secret = public.raw, secret.raw

    def sign(self, data):
        out = ctypes.create_string_buffer(64)
        _lib.crypto_sign_detached(out, None, data, ctypes.c_ulonglong(len(data)), self.secret)
        return out.raw


def call(key, reply, content):
    """The body of a sealed call; key: {"id","public"} of the platform's, reply: the app's Box."""
    whole = json.dumps(content | {"reply": b64(reply.public)}, ensure_ascii=False).encode()
    return {"key": key["id"], "sealed": b64(seal(base64.b64decode(key["public"]), whole))}


def answer(reply, body):
    """The content of a sealed answer."""
    return json.loads(reply.open(base64.b64decode(json.loads(body)["sealed"])))
