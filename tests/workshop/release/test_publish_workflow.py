"""publish.yml publishes the files that the builders of wheels.yml have made and its last job has checked."""

import json
import os
import shutil
import subprocess

import pytest
import yaml

from workshop.repository import ROOT

PARSED = {
    name: yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8"))
    for name in ("wheels.yml", "publish.yml")
}
ON = True  # what `on:` is in YAML 1.1


def step_of(name, job, what):
    """Return the number of the one step of a job that mentions `what`, and the step."""
    steps = PARSED[name]["jobs"][job]["steps"]
    ((number, step),) = ((i, step) for i, step in enumerate(steps) if what in json.dumps(step))
    return number, step


def test_what_is_published_are_the_builders_own_artifacts():
    publish = PARSED["publish.yml"]["jobs"]
    assert publish["wheels"]["uses"] == "$/.github/workflows/wheels.yml"
    downloads = [
        step_of("publish.yml", "publish", "actions/download-artifact@"),
        step_of("wheels.yml", "complete", "actions/download-artifact@"),
    ]
    assert [step["with"].pop("path") for _, step in downloads] == ["dist", "wheelhouse"]
    assert downloads[0][1]["with"] == downloads[1][1]["with"] == {"pattern": "files-*"}
    uploads = [
        step["with"]["name"]
        for job in PARSED["wheels.yml"]["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("actions/upload-artifact@")
    ]
    assert uploads == ["files-sdist", "files-${{ matrix.runner }}-${{ matrix.group }}"]


def test_the_sums_that_publishing_compares_with_are_from_before_any_tool_has_run():
    seen, step = step_of("wheels.yml", "complete", "GITHUB_OUTPUT")
    assert seen == step_of("wheels.yml", "complete", "actions/download-artifact@")[0] + 1
    check, _ = step_of(
        "wheels.yml", "complete",
        "uv run --locked --only-group workshop nox --script-mode none --parallel 1"
        " -s check-wheels -- --platform all",
    )  # fmt: skip
    runs = [i for i, step in enumerate(PARSED["wheels.yml"]["jobs"]["complete"]["steps"]) if "run" in step]
    assert runs == [seen, check]
    # From there to the job that publishes.
    assert PARSED["wheels.yml"]["jobs"]["complete"]["outputs"] == {
        "sums": f"${{{{ steps.{step['id']}.outputs.sums }}}}"
    }
    call = PARSED["wheels.yml"][ON]["workflow_call"]
    assert call["outputs"]["sums"]["value"] == "${{ jobs.complete.outputs.sums }}"
    compared, step = step_of("publish.yml", "publish", "sha256sum")
    assert step["env"] == {"SUMS": "${{ needs.wheels.outputs.sums }}"}
    order = [step_of("publish.yml", "publish", what)[0] for what in ("download-artifact@", "attest-action@")]
    assert order[0] < compared < order[1] < step_of("publish.yml", "publish", "uv publish")[0]


def run_step(step, cwd, **environ):
    """Run a step's commands as GitHub does where it says `shell: bash`."""
    assert step["shell"] == "bash"
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environ}, capture_output=True, encoding="utf-8", check=False
    )


@pytest.fixture
def artifacts(tmp_path):
    """Return the folder of publish.yml with the builders' artifacts, and the sums that Complete has seen."""
    for name in ("files-sdist/a.tar.gz", "files-x/b.whl", "files-y/c d.whl"):
        (tmp_path / "wheelhouse" / name).parent.mkdir(parents=True)
        (tmp_path / "wheelhouse" / name).write_text(name, encoding="utf-8")
    shutil.copytree(tmp_path / "wheelhouse", tmp_path / "dist")
    output = tmp_path / "output"
    _, step = step_of("wheels.yml", "complete", "GITHUB_OUTPUT")
    assert run_step(step, tmp_path, GITHUB_OUTPUT=str(output)).returncode == 0
    first, *lines, last = output.read_text(encoding="utf-8").splitlines()
    assert (first, len(lines), last) == ("sums<<END", 3, "END")
    return tmp_path, "\n".join(lines)


def compare(artifacts):
    _, step = step_of("publish.yml", "publish", "sha256sum")
    return run_step(step, artifacts[0], SUMS=artifacts[1]).returncode


@pytest.mark.skipif(os.name != "posix", reason="these steps run on GitHub's Linux")
def test_the_files_that_were_checked_are_published(artifacts):
    assert compare(artifacts) == 0


@pytest.mark.skipif(os.name != "posix", reason="these steps run on GitHub's Linux")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda dist: (dist / "files-x" / "b.whl").write_text("another", encoding="utf-8"),
        lambda dist: (dist / "files-x" / "b.whl").unlink(),
        lambda dist: (dist / "files-x" / "more.whl").touch(),
        lambda dist: (dist / "files-x" / "link.whl").symlink_to("b.whl"),
        lambda dist: (dist / "files-x" / "b.whl").rename(dist / "files-y" / "b.whl"),
        lambda dist: (dist / "files-x" / "b.whl").rename(dist / "files-x" / "b\n.whl"),
        shutil.rmtree,
        lambda dist: [file.unlink() for file in dist.glob("*/*")],
    ],
    ids=["another", "missing", "more", "a link", "moved", "renamed", "no folder", "nothing"],
)
def test_any_other_files_are_not(artifacts, spoil):
    spoil(artifacts[0] / "dist")
    assert compare(artifacts) != 0


@pytest.mark.skipif(os.name != "posix", reason="these steps run on GitHub's Linux")
def test_without_sums_nothing_is_published(artifacts):
    assert compare((artifacts[0], "")) != 0
    shutil.rmtree(artifacts[0] / "dist")
    (artifacts[0] / "dist").mkdir()
    assert compare((artifacts[0], "")) != 0
