"""Runs rules over studies: findings with keys, in an order that does not depend on chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .catalogue import RULES
from .figure import StudyFigures
from .finding import Finding, Severity
from .rule import Rule

GRAVITY = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules say of the studies.

    ``by_key`` has the findings by ``<study>.<rule>.<statement>``, the statement being the first
    that is involved; a second finding of a rule on the same statement ends in ``.2``, and so on.
    Findings stand by study, gravest first, then by rule and statement.
    """

    by_key: Mapping[str, Finding]
    studies: tuple[str, ...]
    rules: tuple[str, ...]
    figures: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings without their keys."""
        return tuple(self.by_key.values())


def check(studies: Sequence[StudyFigures], rules: Sequence[Rule] = RULES) -> Report:
    """Every rule on every study.

    A rule that fails raises what it raised, with a note that names the rule and the study.
    """
    found = [finding for figures in studies for rule in rules for finding in _one(rule, figures)]
    return Report(
        by_key=keyed(found),
        studies=tuple(sorted(figures.study for figures in studies)),
        rules=tuple(rule.id for rule in rules),
        figures=sum(len(figures.figures) for figures in studies),
    )


def keyed(findings: Iterable[Finding]) -> dict[str, Finding]:
    """Findings in their order, by key."""
    by_key: dict[str, Finding] = {}
    for finding in sorted(findings, key=_order):
        stem = ".".join((finding.study, finding.rule, *finding.statements[:1]))
        key, number = stem, 1
        while key in by_key:
            number += 1
            key = f"{stem}.{number}"
        by_key[key] = finding
    return by_key


def _order(finding: Finding) -> tuple[str, int, str, tuple[str, ...], str, str]:
    gravity = GRAVITY[finding.severity]
    texts = finding.statements, finding.reported, finding.recomputed
    return finding.study, gravity, finding.rule, *texts


def _one(rule: Rule, figures: StudyFigures) -> list[Finding]:
    try:
        return list(rule.check(figures))
    except Exception as error:
        error.add_note(f"The rule {rule.id} failed on the study {figures.study}")
        raise
