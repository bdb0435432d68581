-- The public contract (docs/data.md): secretaries, reports, the desk and outside programs read these, never tables.
-- Columns may be added; none is renamed or dropped.

-- What is not clear about how replies belong together, as long as no person decided it.
CREATE VIEW open_link_doubts AS
SELECT link_doubts.message, link_doubts.code, link_doubts.detail
FROM link_doubts
CROSS JOIN messages ON messages.id = link_doubts.message -- CROSS: from the few doubts to their replies, never the other way
WHERE messages.reviewed_at IS NULL
  AND NOT (link_doubts.code = 'perhaps-a-copy' AND messages.duplicate_decided)
  AND NOT (link_doubts.code LIKE 'correction-%' AND (messages.replaces IS NOT NULL OR messages.kind_decided));

-- One row a message, whatever its kind.
CREATE VIEW replies AS
SELECT
    messages.message_id,
    messages.sha256,
    messages.received_at,
    messages.sent_at,
    messages.from_address,
    messages.subject,
    messages.kind,
    messages.state,
    messages.on_behalf_of,
    messages.language,
    messages.late,
    supersessions.message IS NOT NULL AS superseded,
    EXISTS (SELECT 1 FROM review_reasons WHERE review_reasons.message = messages.id AND settled_at IS NULL)
    OR EXISTS (SELECT 1 FROM open_link_doubts WHERE open_link_doubts.message = messages.id) AS needs_review,
    (
        SELECT json_group_array(iif(detail = '', code, code || ': ' || detail))
        FROM (
            SELECT code, detail, id AS place FROM review_reasons WHERE message = messages.id AND settled_at IS NULL
            UNION ALL SELECT code, detail, 9223372036854775807 FROM open_link_doubts WHERE message = messages.id
            ORDER BY place
        )
    ) AS review_reasons,
    messages.channel,
    messages.from_name,
    messages.kind_confidence,
    messages.state_confidence,
    replacing.message_id AS replaced_by,
    messages.id AS reply_id,
    iif(messages.kind_decided, 'human', 'model') AS kind_method,
    iif(messages.state_decided, 'human', 'model') AS state_method,
    messages.late_waived,
    original.message_id AS duplicate_of,
    messages.assignee,
    messages.reviewed_by,
    messages.reviewed_at,
    messages.revision,
    replacing.received_at AS superseded_at,
    messages.stored_at,
    CASE authentications.result
        WHEN 'fail' THEN 'failed'
        WHEN 'pass' THEN iif(authentications.state = messages.state, 'state', 'other')
        ELSE 'none'
    END AS genuine,
    authentications.domain AS genuine_domain,
    trim(authentications.method || ' ' || authentications.detail) AS genuine_detail
FROM messages
LEFT JOIN authentications ON authentications.message = messages.id
LEFT JOIN supersessions ON supersessions.message = messages.id
LEFT JOIN messages AS replacing ON replacing.id = supersessions.replaced_by
LEFT JOIN messages AS original ON original.id = messages.duplicate_of;

-- One row a topic and area; area NULL is a new topic.
CREATE VIEW proposals AS
SELECT
    messages.message_id,
    topics.id AS topic_id,
    topics.position,
    topics.quote,
    topics.source,
    assignments.area,
    assignments.confidence,
    assignments.method,
    CASE WHEN topics.rejected THEN 'rejected' WHEN supersessions.message IS NOT NULL OR topics.replaced_by IS NOT NULL OR messages.duplicate_of IS NOT NULL THEN 'superseded' ELSE 'current' END AS status,
    messages.sha256,
    messages.state,
    messages.on_behalf_of,
    messages.received_at,
    messages.late,
    topics.language,
    topics.rank,
    topics.start,
    topics.end,
    messages.id AS reply_id,
    replacing.received_at AS superseded_at,
    replacing.message_id AS replaced_by
FROM topics
JOIN messages ON messages.id = topics.message
JOIN assignments ON assignments.topic = topics.id
LEFT JOIN supersessions ON supersessions.message = messages.id
LEFT JOIN messages AS replacing ON replacing.id = coalesce(supersessions.replaced_by, topics.replaced_by)
WHERE messages.kind IN ('proposal', 'correction') AND NOT topics.gone;

CREATE VIEW current_proposals AS
SELECT * FROM proposals WHERE status = 'current';

