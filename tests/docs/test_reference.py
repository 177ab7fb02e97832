"""Documented or it fails: settings and errors stand on their pages, with the values that hold."""

from __future__ import annotations

import re
import tomllib

import pytest

from entaku.api.errors import STATUS_BY_CODE
from entaku.cli.exit_status import EXIT_STATUS
from entaku.core.config import Config, config_from
from entaku.core.errors import CODES, Code
from entaku.main import model
from entaku.table.derived.diagram import diagram
from entaku.table.derived.docs import markdown
from tests.docs.blocks import ROOT, blocks_of

ERRORS = ROOT / "docs" / "reference" / "errors.md"
SETTINGS = ROOT / "docs" / "reference" / "settings.md"


@pytest.mark.parametrize("code", CODES)
def test_every_error_is_documented_with_its_words(code: Code) -> None:
    row = re.search(rf"^\| `{code}` \| ([\d, ]+) \| (\d+) \|", ERRORS.read_text(encoding="utf-8"), re.MULTILINE)

    assert row is not None
    assert row[1].split(", ")[0] == str(STATUS_BY_CODE[code])
    assert row[2] == str(EXIT_STATUS[code])


@pytest.mark.parametrize("name", Config.__struct_fields__)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (?:`([^`]*)`|none) \|", SETTINGS.read_text(encoding="utf-8"), re.MULTILINE)
    default = getattr(Config(), name)

    assert row is not None
    assert (row[1] or "") == ("" if default in (None, (), {}) else str(default).lower())


def test_the_settings_file_of_the_page_is_accepted() -> None:
    (block,) = blocks_of(SETTINGS)

    config = config_from(block.text, {})

    assert config.workers == 4
    assert config.tiers["trial"].users == tomllib.loads(block.text)["tiers"]["trial"]["users"]


def test_the_access_patterns_of_the_page_are_those_that_are_declared() -> None:
    page = (ROOT / "docs" / "reference" / "access-patterns.md").read_text(encoding="utf-8")

    assert page == markdown(model()), "write it anew: entaku table docs --output docs/reference/access-patterns.md"


def test_the_key_diagram_is_that_of_the_declarations() -> None:
    picture = (ROOT / "docs" / "reference" / "keys.svg").read_text(encoding="utf-8")

    assert picture == diagram(model()), "draw it anew: entaku table diagram --output docs/reference/keys.svg"
