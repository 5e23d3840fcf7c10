"""`python -m benchmarks`: measures, prints a table, writes JSON."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import datasets
from benchmarks.bench import Bench
from benchmarks.commands import Failed
from benchmarks.edits import measure_edits, measure_thousand_commits
from benchmarks.few_requests import measure_few_requests
from benchmarks.four_gigabytes import measure_four_gigabytes
from benchmarks.large_bucket import measure_large_bucket
from benchmarks.large_files import measure_large_files
from benchmarks.long_history import measure_long_history
from benchmarks.many_clients import measure_many_clients
from benchmarks.merges import measure_merges
from benchmarks.parquet_growth import measure_parquet
from benchmarks.profiling import print_profiles
from benchmarks.prompts_json import measure_prompts_json
from benchmarks.records import measure_records
from benchmarks.report import document, peak_bytes, print_table
from benchmarks.rows import MEMORY_LIMIT, ROWS, Result, Row, chosen_rows
from benchmarks.shared_folder import measure_shared_folder
from benchmarks.sides import Keeper
from benchmarks.small_files import measure_small_files
from benchmarks.start import measure_start
from benchmarks.structured import measure_structured
from benchmarks.thirty_versions import measure_thirty_versions
from benchmarks.trees import remove_folder
from benchmarks.versions import VersionPair
from benchmarks.week import measure_week

_OUT: Final = Path(__file__).resolve().parent / "out"


def _measure_lm_eval(bench: Bench) -> None:
    VersionPair(bench, "lm-eval", datasets.lm_eval()).measure()


_SCENARIOS: Final[Mapping[str, Callable[[Bench], None]]] = {
    "small-files": measure_small_files,
    "merges": measure_merges,
    "structured": measure_structured,
    "lm-eval": _measure_lm_eval,
    "five-thousand": measure_edits,
    "thousand-commits": measure_thousand_commits,
    "long-history": measure_long_history,
    "week": measure_week,
    "ten-files": measure_start,
    "prompts-json": measure_prompts_json,
    "large-files": measure_large_files,
    "thirty-versions": measure_thirty_versions,
    "records": measure_records,
    "four-gigabytes": measure_four_gigabytes,
    "shared-folder": measure_shared_folder,
    "bucket": measure_large_bucket,
    "parquet": measure_parquet,
    "many-clients": measure_many_clients,
    "few-requests": measure_few_requests,
}


def main() -> int:
    """0 if every target was reached, 1 if one was missed or could not be measured."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _stop)  # so that a run that is timed out removes its folder
    if options.list:
        for row in ROWS:
            print(f"{row.name:32}{row.work}")
        return 0
    try:
        rows = chosen_rows([options.profile] if options.profile else options.names)
        return _run(rows, options)
    except KeyError as unknown:
        print(f"no row or group is called {unknown}; --list names them all", file=sys.stderr)
        return 2
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1


def _stop(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure whole commands of contentvc beside git and others.",
        epilog="example: python -m benchmarks small-files five-thousand/commit --repeat 5",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="rows or groups; all but the largest if none"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="instead of benchmarks/out/")
    parser.add_argument(
        "--repeat",
        type=_positive,
        default=10,
        metavar="N",
        help="timed runs of short commands (default 10); of long ones a third, rounded up",
    )
    parser.add_argument(
        "--scale",
        type=_share,
        default=1.0,
        metavar="X",
        help="a share of the large content (default 1); to try the rows out, not to judge by",
    )
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    parser.add_argument("--profile", metavar="ROW", default="", help="profile one row's command")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0.0 < share <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return share


def _run(rows: Sequence[Row], options: argparse.Namespace) -> int:
    scale: float = options.scale
    with tempfile.TemporaryDirectory(prefix="contentvc-benchmarks-") as name:
        bench = Bench(Path(name), rows, options.repeat, options.profile, scale)
        for group in dict.fromkeys(row.group for row in rows):
            print(f"{group} …", file=sys.stderr)
            with bench.attempt(group):
                _SCENARIOS[group](bench)
            remove_folder(bench.folder / group)
        results = bench.results()
        if options.profile:
            return _show_profile(bench.folder, results)
        versions = _versions(bench)
    print_table(results, scale)
    _write(results, versions, scale, options.json)
    reached = all(result.verdict in ("reached", "no target") for result in results)
    return 0 if reached and peak_bytes(results) <= MEMORY_LIMIT else 1


def _show_profile(folder: Path, results: Sequence[Result]) -> int:
    if missing := [result.missing for result in results if result.missing]:
        print(*missing, sep="\n", file=sys.stderr)
        return 1
    print_profiles(folder)
    return 0


def _versions(bench: Bench) -> dict[str, str]:
    keepers: tuple[Keeper, ...] = (bench.git, *bench.peers.present)
    return {
        keeper.name: bench.ask(keeper.version(), bench.folder).decode().strip()
        for keeper in keepers
    }


def _write(
    results: Sequence[Result], versions: dict[str, str], scale: float, file: Path | None
) -> None:
    made_at = datetime.now(UTC)
    if file is None:
        _OUT.mkdir(exist_ok=True)
        file = _OUT / f"{made_at:%Y%m%d-%H%M%S}.json"
    text = json.dumps(
        document(results, versions, scale, made_at.isoformat(timespec="seconds")), indent=1
    )
    file.write_text(text + "\n")
    print(f"samples: {file.name} in {file.parent.name}/", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
