"""PTB-XL: 12-lead ECG of 10 s with statements of cardiologists (Wagner et al. 2020, doi:10.1038/s41597-020-0495-6)."""
