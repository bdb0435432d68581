-- Messages that a server lists and has not given. The cursor may step over those that were asked for alone (tries > 0):
-- this row remembers them. Set aside (view: held_back) after enough tries. The row goes when the message is stored.
CREATE TABLE not_given (
    mailbox TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    why TEXT NOT NULL,
    tries INTEGER NOT NULL,
    first_at TEXT NOT NULL,
    last_at TEXT NOT NULL,
    set_aside_at TEXT,
    PRIMARY KEY (mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
