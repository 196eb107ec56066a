#!/usr/bin/env python3
"""Recovers a file of a Coffer locker without Coffer: needs Python 3.11 or later and `pip install cryptography`, nothing else.

  recover-file.py KEYS ACCOUNT FILE CHUNKS OUT [VERSION]

  KEYS     the keyring file (<data>/keys)
  ACCOUNT  the owner's document:  mongoexport -d coffer -c accounts -q '{"_id": "<owner of the file>"}' -o ACCOUNT
  FILE     the file's document:   mongoexport -d coffer -c files -q '{"_id": "k3f9qz"}' -o FILE
  CHUNKS   its sealed content, or all:  mongoexport -d coffer -c fs.chunks -o CHUNKS
  OUT      where to write the content; VERSION: number of the version, the current one if absent

Prints name, folder and tags. Every byte is verified before it is written, the whole at the end. Format: src/crypto/FORMAT.md.
"""
import base64, hashlib, json, re, struct, sys
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

def plain(value):  # MongoDB's extended JSON, relaxed or canonical
    if "$binary" in value: return base64.b64decode(value["$binary"]["base64"])
    return next((int(v) if k.startswith("$number") else v for k, v in value.items() if k in ("$oid", "$numberInt", "$numberLong")), value)

hkdf = lambda key, salt, info: HKDF(SHA256(), 32, salt, info).derive(key)
fernet = lambda key: Fernet(base64.urlsafe_b64encode(key))
unseal = lambda box, token: box.decrypt(base64.urlsafe_b64encode(token))
if len(sys.argv) not in (6, 7): sys.exit(__doc__)
keys, (account, file) = open(sys.argv[1]).read(), (json.loads(open(path).readline(), object_hook=plain) for path in sys.argv[2:4])
ring = MultiFernet([Fernet(key) for key in re.sub("#.*", "", keys).replace(",", " ").split()])
about = json.loads(unseal(fernet(hkdf(unseal(ring, account["key"]["token"]), f"file:{file['_id']}".encode(), b"coffer/v1/metadata")), file["sealed"]))
version = [v for v in about["versions"] if len(sys.argv) == 6 or v["n"] == int(sys.argv[6])][-1]
file_key = unseal(ring, next(v for v in file["versions"] if v["id"] == version["id"])["key"]["token"])
size, step, last = version["size"], version["segmentBytes"], max(0, (version["size"] - 1) // version["segmentBytes"])
with open(sys.argv[5], "w+b") as out:
    for chunk in (json.loads(line, object_hook=plain) for line in open(sys.argv[4]) if version["id"] in line):
        info = b"coffer/v1/segment" + struct.pack(">QB", chunk["n"], chunk["n"] == last)
        out.seek(chunk["n"] * step)
        out.write(unseal(fernet(hkdf(file_key, bytes.fromhex(version["id"]), info)), chunk["data"]))
    out.seek(0)
    if hashlib.file_digest(out, "sha256").hexdigest() != version["sha256"]: sys.exit("Segments are missing: not the whole file.")
print(json.dumps({key: about[key] for key in ("name", "folder", "tags", "mediaType", "description")}, ensure_ascii=False))
