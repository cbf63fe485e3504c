"""What every ranking must beat: models without a recurrent network, on plain arrays.

A *fit* function takes training data and returns a *predict* function.  Which of them apply to a
task is that task's business.
"""

from __future__ import annotations

from actselect.baselines._numbers import FORECAST_WINDOWS as FORECAST_WINDOWS
from actselect.baselines._numbers import FitClassifier as FitClassifier
from actselect.baselines._numbers import FitRegressor as FitRegressor
from actselect.baselines._numbers import Sequences as Sequences
from actselect.baselines._numbers import balanced_weights as balanced_weights
from actselect.baselines._numbers import fit_linear_forecast as fit_linear_forecast
from actselect.baselines._numbers import fit_logistic as fit_logistic
from actselect.baselines._numbers import fit_majority as fit_majority
from actselect.baselines._numbers import fit_mean as fit_mean
from actselect.baselines._numbers import fit_median as fit_median
from actselect.baselines._numbers import fit_nearest as fit_nearest
from actselect.baselines._numbers import fit_ridge as fit_ridge
from actselect.baselines._numbers import fit_ridge_classifier as fit_ridge_classifier
from actselect.baselines._numbers import resampled as resampled
from actselect.baselines._numbers import seasonal_naive as seasonal_naive
from actselect.baselines._numbers import summary_features as summary_features
