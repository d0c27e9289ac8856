"""All models of the study by name: the networks of the registry, and machines on features."""

from models.registry import STUDY_NETWORKS
from training.study.machines.average import NAME as AVERAGE
from training.study.machines.average import AverageModel
from training.study.machines.kernel import KernelModel
from training.study.machines.rocket import RocketModel
from training.study.machines.trees import TreesModel
from training.study.model import StudyModel
from training.study.networks import NetworkModel
from training.study.ward.in_service import SERVICE_MODELS
from wardbeat.errors import TrainingError

MODELS: dict[str, StudyModel] = {
    **{name: NetworkModel(name) for name in STUDY_NETWORKS},
    "kernel": KernelModel(),
    "rocket": RocketModel(),
    "trees": TreesModel(),
    **SERVICE_MODELS,
}
MODELS[AVERAGE] = AverageModel(MODELS, (*STUDY_NETWORKS, "rocket"))


def study_model(name: str) -> StudyModel:
    """The model of this name.

    Raises
    ------
    TrainingError
        If there is none.
    """
    if name not in MODELS:
        raise TrainingError(f"model {name!r}: the study has {', '.join(sorted(MODELS))}; name one of these")
    return MODELS[name]
