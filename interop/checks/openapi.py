"""schemathesis fuzzes the running server by its own OpenAPI document."""

import json
import re
import subprocess
import sys
from pathlib import Path

from .program import Program
from .report import Report
from .server import program_path, serving

CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
        "ignored_auth",
    )
)
EXAMPLES = "20"


def run(report: Report, program: Program) -> None:
    with serving(program_path(), program.scratch, "--set=rate_limit.per_minute=1000000") as server:
        with report.check("openapi: the served document is the golden one") as check:
            served = server.okta("GET", "/openapi.json").json()
            golden = json.loads(_golden().read_text())
            served.pop("servers", None)
            golden.pop("servers", None)
            check.equal("openapi.json", served == golden, True)
        with report.check("openapi: schemathesis finds no breach") as check:
            server.add_user("fuzzed@example.com")
            schemathesis = Path(sys.executable).with_name("schemathesis")
            done = subprocess.run(
                [
                    str(schemathesis), "run", f"{server.okta_url}/openapi.json",
                    "--url", server.okta_url, "--checks", CHECKS,
                    "--max-examples", EXAMPLES, "--seed", "1", "--no-color",
                    "--header", f"Authorization: SSWS {server.okta_token}",
                ],
                capture_output=True,
                text=True,
                timeout=900,
                check=False,
                cwd=program.scratch,
            )  # fmt: skip
            summary = re.findall(r"^.*(?:generated|passed|Operations|Selected).*$", done.stdout, re.MULTILINE)
            check.note = "; ".join(line.strip() for line in summary[-3:])[:160]
            check.holds("schemathesis", done.returncode == 0, done.stdout[-3000:])
            if done.returncode:
                print(done.stdout[-6000:], file=sys.stderr)


def _golden() -> Path:
    return Path(__file__).resolve().parents[2] / "crates" / "prereg" / "openapi.json"
