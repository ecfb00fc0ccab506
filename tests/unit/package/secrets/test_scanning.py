"""What counts as a secret in a text, and what in code for models does not."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import get_settings, transient_settings

from mpk_build.package.secrets import scanning
from mpk_build.package.secrets.scanning import fingerprint, scan

if TYPE_CHECKING:
    from pathlib import Path


def _made(*parts: str) -> str:
    """Something that no other scanner shall find in this file."""
    return "".join(parts)


PASSWORD = "correct-horse-battery"  # noqa: S105 - of nothing
SECRETS = {
    "AWS Access Key": _made("AKIA", "IOSFODNN7REALKEY"),
    "Basic Auth Credentials": _made("postgresql://user:", "hunter2pass", "@db.example.com/x"),
    "GitHub Token": _made("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"),
    "Private Key": _made("-----BEGIN RSA ", "PRIVATE KEY-----"),
    "Slack Token": _made("xoxb-", "123456789012-123456789012-abcdefghijklmnopqrstuvwx"),
}
OF_SERVICES = (
    _made("hf_", "abcdefghijKLMNOPqrstuvwxYZ01234567"),
    _made("sk-ant-", "api03-abcdefghijKLMNOPqrstuvwxYZ01234567"),
    _made("sk-proj-", "abcdefghijKLMNOPqrstuvwxYZ01234567"),
    _made("AIza", "abcdefghijKLMNOPqrstuvwxYZ012345678"),
    _made("dapi", "0123456789abcdef0123456789abcdef"),
    _made("wandb_v1_", "abcdefghijKLMNOPqrstuvwxYZ0123456789abcdefgh"),
    _made("r8_", "abcdefghijKLMNOPqrstuvwxYZ01234567abc"),
    _made("github_pat_", "abcdefghijKLMNOPqrstuvwxYZ"),
)
HARMLESS = """\
pad_token = "[PAD]"
tokenizer = AutoTokenizer.from_pretrained("bert", use_auth_token=True, eos_token="<|im_end|>")
secret = os.environ["SECRET_KEY"]
password = os.getenv("DB_PASSWORD", "")
api_key = config["api_key"]
password = None
api_key: str = ""
DB = f"postgresql://{user}:{password}@db/x"
URL = "https://files.pythonhosted.org/packages/ab/cd/0123456789abcdef0123456789abcdef01234567/x.whl"
SHA = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MODEL = "123e4567-e89b-12d3-a456-426614174000"
revision = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
partition_key, primary_key = "user_id", "passenger_id"
API_KEY = "<your api key>"
API_KEY = "YOUR_API_KEY"
OPENAI_API_KEY = "OPENAI_API_KEY"
CLIENT_SECRET = "client_secret"
PASSWORD = "password"
api_key="sk-..."
api_key="put it here"
random_state = 12345678901234567890
"""


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_has_its_line_and_kind(kind: str) -> None:
    [find] = scan([("model.py", f"# \u00fc\n\nx = {SECRETS[kind]!r}\n")])
    assert (find.name, find.line, find.kind) == ("model.py", 3, kind)


@pytest.mark.parametrize("token", OF_SERVICES)
def test_tokens_of_services_that_models_meet(token: str) -> None:
    [find] = scan([("notebook.ipynb", f'{{"source": ["login({token!r})"]}}')])
    assert (find.line, find.kind, find.fingerprint) == (1, "Service Token", fingerprint(token))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", f'password = "{PASSWORD}"'),
        ("a.json", f'{{"db_password": "{PASSWORD}"}}'),
        ("a.yaml", f"password: {PASSWORD}"),
        ("a.toml", f'password = "{PASSWORD}"'),
        ("a.ini", f"password = {PASSWORD}"),
        ("a", f'password = "{PASSWORD}"'),
    ],
)
def test_a_password_as_each_format_has_it(name: str, text: str) -> None:
    [find] = scan([(name, text)])
    assert (find.kind, find.fingerprint) == ("Secret Keyword", fingerprint(PASSWORD))


def test_what_code_for_models_is_full_of() -> None:
    assert scan([("model.py", HARMLESS)]) == []


def test_what_is_allowed_in_place() -> None:
    text = f'password = "{PASSWORD}"  # pragma: allowlist secret\n# pragma: allowlist nextline secret\npassword = "{PASSWORD}"\n'
    assert scan([("model.py", text)]) == []


def test_blocks_are_left_out_and_lines_stay_where_they_are() -> None:
    lines = ["x = 1"] * 500
    lines[0], lines[49], lines[333], lines[499] = (f'password = "{PASSWORD}{at}"' for at in range(4))
    finds = scan([("one.py", "\n".join(lines)), ("two.py", "\n".join(lines[100:200]))])
    assert [(one.name, one.line) for one in finds] == [("one.py", 1), ("one.py", 50), ("one.py", 334), ("one.py", 500)]


def test_it_finds_what_the_scanner_alone_finds(tmp_path: Path) -> None:
    text = "\n".join([*(f"x = {one!r}" for one in [*SECRETS.values(), *OF_SERVICES]), HARMLESS] * 20)
    file = tmp_path / "model.py"
    file.write_text(text)
    with transient_settings(scanning.settings()):
        expected = sorted((one.line_number, one.type) for one in scan_file(str(file)))
    assert [(one.line, one.kind) for one in scan([("model.py", text)])] == expected


def test_the_settings_of_the_process_are_as_before() -> None:
    before = get_settings().json()
    scan([("model.py", f'password = "{PASSWORD}"')])
    assert get_settings().json() == before
    assert scan([("model.py", f"x = {OF_SERVICES[0]!r}")])[0].kind == "Service Token"


def test_a_fingerprint_is_slow_to_guess_and_no_digest_of_the_secret_itself() -> None:
    expected = hashlib.scrypt(PASSWORD.encode(), salt=b"mpk: allowed secrets", n=16384, r=8, p=1, dklen=8).hex()
    assert fingerprint(PASSWORD) == expected
    assert len(expected) == 16
