"""One training step of an LSTM with softsign and hard_sigmoid in Keras or JAX, on request.

Run by the benchmark with another Python: ``peers.py keras|jax [T, B, I, H]``.  Writes one line when
it is ready, then, for every line it reads, the processor time of one step in seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

os.environ["KERAS_BACKEND"] = "torch"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = "1"


def _keras(t: int, b: int, i: int, h: int) -> Callable[[], object]:
    import keras
    import torch

    torch.set_num_threads(1)
    layer = keras.layers.LSTM(
        h, activation="softsign", recurrent_activation="hard_sigmoid", return_sequences=True
    )
    x = torch.randn(b, t, i)
    layer(x)
    weights = [v.value for v in layer.trainable_weights]
    return lambda: torch.autograd.grad(layer(x, training=True).sum(), weights)


def _jax(t: int, b: int, i: int, h: int) -> Callable[[], object]:
    import jax
    from jax import numpy as jnp

    keys = jax.random.split(jax.random.key(0), 3)
    x = jax.random.normal(keys[0], (t, b, i))
    weights = (
        jax.random.normal(keys[1], (i, 4 * h)) * h**-0.5,
        jax.random.normal(keys[2], (h, 4 * h)) * h**-0.5,
        jnp.zeros(4 * h),
    )

    def loss(weights: tuple[jax.Array, ...]) -> jax.Array:
        w_x, w_h, bias = weights

        def step(
            state: tuple[jax.Array, jax.Array], part: jax.Array
        ) -> tuple[tuple[jax.Array, jax.Array], jax.Array]:
            state_h, state_c = state
            gates = jnp.split(part + state_h @ w_h, 4, -1)
            c = jax.nn.hard_sigmoid(gates[1]) * state_c
            c = c + jax.nn.hard_sigmoid(gates[0]) * jax.nn.soft_sign(gates[2])
            new = jax.nn.hard_sigmoid(gates[3]) * jax.nn.soft_sign(c)
            return (new, c), new

        zeros = jnp.zeros((b, h))
        return jax.lax.scan(step, (zeros, zeros), x @ w_x + bias)[1].sum()

    run = jax.jit(jax.value_and_grad(loss))
    return lambda: jax.block_until_ready(run(weights))


def main() -> None:
    """Answer requests until there are no more."""
    step = {"keras": _keras, "jax": _jax}[sys.argv[1]](*json.loads(sys.argv[2]))
    started = time.perf_counter()
    step()
    print(f"ready: first step {time.perf_counter() - started:.1f} s", flush=True)
    for _ in sys.stdin:
        begun = time.process_time()
        step()
        print(time.process_time() - begun, flush=True)


if __name__ == "__main__":
    main()
