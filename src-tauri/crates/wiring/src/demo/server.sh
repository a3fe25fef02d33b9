#!/bin/sh
# A web server that says its version: Python's where there is Python, else busybox's.
port="$1"
cd "$(dirname "$0")" || exit 1
site=$(mktemp -d) || exit 1
trap 'rm -rf "$site"; kill "$child" 2>/dev/null; exit 0' TERM INT
printf 'web %s\n' "$(cat VERSION)" > "$site/index.html"
echo "web $(cat VERSION) starting on port $port"
if command -v python3 >/dev/null 2>&1; then
  python3 -m http.server "$port" --bind 127.0.0.1 --directory "$site" &
else
  busybox httpd -f -p "127.0.0.1:$port" -h "$site" &
fi
child=$!
wait "$child"
