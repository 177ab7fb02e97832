"""The domains of the product, one folder each, and what a module is: `module`; how others' are found: `loading`."""

from __future__ import annotations

from entaku.modules.loading import check_modules, load_modules, model_of
from entaku.modules.module import Module, Noun, Parts

__all__ = ["Module", "Noun", "Parts", "check_modules", "load_modules", "model_of"]
