"""Documents: made-up prompts, evaluation configs and records, shaped like those of real suites.

Documents of one folder share its subject, template and settings, as real ones do; what is said in
them differs. Every line that carries prose can be reworded without breaking the file's format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.words import SUBJECTS, Words

__all__ = ["SUFFIXES", "Folder", "Writer"]

_METRICS: Final = ("acc", "acc_norm", "exact_match", "f1", "bleu", "rouge1", "chrf", "mcc", "brier")
_TONES: Final = ("concise", "formal", "friendly", "neutral", "strict", "socratic")
_LANGUAGES: Final = ("de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "ru", "sw", "zh")
_OPENERS: Final = (
    "Answer the question",
    "Given the passage",
    "In this task you",
    "Read the text and",
    "You are an assistant who",
    "Note that",
    "For example,",
    "Make sure that",
    "If the user asks,",
    "When in doubt,",
)
_TEMPLATES: Final = (
    "Question: {{question}}\\nAnswer:",
    "{{context}}\\n\\nQ: {{question.strip()}}\\nA. {{choices[0]}}\\nB. {{choices[1]}}\\nAnswer:",
    "Premise: {{premise}}\\nHypothesis: {{hypothesis}}\\nLabel:",
    "Translate into {{target}}:\\n{{source}}\\n",
    "Text: {{text}}\\nSummary:",
)
_STORES: Final = ("s3://evals", "hf://datasets", "file://corpora", "https://content.example")


@dataclass(frozen=True, slots=True)
class Folder:
    """What the documents of one folder have in common."""

    path: str
    subject: str
    language: str
    template: str
    metrics: tuple[str, ...]
    owner: str
    shots: int
    revision: str


class Writer:
    """Writes documents of one random stream, so that the same seed gives the same bytes."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._words = Words(random)

    def folder(self, path: str) -> Folder:
        """A folder's subject, template and settings."""
        random = self._random
        return Folder(
            path=path,
            subject=random.choice(SUBJECTS),
            language=random.choice(_LANGUAGES),
            template=random.choice(_TEMPLATES),
            metrics=tuple(random.sample(_METRICS, random.randint(1, 3))),
            owner=self._words.take(1)[0].split()[0].lower(),
            shots=random.choice((0, 0, 1, 3, 5, 8)),
            revision=f"{random.getrandbits(28):07x}",
        )

    def sentence(self) -> str:
        """One sentence of about fourteen words."""
        random = self._random.random
        words = list(self._words.take(6 + int(random() * 17)))
        if random() < 0.4:
            words[len(words) // 2] += ","
        if random() < 0.12:
            words[-2] = str(int(10 ** (random() * 4)))
        opener = self._random.choice(_OPENERS) + " " if random() < 0.2 else ""
        text = opener + " ".join(words)
        return text[0].upper() + text[1:] + "."

    def paragraph(self) -> str:
        """One to four sentences on one line, mostly one or two."""
        return " ".join(self.sentence() for _ in range(1 + int(self._random.random() ** 2 * 3.6)))

    def document(self, suffix: str, folder: Folder, name: str) -> str:
        """The text of a new document of one of `SUFFIXES`."""
        return _KINDS[suffix](self, folder, name)

    def markdown(self, folder: Folder, name: str) -> str:
        """A prompt: front matter, instructions, points, sometimes a template to fill in."""
        random = self._random
        parts = [
            (
                f"---\nname: {name}\nsubject: {folder.subject}\nlanguage: {folder.language}\n"
                f"owner: {folder.owner}\nversion: {random.randint(1, 40)}\n"
                f"tone: {random.choice(_TONES)}\n---\n"
            ),
            f"# {' '.join(self._words.take(3)).capitalize()}\n",
            self.paragraph() + "\n",
        ]
        if random.random() < 0.5:
            points = (f"- {self.sentence()}" for _ in range(random.randint(2, 4)))
            parts += ["## Instructions\n", "\n".join(points) + "\n"]
        if random.random() < 0.25:
            parts.append("```text\n" + folder.template.replace("\\n", "\n") + "\n```\n")
        if random.random() < 0.2:
            parts += ["## Notes\n", *(self.paragraph() + "\n" for _ in range(random.randint(1, 4)))]
        return "\n".join(parts)

    def yaml(self, folder: Folder, name: str) -> str:
        """An evaluation config."""
        random = self._random
        lines = [
            f"task: {name}",
            f"dataset_path: {random.choice(_STORES)}/{folder.subject}/{folder.language}",
            f"dataset_name: {folder.subject}_{self._words.take(1)[0].replace(' ', '_').lower()}",
            f"description: {_quoted(self.sentence())}",
            f'doc_to_text: "{folder.template}"',
            f"num_fewshot: {folder.shots}",
            "metric_list:",
            *(f"  - metric: {metric}\n    higher_is_better: true" for metric in folder.metrics),
            "generation_kwargs:",
            f"  max_gen_toks: {random.choice((16, 32, 64, 256, 1024))}",
            f"  temperature: {random.choice((0.0, 0.0, 0.2, 0.7, 1.0))}",
            "metadata:",
            f"  revision: {folder.revision}",
            f"  seed: {random.randint(0, 99999)}",
        ]
        if random.random() < 0.4:
            lines.append(f"  note: {_quoted(self.paragraph())}")
        return "\n".join(lines) + "\n"

    def json(self, folder: Folder, name: str) -> str:
        """An evaluation item: a question, its choices, where it comes from."""
        random = self._random
        choices = [" ".join(self._words.take(random.randint(1, 5))) for _ in range(4)]
        listed = ",\n".join(f"    {_quoted(choice)}" for choice in choices)
        return (
            f'{{\n  "id": "{random.getrandbits(64):016x}",\n  "name": "{name}",\n'
            f'  "subject": "{folder.subject}",\n  "language": "{folder.language}",\n'
            f'  "question": {_quoted(self.paragraph())},\n  "choices": [\n{listed}\n  ],\n'
            f'  "answer": {random.randint(0, 3)},\n'
            f'  "rationale": {_quoted(self.paragraph())},\n'
            f'  "weight": {random.random():.3f},\n  "revision": "{folder.revision}"\n}}\n'
        )

    def edited(self, path: str, text: str) -> str:
        """The document with one line reworded, added or removed; still valid in its format."""
        lines = text.split("\n")
        if path.endswith(".json"):
            self._reword(lines, '"question": ', end=",")
        elif path.endswith(".yaml"):
            self._edit_config(lines)
        else:
            self._edit_prose(lines)
        return "\n".join(lines)

    def _reword(self, lines: list[str], key: str, end: str = "") -> None:
        number = next(number for number, line in enumerate(lines) if line.lstrip().startswith(key))
        line = lines[number]
        words = line.removesuffix(f'"{end}').split(" ")
        words[-1] = self._words.take(1)[0] + "."
        lines[number] = " ".join(words) + f'"{end}'

    def _edit_config(self, lines: list[str]) -> None:
        kind = self._random.randrange(3)
        if kind == 0 and any(line.startswith("num_fewshot") for line in lines):
            lines[:] = [line for line in lines if not line.startswith("num_fewshot")]
        elif kind == 1:
            lines.insert(-1, f"# {self.sentence()}")
        else:
            self._reword(lines, "description: ")

    def _edit_prose(self, lines: list[str]) -> None:
        start = lines.index("---", 1) + 1
        prose = [at for at in range(start, len(lines)) if lines[at].endswith(".")]
        kind = self._random.randrange(3)
        if kind == 0 and len(prose) > 1:
            del lines[self._random.choice(prose)]
        elif kind == 1 or not prose:
            lines.insert(-1, f"\n{self.sentence()}")
        else:
            at = self._random.choice(prose)
            words = lines[at].split(" ")
            words[self._random.randrange(1, len(words))] = self._words.take(1)[0]
            lines[at] = " ".join(words).removesuffix(".") + "."


def _quoted(text: str) -> str:
    return f'"{text}"'


_KINDS: Final[Mapping[str, Callable[[Writer, Folder, str], str]]] = {
    ".md": Writer.markdown,
    ".yaml": Writer.yaml,
    ".json": Writer.json,
}
SUFFIXES: Final = tuple(_KINDS)
