#!/usr/bin/env bash
# Guess: torch.load reads what torch.save has written, with each torch.utils.serialization.config.save.storage_alignment that torch.save takes.
# Found, with torch 2.13.0: only up to 65532. With 131072 torch.save says nothing, and torch.load raises an error, here "Couldn't parse the version ZZ as Long Long" (which error depends on the value and on what is saved).
# torch.save moves each entry of the ZIP archive to its place by filling the entry's extra field with letters Z. The local header has 16 bits for the length of that field, and torch writes it modulo 65536.
# torch.load, like Python's zipfile, goes by that length and reads letters Z where the entry should be.
# 65536 is read nearly always. But from 65533 to about 65581 an entry whose extra field comes to more than 65535 bytes can be the only one that is lost: with 65536 and a tensor of 65473 bytes, the next tensor has wrong numbers
# after torch.load, without an error or a warning, because torch.load does not compare the checksum that torch.save has written. zipfile's testzip does, and names the entry.
# The documentation (docs.pytorch.org, "Serialization semantics", Config) says "alignment of storages in the checkpoint during torch.save in bytes" and names no limit; the installed package has no word on it and checks none.
#
# Needs Python 3.11 or newer with venv. Downloads torch and numpy (on Linux, PyPI's torch brings several gigabytes for graphics cards). Fails if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cat > alignment.py <<'PYTHON'
import io, struct, warnings, zipfile
import torch
from torch.utils.serialization import config

print("torch", torch.__version__)
warnings.simplefilter("error")                                                    # so a warning would be seen as an error, also from torch.save

def attempt(alignment, first):
    """Saves a tensor of so many bytes and a small one, and reads them: what happened, what zipfile finds wrong, and the length of each extra field with the one that is meant."""
    tensors, file = {"a": torch.full((first,), 7, dtype=torch.uint8), "b": torch.arange(4.0)}, io.BytesIO()
    config.save.storage_alignment = alignment
    torch.save(tensors, file)                                                     # no error here
    data = file.getvalue()
    archive, extra = zipfile.ZipFile(io.BytesIO(data)), []
    for entry in archive.infolist():
        name, length = struct.unpack_from("<HH", data, entry.header_offset + 26)
        fixed = entry.header_offset + 30 + name
        extra.append((length, (fixed + 4 + alignment - 1) // alignment * alignment - fixed))
    try: damaged = archive.testzip()
    except zipfile.BadZipFile as e: damaged = str(e)
    try: read = torch.load(io.BytesIO(data))
    except Exception as e: return f"{type(e).__name__}: {e}", damaged, extra
    return "right" if all(torch.equal(read[name], tensors[name]) for name in tensors) else f"WRONG, b is {read['b'].tolist()}", damaged, extra

for alignment, first, expected in ((64, 100, "right"), (65532, 65469, "right"), (65533, 65470, "WRONG"), (65536, 100, "right"),
                                   (65536, 65472, "right"), (65536, 65473, "WRONG"), (131072, 100, "RuntimeError")):
    got, damaged, extra = attempt(alignment, first)
    print(f"alignment {alignment}, first tensor of {first} bytes: {got.splitlines()[0]}; damaged for zipfile: {damaged}; longest extra field: {max(meant for _, meant in extra)}")
    assert got.startswith(expected) and (damaged is None) == (expected == "right"), "the behaviour has changed"
    assert all(length == meant % 65536 for length, meant in extra), "the extra fields: the behaviour has changed"
    assert expected != "RuntimeError" or "Couldn't parse the version" in got, "the error has changed"
PYTHON
venv/bin/python alignment.py
