"""diff --as: lines for programs, patches, one page; and apply, which takes them back."""

import html.parser
import json

import pytest

from contentvc.actions.attributes import set_attributes
from contentvc.actions.diff import DiffRequest, diff
from contentvc.actions.differences import differences
from contentvc.cli.diff_html_file import inside
from tests.actions.site import Link, Program, Site
from tests.cli.scenery import visitor

TRICKY = b"<script>alert('1')</script> & \"x\" \x1b[31m \xe2\x80\xae\n"
OLD = {
    b"a.md": b"# Title\n\nsome words stand here\nlast\n",
    b"bytes": bytes(range(256)),
    b"gone": b"1\n",
    b"moved": b"1\n2\n3\n4\n5\n",
    b"run": b"#!/bin/sh\n",
    b"attributed": b"same\n",
}
NEW = {
    b"a.md": b"# Title\n\nother words stand here\nlast",
    b"bytes": b"\0" + bytes(range(255)),
    b"to/moved": b"1\n2\n3\n4\n6\n",
    b"run": Program(b"#!/bin/sh\n"),
    b"attributed": b"same\n",
    b"<i>\xff": TRICKY,
    b"link": Link(b"a.md"),
}


@pytest.fixture
def site(tmp_path) -> Site:
    site = Site(tmp_path / "site").init().write(OLD)
    site.commit("old")
    site.switch("other", create=True)
    site.remove(*OLD.keys() - NEW.keys()).write(NEW).commit("new")
    set_attributes(site.context(), [b"attributed"], (("by", "Ada"),), None)
    return site


@pytest.fixture
def ada(site, tmp_path):
    return visitor(site.root.decode(), tmp_path)


def jsonl(terminal, *arguments):
    ran = terminal.run("diff", "--as", "jsonl", *arguments)
    assert ran.code == 0, ran.err
    assert ran.out.isascii()
    return [json.loads(line) for line in ran.out.splitlines()]


def test_the_first_line_names_the_versions(site, ada):
    refs = site.refs()
    assert jsonl(ada, "main", "other")[0] == {
        "type": "diff",
        "schema": 1,
        "from": refs["branch/main"].hex(),
        "to": refs["branch/other"].hex(),
    }
    assert jsonl(ada) == [
        {"type": "diff", "schema": 1, "from": refs["branch/other"].hex(), "to": None}
    ]


def test_each_file_has_a_line_with_both_versions(ada):
    files = [one for one in jsonl(ada, "main", "other") if one["type"] == "file"]
    told = {one["path"]: (one["kind"], one["format"], one.get("old_path")) for one in files}
    assert told == {
        "<i>\ufffd": ("added", "text", None),
        "a.md": ("modified", "text", None),
        "attributed": ("modified", None, None),
        "bytes": ("modified", "binary", None),
        "gone": ("deleted", "text", None),
        "link": ("added", "text", None),
        "run": ("mode-changed", None, None),
        "to/moved": ("renamed", "text", "moved"),
    }
    both = {one["path"]: (one["old"], one["new"]) for one in files}
    assert both["gone"][1] is None
    assert both["link"][1]["mode"] == "symlink"
    assert both["attributed"][1]["attributes"] == {"by": "Ada"}
    assert both["run"][0] == both["run"][1] | {"mode": "file"}


def test_changes_follow_their_file(ada):
    lines = jsonl(ada, "main", "other")
    path = None
    for one in lines[1:]:
        if one["type"] == "file":
            path = one["path"]
        assert one["path"] == path
    hunks = {one["path"]: one for one in lines if one["type"] == "lines"}
    assert hunks["a.md"]["lines"] == [
        [" ", "# Title\n"],
        [" ", "\n"],
        ["-", "some words stand here\n"],
        ["-", "last\n"],
        ["+", "other words stand here\n"],
        ["+", "last"],
    ]
    assert (hunks["a.md"]["old_start"], hunks["a.md"]["old_count"]) == (1, 4)
    (ranges,) = (one["ranges"] for one in lines if one["type"] == "bytes")
    assert ranges == [[1, 256, 1, 256]]
    assert "gone" not in hunks


