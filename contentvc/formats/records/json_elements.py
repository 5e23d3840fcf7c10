"""The elements of a JSON list as they are written, so that one can be changed alone."""

from dataclasses import dataclass

from contentvc.formats.records.json_members import blanks_end, value_end

__all__ = ["ListText", "list_text"]


@dataclass(frozen=True, slots=True)
class ListText:
    """A list: its elements, and what stands before, between and after them."""

    values: tuple[bytes, ...]
    between: tuple[bytes, ...]
    """One more than there are elements; brackets, commas and blanks."""

    def with_value(self, place: int, value: bytes) -> bytes:
        """The text with one element set."""
        return _joined([*self.values[:place], value, *self.values[place + 1 :]], self.between)

    def without(self, place: int) -> bytes:
        """The text with one element taken out, and one comma with it."""
        drop = place or 1
        between = self.between[:drop] + self.between[drop + 1 :]
        if len(self.values) == 1:
            between = (self.between[0] + self.between[1],)
        return _joined([*self.values[:place], *self.values[place + 1 :]], between)


def list_text(text: bytes) -> ListText | None:
    """The list that is written here; None where it is none. The text is well-formed."""
    start = blanks_end(text, 0)
    if text[start : start + 1] != b"[":
        return None
    values: list[bytes] = []
    between: list[bytes] = []
    done, place = 0, blanks_end(text, start + 1)
    while text[place : place + 1] != b"]":
        end = value_end(text, place)
        between.append(text[done:place])
        values.append(text[place:end])
        done, place = end, blanks_end(text, end)
        if text[place : place + 1] == b",":
            place = blanks_end(text, place + 1)
    return ListText(tuple(values), (*between, text[done:]))


def _joined(values: list[bytes], between: tuple[bytes, ...]) -> bytes:
    parts = [between[0]]
    for value, after in zip(values, between[1:], strict=True):
        parts += (value, after)
    return b"".join(parts)
