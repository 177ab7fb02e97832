"""Every code block of the documentation runs, and prints what the page shows."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
import yaml

from tests.docs.blocks import PAGES, ROOT, Block, Command, agrees, blocks_of, commands_of
from tests.docs.shell import Shell

KNOWN = {"console", "python", "sh", "yaml", "toml", "json", "text", "mermaid"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with a data folder of its own and nothing else set in the environment."""
    for name in [name for name in os.environ if name.startswith("ENTAKU_")]:
        monkeypatch.delenv(name)
    settings = {"ENTAKU_DATA": str(tmp_path / "data"), "ENTAKU_MODULES": "", "PYTHONPATH": "", "LC_ALL": "C.UTF-8"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)  # Set, so that what a page exports is undone.
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_runs(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell, program = Shell(), ModuleType("documentation_page")
    monkeypatch.setitem(sys.modules, program.__name__, program)  # Where a class that is declared looks its types up.
    with redirect_stdout(StringIO()) as printed:
        for block in blocks_of(page):
            where = f"{page.relative_to(ROOT)}:{block.line}"
            assert block.language in KNOWN, f"{where}: say what language it is in, one of {', '.join(sorted(KNOWN))}"
            if block.file is not None:
                target = folder / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            _run(block, where, program.__dict__, shell)

    assert printed.getvalue().splitlines() == _promised(page)


def _promised(page: Path) -> list[str]:
    """What the programs of the page print: what stands behind each `print(...)  # `."""
    programs = (block.text for block in blocks_of(page) if block.language == "python")
    return [line for text in programs for line in re.findall(r"print\(.*\)  # (.+)$", text, flags=re.MULTILINE)]


def _run(block: Block, where: str, names: dict[str, Any], shell: Shell) -> None:
    match block.language:
        case "console":
            for command in commands_of(block):
                _run_command(command, where, shell)
        case "python" if block.file is not None:
            # It runs where it is saved: by what else the page does.
            compile(block.text, where, "exec")
        case "python":
            # As a reader runs it who has saved the blocks of the page in a file, so without `await` at the top.
            exec(compile(block.text, where, "exec"), names)
        case "sh":
            _check_targets(block.text, where)
        case "yaml":
            yaml.safe_load(block.text)
        case "toml":
            tomllib.loads(block.text)
        case "json":
            msgspec.json.decode(block.text)
        case _:
            pass


def _run_command(command: Command, where: str, shell: Shell) -> None:
    done = shell.run(command.text)
    if "entaku: " not in command.output and "HTTP 4" not in command.output:
        assert done.status == 0, f"{where}: {command.text} ended with {done.status}\n{done.text}"
    if command.output.strip():
        assert agrees(command.output.rstrip() + "\n", done.text), (
            f"{where}: {command.text}\nprinted\n{done.text}\nand the page shows\n{command.output}"
        )


def _check_targets(text: str, where: str) -> None:
    """What only a terminal can show is not run here, but a make target that it names is there."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make +([a-z-]+)", text, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{where}: there is no target {target!r}"


def test_the_japanese_readme_says_the_same() -> None:
    english, japanese = (
        [(block.language, block.text) for block in blocks_of(ROOT / name)] for name in ("README.md", "README.ja.md")
    )

    assert japanese == english


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_the_readme_names_every_page(name: str) -> None:
    folders = {ROOT / "docs", ROOT / "docs" / "reference"}

    assert {page for page in PAGES if page.parent in folders} <= _linked(ROOT / name)


def test_the_list_of_guides_names_every_guide() -> None:
    guides = ROOT / "docs" / "how-to" / "README.md"

    assert {page for page in PAGES if page.parent == guides.parent} - {guides} <= _linked(guides)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in _linked(page):
        assert target.exists(), f"{page.relative_to(ROOT)}: {target.relative_to(ROOT)} is not there"


def _linked(page: Path) -> set[Path]:
    """Where the page leads to in this checkout."""
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in targets}
