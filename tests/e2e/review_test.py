"""Roles at the pages, the directory of units, the second level, sign-in with all its stages: by plain forms, as a browser without scripts."""
import html
import json
import pathlib
import re
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from e2e.platform import Device, Platform, PlatformError, Reviewer, totp  # noqa: E402
from e2e.platform_test import PASSWORD, WithPlatform, send  # noqa: E402

TOP = "新疆机械工业集团（示例单位）"
ONE = "新疆机械研究院（示例单位）"
TWO = "新疆农机厂（示例单位）"
SHORT = "kashgar melon"  # eight and more are enough beside a second factor


class WithRoles(WithPlatform):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform.admin("unit-add", "--name", TOP, "--code", "91650100T")
        for name, above in ((ONE, TOP), (TWO, "91650100T")):  # by name, and by code
            cls.platform.admin("unit-add", "--name", name, "--superior", above)
        cls.platform.user("two", TWO, PASSWORD)
        cls.platform.user("top", TOP, PASSWORD, role="superior_admin")
        cls.platform.user("region", None, SHORT, role="region_admin")
        cls.platform.user("ops", None, SHORT, role="operator")

    def setUp(self):
        self.platform.admin("user-reset", "--name", "region", "--second-factor")  # a new second factor a test
        self.platform.user("region", None, SHORT, role="region_admin")
        self.platform.admin("user-reset", "--name", "ops", "--second-factor")
        self.platform.user("ops", None, SHORT, role="operator")

    def who(self, name):
        return Reviewer(self.platform, name, SHORT if name in ("region", "ops") else PASSWORD)

    def submit(self, epoch=None, **record):
        answers, made = send(self.device, 1, [{"seq": 1, **record}], epoch=epoch or str(uuid.uuid4()))
        self.assertEqual(answers[1]["result"], "stored")
        return made["records"][0]["declaration"], made["blobs"]

    def news(self, name):
        _, _, body = self.device.request("GET", "/v1/updates")
        return [s for s in json.loads(body)["statuses"] if s["declaration"] == name]


