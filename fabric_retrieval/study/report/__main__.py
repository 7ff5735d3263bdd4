"""The command: `python -m fabric_retrieval.study.report --study_dir=DIR [--out=docs/report]`."""

from absl import app, flags

from fabric_retrieval.errors import brief
from fabric_retrieval.flags import refuse_arguments
from fabric_retrieval.study.report import write_report

FLAGS = flags.FLAGS


def main(argv):
    refuse_arguments(argv)
    with brief():
        print(f"Wrote {write_report(FLAGS.study_dir, FLAGS.out, FLAGS.paper_size_dir, FLAGS.notes)}")


if __name__ == "__main__":
    flags.DEFINE_string("study_dir", None, "The study's folder.", required=True)
    flags.DEFINE_string("out", None, "Folder to write the report to; default: report/ in the study's.")
    flags.DEFINE_string(
        "paper_size_dir",
        None,
        "A second study's folder, at the paper's size: its table comes first. No flags of that size are "
        "shipped: it needs a folder of METHOD.flags with --width=1 --input_size=227 --units=shared.",
    )
    flags.DEFINE_string(
        "notes", None, "Text file on how the study's flags were found. Default: what the study was given."
    )
    app.run(main)
