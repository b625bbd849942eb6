"""From a plan to weights: read `loop`, then `batch`, `cut`, `step` and `checkpoint`."""

from runtime.train.between import adopt
from runtime.train.loop import train
from runtime.train.run import TrainOutcome

__all__ = ["TrainOutcome", "adopt", "train"]
