"""The explorer of a frame with many rows."""

from __future__ import annotations

import time

import numpy as np

import kloudless_data as kd


def test_a_million_rows_stay_quick(sandbox):
    account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    frame = account.events().to_frame()
    many = frame.loc[np.arange(1_000_000) % len(frame)].reset_index(drop=True)
    explorer = kd.explore(many)
    started = time.process_time()
    explorer.name.value = ".pdf"
    found = len(explorer.filtered)
    took = time.process_time() - started
    assert found == many["metadata_name"].str.contains(".pdf", regex=False).sum()
    print(f"\na filter of 1,000,000 rows: {took:.2f} s")
    assert took < 10  # seconds of CPU; about one on a quiet machine
