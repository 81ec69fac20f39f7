"""The supply chain, checked offline: everything installed is pinned, pins fit what is declared, licences go with Apache-2.0."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
#: The GPL family forbids what Apache-2.0 allows; the LGPL of a library that is used as it comes does not.
_FORBIDDEN = re.compile(r"(?<!L)(A?GPL|General Public License)|SSPL|Commons Clause|BUSL|non-?commercial", re.IGNORECASE)
_LESSER = re.compile(r"LGPL|Lesser General Public", re.IGNORECASE)


#: Come with the virtual environment itself.
_OF_PYTHON = {"pip", "setuptools", "wheel"}


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    found = [line.partition("==") for line in lines]
    assert all(sign == "==" and version for _, sign, version in found), "a line of constraints.txt is no pin"
    return {canonicalize_name(name): version for name, _, version in found}


def declared(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [*project["dependencies"], *(t for extra in extras for t in project["optional-dependencies"][extra])]
    return [Requirement(text) for text in texts]


def installed(*extras: str) -> dict[str, Distribution]:
    """All that the declared requirements bring with them."""
    found: dict[str, Distribution] = {}
    waiting = [(r, "") for r in declared(*extras)]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        new = name not in found
        found[name] = known(name)
        for more in {*requirement.extras, *([""] if new else [])}:
            waiting += [(Requirement(text), more) for text in found[name].requires or []]
    return found


def known(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise AssertionError(f"{name} is required and not installed") from error


def licences(package: Distribution) -> Iterator[str]:
    """What a package says of its licence: the expression, or the classifiers, or the first line of the old field."""
    about = package.metadata
    said = [about.get("License-Expression")]
    said += [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    said += [(about.get("License") or "").strip().partition("\n")[0]]
    yield from (text for text in said if text)


def test_every_package_that_is_installed_is_pinned_at_its_version() -> None:
    pinned = pins()
    for name, package in installed("test", "dask").items():
        if name in _OF_PYTHON:
            continue
        assert pinned.get(name) == package.version, f"constraints.txt: {name} {package.version}"


def test_every_declared_requirement_allows_its_pin() -> None:
    pinned = pins()
    for requirement in declared("test", "dask"):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_the_licences_of_what_is_installed_with_the_product_go_with_ours() -> None:
    wrong = {}
    for name, package in installed("dask").items():
        said = list(licences(package))
        bad = [text for text in said if _FORBIDDEN.search(text) and not _LESSER.search(text)]
        if not said or (bad and not any(re.search(r"MIT|BSD|Apache|MPL", text) for text in said)):
            wrong[name] = said
    assert wrong == {}
