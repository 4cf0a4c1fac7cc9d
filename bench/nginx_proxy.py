"""nginx as a proxy of one upstream: what a router could cost for a query of one fetch if it did nothing but hand it on.

Becomes nginx, in the foreground, with one worker and kept-alive connections; all its files are in a temporary folder.
"""

import argparse
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 512; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream subgraph {{ server {host}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location = /graphql {{
      proxy_pass http://subgraph{path};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nginx", default="nginx")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    given = parser.parse_args()
    upstream = urlsplit(given.upstream)
    folder = tempfile.mkdtemp(prefix="nginx-")
    config = Path(folder) / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, host=upstream.netloc, path=upstream.path, port=given.port))
    os.execvp(given.nginx, [given.nginx, "-p", folder, "-e", f"{folder}/errors", "-c", str(config)])


if __name__ == "__main__":
    main()
