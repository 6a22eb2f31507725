"""The cold disk of an embedded engine: the file of configuration that tells it of the archive.

A table that has once taken the policy on cannot be opened without it, so it is told always.
"""

import os
from pathlib import Path
from xml.sax.saxutils import escape

from warehouse.sql.archiving import POLICY, VOLUME

DOCUMENT = """<clickhouse>
  <storage_configuration>
    <disks><{policy}><type>local</type><path>{folder}/</path></{policy}></disks>
    <policies>
      <{policy}>
        <volumes>
          <default><disk>default</disk></default>
          <{volume}><disk>{policy}</disk></{volume}>
        </volumes>
        <move_factor>0</move_factor>
      </{policy}>
    </policies>
  </storage_configuration>
</clickhouse>
"""


def described(folder: Path) -> Path:
    """Return the file that names `folder` as the place of the archive, written if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "disk.xml"
    text = DOCUMENT.format(policy=POLICY, volume=VOLUME, folder=escape(str(folder)))
    if not file.is_file() or file.read_text() != text:
        draft = file.with_name(f"disk.xml.{os.getpid()}")
        draft.write_text(text)
        draft.rename(file)
    return file
