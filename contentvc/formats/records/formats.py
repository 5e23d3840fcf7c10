"""The formats of records, as the registry lists them."""

from collections.abc import Callable
from typing import Final

from contentvc.formats.contract import Format
from contentvc.formats.deferred import Deferred

__all__ = ["CSV", "JSONL", "PARQUET", "TSV"]


def _named(*suffixes: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda path, _: path.lower().endswith(suffixes)


def _is_parquet(_path: bytes, head: bytes) -> bool:
    return head.startswith(b"PAR1")


def _jsonl() -> Format:
    from contentvc.formats.records.sheets import open_jsonl
    from contentvc.formats.records.textual import TextualRecords

    return TextualRecords("jsonl", open_jsonl)


def _csv() -> Format:
    from contentvc.formats.records.sheets import open_csv
    from contentvc.formats.records.textual import TextualRecords

    return TextualRecords("csv", open_csv)


def _tsv() -> Format:
    from contentvc.formats.records.sheets import open_tsv
    from contentvc.formats.records.textual import TextualRecords

    return TextualRecords("tsv", open_tsv)


def _parquet() -> Format:
    from contentvc.formats.records.parquet import ParquetRecords

    return ParquetRecords()


JSONL: Final = Deferred("jsonl", _named(b".jsonl", b".ndjson"), _jsonl)
CSV: Final = Deferred("csv", _named(b".csv"), _csv)
TSV: Final = Deferred("tsv", _named(b".tsv", b".tab"), _tsv)
PARQUET: Final = Deferred("parquet", _is_parquet, _parquet)
