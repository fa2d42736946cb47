"""Files from elsewhere: a path, an address with a checksum (pooch, the extra `data`), or a file of Hugging Face."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from elman.errors import ConfigError, DataError
from elman.interop.needed import needed
from elman.spelling import spelled

HUB = "hf://"  # hf://owner/name/file, or hf://owner/name@revision/file


def fetched(source: str, sha256: str | None) -> Path:
    """Where the file is, after it was fetched into the cache of whoever fetches; nothing of it is executed.

    Raises:
        ConfigError: an address without a checksum, no such form of a source, or a package is not installed.
        DataError: it cannot be fetched, or is another file than the checksum says.
    """
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise ConfigError(f"sha256: expected 64 hexadecimal digits; found {sha256!r:.80}")
    if source.startswith(HUB):
        return _checked(_from_hub(source), source, sha256)
    if re.match("https?://", source):
        return _from_address(source, sha256)
    return _checked(Path(source), source, sha256)


def _from_address(address: str, sha256: str | None) -> Path:
    if sha256 is None:
        raise ConfigError(
            f"{address}: expected the SHA-256 of the file beside its address; found none",
            f"{spelled('sha256', 'HEX')}: whoever offers the file has told it",
        )
    pooch = needed("pooch", "data")
    pooch.get_logger().setLevel("WARNING")
    name = address.partition("?")[0].rpartition("/")[2]
    try:
        path = Path(pooch.retrieve(address, None, f"{sha256[:16]}-{name}", pooch.os_cache("elman") / "models"))
    except Exception as error:  # of requests, or of the system
        raise DataError(
            f"{address}: cannot be fetched: {error!s:.300}", "fetch it by hand, and name the file"
        ) from None
    try:
        return _checked(path, address, sha256)
    except DataError:
        path.unlink(missing_ok=True)
        raise


def _from_hub(source: str) -> Path:
    found = re.fullmatch(r"hf://([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)", source)
    if found is None:
        raise ConfigError(
            f"{source}: expected hf://owner/name/file or hf://owner/name@revision/file; found another form"
        )
    hub: Any = needed("huggingface_hub", "hub")
    needed("huggingface_hub.utils", "hub").logging.set_verbosity_error()  # of each try; the error tells of the last one
    try:
        return Path(hub.hf_hub_download(found[1], found[3], revision=found[2]))
    except Exception as error:  # of its own kinds, and of those that it uses
        raise DataError(f"{source}: cannot be fetched: {error!s:.300}", "fetch it by hand, and name the file") from None


def _checked(path: Path, source: str, sha256: str | None) -> Path:
    if sha256 is None:
        return path
    from hashlib import file_digest

    try:
        with path.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror}") from None
    if found != sha256.lower():
        raise DataError(
            f"{source}: expected a file whose SHA-256 is {sha256}; found {found}", "do not use it: it is another file"
        )
    return path
