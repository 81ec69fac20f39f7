"""The documents that the open data are given in, for the OpenAPI description."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from dash_app.open_data.columns import QUANTILES

_Time = Field(json_schema_extra={"format": "date-time"})


class TermsDocument(BaseModel):
    """Under which licence, and what the flags mean."""

    licence: str
    licence_url: str
    attribution: str
    flags: str


class PointDocument(BaseModel):
    """GeoJSON Point: longitude, latitude (WGS84)."""

    type: Literal["Point"]
    coordinates: list[float] = Field(min_length=2, max_length=2)


class StationDocument(BaseModel):
    """GeoJSON Feature of one station."""

    type: Literal["Feature"]
    id: str
    geometry: PointDocument
    properties: dict[str, Any]


class StationsDocument(TermsDocument):
    """GeoJSON FeatureCollection."""

    type: Literal["FeatureCollection"]
    features: list[StationDocument]


class ObservationDocument(BaseModel):
    """One reading."""

    station: str
    quantity: str
    observed_at: str = _Time
    received_at: str = _Time
    value: float
    unit: str
    flag: int = Field(description="QARTOD primary flag")


class ObservationsDocument(TermsDocument):
    """A page of readings."""

    next: str | None = Field(description="Address of the next page; null on the last")
    observations: list[ObservationDocument]


class _ForecastHead(BaseModel):
    """One forecast of one gauge for one time; levels in metres above the gauge's datum."""

    station: str
    issued_at: str = _Time
    valid_at: str = _Time
    made_at: str = _Time
    model: str
    version: str
    beyond_experience: bool
    assumption: str
    unit: Literal["m"]
    expected_m: float | None


_quantiles: dict[str, Any] = dict.fromkeys(QUANTILES, (float, ...))
ForecastDocument = create_model("ForecastDocument", __base__=_ForecastHead, __doc__=_ForecastHead.__doc__, **_quantiles)


class ForecastsDocument(TermsDocument):
    """A page of forecasts."""

    next: str | None = Field(description="Address of the next page; null on the last")
    forecasts: list[ForecastDocument]  # type: ignore[valid-type]


class WarningInfo(BaseModel):
    """What a warning says in one language."""

    language: str
    event: str
    urgency: str
    severity: str
    certainty: str
    headline: str
    description: str
    instruction: str
    areas: list[str]


class WarningDocument(BaseModel):
    """A public warning in force."""

    identifier: str
    sender: str
    sent: str = _Time
    msg_type: str
    expires: str | None = _Time
    references: list[str]
    cap: str = Field(description="Address of the CAP 1.2 message, with its signature")
    info: list[WarningInfo]


class WarningsDocument(TermsDocument):
    """All public warnings in force, the newest first."""

    warnings: list[WarningDocument]
