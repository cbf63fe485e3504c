"""The guide "Choosing activation functions in RNNs" as prior knowledge.

Its picks enter a study first, and the report says whether the data agree.  It never moves a rank:
nothing here is read by the verdict.  Claims, findings of the literature and the names of the tasks
are data, in :mod:`actselect.guide_data`; to add one, add it there.
"""

from __future__ import annotations

from actselect.guide._advice import Advice as Advice
from actselect.guide._advice import Suggestion as Suggestion
from actselect.guide._advice import advice as advice
from actselect.guide._agreement import agreement as agreement
from actselect.guide._claims import Claim as Claim
from actselect.guide._claims import Pick as Pick
from actselect.guide._claims import Tension as Tension
from actselect.guide._claims import claim as claim
from actselect.guide._claims import claims as claims
from actselect.guide._claims import picks as picks
from actselect.guide._claims import tensions as tensions
from actselect.guide._findings import Finding as Finding
from actselect.guide._findings import Strength as Strength
from actselect.guide._findings import findings as findings
from actselect.guide._judged import judged as judged
from actselect.guide._phrases import Phrases as Phrases
from actselect.guide._phrases import counted as counted
from actselect.guide._phrases import phrases as phrases
from actselect.guide._runs import OurRuns as OurRuns
from actselect.guide._runs import our_runs as our_runs
from actselect.guide._tasks import GuideTask as GuideTask
from actselect.guide._tasks import task as task
from actselect.guide._tasks import tasks as tasks
