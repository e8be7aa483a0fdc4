//! Mail: letters that a person is glad to read, sent by SMTP; and replies, read back into updates.
