"""A file system that refuses one change, or all from then on: each command, each of its changes.

The command says so in one clear error, or does without a cache. Nothing is lost, what happened is
all or nothing, and once there is room the same command works.
"""

import errno
import os

import pytest

from contentvc.cli.exits import exit_code
from contentvc.errors import ContentvcError
from tests.actions.site import Site
from tests.faults.commands import (
    COMMANDS,
    check_goes_on,
    check_nothing_lost,
    check_same_files,
    folder,
    prepared,
    seen,
    site_in,
)
from tests.faults.seam import Action, each_failure, fail_at, fail_from

__all__ = ["folder"]

CODES = {
    errno.ENOSPC: ("disk-full", 8),
    errno.EACCES: ("permission-denied", 6),
    errno.EIO: ("storage-failed", 8),
}
QUIET = {"compact-a-little"}
"""What comes after a command's own work, and never fails it."""
CASES = [
    pytest.param(name, code, fail, id=f"{name}-{errno.errorcode[code]}-{fail.__name__}")
    for name, code, fail in (
        *((name, errno.ENOSPC, fail_from) for name in COMMANDS if name not in QUIET),
        *(
            (name, errno.EIO, fail_at)
            for name in ("commit-large", "switch-force", "restore", "tag")
        ),
        *((name, errno.EACCES, fail_from) for name in ("commit", "switch-force", "untrack")),
    )
]


@pytest.mark.parametrize(("name", "code", "fail"), CASES)
def test_one_clear_error_and_nothing_lost(folder, name, code, fail):
    command = COMMANDS[name]
    whole = prepared(os.path.join(folder, "whole"))
    command.prepare(whole)
    command.run(whole)
    after = seen(whole)
    before = {}

    def prepare(new: str) -> Action:
        site = prepared(new)
        command.prepare(site)
        before[new] = seen(site), site.repository().view.sequence
        return lambda: command.run(site_in(new))

    refused = 0
    for outcome in each_failure(folder, prepare, code, fail):
        site = site_in(outcome.folder)
        old, sequence = before[outcome.folder]
        happened = site.repository().view.sequence > sequence
        if outcome.error is not None:
            refused += 1
            _check_error(outcome.error, code)
        site.status()
        site.settle()
        now = seen(site)
        if not happened:
            assert outcome.error is not None
            assert (now.refs, now.head) == (old.refs, old.head)
            check_same_files(now.files, old.files, None)
            _works_with_room(site, name)
        elif name != "commit-large":  # its content is another each time
            assert (now.refs, now.head) == (after.refs, after.head)
            check_same_files(now.files, after.files, None)
        check_nothing_lost(site, old)
        check_goes_on(site)
    assert refused


@pytest.mark.parametrize("name", sorted(QUIET))
@pytest.mark.parametrize("fail", [fail_from, fail_at])
def test_what_comes_after_a_command_never_fails_it(folder, name, fail):
    def prepare(new: str) -> Action:
        site = prepared(new)
        COMMANDS[name].prepare(site)
        return lambda: COMMANDS[name].run(site_in(new))

    for outcome in each_failure(folder, prepare, errno.ENOSPC, fail):
        assert outcome.error is None
        site = site_in(outcome.folder)
        verdict = site.verify()
        assert verdict.ok, verdict.problems


def _check_error(error: Exception, code: int) -> None:
    assert isinstance(error, ContentvcError), error
    wanted, end = CODES[code]
    # Whether a name outlives a power failure is not known when its folder cannot be synced.
    assert error.code in {wanted, "storage-failed"}
    assert exit_code(error) in {end, 8}
    assert error.hint


def _works_with_room(site: Site, name: str) -> None:
    if name not in {"tag-delete", "branch-delete"}:
        COMMANDS[name].run(site)


def test_status_needs_no_room(folder):
    for outcome in each_failure(folder, lambda new: prepared(new).status, errno.ENOSPC, fail_from):
        assert not isinstance(outcome.error, OSError)
        if outcome.error is not None:
            _check_error(outcome.error, errno.ENOSPC)


@pytest.mark.skipif(os.name != "posix" or not os.path.isdir("/dev/shm"), reason="Linux only")  # noqa: S108
def test_a_small_file_system_that_runs_full(tmp_path):
    """A real one, where whoever runs the tests may mount it."""
    import subprocess

    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here; the failures above are injected")
    try:
        _fill(Site(place / "site"))
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _fill(site: Site) -> None:
    site.init().write({b"small": b"1"}).commit("small")
    last = site.at("HEAD")
    with pytest.raises((OSError, ContentvcError)) as refused:  # noqa: PT012 - one of them will
        for number in range(100):
            site.write({b"random-%d" % number: os.urandom(150_000)})
            site.commit(f"number {number}")
            last = site.at("HEAD")
    error = refused.value
    if isinstance(error, ContentvcError):  # it was the command for which there was no room
        assert error.code == "disk-full"
        assert exit_code(error) == 8
    else:
        assert error.errno == errno.ENOSPC
    assert 1 < len(last) < 20
    assert site.at("HEAD") == last
    assert site.verify().ok
    for path in list(site.files()):
        if path != b"small":
            site.remove(path)
    site.write({b"small": b"2"}).commit("works again", b"small")
    assert site.at("HEAD") == last | {b"small": b"2"}
    assert site.verify().ok
