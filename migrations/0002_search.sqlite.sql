-- Full text over esrs.words, which is folded already: words in lower case without accents, separated by spaces.
-- A number of our own, since SQLite may give rows new rowids when a file is compacted.

CREATE TABLE esr_numbers (
    number INTEGER PRIMARY KEY,
    esr_id TEXT NOT NULL UNIQUE REFERENCES esrs (id)
);
CREATE VIRTUAL TABLE esr_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');

CREATE TRIGGER esrs_words_added AFTER INSERT ON esrs BEGIN
    INSERT INTO esr_numbers (esr_id) VALUES (new.id);
    INSERT INTO esr_words (rowid, words) VALUES ((SELECT number FROM esr_numbers WHERE esr_id = new.id), new.words);
END;
CREATE TRIGGER esrs_words_changed AFTER UPDATE OF words ON esrs WHEN new.words <> old.words BEGIN
    UPDATE esr_words SET words = new.words WHERE rowid = (SELECT number FROM esr_numbers WHERE esr_id = new.id);
END;
