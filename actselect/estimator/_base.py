"""What the estimators share: sequences in, targets checked, outputs decoded.

Notation: N sequences, T steps (T_i of sequence i), F features per step, K classes.
"""

from __future__ import annotations

from abc import abstractmethod
from copy import deepcopy
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_array, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data
from torch import Tensor, nn

from actselect.data import SequenceDataset, sequence_dataset_from_X
from actselect.data.missing import fill_missing
from actselect.data.targets import class_labels
from actselect.exceptions import DataError
from actselect.model import RecurrentModel
from actselect.records import FloatArray
from actselect.tasks import Scaling, tasks
from actselect.workers import worker_conditions

Array = npt.NDArray[Any]
FACTS = {"several": False}  # one label each


class SequenceEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What all four share: sequences in, a trained network and its scaling kept, outputs."""

    task: ClassVar[str]
    model_: RecurrentModel
    scaling_: Scaling
    seed_: int
    n_features_in_: int
    random_state: Any

    def fit(self, X: Any, y: Any) -> Self:  # noqa: ANN401
        """Learn from sequences and their targets.

        Args:
            X: (N, T), (N, T, F), or a list of N arrays (T_i, F).
            y: (N,) labels or numbers.

        Raises:
            DataError: the data cannot be used as asked.
            UsageError: a parameter is wrong.
            RunError: every training diverged.
        """
        values = self._checked(X, reset=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        targets = self._targets(y)
        check_consistent_length(values, targets)
        dataset = sequence_dataset_from_X(values, targets, task=self.task, name="X")
        if len(dataset) < 2:
            raise DataError(wanted="at least 2 sequences, to train and to stop", got="1 sample",
                            where="X", todo="Give more sequences.")  # fmt: skip
        self.seed_ = self._seed()
        self._learn(fill_missing(dataset, task=self.task, where="X"))
        return self

    def _checked(self, X: Any, *, reset: bool) -> Any:  # noqa: ANN401
        """Return sequences with as many features as ``fit`` saw; a table as scikit-learn does."""
        if _is_table(X):
            known = reset or hasattr(self, "_from_table")
            table: Array = (
                validate_data(self, X, dtype=np.float64, reset=reset, ensure_all_finite="allow-nan")
                if known
                else check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
            )
            if reset:
                self._from_table = True
            return table
        if reset:
            for name in ("_from_table", "feature_names_in_"):
                if hasattr(self, name):
                    delattr(self, name)
            self.n_features_in_ = sequence_dataset_from_X(X).values.shape[1]
        return X

    def _outputs(self, X: Any) -> FloatArray:  # noqa: ANN401
        """Return predictions: numbers (N,), or probabilities (N, K)."""
        check_is_fitted(self)
        dataset = sequence_dataset_from_X(self._checked(X, reset=False), name="X")
        width, wanted = dataset.values.shape[1], self.model_.recurrent.input_size
        if width != wanted:
            raise DataError(wanted=f"{wanted} features per step, as in fit", got=str(width),
                            where="X", todo="Give the features of fit.")  # fmt: skip
        dataset = fill_missing(dataset, task=self.task, where="X")
        scaled, examples = tasks()[self.task].unlabelled(dataset, self.scaling_, FACTS)
        exact = deepcopy(self.model_).double()  # float32 shows who is batched with whom
        exact.register_forward_pre_hook(_in_double)
        with worker_conditions():
            return scaled.predictions(exact, examples)

    def _seed(self) -> int:
        """Return the root seed; a fresh one is drawn, not from the global state, for None."""
        if self.random_state is None:
            return int(np.random.default_rng().integers(2**31))
        if isinstance(self.random_state, np.random.RandomState):
            return int(self.random_state.randint(2**31 - 1))
        return int(self.random_state)

    @abstractmethod
    def _targets(self, y: Any) -> Array:  # noqa: ANN401
        """Return checked targets (N,)."""

    @abstractmethod
    def _learn(self, dataset: SequenceDataset) -> None:
        """Set ``model_`` and ``scaling_``."""

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.three_d_array = True
        return tags


class Classifies(ClassifierMixin, SequenceEstimator):  # type: ignore[misc]
    task = "classification"
    classes_: Array

    def _targets(self, y: Any) -> Array:  # noqa: ANN401
        labels = _column(y)
        check_classification_targets(labels)
        self.classes_ = np.unique(labels)
        return labels

    def predict_proba(self, X: Any) -> FloatArray:  # noqa: ANN401
        """Return probabilities (N, K), in the order of ``classes_``."""
        outputs = self._outputs(X)
        names = class_labels(self.classes_)  # the task sorts labels as text: "10" before "2"
        return outputs[:, np.searchsorted(np.sort(names), names)]

    def predict(self, X: Any) -> Array:  # noqa: ANN401
        """Return the likeliest label of each sequence, (N,)."""
        likeliest = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[likeliest])


class Regresses(RegressorMixin, SequenceEstimator):  # type: ignore[misc]
    task = "regression"

    def _targets(self, y: Any) -> Array:  # noqa: ANN401
        return _column(y)

    def predict(self, X: Any) -> FloatArray:  # noqa: ANN401
        """Return a number for each sequence, (N,), in the unit of y."""
        return self._outputs(X)


def _is_table(X: Any) -> bool:  # noqa: ANN401
    """Whether X has rows of numbers; otherwise it has three axes, or is a list of sequences."""
    if hasattr(X, "shape"):
        return len(X.shape) < 3
    if not isinstance(X, list | tuple) or not X:
        return True
    shapes = {np.shape(part) for part in X}
    return len(shapes) == 1 and len(shapes.pop()) < 2


def _in_double(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the inputs of a network as float64, lengths as they are."""
    inputs, *others = given
    return inputs.double(), *others


def _column(y: Any) -> Array:  # noqa: ANN401
    """Return targets as one column (N,) without missing or infinite values."""
    checked = check_array(y, ensure_2d=False, dtype=None, input_name="y")
    return np.asarray(column_or_1d(checked, warn=True))
