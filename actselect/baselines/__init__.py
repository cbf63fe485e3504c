"""What every ranking must beat: models without a recurrent network, on plain arrays.

A *fit* function takes training data and returns a *predict* function.  Which of them apply to a
task is that task's business.
"""

from __future__ import annotations

from actselect.baselines._captions import fit_nearest_image as fit_nearest_image
from actselect.baselines._captions import flat_images as flat_images
from actselect.baselines._captions import most_frequent_caption as most_frequent_caption
from actselect.baselines._events import bernoulli_nll as bernoulli_nll
from actselect.baselines._events import fit_marginals as fit_marginals
from actselect.baselines._events import fit_repeat as fit_repeat
from actselect.baselines._forecasts import linear_errors as linear_errors
from actselect.baselines._forecasts import steps_before as steps_before
from actselect.baselines._forecasts import with_error_quantiles as with_error_quantiles
from actselect.baselines._language import fit_ngram as fit_ngram
from actselect.baselines._language import fit_unigram as fit_unigram
from actselect.baselines._multilabel import fit_label_shares as fit_label_shares
from actselect.baselines._multilabel import fit_multilabel_logistic as fit_multilabel_logistic
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
from actselect.baselines._numbers import summary_features as summary_features
from actselect.baselines._tags import fit_majority_tag as fit_majority_tag
from actselect.baselines._tags import fit_most_frequent_tag as fit_most_frequent_tag
from actselect.baselines._text import fit_multilabel_tfidf as fit_multilabel_tfidf
from actselect.baselines._text import fit_tfidf as fit_tfidf
