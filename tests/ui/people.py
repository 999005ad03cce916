"""What the tests of the screens share: a kiosk that wastes no time on reading, papers on a stick, and the way to a screen."""
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.person import Person  # noqa: E402
from ui.kiosk import ROOT, Kiosk  # noqa: E402

PAPERS = ROOT / "tests" / "data" / "papers"
SCANNER = {("scanner", "device"): "test:0", ("scanner", "name"): "扫描仪"}
QUICK = {("kiosk", "notice_s"): 0, ("kiosk", "unreviewed"): "yes", ("kiosk", "hall"): "天山区政务服务大厅", ("kiosk", "number"): 3}


def kiosk(settings=None, papers=PAPERS, sane=True, **options):
    """A kiosk with the SANE test backend and a stick with papers; not started yet."""
    k = Kiosk(settings={**QUICK, **SCANNER, **(settings or {})}, **options)
    stick = k.folder / "import"
    stick.mkdir(parents=True, exist_ok=True)
    for paper in papers.iterdir() if papers else ():
        if paper.suffix in (".jpg", ".png", ".pdf"):
            shutil.copy(paper, stick)
    if sane:
        folder = k.folder / "sane"
        folder.mkdir(exist_ok=True)
        (folder / "dll.conf").write_text("test\n", encoding="ascii")
        (folder / "test.conf").write_text("number_of_devices 1\nmode Color\ngeometry_max 300\nresolution_min 1\n", encoding="ascii")
        k.env["SANE_CONFIG_DIR"] = str(folder)
    return k


def to(k, screen, seen=None):
    """张三 goes on to a screen; returns the person."""
    person = Person(k)
    person.go_on(screen, seen)
    return person


def alerts(k):
    return [n["label"] for n in k.nodes() if n["role"] == "alert"]
