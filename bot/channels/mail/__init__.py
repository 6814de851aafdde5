"""The mail channel: the SMTP door, reading a mail, composing an answer, handing it to the next hop."""
