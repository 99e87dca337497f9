"""Files packed into one."""

import io
import zipfile
from collections.abc import Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)


def zipped(files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip archive; the same files always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            # A fixed date: the bytes, and so the hash, depend on the content alone.
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, compression)
    return buffer.getvalue()
