"""Names of real models and files that tell a step, and names that look as if they did."""

from __future__ import annotations

import pytest

from tui_eval.analysis.training_steps import (
    Names,
    PatternError,
    checked_pattern,
    point_of,
    told_by,
    told_by_pattern,
)

REVISIONS = (
    "step1000-tokens4B",
    "stage1-step922000-tokens3868B",
    "stage2-ingredient3-step23852-tokens51B",
)

TELLING = [
    ("pretrained=EleutherAI/pythia-v1.1-1.4b,revision=step143000", {"step": 143000}),
    ("…,revision=step0", {"step": 0}),
    ("1.4b_step512.json", {"step": 512}),
    ("160m-5shot_step103000.json", {"step": 103000}),
    ("step1000-tokens4B", {"step": 1000, "tokens": 4e9}),
    ("allenai/OLMo-7B@step343000-tokens1438B", {"step": 343000, "tokens": 1.438e12}),
    ("stage1-step922000-tokens3868B", {"step": 922000, "tokens": 3.868e12}),
    ("stage2-ingredient3-step23852-tokens51B", {"step": 23852, "tokens": 5.1e10}),
    ("allenai/OLMo-7Bstep10000-tokens44B", {"step": 10000, "tokens": 4.4e10}),
    ("olmo-2-1124-7b-stage2-ingredient1-step11931-tokens50b", {"step": 11931, "tokens": 5e10}),
    ("HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints@step-125000", {"step": 125000}),
    ("SmolLM3-3B-checkpoints-stage3-step-4720000", {"step": 4720000}),
    ("TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T", {"step": 1431000, "tokens": 3e12}),
    ("TinyLlama-1.1B-step-50K-105b", {"step": 50000, "tokens": 1.05e11}),
    ("Pythia-1B-intermediate-step-50k-105b", {"step": 50000, "tokens": 1.05e11}),
    ("bigscience/bloom-560m-intermediate@global_step1000", {"step": 1000}),
    ("bloom-1b1-intermediate-global_step1000", {"step": 1000}),
    ("gpt_0.125B_global_step1000", {"step": 1000}),
    ("checkpoints/e3_math/grpo_qwen3_1.7b_easy/global_step_100/actor", {"step": 100}),
    ("ckpts/DAPO/run/global_step_450/actor/huggingface", {"step": 450}),
    ("results/run/_actor/global_step40", {"step": 40}),
    ("checkpoint_scitrek_gemma/_actor/global_step250_hf", {"step": 250}),
    ("global_step10000.AUC=0.774144", {"step": 10000}),
    ("out/checkpoint-500", {"checkpoint": 500}),
    (
        "model_name=Neelectric/Llama-3.1-8B-Instruct_GRPO,revision=checkpoint-207,dtype=bfloat16",
        {"checkpoint": 207},
    ),
    ("/data/sft/v0-20240801-120000/checkpoint-500-merged", {"checkpoint": 500}),
    ("global_28_04/checkpoint-1250step", {"checkpoint": 1250}),
    ("outputs/orthgsa-qwen3-4b/checkpoint-1000/global_step1000", {"step": 1000}),
    ("LLM360/Amber@ckpt_356", {"checkpoint": 356}),
    ("ckpt_001999", {"checkpoint": 1999}),
    ("ckpt4000-consumed_samples=0", {"checkpoint": 4000}),
    ("megatron/checkpoints/iter_0005000", {"step": 5000}),
    ("__data__ckpt__llama-1b__iter_0010000", {"step": 10000}),
    ("iter-240000-ckpt-step-30000.pth", {"step": 30000}),
    ("tyzhu__tiny_LLaMA_120M_8k_cc_8k_iter-240000-ckpt-step-60000_hf", {"step": 60000}),
    ("lightning_logs/version_46/checkpoints/epoch=2-step=8522.ckpt", {"step": 8522, "epoch": 2}),
    (
        "megatron_gpt--val_loss=4.61-step=46005-consumed_samples=5888000.0-last.ckpt",
        {"step": 46005},
    ),
    ("model_name=0--val_loss=1.55-step=9-consumed_samples=80.0-last", {"step": 9}),
    ("checkpoints/ep0-ba1000-rank0.pt", {"step": 1000, "epoch": 0}),
    ("nanotron/checkpoints/10000", {"checkpoint": 10000}),
    ("exp/ckpt/1000", {"checkpoint": 1000}),
    ("my-run/checkpoints/0002000/hf", {"checkpoint": 2000}),
    ("train_02200B", {"tokens": 2.2e12}),
    ("openlm-research/open_llama_7b_400bt_preview", {"tokens": 4e11}),
    ("my-1b-40b-tokens", {"tokens": 4e10}),
    ("llama-1b_100B_tokens_hf", {"tokens": 1e11}),
    ("qwen-2.5-0.5b-sft-step2000", {"step": 2000}),
    ("hf_ckpt_step_0002000", {"step": 2000}),
    ("litgpt/step-00001000/lit_model", {"step": 1000}),
    ("alignment-handbook/run_epoch_3", {"epoch": 3}),
    ("my-sft-step2000-7b", {"step": 2000}),
    ("TinyLlama-1.1B-intermediate-step-955k-token-2T", {"step": 955000, "tokens": 2e12}),
    ("torchtitan/outputs/checkpoint/step-1000", {"step": 1000}),
    ("saves/qwen/lora/sft/checkpoint-1500", {"checkpoint": 1500}),
]

