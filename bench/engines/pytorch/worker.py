"""The process of PyTorch, the other end of process/engine-process.mjs: `worker.py SUITE THREADS`."""

import base64
import json
import sys
import time

LEARNING_RATE = 1e-3


def decode(value):
    """A dict with the bytes of an array as the array, else as it is."""
    if "float32" not in value:
        return value
    return torch.frombuffer(bytearray(base64.b64decode(value["float32"])), dtype=torch.float32)


def encode(tensor):
    return {"float32": base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()}


def make_layer(work, parameters, **options):
    layer = getattr(torch.nn, work["cell"].upper())(work["inputSize"], work["hiddenSize"], **options)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(parameters[name].reshape(parameter.shape))
    return layer


class Training:
    """Time-major, its own layout."""

    def __init__(self, work, data):
        batch, steps = work["batch"], work["steps"]
        self.layer = make_layer(work, data["parameters"], bias=False)
        self.optimizer = torch.optim.Adam(self.layer.parameters(), LEARNING_RATE, fused=True)
        self.x = data["x"].reshape(batch, steps, -1).transpose(0, 1).contiguous()
        self.y = data["y"].reshape(batch, -1)

    def step(self):
        self.optimizer.zero_grad()
        output, _ = self.layer(self.x)
        loss = torch.nn.functional.mse_loss(output[-1], self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, count):
        for _ in range(count):
            self.step()

    def answer(self, count):
        losses = torch.tensor([self.step() for _ in range(count)])
        return {"losses": losses, **dict(self.layer.named_parameters())}


class Inference:
    """A sequence from a zero state, or a step that carries its state into the next one."""

    def __init__(self, work, data):
        self.layer = make_layer(
            work,
            data["parameters"],
            num_layers=work["layers"],
            bidirectional=work["isBidirectional"],
        ).eval()
        shape = work["steps"], work["batch"], work["inputSize"]
        self.inputs = [x.reshape(shape) for x in data["inputs"]]
        self.is_step = work["calls"] == "step"
        self.rewind()

    def rewind(self):
        self.next = 0
        self.state = None

    def run(self, count):
        with torch.inference_mode():
            for _ in range(count):
                self.output, state = self.layer(self.inputs[self.next], self.state)
                if self.is_step:
                    self.state = state
                    self.next = (self.next + 1) % len(self.inputs)

    def answer(self, count):
        self.rewind()
        self.run(count)
        return {"output": self.output}


MODELS = {"inference": Inference, "training": Training}


class Worker:
    def __init__(self, suite, threads):
        self.suite = suite
        self.threads = int(threads)

    def open(self):
        # Here, because the time and memory of the import are measured.
        global torch
        import torch

        torch.set_num_threads(self.threads)
        return {"name": "pytorch", "version": torch.__version__}

    def load(self, work, data):
        # Its GRU resets after the product only.
        if not work.get("resetAfter", True):
            return None
        self.model = MODELS[self.suite](work, data)
        return {"callsPerCall": 1}

    def answer(self, count):
        return {name: encode(value) for name, value in self.model.answer(count).items()}

    def run(self, count):
        start = time.perf_counter()
        self.model.run(count)
        return 1000 * (time.perf_counter() - start)

    def resident(self):
        with open("/proc/self/status", encoding="ascii") as status:
            return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssAnon"))


def main(suite, threads):
    worker = Worker(suite, threads)
    for line in sys.stdin:
        message = json.loads(line, object_hook=decode)
        start = time.perf_counter()
        try:
            value = getattr(worker, message.pop("command"))(**message)
            reply = {"value": value, "ms": 1000 * (time.perf_counter() - start)}
        except Exception as error:  # The other end tells of it.
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
