#!/usr/bin/env python3
"""Asks the command line for the best composition of made-up services, and compares with exhaustive search.

    check.py --samos BINARY [--seeds N] [--first SEED]

Each answer is executed again, on the files of the task and not on the world made of them. Prints the seed of what
fails, and 'N passed, N failed'.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import convert
import generate


def ask(samos, folder, objective):
    """The answer of `samos plan`: its exit code and its JSON."""
    command = [samos, "plan", "--world", str(folder / "world.ttl"), "--minimize", objective, "-o", "json"]
    for option, file in (("--given", "given.txt"), ("--want", "wanted.txt")):
        for concept in (folder / file).read_text().split():
            command += [option, concept]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    try:
        return ended.returncode, json.loads(ended.stdout)
    except ValueError:
        return ended.returncode, {"said": ended.stdout + ended.stderr}


def judge(task, expected, objective, code, answer):
    """What is wrong with an answer, or nothing."""
    if "said" in answer:
        return f"exit {code}: {answer['said'][:400]}"
    if not answer["search"]["complete"]:
        return f"the search hit a limit: {answer['search']}"
    if expected is None:
        if code != 3 or answer["plans"]:
            return f"exit {code} and {len(answer['plans'])} plans where there is none"
        return None if answer.get("nearest") else "no nearest miss"
    if code != 0 or not answer["plans"]:
        return f"exit {code} and no plan, where {expected[objective]} is best"
    if objective == "pareto":
        front = [(plan["cost"]["operations"], plan["cost"]["layers"]) for plan in answer["plans"]]
        if front != [tuple(one) for one in expected[objective]]:
            return f"the front is {front}, where it is {expected[objective]}"
        wrong = (executed(task, plan, objective) for plan in answer["plans"])
        return next((one for one in wrong if one), None)
    plan = answer["plans"][0]
    cost = plan["cost"]
    first = {"cost": "price", "makespan": "makespan_s"}.get(objective)
    reached = (cost["operations"], cost["layers"]) if first is None else (cost[first], cost["operations"])
    if reached != tuple(expected[objective]):
        return f"{reached}, where {expected[objective]} is best"
    return executed(task, plan, objective)


def executed(task, plan, objective):
    """What is wrong with a plan when it is executed again, or nothing. Who wants it soon takes each thing from what
    ends first, which need not be what takes the fewest rounds; and the other way round."""
    cost = plan["cost"]
    chosen = [step["operation"].removeprefix(convert.NAMESPACE) for step in plan["steps"]]
    if len(chosen) != cost["operations"]:
        return f"{len(chosen)} steps, said to be {cost['operations']}"
    if objective == "makespan":
        again, said = generate.makespan(task, chosen), cost["makespan_s"]
    else:
        again, said = generate.rounds(task, chosen), cost["layers"]
    if again != said:
        return f"executed it takes {again}, said to take {said}"
    paid = generate.price(task, chosen)
    return None if paid == cost["price"] else f"executed it costs {paid}, said to cost {cost['price']}"


def main():
    """The command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--samos", required=True)
    words.add_argument("--seeds", type=int, default=40)
    words.add_argument("--first", type=int, default=1)
    words = words.parse_args()
    passed = failed = unsolvable = 0
    for seed in range(words.first, words.first + words.seeds):
        task = generate.make(seed)
        expected = generate.optima(task)
        unsolvable += expected is None
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            generate.write(task, folder)
            convert.convert(convert.read(folder), folder)
            for objective in ("operations", "layers", "cost", "makespan", "pareto"):
                wrong = judge(task, expected, objective, *ask(words.samos, folder, objective))
                passed += not wrong
                failed += bool(wrong)
                if wrong:
                    print(f"seed {seed}, {objective}: {wrong}")
    print(f"composition: {words.seeds} tasks, {unsolvable} of them without a solution")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