class Roles(WithRoles):
    def test_what_is_outside_a_scope_is_not_there(self):
        """Every page of a declaration, for every role, at every state: open or 404, and the list says the same."""
        name, blobs = self.submit(unit=TWO)
        paths = [f"/review/d/{name}/1", f"/review/d/{name}/1?id=full", f"/review/d/{name}/1/file/{blobs[0]['sha256']}"]
        people = {role: self.who(role) for role in ("admin", "two", "top", "region", "ops")}

        def expect(state, *seeing):
            for role, person in people.items():
                for path in paths:
                    with self.subTest(state=state, role=role, path=path):
                        self.assertEqual(person.open(path)[0], 200 if role in seeing else 404)
                if role != "ops":
                    self.assertEqual((name, 1) in person.declarations(), role in seeing, (state, role))
                for act in ("accept", "return", "confirm"):
                    if role in seeing:
                        continue
                    _, _, page = person.open("/review/me")
                    status, _, _ = person.open(f"/review/d/{name}/1/{act}", {"csrf": person.token(page), "text": "x"})
                    self.assertEqual(status, 404, (state, role, act))
        expect("submitted_unit", "two", "region")
        people["two"].accept(name, 1)
        expect("submitted_superior", "two", "top", "region")
        page = people["region"].read(name, 1)
        self.assertNotIn('/return"', page)  # sees, and decides nothing
        status, _, _ = people["region"].open(f"/review/d/{name}/1/accept", {"csrf": people["region"].token(page)})
        self.assertEqual(status, 404)
        people["top"].accept(name, 1)
        expect("done", "two", "top", "region")
        self.assertEqual(self.news(name)[-1]["state"], "done")

    def test_pages_are_of_their_roles(self):
        pages = {"/review/units": "region", "/review/unmatched": "region", "/review/export": "region", "/review/devices": "ops", "/review/alarms": "ops",
                 "/review/conflicts": "ops", "/review/quarantine": "ops", "/review/users": "ops", "/review/audit": "ops"}
        people = {role: self.who(role) for role in ("admin", "top", "region", "ops")}
        for path, owner in pages.items():
            for role, person in people.items():
                status, _, page = person.open(path)
                self.assertEqual(status, 200 if role == owner else 404, (path, role))
                if path != "/review/export" or role == owner:
                    self.assertEqual(f'href="{path}"' in person.open("/review/me")[2], role == owner)
        stranger = Reviewer(self.platform)
        for path in [*pages, "/review/me", "/review/password", "/review/enrol", "/review/second"]:
            status, headers, _ = stranger.open(path, follow=False)
            self.assertEqual((status, headers["Location"]), (303, "/review/login"), path)

    def test_the_superior_unit_gives_back_with_reasons_and_the_applicant_corrects(self):
        _, made = send(self.device, 1, [{"seq": 1, "unit": ONE}], epoch=str(uuid.uuid4()))
        name, receipt = made["records"][0]["declaration"], made["records"][0]["receipt"]
        self.who("admin").accept(name, 1)
        top = self.who("top")
        self.assertIn((name, 1), top.declarations(state="open"))
        status, _, page = top.give_back(name, 1, {"form.title_award.title_name": "与批文不符"}, "请核对批文")
        self.assertEqual(status, 200)
        self.assertIn("上级主管单位退回修改", page)
        last = self.news(name)[-1]
        self.assertEqual((last["state"], last["text"], last["reasons"]),
                         ("superior_returned", "请核对批文", [{"path": "form.title_award.title_name", "reason": "与批文不符"}]))
        self.submit(declaration=name, version=2, unit=ONE, receipt=receipt, set={"form.publicity.publicity_url": "新网址"})
        self.assertEqual(top.open(f"/review/d/{name}/2")[0], 404)  # it is the unit's again
        self.assertEqual(top.open(f"/review/d/{name}/1")[0], 200)  # what it has given back stays readable
        page = self.who("admin").read(name, 2)
        self.assertIn("上次退回理由：<bdi>与批文不符", page)
        status, _, _ = top.open(f"/review/d/{name}/1/accept", {"csrf": top.token(top.read(name, 1))})
        self.assertEqual(status, 422)  # an older version is for looking at

    def test_an_operator_sees_nobodys_content(self):
        name, _ = self.submit(unit=ONE)
        send(self.device, 1, [{"seq": 1, "declaration": name, "unit": ONE, "set": {"form.publicity.publicity_url": "别的"}}, {"raw": '{"name":"张三"}'}],
             epoch=str(uuid.uuid4()))
        ops = self.who("ops")
        for path in ("/review/devices", "/review/alarms", "/review/conflicts", "/review/quarantine", "/review/users", "/review/audit"):
            status, _, page = ops.open(path)
            self.assertEqual(status, 200, path)
            for word in ("张三", "650000198001010014", "13800000000"):
                self.assertNotIn(word, page, path)
        self.assertIn(name, ops.open("/review/conflicts")[2])
        self.assertIn("无法解读", ops.open("/review/quarantine")[2])
        self.assertIn("测试大厅", ops.open("/review/devices")[2])

    def test_every_view_of_personal_data_is_in_the_audit(self):
        name, blobs = self.submit(unit=ONE)
        admin = self.who("admin")
        admin.declarations(words="张三")
        admin.read(name, 1)
        admin.open(f"/review/d/{name}/1?id=full")
        admin.open(f"/review/d/{name}/1/file/{blobs[0]['sha256']}")
        page = html.unescape(self.who("ops").open("/review/audit")[2])
        for event in ("查看列表", "查看申报", "显示完整身份证号", "查看附件"):
            self.assertIn(f"<b>admin</b> {event}", page)
        self.assertIn(f"{name} version 1 file {blobs[0]['sha256'][:12]}", page)
        self.assertNotIn("张三", page)
        self.assertIn("rows follow each other", self.platform.admin("verify"))


