"""The errors that a user can fix."""


class UserError(ValueError):
    """Something outside the program is wrong. The message is one line that names the thing, shows the value and says
    what to do; the command line prints it without a traceback and ends with `exit_code`."""

    exit_code = 1


class RefusedError(UserError):
    """What is here is not what the plan says; the message names each difference."""

    exit_code = 3
