"""The Bureau's sheet as a Document in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from core.clock import from_iso
from report.bureau import METHODS, BureauSheet, Candidate, places, ways
from report.document import Bar, Bars, Block, Chart, Column, Document, Heading, Paragraph, Table, Voice, Voices
from report.names import Names
from report.weekly import REGIONS, Proposal
from report.weekly_page import certainty, proposals_table, shortened

WAYS: Final = {
    "state": "By State",
    "region": "By regional group",
    "first_rank": "By first rank",
    "borda": "Borda count",
}


def bureau_page(sheet: BureauSheet, names: Names) -> Document:
    return _BureauPage(sheet, names).document()


class _BureauPage:
    def __init__(self, sheet: BureauSheet, names: Names) -> None:
        self.sheet = sheet
        self.names = names
        self.words = names.words

    def document(self) -> Document:
        words, sheet = self.words, self.sheet
        return Document(
            title=words("Topics proposed: sheet for the Bureau"),
            subtitle=words("Replies received until {day}", day=sheet.until),
            language=words.language,
            reference=sheet.reference,
            made=words("Made on {moment}", moment=words.moment(from_iso(sheet.made_at), self.names.consultation.zone)),
            blocks=tuple(self._blocks()),
        )

    def _blocks(self) -> Iterator[Block]:
        yield from self._introduction()
        yield from self._figures()
        yield from self._counting()
        yield from self._certainty()
        yield from self._late()
        yield from self._behind()
        yield from self._annex()

    def _introduction(self) -> Iterator[Block]:
        words, sheet = self.words, self.sheet
        title = self.names.consultation.title
        yield Paragraph(title.get(words.language) or title.get("en", ""))
        yield Paragraph(
            words.count(
                "{n} State proposed topics in time.", "{n} States proposed topics in time.", sheet.states_proposing
            )
        )
        yield Paragraph(
            words.count(
                "The Bureau is to choose {n} topic.", "The Bureau is to choose {n} topics.", sheet.topics_to_pick
            )
            + " "
            + words("This sheet counts; it recommends none.")
        )

    def _figures(self) -> Iterator[Block]:
        words, names = self.words, self.names
        yield Heading(words("Areas and new topics"))
        titles = ("Topic", "States", "Regional groups", "On behalf of", "Late", "State not known")
        yield Table(
            sheet=words("Topics"),
            columns=tuple(
                Column(words(title), "text" if title in ("Topic", "On behalf of") else "number") for title in titles
            ),
            rows=tuple(
                (
                    self._name(each),
                    len(each.states),
                    len([region for region in each.regions if region != "none"]),
                    words.joined(map(names.group, each.groups)),
                    len(each.late_states),
                    each.unknown,
                )
                for each in self.sheet.candidates
            ),
        )
        yield self._chart()
        yield from self._regions()

    def _regions(self) -> Iterator[Block]:
        shown = [region for region in REGIONS if region != "none"]
        if any("none" in each.regions for each in self.sheet.candidates):
            shown.append("none")
        yield Table(
            sheet=self.words("Topics by regional group"),
            columns=(Column(self.words("Topic")), *(Column(self.names.region(region), "number") for region in shown)),
            rows=tuple(
                (self._short_name(each), *(each.regions.get(region, 0) for region in shown))
                for each in self.sheet.candidates
            ),
        )

    def _chart(self) -> Chart:
        words, names = self.words, self.names
        shown = [region for region in REGIONS if any(region in each.regions for each in self.sheet.candidates)]
        bars = tuple(
            Bar(self._name(each), tuple(each.regions.get(region, 0) for region in shown))
            for each in self.sheet.candidates
        )
        told = "; ".join(
            f"{self._short_name(each)}: {words.number(len(each.states))}"
            + (f" ({names.regions(each.regions)})" if each.regions else "")
            for each in self.sheet.candidates
        )
        title = words("States that propose each topic, by regional group")
        return Chart("topics", title, Bars(tuple(map(names.region, shown)), bars), f"{title}: {told}")

    def _counting(self) -> Iterator[Block]:
        words, sheet = self.words, self.sheet
        yield Heading(words("Ways to count"))
        yield Paragraph(
            words(
                "Each way gives a place and, in brackets, the figure it rests on. Equal figures share a place, marked =."
            )
        )
        yield Paragraph(
            words(
                "Borda count: of m topics that a State orders, the first has m points and the last one; topics proposed "
                "without an order share their points equally."
            )
        )
        yield Paragraph(
            words.count(
                "{n} State gave an order of its own.", "{n} States gave an order of their own.", sheet.states_ranking
            )
        )
        columns = [self._column(figures) for figures in ways(sheet.candidates).values()]
        yield Table(
            sheet=words("Ways to count"),
            columns=(Column(words("Topic")), *(Column(words(title)) for title in WAYS.values())),
            rows=tuple(
                (self._short_name(each), *(column[each.key] for column in columns)) for each in sheet.candidates
            ),
        )

    def _column(self, figures: Mapping[str, float]) -> dict[str, str]:
        """Place and figure of each candidate: "=2 (7)"; a dash where there is nothing to count."""
        placed = places(figures)
        shown = {}
        for key, figure in figures.items():
            equal = "=" if sum(place == placed[key] for place in placed.values()) > 1 else ""
            number = self.words.number(round(figure, 2))
            shown[key] = f"{equal}{self.words.number(placed[key])} ({number})" if figure else f"– ({number})"
        return shown

    def _certainty(self) -> Iterator[Block]:
        words, names = self.words, self.names
        ranks = sorted({rank for each in self.sheet.candidates for rank in each.ranks})
        if ranks:
            yield Heading(words("Ranks that States gave"))
            yield Table(
                sheet=words("Ranks"),
                columns=(
                    Column(words("Topic")),
                    *(Column(words("Rank {rank}", rank=rank), "number") for rank in ranks),
                ),
                rows=tuple(
                    (self._short_name(each), *(each.ranks.get(rank, 0) for rank in ranks))
                    for each in self.sheet.candidates
                ),
            )
        yield Heading(words("How sure the areas are"))
        yield Paragraph(words("States by the surest ground on which their proposal was put under the topic."))
        yield Table(
            sheet=words("Certainty"),
            columns=(Column(words("Topic")), *(Column(names.method(method), "number") for method in METHODS)),
            rows=tuple(
                (self._short_name(each), *(each.certainty.get(method, 0) for method in METHODS))
                for each in self.sheet.candidates
            ),
        )

    def _late(self) -> Iterator[Block]:
        words, names = self.words, self.names
        yield Heading(words("Late replies"))
        late = [each for each in self.sheet.candidates if each.late_states]
        if not late:
            yield Paragraph(words("None."))
            return
        yield Paragraph(words("These States are in no figure above."))
        yield Table(
            sheet=words("Late"),
            columns=(Column(words("Topic")), Column(words("States"), "number"), Column(words("Names"))),
            rows=tuple(
                (self._short_name(each), len(each.late_states), names.states(each.late_states)) for each in late
            ),
        )

    def _behind(self) -> Iterator[Block]:
        """Which replies each figure rests on; the annex has them by these numbers."""
        words, names = self.words, self.names
        yield Heading(words("What the figures rest on"))
        yield Table(
            sheet=words("Replies behind"),
            columns=(Column(words("Topic")), Column(words("States")), Column(words("Replies in the annex"))),
            rows=tuple(
                (self._short_name(each), names.states(each.states), words.joined(map(words.plain, each.replies)))
                for each in self.sheet.candidates
            ),
        )

    def _annex(self) -> Iterator[Block]:
        words, names = self.words, self.names
        yield Heading(words("Annex: every proposal in its own words"))
        ordered = words.ordered(self.sheet.annex, lambda each: names.state(each.state))
        ordered = sorted(ordered, key=lambda each: each.state is None)
        yield Voices(tuple(self._voice(each) for each in ordered))
        yield proposals_table(ordered, names)

    def _voice(self, proposal: Proposal) -> Voice:
        words, names = self.words, self.names
        note = [
            words("No. {number}", number=words.plain(proposal.reply_id)),
            words.day(proposal.received_on, "medium"),
            f"({names.letter(proposal.area)})" if proposal.area else words("new topic"),
            *([words("Rank {rank}", rank=proposal.rank)] if proposal.rank else []),
            *certainty(proposal, names),
        ]
        return Voice(
            who=names.sender(proposal.state, proposal.on_behalf_of),
            quote=" ".join(proposal.quote.split()),
            language=proposal.language,
            note=words.joined(note),
        )

    def _name(self, each: Candidate) -> str:
        if each.area:
            return self.names.area(each.key)
        # Isolated: the words' direction is their own (UAX #9, section 2.4).
        return (
            f"{self._short_name(each)}: \N{FIRST STRONG ISOLATE}{shortened(each.name, 120)}\N{POP DIRECTIONAL ISOLATE}"
        )

    def _short_name(self, each: Candidate) -> str:
        if each.area:
            return f"({self.names.letter(each.key)})"
        return self.words("New topic {number}", number=int(each.key))
