"""Rewriting: a document's own text, changed so that it has another value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Path, Step, Tagged, Value
from contentvc.formats.rules import Rules
from contentvc.formats.structured.matching import aligned, key_fields, keyed
from contentvc.formats.structured.nodes import Branch, Holds, Member, Node, leaf

__all__ = ["Rewriting", "Writes", "located", "matched", "with_text"]


class Writes(Protocol):
    """How a language writes what is new."""

    def written(self, value: Value, branch: Branch) -> str:
        """A value as a member of a branch has it."""

    def member(self, key: str, value: Value, branch: Branch) -> Member:
        """A new member, as those of the branch are written."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What is the same keeps its text; only what is not is written anew, in the style around."""

    language: Writes
    rules: Rules

    def rewritten(self, node: Node, target: Value) -> Node | None:
        """The node with another value; None where it can only be written anew as a whole."""
        if is_same(node.value, target):
            return node
        inner = target.value if isinstance(target, Tagged) else target
        if node.opened is None or not _is_like(node.value, target):
            return None
        branch = node.opened()
        if any(one.spreads for one in branch.members):
            inner = _without_spread(branch, inner)
        members = (
            self._mapping(branch, inner)
            if isinstance(inner, dict)
            else self._sequence(branch, inner)  # type: ignore[arg-type]
        )
        if not members:
            return None
        return leaf(replace(branch, members=_led(branch, members)).text, target)

    def _mapping(self, branch: Branch, target: dict[str, Value]) -> list[Member]:
        kept = [
            one if one.spreads else self._changed(branch, one, target[one.key])
            for one in branch.members
            if one.spreads or one.key in target
        ]
        known = {one.key for one in branch.members}
        return kept + [
            self.language.member(key, value, branch)
            for key, value in target.items()
            if key not in known
        ]

    def _sequence(self, branch: Branch, target: list[Value]) -> list[Member]:
        old = [one.node.value for one in branch.members]
        members: list[Member] = []
        for i, j in matched(old, target, self.rules):
            if j is not None and i is not None:
                members.append(self._changed(branch, branch.members[i], target[j]))
            elif j is not None:
                members.append(self.language.member("", target[j], branch))
        return members

    def _changed(self, branch: Branch, member: Member, target: Value) -> Member:
        node = self.rewritten(member.node, target)
        if node is not None:
            return replace(member, node=node)
        new = self.language.member(member.key, target, branch)
        if branch.separator:
            return replace(member, node=new.node)
        # Further lines of what is new stand where its own head has them, whatever the old one had.
        is_plain = "\n" not in member.head and "\n" not in new.node.text.rstrip("\r\n")
        head = member.head if is_plain and member.head[-1:] == " " else new.head
        ends = member.node.text.endswith(("\n", "\r"))
        return replace(member, head=head, node=new.node, after="\n" if ends else member.after)


def _is_like(value: Value, target: Value) -> bool:
    if isinstance(value, Tagged) and isinstance(target, Tagged):
        return value.tag == target.tag and _is_like(value.value, target.value)
    return type(value) is type(target) and isinstance(value, dict | list)


def _without_spread(branch: Branch, target: Value) -> Value:
    """What a mapping has to say itself, beside what ``<<`` brings in."""
    if not isinstance(target, dict):
        return target
    brought = {
        key: one
        for member in branch.members
        if member.spreads and isinstance(member.node.value, dict)
        for key, one in member.node.value.items()
    }
    own = {one.key for one in branch.members if not one.spreads}
    return {
        key: one
        for key, one in target.items()
        if key in own or key not in brought or not is_same(brought[key], one)
    }


def matched(
    old: Sequence[Value], new: Sequence[Value], rules: Rules
) -> Sequence[tuple[int | None, int | None]]:
    """Places of elements that are the same one, in the order of the new list."""
    fields = key_fields((old, new), rules)
    if not fields:
        return aligned(old, new)
    places = {keyed(one, fields): place for place, one in enumerate(old)}
    return [(places.get(keyed(one, fields)), place) for place, one in enumerate(new)]


def _led(branch: Branch, members: Sequence[Member]) -> tuple[Member, ...]:
    """Between brackets, what stood before the first member stands before the first one now."""
    if not branch.separator or not members or not branch.members:
        return tuple(members)
    first, rest = branch.members[0].before, members[1:]
    between = branch.members[1].before if len(branch.members) > 1 else first or " "
    if (first + between + members[0].before).strip():
        return tuple(members)
    moved = [one.with_before(between) if one.before == first else one for one in rest]
    return (members[0].with_before(first), *moved)


def with_text(node: Node, path: Path, text: str) -> str | None:
    """The node's text with the text of one item in it set; None where it is not there."""
    if not path:
        return text
    found = _member(node, path[0])
    if found is None:
        return None
    branch, place = found
    member = branch.members[place]
    inner = with_text(member.node, path[1:], text)
    if inner is None:
        return None
    members = list(branch.members)
    members[place] = replace(member, node=leaf(inner, None))
    return replace(branch, members=tuple(members)).text


def located(node: Node, path: Path, start: int = 0) -> tuple[Node, int] | None:
    """One item and where it begins, counted from where the node does plus `start`."""
    if not path:
        return node, start
    found = _member(node, path[0])
    if found is None:
        return None
    branch, place = found
    member = branch.members[place]
    return located(member.node, path[1:], start + _offset(branch, place))


def _offset(branch: Branch, place: int) -> int:
    until = branch.members[: place + 1]
    lead = replace(branch, members=until, closing="").text
    last = until[-1]
    return len(lead) - len(last.after) - len(last.node.text)


def _member(node: Node, step: Step) -> tuple[Branch, int] | None:
    if node.opened is None:
        return None
    branch = node.opened()
    for place, one in enumerate(branch.members):
        if _is_meant(branch.holds, one, place, step):
            return branch, place
    return None


def _is_meant(holds: Holds, member: Member, place: int, step: Step) -> bool:
    if holds is Holds.MAPPING:
        return member.key == str(step)
    if not isinstance(step, Keyed):
        return place == step
    value = member.node.value
    if not isinstance(value, dict) or not all(name in value for name in step.fields):
        return False
    return keyed(value, step.fields) == step
