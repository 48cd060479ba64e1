"""Completions in the shells that are there, the man page, and what a terminal of any width shows."""
import os
import re
import shutil
import subprocess

import pytest

from daemon import BIN, Following
from terminal import Terminal

BASH = r"""
source "$1"
COMP_WORDS=({words}) COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMP_LINE="${{COMP_WORDS[*]}}" COMP_POINT=${{#COMP_LINE}} COMP_TYPE=9 COMP_KEY=9
COMPREPLY=()
$(complete -p poolctl | sed -n 's/.*-F \([^ ]*\).*/\1/p') poolctl "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
printf '%s\n' "${{COMPREPLY[@]}}"
"""


WORDS = [
    ("poolctl sta", {"status", "stats", "start"}), ("poolctl ops ''", {"list", "show", "watch", "cancel"}),
    ("poolctl logs --le", {"--level"}), ("poolctl completion ''", {"bash", "zsh", "fish"}),
    ("poolctl status --color ''", {"auto", "always", "never"}), ("poolctl logs --stream ''", {"stdout", "stderr", "mark"}),
]


@pytest.mark.parametrize("words,expected", WORDS)
def test_bash_completes(tmp_path, words, expected):
    script = tmp_path / "poolctl.bash"
    script.write_text(run("completion", "bash"))
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    result = subprocess.run(["bash", "--norc", "-c", BASH.format(words=words), "bash", script], capture_output=True, text=True,
                            timeout=30, env=environment)
    assert expected <= {word.strip() for word in result.stdout.splitlines()}, result.stdout + result.stderr


@pytest.mark.parametrize("verb", ["restart", "status", "logs", "stop", "drain", "signal HUP"])
def test_bash_completes_workers(shared, tmp_path, verb):
    """By what the daemon says; without one there is nothing to say, and no noise."""
    script = tmp_path / "poolctl.bash"
    script.write_text(run("completion", "bash"))

    def complete(words, runtime):
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "POOL_RUNTIME_DIR": str(runtime)}
        result = subprocess.run(["bash", "--norc", "-c", BASH.format(words=words), "bash", script], capture_output=True, text=True,
                                timeout=30, env=environment)
        assert result.stderr == ""
        return {word.strip() for word in result.stdout.splitlines()} - {""}

    assert {"all", "example", "example_1", "example_4"} <= complete(f"poolctl {verb} ''", shared.runtime)
    assert complete(f"poolctl {verb} example_", shared.runtime) == {f"example_{number}" for number in range(1, 5)}
    assert complete(f"poolctl {verb} --runtime-dir {shared.runtime} example_3", tmp_path) == {"example_3"}
    assert not complete(f"poolctl {verb} exam", tmp_path)
    assert complete("poolctl status --pool ''", shared.runtime) == {"example"}


def run(*words, **options):
    result = subprocess.run([BIN / "poolctl", *words], capture_output=True, text=True, timeout=30, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("shell,check", [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_each_shell_takes_its_script(tmp_path, shell, check):
    script = tmp_path / f"poolctl.{shell}"
    script.write_text(run("completion", shell))
    assert len(script.read_text().splitlines()) > 50
    result = subprocess.run([shell, check, script], capture_output=True, text=True, timeout=30)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("words,expected", WORDS)
def test_fish_completes(tmp_path, words, expected):
    script = tmp_path / "poolctl.fish"
    script.write_text(run("completion", "fish"))
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    line = words.replace("''", "")
    result = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
                            capture_output=True, text=True, timeout=60, env=environment)
    assert expected <= {found.split("\t")[0] for found in result.stdout.splitlines()}, result.stdout + result.stderr


def test_zsh_completes(tmp_path):
    """As it is used: typed at a prompt, with Tab."""
    (tmp_path / "_poolctl").write_text(run("completion", "zsh"))
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(tmp_path), "PS1": "ready> "}
    with Terminal([shutil.which("zsh"), "-f"], 100, 40, environment) as screen:
        screen.send(f"unsetopt beep; fpath=({tmp_path} $fpath); autoload -Uz compinit && compinit -D -u; clear\r")
        for words, expected in WORDS:
            screen.send("\x15clear\r")
            screen.until("ready>")
            screen.send(words.replace("''", "") + "\t")
            if len(expected) == 1:
                screen.until(expected.copy().pop())
                continue
            for word in expected:
                screen.until(word, 30)
        screen.send("\x15exit\r")
        screen.wait()


def verbs():
    """The verbs of the help's groups."""
    return re.findall(r"^  ([a-z]+)(?:, [a-z, ]+)? {2,}", run("--help").split("OPTIONS:")[1], re.M)


def test_the_manual_names_every_verb():
    manual = run("manual")
    known = verbs()
    assert len(known) > 30
    for verb in known:
        assert re.search(rf"poolctl {verb}\b|\\fB{verb}\\fR|^\.SS.*\b{verb}\b", manual, re.M), verb
    if shutil.which("man"):
        result = subprocess.run(["man", "-l", "--warnings", "-"], input=manual, capture_output=True, text=True, timeout=30,
                                env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "100"})
        assert result.returncode == 0 and result.stderr == "", result.stderr[:2000]


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 120, 200])
def test_tables_fit_the_width(shared, columns):
    environment = {**os.environ, "COLUMNS": str(columns)}
    for words in (["status"], ["status", "--wide"], ["stats"], ["ops", "list"]):
        text = run(*words, "--runtime-dir", shared.runtime, env=environment)
        assert all(len(line) <= max(columns, 40) for line in text.splitlines()), text
    assert "example_1" in run("status", "--runtime-dir", shared.runtime, env=environment)


def test_colours_are_the_users_choice(shared):
    status = ["status", "--runtime-dir", str(shared.runtime)]
    assert "\x1b[" not in run(*status)
    assert "\x1b[" in run(*status, "--color", "always")
    assert "\x1b[" in run(*status, "--color", "always", env={**os.environ, "NO_COLOR": "1"})
    assert "\x1b[" not in run(*status, "--color", "never")
    coloured = run("logs", "-n", "40", "--color", "always", "--runtime-dir", str(shared.runtime))
    assert len(set(re.findall(r"\x1b\[[0-9;]+m(?=example_\d)", coloured))) > 1, coloured[:500]


def test_supervisorctls_words_are_understood(shared):
    options = ["--runtime-dir", str(shared.runtime)]
    assert "example: unchanged" in run("reread", *options) and "example: unchanged" in run("update", *options)
    assert "example_1" in run("tail", "1", "-n", "1", *options)
    with Following([BIN / "poolctl", "tail", "-f", "example_1", *options]) as following:
        assert "example_1" in following.readline()
    for word in ("pid", "fg", "avail", "maintail"):
        result = subprocess.run([BIN / "poolctl", word, *options], capture_output=True, text=True, timeout=30)
        assert result.returncode == 2 and f"there is no verb {word}" in result.stderr
    assert "example_4" in run("status", "example:*", *options) and "example_2" not in run("status", "example:example_1", *options)
