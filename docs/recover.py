#!/usr/bin/env python3
"""Recovers the files of a Coffer backup without Coffer: needs Python 3.9 or later and `pip install cryptography`, nothing else.

  recover.py BACKUP KEYS OUT [--snapshot ID] [--identity FILE] [--account HANDLE] [--file ID]... [--all-versions] [--list]

  BACKUP      the backup folder (COFFER_BACKUP_DIR, or a copy of the S3 bucket's folder)
  KEYS        the keyring file (<data>/keys)
  OUT         a folder to write to: OUT/<handle>/<folder>/<name>; nothing there is overwritten
  --snapshot  one of BACKUP/snapshots, without .head, or the beginning of one; the newest if absent
  --identity  the age private key file, if the snapshot is sealed to a recipient
  --account, --file   only of this person, only these files; --list only prints what there is

Everything is verified before it is written, and each file as a whole at its end. Format: jobs/backup/FORMAT.md, src/crypto/FORMAT.md.
"""
import argparse, base64, hashlib, hmac, json, os, re, struct, sys, zlib
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

hkdf = lambda key, salt, info: HKDF(SHA256(), 32, salt, info).derive(key)
fernet = lambda key: Fernet(base64.urlsafe_b64encode(key))
unseal = lambda box, token: box.decrypt(base64.urlsafe_b64encode(token))
sha256 = lambda data: hashlib.sha256(data).hexdigest()
unpadded = lambda text: base64.b64decode(text + "=" * (-len(text) % 4))

def plain(value):  # MongoDB's extended JSON
    if "$binary" in value: return base64.b64decode(value["$binary"]["base64"])
    return value["$oid"] if "$oid" in value else value

def bech32(text):  # the 32 bytes of AGE-SECRET-KEY-1...
    bits = "".join(f"{'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.index(c):05b}" for c in text.lower().rsplit("1", 1)[1][:-6])
    return bytes(int(bits[i:i + 8], 2) for i in range(0, 256, 8))

def open_age(data, secret):  # age-encryption.org/v1, X25519 recipients, payload of one chunk
    private = X25519PrivateKey.from_private_bytes(bech32(secret))
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    head, mac = re.match(rb"(age-encryption\.org/v1\n.*?\n---) ([A-Za-z0-9+/]{43})\n", data, re.S).groups()
    for share, body in re.findall(r"-> X25519 (\S+)\n(\S+)\n", head.decode()):
        share = unpadded(share)
        wrap = hkdf(private.exchange(X25519PublicKey.from_public_bytes(share)), share + public, b"age-encryption.org/v1/X25519")
        try: key = ChaCha20Poly1305(wrap).decrypt(bytes(12), unpadded(body), None)
        except Exception: continue
        if not hmac.compare_digest(hmac.new(hkdf(key, b"", b"header"), head, "sha256").digest(), unpadded(mac.decode())): break
        payload = data[len(head) + 45:]
        return ChaCha20Poly1305(hkdf(key, payload[:16], b"payload")).decrypt(bytes(11) + b"\x01", payload[16:], None)
    sys.exit("The private key does not open this snapshot.")

class Snapshot:
    def __init__(self, backup, wanted, ring, identity):
        names = sorted(name[:-5] for name in os.listdir(os.path.join(backup, "snapshots")) if name.endswith(".head"))
        found = [name for name in names if name.startswith(wanted or "")][-1:]
        if not found: sys.exit("There is no such snapshot.")
        self.backup, self.id = backup, found[0]
        public, sealed, digest = self.read(f"snapshots/{self.id}.head").decode().split("\n")[:3]
        if sha256(f"{public}\n{sealed}\n".encode()) != digest: sys.exit("The head of the snapshot is damaged. Use another one.")
        self.head, self.salt = json.loads(public), bytes.fromhex(self.id[-24:])
        token = base64.b64decode(self.head["key"]["token"])
        if self.head["key"]["age"]:
            secrets = re.findall("AGE-SECRET-KEY-1[0-9A-Z]+", open(identity).read()) if identity else []
            if not secrets: sys.exit("The snapshot is sealed to a recipient: give --identity with its private key file.")
            token = open_age(token, secrets[0])
        self.key = unseal(ring, token)
        if json.loads(unseal(fernet(self.part_key("head")), base64.b64decode(sealed)))["public"] != sha256(public.encode()): sys.exit("The head of the snapshot was forged.")

    def read(self, key):
        with open(os.path.join(self.backup, *key.split("/")), "rb") as file: return file.read()

    def part_key(self, part): return hkdf(self.key, self.salt, b"coffer/v1/backup/" + part.encode())

    def lines(self, part):  # of `documents` or `files`, a segment in memory at a time
        records = [record for record in self.head["records"] if record[0].startswith(part + "-")]
        unzip, rest = zlib.decompressobj(31), b""
        for i, (name, _, digest) in enumerate(records):
            token = self.read(f"records/{self.id}/{name}")
            if sha256(token) != digest: sys.exit(f"{name} is damaged. Use another snapshot.")
            info = b"coffer/v1/segment" + struct.pack(">QB", i, i == len(records) - 1)
            *whole, rest = (rest + unzip.decompress(unseal(fernet(hkdf(self.part_key(part), self.salt, info)), token))).split(b"\n")
            for line in whole: yield json.loads(line, object_hook=plain)

    def segments(self, version, content):  # of one version, as they were stored
        for part, (length, digest) in enumerate(content["parts"]):
            data = self.read(f"objects/{version[:4]}/{version}-{part:06}-{digest}")
            if len(data) != length or sha256(data[:-32]) != digest: raise ValueError(f"object {part} of {version} is damaged")
            at = 32
            for _ in range(struct.unpack(">I", data[28:32])[0]):
                size = struct.unpack(">I", data[at:at + 4])[0]
                yield data[at + 4:at + 4 + size]
                at += 4 + size

