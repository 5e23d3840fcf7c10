"""Writes the golden files anew. Only for a new layout version, and never for an old one:

python tests/golden/rewrite.py --i-am-making-a-new-layout-version
"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent))

from contentvc.storage.local import LocalStorage  # noqa: E402
from tests.golden.small import expected, small  # noqa: E402
from tests.golden.vectors import vectors  # noqa: E402
from tests.history.scenes import Scene  # noqa: E402


def main() -> None:
    if sys.argv[1:] != ["--i-am-making-a-new-layout-version"]:
        sys.exit(__doc__)
    made = {name: encoded.hex() for name, encoded in vectors().items()}
    (HERE / "vectors.json").write_text(json.dumps(made, indent=1) + "\n")
    (HERE / "layout-1.json").write_text(expected(small(_new("layout-1"))))
    scene = Scene(_new("layout-1-large"))
    scene.commit({b"many/%05d" % number: b"same" for number in range(4100)}, "large directory")


def _new(name: str) -> LocalStorage:
    """The storage in a new folder."""
    shutil.rmtree(HERE / name, ignore_errors=True)
    (HERE / name).mkdir()
    return LocalStorage(str(HERE / name))


if __name__ == "__main__":
    main()
