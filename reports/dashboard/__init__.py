"""The web page: what people see after they log in. All its data comes through the REST API."""
