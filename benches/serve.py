"""Measures `fenliu serve` on loopback with ghz, beside an empty service of the same stack.

    go install github.com/bojand/ghz/cmd/ghz@v0.120.0
    cargo build --release && cargo build --release -p fenliu-benches --example echo && python benches/serve.py

Prints requests a second and latencies, and exits with 1 where one of these does not hold:
`Route` with the fast model at 64 at once: at least 0.6 times the requests of the empty service, p99 at most twice its own.
`RouteStream` with the fast model: at least 25,000 messages a second.
The cascade: p99 at most 200 ms at the highest load that its line admits; under twice that load the excess is refused in
10 ms (p99), and p99 of what is admitted stays at most 200 ms.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TEXTS = [json.loads(line)["text"] for line in (ROOT / "benches/corpus.jsonl").open(encoding="utf-8")]
WORKERS, WAITING = 2, 32  # the defaults on two cores
failures = []


class Server:
    """A server on a free port, stopped at the end."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self.address

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def echo():
    return Server(BIN / "examples/echo", "127.0.0.1:0")


def fenliu(model, *more):
    return Server(BIN / "fenliu", "serve", "--listen", "127.0.0.1:0", "--model", model, *more)


def ghz(address, call, data, *options):
    """The report of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "data.json"
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        command = [shutil.which("ghz") or "ghz", "--insecure", "--proto", ROOT / "proto/fenliu/v1/router.proto",
                   "--import-paths", ROOT / "proto", "--call", f"fenliu.v1.Router.{call}", "--data-file", path,
                   "--format", "json", *options, address]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def inquiries(count=512):
    return [{"inquiry": {"text": text}} for text in TEXTS[:count]]


def wait(address):
    """Until it has loaded: the first call is answered."""
    while ghz(address, "Route", inquiries(1), "-n", "1", "-c", "1").get("errorDistribution"):
        pass


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def latencies(report, status):
    return [one["latency"] / 1e6 for one in report["details"] if one["status"] == status]


def check(what, holds):
    print(f"{'ok  ' if holds else 'MISS'} {what}")
    if not holds:
        failures.append(what)


def unary():
    options = ("-c", "64", "--connections", "4", "-n", "30000")
    with echo() as peer, fenliu("fast", "--waiting", "128") as ours:
        wait(ours)
        runs = {"echo": [], "fenliu": []}
        for _ in range(3):
            for name, address in (("echo", peer), ("fenliu", ours)):
                report = ghz(address, "Route", inquiries(), *options)
                assert not report.get("errorDistribution"), report["errorDistribution"]
                runs[name].append((report["rps"], percentile(latencies(report, "OK"), 0.99)))
    # The best of three each: what else the machine does only takes away.
    (most, least), (our_most, our_least) = ((max(r for r, _ in run), min(p for _, p in run)) for run in runs.values())
    print(f"Route, 64 at once        echo {most:8.0f}/s p99 {least:6.2f} ms   fast {our_most:8.0f}/s p99 {our_least:6.2f} ms")
    check(f"{our_most / most:.2f} x the requests of the empty service, expected 0.6", our_most >= 0.6 * most)
    check(f"{our_least / least:.2f} x its p99, expected at most 2", our_least <= 2 * least)


def stream():
    messages = [{"request_id": str(i), "inquiry": {"text": text}} for i, text in enumerate(TEXTS[:1000])]
    options = ("-c", "4", "--connections", "4", "-n", "200")
    rates = {}
    with echo() as peer, fenliu("fast", "--waiting", "128") as ours:
        wait(ours)
        for name, address in (("echo", peer), ("fenliu", ours)):
            report = ghz(address, "RouteStream", messages, *options)
            assert not report.get("errorDistribution"), report["errorDistribution"]
            rates[name] = report["rps"] * len(messages)
    print(f"RouteStream, 4 streams   echo {rates['echo']:8.0f}/s   fast {rates['fenliu']:8.0f}/s")
    check(f"{rates['fenliu']:.0f} messages a second, expected 25000", rates["fenliu"] >= 25000)


def overload():
    inside = WORKERS + WAITING
    with fenliu("cascade", "--workers", str(WORKERS), "--waiting", str(WAITING)) as ours:
        wait(ours)
        # As many callers as may be inside.
        full = ghz(ours, "Route", inquiries(), "-c", str(inside), "--connections", "4", "-n", "6000")
        p99 = percentile(latencies(full, "OK"), 0.99)
        print(f"cascade, line full       {full['rps']:8.0f}/s p99 {p99:6.1f} ms   {full['statusCodeDistribution']}")
        check(f"p99 of {p99:.0f} ms at the highest load that is admitted, expected at most 200", p99 <= 200)
        rate = 2 * full["rps"]
        over = ghz(ours, "Route", inquiries(), "-c", "400", "--connections", "4", "--rps", f"{rate:.0f}",
                   "-n", f"{10 * rate:.0f}")
        good, refused = latencies(over, "OK"), latencies(over, "ResourceExhausted")
        others = len(over["details"]) - len(good) - len(refused)
        print(f"cascade, twice as much   {rate:8.0f}/s: {len(good)} answered, p99 {percentile(good, 0.99):.1f} ms; "
              f"{len(refused)} refused, p99 {percentile(refused, 0.99):.1f} ms; {others} others")
        check("some are refused, and nothing else goes wrong", refused and not others)
        check("what is refused is refused in 10 ms", percentile(refused, 0.99) <= 10)
        check("what is admitted is answered in 200 ms", percentile(good, 0.99) <= 200)


if __name__ == "__main__":
    if not shutil.which("ghz"):
        sys.exit("ghz is not there: go install github.com/bojand/ghz/cmd/ghz@v0.120.0")
    unary()
    stream()
    overload()
    sys.exit(1 if failures else 0)
