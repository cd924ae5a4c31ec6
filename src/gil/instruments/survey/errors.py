"""What goes wrong with a call that is to be probed, in one sentence each."""

from __future__ import annotations


class SurveyError(Exception):
    """One sentence for the user, with the next step where there is one; the command exits with ``code``."""

    code = 3


class UsageError(SurveyError):
    """What is asked for cannot be asked for."""

    code = 2


class MeasurementError(SurveyError):
    """It was asked for, and could not be measured."""

    code = 3
