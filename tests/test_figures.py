"""The README's figures are those that were measured, and nobody's memory of them."""

from tests import evidence


def test_the_readme_quotes_the_evidence():
    assert evidence.in_readme() == evidence.table()


def test_every_figure_says_how_it_was_measured():
    figures = evidence.read()
    assert figures
    for one in figures:
        assert {"what", "engine", "figure", "threshold", "command", "commit"} <= one.keys()
