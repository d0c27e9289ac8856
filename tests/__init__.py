"""Tests mirror the tree. A package, so that `import tests` is this folder and no dependency's."""
