"""A person at the kiosk: touches what is on the screen and types what is on the paper. Nothing here knows the kiosk's insides; a field's role in
the semantic tree tells how it is used, as its look tells a person."""


class Person:
    """Zhang San with the guide's worked record (AC-02)."""

    ID = "650000198001010014"
    NAME = "张三"
    MOBILE = "13800000000"
    CODE = "271845"

    AWARD = {
        "has_ecert": "no", "is_exam_based": "no", "award_date": "2010-12-31", "acquire_way": "1", "review_area": "1",
        "review_committee": "工信厅评审会", "issuing_body": "新疆维吾尔自治区经济和信息化委员会", "title_series": "工程系列", "specialty": "机械电子",
        "title_level": "3", "title_name": "工程师", "sub_specialty": "机械制造工程师", "cert_no": "20113202705", "doc_org": "新经信人事【2011】3号",
        "doc_title": "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知",
    }
    PUBLICITY = {"publicity_url": "工信厅网站公示"}
    SECTIONS = {
        "basic": [{"ethnic": "汉族", "political": "群众", "work_start": "2002-07", "unit_name": "新疆某机械厂", "unit_nature": "国有企业",
                   "unit_division": "乌鲁木齐市/天山区", "current_specialty": "机械制造"}],
        "contact": [{"address_division": "新疆维吾尔自治区/乌鲁木齐市/天山区", "address": "人民路1号院2号楼"}],
        "education": [{"education": "大学本科毕业", "degree": "工学学士学位", "school": "新疆大学", "major": "机械设计制造及其自动化", "study_form": "全日制",
                       "start": "1998-09", "end": "2002-07", "is_highest": True}],
        "work": [{"start": "2002-07", "unit": "新疆某机械厂", "work_kind": "专业技术", "work_done": "机械加工工艺设计"}],
    }
    UNIT = "新疆某机械厂"

    def __init__(self, kiosk):
        self.kiosk = kiosk
        self.typed = {}  # path → what was typed or chosen, as it reads

    # --- one field ---
    def answer(self, name, value):
        """Uses the field `name` as its role asks for it."""
        k = self.kiosk
        k.wait(id=name)
        role = k.node(name)["role"]
        if role == "textbox":
            k.tap(name)
            k.key("Ctrl+A")
            k.type(value)
        elif role == "radiogroup":
            k.tap(f"{name}.{self._option(name, value)}")
        elif role in ("switch", "checkbox"):
            if ("checked" in k.node(name)["state"]) != bool(value):
                k.tap(name)
        elif role == "combobox":
            self._choose(name, value)
        else:
            raise AssertionError(f"{name}: how is a {role} used?")
        self.typed[name] = value

    def _option(self, name, value):
        """The code of an option, by code or by its words."""
        options = [n for n in self.kiosk.nodes() if n["role"] == "radio" and n["id"].startswith(name + ".")]
        for node in options:
            if node["id"] == f"{name}.{value}" or node["label"] == value:
                return node["id"][len(name) + 1:]
        for node in options:
            if node["label"].startswith(value):
                return node["id"][len(name) + 1:]
        raise AssertionError(f"{name} offers no {value}\n{self.kiosk.what_is_seen()}")

    def _choose(self, name, value):
        k = self.kiosk
        k.tap(name)
        if k.has(f"{name}.year"):  # the wheels of a date take typed digits too
            k.type(value.replace("-", ""))
            if k.has(f"{name}.done"):
                k.tap(f"{name}.done")
            return
        if k.has(f"{name}.search"):  # a long table: search, then the row; or what is printed, where the table lacks it
            k.tap(f"{name}.search")
            k.type(value)
            rows = [n for n in k.nodes() if n["id"].startswith(f"{name}.item.")]
            exact = [n for n in rows if n["label"] == value or n["id"].endswith("." + value)] or rows
            k.tap(exact[0]["id"] if exact else f"{name}.free")
            return
        for part in value.split("/"):  # levels one after another
            rows = [n for n in k.nodes() if n["id"].startswith(f"{name}.item.") and n["label"] == part]
            if not rows:
                k.wait(label=part)
                rows = [n for n in k.nodes() if n["id"].startswith(f"{name}.item.") and n["label"] == part]
            k.tap(rows[0]["id"])
        if k.has(f"{name}.done"):
            k.tap(f"{name}.done")

    # --- the way in ---
    def come_in(self, new=True):
        """From the idle page to 我的主页."""
        k = self.kiosk
        k.wait(screen="idle")
        k.tap("idle.start")
        k.wait(screen="consent")
        k.tap("consent.agree")
        k.wait(screen="notices")
        k.wait(id="notices.read")
        while "disabled" in k.node("notices.read")["state"]:
            k.ask(cmd="wait", gone="notices.read.help", timeout_ms=15000) if k.has("notices.read.help") else k.wait(label="", timeout_ms=1)
        k.tap("notices.read")
        k.tap("notices.next")
        k.wait(screen="who")
        k.fill("who.id_number", self.ID)
        if new:
            k.wait(id="who.name")
            k.fill("who.name", self.NAME)
            k.fill("who.mobile", self.MOBILE)
            k.fill("who.code", self.CODE)
            k.fill("who.code2", self.CODE)
        else:
            k.wait(id="who.known")
            k.fill("who.code", self.CODE)
        k.tap("who.next")
        k.wait(screen="confirm")
        k.tap("confirm.yes")
        k.wait(screen="home")

    def open_records(self):
        self.kiosk.wait(screen="home")
        self.kiosk.tap("home.records")
        self.kiosk.wait(screen="records")

    def begin(self):
        """我要新增【补录申报表】."""
        k = self.kiosk
        assert k.node("records.new")["label"] == "我要新增【补录申报表】"
        k.tap("records.new")
        k.wait(screen="identity")
        k.tap("identity.next")
        k.wait(screen="award")

    # --- A to C ---
    def fill_page(self, section, values, done, prefix=None):
        """Answers the fields of `values` that are on this page; returns how many."""
        n = 0
        prefix = prefix or f"form.{section}."
        for key, value in values.items():
            if key not in done and self.kiosk.has(prefix + key):
                self.answer(prefix + key, value)
                done.add(key)
                n += 1
        return n

    def award(self, shots=None):
        """B: question after question, each answered when it comes."""
        k, done = self.kiosk, set()
        for _ in range(30):
            while self.fill_page("title_award", self.AWARD, done):
                pass  # an answer may bring up another field of the same question
            if shots:
                shots(f"award_{len(done):02}")
            before = k.tree()
            k.tap("award.next")
            if k.screen == "publicity":
                break
            after = k.tree()
            if [n["id"] for n in before["nodes"]] == [n["id"] for n in after["nodes"]] and k.has("award.back"):
                errors = [n["label"] for n in after["nodes"] if n["role"] == "alert"]
                if errors:
                    raise AssertionError(f"stuck in B: {errors}\n{k.what_is_seen()}")
        assert done == set(self.AWARD), f"never asked: {set(self.AWARD) - done}"

    def publicity(self):
        for key, value in self.PUBLICITY.items():
            self.answer(f"form.publicity.{key}", value)
        self.kiosk.tap("publicity.next")
        self.kiosk.wait(screen="review")

    # --- papers ---
    def take_file(self, field, name):
        """A file from the stick, by its name in the list."""
        k = self.kiosk
        k.tap(f"{field}.import")
        k.wait(screen="folder")
        k.wait(label=name)
        row = next(n for n in k.nodes() if n["label"] == name and n["role"] == "button")
        k.tap(row["id"])

    def wait_paper(self, field, count=1, timeout_ms=60000):
        """Until the field holds that many pages: each has its thumbnail button."""
        self.kiosk.wait(id=f"{field}.file.{count}", timeout_ms=timeout_ms)

    # --- the sixteen ---
    def section(self, key, entries, shots=None):
        k = self.kiosk
        k.tap(f"tasks.{key}")
        k.wait(screen="section")
        for number, values in enumerate(entries, 1):
            many = k.has("section.add")
            if many:
                k.tap("section.add")
                k.wait(id=f"form.{key}.{number}.{next(iter(values))}")
            prefix = f"form.{key}.{number}." if many else f"form.{key}."
            done = set()
            while self.fill_page(key, values, done, prefix):
                pass
            assert done == set(values), f"{key} never asked: {set(values) - done}\n{k.what_is_seen()}"
            if shots:
                shots(f"section_{key}")
            if many:
                k.tap("section.done")
                k.wait(id="section.add")
        k.tap("section.done")
        k.wait(screen="tasks")

    def sections(self, shots=None):
        for key, entries in self.SECTIONS.items():
            self.section(key, entries, shots)
        self.kiosk.tap("tasks.rest_none")
