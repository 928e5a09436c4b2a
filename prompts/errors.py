"""What can go wrong with templates, formats and voices."""


class PromptError(Exception):
    """A template, format or voice is missing, broken or wrongly used; the message is one sentence for the user."""

    retryable = False
