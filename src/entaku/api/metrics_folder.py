"""Where the worker processes of one host keep their figures, so that any of them can tell the sum.

The metrics library looks for the folder when it is imported, so a host prepares it first; this module imports nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare_metrics_folder(folder: Path) -> None:
    """Makes the folder, or empties it of an earlier run's figures, and names it to this process and its children."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob("*.db"):
        left_over.unlink()
    os.environ[FOLDER_VARIABLE] = str(folder)
