-- Full text over esrs.words, which is folded already: words in lower case without accents, separated by spaces.

ALTER TABLE esrs ADD COLUMN search TSVECTOR GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED;
CREATE INDEX esrs_search ON esrs USING gin (search);
