-- Whether each mail came from the domain that it names, as found when it arrived; a later reading does not ask again.
CREATE TABLE authentications (
    message INTEGER PRIMARY KEY REFERENCES messages (id),
    result TEXT NOT NULL CHECK (result IN ('pass', 'fail', 'none')),
    domain TEXT NOT NULL,
    method TEXT NOT NULL,
    state TEXT,
    detail TEXT NOT NULL
) STRICT;

-- Enquiries about the deadline.
CREATE TABLE deadline_enquiries (
    message INTEGER PRIMARY KEY REFERENCES messages (id)
) STRICT;
