"""A program in a pseudo-terminal, and its screen as a person sees it."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import threading
import time

import pyte

KEYS = {"Enter": "\r", "Esc": "\x1b", "Tab": "\t", "Up": "\x1bOA", "Down": "\x1bOB", "Left": "\x1bOD", "Right": "\x1bOC", "^Z": "\x1a", "^R": "\x12",
        "F1": "\x1bOP", "F9": "\x1b[20~", "F10": "\x1b[21~"}


class Screen(pyte.Screen):
    """With what ncurses sends to xterm and tmux and pyte leaves out: without it the screen shows what is not there."""

    def repeat(self, count=1):
        """REP (CSI n b)."""
        x, y = self.cursor.x, self.cursor.y
        for _ in range((count or 1) if x > 0 else 0):
            self.draw(self.buffer[y][x - 1].data)

    def scroll_up(self, count=1):
        """SU (CSI n S), within the margins."""
        self._scroll(count or 1, self.index, -1)

    def scroll_down(self, count=1):
        """SD (CSI n T)."""
        self._scroll(count or 1, self.reverse_index, 0)

    def _scroll(self, count, step, edge):
        margins, x, y = self.margins or (0, self.lines - 1), self.cursor.x, self.cursor.y
        for _ in range(count):
            self.cursor.y = margins[edge]
            step()
        self.cursor.x, self.cursor.y = x, y


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "b": "repeat", "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"repeat", "scroll_up", "scroll_down"}


class Terminal:
    """`with Terminal([...], 80, 24) as screen:`; the program is ended with the block."""

    def __init__(self, command, columns=80, rows=24, environment=None):
        self.command, self.columns, self.rows = [str(word) for word in command], columns, rows
        # After a crash of a debug program Swift's backtracer would wait half a minute for a key.
        self.environment = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "interactive=no", **(environment or {})}
        self.screen = Screen(columns, rows)
        self.stream = Stream(self.screen)
        self.lock, self.received, self.status = threading.Lock(), bytearray(), None
        self.ending, self.held = threading.Event(), threading.Event()

    def __enter__(self):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # Before the program starts, as a terminal emulator does it.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
            os.execve(self.command[0], self.command, self.environment)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while self.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            if self.status is None:
                os.kill(self.pid, signal.SIGKILL)
                self.wait()
        # Before the descriptor is closed: its number may be the next terminal's, whose output is not this reader's.
        self.hang_up()

    def hang_up(self):
        """The terminal is gone: its window was closed, its line was cut."""
        if not self.ending.is_set():
            self.ending.set()
            self.reader.join()
            os.close(self.master)

    def hold(self):
        """From now on the terminal takes nothing, as after Ctrl-S or on a line that is dead."""
        self.held.set()

    def go_on(self):
        self.held.clear()

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self):
        while not self.ending.is_set():
            try:
                if self.held.is_set() or not select.select([self.master], [], [], 0.2)[0]:
                    self.ending.wait(0.02)
                    continue
                data = os.read(self.master, 65536)
            except (OSError, ValueError):
                return
            if not data:
                return
            with self.lock:
                self.received += data
                self.stream.feed(data)

    def resize(self, columns, rows):
        with self.lock:
            self.screen.resize(rows, columns)
        self._set_size(columns, rows)

    def send(self, *keys):
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())
            # A lone Esc is told from a sequence by what follows it.
            if key == "Esc":
                time.sleep(0.1)

    @property
    def text(self):
        with self.lock:
            return "\n".join(line.rstrip() for line in self.screen.display)

    def until(self, words, seconds=15):
        """Waits until the words are on the screen."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} did not appear within {seconds} s; the screen shows\n{self.text}"
            time.sleep(0.02)
        return self.text

    def gone(self, words, seconds=15):
        deadline = time.monotonic() + seconds
        while words in self.text:
            assert time.monotonic() < deadline, f"{words!r} did not vanish within {seconds} s; the screen shows\n{self.text}"
            time.sleep(0.02)
        return self.text

    def poll(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def wait(self, seconds=10):
        deadline = time.monotonic() + seconds
        while self.poll() is None:
            assert time.monotonic() < deadline, f"the program did not end within {seconds} s"
            time.sleep(0.02)
        return self.status

    @property
    def is_restored(self):
        """Whether the alternate screen was left and the cursor shown again, after all else."""
        data = bytes(self.received)
        return data.rfind(b"\x1b[?1049l") > data.rfind(b"\x1b[?1049h") and data.rfind(b"\x1b[?25h") >= data.rfind(b"\x1b[?25l")
