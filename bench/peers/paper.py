"""The paper's stack: Flask, the whole file through cryptography.fernet at once, tokens as files on disk.

Run as `python3 paper.py FOLDER`. It needs several times the size of a file in memory.
"""

import pathlib
import secrets
import sys

from cryptography.fernet import Fernet
from flask import Flask, Response, request

folder = pathlib.Path(sys.argv[1])
fernet = Fernet(Fernet.generate_key())
app = Flask(__name__)


@app.post("/files")
def upload():
    file_id = secrets.token_hex(12)
    (folder / file_id).write_bytes(fernet.encrypt(request.get_data()))
    return {"id": file_id}, 201


@app.get("/files/<file_id>")
def download(file_id):
    content = fernet.decrypt((folder / file_id).read_bytes())
    return Response(content, mimetype="application/octet-stream")


@app.delete("/files/<file_id>")
def remove(file_id):
    (folder / file_id).unlink()
    return "", 204


app.run(host="127.0.0.1", port=0)
