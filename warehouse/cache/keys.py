"""Under which name an answer is kept: organization, question, revision of its days."""


def key(organization: str, fingerprint: str, revision: int) -> str:
    """Return the cache key; a raised revision makes older answers unreachable."""
    return f"trellis:answer:{organization}:{fingerprint}:{revision}"


def of_organization(organization: str) -> str:
    """Return the pattern that matches the keys of all answers kept for an organization."""
    return f"trellis:answer:{organization}:*"
