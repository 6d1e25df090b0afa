"""Configurations with a secret in them, each written in another form, and ones with none."""

from __future__ import annotations

import base64
import json

SECRET = "hunter2"
WORDS = "correct horse staple"
"""A password with blanks."""


def _split(words: str) -> list[str]:
    return words.split()


_KEYS = _split("""
api_key apiKey API-KEY apikey api_keys OPENAI_API_KEY openaiApiKey openai.api.key x-api-key
X-Api-Key x_api_key HF_TOKEN hf_token hfToken huggingface_token token auth_token authToken
accessToken access_token refresh_token id_token session_token bearer_token bot_token userToken
github_token github_pat githubPat gitlab_token GITHUB_PAT pat private_key privateKey private-key
secret client_secret clientSecret SECRET_KEY secretKey app_secret shared_secret signing_key
encryption_key master_key account_key aws_access_key_id aws_secret_access_key AWS_SESSION_TOKEN
awsAccessKeyId awsSecretAccessKey azure_api_key AZURE_OPENAI_KEY google_api_key anthropic_key
service_account_key ssh_key deploy_key license_key WANDB_API_KEY wandbApiKey subscription_key
Ocp-Apim-Subscription-Key storage_account_key api_key_1 api_key_file api_key_env key ak sk
password passwd pw pwd pass db_pass dbPass smtp_password userPassword PGPASSWORD passphrase passcode
authorization Authorization Proxy-Authorization proxy_authorization auth http_auth basic_auth
auth_header authHeader credentials credential google_credentials creds cookie cookies Set-Cookie
session_id sessionId sessionid SESSIONID csrf_token xsrf jwt bearer otp totp sas sas_token
sasToken sig signature x_amz_signature X-Amz-Credential X-Amz-Security-Token hmac salt dsn DSN
sentry_dsn database_dsn connection_string connectionString conn_str AccountKey webhook webhook_url
slackWebhook username user_name userName user email user_email contact_email mail login user_id
client_id clientId tenant_id tenantId account_id organization org_id phone
base_url baseURL baseUrl api_url apiUrl api_base OPENAI_API_BASE openai_api_base url uri endpoint
azure_endpoint azureEndpoint host hostname api_host remote_host host_name proxy http_proxy
HTTP_PROXY https_proxy HTTPS_PROXY all_proxy proxies no_proxy server server_address serverUrl
master_addr address addr ip ip_address mongo_uri redis_url DATABASE_URL database_uri
headers extra_headers default_headers netrc kubeconfig
PGPASS mail_to mailto owner contact wandb_entity
密码 密钥 口令 访问令牌 金鑰 用户名
""")

_FLAGS = _split("""
--api-key --api_key --apikey --openai-api-key --password --passwd --pass --token --hf-token
--auth-token --access-token --secret --client-secret --secret-access-key --private-key --user
--username --login --email --host --proxy --base-url --endpoint --url --key --dsn --cookie
-token -password --proxy-user --api-base --bearer --session-id --server --webhook
""")

_PREFIXES = [
    "sk-" + "a1" * 12,
    "sk-proj-" + "A_-9" * 8,
    "sk-ant-api03-" + "Ab3_" * 8,
    "sk-or-v1-" + "0a" * 16,
    "sk_live_" + "4e" * 12,
    "rk_live_" + "4e" * 12,
    "pk_live_" + "4e" * 12,
    "hf_" + "Zz9" * 10,
    "gsk_" + "a" * 20,
    "ghp_" + "0" * 36,
    "gho_" + "0" * 36,
    "ghs_" + "0" * 36,
    "ghr_" + "0" * 36,
    "github_pat_" + "b" * 30,
    "glpat-" + "c" * 20,
    "xoxb-" + "1234567890-abcdefghij",
    "xoxp-" + "1234567890-abcdefghij",
    "xapp-" + "1-A012345678-abcdef",
    "ya29." + "a0AfH6SMB_x-y",
    "SG." + "abcdefghij.klmnopqrst",
    "r8_" + "Ab1" * 12,
    "AKIA" + "ABCD1234" * 2,
    "ASIA" + "ABCD1234" * 2,
    "AIza" + "x" * 35,
    "LTAI" + "5tAbCdEfGh12345678",
    "xai-" + "Ab1" * 10,
    "nvapi-" + "Ab1" * 10,
    "npm_" + "Ab1" * 12,
    "pypi-" + "AgEIcHlwaS5vcmc" * 2,
    "dckr_pat_" + "Ab1" * 9,
    "hvs." + "CAESIAb1" * 4,
    "pplx-" + "ab1" * 12,
    "tvly-" + "ab1" * 12,
    "whsec_" + "ab1" * 12,
    "lsv2_pt_" + "ab1" * 12,
    "dapi" + "0a1b2c3d" * 4,
    "GOCSPX-" + "ab1" * 9,
    "shpat_" + "0a1b" * 8,
    "ms-" + "0a1b2c3d-1111-2222-3333-0a1b2c3d4e5f",
    "glsa_" + "Ab1" * 11,
    "ATATT" + "3xFfGF0Ab1" * 3,
    "eyJhbGciOi.eyJzdWIi.c2lnbmF0",
    "AGE-SECRET-KEY-" + "1QQP" * 8,
    "key-" + "0a1b" * 8,
    "bce-v3/ALTAK-" + "ab1" * 7,
    "tR7xQ2mK9wZ4pL8vB3nC6yF1",
    "1234567890:AA" + "Hb3" * 11,
]

