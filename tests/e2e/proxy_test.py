"""The platform behind a reverse proxy: limits, locks and what only this machine may see meet the client, and nobody gets out of them by a header of
his own. The tests stand where the proxy stands: what they send as X-Forwarded-For is what a proxy would have passed on."""
import contextlib
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import Platform, PlatformError, Reviewer  # noqa: E402

SOME, OTHER = "192.0.2.9", "192.0.2.10"
PAGE = "/review/login"
AT_ONCE = 3  # of ten a minute
UNIT, PASSWORD = "新疆某某公司", "correct horse battery staple"


class Proxy(unittest.TestCase):
    trusted = "127.0.0.1, ::1"

    def setUp(self):
        settings = {("web", "address_per_minute"): 10, ("platform", "trusted_proxy"): self.trusted}
        self.platform = self.enterContext(Platform(settings=settings))

    def ask(self, *lines, path=PAGE):
        """(status, headers): one request with these lines of X-Forwarded-For."""
        with contextlib.closing(self.platform.web()) as link:
            link.putrequest("GET", path)
            for line in lines:
                link.putheader("X-Forwarded-For", line)
            link.endheaders()
            answer = link.getresponse()
            answer.read()
            return answer.status, answer.headers

    def use_up(self, *lines):
        for _ in range(AT_ONCE):
            self.assertEqual(self.ask(*lines)[0], 200)
        self.assertGreater(int(self.no_more(*lines)["Retry-After"]), 0)

    def no_more(self, *lines):
        """One may have come back meanwhile; whoever is somebody else has three."""
        for _ in range(AT_ONCE - 1):
            status, headers = self.ask(*lines)
            if status == 429:
                return headers
        self.fail("not limited")


class Trusted(Proxy):
    def test_each_client_has_its_own_limit(self):
        self.use_up(SOME)
        self.assertEqual(self.ask(OTHER)[0], 200)
        self.assertEqual(self.ask("2001:db8::1")[0], 200)
        self.assertEqual(self.ask()[0], 200)  # the proxy's own

    def test_nobody_gets_out_of_a_limit_by_a_header_of_his_own(self):
        self.use_up(SOME)
        for lines in ((f"{OTHER}, {SOME}",), (OTHER, SOME), (f"127.0.0.1, {SOME}",), (f"{SOME}:4711",), (f"'; DROP TABLE x, {SOME}",), (f"::ffff:{SOME}",)):
            with self.subTest(lines=lines):
                self.no_more(*lines)

    def test_what_only_this_machine_may_see_is_not_seen_through_the_proxy(self):
        self.assertEqual(self.ask(path="/metrics")[0], 200)
        for lines in ((SOME,), (f"127.0.0.1, {SOME}",), ("127.0.0.1", SOME)):
            self.assertNotEqual(self.ask(*lines, path="/metrics")[0], 200)

    def test_a_reviewers_sessions_name_where_he_sits(self):
        platform, lines = self.platform, {"X-Forwarded-For": SOME}
        platform.stop()
        platform.settings["web", "address_per_minute"] = 3000
        platform.start()
        platform.user("admin", UNIT, PASSWORD)
        plain = platform.request
        platform.request = lambda method, path, body=None, headers=(): plain(method, path, body, {**dict(headers), **lines})
        reviewer = Reviewer(platform, "admin", PASSWORD)
        page = reviewer.open("/review/me")[2]
        self.assertIn(SOME, page)
        self.assertNotIn("127.0.0.1", page)


class NotTrusted(Proxy):
    trusted = "10.0.0.7"

    def test_the_header_of_somebody_else_is_nothing(self):
        self.use_up(SOME)
        for lines in ((OTHER,), ("10.0.0.7",), ()):
            self.no_more(*lines)
        self.assertEqual(self.ask(SOME, path="/metrics")[0], 200)


class Refused(unittest.TestCase):
    def test_who_is_trusted_must_be_addresses(self):
        for value in ("proxy.example", "0.0.0.0/0"):
            platform = Platform(settings={("platform", "trusted_proxy"): value})
            with self.subTest(value=value), self.assertRaisesRegex(PlatformError, r"ended with 2(?s:.*)\[platform\] trusted_proxy: expected addresses"):
                platform.start()
            platform.kill()
            platform.__exit__()


if __name__ == "__main__":
    unittest.main()
