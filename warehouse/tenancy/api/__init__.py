"""The REST doors of organizations: settings, members, invitations, keys, and the audit log."""
