"""Certificates for tests, made on the spot: an authority, and who it vouches for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """Files of a certificate and of its key."""

    cert: str
    key: str


class Authority:
    """Signs certificates for 127.0.0.1, or for names, and keeps its files in a folder."""

    def __init__(self, folder):
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"Authority {folder.name}")
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        start = datetime.now(UTC) - 9 * DAY
        certificate = (
            _begun(self._name, self._name, self._key, start, start + 99 * DAY)
            .add_extension(constraints, critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = self._write("ca.pem", _pem(certificate))

    def sign(self, name, *, end=DAY, hosts=()):
        """Return a certificate that ends so far from now, in the past if negative."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        address = [x509.IPAddress(ip_address("127.0.0.1"))]
        holders = [x509.DNSName(host) for host in hosts] or address
        certificate = (
            _begun(_named(name), self._name, key, now - 3 * DAY, now + end)
            .add_extension(x509.SubjectAlternativeName(holders), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Pair(
            self._write(f"{name}.pem", _pem(certificate)), self._write(f"{name}.key", secret)
        )

    def _write(self, name, content):
        path = self._folder / name
        path.write_bytes(content)
        return str(path)


def _begun(name, issuer, key, start, end):
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)
