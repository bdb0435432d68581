"""Which clauses of a reply are proposed, and where one topic ends and the next begins.

`intake_spans` looks at each clause with what surrounds it (what its passage does, the sentence that leads its list,
what parts it from the clause before, what kind of reply it stands in) and says whether a topic begins there, goes on, or
nothing is proposed. All that it sees is the same in every language, so that whole replies in six languages teach
one network together; each pipeline carries a copy of it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Adam, Maxout, Model, Relu, Softmax, chain, expand_window, fix_random_seed, residual

from classify.headings import is_heading
from classify.linear import NEW, OTHER, STANCES
from classify.normal import fold
from classify.outline import Clause, Outline
from classify.passages import core_start
from classify.reading import Read, Scores
from classify.stance import turns
from core.model import KINDS, LANGUAGES

SPANS: Final = "intake_spans"
OUTSIDE, BEGINS, GOES_ON = 0, 1, 2
SEED: Final = 2009
WIDTH: Final = 64
EPOCHS: Final = 6
BATCH: Final = 16
"""Replies at a time."""
LEARN_RATE: Final = 0.004
DROPOUT: Final = 0.15
VOTERS: Final = 4
FURTHEST: Final = 3.0
LEAST_SPREAD: Final = 0.2

WORDS: Final = re.compile(r"[^\W\d_\u3400-\u9fff]+|[\u3400-\u9fff]")
JOINS: Final = re.compile(r"^[\s,，،、]*(?:and|et|y|e|и|و|和|及)?\s*$")
QUESTION: Final = re.compile(
    r"^\W*(?:how|what|which|when|who|whether|why|where|comment|quel\w*|quand|qui|pourquoi|où|como|cómo|qué|que|cuál\w*|cuándo|quién\w*"
    r"|как\w*|что|когда|кто|кем|чем|каким\w*|где|ли|كيف|ما|متى|من|هل|أي|لماذا|如何|怎样|怎么|哪些|什么|何时|是否|谁)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Clauses [first, last] read as one topic, and how sure it is that something is proposed there (0..1)."""

    first: int
    last: int
    sure: float


class SpanTagger:
    """Leaves a Doc as it is; answers through `probabilities` (clauses x outside, begins, goes on).

    Each network sees what it made of the clauses before and behind, too. Several that begin differently vote: one alone
    is too sure of itself.
    """

    def __init__(self) -> None:
        self.networks: list[Model[Any, Any]] = []
        self.mean: Any = numpy.zeros(0, "float32")
        self.spread: Any = numpy.ones(0, "float32")

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def probabilities(self, features: Any) -> Any:
        """(clauses, 3) from (clauses, features)."""
        if not len(features) or not self.networks:
            return numpy.tile(numpy.asarray([1.0, 0.0, 0.0], "float32"), (len(features), 1))
        scaled = self._scaled(features)
        return numpy.mean([network.predict(scaled) for network in self.networks], axis=0)

    def _scaled(self, features: Any) -> Any:
        """What was rare in training must not count for more than anything that was not."""
        return numpy.clip((features - self.mean) / self.spread, -FURTHEST, FURTHEST).astype("float32")

    def learn(self, replies: Sequence[Any], labels: Sequence[Any], pool: Executor) -> None:
        """Fit to the clauses of whole replies with known labels, in `pool`; the same ones give the same networks."""
        together = numpy.concatenate(replies)
        self.mean = together.mean(axis=0).astype("float32")
        self.spread = numpy.maximum(together.std(axis=0), LEAST_SPREAD).astype("float32")
        scaled = [self._scaled(features) for features in replies]
        jobs = [pool.submit(_fitted, scaled, labels, SEED + number) for number in range(VOTERS)]
        width = len(self.mean)
        self.networks = [_restored(job.result(), width) for job in jobs]

    def to_disk(self, path: str | Path, *, exclude: Any = ()) -> None:
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for number, network in enumerate(self.networks):
            (folder / f"network-{number}").write_bytes(network.to_bytes())
        if self.networks:
            numpy.savez(folder / "scale.npz", mean=self.mean, spread=self.spread)

    def from_disk(self, path: str | Path, *, exclude: Any = ()) -> SpanTagger:
        folder = Path(path)
        if (folder / "scale.npz").is_file():
            with numpy.load(folder / "scale.npz", allow_pickle=False) as kept:
                self.mean, self.spread = kept["mean"], kept["spread"]
            self.networks = [_restored(file.read_bytes(), len(self.mean)) for file in sorted(folder.glob("network-*"))]
        return self


