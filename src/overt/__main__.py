"""`overt` and `python -m overt`: starts the command line, and answers Ctrl-C from the first moment.

It imports next to nothing itself, so that an interrupt while the rest loads is caught too.
"""

import sys

INTERRUPTED = 130
"""The exit code that shells give to Ctrl-C."""
STOPPED = "overt: stopped by Ctrl-C; nothing was written"


def main() -> None:
    """Run the command line."""
    try:
        from overt.cli import run  # noqa: PLC0415 - see above

        run()
    except KeyboardInterrupt:
        sys.stderr.write(STOPPED + "\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
