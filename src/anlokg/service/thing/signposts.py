"""Links for machines: what a page is about, where its data is, what it may be used for.

Signposting (https://signposting.org/FAIR/): the same links in the HTTP header, in the head of the
page, and, in full, as a link set (RFC 9264).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .addresses import MEDIA_TYPES, Address, uri

ABOUT_PAGE = "https://schema.org/AboutPage"
LINKSET_TYPE = "application/linkset+json"
LONGEST_HEADER = 3000
"""Bytes of links in a header; proxies often give all headers of an answer 4 KB."""
KEPT = ("cite-as", "type", "linkset", "next", "prev")
"""Links that stay in a header too long for all of them."""


@dataclass(frozen=True, slots=True)
class Link:
    """A typed link; both addresses are absolute and in ASCII."""

    href: str
    rel: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where data comes from, as far as it says so: a dataset and a licence, as IRIs or empty."""

    dataset: str = ""
    licence: str = ""


def of_page(
    address: Address,
    types: Iterable[str],
    origin: Origin,
    url: Callable[[str], str],
    rel: str = "describedby alternate",
) -> list[Link]:
    """The links of the page of a thing; ``rel`` is what its data is to the page."""
    links = [Link(uri(address.iri), "cite-as"), Link(ABOUT_PAGE, "type")]
    links += [Link(uri(kind), "type") for kind in types]
    if origin.licence:
        links.append(Link(uri(origin.licence), "license"))
    if origin.dataset:
        links.append(Link(uri(origin.dataset), "collection"))
    links.append(Link(url(address.linkset), "linkset", LINKSET_TYPE))
    links.append(Link(url(address.page), "canonical", "text/html"))
    for form, media_type in MEDIA_TYPES.items():
        links.append(Link(url(address.data(form)), rel, media_type))
    return links


def of_data(address: Address, form: str, origin: Origin, url: Callable[[str], str]) -> list[Link]:
    """The links of the data of a thing in one form."""
    links = [Link(url(address.page), "describes", "text/html")]
    if origin.licence:
        links.append(Link(uri(origin.licence), "license"))
    links.append(Link(url(address.page), "alternate", "text/html"))
    links += [
        Link(url(address.data(other)), "alternate", media_type)
        for other, media_type in MEDIA_TYPES.items()
        if other != form
    ]
    return links


def header(links: Iterable[Link]) -> str:
    """Links as the value of a ``Link`` header; the necessary ones only if it would be too long."""
    listed = list(links)
    text = _header(listed)
    if len(text) > LONGEST_HEADER:
        text = _header(link for link in listed if link.rel in KEPT)
    return text if len(text) <= LONGEST_HEADER else ""


def linkset(page: str, links: Iterable[Link]) -> bytes:
    """The links of a page as a link set, and from each form of the data back to the page."""
    own: dict[str, object] = {"anchor": page}
    back = []
    for link in links:
        for rel in link.rel.split():
            if rel == "linkset":
                continue
            targets = own.setdefault(rel, [])
            assert isinstance(targets, list)
            targets.append({"href": link.href, **({"type": link.type} if link.type else {})})
        if link.rel.endswith(" alternate"):
            told = {"href": page, "type": "text/html"}
            back.append({"anchor": link.href, "describes": [told]})
    return json.dumps({"linkset": [own, *back]}, indent=1).encode()


def _header(links: Iterable[Link]) -> str:
    parts = []
    for link in links:
        kind = f'; type="{link.type}"' if link.type else ""
        parts.append(f'<{link.href}>; rel="{link.rel}"{kind}')
    return ", ".join(parts)
