"""The hall's own authority: it signs certificates of terminals for their stations' networks.

Its key is made with the first certificate and kept wrapped with the hall's master key. Its own
certificate names the private domains and networks that it may sign for (RFC 5280, 4.2.1.10), so
that a tablet that trusts it cannot be led astray on the internet by whoever steals the key.
Neighbours: `sync_api` asks for a terminal that is approved, `kiosk.tls` is the terminal's side.
Imported when a certificate is asked for.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.errors import Invalid
from kiosk.hall import certified
from kiosk.tls import names
from sync.identity import make_secret

#: The longest that browsers take (CA/Browser Forum, ballot SC22: 398 days at most).
VALID = timedelta(days=397)
AUTHORITY_VALID = timedelta(days=3650)
#: Clocks of tablets go a little behind.
EARLIER = timedelta(days=1)
FILE = "authority.json"
_CONTEXT = b"authority"
_MOST_REQUEST_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's key and certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """The certificate as tablets get it."""
        return _pem(self.certificate)


def authority(services: Services) -> Authority:
    """Return this hall's authority, which is made when it is missing; idempotent.

    ValueError when the file was written with another master key.
    """
    path = services.config.data_dir / "keys" / FILE
    if not path.exists():
        _make(services, path)
    kept = json.loads(path.read_bytes())
    raw = services.keyring.unwrap(bytes.fromhex(kept["key"]), _CONTEXT)
    key = serialization.load_der_private_key(raw, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is of another kind")
    return Authority(key, x509.load_pem_x509_certificate(kept["certificate"].encode()))


def sign(services: Services, request: str, terminal_number: str) -> tuple[str, str]:
    """Return a certificate for a terminal's request, and the authority's own, both PEM.

    Invalid for what is no request, is not signed by its own key, or wants other names than those
    of a network of one's own, or the name of another terminal.
    """
    if len(request) > _MOST_REQUEST_BYTES:
        raise _refused("the request is too long")
    try:
        asked = x509.load_pem_x509_csr(request.encode())
        wanted = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_genuine = asked.is_signature_valid
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise _refused("it is no request") from error
    key = asked.public_key()
    if not is_genuine or not isinstance(key, ec.EllipticCurvePublicKey):
        raise _refused("it is not signed by its key")
    if not 0 < len(wanted) <= names.MOST or not all(map(_is_allowed, wanted)):
        raise _refused("it wants names beyond the station's network")
    if not certified.claim(services, terminal_number, wanted.get_values_for_type(x509.DNSName)):
        raise _refused("another terminal has one of these names")
    own, now = authority(services), clock.now()
    title = x509.NameAttribute(NameOID.COMMON_NAME, f"Jishiban terminal {terminal_number}")
    built = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([title]))
        .issuer_name(own.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now - EARLIER + VALID)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_for_handshakes(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(_issued_by(own.key), critical=False)
    )
    return _pem(built.sign(own.key, hashes.SHA256())), own.pem


def _make(services: Services, path: Path) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    title = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Jishiban 暨时办 CA")])
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in names.DOMAINS]
    permitted += [x509.IPAddress(network) for network in names.NETWORKS]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + AUTHORITY_VALID)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(_for_signing(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    raw = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    wrapped = services.keyring.wrap(raw, _CONTEXT)
    kept = {"key": wrapped.hex(), "certificate": _pem(certificate)}
    make_secret(path, json.dumps(kept).encode())


def _is_allowed(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.DNSName | x509.IPAddress) and names.is_local(str(name.value))


def _for_handshakes() -> x509.KeyUsage:
    return _usage(signs_certificates=False)


def _for_signing() -> x509.KeyUsage:
    return _usage(signs_certificates=True)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _refused(reason: str) -> Invalid:
    message = Text("证书申请无效。", f"The request for a certificate is not taken: {reason}.")
    return Invalid("certificate_request_invalid", message)
