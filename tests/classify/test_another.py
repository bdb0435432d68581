"""A second consultation, on another subject, in a folder and without code: five areas, five examples each, three languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classify.assemble import Assembler
from classify.baseline import Baseline
from classify.examples import load_passages
from classify.pipeline import Classifier, Thresholds
from classify.train import ensure_model, load_pipelines
from core.consultation import Consultation, find_consultation, load_consultation
from core.model import BODY, Message, Span, Text
from tests.make import REPOSITORY

LANGUAGES = ("en", "fr", "es")
UNSEEN = Path(__file__).with_name("cu-2030-11-topics.json")
TOPICS = {
    "en": (
        ("a", "Digital catalogues of museum collections"),
        ("a", "A common standard for describing objects in an inventory"),
        ("b", "How customs can tell a forged export certificate"),
        ("b", "Border checks of shipments of antiquities"),
        ("c", "Verification of provenance by auction houses"),
        ("c", "Online platforms where antiquities are sold"),
        ("d", "Returning stolen artefacts to the countries they were taken from"),
        ("d", "Restitution claims against foreign museums"),
        ("e", "Looting of archaeological sites"),
        ("e", "Illegal excavation of tombs and ruins"),
        ("e", "Guarding remote sites with the help of villages"),
        ("c", "A dealer's duty to keep records of buyers"),
    ),
    "fr": (
        ("a", "Catalogues numériques des collections de musées"),
        ("a", "Une norme commune pour décrire les objets dans un inventaire"),
        ("b", "Comment la douane reconnaît un faux certificat d'exportation"),
        ("b", "Contrôles à la frontière des envois d'antiquités"),
        ("c", "Vérification de la provenance par les maisons de vente"),
        ("c", "Plateformes en ligne où se vendent des antiquités"),
        ("d", "Rendre les objets volés aux pays d'où ils viennent"),
        ("d", "Demandes de restitution adressées à des musées étrangers"),
        ("e", "Pillage des sites archéologiques"),
        ("e", "Fouilles illicites de tombes et de ruines"),
        ("e", "Surveillance des sites isolés avec les villages"),
        ("c", "Obligation des marchands de tenir un livre des acheteurs"),
    ),
    "es": (
        ("a", "Catálogos digitales de colecciones de museos"),
        ("a", "Una norma común para describir objetos en un inventario"),
        ("b", "Cómo reconoce la aduana un certificado de exportación falso"),
        ("b", "Controles fronterizos de los envíos de antigüedades"),
        ("c", "Verificación de la procedencia por las casas de subastas"),
        ("c", "Plataformas en línea donde se venden antigüedades"),
        ("d", "Devolver las piezas robadas a los países de los que salieron"),
        ("d", "Demandas de restitución ante museos extranjeros"),
        ("e", "Saqueo de sitios arqueológicos"),
        ("e", "Excavaciones ilícitas de tumbas y ruinas"),
        ("e", "Vigilancia de sitios apartados con ayuda de las aldeas"),
        ("c", "Deber de los anticuarios de llevar un registro de compradores"),
    ),
}


@pytest.fixture(scope="module")
def other() -> Consultation:
    return load_consultation(find_consultation("cu-2030-11", REPOSITORY))


def test_it_has_a_handful_of_examples(other: Consultation) -> None:
    assert set(other.languages) == set(LANGUAGES)
    for language in LANGUAGES:
        passages = [item for item in load_passages(other, language) if item.stance == "propose"]
        assert {letter: sum(letter in item.areas for item in passages) for letter in other.letters} == dict.fromkeys(
            "abcde", 5
        )
        assert not {item.text for item in passages} & {words for _, words in TOPICS[language]}


@pytest.fixture(scope="module")
def trained(other: Consultation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_model(other, tmp_path_factory.mktemp("models"))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
def test_areas_from_titles_and_five_examples(other: Consultation, trained: Path, language: str) -> None:
    ours = Assembler(load_pipelines(trained))
    right = sum(ours.area_of(words, language) == area for area, words in TOPICS[language])
    assert right >= 0.9 * len(TOPICS[language])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_beats_the_baseline_taught_the_same(other: Consultation, trained: Path) -> None:
    """On 180 topics by a writer who knew the areas' titles and none of the examples."""
    ours = Assembler(load_pipelines(trained))
    baseline = Baseline.taught(other, LANGUAGES)
    topics = json.loads(UNSEEN.read_text(encoding="utf-8"))
    asked = [(words, area, language) for language, found in topics.items() for area, words in found]
    right = sum(ours.area_of(words, language) == area for words, area, language in asked)
    assert right > sum(baseline.area_of(words, language) == area for words, area, language in asked)
    assert right >= 0.65 * len(asked)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_reply_to_it_is_read(other: Consultation, trained: Path) -> None:
    words = "The Government of Kenya proposes topics (b) and (d)."
    text = Text(BODY, words, spans=(Span(0, len(words), "reply"),))
    message = Message("<a@x>", subject="Reply to CU 2030/11 (B)", body=words)
    outcome = Classifier.load(trained, other, Thresholds()).classify(message, [text])
    assert (outcome.kind, outcome.state) == ("proposal", "KEN")
    assert [item.area for topic in outcome.topics for item in topic.assignments] == ["b", "d"]
