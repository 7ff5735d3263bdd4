"""Runs notebooks from top to bottom by the Python that this is, and keeps what they show in them.

python notebooks/execute.py notebooks/01_first_steps.ipynb notebooks/02_paper_figures.ipynb
"""

import sys
from pathlib import Path

import nbformat
from absl import app, flags
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

from fabric_retrieval.atomic import replacing


class ThisPython(AsyncKernelManager):
    """Its kernel is the interpreter that runs this, whatever kernels the machine has."""

    @property
    def kernel_spec(self):
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def executed(path, folder=None, timeout=600):
    """The notebook of `path` with the outputs of a run.

    Args:
      folder: the run's working directory; None is the notebook's own folder, as in Jupyter.
      timeout: seconds that a cell may take.

    Returns:
      `nbformat.NotebookNode`, without what a run writes to stderr (progress bars) and when it ran.

    Raises:
      nbclient.exceptions.CellExecutionError: a cell has failed; it says which and how.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_manager_class=ThisPython,
        timeout=timeout,
        record_timing=False,
        resources={"metadata": {"path": str(folder or Path(path).parent)}},
    )
    client.execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def main(argv):
    if len(argv) < 2:
        raise app.UsageError("Which notebooks?")
    for path in argv[1:]:
        notebook = executed(path, flags.FLAGS.folder)
        out = Path(flags.FLAGS.out_dir or Path(path).parent) / Path(path).name
        with replacing(out) as temporary:
            nbformat.write(notebook, temporary)
        print(f"{path}: {out.stat().st_size / 1000:.0f} kB in {out}")


def define_flags():
    flags.DEFINE_string("folder", None, "Working directory of the run. Default: the notebook's own folder.")
    flags.DEFINE_string(
        "out_dir", None, "Folder of the executed notebook. Default: it replaces the notebook."
    )


if __name__ == "__main__":
    define_flags()
    app.run(main)
