"""Tests of the built-in verification. DNS is a table; nothing here asks a real server."""