def _network() -> Model[Any, Any]:
    beside = chain(expand_window(1), Maxout(WIDTH, 3 * WIDTH, nP=3, dropout=DROPOUT, normalize=True))
    return chain(Relu(WIDTH, dropout=DROPOUT), residual(beside), Softmax(3))


def _fitted(replies: Sequence[Any], labels: Sequence[Any], seed: int) -> bytes:
    """The weights of one network."""
    fix_random_seed(seed)
    network = _network()
    network.initialize(X=replies[0][:2], Y=numpy.eye(3, dtype="float32")[:2])
    optimizer = Adam(LEARN_RATE, L2=1e-4)
    order = numpy.random.default_rng(seed)
    for _ in range(EPOCHS):
        places = order.permutation(len(replies))
        for at in range(0, len(places), BATCH):
            chosen = places[at : at + BATCH]
            rows, truth, counts = _packed([replies[place] for place in chosen], [labels[place] for place in chosen])
            guess, backprop = network.begin_update(rows)
            backprop((guess - truth) * (counts / counts.sum()))
            network.finish_update(optimizer)
    weights: bytes = network.to_bytes()
    return weights


def _packed(replies: Sequence[Any], labels: Sequence[Any]) -> tuple[Any, Any, Any]:
    """Replies one behind the other, parted by an empty clause that does not count: rows, truth, and which count."""
    width = replies[0].shape[1]
    gap = numpy.zeros((1, width), "float32")
    rows = numpy.concatenate([part for reply in replies for part in (reply, gap)])
    named = numpy.concatenate([part for found in labels for part in (found, [OUTSIDE])])
    counts = numpy.concatenate([part for found in labels for part in (numpy.ones(len(found)), [0.0])])
    return rows, numpy.eye(3, dtype="float32")[named], counts.astype("float32")[:, None]


def _restored(weights: bytes, width: int) -> Model[Any, Any]:
    network = _network()
    network.initialize(X=numpy.zeros((1, width), "float32"), Y=numpy.zeros((1, 3), "float32"))
    return network.from_bytes(weights)


@Language.factory(SPANS)
def make_span_tagger(nlp: Language, name: str) -> SpanTagger:
    return SpanTagger()


def decode(read: Read, rows: Any) -> list[Proposed]:
    """The likeliest sequence of topics; none goes on over the end of its passage."""
    if not len(rows):
        return []
    logs = numpy.log(numpy.clip(rows, 1e-6, 1))
    best, back = logs[0].copy(), []
    best[GOES_ON] = -math.inf
    for at in range(1, len(rows)):
        # What a clause may follow: anything, but a topic goes on only within its passage.
        same = read.clauses[at].passage == read.clauses[at - 1].passage
        allowed = numpy.zeros((3, 3))
        allowed[OUTSIDE, GOES_ON] = -math.inf
        if not same:
            allowed[:, GOES_ON] = -math.inf
        paths = best[:, None] + allowed
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + logs[at]
    labels = [int(best.argmax())]
    for step in reversed(back):
        labels.append(int(step[labels[-1]]))
    return _spans(labels[::-1], rows)


def _spans(labels: Sequence[int], rows: Any) -> list[Proposed]:
    found: list[Proposed] = []
    for at, label in enumerate(labels):
        inside = float(1 - rows[at][OUTSIDE])
        if label == BEGINS:
            found.append(Proposed(at, at, inside))
        elif label == GOES_ON and found:
            found[-1] = Proposed(found[-1].first, at, max(found[-1].sure, inside))
    return found


# --- what the network sees -----------------------------------------------------------------------


