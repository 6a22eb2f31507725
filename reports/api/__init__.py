"""The REST door of reports: questions, reports, results and tickets for sockets."""
