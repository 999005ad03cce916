"""A double of a platform that keeps profiles and declarations (sync/protocol/sessions.h), for tests of the screens that show them; behind the
agent's double of ui/link.py."""
import urllib.parse

from e2e.person import Person
from ui.link import TOKEN, Accounts, Problem

UUID = "11111111-2222-4333-8444-555555555555"
RECEIPT = "7K3M-9QXT-2RW0-7"
AT = 1795400645000


class People(Accounts):
    """A platform that keeps profiles and declarations."""

    def __init__(self):
        super().__init__()
        self.person(Person.ID, Person.NAME, Person.MOBILE)
        self.version, self.scope, self.puts, self.refused = 0, None, [], 0
        self.training, self.ecerts, self.declarations, self.returned = [], [], [], {}
        self.units, self.receipts, self.confirmed = [], {}, []
        self.drafts, self.parked = [], {}  # DRAFT of sessions.h; what a kiosk that takes one up gets

    def __call__(self, method, path, body, session):
        if path.startswith(("/v1/declarations/", "/v1/drafts/", "/v1/units", "/v1/receipts/")):
            self.calls.append((method, path, body))
            self.gate.wait(30)
            if self.problem:
                raise self.problem
            return self.other(method, path, body, session)
        return super().__call__(method, path, body, session)

    def other(self, method, path, body, session):
        if path.startswith("/v1/units?q="):
            words = urllib.parse.unquote(path.split("=", 1)[1])
            return {"units": [u for u in self.units if words in u["name"] or words == u["code"]]}
        name = path.split("/")[3]
        if path.startswith("/v1/receipts/"):
            if self.receipts.get(name, {}).get("code") != body["code"]:
                raise Problem("code-wrong", 403)
            return {k: v for k, v in self.receipts[name].items() if k != "code"}
        assert session == TOKEN
        if path.endswith("/confirm"):
            self.confirmed.append(name)
            for row in self.declarations:
                if row["declaration"] == name:
                    row.update(state="submitted_unit", at=AT + 5000)
            return {"state": "submitted_unit"}
        if path.startswith("/v1/drafts/"):
            if method == "DELETE":
                self.drafts = [d for d in self.drafts if d["declaration"] != name]
                return {}
            if name not in self.parked:
                raise Problem("not-found", 404)
            for draft in self.drafts:
                if draft["declaration"] == name:
                    draft.update(mine=True, base=draft["edit"])
            return self.sealed(self.parked[name], self.session_reply)
        if name not in self.returned:
            raise Problem("not-found", 404)
        return self.sealed(self.returned[name], self.session_reply)

    def getprofile(self, content, session):
        assert session == TOKEN
        lists = {"training": self.training, "ecerts": self.ecerts}  # None: the registry behind it has said nothing of them
        return self.sealed({"account": self.account(self.who), "version": self.version, "person": self.scope,
                            **{name: rows for name, rows in lists.items() if rows is not None},
                            "declarations": self.declarations, "drafts": self.drafts}, self.session_reply)

    def putprofile(self, content, session):
        assert session == TOKEN
        if content["base"] != self.version:
            self.refused += 1
            raise Problem("profile-conflict", 409)
        self.version += 1
        self.scope = content["person"]
        self.puts.append(content["person"])
        return self.sealed({"version": self.version}, self.session_reply)

    def draft(self, declaration=UUID, edit=3, **more):
        return {"declaration": declaration, "version": 1, "edit": edit, "base": edit - 1, "mine": False, "gone": False, "name": "工程师",
                "date": "2010-12-31", "edited": AT, "hall": "水磨沟区政务服务大厅", "kiosk": 4, **more}

    def declaration(self, state="unit_returned", version=1, **more):
        return {"declaration": UUID, "version": version, "state": state, "receipt": RECEIPT, "title": "工程师", "date": "2010-12-31",
                "at": AT, "text": "", "reasons": [], **more}


def scope(**sections):
    return {"form": "2026.11.1", "rules": "2026.11.1", "sections": sections}
