from matrix.tests.caches import cache_folder

__all__ = ["cache_folder"]  # which every test uses
