"""Makes format-v1.json: known answers for the sealed format, from src/crypto/FORMAT.md alone.

  python3 test/vectors/make-format-v1.py > test/vectors/format-v1.json

Written without looking at the implementation, on Python's `cryptography` and `unicodedata`. Run once; format 1 never changes.
"""

import base64
import json
import struct
import unicodedata
from hashlib import sha256
from hmac import digest

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def hkdf(ikm, salt, info, length=32):
    return HKDF(hashes.SHA256(), length, salt, info).derive(ikm)


def seal(key, seconds, iv, plaintext):  # section 1
    pad = padding.PKCS7(128).padder()
    aes = Cipher(algorithms.AES(key[16:]), modes.CBC(iv)).encryptor()
    signed = b"\x80" + struct.pack(">Q", seconds) + iv
    signed += aes.update(pad.update(plaintext) + pad.finalize()) + aes.finalize()
    return signed + digest(key[:16], signed, "sha256")


def segment_key(file_key, version, index, last):  # section 2
    return hkdf(file_key, version, b"coffer/v1/segment" + struct.pack(">QB", index, int(last)))


def normalize(text):  # section 5
    text = unicodedata.normalize("NFKD", text).lower().upper().lower()
    text = unicodedata.normalize("NFKD", text)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "M")
    return unicodedata.normalize("NFC", text.replace("\u03c2", "\u03c3"))


def words(text):
    kept = "".join(c if unicodedata.category(c)[0] in "LN" or unicodedata.category(c) == "So" else " " for c in text)
    return kept.split()


def runs(word, length):
    return [word[i : i + length] for i in range(len(word) - length + 1)]


def tokens(k, parts):
    macs = (digest(k, b"text\0" + part.encode(), "sha256") for part in parts)
    return sorted({int.from_bytes(mac[:4], "big", signed=True) for mac in macs})


def index(k, text):
    return tokens(k, {part for word in words(normalize(text)) for n in (1, 2, 3, 4) for part in runs(word, n)})


def query(k, text):
    return tokens(k, {part for word in words(normalize(text)) for part in runs(word, min(4, len(word)))})


def fixed(label, length=32):  # reproducible stand-ins for random bytes
    return sha256(label.encode()).digest()[:length]


def b64(data):
    return base64.urlsafe_b64encode(data).decode()


SECONDS = 1_700_000_000
account, master, file_key, version = fixed("account"), fixed("master"), fixed("file key"), fixed("version", 12)

token_vectors = []
for size in (0, 1, 15, 16, 17, 32, 1000):
    key, iv, plaintext = fixed(f"key {size}"), fixed(f"iv {size}", 16), (fixed(f"plaintext {size}") * 32)[:size]
    seconds = SECONDS + size * 2**25
    token_vectors.append(
        {"key": key.hex(), "seconds": seconds, "iv": iv.hex(), "plaintext": plaintext.hex(), "token": seal(key, seconds, iv, plaintext).hex()}
    )

content = (fixed("content") * 4)[:100]
contents = []
for size in (0, 1, 31, 32, 33, 64, 100):
    pieces = [content[:size][i : i + 32] for i in range(0, max(size, 1), 32)]
    sealed = [
        seal(segment_key(file_key, version, i, i == len(pieces) - 1), SECONDS, fixed(f"segment iv {size} {i}", 16), piece)
        for i, piece in enumerate(pieces)
    ]
    contents.append(
        {"segmentBytes": 32, "plaintext": content[:size].hex(), "sha256": sha256(content[:size]).hexdigest(), "tokens": [t.hex() for t in sealed]}
    )

value = {
    "name": "Größe 文.pdf",
    "folder": "/work/2026",
    "tags": ["tax"],
    "mediaType": "application/pdf",
    "description": "",
    "versions": [{"n": 1, "id": version.hex(), "size": 1234, "segmentBytes": 2097152, "sha256": sha256(b"").hexdigest()}],
}
text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
padded = text + b" " * (-len(text) % 64)
metadata = []
for record in ("file:k3f9qz", "grant:0123456789abcdef"):
    key, iv = hkdf(account, record.encode(), b"coffer/v1/metadata"), fixed(f"iv {record}", 16)
    metadata.append({"record": record, "value": value, "padded": padded.hex(), "key": key.hex(), "token": seal(key, SECONDS, iv, padded).hex()})

k = hkdf(account, None, b"coffer/v1/index")
texts = [
    "Straße", "Crème brûlée.pdf", "Ὀδυσσεύς ΑΣ", "Отчёт за июнь", "東京タワー", "ページ", "한국어", "تقرير سنوي", "हिन्दी",
    "İstanbul ısı", "ﬁle Ｆｕｌｌ x²", "🎉🎂 party", "a_b-c.d", "x", "", "IMG_20260102-030405.jpeg",
]  # fmt: skip

print(
    json.dumps(
        {
            "note": "made by make-format-v1.py from FORMAT.md; bytes are hexadecimal",
            "tokens": token_vectors,
            "segmentKeys": [
                {"fileKey": file_key.hex(), "version": version.hex(), "index": i, "last": last, "key": segment_key(file_key, version, i, last).hex()}
                for i in (0, 1, 255, 256, 2**32, 2**53 - 1)
                for last in (False, True)
            ],
            "content": {"fileKey": file_key.hex(), "version": version.hex(), "contents": contents},
            "keys": [
                {
                    "key": b64(key),
                    "id": hkdf(key, None, b"coffer/v1/key-id")[:8].hex(),
                    "jwt": hkdf(key, None, b"coffer/v1/jwt").hex(),
                    "wraps": file_key.hex(),
                    "wrapped": seal(key, SECONDS, fixed("wrap iv", 16), file_key).hex(),
                }
                for key in (master, fixed("second master"))
            ],
            "metadata": {"accountKey": account.hex(), "records": metadata},
            "index": {
                "accountKey": account.hex(),
                "exact": [
                    {"kind": kind, "value": value, "token": digest(k, f"{kind}\0{value}".encode(), "sha256")[:16].hex()}
                    for kind in ("folder", "tag")
                    for value in ("/", "/work/2026", "tax", "größe", "")
                ],
                "texts": [{"text": t, "normalized": normalize(t), "tokens": index(k, t), "query": query(k, t)} for t in texts],
            },
        },
        ensure_ascii=False,
        indent=1,
    )
)
