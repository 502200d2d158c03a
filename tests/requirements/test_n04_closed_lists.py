"""N4: no free text stands where a category is wanted. (Provenance of images: with the list.)"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from papers import application_of

from overt.authority.application import canonical, parse_application
from overt.errors import BadApplication
from overt.vocabulary import Category, Provenance

if TYPE_CHECKING:
    from enum import StrEnum

FREE = ["other", "misc", "scraped", "passport", "driving-licence", "social-media", "Wanted", "*"]


@pytest.mark.parametrize("word", FREE)
def test_a_free_category_is_refused(word: str) -> None:
    whole = json.loads(canonical(application_of()))
    whole["watchlist"]["categories"][word] = 1
    with pytest.raises(BadApplication, match="categories"):
        parse_application(json.dumps(whole))


@pytest.mark.parametrize("closed", [Category, Provenance])
def test_the_closed_lists_have_no_catch_all_and_no_forbidden_source(
    closed: type[StrEnum],
) -> None:
    assert not set(FREE) & {member.value for member in closed}
    words = " ".join(closed)
    assert not any(word in words for word in ("other", "scrap", "passport", "licen", "social"))
