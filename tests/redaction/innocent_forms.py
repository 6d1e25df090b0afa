"""Configurations without a secret: nothing of them may go, since runs are compared by them."""

from __future__ import annotations


def _split(words: str) -> list[str]:
    return words.split()


_CHAT_TEMPLATE = (
    "{%- if tools %}{{ bos_token }}{%- endif %}{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% if message['role'] == 'user' %}[INST] {{ message.content }} [/INST]{% endif %}"
    '{%- if loop.last and message.role != "assistant" %}{{ eos_token }}{% endif %}{% endfor %}'
    "{%- set ns = namespace(is_first=false, is_tool=false, system_prompt='') -%}"
    "{{- '\\n\\nCutting Knowledge Date: December 2023\\n' }}"
    "{{- '<|start_header_id|>user<|end_header_id|>\\n\\n' }}"
    '{"name": <function-name>, "arguments": <args-json-object>}'
    "{%- set first_user_message = messages[0]['content']|trim %}"
    "{% if add_generation_prompt %}{{'<|im_start|>assistant\n<think>\n'}}{% endif %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}"
)

_MODELS = _split("""
meta-llama/Meta-Llama-3.1-8B-Instruct Qwen/Qwen2.5-7B-Instruct-1M mistralai/Mixtral-8x7B-v0.1
deepseek-ai/DeepSeek-R1-0528 EleutherAI/pythia-v1.1-1.4b 01-ai/Yi-34B-200K gpt-4o-2024-08-06
claude-3-5-sonnet-20241022 gemma3:12b llama3.1:8b-instruct-q4_K_M qwen2.5:14b deepseek-r1:latest
google/gemma-2-27b-it llama-3.1-8b.Q4_K_M.gguf TheBloke/Llama-2-13B-GPTQ-4bit-128g
allenai/OLMo-7B@step343000-tokens1438B LLM360/Amber@ckpt_356 org/model@main org/model@v1.0
bigscience/bloom-560m-intermediate@global_step1000 skywork-o1-open-llama-3.1-8b
hf-internal-testing/tiny-random-gpt2 stepfun-ai/step3 RedHatAI/Llama-3.1-8B-FP8-dynamic
nvidia/Llama-3_3-Nemotron-Super-49B-v1_5 moonshotai/Kimi-K2-Instruct-0905 zai-org/GLM-4.5-Air
HuggingFaceTB/SmolLM2-1.7B-intermediate-checkpoints microsoft/Phi-3-mini-128k-instruct
vertex_ai/gemini-1.5-pro openai/gpt-oss-120b bedrock/anthropic.claude-3-haiku-20240307-v1:0
/data/models/llama.cpp/model.gguf ./checkpoints/checkpoint-1000 ~/models/sft_v2
C:\\models\\llama-7b s1.1-32B phi-3.5-mini tiny-org/tiny-gpt2 TinyLlama-1.1B-intermediate-step-955k
open_llama_7b_400bt_preview epoch=2-step=8522.ckpt EleutherAI__pythia-1.4b
MediaTek-Research/Breeze-7B-Instruct-v1_0 taide/Llama-3.1-TAIDE-LX-8B-Chat
pass@1 maj@8 pass@k:k=16&n=32 math_pass@1:4_samples mixmc:arc|5 leaderboard|mmlu:anatomy|5
2cf8594a8657d3c7 4e7e0d47f2a1c0ffee00aa11bb22cc33dd44ee55 v0.4.2-19-g3196e907
sha256:305dcb751034d3388fa92e9bcafb76ee0f66c3e319c8c5ed1147f570cae896db
0.4.13 5.23.0 2.5.1+cu124 1.0.0.dev1 12.4 v1.1 torch.float16 bfloat16 cuda:0 cuda:7 auto
2026-01-01T12:00:00 2026-11-21T00-07-30.575378 12:30:45 1:2 3:1000
datasets/mmlu/ datasets/tw-legal-benchmark-v1 /data/qa.jsonl data.test squad.dev
""")

_PROMPTS = [
    "Put the option in \\box{Option}\n",
    "請將選項放在 \\box{選項} 中\n",
    "Question: {question}\nAnswer: {answer}\n\n",
    "User: What is 2+2?\nAssistant: 4\nUser: {question}\nAssistant:",
    "Q: Which of these is a strong password?\nA. 123456\nB. qwerty\nAnswer:",
    "What does an API key do, and why must a password stay secret?",
    "Give the next token: a, b or c.",
    "The answer key: A, B, C. Each key point counts.",
    "Choose the token that follows; the secret of success is work.",
    "Passwords must have at least 8 characters. Do not reveal the secret token.",
    "Basic arithmetic: 2 + 2 = 4; basic Mathematics, Basic Principles.",
    "问题：{question}\n{choices}\n答案: {answer}\n\n",
    "Time is 12:30. The ratio 3:4 is not 4:3. Step 1: read. Step 2: answer.",
    'The last line of your response should be of the form "ANSWER: [LETTER]" (without quotes).',
    "f(x) = 2x + 3; a = b; x == y; p <= 0.05; E = mc^2; i.e. e.g. etc. vs. U.S.A.",
    "def key(x):\n    return x\n\nsorted(items)",
    "Passage: The user logged in. The server answered. The host spoke.",
    "### Instruction:\n{instruction}\n\n### Response:\n",
    "[[A]] if assistant A is better, [[B]] if assistant B is better, and [[C]] for a tie",
    "-----BEGIN RESPONSE-----\n{x}\n-----END RESPONSE-----",
    "</s>\n\n<|eot_id|><|im_end|>\nQuestion:",
    "gsm8k: 1319 questions; mmlu: 14042; gsm8k:1319 and mmlu:14042",
    "password={password}, token={{ token }}",
    "10.5.2 and 3.11.4; section 1.2.3; e-mail; @user; @property; user@",
    _CHAT_TEMPLATE,
]

