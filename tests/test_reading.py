from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.reading import MIB, NotAFileError, TooLargeError, content_of, given

ENDLESS = Path("/dev/zero")
needs_endless = pytest.mark.skipif(not ENDLESS.is_char_device(), reason="this system has no /dev/zero")


def sparse(path: Path, size: int) -> Path:
    """A file of this size that takes no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def piped(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, MIB])
def test_a_file_is_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(size))
    assert content_of(path, MIB) == given(path, MIB) == path.read_bytes()


def test_a_file_whose_size_is_not_known_before_is_read_whole() -> None:
    assert b"python" in content_of("/proc/self/cmdline", MIB)


def test_a_file_beyond_the_limit_is_refused_by_its_size(tmp_path: Path) -> None:
    path = sparse(tmp_path / "file", 8 * 1024**3)
    for read in (content_of, given):
        with pytest.raises(TooLargeError, match="larger than 1 MiB"):
            read(path, MIB)


@needs_endless
def test_a_device_without_an_end_is_read_up_to_the_limit() -> None:
    with pytest.raises(TooLargeError, match="larger than 2 MiB"):
        given(ENDLESS, 2 * MIB)


@needs_endless
def test_a_device_is_not_a_file() -> None:
    with pytest.raises(NotAFileError, match="not a regular file"):
        content_of(ENDLESS, MIB)


def test_a_pipe_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(NotAFileError, match="not a regular file"):
        content_of(piped(tmp_path / "pipe"), MIB)


def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no program writes to this pipe"):
        given(piped(tmp_path / "pipe"), MIB, patience=0.03)


def test_a_pipe_that_a_program_wrote_to_before_is_read_whole() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"all of it")
    os.close(writer)
    assert given(f"/dev/fd/{reader}", MIB) == b"all of it"
    os.close(reader)


@pytest.mark.parametrize("directory", ["/dev/fd", "/proc/self/fd"])
def test_nothing_in_a_pipe_that_this_process_was_started_with_is_its_end(directory: str) -> None:
    reader, writer = os.pipe()
    os.close(writer)
    assert given(f"{directory}/{reader}", MIB, patience=30) == b""
    os.close(reader)


def test_a_program_that_is_slow_to_write_is_waited_for() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(b"b" * MIB)

    threading.Timer(0.1, write).start()
    assert given(f"/dev/fd/{reader}", 2 * MIB) == b"b" * MIB
    os.close(reader)


def test_a_program_that_is_slow_to_open_its_pipe_is_waited_for(tmp_path: Path) -> None:
    path = piped(tmp_path / "pipe")
    threading.Timer(0.1, path.write_bytes, [b"late"]).start()
    assert given(path, MIB, patience=30) == b"late"


def test_a_pipe_without_an_end_is_read_up_to_the_limit() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        with suppress(BrokenPipeError), os.fdopen(writer, "wb", buffering=0) as pipe:
            while True:
                pipe.write(b"\0" * MIB)

    thread = threading.Thread(target=write)
    thread.start()
    with pytest.raises(TooLargeError, match="larger than 1 MiB"):
        given(f"/dev/fd/{reader}", MIB)
    os.close(reader)
    thread.join()


def test_a_directory_cannot_be_read(tmp_path: Path) -> None:
    for read in (content_of, given):
        with pytest.raises(IsADirectoryError):
            read(tmp_path, MIB)
