from matrix.tests.caches import cache_folder, compiled_files

__all__ = ["cache_folder", "compiled_files"]  # which every test uses
