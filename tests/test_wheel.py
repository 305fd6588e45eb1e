"""The installed wheel works like the checkout: pages, styles, numbers and migrations come with it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPEN_A_ROOM = """
from pathlib import Path
from consumption_room import clock, settings, setup
from consumption_room.app import create_app, upgrade
from consumption_room.database import transaction
from consumption_room.gate import here

app = create_app(settings.load({}, data_dir=Path("data").absolute()))
with app.app_context():
    upgrade()
    with transaction():
        setup.furnish(here.policy(), clock.now())
seen = app.test_client()
for path in ("/sign-in", "/help", "/static/css/tokens.css", "/api/docs", "/api/v1/openapi.json"):
    assert seen.get(path).status_code == 200, path
print(settings.ROOT)
"""


def test_the_wheel_carries_all_that_a_room_needs(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    installed = tmp_path / "installed"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    elsewhere = {name: value for name, value in os.environ.items() if not name.startswith("ROOM_")}
    opened = subprocess.run(
        [sys.executable, "-c", OPEN_A_ROOM],
        cwd=installed,
        env=elsewhere | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert opened.returncode == 0, opened.stderr
    assert opened.stdout.strip().splitlines()[-1] == str(installed / "consumption_room")
