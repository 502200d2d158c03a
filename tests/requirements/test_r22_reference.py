"""R22: each alert has a reference that a person can read out, copy by hand and have checked."""

from __future__ import annotations

import random
import re
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papers import facts_of

from overt.authority.notice import leaflet_text
from overt.errors import BadForm
from overt.review.reference import ALPHABET, RANDOM_CHARS, draw_reference, read_reference
from overt.vocabulary import AlertRef

seeds = st.integers(0, 2**32)


def drawn(seed: int) -> AlertRef:
    return draw_reference(random.Random(seed).randrange)  # noqa: S311


def test_a_reference_looks_as_on_the_leaflet() -> None:
    for _ in range(200):
        reference = draw_reference(secrets.randbelow)
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", reference)
        assert read_reference(reference) == reference


@given(seeds, st.integers(0, RANDOM_CHARS), st.sampled_from(ALPHABET))
def test_any_one_mistyped_character_is_refused(seed: int, at: int, typed: str) -> None:
    chars = drawn(seed).replace("-", "")
    mistyped = chars[:at] + typed + chars[at + 1 :]
    if mistyped == chars:
        assert read_reference(mistyped)
        return
    with pytest.raises(BadForm, match="R22"):
        read_reference(mistyped)


@given(seeds, st.integers(0, RANDOM_CHARS), st.integers(0, RANDOM_CHARS))
def test_any_two_characters_that_changed_places_are_refused(seed: int, a: int, b: int) -> None:
    chars = list(drawn(seed).replace("-", ""))
    if chars[a] == chars[b]:
        return
    chars[a], chars[b] = chars[b], chars[a]
    with pytest.raises(BadForm, match="R22"):
        read_reference("".join(chars))


@given(seeds)
def test_it_is_read_as_people_write_it(seed: int) -> None:
    reference = drawn(seed)
    typed = reference.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert read_reference(f"  {typed} ") == reference
    assert read_reference(reference.replace("-", "").replace("1", "I")) == reference


@pytest.mark.parametrize("text", ["", "K7QD", "K7QD-3M2P9", "U7QD-3M2P", "K7QD-3M2é", "???? ????"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadForm, match="R22"):
        read_reference(text)


def test_a_reference_is_never_given_out_twice() -> None:
    dice = random.Random(3)  # noqa: S311
    numbers = iter([0] * RANDOM_CHARS * 3 + [dice.randrange(32) for _ in range(RANDOM_CHARS)])
    first = AlertRef("0000-0000")
    assert draw_reference(lambda _: next(numbers), {first}.__contains__) != first


def test_the_choice_comes_from_the_secret_alone() -> None:
    asked: list[int] = []
    draw_reference(lambda below: asked.append(below) or 5)  # type: ignore[func-returns-value]
    assert asked == [32] * RANDOM_CHARS


def test_the_leaflet_says_how_to_complain_and_what_to_ask_for() -> None:
    facts = facts_of()
    assert facts.application
    assert facts.authority
    words = " ".join(leaflet_text(facts.application, facts.authority).split())
    complaints = facts.application.complaints
    assert " ".join(complaints.route.split()) in words
    assert complaints.contact in words
    assert "reference of the alert" in words
    assert facts.authority.deployment in words
