"""The weekly summary as a Document in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from core.clock import from_iso
from report.document import (
    Bar,
    Bars,
    Block,
    Chart,
    Column,
    Document,
    Heading,
    Paragraph,
    Table,
    Tiles,
    Timeline,
    Voice,
    Voices,
)
from report.names import Names
from report.weekly import AGES, REGIONS, Area, Change, Count, NewTopic, Proposal, Reply, Summary
from report.weeks import Week
from report.words import Words

QUOTE: Final = 320
"""Characters of a telling sentence on a page; workbooks and JSON have it whole."""
DAILY: Final = 35
"""Days that a timeline shows one by one; a longer one goes by weeks."""


def weekly_page(summary: Summary, names: Names) -> Document:
    return _WeeklyPage(summary, names).document()


class _WeeklyPage:
    def __init__(self, summary: Summary, names: Names) -> None:
        self.summary = summary
        self.names = names
        self.words = names.words
        self.week = Week(summary.monday)

    def document(self) -> Document:
        words, summary = self.words, self.summary
        made = words.moment(from_iso(summary.made_at), self.names.consultation.zone)
        return Document(
            title=words("Weekly intake summary"),
            subtitle=words(
                "Week {week} of {year}, {first} to {last}",
                week=words.number(self.week.number),
                year=words.plain(self.week.monday.isocalendar().year),
                first=summary.monday,
                last=summary.sunday,
            ),
            language=words.language,
            reference=summary.reference,
            made=words("Made on {moment}", moment=made),
            blocks=tuple(self._blocks()),
        )

    def _blocks(self) -> Iterator[Block]:
        yield from self._overview()
        yield from self._replies()
        yield from self._since_last()
        yield from self._areas()
        yield from self._new_topics()
        yield from self._corrections()
        yield from self._late()
        yield from self._review()
        yield from self._states()
        yield from self._machine()

    # --- at a glance -----------------------------------------------------------------------------

    def _overview(self) -> Iterator[Block]:
        words, summary = self.words, self.summary
        title = self.names.consultation.title
        yield Paragraph(title.get(words.language) or title.get("en", ""))
        yield Paragraph(days_left(words, summary.days_left, summary.deadline))
        waiting = summary.review_total
        yield Table(
            sheet=words("Figures"),
            section=words("At a glance"),
            columns=(Column(words("At a glance")), Column(words("Number"), "number")),
            rows=(
                (words("Replies this week"), summary.replies_week),
                (words("Replies in all"), summary.replies_total),
                (words("States that answered"), summary.states_answered),
                (words("States still silent"), summary.states_silent),
                (words("Late replies"), summary.late_total),
                (words("Replies that await review"), waiting),
            ),
        )

    def _replies(self) -> Iterator[Block]:
        words, names, summary = self.words, self.names, self.summary
        yield Heading(words("Replies"))
        yield self._counts(words("By kind"), summary.by_kind, names.kind)
        yield self._counts(words("By language"), summary.by_language, names.tongue)
        yield self._counts(words("By regional group"), summary.by_region, names.region)
        yield self._counts(words("By channel"), summary.by_channel, names.channel)
        yield Table(
            sheet=words("Days"),
            columns=(Column(words("By day")), Column(words("Date"), "day"), Column(words("Replies"), "number")),
            rows=tuple((words.weekday(count.day), count.day, count.replies) for count in summary.by_day),
        )
        yield self._timeline()

    def _counts(self, title: str, counts: Sequence[Count], name: Callable[[str], str]) -> Table:
        words = self.words
        return Table(
            sheet=words("Figures"),
            section=title,
            columns=(Column(title), Column(words("This week"), "number"), Column(words("In all"), "number")),
            rows=tuple((name(count.value), count.week, count.total) for count in counts),
        )

    def _timeline(self) -> Chart:
        words, summary = self.words, self.summary
        first = min([summary.sent, *(count.day for count in summary.history if count.day >= _floor(summary))])
        last = max(summary.sunday, min(summary.deadline, summary.sunday + timedelta(days=14)))
        daily = (last - first).days < DAILY
        step = timedelta(days=1 if daily else 7)
        day = first if daily else Week.of(first).monday
        bars = []
        marked = ""
        while day <= last:
            replies = sum(count.replies for count in summary.history if day <= count.day < day + step)
            label = words.short_day(day)
            bars.append(Bar(label, (replies,)))
            if day <= summary.deadline < day + step:
                marked = label
            day += step
        told = words.joined(f"{bar.label} {words.number(bar.parts[0])}" for bar in bars if bar.parts[0])
        title = words("Replies by day") if daily else words("Replies by week")
        return Chart("timeline", title, Timeline(tuple(bars), marked, words("Deadline")), f"{title}: {told}")

    # --- what changed ----------------------------------------------------------------------------

    def _since_last(self) -> Iterator[Block]:
        words, since = self.words, self.summary.since_last
        yield Heading(words("Changes since the last summary"))
        if since is None:
            yield Paragraph(words("This is the first summary."))
            return
        given = words.moment(from_iso(since.made_at), self.names.consultation.zone)
        yield Paragraph(words("The last summary, of {week}, was made on {moment}.", week=since.week, moment=given))
        if not since.changes:
            yield Paragraph(words("None of the figures that it gave has changed."))
        else:
            yield Table(
                sheet=words("Changes"),
                columns=(
                    Column(words("Figures that it gave and that have changed")),
                    Column(words("Then"), "number"),
                    Column(words("Now"), "number"),
                ),
                rows=tuple((self._figure(change), change.given, change.now) for change in since.changes),
            )
        if since.decisions:
            yield Table(
                sheet=words("Decisions"),
                columns=tuple(
                    Column(words(title))
                    for title in ("Decisions since then", "State", "What", "Before", "After", "By", "Why")
                ),
                rows=tuple(
                    (
                        words.moment(from_iso(each.decided_at), self.names.consultation.zone),
                        self.names.state(each.state),
                        each.field,
                        each.before,
                        each.after,
                        each.decided_by,
                        each.why,
                    )
                    for each in since.decisions
                ),
            )

    def _figure(self, change: Change) -> str:
        words, (name, _, value) = self.words, change.figure.partition(":")
        if name == "kind":
            return self.names.kind(value)
        if name == "area":
            return words("States that propose ({letter})", letter=self.names.letter(value))
        plain = {
            "replies": "Replies in all",
            "answered": "States that answered",
            "late": "Late replies",
            "new": "New topics",
        }
        return words(plain.get(name, name))

    # --- topics ----------------------------------------------------------------------------------

    def _areas(self) -> Iterator[Block]:
        words, summary = self.words, self.summary
        yield Heading(words("Topics by area"))
        yield area_table(summary.areas, self.names)
        yield areas_chart(summary.areas, self.names)
        for area in summary.areas:
            yield Heading(self.names.area(area.letter), 2)
            yield Paragraph(self._area_words(area), small=True)
            if area.voices:
                yield Voices(tuple(self._voice(voice) for voice in self._placed(area.voices)))
        yield proposals_table([voice for area in summary.areas for voice in self._placed(area.voices)], self.names)

    def _area_words(self, area: Area) -> str:
        words = self.words
        counted = words.count("{n} State", "{n} States", len(area.states))
        replies = words.count("{n} reply", "{n} replies", area.replies)
        week = words("{number} this week", number=area.week)
        parts = [counted, replies, week]
        if area.late:
            parts.append(words("{number} late", number=area.late))
        return words.joined(parts) + (f": {self.names.states(area.states)}" if area.states else "")

    def _new_topics(self) -> Iterator[Block]:
        words, topics = self.words, self.summary.new_topics
        yield Heading(words("New topics"))
        if not topics:
            yield Paragraph(words("None."))
            return
        yield new_topics_table(topics, self.names)
        for topic in topics:
            yield Voices(tuple(self._voice(voice) for voice in self._placed(topic.voices)))

    def _placed(self, voices: Iterable[Proposal]) -> list[Proposal]:
        """States in the language's order, replies whose State is not known behind them."""
        ordered = self.words.ordered(voices, lambda voice: self.names.state(voice.state))
        return sorted(ordered, key=lambda voice: voice.state is None)

    def _voice(self, voice: Proposal) -> Voice:
        return Voice(
            who=self.names.sender(voice.state, voice.on_behalf_of),
            quote=shortened(voice.quote),
            language=voice.language,
            note=self.words.joined(certainty(voice, self.names)),
            new=voice.received_on >= self.summary.monday,
        )

    # --- lists of replies ------------------------------------------------------------------------

    def _corrections(self) -> Iterator[Block]:
        words, rows = self.words, self.summary.corrections
        yield Heading(words("Corrections this week"))
        if not rows:
            yield Paragraph(words("None."))
            return
        yield Table(
            sheet=words("Corrections"),
            columns=(
                Column(words("State")),
                Column(words("Received"), "day"),
                Column(words("Subject"), source_language=True),
                Column(words("Replies replaced"), "number"),
            ),
            rows=tuple((self.names.state(row.state), row.received_on, row.subject, row.replaces) for row in rows),
        )

    def _late(self) -> Iterator[Block]:
        words, rows = self.words, self.summary.late
        yield Heading(words("Late replies"))
        if not rows:
            yield Paragraph(words("None."))
            return
        yield Table(
            sheet=words("Late"),
            columns=(
                Column(words("State")),
                Column(words("Received"), "day"),
                Column(words("Kind")),
                Column(words("Subject"), source_language=True),
            ),
            rows=tuple(
                (self.names.state(row.state), row.received_on, self.names.kind(row.kind), row.subject) for row in rows
            ),
        )
        yield from self._more(len(rows), self.summary.late_total)

    def _review(self) -> Iterator[Block]:
        words, summary = self.words, self.summary
        yield Heading(words("Awaiting review"))
        if not summary.review:
            yield Paragraph(words("None."))
            return
        ages = [words.count("up to {n} day", "up to {n} days", bound) for bound in AGES]
        ages.append(words("older"))
        yield Table(
            sheet=words("Review by reason"),
            columns=(
                Column(words("Reason")),
                *(Column(age, "number") for age in ages),
                Column(words("In all"), "number"),
            ),
            rows=tuple((self.names.reason(row.reason), *row.ages, sum(row.ages)) for row in summary.waiting),
        )
        yield Table(
            sheet=words("Review"),
            columns=(
                Column(words("State")),
                Column(words("Received"), "day"),
                Column(words("Subject"), source_language=True),
                Column(words("Reason")),
            ),
            rows=tuple(self._review_row(row) for row in summary.review),
        )
        yield from self._more(len(summary.review), summary.review_total)

    def _review_row(self, row: Reply) -> tuple[str, date, str, str]:
        reasons = dict.fromkeys(self.names.reason(reason) for reason in row.reasons)
        return self.names.state(row.state), row.received_on, row.subject, self.words.joined(reasons)

    def _more(self, shown: int, total: int) -> Iterator[Block]:
        if total > shown:
            yield Paragraph(self.words("{shown} of {total} are listed.", shown=shown, total=total), small=True)

    # --- States, and the machine -----------------------------------------------------------------

    def _states(self) -> Iterator[Block]:
        yield from state_blocks(self.summary, self.names)

    def _machine(self) -> Iterator[Block]:
        words, machine, zone = self.words, self.summary.machine, self.names.consultation.zone
        yield Heading(words("The program"))
        polled = words.moment(from_iso(machine.last_poll), zone) if machine.last_poll else words("not yet")
        yield Paragraph(words("Mailbox last read: {moment}", moment=polled))
        if machine.last_failure and machine.last_failure > (machine.last_poll or ""):
            failed = words.moment(from_iso(machine.last_failure), zone)
            yield Paragraph(words("It could not be read on {moment}: {why}", moment=failed, why=machine.failure))
        yield Paragraph(words("Messages held back: {number}", number=machine.held_back))


