"""The study's report, made from its folder's files alone.

python -m fabric_retrieval.study.report --study_dir=DIR --out=docs/report
"""

from fabric_retrieval.study.report.write import write_report

__all__ = ["write_report"]
