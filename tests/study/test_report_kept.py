"""A report read back from its folder: the same pictures and numbers, without the study."""

import pytest

from fabric_retrieval.errors import UserError
from fabric_retrieval.study.report import charts, markdown
from fabric_retrieval.study.report.kept import read_claims, read_figure, read_section


@pytest.mark.parametrize("number", ["3a", "3b", "9b"])
def test_a_figure_drawn_from_its_csv_is_the_reports(synthetic_report, number):
    drawn = charts.as_svg(charts.draw(*read_figure(number, synthetic_report)))
    assert drawn == (synthetic_report / f"figure_{number}.svg").read_bytes()


def test_the_claims_section_is_a_line_a_claim(synthetic_report):
    text = read_section("Claims of the paper", synthetic_report)
    assert text.startswith("Of 10 claims: ")
    assert [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")][2:] == [
        *("| 1", "| 1 *", "| 2", "| 3", "| 4", "| 5a", "| 5b", "| 6", "| 7", "| 8", "| 9")
    ]
    assert "\n## " not in text


def test_the_numbers_of_the_claims_are_those_of_the_report(synthetic_report):
    whole = (synthetic_report / "report.md").read_text()
    table = read_claims(synthetic_report)
    assert len(table.rows) == len((synthetic_report / "claims.csv").read_text().splitlines()) - 1
    for claim, number, dim, value, condition, verdict in table.rows:
        lines = [
            line for line in whole.splitlines() if f"| {dim} | {value} | {condition} | {verdict} |" in line
        ]
        assert any(line.startswith(f"| {number}") for line in lines), claim
    assert len(markdown.table(table).splitlines()) == len(table.rows) + 2


def test_what_is_not_there_is_named(synthetic_report, tmp_path):
    with pytest.raises(UserError, match=r"claims.csv: there is no such file.*--study_dir"):
        read_claims(tmp_path)
    with pytest.raises(UserError, match="'10': no such chart; there are 3a, 3b, 4,"):
        read_figure("10", synthetic_report)
    with pytest.raises(UserError, match="no section 'Jokes', only Claims of the paper, "):
        read_section("Jokes", synthetic_report)