_COUNTS = _split("""
max_tokens max_new_tokens max_completion_tokens tokens token_count prompt_tokens num_tokens
eos_token_id pad_token_id bos_token_id tokens_per_second api_rate_limit max_gen_toks api_timeout
num_api_keys hosts_count server_timeout api_max_retries seed pass_k pass@1 num_fewshot n-shot
limit bootstrap_iters temperature top_p repeat_runs batch_size tp_size secret_count
max_session_length auth_retries key_points whatever
""")

_TEXTS = {
    "eos_token": "</s>",
    "pad_token": "<|endoftext|>",
    "mask_token": "[MASK]",
    "image_token": "<image>",
    "think_end_token": "</think>",
    "stop_token": "<|im_end|>",
    "tokens": "<|eos|>",
    "answer_key": "gold3",
    "prompt_key": "question2",
    "keywords": "algebra",
    "keyboard": "qwerty",
    "monkey": "a",
    "author": "someone",
    "tokenizer": "Qwen/Qwen2.5-7B",
    "tokenizer_mode": "slow",
    "tokenizer_revision": "4e7e0d47f2a1",
    "model_sha": "4e7e0d47f2a1c0ffee00aa11bb22cc33dd44ee55",
    "git_hash": "v0.4.2-19-g3196e907",
    "chat_template_sha": "2cf8594a8657d3c72cf8594a8657d3c7",
    "revision": "step143000",
    "dtype": "bfloat16",
    "model_dtype": "torch.float16",
    "quantization": "awq_marlin",
    "load_format": "q4_K_M",
    "kv_cache_dtype": "fp8_e4m3",
    "attn_implementation": "flash_attention_2",
    "reasoning_effort": "high",
    "reasoning_parser": "deepseek_r1",
    "rope_scaling": "yarn4x",
    "evaluation_method": "regex_match",
    "evaluation_version": "v1.2",
    "strategy": "auto",
    "dataset_hub": "modelscope",
    "dataset_id": "opencompass/ifeval",
    "dataset_dir": "/data/datasets",
    "subset_list": "zh_常识",
    "work_dir": "out-v1.7.0/20261121_000412",
    "cache_dir": "~/.cache/huggingface/lighteval",
    "gpu_model": "NVIDIA H100 80GB HBM3",
    "cuda_version": "12.4",
    "driver_version": "550.54.15",
    "python_version": "3.11.9",
    "freeform_judge": "gpt-3.5-turbo-0125",
    "provider": "together",
    "framework": "vLLM 0.6.3.post1",
    "start_time": "2026-11-21T00:07:30",
    "unknown_word": "eager",
    "unknown_size": "7b",
    "unknown_version": "v0.4.2",
    "password": "",
    "api_key": "None",
    "hf_token": None,
    "use_auth_token": True,
    "disable_ssl_verify": False,
    "trust_remote_code": "True",
    "base_url": None,
}

INNOCENT: list[object] = [
    *({"model": one} for one in _MODELS),
    *({"prompt_template": one} for one in _PROMPTS),
    *({"system_prompt": {"zh": one, "en": one}} for one in _PROMPTS),
    *({name: 7} for name in _COUNTS),
    *({name: value} for name, value in _TEXTS.items()),
    {"until": ["Question:", "</s>", "<|im_end|>", "\n\n", "User:", "Key:"]},
    {"datasets_prompt_map": {"datasets/mmlu/": "en", "datasets/x1y2z3/": "zh"}},
    {"hash_examples": {"mixmc:arc|5": "2cf8594a8657d3c7", "gsm8k|0": "89ce03e6fd3ad2b5"}},
    {"versions": {"mmlu_security_studies": 1.0, "gsm8k": 3.0, "x": "1.2.3"}},
    {"prompt": {"system": "Be brief.", "user": "{question}", "assistant": "x1y2"}},
    {"hash_examples": {"email|0": "2cf8594a8657d3c7", "host_facts|5": "89ce03e6fd3ad2b5"}},
    {"metric_list": ["token", "accuracy"]},
    {"extra_body": {"chat_template_kwargs": {"enable_thinking": False}, "top_k": 20}},
    {"generation_kwargs": {"gsm8k": {"until": ["Question:", "</s>"], "do_sample": False}}},
    {"filters": [{"name": "remove_until", "value": "</think>"}]},
    {"name": "temperature", "value": "0.7"},
    {"args": ["--model", "Qwen/Qwen2.5-7B", "--max-tokens", "512", "--tokenizer", "x1y2"]},
    {"cmd": "vllm serve Qwen/Qwen2.5-7B --max-model-len 8192 --dtype=bfloat16 --seed 7 -tp 8"},
    {"model_args": "pretrained=a/b-7b,dtype=auto,revision=step1000,max_length=4096,tp=8"},
    {"model_args": "pretrained=a/b,chat_template=x1.jinja,eos_token=</s>,seed:1234,top-k:50"},
]
"""Nothing of these may go."""
