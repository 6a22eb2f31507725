"""What every REST door shares: authentication, problems, idempotency, paging, compression."""