def test_what_is_written_applies(site, ada, tmp_path):
    ran = ada.run("diff", "--as", "jsonl", "main", "other")
    (tmp_path / "fix.jsonl").write_text(ran.out)
    site.switch("main")
    told = ada.run("apply", str(tmp_path / "fix.jsonl"))
    assert told.code == 0, told.err
    assert told.out.splitlines()[0] == "7 files changed"
    assert site.kinds(site.files()) == site.kinds(NEW)
    again = ada.run("apply", str(tmp_path / "fix.jsonl"))
    assert again.code == 4
    assert "does not fit" in again.err or "do not fit" in again.err
    assert ada.run("undo").code == 0
    assert site.kinds(site.files()) == site.kinds(OLD)


class Page(html.parser.HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.targets, self.names, self.text = [], [], [], set(), ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        assert not any(name.startswith("on") or name in ("src", "style") for name in given)
        if "href" in given:
            self.targets.append(given["href"])
        self.names.add(given.get("id"))
        if tag not in ("meta", "html"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "html":
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def page(terminal, *arguments):
    ran = terminal.run("diff", "--as", "html", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


def test_a_page_is_whole_needs_nothing_and_is_the_same_each_time(ada):
    text = page(ada, "main", "other")
    assert text == page(ada, "main", "other")
    seen = Page(text)
    assert seen.open == []
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    assert seen.targets
    assert {target.removeprefix("#") for target in seen.targets} <= seen.names


def test_everything_from_the_repository_is_escaped(ada):
    text = page(ada, "main", "other")
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;i&gt;" in text
    assert "<i>" not in text


def test_a_page_tells_what_changed(ada):
    seen = Page(page(ada, "main", "other"))
    assert "<del>some</del> words" in page(ada, "main", "other")
    assert "<ins>other</ins> words" in page(ada, "main", "other")
    for word in ("moved → to/moved", "attribute by", "Ada", "mode changed", "256 bytes"):
        assert word in seen.text


def test_a_page_of_much_is_bounded(site, ada):
    site.write({b"long": b"".join(b"%d\n" % one for one in range(5_000))})
    site.commit("long")
    text = page(ada, "HEAD~1..HEAD")
    assert text.count("<tr") < 1_100
    assert "does not show" in text
    site.write({b"wide": b"x" * 100_000})
    site.commit("wide")
    assert len(page(ada, "HEAD~1..HEAD")) < 20_000


def test_by_line(ada):
    out = ada.run("diff", "--as", "lines", "main", "other", "a.md").out
    assert out == ada.run("diff", "main", "other", "a.md").out


@pytest.mark.parametrize("form", ["json-patch", "merge-patch"])
def test_what_a_patch_has_no_words_for(ada, form):
    for path in ("a.md", "bytes", "gone", "link", "run", "attributed", "to/moved"):
        ran = ada.run("diff", "--as", form, "main", "other", "--", path)
        assert (ran.code, ran.out) == (2, "")
        assert f"{path} cannot be told as a patch" in ran.err
    ran = ada.run("diff", "--as", form)
    assert (ran.code, ran.out) == (0, "{}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--as", "html", "--stat"),
        ("--as", "jsonl", "--name-only"),
        ("--as", "jsonl", "--json"),
        ("--as", "jsonl", "--with-tests"),
        ("--with-tests",),
        ("--as", "poem"),
    ],
)
def test_options_that_contradict_each_other(ada, arguments):
    assert ada.run("diff", *arguments).code == 2


def test_the_exit_code_tells_as_ever(ada):
    assert ada.run("diff", "--as", "jsonl", "--exit-code").code == 0
    assert ada.run("diff", "--as", "html", "--exit-code", "main", "other").code == 1


def test_apply_reads_standard_input_and_files(site, ada, tmp_path):
    assert ada.run("apply", "nowhere").code == 3
    assert ada.run("apply", str(tmp_path)).code == 2
    ran = ada.run("apply", "--check", "--discard", "x")
    assert ran.code == 2
    ran = ada.run("apply", "-")
    assert ran.code == 2
    assert "no changes that can be applied" in ran.err


def test_a_purged_file_is_told(site, ada):
    assert ada.run("purge", "bytes", "--yes", "--reason", "why").code == 0
    (one,) = (x for x in jsonl(ada, "main", "other") if x.get("path") == "bytes")
    assert "why" in one["purged"]
    assert "why" in page(ada, "main", "other")


def test_rows_are_counted(site):
    context = site.context()

    def told(one):
        shown.append((yield from inside(one, 2)))

    for one in differences(context, diff(context, DiffRequest("main", "other"))):
        shown: list[int] = []
        lines = list(told(one))
        assert shown == [sum(line.startswith("<tr") for line in lines)]
