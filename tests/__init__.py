"""The tests, as a package: a folder of tests may carry the name of what it tests."""
