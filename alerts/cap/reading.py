"""Reading XML that anybody may have written: bounded, without entities, without the network."""

from __future__ import annotations

from typing import Any, NoReturn
from xml.parsers import expat

from lxml import etree

from alerts.cap.fault import Fault, name
from alerts.cap.writing import NAMESPACE
from domain.errors import EwsError

#: The largest real alert known has 0.9 MB (a country's border with 45,000 points).
MOST_BYTES = 8_000_000
#: A country's warnings of a day have some 10,000 elements.
MOST_ELEMENTS = 100_000
_ENVELOPE = "{http://www.w3.org/2005/Atom}feed"


class UnreadableCapError(EwsError):
    """The document cannot be read at all; `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _PrologOverError(Exception):
    """The first element begins: no document type can follow."""


def read_alerts(data: bytes) -> list[Any]:
    """The <alert> elements of a document: itself, or those within an Atom feed, which may only link to its messages.

    Raises UnreadableCapError.
    """
    return alerts_of(read_xml(data))


def alerts_of(root: Any) -> list[Any]:
    """The same of a document that was read. Raises UnreadableCapError."""
    if root.tag == f"{{{NAMESPACE}}}alert":
        return [root]
    if root.tag == _ENVELOPE:
        return list(root.iter(f"{{{NAMESPACE}}}alert"))
    remedy = f"the document must be an alert of {NAMESPACE}, or an Atom feed of some"
    raise UnreadableCapError(Fault(root.sourceline or 1, name(root), _namespace(root) or "no namespace", remedy))


def read_xml(data: bytes, *, whole: bool = False, indented: bool = True) -> Any:
    """The root. Raises UnreadableCapError.

    `whole`: with comments and processing instructions, as signatures cover them. `indented`: with the white space between
    elements.
    """
    if len(data) > MOST_BYTES:
        _refuse(1, "document", f"{len(data):,} bytes", f"is larger than {MOST_BYTES:,} bytes; send a simpler shape")
    _refuse_document_type(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_blank_text=not indented,
        remove_comments=not whole,
        remove_pis=not whole,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        what = " ".join((error.msg or "").split())  # some end in a line break, and a fault is one line
        _refuse(error.lineno or 1, "document", None, f"is not well-formed XML: {what}")
    if root.getroottree().docinfo.internalDTD is not None:
        _refuse_type(1)
    elements = sum(1 for _ in root.iter())
    if elements > MOST_ELEMENTS:
        _refuse(1, "document", f"{elements:,} elements", f"has more than {MOST_ELEMENTS:,} elements; split it")
    return root


def _refuse_document_type(data: bytes) -> None:
    """Before anything is expanded. A document that expat cannot read is left to the parser proper."""
    parser = expat.ParserCreate()

    def declared(*_: object) -> NoReturn:
        _refuse_type(parser.CurrentLineNumber)

    def begun(*_: object) -> NoReturn:
        raise _PrologOverError

    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = begun
    try:
        parser.Parse(data, True)
    except (_PrologOverError, expat.ExpatError, ValueError, LookupError):
        return


def _refuse_type(line: int) -> NoReturn:
    _refuse(line, "DOCTYPE", None, "CAP has no document type and no entities; remove it")


def _refuse(line: int, element: str, value: str | None, remedy: str) -> NoReturn:
    raise UnreadableCapError(Fault(line, element, value, remedy))


def _namespace(root: Any) -> str:
    return str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
