"""The ways in which a verb is refused. Each carries one sentence for whoever asked."""


class Refusal(Exception):
    """A verb that was not done, and in one sentence why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refusal):
    """There is no such thing, or not for this actor."""


class Forbidden(Refusal):
    """The actor's role or project does not allow this."""


class Illegal(Refusal):
    """The job's state does not allow this."""


class Invalid(Refusal):
    """The request is wrong; `fields` says where."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for sentences in fields.values() for sentence in sentences))
        self.fields = fields
