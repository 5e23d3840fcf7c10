"""Tracking: what this repository remembers of where the refs of a remote are."""

from collections.abc import Iterator, Mapping

from contentvc.actions.notes import NOTES
from contentvc.errors import Damaged, Usage
from contentvc.history.names import BRANCH, NOTE, REMOTE, REMOTE_NOTE, TAG, check_ref_name
from contentvc.history.view import Ref, View

__all__ = ["check_offered", "offered", "renamed_tracking", "tracked", "tracking_ref"]


def tracking_ref(remote: str, ref: str) -> str:
    """Where a branch, or the notes, of a remote are remembered here."""
    if ref.startswith(BRANCH):
        return f"{REMOTE}{remote}/{ref.removeprefix(BRANCH)}"
    assert ref == NOTES  # noqa: S101 - tags are the same everywhere, and nothing else is fetched
    return f"{REMOTE_NOTE}{remote}/{ref.removeprefix(NOTE)}"


def tracked(view: View, remote: str) -> Mapping[str, Ref]:
    """What is remembered of a remote: by the name of the ref here."""
    prefixes = (f"{REMOTE}{remote}/", f"{REMOTE_NOTE}{remote}/")
    return {name: ref for name, ref in view.refs.items() if name.startswith(prefixes)}


def renamed_tracking(ref: str, remote: str, new: str) -> str:
    """What is remembered of a remote, once that has another name."""
    kind, _, rest = ref.partition("/")
    return f"{kind}/{new}/{rest.removeprefix(f'{remote}/')}"


def offered(view: View) -> Iterator[tuple[str, Ref]]:
    """The refs of a remote that concern others: its branches, its tags, its notes.

    Raises:
        Damaged: one has a name that no command would have given it (``unsafe-name``).
    """
    for name, ref in view.refs.items():
        if name == NOTES:
            yield name, ref
        elif name.startswith((BRANCH, TAG)):
            check_offered(name)
            yield name, ref


def check_offered(ref: str) -> None:
    """Refuse the name of a remote's branch or tag that could be taken for something else.

    Raises:
        Damaged: as `offered`.
    """
    try:
        check_ref_name(ref.split("/", 1)[1])
    except Usage as error:
        raise Damaged("unsafe-name", f"the remote has a ref {ref!r}: {error.message}") from error
