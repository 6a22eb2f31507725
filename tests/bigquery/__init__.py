"""The analytics copy, against a stand-in of BigQuery's service that the real client talks to."""
