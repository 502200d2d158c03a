"""The error tree. Every message is one line that names the fault and what to do next.

`Misuse` is the caller's fault (exit code 2); everything else is a refusal or a failure
of what was given (exit code 1).
"""

from __future__ import annotations


class OvertError(Exception):
    """Base of all errors that are meant for people.

    Args:
        message: what is wrong, naming the file, field or figure.
        rule: the requirement's id where a rule was applied, such as ``"R6"``.
        advice: what to do next.
    """

    exit_code = 1

    def __init__(self, message: str, *, rule: str | None = None, advice: str | None = None) -> None:
        self.message = message
        self.rule = rule
        self.advice = advice
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """The whole error on one line, such as ``R6: what is wrong. What to do``."""
        text = f"{self.rule}: {self.message}" if self.rule else self.message
        if self.advice:
            text = f"{text.rstrip('.')}. {self.advice}"
        return " ".join(text.split())

    def __str__(self) -> str:
        return self.line


class Misuse(OvertError):
    """The command or function was called wrongly."""

    exit_code = 2


class Refusal(OvertError):
    """A rule forbids it. `rule` is always set; nothing was changed."""

    def __init__(self, rule: str, message: str, *, advice: str | None = None) -> None:
        super().__init__(message, rule=rule, advice=advice)


class BadConfig(OvertError):
    """A configuration file is unreadable, or loosens what may only be tightened."""


class BadModel(OvertError):
    """A model pack, manifest or weight file is missing, altered or malformed."""


class BadVideo(OvertError):
    """A video source is missing, unreadable, or holds no usable picture."""


class CameraLost(BadVideo):
    """A camera is out of reach or has stopped, which may pass by itself: worth trying again.

    Any other `BadVideo` of a camera stays until a person changes something.
    """


class BadImage(OvertError):
    """A still image cannot be used."""


class BadList(OvertError):
    """A watchlist or blue-list folder, CSV or consent register is malformed."""


class BadListing(BadList):
    """The CSV of an operational list is refused whole; nothing was stored.

    Args:
        problems: each fault in one line, naming the rule, line and column.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        advice: str | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        self.problems = problems
        super().__init__(message, rule=rule, advice=advice)


class BadTruth(OvertError):
    """A truth file is malformed or does not fit the recording."""


class BadReport(OvertError):
    """A report cannot be written where it was asked for."""


class BadKey(OvertError):
    """The instance's key cannot be had: a wrong passphrase, or an altered or missing file."""


class BadVault(OvertError):
    """A sealed file is missing, altered, cut short, or not the one that was asked for."""


class DestructionFailed(OvertError):
    """Something that must die could not be destroyed; the message names what is left (N13)."""


class BadDatabase(OvertError):
    """The database cannot be opened, read or written."""


class BadAccount(OvertError):
    """An account is missing, disabled, or may not do this."""


class BadApplication(OvertError):
    """An application, authority or notice is malformed.

    Args:
        problems: each fault in one line, naming the field and the rule.
    """

    def __init__(
        self,
        message: str,
        *,
        rule: str | None = None,
        advice: str | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        self.problems = problems
        super().__init__(message, rule=rule, advice=advice)


class BadEvidence(OvertError):
    """An evidence file is malformed or not signed by whom it says."""


class BadForm(OvertError):
    """A decision, outcome or request of a desk is malformed."""


class BadLedger(OvertError):
    """A ledger is missing, altered, or in use by another process."""


class LedgerFailed(OvertError):
    """The ledger cannot be written: whatever needed it must stop (N13)."""


class LedgerInUse(LedgerFailed):
    """Another process has the ledger."""
