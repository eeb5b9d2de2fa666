"""`make bench`: every benchmark of the project, one after the other."""

from __future__ import annotations

from benchmarks import questions, throughput

if __name__ == "__main__":
    throughput.main()
    questions.main()
