"""Large results in another format: made by a worker, as jobs without reports of their own."""
