"""Files that other machines write to a share: they may be seen late."""

import os
import time
from pathlib import Path

LATE = 90.0  # seconds; what another machine wrote is seen by then: NFS keeps what it knows of a folder for 60
_PAUSE = 1.0  # seconds between two looks


def wait_for(path: Path, patience: float) -> bool:
    """Whether a file is there, or comes within so many seconds."""
    end = time.monotonic() + patience
    while not path.exists():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(_PAUSE, left))
        if path.parent.is_dir():
            os.listdir(path.parent)  # asks the server, not only what it said before
    return True
