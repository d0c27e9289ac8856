"""The networks of the study, one a file. :mod:`models.registry` lists them beside the ward's."""
