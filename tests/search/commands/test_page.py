"""docs/from_folder_to_search.md, followed word by word."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request

import pytest
from PIL import Image
from search.commands.making import ROOT, environment, fill

PAGE = (ROOT / "docs/from_folder_to_search.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
(TABLE,) = re.findall(r"```csv\n(.*?)```", PAGE, re.S)
INSTALLING = ["make venv", ". .venv/bin/activate", 'pip install -e ".[search,serve,pretrained]"']
TRAINING = [command for command in COMMANDS if command.startswith("python ")]
SERVING = [command for command in COMMANDS if command.startswith("fabric-serve ")]


@pytest.fixture
def place(tmp_path):
    """A folder like a clone of this one, with photographs and the console scripts that setup.py names."""
    for name in ("train.py", "eval.py", "configs"):
        (tmp_path / name).symlink_to(ROOT / name)
    fill(tmp_path / "photos", fabrics=48, shots=5)
    (tmp_path / "photos/cloth-07/4.jpg").rename(tmp_path / "cloth.jpg")
    (tmp_path / "prices.csv").write_text(TABLE.replace("blue check", "cloth-00"), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    scripts = re.findall(r'"(fabric-\w+) = ([\w.]+):(\w+)"', (ROOT / "setup.py").read_text())
    for name, module, function in scripts:
        script = tmp_path / "bin" / name
        script.write_text(f"#!{sys.executable}\nfrom {module} import {function}\n{function}()\n")
        script.chmod(0o755)
    (tmp_path / "bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin/python").chmod(0o755)
    return tmp_path


def follow(command, place):
    """What a command prints. It is given to a shell as it stands."""
    done = subprocess.run(
        ["bash", "-c", command], cwd=place, env=surroundings(place), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def surroundings(place):
    return environment() | {
        "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),  # prepared collections go there
    }


def assert_found(outputs):
    """What the page promises of each command."""
    assert outputs["create"].startswith("Made an empty index for focus_ranking")
    assert "239 added, 0 changed, 0 as before" in outputs["add"]
    assert re.search(r"^count +239$", outputs["info"], re.M)
    assert re.search(r"^fabrics +48$", outputs["info"], re.M)
    assert re.search(r"^ +1 +cloth-\d\d +\S+ +\S*\d+ % +\d+$", outputs["table"], re.M)
    (answer,) = json.loads(outputs["json"])["answers"]
    assert answer["photograph"] == "cloth.jpg"
    assert sum(fabric["near"] for fabric in answer["fabrics"]) == 24
    assert outputs["calibrate"].startswith("239 of 239 photographs were asked for: ")
    assert "0 added, 0 changed, 239 as before, 0 removed" in outputs["again"]
    assert outputs["gone"] == "0 images removed; 239 in the index.\n"
    assert "0 added, 0 changed, 239 as before, 0 removed" in outputs["prices"]
    assert "5 of those as before have got other metadata" in outputs["prices"]
    assert "prices.csv, line 3: fabric 'denim'" in outputs["prices"]


NAMES = ("create", "add", "info", "table", "montage", "json", "calibrate", "again", "gone", "prices")


def test_the_page_has_the_commands_that_are_followed():
    assert COMMANDS[:3] == INSTALLING
    rest = [command for command in COMMANDS[3:] if command not in TRAINING + SERVING]
    assert [shlex.split(command)[0] for command in TRAINING] == ["python"] * 4
    assert [shlex.split(command)[1] for command in rest if command.startswith("fabric-index")] == [
        *("create", "add", "info", "calibrate", "add", "remove", "add")
    ]
    assert len(rest) == len(NAMES)
    assert len(SERVING) == 1


@pytest.mark.slow
def test_the_page_is_followed(place):
    for command in TRAINING:
        follow(command, place)
    rest = [command for command in COMMANDS[3:] if command not in TRAINING + SERVING]
    outputs = {name: follow(command, place) for name, command in zip(NAMES, rest, strict=True)}
    assert_found(outputs)
    assert "none of ours" in outputs["table"] or "sure" in outputs["table"]
    with Image.open(place / "found.png") as picture:
        assert picture.format == "PNG"
    pytest.importorskip("fabric_retrieval.search.web")
    page = served(SERVING[0], place, "/fabric?name=cloth-00")
    for name, value in (("article", "4711"), ("price", "12,50 €"), ("supplier", "Weber &amp; Söhne")):
        assert page.count(f"<dt>{name}</dt><dd>{value}</dd>") == 5


def served(command, place, path):
    """What the server of the page's last command answers; it is told to end, and does."""
    process = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=place,
        env=surroundings(place),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(600):
            assert process.poll() is None, process.communicate()[1]
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:8000{path}", timeout=5) as answer:
                    assert answer.status == 200
                    return answer.read().decode()
            except OSError:
                time.sleep(0.1)
        raise AssertionError("The server has not answered within a minute.")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
