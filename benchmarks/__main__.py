"""`make bench`: every benchmark of the project, one after the other."""

from __future__ import annotations

from benchmarks import extract, questions, throughput

if __name__ == "__main__":
    extract.main([])
    throughput.main()
    questions.main()
