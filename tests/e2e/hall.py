"""A hall under test: central platform, agent and kiosk on loopback in one folder, enrolled with certificates made for this run.

    with Hall() as hall:
        hall.platform.stop()          # the network is down
        hall.kiosk.tap("idle.start")
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import Platform  # noqa: E402
from ui.kiosk import BUILD, ROOT, Kiosk  # noqa: E402

UNIT = "新疆某机械厂"
REVIEWER = ("reviewer", "correct horse battery")


class Hall:
    def __init__(self, folder=None, build=BUILD, kiosk=True, size="1080x1920", lang="zh", kiosk_settings=None, agent_settings=None,
                 platform_settings=None, kiosk_args=()):
        self.build = pathlib.Path(build)
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="bulu-hall-"))
        self.platform = Platform(build=build, folder=self.folder / "platform", settings=platform_settings)
        scanner = {("scanner", "device"): "test:0", ("scanner", "name"): "扫描仪"}
        self.window = lambda: Kiosk(build=build, folder=self.folder / "kiosk", size=size, lang=lang, args=kiosk_args,
                                    settings={("paths", "store"): self.folder / "store", ("paths", "link"): self.folder / "sync.sock",
                                              **scanner, **(kiosk_settings or {})}, env={"SANE_CONFIG_DIR": str(self.folder / "sane")})
        self.kiosk = self.window() if kiosk else None
        self.agent_settings = dict(agent_settings or {})
        self.agent = None

    # --- configuration ---
    def write_configs(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        agent = {("agent", "dir"): self.folder / "agent", ("agent", "socket"): self.folder / "sync.sock",
                 ("kiosk", "assets"): ROOT / "assets",
                 ("store", "dir"): self.folder / "store", ("schedule", "settle_ms"): 100, ("schedule", "every_s"): 10,
                 ("schedule", "wait_s"): 20, **self.agent_settings}
        ctl = {("store", "dir"): self.folder / "store", ("agent", "config"): self.folder / "agent.ini",
               ("agent", "socket"): self.folder / "sync.sock", ("agent", "cert"): self.folder / "agent" / "identity" / "device.crt",
               ("kiosk", "assets"): ROOT / "assets", ("kiosk", "fonts"): ROOT / "fonts", ("scanner", "sane_config_dir"): self.folder / "sane"}
        for name, settings in (("agent.ini", agent), ("ctl.ini", ctl)):
            sections = {}
            for (section, key), value in settings.items():
                sections.setdefault(section, []).append(f"{key} = {value}")
            (self.folder / name).write_text("".join(f"[{s}]\n" + "\n".join(rows) + "\n\n" for s, rows in sections.items()), encoding="utf-8")
        sane = self.folder / "sane"
        sane.mkdir(exist_ok=True)
        (sane / "dll.conf").write_text("test\n", encoding="ascii")
        (sane / "test.conf").write_text("number_of_devices 1\nmode Color\ngeometry_max 300\nresolution_min 1\n", encoding="ascii")

    # --- life ---
    def __enter__(self):
        try:
            self.write_configs()
            self.platform.start()
            self.platform.user(*REVIEWER[:1], UNIT, REVIEWER[1])
            self.enrol()
            self.start_agent()
            if self.kiosk:
                self.kiosk.start()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.kiosk and self.kiosk.process:
            self.kiosk.stop()
        self.stop_agent()
        if self.platform.process:
            self.platform.stop()
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def ctl(self, *args, stdin=None, check=True):
        done = subprocess.run([str(self.build / "bin" / "bulu-ctl"), "--config", str(self.folder / "ctl.ini"), *map(str, args)], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=120)
        if check and done.returncode:
            raise AssertionError(f"bulu-ctl {args[0]} ended with {done.returncode}: {done.stdout}")
        return done.stdout if check else done

    def enrol(self):
        """The enrolment text as the operator hands it over: file, then the command."""
        text = self.folder / "enrol.json"
        text.write_text(self.platform.admin("enrol-code", "--hall", "天山区政务服务大厅", "--kiosk", 3), encoding="utf-8")
        self.ctl("enrol", str(text))
        text.unlink()

    def start_agent(self, **env):
        self.agent_log = open(self.folder / "agent.log", "ab")
        self.agent = subprocess.Popen([str(self.build / "bin" / "bulu-sync"), "--config", str(self.folder / "agent.ini")],
                                      stdin=subprocess.DEVNULL, stdout=self.agent_log, stderr=self.agent_log,
                                      env=dict(os.environ, LC_ALL="C.UTF-8", **env))
        deadline = time.monotonic() + 20
        while not (self.folder / "sync.sock").exists():
            if self.agent.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("bulu-sync did not start:\n" + (self.folder / "agent.log").read_text(encoding="utf-8"))
            time.sleep(0.01)

    def stop_agent(self, kill=False):
        if self.agent and self.agent.poll() is None:
            self.agent.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        if self.agent:
            self.agent.wait(60)
            self.agent_log.close()
        self.agent = None
