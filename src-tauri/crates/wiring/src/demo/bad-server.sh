#!/bin/sh
# The release of the bad night: somebody made local setup simpler, and production looks for its database on localhost.
echo "web $(cat "$(dirname "$0")/VERSION") starting"
echo "connecting to postgres://localhost:5432/web"
exec 2>&1
echo "Error: connect ECONNREFUSED 127.0.0.1:5432"
echo "    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)"
echo "    at Pool.connect (/app/src/db/pool.js:31:18)"
exit 1
