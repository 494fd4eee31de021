"""Makes the inputs in `inputs/` that are meant to break an importer. Those that the fuzzers found lie beside them.

    python test/fuzz/make_inputs.py
"""

import io
import pathlib
import pickle
import struct
import zipfile

HERE = pathlib.Path(__file__).parent
INPUTS = HERE / "inputs"
KERAS = HERE.parent / "formats/keras/keras3-gru.h5"


def archive(*entries, method=zipfile.ZIP_STORED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as file:
        for name, data in entries:
            file.writestr(zipfile.ZipInfo(name), data, method)
    return bytearray(target.getvalue())


def keep(kind, name, data):
    folder = INPUTS / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.bin").write_bytes(data)


def torch():
    declared = archive(("a/data.pkl", bytes(1 << 20)), method=zipfile.ZIP_DEFLATED)
    central = declared.index(b"PK\1\2")
    declared[central + 24 : central + 28] = struct.pack("<I", 100)
    keep("torch", "more-than-declared", declared)
    declared[central + 24 : central + 28] = struct.pack("<I", 0xFFFFFFF0)
    keep("torch", "declares-4-gib", declared)
    keep("torch", "same-name-twice", archive(("a/data.pkl", b"N."), ("a/data.pkl", b"}.")))
    pickles = {
        "deep-tuples": b"\x80\x02)" + b"\x85" * 200_000 + b".",
        "contains-itself": b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.",
        "half-a-billion-digits": b"\x80\x02\x8b\xff\xff\xff\x1f.",
        "marks-only": b"(" * 500_000 + b".",
        "calls-eval": b"cbuiltins\neval\nX\x03\x00\x00\x001+1\x85R.",
        "calls-by-stack": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
        "no-end": pickle.dumps({"a": 1}, protocol=2)[:-1],
    }
    for name, data in pickles.items():
        keep("torch", name, archive(("a/data.pkl", data), method=zipfile.ZIP_DEFLATED))
    # A tensor of 2^40 values of a storage of one, by strides of zero.
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"
    sizes = b"\x8a\x06\x00\x00\x00\x00\x00\x01\x85"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + sizes + b"K\x00\x85\x89NtR"
    data = b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"s."
    keep("torch", "a-tib-of-one-value", archive(("a/data.pkl", data), ("a/data/0", bytes(4))))


def keras():
    data = bytearray(KERAS.read_bytes())
    tree = data.index(b"TREE")
    # A node one level up, whose only child is itself.
    circle = bytearray(data)
    circle[tree + 5] = 1
    circle[tree + 32 : tree + 40] = struct.pack("<Q", tree)
    keep("keras", "tree-in-a-circle", circle)
    header = struct.unpack_from("<Q", data, 64)[0]
    endless = bytearray(data)
    endless[header + 16 : header + 40] = struct.pack("<HHB3xQQ", 0x10, 16, 0, header + 16, 64)
    keep("keras", "continues-with-itself", endless)


torch()
keras()
