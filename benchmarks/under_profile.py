"""Runs a console script under cProfile: `under_profile.py PROFILE SCRIPT ARGUMENT…`.

contentvc ends by `os._exit`, after which cProfile's own command line would write nothing.
"""

import os
import runpy
import sys
from cProfile import Profile
from typing import NoReturn

__all__: list[str] = []


def main() -> None:
    """Writes the profile of this process when the script ends it; forked children have none."""
    file, *sys.argv = sys.argv[1:]
    profile, this_one, leave = Profile(), os.getpid(), os._exit

    def write_and_leave(status: int) -> NoReturn:
        if os.getpid() == this_one:
            profile.disable()
            profile.dump_stats(file)
        leave(status)

    os._exit = write_and_leave
    profile.enable()
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
