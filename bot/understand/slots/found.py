"""A slot value as it was found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """A slot value in normal form, where it stands, and whether the words around it say what it is."""

    slot: str
    value: str
    start: int
    end: int
    sure: bool = True
    old: bool = False  # the value that is being left: "from X to ...", "no longer X", "123 is wrong"
    spoken: bool = False  # dictated digit by digit
    shape: bool = False  # only its shape says which slot it is for
    settled: bool = False  # the words after it say that it has come, or that it is right
    agreed: bool = False  # read by both voices, or of a kind that only patterns read