def features(read: Read, kinds: Scores) -> Any:
    """(clauses, features) as float32. `kinds`: how likely the whole reply is of each kind."""
    own = [_of_passage(read, number) for number in range(len(read.passages))]
    whole = _of_text(read, kinds)
    openings = [_opening(read, at) for at in range(len(read.clauses))]
    left = Counter(clause.passage for clause in read.clauses)
    rows = []
    for at, clause in enumerate(read.clauses):
        number = clause.passage
        left[number] -= 1
        around = [*_summary(own, number - 1), *_summary(own, number + 1), *_lead(read, own, number)]
        rows.append(
            [
                *whole,
                *own[number],
                *around,
                *_of_clause(read, at),
                *_parallel(read, openings, at, left[number]),
                *_beside(read, at - 1),
                *_beside(read, at + 1),
            ]
        )
    return numpy.asarray(rows, dtype="float32") if rows else numpy.zeros((0, 0), "float32")


def _of_text(read: Read, kinds: Scores) -> list[float]:
    items = sum(passage.item for passage in read.passages)
    return [
        *(kinds.get(kind, 0.0) for kind in KINDS),
        *(float(bool(read.languages) and read.languages[0] == code) for code in LANGUAGES),
        math.log1p(len(read.passages)),
        math.log1p(items),
        math.log1p(len(read.references)),
        math.log1p(len(read.titles)),
        float(any(cues.proposes for cues in read.cues)),
    ]


SUMMARY: Final = 6


def _of_passage(read: Read, number: int) -> list[float]:
    """The first SUMMARY of these are what its neighbours see of it."""
    passage, cues = read.passages[number], read.cues[number]
    words, stances, areas = read.words(passage), read.stances[number], read.areas[number]
    letters = sum(char.isalpha() for char in words) or 1
    return [
        stances.get("propose", 0.0),
        _area(areas),
        float(cues.proposes),
        float(cues.rejects),
        stances.get("courtesy", 0.0),
        float(passage.item),
        *(stances.get(name, 0.0) for name in (*STANCES[1:], OTHER)),
        areas.get(NEW, 0.0),
        float(cues.reports),
        float(passage.first),
        float(bool(re.search(r"[^\W\d_]", passage.marker))),
        float(bool(re.search(r"\d", passage.marker))),
        float(number in read.leads),
        float(bool(read.references_in(passage.start, passage.end))),
        float(bool(read.titles_in(passage.start, passage.end))),
        float(is_heading(words)),
        float(bool(re.search(r"[:：]\s*$", words))),
        float(bool(re.search(r"[,，،]\s*$", words))),
        float(bool(re.search(r"[.。!！;；؛]\s*$", words))),
        float(bool(re.search(r"[?？؟]\s*$", words))),
        sum(char.isdigit() for char in words) / (len(words) or 1),
        sum(char.isupper() for char in words) / letters,
        float("@" in words or "www." in words),
        math.log1p(len(words)),
        number / len(read.passages),
        float(number == 0),
        float(number + 1 == len(read.passages)),
    ]


def _summary(own: Sequence[Sequence[float]], number: int) -> list[float]:
    return list(own[number][:SUMMARY]) if 0 <= number < len(own) else [0.0] * SUMMARY


def _lead(read: Read, own: Sequence[Sequence[float]], number: int) -> list[float]:
    lead = read.passages[number].lead
    if lead is None:
        return [0.0] * (SUMMARY + 3)
    stances = read.stances[lead]
    return [1.0, *own[lead][:SUMMARY], stances.get("reject", 0.0), stances.get("report", 0.0)]


