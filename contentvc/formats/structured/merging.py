"""Merging: what two sides did to one document, member by member.

The same walk serves values alone, which decides what the merge is, and what is written, which
takes each piece of text from the side that touched it.
"""

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from contentvc.formats.contract import Favour, Labels
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Path, Step, Tagged, Value
from contentvc.formats.problems import Problem, Unfit
from contentvc.formats.rules import Rules
from contentvc.formats.structured.matching import (
    aligned,
    is_unordered,
    key_fields,
    keyed,
    occurrences,
)
from contentvc.formats.structured.nodes import Branch, Holds, Member, Node, leaf
from contentvc.formats.structured.values import pin
from contentvc.formats.structured.weaving import Clash, Rank, woven
from contentvc.formats.text_merge import merge_text

__all__ = ["Walk", "not_sure", "pick", "same_text", "same_value"]

_LABELS = Labels("", "", "")
_Ids = Sequence[Hashable]


def same_value(one: Node, other: Node) -> bool:
    """Nodes that stand for values alone."""
    return is_same(one.value, other.value)


def same_text(one: Node, other: Node) -> bool:
    """Nodes that are written the same."""
    return one.text == other.text


def not_sure(why: str) -> Unfit:
    """The refusal to merge by path what is not certain to be right."""
    return Unfit(Problem("malformed", f"it cannot be merged by path: {why}"))


@dataclass(frozen=True, slots=True)
class _Ids3:
    """Who is who among the members of three versions."""

    base: _Ids
    ours: _Ids
    theirs: _Ids
    by_place: bool = False
    """Whether members are known by nothing but where they stand."""


