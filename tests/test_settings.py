"""Settings of the service: typed, bounded, documented."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from anlokg.errors import SettingError
from anlokg.service import settings
from anlokg.service.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "serving.md"
NAMES = [field.name for field in dataclasses.fields(Settings)]
EXAMPLES = {
    "default_graph": ("union", "union"),
    "service": ("https://a.example/sparql; https://b.example/", (
        "https://a.example/sparql", "https://b.example/")),
    "base_url": ("https://example.org/kg/", "https://example.org/kg"),
    "root_path": ("/kg", "/kg"),
    "trusted_proxies": ("10.0.0.1", ("10.0.0.1",)),
    "admin_token": ("secret", "secret"),
    "log_requests": ("no", False),
    "log_queries": ("true", True),
    "memory_share": ("0.25", 0.25),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_can_be_given_on_the_command_line_and_in_the_environment(name: str) -> None:
    text, value = EXAMPLES.get(name, ("4096", 4096))
    assert getattr(settings.read([f"{name}={text}"], {}), name) == value
    assert getattr(settings.read([f"{name.replace('_', '-')} = {text}"], {}), name) == value
    assert getattr(settings.read([], {f"ANLOKG_SERVE_{name.upper()}": text}), name) == value
    assert getattr(Settings(), name) != value


def test_the_command_line_goes_before_the_environment() -> None:
    assert settings.read(["queue=7"], {"ANLOKG_SERVE_QUEUE": "8", "OTHER": "1"}).queue == 7


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("queue", "name=value"),
        ("queues=3", "no setting 'queues'"),
        ("queue=x", "not a whole number"),
        ("queue=1.5", "not a whole number"),
        ("queue=0", "less than 1"),
        ("queue=-1", "less than 1"),
        ("time_limit_s=nan", "not a number"),
        ("time_limit_s=inf", "not a number"),
        ("time_limit_s=-1", "less than 0"),
        ("time_limit_s=", "not a number"),
        ("log_requests=maybe", "neither true nor false"),
        ("default_graph=all", "none of: own, union, empty"),
        ("base_url=example.org", "not an http(s) address"),
        ("base_url=https://example.org/?x", "not an http(s) address"),
        ("root_path=kg", "not a path"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_wrong(pair: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings.read([pair], {})
    assert message in str(caught.value)
    assert pair.partition("=")[0] in str(caught.value)


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(SettingError) as caught:
        settings.read(["queue=x", "nope=1"], {"ANLOKG_SERVE_WORKERS": "-3"})
    assert len(str(caught.value).splitlines()) == 3


def test_the_documentation_is_made_from_the_settings() -> None:
    assert settings.table() in PAGE.read_text(encoding="utf-8")


def test_the_engine_gets_its_part() -> None:
    limits = Settings(workers=3, answer_mb=2, memory_mb=100).limits()
    assert (limits.workers, limits.answer_bytes, limits.memory_mb) == (3, 2_000_000, 100)
