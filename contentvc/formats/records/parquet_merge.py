"""Parquet merge: three tables of one schema, merged by key, then by column."""

from collections.abc import Sequence
from functools import partial

from contentvc.formats.contract import Favour, ItemConflict, Merged
from contentvc.formats.fields import is_same
from contentvc.formats.items import Keyed, Path, item_name
from contentvc.formats.records.arrow import Table, write_table
from contentvc.formats.records.dialect import Key, malformed
from contentvc.formats.records.differ import is_ordered
from contentvc.formats.records.field_merge import Settled
from contentvc.formats.records.keys import choose_key
from contentvc.formats.records.parquet import keys_by
from contentvc.formats.records.weaving import both_moved, key_rank, woven
from contentvc.formats.rules import Rules

__all__ = ["merge_tables"]


def merge_tables(tables: Sequence[Table], favour: Favour | None, rules: Rules) -> Merged:
    """What both sides did to the base, given base, ours and theirs; written as the base was.

    Raises:
        Unfit: no key names each record of each version, the columns differ, or both sides moved
            records.
    """
    base, ours, theirs = tables
    if not (base.has_same_schema(ours) and base.has_same_schema(theirs)):
        raise malformed("the versions do not have the same columns")
    choice, keys = choose_key(
        rules.key, list(base.types), [partial(keys_by, one) for one in tables]
    )
    if not choice.fields or any(len(set(one) - {None}) < len(one) for one in keys):
        raise malformed("no key names each record")
    merge = _TableMerge(tables, [_places(one) for one in keys], choice.fields, favour)
    return merge.merged(ordered=is_ordered(rules))


def _places(keys: Sequence[Key | None]) -> dict[Key, int]:
    return {key: place for place, key in enumerate(keys) if key is not None}


class _TableMerge:
    """The rows of the three by their keys."""

    def __init__(
        self,
        tables: Sequence[Table],
        places: Sequence[dict[Key, int]],
        fields: tuple[str, ...],
        favour: Favour | None,
    ) -> None:
        self._tables, self._places, self._fields = tables, places, fields
        self._settled = Settled(favour)
        self._changed = [self._differing(0, 1), self._differing(0, 2), self._differing(1, 2)]

    def merged(self, *, ordered: bool) -> Merged:
        """The file, and what both sides changed."""
        base, ours, theirs = (list(one) for one in self._places)
        if ordered and both_moved(base, ours, theirs):
            raise malformed("both sides moved records")
        picks: list[tuple[Table, int]] = []
        mixed: list[tuple[int, Key]] = []
        for key in woven(base, ours, theirs, key_rank):
            side = self._side(key)
            if side is None:
                continue
            if side < 0:
                mixed.append((len(picks), key))
            picks.append((self._tables[max(side, 1)], self._places[max(side, 1)][key]))
        table = self._tables[0].woven(picks)
        for place, key in mixed:
            table = self._with_theirs(table, place, key)
        return Merged(write_table(table), tuple(self._settled.conflicts))

    def _differing(self, one: int, other: int) -> set[Key]:
        shared = [key for key in self._places[one] if key in self._places[other]]
        mine = [self._places[one][key] for key in shared]
        others = [self._places[other][key] for key in shared]
        found = self._tables[one].differing(self._tables[other], mine, others)
        return {shared[place] for place in found}

    def _side(self, key: Key) -> int | None:
        """Whose row it is, -1 where columns of both are in it; None where it is in no merge."""
        base, ours, theirs = (key in places for places in self._places)
        if ours and theirs:
            return self._side_of_both(key, is_old=base)
        if not base:
            return 1 if ours else 2
        is_edited = (ours or theirs) and key in self._changed[0 if ours else 1]
        return self._settle(key) if is_edited else None

    def _side_of_both(self, key: Key, *, is_old: bool) -> int | None:
        if key not in self._changed[2]:
            return 1
        if not is_old:
            return self._settle(key)
        if key not in self._changed[1]:
            return 1
        return -1 if key in self._changed[0] else 2

    def _settle(self, key: Key) -> int | None:
        path: Path = (Keyed(self._fields, key),)
        if self._settled.favour is None:
            base, ours, theirs = (self._text(number, key) for number in range(3))
            self._settled.conflicts.append(ItemConflict(item_name(path), base, ours, theirs, path))
        side = 2 if self._settled.favour is Favour.THEIRS else 1
        return side if key in self._places[side] else None

    def _text(self, number: int, key: Key) -> bytes | None:
        place = self._places[number].get(key)
        return None if place is None else repr(self._tables[number].row(place)).encode()

    def _with_theirs(self, table: Table, place: int, key: Key) -> Table:
        """A row of ours with the columns that only they changed."""
        base, ours, theirs = (
            version.row(places[key])
            for version, places in zip(self._tables, self._places, strict=True)
        )
        for name in base:
            if is_same(base[name], theirs[name]) or is_same(ours[name], theirs[name]):
                continue
            is_clash = not is_same(base[name], ours[name])
            if is_clash and self._settled.favour is None:
                path: Path = (Keyed(self._fields, key), name)
                told = [repr(one[name]).encode() for one in (base, ours, theirs)]
                self._settled.conflicts.append(
                    ItemConflict(item_name(path), told[0], told[1], told[2], path)
                )
            if not is_clash or self._settled.favour is Favour.THEIRS:
                table = table.with_cell(place, name, self._tables[2], self._places[2][key])
        return table
