"""Arrow: Parquet files as tables, read within limits and written in one way."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contentvc import limits
from contentvc.formats.items import Tagged, Value
from contentvc.formats.records.dialect import malformed

__all__ = ["Table", "count_rows", "read_table", "write_table"]

_CODECS: Final = {"UNCOMPRESSED": "none"}


class Table:
    """One version of a Parquet file: columns with types, and how the file was written."""

    def __init__(self, table: "pa.Table", codec: str, group: int) -> None:
        self.arrow = table
        self.codec, self.group = codec, group

    @property
    def rows(self) -> int:
        """How many records it has."""
        return int(self.arrow.num_rows)

    @property
    def types(self) -> dict[str, str]:
        """The words of the columns' types, by name in order."""
        return {field.name: str(field.type) for field in self.arrow.schema}

    def has_same_schema(self, other: "Table") -> bool:
        """Whether both have the same columns of the same types."""
        return bool(self.arrow.schema.equals(other.arrow.schema, check_metadata=False))

    def differing(self, other: "Table", mine: Sequence[int], others: Sequence[int]) -> list[int]:
        """Which of these pairs of rows differ in a column that both have under the same type."""
        if not mine:
            return []
        differs = pa.array([False] * len(mine))
        for name, word in self.types.items():
            if other.types.get(name) == word:
                old = self.arrow[name].take(pa.array(mine))
                new = other.arrow[name].take(pa.array(others))
                differs = pc.or_(differs, _unequal(old, new))
        return [place for place, is_other in enumerate(differs.to_pylist()) if is_other]

    def row(self, place: int) -> dict[str, Value]:
        """What a record holds; what JSON has no word for, as text."""
        (found,) = self.arrow.slice(place, 1).to_pylist()
        return {name: _value(value) for name, value in found.items()}

    def chosen(self, places: Sequence[int]) -> list[dict[str, Value]]:
        """What records hold, of several at once."""
        rows = self.arrow.take(pa.array(places, type=pa.int64())).to_pylist()
        return [{name: _value(value) for name, value in row.items()} for row in rows]

    def values(self) -> Iterator[dict[str, Value]]:
        """What all records hold, in order."""
        for batch in self.arrow.to_batches(max_chunksize=4096):
            for row in batch.to_pylist():
                yield {name: _value(value) for name, value in row.items()}

    def column(self, name: str) -> list[Value]:
        """The cells of a column."""
        return [_value(value) for value in self.arrow[name].to_pylist()]

    def woven(self, picks: Sequence[tuple["Table", int]]) -> "Table":
        """A table of rows of others, which have this one's schema."""
        tables = list({id(table): table for table, _ in picks}.values())
        offsets: dict[int, int] = {}
        total = 0
        for table in tables:
            offsets[id(table)] = total
            total += table.rows
        if not tables:
            return Table(self.arrow.slice(0, 0), self.codec, self.group)
        schema = self.arrow.schema
        joined = pa.concat_tables([table.arrow.cast(schema) for table in tables])
        places = pa.array([offsets[id(table)] + place for table, place in picks])
        return Table(joined.take(places), self.codec, self.group)

    def with_cell(self, place: int, name: str, other: "Table", at: int) -> "Table":
        """With one cell as in a row of another table of this schema."""
        column = self.arrow[name]
        pieces = [column.slice(0, place), other.arrow[name].slice(at, 1), column.slice(place + 1)]
        chunks = [chunk for piece in pieces for chunk in piece.chunks]
        number = self.arrow.schema.get_field_index(name)
        field = self.arrow.schema.field(number)
        table = self.arrow.set_column(number, field, pa.chunked_array(chunks, type=field.type))
        return Table(table, self.codec, self.group)


def read_table(content: bytes) -> Table:
    """The table in a Parquet file.

    Raises:
        Unfit: it is none, or larger than `limits.PARQUET_BYTES` or `limits.PARQUET_ROWS`, going by
            what its footer declares, before anything is decompressed.
    """
    try:
        file = pq.ParquetFile(BytesIO(content), thrift_string_size_limit=limits.PARQUET_FOOTER)
        described = file.metadata
        _check_size(described)
        table = file.read(use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise malformed(f"it is no Parquet file: {str(error).splitlines()[0][:200]}") from None
    names = table.column_names
    if len(set(names)) < len(names):
        raise malformed("two columns have the same name")
    if not described.num_row_groups or not described.num_columns:
        return Table(table, "snappy", limits.PARQUET_GROUP)
    group = described.row_group(0)
    codec = group.column(0).compression
    return Table(table, _CODECS.get(codec, codec.lower()), max(1, group.num_rows))


def count_rows(content: bytes) -> int:
    """How many records the footer of a Parquet file declares.

    Raises:
        Unfit: it is none.
    """
    try:
        file = pq.ParquetFile(BytesIO(content), thrift_string_size_limit=limits.PARQUET_FOOTER)
        return int(file.metadata.num_rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise malformed(f"it is no Parquet file: {str(error).splitlines()[0][:200]}") from None


def write_table(table: Table) -> bytes:
    """A Parquet file of the table, compressed and grouped as the file it came from.

    The same table gives the same bytes with one version of pyarrow.
    """
    out = BytesIO()
    pq.write_table(
        table.arrow,
        out,
        compression=table.codec,
        row_group_size=table.group,
    )
    return out.getvalue()


def _check_size(described: Any) -> None:
    if described.num_rows > limits.PARQUET_ROWS:
        raise malformed(f"it has more than {limits.PARQUET_ROWS:,} rows")
    if described.num_columns > limits.COLUMNS:
        raise malformed(f"it has more than {limits.COLUMNS:,} columns")
    groups = map(described.row_group, range(described.num_row_groups))
    if sum(group.total_byte_size for group in groups) > limits.PARQUET_BYTES:
        raise malformed(f"it holds more than {limits.PARQUET_BYTES >> 20} MiB")


def _unequal(old: Any, new: Any) -> Any:
    """Where two columns differ; null is null, and NaN is NaN."""
    try:
        same = pc.equal(old, new)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pairs = zip(old.to_pylist(), new.to_pylist(), strict=True)
        return pa.array([repr(one) != repr(other) for one, other in pairs])
    both_null = pc.and_(pc.is_null(old), pc.is_null(new))
    same = pc.or_(pc.fill_null(same, fill_value=False), both_null)
    if pa.types.is_floating(old.type):
        both_nan = pc.and_(pc.is_nan(old), pc.is_nan(new))
        same = pc.or_(same, pc.fill_null(both_nan, fill_value=False))
    flipped = pc.invert(same)
    return flipped.combine_chunks() if isinstance(flipped, pa.ChunkedArray) else flipped


def _value(value: Any) -> Value:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _value(one) for name, one in value.items()}
    if isinstance(value, bytes):
        return Tagged("bytes", value.hex())
    if isinstance(value, Decimal):
        return value
    return Tagged(type(value).__name__, str(value))
