"""The code blocks of a Markdown page, in order."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "README.ja.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_FILE = re.compile(r"<!-- file: (?P<name>[\w./-]+) -->\s*$")


class Block(msgspec.Struct, frozen=True):
    """One fenced block."""

    language: str
    text: str
    line: int
    file: str | None
    """Where the page says to save it, in a comment just before: `<!-- file: team.yaml -->`."""


def blocks_of(page: Path) -> list[Block]:
    source = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _FENCE.finditer(source):
        named = _FILE.search(source[: match.start()])
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        line = source.count("\n", 0, match.start()) + 1
        found.append(Block(match["language"], text, line, named["name"] if named else None))
    return found


class Command(msgspec.Struct, frozen=True):
    """A command of a console block, and what the page shows it to print."""

    text: str
    output: str


def commands_of(block: Block) -> list[Command]:
    """`$ ` begins a command, `> ` goes on with it, and the rest until the next one is its output."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], ""))
        elif line.startswith("> ") and found and not found[-1].output:
            found[-1] = Command(found[-1].text + "\n" + line[2:], "")
        elif found:
            found[-1] = Command(found[-1].text, found[-1].output + line + "\n")
    return found


def agrees(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows: `…` stands for any text within a line, `...` for any lines."""
    pattern = ""
    for line in shown.splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"[ \t]*\n"
    return re.fullmatch(pattern, printed if printed.endswith("\n") or not printed else printed + "\n") is not None
