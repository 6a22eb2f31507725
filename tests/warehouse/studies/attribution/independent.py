"""Makes `independent.json`: what the library `marketing-attribution-models` says of some paths.

It is run once, in an environment of its own, as it brings a lot that we do not need:
`pip install marketing-attribution-models==2.1.1; python independent.py`.
"""

import importlib
import json
import random
from importlib.metadata import version
from pathlib import Path

CHANNELS = ("Direct", "Email", "Display", "Paid Search")
PACKAGE = "marketing-attribution-models"
HALF_LIFE_HOURS = 84


def journeys(seed, count=60):
    """Return random touchpoints, as channels and hours before the end, and whether one converts."""
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        size = dice.randint(1, 5)
        hours = sorted(dice.sample(range(700), size - 1), reverse=True)
        path = [dice.choice(CHANNELS) for _ in range(size)]
        found.append({"path": path, "hours": [*hours, 0], "converts": dice.random() < 0.5})
    return found


def credit(told):
    """Return each model's credit by channel; of the chain, the normalised removal effects."""
    mam = importlib.import_module("mam")
    frame = importlib.import_module("pandas").DataFrame(
        {
            "journey_id": [str(number) for number in range(len(told))],
            "path": [" > ".join(one["path"]) for one in told],
            "hours": [" > ".join(map(str, one["hours"])) for one in told],
            "converts": [one["converts"] for one in told],
        }
    )
    made = mam.MAM(
        frame,
        format_type="journey",
        channels_colname="path",
        journey_with_conv_colname="converts",
        time_till_conv_colname="hours",
        user_id_colname="journey_id",
    )
    results = {
        "first_touch": made.run_first_click(),
        "last_touch": made.run_last_click(),
        "linear": made.run_linear(),
        "position_based": made.run_position_based(),
        "time_decay": made.run_time_decay(half_life_hours=HALF_LIFE_HOURS),
    }
    chain = made.run_markov(transition_to_same_state=True).metadata["removal_effect"]
    effects = chain["removal_effect"]
    conversions = sum(one["converts"] for one in told)
    found = {"markov": dict(effects / effects.sum() * conversions)}
    for name, result in results.items():
        table = result.to_pandas()
        found[name] = dict(zip(map(str, table["channels"]), table["attribution"], strict=True))
    return found


def main():
    """Write what the library says of some sets of journeys."""
    every = [{"journeys": journeys(seed), "credit": credit(journeys(seed))} for seed in range(4)]
    text = json.dumps({"made_by": f"{PACKAGE} {version(PACKAGE)}", "sets": every})
    Path(__file__).with_suffix(".json").write_text(text + "\n")


if __name__ == "__main__":
    main()
