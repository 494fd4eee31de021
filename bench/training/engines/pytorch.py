"""The process of PyTorch on one thread, the other end of engine-process.mjs."""

import base64
import json
import sys
import time

import torch

LEARNING_RATE = 1e-3


def decode(text, *shape):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32).reshape(shape)


def encode(tensor):
    return base64.b64encode(tensor.detach().contiguous().numpy().tobytes()).decode()


class Model:
    """Time-major, its own layout."""

    def __init__(self, work, parameters, x, y):
        batch, steps, width, hidden = (work[key] for key in ("batch", "steps", "inputSize", "hiddenSize"))
        self.layer = getattr(torch.nn, work["cell"].upper())(width, hidden, bias=False)
        with torch.no_grad():
            for name, parameter in self.layer.named_parameters():
                parameter.copy_(decode(parameters[name], *parameter.shape))
        self.optimizer = torch.optim.Adam(self.layer.parameters(), LEARNING_RATE, fused=True)
        self.x = decode(x, batch, steps, width).transpose(0, 1).contiguous()
        self.y = decode(y, batch, hidden)

    def step(self):
        self.optimizer.zero_grad()
        output, _ = self.layer(self.x)
        loss = torch.nn.functional.mse_loss(output[-1], self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Worker:
    def open(self):
        torch.set_num_threads(1)
        return {"name": "pytorch", "version": torch.__version__}

    def load(self, **message):
        self.model = Model(**message)

    def answer(self, steps):
        losses = [self.model.step() for _ in range(steps)]
        parameters = {name: encode(value) for name, value in self.model.layer.named_parameters()}
        return {"losses": losses, "parameters": parameters}

    def run(self, count):
        start = time.perf_counter()
        for _ in range(count):
            self.model.step()
        return 1000 * (time.perf_counter() - start)


def main():
    worker = Worker()
    for line in sys.stdin:
        message = json.loads(line)
        try:
            reply = {"value": getattr(worker, message.pop("command"))(**message)}
        except Exception as error:  # The other end tells of it.
            reply = {"error": repr(error)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
