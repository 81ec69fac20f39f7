"""Reading a TOML configuration file into a checked table; every fault is one line with file, key, value and remedy."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from domain.errors import ConfigurationError


def _printable(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("not_printable", "holds control characters; write plain text")
    return value


#: A text for people: never empty, no control characters (PostgreSQL refuses some, terminals obey others).
Text = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_printable)]


class Table(BaseModel):
    """A TOML table: types are taken literally, unknown keys and NaN are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: object) -> object:
        known = sorted(field.alias or name for name, field in cls.model_fields.items())
        for key in data if isinstance(data, dict) else ():
            if key not in known:
                raise refusal(str(key), f"unknown key; known are {', '.join(known)}")
        return data


#: What pydantic calls a value that should have been a date and time with its offset.
_NO_TIME = frozenset({"datetime_type", "datetime_parsing", "datetime_from_date_parsing"})
#: What is asked for where something of another type stands.
_OTHER_TYPE = {
    "string_type": "is no text; write it in quotes",
    "int_type": "is no whole number; write one, without quotes",
    "float_type": "is no number; write one, without quotes",
    "bool_type": "is neither true nor false; write one of them, without quotes",
    "list_type": "is no list; write it in square brackets",
    "tuple_type": "is no list; write it in square brackets",
    "dict_type": "is no table; give it a heading of its own or curly brackets",
    "model_type": "is no table; give it a heading of its own or curly brackets",
}

T = TypeVar("T", bound=Table)


def refusal(key: str, remedy: str) -> PydanticCustomError:
    """The error by which a table refuses what its own `key` says."""
    return PydanticCustomError("refused", "{remedy}", {"key": key, "remedy": remedy})


def read_toml(path: Path) -> dict[str, Any]:
    """The raw content of a TOML file. Raises ConfigurationError when it cannot be read, with the line of a syntax error."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            place=str(path), key="file", value=error.strerror, remedy="must be a readable file"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            place=str(path), key="file", value=f"byte {error.start}", remedy="is not UTF-8; save it as UTF-8"
        ) from error
    return _parsed(text, str(path))


def read_table(path: Path, model: type[T]) -> T:
    """The file as `model`. Raises ConfigurationError for the first fault, naming how many more there are."""
    return _checked(str(path), read_toml(path), model)


def table_from(text: str, model: type[T], place: str) -> T:
    """A text as `model`; `place` stands in errors as the file's name would. Raises ConfigurationError."""
    return _checked(place, _parsed(text, place), model)


def _parsed(text: str, place: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers too long for int()
        raise ConfigurationError(
            place=place, key="syntax", value=str(error), remedy="correct the TOML there"
        ) from error


def _checked(place: str, data: dict[str, Any], model: type[T]) -> T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _translated(place, data, error) from error
    except OverflowError as error:  # a duration that no clock can hold
        remedy = "a number in it is larger than anything here lasts; write it smaller"
        raise ConfigurationError(place=place, key="numbers", value=str(error), remedy=remedy) from error


def _translated(path: str, data: dict[str, Any], error: ValidationError) -> ConfigurationError:
    faults = error.errors(include_url=False)
    fault = faults[0]
    location = fault["loc"]
    value = fault["input"]
    if key := fault.get("ctx", {}).get("key"):  # a table refused because of this key of its own
        location, value = (*location, key), value.get(key)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    shown = None if fault["type"] == "missing" else _short(value)
    return ConfigurationError(place=path, key=_key(data, location), value=shown, remedy=_remedy(fault) + more)


def _remedy(fault: ErrorDetails) -> str:
    if fault["type"] == "missing":
        return "is missing; write it"
    if fault["type"] in _NO_TIME:
        return "is no time; write 2025-10-27T06:00:00+07:00, without quotes"
    if fault["type"] in _OTHER_TYPE:
        return _OTHER_TYPE[fault["type"]]
    message = fault["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _short(value: object) -> object:
    """A whole table says nothing that its key does not say, and pushes the remedy off the screen."""
    if isinstance(value, date):  # as TOML writes it, and not as Python does
        return value.isoformat()
    if len(repr(value)) <= 100:
        return value
    if isinstance(value, dict):
        return f"a table of {len(value)} keys"
    return f"{len(value)} entries" if isinstance(value, list) else repr(value)[:97] + "..."


def _key(data: object, location: tuple[int | str, ...]) -> str:
    """`station[kim_long].thresholds[0].bd1_m`: an element of a list goes by its id or name where it has one."""
    text = ""
    for part in location:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
            own = data.get("id", data.get("name")) if isinstance(data, dict) else None
            text += f"[{own if isinstance(own, str) else part}]"
        else:
            data = data.get(part) if isinstance(data, dict) else None
            text += f".{part}" if text else part
    return _one_line(text) or "file"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
