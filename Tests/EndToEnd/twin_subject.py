"""What the twins run: writes down how it was started and what it is sent, and behaves as it is told."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

facts = pathlib.Path(sys.argv[1])
words = dict(word.split("=", 1) for word in sys.argv[2:])
name = words.get("name", "one")


def note(kind, **more):
    with open(facts, "a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": kind, "name": name, "pid": os.getpid(), "at": time.monotonic(), **more}) + "\n")


def starts():
    lines = facts.read_text().splitlines() if facts.exists() else []
    return sum(json.loads(line)["kind"] == "start" for line in lines)


def ended(number, _):
    note("signal", signal=number)
    if words.get("deaf") != "yes":
        os._exit(0)


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
    signal.signal(number, ended)
mask = os.umask(0)
note("start", words=words, cwd=os.getcwd(), umask=mask, colour=os.environ.get("COLOUR"), group=os.getpgid(0))
if words.get("child") == "yes":
    child = subprocess.Popen(["/bin/sh", "-c", "trap '' TERM INT; sleep 300 & wait; sleep 300"])
    note("child", child=child.pid)
if words.get("streams") == "yes":
    for line in range(5):
        os.write(1 + line % 2, f"line {line}\n".encode())
for line in range(int(words.get("lines", "0"))):
    os.write(1, f"line {line:06} {'x' * 80}\n".encode())
if "exit" in words and starts() <= int(words.get("times", "1000")):
    time.sleep(float(words.get("after", "0")))
    sys.exit(int(words["exit"]))
while True:
    time.sleep(60)
