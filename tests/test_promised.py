"""Every promise about the alarm has tests that exist, and where it is about a fault a naive build that fails."""

import ast

import pytest

from tests import promised

PROMISES = {one.name: one for one in promised.promises()}


def exists(test: str) -> bool:
    """Whether this file has a test of this name."""
    file, _, name = test.partition("::")
    tree = ast.parse((promised.HERE / file).read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def test_every_promise_is_there():
    assert list(PROMISES) == [f"P{number}" for number in range(1, 24)]


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_is_shown_by_tests_that_exist_and_by_a_naive_build_that_fails(name):
    promise = PROMISES[name]
    assert promise.tests
    assert [test for test in (*promise.tests, *promise.naive) if not exists(test)] == []
    assert bool(promise.naive) != bool(promise.without_naive)
    assert all("naive" in test for test in promise.naive)


def test_the_page_of_promises_says_what_is_known():
    assert promised.PAGE.read_text() == promised.page()
