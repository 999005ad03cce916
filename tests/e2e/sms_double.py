"""A provider of messages on loopback, as sync/platform/sms.h speaks to one, with faults:

    with SmsDouble() as provider:
        Platform(settings={("sms", "url"): provider.url})
        provider.fault = "down" | "500" | "slow" | "refuse" | "verdict" | None
        message = provider.wait(lambda m: m["to"] == "13800000000")
"""
import http.server
import json
import threading
import time

SLOW_S = 3


class SmsDouble:
    def __init__(self, token=None):
        self.token, self.fault, self.tries, self.messages = token, None, [], {}
        self.changed = threading.Condition()
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = json.loads(body)
                status, answer = double.compare(message) if self.path == "/identity" else double.take(self.headers, message)
                if status is None:  # the connection breaks without an answer
                    self.close_connection = True
                    return
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *unused):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"
        self.identity_url, self.names = f"http://127.0.0.1:{self.server.server_port}/identity", {}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *unused):
        self.server.shutdown()
        self.server.server_close()

    def compare(self, person):
        """A real-name service: `names` is what it knows."""
        if self.fault == "500":
            return 500, {}
        return 200, {"match": self.names.get(person["id"]) == person["full_name"]}

    def take(self, headers, message):
        with self.changed:
            self.tries.append(message)
            fault = self.fault
            self.changed.notify_all()
        if self.token and headers["Authorization"] != f"Bearer {self.token}":
            return 401, {"code": "Unauthorized"}
        if fault == "slow":
            time.sleep(SLOW_S)
        if fault == "down":
            return None, None
        if fault == "500":
            return 500, {"code": "InternalError"}
        if fault == "refuse":
            return 400, {"code": "InvalidNumber"}
        if fault == "verdict":
            return 200, {"code": "Throttled"}
        with self.changed:
            self.messages.setdefault(message["id"], message)  # a repeated id is the same message
            self.changed.notify_all()
        return 200, {"code": "OK"}

    def wait(self, wanted=lambda message: True, seconds=30):
        """The newest message that is wanted, waiting for one."""
        return self.wait_for(lambda: next((m for m in reversed(list(self.messages.values())) if wanted(m)), None), seconds)

    def wait_for(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        with self.changed:
            while not (found := condition()):
                if not self.changed.wait(max(0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise AssertionError(f"no such message within {seconds} s; there were {len(self.messages)}, {len(self.tries)} tries")
            return found

    def forget(self):
        with self.changed:
            self.messages.clear()
            self.tries.clear()
