"""Forms in which changes are written out, beside what people read on a screen."""

from collections.abc import Iterator
from enum import StrEnum

from contentvc.actions.context import Context
from contentvc.actions.diff import DiffReport
from contentvc.actions.differences import differences
from contentvc.cli.diffs import diff_lines
from contentvc.cli.output import Screen

__all__ = ["Form", "written_out"]


class Form(StrEnum):
    """A form of changes; the words are those of ``--as``."""

    JSON_PATCH = "json-patch"
    MERGE_PATCH = "merge-patch"
    JSONL = "jsonl"
    HTML = "html"
    LINES = "lines"


def written_out(
    context: Context, report: DiffReport, form: Form, screen: Screen, *, with_tests: bool
) -> Iterator[str]:
    """The changes in a form, line by line.

    Raises:
        Usage: it has no words for one of them (``inexpressible``).
    """
    found = differences(context, report)
    match form:
        case Form.JSON_PATCH:
            from contentvc.cli.diff_patch import json_patch_lines

            yield from json_patch_lines(list(found), with_tests=with_tests)
        case Form.MERGE_PATCH:
            from contentvc.cli.diff_patch import merge_patch_lines

            yield from merge_patch_lines(list(found))
        case Form.JSONL:
            from contentvc.cli.diff_jsonl import head_line, jsonl_lines

            yield head_line(report)
            for one in found:
                yield from jsonl_lines(one)
        case Form.HTML:
            from contentvc.cli.diff_html import html_lines

            yield from html_lines(report, found)
        case Form.LINES:
            for number, one in enumerate(found):
                if number:
                    yield ""
                yield from diff_lines(one.change, one.by_line(), screen)
