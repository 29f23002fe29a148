"""Runs the subjects named on the command line, or all of them."""

import os
import sys
import tempfile
from pathlib import Path

from . import (
    crash,
    hooks,
    hostile,
    integrations,
    jwe,
    jws,
    keys,
    okta_node,
    okta_python,
    openapi,
    page,
    smtp,
    webauthn,
)
from .program import Program
from .report import Report

SUBJECTS = {
    "jwe": jwe.run,
    "jws": jws.run,
    "keys": keys.run,
    "hostile": hostile.run,
    "webauthn": webauthn.run,
    "okta-python": okta_python.run,
    "okta-node": okta_node.run,
    "integrations": integrations.run,
    "smtp": smtp.run,
    "hooks": hooks.run,
    "openapi": openapi.run,
    "page": page.run,
    "crash": crash.run,
}


def main() -> int:
    report = Report()
    with tempfile.TemporaryDirectory(prefix="prereg-interop-") as scratch:
        program = Program(Path(os.environ["PREREG_BIN"]), Path(scratch))
        for name in sys.argv[1:] or SUBJECTS:
            SUBJECTS[name](report, program)
    return report.close()


sys.exit(main())
