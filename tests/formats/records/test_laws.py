"""The laws of records, for JSONL, CSV and TSV."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contentvc.formats.records.formats import CSV, JSONL
from contentvc.formats.rules import NO_RULES, Rules
from tests.formats.records.laws import (
    check_applied,
    check_merge_laws,
    check_same,
    json_lines,
    tables,
)

KEYED = Rules(key=("id",))
ANY_RULES = st.sampled_from([NO_RULES, KEYED])
ROUNDS = settings(max_examples=80, deadline=None)


@ROUNDS
@given(json_lines(), ANY_RULES)
def test_json_lines_do_not_differ_from_themselves(content, rules):
    check_same(JSONL, content, rules)


@ROUNDS
@given(tables(), ANY_RULES)
def test_a_table_does_not_differ_from_itself(content, rules):
    check_same(CSV, content, rules)


@ROUNDS
@given(json_lines(), json_lines(), ANY_RULES)
def test_changes_of_json_lines_give_the_new_version(old, new, rules):
    check_applied(JSONL, old, new, rules)


@ROUNDS
@given(tables(), tables(), ANY_RULES)
def test_changes_of_a_table_give_the_new_version(old, new, rules):
    check_applied(CSV, old, new, rules)


@ROUNDS
@given(json_lines(), json_lines(), json_lines(), ANY_RULES)
def test_merges_of_json_lines_keep_the_laws(base, ours, theirs, rules):
    check_merge_laws(JSONL, base, ours, theirs, rules)


@ROUNDS
@given(tables(), tables(), tables(), ANY_RULES)
def test_merges_of_tables_keep_the_laws(base, ours, theirs, rules):
    check_merge_laws(CSV, base, ours, theirs, rules)
