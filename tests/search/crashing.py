"""Saves an index in processes that die at their n-th change of the folder: python -m search.crashing FOLDER

Prints after each death which step the index holds and how many files its manifest does not name; then "done".
"""

import os
import shutil
import sys
from pathlib import Path

from search.changing import change

from fabric_retrieval.search import open_index
from fabric_retrieval.search.manifest import entries, read_manifest


def main(folder):
    folder = Path(folder)
    deaths = 0
    while True:
        copy = folder.with_name(f"{folder.name}-{deaths}")
        shutil.copytree(folder, copy)
        child = os.fork()
        if not child:
            _save(copy, deaths)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == 0:
            print("done")
            return
        assert os.waitstatus_to_exitcode(status) == 9
        with open_index(copy) as index:
            print(index.settings["step"], _unnamed(copy), flush=True)
        deaths += 1


def _save(folder, deaths):
    """Ends with exit code 9 before the change numbered `deaths`, or with 0 after all of them."""
    changes = iter(range(1000))

    def hook(event, arguments):
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][0] in "wax"
        changed = writes or event in ("os.rename", "os.remove")
        if changed and str(folder) in str(arguments[0]) and next(changes) == deaths:
            os._exit(9)

    index = open_index(folder)
    step = index.settings["step"] + 1
    change(index, step)
    index.settings = {"step": step}
    sys.addaudithook(hook)
    index.save()
    os._exit(0)


def _unnamed(folder):
    named = {entry["name"] for entry in entries(read_manifest(folder))} | {"manifest.json", "lock"}
    return len({path.name for path in folder.iterdir()} - named)


if __name__ == "__main__":
    main(sys.argv[1])
