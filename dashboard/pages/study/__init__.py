"""The page ``/study``: upload a picture of a beat or a record. Start in :mod:`dashboard.pages.study.app`."""