class Units(WithRoles):
    def test_a_name_is_matched_once(self):
        wrote = "机械研究院(示例)"
        first, _ = self.submit(unit=wrote)
        second, _ = self.submit(unit=wrote)
        region, admin = self.who("region"), self.who("admin")
        self.assertEqual(admin.open(f"/review/d/{first}/1")[0], 404)
        _, _, page = region.open("/review/unmatched")
        self.assertIn(wrote, page)
        _, _, page = region.open("/review/unmatched", {"csrf": region.token(page), "name": wrote})
        offered = re.findall(r"<b>([^<]+)</b><br>.*?name=\"unit\" value=\"(\d+)\"", page)
        self.assertEqual(offered[0][0], ONE)  # the most alike first
        _, _, found = region.open("/review/unmatched", {"csrf": region.token(page), "name": wrote, "words": "农机"})
        self.assertEqual([name for name, _ in re.findall(r"<b>([^<]+)</b><br>.*?name=\"unit\" value=\"(\d+)\"", found)], [TWO])
        status, _, page = region.open("/review/unmatched/match", {"csrf": region.token(page), "name": wrote, "unit": offered[0][1]})
        self.assertEqual(status, 200)
        self.assertIn("2 份申报已转到该单位", page)
        for name in (first, second):
            self.assertEqual(admin.open(f"/review/d/{name}/1")[0], 200)
            self.assertEqual([t["state"] for t in self.news(name)[:2]], ["submitted_unit"] * 2)  # the kiosk hears of it
            self.assertIn("已转至单位：" + ONE, admin.read(name, 1))
        third, _ = self.submit(unit=wrote)  # it has been learnt
        self.assertEqual(admin.open(f"/review/d/{third}/1")[0], 200)
        self.assertNotIn(wrote, region.open("/review/unmatched")[2])
        status, _, _ = region.open("/review/unmatched/match", {"csrf": region.token(page), "name": wrote, "unit": "999999"})
        self.assertEqual(status, 404)

    def test_the_directory_is_imported_as_a_table(self):
        region = self.who("region")
        name, _ = self.submit(unit="伊犁河谷中学")
        _, _, page = region.open("/review/units")
        table = "单位名称,统一社会信用代码,上级主管单位\r\n伊犁河谷中学,12654000A,伊犁州教育局\r\n\"逗号,引号\"\"中学\",,\r\n"
        status, _, page = region.open("/review/units", {"csrf": region.token(page), "table": table})
        self.assertEqual(status, 200)
        self.assertIn("新增 2 个", page)
        self.assertIn("1 份申报找到了单位", page)
        self.assertIn("逗号,引号&quot;中学", region.open("/review/units?words=%E9%80%97%E5%8F%B7")[2])
        self.assertEqual([t["state"] for t in self.news(name)], ["submitted_unit"] * 2)
        # a file as Chinese spreadsheets save it, by a multipart form
        body = (b"--B\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + region.token(page).encode() + b"\r\n--B\r\n"
                b"Content-Disposition: form-data; name=\"file\"; filename=\"units.csv\"\r\n\r\n"
                + "名称\t代码\r\n天山牧场\t916500009\r\n伊犁河谷高级中学\t12654000A\r\n".encode("gb18030") + b"\r\n--B--\r\n")
        cookies = "; ".join(f"{n}={v}" for n, v in region.cookies.items())
        status, _, answer = self.platform.request("POST", "/review/units", body, {"Cookie": cookies, "Content-Type": "multipart/form-data; boundary=B"})
        self.assertEqual(status, 200)
        self.assertIn("新增 1 个，更新 1 个", answer.decode())
        other, _ = self.submit(unit="伊犁河谷中学")  # the old name still finds it
        self.assertNotIn("伊犁河谷中学", region.open("/review/unmatched")[2])

    def test_a_table_that_is_none_changes_nothing_and_says_where(self):
        region = self.who("region")
        cases = [("甲,乙\n1,2\n", "没有“单位名称”"), ("单位名称,代码\n好单位,Y1\n,Y2\n", "第 3 行"), ("单位名称\n\"没关\n", "第 2 行"), ("", "没有读到表格"),
                 ("单位名称,代码\n好单位,Y1\n" + ONE + ",91650100T\n", "第 3 行"), ("单位名称\n隐藏\u202e字符\n", "第 2 行"), ("单位名称\n" + "长" * 200 + "\n", "第 2 行")]
        for table, says in cases:
            _, _, page = region.open("/review/units")
            status, _, page = region.open("/review/units", {"csrf": region.token(page), "table": table})
            self.assertEqual(status, 422, table)
            self.assertIn(says, page)
        self.assertNotIn("好单位", region.open("/review/units?words=%E5%A5%BD")[2])

    def test_the_commands_do_the_same(self):
        name, _ = self.submit(unit="某处写错的名字")
        path = self.platform.folder / "units.tsv"
        path.write_text("name\tcode\nA 单位\tA1\n", encoding="utf-8")
        self.assertIn("added 1", self.platform.admin("units-import", path))
        self.assertIn("same 1", self.platform.admin("units-import", path))
        self.assertIn("records moved 1", self.platform.admin("unit-match", "--name", "某处写错的名字", "--unit", "A1"))
        path.write_text("name\tcode\n\tx\n", encoding="utf-8")
        failed = self.platform.admin("units-import", path, check=False)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("第 2 行", failed.stderr)


