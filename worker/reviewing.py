"""`intake review`: the queue in a terminal, for a server without a browser."""

from __future__ import annotations

import getpass
import sqlite3
from dataclasses import dataclass, field
from typing import Any, Final

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text as Shown

from core.errors import DecisionError
from store.decide import Change, Decider
from web import queries as q
from web.highlight import place
from web.words import Words
from worker.office import Office

HELP: Final = (
    "[b]Enter[/] all right, next   [b]s[/] skip   [b]u[/] undo   [b]q[/] quit\n"
    "[b]2 e[/] topic 2 is in area e   [b]2 e,h[/] in both   [b]2 new[/] a new topic   [b]2 -[/] not a topic   [b]2+3[/] merge\n"
    "[b]kind enquiry[/]   [b]state KEN[/] or [b]state none[/]   [b]group EU[/]   [b]note WORDS[/]"
)


@dataclass
class Review:
    """One sitting: reads commands until the queue is empty or the person stops."""

    office: Office
    console: Console
    by: str = field(default_factory=getpass.getuser)
    decided: list[int] = field(default_factory=list)
    skipped: int | None = None
    back: int | None = None
    """The reply whose decision was just undone: it is shown next."""

    def run(self) -> int:
        """Returns how many decisions were made."""
        with Decider(self.office.config.database) as decider, self.office.reader() as reader:
            connection: sqlite3.Connection = reader.db.conn
            number = q.next_in_queue(connection, None)
            while number is not None:
                if not self._one(decider, connection, number):
                    break
                if self.back is not None:
                    number, self.back = self.back, None
                    continue
                again = connection.execute(f"SELECT ? IN ({q.OPEN})", [number]).fetchone()[0]
                number = number if again and self.skipped != number else q.next_in_queue(connection, number)
            if q.queue_size(connection) == 0:
                self.console.print("Nothing waits for review.")
        return len(self.decided)

    def _one(self, decider: Decider, connection: sqlite3.Connection, number: int) -> bool:
        """Show a reply and take one command. False: the person stops."""
        shown = q.reply(connection, number)
        assert shown is not None  # noqa: S101 - it was in the queue
        self._show(shown, q.queue_size(connection))
        while True:
            command = Prompt.ask("[b]>[/]", console=self.console, default="", show_default=False).strip()
            if command in ("q", "quit"):
                return False
            if command in ("?", "help"):
                self.console.print(HELP)
                continue
            try:
                self._act(decider, shown, command)
            except DecisionError as error:
                self.console.print(f"{error.what}. {error.mend}.", style="yellow", markup=False)
                if type(error) is not DecisionError:  # it changed meanwhile: show it anew
                    return True
                continue
            return True

    def _act(self, decider: Decider, shown: q.Row, command: str) -> None:
        if command in ("s", "skip"):
            self.skipped = shown["reply_id"]
            return
        if command in ("u", "undo"):
            if not self.decided:
                raise DecisionError("nothing was decided in this sitting", "Undo older decisions on the desk's pages")
            [self.back] = decider.undo(self.decided[-1], by=self.by)
            self.decided.pop()
            return
        change = parse(command, [topic["id"] for topic in shown["topics"]])
        done = decider.decide(shown["reply_id"], [change], by=self.by, revision=shown["revision"])
        self.decided.append(done.batch)

    def _show(self, shown: q.Row, waiting: int) -> None:
        words = Words("en", self.office.consultation.zone)
        out = self.console
        out.rule(f"{waiting} to review")
        facts = (shown["state_name"] or "State not known", shown["kind"], words.moment(shown["received_at"]))
        head = f"{shown['subject']}\n{' · '.join(facts)}"
        out.print(Panel(Shown(head), title=Shown(f"{shown['from_name']} <{shown['from_address']}>")))
        for text in shown["texts"]:
            if text["text"].strip():
                out.print(Shown(text["source"], style="dim"))
                out.print(_marked(text, shown["topics"]))
        for reason in shown["review_reasons"]:
            out.print(Shown(f"! {words.doubt(reason)}", style="yellow"))
        out.print(_table(shown["topics"], words))
        out.print("[dim]Enter: all right, next · ? for the commands[/]")


def parse(command: str, topics: list[int]) -> Change:
    """A line typed by a person as a decision. Raises DecisionError: it is none."""
    first, _, rest = command.partition(" ")
    rest = rest.strip()
    if not command:
        return Change("settled")
    if first in ("kind", "state", "group", "note"):
        return _reply_change(first, rest)
    if "+" in first and all(part.isdigit() for part in first.split("+")):
        chosen = [_topic(part, topics) for part in first.split("+")]
        return Change("topic_merged", chosen[1:], chosen[0])
    if first.isdigit() and rest:
        return _topic_change(_topic(first, topics), rest)
    raise DecisionError(f"'{command}' is no command", "Type ? for the commands")


def _reply_change(field: str, rest: str) -> Change:
    if field == "state":
        return Change("state", None if rest.lower() == "none" else rest.upper())
    return Change(field, rest or None if field == "group" else rest)


def _topic(number: str, topics: list[int]) -> int:
    if not 1 <= int(number) <= len(topics):
        raise DecisionError(f"there is no topic {number}", f"Give 1 to {len(topics)}")
    return topics[int(number) - 1]


def _topic_change(topic: int, rest: str) -> Change:
    if rest == "-":
        return Change("topic_rejected", True, topic)
    letters = [part.strip() for part in rest.split(",")]
    return Change("topic_areas", [None if letter == "new" else letter for letter in letters], topic)


def _marked(text: q.Row, topics: list[q.Row]) -> Shown:
    shown = Shown(text["text"])
    for topic in topics:
        found = (
            place(text["text"], topic["start"], topic["end"], topic["quote"])
            if topic["source"] == text["source"]
            else None
        )
        if found:
            shown.stylize("bold black on yellow", *found)
    for start, end, label in text["spans"]:
        if label != "reply":
            shown.stylize("dim", start, end)
    return shown


def _table(topics: list[q.Row], words: Words) -> Table:
    table = Table(show_header=True, box=None, pad_edge=False)
    for column in ("#", "area", "how", "topic"):
        table.add_column(column, overflow="fold")
    for number, topic in enumerate(topics, 1):
        areas: list[Any] = [f"({area})" if area else "new" for area in topic["letters"]]
        how = words.name("method", topic["assignments"][0]["method"]) if topic["assignments"] else ""
        quote = Shown(topic["quote"], style="strike" if topic["rejected"] else "")
        table.add_row(str(number), " ".join(areas), how, quote)
    return table
