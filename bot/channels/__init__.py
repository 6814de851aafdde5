"""The doors: each turns what came in into an Inbound, and a Letter into what goes out. They know no intent."""