class SignIn(WithRoles):
    def login(self, person, name, password):
        _, _, page = person.open("/review/login")
        return person.open("/review/login", {"csrf": person.token(page), "name": name, "password": password})

    def test_a_role_with_power_needs_a_second_factor(self):
        person = Reviewer(self.platform)
        _, _, page = self.login(person, "region", SHORT)
        self.assertIn("设置第二重验证", page)
        for path in ("/review", "/review/units", "/review/export", "/review/me"):
            self.assertIn("设置第二重验证", person.open(path)[2], path)  # no page before it
        codes = re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", person.enrol(page))
        self.assertEqual(len(set(codes)), 10)
        self.assertEqual(person.open("/review/units")[0], 200)

        again = Reviewer(self.platform)
        _, _, page = self.login(again, "region", SHORT)
        self.assertIn('action="/review/second"', page)
        for path in ("/review", "/review/units", "/review/me", "/review/enrol", "/review/password"):
            self.assertIn('action="/review/second"', again.open(path)[2], path)
        status, _, page = again.open("/review/second", {"csrf": again.token(page), "code": totp(person.secret)})
        self.assertEqual(status, 403)  # the password of this half minute was used to enrol
        status, _, page = again.open("/review/second", {"csrf": again.token(page), "code": codes[0].lower()})
        self.assertEqual(status, 200)
        self.assertEqual(again.open("/review/units")[0], 200)
        third = Reviewer(self.platform)
        _, _, page = self.login(third, "region", SHORT)
        status, _, page = third.open("/review/second", {"csrf": third.token(page), "code": codes[0]})
        self.assertEqual(status, 403)  # once
        self.assertIn("还剩 9 个恢复码", again.open("/review/me")[2])

    def test_the_cookie_of_one_stage_is_none_of_the_next(self):
        person = Reviewer(self.platform)
        _, _, page = self.login(person, "region", SHORT)
        before = dict(person.cookies)
        person.enrol(page)
        self.assertNotEqual(before["__Host-session"], person.cookies["__Host-session"])
        thief = Reviewer(self.platform)
        thief.cookies = before
        self.assertEqual(thief.open("/review", follow=False)[1]["Location"], "/review/login")

    def test_an_offer_is_good_for_its_user_only(self):
        one, two = Reviewer(self.platform), Reviewer(self.platform)
        _, _, page = self.login(one, "region", SHORT)
        offer = re.search(r'name="offer" value="([^"]+)"', page)[1]
        _, _, page = self.login(two, "ops", SHORT)
        status, headers, _ = two.open("/review/enrol", {"csrf": two.token(page), "offer": offer, "code": "000000"}, follow=False)
        self.assertEqual((status, headers["Location"]), (303, "/review/enrol"))

    def test_wrong_second_factors_lock(self):
        person = self.who("region")
        other = Reviewer(self.platform)
        self.login(other, "region", SHORT)
        for expected in (403,) * 5 + (429,):
            _, _, page = other.open("/review/second")
            status, _, page = other.open("/review/second", {"csrf": other.token(page), "code": "000000"})
            self.assertEqual(status, expected)
        status, _, _ = other.open("/review/second", {"csrf": other.token(page), "code": totp(person.secret)})
        self.assertEqual(status, 429)
        self.assertEqual(person.open("/review")[0], 200)  # who is in stays in

    def test_a_password_from_an_operator_is_for_one_sign_in(self):
        ops = self.who("ops")
        _, _, page = ops.open("/review/users")
        status, _, page = ops.open("/review/users", {"csrf": ops.token(page), "name": "new", "role": "unit_admin", "unit": ONE})
        once = re.search(r'class="number secret">([0-9A-Z-]{19})<', page)[1]
        person = Reviewer(self.platform)
        _, _, page = self.login(person, "new", once)
        self.assertIn("一次性密码", page)
        self.assertIn('action="/review/password"', person.open("/review")[2])
        for bad, says in (("short", "太短"), ("aaaaaaaaaaaaaaaaaaaa", "重复或连续"), ("password12345678", "太常见"), (once, "相同"), (ONE + "2024", "用户名或单位名")):
            status, _, page = person.open("/review/password", {"csrf": person.token(page), "new": bad, "again": bad})
            self.assertEqual((status, says in page), (422, True), bad)
        status, _, page = person.open("/review/password", {"csrf": person.token(page), "new": "one two three four", "again": "one two three"})
        self.assertIn("不一样", page)
        status, _, page = person.open("/review/password", {"csrf": person.token(page), "new": "一二三四 one two three", "again": "一二三四 one two three"})
        self.assertEqual(status, 200)
        self.assertIn("补录申报", page)
        self.assertEqual(self.login(Reviewer(self.platform), "new", once)[0], 403)
        # reset ends what is open
        _, _, page = ops.open("/review/users")
        ops.open("/review/users/reset", {"csrf": ops.token(page), "name": "new"})
        self.assertEqual(person.open("/review", follow=False)[1]["Location"], "/review/login")
        self.assertEqual(self.login(Reviewer(self.platform), "new", "一二三四 one two three")[0], 403)

    def test_a_user_that_is_off_is_out_at_once(self):
        self.platform.user("gone", ONE, PASSWORD)
        person, ops = Reviewer(self.platform, "gone", PASSWORD), self.who("ops")
        _, _, page = ops.open("/review/users")
        ops.open("/review/users/off", {"csrf": ops.token(page), "name": "gone", "off": "1"})
        self.assertEqual(person.open("/review", follow=False)[1]["Location"], "/review/login")
        self.assertEqual(self.login(Reviewer(self.platform), "gone", PASSWORD)[0], 403)
        status, _, _ = ops.open("/review/users/off", {"csrf": ops.token(page), "name": "ops", "off": "1"})
        self.assertEqual(status, 404)  # never oneself

    def test_sessions_are_listed_and_ended(self):
        one, two, three = (self.who("two") for _ in range(3))
        _, _, page = one.open("/review/me")
        ids = re.findall(r'name="id" value="(\d+)"', page)
        self.assertGreaterEqual(len(ids), 3)  # two others, and all
        one.open("/review/me/end", {"csrf": one.token(page), "id": ids[0]})
        alive = [p.open("/review", follow=False)[0] == 200 for p in (two, three)]
        self.assertEqual(sum(alive), 1)
        other = self.who("admin")
        other.open("/review/me/end", {"csrf": other.token(other.open("/review/me")[2]), "id": ids[1]})
        self.assertEqual(sum(p.open("/review", follow=False)[0] == 200 for p in (two, three)), 1)  # not another's
        one.open("/review/me/end", {"csrf": one.token(page), "id": "0"})
        self.assertEqual([p.open("/review", follow=False)[0] for p in (one, two, three)], [303] * 3)

    def test_a_changed_password_ends_the_other_sessions(self):
        self.platform.user("changing", ONE, PASSWORD)
        one, two = Reviewer(self.platform, "changing", PASSWORD), Reviewer(self.platform, "changing", PASSWORD)
        _, _, page = one.open("/review/password")
        new = {"new": "another fine sentence", "again": "another fine sentence"}
        status, _, page = one.open("/review/password", {"csrf": one.token(page), "password": "wrong", **new})
        self.assertEqual(status, 422)
        status, _, page = one.open("/review/password", {"csrf": one.token(page), "password": PASSWORD, **new})
        self.assertEqual(status, 200)
        self.assertEqual(two.open("/review", follow=False)[0], 303)
        self.assertEqual(one.open("/review", follow=False)[0], 200)

    def test_who_likes_has_a_second_factor_and_turns_it_off(self):
        self.platform.user("careful", ONE, PASSWORD)
        person = Reviewer(self.platform, "careful", PASSWORD)
        _, _, page = person.open("/review/enrol")
        with self.assertRaises(PlatformError):
            person.enrol(page)  # without the password again
        person.enrol(person.open("/review/enrol")[2], password=PASSWORD)
        _, _, page = self.login(Reviewer(self.platform), "careful", PASSWORD)
        self.assertIn('action="/review/second"', page)
        person.open("/review/me/second-off", {"csrf": person.token(person.open("/review/me")[2]), "password": PASSWORD})
        _, _, page = self.login(Reviewer(self.platform), "careful", PASSWORD)
        self.assertNotIn('action="/review/second"', page)


