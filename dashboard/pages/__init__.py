"""The pages, one module each; dashboard/app.py tells the contract."""


class NotHere(Exception):
    """The address names something that is not there; the sentence says what, and what to do."""
