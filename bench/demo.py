"""The demo over many seeds: are the five listed people prompted, and nobody else?

    python bench/demo.py --seeds 20

Each seed is another town: another cast, street, crowd and light. The real command is run with its
defaults, but for `--fast`, so that every frame is analysed whatever else the machine does, or with
`--live` at the camera's own pace.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

OVERT = Path(sys.executable).parent / "overt"


def main() -> None:
    """Run the demo for each seed and count."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--first", type=int, default=1)
    options.add_argument("--pack", default="builtin")
    options.add_argument("--live", action="store_true", help="at the camera's own pace")
    asked = options.parse_args()
    perfect, true, false, listed, passers = 0, 0, 0, 0, 0
    for seed in range(asked.first, asked.first + asked.seeds):
        command = [str(OVERT), "demo", "--headless", "--json", "--seed", str(seed)]
        command += ["--pack", asked.pack, *([] if asked.live else ["--fast"])]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        result = json.loads(done.stdout)
        rates = result["rates"]
        scores = sorted(prompt["similarity"] for prompt in result["prompts"])
        good = rates["tpir"]["events"] == rates["tpir"]["trials"] == 5 and not rates["false_alerts"]
        perfect += good
        true += rates["tpir"]["events"]
        listed += rates["tpir"]["trials"]
        false += rates["false_alerts"]
        passers += rates["fpir"]["trials"]
        print(
            f"seed {seed:3}: {rates['tpir']['events']} of {rates['tpir']['trials']} listed, "
            f"{rates['false_alerts']} false; similarities {scores}; threshold "
            f"{result['threshold']}; {result['timing']['frames_per_s']} frames a second, p95 "
            f"{result['capture_to_prompt_ms']['p95']} ms{'' if good else '   <--'}",
            flush=True,
        )
    print(
        f"{perfect} of {asked.seeds} seeds: all five prompted and nobody else; {true} of {listed} "
        f"listed passes, {false} false alerts over {passers} passes of others"
    )


if __name__ == "__main__":
    main()
