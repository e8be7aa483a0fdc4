-- What an eSR's products were resolved to, so that figures are drawn from one index without opening decisions.

ALTER TABLE esrs ADD COLUMN platform TEXT;
ALTER TABLE esrs ADD COLUMN solution TEXT;
ALTER TABLE esrs ADD COLUMN report TEXT;
ALTER TABLE esrs ADD COLUMN coverage TEXT;
-- A company's name that named no participant, as it was written when it first did not.
ALTER TABLE esrs ADD COLUMN missed TEXT;

-- Reading JSON here refuses texts with NUL characters, which partners may send: they are read as spaces.
UPDATE esrs e SET
    platform = d.found->'evidence'->>'platform',
    solution = d.found->'evidence'->>'solution',
    report = (d.found->'evidence'->>'report') || '/' || (d.found->'evidence'->>'edition'),
    coverage = d.found->'facts'->>'coverage'
FROM (SELECT esr_id, seq, CAST(replace(decision, '\u0000', '\u0020') AS JSON) AS found FROM decisions) AS d
WHERE d.esr_id = e.id AND d.seq = e.revision;
UPDATE esrs SET missed = substr(CAST(replace(body, '\u0000', '\u0020') AS JSON)->'third_party'->>'company', 1, 200)
WHERE participant IS NULL AND coverage IN ('unresolved', 'not_a_participant');
UPDATE esrs SET missed = NULL WHERE trim(missed) = '';

CREATE INDEX esrs_figures ON esrs (received_at, route, platform, participant, solution, coverage);
CREATE INDEX esrs_missed ON esrs (received_at, missed) WHERE missed IS NOT NULL;
CREATE INDEX esrs_on_report ON esrs (report, status, received_at) WHERE report IS NOT NULL;
CREATE INDEX esrs_waiting ON esrs (status, updated_at) WHERE status <> 'closed';
