"""The things that all made-up trials share: drugs and their classes, conditions, events, codes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from anlokg.namespaces import Base

PREFIXES = Base().prefixes()

DRUGS = tuple(f"compound-{number:02}" for number in range(1, 49))
CLASSES = tuple(f"class-{number:02}" for number in range(1, 32))
CONDITIONS = tuple(f"condition-{number:02}" for number in range(1, 64))
EVENTS = (
    "alopecia", "anaemia", "anxiety", "arthralgia", "chills", "cough", "constipation",
    "dehydration", "diarrhoea", "dizziness", "dysgeusia", "dyspnoea", "fatigue", "fever",
    "flushing", "haemoptysis", "headache", "hiccups", "hyperglycaemia", "hypertension",
    "hypertriglyceridaemia", "hypokalaemia", "hyponatraemia", "hypothyroidism", "insomnia",
    "leukopenia", "mucositis", "myalgia", "nausea", "neuropathy", "neutropenia", "oedema",
    "pneumonitis", "proteinuria", "pruritus", "rash", "thrombocytopenia", "tinnitus", "vomiting",
    "weight-loss",
)  # fmt: skip
DURATIONS = ("pfs", "os", "ttp", "dor")
SHARES = ("orr", "dcr", "cr", "pr")
ENDPOINTS = (*DURATIONS, *SHARES)
STATISTICS = ("median", "proportion", "hazard-ratio", "incidence")
TERMS = (
    "arm", "subgroup", "study-population", "multivariable", "unadjusted", "ci", "itt", "safety",
    "efficacy", "comparison", "related", "any-cause", "combination", "monotherapy",
)  # fmt: skip
KINDS = (
    ("drug", "anlo:Drug", DRUGS),
    ("drug-class", "anlo:DrugClass", CLASSES),
    ("condition", "anlo:Condition", CONDITIONS),
    ("adverse-event", "anlo:AdverseEvent", EVENTS),
    ("endpoint", "anlo:Endpoint", ENDPOINTS),
    ("statistic", "anlo:Statistic", STATISTICS),
    ("term", "anlo:Code", TERMS),
)


@cache
def named(name: str) -> str:
    """A prefixed name as an IRI in N-Triples."""
    prefix, _, rest = name.partition(":")
    return f"<{PREFIXES[prefix]}{rest}>"


def entity(kind: str, key: str) -> str:
    """The IRI of a thing in N-Triples; not kept, because there are millions of them."""
    return f"{named(kind + ':')[:-1]}{key}>"


def text(value: str, language: str = "") -> str:
    """A literal in N-Triples; the made-up texts hold nothing that needs an escape."""
    return f'"{value}"@{language}' if language else f'"{value}"'


def typed(value: object, datatype: str) -> str:
    """A typed literal in N-Triples, its datatype as a local name of XML Schema."""
    return f'"{value}"^^{named("xsd:" + datatype)}'


def about(subject: str, *pairs: tuple[str, str]) -> str:
    """Lines of N-Triples: one subject, and pairs of a prefixed name and an object."""
    return "".join(f"{subject} {named(name)} {item} .\n" for name, item in pairs)


def lines() -> Iterator[str]:
    """The vocabularies in N-Triples, thing by thing."""
    for kind, kind_class, keys in KINDS:
        for position, key in enumerate(keys):
            label = key.replace("-", " ")
            thing = named(f"{kind}:{key}")
            yield about(thing, ("rdf:type", named(kind_class)), ("rdfs:label", text(label, "en")))
            yield about(thing, ("skos:notation", text(key)), *_place(kind, position))


def _place(kind: str, position: int) -> tuple[tuple[str, str], ...]:
    """Classes and conditions form a tree of twos; each drug is in one class."""
    parent = (position - 1) // 2
    if kind == "drug":
        return (("anlo:hasDrugClass", named(f"drug-class:{CLASSES[position % len(CLASSES)]}")),)
    if position == 0 or kind not in ("drug-class", "condition"):
        return ()
    if kind == "drug-class":
        return (("anlo:broaderClass", named(f"drug-class:{CLASSES[parent]}")),)
    return (("anlo:broaderCondition", named(f"condition:{CONDITIONS[parent]}")),)
