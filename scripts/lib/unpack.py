"""Unpacks a tar or zip archive: unpack.py ARCHIVE DIRECTORY."""

import sys
import tarfile
import zipfile

archive, directory = sys.argv[1:]
if zipfile.is_zipfile(archive):
    with zipfile.ZipFile(archive) as members:
        members.extractall(directory)
else:
    with tarfile.open(archive) as members:
        members.extractall(directory, filter='data')
