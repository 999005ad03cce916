"""A kiosk under test, used as a person uses it: touches and typed text over the automation socket, seeing what a person would see.

    with Kiosk() as kiosk:
        kiosk.tap("idle.start")
        kiosk.wait(screen="consent")

It starts bulu-kiosk offscreen in a folder of its own (store, import folder, configuration), unless `folder` is given. `settings` overrides
configuration keys: {("store", "dir"): "…"}; a value of None removes the key.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BULU_BUILD", ROOT / "build" / "release"))


class KioskError(AssertionError):
    """What the kiosk answered instead; holds the visible nodes, so that a failure shows the screen."""


class Kiosk:
    def __init__(self, build=BUILD, folder=None, size="1080x1920", lang="zh", large=False, fake_clock=False, settings=None, env=None, args=()):
        self.build = pathlib.Path(build)
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="bulu-kiosk-"))
        self.options = ["--size", size, "--lang", lang] + (["--large"] if large else []) + (["--fake-clock"] if fake_clock else []) + list(args)
        self.settings, self.env = dict(settings or {}), dict(env or {})
        self.process = self.socket = self.stream = None

    # --- life ---
    def write_config(self):
        (self.folder / "import").mkdir(parents=True, exist_ok=True)
        settings = {("paths", "assets"): ROOT / "assets", ("paths", "fonts"): ROOT / "fonts", ("paths", "store"): self.folder / "store",
                    ("paths", "link"): self.folder / "sync.sock", ("paths", "worker"): self.build / "bin" / "bulu-worker",
                    ("paths", "import"): self.folder / "import"}
        settings.update(self.settings)
        sections = {}
        for (section, key), value in settings.items():
            if value is not None:
                sections.setdefault(section, []).append(f"{key} = {value}")
        config = self.folder / "kiosk.ini"
        config.write_text("".join(f"[{name}]\n" + "\n".join(lines) + "\n\n" for name, lines in sections.items()), encoding="utf-8")
        return config

    def start(self):
        config = self.write_config()
        path = self.folder / "automation.sock"
        path.unlink(missing_ok=True)
        self.log = open(self.folder / "kiosk.log", "ab")
        self.process = subprocess.Popen([str(self.build / "bin" / "bulu-kiosk"), "--config", str(config), "--automation", str(path),
                                         *self.options], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env=dict(os.environ, SDL_VIDEODRIVER="offscreen", LC_ALL="C.UTF-8", **self.env))
        deadline = time.monotonic() + 20
        while True:
            if self.process.poll() is not None:
                raise KioskError(f"bulu-kiosk ended with {self.process.returncode}:\n{self.words_of_log()}")
            try:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise KioskError(f"no automation socket:\n{self.words_of_log()}") from None
                time.sleep(0.005)  # polling for a socket to appear, not waiting for something to become true by itself
        self.socket.settimeout(120)
        self.stream = self.socket.makefile("rwb")
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            try:
                self.ask(cmd="quit")
                self.process.wait(20)
            except (OSError, KioskError, subprocess.TimeoutExpired):
                self.process.kill()
        self.close()

    def kill(self):
        self.process.kill()
        self.close()

    def close(self):
        if self.process:
            self.process.wait()
        if self.socket:
            try:
                if self.stream:
                    self.stream.close()
            except OSError:
                pass  # the other end was killed with something unsent
            self.socket.close()
            self.socket = None
        if getattr(self, "log", None):
            self.log.close()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.process:
            self.stop()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self):
        return self.process.pid

    def words_of_log(self):
        path = self.folder / "kiosk.log"
        return path.read_text("utf-8", "replace")[-4000:] if path.exists() else ""

    # --- the protocol ---
    def ask(self, **request):
        try:
            self.stream.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            self.stream.flush()
            line = self.stream.readline()
        except OSError as error:
            raise KioskError(f"the kiosk is gone ({error}):\n{self.words_of_log()}") from None
        if not line:
            raise KioskError(f"the kiosk closed the socket:\n{self.words_of_log()}")
        answer = json.loads(line)
        if not answer.get("ok"):
            raise KioskError(f"{request} → {answer.get('error')}\n{self.what_is_seen() if request['cmd'] not in ('tree', 'quit') else ''}")
        return answer

    def tree(self):
        return self.ask(cmd="tree")

    def nodes(self):
        return self.tree()["nodes"]

    @property
    def screen(self):
        return self.tree()["screen"]

    def node(self, name):
        for node in self.nodes():
            if node["id"] == name:
                return node
        raise KioskError(f"there is no {name}\n{self.what_is_seen()}")

    def has(self, name):
        return any(node["id"] == name for node in self.nodes())

    def says(self, words):
        """Is this text on the screen, in any label or value?"""
        return any(words in node["label"] or words in node["value"] for node in self.nodes())

    def what_is_seen(self):
        try:
            tree = self.tree()
        except KioskError as error:
            return str(error)
        lines = [f"screen {tree['screen']}"]
        lines += [f"  {n['id']:44} {n['role']:10} {n['label'][:60]!r} {n['value'][:30]!r} {','.join(n['state'])}" for n in tree["nodes"] if n["id"]]
        return "\n".join(lines)

    def until(self, true, seconds=10):
        """Looks again and again until it is so; fails with what is seen."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise KioskError(f"not so after {seconds} s\n{self.what_is_seen()}")
            time.sleep(0.02)

    # --- what a person does ---
    def tap(self, name):
        return self.ask(cmd="tap", id=name)

    def press(self, name, seconds=20):
        """As tap, but waits until the button can be used, as a person does."""
        self.until(lambda: self.has(name) and "disabled" not in self.node(name)["state"], seconds)
        return self.tap(name)

    def tap_at(self, x, y):
        return self.ask(cmd="tap", x=x, y=y)

    def type(self, text):
        return self.ask(cmd="type", text=text)

    def key(self, name):
        return self.ask(cmd="key", name=name)

    def fill(self, name, text):
        """Touches a text field and types into it."""
        self.tap(name)
        return self.type(text)

    def drag(self, start, end, ms=200):
        return self.ask(cmd="drag", **{"from": list(start), "to": list(end), "ms": ms})

    def wait(self, timeout_ms=8000, **what):
        return self.ask(cmd="wait", timeout_ms=timeout_ms, **what)

    def advance(self, ms):
        return self.ask(cmd="advance", ms=ms)

    def screenshot(self, path):
        return self.ask(cmd="screenshot", path=str(path))
