"""What a user can cause and mend."""


class UserError(Exception):
    """One sentence that says what is wrong and names the next step; sessions print it and fail."""
