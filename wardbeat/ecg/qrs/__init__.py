"""QRS detection: filters, energy levels, the QRS network and pace pulses, as compiled kernels over carried state."""
