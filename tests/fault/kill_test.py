"""kill -9 of any of the three programs at random moments of the journey: nothing is lost, nothing is doubled, nothing is changed.

The seed is printed; BULU_SEED=N repeats a run, BULU_KILLS=N sets how often (ten). After the kiosk was killed the person comes back with ID number and
取件码 and goes on where the draft stands: everything that had been put in must be there again, but for the field in hand.
"""
import os
import pathlib
import random
import shutil
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.demo import PAPERS, Demo  # noqa: E402
from e2e.hall import Hall  # noqa: E402
from e2e.person import Person  # noqa: E402
from ui.kiosk import KioskError  # noqa: E402


class Killer:
    """Kills one of the three after a random while, in the middle of whatever is going on, and starts it again."""

    def __init__(self, hall, seed, kills):
        self.hall, self.random, self.left, self.done = hall, random.Random(seed), kills, []
        self.lock = threading.Lock()
        self.timer, self.kiosk_gone = None, False

    def arm(self):
        if self.left:
            self.timer = threading.Timer(self.random.uniform(0.05, 1.6), self.strike)
            self.timer.start()

    def strike(self):
        with self.lock:
            if not self.left:
                return
            self.left -= 1
            target = self.random.choice(("kiosk", "kiosk", "agent", "platform"))
            self.done.append(target)
            if target == "kiosk":
                self.kiosk_gone = True
                self.hall.kiosk.process.kill()  # the person's next touch finds it gone, and starts it again
                return
            if target == "agent":
                self.hall.stop_agent(kill=True)
                self.hall.start_agent()
            else:
                self.hall.platform.kill()
                self.hall.platform.start()
        self.arm()

    def stop(self):
        with self.lock:
            self.left = 0
        if self.timer:
            self.timer.join()


class Careful(Person):
    """Remembers what was put in, and complains when it is asked for again after a restart — but for the field in hand."""

    def __init__(self, kiosk):
        super().__init__(kiosk)
        self.order, self.forgiven, self.lost = [], set(), []
        self.papers_in_hand = set()

    def answer(self, name, value):
        durable = name.startswith("form.") and name in self.order[:-1] and name not in self.forgiven
        if durable:
            self.lost.append(name)
        super().answer(name, value)
        if name in self.order:
            self.order.remove(name)
        self.order.append(name)

    def came_back(self):
        """A power cut loses at most the field in hand: the last one answered."""
        self.forgiven.update(self.order[-1:])
        if self.paper:  # shown, but not said to be saved yet
            self.papers_in_hand.add(self.paper.removeprefix("form."))


class Kills(unittest.TestCase):
    def test_nothing_is_lost_or_doubled_by_ten_kills(self):
        seed = int(os.environ.get("BULU_SEED", random.SystemRandom().randrange(1 << 30)))
        kills = int(os.environ.get("BULU_KILLS", "10"))
        print(f"seed {seed}", flush=True)
        with tempfile.TemporaryDirectory(prefix="bulu-kill-") as folder:
            folder = pathlib.Path(folder)
            (folder / "hall" / "kiosk" / "import").mkdir(parents=True)
            for paper in PAPERS.glob("*.*"):
                shutil.copy(paper, folder / "hall" / "kiosk" / "import")
            with Hall(folder=folder / "hall") as hall:
                self.walk(hall, folder, seed, kills)

    def walk(self, hall, folder, seed, kills):
        person, killer = Careful(hall.kiosk), Killer(hall, seed, kills)

        def seen(name):
            if name == "home" and not (killer.timer and killer.timer.is_alive()):
                killer.arm()  # from here on there is something to lose

        try:
            while True:
                try:
                    person.go_on(("receipt", "status"), seen)
                    if person.kiosk.screen == "receipt":
                        person.kiosk.tap("receipt.status")
                    person.kiosk.wait(screen="status")
                    # Kills that are left fall into the sending.
                    person.kiosk.until(lambda: person.kiosk.tree() and not killer.left, 60)  # looks at the screen meanwhile
                    break
                except KioskError as gone:
                    with killer.lock:
                        if not killer.kiosk_gone:
                            raise AssertionError(f"seed {seed}, kills {killer.done}: {gone}") from gone
                        hall.kiosk.close()
                        hall.kiosk.start()
                        killer.kiosk_gone = False
                        person.came_back()
        finally:
            killer.stop()
        if killer.kiosk_gone:
            hall.kiosk.close()
            hall.kiosk.start()
        hall.stop_agent()  # a fresh one does not wait out the back-off that the killed platform earned
        hall.start_agent()
        what = f"seed {seed}, kills {killer.done}"
        self.assertEqual(person.lost, [], f"{what}: put in and durable, and gone")
        person.go_on("status")
        demo = Demo(hall, folder)
        demo.person = person
        demo.wait_state("submitted_unit", "已经提交至基层工作单位", "delivered")
        rows = self.stored(hall)
        self.assertEqual([version for _, version in rows], [1], f"{what}: one submission, one record")
        demo.declaration = rows[0][0]
        wrong, _ = demo.compare(rows[0][0], 1)
        wrong = [w for w in wrong if "papers given" not in w or w.split(":")[0] not in person.papers_in_hand]
        self.assertEqual(wrong, [], what)
        verify = hall.ctl("verify", check=False)
        self.assertEqual(verify.returncode, 0, f"{what}: {verify.stdout}")

    def stored(self, hall):
        from e2e.hall import REVIEWER
        from e2e.platform import Reviewer
        return Reviewer(hall.platform, *REVIEWER).declarations()


if __name__ == "__main__":
    unittest.main()
