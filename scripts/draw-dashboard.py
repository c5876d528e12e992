#!/usr/bin/env python3
"""Draws examples/monitoring/dashboard.json with the data of a Prometheus, where no Grafana is at hand. Needs matplotlib.

Usage: scripts/draw-dashboard.py PROMETHEUS_URL PICTURE.png [SECONDS]
"""

import json
import pathlib
import re
import sys
import time
import urllib.parse
import urllib.request

import matplotlib

matplotlib.use("Agg")
from matplotlib import dates, pyplot, ticker  # noqa: E402

FILE = pathlib.Path(__file__).parent.parent / "examples/monitoring/dashboard.json"
UNITS = {"bytes": (1 / 2**20, "MiB"), "s": (1, "s"), "percentunit": (100, "%"), "reqps": (1, "/s"), "ops": (1, "/s")}


def series(base, expression, seconds):
    """The series of an expression: (labels, times, values)."""
    expression = expression.replace("$__rate_interval", "30s").replace("$bridge", ".*")
    now = time.time()
    question = {"query": expression, "start": now - seconds, "end": now, "step": max(1, seconds // 200)}
    with urllib.request.urlopen(f"{base}/api/v1/query_range?{urllib.parse.urlencode(question)}") as answer:
        found = json.load(answer)["data"]["result"]
    for one in found:
        points = [(float(at), float(value)) for at, value in one["values"] if value not in ("NaN", "+Inf")]
        if points:
            yield one["metric"], [dates.epoch2num(at) if hasattr(dates, "epoch2num") else at / 86400 for at, _ in points], [
                value for _, value in points
            ]


def legend(pattern, labels):
    """The series' name, as Grafana makes it."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), pattern).strip()


def draw(base, picture, seconds):
    """Draws all panels; says which of them have no data."""
    panels = json.loads(FILE.read_text())["panels"]
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = pyplot.figure(figsize=(20, height * 0.42), dpi=70)
    grid = figure.add_gridspec(height, 24, hspace=2.2, wspace=3.5, left=0.03, right=0.98, top=0.985, bottom=0.015)
    pyplot.rcParams.update({"font.size": 8})
    for panel in panels:
        place = panel["gridPos"]
        axes = figure.add_subplot(grid[place["y"] : place["y"] + place["h"], place["x"] : place["x"] + place["w"]])
        if panel["type"] == "row":
            axes.axis("off")
            axes.text(0, 0.3, panel["title"], weight="bold", size=13)
            continue
        factor, unit = UNITS.get(panel["fieldConfig"]["defaults"].get("unit"), (1, ""))
        axes.set_title(panel["title"] + (f" ({unit})" if unit else ""), loc="left", size=9)
        drawn = 0
        words = []
        for target in panel["targets"]:
            for labels, times, values in series(base, target["expr"], seconds):
                name = legend(target["legendFormat"], labels)
                drawn += 1
                if panel["type"] == "stat":
                    mappings = panel["fieldConfig"]["defaults"].get("mappings", [{}])[0].get("options", {})
                    shown = mappings.get(f"{values[-1]:.0f}", {}).get("text", f"{values[-1] * factor:.3g} {unit}")
                    words.append(f"{name} {shown}".strip())
                else:
                    axes.plot(times, [value * factor for value in values], label=name, linewidth=1)
        if panel["type"] == "stat":
            axes.axis("off")
            axes.text(0.5, 0.4, "\n".join(words) or "no data", size=15, ha="center", va="center")
        elif drawn:
            axes.set_ylim(bottom=0 if panel["fieldConfig"]["defaults"].get("min") == 0 else None)
            axes.xaxis.set_major_locator(ticker.MaxNLocator(4))
            axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
            axes.grid(alpha=0.3)
            axes.legend(fontsize=6, ncol=2, framealpha=0.5)
        if not drawn:
            print(f"no data: {panel['title']}")
    figure.savefig(picture)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    draw(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 600)
