"""A person at the kiosk: touches what is on the screen and types what is on the paper. Nothing here knows the kiosk's insides; a field's role in
the semantic tree tells how it is used, as its look tells a person."""

import re


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
                   "unit_division": "天山区", "current_specialty": "机械制造", "on_post": "1"}],
        "contact": [{"address_division": "新疆维吾尔自治区/乌鲁木齐市/天山区", "address": "人民路1号院2号楼"}],
        "education": [{"education": "大学本科毕业", "degree": "工学学士学位", "school": "新疆大学", "major": "机械设计制造及其自动化", "study_form": "全日制",
                       "start": "1998-09", "end": "2002-07", "is_highest": True}],
        "work": [{"start": "2002-07", "unit": "新疆某机械厂", "work_kind": "专业技术", "work_done": "机械加工工艺设计"}],
    }
    UNIT = "新疆某机械厂"

    def expected(self):
        """What the platform must hold afterwards, written out by hand from the tables in assets/codes: 01 汉族, 13 群众, 30 国有企业, 650102 天山区,
        21 大学本科毕业, 408 工学学士学位, 083 工程师 of GB/T 8561, 05 工程技术人员."""
        who = {"full_name": self.NAME, "id_number": self.ID, "sex": "1"}
        none = {"none": True}
        return {
            "person": {
                "identity_check": who | {"birth_month": "1980-01", "mobile": self.MOBILE},
                "images": None,
                "basic": who | {"birth_date": "1980-01-01", "id_type": "1", "ethnic": "01", "political": "13", "work_start": "2002-07",
                                "unit_name": "新疆某机械厂", "unit_nature": "30", "unit_division": "650102", "current_specialty": "机械制造",
                                "on_post": True},
                "contact": {"mobile": self.MOBILE, "address_division": "650102", "address": "人民路1号院2号楼"},
                "education": [{"education": "21", "degree": "408", "school": "新疆大学", "major": "机械设计制造及其自动化", "study_form": "1",
                               "start": "1998-09", "end": "2002-07", "overseas": False, "is_highest": True}],
                "work": [{"start": "2002-07", "unit": "新疆某机械厂", "work_kind": "1", "work_done": "机械加工工艺设计"}],
                **dict.fromkeys(("talent_program", "qualification", "practice_qualification", "aid_xinjiang", "training"), none),
            },
            "title": {
                "title_award": {
                    "has_ecert": "no", "is_exam_based": "no", "award_date": "2010-12-31", "acquire_way": "1", "review_area": "1",
                    "review_committee": "工信厅评审会", "issuing_body": "新疆维吾尔自治区经济和信息化委员会", "title_series": "05",
                    "specialty": "机械电子", "title_level": "3", "title_name": "工程师", "title_code": "083", "sub_specialty": "机械制造工程师",
                    "cert_no": self.AWARD["cert_no"], "doc_org": "新经信人事", "doc_year": "2011", "doc_no": "3",
                    "doc_title": self.AWARD["doc_title"]},
                "publicity": self.PUBLICITY, "attachments": None, "submission": {"base_unit": self.UNIT, "pledge": True},
                **dict.fromkeys(("paper", "award", "book", "ip", "project", "abroad", "society"), none),
            },
        }

    def __init__(self, kiosk):
        self.kiosk = kiosk
        self.typed = {}  # id of the field → what was put in
        self.paper = None

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
        for part in value.split("/"):  # levels one after another; a list is pushed up until the row is in sight
            row = self._row(name, part)
            k.tap(row["id"])
        if k.has(f"{name}.done"):
            k.tap(f"{name}.done")

    def _row(self, name, words):
        k = self.kiosk
        for _ in range(60):
            rows = [n for n in k.nodes() if n["id"].startswith(f"{name}.item.") and n["label"] == words]
            if rows:
                return rows[0]
            x, y, w, h = k.node(f"{name}.list")["rect"]
            k.drag((x + w // 2, y + h * 3 // 4), (x + w // 2, y + h // 4))
        raise AssertionError(f"{name} has no {words}\n{k.what_is_seen()}")

    # --- what a person does on each screen; `go_on` looks where it is and does that ---
    PAPERS = [  # field, how: the scanner, or the name of a file on the stick
        ("form.images.id_card_front", "id_card.jpg"), ("form.images.photo_1inch", "photo.png"),
        ("form.attachments.cert_original", "scan"), ("form.attachments.cert_original", "certificate.jpg"),
        ("form.attachments.review_form_original", "photo.png"), ("form.attachments.approval_doc_original", "approval.pdf"),
    ]
    started = False  # 我要新增 was touched already: afterwards the draft is continued
    receipt = None

    def go_on(self, until="receipt", seen=None, limit=400):
        """From wherever the kiosk is, on to the screen `until`: what somebody does who knows the guide, also after the kiosk was started anew."""
        for _ in range(limit):
            screen = self.kiosk.screen
            if screen in (until if isinstance(until, tuple) else (until,)):
                if seen:
                    seen(screen)
                return
            getattr(self, "at_" + screen)(seen or (lambda name: None))
        raise AssertionError(f"{limit} steps and not at {until}\n{self.kiosk.what_is_seen()}")

    def at_idle(self, seen):
        seen("idle")
        self.kiosk.tap("idle.start")

    def at_consent(self, seen):
        seen("consent")
        self.kiosk.tap("consent.agree")

    def at_notices(self, seen):
        k = self.kiosk
        seen("notices")
        left, top, width, height = k.node("notices.tabs")["rect"]
        x, y = left + width // 2, top + height
        for _ in range(12):  # who has pushed the text up to its end may go on at once; others after ten seconds
            if "disabled" not in k.node("notices.read")["state"]:
                break
            k.drag((x, y + 500), (x, y + 60), ms=120)
        while "checked" not in k.node("notices.read")["state"]:
            k.press("notices.read")  # the first touch may only stop a page that still glides
        k.tap("notices.next")

    def at_door(self, seen):  # the platform is there; this person goes on without an account
        seen("door")
        self.kiosk.tap("door.here")

    def at_who(self, seen):
        k = self.kiosk
        self.answer("who.id_number", self.ID)
        k.until(lambda: k.has("who.name") or k.has("who.known"))
        if k.has("who.known"):
            self.answer("who.code", self.CODE)
        else:
            for name, value in (("who.name", self.NAME), ("who.mobile", self.MOBILE), ("who.code", self.CODE), ("who.code2", self.CODE)):
                self.answer(name, value)
        seen("who")
        k.tap("who.next")
        k.wait(screen="confirm", timeout_ms=20000)

    def at_confirm(self, seen):
        seen("confirm")
        self.kiosk.tap("confirm.yes")

    def at_home(self, seen):
        seen("home")
        self.kiosk.tap("home.records")

    def at_records(self, seen):
        k = self.kiosk
        k.until(lambda: k.has("records.1") or k.has("records.empty"))
        if self.started and k.has("records.1"):
            if k.has("records.1.continue"):
                seen("records_draft")
                k.tap("records.1.continue")
            else:
                k.tap("records.1.status")
        else:
            seen("records")
            self._words("records.new", "我要新增【补录申报表】")
            k.tap("records.new")
            self.started = True
        k.until(lambda: k.screen != "records")  # its buttons may be away for a moment while it is still there

    def at_start(self, seen):
        seen("start")
        self.kiosk.tap("start.fill")
        self.kiosk.wait(screen="identity")

    def at_identity(self, seen):
        seen("identity")
        self.kiosk.tap("identity.next")

    def at_award(self, seen):
        """One question after another; an answer may bring up another field of the same question."""
        k = self.kiosk
        while self._fill("form.title_award.", self.AWARD):
            pass
        seen("award_" + k.node("award.title")["label"])
        before = k.tree()["nodes"]
        k.tap("award.next")
        after = k.tree()["nodes"]
        alerts = [n["label"] for n in after if n["role"] == "alert"]
        if alerts and {n["id"] for n in before} <= {n["id"] for n in after}:
            raise AssertionError(f"B does not go on: {alerts}\n{k.what_is_seen()}")

    def at_publicity(self, seen):
        self._fill("form.publicity.", self.PUBLICITY)
        seen("publicity")
        self.kiosk.tap("publicity.next")

    def at_review(self, seen):
        k = self.kiosk
        assert k.has("review.good"), "AC-02 has an error or a warning\n" + k.what_is_seen()
        self._words("review.next", "保存并下一步")
        seen("review")
        k.tap("review.next")

    def _papers(self, section, seen):
        k = self.kiosk
        wanted = {}
        for field, how in self.PAPERS:
            if field.startswith(f"form.{section}."):
                wanted.setdefault(field, []).append(how)
        for field, ways in wanted.items():
            for number, how in enumerate(ways, 1):
                if k.has(f"{field}.file.{number}"):
                    continue
                self.paper = field  # in hand until it is said to be saved
                if how == "scan":
                    k.tap(f"{field}.scan")
                    seen(f"{section}_scanning")
                else:
                    k.tap(f"{field}.import")
                    k.wait(screen="folder")
                    k.wait(label=how)
                    seen("folder")
                    k.tap(next(n["id"] for n in k.nodes() if n["label"] == how and n["role"] == "button"))
                    k.wait(screen=section, timeout_ms=30000)
                k.wait(id=f"{field}.file.{number}", timeout_ms=60000)
                k.until(lambda: all("✓" in n["label"] for n in k.nodes() if n["id"] == "page.save"), 30)
                self.paper = None

    def at_images(self, seen):
        self._papers("images", seen)
        seen("images")
        self.kiosk.tap("images.next")

    def at_folder(self, seen):  # only after a fault in the middle of an import
        self.kiosk.tap("folder.back")

    def at_paper(self, seen):
        self.kiosk.tap("paper.back")

    def at_attachments(self, seen):
        k = self.kiosk
        self._papers("attachments", seen)
        seen("attachments")
        if seen and not getattr(self, "viewed", False):  # 查看, 放大, 缩小, and back
            self.viewed = True
            k.tap("form.attachments.approval_doc_original.file.1")
            k.wait(screen="paper")
            k.press("paper.viewer.zoom_in")
            seen("paper")
            k.press("paper.viewer.zoom_out")
            k.tap("paper.back")
            k.wait(screen="attachments")
        k.tap("attachments.next")

    def at_tasks(self, seen):
        k = self.kiosk
        for key in self.SECTIONS:
            state = re.sub("[\u2066-\u2069]", "", k.node(f"tasks.{key}.state")["label"])
            if not re.search(r"已填|1 条|Done|Entries: 1", state):
                k.tap(f"tasks.{key}")
                k.wait(screen="section")
                self.now_section = key
                return
        if k.has("tasks.rest_none"):
            seen("tasks_open")
            k.tap("tasks.rest_none")
        seen("tasks")
        k.tap("tasks.next")

    def at_section(self, seen):
        k = self.kiosk
        key = self.now_section
        values = self.SECTIONS[key][0]
        if k.has("section.add"):
            if k.has(f"form.{key}.1"):
                k.tap("section.edit.1")
            else:
                seen(f"section_{key}_empty")
                k.tap("section.add")
            k.until(lambda: not k.has("section.add"))
        prefix = f"form.{key}.1." if any(n["id"].startswith(f"form.{key}.1.") for n in k.nodes()) else f"form.{key}."
        missing = set(values)
        while True:  # in large text one question a page
            while self._fill(prefix, values):
                pass
            missing -= {name for name in values if k.has(prefix + name)}
            seen(f"section_{key}")
            if not k.has("section.next"):
                break
            k.tap("section.next")
        assert not missing, f"{key} never asked {missing}\n{k.what_is_seen()}"
        k.tap("section.done")
        k.until(lambda: k.has("section.add") or k.screen == "tasks")
        if k.has("section.add"):
            seen(f"section_{key}_list")
            k.tap("section.done")
        k.wait(screen="tasks")

    def at_check(self, seen):
        k = self.kiosk
        seen("check")
        assert "disabled" not in k.node("check.next")["state"], "there is something to mend\n" + k.what_is_seen()
        k.tap("check.next")

    def at_submit(self, seen):
        k = self.kiosk
        self._words("submit.submit", "我要提交到【基层工作单位】")
        if not k.has("submit.yes"):
            self._fill("form.submission.", {"base_unit": self.UNIT, "pledge": True})
            seen("submit")
            k.tap("submit.submit")
            k.wait(id="submit.yes")
        seen("submit_ask")
        self._words("submit.yes", "确定")
        self._words("submit.no", "取消")
        k.tap("submit.yes")
        k.wait(screen="receipt", timeout_ms=20000)
        self.receipt = k.node("receipt.number")["label"]

    def _words(self, name, guide):
        """Where the guide gives a button's words, the Chinese page has exactly those."""
        tree = self.kiosk.tree()
        label = next(n["label"] for n in tree["nodes"] if n["id"] == name)
        assert tree["lang"] != "zh" or label == guide, f"{name} says {label}, the guide {guide}"

    def _fill(self, prefix, values):
        """Answers what is on this page and does not say so yet; returns how many."""
        n = 0
        for key, value in values.items():
            name = prefix + key
            if self.kiosk.has(name) and not self._says(name, value):
                self.answer(name, value)
                n += 1
        return n

    def _says(self, name, value):
        """Does the field show this answer already? What was put in must be seen again, in this session or after a restart."""
        node = self.kiosk.node(name)
        if node["role"] in ("switch", "checkbox"):
            return ("checked" in node["state"]) == bool(value)
        if node["role"] == "radiogroup":
            return any("checked" in n["state"] for n in self.kiosk.nodes() if n["role"] == "radio" and n["id"].startswith(name + "."))
        return bool(node["value"])
