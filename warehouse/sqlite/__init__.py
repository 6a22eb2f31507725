"""The database backend of an installation that lives in one SQLite file."""
