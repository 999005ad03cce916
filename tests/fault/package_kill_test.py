"""The agent is killed at random moments while it puts packages in force: what is in force loads whole, old or new, and the next round
brings the rest. A run prints its seed; BULU_SEED repeats it."""
import os
import pathlib
import random
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from kiosk import BUILD  # noqa: E402
from package_test import Case  # noqa: E402

SEED = int(os.environ.get("BULU_SEED") or random.SystemRandom().randrange(1 << 32))
KILLS = int(os.environ.get("BULU_KILLS") or 6)


class Killed(Case):
    def test_what_is_in_force_is_whole_after_every_kill(self):
        print(f"BULU_SEED={SEED}", file=sys.stderr)
        dice = random.Random(SEED)
        self.trust()
        self.enrol()
        self.round()
        known = {"2026.11.1"}
        for n in range(1, KILLS + 1):
            version = f"2026.12.{n}"
            self.field(version)
            self.platform.admin("package-publish", self.op.package("forms", version))
            known.add(version)
            self.kiosk.write_config()
            agent = subprocess.Popen([str(BUILD / "bin" / "bulu-sync"), "--config", str(self.kiosk.config), "--once"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                agent.wait(dice.uniform(0.02, 0.4))
            except subprocess.TimeoutExpired:
                agent.kill()
                agent.wait()
            current = self.kiosk.store / "assets" / "current"
            if current.exists():
                said = self.kiosk.ctl("--json", "assets", current, check=False)
                self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
                self.assertTrue(any(f'"{v}"' in said.stdout for v in known), said.stdout)
        self.round()
        self.assertEqual(self.in_force(), {"forms": f"2026.12.{KILLS}"})
        left = [p.name for p in (self.kiosk.store / "assets").iterdir() if p.name.startswith("set-")]
        self.assertLessEqual(len(left), 2, left)  # what a kill left half made is gone


if __name__ == "__main__":
    unittest.main()
