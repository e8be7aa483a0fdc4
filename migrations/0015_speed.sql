-- One text for SQLite and PostgreSQL.

-- Each page of a list is read off one of these. Each begins with what it is asked for by, goes on in the order of pages, and
-- ends with what else may be asked for, so that an eSR that does not fit is passed over without being opened.
DROP INDEX esrs_newest;
CREATE INDEX esrs_newest ON esrs (received_at, id, status, route, stage, severity, phase);
DROP INDEX esrs_of_filer;
CREATE INDEX esrs_of_filer ON esrs (filer, received_at, id, status, route, stage, severity, phase);
DROP INDEX esrs_in_status;
CREATE INDEX esrs_in_status ON esrs (status, received_at, id, route, stage, severity, phase);
DROP INDEX esrs_on_route;
CREATE INDEX esrs_on_route ON esrs (route, received_at, id, status, stage, severity, phase);
DROP INDEX esrs_urgent;
CREATE INDEX esrs_urgent ON esrs (status, priority, received_at, id, route, stage, severity, phase) WHERE status <> 'closed';
CREATE INDEX esrs_open_of_filer ON esrs (filer, status, priority, received_at, id, route, stage, severity, phase)
    WHERE status <> 'closed';
CREATE INDEX esrs_by_reference ON esrs (reference, received_at, id);
-- Few eSRs are walked by for a severity.
DROP INDEX esrs_of_severity;

-- What reached a participant, in the order of pages.
ALTER TABLE reached ADD COLUMN received_at BIGINT NOT NULL DEFAULT 0;
UPDATE reached SET received_at = (SELECT e.received_at FROM esrs e WHERE e.id = reached.esr_id);
CREATE INDEX reached_newest ON reached (participant, received_at, esr_id);
