"""A receipt printer on a pseudo-terminal: ESC/POS raster in, paper out as a PNG; status as such printers tell it, and every way in which they
fail.

    with Printer() as printer:
        … device = printer.path
        printer.wait_receipt()
        printer.png(path)           # the last receipt, as a picture

Switches: paper_out, near_end, cover_open, offline, cutter, hot (booleans); mute: answers nothing, as on a one-way line; stuck: takes nothing;
out_after: paper ends after so many rows; vanish_after: is pulled out after so many rows.
"""
import os
import pty
import select
import struct
import threading
import time
import tty
import zlib


class Printer:
    def __init__(self, **switches):
        self.paper_out = self.near_end = self.cover_open = self.offline = self.cutter = self.hot = self.mute = self.stuck = False
        self.out_after = self.vanish_after = None
        for name, value in switches.items():
            assert hasattr(self, name), name
            setattr(self, name, value)
        self.receipts, self.rows, self.row_bytes, self.bands, self.gone, self.waits = [], [], 0, [], False, False

    def __enter__(self):
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)
        self.stop_pipe = os.pipe()
        self.changed = threading.Condition()
        self.came = b""
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.stop_pipe[1], b"x")
        self.thread.join()
        for fd in (*self.stop_pipe, *(() if self.gone else (self.master, self.slave))):
            os.close(fd)

    # --- what staff do ---
    def new_roll(self):
        self.paper_out = self.near_end = False
        self.out_after = None
        self.rows = []
        os.write(self.stop_pipe[1], b"w")

    # --- the paper ---
    def wait_receipt(self, count=1, seconds=20):
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.receipts) >= count, seconds):
                raise AssertionError(f"{len(self.receipts)} receipts after {seconds} s, {len(self.rows)} rows of the next")
        return self.receipts[count - 1]

    def png(self, path, receipt=-1, margin=24):
        rows = self.receipts[receipt]
        width = max(map(len, rows)) * 8 + 2 * margin
        blank = b"\0" + b"\xff" * width
        lines = [blank] * margin
        for row in rows:
            bits = "".join(f"{byte:08b}" for byte in row)
            lines.append(b"\0" + b"\xff" * margin + bytes(0 if bit == "1" else 255 for bit in bits).ljust(width - 2 * margin, b"\xff") + b"\xff" * margin)
        lines += [blank] * margin
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        with open(path, "wb") as out:
            out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, len(lines), 8, 0, 0, 0, 0)) +
                      chunk(b"IDAT", zlib.compress(b"".join(lines))) + chunk(b"IEND", b""))
        return path

    # --- the machine ---
    def trouble(self):
        return self.paper_out or self.cover_open or self.offline or self.cutter or self.hot

    def status(self, n):
        if n == 1:
            return 0x12 | (0x08 if self.trouble() else 0)
        if n == 2:
            return 0x12 | (0x04 if self.cover_open else 0) | (0x20 if self.paper_out else 0) | (0x40 if self.cutter or self.hot else 0)
        if n == 3:
            return 0x12 | (0x08 if self.cutter else 0) | (0x40 if self.hot else 0)
        return 0x12 | (0x0c if self.near_end or self.paper_out else 0) | (0x60 if self.paper_out else 0)

    def say(self, byte):
        if not self.mute:
            os.write(self.master, bytes([byte]))

    def feed(self, band, row_bytes):
        for at in range(0, len(band), row_bytes):
            if self.out_after is not None and len(self.rows) >= self.out_after:
                self.paper_out = True
                return
            if self.vanish_after is not None and len(self.rows) >= self.vanish_after:
                self.gone = True
                os.close(self.slave)
                os.close(self.master)
                return
            self.rows.append(band[at:at + row_bytes])

    def cut(self):
        with self.changed:
            if self.rows:
                self.receipts.append(self.rows)
            self.rows = []
            self.changed.notify_all()

    def step(self):
        """One command off the front of what came; False: it is not whole yet, or the printer stands still."""
        c = self.came
        realtime = c.find(b"\x10\x04")  # answered at once, before what waits
        if self.trouble() and realtime >= 0 and len(c) > realtime + 2:
            self.say(self.status(c[realtime + 2]))
            self.came = c[:realtime] + c[realtime + 3:]
            return True
        if not c or (self.trouble() and not c.startswith(b"\x10")):
            return False
        if c.startswith(b"\x1d\x76\x30"):
            if len(c) < 8:
                return False
            self.row_bytes, rows = c[4] | c[5] << 8, c[6] | c[7] << 8
            size = 8 + self.row_bytes * rows
            if len(c) < size:
                return False
            assert rows <= 128, f"a band of {rows} rows"
            self.bands.append(rows)
            self.came = c[size:]
            self.feed(c[8:size], self.row_bytes)
            return not self.gone
        for head, length, act in ((b"\x10\x04", 3, lambda: self.say(self.status(c[2]))), (b"\x1b@", 2, lambda: self.rows.clear()),
                                  (b"\x1bJ", 3, lambda: self.rows.extend([bytes(self.row_bytes or 48)] * c[2])), (b"\x1dV", 3, self.cut),
                                  (b"\x1dr", 3, lambda: self.say(0x0c if self.paper_out else 0x03 if self.near_end else 0))):
            if c.startswith(head[:len(c)]):
                if len(c) < length:
                    return False
                self.came = c[length:]
                act()
                return True
        raise AssertionError(f"no command of a printer: {c[:16].hex()}")

    def run(self):
        while not self.gone:
            watch = [self.stop_pipe[0]] if self.stuck else [self.master, self.stop_pipe[0]]
            ready, _, _ = select.select(watch, [], [], 0.1 if self.stuck else None)
            if self.stop_pipe[0] in ready and os.read(self.stop_pipe[0], 1) == b"x":
                return
            if self.master in ready:
                try:
                    self.came += os.read(self.master, 65536)
                except OSError:
                    return
            while not self.gone and self.step():
                pass
