"""A process that makes answers for another one: jobs come on standard input, bytes go out.

A process that must stay small and quick, such as a web server, leaves numerical libraries and plots
to this one, and ends it when it takes too long. Both directions carry frames: eight bytes with the
length, then a pickle, of which both ends are ours. The process ends with its standard input.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from typing import BinaryIO

from .jobs import LENGTH, Done, Job, frame
from .refusal import SynthesisRefused

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What keeps numerical libraries from making threads of their own."""


def do(job: Job) -> Done:
    """The outcome of a job."""
    from .answer import answer
    from .compatibility import Incompatible
    from .forms import written

    try:
        made = answer(job.request, job.asked, job.rows, job.flags, job.release)
        return Done(written(made, job.form))
    except SynthesisRefused as error:
        return Done(reasons=error.reasons, forcible=isinstance(error, Incompatible))


def serve(jobs: BinaryIO, outcomes: BinaryIO) -> None:
    """Does job after job until there are no more."""
    while len(head := jobs.read(LENGTH)) == LENGTH:
        data = jobs.read(int.from_bytes(head, "big"))
        try:
            done = do(pickle.loads(data))  # noqa: S301  made by the process that started this one
        except Exception:
            # One job must not end the others; the log has the reason.
            traceback.print_exc()
            done = Done()
        try:
            outcomes.write(frame(done))
            outcomes.flush()
        except BrokenPipeError:
            return  # nobody waits for it any more


def main() -> None:
    """Serves on standard input and output; what prints goes to standard error."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    outcomes = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, outcomes)


if __name__ == "__main__":
    main()