SILENT = [
    "multistep2-7b",
    "onestep-7b",
    "Qwen2.5-Math-7B-step-by-step",
    "sft_100_steps",
    "meta-llama/Llama-2-7b-hf",
    "meta-llama/Llama-3.1-405B-Instruct",
    "mistralai/Mixtral-8x7B-v0.1",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "lmsys/vicuna-13b-v1.5-16k",
    "microsoft/Phi-3-mini-128k-instruct",
    "01-ai/Yi-34B-200K",
    "gradientai/Llama-3-8B-Instruct-262k",
    "Qwen/Qwen2.5-7B-Instruct-1M",
    "Qwen/Qwen3-30B-A3B-Instruct-2507",
    "Qwen/Qwen3-0.6B-Base",
    "deepseek-ai/DeepSeek-V3-0324",
    "deepseek-ai/DeepSeek-R1-0528",
    "gpt-4-0613",
    "gpt-4o-2024-08-06",
    "gpt-35-turbo-0125",
    "claude-3-5-sonnet-20241022",
    "allenai/OLMo-2-1124-7B",
    "c4ai-command-r-08-2024",
    "TheBloke/Llama-2-13B-GPTQ-4bit-128g",
    "llama-3.1-8b.Q4_K_M.gguf",
    "mymodel-q4",
    "model-w4a16",
    "RedHatAI/Llama-3.1-8B-FP8-dynamic",
    "AWQ-INT4",
    "pretrained=meta-llama/Llama-2-7b,dtype=float16,max_length=4096",
    "model=my-model,base_url=http://127.0.0.1:8000/v1/completions,max_tokens=512",
    "pretrained=x,revision=main",
    "pretrained=x,revision=v1.0",
    "revision=refs/pr/3",
    "stepfun-ai/step3",
    "stepfun-ai/Step-3.5-Flash",
    "step-2-16k",
    "step-1-8k",
    "Qwen2-7B-Instruct-Step-DPO",
    "sdxl-lightning-4step",
    "multi-step-reasoner-7b",
    "UCLA-AGI/zephyr-7b-sft-full-SPIN-iter3",
    "UCLA-AGI/Llama-3-Instruct-8B-SPPO-Iter3",
    "qwen-sft-lr2e-5-bs64-seed42",
    "lora-r64-alpha128",
    "run_3",
    "results_2026-11-21T00-07-30.575378.json",
    "results_20260120_2337",
    "tp2-pp4-cp4",
    "160m-5shot",
    "HuggingFaceTB/SmolLM3-3B-checkpoints",
    "it-mid-training",
    "checkpoint-final",
    "ckpt_best",
    "checkpoint-v2",
    "checkpoint-quantization-engine-version",
    "stage2",
    "common-pile/comma-v0.1-1t",
    "openmoe-8b-890B",
    "stablelm-3b-4e1t",
    "gpt2-xl-1558M",
    "nemotron-4-340b-instruct",
    "internlm2-chat-1_8b",
    "Llama-3.1-8B_max_tokens4k",
    "gemma3:12b",
    "model_sha=4e7e0d47f2a1",
    "gemma_11_7b_instruct",
    "epochs",
]


@pytest.mark.parametrize(("name", "numbers"), TELLING)
def test_a_name_that_tells(name: str, numbers: dict[str, float]) -> None:
    told = told_by(name, is_revision=name in REVISIONS)
    assert told is not None
    assert dict(told.numbers) == numbers


@pytest.mark.parametrize("name", SILENT)
def test_a_name_that_tells_nothing(name: str) -> None:
    assert told_by(name) is None


