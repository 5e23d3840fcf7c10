"""Words: an embedded vocabulary, drawn by Zipf's law, that made-up documents are written in.

Independent words compress worse than language does and repeated sentences far better, so what is
drawn is words together with the set phrases that prompts and evaluation configs are full of.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate, product
from random import Random
from typing import Final

__all__ = ["SUBJECTS", "Words", "zipf_table"]

_FREQUENT: Final = """
the of and to in a is that for it as with be by on are this from or an at which not can was have
each one if when all has their will its but more these they you we other may than how what should
only into about so there where also some time them use must such between then use no any first two
new after out up over most many who were your our been had would could does do before through while
because both same under given following based
"""

_PLAIN: Final = """
model answer question prompt response text task example user context document language evaluation
data score result input output system instruction reference passage sentence word information
training test set metric value number format list step reason case source label class name type
length token sequence method problem solution knowledge person people world year day part place
group work company state city country government law court case history science art music book
story author character letter line page figure table chart section chapter report paper study
research field area region water energy heat light force field particle cell protein gene disease
patient doctor treatment drug dose symptom trial risk rate cost price market bank tax trade
account customer order product service contract policy claim party agreement right duty school
student teacher course class exam grade level skill exercise program function variable code file
error message request server network memory process signal image picture video sound voice speech
translation dialect phrase verb noun grammar meaning sense tone style summary paragraph title
topic theme opinion fact evidence argument claim premise conclusion inference logic proof theorem
equation angle triangle circle area volume distance speed weight mass temperature pressure degree
minute hour week month century season summer winter river mountain ocean forest island bridge road
street house garden door window kitchen table chair bottle glass cup plate bread milk sugar salt
rice fruit apple orange tree flower seed leaf animal bird fish dog cat horse insect bacteria virus
planet star moon sun earth rock metal gold iron copper glass wood paper stone oil gas coal steel
engine wheel car train plane ship boat ticket passenger driver station airport journey map north
south east west border village farmer soldier army war peace treaty election vote party minister
president king queen empire colony church religion belief culture custom festival game player team
match goal ball race winner record prize film actor scene stage dance song piano guitar
mean make take give find tell ask show try leave call keep let begin seem help turn start run move
live believe hold bring happen write provide sit stand lose pay meet include continue learn change
lead understand watch follow stop create speak read allow add spend grow open walk win offer
remember consider appear buy wait serve die send expect build stay fall cut reach kill remain
suggest raise pass sell require decide return explain hope develop carry break receive agree
support hit produce eat cover catch draw choose cause point listen realize place close involve
increase compare describe identify determine calculate estimate measure select verify classify
extract generate rewrite translate summarize evaluate predict retrieve rank filter label annotate
large small high low long short good bad great little old young early late public private local
national social human natural common rare simple complex clear vague correct wrong true false
possible likely certain similar different important relevant useful recent current final main
general specific single double whole partial strong weak hot cold dry wet light dark fast slow
heavy hard soft safe dangerous healthy medical legal financial technical formal informal polite
concise detailed accurate precise consistent coherent fluent neutral positive negative daily
annual economic political military religious ancient modern foreign domestic urban rural
chemical physical biological electrical mechanical mathematical statistical linguistic visual
"""

_STEMS: Final = """
accept adapt address adjust affect align announce apply approach argue arrange assess assign
assist assume attach attempt attend avoid balance benefit block borrow calm capture charge check
claim collect combine comment commit complete concern conclude confirm connect consist construct
consult contain contrast control convert cook correct count credit debate declare define deliver
demand depend design detect discover discuss display distribute divide document dominate
emphasize employ enable encounter engage ensure enter establish examine exceed exchange exclude
exist expand explore export express extend fail favour feature finish fit focus forecast form
frame function gather govern guarantee guess guide hesitate highlight ignore illustrate imagine
implement imply import impose improve infer influence inform insert inspect install instruct
integrate interpret introduce invest investigate invite join judge justify launch limit link load
maintain manage mark match mention merge monitor note notice obtain occur operate oppose
organize overlap own permit persuade plan possess practise prefer prepare present preserve
prevent print proceed process project promise promote propose protect prove publish purchase
pursue quote reckon recognize recommend reconstruct recover reduce refer reflect refuse regard
reject relate release rely remove repair repeat replace reply represent request rescue resist
resolve respond restore restrict reveal review reward rotate sample satisfy scale schedule search
secure separate settle shape share shift signal solve sort specify split spread stress structure
struggle submit substitute succeed suffer supply suppose surround survive suspect tend test
threaten trace train transfer transform trigger trust update validate vary visit warn weigh wonder
"""

_ENDINGS: Final = ("", "s", "ing", "ed", "er", "able", "ation")

_SYLLABLES: Final = """
ba bel bor cal cor dan del dor el fen gar gol han hel in jor kal ken kor lan lem lor ma mar
mel mon na nel nor or pal per ral ren ros sal sen sol ta tel tor ul val ven vor wen yal zan
"""

_SUBJECTS: Final = """
anatomy astronomy biology botany business chemistry clinical coding commonsense computing dialogue
economics electronics engineering ethics finance geography geology grammar history immunology
intents law legal linguistics literature logic management marketing mathematics medicine moral
nutrition paraphrase philosophy physics politics psychology reading reasoning religion retrieval
safety science security sentiment sociology statistics summarization tooluse toxicity translation
trivia virology
"""

SUBJECTS: Final = tuple(_SUBJECTS.split())

_PHRASES: Final = (
    "the following",
    "as well as",
    "in order to",
    "such as",
    "according to the passage",
    "step by step",
    "the correct answer",
    "a large language model",
    "the user's question",
    "based on the context",
    "at least one",
    "one of the most",
    "for each example",
    "the end of the",
    "do not include",
    "in the same way",
    "the number of",
    "is likely to",
    "there is no",
    "on the other hand",
    "as a result",
    "the first and the last",
    "in other words",
    "per cent of the",
    "a single word",
    "if and only if",
    "part of the",
    "with respect to the",
    "the total amount of",
    "has been shown to",
)


def _inflected() -> Iterator[str]:
    for ending, stem in product(_ENDINGS, _STEMS.split()):
        silent = stem.endswith("e") and ending.startswith(("i", "e", "a"))
        yield (stem[:-1] if silent else stem) + ending


def _vocabulary() -> tuple[str, ...]:
    """Every word and phrase once, the most frequent first; the tail is made-up names."""
    names = ("".join(parts).capitalize() for parts in product(_SYLLABLES.split(), repeat=2))
    plain = _PLAIN.split()
    mixed = [word for pair in zip(_PHRASES, plain, strict=False) for word in pair]
    return tuple(
        dict.fromkeys([*_FREQUENT.split(), *mixed, *plain[len(_PHRASES) :], *_inflected(), *names])
    )


def _cumulated_weights(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(1, count + 1)))


def zipf_table(size: int) -> Sequence[str]:
    """Words, each so often that evenly drawn places of the table follow the same law.

    For millions of words: drawing from it is one look-up.
    """
    vocabulary = _vocabulary()
    weights = _cumulated_weights(len(vocabulary))
    shares = (weights[-1] * (place + 0.5) / size for place in range(size))
    return [vocabulary[bisect(weights, share)] for share in shares]


class Words:
    """An endless stream of words, each as often as Zipf's law (Mandelbrot's form) has it."""

    _BATCH: Final = 100_000

    def __init__(self, random: Random) -> None:
        self._random = random
        self._vocabulary = _vocabulary()
        self._weights = _cumulated_weights(len(self._vocabulary))
        self._drawn: list[str] = []
        self._next = 0

    def take(self, count: int) -> Sequence[str]:
        """The next `count` words of the stream."""
        if self._next + count > len(self._drawn):
            population, weights = self._vocabulary, self._weights
            self._drawn = self._random.choices(population, cum_weights=weights, k=self._BATCH)
            self._next = 0
        taken = self._drawn[self._next : self._next + count]
        self._next += count
        return taken
