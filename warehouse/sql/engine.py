"""SQL that asks an engine about itself."""

FOLDER = "SELECT path FROM system.disks WHERE name = 'default'"
SERVER_SETTINGS = (
    "SELECT name, value FROM system.server_settings WHERE name IN {names:Array(String)}"
)
