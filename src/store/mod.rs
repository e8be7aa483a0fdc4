//! Everything stored, and the only place with SQL. SQLite and PostgreSQL.