-- Each area (NULL: new topics) with how many replies, States and regions propose it now.
CREATE VIEW area_tally AS
SELECT
    area,
    count(DISTINCT reply_id) AS replies,
    count(DISTINCT state) AS states,
    count(DISTINCT states.region) AS regions
FROM current_proposals
LEFT JOIN states ON states.code = current_proposals.state
GROUP BY area
ORDER BY area IS NULL, area;

-- Each copy of a letter that is here already: it came by another way, or twice. Copies count once, with the first that arrived.
CREATE VIEW copies AS
SELECT
    messages.message_id,
    original.message_id AS copy_of,
    messages.state,
    messages.channel,
    messages.received_at,
    iif(messages.duplicate_decided, 'human', 'model') AS method,
    (
        SELECT max(share) FROM likenesses
        WHERE (likenesses.message = messages.id AND likenesses.other = original.id)
           OR (likenesses.other = messages.id AND likenesses.message = original.id)
    ) AS likeness,
    messages.id AS reply_id
FROM messages
JOIN messages AS original ON original.id = messages.duplicate_of
ORDER BY messages.received_at;

-- Enquiries about the deadline: who asks for more time, and on which day (UTC) against which deadline.
CREATE VIEW asked_for_time AS
SELECT
    messages.message_id,
    messages.state,
    messages.received_at,
    messages.subject,
    (SELECT value FROM meta WHERE key = 'deadline') AS deadline,
    messages.late,
    messages.id AS reply_id
FROM deadline_enquiries
JOIN messages ON messages.id = deadline_enquiries.message
WHERE messages.kind = 'enquiry'
ORDER BY messages.received_at;

-- What a person should look at, the oldest first.
CREATE VIEW review_queue AS
SELECT message_id, received_at, state, kind, subject, review_reasons, reply_id, sha256, assignee, revision
FROM replies
WHERE needs_review
ORDER BY received_at;

-- Everything that people decided, undone or not, in order.
CREATE VIEW decision_log AS
SELECT
    decisions.id AS decision_id,
    decisions.batch,
    decisions.decided_at,
    decisions.decided_by,
    messages.message_id,
    decisions.topic AS topic_id,
    decisions.field,
    decisions.before,
    decisions.after,
    decisions.why,
    decisions.undoes,
    EXISTS (SELECT 1 FROM decisions AS later WHERE later.undoes = decisions.batch) AS undone,
    decisions.message AS reply_id
FROM decisions
LEFT JOIN messages ON messages.id = decisions.message
ORDER BY decisions.id;

-- ISO 8601 weeks (Monday to Sunday), in UTC, by kind.
CREATE VIEW replies_by_week AS
SELECT
    strftime('%Y', date(received_at, '-3 days', 'weekday 4')) || '-W'
    || printf('%02d', (strftime('%j', date(received_at, '-3 days', 'weekday 4')) - 1) / 7 + 1) AS week,
    kind,
    count(*) AS replies,
    count(DISTINCT state) AS states
FROM messages
GROUP BY week, kind
ORDER BY week, kind;

-- Every State of the list: what is known of its answer.
CREATE VIEW state_status AS
SELECT
    states.code AS state,
    states.name,
    states.region,
    CASE
        WHEN max(messages.kind IN ('proposal', 'correction')) THEN 'replied'
        WHEN max(messages.kind = 'no_proposal') THEN 'no_proposal'
        ELSE 'silent'
    END AS status,
    min(messages.received_at) AS first_reply_at,
    coalesce(min(messages.late), 0) AS late,
    EXISTS (SELECT 1 FROM asked_for_time WHERE asked_for_time.state = states.code) AS asked_for_time
FROM states
LEFT JOIN messages ON messages.state = states.code AND messages.kind IN ('proposal', 'correction', 'no_proposal')
GROUP BY states.code
ORDER BY states.name;

-- Messages that could not be read at all, or that the server lists and never gave (uid; no sha256): until `intake retry`.
CREATE VIEW held_back AS
SELECT sha256, received_at, mailbox, reason, attempts, held_at, uid FROM held
UNION ALL
SELECT NULL, first_at, mailbox, 'never given by its server: ' || why, tries, set_aside_at, uid
FROM not_given WHERE set_aside_at IS NOT NULL
ORDER BY held_at;
