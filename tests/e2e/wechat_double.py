"""WeChat as this platform meets it, on loopback: the authorise page and the exchange, to the bytes of WeChat's documentation.

    with WechatDouble() as wechat:
        Platform(settings=wechat.settings)
        wechat.openid = "oA"                 # who holds the phone; a request's header X-Wechat-User says otherwise
        wechat.deny = "state"                # back with the state alone; "stay": no way back at all
        wechat.answers.append({"errcode": -1})   # the next exchanges; "hang": none; bytes as they are
"""
import http.server
import json
import secrets
import threading
import time
import urllib.parse

APPID, SECRET = "wx5ca1ab1e0ddba115", "0123456789abcdef0123456789abcdef"
TOKEN, REFRESH = "ACCESS-TOKEN-NEVER-KEPT", "REFRESH-TOKEN-NEVER-KEPT"
MESSAGES = {-1: "system error", 40013: "invalid appid", 40029: "invalid code", 40125: "invalid appsecret", 40163: "code been used"}


class WechatDouble:
    def __init__(self):
        self.openid, self.deny, self.answers = "oTestUser_1-a", None, []
        self.snapshot = False
        self.codes = {}        # code: [openid, made, used]
        self.exchanges = []    # queries, as they came
        self.types = ["text/plain", "application/json; charset=utf-8", "text/html", ""]
        self.stopping = threading.Event()

    def __enter__(self):
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                double.serve(self)

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def settings(self):
        return {("wechat", "appid"): APPID, ("wechat", "secret"): SECRET, ("wechat", "api_url"): self.url,
                ("wechat", "authorize_url"): self.url + "/connect/oauth2/authorize"}

    # --- what is asked ---
    def serve(self, request):
        parts = urllib.parse.urlsplit(request.path)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        if parts.path == "/connect/oauth2/authorize":
            self.authorize(request, query)
        elif parts.path == "/sns/oauth2/access_token":
            self.exchange(request, query)
        else:
            self.send(request, 404, b"", "text/plain")

    def authorize(self, request, query):
        state, back = query.get("state", ""), query.get("redirect_uri", "")
        wrong = query.get("appid") != APPID or query.get("response_type") != "code" or query.get("scope") != "snsapi_base"
        if wrong or not state.isalnum() or len(state) > 128 or not back.startswith("https://"):
            self.send(request, 200, "<h1>Oops! Something went wrong:(</h1>".encode(), "text/html")
            return
        if self.deny == "stay":
            self.send(request, 200, "<h1>WeChat</h1>".encode(), "text/html")
            return
        answer = {"state": state}
        if self.deny != "state":
            code = secrets.token_hex(16)
            self.codes[code] = [request.headers.get("X-Wechat-User") or self.openid, time.monotonic(), False]
            answer = {"code": code, "state": state}
        request.send_response(302)
        request.send_header("Location", f"{back}?{urllib.parse.urlencode(answer)}")
        request.send_header("Content-Length", "0")
        request.end_headers()

    def judge(self, query):
        code = self.codes.get(query.get("code", ""))
        if query.get("appid") != APPID:
            return {"errcode": 40013}
        if query.get("secret") != SECRET:
            return {"errcode": 40125}
        if query.get("grant_type") != "authorization_code" or not code or time.monotonic() - code[1] > 300:
            return {"errcode": 40029}
        if code[2]:
            return {"errcode": 40163}
        code[2] = True
        answer = {"access_token": TOKEN, "expires_in": 7200, "refresh_token": REFRESH, "openid": code[0], "scope": "snsapi_base"}
        return answer | ({"is_snapshotuser": 1} if self.snapshot else {}) | ({"unionid": "oUNION"} if len(self.codes) % 2 else {})

    def exchange(self, request, query):
        self.exchanges.append(query)
        forced = self.answers.pop(0) if self.answers else None
        if forced == "hang":
            self.stopping.wait(30)
            return
        answer = forced if forced is not None else self.judge(query)
        if isinstance(answer, dict):
            if "errcode" in answer:
                answer["errmsg"] = MESSAGES.get(answer["errcode"], "error") + f", rid: 65a1/{secrets.token_hex(4)}"
            answer = json.dumps(answer).replace("/", "\\/").encode()
        self.send(request, 200, answer, self.types[len(self.exchanges) % len(self.types)])

    @staticmethod
    def send(request, status, body, kind):
        request.send_response(status)
        if kind:
            request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
