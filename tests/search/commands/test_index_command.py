"""fabric-index: what it prints, which flags fit together, what it refuses."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from absl import app, flags
from search.commands.making import call, parsed, run
from search.oracle import description, drawn, items

from fabric_retrieval.errors import UserError
from fabric_retrieval.search import create_index, removing
from fabric_retrieval.search.adding import Summary
from fabric_retrieval.search.commands import index as command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the commands create, add, remove, calibrate, info"),
        (["ad", "photos"], "create, add, remove, calibrate, info, not 'ad'"),
        (["create"], "either --run_dir or --saved_model"),
        (["create", "--run_dir=r", "--saved_model=m"], "either --run_dir or --saved_model"),
        (["create", "--run_dir=r", "photos"], "create takes no argument 'photos'"),
        (["add"], "needs a FOLDER"),
        (["add", "photos", "--run_dir=r"], "--run_dir is for create, not for add"),
        (["add", "photos", "--gone"], "--gone is for remove, not for add"),
        (["remove"], "either IDs of images, or one of"),
        (["remove", "denim/1.jpg", "--gone"], "either IDs of images, or one of"),
        (["remove", "--fabric=denim", "--gone"], "either IDs of images, or one of"),
        (["info", "photos"], "info takes no argument"),
        (["calibrate", "photos"], "calibrate takes no argument"),
        (["info", "--remove_gone"], "--remove_gone is for add, not for info"),
    ],
)
def test_command_lines_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(app.UsageError, match=message):
        parsed("--index=i", *arguments)


def test_an_index_has_to_be_given():
    with pytest.raises(flags.IllegalFlagValueError, match="index"):
        parsed("info")


@pytest.mark.parametrize(
    "arguments", [["remove", "a/1.jpg", "b/2.jpg"], ["add", "one", "two", "--remove_gone"]]
)
def test_command_lines_that_fit(arguments):
    values, name, rest = parsed("--index=i", *arguments)
    assert (values.index, name) == ("i", arguments[0])
    assert rest == [argument for argument in arguments[1:] if not argument.startswith("--")]


def test_a_whole_life_of_an_index(place, small_run, photos, capsys):
    where = f"--index={place}"
    call("create", where, f"--saved_model={small_run / 'saved_model'}")
    assert "will not say how sure" in capsys.readouterr().out

    (photos / "cloth-00/notes.txt").write_text("bought in May")
    call("add", where, photos)
    assert capsys.readouterr().out.splitlines() == [
        f"{photos}: 32 added, 0 changed, 0 as before, 0 removed; 32 images in the index.",
        "1 could not be used:",
        "  cloth-00/notes.txt: not a JPEG, PNG, BMP, WebP or TIFF image",
    ]
    shutil.rmtree(photos / "cloth-01")
    call("add", where, photos)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{photos}: 0 added, 0 changed, 28 as before, 0 removed; 32 images in the index."
    assert lines[1] == "4 files are gone; --remove_gone takes their images out of the index:"
    assert lines[2:6] == [f"  cloth-01/{shot}.jpg" for shot in range(4)]

    call("remove", where, "--gone")
    assert capsys.readouterr().out == "4 images removed; 28 in the index.\n"
    call("remove", where, "cloth-02/0.jpg", "cloth-03/1.jpg")
    call("remove", where, "--fabric=cloth-04")
    assert capsys.readouterr().out.splitlines()[-1] == "4 images removed; 22 in the index."
    with pytest.raises(UserError, match=r"no image 'cloth-04/0\.jpg'; nothing was removed"):
        call("remove", where, "cloth-04/0.jpg", "cloth-05/0.jpg")

    call("calibrate", where, "--queries=12", "--seed=1")
    assert re.fullmatch(
        r"12 of 22 photographs were asked for: \d+% found their own fabric first\.\n", capsys.readouterr().out
    )
    call("info", where, "--json")
    info = json.loads(capsys.readouterr().out)
    assert (info["count"], info["fabrics"], info["dimension"]) == (22, 6, 512)
    assert info["settings"]["roots"] == {"0": str(photos.resolve())}
    assert info["calibrated"]
    call("info", where)
    assert "count       22\n" in capsys.readouterr().out
    call("remove", where, f"--folder={photos}")
    assert capsys.readouterr().out == "22 images removed; 0 in the index.\n"


def test_an_index_among_the_photographs_is_refused(small_run, photos):
    call("create", f"--index={photos / 'index'}", f"--saved_model={small_run / 'saved_model'}")
    with pytest.raises(UserError, match="lies among the photographs"):
        call("add", f"--index={photos / 'index'}", photos)


def test_what_is_told_of_an_addition():
    summary = Summary(1200, 3, 40, 2, ["a/1.jpg"], [("b/2.jpg", "truncated image")])
    assert command.told(summary, "photos", 1243).splitlines() == [
        "photos: 1,200 added, 3 changed, 40 as before, 2 removed; 1,243 images in the index.",
        "1 files are gone; --remove_gone takes their images out of the index:",
        "  a/1.jpg",
        "1 could not be used:",
        "  b/2.jpg: truncated image",
    ]


def test_errors_are_brief(tmp_path):
    status, out, errors = run("index", "info", f"--index={tmp_path / 'nothing'}")
    assert status == 1
    assert out == ""
    assert errors.startswith("Error: There is no index in")
    assert "Traceback" not in errors


@pytest.mark.parametrize("name", ["index", "search"])
def test_help_shows_examples_and_loads_no_tensorflow(name, tmp_path):
    slow = {"tensorflow", "faiss", "pymilvus", "sklearn", "matplotlib"}
    code = (
        f"import sys; sys.argv = ['fabric-{name}', '--help']\n"
        f"from fabric_retrieval.search.commands.{name} import run\n"
        "try: run()\n"
        f"finally: print('LOADED', {slow} & sys.modules.keys())"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert f"  fabric-{name} " in shown
    assert "--index:" in shown
    assert "--model:" in shown
    assert "LOADED set()" in shown


def test_names_of_folders_need_not_be_text(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")  # as where the locale is en_US.UTF-8
    with create_index(tmp_path / "index", description(4, {"roots": {"0": "/photos\udcff"}})):
        pass
    for form in ([], ["--json"]):
        status, out, errors = run("index", "info", f"--index={tmp_path / 'index'}", *form)
        assert (status, errors) == (0, "")
        assert "/photos\\udcff" in out


def test_only_ids_that_were_given_are_looked_up_one_by_one(tmp_path, monkeypatch, capsys):
    with create_index(tmp_path / "index", description(4)) as index:
        index.add(items(range(21)), drawn(21, 4, seed=0))
        index.save()
    monkeypatch.setattr(removing, "check_known", lambda *_: pytest.fail("looked up"))
    call(f"--index={tmp_path / 'index'}", "remove", "--fabric=cloth 1")
    assert capsys.readouterr().out == "3 images removed; 18 in the index.\n"
