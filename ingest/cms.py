"""Signed mail in one piece (S/MIME, RFC 8551): the content within the Cryptographic Message Syntax (RFC 5652)."""

from __future__ import annotations

import base64
import binascii

from asn1crypto import cms


class NotSigned(ValueError):
    """The structure holds nothing that can be read without a key; `code` is the Problem's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def signed_content(data: bytes) -> bytes:
    """The MIME entity that was signed. Raises NotSigned for encrypted, compressed or broken structures."""
    try:
        info = cms.ContentInfo.load(_der(data))
        kind = info["content_type"].native
        if kind == "signed_data":
            content = info["content"]["encap_content_info"]["content"].native
            if isinstance(content, bytes) and content:
                return content
            raise NotSigned("cms-empty", "a signature without content")
    except (ValueError, TypeError, KeyError) as error:
        if isinstance(error, NotSigned):
            raise
        raise NotSigned("cms-unreadable", str(error)[:200]) from None
    raise NotSigned("encrypted" if "enveloped" in kind else "cms-unreadable", f"S/MIME {kind}")


def _der(data: bytes) -> bytes:
    """DER, also where a mailer left PEM or bare base64."""
    if data[:1] == b"\x30":
        return data
    lines = [line for line in data.splitlines() if not line.startswith(b"-----")]
    try:
        return base64.b64decode(b"".join(lines), validate=False)
    except binascii.Error:
        return data
