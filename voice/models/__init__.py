"""Model files: what there is, where each comes from, and where it lies on this machine.

`catalogue` names every model with its files' sizes, hashes, licence and ordered sources. `ModelStore` resolves a name
to paths and never downloads; `pull.pull` fetches, verified, resumable and once for all processes, and is imported by
name where it is wanted: resolving is for every start, pulling, with its HTTP client, for one.

Knows nothing of audio, of sessions or of configuration files. Called by the providers in `voice.providers` (paths) and
by the command line (list, pull).
"""

from voice.models.catalogue import CATALOGUE, Model, ModelFile
from voice.models.store import ModelState, ModelStore

__all__ = ["CATALOGUE", "Model", "ModelFile", "ModelState", "ModelStore"]
