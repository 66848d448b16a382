"""Carry a checkpoint from one model of a staged checkout to another, in the Python that the user trains with.

Run as `python <this folder> REQUEST ANSWERS`, as the probe of verify is, from which it takes all but its own work.
"""

import os
import sys

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    here = os.path.dirname(os.path.abspath(__file__))
    shared = os.path.join(os.path.dirname(os.path.dirname(here)), "verify", "probe")
    sys.path.insert(1, shared)
    import yp_session

    sys.exit(yp_session.main(sys.argv[1], sys.argv[2], "yw_transfer"))
