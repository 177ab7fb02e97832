"""Whole tables, kept in files, moved between engines and brought up to new declarations. For maintenance only.

Read the files in this order: `bulk` (what an engine must do for it), `neutral` (items that no engine is needed for),
`following` (a walk, and what was written meanwhile), `marks` (notes about work that is under way), `backup_contents`,
`backup_file`, `backup` and `restoring` (a table in one file and back), `comparing` and `copying` (from one table to
another), `reindexing` (items put into indexes anew).
"""
