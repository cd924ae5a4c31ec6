"""Which wheel each interpreter gets, and what is wrong with it.

Folders depend on those before them only: ``base``, ``interpreters``, ``wheels``, ``checking``, then the
command line.
"""
