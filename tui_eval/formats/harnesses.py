"""The modules that have a `Format` each, by the short names of their harnesses.

They are apart from the harnesses' packages, which import nothing: so a child process can read rows
of one without what makes frames.
"""

from __future__ import annotations

from tui_eval.formats.evalscope import harness as evalscope
from tui_eval.formats.lighteval import harness as lighteval
from tui_eval.formats.lm_eval import harness as lm_eval
from tui_eval.formats.mixeval import harness as mixeval
from tui_eval.formats.twinkle import harness as twinkle

__all__ = ["evalscope", "lighteval", "lm_eval", "mixeval", "twinkle"]
