"""SQL that tells the time of the relational database's server."""

SERVER_TIME = "SELECT clock_timestamp()"
