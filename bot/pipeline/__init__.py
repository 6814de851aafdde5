"""The road of a message: `receive` keeps it, `work` answers it in one transaction, `outgoing` sends the answers."""
