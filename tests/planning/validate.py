#!/usr/bin/env python3
"""Two outside validators on one plan: `aries-val` (PyPI up-aries) and unified-planning's sequential one.

    validate.py DOMAIN PROBLEM PLAN          ends with 0 when both accept; says which does not
    validate.py --original DOMAIN PROBLEM PLAN     the plan is of the imported world: names of split actions are put together
"""
import re
import sys
from pathlib import Path


def read(domain, problem, plan, is_original=False):
    """The problem and the plan as unified-planning has them."""
    from unified_planning.io import PDDLReader
    from unified_planning.shortcuts import get_environment
    get_environment().credits_stream = None
    task = PDDLReader().parse_problem(str(domain), str(problem))
    text = Path(plan).read_text()
    if is_original:
        named = {action.name for action in task.actions}
        text = re.sub(r"\(([^ )]*)", lambda found: f"({original(found[1], named)}", text)
    return task, PDDLReader().parse_plan_string(task, text)


def original(name, named):
    """What an action was called before it was one for each cost, and one for each choice of some of its things."""
    plain = re.sub(r"_cost_[0-9._]+$", "", name)
    for own in (name, plain):
        if own in named:
            return own
    return next((own for own in sorted(named, key=len, reverse=True) if plain.startswith(f"{own}_for_")), plain)


def sequential(task, steps):
    """What unified-planning's validator says: nothing when it accepts."""
    from unified_planning.engines import SequentialPlanValidator
    validator = SequentialPlanValidator()
    validator.skip_checks = True  # costs that are functions are not in its list of what it knows
    said = validator.validate(task, steps)
    return None if said else f"unified-planning refuses it: {said.reason} {said.inapplicable_action or ''}".strip()


def aries(task, steps):
    """What aries-val says: nothing when it accepts."""
    from up_aries import AriesVal
    validator = AriesVal()
    validator.skip_checks = True
    return None if validator.validate(task, steps) else "aries-val refuses it"


def main():
    words = sys.argv[1:]
    is_original = words[:1] == ["--original"]
    task, steps = read(*words[is_original:], is_original=is_original)
    failed = [sequential(task, steps)]
    try:
        failed.append(aries(task, steps))
    except Exception as problem_of_validator:  # what it cannot read it does not judge: said, never taken for a yes
        failed.append(f"aries-val gives no answer: {problem_of_validator!r}")
    failed = [one for one in failed if one]
    print("; ".join(failed) or f"both accept {len(steps.actions)} actions")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