_PEM = """-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

MIIEhunter2
hunter2END=
-----END RSA PRIVATE KEY-----"""

_TEXTS = [
    # headers
    "Authorization: Basic hunter2",
    "Authorization: token hunter2",
    "Authorization: Bearer hunter2",
    "Authorization: Digest username=me, response=hunter2",
    "Authorization: ApiKey hunter2",
    "authorization: hunter2",
    "AUTHORIZATION = Basic hunter2",
    "Proxy-Authorization: Basic hunter2",
    "Authorization: AWS4-HMAC-SHA256 Credential=hunter2/x, Signature=hunter2",
    "Cookie: theme=dark; sid=hunter2",
    "Set-Cookie: sid=hunter2; Path=/",
    "x-api-key: hunter2",
    "X-Auth-Token: hunter2",
    "Ocp-Apim-Subscription-Key: hunter2",
    "PRIVATE-TOKEN: hunter2",
    "Bearer hunter2",
    "bearer hunter2",
    "Basic " + base64.b64encode(b"me:hunter2").decode(),
    # command lines
    "curl -u me:hunter2 x",
    "curl -u 'me:hunter2' x",
    'curl -U "me:hunter2" x',
    "curl --user me:hunter2 x",
    "curl -H 'Authorization: Basic hunter2' x",
    'curl -H "Authorization: token hunter2" -o x',
    "curl -H 'x-api-key: hunter2' x",
    "curl -b 'Cookie: a=hunter2; b=hunter2' x",
    *(f"run {flag} hunter2 --model m" for flag in _FLAGS),
    *(f"run {flag}=hunter2 --model m" for flag in _FLAGS),
    f"run --password '{WORDS}' --model m",
    f'run --password "{WORDS}" --model m',
    f"run --password='{WORDS}' --model m",
    f'run --api-key \\"{WORDS}\\" --model m',
    "run --api-key \\\n  hunter2",
    '["run", "--api-key", "hunter2", "--model", "m"]',
    "export OPENAI_API_KEY=hunter2",
    "OPENAI_API_KEY=hunter2 python -m x",
    'set "HF_TOKEN=hunter2"',
    "docker run -e API_KEY=hunter2 image",
    "java -Dpassword=hunter2 -jar x",
    "$env:API_KEY = 'hunter2'",
    "os.environ['API_KEY'] = 'hunter2'",
    'openai.api_key="hunter2"',
    "curl --header='Authorization: Basic hunter2' x",
    "curl --header=Authorization: Basic hunter2",
    "auth=('me', 'hunter2')",
    'HTTPBasicAuth("me", "hunter2")',
    "curl -ubob:hunter2 x",
    "mysql -phunter2",
    "mysql -u root -p hunter2",
    "sshpass -p hunter2 ssh x",
    "docker login -u bob -p hunter2",
    "redis-cli -a hunter2",
    "machine h login bob password hunter2",
    "('api_key', 'hunter2')",
    "setx OPENAI_API_KEY hunter2",
    "docker run -e HF_TOKEN hunter2",
    "token hunter2",
    "the password is hunter2",
    "ａｐｉ＿ｋｅｙ＝hunter2",
    "/home/hunter2/models",
    "/Users/hunter2/models",
    "C:\\Users\\hunter2\\models",
    "scp -i /home/hunter2/.ssh/id_rsa",
    # settings in one text
    "model=m,api_key=hunter2,max_tokens=5",
    "model=m,token=hunter2",
    "pretrained=a/b,password=hunter2,dtype=auto",
    "api_key:hunter2",
    "api_key : hunter2",
    "api_key = hunter2",
    "api_key => hunter2",
    "api_key := hunter2",
    "api key: hunter2",
    "API key = hunter2",
    "access token: hunter2",
    "password: hunter2",
    "Password:hunter2",
    "password=hu,hunter2",
    "password=x;hunter2 y",
    'password=x"hunter2 y',
    "password=(hunter2)",
    "password=x)hunter2",
    f'password="{WORDS}"',
    f"password='{WORDS}'",
    f"password: '{WORDS}'",
    f"password = `{WORDS}`",
    "密码：hunter2",
    "密钥=hunter2",
    "Server=x;User Id=hunter2;Password=hunter2;",
    "AccountName=x;AccountKey=hunter2==;EndpointSuffix=x",
    "user=hunter2&model=m",
    "username=hunter2",
    "key: hunter2",
    "user: hunter2",
    "email: hunter2",
    # JSON, YAML, XML, percent
    '{"api_key": "hunter2"}',
    '{"api_key":"hunter2","model":"m"}',
    "{'api_key': 'hunter2', 'model': 'm'}",
    f'{{"password": "{WORDS}", "model": "m"}}',
    '{\\"api_key\\": \\"hunter2\\", \\"model\\": \\"m\\"}',
    f'{{\\"password\\": \\"{WORDS}\\"}}',
    '{\\\\\\"api_key\\\\\\": \\\\\\"hunter2\\\\\\"}',
    json.dumps(json.dumps({"a": json.dumps({"api_key": WORDS})})),
    json.dumps({"headers": {"Authorization": "Basic hunter2"}}),
    '{"password": "x\\"hunter2"}',
    '{"auth": {"x": "hunter2"}}',
    '{"credentials": ["hunter2", "hunter2"]}',
    '{"api_key": "hunter2',
    "api_key: hunter2\nmodel: m",
    "api_key: 'hunter2'",
    "password: |\n  hunter2\nmodel: m",
    "password: >-\n  hunter2",
    "password:\n  hunter2\nmodel: m",
    "api_keys:\n  - hunter2",
    "<password>hunter2</password>",
    "<api_key>hunter2</api_key>",
    "token%3Dhunter2%26a%3Db",
    "next=%2Fx%3Fapi_key%3Dhunter2",
    # addresses
    "http://hunter2.example/v1",
    "https://me:hunter2@x/v1",
    "HTTPS://hunter2/v1?key=1",
    "postgresql://me:hunter2@db/x",
    "jdbc:mysql://db/x?password=hunter2",
    "ws://hunter2:80",
    "s3://bucket/x?X-Amz-Signature=hunter2",
    "see http:\\/\\/hunter2.example\\/v1",
    "at //me:hunter2@host/x",
    "me:hunter2@host",
    "me:hunter2@host:8000/v1",
    "me:hunter2@10.0.0.1",
    "proxy=me:hunter2@proxy:3128",
    "hunter2@example.com",
    "mail hunter2@corp.internal now",
    "git@hunter2.com:org/repo.git",
    "root@hunter2:/data",
    "?sig=hunter2",
    "x.blob?sv=2020&sig=hunter2&se=1",
    "/path?token=hunter2",
    "/path?a=1&X-Amz-Signature=hunter2",
    "/path?api-key=hunter2&x=1",
    "hunter2.example.com",
    "hunter2.internal:8000",
    "api.hunter2.ai/v1",
    "hunter2.corp",
    "node.hunter2.cn:8443",
    "gpu-hunter2:8000",
    "vllm-hunter2:8080/v1",
    "hunter2:11434",
    "https:/hunter2.example.com",
    "10.0.0.1:8000/hunter2",
    "wss://[2001:db8::1]/hunter2",
    # PEM
    _PEM,
    _PEM.replace("\n", "\\n"),
    _PEM.replace("\n", " "),
    _PEM.replace("RSA ", ""),
    _PEM.replace("RSA ", "OPENSSH "),
    _PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK"),
    _PEM[:60] + "hunter2",
    "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----",
]

