"""The whole REST door under generated requests, as the OpenAPI document describes it."""
