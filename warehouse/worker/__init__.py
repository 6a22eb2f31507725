"""What runs inside a worker process beside Celery: slots, the reconciler and the stop flag."""
