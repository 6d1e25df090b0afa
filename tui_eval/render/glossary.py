"""What every figure means, in plain English: for ``?`` in the app, and for the README.

The methods are those of Miller (2024, arXiv 2411.00640) and Bowyer et al. (2025, arXiv 2503.01747).
"""

from __future__ import annotations

from typing import NamedTuple

SCORES, DELTA, SAMPLES, CURVES, CORRELATION, COMPLETENESS = (
    *("scores", "delta", "samples", "curves", "correlation", "completeness"),
)
RESCORE = "rescore"


class Term(NamedTuple):
    """A figure, or a sign beside one.

    Attributes:
        name: As the screens write it.
        meaning: A sentence or two that need no statistics.
        modes: The screens that show it.
    """

    name: str
    meaning: str
    modes: tuple[str, ...]


GLOSSARY = (
    Term("score", "Share of questions that are answered right, or the mean score.", (SCORES,)),
    Term(
        "± (stderr)",
        "Standard error as the harness reports it: the score would move by about this much with "
        "other questions of the same kind.",
        (SCORES, CURVES),
    ),
    Term(
        "[76.1–80.5]",
        "95 % interval: the plausible range of the true score, with only n questions like these. "
        "Wilson where answers are right or wrong, Student's t elsewhere.",
        (SCORES, CURVES),
    ),
    Term(
        "n",
        "How many questions count. Those that failed are left out, not counted as wrong, unless "
        "the harness counts them.",
        (SCORES, DELTA),
    ),
    Term(
        "effective n",
        "Questions on one passage, copies of a question and repeats of it stand or fall together: "
        "together they count for fewer.",
        (SCORES, DELTA),
    ),
    Term(
        "mean over categories",
        "Macro mean: every category counts the same, whatever its size.",
        (SCORES, DELTA),
    ),
    Term(
        "mean over questions",
        "Micro mean: every question counts the same, so large categories count more.",
        (SCORES, DELTA),
    ),
    Term(
        "~",
        "Level: the data cannot tell this score from the best one of its row or column (a paired "
        "test, Holm over the runs), or this difference from none.",
        (SCORES, DELTA),
    ),
    Term(
        "≠",
        "Not asked or scored in the same way: settings differ that may make the difference.",
        (SCORES, DELTA, CURVES),
    ),
    Term(
        "*",
        "The stderr that is reported is known to be wrong; this one is worked out from the "
        "answers, or of a mean from those of its categories. The run facts tell both, and why.",
        (SCORES,),
    ),
    Term(
        "!",
        "The stderr that is reported is known to be wrong, and nothing is there to work it out "
        "from.",
        (SCORES,),
    ),
    Term(
        "runs, sd",
        "Range and standard deviation of the scores when the same model is run several times.",
        (SCORES, DELTA),
    ),
    Term(
        "Δ",
        "Score of the candidate minus score of the baseline, on the questions that both answered.",
        (DELTA,),
    ),
    Term(
        "[+0.6, +3.6]",
        "95 % interval of Δ: the true difference is probably in it. Newcombe where answers are "
        "right or wrong, else Student's t of the differences.",
        (DELTA,),
    ),
    Term(
        "better, worse",
        "The whole interval is above zero, or below it.",
        (DELTA, CURVES),
    ),
    Term(
        "can't tell",
        "The interval has zero in it: it may be chance. This is not the same as no difference.",
        (DELTA, CURVES),
    ),
    Term("the same within", "The whole interval is within the margin that you set.", (DELTA,)),
    Term("paired on", "How many questions both runs answered: only these are compared.", (DELTA,)),
    Term(
        "totals only",
        "The answers to single questions are not there, so the two scores are compared as if they "
        "came from different questions: the interval is wider than it should be.",
        (DELTA, CURVES),
    ),
    Term(
        "fixes, breaks",
        "Questions that only the candidate has right, and that only the baseline has right.",
        (DELTA, SAMPLES),
    ),
    Term(
        "p",
        "If both were equally good, a difference this large would come up this often. McNemar "
        "mid-p where answers are right or wrong, paired t elsewhere, flipped signs below 30 "
        "questions.",
        (DELTA,),
    ),
    Term(
        "q",
        "Among all rows with a q at most this small, about this share are false alarms "
        "(Benjamini–Hochberg over the visible rows).",
        (DELTA,),
    ),
    Term(
        "Holm",
        "p made larger because several pairs of runs are tested at once: the chance of any false "
        "alarm among them stays below 5 %.",
        (SCORES, DELTA),
    ),
    Term(
        "can see gaps ≥",
        "A true difference smaller than this would mostly be missed with these questions (80 % "
        "power).",
        (DELTA,),
    ),
    Term(
        "needs questions",
        "How many questions of this kind are needed to see a difference of one point.",
        (DELTA,),
    ),
    Term(
        "pass@k",
        "Right at least once in k attempts.",
        (SCORES,),
    ),
    Term("pass^k", "Right in all of k attempts.", (SCORES,)),
    Term("maj@k", "The most common answer of k attempts is right.", (SCORES,)),
    Term(
        "flaky",
        "Right in some attempts at the question, wrong in others.",
        (SAMPLES,),
    ),
    Term(
        "suspect",
        "Better runs miss the question and worse runs have it right: look at its reference.",
        (SAMPLES,),
    ),
    Term(
        "step",
        "How far training was: the number of steps, of checkpoints, or of tokens that the name of "
        "the model tells.",
        (CURVES,),
    ),
    Term(
        "Δ before, Δ best",
        "Score of the step minus that of the step before it, and minus that of the best so far.",
        (CURVES,),
    ),
    Term(
        "regression",
        "A step that is shown to be worse than the one before it or than the best so far. All "
        "these tests of a curve are adjusted together (Holm), so that chance alone rarely finds "
        "one.",
        (CURVES,),
    ),
    Term(
        "plateau",
        "Since this step no later one is better beyond what these questions can show.",
        (CURVES,),
    ),
    Term(
        "rho",
        "Spearman: do the two benchmarks put the models in the same order? 1 = the same order, 0 = "
        "no relation, −1 = the opposite order.",
        (CORRELATION,),
    ),
    Term(
        "tau-b",
        "Kendall: pairs of models in the same order minus pairs in the opposite order, ties taken "
        "out.",
        (CORRELATION,),
    ),
    Term(
        "invalid",
        "Share of the answers in which the filter found nothing. All invalid: it does not fit how "
        "this model writes, so a score of 0 says nothing of the model.",
        (RESCORE,),
    ),
    Term(
        "stored",
        "The score that the harness gave the same questions. The new score is compared with it "
        "question by question.",
        (RESCORE,),
    ),
    Term(
        "timed out",
        "The filter needed too long on the answer and was stopped: the answer has no score.",
        (RESCORE,),
    ),
    Term(
        "incomplete, unknown",
        "Incomplete: something of what was asked has no answer, or failed. Unknown: nothing tells "
        "how many questions there should be, or their answers are not there.",
        (COMPLETENESS,),
    ),
    Term(
        "expected",
        "Questions that there should be: as many as the harness says that it asked, else those "
        "that other runs of the same questions have.",
        (COMPLETENESS,),
    ),
    Term("missing", "Expected questions without an answer.", (COMPLETENESS,)),
    Term(
        "doubled, unknown answers",
        "Answers that are there again, and answers to questions that are none of the expected.",
        (COMPLETENESS,),
    ),
    Term(
        "unparsed",
        "Answers in which nothing was found to score; some harnesses then guess at random.",
        (COMPLETENESS,),
    ),
)


def terms_of(mode: str) -> tuple[Term, ...]:
    """The figures that a screen shows."""
    return tuple(term for term in GLOSSARY if mode in term.modes)
