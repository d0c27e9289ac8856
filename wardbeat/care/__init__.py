"""The rules of patient care without I/O: alert life cycle, admissions, escalation, audio pause, audit."""
