"""The Django project, the gateway every REST door shares, and the query engine."""
