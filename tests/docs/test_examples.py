"""Every example of the documentation does what the page says."""

import pytest

from tests.docs.pages import PAGES, commands, name_of
from tests.docs.shell import agree, masked, run

WITH_EXAMPLES = [page for page in PAGES if commands(page)]


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_what_a_page_shows_is_what_happens(page, tmp_path):
    typed = commands(page)
    for command, ran in zip(typed, run(typed, tmp_path), strict=True):
        told = f"$ {command.typed}\n" + "\n".join(ran.printed)
        assert ran.code == 0 or command.may_fail, told
        assert agree(command.shown, ran.printed), told


def test_the_tutorial_and_the_readme_have_examples():
    names = {name_of(page) for page in WITH_EXAMPLES}
    assert {"README.md", "docs/tutorial/first-hour.md"} <= names


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ([], ["anything"], True),
        (["a", "…", "z"], ["a", "z"], True),
        (["a", "…", "z"], ["a", "b", "c", "z"], True),
        (["a", "…"], ["b"], False),
        (["[main 0123456789ab] 1 added"], ["[main ba9876543210] 1 added"], True),
        (["[main 0123456789ab] 1 added"], ["[main ba9876543210] 2 added"], False),
        (["12 bytes of content, 99 bytes stored"], ["12 bytes of content, 1.1 KB stored"], True),
        (["12 bytes of content, 99 bytes stored"], ["13 bytes of content, 99 bytes stored"], False),
        (["  main  just now  First"], ["  main  2 minutes ago  First"], True),
    ],
)
def test_how_an_example_is_compared(shown, printed, same):
    assert agree(shown, printed) is same


def test_indentation_counts():
    assert masked("  a  b ") == "  a b"
