"""``python -m actselect`` is the command ``actselect``."""

from __future__ import annotations

from actselect.cli import main

if __name__ == "__main__":
    main()
