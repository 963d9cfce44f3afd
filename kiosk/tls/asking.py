"""A terminal's side of getting a certificate: a new key, the request for it, and the answer judged.

Imported only while one is asked for, which is once a year: it costs a megabyte. Neighbours:
`files` keeps what came, `sync.certify` carries it, the hall's `authority` signs.
"""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kiosk.tls.names import as_address


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key (P-256, which every tablet knows)."""
    return ec.generate_private_key(ec.SECP256R1())


def request(key: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> str:
    """Return the request for a certificate for these names and addresses (PKCS 10, PEM)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jishiban terminal")])
    addresses = ((name, as_address(name)) for name in names)
    wanted: list[x509.GeneralName] = [
        x509.IPAddress(address) if address else x509.DNSName(name) for name, address in addresses
    ]
    built = x509.CertificateSigningRequestBuilder(subject).add_extension(
        x509.SubjectAlternativeName(wanted), critical=False
    )
    return _pem(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def checked(key: ec.EllipticCurvePrivateKey, certificate: str, authority: str) -> datetime:
    """Return when a certificate ends that is for this key and signed by this authority; ValueError.

    The answer came sealed from the hall, so this finds mistakes and not forgers.
    """
    own = x509.load_pem_x509_certificate(certificate.encode())
    issuer = x509.load_pem_x509_certificate(authority.encode())
    try:
        own.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError) as error:
        raise ValueError("the certificate is not the authority's") from error
    if own.public_key() != key.public_key():
        raise ValueError("the certificate is for another key")
    return own.not_valid_after_utc


def with_key(key: ec.EllipticCurvePrivateKey, certificate: str) -> str:
    """Return key and certificate as one text (PEM)."""
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return _pem(private) + certificate


def _pem(data: bytes) -> str:
    return data.decode("ascii")
