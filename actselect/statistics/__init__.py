"""The statistics of selection: pure functions on scores of repeats.

Notation: a table of scores has R repeats (rows) and A architectures (columns); k repeats that two
columns share.  Inside this package lower is better.  rho = n_score / n_train of a repeat.  A score
of NaN was not run; +inf is a training that diverged.  A metric that is a rate over n examples comes
with n, as ``examples``.

- One comparison: :func:`p_above`, :func:`p_beyond`, :func:`interval`.
- Looking repeatedly: :func:`over_looks`.
- Many comparisons: :func:`shown_above`, :func:`probability_best`.
- What selection adds to a score: :func:`optimism`.
- What a decision takes: :func:`repeats_to_show`, :func:`foreseeable`, :func:`least_visible`.
- The test part: :func:`bootstrap_interval`.
"""

from __future__ import annotations

from actselect.statistics._looks import FIRST as FIRST
from actselect.statistics._looks import LAST as LAST
from actselect.statistics._looks import over_looks as over_looks
from actselect.statistics._looks import single_look as single_look
from actselect.statistics._needed import foreseeable as foreseeable
from actselect.statistics._needed import least_visible as least_visible
from actselect.statistics._needed import repeats_to_show as repeats_to_show
from actselect.statistics._paired import LEVEL as LEVEL
from actselect.statistics._paired import interval as interval
from actselect.statistics._paired import p_above as p_above
from actselect.statistics._paired import p_beyond as p_beyond
from actselect.statistics._paired import paired as paired
from actselect.statistics._paired import penalised as penalised
from actselect.statistics._paired import spread as spread
from actselect.statistics._paired import standard_error as standard_error
from actselect.statistics._selection import optimism as optimism
from actselect.statistics._several import holm as holm
from actselect.statistics._several import probability_best as probability_best
from actselect.statistics._several import shown_above as shown_above
from actselect.statistics._test import bootstrap_interval as bootstrap_interval
