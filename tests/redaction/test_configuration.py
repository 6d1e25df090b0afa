from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build.twinkle import document
from tests.redaction.innocent_forms import INNOCENT
from tests.redaction.secret_forms import FORMS, LEAKS
from tui_eval.formats.harnesses import twinkle
from tui_eval.redaction.configuration import TOO_DEEP, redact, redact_text
from tui_eval.redaction.texts import REMOVED, cut

SECRET_NAMES = [
    "api_key",
    "apiKey",
    "API-KEY",
    "api_keys",
    "OPENAI_API_KEY",
    "key",
    "private_key",
    "secret",
    "client_secret",
    "password",
    "passwd",
    "Authorization",
    "credentials_file",
    "cookie",
    "webhook_url",
    "token",
    "hf_token",
    "accessToken",
    "access_tokens",
    "base_url",
    "baseURL",
    "api_base",
    "endpoint",
    "host",
    "server_address",
    "proxy",
    *("PGPASS", "mail_to", "mailto", "owner", "contact", "wandb_entity"),
]

PLAIN_NAMES = [
    "max_tokens",
    "max_new_tokens",
    "prompt_tokens",
    "tokens",
    "eos_token",
    "pad_token",
    "tokenizer",
    "keyboard",
    "monkey",
    "keywords",
    "name",
    "temperature",
    "dataset_paths",
    "ghost",
    "hostile",
]

