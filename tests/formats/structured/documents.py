"""Documents for tests, and how they are read."""

import json
import math

from hypothesis import strategies as st

from contentvc.formats.registry import format_named
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
    return format_named(name)


def changes(name, old, new, rules=NO_RULES):
    return of(name).diff(source_of(old), source_of(new), rules).changes


def as_json(value, indent=None):
    return json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read(name, content):
    """The document of a file."""
    return of(name)._read(content)


@st.composite
def writings(draw, name, *, plain=False):
    """Files in a language, in several styles."""
    value = draw(mappings)
    if plain:
        value = {key: one for key, one in value.items() if key != "<<"} | {"p": 1, "q": [1], "r": 2}
    return draw(written(name, value))


@st.composite
def written(draw, name, value):
    """A value as a file."""
    text = draw(styles[name](value))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return (mark + text).encode()


@st.composite
def json_styles(draw, value):
    indent = draw(st.sampled_from([None, 2, "\t"]))
    end = draw(st.sampled_from(["", "\n", "\n\n"]))
    return json.dumps(value, indent=indent, ensure_ascii=False) + end


@st.composite
def yaml_styles(draw, value):
    import yaml

    flow = draw(st.sampled_from([None, False, True]))
    wide = draw(st.sampled_from([20, 1000]))
    indent = draw(st.sampled_from([2, 4]))
    text = yaml.safe_dump(
        value,
        default_flow_style=flow,
        width=wide,
        indent=indent,
        sort_keys=False,
        allow_unicode=True,
    )
    if not flow and draw(st.booleans()):
        text = commented(text)
    return text if draw(st.booleans()) else text.rstrip("\n")


def commented(text):
    """With comments and empty lines before keys that begin a line."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"\n# about line {number}\n{line}" if line[:1] in "abcpqr" else line
        for number, line in enumerate(lines)
    )


@st.composite
def toml_styles(draw, value):
    from contentvc.formats.structured.toml_writing import inline, name

    value = nothing_null(value)
    lines = []
    sections = []
    for key, one in value.items():
        is_elements = isinstance(one, list) and one and all(isinstance(x, dict) for x in one)
        if isinstance(one, dict) and draw(st.booleans()):
            sections += [f"\n# about\n[{name(key)}] # here\n", *statements(draw, one)]
        elif is_elements and draw(st.booleans()):
            for x in one:
                sections += [f"\n[[{name(key)}]]\n", *statements(draw, x)]
        elif isinstance(one, list) and one and draw(st.booleans()):
            inner = "".join(f"  {inline(x)}, # one\n" for x in one)
            lines.append(f"{name(key)} = [\n{inner}]\n")
        else:
            lines += statements(draw, {key: one})
    text = "".join(lines + sections)
    return text if draw(st.booleans()) else text.rstrip("\n")


def statements(draw, table):
    from contentvc.formats.structured.toml_writing import inline, name

    end = draw(st.sampled_from(["\n", "  # why\n"]))
    return [f"{name(key)} = {inline(one)}{end}" for key, one in table.items()]


def nothing_null(value):
    """TOML has no null."""
    if isinstance(value, dict):
        return {key: nothing_null(one) for key, one in value.items()}
    if isinstance(value, list):
        return [nothing_null(one) for one in value]
    return "null" if value is None else value


styles = {"json": json_styles, "yaml": yaml_styles, "toml": toml_styles}


def changed(draw, value):
    """A value near this one: an edit or a few, or another one."""
    if isinstance(value, dict) and value:
        made = dict(value)
        for _ in range(draw(st.integers(1, 2))):
            key = draw(st.sampled_from(sorted(value)))
            action = draw(st.sampled_from(["drop", "change", "change", "add", "inside"]))
            if action == "drop":
                made.pop(key, None)
            elif action == "add":
                made[draw(keys)] = draw(values)
            else:
                made[key] = changed(draw, made.get(key)) if action == "inside" else draw(values)
        return made
    if isinstance(value, list) and value:
        made = list(value)
        place = draw(st.integers(0, len(made) - 1))
        action = draw(st.sampled_from(["drop", "insert", "inside", "swap"]))
        if action == "drop":
            del made[place]
        elif action == "insert":
            made.insert(place, draw(values))
        elif action == "inside":
            made[place] = changed(draw, made[place])
        else:
            made.append(made.pop(place))
        return made
    return draw(values)


def next_version(draw, value):
    return changed(draw, value) if value else draw(mappings)


@st.composite
def two(draw, name):
    """Two versions of a file."""
    value = draw(mappings)
    other = next_version(draw, value)
    return draw(written(name, value)), draw(written(name, other))


@st.composite
def three(draw, name):
    """A base and two sides, written in one style or in several."""
    value = draw(mappings)
    versions = [value, next_version(draw, value), next_version(draw, value)]
    if name == "json" and draw(st.booleans()):
        return [as_json(one, 2) for one in versions]
    if name == "yaml" and draw(st.booleans()):
        import yaml

        return [yaml.safe_dump(one, sort_keys=False).encode() for one in versions]
    return [draw(written(name, one)) for one in versions]


def edited(value, wanted, data):
    """New values for these keys."""
    return {key: nothing_null(data.draw(values)) for key in wanted}
