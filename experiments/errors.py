"""The errors that a user can mend."""


class UserError(ValueError):
    """Something outside the program is wrong. The message is one line that names the thing, shows the value and says
    what to do; the command line prints it without a traceback."""
