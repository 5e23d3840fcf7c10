# ruff: noqa: S103 - permissions are what is tested
"""Where a working tree is, however one stands in it, and what is said when there is none."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contentvc.errors import Busy, Damaged, Missing, NotAllowed
from contentvc.ids import WorkspaceId
from contentvc.worktree.place import Place, check_platform, create, find, link, workspace_folder
from tests.faults.seam import each_crash, each_failure, power_losses
from tests.worktree.trees import shared_folder, without_privileges, write

ID = WorkspaceId(bytes(range(16)))
OTHER = WorkspaceId(bytes(16))


@pytest.fixture
def root(tmp_path):
    return os.fsencode(tmp_path)


def test_create_and_find(root):
    place = create(root, ID)
    os.makedirs(root + b"/a/b")
    assert find(root) == find(root + b"/a/b") == find(root + b"/a/../a/b/") == place
    assert place == Place(root, root + b"/.contentvc", ID)
    assert not place.is_linked
    assert place.marker == place.folder
    assert place.repository == os.fsdecode(root) + "/.contentvc/repository"
    assert place.config == root + b"/.contentvc/config.toml"
    own = root + b"/.contentvc/workspaces/000102030405060708090a0b0c0d0e0f"
    assert workspace_folder(place.folder, ID) == place.own == own
    assert [place.state, place.checkout, place.lease] == [
        own + n for n in (b"/state", b"/checkout", b"/lease")
    ]
    assert os.path.isdir(own)
    with open(root + b"/.contentvc/.gitignore", "rb") as file:
        assert file.read() == b"*\n"


def test_linked(root):
    os.mkdir(root + b"/main")
    main = create(root + b"/main", ID)
    os.makedirs(root + b'/li"nk\n/sub')
    place = link(root + b'/li"nk\n', main.folder, OTHER)
    assert find(root + b'/li"nk\n/sub') == place
    assert place.is_linked
    assert place.own.startswith(main.folder)
    assert os.path.isdir(place.own)
    assert find(root + b"/main") == main


@given(
    st.text(min_size=1, max_size=20).filter(
        lambda t: "\0" not in t and "/" not in t and t not in (".", "..")
    )
)
def test_any_path_that_is_text_can_be_linked(tmp_path_factory, name):
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return
    root = os.fsencode(tmp_path_factory.mktemp("linked"))
    try:
        os.mkdir(root + b"/" + encoded)
    except OSError:
        return  # too long for this file system
    os.mkdir(root + b"/here")
    main = create(root + b"/" + encoded, ID)
    assert link(root + b"/here", main.folder, OTHER) == find(root + b"/here")


def test_a_path_that_is_not_text_cannot_be_linked(root):
    os.mkdir(root + b"/\xff")
    main = create(root + b"/\xff", ID)
    assert find(root + b"/\xff") == main
    with pytest.raises(NotAllowed):
        link(root, main.folder, OTHER)


def test_nothing(root):
    with pytest.raises(Missing) as caught:
        find(root)
    assert caught.value.code == "not-a-repository"
    assert "contentvc init" in caught.value.hint
    with pytest.raises(Missing):
        find(root + b"/does/not/exist")


def test_an_unfinished_init_is_passed_over(root):
    create(root, ID)
    os.makedirs(root + b"/a/.contentvc/workspaces")
    assert find(root + b"/a").root == root


@pytest.mark.parametrize(
    "text", [b"", b"zz", b"00", b"0" * 31, b"0" * 33, b"0" * 64, b"\xff" * 32, b"\xef\xbc\x90" * 32]
)
def test_a_damaged_workspace_file(root, text):
    write(root, {b".contentvc/workspace": text})
    with pytest.raises(Damaged):
        find(root)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not toml",
        b"\xff",
        b'workspace = "00"\nfolder = "/x"',
        b'workspace = 5\nfolder = "/x"',
        b'folder = "/x"',
        b'workspace = "%b"' % (b"0" * 32),
        b'workspace = "%b"\nfolder = "x/y"' % (b"0" * 32),
        b'workspace = "%b"\nfolder = "/x\\u0000"' % (b"0" * 32),
    ],
)
def test_a_damaged_link(root, text):
    write(root, {b".contentvc": text})
    with pytest.raises(Damaged):
        find(root)


def test_something_else_of_that_name(root):
    create(root, ID)
    os.makedirs(root + b"/a")
    os.mkfifo(root + b"/a/.contentvc")
    with pytest.raises(Damaged):
        find(root + b"/a")


def test_no_permission():
    with shared_folder() as root:
        os.mkdir(root + b"/a")
        os.chmod(root + b"/a", 0o555)
        with pytest.raises(NotAllowed) as caught:
            without_privileges(lambda: create(root + b"/a", ID))
    assert caught.value.code == "permission-denied"


@pytest.mark.parametrize("power", [None, *power_losses()])
def test_a_crash_leaves_all_or_nothing(tmp_path, power):
    def prepare(folder):
        return lambda: create(os.fsencode(folder), ID)

    for crash in each_crash(tmp_path, prepare, power):
        try:
            place = find(os.fsencode(crash.folder))
        except Missing:
            assert not crash.done
            place = create(os.fsencode(crash.folder), OTHER)
            assert find(os.fsencode(crash.folder)) == place
        assert os.path.isdir(place.own)


def test_a_full_disk(tmp_path):
    def prepare(folder):
        return lambda: create(os.fsencode(folder), ID)

    for outcome in each_failure(tmp_path, prepare, 28):
        if outcome.hit:
            assert isinstance(outcome.error, Busy)
            assert outcome.error.code == "disk-full"
            # The last change is the sync of what is already whole.
            again = create(os.fsencode(outcome.folder), OTHER)
            assert find(os.fsencode(outcome.folder)) == again


@pytest.mark.parametrize("platform", ["win32", "cygwin"])
def test_windows(platform):
    with pytest.raises(NotAllowed) as caught:
        check_platform(platform)
    assert caught.value.code == "not-supported"


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_supported(platform):
    check_platform(platform)
