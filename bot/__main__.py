"""The `guichet` console script."""


def main() -> None:
    """Run the command line."""
