"""Documents for tests, and how they are read."""

import json
import math

from hypothesis import strategies as st

from contentvc.formats.registry import FORMATS
from contentvc.formats.rules import NO_RULES
from contentvc.formats.source import source_of

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from([1.0, -0.0, 0.0, math.nan, math.inf, 1e300]),
    st.text(max_size=6),
    st.sampled_from(["a", "b", "", "yes", "1", "a: b", "- x", "# c", "\u00e4\U0001d4b3", "\r\n"]),
)
keys = st.sampled_from(["a", "b", "c", "id", "name", "", "0", "x y", "<<", "\u00e4"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(keys, inner, max_size=5),
        st.lists(st.builds(lambda n, v: {"id": n, "v": v}, st.integers(0, 4), inner), max_size=4),
    ),
    max_leaves=20,
)
mappings = st.dictionaries(keys, values, max_size=6)


def of(name):
    return next(one for one in FORMATS if one.name == name)


def changes(name, old, new, rules=NO_RULES):
    return of(name).diff(source_of(old), source_of(new), rules).changes


def as_json(value, indent=None):
    return json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
