"""Settings of a process, from EWS_* environment variables and ews.toml; frozen, and refused when unknown or wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from domain.broker_address import TlsFiles, broker_address, without_password
from domain.errors import ConfigurationError

_PREFIX = "EWS_"
_SHIPPED_CONFIG = Path(__file__).resolve().parent.parent / "config"
#: Names that the tests read; a process ignores them.
_TEST_PREFIX = "EWS_TEST_"
#: In the place of a value that may be a secret.
_NOT_SHOWN = "…"


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "hue-ews"


class Settings(BaseSettings):
    """Every setting, with its EWS_ name in upper case. Each has a heading in docs/operations.md."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, frozen=True, extra="forbid", toml_file="ews.toml", hide_input_in_errors=True
    )

    database_url: str | None = Field(None, description="postgresql://… ; none: the embedded PostgreSQL starts")
    mqtt_url: str | None = Field(
        None, description="mqtt://user:password@host:1883 or mqtts://… ; none: the embedded broker starts"
    )
    mqtt_ca_file: Path | None = Field(
        None, description="PEM file of the authority that vouches for the broker; none: those this machine trusts"
    )
    mqtt_cert_file: Path | None = Field(None, description="PEM file of the certificate by which the broker knows us")
    mqtt_key_file: Path | None = Field(
        None, description="PEM file of its private key; none: it stands in the file of the certificate"
    )
    config_dir: Path = Field(
        _SHIPPED_CONFIG, description="folder of stations.toml, rules.toml, recipients.toml, models.toml"
    )
    data_dir: Path = Field(default_factory=_default_data_dir, description="embedded services and files")
    http_host: str = Field("127.0.0.1", description="address the pages are served on")
    http_port: int = Field(8050, ge=1, le=65535, description="port the pages are served on")
    trusted_proxies: str | None = Field(
        None,
        description="addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas between; "
        "none: nobody's",
    )
    session_hours: float = Field(12.0, gt=0, le=168, description="hours after which everybody signs in anew")
    session_idle_minutes: float = Field(
        60.0, gt=0, le=10_080, description="minutes without a request after which a session is over"
    )
    oidc_issuer: Annotated[str, Field(pattern=r"^https?://[^\s/]+[^\s]*$")] | None = Field(
        None, description="https://… of an OpenID Connect provider that signs people in too; none: passwords alone"
    )
    oidc_client_id: str | None = Field(None, description="name under which the provider knows this system")
    oidc_client_secret: str | None = Field(None, repr=False, description="its secret at the provider")
    oidc_claim: Literal["email", "sub", "preferred_username"] = Field(
        "email", description="claim by which an account is found (`ews user add --oidc`); an email must be verified"
    )
    oidc_name: str = Field("OpenID Connect", max_length=60, description="what the button at the sign-in says")
    public_view: Literal["on", "off"] = Field(
        "off", description="whether /cong-khai shows everybody the sentence, the map and public warnings"
    )
    unknown_stations: Literal["reject", "adopt"] = Field(
        "reject", description="what happens to readings of stations not configured"
    )
    tiles_url: str | None = Field(
        None, description="map tile template for the base map; none: the bundled offline base"
    )
    tiles_attribution: str | None = Field(
        None, max_length=200, description="whose map tiles these are, written on the map"
    )
    mqtt_client_id: str = Field(
        "ews-ingest", description="MQTT client id of the ingest worker; its session is kept under it"
    )
    mqtt_share_group: str | None = Field(
        None,
        pattern=r"^[^/+#\s]{1,64}$",
        description="group in which ingest workers on several hosts share the messages; none: `ews ingest` gets them all",
    )
    mqtt_keepalive_s: int = Field(
        15, ge=5, le=3600, description="seconds after which ingest asks a silent broker whether it is still there"
    )
    ingest_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port on which ingest serves Prometheus metrics; none: it does not"
    )
    rejected_days: int = Field(90, ge=1, le=36_500, description="days for which rejected messages are kept")
    rejected_mb: int = Field(
        1000, ge=1, le=1_000_000, description="megabytes of rejected messages that are kept, whatever their age"
    )
    dask_scheduler: str | None = Field(
        None,
        description="address of a Dask scheduler, tcp://host:8786, for calibration and backtests; none: own processes",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe event that is logged"
    )
    inbox_dir: Path | None = Field(None, description="folder that `ews ingest-files` watches; none: name it there")
    cap_sender: Annotated[str, Field(pattern=r"^[^\s,<&]+$", max_length=250)] = Field(
        "hue-ews@hue.invalid",
        description="who speaks in CAP messages, an address or domain of your own: no spaces, commas, < or &",
    )
    cap_contact: str | None = Field(None, description="telephone or e-mail for questions, in CAP messages")
    cap_key_file: Path | None = Field(
        None, description="PEM file of the private key that signs CAP messages; none: unsigned"
    )
    cap_cert_file: Path | None = Field(None, description="PEM file of its certificate, and the chain after it")
    cap_feed: Literal["public", "off"] = Field(
        "public", description="what the CAP feed shows: warnings of scope Public, or nothing; never findings of rules"
    )
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+[^\s]*$")] | None = Field(
        None,
        description="https://… under which people reach the pages; none: messages have no link to confirm, and the CAP feed "
        "links to the address it was asked at",
    )
    open_data_per_minute: int = Field(
        600, ge=0, le=1_000_000, description="requests a minute that one asker may make of the open data; 0: any number"
    )
    publish_observations: bool = Field(
        False, description="whether ingest publishes accepted readings for partners on ews/observations/v1/#"
    )
    link_key: str | None = Field(
        None,
        min_length=16,
        repr=False,
        description="secret that signs acknowledgement links; none: <data_dir>/link.key, made when it is not there",
    )
    group_wait_s: float = Field(
        0.3,
        ge=0,
        le=2,
        description="alerts of one basin that come within so long of each other are one message; 0: never",
    )
    deadman_url: str | None = Field(
        None, repr=False, description="address that is called while all is well, so that somebody outside can miss it"
    )
    deadman_every_s: float = Field(60.0, ge=1, le=86_400, description="how often it is called")
    alert_dir: Path | None = Field(None, description="folder of the file channel; none: <data_dir>/alerts")

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("mqtt_url")
    @classmethod
    def _mqtt(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("mqtt://", "mqtts://")):
            raise ValueError("must begin with mqtt:// or mqtts://")
        if value is not None:
            try:
                broker_address(value)
            except ConfigurationError as error:
                raise ValueError(error.remedy) from error
        return value

    @field_validator("deadman_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value

    @property
    def mqtt_tls(self) -> TlsFiles:
        """The files for mqtts://."""
        return TlsFiles(ca=self.mqtt_ca_file, cert=self.mqtt_cert_file, key=self.mqtt_key_file)

    @model_validator(mode="after")
    def _cap_files(self) -> Self:
        """A key without its certificate, or the reverse, would leave messages unsigned. Raises ConfigurationError."""
        pair = {"cap_key_file": self.cap_key_file, "cap_cert_file": self.cap_cert_file}
        missing = [key for key, path in pair.items() if path is None]
        if len(missing) == 1:
            remedy = "is missing: CAP messages are signed with a key and its certificate; give both or neither"
            raise ConfigurationError(place=_place(missing[0]), key=missing[0], value=None, remedy=remedy)
        return self

    @model_validator(mode="after")
    def _provider(self) -> Self:
        """An issuer without a client, or the reverse, would sign nobody in. Raises ConfigurationError."""
        given = {name: getattr(self, f"oidc_{name}") for name in ("issuer", "client_id", "client_secret")}
        missing = [f"oidc_{name}" for name, value in given.items() if not value]
        if 0 < len(missing) < len(given):
            remedy = "is missing: EWS_OIDC_ISSUER, EWS_OIDC_CLIENT_ID and EWS_OIDC_CLIENT_SECRET belong together"
            raise ConfigurationError(place=_place(missing[0]), key=missing[0], value=None, remedy=remedy)
        return self

    @model_validator(mode="after")
    def _tls_files(self) -> Self:
        """Met at the start, not when the broker is called. Raises ConfigurationError."""
        files = {name: getattr(self, f"mqtt_{name}_file") for name in ("ca", "cert", "key")}
        given = {f"mqtt_{name}_file": path for name, path in files.items() if path is not None}
        for key, path in given.items():
            if self.mqtt_url is None or not self.mqtt_url.startswith("mqtts://"):
                remedy = "means nothing without TLS: write EWS_MQTT_URL as mqtts://…, or take the file out"
                raise ConfigurationError(place=_place(key), key=key, value=str(path), remedy=remedy)
        if given:
            self.mqtt_tls.context()
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit arguments, then the environment, then ews.toml in the working folder."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings; `overrides` win. Unknown EWS_ variables are refused so that a typing error is not a silent default."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in os.environ if environment is None else environment:
        if name.startswith(_PREFIX) and not name.startswith(_TEST_PREFIX) and name not in known:
            raise ConfigurationError(
                place="environment",
                key=name,
                value=_NOT_SHOWN,
                remedy=f"unknown setting; known are {', '.join(sorted(known))}",
            )
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "settings"
        raise ConfigurationError(
            place=_place(key), key=key, value=_shown(key, first.get("input")), remedy=first["msg"]
        ) from error


def _shown(key: str, value: object) -> object:
    """A refused value as it may be printed and logged. What is no setting may be a secret whose name was mistyped."""
    field = Settings.model_fields.get(key)
    if field is None or not field.repr or not (value is None or isinstance(value, str | int | float)):
        return _NOT_SHOWN
    return without_password(value) if isinstance(value, str) else value


def _place(key: str) -> str:
    return f"environment or ews.toml ({_PREFIX}{key.upper()})"