_OBJECTS: list[object] = [
    {"name": "OPENAI_API_KEY", "value": SECRET},
    {"key": "password", "value": SECRET},
    [{"name": "X-Api-Key", "value": SECRET}],
    ["--api-key", SECRET, "--model", "m"],
    ["run", "--password", WORDS],
    ["api_key", SECRET],
    [["Authorization", f"Basic {SECRET}"]],
    {"models": [{"name": "m", "host": SECRET}]},
    {"model": json.dumps([{"username": SECRET, "endpoint": SECRET}])},
    {"auth": {"user": "me", "x": [SECRET]}},
    {"headers": {"X-Team": SECRET}},
    {"extra_body": {"nested": [{"deep": {"apiKey": SECRET}}]}},
    {f"api_key={SECRET}": 1},
]

UNNAMED: list[object] = [
    {"whatever": SECRET},
    {"notes": f"use {SECRET} please"},
    {"comment": "0a1b2c3d4e5f6a7b8c9d0e1f"},
]
"""Only that nothing is known of the name tells that they may be secrets."""

LEAKS = (SECRET, "horse", "staple", "0a1b2c3d4e5f6a7b8c9d0e1f", *(one[4:] for one in _PREFIXES))
"""What no configuration may show; of a prefixed key what comes after its prefix."""

FORMS: list[object] = [
    *({name: SECRET} for name in _KEYS),
    *({name: [SECRET, WORDS]} for name in _KEYS[::9]),
    *({name: {"x": WORDS}} for name in _KEYS[::9]),
    *({"x": text} for text in _TEXTS),
    *({"prompt": text} for text in _TEXTS),
    *({"x": f"use {one} here"} for one in _PREFIXES),
    *({"prompt": f"use {one} here"} for one in _PREFIXES),
    *({"model": f"m/{one}"} for one in _PREFIXES if "/" not in one),
    *_OBJECTS,
    *UNNAMED,
]
"""One secret each."""