def write(snapshot, ring, file, version, content, path):
    stored = next(v for v in file["versions"] if v["id"] == version["id"])
    key, last = unseal(ring, stored["key"]["token"]), max(0, (version["size"] - 1) // version["segmentBytes"])
    digest, salt, count = hashlib.sha256(), bytes.fromhex(version["id"]), 0
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".part", "wb") as out:
        for count, token in enumerate(snapshot.segments(version["id"], content), 1):
            info = b"coffer/v1/segment" + struct.pack(">QB", count - 1, count - 1 == last)
            piece = unseal(fernet(hkdf(key, salt, info)), token)
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != version["sha256"] or count != last + 1: raise ValueError("it is not whole")
    if os.path.exists(path): raise FileExistsError(path)
    os.rename(path + ".part", path)

def safe(name): return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name).strip(". ")[:120] or "_"

def place(out, handle, about, file, suffix):
    name, end = os.path.splitext(safe(about["name"]))
    folder = os.path.join(out, safe(handle), *[safe(part) for part in about["folder"].split("/") if part])
    path = os.path.join(folder, name + suffix + end)
    return path if not os.path.exists(path) else os.path.join(folder, f"{name} ({file['_id']}){suffix}{end}")

def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("backup", "keys", "out"): parser.add_argument(name)
    for name in ("--snapshot", "--identity", "--account"): parser.add_argument(name)
    parser.add_argument("--file", action="append")
    for name in ("--all-versions", "--list"): parser.add_argument(name, action="store_true")
    args = parser.parse_args()
    ring = MultiFernet([Fernet(key) for key in re.sub("#.*", "", open(args.keys).read()).replace(",", " ").split()])
    try: snapshot = Snapshot(args.backup, args.snapshot, ring, args.identity)
    except InvalidToken: sys.exit("This keyring does not open the snapshot. Use the keys of its time.")
    documents = list(snapshot.lines("documents"))
    accounts = {line["doc"]["_id"]: line["doc"] for line in documents if line["in"] == "accounts"}
    dead = {line["doc"]["_id"]: line["doc"]["at"]["$date"] for line in documents if line["in"] == "tombstones"}
    gone = lambda kind, doc: dead.get(f"{kind}:{doc['_id']}", "") >= doc["createdAt"]["$date"]  # deleted while it was exported
    wrong = 0
    for line in snapshot.lines("files"):
        file, account = line["file"], accounts.get(line["file"]["owner"])
        if account is None or account["status"] == "removing" or gone("account", account) or gone("file", file): continue
        if args.account not in (None, account["handle"]) or (args.file and file["_id"] not in args.file): continue
        account_key = unseal(ring, account["key"]["token"])
        about = json.loads(unseal(fernet(hkdf(account_key, f"file:{file['_id']}".encode(), b"coffer/v1/metadata")), file["sealed"]))
        for version in about["versions"] if args.all_versions else about["versions"][-1:]:
            path = place(args.out, account["handle"], about, file, f" v{version['n']}" if args.all_versions else "")
            try:
                if not args.list: write(snapshot, ring, file, version, line["contents"][version["id"]], path)
                print(file["_id"], version["n"], version["size"], path)
            except (InvalidToken, KeyError, OSError, ValueError) as error:
                wrong += 1
                if os.path.exists(path + ".part"): os.remove(path + ".part")
                print(f"damaged: {file['_id']} version {version['n']}: {error!r}", file=sys.stderr)
    sys.exit(1 if wrong else 0)

main()
