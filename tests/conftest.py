"""What all tests share: one thread, as a worker has (two slow each other down at these sizes)."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
