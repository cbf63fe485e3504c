"""scikit-learn estimators: one recurrent network, or the one that a study recommends.

``X`` is (N, T), one feature per step, an array (N, T, F), or a list of N arrays (T_i, F).  A table
(N, T) follows scikit-learn to the letter: its columns are the features, so ``predict`` wants T of
them again; three axes and lists may have another number of steps each time.  Missing values (NaN)
are filled as everywhere in actselect, see ``actselect.data.MISSING_POLICY``.

Notation: N sequences, T steps (T_i of sequence i), F features per step, K classes.
"""

from __future__ import annotations

from typing import final

from actselect.estimator._base import Classifies, Regresses
from actselect.estimator._learning import Searches, Trains

__all__ = [
    "AutoRecurrentClassifier",
    "AutoRecurrentRegressor",
    "RecurrentClassifier",
    "RecurrentRegressor",
]


@final
class RecurrentClassifier(Classifies, Trains):
    """Label sequences with one recurrent network.

    Args:
        cell: see ``actselect list cells``.
        activation: on the candidate; see ``actselect list activations``.
        recurrent_activation: on the gates; no matter to a cell without gates.
        output_activation: on the cell state of an LSTM; None for the activation.
        num_layers: recurrent layers.
        hidden_size: units per layer and direction.
        bidirectional: whether each layer also reads backwards.
        head_activation: of a hidden layer before the output; ``"identity"`` for none.
        learning_rate: of Adam.
        max_epochs: training stops earlier when a tenth of the sequences, held out, says so.
        random_state: seed; None draws one.

    After ``fit``: ``classes_`` (K,), ``model_`` the network, ``architecture_``, ``scaling_``,
    ``seed_``, ``n_features_in_`` (columns of a table, otherwise F), and ``feature_names_in_`` when
    X was a frame.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(40, 6, 1)).cumsum(axis=1)
    >>> y = np.where(X[:, -1, 0] > 0, "up", "down")
    >>> model = RecurrentClassifier(cell="gru", max_epochs=20, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.8), model.predict_proba(X).shape
    (True, (40, 2))
    """


@final
class RecurrentRegressor(Regresses, Trains):
    """Predict a number for each sequence with one recurrent network.

    Args and attributes are those of :class:`RecurrentClassifier`, without ``classes_``.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(40, 6))
    >>> model = RecurrentRegressor(max_epochs=2, random_state=0).fit(X, X.sum(axis=1))
    >>> model.predict(X).shape
    (40,)
    """


@final
class AutoRecurrentClassifier(Classifies, Searches):
    """Label sequences with the architecture that :func:`actselect.recommend` recommends.

    Args:
        space: ``"small"`` or ``"full"``.
        cells: cells to search; None for the space's own.
        activations: candidate activations; None for the space's own.
        recurrent_activations: gate activations; None for the space's own.
        depths: numbers of layers; None for the space's own.
        budget: wall time of everything, such as ``"5m"``.
        epochs_budget: training epochs instead of time; makes the result deterministic.
        workers: processes; all cores by default, 0 for none beside this one.
        random_state: root seed; None draws one.
        metric: see ``actselect list metrics``.

    After ``fit``: ``report_`` says what was found and how sure that is; ``model_`` is the
    recommended network, trained on the 80 % of the sequences that are not the study's test part;
    ``classes_`` (K,), ``scaling_``, ``seed_``, ``n_features_in_`` and ``feature_names_in_`` as in
    :class:`RecurrentClassifier`.

    >>> AutoRecurrentClassifier(budget="10m", random_state=0)
    AutoRecurrentClassifier(budget='10m', random_state=0)
    """


@final
class AutoRecurrentRegressor(Regresses, Searches):
    """Predict numbers with the architecture that :func:`actselect.recommend` recommends.

    Args and attributes are those of :class:`AutoRecurrentClassifier`, without ``classes_``.

    >>> AutoRecurrentRegressor(cells=("gru", "lstm"))
    AutoRecurrentRegressor(cells=('gru', 'lstm'))
    """
