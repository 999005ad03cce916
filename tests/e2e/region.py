"""The region's operator at a machine without a network: an edited copy of assets/, a signing key, and bulu-ctl package.

    op = Operator(folder); op.edit("forms/07_contact.json", lambda j: j["fields"].append({...})); op.bump("forms", "2026.12.1")
    op.word("contact.hobby", "爱好"); path = op.package("forms", "2026.12.1"); platform.admin("package-publish", path)
"""
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BULU_BUILD", ROOT / "build" / "release"))


class Operator:
    def __init__(self, folder, base=ROOT / "assets"):
        self.folder, self.base = pathlib.Path(folder), pathlib.Path(base)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.assets = self.folder / "assets"
        self.start_over()

    def start_over(self):
        """A fresh copy: what was edited for one package does not go into the next."""
        shutil.rmtree(self.assets, ignore_errors=True)
        shutil.copytree(self.base, self.assets)

    def ctl(self, *args, check=True):
        done = subprocess.run([str(BUILD / "bin" / "bulu-ctl"), "package", *map(str, args)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", timeout=60)
        if check and done.returncode:
            raise AssertionError(f"bulu-ctl package {' '.join(map(str, args))} ended with {done.returncode}: {done.stdout}")
        return done.stdout if check else done

    # --- keys ---
    def key(self, name="key"):
        """Path of a signing key, made when it is missing; its public half is beside it with .pub."""
        path = self.folder / name
        if not path.exists():
            self.ctl("keygen", path, "--raw")
        return path

    # --- editing ---
    def edit(self, name, change):
        path = self.assets / name
        value = json.loads(path.read_text(encoding="utf-8"))
        change(value)
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def bump(self, part, version):
        self.edit(f"{part}/manifest.json", lambda j: j.update(version=version))

    def write(self, name, text):
        (self.assets / name).write_text(text, encoding="utf-8")

    def word(self, key, text, language="zh"):
        with open(self.assets / "strings" / f"{language}.po", "a", encoding="utf-8") as f:
            f.write(f'\nmsgid "{key}"\nmsgstr "{text}"\n')

    # --- packages ---
    def make(self, name, version, *more, base=None):
        path = self.folder / "made" / version / f"{name}.bpk"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.ctl("make", self.assets, "--base", base or self.base, "--name", name, "--version", version, "--out", path, *more)
        return path

    def sign(self, path, key="key"):
        self.ctl("sign", path, "--key", self.key(key))
        return path

    def package(self, name, version, *more, key="key"):
        return self.sign(self.make(name, version, *more), key)
