"""The trained text classifiers, as spaCy components: stance and areas of a passage, kind of a whole reply, and whether a
clause is proposed.

Each is one linear support vector machine a label (Fan et al. 2008, LIBLINEAR) over the features of features.py, its
margins turned into probabilities by one factor that is fitted on examples it had not seen (Guo et al. 2017, "On
Calibration of Modern Neural Networks", section 4.2). Fitting takes a second where gradient descent took half a minute,
and generalises better from a thousand examples (docs/classifier.md has the table).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy
from spacy.language import Language
from spacy.tokens import Doc

from classify.features import Hashed, hashed

STANCES: Final = ("propose", "report", "reject", "ask", "courtesy", "quote", "logistics")
OTHER: Final = "other"
"""What a passage of a marked reply does that proposes nothing: letterheads, background, signatures."""
NEW: Final = "new"
"""The label of a topic outside the areas."""
COST: Final = 0.5
TOLERANCE: Final = 1e-3
FOLDS: Final = 2
SEED: Final = 2009
FACTORS: Final = tuple(round(0.25 * step, 2) for step in range(2, 41))


class LinearClassifier:
    """Leaves a Doc as it is, and answers when it is asked: `scores(texts)`."""

    def __init__(self, language: str, name: str) -> None:
        self.language = language
        self.name = name
        self.labels: tuple[str, ...] = ()
        self.factor = 1.0
        self._keys: Any = numpy.zeros(0, "uint32")
        self._weights: Any = numpy.zeros((0, 0), "float32")
        self._bias: Any = numpy.zeros(0, "float32")

    def __call__(self, doc: Doc) -> Doc:
        return doc

    # --- asking ---

    def margins(self, texts: Sequence[str]) -> Any:
        """(texts, labels): how far on a label's side of its border each text lies."""
        return self.margins_of([hashed(text, self.language) for text in texts])

    def margins_of(self, found: Sequence[Hashed]) -> Any:
        """The same for what was hashed before."""
        rows = numpy.empty((len(found), len(self.labels)), "float32")
        for at, row in enumerate(found):
            rows[at] = self._margin(row)
        return rows

    def _margin(self, found: Hashed) -> Any:
        places = numpy.searchsorted(self._keys, found.keys)
        places[places == len(self._keys)] = 0
        known = self._keys[places] == found.keys
        return found.values[known] @ self._weights[places[known]] + self._bias

    def scores(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """For each text, in the pipeline's language, the probability of each label; they sum to 1."""
        if not texts or not self.labels:
            return [{} for _ in texts]
        rows = softmax(self.margins(texts) * self.factor)
        return [dict(zip(self.labels, map(float, row), strict=True)) for row in rows]

    # --- learning ---

    def learn(
        self, rows: Sequence[Hashed], shares: Sequence[Sequence[float]], labels: Sequence[str], factor: float = 0.0
    ) -> None:
        """Learn from rows of which `shares` say how likely each label is; the same ones give the same answers.

        `factor` is one that was fitted before; 0 fits it now.
        """
        self.labels = tuple(labels)
        truth = numpy.asarray(shares, "float32")
        self._fit(rows, truth)
        final = (self._keys, self._weights, self._bias)
        self.factor = factor or self._fitted_factor(rows, truth)
        self._keys, self._weights, self._bias = final

    def _fit(self, rows: Sequence[Hashed], truth: Any) -> None:
        self._keys, counts = numpy.unique(numpy.concatenate([row.keys for row in rows]), return_counts=True)
        # Inverse document frequency, smoothed and about 1; it is kept in the weights.
        rarity = numpy.log((len(rows) + 1) / (counts + 1)) + 1
        rarity = (rarity / rarity.mean()).astype("float32")
        matrix = _sparse(rows, self._keys, rarity)
        fitted = [_separate(matrix, column > 0) for column in truth.T]
        weights = numpy.stack([coefficients for coefficients, _ in fitted], axis=1)
        self._weights = (weights * rarity[:, None]).astype("float32")
        self._bias = numpy.asarray([bias for _, bias in fitted], "float32")

    def _fitted_factor(self, rows: Sequence[Hashed], truth: Any) -> float:
        """The factor with the smallest log loss on examples held back from training."""
        order = numpy.random.default_rng(SEED).permutation(len(rows))
        if len(rows) < 10 * FOLDS:
            return 2.0
        margins = numpy.zeros(truth.shape, "float32")
        for fold in range(FOLDS):
            held, kept = order[fold::FOLDS], numpy.setdiff1d(order, order[fold::FOLDS])
            self._fit([rows[at] for at in kept], truth[kept])
            for at in held:
                margins[at] = self._margin(rows[at])
        share = truth / truth.sum(axis=1, keepdims=True).clip(1)
        return min(FACTORS, key=lambda factor: _log_loss(softmax(margins * factor), share))

    # --- keeping ---

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cfg.json").write_text(json.dumps({"labels": self.labels, "factor": self.factor}), encoding="utf-8")
        weights = self._weights.astype("float16")
        with (folder / "weights.npz").open("wb") as file:
            numpy.savez_compressed(file, keys=self._keys, weights=weights, bias=self._bias)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> LinearClassifier:
        folder = Path(path)
        cfg = json.loads((folder / "cfg.json").read_text(encoding="utf-8"))
        self.labels, self.factor = tuple(cfg["labels"]), cfg["factor"]
        with numpy.load(folder / "weights.npz", allow_pickle=False) as kept:
            self._keys, self._weights, self._bias = kept["keys"], kept["weights"].astype("float32"), kept["bias"]
        return self


def softmax(rows: Any) -> Any:
    powers = numpy.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _log_loss(scores: Any, truth: Any) -> float:
    return float(-(truth * numpy.log(numpy.clip(scores, 1e-7, 1))).sum(axis=1).mean())


def _sparse(rows: Sequence[Hashed], keys: Any, scale: Any) -> Any:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only training needs it

    ends = numpy.cumsum([0, *(len(row.keys) for row in rows)])
    columns = numpy.searchsorted(keys, numpy.concatenate([row.keys for row in rows]))
    values = numpy.concatenate([row.values for row in rows]) * scale[columns]
    return csr_matrix((values, columns, ends), shape=(len(rows), len(keys)))


def _separate(matrix: Any, positive: Any) -> tuple[Any, float]:
    """(coefficients, bias) of the border around one label; all zero where there is nothing to tell apart."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415 - only training needs it

    if positive.all() or not positive.any():
        return numpy.zeros(matrix.shape[1]), 1.0 if positive.all() else -1.0
    machine = LinearSVC(C=COST, class_weight="balanced", random_state=SEED, max_iter=3000, tol=TOLERANCE)
    machine.fit(matrix, positive)
    return machine.coef_[0], float(machine.intercept_[0])


def _register(name: str) -> None:
    @Language.factory(name)
    def make(nlp: Language, name: str) -> LinearClassifier:
        return LinearClassifier(nlp.lang, name)


STANCE, AREAS, KIND, CLAUSES = "intake_stance", "intake_areas", "intake_kind", "intake_clauses"
for component in (STANCE, AREAS, KIND, CLAUSES):
    _register(component)