def test_all_the_strings_of_the_specification_are_here() -> None:
    assert (len(TELLING), len(SILENT)) == (54, 68)


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        ("allenai/OLMo-7B@step343000-tokens1438B", "allenai/OLMo-7B@step*-tokens*"),
        ("out/checkpoint-500", "out/checkpoint-*"),
        ("stage2-ingredient3-step23852-tokens51B", "stage2-ingredient3-step*-tokens*"),
        ("run/checkpoint-1000/global_step1000", "run/checkpoint-*/global_step*"),
        ("sft-of/checkpoint-500/global_step1000", "sft-of/checkpoint-500/global_step*"),
        (
            "gpt--val_loss=4.61-step=46-consumed_samples=58.0",
            "gpt--val_loss=*-step=*-consumed_samples=*",
        ),
        ("lr=0.1-step=46", "lr=0.1-step=*"),
    ],
)
def test_what_is_left_of_a_name_is_the_same_for_a_whole_training(name: str, rest: str) -> None:
    told = told_by(name)
    assert told is not None
    assert told.rest == rest


def names(revision: str = "", model: str = "m", folder: str = "", file: str = "") -> Names:
    return Names(revision, model, folder, file)


def test_the_revision_goes_before_the_model_the_folder_and_the_file() -> None:
    point = point_of(names("step10", "org/m", "/data/step10", "step10.json"))
    assert (point.family, dict(point.numbers), point.disputed) == ("org/m@step*", {"step": 10}, ())
    assert point_of(names("", "org/m-step3")).family == "org/m-step*"
    assert point_of(names("", "hf", "/a/b/step-4")).family == "hf in /a/b/step-*"
    told = point_of(names("", "hf", "/a/b", "1b_step512.json"))
    assert (told.family, dict(told.numbers)) == ("hf in /a/b/1b_step*.json", {"step": 512})


def test_a_path_and_its_last_part_are_one_family() -> None:
    point = point_of(names("out/checkpoint-500", "checkpoint-500"))
    assert (point.family, dict(point.numbers)) == (
        "checkpoint-*@out/checkpoint-*",
        {"checkpoint": 500},
    )
    assert not point_of(names("stepfun-ai/step3", "step3")).numbers


def test_two_places_that_tell_different_numbers_are_not_decided() -> None:
    point = point_of(names("step10", "m", "/x", "m_step20.json"))
    assert point.disputed == ("step 10 (revision) or 20 (file)",)


def test_folders_far_above_tell_nothing() -> None:
    assert not point_of(names("", "m", "/step-5/a/b", "results.json")).numbers


def test_a_run_without_any_step_is_of_its_model() -> None:
    assert point_of(names("main", "org/m")) == point_of(names("main", "org/m", "/x", "y.json"))
    assert not point_of(names("main", "org/m")).numbers


@pytest.mark.parametrize(
    ("pattern", "name", "numbers", "rest"),
    [
        (r"it(?P<step>\d+)$", "run1-it1", {"step": 1}, "run1-it*"),
        (r"^(?P<step>\d+)-of", "7-of-7", {"step": 7}, "*-of-7"),
        (r"_(?P<tokens>\d+[BT])_(?P<epoch>\d)", "m_2T_3", {"tokens": 2e12, "epoch": 3}, "m_*_*"),
    ],
)
def test_an_expression_of_ones_own(
    pattern: str, name: str, numbers: dict[str, float], rest: str
) -> None:
    told = told_by_pattern(checked_pattern(pattern), name)
    assert told is not None
    assert (dict(told.numbers), told.rest) == (numbers, rest)
    assert point_of(names("step5", name), pattern).family == f"{rest}@step5"


def test_an_expression_that_does_not_match_leaves_the_forms_that_are_known() -> None:
    assert told_by_pattern(r"it(?P<step>\d+)$", "other") is None
    assert point_of(names("", "m-step7"), r"it(?P<step>\d+)$").numbers == {"step": 7}


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?P<step>", "not a regular expression"),
        (r"step(\d+)", r"none of the groups \(\?P<step>"),
        ("", "none of the groups"),
        (r"(?=x)(?P<step>\d)", "not a regular expression that can be used"),
    ],
)
def test_an_expression_that_cannot_be_used_is_an_error_in_words(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        checked_pattern(pattern)


def test_an_expression_takes_linear_time() -> None:
    told = told_by_pattern(r"(?P<step>1)(a+)+b", "1" + "a" * 5000)
    assert told is None
