"""The REST doors of webhooks, their deliveries, and schedules."""
