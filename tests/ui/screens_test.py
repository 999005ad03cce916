"""Every screen in every language and size has its text whole: nothing lies on something else, outside, or untranslated as a key."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from ui.screens import LANGS, SIZES, Tour, check  # noqa: E402


class Screens(unittest.TestCase):
    def test_every_screen_is_whole(self):
        with tempfile.TemporaryDirectory() as folder:
            for size in SIZES:
                for lang in LANGS:
                    for large in (False, True):
                        with self.subTest(size=size, lang=lang, large=large):
                            tour = Tour(pathlib.Path(folder), size, lang, large)
                            self.assertEqual(tour.run(), [])
                            self.assertGreater(len(tour.seen), 40)

    def test_the_check_sees_what_is_wrong(self):
        def node(name, rect, role="text", label="", seen=None):
            return {"id": name, "role": role, "label": label, "value": "", "rect": rect, "seen": seen or rect, "visible": True, "state": []}
        cases = [([node("a.a", [0, 0, 100, 50]), node("a.b", [50, 20, 100, 50])], "lie on each other"),
                 ([node("a.a", [1000, 0, 100, 50], seen=[1000, 0, 80, 50])], "cut at the side"),
                 ([node("a.a", [0, 1900, 100, 50])], "lies outside"),
                 ([node("a.a", [0, 0, 100, 50], label="page.no_such_key")], "shows a key"),
                 ([node("a.a", [0, 0, 100, 50], label="还有 {n} 处")], "shows an argument"),
                 ([node("a.a", [0, 0, 100, 30], role="button")], "too small")]
        for nodes, words in cases:
            self.assertTrue(any(words in line for line in check({"nodes": nodes}, 1080, 1920)), words)
        self.assertEqual(check({"nodes": [node("a.a", [0, 0, 100, 50]), node("a.b", [0, 60, 100, 50])]}, 1080, 1920), [])


if __name__ == "__main__":
    unittest.main()
