"""Build the models of a staged checkout and check them, in the Python that the user trains with.

Run as `python <this folder> REQUEST ANSWERS`: the request is one JSON document, the answers are one JSON object a line.
Standard library and torch only; Python 3.6 and up; nothing of yolo_patcher is imported.
"""

import sys

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    import yp_session

    sys.exit(yp_session.main(sys.argv[1], sys.argv[2], "yp_cases"))
