"""The members of a JSON object as they are written, so that one can be changed alone."""

import re
from dataclasses import dataclass, replace
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from contentvc.formats.fast_json import loads
from contentvc.formats.records.dialect import malformed

__all__ = [
    "Frame",
    "Member",
    "ObjectText",
    "blanks_end",
    "is_object",
    "object_text",
    "value_end",
]

_BLANKS: Final = re.compile(rb"[ \t\r\n]*+")
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR: Final = re.compile(rb'[^ \t\r\n,:\[\]{}"]++')
_NESTING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_COLON: Final = re.compile(rb"[ \t\r\n]*+:[ \t\r\n]*+")


class Member(NamedTuple):
    """One member; blanks around it belong to it where it has neighbours, else to the frame."""

    name: str
    label: bytes
    """The name, the colon and the blanks around that."""
    value: bytes
    before: bytes | None
    """Blanks after the comma before it; None of the first."""
    after: bytes | None
    """Blanks before the comma after it; None of the last."""


class Frame(NamedTuple):
    """What is around the members."""

    before: bytes
    """Blanks before the brace."""
    first: bytes
    """Blanks after the brace."""
    last: bytes
    """Blanks before the closing brace."""
    after: bytes
    """Blanks after that: in a record, its line end."""


@dataclass(frozen=True, slots=True)
class ObjectText:
    """An object, whose parts join to its text."""

    frame: Frame
    members: tuple[Member, ...]

    @property
    def text(self) -> bytes:
        """As it is written."""
        parts: list[bytes] = [self.frame.before, b"{", self.frame.first]
        gap = self._gap()
        for place, member in enumerate(self.members):
            if place:
                previous = self.members[place - 1].after
                parts += (previous or b"", b",", gap if member.before is None else member.before)
            parts += (member.label, member.value)
        return b"".join([*parts, self.frame.last, b"}", self.frame.after])

    def member(self, name: str) -> Member | None:
        """The member of that name."""
        return next((one for one in self.members if one.name == name), None)

    def with_value(self, name: str, value: bytes) -> "ObjectText":
        """With one member set; a new one comes last."""
        if self.member(name) is not None:
            members = [
                one._replace(value=value) if one.name == name else one for one in self.members
            ]
            return replace(self, members=tuple(members))
        label = encode_basestring(name).encode() + self._colon()
        return replace(self, members=(*self.members, Member(name, label, value, None, None)))

    def without(self, name: str) -> "ObjectText":
        """With one member taken out."""
        return replace(self, members=tuple([one for one in self.members if one.name != name]))

    def _gap(self) -> bytes:
        """The blanks that come after a comma here."""
        if len(self.members) < 2 or self.members[1].before is None:
            return b" " if self._colon() != b":" else b""
        return self.members[1].before

    def _colon(self) -> bytes:
        return _STRING.sub(b"", self.members[0].label, count=1) if self.members else b": "


def is_object(text: bytes) -> bool:
    """Whether a value that is well-formed is an object."""
    return text.lstrip(b" \t\r\n").startswith(b"{")


def object_text(text: bytes) -> ObjectText:
    """The object that is written here; the text is well-formed.

    Raises:
        Unfit: it has a member twice, so that none of them is the one.
    """
    start = blanks_end(text, 0)
    place = start + 1
    first_end = blanks_end(text, place)
    first = text[place:first_end]
    members: list[Member] = []
    place, before, last = first_end, None, b""
    while text[place : place + 1] != b"}":
        member, place = _member(text, place, before)
        end = blanks_end(text, place)
        last = text[place:end]
        place = end
        if text[end : end + 1] == b",":
            member = member._replace(after=last)
            place = blanks_end(text, end + 1)
            before, last = text[end + 1 : place], b""
        members.append(member)
    if len({one.name for one in members}) < len(members):
        raise malformed("an object has two members of one name")
    return ObjectText(Frame(text[:start], first, last, text[place + 1 :]), tuple(members))


def _member(text: bytes, place: int, before: bytes | None) -> tuple[Member, int]:
    name_end = _string_end(text, place)
    name = loads(text[place:name_end])
    colon = _COLON.match(text, name_end)
    start = colon.end() if colon else name_end
    end = value_end(text, start)
    member = Member(str(name), text[place:start], text[start:end], before, None)
    return member, end


def value_end(text: bytes, place: int) -> int:
    """Where the value ends that begins at a place of well-formed text."""
    sign = text[place : place + 1]
    if sign == b'"':
        return _string_end(text, place)
    if sign not in {b"{", b"["}:
        scalar = _SCALAR.match(text, place)
        return scalar.end() if scalar else place + 1
    depth = 0
    for token in _NESTING.finditer(text, place):
        if token[0] in {b"{", b"["}:
            depth += 1
        elif token[0] in {b"}", b"]"}:
            depth -= 1
            if not depth:
                return token.end()
    raise malformed("a bracket is not closed")


def _string_end(text: bytes, place: int) -> int:
    found = _STRING.match(text, place)
    if found is None:
        raise malformed("a string is not closed")
    return found.end()


def blanks_end(text: bytes, place: int) -> int:
    """Where the blanks end that begin at a place, if any."""
    found = _BLANKS.match(text, place)
    return found.end() if found else place
