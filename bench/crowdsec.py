"""CrowdSec from Debian's package with a configuration of its own: its hub's snapshot, no central service."""

import shutil
import socket
import subprocess
from pathlib import Path

HUB = Path("/usr/share/crowdsec/hub")
SYSLOG, DOVECOT = "parsers/s00-raw/crowdsecurity/syslog-logs", "parsers/s01-parse/crowdsecurity/dovecot-logs"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def furnish(home, items, acquired=""):
    """`home` made anew with these parsers and scenarios of the hub; the configuration's path."""
    if not HUB.is_dir():
        raise FileNotFoundError("the package's hub snapshot is missing, and the hub itself needs the network")
    shutil.rmtree(home, ignore_errors=True)
    (home / "data").mkdir(parents=True)
    for item in items:
        link = home / Path(item).parent.parent / (Path(item).name + ".yaml")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(HUB / f"{item}.yaml")
    shutil.copytree("/etc/crowdsec/patterns", home / "patterns")
    (home / "simulation.yaml").write_text("{}\n")
    (home / "acquis.yaml").write_text(acquired)
    port = free_port()
    (home / "client.yaml").write_text(f"url: http://127.0.0.1:{port}\nlogin: bench\npassword: bench\n")
    (home / "config.yaml").write_text(f"""\
common: {{daemonize: false, log_media: stdout, log_level: info, working_dir: .}}
config_paths:
  config_dir: {home}/
  data_dir: {home}/data/
  simulation_path: {home}/simulation.yaml
  hub_dir: {HUB}/
  index_path: {HUB}/.index.json
  notification_dir: {home}/
  plugin_dir: /usr/lib/crowdsec/plugins/
crowdsec_service: {{acquisition_path: {home}/acquis.yaml, parser_routines: 1}}
db_config: {{type: sqlite, db_path: {home}/data/crowdsec.db, use_wal: true}}
api:
  client: {{credentials_path: {home}/client.yaml}}
  server: {{listen_uri: "127.0.0.1:{port}", profiles_path: /etc/crowdsec/profiles.yaml, log_level: warning}}
prometheus: {{enabled: false}}
""")
    subprocess.run(["cscli", "-c", home / "config.yaml", "machines", "add", "bench", "--password", "bench", "-f",
                    home / "client.yaml", "--force"], check=True, capture_output=True)
    return home / "config.yaml"
