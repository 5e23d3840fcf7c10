"""Cache file: the bytes of a file that anybody may have damaged, replaced or made huge."""

import os
import stat

__all__ = ["cached_bytes"]


def cached_bytes(path: bytes, most: int) -> bytes:
    """The bytes of a file that has `most` of them at most; none of anything else.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return b""
        content = os.read(fd, status.st_size)
        while len(content) < status.st_size and (more := os.read(fd, status.st_size)):
            content += more
        return content
    finally:
        os.close(fd)