@dataclass(slots=True)
class Walk:
    """One merge."""

    rules: Rules
    favour: Favour | None
    same: Callable[[Node, Node], bool]
    conflicts: list[Path] = field(default_factory=list)
    """Where the sides disagree, by paths that name the same item in all versions."""

    def merged(self, base: Node | None, ours: Node, theirs: Node, path: Path) -> Node:
        """The node that has what both sides did."""
        if self.same(ours, theirs) or (base is not None and self.same(base, theirs)):
            return ours
        if base is not None and self.same(base, ours):
            return theirs
        inside = _opened(base, ours, theirs)
        if inside is not None:
            return self._collection(inside, ours, theirs, path)
        return self._decided(base, ours, theirs) or self._conflict(path, ours, theirs)

    def _decided(self, base: Node | None, ours: Node, theirs: Node) -> Node | None:
        """The side whose value changed, where only one side's did, or both the same."""
        if is_same(ours.value, theirs.value):
            return min(ours, theirs, key=lambda node: node.text)
        if base is not None and is_same(base.value, ours.value):
            return theirs
        return ours if base is not None and is_same(base.value, theirs.value) else None

    def _conflict(self, path: Path, ours: Node, theirs: Node) -> Node:
        if self.favour is None:
            self.conflicts.append(path)
        return theirs if self.favour is Favour.THEIRS else ours

    def _collection(
        self, inside: tuple[Branch, Branch, Branch], ours: Node, theirs: Node, path: Path
    ) -> Node:
        known = len(self.conflicts)
        try:
            branch = self._branch(*inside, path)
        except Clash:
            del self.conflicts[known:]
            return self._conflict(path, ours, theirs)
        value = _value(branch)
        if isinstance(ours.value, Tagged):
            value = Tagged(ours.value.tag, value)
        return replace(leaf(branch.text, value), opened=lambda: branch)

    def _branch(self, base: Branch, ours: Branch, theirs: Branch, path: Path) -> Branch:
        ids = self._ids(base, ours, theirs, path)
        in_base = dict(zip(ids.base, base.members, strict=True))
        in_ours = dict(zip(ids.ours, ours.members, strict=True))
        in_theirs = dict(zip(ids.theirs, theirs.members, strict=True))
        kept = [
            one
            for one in dict.fromkeys([*ids.base, *ids.ours, *ids.theirs])
            if self._stays(in_base.get(one), in_ours.get(one), in_theirs.get(one), one, ids, path)
        ]
        order = self._order(ids, kept, base.holds)
        members: list[Member] = []
        for place, one in enumerate(order):
            known = len(self.conflicts)
            step = _step(one, place, base.holds)
            versions = in_base.get(one), in_ours.get(one), in_theirs.get(one)
            members.append(self._member(*versions, (*path, step)))
            if len(self.conflicts) > known and isinstance(step, int):
                _check_places(one, place, ids)
        return Branch(
            base.holds,
            ours.separator,
            pick(base.opening, ours.opening, theirs.opening),
            _leading(members, base, ours, theirs),
            pick(base.closing, ours.closing, theirs.closing),
            pick(base.indent, ours.indent, theirs.indent),
        )

    def _order(self, ids: _Ids3, kept: Sequence[Hashable], holds: Holds) -> Sequence[Hashable]:
        rank = None if ids.by_place else _rank
        try:
            return woven(ids.base, ids.ours, ids.theirs, frozenset(kept), rank)
        except Clash:
            if holds is Holds.SEQUENCE:
                raise
            if self.same is same_text:
                raise not_sure("both sides moved keys") from None
            return kept

    def _stays(
        self,
        base: Member | None,
        ours: Member | None,
        theirs: Member | None,
        one: Hashable,
        ids: _Ids3,
        path: Path,
    ) -> bool:
        """Whether a member is in the merge. Deleted here and edited there: as ours has it."""
        if base is None or (ours is not None and theirs is not None):
            return True
        left = ours or theirs
        if left is None or is_same(base.node.value, left.node.value):
            return False
        if ids.by_place:
            raise Clash
        if self.favour is None:
            self.conflicts.append((*path, _step(one, 0, Holds.MAPPING)))
        return (theirs if self.favour is Favour.THEIRS else ours) is not None

    def _member(
        self, base: Member | None, ours: Member | None, theirs: Member | None, path: Path
    ) -> Member:
        if ours is None or theirs is None:
            only = ours or theirs
            assert only is not None  # noqa: S101 - it stays, so a side has it
            return only
        was = None if base is None else base.node
        node = self.merged(was, ours.node, theirs.node, path)
        if base is None and is_same(ours.node.value, theirs.node.value):
            return min(ours, theirs, key=lambda one: one.text)
        if base is not None and self._is_both(base, ours, theirs):
            # The order of the sides must not decide.
            same = min(ours, theirs, key=lambda one: one.text)
            return same.with_before(_before(base, ours, theirs))
        for side, other in ((ours, theirs), (theirs, ours)):
            # What leads to a value fits the value, where both sides have one of their own.
            if node is side.node and (was is None or not self.same(was, other.node)):
                before = side.before if base is None else _before(base, ours, theirs)
                return side.with_before(before)
        assert base is not None  # noqa: S101 - without a base it is one side's node
        return Member(
            ours.key,
            _before(base, ours, theirs),
            pick(base.head, ours.head, theirs.head),
            node,
            pick(base.after, ours.after, theirs.after),
            ours.spreads,
        )

    def _is_both(self, base: Member, ours: Member, theirs: Member) -> bool:
        """Whether both sides made the same edit."""
        is_same_edit = self.same(ours.node, theirs.node)
        return is_same_edit and not self.same(base.node, ours.node)

    def _ids(self, base: Branch, ours: Branch, theirs: Branch, path: Path) -> _Ids3:
        if base.holds is Holds.MAPPING:
            return _Ids3(_keys(base), _keys(ours), _keys(theirs))
        versions = [_values(base), _values(ours), _values(theirs)]
        if is_unordered(path, self.rules):
            return _Ids3(*_three(occurrences, versions))
        fields = key_fields(versions, self.rules)
        if fields:
            return _Ids3(*_three(partial(_by_key, fields), versions))
        placed = _placed(versions[0], versions[1]), _placed(versions[0], versions[2])
        return _Ids3(list(range(len(versions[0]))), *placed, by_place=True)


