"""Tokens of services that models meet and detect-secrets does not know, as a plugin of it."""

from __future__ import annotations

import re
from typing import ClassVar

from detect_secrets.plugins.base import RegexBasedDetector


class ServiceTokenDetector(RegexBasedDetector):
    """Tokens that begin with what their service gives all of its own."""

    secret_type: ClassVar[str] = "Service Token"  # noqa: S105 - the name of a kind

    denylist: ClassVar[list[re.Pattern[str]]] = [
        re.compile(pattern)
        for pattern in (
            r"\bhf_[A-Za-z0-9]{30,}\b",  # https://huggingface.co/docs/hub/security-tokens
            r"\bsk-ant-[A-Za-z0-9_-]{20,}",  # https://docs.anthropic.com/en/api
            r"\bsk-(?:proj|svcacct)-[A-Za-z0-9_-]{20,}",  # https://platform.openai.com/docs
            r"\bAIza[0-9A-Za-z_-]{35}",  # https://cloud.google.com/docs/authentication/api-keys
            r"\bdapi[0-9a-f]{32}\b",  # https://docs.databricks.com/dev-tools/auth/pat.html
            r"\bwandb_v1_[A-Za-z0-9_]{40,}",  # https://docs.wandb.ai/guides/track/environment-variables
            r"\br8_[A-Za-z0-9]{37}\b",  # https://replicate.com/docs/topics/security/api-tokens
            r"\bghs_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{22,}",  # https://docs.github.com/authentication
        )
    ]