# --- what other reports show too -----------------------------------------------------------------


def days_left(words: Words, days: int, deadline: date) -> str:
    if days > 0:
        return words.count(
            "{n} day left until the deadline, {deadline}",
            "{n} days left until the deadline, {deadline}",
            days,
            deadline=deadline,
        )
    if days == 0:
        return words("The deadline, {deadline}, is the last day of this week.", deadline=deadline)
    return words("The deadline, {deadline}, has passed.", deadline=deadline)


def certainty(voice: Proposal, names: Names) -> Iterator[str]:
    """How sure the area is, and where the words stand."""
    words = names.words
    if voice.area is not None or voice.method == "human":
        yield names.method(voice.method)
    if voice.method != "human":
        yield words.percent(voice.confidence)
    if voice.late:
        yield words("late")
    yield names.source(voice.source)


def shortened(quote: str, limit: int = QUOTE) -> str:
    """One line of at most `limit` characters, cut between words where there are any."""
    line = " ".join(quote.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"


def area_table(areas: Iterable[Area], names: Names) -> Table:
    words = names.words
    titles = ("Area", "States", "Regional groups", "Replies", "This week", "Late")
    return Table(
        sheet=words("Areas"),
        columns=tuple(Column(words(title), "text" if title == "Area" else "number") for title in titles),
        rows=tuple(
            (names.area(area.letter), len(area.states), len(area.regions), area.replies, area.week, area.late)
            for area in areas
        ),
    )


def areas_chart(areas: Sequence[Area], names: Names) -> Chart:
    words = names.words
    shown = [region for region in REGIONS if region != "none" or any("none" in area.regions for area in areas)]
    bars = tuple(Bar(names.area(area.letter), tuple(area.regions.get(region, 0) for region in shown)) for area in areas)
    told = "; ".join(
        f"({names.letter(area.letter)}) {words.number(len(area.states))}"
        + (f" ({names.regions(area.regions)})" if area.regions else "")
        for area in areas
    )
    title = words("States that propose each area, by regional group")
    return Chart("areas", title, Bars(tuple(names.region(region) for region in shown), bars), f"{title}: {told}")


def proposals_table(voices: Iterable[Proposal], names: Names) -> Table:
    words = names.words
    return Table(
        sheet=words("Proposals"),
        only_sheet=True,
        columns=(
            Column(words("State")),
            Column(words("Area")),
            Column(words("Proposal"), source_language=True),
            Column(words("Language")),
            Column(words("Source"), source_language=True),
            Column(words("How the area was found")),
            Column(words("Certainty"), "percent"),
            Column(words("Received"), "day"),
            Column(words("Late")),
            Column(words("Reply"), "number"),
        ),
        rows=tuple(
            (
                names.sender(voice.state, voice.on_behalf_of),
                names.area(voice.area),
                voice.quote,
                names.tongue(voice.language),
                names.source(voice.source),
                names.method(voice.method),
                voice.confidence,
                voice.received_on,
                words("yes") if voice.late else words("no"),
                voice.reply_id,
            )
            for voice in voices
        ),
    )


def new_topics_table(topics: Iterable[NewTopic], names: Names) -> Table:
    words = names.words
    return Table(
        sheet=words("New topics"),
        columns=(
            Column(words("New topic"), source_language=True),
            Column(words("States"), "number"),
            Column(words("Regional groups"), "number"),
            Column(words("Proposals"), "number"),
            Column(words("This week"), "number"),
        ),
        rows=tuple(
            (shortened(topic.name), len(topic.states), len(topic.regions), len(topic.voices), topic.week)
            for topic in topics
        ),
    )


def state_blocks(summary: Summary, names: Names) -> Iterator[Block]:
    """Who answered and who is silent, by regional group."""
    words = names.words
    yield Heading(words("States by regional group"))
    yield Table(
        sheet=words("Regional groups"),
        columns=(
            Column(words("Regional group")),
            Column(words("Proposed"), "number"),
            Column(words("Answered without a proposal"), "number"),
            Column(words("Silent"), "number"),
        ),
        rows=tuple(
            (names.region(row.region), len(row.replied), len(row.no_proposal), len(row.silent))
            for row in summary.statuses
        ),
    )
    yield status_chart(summary, names)
    yield Heading(words("Silent States"))
    for row in summary.statuses:
        if row.silent:
            yield Paragraph(f"{names.region(row.region)} ({words.number(len(row.silent))}): {names.states(row.silent)}")
    yield Table(
        sheet=words("Silent States"),
        only_sheet=True,
        columns=(Column(words("State")), Column(words("Regional group")), Column(words("Code"))),
        rows=tuple(
            (names.state(code), names.region(row.region), code)
            for row in summary.statuses
            for code in words.ordered(row.silent, names.state)
        ),
    )


def status_chart(summary: Summary, names: Names) -> Chart:
    words = names.words
    rows = tuple(
        (
            names.region(row.region),
            tuple(
                [(code, 0) for code in row.replied]
                + [(code, 1) for code in row.no_proposal]
                + [(code, 2) for code in row.silent]
            ),
        )
        for row in summary.statuses
    )
    statuses = (words("Proposed"), words("Answered without a proposal"), words("Silent"))
    told = "; ".join(
        f"{names.region(row.region)}: "
        + words.joined(
            f"{status} {words.number(len(codes))}"
            for status, codes in zip(statuses, (row.replied, row.no_proposal, row.silent), strict=True)
        )
        for row in summary.statuses
    )
    title = words("States by regional group and answer")
    return Chart("states", title, Tiles(statuses, rows), f"{title}: {told}")


def _floor(summary: Summary) -> date:
    """Mail with a much older date does not stretch the timeline."""
    return summary.sent - timedelta(days=14)
