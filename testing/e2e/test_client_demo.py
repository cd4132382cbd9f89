"""`drystone demo`: the whole story, every step checked, nothing left behind."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from lib.data import write_file
from lib.server import binary, clean_environment
from lib.wait import poll


def start(tmp_path: Path, *words: object) -> subprocess.Popen[str]:
    """Starts the demo with a temporary folder of its own."""
    env = clean_environment(TMPDIR=str(tmp_path), HOME=str(tmp_path))
    pipe = subprocess.PIPE
    line = [str(binary()), "demo", *map(str, words)]
    return subprocess.Popen(line, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)


def left(tmp_path: Path) -> list[str]:
    """What is in its temporary folder."""
    return [path.name for path in tmp_path.iterdir() if path.name.startswith("drystone-demo")]


@pytest.mark.heavy
def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    """Split, create, out of order, lost and re-sent, complete, verify, killed and resumed, aborted by lifecycle."""
    process = start(tmp_path)
    said, told = process.communicate(timeout=180)
    assert process.returncode == 0, said + told
    for words in (
        "split", "create-multipart-upload", "parts [1, 3]", "InvalidPart", "parts [1, 2, 3]", "equal:", "killed after",
        "parts were there already", "0 open uploads are left", "Every step was checked",
    ):  # fmt: skip
        assert words in said, f"{words}\n{said}"
    assert told == "" and left(tmp_path) == []


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    """The store ends and the scratch folder goes, whenever it comes."""
    process = start(tmp_path, write_file(tmp_path / "film.mp4", "demo", 20_000_000))
    poll("the store is there", lambda: left(tmp_path) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in told
    assert left(tmp_path) == []


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    process = start(tmp_path, write_file(tmp_path / "small", "demo", 1000))
    _, told = process.communicate(timeout=60)
    assert process.returncode == 252 and "15 MB" in told