def _of_clause(read: Read, at: int) -> list[float]:
    clause, cues = read.clauses[at], read.clause_cues[at]
    words, stances, areas = read.words(clause), read.clause_stances[at], read.clause_areas[at]
    before = _run_before(read, at)
    language = read.languages[clause.passage]
    return [
        *(stances.get(name, 0.0) for name in (*STANCES, OTHER)),
        _area(areas),
        areas.get(NEW, 0.0),
        float(cues.proposes),
        float(cues.rejects),
        float(cues.reports),
        float(not clause.cut and at > 0),
        float(bool(clause.cut) and not JOINS.match(clause.cut)),
        float(bool(clause.cut) and bool(re.fullmatch(r"[\s,，،、]*", clause.cut))),
        float(any(read.clause_cues[other].proposes for other in before)),
        float(any(read.clause_cues[other].rejects for other in before)),
        float(turns(words, language)),
        float(bool(QUESTION.match(words))),
        float(bool(read.references_in(clause.start, clause.end))),
        float(bool(read.titles_in(clause.start, clause.end))),
        math.log1p(len(words)),
        math.log1p(len(before)),
        float(_same_area(read, at)),
        _alike(areas, read.clause_areas[at - 1] if before else {}),
        _alike(areas, read.areas[clause.passage]),
        *(float(margin) for margin in numpy.clip(read.clause_margins[at], -FURTHEST, FURTHEST)),
    ]


@dataclass(frozen=True, slots=True)
class _Opening:
    """The first two words of a clause, of its topic's own words, and how many it has."""

    words: tuple[str, ...]
    own: tuple[str, ...]
    count: int


def _opening(read: Read, at: int) -> _Opening:
    clause = read.clauses[at]
    words = tuple(WORDS.findall(fold(read.words(clause))))
    start = core_start(read.text, clause.start, clause.end, read.languages[clause.passage])
    return _Opening(words[:2], tuple(WORDS.findall(fold(read.text[start : clause.end]))[:2]), len(words))


def _parallel(read: Read, openings: Sequence[_Opening], at: int, behind: int) -> list[float]:
    """Whether a clause opens as those before it do: "on the wages …, on the fines … and on the maps …". `behind`: how many
    clauses of its passage follow it."""
    before = _run_before(read, at)
    here, first = openings[at].words, openings[at].words[:1]
    return [
        float(bool(before) and bool(first) and first == openings[at - 1].own[:1]),
        float(bool(first) and any(first == openings[other].own[:1] for other in before)),
        float(bool(first) and any(first == openings[other].words[:1] for other in before)),
        float(len(here) == 2 and any(here == openings[other].own for other in before)),
        float(behind > 0 and bool(first) and first == openings[at + 1].words[:1]),
        math.log1p(behind),
        math.log1p(openings[at].count),
        math.log1p(openings[at - 1].count if before else 0),
    ]


def _beside(read: Read, at: int) -> list[float]:
    if not 0 <= at < len(read.clauses):
        return [0.0] * 5
    cues = read.clause_cues[at]
    return [
        1.0,
        read.clause_stances[at].get("propose", 0.0),
        _area(read.clause_areas[at]),
        float(cues.proposes),
        float(cues.rejects),
    ]


def _run_before(read: Read, at: int) -> list[int]:
    """The clauses of the same passage before this one."""
    number = read.clauses[at].passage
    first = at
    while first > 0 and read.clauses[first - 1].passage == number:
        first -= 1
    return list(range(first, at))


def _area(areas: Scores) -> float:
    return max((value for name, value in areas.items() if name != NEW), default=0.0)


def _same_area(read: Read, at: int) -> bool:
    if not _run_before(read, at):
        return False
    here, there = read.clause_areas[at], read.clause_areas[at - 1]
    return max(here, key=lambda name: here[name], default="") == max(there, key=lambda name: there[name], default="")


def _alike(first: Scores, second: Mapping[str, float]) -> float:
    return sum(value * second.get(name, 0.0) for name, value in first.items())


def labels_of(read: Outline, topics: Sequence[tuple[int, int]]) -> Any:
    """What the network should say of each clause, for topics at known places [(start, end)]."""
    labels = numpy.zeros(len(read.clauses), "int64")
    for start, end in topics:
        inside = [at for at, clause in enumerate(read.clauses) if _belongs(clause, start, end)]
        for order, at in enumerate(inside):
            follows = order > 0 and read.clauses[at].passage == read.clauses[inside[order - 1]].passage
            labels[at] = GOES_ON if follows and labels[at] != BEGINS else BEGINS
    return labels


def _belongs(clause: Clause, start: int, end: int) -> bool:
    common = min(clause.end, end) - max(clause.start, start)
    return common > 0 and common >= 0.5 * min(clause.end - clause.start, end - start)
