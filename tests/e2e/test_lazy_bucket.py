"""A lazy clone of a bucket by the real program: what goes over the line, and what comes when."""

import os

from tests.cli.terminal import start
from tests.servers.people import Person

FILES = 600
"""A checkout of so many is done by two processes where that can be."""
LARGE = 16_000_000


def test_old_content_stays_in_the_bucket_until_it_is_needed(places, proxy, tmp_path):
    url, variables = places.new("s3"), places.variables
    ada = Person(tmp_path / "ada", variables).init()
    large = os.urandom(LARGE)
    ada.commit({b"large": large} | {b"%d.md" % n: b"file %d\n" % n for n in range(FILES)})
    os.unlink(ada.root / "large")
    ada.commit({b"0.md": b"edited\n"})
    ada.do("remote", "add", "origin", url)
    ada.do("push")
    eve = Person(tmp_path / "eve", places.variables_through(proxy))
    proxy.reset()
    ran = start("clone", "--lazy", url, str(eve.root), env=dict(eve.variables), timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert proxy.traffic.received < LARGE / 10
    assert eve.files() == ada.files()
    ran = start("cat", "HEAD~1:large", cwd=eve.root, env=dict(eve.variables), timeout=120)
    assert ran.stdout == large
    proxy.reset()
    assert eve.do("evict")["evicted"] == {"contents": 1, "size": LARGE}
    eve.do("status")
    eve.do("log")
    eve.check()
    assert proxy.traffic.received < LARGE / 10
    ran = start("switch", "--detach", "HEAD~1", cwd=eve.root, env=dict(eve.variables), timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert (eve.root / "large").read_bytes() == large
