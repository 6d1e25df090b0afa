"""What the name of a setting tells about its value: a secret, an address, or how a run was made."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Literal

Kind = Literal["secret", "address", "setting", "unknown"]
"""``secret``: key, token, password. ``address``: who or where, which as a single word also begins
lines of prose (``User: …``). ``setting``: what runs are compared by. ``unknown``: none of them."""

_USUAL = 100  # characters of a name that is worth remembering
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")


def word_set(words: str) -> frozenset[str]:
    """The words of a line."""
    return frozenset(words.split())


_SECRET_PARTS = (
    *("password", "passwd", "passwrd", "passwort", "passphrase", "passcode", "credential"),
    *("authorization", "cookie", "webhook", "connstr", "keystore", "keytab", "kubeconfig"),
    *("mnemonic", "hostname", "nodelist", "secret"),
    *(
        "密码",
        "密碼",
        "密钥",
        "密鑰",
        "金钥",
        "金鑰",
        "口令",
        "令牌",
        "权杖",
        "權杖",
        "凭证",
        "憑證",
    ),
)
"""Anywhere in a word."""

_SECRET_PAIRS = frozenset(
    tuple(pair.split("_"))
    for pair in word_set(
        "connection_string conn_str api_key private_key access_key secret_key signing_key "
        "encryption_key session_key key_file ssl_key openai_key user_pass pass_word access_token "
        "auth_token api_token hf_token bearer_token session_token id_token refresh_token "
        "security_token session_id client_id o_auth auth_code access_code verification_code "
        "recovery_code mfa_code seed_phrase node_name"
    )
)
"""Two words, also where they are written as one."""

_SECRET_WORDS = word_set(
    "pwd pw psw pswd mfa oauth jwt bearer otp totp dsn sas sig signature csrf xsrf "
    "netrc cred creds hmac salt auth authentication saml pem pkcs pgp gpg pat "
    "htpasswd pgpass"
)
_ACCESS = word_set(
    "auth access api hf hub huggingface bearer session refresh secret personal github "
    "gitlab id security service user bot deploy private client admin master account"
)
"""Before ``token``, ``tokens`` and ``key``: it opens something."""

_TEXT_TOKENS = word_set(
    "eos bos pad unk eot eom eod sot stop mask sep cls special start end begin think "
    "thinking image video audio tool prefix suffix middle fim system assistant next "
    "last first new newline per forced delimiter turn placeholder decoder empty blank "
    "separator additional max min"
)
"""Before ``token``: a piece of text."""

_DATA_KEYS = word_set(
    "prompt answer label question text target input output image column sort task "
    "message role choices options reference gold metric group doc document query "
    "context subset primary foreign row score value field category sample"
)
"""Before ``key``: a field of a data set."""

_ADDRESS_WORDS = word_set(
    "host hosts hostname proxy proxies endpoint endpoints url urls uri uris username "
    "nodename fqdn bastion broker brokers nameserver ngrok tunnel jdbc odbc "
    "rendezvous referer smtp imap ldap 用户名 使用者名稱 帐号 帳號 邮箱 郵箱 电子邮件 電子郵件 地址"
)
"""Anywhere in a name."""

_ADDRESS_ENDS = word_set(
    "user login email emails mail phone account tenant server servers address "
    "addresses addr ip ips gateway session pass header headers org organization "
    "organisation subscription key pin mailto owner contact"
)
"""At the end of a name, or before ``id`` or ``name`` there."""

_FORWARD = word_set("num n first second forward two single multi max one third per")
"""Before ``pass``: no password."""

_COUNTS = word_set(
    "max min num n count total limit rate size length len timeout per number retries "
    "batch interval ratio budget"
)
"""A number under such a name counts something."""

_ENDS = word_set(
    "id name value string str file path env b64 base64 var raw list hash text header json data"
)
"""After the word that tells what it is: ``api_key_file``."""

_SETTINGS = word_set(
    "model models name names type kind types task tasks dataset datasets data subset "
    "subsets split splits category categories group groups benchmark benchmarks suite "
    "prompt prompts template templates chat system instruction instructions "
    "description question questions query answer answers choice choices option "
    "options target label labels reference references response responses output "
    "outputs input inputs message messages role content text texts language lang zh "
    "en title tag tags pretty context revision version versions branch commit git "
    "hash hashes sha sha256 fingerprint checkpoint ckpt step steps peft lora adapter "
    "delta base pretrained tokenizer dtype precision quantization quant quantize "
    "quantized bits bit load loader device devices gpu gpus cuda driver torch "
    "transformers vllm sglang python framework backend engine library platform os cpu "
    "accelerator hardware memory parallel tensor pipeline attention attn rope scaling "
    "kv cache compile graph graphs temperature top min max num n seed seeds sampling "
    "sampler sample samples generation generate gen decoding decode beam beams "
    "penalty stop until eos bos pad unk token tokens special think thinking reasoning "
    "effort length limit batch repeat repeats run runs shot shots fewshot few metric "
    "metrics score scores scoring scorer filter filters aggregation method methods "
    "strategy judge judges judged baseline parser regex pattern patterns extract "
    "extraction extractor postprocess preprocess eval evaluation evaluator config "
    "configuration file files path paths dir directory folder location source hub "
    "format schema mode level log logging date time timestamp start end duration "
    "class function fn implementation impl module package recipe stage phase report "
    "provider command cmd cmdline args argv cli example examples map id"
)
_MAPS = word_set(
    "hash hashes examples versions map prompt prompts template templates instruction "
    "instructions description dict language languages"
)


def kind_of(name: str) -> Kind:
    """What a name tells of its value, however it is written: ``apiKey``, ``X-Api-Key``."""
    return _usual(name) if len(name) < _USUAL else _judge(name)


def is_count(name: str) -> bool:
    """Whether a number under this name counts something, and opens nothing: ``max_tokens``."""
    return not _COUNTS.isdisjoint(_words(name))


def is_map(name: str) -> bool:
    """Whether the names below this one are data, such as tasks, and say nothing of their values."""
    return not _MAPS.isdisjoint(_words(name)[-1:])


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _judge(name: str) -> Kind:
    words = _words(name)
    told = [word for word in words if not word.isdigit()]
    if any(map(_tells, told)) or not _SECRET_PAIRS.isdisjoint(pairwise(told)):
        return "secret"
    core = list(told)
    while len(core) > 1 and core[-1] in _ENDS:
        core.pop()
    if not core:
        return "unknown"
    if "pass@" in name:  # how many attempts a metric has
        return "setting"
    if not _SECRET_WORDS.isdisjoint(told) or _opens(core, told):
        return "secret"
    if not _ADDRESS_WORDS.isdisjoint(told) or _is_address(core):
        return "address"
    return "unknown" if _SETTINGS.isdisjoint(told) else "setting"


_usual = lru_cache(maxsize=4096)(_judge)
"""The same few names stand in the configurations of thousands of runs."""


@lru_cache(maxsize=4096)
def _tells(word: str) -> bool:
    """Whether a word alone tells of a secret, whatever stands beside it."""
    if word.startswith("secretar"):
        return False
    return any(part in word for part in _SECRET_PARTS) or any(
        word.startswith(first + second) or word.endswith(first + second)
        for first, second in _SECRET_PAIRS
    )


def _opens(core: list[str], told: list[str]) -> bool:
    """Whether a key or a token is one that opens something."""
    before = core[-2] if len(core) > 1 else ""
    match core[-1]:
        case "key" | "keys":
            return bool(before) and before not in _DATA_KEYS
        case "token":
            return before not in _TEXT_TOKENS and not (not before and told[-1] == "id")
        case "tokens":
            return before in _ACCESS
        case _:
            return False


def _is_address(core: list[str]) -> bool:
    before = core[-2] if len(core) > 1 else ""
    match core[-1]:
        case "pass":
            return before not in _FORWARD
        case "key":
            return not before
        case "pin" | "ak" | "sk":  # access key and secret key
            return len(core) == 1
        case "base":
            return before in ("api", "url")
        case "to":
            return before in ("mail", "email")
        case "entity":  # elsewhere what is looked for in a text
            return before == "wandb"
        case last:
            return last in _ADDRESS_ENDS
