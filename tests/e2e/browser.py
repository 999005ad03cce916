"""A real browser for the pages that people open: Debian's Chromium, driven by its own chromedriver (W3C WebDriver over HTTP)."""
import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element reference, WebDriver §11


class BrowserError(Exception):
    pass


class Browser:
    """with Browser() as b: b.open(url); b.type("input[name=user]", "…"); b.click("button"); b.text("h1")"""

    def __init__(self, width=1280, height=900, javascript=True):
        self.size, self.javascript = (width, height), javascript
        self.driver = self.session = None

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="bulu-browser-")
        self.driver = subprocess.Popen(["/usr/bin/chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                self.base = f"http://127.0.0.1:{port[1]}"
                break
        else:
            raise BrowserError("chromedriver did not start")
        options = {"binary": "/usr/bin/chromium", "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={self.profile}",
            f"--window-size={self.size[0]},{self.size[1]}"]}
        if not self.javascript:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "acceptInsecureCerts": True, "goog:chromeOptions": options}}})
        self.session = f"/session/{answer['sessionId']}"
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self._call("DELETE", self.session)
        except (BrowserError, OSError):
            pass
        self.driver.kill()
        self.driver.wait()
        self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _call(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            problem = json.load(error)["value"]
            raise BrowserError(f"{problem['error']}: {problem['message'].splitlines()[0]}") from None

    def _find(self, css):
        return self._call("POST", self.session + "/element", {"using": "css selector", "value": css})[ELEMENT]

    def count(self, css):
        return len(self._call("POST", self.session + "/elements", {"using": "css selector", "value": css}))

    def open(self, url):
        self._call("POST", self.session + "/url", {"url": url})

    @property
    def url(self):
        return self._call("GET", self.session + "/url")

    def click(self, css):
        self.click_element(self._find(css))

    def first(self, css):
        """The first element that matches, for click_element."""
        return self._find(css)

    def click_element(self, element):
        self._call("POST", f"{self.session}/element/{element}/click")

    def tick(self, css):
        """Turns a tick box on."""
        element = self._find(css)
        if not self._call("GET", f"{self.session}/element/{element}/selected"):
            self.click_element(element)

    def click_link(self, words):
        found = self._call("POST", self.session + "/element", {"using": "partial link text", "value": words})[ELEMENT]
        self._call("POST", f"{self.session}/element/{found}/click")

    def type(self, css, text):
        element = self._find(css)
        self._call("POST", f"{self.session}/element/{element}/clear")
        self._call("POST", f"{self.session}/element/{element}/value", {"text": text})

    def text(self, css="body"):
        return self._call("GET", f"{self.session}/element/{self._find(css)}/text")

    def wait_text(self, css, words, seconds=20):
        """The text of the element once it has the words; a page that is about to go may be looked at in vain."""
        deadline, seen = time.monotonic() + seconds, None
        while time.monotonic() < deadline:
            try:
                seen = self.text(css)
                if words in seen:
                    return seen
            except BrowserError as error:
                seen = error
            time.sleep(0.02)
        raise BrowserError(f"no \"{words}\" at {css}: {seen}")

    def rect(self, css):
        """{"x","y","width","height"} in CSS pixels."""
        return self._call("GET", f"{self.session}/element/{self._find(css)}/rect")

    def source(self):
        return self._call("GET", self.session + "/source")

    def screenshot(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self._call("GET", self.session + "/screenshot")))
