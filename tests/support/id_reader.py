"""A resident ID card reader on a pseudo-terminal: real bytes of the GA 450 command set, and every way in which such readers fail.

    with IdReader() as reader:
        reader.card = resident()          # lies on it; None: no card
        … device = reader.path            # /dev/pts/N

`answers` overrides what a command says: {"find": [0x80, 0x9f]} is taken one by one, then it is well again. `mode` is one of MODES.
"""
import os
import pty
import select
import threading
import time
import tty

PREAMBLE = bytes.fromhex("aaaaaa9669")
COMMANDS = {b"\x12\xff": "sam_id", b"\x11\xff": "sam_status", b"\x10\xff": "sam_reset", b"\x20\x01": "find", b"\x20\x02": "select",
            b"\x30\x01": "read", b"\x30\x03": "address"}
MODES = ("good", "split", "garbage", "slow", "silent", "half", "wrong_check", "wrong_length", "not_a_card", "vanish", "echo")


def frame(sw3, data=b"", sw=b"\0\0"):
    body = sw + bytes([sw3]) + data
    head = (len(body) + 1).to_bytes(2, "big")
    check = 0
    for byte in head + body:
        check ^= byte
    return PREAMBLE + head + body + bytes([check])


def block(fields, kind=" "):
    """256 bytes of UTF-16LE from {offset: (text, bytes)}; the card's kind at offset 248."""
    text = bytearray(" ".encode("utf-16-le") * 128)
    for offset, (value, size) in fields.items():
        raw = value.encode("utf-16-le")
        assert len(raw) <= size, value
        text[offset:offset + len(raw)] = raw
    text[248:250] = kind.encode("utf-16-le")
    return bytes(text)


def resident(name="艾力·买买提", id18="650102198803150014", sex="1", nation="03", address="新疆乌鲁木齐市天山区解放南路12号", authority="乌鲁木齐市公安局天山区分局",
             valid=("20180101", "20380101")):
    return block({0: (name, 30), 30: (sex, 2), 32: (nation, 4), 36: (id18[6:14], 16), 52: (address, 70), 122: (id18, 36), 158: (authority, 30),
                  188: (valid[0], 16), 204: (valid[1], 16)})


def hmt(name="陳大文", id18="810000199001010012"):
    return block({0: (name, 30), 30: ("1", 2), 36: (id18[6:14], 16), 52: ("新疆喀什市人民东路1号", 70), 122: (id18, 36), 158: ("喀什市公安局", 30),
                  188: ("20200101", 16), 204: ("20300101", 16), 220: ("H12345678", 18), 238: ("01", 4)}, "J")


def foreign_old(name="JOHN SMITH", number="USA650080010199"):
    return block({0: (name, 120), 120: ("1", 2), 122: (number, 30), 152: ("USA", 6), 158: ("约翰史密斯", 30), 188: ("20160601", 16), 204: ("20260601", 16),
                  220: ("19800101", 16), 236: ("01", 4), 240: ("1500", 8)}, "I")


def foreign(name="MARIA VERY LONG FAMILY NAME GARCIA", number="965001198001010017"):
    return block({0: ("玛丽亚", 30), 30: ("2", 2), 32: ("01", 4), 36: ("19800101", 16), 52: (name[:35], 70), 122: (number, 36), 188: ("20240101", 16),
                  204: ("20340101", 16), 220: (name[35:46], 22), 242: ("ESP", 6)}, "Y")


class IdReader:
    def __init__(self, card=None, mode="good", answers=None):
        self.card, self.mode, self.answers = card, mode, {k: list(v) for k, v in (answers or {}).items()}
        self.asked = []  # (name, time): what came, for the pace
        self.selected = False
        self.gone = False

    def __enter__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.stop_pipe = os.pipe()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.stop_pipe[1], b"x")
        self.thread.join()
        for fd in (*self.stop_pipe, *(() if self.gone else (self.master, self.slave))):
            os.close(fd)

    def vanish(self):
        self.gone = True
        os.close(self.slave)
        os.close(self.master)

    def times(self, name):
        return [when for asked, when in self.asked if asked == name]

    # --- what it says ---
    def reply(self, name):
        queue = self.answers.get(name)
        if queue:
            sw3 = queue.pop(0)
            if sw3 is not None:
                return frame(sw3)
        if name in ("sam_reset", "sam_status"):
            return frame(0x90)
        if name == "sam_id":
            return frame(0x90, bytes.fromhex("05000100") + (20100720).to_bytes(4, "little") + (1036050).to_bytes(4, "little") + (288634305).to_bytes(4, "little"))
        if name == "find":
            return frame(0x9f, b"\0\0\0\0") if self.card else frame(0x80)
        if name == "select":
            self.selected = bool(self.card)
            return frame(0x90, b"\0" * 8) if self.card else frame(0x81)
        if name == "read":
            if not (self.card and self.selected):
                return frame(0x41)
            self.selected = False
            text = self.card if self.mode != "not_a_card" else bytes(range(256))
            return frame(0x90, (256).to_bytes(2, "big") + (1024).to_bytes(2, "big") + text + bytes(1024))
        return frame(0x21)

    def send(self, data, name):
        if self.mode == "silent" or (self.mode == "half" and name == "read"):
            data = b"" if self.mode == "silent" else data[:700]
        elif self.mode == "wrong_check":
            data = data[:-1] + bytes([data[-1] ^ 1])
        elif self.mode == "wrong_length" and name == "read":
            data = data[:5] + b"\xff\xf0" + data[7:]
        elif self.mode == "garbage":
            data = b"\x00\xaa\xaa\xaa\x96\xaa\xaa\xaa\x96\x69\x00\x09junk" + data + b"\xff\xfe"
        elif self.mode == "echo":
            data = frame(0x90)[:6] + data
        if self.mode == "vanish" and name == "read":
            os.write(self.master, data[:400])
            self.vanish()
            return
        pieces = [data[i:i + 7] for i in range(0, len(data), 7)] if self.mode in ("split", "slow") else [data]
        for piece in pieces:
            os.write(self.master, piece)
            if self.mode == "slow":
                time.sleep(0.004)  # a line of 9600 baud, about

    def run(self):
        came = b""
        while not self.gone:
            ready, _, _ = select.select([self.master, self.stop_pipe[0]], [], [])
            if self.stop_pipe[0] in ready:
                return
            try:
                came += os.read(self.master, 4096)
            except OSError:
                return
            while (at := came.find(PREAMBLE)) >= 0 and len(came) >= at + 10:
                command, came = came[at:at + 10], came[at + 10:]
                name = COMMANDS.get(command[7:9], "?")
                assert command[5:7] == b"\0\3" and command[9] == 3 ^ command[7] ^ command[8], command.hex()
                self.asked.append((name, time.monotonic()))
                self.send(self.reply(name), name)
                if self.gone:
                    return
