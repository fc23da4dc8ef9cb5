"""``python -m kloudless_data`` is ``kloudless-data``: where the command begins.

It imports nothing before it can answer Ctrl-C, since that takes most of a short command's time.
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command, and end in a sentence when it is interrupted before it has begun.

    Returns
    -------
    int
        Its exit status.
    """
    try:
        from .cli import main as run

        return run()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130


if __name__ == "__main__":
    sys.exit(main())