class OperatorsPages(WithRoles):
    def test_a_kiosk_is_enrolled_and_turned_off(self):
        ops = self.who("ops")
        _, _, page = ops.open("/review/devices")
        status, _, page = ops.open("/review/devices/code", {"csrf": ops.token(page), "hall": "昌吉大厅", "kiosk": "77"})
        self.assertEqual(status, 200)
        self.assertIn("<svg", page)
        text = json.loads(html.unescape(re.search(r"<pre>(.*?)</pre>", page, re.S)[1]))
        self.assertEqual(set(text), {"url", "code", "ca_pin"} | set(text))
        probe = Device.__new__(Device)
        probe.folder = self.platform.folder
        status, _, body = self.platform.request("POST", "/v1/enrol", {"code": text["code"], "csr": probe.csr()})
        self.assertEqual((status, json.loads(body)["kiosk"]), (200, 77))
        _, _, page = ops.open("/review/devices")
        self.assertIn("昌吉大厅", page)
        ops.open("/review/devices/revoke", {"csrf": ops.token(page), "kiosk": "77"})
        self.assertIn("已停用", ops.open("/review/devices")[2])
        for kiosk in ("0", "x", "", "-1"):
            self.assertEqual(ops.open("/review/devices/code", {"csrf": ops.token(page), "hall": "x", "kiosk": kiosk})[0], 422)


class Limits(unittest.TestCase):
    def test_who_asks_too_often_waits(self):
        with Platform(settings={("web", "address_per_minute"): 40}) as platform:
            answers = [platform.request("GET", "/review/login") for _ in range(15)]
            self.assertEqual(answers[0][0], 200)
            self.assertEqual(answers[-1][0], 429)
            self.assertGreaterEqual(int(answers[-1][1]["Retry-After"]), 1)
            self.assertEqual(platform.request("GET", "/healthz")[0], 200)  # monitoring is not counted
        with Platform(settings={("web", "user_per_minute"): 40}) as platform:
            platform.user("admin", ONE, PASSWORD)
            person = Reviewer(platform, "admin", PASSWORD)
            answers = [person.open("/review/me") for _ in range(15)]
            self.assertEqual(answers[-1][0], 429)
            self.assertEqual(Reviewer(platform).open("/review/login")[0], 200)  # others do not


if __name__ == "__main__":
    unittest.main()
