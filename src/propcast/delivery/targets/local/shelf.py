"""The releases of a home, by digest: what runs comes from here, whatever becomes of the folder it was taken from."""

import compileall
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from propcast.delivery.targets.local.release import PACKAGE, Release, files_of, find, read, seal
from propcast.delivery.targets.port import Image, TargetRefused


@dataclass(frozen=True)
class Shelf:
    """A folder with a release for each digest; nothing on it ever changes."""

    folder: Path

    def take(self, image: Image) -> Release:
        """Return the release of that digest, putting it on the shelf first if it is not there."""
        place = self.folder / image.digest.removeprefix("sha256:")
        if not place.exists():
            self._put(find(image.reference), image, place)
        found = read(place)
        if found.digest != image.digest:
            raise TargetRefused(f"{place} has the digest {found.digest}; somebody changed it, remove it")
        return found

    def _put(self, release: Release, image: Image, place: Path) -> None:
        if release.digest != image.digest:
            raise TargetRefused(f"{release.folder} has the digest {release.digest} now, not {image.digest}")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as name:
            copy(release, Path(name) / "release")
            compileall.compile_dir(Path(name) / "release" / PACKAGE, quiet=2)
            try:
                (Path(name) / "release").rename(place)
            except OSError:
                if not place.exists():  # somebody else put the same there meanwhile
                    raise


def copy(release: Release, folder: Path) -> Release:
    """Copy a release, compiled code left out."""
    for path in files_of(release.folder):
        there = folder / path.relative_to(release.folder)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)
    return seal(folder, release.build)
