"""Questions that offices ask, as saved queries: anybody who is signed in may run them, with their own values."""

from __future__ import annotations

from typing import Final

from web.words import N_

QUERIES: Final = {
    "proposals_of_an_area": {
        "title": N_("What is proposed in an area"),
        "sql": "SELECT state, on_behalf_of, quote, confidence, method, received_at FROM current_proposals WHERE area = :area ORDER BY state",
    },
    "areas_of_a_state": {
        "title": N_("What a State proposes"),
        "sql": "SELECT area, quote, source, method, status, received_at FROM proposals WHERE state = :state ORDER BY received_at, position",
    },
    "areas_by_region": {
        "title": N_("Areas by regional group"),
        "sql": "SELECT region, area, count(DISTINCT state) AS states FROM current_proposals JOIN states ON code = state GROUP BY region, area ORDER BY region, area",
    },
    "silent_states": {
        "title": N_("Silent States"),
        "sql": "SELECT region, name, state FROM state_status WHERE status = 'silent' ORDER BY region, name",
    },
    "late_replies": {
        "title": N_("Replies after the deadline"),
        "sql": "SELECT received_at, state, kind, subject, late_waived FROM replies WHERE late OR late_waived ORDER BY received_at",
    },
    "decisions_of_a_day": {
        "title": N_("Decisions since a day"),
        "sql": "SELECT decided_at, decided_by, message_id, field, before, after, why, undone FROM decision_log WHERE decided_at >= :since AND field <> 'settled' ORDER BY decision_id DESC",
    },
}
