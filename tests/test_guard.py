"""What a service must know of a query before it runs."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlokg.errors import QueryRefused
from anlokg.query import guard
from anlokg.resources import Resources

CASES = Path(__file__).parent / "cases" / "guard" / "queries.csv"
FLAGS = ("targets", "names_dataset", "names_graph", "volatile")


def rows() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["query"][:60])
def test_a_query_is_seen_as_what_it_is(row: dict[str, str]) -> None:
    query = row["query"].replace("\\n", "\n")
    if row["flags"] == "refused":
        with pytest.raises(QueryRefused):
            guard.inspect(query)
        return
    seen = guard.inspect(query)
    assert seen.form == row["form"]
    assert {flag for flag in FLAGS if getattr(seen, flag)} == set(row["flags"].split())
    assert seen.gives_graph == (row["form"] in ("CONSTRUCT", "DESCRIBE"))


@pytest.mark.parametrize("signs", ["()", "{}", "[]"])
def test_what_is_nested_too_deeply_is_refused_before_it_is_parsed(signs: str) -> None:
    opening, closing = signs
    inside = opening * 600 + closing * 600
    with pytest.raises(QueryRefused, match="500 levels"):
        guard.inspect(f"ASK {{ {inside} }}")
    guard.inspect(f"ASK {{ {opening * 400 + closing * 400} }}")
    guard.inspect(f'ASK {{ ?s ?p "{inside}" }} # {inside}')
    guard.inspect("ASK { " + f"{opening} {closing} " * 2000 + "}")


def test_no_shipped_query_needs_anything_special(resources: Resources) -> None:
    for path in resources.queries.glob("*/*.rq"):
        seen = guard.inspect(path.read_text(encoding="utf-8"))
        assert not (seen.targets or seen.volatile or seen.names_dataset), path.name


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    guard.inspect(text)


QUOTED = st.text(st.characters(exclude_characters='"\\\n\r'), max_size=20)


@given(QUOTED, QUOTED)
def test_a_call_is_seen_between_any_strings(before: str, after: str) -> None:
    query = f'ASK {{ ?s ?p "{before}" . SERVICE <x:y> {{ ?s ?p "{after}" }} }}'
    assert guard.inspect(query).targets


@given(QUOTED)
def test_the_word_in_a_string_is_no_call(text: str) -> None:
    assert not guard.inspect(f'ASK {{ ?s ?p "{text} SERVICE {text}" }}').targets
