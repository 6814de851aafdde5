"""Built-in verification of senders, for machines without a mail server in front that does it."""
