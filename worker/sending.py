"""Mails the weekly summary to those it is for: planned once a week, sent once, whatever dies in between."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Final

from core.clock import from_iso, now
from core.config import named_secret, send_password
from core.errors import ConfigError, IntakeError
from report.mail import POLICY, Envelope, addresses, report_mail
from report.weekly import Summary, summary_as_of
from report.weeks import Week
from store.outbox import Outbox, Sending
from worker.office import Office
from worker.reporting import maker_of, write_whole
from worker.smtp import NotSent, PerhapsSent, Refused, Server, hand_over

log = logging.getLogger("intake.send")

WEEKLY: Final = "weekly"
MAX_PAUSE: Final = timedelta(hours=6)
GIVE_UP: Final = timedelta(days=5)
"""As long as mail servers try (RFC 5321, section 4.5.4.1)."""
LOCK: Final = "send.lock"


def plan_weekly(office: Office, summary: Summary) -> bool:
    """Plan the mail of a summary, unless nothing is to be sent or it is planned already. The mail is made now and kept."""
    send = office.config.send
    if not send.host or not send.recipients:
        return False
    mail = weekly_mail(office, summary)
    write_whole(outbox_file(office, WEEKLY, summary.week), mail.as_bytes())
    with Outbox(office.config.database) as outbox:
        return outbox.plan(WEEKLY, summary.week, send.recipients, mail["Message-ID"], now())


def weekly_mail(office: Office, summary: Summary) -> EmailMessage:
    send = office.config.send
    with office.reader() as reader:
        maker = maker_of(office, reader, send.language)
        document = maker.weekly_document(summary)
    envelope = Envelope(send.sender or office.consultation.mailbox, send.recipients, from_iso(summary.made_at))
    return report_mail(document, maker.style, envelope, f"weekly-{summary.week}", send.attach)


def kept_summary(office: Office, week: Week) -> Summary:
    """The summary of that week as it was last given."""
    with office.reader() as reader:
        return summary_as_of(reader, week, now())


def outbox_file(office: Office, report: str, period: str) -> Path:
    return office.config.data_dir / "outbox" / f"{report}-{period}.eml"


def send_due(office: Office) -> list[tuple[Sending, str]]:
    """Send what is due; returns each with what became of it. Another process that sends leaves nothing to do."""
    if not office.config.send.host:
        return []
    with _alone(office.config.data_dir / LOCK) as alone:
        if not alone:
            return []
        with Outbox(office.config.database) as outbox:
            interrupted = outbox.settle_interrupted(now())
            if interrupted:
                log.error("perhaps sent: a sender died before the server's answer", extra={"mails": interrupted})
            return [(sending, _send(office, outbox, sending)) for sending in outbox.due(now())]


def _send(office: Office, outbox: Outbox, sending: Sending) -> str:
    send = office.config.send
    file = outbox_file(office, sending.report, sending.period)
    sender = parseaddr(send.sender or office.consultation.mailbox)[1]
    try:
        content = file.read_bytes()
        refused = hand_over(
            smtp_server(office), sender, addresses(sending.recipients), content, lambda: _claim(outbox, sending)
        )
    except PerhapsSent as error:
        outbox.note_perhaps_sent(sending, now(), error.what)
        return _told("perhaps_sent", sending, error.what)
    except (Refused, FileNotFoundError) as error:
        outbox.note_failed(sending, now(), str(error))
        return _told("failed", sending, str(error))
    except (NotSent, OSError) as error:
        return _put_off(office, outbox, sending, str(error))
    detail = f"refused: {'; '.join(refused)}" if refused else ""
    outbox.note_sent(sending, now(), detail)
    return _told("sent", sending, detail)


def _claim(outbox: Outbox, sending: Sending) -> None:
    if not outbox.hand_over(sending, now()):
        raise NotSent(f"{sending.report} {sending.period} is sent by somebody else", "Look at `intake send --log`")


def _put_off(office: Office, outbox: Outbox, sending: Sending, why: str) -> str:
    moment = now()
    if moment - from_iso(sending.planned_at) > GIVE_UP:
        outbox.note_failed(sending, moment, why)
        return _told("failed", sending, why)
    outbox.try_again(sending, moment, moment + pause(office.config.send.retry_minutes, sending.attempts), why)
    return _told("planned", sending, why)


def pause(minutes: float, attempts: int) -> timedelta:
    """Doubled after each failure, six hours at most, a fifth more or less."""
    wait = min(MAX_PAUSE, timedelta(minutes=minutes * 2.0 ** min(attempts, 20)))
    return wait * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


def _told(state: str, sending: Sending, detail: str) -> str:
    level = logging.INFO if state == "sent" else logging.WARNING
    log.log(level, f"mail {state}", extra={"report": sending.report, "period": sending.period, "why": detail})
    return state


def smtp_server(office: Office) -> Server:
    """Raises ConfigError when no server is set."""
    send = office.config.send
    if not send.host:
        raise ConfigError(
            "no SMTP server is set: send.host is empty", "Set send.host and send.recipients in config.toml"
        )
    return Server(
        host=send.host,
        port=send.effective_port,
        tls=send.tls,
        ca_file=send.ca_file,
        username=send.username,
        secret=lambda: _secret(office),
        auth=send.auth,
        timeout_seconds=send.timeout_seconds,
    )


def _secret(office: Office) -> str:
    """The password or token of [send]; for XOAUTH2 without one, a token as the mailbox gets them."""
    config = office.config
    if config.send.auth == "xoauth2":
        given = named_secret("send", "password", config.send.password_file, needed=False)
        tokens = None if given or not config.mailbox.host else office.accounts()[0].tokens
        if tokens is not None:
            return tokens.token()
    return send_password(config)


def send_alert(office: Office, subject: str, text: str) -> None:
    """A short mail to alerts.recipients. Raises IntakeError when it cannot be sent."""
    recipients = office.config.alerts.recipients
    sender = office.config.send.sender or office.consultation.mailbox
    mail = EmailMessage(policy=POLICY)
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(recipients), subject
    mail["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])
    mail["Date"], mail["Auto-Submitted"] = format_datetime(now()), "auto-generated"
    mail.set_content(text)
    hand_over(smtp_server(office), parseaddr(sender)[1], addresses(recipients), mail.as_bytes(), lambda: None)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """True for one process at a time; the lock ends with the process, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def settle(office: Office, period: str, state: str) -> None:
    """A person's word: send it again (`planned`), or count it as sent."""
    Week.parse(period)
    with Outbox(office.config.database) as outbox:
        if not outbox.settle(WEEKLY, period, state, now()):
            raise IntakeError(
                f"no mail of {period} waits for a person's word",
                "See `intake send --log` for what was planned and sent",
            )
