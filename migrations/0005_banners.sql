-- What stands in an attached file about the platform, as JSON; NULL when nothing was found.

ALTER TABLE attachments ADD COLUMN banner TEXT;
