"""The list of States, and what the classifier makes of who replies."""

from __future__ import annotations

import pytest

from classify.pipeline import Classifier
from classify.senders import domain_of, is_look_alike, mission_on_webmail
from classify.states import load_states
from core.model import BODY, LANGUAGES, Message, Outcome, Span, Text


def outcome_of(classifier: Classifier, text: str, sender: str = "office@mail.example", **fields: str) -> Outcome:
    message = Message("<x@test.example>", from_address=sender, body=text, from_name=fields.get("name", ""))
    texts = (Text(BODY, text, spans=(Span(0, len(text), "reply"),)),)
    return classifier.classify(message, texts, fields.get("stated"))


def test_the_list_of_states() -> None:
    known = load_states()
    codes = [state.code for state in known.states]
    assert len(codes) == len(set(codes)) == 194
    assert "SSD" not in codes
    members = {code for group in known.groups for code in group.members}
    assert members <= set(codes)


def test_names_are_those_of_2009() -> None:
    english = {state.code: state.short["en"] for state in load_states().states}
    assert english["MKD"] == "The former Yugoslav Republic of Macedonia"
    assert english["SWZ"] == "Swaziland"
    assert english["LBY"] == "Libyan Arab Jamahiriya"
    assert all(set(state.short) == set(LANGUAGES) for state in load_states().states)


@pytest.mark.parametrize(
    ("address", "code", "kind"),
    [
        ("a@mfa-sample.gov.ke", "KEN", "government"),
        ("a@gov.uk", "GBR", "government"),
        ("a@kenya-mission.example", "KEN", "mission"),
        ("a@mission-newzealand.example", "NZL", "mission"),
        ("a@ministry.ke", "KEN", "country"),
        ("a@webmail.example", None, "none"),
        ("a@yahoo.fr", None, "none"),
        ("a@aon.at", None, "none"),
    ],
)
def test_what_a_domain_says(address: str, code: str | None, kind: str) -> None:
    domain = domain_of(address)
    assert (domain.code, domain.kind) == (code, kind)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("a@mfa.gov.ke", False),
        ("a@mfa.g\u043ev.ke", True),
        ("a@mfa.g0v.ke", True),
        ("a@xn--mfa-6cd.example", True),
        ("a@mid.рф", False),
        ("a@mfa.gov-ke.example", True),
    ],
)
def test_look_alikes(address: str, fault: bool) -> None:
    assert is_look_alike(address) is fault


def test_a_mission_on_webmail() -> None:
    assert mission_on_webmail("Permanent Mission of Kenya", "kenya.vienna@gmail.com")
    assert not mission_on_webmail("A. Person", "kenya.vienna@gmail.com")
    assert not mission_on_webmail("Permanent Mission of Kenya", "a@mfa.gov.ke")


def test_a_look_alike_goes_to_review(classifier: Classifier) -> None:
    text = "The Permanent Mission of Kenya presents its compliments and proposes topic (b)."
    codes = {reason.code for reason in outcome_of(classifier, text, "a@mfa.g\u043ev.ke").review}
    assert "sender-look-alike" in codes


def test_two_candidates_go_to_review(classifier: Classifier) -> None:
    outcome = outcome_of(classifier, "Kenya and Uganda\n\nWe propose topic (b).")
    reasons = [str(reason) for reason in outcome.review]
    assert any("KEN" in reason and "UGA" in reason for reason in reasons)


def test_an_organization_goes_to_review(classifier: Classifier) -> None:
    outcome = outcome_of(classifier, "We propose topic (e).", name="Bridges Network, an NGO in Nigeria")
    assert outcome.state is None
    assert "not-a-state" in {reason.code for reason in outcome.review}


def test_what_a_person_said_outweighs_all(classifier: Classifier) -> None:
    outcome = outcome_of(classifier, "The Embassy of Peru presents its compliments.", stated="JPN")
    assert (outcome.state, outcome.state_confidence) == ("JPN", 1.0)
