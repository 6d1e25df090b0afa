"""Run the command line: ``python -m tui_eval``."""

import sys

from tui_eval.cli.main import main

sys.exit(main())
