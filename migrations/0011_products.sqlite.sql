-- What an eSR's products were resolved to, so that figures are drawn from one index without opening decisions.

ALTER TABLE esrs ADD COLUMN platform TEXT;
ALTER TABLE esrs ADD COLUMN solution TEXT;
ALTER TABLE esrs ADD COLUMN report TEXT;
ALTER TABLE esrs ADD COLUMN coverage TEXT;
-- A company's name that named no participant, as it was written when it first did not.
ALTER TABLE esrs ADD COLUMN missed TEXT;

UPDATE esrs SET
    platform = (SELECT json_extract(d.decision, '$.evidence.platform') FROM decisions d WHERE d.esr_id = esrs.id AND d.seq = esrs.revision),
    solution = (SELECT json_extract(d.decision, '$.evidence.solution') FROM decisions d WHERE d.esr_id = esrs.id AND d.seq = esrs.revision),
    report = (SELECT json_extract(d.decision, '$.evidence.report') || '/' || json_extract(d.decision, '$.evidence.edition')
        FROM decisions d WHERE d.esr_id = esrs.id AND d.seq = esrs.revision),
    coverage = (SELECT json_extract(d.decision, '$.facts.coverage') FROM decisions d WHERE d.esr_id = esrs.id AND d.seq = esrs.revision);
UPDATE esrs SET missed = substr(replace(json_extract(body, '$.third_party.company'), char(0), ''), 1, 200)
WHERE participant IS NULL AND coverage IN ('unresolved', 'not_a_participant');
UPDATE esrs SET missed = NULL WHERE trim(missed) = '';

CREATE INDEX esrs_figures ON esrs (received_at, route, platform, participant, solution, coverage);
CREATE INDEX esrs_missed ON esrs (received_at, missed) WHERE missed IS NOT NULL;
CREATE INDEX esrs_on_report ON esrs (report, status, received_at) WHERE report IS NOT NULL;
CREATE INDEX esrs_waiting ON esrs (status, updated_at) WHERE status <> 'closed';
