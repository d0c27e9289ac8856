"""The patient monitor: pure code that turns one patient's ECG into beats, windows, rhythm, alerts and status."""

from processors.monitor.chunk_order import ChunkCounts, Refused
from processors.monitor.model_requests import ModelAnswer, ModelRequest
from processors.monitor.patient_monitor import MonitorConfig, Output, PatientMonitor, Step, config_of
from processors.monitor.rhythm.conditions import RhythmLimits
from wardbeat.care.admissions import PatientSettings
from wardbeat.contracts.messages import EcgChunk

__all__ = [
    "ChunkCounts",
    "EcgChunk",
    "ModelAnswer",
    "ModelRequest",
    "MonitorConfig",
    "Output",
    "PatientMonitor",
    "PatientSettings",
    "Refused",
    "RhythmLimits",
    "Step",
    "config_of",
]
