"""Every code block of the documentation runs, and prints what the page shows."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shlex
import sys
import tomllib
from inspect import CO_COROUTINE
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from entaku.cli import main
from tests.docs.blocks import PAGES, ROOT, Block, Command, agrees, blocks_of, commands_of

KNOWN = {"console", "python", "sh", "yaml", "toml", "json", "text", "mermaid"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, with a data folder of its own and nothing set in the environment."""
    for name in [name for name in os.environ if name.startswith("ENTAKU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_runs(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("documentation_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # Where a class that is declared looks its types up.
    with asyncio.Runner() as runner:  # One loop for the page: what a block opens, the next ones use.
        for block in blocks_of(page):
            where = f"{page.relative_to(ROOT)}:{block.line}"
            assert block.language in KNOWN, f"{where}: say what language it is in, one of {', '.join(sorted(KNOWN))}"
            if block.file is not None:
                target = folder / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            _run(block, where, module.__dict__, runner)


def _run(block: Block, where: str, names: dict[str, Any], runner: asyncio.Runner) -> None:
    match block.language:
        case "console":
            for command in commands_of(block):
                _run_command(command, where)
        case "python":
            _run_python(block.text, where, names, runner)
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


def _run_command(command: Command, where: str) -> None:
    words = shlex.split(command.text, comments=True)
    assert words[0] == "entaku", f"{where}: {command.text!r} is no command of ours; show others in a `sh` block"
    with CliRunner().isolation() as (standard_output, standard_error, _):
        status = main(words[1:])
        printed = standard_output.getvalue().decode() + standard_error.getvalue().decode()
    if "entaku: " not in command.output and "HTTP 4" not in command.output:
        assert status == 0, f"{where}: {command.text} ended with {status}\n{printed}"
    if command.output.strip():
        assert agrees(command.output.rstrip() + "\n", printed), (
            f"{where}: {command.text}\nprinted\n{printed}\nand the page shows\n{command.output}"
        )


def _run_python(text: str, where: str, names: dict[str, Any], runner: asyncio.Runner) -> None:
    code = compile(text, where, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & CO_COROUTINE:
        runner.run(FunctionType(code, names)())
    else:
        exec(code, names)


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target} is not there"
