"""``python -m kloudless_data`` is ``kloudless-data``."""

import sys

from .cli import main

sys.exit(main())
