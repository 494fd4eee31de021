"""Makes the inputs in `inputs/` that are meant to break an importer. Those that the fuzzers found lie beside them.

    python test/fuzz/make_inputs.py
"""

import io
import json
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


# STACK_GLOBAL of what is on the stack and of a text.
NAMES = b"X\x01\x00\x00\x00a\x93."


def entries(count, value):
    """A dictionary with a value under so many names."""
    return b"}(" + b"".join(b"X\x05\x00\x00\x00%05d" % name + value for name in range(count)) + b"u"


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
        # Names of what is to be called that are 2^25 texts, or 200 000 tuples deep.
        "doubled-tuples-as-a-name": b"\x80\x02K\x01" + b"q\x00h\x00\x86" * 25 + NAMES,
        "deep-tuples-as-a-name": b"\x80\x02K\x01" + b"\x85" * 200_000 + NAMES,
        "one-dictionary-under-many-names": b"\x80\x02"
        + entries(10_000, b"N")
        + b"q\x000"
        + entries(10_000, b"h\x00")
        + b".",
        "a-dictionary-copied-often": b"\x80\x02ccollections\nOrderedDict\nq\x01"
        + entries(5_000, b"N")
        + b"q\x00"
        + b"h\x01h\x00\x85R" * 8_000
        + b".",
        "no-end": pickle.dumps({"a": 1}, protocol=2)[:-1],
        "two-million-dictionaries": b"\x80\x02" + b"}" * (1 << 21) + b".",
        "three-million-pieces-of-nothing": b"\x80\x02" + b"B\0\0\0\0" * 3_000_000 + b".",
    }
    for name, data in pickles.items():
        keep("torch", name, archive(("a/data.pkl", data), method=zipfile.ZIP_DEFLATED))
    # A storage of a long name, named again and again.
    key = b"k" * 20_000
    parts = [b"X\x07\x00\x00\x00storage", b"ctorch\nFloatStorage\n", b"X" + struct.pack("<I", len(key)) + key]
    known = b"".join(part + b"q%c0" % number for number, part in enumerate(parts))
    data = b"\x80\x02" + known + b"(h\0h\1h\2NK\1tQ0" * 200_000 + b"N."
    long_key = archive(("a/data.pkl", data), ("a/data/" + key.decode(), bytes(4)), method=zipfile.ZIP_DEFLATED)
    keep("torch", "a-long-name-named-often", long_key)
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":' + b"[" * 5_000 + b"]" * 5_000 + b"}}"
    keep("torch", "deep-offsets", struct.pack("<Q", len(header)) + header)
    # A tensor of 2^40 values of a storage of one, by strides of zero.
    storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ"
    sizes = b"\x8a\x06\x00\x00\x00\x00\x00\x01\x85"
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + sizes + b"K\x00\x85\x89NtR"
    data = b"\x80\x02}X\x01\x00\x00\x00w" + tensor + b"s."
    keep("torch", "a-tib-of-one-value", archive(("a/data.pkl", data), ("a/data/0", bytes(4))))


# The type of texts of any length, and a space of none.
TEXTS = struct.pack("<B3BI", 0x19, 1, 0, 0, 16)
NOTHING = b"\2\0\0\2"


def empty_attribute(name):
    body = struct.pack("<BBHHHB", 3, 0, len(name), len(TEXTS), len(NOTHING), 0) + name + TEXTS + NOTHING
    return struct.pack("<HHB3x", 0x0C, len(body), 0) + body


def with_names(file, attributes):
    """The file with these attributes in the place of those of the group of a layer's weights."""
    names = file.index(b"weight_names")
    headers = (at for at in range(0, names, 8) if file[at : at + 8 : 4] == b"\1\1" and file[at + 1] == 0)
    header = max(headers)
    messages = b"".join(attributes)
    other = struct.pack("<BBHII4x", 1, 0, len(attributes), 1, len(messages)) + messages
    return file.replace(struct.pack("<Q", header), struct.pack("<Q", len(file))) + other


DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 1}}


def dot_keras(weights, config, metadata=b'{"keras_version": "3.0.0"}'):
    contents = (("metadata.json", metadata), ("config.json", config), ("model.weights.h5", bytes(weights)))
    return archive(*contents, method=zipfile.ZIP_DEFLATED)


def doubled_tree(file, count):
    """The root group's tree is a node whose children are all the same node, whose children are all the same, too."""
    data = bytearray(file)
    header = struct.unpack_from("<Q", data, 64)[0]
    heap = data.index(b"HEAP")
    upper = len(data)
    lower = upper + 24 + 16 * count + 8
    data[header + 16 : header + 40] = struct.pack("<HHB3xQQ", 0x11, 16, 0, upper, heap)
    for level, child in [(1, lower), (0, heap)]:
        data += struct.pack("<4sBBH16x", b"TREE", 0, level, count) + struct.pack("<QQ", 0, child) * count + bytes(8)
    return data


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
    deep = b"[" * 100_000 + b"]" * 100_000
    config = json.dumps({"class_name": "Sequential", "config": {"layers": [DENSE]}})
    keep("keras", "five-million-lists", dot_keras(data, "[" + "[]," * 5_000_000 + "[]]"))
    keep("keras", "deep-version", dot_keras(data, config, b'{"keras_version": ' + deep + b"}"))
    keep("keras", "one-node-below-another-many-times", dot_keras(doubled_tree(data, 30_000), config))
    parts = [empty_attribute(b"weight_names%d" % part) for part in range(2_500)]
    keep("keras", "names-in-many-parts", with_names(data, parts))


torch()
keras()
