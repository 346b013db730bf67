"""Model files: what there is, where each comes from, and where it lies on this machine.

`catalogue` names every model with its files' sizes, hashes, licence and ordered sources. `ModelStore` resolves a name
to paths and never downloads while doing so; `ModelStore.pull` fetches, verified, resumable and once for all processes.

Knows nothing of audio, of sessions or of configuration files. Called by the providers in `voice.providers` (paths) and
by the command line (list, pull).
"""

from voice.models.catalogue import CATALOGUE, Model, ModelFile
from voice.models.store import ModelState, ModelStore, Phase, Progress, PullFailed

__all__ = ["CATALOGUE", "Model", "ModelFile", "ModelState", "ModelStore", "Phase", "Progress", "PullFailed"]
