"""The entry point of ``kloudless-data`` and ``python -m kloudless_data``.

It handles Ctrl-C before importing anything, since imports take most of a short command's time.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command; end with a message if it is interrupted before it has begun.

    Returns
    -------
    int
        The exit status.
    """
    try:
        from .cli import main as run

        return run()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130


if __name__ == "__main__":
    sys.exit(main())