def _three(
    known: Callable[[list[Value]], _Ids], versions: Sequence[list[Value]]
) -> tuple[_Ids, _Ids, _Ids]:
    base, ours, theirs = versions
    return known(base), known(ours), known(theirs)


def _by_key(fields: tuple[str, ...], elements: list[Value]) -> _Ids:
    return [keyed(one, fields) for one in elements]


def _before(base: Member, ours: Member, theirs: Member) -> str:
    return pick(base.before, ours.before, theirs.before)


def _keys(branch: Branch) -> _Ids:
    return [one.key for one in branch.members]


def _values(branch: Branch) -> list[Value]:
    return [one.node.value for one in branch.members]


def _opened(base: Node | None, ours: Node, theirs: Node) -> tuple[Branch, Branch, Branch] | None:
    """The members of all three, if they are collections of one kind."""
    if base is None or base.opened is None or ours.opened is None or theirs.opened is None:
        return None
    if len(set(map(_tag, (base, ours, theirs)))) > 1:
        return None
    versions = (base.opened(), ours.opened(), theirs.opened())
    kinds = {(one.holds, one.separator) for one in versions}
    return versions if len(kinds) == 1 else None


def _tag(node: Node) -> str | None:
    return node.value.tag if isinstance(node.value, Tagged) else None


def _placed(base: Sequence[Value], side: Sequence[Value]) -> _Ids:
    """The place in the base of each element; of a new one, what it is and what it follows."""
    found: list[Hashable] = []
    last = -1
    new = 0
    for i, j in aligned(base, side):
        if i is not None:
            last, new = i, 0
        if j is not None:
            found.append(i if i is not None else ("new", last, new, pin(side[j])))
            new += i is None
    return found


def _step(one: Hashable, place: int, holds: Holds) -> Step:
    if isinstance(one, Keyed):
        return one
    return one if holds is Holds.MAPPING and isinstance(one, str) else place


def _check_places(one: Hashable, place: int, ids: _Ids3) -> None:
    """A conflict inside an element is named by its place only if that is the same everywhere."""
    if any(side[place : place + 1] != [one] for side in (ids.base, ids.ours, ids.theirs)):
        raise Clash


def _rank(one: Hashable) -> Rank:
    if not isinstance(one, Keyed):
        return ((1, str(one)),)
    values = map(json.loads, one.values)
    return tuple((int(isinstance(value, str)), value) for value in values)


def _value(branch: Branch) -> Value:
    if branch.holds is Holds.SEQUENCE:
        return [one.node.value for one in branch.members]
    own: dict[str, Value] = {}
    for one in branch.members:
        if one.spreads and isinstance(one.node.value, dict):
            own = {**one.node.value, **own}
        else:
            own[one.key] = one.node.value
    return own


def _leading(
    members: Sequence[Member], base: Branch, ours: Branch, theirs: Branch
) -> tuple[Member, ...]:
    """Between brackets, the space before the first member is not that before the others."""
    versions = [one.members for one in (base, ours, theirs)]
    if not members or not base.separator or not all(versions):
        return tuple(members)
    first = pick(*(one[0].before for one in versions))
    between = next((one[1].before for one in versions if len(one) > 1), first)
    if (first + between).strip():
        return tuple(members)
    lead = members[0] if members[0].before.strip() else members[0].with_before(first)
    rest = [one.with_before(between) if one.before == first else one for one in members[1:]]
    return (lead, *rest)


def pick(base: str, ours: str, theirs: str) -> str:
    """The side that changed it; where both did, their merge by line."""
    if ours in (theirs, base):
        return theirs
    if theirs == base:
        return ours
    found = merge_text(base.encode(), ours.encode(), theirs.encode(), _LABELS, None)
    if found.conflicts:
        raise not_sure("both sides changed what stands around a value")
    return found.content.decode()
