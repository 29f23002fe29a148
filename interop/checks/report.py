"""One line per check, and a closing line."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

SHOWN_FAULTS = 20


class Check:
    """One line of the report: so many cases, of which all must hold."""

    def __init__(self) -> None:
        self.cases = 0
        self.faults: list[str] = []
        self.note = ""

    def equal(self, case: str, got: object, expected: object) -> None:
        self.holds(case, got == expected, f"got {got!r}, expected {expected!r}")

    def holds(self, case: str, holds: bool, otherwise: str = "does not hold") -> None:
        self.cases += 1
        if not holds:
            self.faults.append(f"{case}: {otherwise}"[:300])

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Counts a case that fails by raising."""
        self.cases += 1
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever a library raises is its verdict
            self.faults.append(f"{name}: {type(error).__name__}: {error}"[:300])


class Report:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextmanager
    def check(self, name: str) -> Iterator[Check]:
        check = Check()
        try:
            yield check
        except Exception:  # noqa: BLE001 - a check that breaks has failed
            check.faults.append(traceback.format_exc())
        if not check.cases and not check.faults:
            check.faults.append("no case was tried")
        self._write(name, check)

    def close(self) -> int:
        """Writes the closing line and gives the exit code."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0

    def _write(self, name: str, check: Check) -> None:
        note = f"; {check.note}" if check.note else ""
        if check.faults:
            self.failed += 1
            print(f"FAIL  {name} ({len(check.faults)} of {check.cases} cases{note})", flush=True)
            for fault in check.faults[:SHOWN_FAULTS]:
                print(f"      {fault}", flush=True)
            return
        self.passed += 1
        cases = "1 case" if check.cases == 1 else f"{check.cases} cases"
        print(f"ok    {name} ({cases}{note})", flush=True)
