"""The one error of the page: anything that would make the report wrong stops it under this name."""

from experiments.errors import UserError


class RenderError(UserError):
    """The report cannot be rendered as it stands; the message names the thing and what to do."""
