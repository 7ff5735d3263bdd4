"""The command: `python -m fabric_retrieval.study.report --study_dir=DIR [--out=docs/report]`."""

from absl import app, flags

from fabric_retrieval.errors import UserError, brief
from fabric_retrieval.study.report import write_report

FLAGS = flags.FLAGS


def main(argv):
    with brief():
        if argv[1:]:
            raise UserError(f"{argv[1]} is no flag; write --study_dir=DIR.")
        print(f"Wrote {write_report(FLAGS.study_dir, FLAGS.out, FLAGS.paper_size_dir)}")


if __name__ == "__main__":
    flags.DEFINE_string("study_dir", None, "The study's folder.", required=True)
    flags.DEFINE_string("out", None, "Folder to write the report to; default: report/ in the study's.")
    flags.DEFINE_string(
        "paper_size_dir", None, "A second study's folder, at the paper's size: its table comes first."
    )
    app.run(main)
