# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate of a TLS server says. Pure, but for the one way that the standard library has to read it."""

from __future__ import annotations

import _ssl
import datetime
import ipaddress
import math
import os
import ssl
import tempfile
from typing import Any, Dict, List, Optional, Tuple

# not public, but there in every version: nothing public reads a certificate that is not trusted
READER = "_test_decode_cert"

SHORT_NAMES = {
    "commonName": "CN",
    "countryName": "C",
    "domainComponent": "DC",
    "emailAddress": "E",
    "localityName": "L",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "stateOrProvinceName": "ST",
    "streetAddress": "STREET",
}

# as ssl.SSLSocket.getpeercert gives it
Certificate = Dict[str, Any]


def decode(der: bytes) -> Certificate:
    """A certificate that was not verified: ssl itself gives the fields of verified ones only. Raises ValueError."""
    handle, path = tempfile.mkstemp(prefix="therefore-probe-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(ssl.DER_cert_to_PEM_cert(der))
        return dict(getattr(_ssl, READER)(path))
    except (AttributeError, ssl.SSLError) as error:
        raise ValueError(f"this host's Python cannot read the certificate: {error}") from error
    finally:
        os.unlink(path)


def describe(certificate: Certificate, now: float) -> Dict[str, Any]:
    """Subject, issuer and expiry."""
    expires = ssl.cert_time_to_seconds(certificate["notAfter"])
    moment = datetime.datetime.fromtimestamp(expires, datetime.timezone.utc)
    return {
        "subject": distinguished_name(certificate.get("subject", ())),
        "issuer": distinguished_name(certificate.get("issuer", ())),
        "expires": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "days_left": math.floor((expires - now) / 86400),
    }


def distinguished_name(parts: Tuple[Tuple[Tuple[str, str], ...], ...]) -> str:
    """A name as people write it, the most specific part first."""
    texts = ["+".join(f"{SHORT_NAMES.get(key, key)}={_quoted(value)}" for key, value in part) for part in parts]
    return ", ".join(reversed(texts))


def _quoted(value: str) -> str:
    special = value != value.strip() or any(sign in value for sign in ',+"\\<>;=\n')
    return '"{}"'.format(value.replace('"', '""')) if special else value


def alternative_names(certificate: Certificate) -> List[str]:
    """The host names and addresses that a certificate is for."""
    return [value for kind, value in certificate.get("subjectAltName", ()) if kind in ("DNS", "IP Address")]


def is_for(certificate: Certificate, name: str) -> bool:
    """Whether a certificate is for this host name or address (RFC 6125, without the common name, as browsers do)."""
    wanted = _as_address(name)
    for kind, value in certificate.get("subjectAltName", ()):
        if kind == "IP Address" and wanted is not None and _as_address(value) == wanted:
            return True
        if kind == "DNS" and wanted is None and _matches(value, name):
            return True
    return False


def _as_address(text: str) -> Optional[object]:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _matches(pattern: str, name: str) -> bool:
    first, _dot, rest = pattern.lower().rstrip(".").partition(".")
    label, _dot, domain = name.lower().rstrip(".").partition(".")
    # a star stands for one whole label, below a domain of at least two
    return rest == domain and (first == label or (first == "*" and bool(label) and "." in rest))
