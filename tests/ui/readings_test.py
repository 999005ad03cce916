"""What a machine reads on a certificate is offered beside what the person typed, never taken unasked."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.people import kiosk  # noqa: E402

FIELD = "form.attachments.cert_original"


class Readings(unittest.TestCase):
    def start(self, **answers):
        self.k = kiosk()
        self.addCleanup(self.k.__exit__)
        self.k.start()
        person = Person(self.k)
        person.AWARD = {**Person.AWARD, **answers}
        person.PAPERS = [p for p in Person.PAPERS if p[0].startswith("form.images.")]
        person.go_on("attachments")
        return person

    def import_certificate(self):
        k = self.k
        k.tap(f"{FIELD}.import")
        k.wait(label="certificate.jpg")
        k.tap(next(n["id"] for n in k.nodes() if n["label"] == "certificate.jpg" and n["role"] == "button"))
        k.wait(screen="attachments", timeout_ms=30000)
        k.wait(id=f"{FIELD}.file.1")
        k.wait(id="reading.cert_no", timeout_ms=30000)

    def test_what_agrees_is_said_to_agree(self):
        self.start()
        self.import_certificate()
        k = self.k
        self.assertEqual(k.node("reading.cert_no")["label"], "20113202705")
        self.assertEqual(k.node("reading.award_date")["label"], "2010-12-31")
        self.assertFalse(k.has("reading.cert_no.take"))
        self.assertFalse(k.has("reading.award_date.take"))
        self.assertTrue(k.says("与您填的一致"))

    def test_what_differs_is_the_persons_to_decide_and_a_warning_until_then(self):
        self.start(cert_no="20113202706")
        self.import_certificate()
        k = self.k
        self.assertTrue(k.says("您填的是：20113202706"))
        k.tap("reading.cert_no.take")
        k.until(lambda: not k.has("reading.cert_no.take"))
        k.tap(f"{FIELD}.delete")
        k.tap("delete.yes")
        k.until(lambda: not k.has("readings"))  # it goes with its picture
        k.tap(f"{FIELD}.undo")
        k.wait(id="reading.cert_no")
        self.assertFalse(k.has("reading.cert_no.take"))  # what was read is what stands there now

    def test_the_person_may_stay_with_their_own_answer(self):
        self.start(cert_no="20113202706")
        self.import_certificate()
        k = self.k
        k.tap("reading.cert_no.keep")
        k.until(lambda: not k.has("reading.cert_no.take"))
        self.assertTrue(k.says("按您填的"))
        self.assertTrue(k.says("您填的是：20113202706"))


if __name__ == "__main__":
    unittest.main()
