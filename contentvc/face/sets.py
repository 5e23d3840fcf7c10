"""ContentSet: a named part of a version's content, as its contentvc.toml declares it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contentvc.face.file import File
from contentvc.face.paths import to_bytes
from contentvc.face.tree import Tree
from contentvc.sets.declaration import Declaration

__all__ = ["ContentSet", "sets_of"]


@dataclass(frozen=True, slots=True)
class ContentSet:
    """One of the content sets of a version: what is declared of it, and its files.

    Example:
        >>> declared = 'sets.evals = {paths = ["evals/**"], key = "input"}'
        >>> _ = Path("support/contentvc.toml").write_text(declared)
        >>> evals = workspace.commit("Declare evals").sets["evals"]
        >>> evals.key, [file.path for file in evals.files()]
        (('input',), ['evals/cases.jsonl'])
    """

    _declaration: Declaration = field(repr=False, compare=False)
    _tree: Tree = field(repr=False)
    name: str
    paths: tuple[str, ...]
    """Patterns of the paths it has."""
    format: str | None
    """How its files are read, where their names do not tell it."""
    key: tuple[str, ...]
    """The fields that name a record, or an element of a list."""
    unordered: tuple[str, ...]
    """Names of lists whose order means nothing."""
    schema: str | None
    """The path of a JSON Schema."""
    required_attributes: tuple[str, ...]
    """What each of its files must have."""
    validate: str
    """What a commit does about problems: ``error``, ``warn`` or ``off``."""

    def files(self) -> Iterator[File]:
        """Its files, in the order of their paths; those of an earlier set are not among them."""
        for file in self._tree.files():
            found = self._declaration.set_for(to_bytes(file.path))
            if found is not None and found.name == self.name:
                yield file


def sets_of(declaration: Declaration, tree: Tree) -> dict[str, ContentSet]:
    """What is declared of the content of a root folder, by name."""
    return {
        one.name: ContentSet(
            _declaration=declaration,
            _tree=tree,
            name=one.name,
            paths=one.paths,
            format=one.format,
            key=one.key,
            unordered=one.unordered,
            schema=one.schema,
            required_attributes=one.required_attributes,
            validate=str(one.validate),
        )
        for one in declaration.sets
    }