SECRETS = [
    "sk-" + "a1" * 12,
    "sk-proj-" + "A_-9" * 8,
    "hf_" + "Zz9" * 10,
    "gsk_" + "a" * 20,
    "ghp_" + "0" * 36,
    "github_pat_" + "b" * 30,
    "glpat-" + "c" * 20,
    "AKIA" + "ABCD1234" * 2,
    "AIza" + "x" * 35,
    "Bearer abc.def",
    "bearer abc",
    "eyJhbGciOi.eyJzdWIi.c2ln",
    "http://127.0.0.1:18931/v1",
    "HTTPS://Internal.example/v1?key=1",
    "postgresql://user:password@db/x",
    "wss://user@host",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("value", ["short", 12345, ["a", "b"], {"value": "x"}])
def test_values_go_where_their_name_tells_what_they_are(name: str, value: Any) -> None:
    assert redact({name: value}) == {name: REMOVED}


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("value", [None, "", False, True])
def test_that_there_is_none_is_no_secret(name: str, value: Any) -> None:
    assert redact({name: value}) == {name: value}


def test_a_name_of_any_length_is_judged() -> None:
    long = "n" * 500
    assert redact({f"{long}_token": "x", long: "y"}) == {f"{long}_token": REMOVED, long: "y"}


@pytest.mark.parametrize("name", PLAIN_NAMES)
@pytest.mark.parametrize("value", [512, "<|eos|>", 0.5, ["a"]])
def test_names_that_only_sound_alike_stay(name: str, value: Any) -> None:
    assert redact({name: value}) == {name: value}


@pytest.mark.parametrize(
    "text",
    [
        "skywork-o1-open-llama-3.1-8b",
        "hf-internal-testing/tiny-random",
        "task-specific-instruction-tuned",
        "Put the option in \\box{Option}\n",
        "key_points_of_the_question",
        "datasets/mmlu/",
        "2026-01-01 12:00",
        "ratio 1:2",
    ],
)
def test_texts_that_only_look_alike_stay(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("secret", SECRETS)
def test_secrets_are_cut_out_of_texts_and_names(secret: str) -> None:
    assert redact_text(f"use {secret} here") == f"use {REMOVED} here"
    assert redact({secret: 1}) == {REMOVED: 1}


def test_numbers_and_truth_values_stay() -> None:
    value = [1, 1.5, True, None, {"a": [2]}]
    assert redact(value) == value


def test_what_no_configuration_nests_is_left_out() -> None:
    nested: object = "sk-" + "a" * 30
    for _ in range(60):
        nested = [nested]
    text = json.dumps(redact(nested))
    assert "sk-" not in text
    assert TOO_DEEP in text


plain = st.one_of(st.integers(), st.booleans(), st.none(), st.sampled_from(["x", "max_tokens"]))


def around(leaf: Any) -> st.SearchStrategy[Any]:
    """A secret inside of anything, beside other values."""
    return st.recursive(
        st.just(leaf),
        lambda inner: st.one_of(
            st.tuples(st.lists(plain, max_size=2), inner).map(lambda pair: [*pair[0], pair[1]]),
            st.tuples(st.dictionaries(st.sampled_from(PLAIN_NAMES), plain, max_size=2), inner).map(
                lambda pair: {**pair[0], "extra_body": pair[1]}
            ),
        ),
        max_leaves=5,
    )


def config_of(config: Any) -> str:
    content = document()
    content["config"] = config
    return twinkle.FORMAT.read_runs(content, Path("x.json"), 1)[0].config


@given(st.sampled_from(SECRETS).flatmap(lambda s: st.tuples(st.just(s), around(f"a {s} b"))))
def test_no_secret_text_survives_in_a_runs_configuration(drawn: tuple[str, Any]) -> None:
    secret, content = drawn
    config = config_of({"model": {"name": "m"}, "custom": content})
    assert secret not in config
    assert REMOVED in config


@given(st.sampled_from(SECRET_NAMES), around("UNLIKELY-VALUE"))
def test_no_secret_value_survives_in_a_runs_configuration(name: str, content: Any) -> None:
    config = config_of({"model": {"name": "m", name: content}})
    assert "UNLIKELY" not in config
    assert json.loads(config)["model"][name] == REMOVED


@given(st.dictionaries(st.sampled_from(PLAIN_NAMES), st.one_of(plain, st.floats(0, 1))))
def test_everything_else_survives_in_a_runs_configuration(model: dict[str, Any]) -> None:
    assert json.loads(config_of({"model": model})) == {"model": model}


@pytest.mark.parametrize(
    "value",
    [
        {"pwd": "hunter2"},
        {"passphrase": "hunter2"},
        {"jwt": "hunter2"},
        {"connection_string": "hunter2"},
        {"address": "hunter2"},
        {"env": "OPENAI_API_KEY=hunter2"},
        {"header": "x-api-key: hunter2"},
        {"x": "a=1,token=hunter2,b=2"},
    ],
)
def test_more_ways_to_write_a_secret(value: dict[str, str]) -> None:
    assert "hunter2" not in str(redact(value))


def test_of_a_path_only_the_person_goes() -> None:
    assert cut("/home/ann/models/m-7b") == f"/home/{REMOVED}/models/m-7b"
    assert cut("C:\\Users\\ann\\models") == f"C:\\Users\\{REMOVED}\\models"


@pytest.mark.parametrize(
    "text",
    [
        "run -p 8 --model m",
        "Password must have 8 characters; a token is a piece of a word.",
        "python -u run.py",
        "the key is C, the token is B2",
    ],
)
def test_words_after_the_names_of_secrets_stay(text: str) -> None:
    assert cut(text) == text


def test_addresses_of_machines() -> None:
    assert redact({"x": "at 10.1.1.1:9000, v0.4.2"}) == {"x": "at <removed>, v0.4.2"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: json.dumps(form, ensure_ascii=False)[:60])
def test_every_form_of_a_secret_goes(form: object) -> None:
    shown = json.dumps(redact(form), ensure_ascii=False)
    assert [secret for secret in LEAKS if secret in shown] == []


@pytest.mark.parametrize("form", INNOCENT, ids=lambda form: json.dumps(form)[:60])
def test_what_runs_are_compared_by_stays(form: object) -> None:
    assert redact(form) == form


_REPEATED = [
    *("a.", "a.b:", "a@", "a:a@", "1.", "://", "sk-", "eyJ.", "\\", '\\"', "- ", "=", "k= "),
    *(
        "user:",
        "key: ",
        "token=",
        'token="',
        "token={",
        "-u (",
        "-a (",
        "--key ",
        "<key>",
        "basic ",
    ),
    *("token ", "-p", "mysql -p ", "-ua:", "/home/", "\\Users\\", "('key', "),
    *("Authorization: ", "-----BEGIN KEY-----", "-----BEGIN A", "password:|\n", "x:80/", "{", "(("),
]


@pytest.mark.parametrize("form", _REPEATED)
def test_time_is_in_proportion_to_the_length(form: str) -> None:
    """A rule that reads to the end of the text from each place takes minutes for these."""
    text = form * (100_000 // len(form))
    assert len(cut(text)) <= 2 * len(text)
    assert cut(text, is_known=False)


@given(st.text(alphabet="ab=:\"'\\,{}<>@./- \n-", max_size=60), st.booleans())
def test_any_text_is_cut_without_an_error(text: str, is_known: bool) -> None:
    shown = cut(f"{text} end", is_known=is_known)
    assert shown.endswith("end") or REMOVED in shown
