"""Everything that can be set, read once and passed down. Each field is the variable `HOLDFAST_<FIELD>`.

The connection to Temporal is set as for the `temporal` CLI: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, …
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sla.base.errors import HoldfastError
from sla.base.fields import Email


class SettingsError(HoldfastError):
    """A HOLDFAST_ variable cannot be used."""


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", frozen=True, extra="ignore")

    data: Path = Field(default=Path("holdfast-data"), description="where the embedded server keeps its database")
    plain_customers: bool = Field(default=False, description="list customers by address, not by a hash of it")
    max_cached_workflows: int = Field(default=1000, ge=0, description="tickets that the worker keeps in memory")
    outbox: Path = Field(default=Path("outbox"), description="where the channel `outbox` writes its .eml files")
    policies: Path | None = Field(default=None, description="a directory of your own policy files")
    channel: Literal["outbox", "email"] = Field(default="outbox", description="how messages leave")
    mail_from: Email = Field(default="support@holdfast.example", description="sender of every message")
    smtp_host: str = Field(default="", description="SMTP server of the channel `email`")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    smtp_username: str | None = Field(default=None, description="user name, if it wants one")
    smtp_password: SecretStr | None = Field(default=None, description="password, if it wants one")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="how the connection is protected"
    )
    http_host: str = Field(default="127.0.0.1", description="address of the health page")
    http_port: int = Field(default=8080, ge=0, le=65535, description="its port; 0 takes a free one")
    drain_seconds: int = Field(default=6, ge=0, le=300, description="how long SIGTERM waits for sends under way")

    @model_validator(mode="after")
    def _email_needs_a_server(self) -> "Settings":
        if self.policies is not None and not self.policies.is_dir():
            raise ValueError(f"HOLDFAST_POLICIES: there is no directory {self.policies}")
        if self.channel == "email" and not self.smtp_host:
            raise ValueError("the channel 'email' needs HOLDFAST_SMTP_HOST")
        if (
            self.smtp_password is not None
            and self.smtp_tls == "none"
            and self.smtp_host not in {"127.0.0.1", "localhost", "::1"}
        ):
            raise ValueError("HOLDFAST_SMTP_TLS=none would send the password in the clear")
        return self


def read_settings() -> Settings:
    """The settings of the environment. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        problems = (f"{_variable(each['loc'])}{each['msg'].removeprefix('Value error, ')}" for each in error.errors())
        raise SettingsError("; ".join(problems)) from None


def _variable(path: tuple[str | int, ...]) -> str:
    return f"HOLDFAST_{str(path[0]).upper()}: " if path else ""
