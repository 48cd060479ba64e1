"""Makes the pictures in docs/images from the real programs: four aiohttp workers under a little load.

Needs pyte (the tests' own) and Pillow, which it installs into .venv where it is missing, and a monospaced font
(Debian's fonts-dejavu-core).
"""
import asyncio
import subprocess
import sys
import threading

from daemon import BIN, ROOT, Daemon
from load import open_loop

PICTURES = {
    "overview": ("120x32", ["<until live>", "<wait 6>"]),
    "detail": ("120x32", ["<until live>", "<wait 4>", "<Enter>", "<wait 3>"]),
    "logs": ("100x28", ["<until live>", "3", "/GET<Enter>", "<wait 2>"]),
    "health": ("100x28", ["<until live>", "5", "<wait 4>"]),
    "question": ("100x28", ["<until live>", "<wait 2>", "r", "<until Cancel>"]),
}


def main():
    try:
        import PIL  # noqa: F401
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "pillow"], check=True)
    done = threading.Event()
    with Daemon() as pool:
        load = threading.Thread(target=lambda: asyncio.run(open_loop(pool.port, 60, done.is_set, path="/slow?ms=20")))
        load.start()
        try:
            for name, (size, keys) in PICTURES.items():
                words = [sys.executable, ROOT / "Tests/EndToEnd/termshot.py", "-s", size, "-o", ROOT / "docs/images" / name]
                for key in keys:
                    words += ["-k", key]
                subprocess.run([*words, "--", BIN / "pooltop", "--runtime-dir", pool.runtime], check=True)
        finally:
            done.set()
            load.join()


if __name__ == "__main__":
    main()
