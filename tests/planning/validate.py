#!/usr/bin/env python3
"""Two outside validators on one plan: `aries-val` (PyPI up-aries) and unified-planning's sequential one.

    validate.py DOMAIN PROBLEM PLAN          ends with 0 when both accept; says which does not
    validate.py --original DOMAIN PROBLEM PLAN     the plan is of the imported world: names of split actions are put together
"""
import re
import sys
from pathlib import Path


def main():
    words = sys.argv[1:]
    is_original = words[:1] == ["--original"]
    domain, problem, plan = words[is_original:]
    from unified_planning.io import PDDLReader
    from unified_planning.engines import SequentialPlanValidator
    from unified_planning.shortcuts import get_environment
    get_environment().credits_stream = None
    read = PDDLReader().parse_problem(domain, problem)
    text = Path(plan).read_text()
    if is_original:
        text = re.sub(r"\(([^ )]*)_cost_[0-9._]+", r"(\1", text)
    steps = PDDLReader().parse_plan_string(read, text)
    failed = []
    sequential = SequentialPlanValidator()
    sequential.skip_checks = True  # costs that are functions are not in its list of what it knows
    if not bool(sequential.validate(read, steps)):
        failed.append("unified-planning refuses it")
    try:
        from up_aries import AriesVal
        aries = AriesVal()
        aries.skip_checks = True
        if not bool(aries.validate(read, steps)):
            failed.append("aries-val refuses it")
    except Exception as problem_of_validator:  # what it cannot read it does not judge: said, never taken for a yes
        failed.append(f"aries-val gives no answer: {problem_of_validator!r}")
    print("; ".join(failed) or f"both accept {len(steps.actions)} actions")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
