"""The blob stores: a folder, for the processes of one machine, and S3, for any number of machines."""

from __future__ import annotations

from entaku.table.drivers.blobs.folder import FolderBlobs
from entaku.table.drivers.blobs.s3 import S3Blobs

__all__ = ["FolderBlobs", "S3Blobs"]
