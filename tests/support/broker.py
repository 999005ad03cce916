"""bulu-worker spoken to directly, as the app's door does: a JSON datagram and descriptors over a seqpacket socket.

    with Broker() as broker:
        answer = broker.call("id_reader", {"device": "/dev/pts/3", "wait_ms": 2000})
"""
import json
import os
import pathlib
import select
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BULU_BUILD", ROOT / "build" / "release"))


class Broker:
    def __init__(self, *options):
        self.options, self.number, self.said = list(options), 0, []

    def __enter__(self):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = subprocess.Popen([str(BUILD / "bin" / "bulu-worker"), "--fd", str(theirs.fileno()), *self.options], pass_fds=[theirs.fileno()],
                                        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        theirs.close()
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.process.wait(10)

    def post(self, kind, args, data=None, deadline_ms=20000):
        self.number += 1
        request = {"job": self.number, "kind": kind, "args": args, "deadline_ms": deadline_ms}
        fds = []
        if data is not None:
            fd = os.memfd_create("in", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
            os.write(fd, data)
            import fcntl
            fcntl.fcntl(fd, 1033, 1 | 2 | 4 | 8)  # F_ADD_SEALS: seal, shrink, grow, write
            request["input"] = len(data)
            fds = [fd]
        socket.send_fds(self.socket, [json.dumps(request).encode()], fds)
        for fd in fds:
            os.close(fd)
        return self.number

    def cancel(self, number):
        self.socket.send(json.dumps({"cancel": number}).encode())

    def wait(self, number, seconds=30):
        """The answer; what was said on the way is in self.said."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not select.select([self.socket], [], [], deadline - time.monotonic())[0]:
                break
            message = json.loads(self.socket.recv(1 << 16))
            if "progress" in message:
                self.said.append(message["say"])
            elif message.get("job") == number:
                return message
        raise AssertionError(f"no answer to {number} within {seconds} s")

    def call(self, kind, args, data=None, deadline_ms=20000):
        self.said = []
        return self.wait(self.post(kind, args, data, deadline_ms))
