"""A question as two runs answered it."""

from __future__ import annotations

from tui_eval.records import Answer, Message
from tui_eval.render.answers.layout import Question, Response

PROMPT = (
    Message("system", "Think step by step, and give the final answer as \\boxed{…}."),
    Message(
        "user",
        "Janet’s ducks lay 16 eggs per day. She eats three for breakfast and bakes muffins with "
        "four. She sells the remainder for $2 per egg. How much does she make every day?\n"
        + "\n".join(f"Example {number}." for number in range(1, 12))
        + "\n請用繁體中文回答。",
    ),
)

RIGHT = Answer(
    PROMPT,
    "18",
    "Janet sells 16 - 3 - 4 = 9 eggs a day, not 18.\nShe makes 9 × $2 = $18 every day.\n\n"
    "```python\ndef income(eggs):\n    return (eggs - 3 - 4) * 2\n```\n\n"
    "The answer is \\boxed{18}.",
    reasoning="First the eggs. " * 40,
    extracted="18",
)

WRONG = Answer(
    PROMPT,
    "18",
    "她早餐吃掉三顆，所以每天剩下 13 顆蛋可以賣。\nShe makes 13 × $2 = $26 every day.\n\n"
    "\x1b[2J[red]\u202e\n\nThe answer is \\boxed{26}.",
    extracted="26",
    judge=(Message("assistant", "The muffins are forgotten. [[0]]"),),
)

RESPONSES = (
    Response("A", "qwen2.5-7b @ 1120", "1.000", "ok", 177, 64, answer=RIGHT),
    Response("B", "llama-3-8b @ 1121", "0.000", "truncated", 103, None, answer=WRONG),
)

QUESTION = Question(PROMPT, "18", RESPONSES)
