"""The main job, end to end: what `make run` shows without a display, as a test; and the same by an applicant at a landscape panel."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.demo import drive  # noqa: E402
from ui.kiosk import BUILD  # noqa: E402


class Journey(unittest.TestCase):
    def test_one_declaration_from_the_first_touch_to_the_superior_unit(self):
        for size in ("1080x1920", "1920x1080"):
            with self.subTest(size), tempfile.TemporaryDirectory(prefix="bulu-journey-") as folder:
                self.assertEqual(drive(BUILD, pathlib.Path(folder) / "demo", size=size), [])


if __name__ == "__main__":
    unittest.main()
